//! What comes in, and what is set aside.

use super::{
    instant,
    value::{Value, json_text},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A value as the input has it, before its declaration is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Raw {
    /// Nothing: `null`, or an empty cell.
    Missing,
    /// A text that is known to be one, as in JSON.
    Text(String),
    /// A cell of a table: a text that may stand for any type.
    Cell(String),
    /// A number, as its digits stand in the input.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Raw>),
    /// Something that no type takes, as its source text.
    Other(String),
}

impl From<&Value> for Raw {
    /// A value as an input would have it.
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) | Value::Choice(text) => Self::Text(text.clone()),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::Flag(flag) => Self::Flag(*flag),
            Value::Date(date) => Self::Text(date.to_string()),
            Value::Time(ms) => Self::Text(instant::rfc3339(*ms)),
            Value::List(texts) => Self::List(texts.iter().cloned().map(Self::Text).collect()),
        }
    }
}

impl Raw {
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Missing => "null".to_owned(),
            Self::Text(text) | Self::Cell(text) => json_text(text),
            Self::Number(text) | Self::Other(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::to_json).collect::<Vec<_>>().join(",")),
        }
    }

    /// How many bytes its texts are.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Missing | Self::Flag(_) => 0,
            Self::Text(text) | Self::Cell(text) | Self::Number(text) | Self::Other(text) => text.len(),
            Self::List(items) => items.iter().map(|item| item.bytes() + size_of::<Self>()).sum(),
        }
    }

    /// Named values as a JSON object.
    pub(super) fn object(values: &BTreeMap<String, Self>) -> String {
        let values: Vec<_> = values.iter().map(|(name, raw)| format!("{}:{}", json_text(name), raw.to_json())).collect();
        format!("{{{}}}", values.join(","))
    }
}

/// A record of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it happened, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// To whom.
    pub contact: String,
    /// What.
    pub event: String,
    /// What it carries.
    pub properties: BTreeMap<String, Raw>,
    /// Its identity, if it has one: the same id of a contact is taken once in 30 days.
    pub id: Option<String>,
    /// Its place in the input, from 1: for files, its line.
    pub position: u64,
}

impl Record {
    /// The record as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = format!(
            "{{\"time\":{},\"contact\":{},\"event\":{}",
            json_text(&instant::rfc3339(self.time_ms)),
            json_text(&self.contact),
            json_text(&self.event)
        );
        if let Some(id) = &self.id {
            out.push_str(&format!(",\"id\":{}", json_text(id)));
        }
        out.push_str(&format!(",\"properties\":{}}}", Raw::object(&self.properties)));
        out
    }
}

/// Why a record, or a part of it, was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It cannot be read, or has no usable time.
    Malformed,
    /// It has no contact.
    NoContact,
    /// Nobody declared its event.
    UnknownEvent,
    /// It lacks a property that must be there.
    MissingProperty,
    /// A value does not fit its type.
    DoesNotFit,
    /// It is older than the allowed lateness.
    Late,
    /// It is ahead of the clock that a run goes by.
    Ahead,
    /// It would change a fixed attribute that is known; the rest of it was taken.
    FixedAttribute,
    /// It would set or record what funnels alone do; of an `identify` the rest was taken.
    Ours,
    /// Its id was seen before with other content.
    IdDiffers,
    /// It led to more than 64 echoes; what was left of them was not done.
    Cascade,
    /// It led to a `set` whose result does not fit a number; it changed nothing.
    Overflow,
}

impl Reason {
    const ALL: [Self; 12] = [
        Self::Malformed,
        Self::NoContact,
        Self::UnknownEvent,
        Self::MissingProperty,
        Self::DoesNotFit,
        Self::Late,
        Self::Ahead,
        Self::FixedAttribute,
        Self::Ours,
        Self::IdDiffers,
        Self::Cascade,
        Self::Overflow,
    ];

    /// The reason that has these words.
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.words() == words)
    }

    /// The reason in the words of reports and of the conformance suite.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NoContact => "no contact",
            Self::UnknownEvent => "unknown event",
            Self::MissingProperty => "missing property",
            Self::DoesNotFit => "does not fit",
            Self::Late => "late",
            Self::Ahead => "ahead",
            Self::FixedAttribute => "fixed attribute",
            Self::Ours => "ours",
            Self::IdDiffers => "id differs",
            Self::Cascade => "cascade",
            Self::Overflow => "overflow",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A record that was set aside, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its place in the input, from 1: for files, its line.
    pub position: u64,
    /// Why.
    pub reason: Reason,
    /// Why, in more words.
    pub detail: String,
    /// The record: its line as it stood in the file, or as JSON.
    pub record: String,
}

impl SetAside {
    /// One line of JSON with the fields `line`, `reason`, `detail` and `record` (a text).
    #[must_use]
    pub fn to_json(&self) -> String {
        format!(
            "{{\"line\":{},\"reason\":{},\"detail\":{},\"record\":{}}}",
            self.position,
            json_text(self.reason.words()),
            json_text(&self.detail),
            json_text(&self.record)
        )
    }
}
