//! What it takes to get along an edge: an event, time, or nothing at all.
//!
//! A condition opens *at once* where it can hold without a trigger, the moment a stage is entered.

use super::{Edge, FlowGraph, Node, Way, timeline};
use crate::model::{AttributeId, Condition, ConditionKind, Count, Model, Start, Term, TermKind, Window, WindowKind};

/// Segments ask for segments at most so deep; a circle of them is a finding of its own.
pub(super) const SEGMENTS_DEEP: u32 = 64;

/// Whether a condition can hold where no event happens and no clock strikes.
#[must_use]
pub fn without_trigger(it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().any(without_trigger),
        ConditionKind::And(list) => list.iter().all(without_trigger),
        ConditionKind::Event(_)
        | ConditionKind::Every { .. }
        | ConditionKind::Reaches { past_opens: false, .. }
        | ConditionKind::Broken => false,
        ConditionKind::Reaches { past_opens: true, .. }
        | ConditionKind::Not(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_) => true,
    }
}

/// Whether one can get along an edge at the very instant the place before it was entered, with no event at all.
#[must_use]
pub fn instant(graph: &FlowGraph<'_>, edge: &Edge<'_>) -> bool {
    let Way::Door(door) = edge.way else { return false };
    let place = match graph.node(edge.from) {
        Node::Stage(stage) => Some(stage),
        Node::Anywhere(_) => None,
        Node::Outside(_) | Node::Restart(_) => return false,
    };
    let finished = |name: &str| {
        place.is_some_and(|stage| {
            let nurture = graph.model().stages[stage].nurtures.iter().find(|it| it.name == name);
            nurture.is_some_and(|it| it.start == Start::Entry && timeline(graph.model(), it).ends == Some(0))
        })
    };
    door.after.is_none() && door.when.as_ref().is_none_or(|when| at_entry(graph.model(), when, &finished, SEGMENTS_DEEP))
}

/// Whether a condition can hold at the instant of entry: nothing has happened in this visit yet.
fn at_entry(model: &Model, it: &Condition, finished: &dyn Fn(&str) -> bool, deep: u32) -> bool {
    let this_visit = |window: &Option<Window>| window.is_some_and(|it| it.kind == WindowKind::SinceEntering);
    match &it.kind {
        ConditionKind::Or(list) => list.iter().any(|it| at_entry(model, it, finished, deep)),
        ConditionKind::And(list) => list.iter().all(|it| at_entry(model, it, finished, deep)),
        ConditionKind::Had { negated: false, window, .. } => !this_visit(window),
        ConditionKind::Count { count: Count::AtLeast, window, .. } => !this_visit(window),
        ConditionKind::Count { count: Count::Exactly, bound, window, .. } => *bound == 0 || !this_visit(window),
        ConditionKind::Compare { left, right, .. } => !looks_back(left, &this_visit) && !looks_back(right, &this_visit),
        ConditionKind::Finished(name) => finished(name),
        ConditionKind::Segment(id) => deep > 0 && at_entry(model, &model.segments[*id].when, finished, deep - 1),
        _ => without_trigger(it),
    }
}

/// Whether a value is a figure over such a window.
fn looks_back(it: &Term, which: &dyn Fn(&Option<Window>) -> bool) -> bool {
    match &it.kind {
        TermKind::Aggregate(aggregate) => which(&aggregate.window),
        TermKind::Arithmetic { left, right, .. } => looks_back(left, which) || looks_back(right, which),
        TermKind::Negate(inner) => looks_back(inner, which),
        TermKind::Literal(_)
        | TermKind::Attribute(_)
        | TermKind::Property { .. }
        | TermKind::Entry(_)
        | TermKind::Latest { .. }
        | TermKind::Score(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => false,
    }
}

/// Whether a value is a figure over any window.
pub(super) fn is_windowed(it: &Term) -> bool {
    looks_back(it, &|window| window.is_some())
}

/// Whether a condition asks for one of these attributes.
#[must_use]
pub fn mentions(model: &Model, it: &Condition, which: &dyn Fn(AttributeId) -> bool) -> bool {
    mentions_in(model, it, which, SEGMENTS_DEEP)
}

fn mentions_in(model: &Model, it: &Condition, which: &dyn Fn(AttributeId) -> bool, deep: u32) -> bool {
    let all = |list: &[Condition]| list.iter().any(|it| mentions_in(model, it, which, deep));
    let term = |it: &Term| names(it, which);
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => all(list),
        ConditionKind::Not(inner) => mentions_in(model, inner, which, deep),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => term(left) || term(right),
        ConditionKind::In { left, list } => term(left) || list.iter().any(term),
        ConditionKind::Known { term: it, known: _ } => term(it),
        ConditionKind::Segment(id) => deep > 0 && mentions_in(model, &model.segments[*id].when, which, deep - 1),
        ConditionKind::Event(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Every { .. }
        | ConditionKind::Reaches { .. }
        | ConditionKind::Broken => false,
    }
}

fn names(it: &Term, which: &dyn Fn(AttributeId) -> bool) -> bool {
    match &it.kind {
        TermKind::Attribute(id) => which(*id),
        TermKind::Arithmetic { left, right, .. } => names(left, which) || names(right, which),
        TermKind::Negate(inner) => names(inner, which),
        TermKind::Literal(_)
        | TermKind::Property { .. }
        | TermKind::Entry(_)
        | TermKind::Latest { .. }
        | TermKind::Score(_)
        | TermKind::Aggregate(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => false,
    }
}
