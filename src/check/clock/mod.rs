//! Checks on clocks and calendars: quiet hours, clock times, dates.

pub mod no_hour_left;
