//! Dates, clock times and weekdays, without a zone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A day of the calendar, from 0001-01-01 to 9999-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// The day with this number in that month, if the calendar has it.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        if year < 1 { None } else { jiff::civil::Date::new(year, month, day).ok().map(Self) }
    }

    /// The library's date, for arithmetic in a zone.
    #[must_use]
    pub fn civil(self) -> jiff::civil::Date {
        self.0
    }

    /// Days since 1970-01-01, negative before.
    #[must_use]
    pub fn days(self) -> i64 {
        self.0.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
    }

    /// The day so many days after 1970-01-01, if the calendar has it.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        jiff::civil::date(1970, 1, 1).checked_add(span).ok().map(Self).filter(|date| date.0.year() >= 1)
    }

    /// From the library's date.
    #[must_use]
    pub fn from_civil(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}

impl FromStr for Date {
    type Err = ();

    /// Reads `2026-03-02` and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_ascii() {
            return Err(());
        }
        let part = |range: std::ops::Range<usize>| {
            let digits = &text[range];
            if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse::<i16>().map_err(|_| ()) } else { Err(()) }
        };
        let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
        Self::new(year, i8::try_from(month).map_err(|_| ())?, i8::try_from(day).map_err(|_| ())?).ok_or(())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time of day, to the minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl Clock {
    /// 00:00.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0 };

    /// The time of day, if there is one.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }

    /// The library's time.
    #[must_use]
    pub fn civil(self) -> jiff::civil::Time {
        jiff::civil::time(self.hour.cast_signed(), self.minute.cast_signed(), 0, 0)
    }
}

impl FromStr for Clock {
    type Err = ();

    /// Reads `09:00` and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = text.as_bytes();
        let [h1, h2, b':', m1, m2] = bytes else { return Err(()) };
        let digit = |b: u8| if b.is_ascii_digit() { Ok(b - b'0') } else { Err(()) };
        Self::new(digit(*h1)? * 10 + digit(*h2)?, digit(*m1)? * 10 + digit(*m2)?).ok_or(())
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its word in the language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.word() == word)
    }
}

/// On the wire dates and clock times are their texts.
macro_rules! text_on_the_wire {
    ($type:ident, $what:literal, $pattern:literal) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|()| serde::de::Error::custom(format!("`{text}` is not {}", $what)))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $what, "pattern": $pattern })
            }
        }
    };
}

text_on_the_wire!(Date, "a date such as `2026-03-02`", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
text_on_the_wire!(Clock, "a time of day such as `09:00`", "^[0-2][0-9]:[0-5][0-9]$");
