//! Funnels, stages, doors.

use super::{Arg, Assume, Block, Broken, Condition, EventMatch, Guarantee, Head, Ident, Spanned, StageRef, Step, Text};
use crate::{
    source::Span,
    units::{Duration, Share},
};

/// `funnel value_journey "Customer value journey" { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Name and label.
    pub head: Head,
    /// What is in it.
    pub body: Block<FunnelItem>,
}

/// An item of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum FunnelItem {
    Note(Text),
    Formerly(Ident),
    /// `for each contact and order_id`
    ForEach {
        /// The event property that keys the run.
        key: Option<Ident>,
    },
    Reentry(Reentry),
    Stage(Stage),
    Leave(Leave),
    Guarantee(Guarantee),
    Assume(Assume),
    Broken(Broken),
}

/// `reentry …`: who may come through a door from outside again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reentry {
    /// Where it stands.
    pub span: Span,
    /// Which.
    pub kind: ReentryKind,
}

/// The kinds of re-entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReentryKind {
    /// `never`
    Never,
    /// `after leaving`
    AfterLeaving,
    /// `30 days after leaving`
    DelayAfterLeaving(Spanned<Duration>),
    /// `30 days after starting`
    DelayAfterStarting(Spanned<Duration>),
    /// `restart from a, b`
    Restart(Vec<Ident>),
}

/// `goal final stage customer "Customer" { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The place of `goal`.
    pub goal: Option<Span>,
    /// The place of `final`.
    pub is_final: Option<Span>,
    /// Name and label.
    pub head: Head,
    /// What is in it.
    pub body: Option<Block<StageItem>>,
}

/// An item of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum StageItem {
    Note(Text),
    Formerly(Ident),
    Enter(Enter),
    Leave(Leave),
    /// `visits at most 3`
    VisitsAtMost(Spanned<u32>),
    /// `feeds aware by referral`
    Feeds {
        /// Where others come in.
        stage: StageRef,
        /// By which word.
        by: Ident,
    },
    Target(Target),
    /// `open to email, web`
    OpenTo(Vec<Ident>),
    Nurture(Nurture),
    Broken(Broken),
}

/// A door: `enter from a, b after 14 days without purchase when …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enter {
    /// Where from.
    pub source: Source,
    /// `after 14 days without purchase`
    pub after: Option<After>,
    /// `when …`
    pub when: Option<Condition>,
}

/// Where a door leads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// No `from`: outside.
    Outside,
    /// `from a, b`
    Stages(Vec<Ident>),
    /// `from anywhere`, `from anywhere or outside`
    Anywhere {
        /// Where the words stand.
        span: Span,
        /// Whether strangers may come as well.
        or_outside: bool,
    },
}

/// `after 14 days without purchase`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// Where it stands.
    pub span: Span,
    /// How long.
    pub delay: Spanned<Duration>,
    /// Which event starts the clock anew.
    pub without: Option<EventMatch>,
}

/// `leave when C`, `leave after D without E`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// `after …`
    pub after: Option<After>,
    /// `when …`
    pub when: Option<Condition>,
}

/// `target 20% of subscribed within 60 days`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// How many of them.
    pub share: Spanned<Share>,
    /// Of those in which stage; without it, of the stages it is entered from.
    pub of: Option<Ident>,
    /// In how long.
    pub within: Spanned<Duration>,
}

/// `nurture welcome_series { … }`, `nurture win_back(offer: big_discount) as second`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nurture {
    /// Its name, or that of the play.
    pub name: Ident,
    /// Its label.
    pub label: Option<Text>,
    /// Arguments of the play.
    pub args: Option<Vec<Arg>>,
    /// When it starts.
    pub start: NurtureStart,
    /// `as second`
    pub alias: Option<Ident>,
    /// Its steps; `None` where a play is used.
    pub body: Option<Block<Step>>,
}

/// When a nurture starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NurtureStart {
    /// On entering the stage.
    Entry,
    /// `when C`: at entry if C holds, else when it comes true, once per visit.
    When(Condition),
    /// `each time E`: afresh at each such trigger.
    EachTime(Condition),
}
