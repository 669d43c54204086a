//! What the world may do in a search for a story that breaks a guarantee.

use super::decide::Judge;
use crate::{
    check::plot::consenting,
    diag::{Alphabet, Claim, Plot, Search},
    graph::mentions,
    model::{
        AttributeId, CompareOp, Condition, ConditionKind, EventId, FunnelId, Keeper, Literal, Model, Start, Step, StepKind, Term, TermKind,
        Type, Wait,
    },
};
use std::collections::BTreeSet;

/// So many plots begin a search.
const BEGINS_MAX: usize = 6;

/// How long is looked on at most behind the last thing that comes from outside, in milliseconds.
const HORIZON_MS: i64 = 400 * 86_400_000;

/// So many moves are tried.
const MOVES_MAX: usize = 24;

impl Judge<'_, '_> {
    /// The search for a story of a claim, from these plots and from nothing.
    pub fn search(&self, claim: &Claim, plots: &[Plot]) -> Option<Search> {
        let model = self.context.model;
        let funnels: Vec<FunnelId> = self.funnel.map_or_else(|| model.funnels.ids().collect(), |id| vec![id]);
        let own = funnels.first().copied()?;
        let funnels = self.with_recorders(funnels);
        let mut conditions: Vec<Condition> = Vec::new();
        let mut waits = Vec::new();
        for funnel in &funnels {
            for hop in self.routes.entering(*funnel) {
                conditions.extend(hop.when().cloned());
            }
            for id in model.funnels[*funnel].stages.iter().filter(|id| self.routes.is_reached(**id)) {
                for hop in self.routes.from(*id) {
                    conditions.extend(hop.when().cloned());
                    waits.extend(hop.after().map(|delay| delay.delay_ms));
                    let without = hop.after().and_then(|delay| delay.without.as_ref());
                    conditions.extend(without.map(|test| Condition { span: test.span, kind: ConditionKind::Event(test.clone()) }));
                }
                for nurture in &model.stages[*id].nurtures {
                    if let Start::When(when) | Start::EachTime(when) = &nurture.start {
                        conditions.push(when.clone());
                    }
                    Step::each(&nurture.steps, &mut |step| conditions_of(step, &mut conditions));
                }
            }
        }
        conditions.extend(consents(model, &conditions));
        let moves = self.context.moves(&conditions, MOVES_MAX);
        // What comes only so often can come again then.
        waits.extend(model.events.values().filter_map(|event| event.rate.map(|rate| rate.per_ms)));
        waits.sort_unstable();
        waits.dedup();
        let horizon_ms = plots.first().map_or(HORIZON_MS, |plot| plot.horizon_ms.min(HORIZON_MS));
        let mut begins: Vec<Plot> = vec![Plot { horizon_ms, ..consenting(self.context, own, claim) }];
        begins.extend(plots.iter().take(BEGINS_MAX).map(|plot| Plot { horizon_ms, ..plot.clone() }));
        let start_ms = begins.first().map_or(0, |plot| plot.start_ms);
        let alphabet = if matches!(claim, Claim::Breaks(_)) { self.alphabet(&funnels, claim, start_ms) } else { Alphabet::default() };
        Some(Search { begins, moves, waits, alphabet: Box::new(alphabet) })
    }
}

impl Judge<'_, '_> {
    /// Funnels, and those that record what opens doors of them, and so on.
    fn with_recorders(&self, funnels: Vec<FunnelId>) -> Vec<FunnelId> {
        let model = self.context.model;
        let mut all = funnels;
        let mut at = 0;
        while let Some(funnel) = all.get(at).copied() {
            at += 1;
            let mut wanted: BTreeSet<EventId> = BTreeSet::new();
            let stages = model.funnels[funnel].stages.iter().flat_map(|id| self.routes.from(*id));
            for when in stages.chain(self.routes.entering(funnel)).filter_map(|hop| hop.when()) {
                when.each_atom(true, &mut |atom, _| wanted.extend(atom.event_test().and_then(|test| test.event)));
            }
            wanted.retain(|event| model.events[*event].keeper == Keeper::Ours);
            for stage in model.stages.values().filter(|_| !wanted.is_empty()) {
                let mut records = false;
                let steps = stage.nurtures.iter().map(|nurture| &nurture.steps);
                steps.for_each(|steps| {
                    Step::each(steps, &mut |step| {
                        records |= matches!(step.kind, StepKind::Record { event: Some(event), .. } if wanted.contains(&event));
                    });
                });
                if records && !all.contains(&stage.funnel) {
                    all.push(stage.funnel);
                }
            }
        }
        all
    }
}

/// Where a condition asks for a flag that a channel needs, or an event sets it to `no`, somebody may give consent later.
fn consents(model: &Model, conditions: &[Condition]) -> Vec<Condition> {
    let flags: BTreeSet<AttributeId> = model.channels.values().filter_map(|channel| channel.needs).collect();
    let asked = flags.into_iter().filter(|flag| {
        let is_open = model.attributes[*flag].keeper == Keeper::Anyone;
        let opts_out = model.events.values().any(|it| it.opts_out.iter().any(|channel| model.channels[*channel].needs == Some(*flag)));
        is_open && (opts_out || conditions.iter().any(|when| mentions(model, when, &|attribute| attribute == *flag)))
    });
    let given = |flag: AttributeId| {
        let span = conditions.first()?.span;
        let term = |kind| Term { span, kind, ty: Type::Flag, optional: false };
        let (left, right) = (term(TermKind::Attribute(flag)), term(TermKind::Literal(Literal::Flag(true))));
        Some(Condition { span, kind: ConditionKind::Compare { left, op: CompareOp::Equal, right } })
    };
    asked.filter_map(given).collect()
}

/// What a step asks for.
pub(super) fn conditions_of(step: &Step, all: &mut Vec<Condition>) {
    match &step.kind {
        StepKind::Wait(Wait::Until { when, .. }) => all.push(when.clone()),
        StepKind::Wait(Wait::Arms { arms, .. }) => all.extend(arms.iter().map(|arm| arm.when.clone())),
        StepKind::If { branches, .. } => all.extend(branches.iter().map(|branch| branch.when.clone())),
        StepKind::Repeat(repeat) => all.extend(repeat.until.clone()),
        StepKind::Wait(_)
        | StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Split(_)
        | StepKind::Stop => {}
    }
}
