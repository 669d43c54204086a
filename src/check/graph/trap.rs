//! F305: a trap, a part of the funnel that people get into and never out of.

use super::{super::context::Context, no_way_on};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{Node, NodeId},
    model::StageId,
};
use std::collections::{BTreeMap, BTreeSet};

pub const CODE: Code = Code::error("F305", "a trap");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for part in traps(context) {
        found.push(finding(context, &part));
    }
}

/// The closed parts, each as its stages in the order in which people come to them. From none of them neither a goal
/// nor a final stage nor a way out can be reached without opting out, along doors as they are drawn: where one of them
/// can never open, that is a finding of its own; what only leads to a stage that F313 speaks of is
/// that finding's business.
pub fn traps(context: &Context<'_>) -> Vec<Vec<StageId>> {
    let graph = &context.graph;
    let is_end = |id: StageId| {
        let stage = &context.model.stages[id];
        stage.goal || stage.is_final || no_way_on::is_dead_end(context, id)
    };
    let ends = context.model.stages.ids().filter(|id| is_end(*id)).map(|id| graph.stage(id));
    let outside = context.model.funnels.ids().map(|id| graph.outside(id));
    let saved = graph.leads_to(ends.chain(outside), |id| context.is_drawn_inside(id) && !context.opts_out(id));
    let trapped: Vec<NodeId> =
        context.live.nodes().iter().copied().filter(|node| graph.stage_of(*node).is_some() && !saved[node.index()]).collect();
    group(context, &trapped)
}

/// Trapped stages in parts that hang together, parts and stages in the order of the search.
fn group(context: &Context<'_>, trapped: &[NodeId]) -> Vec<Vec<StageId>> {
    let graph = &context.graph;
    let mut open: BTreeMap<NodeId, usize> = trapped.iter().enumerate().map(|(rank, node)| (*node, rank)).collect();
    let mut parts = Vec::new();
    for (rank, start) in trapped.iter().enumerate() {
        if open.remove(start).is_none() {
            continue;
        }
        let mut part = BTreeSet::from([rank]);
        let mut queue = vec![*start];
        while let Some(node) = queue.pop().filter(|_| !open.is_empty()) {
            let on = graph.steps_from(node).map(|id| graph.edge(id).to);
            let back = graph.entering(node).iter().map(|id| graph.edge(*id).from);
            for next in on.chain(back).filter(|next| matches!(graph.node(*next), Node::Stage(_))) {
                if let Some(rank) = open.remove(&next) {
                    part.insert(rank);
                    queue.push(next);
                }
            }
        }
        parts.push(part.into_iter().filter_map(|rank| graph.stage_of(trapped[rank])).collect());
    }
    parts
}

fn finding(context: &Context<'_>, part: &[StageId]) -> Diagnostic {
    let Some(first) = part.first().copied() else { unreachable!("a part has a stage") };
    let graph = &context.graph;
    let members: BTreeSet<StageId> = part.iter().copied().collect();
    let inside = |id: StageId| members.contains(&id);
    let opts_out = part.iter().any(|stage| {
        graph.steps_from(graph.stage(*stage)).any(|id| context.opts_out(id) && !graph.stage_of(graph.edge(id).to).is_some_and(inside))
    });
    let where_to = if part.len() == 1 { context.name(first) } else { format!("{} and the stages behind it", context.name(first)) };
    let mut finding = Diagnostic::new(
        CODE,
        context.place(first),
        format!("{where_to} are a trap: no goal, no final stage and no way out can be reached from there"),
    );
    if part.len() == 1 {
        finding.message = format!("{where_to} is a trap: no goal, no final stage and no way out can be reached from there");
    }
    finding = finding.at("people come in here and never get out");
    for stage in part.iter().skip(1).take(8) {
        finding = finding.label(context.place(*stage), "inside the trap");
    }
    let path = context.live.path(graph, graph.stage(first));
    for line in context.story(&path) {
        finding = finding.step(line);
    }
    let stages = part.iter().map(|id| context.stage_named(*id)).collect();
    finding = finding.plots(context.plots(&path, &[], [Claim::Stays { stages }]));
    finding = finding.note(match part {
        [_] => format!("from {} all ways lead back to it", context.name(first)),
        _ => format!("all ways from there stay among {}", context.names(part)),
    });
    if part.len() == 1 && !graph.steps_from(graph.stage(first)).any(|id| !context.opts_out(id)) {
        finding.notes.pop();
        finding = finding.note("nothing leads on from there");
    }
    if opts_out {
        finding = finding.note("the only way out is to opt out, and people should not have to do that to be let go");
    }
    finding.help(match part {
        [_] => format!("let {} lead on to a goal, make it `final`, or write `leave after …` in it", context.name(first)),
        _ => format!("let one of these stages lead on to a goal, make one `final`, or write `leave after …` in {}", context.name(first)),
    })
}
