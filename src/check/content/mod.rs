//! Checks on what people are sent.

pub mod after_goal;
pub mod after_opt_out;
pub mod at_once;
mod caps;
pub mod closed_channel;
pub mod loud_phone;
pub mod moments;
pub mod reaction;
pub mod same_twice;
mod sends;
pub mod skipped;
mod touch;
pub mod unasked;
