//! Checks of time: laps that take none, and laps that never end.

mod counters;
pub mod endless_mail;
pub mod harmless;
pub mod instant_chain;
pub mod instant_lap;
pub mod laps;
pub mod off_by_one;
mod round;
pub mod storm;
pub mod stuck_counter;
mod telling;
pub mod too_fast;
pub mod undoing;

pub use telling::Telling;
