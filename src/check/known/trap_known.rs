//! F307: a trap once conditions are counted: people get in and go round, and every way out is ruled out.

use super::{
    super::{
        context::Context,
        graph::{no_way_on, trap},
    },
    fate::{Clause, Fate},
    told::Told,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{EdgeId, NodeId, Way},
    model::StageId,
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F307", "a trap by its conditions");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for part in parts(context) {
        found.push(finding(context, &part));
    }
}

/// The ways out that these findings speak of.
pub fn exits(context: &Context<'_>) -> Vec<Span> {
    parts(context).into_iter().flat_map(|part| part.exits).map(|it| it.span).collect()
}

/// The stages that these findings speak of.
pub fn stages(context: &Context<'_>) -> Vec<StageId> {
    parts(context).into_iter().flat_map(|part| part.stages).collect()
}

/// A part that people get into and not out of.
struct Part<'m> {
    stages: Vec<StageId>,
    /// The ways out that what is known rules out.
    exits: Vec<Clause<'m>>,
}

/// The clause of an edge.
pub fn clause_of<'m>(context: &Context<'m>, id: EdgeId) -> Option<Clause<'m>> {
    let edge = context.graph.edge(id);
    match edge.way {
        Way::Door(door) | Way::Restart(door) => context.graph.stage_of(edge.to).map(|to| Clause::door(to, door)),
        Way::Leave(leave) => Some(Clause::leave(context.graph.stage_of(edge.from), leave)),
        Way::End | Way::Join => None,
    }
}

/// Whether somebody can go along an edge, with what is known there.
pub fn is_possible(context: &Context<'_>, id: EdgeId) -> bool {
    context.is_open(id) && clause_of(context, id).is_none_or(|clause| context.fate(clause) == Fate::Open)
}

fn parts<'m>(context: &Context<'m>) -> Vec<Part<'m>> {
    let graph = &context.graph;
    let is_end = |id: &StageId| {
        let stage = &context.model.stages[*id];
        stage.goal || stage.is_final || no_way_on::is_dead_end(context, *id)
    };
    let possible: Vec<bool> = graph.edges().map(|(id, _)| is_possible(context, id) && !context.opts_out(id)).collect();
    let take = |id: EdgeId| possible.get(id.index()).copied().unwrap_or(false);
    let ends = context.model.stages.ids().filter(is_end).map(|id| graph.stage(id));
    let outside = context.model.funnels.ids().map(|id| graph.outside(id));
    let saved = graph.leads_to(ends.chain(outside), take);
    let told: BTreeSet<StageId> = trap::traps(context).into_iter().flatten().collect();
    let is_lost = |node: NodeId| {
        let stage = graph.stage_of(node).filter(|stage| context.facts.is_reached(*stage) && !told.contains(stage));
        stage.is_some() && !saved.get(node.index()).copied().unwrap_or(true)
    };
    let circles = graph.components(|id| take(id) && is_lost(graph.edge(id).from) && is_lost(graph.edge(id).to));
    let mut parts = Vec::new();
    for circle in circles.into_iter().filter(|it| it.iter().any(|node| is_lost(*node)) && graph.goes_round(it, &take)) {
        let stages: Vec<StageId> = circle.iter().filter_map(|node| graph.stage_of(*node)).collect();
        let exits = exits_of(context, &stages);
        if !exits.is_empty() {
            parts.push(Part { stages, exits });
        }
    }
    parts
}

/// The ways out of some stages that what is known rules out.
pub fn exits_of<'m>(context: &Context<'m>, stages: &[StageId]) -> Vec<Clause<'m>> {
    let mut exits: Vec<Clause<'m>> = Vec::new();
    for stage in stages {
        for clause in context.tried_in(*stage) {
            let leads_out = clause.to.is_none_or(|to| !stages.contains(&to));
            if leads_out && context.fate(clause) == Fate::DeadByFacts && !exits.iter().any(|it| it.span == clause.span) {
                exits.push(clause);
            }
        }
    }
    exits
}

fn finding(context: &Context<'_>, part: &Part<'_>) -> Diagnostic {
    let Some(first) = part.stages.first().copied() else { unreachable!("a part has a stage") };
    let names = context.names(&part.stages);
    let verb = if part.stages.len() == 1 { "is a trap" } else { "are a trap" };
    let message = format!("{names} {verb}: people go round there, and no way out can ever open");
    let mut finding = Diagnostic::new(CODE, context.place(first), message).at("people come in here and never get out");
    let path = context.live.path(&context.graph, context.graph.stage(first));
    for line in context.story(&path) {
        finding = finding.step(line);
    }
    let stages = part.stages.iter().map(|id| context.stage_named(*id)).collect();
    finding = finding.plots(context.plots(&path, &[], [Claim::Stays { stages }]));
    why_exits_are_shut(context, finding, &part.exits)
        .help(format!("let one of the ways out ask for something that can be so in {}, or write `leave after …`", context.name(first)))
}

/// Why each way out stays shut.
pub fn why_exits_are_shut(context: &Context<'_>, mut finding: Diagnostic, exits: &[Clause<'_>]) -> Diagnostic {
    for exit in exits.iter().take(4) {
        finding = finding.label(exit.span, "never opens");
        if let (Some(when), Some(site)) = (exit.when, context.facts.sites().clauses.get(&exit.span)) {
            let told = Told::of(context, &site.known, when, true);
            finding = told.label(finding).note(format!("{} never opens: {}", context.quote(exit.span), told.sentence()));
        }
    }
    finding
}
