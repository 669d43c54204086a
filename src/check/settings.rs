//! What a project decides about checks.

use crate::units::Date;

/// What checks may be told; [`Settings::default`] is what holds where nothing is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// A lap with a message that is shorter than this is too short, in milliseconds.
    pub lap_ms_min: i64,
    /// The day on which the program is looked at; without one, no date counts as past.
    pub as_of: Option<Date>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lap_ms_min: 24 * 60 * 60 * 1000, as_of: None }
    }
}
