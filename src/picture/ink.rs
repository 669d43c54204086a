//! The colours of pictures, by what they are for, in both themes.

use super::{content::Role, look::Look};

/// What a colour is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Ink {
    /// Behind everything.
    Page,
    /// Behind the rows of a card.
    Card,
    /// Ordinary text.
    Text,
    /// Text that stands back.
    Mute,
    /// A thin line between parts.
    Rule,
    /// A faint stripe.
    Stripe,
    /// Text on dark headers.
    White,
    /// Arrows along the main way.
    Main,
    /// Arrows that leave it.
    Leave,
    /// Arrows that come back.
    Loop,
    /// Words on arrows that come back.
    LoopText,
    /// The frame of a start.
    StartLine,
    /// The frame of a stage.
    PlainLine,
    /// The frame of a goal.
    GoalLine,
    /// The frame of a side stage or an end.
    SideLine,
    /// The frame of a card with a warning.
    WarnLine,
    /// Words of a warning.
    WarnText,
    /// The frame of a card with an error.
    ErrorLine,
    /// Words of an error.
    ErrorText,
    /// What was added.
    Added,
    /// What was removed.
    Removed,
    /// What was moved or changed.
    Moved,
    /// The bar that shows a count.
    Bar,
    /// The same in both themes.
    Fixed(&'static str),
}

impl Ink {
    /// Every ink that has a name.
    pub const NAMED: [Self; 23] = [
        Self::Page,
        Self::Card,
        Self::Text,
        Self::Mute,
        Self::Rule,
        Self::Stripe,
        Self::White,
        Self::Main,
        Self::Leave,
        Self::Loop,
        Self::LoopText,
        Self::StartLine,
        Self::PlainLine,
        Self::GoalLine,
        Self::SideLine,
        Self::WarnLine,
        Self::WarnText,
        Self::ErrorLine,
        Self::ErrorText,
        Self::Added,
        Self::Removed,
        Self::Moved,
        Self::Bar,
    ];

    /// Its colour on white and on a dark page.
    #[must_use]
    pub const fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Page => ("#ffffff", "#0d1117"),
            Self::Card => ("#ffffff", "#161b22"),
            Self::Text => ("#0f172a", "#e6edf3"),
            Self::Mute => ("#475569", "#9da7b3"),
            Self::Rule => ("#cbd5e1", "#30363d"),
            Self::Stripe => ("#f8fafc", "#161b22"),
            Self::White => ("#ffffff", "#ffffff"),
            Self::Main => ("#334155", "#c9d1d9"),
            Self::Leave => ("#64748b", "#8b949e"),
            Self::Loop => ("#7c3aed", "#b794f6"),
            Self::LoopText => ("#6d28d9", "#b794f6"),
            Self::StartLine => ("#1d4ed8", "#5b8def"),
            Self::PlainLine => ("#334155", "#7d8ba1"),
            Self::GoalLine => ("#15803d", "#2ea043"),
            Self::SideLine => ("#64748b", "#7d8ba1"),
            Self::WarnLine => ("#b45309", "#d97706"),
            Self::WarnText => ("#78350f", "#fbbf24"),
            Self::ErrorLine => ("#b91c1c", "#f85149"),
            Self::ErrorText => ("#b91c1c", "#ff7b72"),
            Self::Added => ("#15803d", "#3fb950"),
            Self::Removed => ("#b91c1c", "#ff7b72"),
            Self::Moved => ("#1d4ed8", "#79b8ff"),
            Self::Bar => ("#d97706", "#d97706"),
            Self::Fixed(colour) => (colour, colour),
        }
    }

    /// The class under which a picture for both themes finds it; `None` where both are the same.
    #[must_use]
    pub const fn class(self) -> Option<&'static str> {
        match self {
            Self::Page => Some("page"),
            Self::Card => Some("card"),
            Self::Text => Some("ink"),
            Self::Mute => Some("mute"),
            Self::Rule => Some("rule"),
            Self::Stripe => Some("stripe"),
            Self::Main => Some("main"),
            Self::Leave => Some("leave"),
            Self::Loop => Some("loop"),
            Self::LoopText => Some("loopt"),
            Self::StartLine => Some("start"),
            Self::PlainLine => Some("stage"),
            Self::GoalLine => Some("goal"),
            Self::SideLine => Some("side"),
            Self::WarnLine => Some("warn"),
            Self::WarnText => Some("warnt"),
            Self::ErrorLine => Some("bad"),
            Self::ErrorText => Some("badt"),
            Self::Added => Some("added"),
            Self::Removed => Some("removed"),
            Self::Moved => Some("moved"),
            Self::White | Self::Bar | Self::Fixed(_) => None,
        }
    }
}

/// How a card is dressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dress {
    /// Behind the name.
    pub header: &'static str,
    /// The name and the words beside it.
    pub name: &'static str,
    /// The frame.
    pub frame: Ink,
    /// Its width in tenths.
    pub width: i32,
    /// Whether it is dashed.
    pub dashed: bool,
}

/// The dress of a role.
#[must_use]
pub fn dress(role: Role) -> Dress {
    let Look { header, name, dashed, .. } = super::look::look(role);
    let (frame, width) = match role {
        Role::Start => (Ink::StartLine, 12),
        Role::Plain => (Ink::PlainLine, 12),
        Role::Goal => (Ink::GoalLine, 20),
        Role::Side | Role::Final => (Ink::SideLine, 12),
    };
    Dress { header, name, frame, width, dashed }
}

/// The dress of a card to which no test comes.
pub const UNTESTED: Dress = Dress { header: "#E2E8F0", name: "#475569", frame: Ink::SideLine, width: 12, dashed: true };

/// The dress of a card with a warning.
pub const WARNED: Dress =
    Dress { header: super::look::WARNED.header, name: super::look::WARNED.name, frame: Ink::WarnLine, width: 20, dashed: true };

/// The dress of a card with an error.
pub const BROKEN: Dress =
    Dress { header: super::look::BROKEN.header, name: super::look::BROKEN.name, frame: Ink::ErrorLine, width: 25, dashed: false };
