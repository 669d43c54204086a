//! What the world may do in a search for a story that breaks a guarantee.

use super::decide::Judge;
use crate::{
    check::plot::consenting,
    diag::{Claim, Plot, Search},
    model::{Condition, ConditionKind, FunnelId, Start, Step, StepKind, Wait},
};

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
        let moves = self.context.moves(&conditions, MOVES_MAX);
        // What comes only so often can come again then.
        waits.extend(model.events.values().filter_map(|event| event.rate.map(|rate| rate.per_ms)));
        waits.sort_unstable();
        waits.dedup();
        let funnel = funnels.first()?;
        let horizon_ms = plots.first().map_or(HORIZON_MS, |plot| plot.horizon_ms.min(HORIZON_MS));
        let mut begins: Vec<Plot> = vec![Plot { horizon_ms, ..consenting(self.context, *funnel, claim) }];
        begins.extend(plots.iter().take(BEGINS_MAX).map(|plot| Plot { horizon_ms, ..plot.clone() }));
        Some(Search { begins, moves, waits })
    }
}

fn conditions_of(step: &Step, all: &mut Vec<Condition>) {
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
