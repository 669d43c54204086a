//! What conditions need of the world: events that only funnels record, and people who opt out.

use crate::model::{Condition, ConditionKind, Count, EventId, EventTest, Keeper, Model};

/// How deep segments are opened; a circle of them is a finding of its own.
const SEGMENTS_DEEP: u32 = 64;

/// Whether an event comes from funnels alone.
pub fn is_ours(model: &Model, event: EventId) -> bool {
    model.events[event].keeper == Keeper::Ours
}

/// Calls `see` with each event that a condition asks to have happened, with its place. Negations ask for nothing.
pub fn asked_for(model: &Model, it: &Condition, see: &mut dyn FnMut(&EventTest)) {
    asked(model, it, see, SEGMENTS_DEEP);
}

fn asked(model: &Model, it: &Condition, see: &mut dyn FnMut(&EventTest), deep: u32) {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().for_each(|it| asked(model, it, see, deep)),
        ConditionKind::Segment(id) if deep > 0 => asked(model, &model.segments[*id].when, see, deep - 1),
        _ => {
            if let Some(event) = needed(it) {
                see(event);
            }
        }
    }
}

/// The event without which an atom does not hold.
fn needed(atom: &Condition) -> Option<&EventTest> {
    let is_needed = match &atom.kind {
        ConditionKind::Had { negated, .. } => !negated,
        ConditionKind::Count { count, bound, .. } => *bound > 0 && matches!(count, Count::AtLeast | Count::Exactly),
        _ => true,
    };
    atom.event_test().filter(|_| is_needed)
}

/// Whether a condition can hold where of our own events only those of `recorded` ever happen.
pub fn can_hold(model: &Model, it: &Condition, recorded: &dyn Fn(EventId) -> bool) -> bool {
    can(model, it, recorded, SEGMENTS_DEEP)
}

fn can(model: &Model, it: &Condition, recorded: &dyn Fn(EventId) -> bool, deep: u32) -> bool {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().any(|it| can(model, it, recorded, deep)),
        ConditionKind::And(list) => list.iter().all(|it| can(model, it, recorded, deep)),
        ConditionKind::Segment(id) if deep > 0 => can(model, &model.segments[*id].when, recorded, deep - 1),
        _ => needed(it).and_then(|event| event.event).is_none_or(|id| !is_ours(model, id) || recorded(id)),
    }
}

/// Whether a condition holds only for somebody who opts out or complains.
pub fn is_opt_out(model: &Model, it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().all(|it| is_opt_out(model, it)),
        ConditionKind::And(list) => list.iter().any(|it| is_opt_out(model, it)),
        ConditionKind::Event(test) | ConditionKind::Had { negated: false, event: test, .. } => test.event.is_some_and(|id| {
            let event = &model.events[id];
            !event.opts_out.is_empty() || (event.about_message && event.name.text == "complained")
        }),
        _ => false,
    }
}
