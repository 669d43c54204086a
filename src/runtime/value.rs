//! Values at run time, and their two written forms.

use super::instant;
use crate::units::{Date, Number};
use std::fmt;

/// A value of a property or attribute. A missing value is the absence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// An exact decimal.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
    /// An instant, in milliseconds since 1970-01-01 UTC.
    Time(i64),
    /// A word of a `one of`.
    Choice(String),
    /// Texts, in the order in which they came.
    List(Vec<String>),
}

impl Value {
    /// The text of a text or choice.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Choice(text) => Some(text),
            Self::Number(_) | Self::Flag(_) | Self::Date(_) | Self::Time(_) | Self::List(_) => None,
        }
    }

    /// The value as a run key: its text without quotes.
    #[must_use]
    pub fn plain(&self) -> String {
        self.as_text().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// The value as JSON: numbers as exact decimals, dates and times as texts.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Text(text) | Self::Choice(text) => json_text(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Date(date) => json_text(&date.to_string()),
            Self::Time(ms) => json_text(&instant::rfc3339(*ms)),
            Self::List(texts) => format!("[{}]", texts.iter().map(|text| json_text(text)).collect::<Vec<_>>().join(",")),
        }
    }
}

/// A text as a JSON string.
#[must_use]
pub(crate) fn json_text(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always JSON")
}

/// A text as the language writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// As the language writes it: `"Rome"`, `20`, `yes`, `2026-03-02`, `2026-03-02 10:00 UTC`, `free`, `["a", "b"]`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Date(date) => write!(f, "{date}"),
            Self::Time(ms) => write!(f, "{} UTC", instant::compact(*ms)),
            Self::Choice(word) => f.write_str(word),
            Self::List(texts) => write!(f, "[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        }
    }
}
