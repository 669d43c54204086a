//! What is known in a rehearsal.

use crate::{
    graph::EdgeId,
    model::{AttributeId, Condition, Door, EventId, FunnelId, Leave, Literal, MessageId, Repeat, ScoreId, StageId, Step, WaitArm},
    units::Number,
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What the world does meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Mode {
    /// One instant alone: no time passes, and what has happened before is open.
    Instant,
    /// Time passes, and the contact has never done anything lately.
    Silent,
    /// The same, but whatever is sent is delivered, opened and clicked at once: by a security scanner.
    Scanner,
}

/// What an attribute or score is worth now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Worth {
    Known(Literal),
    Missing,
    /// So much more than in the beginning.
    Shifted(Number),
    Unknown,
}

/// An attribute or a score.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    Attribute(AttributeId),
    Score(ScoreId),
}

/// An event that happened in the rehearsal.
#[derive(Clone, Debug)]
pub struct Past {
    pub event: EventId,
    pub message: Option<MessageId>,
    /// The values it carries; what is not among them is missing.
    pub values: Vec<(SmolStr, Worth)>,
    pub at: i64,
    pub order: u32,
}

/// An event that is still to be taken.
#[derive(Clone, Debug)]
pub struct Echo {
    pub event: EventId,
    pub message: Option<MessageId>,
    pub values: Vec<(SmolStr, Worth)>,
    /// Comes from outside, so that it is a record of its own.
    pub outside: bool,
}

/// Where the contact is in one funnel.
#[derive(Clone, Debug, Default)]
pub struct Place<'m> {
    pub stage: Option<StageId>,
    pub since: i64,
    pub since_order: u32,
    pub started: i64,
    pub started_order: u32,
    /// When the contact left, if it was ever inside.
    pub left: Option<i64>,
    pub visits: BTreeMap<StageId, u32>,
    pub plays: Vec<Slot<'m>>,
    /// The event by which it came in, if that is known.
    pub entry: Option<usize>,
    /// The clauses that their delay has opened, and for which end of it.
    pub opened: BTreeMap<EdgeId, i64>,
}

/// A nurture of the visit.
#[derive(Clone, Debug, Default)]
pub struct Slot<'m> {
    pub begun: bool,
    pub finished: bool,
    pub running: Option<Play<'m>>,
}

/// A nurture that is on its way.
#[derive(Clone, Debug)]
pub struct Play<'m> {
    pub stack: Vec<Frame<'m>>,
    pub waiting: Option<Waiting<'m>>,
}

#[derive(Clone, Debug)]
pub enum Frame<'m> {
    Steps(&'m [Step], usize),
    Rounds(&'m Repeat, u32, i64),
}

#[derive(Clone, Debug)]
pub enum Waiting<'m> {
    Until(i64),
    Arms { since: i64, deadline: i64, arms: Vec<(&'m Condition, &'m [Step])>, otherwise: &'m [Step] },
}

impl<'m> Waiting<'m> {
    pub fn arms(now: i64, up_to_ms: i64, arms: &'m [WaitArm], otherwise: &'m [Step]) -> Self {
        let arms = arms.iter().map(|arm| (&arm.when, &arm.steps[..])).collect();
        Self::Arms { since: now, deadline: now.saturating_add(up_to_ms), arms, otherwise }
    }
}

/// What is happening while a clause is tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trigger {
    /// The event, by its place in the past.
    pub past: Option<usize>,
    /// Whether the clause's own clock strikes.
    pub clock: bool,
}

/// Something that happens in a rehearsal.
#[derive(Clone, Debug)]
pub struct Moment<'m> {
    pub at: i64,
    pub funnel: FunnelId,
    pub what: What<'m>,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum What<'m> {
    Enters {
        stage: StageId,
        from: Option<StageId>,
        edge: EdgeId,
        door: &'m Door,
        restart: bool,
        /// The event that opened the door.
        event: Option<EventId>,
    },
    Leaves {
        stage: StageId,
        edge: EdgeId,
        leave: &'m Leave,
        event: Option<EventId>,
    },
    /// A final stage ends the run.
    Ends {
        stage: StageId,
    },
    Begins {
        stage: StageId,
        nurture: usize,
        event: Option<EventId>,
    },
    Finishes,
    Sends {
        message: MessageId,
        step: &'m Step,
    },
    Records {
        event: EventId,
        step: &'m Step,
    },
    Sets {
        attribute: AttributeId,
        worth: Worth,
        step: &'m Step,
    },
}
