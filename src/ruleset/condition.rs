//! Conditions in rules.

use super::{Instant, Term};
use crate::units::{Clock, Date, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A condition. A comparison with a missing value is false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// One of these holds.
    Any(Vec<Condition>),
    /// Each of these holds.
    All(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// The event is happening at this instant.
    Event(EventTest),
    /// It has happened.
    Had {
        /// What.
        event: EventTest,
        /// Over which time; without one, for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
    },
    /// It has not happened.
    No {
        /// What.
        event: EventTest,
        /// Over which time; without one, for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
    },
    /// It has happened so often, the present instant included.
    Count(Count),
    /// The time since the latest one compares; never: false.
    TimeSince {
        /// Since what.
        event: EventTest,
        /// How.
        is: Comparison,
        /// To so many milliseconds.
        than_ms: i64,
    },
    /// Two values compare.
    Compare {
        /// Left side.
        left: Term,
        /// How.
        is: Comparison,
        /// Right side.
        right: Term,
    },
    /// A value is one of these.
    In {
        /// The value.
        left: Term,
        /// The list.
        list: Vec<Term>,
    },
    /// A test on a text, or `contains` on a list.
    Text(Pattern),
    /// The value is known.
    Known(Term),
    /// The value is missing.
    Missing(Term),
    /// The contact is in this segment.
    Segment(String),
    /// That play of this stage visit reached its end.
    Finished(String),
    /// Before the start of that day, contact's zone.
    Before(Date),
    /// From the start of that day on, contact's zone.
    From(Date),
    /// The clock reaches it.
    Every(Schedule),
    /// The instant is reached.
    Reaches {
        /// Which instant.
        instant: Instant,
        /// Whether it also holds, once, where the instant is past already when it is first looked at.
        past_opens: bool,
    },
}

/// An event, perhaps restricted by its properties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTest {
    /// Its name.
    pub name: String,
    /// Which of them.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Box<Condition>>,
}

/// The time a test looks back over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// Later than now less so many milliseconds, up to now.
    WithinMs(i64),
    /// Since this stage was entered.
    SinceEntering,
    /// Since this run started.
    SinceStarting,
}

/// A bound on how often something has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// What.
    pub event: EventTest,
    /// Over which time; without one, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Which side.
    pub is: CountBound,
    /// How many.
    pub of: u32,
}

/// The side of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum CountBound {
    AtLeast,
    AtMost,
    Exactly,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Comparison {
    /// Equal.
    #[serde(rename = "=")]
    Equal,
    /// Not equal (and both known).
    #[serde(rename = "!=")]
    NotEqual,
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Comparison {
    /// Whether values in this order, the left to the right, compare so.
    #[must_use]
    pub fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A test on a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The text, or for `contains` the list.
    pub left: Term,
    /// Which test.
    pub test: TextTest,
    /// What is looked for.
    pub right: Term,
}

/// The tests on texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

/// A clock trigger, contact's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Every day.
    Day {
        /// At what time.
        at: Clock,
    },
    /// Every week on this day.
    Week {
        /// On which day.
        on: Weekday,
        /// At what time.
        at: Clock,
    },
    /// Every month on this day; a shorter month has its last day.
    Month {
        /// On which day, 1 to 31.
        day: u32,
        /// At what time.
        at: Clock,
    },
    /// Every year on the day of this date; 29 February is 1 March in other years.
    Year {
        /// A date.
        on: Term,
        /// At what time.
        at: Clock,
    },
}
