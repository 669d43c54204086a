//! Steps, block by block.

use super::{
    Does, Id, StepOf,
    compile::{Compiler, push},
};
use crate::ruleset::{Argument, Step, StepKind, Term};

/// The block without steps.
const EMPTY: Id = 0;

impl<'r> Compiler<'r> {
    /// A block of steps.
    pub(super) fn block(&mut self, steps: &'r [Step]) -> Id {
        if steps.is_empty() {
            return EMPTY;
        }
        let steps = steps.iter().map(|step| self.step(step)).collect();
        push(&mut self.program.blocks, steps)
    }

    fn step(&mut self, step: &'r Step) -> Id {
        let does = self.does(step);
        push(&mut self.program.steps, StepOf { step, does })
    }

    fn arguments(&mut self, arguments: &'r [Argument]) -> Box<[Id]> {
        arguments.iter().map(|argument| self.term(&argument.value, None)).collect()
    }

    fn does(&mut self, step: &'r Step) -> Does<'r> {
        match &step.kind {
            StepKind::Send { message, arguments } => match self.program.message_ids.get(message.as_str()).copied() {
                Some(message) => Does::Send(message, self.arguments(arguments)),
                None => self.unknown(message),
            },
            StepKind::Act { arguments, .. } => Does::Act(self.arguments(arguments)),
            StepKind::WaitMs(ms) => Does::WaitMs(*ms),
            StepKind::WaitCalendarDays(wait) => Does::WaitDays(wait.days),
            StepKind::WaitClock(wait) => Does::WaitClock(wait.weekday, wait.at),
            StepKind::WaitInstant(wait) => Does::WaitInstant(self.instant(&wait.instant), wait.past_stops),
            StepKind::WaitUntil(wait) => Does::WaitArms(Box::new([(self.root(&wait.when), EMPTY)]), EMPTY, wait.up_to_ms),
            StepKind::WaitArms(wait) => {
                let arms = wait.arms.iter().map(|arm| (self.root(&arm.when), self.block(&arm.steps))).collect();
                Does::WaitArms(arms, self.block(&wait.otherwise), wait.up_to_ms)
            }
            StepKind::If { branches, otherwise } => {
                let branches = branches.iter().map(|branch| (self.root(&branch.when), self.block(&branch.steps))).collect();
                Does::If(branches, self.block(otherwise))
            }
            StepKind::Split(split) => {
                let shares = split.arms.iter().map(|arm| arm.share_millionths).collect();
                let blocks = split.arms.iter().map(|arm| self.block(&arm.steps)).collect();
                Does::Split(&split.name, shares, blocks)
            }
            StepKind::Repeat(repeat) => {
                let until = repeat.until.as_ref().map(|until| self.root(until));
                Does::Repeat(repeat.times, repeat.every_ms, until, self.block(&repeat.steps))
            }
            StepKind::Set { attribute, value } => {
                self.program.may_overflow |= matches!(value, Term::Arithmetic(_) | Term::Negate(_) | Term::Aggregate(_));
                match self.program.attribute_ids.get(attribute.as_str()).copied() {
                    Some(id) => Does::Set(id, self.term(value, None)),
                    None => self.unknown(attribute),
                }
            }
            StepKind::Add { attribute, value } => match self.program.attribute_ids.get(attribute.as_str()).copied() {
                Some(id) => Does::Add(id, self.term(value, None)),
                None => self.unknown(attribute),
            },
            StepKind::Remove { attribute, value } => match self.program.attribute_ids.get(attribute.as_str()).copied() {
                Some(id) => Does::Remove(id, self.term(value, None)),
                None => self.unknown(attribute),
            },
            StepKind::Record { event, arguments } => match self.program.event_ids.get(event.as_str()).copied() {
                Some(id) => {
                    let terms = self.arguments(arguments);
                    Does::Record(id, arguments.iter().zip(terms).map(|(argument, term)| (self.slot(id, &argument.name), term)).collect())
                }
                None => self.unknown(event),
            },
            StepKind::Stop {} => Does::Stop,
        }
    }

    /// A step that names what nobody declared; reading a rule set refuses it, and the reference has an answer.
    fn unknown(&mut self, name: &str) -> Does<'r> {
        self.unfit.get_or_insert(super::compile::Unfit::Unknown(name.to_owned()));
        Does::Stop
    }
}
