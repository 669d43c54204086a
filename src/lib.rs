//! funnelc, the compiler for customer journeys.
pub mod ast;
pub mod diag;
pub mod source;
pub mod units;
