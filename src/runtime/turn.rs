//! One record or one timer of one contact: know, move, nurture, echo.
//!
//! A turn changes the contact and gathers results. Each of its phases is finished for all funnels before the next; after
//! the nurtures of a phase, everything whose reading has changed is tried again, moves first, until nothing changes.
//! Readings: `set` that changes something has every run tried again, a play that ends its own run; a record or a score has
//! all runs tried, any other timer its own. Each echo is a record of its own, so stages may be entered again.

use super::{
    condition::{Trigger, View},
    contact::{Clause, Contact, RunId, Waiting},
    log::Past,
    outcome::{Cause, Outcome, What},
    program::Program,
    record::Reason,
    score,
    standing::{self, standing, starts},
    timer::{Fires, Timer},
    trail::Trail,
    value::Value,
    zone::Zone,
};
use crate::ruleset::Condition;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// As many echoes of one record or timer are taken.
const ECHOES_MAX: usize = 64;

/// An event that a funnel or the runtime recorded.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    pub event: String,
    pub properties: BTreeMap<String, Value>,
    /// The run that recorded it.
    pub from: RunId,
    /// The run that it belongs to, for `sent`.
    pub owner: Option<RunId>,
}

/// What is to be tried again.
#[derive(Clone, Debug, Default)]
pub(super) struct Changed {
    pub all: bool,
    pub runs: BTreeSet<RunId>,
}

/// Why a phase runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Impulse<'t> {
    /// An event, by its place in the log.
    Event(usize),
    /// A timer.
    Timer(&'t Timer),
    /// Something has changed.
    Nothing,
}

/// One record or timer being handled.
pub(super) struct Turn<'e, 'r> {
    pub program: &'e Program<'r>,
    /// Arms that splits must draw, by the split's name; for tests.
    pub forced_arms: &'e BTreeMap<String, String>,
    /// A door that is taken not to open.
    pub shut_door: Option<&'e str>,
    /// Which rules are come by.
    pub trail: &'e mut Trail<'r>,
    pub name: &'e str,
    pub contact: &'e mut Contact<'r>,
    pub now_ms: i64,
    /// Whether an overflow undoes the whole turn; else (in a timer) it skips the step alone.
    pub undo_on_overflow: bool,
    pub results: Vec<Outcome>,
    /// What of this turn is set aside.
    pub set_aside: Vec<(Reason, String)>,
    /// An overflow that undoes the turn.
    pub overflow: bool,
    pub echoes: VecDeque<Echo>,
    pub changed: Changed,
    /// The stages entered while this record or timer is handled.
    pub entered: BTreeSet<(RunId, usize)>,
    /// The runs that would have looped and do not move any more.
    pub stuck: BTreeSet<RunId>,
}

impl<'e, 'r> Turn<'e, 'r> {
    /// Takes an event: step 1, then moves, nurtures and echoes.
    pub fn event(&mut self, time_ms: i64, event: &str, properties: BTreeMap<String, Value>, owner: Option<RunId>) {
        let at = self.know(time_ms, Some(self.now_ms), event, properties, owner);
        self.settle(Impulse::Event(at));
        self.take_echoes();
        super::clock::set_all(self.program, self.contact, self.now_ms);
    }

    /// Takes a timer: moves, nurtures and echoes.
    pub fn timer(&mut self, timer: &Timer) {
        if timer.fires == Fires::Scores {
            let state = &mut self.contact.state;
            state.scores = score::after_time(self.program, &state.scores, state.first_ms, self.now_ms);
        }
        let was_past = self.clock_state(timer).is_some_and(|clock| clock.was_past);
        if was_past && let Some(slot) = self.contact.state.slot(&timer.run) {
            let (at_ms, stages) = &slot.past_entries;
            let again = stages.iter().filter(|_| *at_ms == self.now_ms);
            self.entered.extend(again.map(|stage| (timer.run.clone(), *stage)));
        }
        if let Fires::Clock(clause, at) = timer.fires
            && let Some(slot) = self.contact.state.slot_mut(&timer.run)
        {
            slot.strike(clause, at, self.now_ms);
        }
        if self.ready(timer) {
            self.settle(Impulse::Timer(timer));
        }
        self.set_on(timer);
        if was_past && let Some(slot) = self.contact.state.slot_mut(&timer.run) {
            slot.past_entries = (self.now_ms, self.entered.iter().filter(|(run, _)| *run == timer.run).map(|(_, stage)| *stage).collect());
        }
        self.take_echoes();
        super::clock::set_all(self.program, self.contact, self.now_ms);
    }

    /// Step 1: the event is known.
    fn know(
        &mut self,
        time_ms: i64,
        taken_ms: Option<i64>,
        event: &str,
        properties: BTreeMap<String, Value>,
        owner: Option<RunId>,
    ) -> usize {
        let state = &mut self.contact.state;
        state.taken += 1;
        let order = state.taken;
        state.first_ms.get_or_insert(time_ms);
        let declared = self.program.events.get(event);
        for flag in declared.iter().flat_map(|event| &event.opts_out) {
            state.attributes.insert(flag.clone(), Value::Flag(false));
        }
        let hard = || properties.get("hard") == Some(&Value::Flag(true));
        if event == "complained" || (event == "bounced" && hard()) {
            let message = properties.get("message").and_then(Value::as_text).and_then(|name| self.program.messages.get(name));
            state.closed.extend(message.map(|message| message.channel.clone()));
        }
        let at = self.contact.log.push(Past { time_ms, taken_ms, order, event: event.to_owned(), properties, owner });
        let nobody = RunId { funnel: 0, key: String::new() };
        let view = self.view(&nobody).of_contact();
        if let Some(past) = self.contact.log.get(at) {
            self.contact.state.scores = score::after_event(view, past);
        }
        at
    }

    /// Steps 2 and 3, again and again until nothing changes.
    fn settle(&mut self, first: Impulse<'_>) {
        let mut impulse = first;
        loop {
            let mut runs = self.concerned(impulse);
            self.changed = Changed::default();
            let mut moved = BTreeSet::new();
            for id in &runs {
                if self.move_run(id, impulse) {
                    moved.insert(id.clone());
                }
            }
            for id in &runs {
                let woken_by = if moved.contains(id) { Impulse::Nothing } else { impulse };
                self.nurture_run(id, woken_by);
            }
            if self.overflow {
                return;
            }
            for id in std::mem::take(&mut runs) {
                self.mark_tried(&id);
            }
            if !self.changed.all && self.changed.runs.is_empty() {
                return;
            }
            impulse = Impulse::Nothing;
        }
    }

    /// The runs to try, by funnel and key, together with what has changed.
    fn concerned(&self, impulse: Impulse<'_>) -> BTreeSet<RunId> {
        let mut runs = self.changed.runs.clone();
        let all = match impulse {
            Impulse::Event(at) => {
                runs.extend(self.keyed_places(at));
                true
            }
            Impulse::Timer(timer) if timer.fires == Fires::Scores => true,
            Impulse::Timer(timer) => {
                runs.insert(timer.run.clone());
                self.changed.all
            }
            Impulse::Nothing => self.changed.all,
        };
        if all {
            runs.extend(self.contact.state.live.iter().cloned());
        }
        runs
    }

    /// The places of keyed funnels that an event with their property names, whether anybody was there or not.
    fn keyed_places(&self, at: usize) -> Vec<RunId> {
        let Some(past) = self.contact.log.get(at) else { return Vec::new() };
        let place = |(funnel, plan): (usize, &super::program::Plan<'_>)| {
            let value = past.properties.get(plan.funnel.key.as_ref()?)?;
            Some(RunId { funnel, key: value.plain() })
        };
        self.program.funnels.iter().enumerate().filter_map(place).collect()
    }

    /// Step 4: what was recorded is taken in order, each as a record of its own.
    fn take_echoes(&mut self) {
        let mut taken = 0;
        while let Some(echo) = self.echoes.pop_front() {
            if self.overflow {
                return;
            }
            if taken == ECHOES_MAX {
                let left = self.echoes.len() + 1;
                self.echoes.clear();
                self.emit(&echo.from, None, What::Cascade);
                let detail = format!("{left} events that funnels recorded were not taken, the first of them `{}`", echo.event);
                self.set_aside.push((Reason::Cascade, detail));
                return;
            }
            taken += 1;
            self.entered.clear();
            self.stuck.clear();
            let at = self.know(self.now_ms, None, &echo.event, echo.properties, echo.owner);
            self.settle(Impulse::Event(at));
        }
    }

    /// What of an impulse a run can see at a clause (or at the arm of a play).
    pub fn trigger<'t>(&self, id: &RunId, impulse: Impulse<'t>, clause: Option<Clause>, when: Option<&'t Condition>) -> Trigger<'t> {
        match impulse {
            Impulse::Event(at) => {
                let seen = |past: &Past| self.view(id).sees(past) && (self.contact.state.run(id).is_some() || self.begins(id, past));
                Trigger { event: self.contact.log.get(at).is_some_and(seen).then_some(at), clock: None }
            }
            Impulse::Timer(Timer { run, fires: Fires::Clock(fired, at), .. }) if run == id && Some(*fired) == clause => {
                Trigger { event: None, clock: when.and_then(|when| super::clock::atoms(when).get(*at).copied()) }
            }
            Impulse::Timer(_) | Impulse::Nothing => Trigger::default(),
        }
    }

    /// Whether this event can begin a run here: one of a key needs an event that carries the key, for an event without it goes
    /// to the runs that there are.
    fn begins(&self, id: &RunId, past: &Past) -> bool {
        let key = self.program.funnels.get(id.funnel).and_then(|plan| plan.funnel.key.as_ref());
        key.is_none_or(|property| past.properties.contains_key(property))
    }

    /// The contact as a run sees it now.
    pub fn view<'a>(&'a self, id: &'a RunId) -> View<'a, 'r> {
        standing::view(self.program, self.contact, id, self.now_ms)
    }

    /// Does what a timer does before anything is tried; whether anything is to be tried.
    fn ready(&mut self, timer: &Timer) -> bool {
        let Fires::Delay(clause) = timer.fires else { return true };
        let view = self.view(&timer.run);
        let standings = standing(self.program, self.contact, &timer.run);
        let Some(standing) = standings.into_iter().find(|standing| standing.clause == clause) else { return false };
        let end = standing.delay.and_then(|delay| standing::deadline(view, clause, delay));
        let shut = self
            .program
            .funnels
            .get(timer.run.funnel)
            .is_some_and(|plan| standing::is_shut(plan, self.contact.state.slot(&timer.run), &standing));
        if let Some(slot) = self.contact.state.slot_mut(&timer.run) {
            let state = slot.clause_mut(clause);
            state.opened_for_ms = end;
            state.gone = shut;
        }
        !shut
    }

    /// The clock trigger that a timer fires.
    fn clock_state(&self, timer: &Timer) -> Option<&super::contact::ClockState> {
        let slot = self.contact.state.slot(&timer.run)?;
        match timer.fires {
            Fires::Clock(clause, at) => slot.clause(clause)?.clocks.get(at),
            Fires::ArmClock(play, arm, at) => {
                let waiting = slot.run.as_ref()?.visit.plays.get(play)?.running.as_ref()?.waiting.as_ref()?;
                let Waiting::Arms(arms) = waiting else { return None };
                arms.arms.get(arm)?.state.clocks.get(at)
            }
            Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
        }
    }

    /// Sets a clock trigger that has come for its next time, if what it belongs to is still waited for.
    fn set_on(&mut self, timer: &Timer) {
        let Some(clock) = self.clock_state(timer).filter(|clock| clock.due_ms.is_some_and(|due| due <= self.now_ms)) else { return };
        let condition = match timer.fires {
            Fires::Clock(clause, _) => {
                let standings = standing(self.program, self.contact, &timer.run);
                let doors = standings.iter().find(|standing| standing.clause == clause).and_then(|standing| standing.when);
                let of_start = |play| starts(self.program, self.contact, &timer.run).into_iter().find(|(at, _)| *at == play);
                match clause {
                    Clause::Start(play) => of_start(play).map(|(_, when)| when),
                    Clause::StageLeave(_) | Clause::FunnelLeave(_) | Clause::Door(..) => doors,
                }
            }
            Fires::ArmClock(play, arm, _) => self.arm(&timer.run, play, arm),
            Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
        };
        let (Fires::Clock(_, at) | Fires::ArmClock(_, _, at)) = timer.fires else { return };
        let atom = condition.and_then(|condition| super::clock::atoms(condition).get(at).copied());
        let due_ms = atom.and_then(|atom| super::clock::next_after(self.view(&timer.run), atom, self.now_ms));
        let next = super::contact::ClockState { basis: clock.basis.clone(), due_ms, was_past: false };
        let Some(slot) = self.contact.state.slot_mut(&timer.run) else { return };
        let clocks = match timer.fires {
            Fires::Clock(clause, _) => Some(&mut slot.clause_mut(clause).clocks),
            Fires::ArmClock(play, arm, _) => slot
                .run
                .as_mut()
                .and_then(|run| run.visit.plays.get_mut(play)?.running.as_mut()?.waiting.as_mut())
                .and_then(|waiting| if let Waiting::Arms(arms) = waiting { arms.arms.get_mut(arm) } else { None })
                .map(|arm| &mut arm.state.clocks),
            Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
        };
        if let Some(clock) = clocks.and_then(|clocks| clocks.get_mut(at)) {
            *clock = next;
        }
    }

    fn arm(&self, id: &RunId, play: usize, arm: usize) -> Option<&'r Condition> {
        let waiting = self.contact.state.run(id)?.visit.plays.get(play)?.running.as_ref()?.waiting.as_ref()?;
        let Waiting::Arms(arms) = waiting else { return None };
        arms.arms.get(arm).map(|arm| arm.when)
    }

    /// Everything before which this run stands was tried at this instant.
    fn mark_tried(&mut self, id: &RunId) {
        let now_ms = self.now_ms;
        let clauses: Vec<Clause> = standing(self.program, self.contact, id).iter().map(|standing| standing.clause).collect();
        let starts: Vec<Clause> = starts(self.program, self.contact, id).iter().map(|(play, _)| Clause::Start(*play)).collect();
        let Some(slot) = self.contact.state.slot_mut(id) else { return };
        slot.pause_seen_ms = now_ms;
        for clause in clauses.into_iter().chain(starts) {
            let state = slot.clause_mut(clause);
            (state.tried_ms, state.untried) = (now_ms, false);
        }
        let plays = slot.run.iter_mut().flat_map(|run| &mut run.visit.plays).filter_map(|play| play.running.as_mut());
        for play in plays {
            if let Some(Waiting::Arms(arms)) = &mut play.waiting {
                arms.arms.iter_mut().for_each(|arm| (arm.state.tried_ms, arm.state.untried) = (now_ms, false));
            }
        }
    }

    /// Sets an attribute; whether that changed anything.
    pub fn set_attribute(&mut self, name: &str, value: Option<Value>) -> bool {
        set_attribute(self.program, self.contact, name, value)
    }

    /// Adds a result.
    pub fn emit(&mut self, id: &RunId, clause: Option<Cause>, what: What) {
        let Some(plan) = self.program.funnels.get(id.funnel) else { return };
        self.contact.state.results += 1;
        self.results.push(Outcome {
            time_ms: self.now_ms,
            contact: self.name.to_owned(),
            sequence: self.contact.state.results,
            funnel: plan.funnel.name.clone(),
            key: plan.funnel.key.is_some().then(|| id.key.clone()),
            run: self.contact.state.slot(id).map_or(0, |slot| slot.runs),
            what,
            clause,
        });
    }
}

/// Sets an attribute of a contact, its zone with it; whether that changed anything.
pub(super) fn set_attribute<'r>(program: &Program<'r>, contact: &mut Contact<'r>, name: &str, value: Option<Value>) -> bool {
    let attributes = &mut contact.state.attributes;
    let before = match value {
        Some(value) if attributes.get(name) == Some(&value) => return false,
        Some(value) => attributes.insert(name.to_owned(), value),
        None => attributes.remove(name),
    };
    let after = attributes.get(name);
    if name == "timezone" {
        let zone = after.and_then(Value::as_text).and_then(Zone::named);
        contact.state.zone = zone.unwrap_or_else(|| program.zone.clone());
    }
    before.as_ref() != contact.state.attributes.get(name)
}
