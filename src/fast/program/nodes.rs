//! What conditions are made of: nodes, terms, tests, figures and clock triggers.

use super::{Events, Id};
use crate::{
    ruleset::{AggregateKind, ArithmeticOp, Comparison, CountBound, Offset, TextTest, WallTime, Window},
    units::{Clock, Date, Weekday},
};

/// A node of a condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// One of these holds.
    Any(Box<[Id]>),
    /// Each of these holds.
    All(Box<[Id]>),
    /// This does not hold.
    Not(Id),
    /// The event is happening.
    Event(Id),
    /// It has happened.
    Had(Id, Option<Window>),
    /// It has not happened.
    No(Id, Option<Window>),
    /// It has happened so often.
    Count(Id, Option<Window>, CountBound, usize),
    /// The time since the latest.
    TimeSince(Id, Comparison, i64),
    /// Two terms compare.
    Compare(Id, Comparison, Id),
    /// A term is one of these.
    In(Id, Box<[Id]>),
    /// A test on a text.
    Text(Id, TextTest, Id),
    /// A term is known.
    Known(Id),
    /// A term is missing.
    Missing(Id),
    /// The contact is in a segment.
    Segment(Id),
    /// A nurture of that name reached its end.
    Finished(Id),
    /// Before that day.
    Before(Date),
    /// From that day on.
    From(Date),
    /// A clock trigger.
    Clock(Id),
    /// Never; what a name that refers to nothing makes of a condition.
    Never,
}

/// A condition that a clause or step asks.
pub struct Root {
    /// Its node.
    pub condition: Id,
    /// Its clock triggers, in written order.
    pub clocks: Box<[Id]>,
    /// The events that can change what it says.
    pub hears: Events,
    /// Whether time alone may change what it says, and whether it may make it true.
    pub by_time: ByTime,
}

/// What time alone may do to a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByTime {
    /// Change what it says.
    pub changes: bool,
    /// Make it true.
    pub ripens: bool,
}

/// A test on an event.
pub struct Test {
    /// Which event.
    pub event: Id,
    /// Which of them.
    pub filter: Option<Id>,
    /// Which bit of the past says whether an event passed the filter, if one does.
    pub bit: Option<u8>,
}

/// A term.
#[derive(Clone, Debug)]
pub enum Term {
    /// A constant.
    Constant(Id),
    /// A time of the wall, in the contact's zone.
    Wall(WallTime),
    /// An attribute.
    Attribute(Id),
    /// A property of the event that is looked at.
    Property(u8),
    /// `entry.x`.
    Entry(Id),
    /// A property of the latest such event.
    Latest(Id, u8),
    /// A score.
    Score(Id),
    /// A figure over past events.
    Aggregate(Id),
    /// Two numbers combined.
    Arithmetic(ArithmeticOp, Id, Id),
    /// A number with its sign turned.
    Negate(Id),
    /// Always missing.
    Missing,
}

/// A figure over past events.
pub struct Aggregate {
    /// Which.
    pub figure: AggregateKind,
    /// Of which events.
    pub test: Id,
    /// Of which property.
    pub slot: u8,
    /// Over which time.
    pub window: Option<Window>,
}

/// A clock trigger.
#[derive(Clone, Debug)]
pub enum ClockOf {
    /// Every day.
    Day(Clock),
    /// Every week.
    Week(Weekday, Clock),
    /// Every month.
    Month(u32, Clock),
    /// Every year on the day of a term.
    Year(Id, Clock),
    /// An instant is reached; whether it opens where it is past.
    Reaches(Id, bool),
}

/// An instant.
#[derive(Clone, Debug)]
pub struct InstantOf {
    /// From what it counts.
    pub base: Id,
    /// How far from there.
    pub offset: Option<Offset>,
    /// At what time of that day.
    pub at: Option<Clock>,
}
