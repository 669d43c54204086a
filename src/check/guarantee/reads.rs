//! What conditions read of the world: events that happen, events that have happened, and spans of time.

use crate::model::{Aggregate, Condition, ConditionKind, EventId, EventTest, Model, ScoreRule, Term, TermKind, Window, WindowKind};
use std::collections::BTreeSet;

/// What was read so far.
pub struct Reads<'m> {
    model: &'m Model,
    /// The events that something waits for.
    pub heard: BTreeSet<EventId>,
    /// The events that something remembers.
    pub remembered: BTreeSet<EventId>,
    /// The tests on events, in the order read.
    pub tests: Vec<EventTest>,
    /// Times that something counts, in milliseconds.
    pub spans: BTreeSet<i64>,
}

impl<'m> Reads<'m> {
    /// Nothing yet.
    pub fn new(model: &'m Model) -> Self {
        Self { model, heard: BTreeSet::new(), remembered: BTreeSet::new(), tests: Vec::new(), spans: BTreeSet::new() }
    }

    /// Reads a condition.
    pub fn condition(&mut self, it: &Condition) {
        match &it.kind {
            ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().for_each(|it| self.condition(it)),
            ConditionKind::Not(inner) => self.condition(inner),
            ConditionKind::Event(test) => {
                self.heard.extend(test.event);
                self.test(test);
            }
            ConditionKind::Had { event, window, negated: _ } | ConditionKind::Count { event, window, .. } => {
                self.past(event, window.as_ref());
            }
            ConditionKind::TimeSince { event, than_ms, op: _ } => {
                self.spans.insert(*than_ms);
                self.past(event, None);
            }
            ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            ConditionKind::In { left, list } => {
                self.term(left);
                list.iter().for_each(|it| self.term(it));
            }
            ConditionKind::Known { term, known: _ } => self.term(term),
            ConditionKind::Segment(id) => self.condition(&self.model.segments[*id].when),
            ConditionKind::Reaches { instant, .. } => self.term(&instant.base),
            ConditionKind::Every { .. }
            | ConditionKind::Finished(_)
            | ConditionKind::Before(_)
            | ConditionKind::From(_)
            | ConditionKind::Broken => {}
        }
    }

    /// Reads a test on events that have happened.
    pub fn past(&mut self, test: &EventTest, window: Option<&Window>) {
        self.remembered.extend(test.event);
        self.test(test);
        if let Some(Window { kind: WindowKind::WithinMs(ms), .. }) = window {
            self.spans.insert(*ms);
        }
    }

    /// Reads a value.
    pub fn term(&mut self, it: &Term) {
        match &it.kind {
            TermKind::Latest { event, property: _ } => {
                self.remembered.insert(*event);
            }
            TermKind::Score(id) => {
                for line in &self.model.scores[*id].lines {
                    match &line.rule {
                        ScoreRule::Event(test) => self.past(test, None),
                        ScoreRule::EveryWithout { period_ms, event } => {
                            self.spans.insert(*period_ms);
                            self.past(event, None);
                        }
                    }
                }
            }
            TermKind::Aggregate(it) => {
                let Aggregate { event, window, kind: _, property: _ } = &**it;
                self.past(event, window.as_ref());
            }
            TermKind::Arithmetic { left, right, op: _ } => {
                self.term(left);
                self.term(right);
            }
            TermKind::Negate(inner) => self.term(inner),
            TermKind::Literal(_)
            | TermKind::Attribute(_)
            | TermKind::Property { .. }
            | TermKind::Entry(_)
            | TermKind::Message(_)
            | TermKind::Missing
            | TermKind::Parameter(_)
            | TermKind::Broken => {}
        }
    }

    fn test(&mut self, test: &EventTest) {
        self.tests.push(test.clone());
        if let Some(filter) = &test.filter {
            self.condition(filter);
        }
    }
}
