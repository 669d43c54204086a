//! What can be named.

use crate::{
    model::{ActionId, AttributeId, ChannelId, EventId, FunnelId, MessageId, PlayId, ScoreId, SegmentId, StageId},
    source::Span,
};
use smol_str::SmolStr;

/// What a name means, the same for all its uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each names its kind")]
pub enum Thing {
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
    /// A property of an event, or a parameter, by the place of its declaration.
    Member(Span),
    /// A property, whichever event brings it.
    AnyProperty(SmolStr),
    /// A value of a `one of`: what is declared with it, by the place of that name, and the value.
    Value(Span, SmolStr),
    /// The nurtures of this name in the stages of a funnel.
    Nurture(FunnelId, SmolStr),
    Split(SmolStr),
    /// An arm of a split.
    Arm(SmolStr, SmolStr),
}

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Where it stands.
    pub span: Span,
    /// What it means.
    pub thing: Thing,
    /// Whether it is declared here, and not used.
    pub declares: bool,
}

/// What a property or parameter belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The event, message, action or play.
    pub owner: Thing,
    /// Its place among the others.
    pub index: usize,
}
