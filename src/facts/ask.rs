//! Asking conditions: who passes, by what, and what is noted of it.

use super::{
    known::{Known, few},
    site::{Sites, note},
    words::{Trigger, Words},
};
use crate::{
    logic::{Formula, Key, ValueSet, VarKind},
    model::{Condition, ConditionKind, Delay},
    source::Span,
};

/// Somebody who passes, and the event that made it possible.
pub(super) type Passed = Vec<(Known, Option<Trigger>)>;

/// When a condition is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// Nothing happens: at an `if`.
    Quiet,
    /// Nothing happens, but a clock may strike: at the beginning of a wait.
    Clock,
    /// An event may happen or a clock strike, or neither.
    Any,
    /// By what happens alone: at a door that begins a run anew.
    Triggered,
}

impl<'m> Words<'m> {
    /// The boxes at an instant at which no event happens that a condition looks for; a clock may strike.
    fn without_event(&self, boxes: &[Known], clock: bool) -> Vec<Known> {
        let zero = Key::Int(0);
        let values = if clock { ValueSet::below(Key::Int(1)) } else { ValueSet::one(zero) };
        let set = |known: &Known| {
            let mut known = known.clone();
            known.happening = Some(values.clone());
            known
        };
        boxes.iter().map(set).collect()
    }

    /// Forgets what is happening, when that is over.
    fn over(&self, boxes: Vec<Known>) -> Vec<Known> {
        let forget = |mut known: Known| {
            known.happening = None;
            known
        };
        boxes.into_iter().map(forget).collect()
    }

    /// Who fails a condition while nothing happens.
    pub fn failing(&self, boxes: &[Known], it: &Condition) -> Vec<Known> {
        self.over(self.assume_all(&self.without_event(boxes, false), self.formula(it, false)))
    }

    /// Who passes, each with the event that opened it; `between` goes on between the event and the question.
    pub fn passing(&self, boxes: &[Known], it: &Condition, when: When, between: &dyn Fn(Vec<Known>) -> Vec<Known>) -> Passed {
        let formula = self.formula(it, true);
        let mut passed: Passed = Vec::new();
        if when != When::Triggered || self.has_clock(it) {
            let boxes = between(self.without_event(boxes, when != When::Quiet));
            passed.extend(self.over(self.assume_all(&boxes, formula)).into_iter().map(|known| (known, None)));
        }
        if when == When::Any || when == When::Triggered {
            for trigger in self.triggers(it) {
                let happened: Vec<Known> = boxes.iter().map(|known| self.happen(known.clone(), *trigger, it.span)).collect();
                let held = self.over(self.assume_all(&between(happened), formula));
                if !is_plain(it) {
                    passed.extend(held.iter().cloned().map(|known| (known, None)));
                }
                passed.extend(held.into_iter().map(|known| (known, Some(*trigger))));
            }
        }
        passed
    }

    /// Whether a clock trigger stands in a condition.
    pub fn has_clock(&self, it: &Condition) -> bool {
        match &it.kind {
            ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().any(|it| self.has_clock(it)),
            ConditionKind::Not(inner) => self.has_clock(inner),
            ConditionKind::Every { .. } | ConditionKind::Reaches { .. } => true,
            _ => false,
        }
    }

    /// Whether a condition holds or not whatever happens: no trigger stands in it, nor anything that is not understood.
    pub fn is_state(&self, it: &Condition) -> bool {
        let mut state = true;
        self.formula(it, true).each(&mut |literal| {
            state &= !matches!(self.kind(literal.var), VarKind::Happening | VarKind::Finished(_) | VarKind::Unknown(_));
        });
        state && self.triggers(it).is_empty()
    }

    /// Who has waited until a delay is over.
    pub fn delayed(&self, boxes: &[Known], after: &Delay, in_stage: bool) -> Vec<Known> {
        let wait = |known: &Known| {
            let mut known = known.clone();
            if in_stage {
                if known.elapsed.1.is_some_and(|most| most < after.delay_ms) {
                    return None;
                }
                known.elapsed.0 = known.elapsed.0.max(after.delay_ms);
            }
            let Some(var) = after.without.as_ref().and_then(|test| self.without(test)) else { return Some(known) };
            let long_ago = ValueSet::at_least(Key::Int(after.delay_ms)).or_missing();
            self.restrict(known, var, &long_ago, Some(after.span))
        };
        boxes.iter().filter_map(wait).collect()
    }

    /// Whether somebody can fail a condition.
    pub fn may_fail(&self, boxes: &[Known], it: &Condition, when: When) -> bool {
        match when {
            When::Quiet | When::Clock => !self.failing(boxes, it).is_empty(),
            When::Any | When::Triggered => !self.is_state(it) || !self.assume_all(boxes, self.formula(it, false)).is_empty(),
        }
    }

    /// Notes of a condition, and of the parts that `and` joins, whether they can hold and fail; of the whole that is known.
    pub fn note(
        &self,
        sites: &mut Sites,
        boxes: &[Known],
        it: &Condition,
        when: When,
        (holds, fails): (bool, bool),
        between: &dyn Fn(Vec<Known>) -> Vec<Known>,
    ) {
        note(&mut sites.conditions, it.span, boxes, holds, fails);
        let ConditionKind::And(members) = &it.kind else { return };
        // A part is looked at where what happens has happened.
        let mut moments: Vec<Known> = Vec::new();
        if self.triggers(it).is_empty() || when == When::Quiet {
            moments.extend(between(self.without_event(boxes, when != When::Quiet)));
        } else {
            for trigger in self.triggers(it) {
                moments.extend(between(boxes.iter().map(|known| self.happen(known.clone(), *trigger, it.span)).collect()));
            }
            let all = few(moments.iter().flat_map(|known| self.filters(known.clone(), members)).collect());
            moments = all;
        }
        for member in members.iter().filter(|it| self.is_state(it)) {
            let holds = !self.assume_all(&moments, self.formula(member, true)).is_empty();
            let fails = !self.assume_all(&moments, self.formula(member, false)).is_empty();
            note(&mut sites.conditions, member.span, &moments, holds, fails);
        }
    }

    /// What the triggers among the parts of a condition say.
    fn filters(&self, known: Known, members: &[Condition]) -> Vec<Known> {
        let triggers: Vec<Formula> =
            members.iter().filter(|it| !self.triggers(it).is_empty()).map(|it| self.formula(it, true).clone()).collect();
        self.assume(known, &Formula::all(triggers))
    }
}

/// Whether a condition that holds while one of its events happens holds because of it.
fn is_plain(it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Event(_) => true,
        ConditionKind::Or(list) => list.iter().all(|it| matches!(it.kind, ConditionKind::Event(_))),
        ConditionKind::And(list) => list.iter().any(is_plain),
        _ => false,
    }
}

/// Where a clause is noted.
pub(super) fn note_clause(sites: &mut Sites, span: Span, boxes: &[Known], holds: bool) {
    note(&mut sites.clauses, span, boxes, holds, true);
}
