//! The steps of nurtures in a rule set.

use super::{Condition, Instant, Term};
use crate::units::{Clock, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its identity: the path of names in the file, unique in its nurture.
    pub id: String,
    /// The step as written, without the steps inside it.
    pub sentence: String,
    /// What it does.
    #[serde(rename = "do")]
    pub kind: StepKind,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepKind {
    /// Asks for a message.
    Send {
        /// Which.
        message: String,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// Asks for something outside.
    Act {
        /// What.
        action: String,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// Goes on after so many milliseconds.
    WaitMs(i64),
    /// Goes on at the same clock time some days later, contact's zone.
    WaitCalendarDays(CalendarWait),
    /// Goes on at the next such clock time, never now.
    WaitClock(ClockWait),
    /// Goes on at an instant.
    WaitInstant(InstantWait),
    /// Goes on when a condition comes true, or at the time-out.
    WaitUntil(UntilWait),
    /// Takes the first arm to come true.
    WaitArms(WaitArms),
    /// Takes the first branch whose condition holds now.
    If {
        /// The branches, in order.
        branches: Vec<Branch>,
        /// Where none holds.
        otherwise: Vec<Step>,
    },
    /// Takes an arm by a fixed share.
    Split(Split),
    /// Does its steps several times.
    Repeat(Repeat),
    /// Sets an attribute of the contact.
    Set {
        /// Which.
        attribute: String,
        /// To what.
        value: Term,
    },
    /// Adds a text to a list attribute, unless it is in it.
    Add {
        /// Which list.
        attribute: String,
        /// What.
        value: Term,
    },
    /// Removes a text from a list attribute.
    Remove {
        /// Which list.
        attribute: String,
        /// What.
        value: Term,
    },
    /// Records an event for this contact.
    Record {
        /// Which.
        event: String,
        /// With what.
        arguments: Vec<Argument>,
    },
    /// Ends the nurture.
    Stop {},
}

/// The ways on inside a kind of step, to be read (`iter`, `as_slice`) or changed (`iter_mut`, `as_mut_slice`).
macro_rules! ways {
    ($kind:expr, $each:ident, $steps:ident) => {
        match $kind {
            Self::WaitArms(wait) => wait.arms.$each().map(|arm| arm.steps.$steps()).chain([wait.otherwise.$steps()]).collect(),
            Self::If { branches, otherwise } => branches.$each().map(|branch| branch.steps.$steps()).chain([otherwise.$steps()]).collect(),
            Self::Split(split) => split.arms.$each().map(|arm| arm.steps.$steps()).collect(),
            Self::Repeat(repeat) => vec![repeat.steps.$steps()],
            Self::Send { .. }
            | Self::Act { .. }
            | Self::WaitMs(_)
            | Self::WaitCalendarDays(_)
            | Self::WaitClock(_)
            | Self::WaitInstant(_)
            | Self::WaitUntil(_)
            | Self::Set { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::Record { .. }
            | Self::Stop {} => Vec::new(),
        }
    };
}

impl Step {
    /// Some steps and all inside them, each before what is in it.
    #[must_use]
    pub fn all(steps: &[Self]) -> Vec<&Self> {
        let mut found = Vec::new();
        for step in steps {
            found.push(step);
            found.extend(step.kind.inside().into_iter().flat_map(Self::all));
        }
        found
    }

    /// The message that it sends.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        if let StepKind::Send { message, .. } = &self.kind { Some(message) } else { None }
    }
}

impl StepKind {
    /// The ways on inside a step: its arms or branches, the one where nothing else holds last; or what it repeats.
    #[must_use]
    pub fn inside(&self) -> Vec<&[Step]> {
        ways!(self, iter, as_slice)
    }

    /// The ways on inside a step, to be changed.
    pub fn inside_mut(&mut self) -> Vec<&mut [Step]> {
        ways!(self, iter_mut, as_mut_slice)
    }

    /// Whether somebody can rest at it, other than because a message is held.
    #[must_use]
    pub fn rests(&self) -> bool {
        match self {
            Self::WaitMs(_)
            | Self::WaitCalendarDays(_)
            | Self::WaitClock(_)
            | Self::WaitInstant(_)
            | Self::WaitUntil(_)
            | Self::WaitArms(_)
            | Self::Repeat(_) => true,
            Self::Send { .. }
            | Self::Act { .. }
            | Self::If { .. }
            | Self::Split(_)
            | Self::Set { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::Record { .. }
            | Self::Stop {} => false,
        }
    }
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    /// Its value.
    pub value: Term,
}

/// A wait of calendar days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarWait {
    /// How many.
    pub days: u32,
}

/// A wait for a clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockWait {
    /// On which weekday; without one, on any day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekday: Option<Weekday>,
    /// At what time, contact's zone.
    pub at: Clock,
}

/// A wait for an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstantWait {
    /// Which; where it is missing, it counts as past.
    pub instant: Instant,
    /// Whether the play ends where the instant is past (else it goes on).
    pub past_stops: bool,
}

/// A wait for a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UntilWait {
    /// For what.
    pub when: Condition,
    /// For so many milliseconds at most.
    pub up_to_ms: i64,
}

/// A wait with arms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitArms {
    /// For so many milliseconds at most.
    pub up_to_ms: i64,
    /// The arms, in order.
    pub arms: Vec<WaitArm>,
    /// At the time-out.
    pub otherwise: Vec<Step>,
}

/// An arm of a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitArm {
    /// The condition as written.
    pub sentence: String,
    /// When it is taken.
    pub when: Condition,
    /// What then.
    pub steps: Vec<Step>,
}

/// A branch of an `if`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The condition as written.
    pub sentence: String,
    /// When it is taken.
    pub when: Condition,
    /// What then.
    pub steps: Vec<Step>,
}

/// A split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Its name, which goes into the draw.
    pub name: String,
    /// Its arms, whose shares add up to a million.
    pub arms: Vec<SplitArm>,
}

/// An arm of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitArm {
    /// Its name.
    pub name: String,
    /// Its share in millionths.
    pub share_millionths: u32,
    /// What they get.
    pub steps: Vec<Step>,
}

/// A bounded repetition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often at most.
    pub times: u32,
    /// From the start of one round to the start of the next, in milliseconds.
    pub every_ms: i64,
    /// What ends it; asked before each round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Condition>,
    /// One round.
    pub steps: Vec<Step>,
}
