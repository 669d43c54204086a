//! The one place that says whether a condition can hold.
//!
//! Job: find the parts of a conjunction that contradict each other, in themselves, whoever the contact is.
//! Invariants: what is called a clash is one: nobody can make the conjunction true. The other way round nothing is
//! promised; what is not understood counts as possible. Work is bounded.
//! Deliberately absent: a decision procedure. The next version puts one here, behind the same function.

mod facts;
mod values;

use crate::{
    model::{Condition, Delay, Model},
    source::{SourceMap, Span, sentence_of},
};
use facts::Facts;

/// Parts of conditions that cannot hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Where they stand.
    pub parts: Vec<Span>,
    /// Why, in one clause.
    pub reason: String,
}

/// What is asked whether it can hold: all of these together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conjunction<'c> {
    /// Conditions.
    pub conditions: &'c [&'c Condition],
    /// Delays, which say what has not happened lately.
    pub delays: &'c [&'c Delay],
}

/// Why a conjunction cannot hold, if that is plain to see.
#[must_use]
pub fn feasible(model: &Model, sources: &SourceMap, all: Conjunction<'_>) -> Option<Clash> {
    let mut facts = Facts::new(model, sources);
    for delay in all.delays {
        facts.delay(delay);
    }
    for condition in all.conditions {
        facts.condition(condition, true);
    }
    facts.clash()
}

/// The source text of a part, in quotes for a message.
fn quoted(sources: &SourceMap, span: Span) -> String {
    format!("`{}`", sentence_of(sources.slice(span)))
}
