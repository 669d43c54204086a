//! How long somebody stays in a stage at most, and what is so while they stay.
//!
//! A clause without a trigger is tried whenever what it reads has changed. So whoever is still there when nurtures take
//! their steps does not fulfil it. That does not hold where a run could be turning in a circle at one instant, for then
//! it stays where it is in spite of an open door: no door of a stage on such a circle is counted, for the one that turns it
//! back may come first. Ways out of the funnel are tried before all doors.

use super::{known::Known, words::Words};
use crate::{
    graph::{EdgeId, FlowGraph, Node, Way},
    model::{Condition, Delay, Model, StageId},
    source::Span,
};

/// What is so in a stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Stay<'m> {
    /// Everybody is gone after so many milliseconds, by this clause.
    pub gone: Option<(i64, Span)>,
    /// What lets people go on at once, so that it is not so of anybody who stays.
    open: Vec<&'m Condition>,
}

impl<'m> Stay<'m> {
    /// The boxes of those who stay.
    pub fn at_rest(&self, words: &Words<'m>, boxes: Vec<Known>) -> Vec<Known> {
        self.open
            .iter()
            .fold(boxes, |boxes, when| if boxes.is_empty() { boxes } else { words.assume_all(&boxes, words.formula(when, false)) })
    }

    /// The conditions that let people go on at once.
    pub fn open(&self) -> &[&'m Condition] {
        &self.open
    }

    /// The box of somebody who may be still there; nurtures come behind doors at one instant.
    pub fn still_here(&self, mut known: Known) -> Option<Known> {
        if let Some((ms, _)) = self.gone {
            if known.elapsed.0 >= ms {
                return None;
            }
            known.elapsed.1 = Some(known.elapsed.1.map_or(ms, |most| most.min(ms)));
        }
        Some(known)
    }
}

/// A clause as it stands: its place, delay and condition.
type Clause<'m> = (Span, Option<&'m Delay>, Option<&'m Condition>);

/// The clause of a way, where it is one.
pub(super) fn clause_of<'m>(way: Way<'m>) -> Option<Clause<'m>> {
    match way {
        Way::Door(door) | Way::Restart(door) => Some((door.span, door.after.as_ref(), door.when.as_ref())),
        Way::Leave(leave) => Some((leave.span, leave.after.as_ref(), leave.when.as_ref())),
        Way::End | Way::Join => None,
    }
}

/// What is so in each stage.
pub(super) fn stays<'m>(words: &Words<'m>, graph: &FlowGraph<'m>) -> Vec<Stay<'m>> {
    let at_once = |id: EdgeId| match graph.edge(id).way {
        Way::End | Way::Join => true,
        way @ (Way::Door(_) | Way::Restart(_) | Way::Leave(_)) => clause_of(way).is_some_and(|(_, after, _)| after.is_none()),
    };
    // An event moves a run once; the moves behind it need none.
    let without_event =
        |id: EdgeId| at_once(id) && !clause_of(graph.edge(id).way).is_some_and(|(_, _, when)| when.is_some_and(needs_event));
    let mut circle = vec![usize::MAX; graph.node_count()];
    for (number, component) in graph.components(without_event).iter().enumerate() {
        for node in component {
            if let Some(place) = circle.get_mut(node.index()) {
                *place = number;
            }
        }
    }
    let turns = |id: StageId| {
        let node = graph.stage(id);
        let number = |node: crate::graph::NodeId| circle.get(node.index());
        graph.leaving(node).iter().any(|edge| without_event(*edge) && number(graph.edge(*edge).to) == number(node))
    };
    words.model.stages.ids().map(|id| stay(words, graph, &circle, turns(id), id)).collect()
}

/// Whether a condition surely needs an event: some part of it that `and` joins is one.
fn needs_event(it: &Condition) -> bool {
    use crate::model::ConditionKind::{And, Event, Or};
    match &it.kind {
        Event(_) => true,
        And(list) => list.iter().any(needs_event),
        Or(list) => list.iter().all(needs_event),
        _ => false,
    }
}

fn stay<'m>(words: &Words<'m>, graph: &FlowGraph<'m>, circle: &[usize], turns: bool, id: StageId) -> Stay<'m> {
    let model = words.model;
    let node = graph.stage(id);
    let mut stay = Stay::default();
    if model.stages[id].is_final {
        return stay;
    }
    for edge_id in graph.leaving(node) {
        let edge = graph.edge(*edge_id);
        let Some((span, after, when)) = clause_of(edge.way) else { continue };
        if is_shut_at_times(model, graph, edge.way, edge.to) {
            continue;
        }
        match (after, when) {
            (Some(Delay { delay_ms, without: None, .. }), None) if stay.gone.is_none_or(|(ms, _)| *delay_ms < ms) => {
                stay.gone = Some((*delay_ms, span));
            }
            (None, Some(when))
                if words.is_state(when)
                    && circle.get(node.index()) != circle.get(edge.to.index())
                    && (!turns || matches!(edge.way, Way::Leave(_))) =>
            {
                stay.open.push(when);
            }
            (Some(_) | None, Some(_) | None) => {}
        }
    }
    let funnel = model.stages[id].funnel;
    for leave in &model.funnels[funnel].leaves {
        match (&leave.after, &leave.when) {
            (Some(Delay { delay_ms, without: None, .. }), None) if stay.gone.is_none_or(|(ms, _)| *delay_ms < ms) => {
                stay.gone = Some((*delay_ms, leave.span));
            }
            (None, Some(when)) if words.is_state(when) && circle.get(node.index()) != circle.get(graph.outside(funnel).index()) => {
                stay.open.push(when);
            }
            (Some(_) | None, Some(_) | None) => {}
        }
    }
    stay
}

/// Whether a door does not always let people in.
fn is_shut_at_times(model: &Model, graph: &FlowGraph<'_>, way: Way<'_>, to: crate::graph::NodeId) -> bool {
    match (way, graph.node(to)) {
        (Way::Leave(_), _) => false,
        (Way::Door(_), Node::Stage(stage)) => model.stages[stage].visits_at_most.is_some(),
        (Way::Door(_) | Way::Restart(_) | Way::End | Way::Join, _) => true,
    }
}
