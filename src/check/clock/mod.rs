//! Checks on clocks and calendars: quiet hours, clock times, dates.

pub mod gap;
pub mod no_hour_left;
pub mod past;
mod places;
mod quiet;
pub mod timers_meet;
pub mod too_late;
