//! The codes of names and types.

use crate::diag::Code;

/// A clause that may stand once stands twice.
pub const F003: Code = Code::error("F003", "a clause given twice");
/// A funnel that nobody can get into, or that nobody can end.
pub const F004: Code = Code::error("F004", "a funnel without a door, or without an end");
/// A literal that does not fit its place; the parser reports those that do not fit anywhere under the same code.
pub const F005: Code = Code::error("F005", "a bad literal");
/// More than the compiler takes.
pub const F009: Code = Code::error("F009", "a limit passed");
/// A stage, message, play, segment, score, channel, action or funnel that is nowhere declared.
pub const F101: Code = Code::error("F101", "an undefined stage, message, play, segment, score, channel, action or funnel");
/// An event, property or attribute that is nowhere declared.
pub const F102: Code = Code::error("F102", "an undefined event, property or attribute");
/// One name for two things of one kind, or one path for two steps.
pub const F103: Code = Code::error("F103", "declared twice");
/// Declared, and read or written nowhere.
pub const F104: Code = Code::warning("F104", "declared and never used");
/// A `use` of a file that is not there, or in a circle. Reported where files are loaded.
pub const F107: Code = Code::error("F107", "a missing file, or files that use each other in a circle");
/// Two types that do not go together.
pub const F201: Code = Code::error("F201", "types that do not fit");
/// A word that the `one of` does not have.
pub const F202: Code = Code::error("F202", "a value that the `one of` does not have");
/// A test whose meaning flips where a value is missing.
pub const F204: Code = Code::warning("F204", "a missing value turns the meaning around");
/// Numbers and durations in one comparison or sum.
pub const F205: Code = Code::error("F205", "units mixed");
/// A parameter without a value, or with one that may be missing.
pub const F207: Code = Code::error("F207", "something needed is not handed over, or may be missing");
/// A write that is not allowed.
pub const F208: Code = Code::error("F208", "a `set` that is not allowed, or of a wrong type");
/// The arms of a split do not add up.
pub const F209: Code = Code::error("F209", "shares that do not add up to 100%");
/// A name behind `where` that the event does not have.
pub const F210: Code = Code::error("F210", "a `where` on a property the event lacks");
/// A trigger in a place that is asked, not woken.
pub const F211: Code = Code::error("F211", "a trigger where nothing can be happening");
/// Two triggers that would have to come at one instant.
pub const F212: Code = Code::error("F212", "two triggers joined by `and`");
/// `entry.x` where some way in brings no `x`.
pub const F213: Code = Code::error("F213", "`entry.x` where some way in brings no `x`");
/// Something without a default is left out.
pub const F214: Code = Code::error("F214", "something that must be said is missing");
/// The longer of two ways to say one thing.
pub const F215: Code = Code::error("F215", "the longer of two ways to say one thing");
/// A keyed run that would begin without its key.
pub const F216: Code = Code::error("F216", "a door from outside that does not carry the key");
/// A comparison that silently left its `where`.
pub const F217: Code = Code::error("F217", "a comparison that slipped out of its `where`");
/// A duration of nothing, or beyond ten years.
pub const F604: Code = Code::error("F604", "a duration of nothing, or of more than ten years");

/// All of them, in order.
pub const CODES: &[Code] = &[
    F003, F004, F005, F009, F101, F102, F103, F104, F107, F201, F202, F204, F205, F207, F208, F209, F210, F211, F212, F213, F214, F215,
    F216, F217, F604,
];

/// The pages that explain codes of this phase, Markdown.
pub const PAGES: &[(&str, &str)] = &[
    ("F004", include_str!("pages/F004.md")),
    ("F101", include_str!("pages/F101.md")),
    ("F102", include_str!("pages/F102.md")),
    ("F103", include_str!("pages/F103.md")),
    ("F104", include_str!("pages/F104.md")),
    ("F107", include_str!("pages/F107.md")),
    ("F201", include_str!("pages/F201.md")),
    ("F202", include_str!("pages/F202.md")),
    ("F204", include_str!("pages/F204.md")),
    ("F205", include_str!("pages/F205.md")),
    ("F207", include_str!("pages/F207.md")),
    ("F208", include_str!("pages/F208.md")),
    ("F209", include_str!("pages/F209.md")),
    ("F210", include_str!("pages/F210.md")),
    ("F211", include_str!("pages/F211.md")),
    ("F212", include_str!("pages/F212.md")),
    ("F213", include_str!("pages/F213.md")),
    ("F215", include_str!("pages/F215.md")),
    ("F216", include_str!("pages/F216.md")),
    ("F217", include_str!("pages/F217.md")),
    ("F604", include_str!("pages/F604.md")),
];
