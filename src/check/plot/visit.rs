//! What is so, or happens, while a contact is in a stage.

use super::{
    demand::Demand,
    needs::{Needs, Wanted, wanted_by, ways_of},
    walk::walk,
};
use crate::{
    logic::{Key, ValueSet},
    model::{AttributeId, Condition, EventId, EventTest, Model, StageId},
    source::Span,
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// How many ways in are kept.
const WAYS_MAX: usize = 16;

/// A stay in a stage.
#[derive(Clone, Debug)]
pub struct Visit<'m> {
    /// The stage.
    pub stage: StageId,
    /// The step of one of its nurtures that the contact comes to.
    step: Option<Span>,
    /// What holds on arrival.
    holds: Vec<&'m Condition>,
    /// An event that comes a minute after the contact has come to the step, or to the stage; and where that is waited for.
    done: Option<(EventId, Span)>,
    /// The same, with what is asked of the event.
    does: Option<&'m EventTest>,
    /// What the contact must be like.
    known: Vec<(AttributeId, Demand)>,
}

impl<'m> Visit<'m> {
    /// A stay in which nothing need be so.
    pub fn of(stage: StageId) -> Self {
        Self { stage, step: None, holds: Vec::new(), done: None, does: None, known: Vec::new() }
    }

    /// A stay that comes to a step of a nurture.
    pub fn to(stage: StageId, step: Span) -> Self {
        Self { step: Some(step), ..Self::of(stage) }
    }

    /// The same, with a condition that holds on arrival.
    #[must_use]
    pub fn holds(mut self, when: &'m Condition) -> Self {
        self.holds.push(when);
        self
    }

    /// The same, with an event a minute after the contact has come there.
    #[must_use]
    pub fn done(mut self, event: EventId, span: Span) -> Self {
        self.done = Some((event, span));
        self
    }

    /// The same, with an event a minute after the contact has come there, as it is tested for somewhere.
    #[must_use]
    pub fn does(mut self, test: &'m EventTest) -> Self {
        self.does = Some(test);
        self
    }

    /// The same, for somebody with a flag that says so.
    #[must_use]
    pub fn flag(mut self, flag: AttributeId, says: bool) -> Self {
        self.known.push((flag, Demand::of(ValueSet::one(Key::Int(i64::from(says))))));
        self
    }

    /// What it takes; nothing where no nurture of the stage has that step.
    pub(super) fn stay(&self, model: &Model) -> Option<Stay> {
        let walked = match self.step {
            Some(step) => model.stages[self.stage].nurtures.iter().find_map(|nurture| walk(model, nurture, step))?,
            None => Default::default(),
        };
        // What is asked for in the very instant of entering must be so before.
        let (at_once, mut later): (Vec<_>, Vec<_>) =
            walked.stations.into_iter().partition(|(elapsed_ms, needs)| *elapsed_ms == 0 && needs.trigger.is_none());
        let done = self.done.map(|(event, span)| Wanted { event, message: None, properties: BTreeMap::new(), span });
        if let Some(wanted) = done.or_else(|| wanted_by(model, self.does?)) {
            later.push((walked.elapsed_ms, Needs { trigger: Some(wanted), ..Needs::default() }));
        }
        let known = Needs { attributes: self.known.iter().cloned().collect(), ..Needs::default() };
        let first = at_once.iter().fold(known, |all, (_, needs)| all.and(needs));
        let on_arrival = self.holds.iter().fold(vec![first], |all, when| {
            let ways = ways_of(model, Some(when));
            all.iter().flat_map(|it| ways.iter().map(|way| it.clone().and(way))).take(WAYS_MAX).collect()
        });
        Some(Stay { on_arrival, later, arms: walked.arms })
    }
}

/// What a stay takes.
pub(super) struct Stay {
    /// What must be so on arrival, in one of these ways.
    pub on_arrival: Vec<Needs>,
    /// What happens later, each with the time since entering.
    pub later: Vec<(i64, Needs)>,
    /// The arms that splits draw.
    pub arms: Vec<(SmolStr, SmolStr)>,
}

impl Stay {
    /// The ways in by which one arrives so.
    pub fn arriving(&self, ways: &[Needs]) -> Vec<Needs> {
        let all: Vec<Needs> = ways.iter().flat_map(|way| self.on_arrival.iter().map(|it| way.clone().and(it))).take(WAYS_MAX).collect();
        let itself: Vec<Needs> = all.iter().filter_map(Needs::counting_itself).collect();
        all.into_iter().chain(itself).filter(|it| !it.impossible).collect()
    }
}
