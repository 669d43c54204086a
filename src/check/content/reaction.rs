//! What somebody does in a stage, and whether that takes them out of it.

use super::super::context::Context;
use crate::{
    graph::{EdgeId, Node, NodeId, Way},
    model::{Condition, ConditionKind, Door, EventId, Leave, Model, Source, StageId},
};

/// Segments are opened so deep; a circle of them is a finding of its own.
const SEGMENTS_DEEP: u32 = 64;

/// The doors that lead out of a stage, into whichever, in declaration order.
pub fn doors_out<'m>(context: &Context<'m>, from: StageId) -> impl Iterator<Item = (StageId, &'m Door)> {
    let graph = &context.graph;
    let mut doors: Vec<(StageId, &'m Door)> = graph.steps_from(graph.stage(from)).filter_map(|id| door_of(context, id)).collect();
    doors.sort_by_key(|(to, door)| (*to, door.span));
    doors.into_iter()
}

/// The doors that lead out of one place of the graph, those of places that are joined to it left out.
pub fn doors_at<'c, 'm>(context: &'c Context<'m>, place: NodeId) -> impl Iterator<Item = (StageId, &'m Door)> + 'c {
    context.graph.leaving(place).iter().filter_map(|id| door_of(context, *id))
}

/// The door of a way that is one, and the stage it leads to.
fn door_of<'m>(context: &Context<'m>, id: EdgeId) -> Option<(StageId, &'m Door)> {
    let edge = context.graph.edge(id);
    let Way::Door(door) = edge.way else { return None };
    Some((context.graph.stage_of(edge.to)?, door))
}

/// The doors that lead into a stage from others, each with the stage it leads from.
pub fn doors_in<'m>(context: &Context<'m>, to: StageId) -> impl Iterator<Item = (StageId, &'m Door)> {
    let graph = &context.graph;
    let from = |id: &EdgeId| -> Vec<(StageId, &'m Door)> {
        let edge = graph.edge(*id);
        let Way::Door(door) = edge.way else { return Vec::new() };
        let places = match graph.node(edge.from) {
            Node::Stage(from) => vec![from],
            Node::Anywhere(_) => graph.entering(edge.from).iter().filter_map(|id| graph.stage_of(graph.edge(*id).from)).collect(),
            Node::Outside(_) | Node::Restart(_) => Vec::new(),
        };
        places.into_iter().map(|from| (from, door)).collect()
    };
    let doors: Vec<(StageId, &'m Door)> = graph.entering(graph.stage(to)).iter().flat_map(from).collect();
    doors.into_iter()
}

/// The ways out of the funnel from a stage: its own, and those of the funnel.
pub fn leaves<'m>(context: &Context<'m>, from: StageId) -> impl Iterator<Item = &'m Leave> {
    let stage = &context.model.stages[from];
    stage.leaves.iter().chain(&context.model.funnels[stage.funnel].leaves)
}

/// Whether some door or `leave` out of a stage speaks of an event at all, or a restart may follow on it.
pub fn answers(context: &Context<'_>, from: StageId, event: EventId) -> bool {
    let model = context.model;
    let funnel = &model.funnels[model.stages[from].funnel];
    let restarts = matches!(&funnel.reentry, Some(crate::model::Reentry::RestartFrom(list)) if list.contains(&from));
    let outside = |door: &&Door| matches!(door.source, Source::Outside | Source::Anywhere { or_outside: true });
    let anew = restarts.then_some(&funnel.stages).into_iter().flatten().flat_map(|id| &model.stages[*id].doors).filter(outside);
    let conditions = doors_out(context, from).map(|(_, door)| door.when.as_ref()).chain(anew.map(|door| door.when.as_ref()));
    let delays = doors_out(context, from).map(|(_, door)| door.after.as_ref()).chain(leaves(context, from).map(|it| it.after.as_ref()));
    let without = |it: &crate::model::Delay| it.without.as_ref().and_then(|test| test.event) == Some(event);
    conditions.chain(leaves(context, from).map(|it| it.when.as_ref())).flatten().any(|when| speaks_of(model, when, event))
        || delays.flatten().any(without)
}

/// Whether a condition asks anything about an event.
pub fn speaks_of(model: &Model, it: &Condition, event: EventId) -> bool {
    speaks(model, it, event, SEGMENTS_DEEP)
}

fn speaks(model: &Model, it: &Condition, event: EventId, deep: u32) -> bool {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().any(|it| speaks(model, it, event, deep)),
        ConditionKind::Not(inner) => speaks(model, inner, event, deep),
        ConditionKind::Event(test)
        | ConditionKind::Had { event: test, .. }
        | ConditionKind::Count { event: test, .. }
        | ConditionKind::TimeSince { event: test, .. } => test.event == Some(event),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => {
            of_term(left, event) || of_term(right, event)
        }
        ConditionKind::In { left, .. } => of_term(left, event),
        ConditionKind::Known { term, known: _ } => of_term(term, event),
        ConditionKind::Segment(id) => deep > 0 && speaks(model, &model.segments[*id].when, event, deep - 1),
        ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Every { .. }
        | ConditionKind::Reaches { .. }
        | ConditionKind::Broken => false,
    }
}

fn of_term(it: &crate::model::Term, event: EventId) -> bool {
    use crate::model::TermKind;
    match &it.kind {
        TermKind::Latest { event: of, .. } => *of == event,
        TermKind::Aggregate(aggregate) => aggregate.event.event == Some(event),
        TermKind::Arithmetic { left, right, .. } => of_term(left, event) || of_term(right, event),
        TermKind::Negate(inner) => of_term(inner, event),
        // A score may count it; which, is not followed.
        TermKind::Score(_) => true,
        TermKind::Literal(_)
        | TermKind::Attribute(_)
        | TermKind::Property { .. }
        | TermKind::Entry(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => false,
    }
}
