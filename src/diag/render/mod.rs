//! Findings as text.
//!
//! Invariants: the output depends on the findings and the sources alone; no links, and colour only where asked for.
//! Deliberately absent: choosing a form, which is the command line's business.

mod excerpt;
mod human;
mod short;

pub use human::{Style, human};
pub use short::{short, tally};
