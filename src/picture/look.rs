//! The house style: colours of roles and chips.

use super::content::Role;

/// The colours of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// The colours of a role.
#[must_use]
pub fn look(role: Role) -> Look {
    match role {
        Role::Start => Look { border: "#1D4ED8", width: 1, dashed: false, header: "#1D4ED8", name: "#FFFFFF", word: "#DBEAFE" },
        Role::Plain => Look { border: "#7D8BA1", width: 1, dashed: false, header: "#334155", name: "#FFFFFF", word: "#E2E8F0" },
        Role::Goal => Look { border: "#15803D", width: 2, dashed: false, header: "#15803D", name: "#FFFFFF", word: "#DCFCE7" },
        Role::Side | Role::Final => Look { border: "#64748B", width: 1, dashed: true, header: "#E2E8F0", name: "#0F172A", word: "#475569" },
    }
}

/// A card with a warning.
pub const WARNED: Look = Look { border: "#B45309", width: 2, dashed: true, header: "#FDE68A", name: "#78350F", word: "#78350F" };

/// A card with an error.
pub const BROKEN: Look = Look { border: "#B91C1C", width: 3, dashed: false, header: "#B91C1C", name: "#FFFFFF", word: "#FEE2E2" };

/// Background and ink of a chip.
#[must_use]
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
