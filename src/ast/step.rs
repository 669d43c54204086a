//! The steps of nurtures and plays.

use super::{Block, Broken, Condition, Ident, InstantExpr, Spanned, Text, Value};
use crate::{
    source::Span,
    units::{Clock, Duration, Share, Weekday},
};

/// A named argument: `amount: entry.amount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// Which parameter.
    pub name: Ident,
    /// Its value.
    pub value: Value,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum Step {
    /// `send receipt(amount: entry.amount) as first_touch`
    Send {
        message: Ident,
        args: Option<Vec<Arg>>,
        alias: Option<Ident>,
    },
    /// `do open_ticket(subject: "Bad review") as ticket`
    Do {
        action: Ident,
        args: Option<Vec<Arg>>,
        alias: Option<Ident>,
    },
    Wait(Wait),
    /// `if … { … } else if … { … } else { … }`
    If {
        branches: Vec<Branch>,
        otherwise: Option<Block<Step>>,
    },
    Split(Split),
    Repeat(Box<Repeat>),
    /// `set tries = tries + 1`
    Set {
        attribute: Ident,
        value: Value,
    },
    /// `add "vip" to tags`
    Add {
        value: Value,
        attribute: Ident,
    },
    /// `remove "vip" from tags`
    Remove {
        value: Value,
        attribute: Ident,
    },
    /// `record trial_nudged(reason: "quiet")`
    Record {
        event: Ident,
        args: Option<Vec<Arg>>,
    },
    Stop,
    Note(Text),
    /// `formerly hello`, in the block of a play.
    Formerly(Ident),
    Broken(Broken),
}

/// One `if` or `else if` with its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// From `if` to `}`.
    pub span: Span,
    /// When.
    pub when: Condition,
    /// What then.
    pub body: Block<Step>,
}

/// The waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// `wait 2 days`
    For(Spanned<Duration>),
    /// `wait 2 calendar days`
    CalendarDays(Spanned<u32>),
    /// `wait until 09:00`, `wait until monday at 09:00`
    Clock {
        /// On which weekday; without one, the next such time.
        weekday: Option<Spanned<Weekday>>,
        /// At what time.
        at: Spanned<Clock>,
    },
    /// `wait until 1 day before entry.starts_at, if past skip`
    Instant {
        /// The instant.
        instant: Box<InstantExpr>,
        /// `, if past skip`; `None` where it is missing.
        past: Option<Spanned<PastWait>>,
    },
    /// `wait until clicked reminder up to 3 days`
    Until {
        /// For what.
        condition: Box<Condition>,
        /// The time-out; `None` where it is missing.
        up_to: Option<Spanned<Duration>>,
    },
    /// `wait up to 5 days { on … { … } otherwise { … } }`
    Arms(Box<WaitArms>),
}

/// What a wait does whose instant is past already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastWait {
    /// It goes on.
    Skip,
    /// It ends the play.
    Stop,
}

/// `wait up to 5 days { on C { … } otherwise { … } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitArms {
    /// The time-out; `None` where it is missing.
    pub up_to: Option<Spanned<Duration>>,
    /// The arms and, last, `otherwise`.
    pub arms: Block<Arm>,
}

/// An arm of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "arms with a condition are the usual ones")]
pub enum Arm {
    /// `on C { … }`
    On {
        /// When.
        when: Condition,
        /// What then.
        body: Block<Step>,
    },
    /// `otherwise { … }`
    Otherwise {
        /// What at the time-out.
        body: Block<Step>,
    },
    /// A line that did not parse.
    Broken(Broken),
}

/// `split subject_line { 50% short { … } 50% long { … } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its name.
    pub name: Ident,
    /// Its arms.
    pub arms: Block<SplitArm>,
}

/// An arm of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitArm {
    /// `50% short { … }`
    Share {
        /// How many.
        share: SplitShare,
        /// Its name.
        name: Ident,
        /// What they get.
        body: Block<Step>,
    },
    /// A line that did not parse.
    Broken(Broken),
}

/// The share of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitShare {
    /// `50%`
    Part(Spanned<Share>),
    /// `rest`
    Rest(Span),
}

/// `repeat up to 3 times every 7 days until C { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How often at most; `None` where the bound is missing.
    pub times: Option<Spanned<u32>>,
    /// From the start of one round to the start of the next.
    pub every: Spanned<Duration>,
    /// What ends it early; asked before each round.
    pub until: Option<Condition>,
    /// One round.
    pub body: Block<Step>,
}
