//! References in steps.

use super::{Checked, Index, Path, condition::Scope, duration, fault, find, range};
use crate::ruleset::{Argument, Property, Split, Step, StepKind};
use std::collections::HashSet;

/// The steps of a nurture, its id and the identities met so far.
pub(super) struct Steps<'s> {
    pub(super) nurture: &'s str,
    pub(super) seen: HashSet<&'s str>,
}

impl Index<'_> {
    pub(super) fn steps<'s>(&self, at: &Path<'_>, list: &'s [Step], of: &mut Steps<'s>, scope: &Scope<'_>) -> Checked {
        for (n, step) in list.iter().enumerate() {
            let at = at.item(n);
            let id = at.field("id");
            if !step.id.strip_prefix(of.nurture).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')) {
                return Err(fault(&id, format!("the identity of a step of `{}` begins with that and a `/`", of.nurture)));
            }
            if !of.seen.insert(&step.id) {
                return Err(fault(&id, format!("the step `{}` stands here a second time", step.id)));
            }
            self.step(&at.field("do"), &step.kind, of, scope)?;
        }
        Ok(())
    }

    fn step<'s>(&self, at: &Path<'_>, it: &'s StepKind, of: &mut Steps<'s>, scope: &Scope<'_>) -> Checked {
        match it {
            StepKind::Send { message, arguments } => {
                let at = at.field("send");
                let message = find(&self.messages, &at.field("message"), "message", message)?;
                self.arguments(&at.field("arguments"), arguments, &message.parameters, scope)
            }
            StepKind::Act { action, arguments } => {
                let at = at.field("act");
                let action = find(&self.actions, &at.field("action"), "action", action)?;
                self.arguments(&at.field("arguments"), arguments, &action.parameters, scope)
            }
            StepKind::Record { event, arguments } => {
                let at = at.field("record");
                let event = find(&self.events, &at.field("event"), "event", event)?;
                self.arguments(&at.field("arguments"), arguments, &event.properties, scope)
            }
            StepKind::WaitMs(ms) => duration(&at.field("wait_ms"), *ms),
            StepKind::WaitCalendarDays(wait) => {
                range(&at.field("wait_calendar_days").field("days"), "a number of days", i64::from(wait.days), 1, 3_653)
            }
            StepKind::WaitClock(_) | StepKind::Stop {} => Ok(()),
            StepKind::WaitInstant(wait) => self.instant(&at.field("wait_instant").field("instant"), &wait.instant, scope),
            StepKind::WaitUntil(wait) => {
                let at = at.field("wait_until");
                self.condition(&at.field("when"), &wait.when, scope)?;
                duration(&at.field("up_to_ms"), wait.up_to_ms)
            }
            StepKind::WaitArms(wait) => {
                let at = at.field("wait_arms");
                duration(&at.field("up_to_ms"), wait.up_to_ms)?;
                let arms = at.field("arms");
                for (n, arm) in wait.arms.iter().enumerate() {
                    let at = arms.item(n);
                    self.condition(&at.field("when"), &arm.when, scope)?;
                    self.steps(&at.field("steps"), &arm.steps, of, scope)?;
                }
                self.steps(&at.field("otherwise"), &wait.otherwise, of, scope)
            }
            StepKind::If { branches, otherwise } => {
                let at = at.field("if");
                let list = at.field("branches");
                for (n, branch) in branches.iter().enumerate() {
                    let at = list.item(n);
                    self.condition(&at.field("when"), &branch.when, scope)?;
                    self.steps(&at.field("steps"), &branch.steps, of, scope)?;
                }
                self.steps(&at.field("otherwise"), otherwise, of, scope)
            }
            StepKind::Split(split) => self.split(&at.field("split"), split, of, scope),
            StepKind::Repeat(repeat) => {
                let at = at.field("repeat");
                range(&at.field("times"), "a number of rounds", i64::from(repeat.times), 1, i64::from(u32::MAX))?;
                duration(&at.field("every_ms"), repeat.every_ms)?;
                if let Some(until) = &repeat.until {
                    self.condition(&at.field("until"), until, scope)?;
                }
                self.steps(&at.field("steps"), &repeat.steps, of, scope)
            }
            StepKind::Set { attribute, value } => self.change(&at.field("set"), attribute, value, scope),
            StepKind::Add { attribute, value } => self.change(&at.field("add"), attribute, value, scope),
            StepKind::Remove { attribute, value } => self.change(&at.field("remove"), attribute, value, scope),
        }
    }

    fn change(&self, at: &Path<'_>, attribute: &str, value: &crate::ruleset::Term, scope: &Scope<'_>) -> Checked {
        find(&self.attributes, &at.field("attribute"), "attribute", attribute)?;
        self.term(&at.field("value"), value, scope)
    }

    fn split<'s>(&self, at: &Path<'_>, it: &'s Split, of: &mut Steps<'s>, scope: &Scope<'_>) -> Checked {
        let arms = at.field("arms");
        super::unique(&arms, "arm", it.arms.iter().map(|arm| arm.name.as_str()))?;
        let sum: u64 = it.arms.iter().map(|arm| u64::from(arm.share_millionths)).sum();
        if sum != 1_000_000 {
            return Err(fault(&arms, format!("the shares of `{}` add up to {sum} millionths instead of a million", it.name)));
        }
        it.arms.iter().enumerate().try_for_each(|(n, arm)| self.steps(&arms.item(n).field("steps"), &arm.steps, of, scope))
    }

    /// Every argument has a parameter, every parameter that must be known an argument.
    fn arguments(&self, at: &Path<'_>, list: &[Argument], parameters: &[Property], scope: &Scope<'_>) -> Checked {
        super::unique(at, "argument", list.iter().map(|it| it.name.as_str()))?;
        for (n, it) in list.iter().enumerate() {
            let at = at.item(n);
            if !parameters.iter().any(|parameter| parameter.name == it.name) {
                return Err(super::dangling(&at.field("name"), "parameter", &it.name));
            }
            self.term(&at.field("value"), &it.value, scope)?;
        }
        match parameters.iter().find(|it| !it.optional && !list.iter().any(|argument| argument.name == it.name)) {
            Some(missing) => Err(fault(at, format!("the argument `{}` is missing", missing.name))),
            None => Ok(()),
        }
    }
}
