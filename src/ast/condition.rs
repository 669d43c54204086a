//! Conditions.

use super::{Ident, InstantExpr, Spanned, Value};
use crate::{
    source::Span,
    units::{Clock, Date, Duration, Weekday},
};

/// A condition as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Where it stands (with its parentheses, if it has any).
    pub span: Span,
    /// Which.
    pub kind: ConditionKind,
}

/// The kinds of conditions. `Or` and `And` have at least two members and none of their own kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionKind {
    /// `a or b or c`
    Or(Vec<Condition>),
    /// `a and b and c`
    And(Vec<Condition>),
    /// `not a`
    Not(Box<Condition>),
    /// `purchase where amount > 20`: the event is happening.
    Event(Box<EventMatch>),
    /// `had purchase within 7 days`, `no purchase within 7 days`
    Had {
        /// The place of `had` or `no`.
        word: Span,
        /// Whether it is `no`.
        negated: bool,
        /// Which event.
        event: Box<EventMatch>,
        /// Over which time.
        window: Option<Window>,
    },
    /// `at least 3 page_view within 7 days`
    Count {
        /// `at least`, `at most`, `exactly`.
        count: Spanned<Count>,
        /// The bound.
        bound: Spanned<u32>,
        /// Which event.
        event: Box<EventMatch>,
        /// Over which time.
        window: Option<Window>,
    },
    /// `plan = pro`; also aggregates and `time since` (see [`Value`]).
    Compare {
        /// Left side.
        left: Value,
        /// Which comparison.
        op: Spanned<CompareOp>,
        /// Right side.
        right: Value,
    },
    /// `country in ["DE", "AT"]`
    In {
        /// Left side.
        left: Value,
        /// The list, which must be written out.
        list: Value,
    },
    /// `email contains "@"`, `starts with`, `ends with`
    TextTest {
        /// Left side.
        left: Value,
        /// Which test.
        test: Spanned<TextTest>,
        /// The text looked for.
        right: Value,
    },
    /// `plan is known`, `plan is missing`
    Known {
        /// Which value.
        value: Value,
        /// Whether it is `known` (else `missing`).
        known: bool,
    },
    /// `in segment vip`
    Segment(Ident),
    /// `welcome_series finished`
    Finished(Ident),
    /// `before 2026-12-31`
    Before(Spanned<Date>),
    /// `from 2026-12-01 on`
    From(Spanned<Date>),
    /// `every monday at 09:00`
    Every(Every),
    /// `2 days before entry.starts_at, if past open`
    Instant(Box<InstantCondition>),
    /// Text that is no condition; a finding was reported.
    Broken,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl CompareOp {
    /// The same comparison with its sides changed.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// Tests on texts and lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

/// Bounds on a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Count {
    AtLeast,
    AtMost,
    Exactly,
}

/// An event, perhaps of one message, perhaps restricted by its properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMatch {
    /// Where it stands.
    pub span: Span,
    /// Which event.
    pub event: Ident,
    /// `clicked welcome`
    pub message: Option<Ident>,
    /// `where …`
    pub filter: Option<Where>,
}

/// `where amount > 20`, `where (a and b)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    /// Where it stands, the word included.
    pub span: Span,
    /// Whether parentheses follow the word.
    pub parenthesised: bool,
    /// The condition; comparisons joined by `and`, `or`, `not`.
    pub condition: Box<Condition>,
}

/// The time a test looks back over; without one, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: WindowKind,
}

/// The kinds of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// `within 7 days`: later than now − 7 days, up to now.
    Within(Spanned<Duration>),
    /// `since entering`: this stage.
    SinceEntering,
    /// `since starting`: this run.
    SinceStarting,
}

/// A clock trigger: `every monday at 09:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Every {
    /// Which days.
    pub schedule: Schedule,
    /// At what time.
    pub at: Spanned<Clock>,
}

/// The days of a clock trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// `every day`
    Day,
    /// `every monday`
    Week(Spanned<Weekday>),
    /// `every month on day 1`
    Month(Spanned<u32>),
    /// `every year on birthday`
    Year(Value),
}

/// `2 days before entry.starts_at, if past open`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantCondition {
    /// The instant.
    pub instant: InstantExpr,
    /// `, if past open`; `None` where it is missing.
    pub past: Option<Spanned<PastDoor>>,
}

/// What a door does whose instant is past already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastDoor {
    /// It opens.
    Open,
    /// It stays shut.
    Never,
}
