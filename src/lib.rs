//! funnelc, the compiler for customer journeys.
pub mod ast;
pub mod diag;
pub mod model;
pub mod ruleset;
pub mod source;
pub mod units;
