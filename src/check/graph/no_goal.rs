//! F306: a door behind which no goal can be reached any more.

use super::{
    super::{
        context::{Context, listed},
        known::fate::{Clause, Fate},
        timing::off_by_one::missed,
    },
    no_way_on, trap,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot},
    graph::{Node, NodeId, Reach, Step, Way},
    model::{Door, StageId},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F306", "a door from which no goal can be reached");

/// Who is still on the way to a goal.
struct OnTheWay {
    /// Whether a goal can be reached from a node.
    leads: Vec<bool>,
    /// What is reached before any goal.
    before: Reach,
}

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let graph = &context.graph;
    let goals = context.model.stages.ids().filter(|id| context.model.stages[*id].goal).map(|id| graph.stage(id));
    let outside = context.model.funnels.ids().map(|id| graph.outside(id));
    let on_the_way = OnTheWay {
        leads: graph.leads_to(goals, |id| context.is_drawn_inside(id)),
        before: graph.reach(outside, |id| {
            let from = graph.stage_of(graph.edge(id).from);
            context.is_open(id) && !from.is_some_and(|from| context.model.stages[from].goal)
        }),
    };
    let trapped: BTreeSet<StageId> = trap::traps(context).into_iter().flatten().collect();
    // Nobody comes through a door that a counter misses by one, or that is dead, which is said.
    let shut: Vec<Span> = missed(context).into_iter().flat_map(|it| it.shut).collect();
    let is_open = |to: StageId, door: &Door| !shut.contains(&door.span) && context.fate(Clause::door(to, door)) == Fate::Open;
    for (funnel, it) in context.model.funnels.iter() {
        // Where no door leads to any goal at all, that is a finding of its own.
        if !it.stages.iter().any(|id| context.model.stages[*id].goal && context.drawn.contains(graph.stage(*id))) {
            continue;
        }
        for id in &it.stages {
            let stage = &context.model.stages[*id];
            let lost = !on_the_way.leads[graph.stage(*id).index()] && context.is_reached(*id);
            if !lost || stage.goal || stage.is_final || trapped.contains(id) || no_way_on::is_dead_end(context, *id) {
                continue;
            }
            for door in stage.doors.iter().filter(|door| is_open(*id, door)) {
                let last_chance =
                    context.sources_of(funnel, door).into_iter().find_map(|from| last_chance(context, &on_the_way, from, *id, door));
                if let Some(from) = last_chance {
                    found.push(finding(context, &on_the_way, *id, door, from));
                }
            }
        }
    }
}

/// The place from which people who have met no goal yet, and still could, take this door.
fn last_chance(context: &Context<'_>, on_the_way: &OnTheWay, from: NodeId, to: StageId, door: &Door) -> Option<NodeId> {
    let graph = &context.graph;
    let opens = graph.leaving(from).iter().any(|id| context.is_open(*id) && graph.edge(*id).way == Way::Door(door));
    let chance = |node: &NodeId| {
        let fits = |stage: StageId| stage != to && !context.model.stages[stage].goal;
        on_the_way.before.contains(*node) && on_the_way.leads[node.index()] && graph.stage_of(*node).is_some_and(fits)
    };
    match graph.node(from) {
        _ if !opens => None,
        Node::Outside(_) => Some(from),
        Node::Stage(_) => Some(from).filter(chance),
        Node::Anywhere(_) | Node::Restart(_) => {
            let places: BTreeSet<NodeId> = graph.entering(from).iter().map(|id| graph.edge(*id).from).filter(chance).collect();
            on_the_way.before.nodes().iter().copied().find(|node| places.contains(node))
        }
    }
}

fn finding(context: &Context<'_>, on_the_way: &OnTheWay, to: StageId, door: &Door, from: NodeId) -> Diagnostic {
    let graph = &context.graph;
    let mut finding = Diagnostic::new(
        CODE,
        door.span,
        format!("whoever comes through this door to {} can never reach a goal any more", context.name(to)),
    )
    .at("no goal lies behind this door");
    let before = match graph.node(from) {
        Node::Stage(_) => on_the_way.before.path(graph, from),
        Node::Outside(_) | Node::Anywhere(_) | Node::Restart(_) => Vec::new(),
    };
    for line in context.story(&before) {
        finding = finding.step(line);
    }
    finding = finding.plots(plots(context, &before, (from, to), door));
    let verb = if matches!(graph.node(from), Node::Outside(_)) { "comes in" } else { "goes on" };
    finding = finding.step(format!("{}. {verb} to {}: {}", before.len() + 1, context.name(to), context.quote(door.span)));
    finding = finding.note(match ends(context, to).as_slice() {
        [] => "from there nothing is an end".to_owned(),
        [one] => format!("from there the only end is {one}"),
        ends => format!("from there the only ends are {}", listed(ends, "and")),
    });
    let funnel = &context.model.funnels[context.model.stages[to].funnel];
    let goal = funnel.stages.iter().find(|id| context.model.stages[**id].goal);
    let goal = goal.map_or_else(String::new, |id| {
        format!(", such as `enter from {} when …` in {}", context.model.stages[to].name.text, context.name(*id))
    });
    finding.help(format!(
        "let a door lead back to a goal{goal}; or write `final stage {}` if the journey ends there",
        context.model.stages[to].name.text
    ))
}

/// How somebody comes through the door.
fn plots(context: &Context<'_>, before: &[Step], (from, to): (NodeId, StageId), door: &Door) -> Vec<Plot> {
    let through = context.graph.steps_from(from).find(|id| {
        let edge = context.graph.edge(*id);
        edge.to == context.graph.stage(to) && edge.way == Way::Door(door)
    });
    let path: Vec<Step> = before.iter().copied().chain(through.map(|edge| Step { at: from, edge })).collect();
    context.plots(&path, &[], [Claim::Enters { stage: context.stage_named(to), times: 1 }])
}

/// The ends that can be reached from a stage.
fn ends(context: &Context<'_>, from: StageId) -> Vec<String> {
    let graph = &context.graph;
    let reach = graph.reach([graph.stage(from)], |id| context.is_open(id) && !matches!(graph.node(graph.edge(id).from), Node::Outside(_)));
    let mut ends = Vec::new();
    let mut leaves = Vec::new();
    for node in reach.nodes() {
        if let Some(stage) = graph.stage_of(*node).filter(|id| context.model.stages[*id].is_final || no_way_on::is_dead_end(context, *id)) {
            ends.push(context.name(stage));
        }
        for id in graph.leaving(*node) {
            if let (Way::Leave(leave), true) = (graph.edge(*id).way, context.is_open(*id)) {
                leaves.push(format!("leaving ({})", context.quote(leave.span)));
            }
        }
    }
    leaves.dedup();
    ends.extend(leaves);
    if ends.len() > 6 {
        let more = ends.len() - 5;
        ends.truncate(5);
        ends.push(format!("{more} more"));
    }
    ends
}
