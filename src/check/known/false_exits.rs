//! F406: a loop with a goal in it whose ways out are all false in it.

use super::{
    super::{context::Context, needs::is_opt_out},
    fate::{Clause, Fate},
    trap_known,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{EdgeId, Node},
    model::StageId,
    source::Span,
};

pub const CODE: Code = Code::error("F406", "a loop whose ways out are all false in it");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (stages, exits) in loops(context) {
        found.push(finding(context, &stages, &exits));
    }
}

/// The ways out that these findings speak of.
pub fn exits(context: &Context<'_>) -> Vec<Span> {
    loops(context).into_iter().flat_map(|(_, exits)| exits).map(|it| it.span).collect()
}

/// The stages that these findings speak of.
pub fn stages(context: &Context<'_>) -> Vec<StageId> {
    loops(context).into_iter().flat_map(|(stages, _)| stages).collect()
}

/// The loops that nobody ever gets out of, with the ways out that what is known rules out.
fn loops<'m>(context: &Context<'m>) -> Vec<(Vec<StageId>, Vec<Clause<'m>>)> {
    let graph = &context.graph;
    let take = |id: EdgeId| {
        let inside =
            !matches!(graph.node(graph.edge(id).from), Node::Outside(_)) && !matches!(graph.node(graph.edge(id).to), Node::Outside(_));
        inside && trap_known::is_possible(context, id)
    };
    let mut loops = Vec::new();
    for circle in graph.components(take) {
        let stages: Vec<StageId> = circle.iter().filter_map(|node| graph.stage_of(*node)).collect();
        let has_goal = stages.iter().any(|id| context.model.stages[*id].goal);
        let counted = stages.iter().any(|id| context.model.stages[*id].visits_at_most.is_some());
        let reached = stages.iter().all(|id| context.facts.is_reached(*id));
        if stages.is_empty() || !has_goal || counted || !reached || !graph.goes_round(&circle, &take) {
            continue;
        }
        let exits = trap_known::exits_of(context, &stages);
        if !exits.is_empty() && is_shut(context, &stages) {
            loops.push((stages, exits));
        }
    }
    loops
}

/// Whether every way out of some stages is dead, but for opting out.
fn is_shut(context: &Context<'_>, stages: &[StageId]) -> bool {
    stages.iter().all(|stage| {
        let clauses = context.tried_in(*stage);
        let mut out = clauses.iter().filter(|it| it.to.is_none_or(|to| !stages.contains(&to)));
        !context.model.stages[*stage].is_final
            && out.all(|it| context.fate(*it) != Fate::Open || it.when.is_some_and(|when| is_opt_out(context.model, when)))
    })
}

fn finding(context: &Context<'_>, stages: &[StageId], exits: &[Clause<'_>]) -> Diagnostic {
    let Some(first) = stages.first().copied() else { unreachable!("a loop has a stage") };
    let names = context.names(stages);
    let message = match stages {
        [_] => format!("whoever is in {names} comes back to it again and again: no way out of it can ever open"),
        _ => format!("whoever goes round between {names} goes round for ever: no way out can ever open"),
    };
    let mut finding = Diagnostic::new(CODE, context.place(first), message).at("people go round from here");
    let path = context.live.path(&context.graph, context.graph.stage(first));
    for line in context.story(&path) {
        finding = finding.step(line);
    }
    let stages = stages.iter().map(|id| context.stage_named(*id)).collect();
    finding = finding.plots(context.plots(&path, &[], [Claim::Stays { stages }]));
    trap_known::why_exits_are_shut(context, finding, exits).help("let a way out ask for something that can be so on the way round")
}
