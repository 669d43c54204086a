//! Exact spans of time: one number and one unit.

use super::Number;
use std::fmt;

/// A unit of exact time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// One second.
    Second,
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// 24 hours, whatever the clocks do.
    Day,
    /// Seven days.
    Week,
}

impl Unit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 5] = [Self::Second, Self::Minute, Self::Hour, Self::Day, Self::Week];

    /// Its length in milliseconds.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 604_800_000,
        }
    }

    /// The word for one.
    #[must_use]
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// The word for several.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Second => "seconds",
            Self::Minute => "minutes",
            Self::Hour => "hours",
            Self::Day => "days",
            Self::Week => "weeks",
        }
    }

    /// The unit a word names, in the singular or plural.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        Self::ALL.into_iter().find(|unit| unit.singular() == singular)
    }
}

/// The longest duration the language allows: ten years of 365 days and the leap days in them, in milliseconds.
pub const MS_MAX: i64 = 3_653 * 86_400_000;

/// A duration does not fit, or is not whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a duration is a whole number of milliseconds that fits")]
pub struct TooLong;

/// A duration as written: an amount and a unit, exact to the millisecond.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration {
    /// How many units.
    pub amount: Number,
    /// Of which length.
    pub unit: Unit,
}

impl Duration {
    /// Amount times unit.
    ///
    /// # Errors
    /// [`TooLong`] when the product is not a whole number of milliseconds that fits 64 bits.
    pub fn new(amount: Number, unit: Unit) -> Result<Self, TooLong> {
        let product = i128::from(amount.millionths()) * i128::from(unit.milliseconds());
        if product % 1_000_000 != 0 || i64::try_from(product / 1_000_000).is_err() {
            return Err(TooLong);
        }
        Ok(Self { amount, unit })
    }

    /// The duration of so many milliseconds, in the longest unit (up to days) that divides it.
    #[must_use]
    pub fn from_milliseconds(ms: i64) -> Self {
        let unit =
            [Unit::Day, Unit::Hour, Unit::Minute].into_iter().find(|unit| ms != 0 && ms % unit.milliseconds() == 0).unwrap_or(Unit::Second);
        let millionths = i128::from(ms) * 1_000_000 / i128::from(unit.milliseconds());
        Self { amount: Number::from_millionths(i64::try_from(millionths).unwrap_or(i64::MAX)), unit }
    }

    /// Length in milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        let product = i128::from(self.amount.millionths()) * i128::from(self.unit.milliseconds());
        i64::try_from(product / 1_000_000).expect("checked when the duration was made")
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.amount.as_whole() == Some(1) { "" } else { "s" };
        write!(f, "{} {}{plural}", self.amount, self.unit.singular())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_come_back_in_the_longest_unit() {
        for (ms, text) in
            [(0, "0 seconds"), (86_400_000, "1 day"), (129_600_000, "36 hours"), (1_500, "1.5 seconds"), (604_800_000, "7 days")]
        {
            let duration = Duration::from_milliseconds(ms);
            assert_eq!(duration.to_string(), text);
            assert_eq!(duration.milliseconds(), ms);
        }
    }
}
