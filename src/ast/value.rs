//! Values and instants: what conditions compare and steps hand over.

use super::{EventMatch, Ident, Text, Window};
use crate::{
    source::Span,
    units::{Clock, Date, Duration, Number},
};

/// Anything with the place where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// Where.
    pub span: Span,
    /// What.
    pub it: T,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: ValueKind,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `20`
    Number(Number),
    /// `"DE"`
    Text(Text),
    /// `yes`, `no`
    Flag(bool),
    /// `2026-03-02`
    Date(Date),
    /// `2026-03-02 10:00 UTC`
    Time(DateTime),
    /// `14 days`, in a test on elapsed time.
    Duration(Duration),
    /// A bare word: an attribute, a score, a property inside `where`, a value of a `one of`, a parameter, a message.
    Word(Ident),
    /// `entry.amount`, `contact.plan`, `purchase.amount`
    Path {
        /// Before the dot.
        root: PathRoot,
        /// Behind the dot; any word may stand there.
        property: Ident,
    },
    /// `["DE", "AT"]`
    List(Vec<Value>),
    /// `-x`
    Negate(Box<Value>),
    /// `a + b`
    Arithmetic {
        /// Which operation.
        op: ArithmeticOp,
        /// Left operand.
        left: Box<Value>,
        /// Right operand.
        right: Box<Value>,
    },
    /// `sum of purchase.amount where … within 365 days`
    Aggregate(Box<Aggregate>),
    /// `time since page_view`
    TimeSince(Box<EventMatch>),
    /// Text that is no value; a finding was reported.
    Broken,
}

/// What stands before the dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRoot {
    /// `entry`
    Entry(Span),
    /// `contact`
    Contact(Span),
    /// The name of an event.
    Event(Ident),
}

/// A date with a clock time, in the contact's zone unless `UTC` is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time of day.
    pub clock: Clock,
    /// Whether `UTC` follows.
    pub utc: bool,
}

/// The arithmetic of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// `sum of purchase.amount where amount > 5 within 365 days`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Which figure.
    pub kind: Spanned<AggregateKind>,
    /// Of which events (the `where` is in here).
    pub event: EventMatch,
    /// Of which property.
    pub property: Ident,
    /// Over which time.
    pub window: Option<Window>,
}

/// Figures over past events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AggregateKind {
    Sum,
    Average,
    Highest,
    Lowest,
    First,
}

/// An instant as written: `2 days before entry.starts_at at 09:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantExpr {
    /// Where it stands.
    pub span: Span,
    /// `2 days before`
    pub offset: Option<Offset>,
    /// What it counts from.
    pub base: InstantBase,
    /// `at 09:00`
    pub at: Option<Spanned<Clock>>,
}

/// How far from the base, and on which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// How far.
    pub by: Spanned<Duration>,
    /// Before or after.
    pub side: OffsetSide,
}

/// The side of an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum OffsetSide {
    Before,
    After,
}

/// What an instant counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstantBase {
    /// `2026-12-24`
    Date(Spanned<Date>),
    /// `2026-12-24 10:00` or with `UTC`
    Time(Spanned<DateTime>),
    /// `entry.starts_at`, `birthday`, `purchase.delivery_date`
    Value(Value),
}
