//! Values in rules.

use super::{Condition, Window};
use crate::units::{Clock, Date, Number};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A day; used as an instant, its midnight in the contact's zone.
    Date(Date),
    /// A wall-clock time, in the contact's zone unless in UTC.
    Time(WallTime),
    /// A value of a `one of`.
    Choice(String),
    /// A list of literals of one type: the right side of `in`, or a list of texts.
    List(Vec<Literal>),
}

/// A day and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WallTime {
    /// The day.
    pub date: Date,
    /// The time of day.
    pub at: Clock,
    /// Whether it is in UTC (else in the contact's zone).
    pub utc: bool,
}

/// Something that has a value, or is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Term {
    /// A constant.
    Literal(Literal),
    /// An attribute of the contact.
    Attribute(String),
    /// Inside a `where`: a property of the event that is looked at.
    Property(String),
    /// A property of the latest event that took this run through a door and has it.
    Entry(String),
    /// A property of the latest such event known to this run.
    Latest {
        /// The event.
        event: String,
        /// The property.
        property: String,
    },
    /// A score of the contact.
    Score(String),
    /// A figure over past events.
    Aggregate(Box<Aggregate>),
    /// Two numbers combined; missing where one is, where it does not fit, and for a division by zero.
    Arithmetic(Box<Arithmetic>),
    /// A number with its sign turned.
    Negate(Box<Term>),
    /// In the argument of a message event's test: the name of a message.
    Message(String),
    /// Always missing: an optional parameter of a play that was left out.
    Missing {},
}

/// A figure over past events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Which figure.
    pub figure: AggregateKind,
    /// Of which events.
    pub event: String,
    /// Of which property.
    pub property: String,
    /// Of those events alone for which this holds.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// Over which time; without one, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// Figures. Over nothing a sum is 0 and the others are missing; events whose property is missing do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AggregateKind {
    Sum,
    Average,
    Highest,
    Lowest,
    First,
}

/// Two numbers and an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arithmetic {
    /// Which.
    pub op: ArithmeticOp,
    /// Left operand.
    pub left: Term,
    /// Right operand.
    pub right: Term,
}

/// The arithmetic of numbers; products and quotients are rounded half to even at the sixth digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// An instant, perhaps missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instant {
    /// What it counts from: a date (its midnight in the contact's zone) or a time.
    pub base: Term,
    /// How far from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<Offset>,
    /// On the day reached, at this time of day by the contact's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Clock>,
}

/// How far from a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offset {
    /// So many milliseconds …
    pub by_ms: i64,
    /// … before or after.
    pub side: OffsetSide,
}

/// The side of an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum OffsetSide {
    Before,
    After,
}
