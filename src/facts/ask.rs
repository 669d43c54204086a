//! Asking conditions: who passes, by what, and what is noted of it.

use super::{
    known::{Known, few},
    site::{Sites, note},
    words::{Trigger, Words},
};
use crate::{
    logic::{Formula, Key, ValueSet},
    model::{Condition, ConditionKind, Delay},
    source::Span,
};
use std::{cell::OnceCell, rc::Rc};

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

/// A condition that is asked of some boxes; what it is asked of is worked out once, and when that is needed.
pub(super) struct Asking<'a, 'm> {
    words: &'a Words<'m>,
    boxes: &'a [Known],
    it: &'a Condition,
    when: When,
    /// What goes on between an event and the question.
    between: &'a dyn Fn(Vec<Known>) -> Vec<Known>,
    eventless: OnceCell<Vec<Known>>,
    happened: OnceCell<Vec<(Trigger, Vec<Known>)>>,
}

impl<'a, 'm> Asking<'a, 'm> {
    pub fn new(
        words: &'a Words<'m>,
        boxes: &'a [Known],
        it: &'a Condition,
        when: When,
        between: &'a dyn Fn(Vec<Known>) -> Vec<Known>,
    ) -> Self {
        Self { words, boxes, it, when, between, eventless: OnceCell::new(), happened: OnceCell::new() }
    }

    /// The boxes where no event happens that the condition looks for.
    fn eventless(&self) -> &[Known] {
        self.eventless.get_or_init(|| (self.between)(self.words.without_event(self.boxes, self.when != When::Quiet)))
    }

    /// The boxes where each of its events happens.
    fn happened(&self) -> &[(Trigger, Vec<Known>)] {
        self.happened.get_or_init(|| {
            let happen = |trigger: &Trigger| {
                let happened = self.boxes.iter().map(|known| self.words.happen(known.clone(), *trigger, self.it.span)).collect();
                (*trigger, (self.between)(happened))
            };
            self.words.triggers(self.it).iter().map(happen).collect()
        })
    }

    /// The boxes of each way in which the condition can be met, with the event.
    fn instants(&self) -> impl Iterator<Item = (Option<Trigger>, &[Known])> {
        let eventless = self.when != When::Triggered || has_clock(self.it);
        let events = self.when == When::Any || self.when == When::Triggered;
        let first = eventless.then_some(()).into_iter().map(|()| (None, self.eventless()));
        let others = events.then_some(()).into_iter().flat_map(|()| self.happened());
        first.chain(others.map(|(trigger, boxes)| (Some(*trigger), boxes.as_slice())))
    }

    /// Who passes, each with the event that opened it.
    pub fn passing(&self) -> Passed {
        let formula = self.words.formula(self.it, true);
        let mut passed: Passed = Vec::new();
        for (trigger, boxes) in self.instants() {
            let held = over(self.words.assume_all(boxes, formula));
            if trigger.is_some() && !is_plain(self.it) {
                passed.extend(held.iter().cloned().map(|known| (known, None)));
            }
            passed.extend(held.into_iter().map(|known| (known, trigger)));
        }
        passed
    }

    /// Whether somebody passes.
    pub fn may_pass(&self) -> bool {
        let formula = self.words.formula(self.it, true);
        self.instants().any(|(_, boxes)| self.words.can_assume(boxes, formula))
    }

    /// Notes of the condition, and of the parts that `and` joins, whether they can hold and fail; of the whole that is known.
    pub fn note(&self, sites: &mut Sites, (holds, fails): (bool, bool)) {
        let (words, it) = (self.words, self.it);
        note(&mut sites.conditions, it.span, self.boxes, holds, fails);
        let ConditionKind::And(members) = &it.kind else { return };
        // A part is looked at where what happens has happened.
        let happened: Vec<Known>;
        let moments = if words.triggers(it).is_empty() || self.when == When::Quiet {
            self.eventless()
        } else {
            let moments = self.happened().iter().flat_map(|(_, boxes)| boxes);
            happened = few(moments.flat_map(|known| words.filters(known, members)).collect());
            &happened
        };
        for member in members.iter().filter(|it| words.is_state(it)) {
            let holds = words.can_assume(moments, words.formula(member, true));
            let fails = words.can_assume(moments, words.formula(member, false));
            note(&mut sites.conditions, member.span, moments, holds, fails);
        }
    }
}

/// Forgets what is happening, when that is over.
fn over(mut boxes: Vec<Known>) -> Vec<Known> {
    boxes.iter_mut().for_each(|known| known.happening = None);
    boxes
}

/// Whether a clock trigger stands in a condition.
fn has_clock(it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().any(has_clock),
        ConditionKind::Not(inner) => has_clock(inner),
        ConditionKind::Every { .. } | ConditionKind::Reaches { .. } => true,
        _ => false,
    }
}

impl<'m> Words<'m> {
    /// The boxes at an instant at which no event happens that a condition looks for; a clock may strike.
    fn without_event(&self, boxes: &[Known], clock: bool) -> Vec<Known> {
        let values = if clock { &self.eventless } else { &self.quiet };
        let set = |known: &Known| {
            let mut known = known.clone();
            known.happening = Some(Rc::clone(values));
            known
        };
        boxes.iter().map(set).collect()
    }

    /// Who fails a condition while nothing happens.
    pub fn failing(&self, boxes: &[Known], it: &Condition) -> Vec<Known> {
        over(self.assume_all(&self.without_event(boxes, false), self.formula(it, false)))
    }

    /// Who passes, each with the event that opened it; `between` goes on between the event and the question.
    pub fn passing(&self, boxes: &[Known], it: &Condition, when: When, between: &dyn Fn(Vec<Known>) -> Vec<Known>) -> Passed {
        Asking::new(self, boxes, it, when, between).passing()
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
            When::Quiet | When::Clock => self.can_assume(&self.without_event(boxes, false), self.formula(it, false)),
            When::Any | When::Triggered => !self.is_state(it) || self.can_assume(boxes, self.formula(it, false)),
        }
    }

    /// What the triggers among the parts of a condition say.
    fn filters(&self, known: &Known, members: &[Condition]) -> Vec<Known> {
        let triggers: Vec<Formula> =
            members.iter().filter(|it| !self.triggers(it).is_empty()).map(|it| self.formula(it, true).clone()).collect();
        self.assume(known.clone(), &Formula::all(triggers))
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
