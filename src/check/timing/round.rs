//! Ways once round some stages that lead round to each other, for stories.

use super::super::context::Context;
use crate::{
    graph::{EdgeId, Step, Way},
    model::StageId,
};
use std::collections::BTreeSet;

/// How many first steps are tried.
const STEPS_MAX: usize = 4;

/// Laps from a stage back to it along steps that can be taken, those first that come through one of the stages `by`; with
/// `first`, those that begin with this step.
pub fn laps_from(
    context: &Context<'_>,
    round: &BTreeSet<StageId>,
    stage: StageId,
    (by, first): (&BTreeSet<StageId>, Option<EdgeId>),
    take: &dyn Fn(EdgeId) -> bool,
) -> Vec<Vec<Step>> {
    let graph = &context.graph;
    let home = graph.stage(stage);
    let inside = |id: EdgeId| {
        let edge = graph.edge(id);
        let on_round = graph.stage_of(edge.to).is_none_or(|to| round.contains(&to));
        context.is_open(id) && edge.way != Way::End && on_round && (edge.way == Way::Join || take(id))
    };
    let mut found: Vec<Vec<Step>> = Vec::new();
    let steps = graph.steps_from(home).filter(|id| inside(*id) && first.is_none_or(|first| first == *id));
    for id in steps.filter(|id| graph.stage_of(graph.edge(*id).to).is_some()).take(STEPS_MAX) {
        let mut lap = vec![Step { at: home, edge: id }];
        let to = graph.edge(id).to;
        if to != home {
            let back = graph.reach([to], inside);
            if !back.contains(home) {
                continue;
            }
            lap.extend(back.path(graph, home));
        }
        found.push(lap);
    }
    if first.is_none() {
        for way in by.iter().filter(|way| **way != stage && round.contains(way)).take(STEPS_MAX).map(|way| graph.stage(*way)) {
            let (there, back) = (graph.reach([home], inside), graph.reach([way], inside));
            if there.contains(way) && back.contains(home) {
                found.push(there.path(graph, way).into_iter().chain(back.path(graph, home)).collect());
            }
        }
    }
    let comes_by = |lap: &[Step]| lap.iter().any(|step| graph.stage_of(graph.edge(step.edge).to).is_some_and(|at| by.contains(&at)));
    found.sort_by_key(|lap| (!comes_by(lap), lap.len()));
    found
}

/// How often one may come to the stages of a lap.
pub fn visits_at_most(context: &Context<'_>, lap: &[Step]) -> u32 {
    let stages = lap.iter().filter_map(|step| context.graph.stage_of(context.graph.edge(step.edge).to));
    stages.filter_map(|stage| context.model.stages[stage].visits_at_most).min().unwrap_or(u32::MAX)
}
