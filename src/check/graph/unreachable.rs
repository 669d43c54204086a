//! F301: a stage that no door leads to.

use super::super::context::{Context, listed};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    graph::{NodeId, Way},
    model::StageId,
};

pub const CODE: Code = Code::error("F301", "a stage that nobody can come to");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let lost = |node: NodeId| !context.drawn.contains(node);
    let graph = &context.graph;
    // Of lost stages that lead to each other only the first ones matter: with a door there the others are reached too.
    for component in graph.components(|id| lost(graph.edge(id).from)) {
        let stages: Vec<StageId> = component.iter().filter(|node| lost(**node)).filter_map(|node| graph.stage_of(*node)).collect();
        let outside_component = |node: NodeId| component.binary_search(&node).is_err();
        let is_root = stages.iter().all(|stage| {
            let doors = graph.entering(graph.stage(*stage)).iter().map(|id| graph.edge(*id));
            doors.filter(|edge| graph.stage_of(edge.from).is_some()).all(|edge| !outside_component(edge.from))
        });
        if let (Some(first), true) = (stages.first(), is_root) {
            found.push(finding(context, *first, &stages, &component));
        }
    }
}

fn finding(context: &Context<'_>, first: StageId, circle: &[StageId], component: &[NodeId]) -> Diagnostic {
    let stage = &context.model.stages[first];
    let name = context.name(first);
    let mut finding = match circle {
        [_] => Diagnostic::new(
            CODE,
            context.place(first),
            format!("nobody can ever come to {name}: no door leads there from a stage that people reach"),
        ),
        _ => Diagnostic::new(
            CODE,
            context.place(first),
            format!("nobody can ever come to {}: their doors lead only from each other", context.names(circle)),
        ),
    };
    finding = finding.at(if stage.doors.is_empty() { "has no door" } else { "nobody comes here" });
    for door in &stage.doors {
        let from: Vec<String> = context
            .sources_of(stage.funnel, door)
            .into_iter()
            .filter_map(|node| context.graph.stage_of(node))
            .map(|id| context.name(id))
            .collect();
        if from.is_empty() {
            finding = finding.label(door.span, "leads from stages that people reach, and there are none");
        } else {
            finding = finding.label(door.span, format!("leads from {}, which nobody reaches either", listed(&from, "and")));
        }
    }
    let seeds = component.iter().copied();
    let behind = context.graph.reach(seeds, |id| context.graph.edge(id).way != Way::Join);
    let lost: Vec<StageId> = behind
        .nodes()
        .iter()
        .filter(|node| !context.drawn.contains(**node))
        .filter_map(|node| context.graph.stage_of(*node))
        .filter(|id| !circle.contains(id))
        .collect();
    if !lost.is_empty() {
        let is = if lost.len() == 1 { "is" } else { "are" };
        finding = finding.note(format!(
            "{} {is} out of reach with it: the way there leads through {}",
            context.names(&lost),
            context.names(circle)
        ));
    }
    match nearest(context, first) {
        Some(near) => finding.note(format!("the nearest stage that people reach is {}", context.name(near))).help(format!(
            "give {name} a door, such as `enter from {} when …`, or take the stage out",
            context.model.stages[near].name.text
        )),
        None => finding.help(format!("give {name} a door from outside, `enter when …`")),
    }
}

/// The nearest stage before it in the file that people reach, else the nearest behind it.
fn nearest(context: &Context<'_>, stage: StageId) -> Option<StageId> {
    let stages = &context.model.funnels[context.model.stages[stage].funnel].stages;
    let at = stages.iter().position(|id| *id == stage)?;
    let fits = |id: &&StageId| context.is_reached(**id) && !context.model.stages[**id].is_final;
    stages[..at].iter().rev().find(fits).or_else(|| stages[at..].iter().find(fits)).copied()
}
