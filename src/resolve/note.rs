//! What names mean, noted where they are resolved, for those who look from outside.

use super::Resolver;
use crate::{
    model::{ActionId, AttributeId, ChannelId, EventId, FunnelId, MessageId, PlayId, ScoreId, SegmentId, StageId},
    source::Span,
};
use smol_str::SmolStr;
use std::sync::Arc;

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each names its kind")]
pub enum Meaning {
    Attribute(AttributeId),
    Event(EventId),
    Channel(ChannelId),
    Message(MessageId),
    Action(ActionId),
    Segment(SegmentId),
    Score(ScoreId),
    Play(PlayId),
    Funnel(FunnelId),
    Stage(StageId),
    /// A property of an event or a parameter, by the place of its declaration.
    Member(Span),
    /// A property of whichever event brings it: `entry.amount`, the key of runs.
    AnyProperty(SmolStr),
    /// A value of a `one of`: the list it is of, and itself.
    Choice(Arc<[SmolStr]>, SmolStr),
    /// A nurture of this name in the stages of a funnel.
    Nurture(FunnelId, SmolStr),
    /// A split of this name.
    Split(SmolStr),
    /// An arm of the splits of that name.
    Arm(SmolStr, SmolStr),
}

/// A name that is used, with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where.
    pub span: Span,
    /// What it means.
    pub meaning: Meaning,
}

macro_rules! meanings {
    ($($variant:ident($id:ty),)*) => { $(
        impl From<$id> for Meaning {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        }
    )* };
}

meanings! {
    Attribute(AttributeId),
    Event(EventId),
    Channel(ChannelId),
    Message(MessageId),
    Action(ActionId),
    Segment(SegmentId),
    Score(ScoreId),
    Play(PlayId),
    Funnel(FunnelId),
    Stage(StageId),
}

impl Resolver<'_> {
    /// Notes what a name means, if somebody wants to know.
    pub(super) fn note(&mut self, span: Span, meaning: impl FnOnce() -> Meaning) {
        if let Some(uses) = &mut self.uses {
            uses.push(Use { span, meaning: meaning() });
        }
    }

    /// Notes a property or parameter that is declared somewhere.
    pub(super) fn note_member(&mut self, span: Span, declared: Option<Span>) {
        if let Some(declared) = declared {
            self.note(span, || Meaning::Member(declared));
        }
    }
}
