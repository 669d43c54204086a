//! What a door brings: the sides of its `or`, each with the event that opens it and what that makes sure of.

use super::Resolver;
use crate::{
    ast::{Condition, ConditionKind, Count, EventMatch, Value, ValueKind},
    model::EventId,
};
use smol_str::SmolStr;

/// One side of the `or` of a door.
#[derive(Clone, Default)]
pub(super) struct Side {
    /// Damaged or unknown: brings everything.
    pub any: bool,
    pub event: Option<EventId>,
    pub had: Vec<EventId>,
    /// Properties that the `where` makes sure of.
    pub known: Vec<SmolStr>,
}

impl Side {
    fn merge(&mut self, other: &Self) {
        self.any |= other.any;
        self.event = self.event.or(other.event);
        self.had.extend_from_slice(&other.had);
        self.known.extend_from_slice(&other.known);
    }
}

impl Resolver<'_> {
    /// The sides of a condition, each with the event that opens it.
    pub(super) fn sides(&self, when: &Condition) -> Vec<Side> {
        match &when.kind {
            ConditionKind::Or(members) => members.iter().flat_map(|member| self.sides(member)).collect(),
            ConditionKind::And(members) => self.joined(members),
            ConditionKind::Event(event) => vec![self.opened_by(event)],
            ConditionKind::Had { negated: false, event, .. } => vec![self.happened(event)],
            ConditionKind::Count { count, bound, event, .. } if matches!(count.it, Count::AtLeast | Count::Exactly) && bound.it > 0 => {
                vec![self.happened(event)]
            }
            ConditionKind::Broken => vec![Side { any: true, ..Side::default() }],
            _ => vec![Side::default()],
        }
    }

    fn joined(&self, members: &[Condition]) -> Vec<Side> {
        let mut joined = vec![Side::default()];
        for member in members {
            let sides = self.sides(member);
            if let [side] = sides.as_slice() {
                joined.iter_mut().for_each(|other| other.merge(side));
            } else if joined.len() == 1 {
                let before = joined.remove(0);
                joined = sides;
                joined.iter_mut().for_each(|other| other.merge(&before));
            }
        }
        joined
    }

    fn opened_by(&self, event: &EventMatch) -> Side {
        let mut side = self.happened(event);
        side.event = side.had.first().copied();
        if let Some(filter) = &event.filter {
            words_known(&filter.condition, &mut side.known);
        }
        side
    }

    fn happened(&self, event: &EventMatch) -> Side {
        match self.names.events.get(&event.event.text) {
            Some(id) => Side { had: vec![*id], ..Side::default() },
            None => Side { any: true, ..Side::default() },
        }
    }
}

/// The properties that a `where` makes sure of: those compared or asked for on every side.
fn words_known(condition: &Condition, known: &mut Vec<SmolStr>) {
    match &condition.kind {
        ConditionKind::And(members) => members.iter().for_each(|member| words_known(member, known)),
        ConditionKind::Compare { left, right, .. } | ConditionKind::TextTest { left, right, .. } => {
            word_in(left, known);
            word_in(right, known);
        }
        ConditionKind::In { left, .. } => word_in(left, known),
        ConditionKind::Known { value, known: true } => word_in(value, known),
        _ => {}
    }
}

fn word_in(value: &Value, known: &mut Vec<SmolStr>) {
    if let ValueKind::Word(word) = &value.kind {
        known.push(word.text.clone());
    }
}
