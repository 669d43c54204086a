//! Checks on what people are sent.

pub mod closed_channel;
pub mod loud_phone;
mod sends;
mod touch;
pub mod unasked;
