//! F405: a loop that turns by itself and that nobody can leave.
//!
//! Reading: a closed part without a goal is a trap, which is another finding; where people have to do something to go round,
//! or where `visits at most` counts, nothing goes on for ever by itself.

use super::super::{context::Context, graph::trap, needs::is_opt_out};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{EdgeId, Node, Search, Step, Way, door_pace},
    model::StageId,
    units::Duration,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F405", "a loop without a way out");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (_, lap) in loops(context) {
        found.extend(finding(context, &lap).into_iter().collect());
    }
}

/// The stages that these findings speak of.
pub fn stages(context: &Context<'_>) -> Vec<StageId> {
    loops(context).into_iter().flat_map(|(stages, _)| stages).collect()
}

/// The loops that turn by themselves and that nobody can leave, each with a lap.
fn loops(context: &Context<'_>) -> Vec<(Vec<StageId>, Vec<Step>)> {
    let graph = &context.graph;
    let mut loops = Vec::new();
    let trapped: BTreeSet<StageId> = trap::traps(context).into_iter().flatten().collect();
    let inside = |id: EdgeId| {
        let edge = graph.edge(id);
        context.is_open(id) && !matches!(graph.node(edge.from), Node::Outside(_)) && !matches!(graph.node(edge.to), Node::Outside(_))
    };
    for circle in graph.components(inside) {
        let stages: Vec<StageId> = circle.iter().filter_map(|node| graph.stage_of(*node)).collect();
        let counted = |id: &StageId| context.model.stages[*id].visits_at_most.is_some();
        if stages.is_empty()
            || stages.iter().any(|id| counted(id) || trapped.contains(id) || !context.is_reached(*id))
            || leads_out(context, &stages)
        {
            continue;
        }
        // By time alone, and in more than no time: a loop in no time is another finding.
        let take = |id: EdgeId| {
            let edge = graph.edge(id);
            inside(id)
                && (edge.way == Way::Join
                    || (matches!(edge.way, Way::Door(door) if door.when.is_none())
                        && door_pace(graph, &edge).is_some_and(|pace| pace.ms > 0)))
        };
        let starts: Vec<_> = stages.iter().map(|id| graph.stage(*id)).collect();
        if let Some(lap) = graph.lap(&circle, &starts, &Search { take: &take, accept: &|_, _| true }) {
            loops.push((stages, lap));
        }
    }
    loops
}

fn finding(context: &Context<'_>, lap: &[Step]) -> Option<Diagnostic> {
    let graph = &context.graph;
    let first = lap.first().and_then(|step| graph.stage_of(step.at))?;
    let ms = lap.iter().filter_map(|step| door_pace(graph, &graph.edge(step.edge))).fold(0_i64, |sum, pace| sum.saturating_add(pace.ms));
    let mut finding = Diagnostic::new(
        CODE,
        context.place(first),
        format!("whoever comes to {} goes round for ever: {}", context.name(first), context.round(lap)),
    )
    .at(format!("round again every {}", Duration::from_milliseconds(ms)));
    for step in lap {
        if let Way::Door(door) = graph.edge(step.edge).way {
            finding = finding.label(door.span, "goes on by time alone");
        }
    }
    let stem = context.live.path(graph, graph.stage(first));
    for line in context.story(&stem) {
        finding = finding.step(line);
    }
    finding = finding.plots(context.plots(&stem, lap, [Claim::Enters { stage: context.stage_named(first), times: 3 }]));
    Some(
        finding
            .note("no door leads out of this loop, nobody leaves, and no stage in it is final: such a run never ends, and nobody can begin a new one")
            .help("write `leave after …` in one of these stages, or `visits at most` where somebody should come back only so often"),
    )
}

/// Whether a way leads out of some stages, but for opting out.
fn leads_out(context: &Context<'_>, stages: &[StageId]) -> bool {
    stages.iter().any(|stage| {
        let out = |to: Option<StageId>| to.is_none_or(|to| !stages.contains(&to));
        let opts_out = |when: Option<&crate::model::Condition>| when.is_some_and(|when| is_opt_out(context.model, when));
        context.model.stages[*stage].is_final || context.tried_in(*stage).iter().any(|it| out(it.to) && !opts_out(it.when))
    })
}
