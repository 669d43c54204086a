//! The codes of findings in a file's text.

use crate::diag::Code;

/// Text that does not parse.
pub const F001: Code = Code::error("F001", "text that does not parse");
/// A word that is none of those that may stand there.
pub const F002: Code = Code::error("F002", "an unknown word");
/// A clause given twice.
pub const F003: Code = Code::error("F003", "a clause given twice");
/// A number, duration, share, date or clock time that is none.
pub const F005: Code = Code::error("F005", "a bad literal");
/// A brace, bracket, parenthesis or quote without its partner.
pub const F006: Code = Code::error("F006", "an unclosed or stray brace or quote");
/// A limit of the compiler is passed.
pub const F009: Code = Code::error("F009", "a limit passed");
/// Something that must be said is missing.
pub const F214: Code = Code::error("F214", "something that must be said is missing");
/// The grammar and the tree builder disagree: our mistake, not the user's.
pub const F999: Code = Code::error("F999", "an internal error");

/// All codes that parsing reports, in order.
pub const CODES: &[Code] = &[F001, F002, F003, F005, F006, F009, F214, F999];

/// The pages that explain codes of this phase, Markdown.
pub const PAGES: &[(&str, &str)] = &[
    ("F001", include_str!("pages/F001.md")),
    ("F002", include_str!("pages/F002.md")),
    ("F003", include_str!("pages/F003.md")),
    ("F005", include_str!("pages/F005.md")),
    ("F006", include_str!("pages/F006.md")),
    ("F009", include_str!("pages/F009.md")),
    ("F214", include_str!("pages/F214.md")),
    ("F999", include_str!("pages/F999.md")),
];
