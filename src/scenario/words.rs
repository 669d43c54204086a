//! What was so, in words and dates on the contact's clock.

use super::play::Playing;
use crate::{
    diag::render,
    runtime::{Argument, SendOutcome, Value},
    units::Clock,
};
use jiff::{Timestamp, tz::TimeZone};

/// The clock by which instants are told.
pub(super) struct Then {
    zone: TimeZone,
}

impl Then {
    pub fn new(playing: &Playing<'_, '_>) -> Self {
        Self { zone: playing.zone() }
    }

    /// `Mon 2 Mar 2026 10:00`
    pub fn at(&self, at_ms: i64) -> String {
        render::date_and_time(at_ms, &self.zone)
            .map_or_else(|| "at an instant beyond the calendar".to_owned(), |(date, time)| format!("{} {time}", date.replace("  ", " ")))
    }

    /// `on Mon 2 Mar 2026 10:00`
    pub fn on(&self, at_ms: i64) -> String {
        format!("on {}", self.at(at_ms))
    }

    /// What the clock shows, in whole minutes.
    pub fn clock(&self, at_ms: i64) -> Option<Clock> {
        let local = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(self.zone.clone());
        Clock::new(u8::try_from(local.hour()).ok()?, u8::try_from(local.minute()).ok()?)
    }

    /// A value; times on the contact's clock.
    pub fn value(&self, value: &Value) -> String {
        match value {
            Value::Time(ms) => self.at(*ms),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Date(_) | Value::Choice(_) | Value::List(_) => value.to_string(),
        }
    }

    /// ` with amount: 20`, or nothing.
    pub fn with(&self, arguments: &[Argument]) -> String {
        if arguments.is_empty() {
            return String::new();
        }
        let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "missing".to_owned(), |value| self.value(value));
        let all: Vec<String> = arguments.iter().map(|(name, it)| format!("{name}: {}", value(it))).collect();
        format!(" with {}", all.join(", "))
    }

    /// How a request for a message was decided.
    pub fn decided(&self, at_ms: i64, arguments: &[Argument], outcome: SendOutcome) -> String {
        let with = self.with(arguments);
        match outcome {
            SendOutcome::Sent => format!("sent {}{with}", self.on(at_ms)),
            SendOutcome::Held { until_ms } => format!("held {} until {}{with}", self.on(at_ms), self.at(until_ms)),
            SendOutcome::Capped => format!("capped {}{with}", self.on(at_ms)),
            SendOutcome::NoConsent => format!("left out for want of consent {}{with}", self.on(at_ms)),
            SendOutcome::Dropped => format!("dropped {}{with}", self.on(at_ms)),
        }
    }
}

/// `once`, `2 times`
pub(super) fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// `once, on Mon 2 Mar 2026 10:00`, `2 times, on … and on …`
pub(super) fn several_times(instants: &[i64], then: &Then) -> String {
    let all: Vec<String> = instants.iter().map(|at_ms| then.on(*at_ms)).collect();
    format!("{}, {}", times(u32::try_from(instants.len()).unwrap_or(u32::MAX)), all.join(" and "))
}

/// A message or action with values: `` `receipt(amount: 50)` ``.
pub(super) fn call(name: &str, values: &[(String, Value)]) -> String {
    if values.is_empty() {
        return format!("`{name}`");
    }
    let all: Vec<String> = values.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("`{name}({})`", all.join(", "))
}
