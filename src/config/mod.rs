//! `funnelc.yaml`: what a project decides about findings.
//!
//! ```yaml
//! levels:
//!   F404: error          # one code
//!   F5: warning          # all codes that begin so; a longer beginning wins
//!   F309: off
//! check:
//!   shortest-lap: 24 hours
//!   as-of: 2026-03-01
//! ```
//!
//! Invariants: a word that is not known is an error with its place, never passed over; what would hide an error that makes
//! a program impossible to compile is refused.
//! Deliberately absent: finding the file, which is the business of whoever knows the file system.

mod choice;
mod levels;

pub use choice::Choice;
pub use levels::{Level, Levels, Pattern, PatternError};

use crate::{
    check::Settings,
    ruleset::from_yaml,
    units::{Date, Duration, MS_MAX, Number, Unit},
};
use serde::{Deserialize, Deserializer, de::Error};
use std::str::FromStr;

/// The name of the file.
pub const FILE_NAME: &str = "funnelc.yaml";

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Levels of codes.
    pub levels: Levels,
    /// What checks are told.
    pub check: CheckConfig,
}

/// What checks are told; what is not said holds as by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CheckConfig {
    /// A lap with a message that is shorter than this is too short.
    pub shortest_lap: Option<Span>,
    /// The day on which the program is looked at.
    pub as_of: Option<Day>,
}

/// A duration, in milliseconds, written as in a funnel: `24 hours`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its length.
    pub ms: i64,
}

/// A date, written as in a funnel: `2026-03-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", place.map(|(line, column)| format!("{line}:{column}: ")).unwrap_or_default())]
pub struct ConfigError {
    /// Line and column, from 1.
    pub place: Option<(usize, usize)>,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl Config {
    /// Reads the text of a `funnelc.yaml`.
    ///
    /// # Errors
    /// [`ConfigError`] with the place.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let is_empty = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if is_empty {
            return Ok(Self::default());
        }
        from_yaml(text).map_err(|error| ConfigError { place: error.place, reason: error.reason })
    }

    /// What checks are told.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            lap_ms_min: self.check.shortest_lap.map_or(default.lap_ms_min, |span| span.ms),
            as_of: self.check.as_of.map(|day| day.0),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        duration(&text)
            .map(|ms| Self { ms })
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no duration: write one such as `24 hours`")))
    }
}

fn duration(text: &str) -> Option<i64> {
    let (amount, unit) = text.trim().split_once(' ')?;
    let duration = Duration::new(Number::from_str(amount).ok()?, Unit::from_word(unit.trim())?).ok()?;
    Some(duration.milliseconds()).filter(|ms| (0..=MS_MAX).contains(ms))
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Date::from_str(&text).map(Self).map_err(|()| D::Error::custom(format!("`{text}` is no date: write one such as `2026-03-01`")))
    }
}

#[cfg(test)]
mod tests;
