//! What is asked, and what is answered.

use super::{
    Var,
    set::{Key, ValueSet},
};
use crate::{
    model::{Condition, Delay, EventId},
    source::Span,
};

/// What is happening at the instant a question speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Moment {
    /// Anything or nothing.
    Any,
    /// Nothing: at an `if`, in a segment, or when time alone has passed.
    Quiet,
    /// This event.
    Event(EventId),
}

/// A part of a question.
#[derive(Clone, Copy, Debug)]
pub enum Part<'q> {
    /// A condition holds, or does not.
    Condition(&'q Condition, bool),
    /// The delay of a door is over, or is not as far as events in it can tell.
    Delay(&'q Delay, bool),
}

/// Whether all of this can be at once.
#[derive(Clone, Debug, Default)]
pub struct Question<'q> {
    /// Conditions and delays.
    pub parts: Vec<Part<'q>>,
    /// What is known of variables.
    pub facts: Vec<(Var, ValueSet)>,
    /// Events one of which is happening, nothing, or no matter.
    pub moment: Option<Moment>,
}

impl<'q> Question<'q> {
    /// Nothing asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A condition holds.
    #[must_use]
    pub fn holds(self, condition: &'q Condition) -> Self {
        self.part(Part::Condition(condition, true))
    }

    /// A condition does not hold.
    #[must_use]
    pub fn fails(self, condition: &'q Condition) -> Self {
        self.part(Part::Condition(condition, false))
    }

    /// The delay of a door is over.
    #[must_use]
    pub fn delay(self, delay: &'q Delay) -> Self {
        self.part(Part::Delay(delay, true))
    }

    /// One more part.
    #[must_use]
    pub fn part(mut self, part: Part<'q>) -> Self {
        self.parts.push(part);
        self
    }

    /// A variable is in a set.
    #[must_use]
    pub fn fact(mut self, var: Var, set: ValueSet) -> Self {
        self.facts.push((var, set));
        self
    }

    /// What is happening.
    #[must_use]
    pub fn at(mut self, moment: Moment) -> Self {
        self.moment = Some(moment);
        self
    }
}

/// Some words of a question that take part in a clash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clashing {
    /// Which part of the question they stand in.
    pub part: usize,
    /// Where; for words inside a segment, there.
    pub span: Span,
    /// What they speak of; `None` where they never hold in themselves.
    pub var: Option<Var>,
}

/// Why something cannot be: no part of it can be left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Core {
    /// The words that clash, in the order of the question.
    pub words: Vec<Clashing>,
    /// The facts that take part, by their places in the question.
    pub facts: Vec<usize>,
}

/// Somebody for whom all of it holds: values for what matters, and for nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Witness {
    /// What is happening first; `None` is a missing value.
    pub values: Vec<(Var, Option<Key>)>,
    /// The sets from which they were taken: all values in them do, as far as no law ties them together.
    pub room: Vec<(Var, ValueSet)>,
}

/// The answer to a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It cannot be.
    Impossible(Core),
    /// It can be, as far as the laws that are known say.
    Possible(Witness),
}

impl Answer {
    /// Whether it cannot be.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        matches!(self, Self::Impossible(_))
    }
}
