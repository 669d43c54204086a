//! Checks on time: what happens too fast, or for ever.

pub mod endless_mail;
pub mod instant_lap;
