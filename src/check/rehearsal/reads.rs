//! What a condition looks at.

use crate::model::{
    AttributeId, Condition, ConditionKind, EventId, EventTest, MessageId, Model, Schedule, ScoreId, ScoreRule, Term, TermKind,
};

/// Segments ask for segments at most so deep; a circle of them is a finding of its own.
const SEGMENTS_DEEP: u32 = 16;

/// Something that one funnel changes and another looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hub {
    Event(EventId),
    /// What happens with one message: one that is sent is no other one.
    Message(EventId, MessageId),
    Attribute(AttributeId),
}

/// Shows what a condition looks at, segments and scores opened.
pub fn reads(model: &Model, it: &Condition, see: &mut dyn FnMut(Hub)) {
    condition(model, it, see, SEGMENTS_DEEP);
}

fn condition(model: &Model, it: &Condition, see: &mut dyn FnMut(Hub), deep: u32) {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().for_each(|it| condition(model, it, see, deep)),
        ConditionKind::Not(inner) => condition(model, inner, see, deep),
        ConditionKind::Event(test)
        | ConditionKind::Had { event: test, .. }
        | ConditionKind::Count { event: test, .. }
        | ConditionKind::TimeSince { event: test, .. } => event(model, test, see, deep),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => {
            term(model, left, see, deep);
            term(model, right, see, deep);
        }
        ConditionKind::In { left, list } => {
            term(model, left, see, deep);
            list.iter().for_each(|it| term(model, it, see, deep));
        }
        ConditionKind::Known { term: it, known: _ } => term(model, it, see, deep),
        ConditionKind::Segment(id) if deep > 0 => condition(model, &model.segments[*id].when, see, deep - 1),
        ConditionKind::Every { schedule: Schedule::Year(it), .. } => term(model, it, see, deep),
        ConditionKind::Reaches { instant, .. } => term(model, &instant.base, see, deep),
        ConditionKind::Segment(_)
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Every { .. }
        | ConditionKind::Broken => {}
    }
}

fn event(model: &Model, it: &EventTest, see: &mut dyn FnMut(Hub), deep: u32) {
    if let Some(id) = it.event {
        see(it.message.map_or(Hub::Event(id), |message| Hub::Message(id, message)));
    }
    if let Some(filter) = &it.filter {
        condition(model, filter, see, deep);
    }
}

fn term(model: &Model, it: &Term, see: &mut dyn FnMut(Hub), deep: u32) {
    match &it.kind {
        TermKind::Attribute(id) => see(Hub::Attribute(*id)),
        TermKind::Latest { event, .. } => see(Hub::Event(*event)),
        TermKind::Score(id) => score(model, *id, see, deep),
        TermKind::Aggregate(aggregate) => event(model, &aggregate.event, see, deep),
        TermKind::Arithmetic { left, right, .. } => {
            term(model, left, see, deep);
            term(model, right, see, deep);
        }
        TermKind::Negate(inner) => term(model, inner, see, deep),
        TermKind::Literal(_)
        | TermKind::Property { .. }
        | TermKind::Entry(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => {}
    }
}

fn score(model: &Model, id: ScoreId, see: &mut dyn FnMut(Hub), deep: u32) {
    if deep == 0 {
        return;
    }
    for line in &model.scores[id].lines {
        match &line.rule {
            ScoreRule::Event(test) | ScoreRule::EveryWithout { event: test, .. } => event(model, test, see, deep - 1),
        }
    }
}
