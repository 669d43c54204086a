//! F401: a lap of stages that takes no time and needs no event.

use super::super::context::Context;
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{NodeId, Search, Step, Way, instant, timeline, without_trigger},
    logic::Question,
    model::{Condition, ConditionKind, StageId},
};
use std::collections::{HashMap, HashSet};

pub const CODE: Code = Code::error("F401", "a lap that takes no time and needs no event");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for lap in laps(context) {
        found.push(finding(context, &lap));
    }
}

/// How many doors and conditions of a lap are shown.
const SHOWN_MAX: usize = 8;

/// A shortest lap for each group of stages that can be gone round at once, beginning where people get in.
pub fn laps(context: &Context<'_>) -> Vec<Vec<Step>> {
    let graph = &context.graph;
    let at_once: Vec<bool> =
        graph.edges().map(|(id, edge)| context.is_open(id) && (edge.way == Way::Join || instant(graph, &edge))).collect();
    let take = |id: crate::graph::EdgeId| at_once[id.index()];
    let mut laps = Vec::new();
    for component in graph.components(take) {
        let stages: Vec<NodeId> = component.iter().copied().filter(|node| graph.stage_of(*node).is_some()).collect();
        if !graph.goes_round(&component, &take) {
            continue;
        }
        let search = Search { take: &take, accept: &|lap, whole| can_go_round(context, lap, whole) };
        laps.extend(graph.lap(&component, &stages, &search).map(|lap| begin_where_people_get_in(context, lap)));
    }
    laps.sort_by_key(|lap| lap.iter().filter_map(|step| graph.stage_of(step.at)).map(|id| context.place(id)).min());
    laps
}

/// Whether one contact can meet all these conditions in one instant, in which nothing about the contact changes.
fn can_go_round(context: &Context<'_>, lap: &[Step], whole: bool) -> bool {
    let conditions: Vec<&Condition> = lap.iter().filter_map(|step| condition_of(context, *step)).collect();
    let bounded = |step: &Step| {
        let stage = context.graph.stage_of(context.graph.edge(step.edge).to);
        stage.is_some_and(|id| context.model.stages[id].visits_at_most == Some(1))
    };
    !(whole && lap.iter().any(bounded)) && context.solver.can_be(&conditions.into_iter().fold(Question::new(), Question::holds))
}

fn condition_of<'m>(context: &Context<'m>, step: Step) -> Option<&'m Condition> {
    match context.graph.edge(step.edge).way {
        Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
        Way::Leave(leave) => leave.when.as_ref(),
        Way::End | Way::Join => None,
    }
}

fn begin_where_people_get_in(context: &Context<'_>, mut lap: Vec<Step>) -> Vec<Step> {
    let on_lap: HashMap<NodeId, usize> = lap.iter().enumerate().map(|(n, step)| (step.at, n)).collect();
    let first = context.live.nodes().iter().find_map(|node| on_lap.get(node)).copied().unwrap_or(0);
    lap.rotate_left(first);
    lap
}

fn finding(context: &Context<'_>, lap: &[Step]) -> Diagnostic {
    let graph = &context.graph;
    let stages: Vec<StageId> = lap.iter().filter_map(|step| graph.stage_of(step.at)).collect();
    let named = stages.iter().copied().min_by_key(|id| context.place(*id)).unwrap_or_else(|| unreachable!("a lap has a stage"));
    let entry = stages.first().copied().unwrap_or(named);
    let round = context.round(lap);
    let mut finding = Diagnostic::new(CODE, context.place(named), format!("people go round and round in no time: {round}"))
        .at("on a lap that never rests");
    for step in lap.iter().take(SHOWN_MAX) {
        if let Way::Door(door) = graph.edge(step.edge).way {
            finding = finding.label(door.span, "opens at once: it needs no event and no time");
        }
    }
    let mut atoms: Vec<String> =
        lap.iter().filter_map(|step| condition_of(context, *step)).map(|it| context.quote(by_itself(it).span)).collect();
    let mut seen = HashSet::new();
    atoms.retain(|atom| seen.insert(atom.clone()));
    if atoms.len() > SHOWN_MAX {
        let more = atoms.len() - SHOWN_MAX + 1;
        atoms.truncate(SHOWN_MAX - 1);
        atoms.push(format!("{more} conditions more"));
    }
    finding = finding.note(match atoms.len() {
        0 => format!("who: everybody who comes to {}", context.name(entry)),
        _ => format!("who: everybody with {}", super::super::context::listed(&atoms, "and")),
    });
    let stem = context.live.path(graph, graph.stage(entry));
    for line in context.story(&stem) {
        finding = finding.step(line);
    }
    for line in context.story(lap) {
        finding = finding.step(format!("on the lap: {line}"));
    }
    finding
        .plots(context.plots_of(&stem, lap, 1, [Claim::Looping]))
        .note(match sends(context, lap) {
            0 => "one lap takes no time and needs no event; no message goes out on it, since each stage is left before its nurtures begin".to_owned(),
            1 => "one lap takes no time, needs no event, and sends 1 message".to_owned(),
            n => format!("one lap takes no time, needs no event, and sends {n} messages"),
        })
        .note("a run that comes to a stage twice in one instant is stopped there as `looping`, and the contact is stuck until something else happens")
        .help("let one of these doors wait (`after 1 day`) or need an event, or make their conditions exclude each other")
}

/// The side of a condition that opens without a trigger.
fn by_itself(it: &Condition) -> &Condition {
    match &it.kind {
        ConditionKind::Or(sides) => sides.iter().find(|side| without_trigger(side)).map_or(it, by_itself),
        _ => it,
    }
}

/// How many messages go out on a lap: those of plays whose end opens the next door.
fn sends(context: &Context<'_>, lap: &[Step]) -> usize {
    let of_step = |step: &Step| {
        let stage = context.graph.stage_of(step.at)?;
        let play = finished(by_itself(condition_of(context, *step)?))?;
        let nurture = context.model.stages[stage].nurtures.iter().find(|it| it.name == *play)?;
        Some(timeline(context.model, nurture).sends.iter().filter(|(_, _, at)| *at == 0).count())
    };
    lap.iter().filter_map(of_step).sum()
}

/// The play whose end a condition asks for.
fn finished(it: &Condition) -> Option<&smol_str::SmolStr> {
    match &it.kind {
        ConditionKind::Finished(name) => Some(name),
        ConditionKind::And(list) => list.iter().find_map(finished),
        _ => None,
    }
}
