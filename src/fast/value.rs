//! Values as the fast engine keeps them: texts short enough lie in place, a copy allocates nothing.
//!
//! [`Kept`] is a value that stays, [`Seen`] one that is looked at, wherever it lies. Equality and order are those of the
//! reference's values.

use crate::{
    runtime::Value,
    units::{Date, Number},
};
use smol_str::SmolStr;
use std::sync::Arc;

/// A value that is kept. A missing one is the absence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A text.
    Text(SmolStr),
    /// An exact decimal.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
    /// An instant, in milliseconds.
    Time(i64),
    /// A word of a `one of`.
    Choice(SmolStr),
    /// Texts in their order.
    List(Arc<[SmolStr]>),
}

/// A value that is looked at.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// A text.
    Text(&'a str),
    /// An exact decimal.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
    /// An instant, in milliseconds.
    Time(i64),
    /// A word of a `one of`.
    Choice(&'a str),
    /// Texts in their order.
    List(&'a [SmolStr]),
}

impl Kept {
    /// The value, to look at it.
    #[inline]
    pub fn seen(&self) -> Seen<'_> {
        match self {
            Self::Text(text) => Seen::Text(text),
            Self::Number(number) => Seen::Number(*number),
            Self::Flag(flag) => Seen::Flag(*flag),
            Self::Date(date) => Seen::Date(*date),
            Self::Time(ms) => Seen::Time(*ms),
            Self::Choice(word) => Seen::Choice(word),
            Self::List(texts) => Seen::List(texts),
        }
    }

    /// The value as results have it.
    pub fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.to_string()),
            Self::Number(number) => Value::Number(*number),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Date(date) => Value::Date(*date),
            Self::Time(ms) => Value::Time(*ms),
            Self::Choice(word) => Value::Choice(word.to_string()),
            Self::List(texts) => Value::List(texts.iter().map(SmolStr::to_string).collect()),
        }
    }
}

impl From<&Value> for Kept {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.into()),
            Value::Number(number) => Self::Number(*number),
            Value::Flag(flag) => Self::Flag(*flag),
            Value::Date(date) => Self::Date(*date),
            Value::Time(ms) => Self::Time(*ms),
            Value::Choice(word) => Self::Choice(word.into()),
            Value::List(texts) => Self::List(texts.iter().map(SmolStr::from).collect()),
        }
    }
}

impl<'a> Seen<'a> {
    /// The text of a text or choice.
    #[inline]
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) | Self::Choice(text) => Some(text),
            Self::Number(_) | Self::Flag(_) | Self::Date(_) | Self::Time(_) | Self::List(_) => None,
        }
    }

    /// The value, to keep it.
    pub fn kept(self) -> Kept {
        match self {
            Self::Text(text) => Kept::Text(text.into()),
            Self::Number(number) => Kept::Number(number),
            Self::Flag(flag) => Kept::Flag(flag),
            Self::Date(date) => Kept::Date(date),
            Self::Time(ms) => Kept::Time(ms),
            Self::Choice(word) => Kept::Choice(word.into()),
            Self::List(texts) => Kept::List(texts.into()),
        }
    }

    /// The value as a run key: its text without quotes.
    pub fn plain(self) -> SmolStr {
        self.as_text().map_or_else(|| self.kept().value().plain().into(), SmolStr::from)
    }

    /// Whether it is this run key.
    pub fn is_key(self, key: &str) -> bool {
        self.as_text().map_or_else(|| self.plain() == key, |text| text == key)
    }
}
