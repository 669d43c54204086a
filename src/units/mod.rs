//! The exact quantities of the language: numbers, durations, shares, dates and clock times.
//!
//! Invariants: nothing here is a float; equal values are equal bits; every text form is read back to the same value.
//! Deliberately absent: time zones (the runtime's business) and arithmetic that could round silently.

mod civil;
mod duration;
mod number;
mod share;

pub use civil::{Clock, Date, Weekday};
pub use duration::{Duration, MS_MAX, TooLong, Unit};
pub use number::{Number, NumberError};
pub use share::{Share, ShareError};
