//! The house style: colours of roles and chips.

use crate::ruleset::Stage;

/// The colours of a card.
#[derive(Clone, Copy)]
pub struct Look {
    /// Frame.
    pub border: &'static str,
    /// Frame width.
    pub width: u8,
    /// Whether the frame is dashed.
    pub dashed: bool,
    /// Behind the name.
    pub header: &'static str,
    /// The name.
    pub name: &'static str,
    /// The word for the role.
    pub word: &'static str,
}

/// What part a stage plays; said by colour, word and frame, so that nobody needs the colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Start,
    Plain,
    Goal,
    Side,
    Final,
}

impl Role {
    /// Whether a stage of this role stands on the main way.
    pub fn is_on_the_way(self) -> bool {
        !matches!(self, Self::Side | Self::Final)
    }

    pub fn look(self) -> Look {
        match self {
            Self::Start => Look { border: "#1D4ED8", width: 1, dashed: false, header: "#1D4ED8", name: "#FFFFFF", word: "#DBEAFE" },
            Self::Plain => Look { border: "#7D8BA1", width: 1, dashed: false, header: "#334155", name: "#FFFFFF", word: "#E2E8F0" },
            Self::Goal => Look { border: "#15803D", width: 2, dashed: false, header: "#15803D", name: "#FFFFFF", word: "#DCFCE7" },
            Self::Side | Self::Final => {
                Look { border: "#64748B", width: 1, dashed: true, header: "#E2E8F0", name: "#0F172A", word: "#475569" }
            }
        }
    }
}

/// A card with a warning.
pub const WARNED: Look = Look { border: "#B45309", width: 2, dashed: true, header: "#FDE68A", name: "#78350F", word: "#78350F" };

/// A card with an error.
pub const BROKEN: Look = Look { border: "#B91C1C", width: 3, dashed: false, header: "#B91C1C", name: "#FFFFFF", word: "#FEE2E2" };

/// The words for all that a stage is.
pub fn words(stage: &Stage, role: Role, is_entered: bool) -> Vec<&'static str> {
    let mut words = Vec::new();
    if is_entered {
        words.push("START");
    }
    if stage.goal {
        words.push("GOAL");
    }
    if stage.is_final {
        words.push("FINAL");
    }
    if role == Role::Side {
        words.push("SIDE");
    }
    words
}

/// Background and ink of a chip.
pub fn chip(word: &str) -> (&'static str, &'static str) {
    match word {
        "EMAIL" => ("#DBEAFE", "#1E40AF"),
        "SMS" | "WHATSAPP" | "PHONE" | "CALL" => ("#DCFCE7", "#166534"),
        "PUSH" | "APP" | "MOBILE" => ("#CCFBF1", "#115E59"),
        "AD" | "ADS" | "SOCIAL" | "WEB" => ("#F3E8FF", "#6B21A8"),
        "DO" | "SET" | "ADD" | "REMOVE" | "RECORD" => ("#FFE4E6", "#9F1239"),
        "IF" | "ELSE IF" | "ELSE" | "ON" | "TIME-OUT" | "SPLIT" | "REPEAT" => ("#FEF3C7", "#92400E"),
        "LEAVE" => ("#E2E8F0", "#334155"),
        _ => ("#F1F5F9", "#475569"),
    }
}
