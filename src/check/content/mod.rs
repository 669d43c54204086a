//! Checks on what people are sent.

pub mod closed_channel;
