//! Findings: what is wrong, where, why it matters, what to do.
//!
//! A [`Diagnostic`] is one value, written where the problem is found. [`Diagnostics`] collects them; `render` turns
//! them into text for people and programs.
//! Invariants: every diagnostic has a code and a primary place; the order of output depends on files and positions
//! alone.
//! Deliberately absent: exit codes and colours, which belong to the command line.

mod breach;
mod claim;
mod code;
mod collect;
mod diagnostic;
pub mod mend;

pub mod render;
mod story;
mod suggest;

pub use breach::{Breach, BreachKind};
pub use claim::Claim;
pub use code::{Code, Severity};
pub use collect::Diagnostics;
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Stop};
pub use story::{Alphabet, Fact, Goal, Happening, Lap, Moment, Plot, Search, Story, Turn, When};
pub use suggest::{nearest, slip};
