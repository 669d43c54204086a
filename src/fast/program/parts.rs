//! What a condition is made of: the one walk over its kinds for all that only gathers what lies below.

use super::{Condition, Id};
use std::slice;

/// The parts of a condition.
#[derive(Default)]
pub(super) struct Parts<'c> {
    /// Conditions that it combines.
    pub sides: &'c [Id],
    /// The test on events, present or past.
    pub test: Option<Id>,
    /// The terms that it reads.
    pub terms: Vec<Id>,
    /// The segment.
    pub segment: Option<Id>,
    /// The clock trigger.
    pub clock: Option<Id>,
}

impl Condition {
    /// What it is made of.
    pub(super) fn parts(&self) -> Parts<'_> {
        let nothing = Parts::default();
        match self {
            Self::Any(sides) | Self::All(sides) => Parts { sides, ..nothing },
            Self::Not(side) => Parts { sides: slice::from_ref(side), ..nothing },
            Self::Event(test) | Self::Had(test, _) | Self::No(test, _) | Self::Count(test, ..) | Self::TimeSince(test, ..) => {
                Parts { test: Some(*test), ..nothing }
            }
            Self::Compare(left, _, right) | Self::Text(left, _, right) => Parts { terms: vec![*left, *right], ..nothing },
            Self::In(left, list) => Parts { terms: [&[*left], &**list].concat(), ..nothing },
            Self::Known(term) | Self::Missing(term) => Parts { terms: vec![*term], ..nothing },
            Self::Segment(segment) => Parts { segment: Some(*segment), ..nothing },
            Self::Clock(clock) => Parts { clock: Some(*clock), ..nothing },
            Self::Finished(_) | Self::Before(_) | Self::From(_) | Self::Never => nothing,
        }
    }

    /// Whether it cannot hold without an impulse: a trigger, or what never holds at all.
    pub fn needs_impulse(&self) -> bool {
        self.is_trigger() || matches!(self, Self::Never)
    }

    /// Whether it holds only at the instant of something: an event, or a time of the clock.
    pub fn is_trigger(&self) -> bool {
        matches!(self, Self::Event(_) | Self::Clock(_))
    }
}
