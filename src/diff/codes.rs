//! The codes of changes between two versions.

use crate::diag::Code;

/// Somebody has nowhere to go on.
pub const F850: Code = Code::error("F850", "people inside who would be stranded, since where they are is gone");

/// Somebody gets again what they had.
pub const F851: Code = Code::error("F851", "people inside who would get a message again that they had already");

/// Somebody is let go, or written to, as soon as the new rules are used.
pub const F852: Code = Code::error("F852", "people inside who would be moved on or written to at once");

/// A door lets others through.
pub const F853: Code = Code::warning("F853", "a door that lets other people through than before");

/// Shares, caps, quiet hours, consent.
pub const F854: Code = Code::warning("F854", "shares or sending rules that reach other people than before");

/// A condition of a nurture holds for others.
pub const F855: Code = Code::warning("F855", "a condition in a nurture that holds for other people than before");

/// All of them.
pub const CODES: &[Code] = &[F850, F851, F852, F853, F854, F855];

/// The pages that explain them, Markdown.
pub const PAGES: &[(&str, &str)] = &[
    ("F850", include_str!("pages/F850.md")),
    ("F851", include_str!("pages/F851.md")),
    ("F852", include_str!("pages/F852.md")),
    ("F853", include_str!("pages/F853.md")),
    ("F854", include_str!("pages/F854.md")),
    ("F855", include_str!("pages/F855.md")),
];
