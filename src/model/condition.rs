//! Resolved conditions and values.

use super::{AttributeId, EventId, MessageId, ScoreId, SegmentId, Type};
use crate::{
    ast::{AggregateKind, ArithmeticOp, CompareOp, Count, DateTime, OffsetSide, TextTest},
    source::Span,
    units::{Clock, Date, Number, Weekday},
};
use smol_str::SmolStr;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: ConditionKind,
}

impl Condition {
    /// The conditions it is made of: those that `and` or `or` joins, the one behind `not`. An atom has none.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match &self.kind {
            ConditionKind::Or(list) | ConditionKind::And(list) => list,
            ConditionKind::Not(inner) => std::slice::from_ref(inner),
            ConditionKind::Event(_)
            | ConditionKind::Had { .. }
            | ConditionKind::Count { .. }
            | ConditionKind::TimeSince { .. }
            | ConditionKind::Compare { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Text { .. }
            | ConditionKind::Known { .. }
            | ConditionKind::Segment(_)
            | ConditionKind::Finished(_)
            | ConditionKind::Before(_)
            | ConditionKind::From(_)
            | ConditionKind::Every { .. }
            | ConditionKind::Reaches { .. }
            | ConditionKind::Broken => &[],
        }
    }

    /// The event that an atom asks about, whether it is happening, has happened, how often or how long ago. Events inside
    /// terms and segments are theirs.
    #[must_use]
    pub fn event_test(&self) -> Option<&EventTest> {
        match &self.kind {
            ConditionKind::Event(event)
            | ConditionKind::Had { event, .. }
            | ConditionKind::Count { event, .. }
            | ConditionKind::TimeSince { event, .. } => Some(event),
            ConditionKind::Or(_)
            | ConditionKind::And(_)
            | ConditionKind::Not(_)
            | ConditionKind::Compare { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Text { .. }
            | ConditionKind::Known { .. }
            | ConditionKind::Segment(_)
            | ConditionKind::Finished(_)
            | ConditionKind::Before(_)
            | ConditionKind::From(_)
            | ConditionKind::Every { .. }
            | ConditionKind::Reaches { .. }
            | ConditionKind::Broken => None,
        }
    }

    /// Shows each of its atoms, itself if it is one, and whether the condition asks that the atom holds.
    pub fn each_atom<'c>(&'c self, holds: bool, see: &mut dyn FnMut(&'c Self, bool)) {
        let holds = holds != matches!(self.kind, ConditionKind::Not(_));
        match self.parts() {
            [] if !matches!(self.kind, ConditionKind::Or(_) | ConditionKind::And(_)) => see(self, holds),
            parts => parts.iter().for_each(|it| it.each_atom(holds, see)),
        }
    }
}

/// The kinds of conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the tree, resolved; times in milliseconds")]
pub enum ConditionKind {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    /// A trigger.
    Event(EventTest),
    Had {
        negated: bool,
        event: EventTest,
        window: Option<Window>,
    },
    Count {
        count: Count,
        bound: u32,
        event: EventTest,
        window: Option<Window>,
    },
    /// The time since the latest such event; the left side is always the event, whichever way it was written.
    TimeSince {
        event: EventTest,
        op: CompareOp,
        than_ms: i64,
    },
    Compare {
        left: Term,
        op: CompareOp,
        right: Term,
    },
    In {
        left: Term,
        list: Vec<Term>,
    },
    Text {
        left: Term,
        test: TextTest,
        right: Term,
    },
    Known {
        term: Term,
        known: bool,
    },
    Segment(SegmentId),
    /// A nurture of the same stage, by its name there.
    Finished(SmolStr),
    Before(Date),
    From(Date),
    /// A clock trigger.
    Every {
        schedule: Schedule,
        at: Clock,
    },
    /// A clock trigger.
    Reaches {
        instant: Instant,
        past_opens: bool,
    },
    /// Could not be resolved, which was reported.
    Broken,
}

/// An event, perhaps restricted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTest {
    /// Where it stands.
    pub span: Span,
    /// Which; `None` where it is unknown, which was reported.
    pub event: Option<EventId>,
    /// `clicked welcome`: about this message alone.
    pub message: Option<MessageId>,
    /// `where …`
    pub filter: Option<Box<Condition>>,
}

/// The time a test looks back over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: WindowKind,
}

/// The kinds of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Later than now less so many milliseconds.
    WithinMs(i64),
    /// Since this stage was entered.
    SinceEntering,
    /// Since this run started.
    SinceStarting,
}

/// The days of a clock trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Schedule {
    Day,
    Week(Weekday),
    Month(u32),
    Year(Term),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Literal {
    Text(SmolStr),
    Number(Number),
    Flag(bool),
    Date(Date),
    Time(DateTime),
    Choice(SmolStr),
    List(Vec<Literal>),
    /// In milliseconds.
    Duration(i64),
}

/// A value with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: TermKind,
    /// The type of its value.
    pub ty: Type,
    /// Whether it may be missing, as far as its declaration says.
    pub optional: bool,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the tree, resolved")]
pub enum TermKind {
    Literal(Literal),
    Attribute(AttributeId),
    /// Inside `where`: a property of the event looked at, by its place in the declaration.
    Property {
        event: EventId,
        property: u32,
    },
    /// A property by name: doors on several events may bring it.
    Entry(SmolStr),
    Latest {
        event: EventId,
        property: u32,
    },
    Score(ScoreId),
    Aggregate(Box<Aggregate>),
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Term>,
        right: Box<Term>,
    },
    Negate(Box<Term>),
    Message(MessageId),
    /// Nothing: an optional parameter of a play that was left out.
    Missing,
    /// A parameter of a play, by its place; only before the play is filled in.
    Parameter(u32),
    /// Could not be resolved, which was reported.
    Broken,
}

/// A figure over past events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Which figure.
    pub kind: AggregateKind,
    /// Of which events.
    pub event: EventTest,
    /// Of which property, by its place in the declaration.
    pub property: u32,
    /// Over which time.
    pub window: Option<Window>,
}

/// An instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instant {
    /// Where it stands.
    pub span: Span,
    /// A term of type date or time.
    pub base: Term,
    /// How far from there.
    pub offset: Option<Offset>,
    /// On the day reached, at this time of day.
    pub at: Option<Clock>,
}

/// How far from a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// So many milliseconds.
    pub by_ms: i64,
    /// Before or after.
    pub side: OffsetSide,
}
