//! How many events from outside it takes at least to come to where a guarantee can be broken.
//!
//! A door that no way opens without an event from outside costs one, every other nothing, and one event takes nobody through two of
//! the first kind. Source: breadth-first search with costs of nothing and one, from the stages backwards.

use super::decide::Judge;
use crate::{
    diag::{Breach, BreachKind, Claim, Goal},
    model::{Condition, ConditionKind, FunnelId, Keeper, Model, Reentry, StageId, Step, StepKind},
};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Where somebody is in a funnel: in a stage, or outside.
type Place = (FunnelId, Option<StageId>);

impl Judge<'_, '_> {
    /// Where somebody must have been in whom a claim is true: each of these, in any of its stages.
    pub fn goals(&self, claim: &Claim) -> Vec<Goal> {
        let Claim::Breaks(Breach { kind, .. }) = claim else { return Vec::new() };
        let one = |name: &SmolStr| self.stages(|id| self.full(id) == *name);
        let sending = |names: &[SmolStr]| -> BTreeSet<StageId> {
            let messages = self.context.model.messages.iter().filter(|(_, it)| names.contains(&it.name.text));
            messages.flat_map(|(id, _)| self.sends(id)).map(|(stage, _)| stage).collect()
        };
        let goals: Vec<BTreeSet<StageId>> = match kind {
            BreachKind::Stays { stage, .. } | BreachKind::Misses { from: stage, .. } | BreachKind::Around { to: stage, .. } => {
                vec![one(stage)]
            }
            BreachKind::SentIn { message, stage } => vec![one(stage), sending(std::slice::from_ref(message))],
            BreachKind::SentAfter { message, .. } => vec![sending(std::slice::from_ref(message))],
            BreachKind::TooMany { messages, .. } => vec![sending(messages)],
            BreachKind::Follows { earlier: stage, later: other } | BreachKind::Both { one: stage, other } => vec![one(stage), one(other)],
            BreachKind::Unmet { .. } => Vec::new(),
        };
        let keyed = |id: &StageId| self.context.model.funnels[self.funnel_of(*id)].key.is_some();
        goals.into_iter().filter(|stages| !stages.iter().any(keyed)).map(|stages| self.goal(&stages)).collect()
    }

    fn stages(&self, which: impl Fn(StageId) -> bool) -> BTreeSet<StageId> {
        self.context.model.stages.ids().filter(|id| which(*id)).collect()
    }

    fn goal(&self, stages: &BTreeSet<StageId>) -> Goal {
        let model = self.context.model;
        let funnels: BTreeSet<FunnelId> = stages.iter().map(|id| self.funnel_of(*id)).collect();
        let mut into: BTreeMap<Place, Vec<(Place, u32)>> = BTreeMap::new();
        for funnel in funnels {
            let restarts = matches!(model.funnels[funnel].reentry, Some(Reentry::RestartFrom(_)));
            for from in std::iter::once(None).chain(model.funnels[funnel].stages.iter().copied().map(Some)) {
                let own = from.map_or_else(|| self.routes.entering(funnel), |id| self.routes.from(id));
                let anew = if from.is_some() && restarts { self.routes.entering(funnel) } else { &[] };
                for hop in own.iter().chain(anew) {
                    let cost = u32::from(hop.when().is_some_and(|when| asks_outside(model, when)));
                    let places = [Some(hop.to), hop.anew.map(Some)];
                    places.into_iter().flatten().for_each(|to| into.entry((funnel, to)).or_default().push(((funnel, from), cost)));
                }
            }
        }
        let mut least: BTreeMap<Place, u32> = BTreeMap::new();
        let mut next: VecDeque<(Place, u32)> = stages.iter().map(|id| ((self.funnel_of(*id), Some(*id)), 0)).collect();
        while let Some((place, events)) = next.pop_front() {
            if least.contains_key(&place) {
                continue;
            }
            least.insert(place, events);
            for (from, cost) in into.get(&place).into_iter().flatten() {
                if *cost == 0 { next.push_front((*from, events)) } else { next.push_back((*from, events.saturating_add(*cost))) }
            }
        }
        let name =
            |(funnel, stage): Place| stage.map_or_else(|| format_smolstr!("{}/", model.funnels[funnel].name.text), |id| self.full(id));
        Goal { least: least.into_iter().map(|(place, events)| (name(place), events)).collect() }
    }
}

/// Whether a condition is never true without an event from outside at that instant.
fn asks_outside(model: &Model, when: &Condition) -> bool {
    match &when.kind {
        ConditionKind::And(list) => list.iter().any(|it| asks_outside(model, it)),
        ConditionKind::Or(list) => list.iter().all(|it| asks_outside(model, it)),
        ConditionKind::Event(test) => test.event.is_some_and(|id| model.events[id].keeper == Keeper::Anyone && !is_recorded(model, id)),
        ConditionKind::Segment(id) => asks_outside(model, &model.segments[*id].when),
        _ => false,
    }
}

/// Whether funnels record an event themselves.
fn is_recorded(model: &Model, event: crate::model::EventId) -> bool {
    let mut recorded = false;
    for nurture in model.stages.values().flat_map(|stage| &stage.nurtures) {
        Step::each(&nurture.steps, &mut |step| {
            recorded |= matches!(step.kind, StepKind::Record { event: Some(it), .. } if it == event);
        });
    }
    recorded
}
