//! F412: a round that harms nobody, and why.
//!
//! Told of stages that lead round to each other within a run and of which no other check of rounds speaks: a way round needs
//! an event, a day ends it, it is bounded, or nothing is sent on it. The way told of is the shortest one from the first stage.

use super::{
    super::{
        context::Context,
        graph::trap,
        known::{false_exits, no_exit, trap_known},
    },
    laps::{Class, Reason},
    off_by_one::missed,
    stuck_counter::{rounds, stuck},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    graph::{EdgeId, NodeId, Way, without_trigger},
    model::{Condition, ConditionKind, StageId},
    source::Span,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const CODE: Code = Code::information("F412", "a round that harms nobody");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let rounds = rounds(context);
    if rounds.is_empty() {
        return;
    }
    let spoken_of: BTreeSet<StageId> = context
        .laps()
        .iter()
        .filter(|verdict| !matches!(verdict.class, Class::Harmless(_)))
        .flat_map(|verdict| verdict.stages.iter().copied())
        .chain(stuck(context).into_iter().flat_map(|stuck| stuck.round))
        .chain(missed(context).into_iter().flat_map(|missed| missed.round))
        // Whoever never gets out is harmed.
        .chain(trap::traps(context).into_iter().flatten())
        .chain(trap_known::stages(context))
        .chain(no_exit::stages(context))
        .chain(false_exits::stages(context))
        .collect();
    for round in rounds {
        if round.iter().any(|stage| spoken_of.contains(stage)) {
            continue;
        }
        let Some(first) = round.iter().copied().min_by_key(|id| context.place(*id)) else { continue };
        let way = shortest(context, &round, first);
        let (reason, at) = why(context, &round, &way);
        let message = format!("people can come back to {} again and again; {reason}", context.name(first));
        let mut finding = Diagnostic::new(CODE, context.place(first), message).at("on a round that harms nobody");
        for (span, text) in at {
            finding = finding.label(span, text);
        }
        for (n, edge) in way.iter().enumerate() {
            if let Some(span) = span_of(context, *edge) {
                let to = context.graph.stage_of(context.graph.edge(*edge).to).map(|id| context.name(id)).unwrap_or_default();
                finding = finding.note(format!("{}. goes on to {to}: {}", n + 1, context.quote(span)));
            }
        }
        found.push(finding.help("nothing is to be done"));
    }
}

/// A shortest way round from a stage.
fn shortest(context: &Context<'_>, round: &BTreeSet<StageId>, first: StageId) -> Vec<EdgeId> {
    let graph = &context.graph;
    let start = graph.stage(first);
    let mut came: BTreeMap<NodeId, (NodeId, EdgeId)> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for id in graph.steps_from(node).filter(|id| context.is_open(*id)) {
            let edge = graph.edge(id);
            if edge.way == Way::End || !graph.stage_of(edge.to).is_some_and(|to| round.contains(&to)) || matches!(edge.way, Way::Restart(_))
            {
                continue;
            }
            if edge.to == start {
                let mut way = vec![id];
                let mut at = node;
                while let Some((before, id)) = came.get(&at).filter(|_| at != start) {
                    way.push(*id);
                    at = *before;
                }
                way.reverse();
                return way;
            }
            if edge.to != start && !came.contains_key(&edge.to) {
                came.insert(edge.to, (node, id));
                open.push_back(edge.to);
            }
        }
    }
    Vec::new()
}

/// The reason, and where it stands.
fn why(context: &Context<'_>, round: &BTreeSet<StageId>, way: &[EdgeId]) -> (String, Vec<(Span, String)>) {
    let when = |edge: &EdgeId| super::counters::condition_of(context, *edge);
    if let Some((edge, date)) = way.iter().find_map(|edge| Some((edge, when(edge).and_then(ends)?))) {
        let at = span_of(context, *edge).map(|span| (span, "is shut from that day on".to_owned()));
        return (format!("{} ends it", context.quote(date)), at.into_iter().collect());
    }
    if let Some(edge) = way.iter().find(|edge| when(edge).is_some_and(|when| !without_trigger(when))) {
        let at = span_of(context, *edge).map(|span| (span, "needs an event".to_owned()));
        let what = when(edge).map_or_else(String::new, |when| context.quote(when.span));
        return (format!("one lap needs {what}"), at.into_iter().collect());
    }
    let verdict = context.laps().iter().find(|verdict| verdict.stages.iter().any(|stage| round.contains(stage)));
    match verdict.map(|verdict| verdict.class) {
        Some(Class::Harmless(Reason::Deadline(span))) => (format!("{} ends it", context.quote(span)), vec![(span, "ends it".to_owned())]),
        Some(Class::Harmless(Reason::Silent)) => ("nothing is sent on it".to_owned(), Vec::new()),
        Some(Class::Harmless(Reason::Visits(_))) | Some(_) | None => {
            match round.iter().copied().find_map(|id| Some((id, context.model.stages[id].visits_at_most?))) {
                Some((stage, most)) => (format!("`visits at most {most}` in {} bounds it", context.name(stage)), Vec::new()),
                None => ("it does not go on by itself".to_owned(), Vec::new()),
            }
        }
    }
}

/// The `before` of a day that a condition cannot do without.
fn ends(it: &Condition) -> Option<Span> {
    match &it.kind {
        ConditionKind::Before(_) => Some(it.span),
        ConditionKind::And(list) => list.iter().find_map(ends),
        _ => None,
    }
}

fn span_of(context: &Context<'_>, edge: EdgeId) -> Option<Span> {
    match context.graph.edge(edge).way {
        Way::Door(door) | Way::Restart(door) => Some(door.span),
        Way::Leave(leave) => Some(leave.span),
        Way::End | Way::Join => None,
    }
}
