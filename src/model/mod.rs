//! The resolved program: every name is an id, every value has a type, plays are filled in.
//!
//! Invariants: ids are indices into the arenas of the [`Model`] they come from, in declaration order; what could not be
//! resolved stands as `Broken` and was reported; nothing here points back into the tree, only spans remain.
//! Deliberately absent: what follows from several items together, which the graph and the checks find out.
//! Operators are those of the tree: they mean the same on both sides.

mod condition;
mod flow;
mod ids;
mod step;
mod vocabulary;

pub use condition::{
    Aggregate, Condition, ConditionKind, EventTest, Instant, Literal, Offset, Schedule, Term, TermKind, Window, WindowKind,
};
pub use flow::{Delay, Door, Feed, Funnel, Leave, Nurture, Reentry, Source, Stage, Start, Target};
pub use ids::{ActionId, Arena, AttributeId, ChannelId, EventId, FunnelId, Id, MessageId, PlayId, ScoreId, SegmentId, StageId};
pub use step::{Argument, Branch, Repeat, Split, SplitArm, Step, StepKind, Wait, WaitArm};
pub use vocabulary::{
    Action, Assumption, Attribute, Cap, Channel, Event, Guarantee, GuaranteeKind, Keeper, Message, MessageScope, Name, Play, Property,
    QuietHours, Rate, Score, ScoreLine, ScoreRule, Segment, Test, Type,
};

/// The operators of the tree, which mean the same here.
pub use crate::ast::{AggregateKind, ArithmeticOp, CompareOp, Count, DateTime, OffsetSide, TextTest};

use smol_str::SmolStr;

/// All declarations of a compilation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The IANA zone of contacts whose own is unknown.
    pub timezone: SmolStr,
    /// The contact's attributes.
    pub attributes: Arena<AttributeId, Attribute>,
    /// The events, the built-in ones first.
    pub events: Arena<EventId, Event>,
    /// The channels.
    pub channels: Arena<ChannelId, Channel>,
    /// The messages.
    pub messages: Arena<MessageId, Message>,
    /// The actions.
    pub actions: Arena<ActionId, Action>,
    /// The segments.
    pub segments: Arena<SegmentId, Segment>,
    /// The scores.
    pub scores: Arena<ScoreId, Score>,
    /// The plays, as declared; where they are used they stand filled in.
    pub plays: Arena<PlayId, Play>,
    /// The funnels.
    pub funnels: Arena<FunnelId, Funnel>,
    /// The stages of all funnels; those of one funnel stand together, in declaration order.
    pub stages: Arena<StageId, Stage>,
    /// Promises over all funnels.
    pub guarantees: Vec<Guarantee>,
    /// Assumptions at top level.
    pub assumptions: Vec<Assumption>,
    /// The tests.
    pub tests: Vec<Test>,
}

impl Model {
    /// The stages of a funnel with their ids, in declaration order.
    pub fn stages_of(&self, funnel: FunnelId) -> impl Iterator<Item = (StageId, &Stage)> {
        self.funnels[funnel].stages.iter().map(|id| (*id, &self.stages[*id]))
    }
}
