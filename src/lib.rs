//! funnelc, the compiler for customer journeys.

// The code that pest derives without `std` names this crate.
extern crate alloc;

pub mod ast;
pub mod check;
pub mod diag;
pub mod emit;
pub mod fmt;
pub mod graph;
pub mod lower;
pub mod model;
pub mod parse;
pub mod resolve;
pub mod ruleset;
#[cfg(feature = "runtime")]
pub mod runtime;
pub mod source;
pub mod units;
