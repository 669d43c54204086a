//! What conditions can be true together.
//!
//! Job: decide conditions exactly where that is possible, and show a contact for whom they hold or the parts that clash.
//! Invariants: "impossible" is a proof; everything is exact integers; equal questions get equal answers.
//! Deliberately absent: where in a funnel a condition stands and what is known there; callers hand that in as facts.

mod set;

pub use set::{Key, ValueSet};
