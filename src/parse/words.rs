//! The words of the language, listed once: for suggestions, for messages, and for editors' grammars.
//!
//! Invariants: `RESERVED` and the rule `reserved` of the grammar agree, which a test proves word by word; the lists of
//! item words hold the first word of every alternative of their context.
//! Deliberately absent: words in the middle of items, which the grammar alone knows.

/// The forty-nine words that are never names, the weekdays among them.
pub const RESERVED: [&str; 49] = [
    "and",
    "or",
    "not",
    "no",
    "yes",
    "where",
    "when",
    "within",
    "without",
    "since",
    "until",
    "up",
    "from",
    "after",
    "before",
    "at",
    "in",
    "is",
    "contains",
    "had",
    "every",
    "if",
    "else",
    "otherwise",
    "on",
    "as",
    "to",
    "finished",
    "did",
    "rest",
    "contact",
    "entry",
    "anywhere",
    "outside",
    "messages",
    "sent",
    "delivered",
    "opened",
    "clicked",
    "replied",
    "bounced",
    "complained",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The first words of top-level items.
pub const TOP: [&str; 14] = [
    "use",
    "timezone",
    "contact",
    "event",
    "channel",
    "message",
    "action",
    "segment",
    "score",
    "play",
    "assume",
    "guarantee",
    "funnel",
    "test",
];
/// The first words of a funnel's items.
pub const FUNNEL: [&str; 10] = ["note", "formerly", "for", "reentry", "stage", "goal", "final", "leave", "guarantee", "assume"];
/// The first words of a stage's items.
pub const STAGE: [&str; 9] = ["note", "formerly", "enter", "leave", "visits", "feeds", "target", "open", "nurture"];
/// The first words of steps.
pub const STEP: [&str; 13] = ["send", "wait", "if", "split", "repeat", "set", "add", "remove", "record", "do", "stop", "note", "formerly"];
/// The first words of the arms of a wait.
pub const ARM: [&str; 2] = ["on", "otherwise"];
/// The first word of a split's arm that is no share.
pub const SHARE: [&str; 1] = ["rest"];
/// The first words of a channel's items.
pub const CHANNEL: [&str; 4] = ["needs", "at", "quiet", "note"];
/// The first words of a message's items.
pub const MESSAGE: [&str; 4] = ["template", "transactional", "note", "formerly"];
/// The first word of a score's items that is no number of points.
pub const SCORE: [&str; 1] = ["note"];
/// The first word in the block of an event, action or segment.
pub const NOTE: [&str; 1] = ["note"];
/// The first words of a test's items that are no events.
pub const TEST: [&str; 6] = ["given", "at", "after", "record", "expect", "note"];
/// The words of types.
pub const TYPES: [&str; 7] = ["text", "number", "flag", "date", "time", "one of", "list of text"];

/// Whether a word is reserved everywhere.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}
