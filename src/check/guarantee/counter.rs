//! Attributes of ours that count how often something was done: `set tries = tries + 1` ends laps behind `tries < 3`.
//!
//! A counter is a number that our own steps alone change, and only up, or back to a number that is written down. What is
//! known of it is the least value it can have. A visit surely adds to it where the step stands before all waits and nobody
//! can go on at the instant of entry, or where the way on is open only when the step was done.
//! Invariants: the least value is never too large; a way that asks for less is shut then.

use super::{
    points::Setting,
    route::{Hop, Routes},
};
use crate::model::{
    ArithmeticOp, AttributeId, CompareOp, Condition, ConditionKind, FunnelId, Keeper, Literal, Model, Nurture, StageId, Start, Step,
    StepKind, Term, TermKind, Wait,
};
use std::collections::HashMap;

/// A number that is only counted up, in millionths.
#[derive(Clone, Debug)]
pub struct Counter {
    attribute: AttributeId,
    /// The least it can be when a run begins.
    begins: i64,
    /// Nothing is asked of it beyond.
    top: i64,
    /// The least number that a visit of a stage may set it back to.
    resets: HashMap<StageId, i64>,
}

/// What a step does to a number.
enum Change {
    Adds(i64),
    Becomes(i64),
    Unknown,
}

fn change(attribute: AttributeId, value: &Term) -> Change {
    let literal = |term: &Term| match &term.kind {
        TermKind::Literal(Literal::Number(number)) => Some(number.millionths()),
        _ => None,
    };
    match &value.kind {
        TermKind::Literal(Literal::Number(number)) => Change::Becomes(number.millionths()),
        TermKind::Arithmetic { op: ArithmeticOp::Add, left, right } => {
            let is_it = |term: &Term| matches!(&term.kind, TermKind::Attribute(id) if *id == attribute);
            let other = if is_it(left) { literal(right) } else { literal(left).filter(|_| is_it(right)) };
            other.filter(|more| *more > 0).map_or(Change::Unknown, Change::Adds)
        }
        _ => Change::Unknown,
    }
}

/// What a step sets a number to.
fn set_of(step: &Step, attribute: AttributeId) -> Option<Change> {
    match &step.kind {
        StepKind::Set { attribute: Some(id), value } if *id == attribute => Some(change(attribute, value)),
        _ => None,
    }
}

/// The numbers that count in the runs of a funnel, and that its ways ask for.
pub fn counters(model: &Model, routes: &Routes<'_>, funnel: FunnelId) -> Vec<Counter> {
    let numbers = model.attributes.iter().filter(|(_, it)| it.keeper == Keeper::Ours && !it.optional);
    numbers
        .filter_map(|(id, it)| {
            let Some(Literal::Number(default)) = &it.default else { return None };
            counter(model, routes, funnel, id, default.millionths())
        })
        .collect()
}

fn counter(model: &Model, routes: &Routes<'_>, funnel: FunnelId, attribute: AttributeId, default: i64) -> Option<Counter> {
    let stages = &model.funnels[funnel].stages;
    let asked = stages.iter().flat_map(|id| routes.from(*id)).filter_map(|hop| most_allowed(hop.when()?, attribute));
    let top = asked.max()?.checked_add(1)?;
    let mut resets: HashMap<StageId, i64> = HashMap::new();
    let (mut counts, mut is_known) = (false, true);
    for (id, stage) in model.stages.iter() {
        for nurture in &stage.nurtures {
            Step::each(&nurture.steps, &mut |step| match set_of(step, attribute) {
                Some(Change::Adds(_)) => counts = true,
                Some(Change::Becomes(value)) => {
                    // Another funnel, or another run at the same time, may do so at any instant.
                    is_known &= stage.funnel == funnel && model.funnels[funnel].key.is_none();
                    let least = resets.entry(id).or_insert(value);
                    *least = (*least).min(value);
                }
                Some(Change::Unknown) => is_known = false,
                None => {}
            });
        }
    }
    let begins = resets.values().copied().fold(default, i64::min);
    (counts && is_known).then_some(Counter { attribute, begins, top, resets })
}

/// The largest value of a number with which a condition can hold; nothing where it can with any.
fn most_allowed(when: &Condition, attribute: AttributeId) -> Option<i64> {
    match &when.kind {
        ConditionKind::And(list) => list.iter().filter_map(|it| most_allowed(it, attribute)).min(),
        ConditionKind::Or(list) => {
            let all: Option<Vec<i64>> = list.iter().map(|it| most_allowed(it, attribute)).collect();
            all?.into_iter().max()
        }
        ConditionKind::Compare { left, op, right } => {
            let is_it = |term: &Term| matches!(&term.kind, TermKind::Attribute(id) if *id == attribute);
            let number = |term: &Term| match &term.kind {
                TermKind::Literal(Literal::Number(number)) => Some(number.millionths()),
                _ => None,
            };
            let (op, bound) = if is_it(left) { (*op, number(right)?) } else { (op.mirrored(), number(left).filter(|_| is_it(right))?) };
            match op {
                CompareOp::Less => bound.checked_sub(1),
                CompareOp::LessOrEqual | CompareOp::Equal => Some(bound),
                CompareOp::NotEqual | CompareOp::Greater | CompareOp::GreaterOrEqual => None,
            }
        }
        _ => None,
    }
}

impl Counter {
    /// The least value at the beginning of a run.
    pub fn begins(&self) -> i64 {
        self.begins.min(self.top)
    }

    /// The least value behind a way on, of somebody who came to the stage with at least `value`; nothing where the way is shut.
    pub fn behind(&self, setting: &Setting<'_, '_>, stage: StageId, hop: &Hop<'_>, value: i64) -> Option<i64> {
        let value = match self.resets.get(&stage) {
            Some(back) => value.min(*back),
            None => value.saturating_add(self.added(setting, stage, hop)),
        };
        let is_shut = hop.when().and_then(|when| most_allowed(when, self.attribute)).is_some_and(|most| value > most);
        (!is_shut).then_some(value.min(self.top))
    }

    /// What a visit has surely added when a way on is taken.
    fn added(&self, setting: &Setting<'_, '_>, stage: StageId, hop: &Hop<'_>) -> i64 {
        let of = |nurture: &Nurture| -> i64 {
            let done = |(at, step): (usize, &Step)| match set_of(step, self.attribute)? {
                Change::Adds(more) => {
                    let before = nurture.steps.get(..at)?;
                    is_done(setting, stage, nurture, before, hop).then_some(more)
                }
                Change::Becomes(_) | Change::Unknown => None,
            };
            nurture.steps.iter().enumerate().filter_map(done).sum()
        };
        setting.model.stages[stage].nurtures.iter().filter(|it| it.start == Start::Entry).map(of).sum()
    }
}

/// Whether a step behind `before` was surely done when a way on is taken.
fn is_done(setting: &Setting<'_, '_>, stage: StageId, nurture: &Nurture, before: &[Step], hop: &Hop<'_>) -> bool {
    let mut goes_on = true;
    Step::each(before, &mut |step| {
        goes_on &= !matches!(step.kind, StepKind::Stop | StepKind::Wait(Wait::Instant { .. }));
    });
    let Some((_, latest)) = setting.length(before).filter(|_| goes_on) else { return false };
    if hop.when().is_some_and(|when| needs_end_of(when, nurture)) {
        return true;
    }
    let soonest = setting.soonest(stage, hop);
    if latest == 0 { soonest > 0 || hop.when().is_some_and(needs_event) } else { soonest > latest }
}

/// Whether a condition holds only when a play has come to its end.
fn needs_end_of(when: &Condition, nurture: &Nurture) -> bool {
    match &when.kind {
        ConditionKind::And(list) => list.iter().any(|it| needs_end_of(it, nurture)),
        ConditionKind::Or(list) => list.iter().all(|it| needs_end_of(it, nurture)),
        ConditionKind::Finished(name) => *name == nurture.name,
        _ => false,
    }
}

/// Whether a condition holds only while an event is happening, so never at the instant of entry before plays have begun.
fn needs_event(when: &Condition) -> bool {
    match &when.kind {
        ConditionKind::And(list) => list.iter().any(needs_event),
        ConditionKind::Or(list) => list.iter().all(needs_event),
        ConditionKind::Event(_) => true,
        _ => false,
    }
}
