//! Declarations outside funnels: contact attributes, events, channels, messages, actions, segments, scores, plays.

use super::{Block, Broken, Condition, EventMatch, Ident, Spanned, Step, Text, Value};
use crate::{
    source::Span,
    units::{Clock, Duration, Number},
};

/// Name, parameters and label: the head of every declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is called.
    pub name: Ident,
    /// `(amount: number)`; `None` where no parentheses are written.
    pub params: Option<Vec<Param>>,
    /// `"Welcome aboard"`.
    pub label: Option<Text>,
}

/// A parameter of a declaration: `amount: number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Where it stands, `?` included.
    pub span: Span,
    /// Which.
    pub kind: TypeKind,
    /// Whether a `?` follows: the value may be missing.
    pub optional: bool,
}

/// The types of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `text`
    Text,
    /// `number`
    Number,
    /// `flag`
    Flag,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `one of [a, b]`
    OneOf(Vec<Ident>),
    /// `list of text`
    List,
    /// `message`, for parameters of plays only.
    Message,
    /// A word that is no type.
    Unknown(Ident),
}

/// An attribute of the contact: `plan : one of [free, pro] = free ours`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Ident,
    /// Its label.
    pub label: Option<Text>,
    /// Its type.
    pub ty: Type,
    /// `= free`
    pub default: Option<Value>,
    /// `fixed`: never changes once known. The place of the word.
    pub fixed: Option<Span>,
    /// `ours`: set by funnels alone. The place of the word.
    pub ours: Option<Span>,
    /// A line that did not parse stands here as the whole attribute.
    pub broken: Option<Broken>,
}

/// The block of a declaration that has nothing but a note in it, perhaps `formerly`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteItem {
    /// `note "…"`
    Note(Text),
    /// A line that did not parse.
    Broken(Broken),
}

/// `event purchase(amount: number) "Bought" on web at most 1 per day`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Name, properties, label.
    pub head: Head,
    /// What follows, in the order written.
    pub clauses: Vec<Spanned<EventClause>>,
    /// `{ note "…" }`
    pub body: Option<Block<NoteItem>>,
}

/// A clause of an event's declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventClause {
    /// `on web`
    On(Ident),
    /// `ours`
    Ours,
    /// `opt out of email`
    OptOut(Ident),
    /// `at most 1 per 3 days`
    AtMost(Rate),
}

/// So many in so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: Spanned<u32>,
    /// In how long; `per day` is one day.
    pub per: Spanned<Duration>,
}

/// `channel email { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Name and label.
    pub head: Head,
    /// Its policy.
    pub body: Option<Block<ChannelItem>>,
}

/// A line of a channel's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelItem {
    /// `needs consent`
    Needs(Ident),
    /// `at most 2 within 7 days`
    AtMost {
        /// How many.
        count: Spanned<u32>,
        /// In which rolling window.
        within: Spanned<Duration>,
    },
    /// `quiet from 21:00 to 08:00`
    Quiet {
        /// First minute of the quiet hours, contact's clock.
        from: Spanned<Clock>,
        /// First minute after them.
        to: Spanned<Clock>,
    },
    /// `note "…"`
    Note(Text),
    /// A line that did not parse.
    Broken(Broken),
}

/// `message welcome "Welcome aboard" by email { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Name, parameters, label.
    pub head: Head,
    /// `by email`
    pub channel: Ident,
    /// Its properties.
    pub body: Option<Block<MessageItem>>,
}

/// A line in a message's block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageItem {
    /// `template "tmpl-17"`
    Template(Text),
    /// `transactional`
    Transactional,
    /// `formerly hello`
    Formerly(Ident),
    /// `note "…"`
    Note(Text),
    /// A line that did not parse.
    Broken(Broken),
}

/// `action open_ticket(subject: text)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Name, parameters, label.
    pub head: Head,
    /// `{ note "…" }`
    pub body: Option<Block<NoteItem>>,
}

/// `segment vip "Big spenders" when …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Name and label.
    pub head: Head,
    /// Who is in it.
    pub when: Condition,
    /// `{ note "…" }`
    pub body: Option<Block<NoteItem>>,
}

/// `score interest { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Name and label.
    pub head: Head,
    /// Its lines.
    pub body: Block<ScoreItem>,
}

/// A line of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreItem {
    /// `+5 for page_view where path = "/pricing"`
    Points {
        /// How many, with sign.
        points: Spanned<Number>,
        /// For what.
        rule: ScoreRule,
    },
    /// `note "…"`
    Note(Text),
    /// A line that did not parse.
    Broken(Broken),
}

/// What a score counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreRule {
    /// Each such event.
    Event(EventMatch),
    /// `every 30 days without page_view`
    EveryWithout {
        /// The period.
        period: Spanned<Duration>,
        /// Without which event.
        event: EventMatch,
    },
}

/// `play win_back(offer: message) { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Name, parameters, label.
    pub head: Head,
    /// Its steps; `note` and `formerly` stand among them.
    pub body: Block<Step>,
}
