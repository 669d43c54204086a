//! What each step does.
//!
//! Readings: `set` to a value that is missing makes an attribute that may be missing so, and leaves any other as it is; an
//! overflow in a step that a timer led to skips that step and is set aside with the contact's latest record.

use super::{
    clock,
    condition::Trigger,
    contact::{Arguments, Arm, Arms, ClauseState, ClockState, Frame, Play, Request, RunId, Waiting},
    nurture::Flow,
    outcome::{Cause, What},
    record::Reason,
    turn::{Echo, Turn},
    value::Value,
};
use crate::ruleset::{self, Condition, InstantWait, Split, Step, StepKind, Term};
use std::collections::BTreeMap;

impl<'r> Turn<'_, 'r> {
    /// Takes a step of a play.
    pub fn step(&mut self, id: &RunId, play: &Play<'r>, step: &'r Step) -> Flow<'r> {
        match &step.kind {
            StepKind::Send { message, arguments } => {
                let key = self.request_key(id, play, step);
                if self.contact.state.done.contains(&key) {
                    return Flow::On;
                }
                let arguments = self.arguments(id, arguments);
                self.decide(id, Request { step, message, key, arguments }).map_or(Flow::On, Flow::Wait)
            }
            StepKind::Act { action, arguments } => {
                let request = self.request_key(id, play, step);
                if self.contact.state.done.contains(&request) {
                    return Flow::On;
                }
                self.contact.log.asked.push(request.clone());
                let arguments = owned(&self.arguments(id, arguments));
                self.emit(id, Some(cause(step)), What::Do { request, action: action.clone(), arguments });
                Flow::On
            }
            StepKind::WaitMs(ms) => Flow::Wait(Waiting::Until(self.now_ms.saturating_add(*ms))),
            StepKind::WaitCalendarDays(wait) => Flow::Wait(Waiting::Days(self.now_ms, wait.days)),
            StepKind::WaitClock(wait) => {
                let zone = &self.contact.state.zone;
                let due_ms = zone.next_clock(self.now_ms, wait.weekday, wait.at);
                Flow::Wait(Waiting::Clock(wait.weekday, wait.at, zone.name.clone(), due_ms))
            }
            StepKind::WaitInstant(wait) => self.wait_instant(id, wait),
            StepKind::WaitUntil(wait) => self.wait_arms(id, step, wait.up_to_ms, vec![(&wait.when, &[])], &[]),
            StepKind::WaitArms(wait) => {
                let arms = wait.arms.iter().map(|arm| (&arm.when, &arm.steps[..])).collect();
                self.wait_arms(id, step, wait.up_to_ms, arms, &wait.otherwise)
            }
            StepKind::If { branches, otherwise } => {
                let at = self.first_that_holds(id, branches.iter().map(|branch| &branch.when)).unwrap_or(branches.len());
                self.trail.mark(&step.id, Some(at));
                Flow::Into(Frame::Steps(branches.get(at).map_or(otherwise, |branch| &branch.steps), 0))
            }
            StepKind::Split(split) => self.split(id, step, split),
            StepKind::Repeat(repeat) => Flow::Into(Frame::Rounds(repeat, 0, self.now_ms)),
            StepKind::Set { attribute, value } => self.set(id, step, attribute, value),
            StepKind::Add { attribute, value } => self.change_list(id, step, attribute, value, true),
            StepKind::Remove { attribute, value } => self.change_list(id, step, attribute, value, false),
            StepKind::Record { event, arguments } => {
                let arguments = self.arguments(id, arguments);
                self.emit(id, Some(cause(step)), What::Record { event: event.clone(), arguments: owned(&arguments) });
                let properties = arguments.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
                self.echoes.push_back(Echo { event: event.clone(), properties, from: id.clone(), owner: None });
                Flow::On
            }
            StepKind::Stop {} => Flow::Stop,
        }
    }

    fn wait_instant(&self, id: &RunId, wait: &'r InstantWait) -> Flow<'r> {
        match self.view(id).instant(&wait.instant) {
            Some(ms) if ms > self.now_ms => Flow::Wait(Waiting::Instant(wait)),
            Some(ms) if ms == self.now_ms => Flow::On,
            Some(_) | None if wait.past_stops => Flow::Stop,
            Some(_) | None => Flow::On,
        }
    }

    fn wait_arms(
        &mut self,
        id: &RunId,
        step: &'r Step,
        up_to_ms: i64,
        arms: Vec<(&'r Condition, &'r [Step])>,
        otherwise: &'r [Step],
    ) -> Flow<'r> {
        let arm = |(when, steps): (&'r Condition, &'r [Step])| {
            let clocks: Vec<ClockState> = clock::first(self.view(id), when);
            Arm { when, steps, instead: None, state: ClauseState { tried_ms: self.now_ms, clocks, ..ClauseState::default() } }
        };
        let arms: Vec<Arm<'r>> = arms.into_iter().map(arm).collect();
        if let Some((at, arm)) = arms.iter().enumerate().find(|(_, arm)| self.holds_already(id, arm)) {
            self.trail.mark(&step.id, Some(at));
            return Flow::Into(Frame::Steps(arm.steps, 0));
        }
        let deadline_ms = self.now_ms.saturating_add(up_to_ms);
        Flow::Wait(Waiting::Arms(Arms { deadline_ms, arms, otherwise, otherwise_instead: None }))
    }

    /// Whether an arm opens when its wait begins: without a trigger, or by an instant that is now or past and opens.
    fn holds_already(&self, id: &RunId, arm: &Arm<'r>) -> bool {
        let is_now = |clock: &ClockState| clock.due_ms.is_some_and(|due_ms| due_ms <= self.now_ms);
        let come = clock::atoms(arm.when).into_iter().zip(&arm.state.clocks).filter(|(_, clock)| is_now(clock)).map(|(atom, _)| Some(atom));
        let mut clocks = std::iter::once(None).chain(come);
        clocks.any(|clock| self.view(id).with(Trigger { event: None, clock }).holds(arm.when))
    }

    fn split(&mut self, id: &RunId, step: &'r Step, split: &'r Split) -> Flow<'r> {
        let forced = self.forced_arms.get(&split.name).and_then(|name| split.arms.iter().position(|arm| arm.name == *name));
        let shares: Vec<u32> = split.arms.iter().map(|arm| arm.share_millionths).collect();
        let funnel = self.program.funnels.get(id.funnel).map_or("", |plan| plan.funnel.name.as_str());
        let drawn = || ruleset::split_draw(funnel, &split.name, self.name, &id.key, &shares);
        let at = forced.unwrap_or_else(drawn);
        let Some(arm) = split.arms.get(at) else { return Flow::On };
        self.trail.mark(&step.id, Some(at));
        self.emit(id, Some(cause(step)), What::Split { split: split.name.clone(), arm: arm.name.clone() });
        Flow::Into(Frame::Steps(&arm.steps, 0))
    }

    fn set(&mut self, id: &RunId, step: &'r Step, attribute: &str, value: &Term) -> Flow<'r> {
        let Ok(worth) = self.view(id).worth(value) else {
            let what = format!("`{}` does not fit a number", step.sentence);
            let detail = if self.undo_on_overflow { what } else { format!("{what}; that step was skipped") };
            self.set_aside.push((Reason::Overflow, detail));
            self.overflow = self.undo_on_overflow;
            return Flow::On;
        };
        let may_be_missing = self.program.attributes.get(attribute).is_none_or(|declared| declared.optional);
        let worth = worth.map(|value| self.as_declared(attribute, value));
        if worth.is_some() || may_be_missing {
            let changed = self.set_attribute(attribute, worth);
            self.changed.all |= changed;
        }
        self.report_attribute(id, step, attribute)
    }

    /// A text set into a `one of` is a word of it; all else is what it is.
    fn as_declared(&self, attribute: &str, value: Value) -> Value {
        let is_choice = self.program.attributes.get(attribute).is_some_and(|declared| matches!(declared.ty, ruleset::Type::OneOf(_)));
        match value {
            Value::Text(text) if is_choice => Value::Choice(text),
            Value::Choice(text) if !is_choice => Value::Text(text),
            other => other,
        }
    }

    fn change_list(&mut self, id: &RunId, step: &'r Step, attribute: &str, value: &Term, add: bool) -> Flow<'r> {
        let text = self.view(id).value(value).and_then(|value| value.as_text().map(str::to_owned));
        let mut list = match self.contact.state.attributes.get(attribute) {
            Some(Value::List(list)) => list.clone(),
            _ => Vec::new(),
        };
        if let Some(text) = text {
            if !add {
                list.retain(|item| *item != text);
            } else if !list.contains(&text) {
                list.push(text);
            }
        }
        let changed = self.set_attribute(attribute, Some(Value::List(list)));
        self.changed.all |= changed;
        self.report_attribute(id, step, attribute)
    }

    fn report_attribute(&mut self, id: &RunId, step: &Step, attribute: &str) -> Flow<'r> {
        let value = self.contact.state.attributes.get(attribute).cloned();
        self.emit(id, Some(cause(step)), What::Set { attribute: attribute.to_owned(), value });
        Flow::On
    }

    fn arguments(&self, id: &RunId, arguments: Arguments<'r>) -> Vec<(&'r str, Option<Value>)> {
        let view = self.view(id);
        arguments.iter().map(|argument| (argument.name.as_str(), view.value(&argument.value))).collect()
    }

    /// The key of a request: funnel, contact, run key, run number, stage, visit, step, round of each `repeat` around it
    /// (joined by points), and number of the start of `each time` in the visit, all as texts. No time is in it.
    fn request_key(&self, id: &RunId, play: &Play<'r>, step: &Step) -> String {
        let Some((slot, plan)) = self.contact.state.slot(id).zip(self.program.funnels.get(id.funnel)) else { return String::new() };
        let stage = slot.run.as_ref().and_then(|run| plan.stage(run.visit.stage)).map_or("", |stage| stage.name.as_str());
        let visit = slot.run.as_ref().map_or(0, |run| run.visit.number);
        let round = |frame: &Frame<'_>| match frame {
            Frame::Rounds(_, round, _) => Some(round.to_string()),
            Frame::Steps(..) => None,
        };
        let rounds: Vec<String> = play.stack.iter().filter_map(round).collect();
        let start = play.each_time.map(|number| number.to_string()).unwrap_or_default();
        let (run, visit, rounds) = (slot.runs.to_string(), visit.to_string(), rounds.join("."));
        ruleset::request_key(&[&plan.funnel.name, self.name, &id.key, &run, stage, &visit, &step.id, &rounds, &start])
    }
}

/// A step as the cause of what it does.
pub(super) fn cause(step: &Step) -> Cause {
    Cause { id: step.id.clone(), sentence: step.sentence.clone() }
}

/// Arguments as results have them.
pub(super) fn owned(arguments: &[(&str, Option<Value>)]) -> Vec<(String, Option<Value>)> {
    arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// The properties of an event from named values; the missing ones are left out.
pub(super) fn properties<const N: usize>(values: [(&str, &str); N]) -> BTreeMap<String, Value> {
    values.into_iter().map(|(name, text)| (name.to_owned(), Value::Text(text.to_owned()))).collect()
}
