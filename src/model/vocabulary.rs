//! Resolved declarations outside funnels.

use super::{AttributeId, ChannelId, Condition, EventTest, FunnelId, Literal, MessageId, StageId};
use crate::{
    source::Span,
    units::{Clock, Number},
};
use smol_str::SmolStr;
use std::sync::Arc;

/// The head of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is called.
    pub text: SmolStr,
    /// Where it is declared; `None` for what is built in.
    pub span: Option<Span>,
    /// Its label.
    pub label: Option<SmolStr>,
    /// Its note.
    pub note: Option<SmolStr>,
    /// The name it had before.
    pub formerly: Option<SmolStr>,
}

/// A type of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    Text,
    /// An exact decimal.
    Number,
    /// Yes or no.
    Flag,
    /// A day.
    Date,
    /// An instant.
    Time,
    /// One of these words.
    OneOf(Arc<[SmolStr]>),
    /// A list of texts.
    List,
    /// A message, as the argument of a play.
    Message,
    /// A length of time in milliseconds, in tests on elapsed time.
    Duration,
    /// Not known, since something went wrong; fits everything.
    Unknown,
}

/// Who changes an attribute, or records an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The world, at any record; funnels too.
    Anyone,
    /// The world once.
    Fixed,
    /// Funnels alone.
    Ours,
    /// The runtime alone (`sent`).
    Runtime,
}

/// An attribute of the contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// The type of its values.
    pub ty: Type,
    /// Whether it may be missing.
    pub optional: bool,
    /// Its value before any other is known.
    pub default: Option<Literal>,
    /// Who changes it.
    pub keeper: Keeper,
}

/// A property of an event, or a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: SmolStr,
    /// Where it is declared; `None` for what is built in.
    pub span: Option<Span>,
    /// The type of its values.
    pub ty: Type,
    /// Whether it may be missing.
    pub optional: bool,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: Name,
    /// What it carries.
    pub properties: Vec<Property>,
    /// The touchpoint it happens on.
    pub channel: Option<ChannelId>,
    /// Who records it: `Anyone` outside, `Ours`, or `Runtime`.
    pub keeper: Keeper,
    /// The channels it opts out of.
    pub opts_out: Vec<ChannelId>,
    /// How often it comes at most.
    pub rate: Option<Rate>,
    /// Whether it answers a message of ours (`delivered`, `opened`, …, also `sent`).
    pub about_message: bool,
}

/// At most so many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In so many milliseconds.
    pub per_ms: i64,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: Name,
    /// The flag without which nothing is sent.
    pub needs: Option<AttributeId>,
    /// Its caps.
    pub caps: Vec<Cap>,
    /// Its quiet hours.
    pub quiet: Vec<QuietHours>,
}

/// A cap on sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// How many.
    pub count: u32,
    /// In a rolling window of so many milliseconds.
    pub within_ms: i64,
}

/// Quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// First minute of them.
    pub from: Clock,
    /// First minute after them.
    pub to: Clock,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub name: Name,
    /// How it goes; `None` where the channel is unknown, which was reported.
    pub channel: Option<ChannelId>,
    /// What it needs.
    pub parameters: Vec<Property>,
    /// The template of the delivery system.
    pub template: Option<SmolStr>,
    /// Whether no cap, quiet hour or consent applies.
    pub transactional: bool,
}

/// Something done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name.
    pub name: Name,
    /// What it needs.
    pub parameters: Vec<Property>,
}

/// A named condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// Who is in it.
    pub when: Condition,
}

/// A sum of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Its name.
    pub name: Name,
    /// Its lines.
    pub lines: Vec<ScoreLine>,
}

/// A line of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreLine {
    /// Where it stands.
    pub span: Span,
    /// How many points.
    pub points: Number,
    /// For what.
    pub rule: ScoreRule,
}

/// What a line counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreRule {
    /// Each such event.
    Event(EventTest),
    /// Each full period without it.
    EveryWithout {
        /// The period in milliseconds.
        period_ms: i64,
        /// Without what.
        event: EventTest,
    },
}

/// A play as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Its name.
    pub name: Name,
    /// What it needs.
    pub parameters: Vec<Property>,
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// Where it stands.
    pub span: Span,
    /// What it promises; `None` where a name in it is unknown, which was reported.
    pub kind: Option<GuaranteeKind>,
}

/// What a guarantee promises.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the sentence, resolved; times in milliseconds")]
pub enum GuaranteeKind {
    Leaves {
        stage: StageId,
        within_ms: i64,
    },
    /// Without a time: at some time.
    Reaches {
        from: StageId,
        to: Vec<StageId>,
        within_ms: Option<i64>,
    },
    LeadsTo {
        event: EventTest,
        to: Vec<StageId>,
        within_ms: i64,
    },
    AtMost {
        count: u32,
        what: MessageScope,
        within_ms: Option<i64>,
    },
    Between {
        gap_ms: i64,
        what: MessageScope,
    },
    NeverSendAfter {
        message: MessageId,
        event: EventTest,
    },
    NeverSendIn {
        message: MessageId,
        stage: StageId,
    },
    Reachable {
        stage: StageId,
    },
    Through {
        to: StageId,
        via: StageId,
    },
    NeverFollows {
        later: StageId,
        earlier: StageId,
    },
    Excludes {
        one: StageId,
        other: StageId,
    },
}

/// Which messages a guarantee counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageScope {
    /// All, or those by one channel.
    Messages {
        /// By this one alone.
        by: Option<ChannelId>,
    },
    /// One message.
    Message(MessageId),
}

/// An assumption about the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Where it stands.
    pub span: Span,
    /// What comes.
    pub event: EventTest,
    /// In so many milliseconds …
    pub within_ms: i64,
    /// … of entering this stage; `None` where it is unknown, which was reported.
    pub stage: Option<StageId>,
}

/// A test; its lines were checked, and stay in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub name: SmolStr,
    /// The funnel it speaks of.
    pub funnel: Option<FunnelId>,
}
