//! Resolved steps.

use super::{ActionId, AttributeId, Condition, EventId, Instant, Literal, MessageId, Term, TermKind};
use crate::{
    source::Span,
    units::{Clock, Weekday},
};
use smol_str::SmolStr;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step without the steps inside it.
    pub span: Span,
    /// Its identity below its nurture: the names of split arms and, last, the alias, the message or action, or for
    /// other steps the kind and a number that is counted within the same arm, joined by `/`.
    pub id: SmolStr,
    /// What it does.
    pub kind: StepKind,
}

impl StepKind {
    /// The attribute that a step changes, with the constant to which it sets it; nothing where it becomes something else.
    #[must_use]
    pub fn change(&self) -> Option<(AttributeId, Option<&Literal>)> {
        match self {
            Self::Set { attribute: Some(id), value } => match &value.kind {
                TermKind::Literal(literal) => Some((*id, Some(literal))),
                _ => Some((*id, None)),
            },
            Self::Add { attribute: Some(id), .. } | Self::Remove { attribute: Some(id), .. } => Some((*id, None)),
            Self::Set { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::Send { .. }
            | Self::Act { .. }
            | Self::Wait(_)
            | Self::If { .. }
            | Self::Split(_)
            | Self::Repeat(_)
            | Self::Record { .. }
            | Self::Stop => None,
        }
    }
}

impl Step {
    /// Shows each of `steps`, and each step inside them, in the order written.
    pub fn each(steps: &[Step], see: &mut dyn FnMut(&Step)) {
        for step in steps {
            see(step);
            match &step.kind {
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    arms.iter().for_each(|arm| Self::each(&arm.steps, see));
                    Self::each(otherwise, see);
                }
                StepKind::If { branches, otherwise, .. } => {
                    branches.iter().for_each(|branch| Self::each(&branch.steps, see));
                    Self::each(otherwise, see);
                }
                StepKind::Split(split) => split.arms.iter().for_each(|arm| Self::each(&arm.steps, see)),
                StepKind::Repeat(repeat) => Self::each(&repeat.steps, see),
                StepKind::Send { .. }
                | StepKind::Act { .. }
                | StepKind::Wait(_)
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop => {}
            }
        }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the tree, resolved")]
pub enum StepKind {
    /// `message` is `None` where it is unknown, which was reported.
    Send {
        message: Option<MessageId>,
        arguments: Vec<Argument>,
    },
    Act {
        action: Option<ActionId>,
        arguments: Vec<Argument>,
    },
    Wait(Wait),
    If {
        branches: Vec<Branch>,
        otherwise: Vec<Step>,
        has_else: bool,
    },
    Split(Split),
    Repeat(Repeat),
    Set {
        attribute: Option<AttributeId>,
        value: Term,
    },
    Add {
        attribute: Option<AttributeId>,
        value: Term,
    },
    Remove {
        attribute: Option<AttributeId>,
        value: Term,
    },
    Record {
        event: Option<EventId>,
        arguments: Vec<Argument>,
    },
    Stop,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter.
    pub name: SmolStr,
    /// Its value.
    pub value: Term,
}

/// One `if` or `else if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// When.
    pub when: Condition,
    /// What then.
    pub steps: Vec<Step>,
}

/// The waits. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the tree, resolved")]
pub enum Wait {
    For { ms: i64 },
    CalendarDays { days: u32 },
    Clock { weekday: Option<Weekday>, at: Clock },
    Instant { instant: Instant, past_stops: bool },
    Until { when: Condition, up_to_ms: i64 },
    Arms { up_to_ms: i64, arms: Vec<WaitArm>, otherwise: Vec<Step>, has_otherwise: bool },
}

/// An arm of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitArm {
    /// When.
    pub when: Condition,
    /// What then.
    pub steps: Vec<Step>,
}

/// A split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its name.
    pub name: SmolStr,
    /// Its arms; the shares add up to a million, or a finding was reported.
    pub arms: Vec<SplitArm>,
}

/// An arm of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitArm {
    /// Its name.
    pub name: SmolStr,
    /// Its share in millionths; that of `rest` is worked out.
    pub share_millionths: u32,
    /// What they get.
    pub steps: Vec<Step>,
}

/// A bounded repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How often at most.
    pub times: u32,
    /// From the start of one round to the start of the next, in milliseconds.
    pub every_ms: i64,
    /// What ends it.
    pub until: Option<Condition>,
    /// One round.
    pub steps: Vec<Step>,
}
