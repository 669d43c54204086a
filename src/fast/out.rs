//! What happened, as the engine keeps it until it is handed over: numbers and names of the rule set, no copies of them.

use super::{
    program::{CauseOf, Program},
    value::Kept,
};
use crate::{
    ruleset::{Argument, Message, Step, StepKind},
    runtime::{Argument as Named, Cause, Outcome, SendOutcome, What},
};
use smol_str::SmolStr;
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Happening<'p> {
    /// When.
    pub time_ms: i64,
    /// To whom: the number of a contact in its shard.
    pub contact: u32,
    /// The how-manieth result of this contact.
    pub sequence: u32,
    /// In which funnel.
    pub funnel: u16,
    /// In the run of which key.
    pub key: Option<SmolStr>,
    /// In the how-manieth run.
    pub run: u32,
    /// What caused it.
    pub cause: Option<CauseOf<'p>>,
    /// What happened.
    pub told: Told<'p>,
}

/// The sequence of what stands in the place of a result that was taken out: results are counted from 1.
pub const HOLLOW: u32 = 0;

/// Arguments, in the order of their declaration in the step.
pub type Values = Arc<[Option<Kept>]>;

/// What happened.
#[derive(Clone, Debug)]
pub enum Told<'p> {
    /// From a stage, or outside, to another.
    Move(Option<&'p str>, Option<&'p str>),
    /// The run of a final stage ended.
    RunEnds(&'p str),
    /// A nurture started.
    PlayBegins(&'p str),
    /// A nurture reached its end.
    PlayFinished(&'p str),
    /// A nurture was ended.
    PlayCutOff(&'p str),
    /// A request for a message was decided.
    Send {
        /// The step that asks.
        step: &'p Step,
        /// Which message.
        message: &'p Message,
        /// The key of the request.
        request: SmolStr,
        /// With what.
        arguments: Values,
        /// How.
        outcome: SendOutcome,
    },
    /// Something outside was asked for.
    Do {
        /// The step that asks.
        step: &'p Step,
        /// The key of the request.
        request: SmolStr,
        /// With what.
        arguments: Values,
    },
    /// An event was recorded.
    Record {
        /// By which step.
        step: &'p Step,
        /// With what.
        arguments: Values,
    },
    /// An attribute was set.
    Set(&'p str, Option<Kept>),
    /// A split drew an arm.
    Split(&'p str, &'p str),
    /// The run would have entered a stage a second time.
    Looping(&'p str),
    /// There were too many echoes.
    Cascade,
}

/// The names of arguments beside their values.
fn named(arguments: &[Argument], values: &[Option<Kept>]) -> Vec<Named> {
    arguments.iter().zip(values).map(|(argument, value)| (argument.name.clone(), value.as_ref().map(Kept::value))).collect()
}

impl Happening<'_> {
    /// What stands in the place of one that was taken out.
    pub fn hollow() -> Self {
        Self { time_ms: 0, contact: 0, sequence: HOLLOW, funnel: 0, key: None, run: 0, cause: None, told: Told::Cascade }
    }

    /// The result, with all names.
    pub fn outcome(&self, program: &Program<'_>, contact: &str) -> Outcome {
        let mut outcome = blank();
        self.tell(program, contact, &mut outcome);
        outcome
    }

    /// The same in the place of the one before, whose memory is used again.
    pub fn tell(&self, program: &Program<'_>, contact: &str, outcome: &mut Outcome) {
        outcome.time_ms = self.time_ms;
        contact.clone_into(&mut outcome.contact);
        outcome.sequence = u64::from(self.sequence);
        program.funnels[usize::from(self.funnel)].funnel.name.clone_into(&mut outcome.funnel);
        outcome.key = self.key.as_ref().map(SmolStr::to_string);
        outcome.run = self.run;
        outcome.what = self.told.what();
        match (self.cause, &mut outcome.clause) {
            (Some(cause), Some(clause)) => {
                cause.id.clone_into(&mut clause.id);
                cause.sentence.clone_into(&mut clause.sentence);
            }
            (cause, clause) => *clause = cause.map(|cause| Cause { id: cause.id.to_owned(), sentence: cause.sentence.to_owned() }),
        }
    }
}

/// A result to be told anew.
pub fn blank() -> Outcome {
    let (contact, funnel) = (String::new(), String::new());
    Outcome { time_ms: 0, contact, sequence: 0, funnel, key: None, run: 0, what: What::Cascade, clause: None }
}

impl Told<'_> {
    fn what(&self) -> What {
        let owned = |name: &Option<&str>| name.map(str::to_owned);
        match self {
            Self::Move(from, to) => What::Move { from: owned(from), to: owned(to) },
            Self::RunEnds(stage) => What::RunEnds { stage: (*stage).to_owned() },
            Self::PlayBegins(play) => What::PlayBegins { play: (*play).to_owned() },
            Self::PlayFinished(play) => What::PlayFinished { play: (*play).to_owned() },
            Self::PlayCutOff(play) => What::PlayCutOff { play: (*play).to_owned() },
            Self::Send { step, message, request, arguments, outcome } => {
                let names = match &step.kind {
                    StepKind::Send { arguments, .. } => &arguments[..],
                    _ => &[],
                };
                What::Send {
                    request: request.to_string(),
                    message: message.name.clone(),
                    channel: message.channel.clone(),
                    arguments: named(names, arguments),
                    outcome: *outcome,
                }
            }
            Self::Do { step, request, arguments } => {
                let (action, names) = match &step.kind {
                    StepKind::Act { action, arguments } => (action.clone(), &arguments[..]),
                    _ => Default::default(),
                };
                What::Do { request: request.to_string(), action, arguments: named(names, arguments) }
            }
            Self::Record { step, arguments } => {
                let (event, names) = match &step.kind {
                    StepKind::Record { event, arguments } => (event.clone(), &arguments[..]),
                    _ => Default::default(),
                };
                What::Record { event, arguments: named(names, arguments) }
            }
            Self::Set(attribute, value) => What::Set { attribute: (*attribute).to_owned(), value: value.as_ref().map(Kept::value) },
            Self::Split(split, arm) => What::Split { split: (*split).to_owned(), arm: (*arm).to_owned() },
            Self::Looping(stage) => What::Looping { stage: (*stage).to_owned() },
            Self::Cascade => What::Cascade,
        }
    }
}
