//! What each step does, as the reference does it.

use super::{
    clocks,
    out::Told,
    plays::Flow,
    program::{CauseOf, Does, Id, StepOf},
    state::{Frame, Play, Request, Waiting},
    turn::{Echo, Turn},
    value::{Kept, Seen},
};
use crate::{
    ruleset::{self, Type},
    runtime::Reason,
};
use smol_str::SmolStr;
use std::{fmt::Write as _, sync::Arc};

/// A step as the cause of what it does.
pub fn cause<'p>(step: &StepOf<'p>) -> CauseOf<'p> {
    CauseOf { id: &step.step.id, sentence: &step.step.sentence }
}

impl<'p> Turn<'_, 'p> {
    /// Takes a step of a play.
    pub fn step(&mut self, place: usize, play: &Play, at: Id) -> Flow {
        let program = self.program;
        let step = &program.steps[at as usize];
        match &step.does {
            Does::Send(message, arguments) => {
                let key = self.request_key(place, play, step);
                if self.is_done(&key) {
                    return Flow::On;
                }
                let arguments = self.arguments(place, arguments);
                let request = Request { step: at, message: *message, key, arguments };
                self.decide(place, request).map_or(Flow::On, Flow::Wait)
            }
            Does::Act(arguments) => {
                let request = self.request_key(place, play, step);
                if self.is_done(&request) {
                    return Flow::On;
                }
                let arguments = self.arguments(place, arguments);
                if let Some(journal) = &mut self.journal {
                    journal.asked(self.contact, &request);
                }
                self.emit(place, Some(cause(step)), Told::Do { step: step.step, request, arguments });
                Flow::On
            }
            Does::WaitMs(ms) => Flow::Wait(Waiting::Until(self.now_ms.saturating_add(*ms))),
            Does::WaitDays(days) => Flow::Wait(Waiting::Days(self.now_ms, *days)),
            Does::WaitClock(weekday, clock) => {
                let zone = Arc::clone(self.view_of_contact().zone());
                let due_ms = zone.next_clock(self.now_ms, *weekday, *clock);
                Flow::Wait(Waiting::Clock(at, zone, due_ms))
            }
            Does::WaitInstant(instant, past_stops) => match self.view(place).instant(*instant) {
                Some(ms) if ms > self.now_ms => Flow::Wait(Waiting::Instant(at)),
                Some(ms) if ms == self.now_ms => Flow::On,
                Some(_) | None if *past_stops => Flow::Stop,
                Some(_) | None => Flow::On,
            },
            Does::WaitArms(arms, _, up_to_ms) => self.wait_arms(place, at, arms, *up_to_ms),
            Does::If(branches, otherwise) => {
                let view = self.view(place);
                let branch = branches.iter().find(|(when, _)| view.asks(&program.roots[*when as usize]));
                Flow::Into(Frame::Steps(branch.map_or(*otherwise, |(_, block)| *block), 0))
            }
            Does::Split(split, shares, blocks) => self.split(place, step, split, (shares, blocks)),
            Does::Repeat(..) => Flow::Into(Frame::Rounds(at, 0, self.now_ms)),
            Does::Set(attribute, value) => self.set(place, step, *attribute, *value),
            Does::Add(attribute, value) => self.change_list(place, step, (*attribute, *value), true),
            Does::Remove(attribute, value) => self.change_list(place, step, (*attribute, *value), false),
            Does::Record(event, arguments) => self.record(place, step, *event, arguments),
            Does::Stop => Flow::Stop,
        }
    }

    /// Whether a request was made under older rules.
    fn is_done(&self, request: &SmolStr) -> bool {
        self.rest.older.as_ref().is_some_and(|older| older.done.contains(request))
    }

    fn record(&mut self, place: usize, step: &'p StepOf<'p>, event: Id, arguments: &[(Option<u8>, Id)]) -> Flow {
        let view = self.view(place);
        let values: Arc<[Option<Kept>]> = arguments.iter().map(|(_, term)| view.value(*term).map(Seen::kept)).collect();
        let mut properties = vec![None; self.program.events[event as usize].slots.len()];
        for ((slot, _), value) in arguments.iter().zip(values.iter()) {
            if let Some(place) = slot.and_then(|slot| properties.get_mut(usize::from(slot))) {
                place.clone_from(value);
            }
        }
        self.emit(place, Some(cause(step)), Told::Record { step: step.step, arguments: values });
        self.echoes.push_back(Echo { event, properties: properties.into(), from: place, is_owned: false });
        Flow::On
    }

    fn wait_arms(&mut self, place: usize, at: Id, arms: &[(Id, Id)], up_to_ms: i64) -> Flow {
        let view = self.view(place);
        let root = |when: Id| &self.program.roots[when as usize];
        let has_clocks = arms.iter().any(|(when, _)| !root(*when).clocks.is_empty());
        let clocks = if has_clocks { arms.iter().map(|(when, _)| clocks::first(view, root(*when))).collect() } else { Vec::new() };
        let set = |at: usize| clocks.get(at).map_or(&[][..], Vec::as_slice);
        let open = arms.iter().enumerate().find(|(at, (when, _))| self.holds_already(place, *when, set(*at)));
        match open {
            Some((_, (_, block))) => Flow::Into(Frame::Steps(*block, 0)),
            None => Flow::Wait(Waiting::Arms(at, self.now_ms.saturating_add(up_to_ms), clocks)),
        }
    }

    fn split(&mut self, place: usize, step: &'p StepOf<'p>, split: &'p str, (shares, blocks): (&[u32], &[Id])) -> Flow {
        let (funnel, key) = self.order_of(place);
        let name = self.program.funnels[funnel].funnel.name.as_str();
        let at = ruleset::split_draw(name, split, self.name, key, shares);
        let ruleset::StepKind::Split(declared) = &step.step.kind else { return Flow::On };
        let (Some(arm), Some(block)) = (declared.arms.get(at), blocks.get(at)) else { return Flow::On };
        self.emit(place, Some(cause(step)), Told::Split(split, &arm.name));
        Flow::Into(Frame::Steps(*block, 0))
    }

    fn set(&mut self, place: usize, step: &'p StepOf<'p>, attribute: Id, value: Id) -> Flow {
        let Ok(worth) = self.view(place).worth(value).map(|worth| worth.map(Seen::kept)) else {
            let what = format!("`{}` does not fit a number", step.step.sentence);
            let detail = if self.undo_on_overflow { what } else { format!("{what}; that step was skipped") };
            self.set_aside.push((Reason::Overflow, detail));
            self.overflow = self.undo_on_overflow;
            return Flow::On;
        };
        let declared = self.program.attributes[attribute as usize].declared;
        let may_be_missing = declared.is_none_or(|declared| declared.optional);
        let is_choice = declared.is_some_and(|declared| matches!(declared.ty, Type::OneOf(_)));
        let worth = worth.map(|value| match value {
            Kept::Text(text) if is_choice => Kept::Choice(text),
            Kept::Choice(text) if !is_choice => Kept::Text(text),
            other => other,
        });
        if worth.is_some() || may_be_missing {
            let changed = self.set_attribute(attribute, worth);
            self.changed.all |= changed;
        }
        self.report_attribute(place, step, attribute)
    }

    fn change_list(&mut self, place: usize, step: &'p StepOf<'p>, (attribute, value): (Id, Id), add: bool) -> Flow {
        let text = self.view(place).value(value).and_then(|value| value.as_text().map(SmolStr::from));
        let mut list: Vec<SmolStr> = match self.rest.attributes.get(attribute as usize) {
            Some(Some(Kept::List(list))) => list.to_vec(),
            _ => Vec::new(),
        };
        if let Some(text) = text {
            if !add {
                list.retain(|item| *item != text);
            } else if !list.contains(&text) {
                list.push(text);
            }
        }
        let changed = self.set_attribute(attribute, Some(Kept::List(list.into())));
        self.changed.all |= changed;
        self.report_attribute(place, step, attribute)
    }

    fn report_attribute(&mut self, place: usize, step: &'p StepOf<'p>, attribute: Id) -> Flow {
        let value = self.rest.attributes.get(attribute as usize).cloned().flatten();
        let name = self.program.attributes[attribute as usize].name;
        self.emit(place, Some(cause(step)), Told::Set(name, value));
        Flow::On
    }

    fn arguments(&self, place: usize, arguments: &[Id]) -> Arc<[Option<Kept>]> {
        let view = self.view(place);
        arguments.iter().map(|term| view.value(*term).map(Seen::kept)).collect()
    }

    /// The key of a request: funnel, contact, run key, run number, stage, visit, step, round of each `repeat` around it
    /// (joined by points), and number of the start of `each time` in the visit, all as texts. No time is in it.
    fn request_key(&self, place: usize, play: &Play, step: &StepOf<'_>) -> SmolStr {
        let (funnel, key) = self.order_of(place);
        let plan = &self.program.funnels[funnel];
        let slot = self.slot(place);
        let stage = slot.stage().map_or("", |at| plan.stages[at].stage.name.as_str());
        let visit = if slot.stage().is_some() { self.more(place).visits(slot.stage) } else { 0 };
        let mut rounds = String::new();
        for frame in &play.stack {
            if let Frame::Rounds(_, round, _) = frame {
                let point = if rounds.is_empty() { "" } else { "." };
                write!(rounds, "{point}{round}").expect("a String takes everything");
            }
        }
        let mut spelled = [itoa::Buffer::new(), itoa::Buffer::new(), itoa::Buffer::new()];
        let [run, visited, begun] = &mut spelled;
        let (run, visit) = (run.format(slot.runs), visited.format(visit));
        let start = play.each_time.map_or("", |number| begun.format(number));
        ruleset::request_key(&[&plan.funnel.name, self.name, key, run, stage, visit, &step.step.id, &rounds, start]).into()
    }
}
