//! Checks on the text itself, as it is read by eyes.

pub mod deceiving;
