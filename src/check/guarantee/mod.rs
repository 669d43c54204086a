//! Checks on what files promise.

pub mod undecided;
