//! The codes of findings about whole programs.

use crate::diag::Code;

/// An `allow` comment that does nothing.
pub const F010: Code = Code::warning("F010", "an `allow` comment that silences nothing, or gives no reason");

/// All of them.
pub const CODES: &[Code] = &[F010];

/// The pages that explain codes of this phase, Markdown.
pub const PAGES: &[(&str, &str)] = &[("F010", include_str!("pages/F010.md"))];
