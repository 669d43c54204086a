//! From a contact to its written form, which is that of the reference.

use super::{
    journal::Added,
    json::{Object, key, text, write, write_list, write_object},
    names::{Names, unknown},
};
use crate::{
    fast::{
        people::People,
        program::{Clause, Does, Id, Program},
        state::{Basis, ClauseState, ClockState, Frame, Held, Hot, Line, More, PlaySlot, Rest, Slot, Waiting},
        timers,
        value::Kept,
        view::View,
    },
    runtime::state::{
        self, Saved, StateError,
        wire::{ArmForm, BasisForm, ClauseForm, ClockForm, FrameForm, PlayForm, RunningForm, ValueForm, Values, WaitingForm},
    },
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use smol_str::SmolStr;

/// Most contacts are written in so many bytes.
const STATE: usize = 512;

/// Names as JSON.
pub struct Keys {
    /// The keys of attributes in the order of names, each with its number.
    attributes: Vec<(Id, String)>,
    /// What clauses are called, those of all funnels.
    clauses: FxHashMap<Clause, String>,
}

impl Keys {
    /// Those of a program.
    pub fn new(program: &Program<'_>) -> Self {
        let mut keys: Vec<(&str, Id)> = program.attributes.iter().map(|attribute| attribute.name).zip(0..).collect();
        keys.sort_unstable();
        let stages = |funnel: usize| std::iter::once(None).chain((0..program.funnels[funnel].stages.len()).map(Some));
        let places = (0..program.funnels.len()).flat_map(|funnel| stages(funnel).map(move |stage| (funnel, stage)));
        let clauses = places.flat_map(|(funnel, stage)| program.standing(funnel, stage)).map(|standing| standing.clause);
        Self {
            attributes: keys.into_iter().map(|(name, at)| (at, key(name))).collect(),
            clauses: clauses.map(|clause| (clause, clause_name(clause))).collect(),
        }
    }
}

/// What makes written forms.
#[derive(Clone, Copy)]
pub struct Saving<'a> {
    /// The rules.
    pub program: &'a Program<'a>,
    /// What their parts are called.
    pub names: &'a Names,
    /// What attributes are called.
    pub keys: &'a Keys,
}

impl From<Clause> for state::Clause {
    fn from(clause: Clause) -> Self {
        match clause {
            Clause::StageLeave(at) => Self::StageLeave(at.into()),
            Clause::FunnelLeave(at) => Self::FunnelLeave(at.into()),
            Clause::Door(stage, at) => Self::Door(stage.into(), at.into()),
            Clause::Start(play) => Self::Start(play.into()),
        }
    }
}

/// What a clause is called, as JSON.
fn clause_name(clause: Clause) -> String {
    format!("\"{}\"", state::Clause::from(clause))
}

impl Saving<'_> {
    /// A contact, written, with what was added to its history; nothing where it is nobody.
    ///
    /// # Errors
    /// [`StateError`] where it cannot be written.
    pub fn contact(&self, people: &People, at: usize, added: Added) -> Result<Option<Saved>, StateError> {
        let Some(rest) = people.rest(at).filter(|_| people.hot[at].taken > 0) else { return Ok(None) };
        let view = crate::fast::shard::view(self.program, people.slots(at), rest, rest.now_ms);
        let (mut attributes, mut state) = (Vec::with_capacity(16), Vec::with_capacity(STATE));
        self.attributes(rest, &mut attributes);
        self.state(view, people.hot[at], &mut state)?;
        Ok(Some(Saved {
            attributes: text(attributes),
            timezone: view.zone().name.clone(),
            first_ms: rest.first_ms,
            now_ms: rest.now_ms,
            due_ms: timers::next(view).map(|timer| timer.due_ms),
            state: text(state),
            events: added.events,
            sendings: added.sendings,
            asked: added.asked,
            ids: added.ids,
        }))
    }

    /// All that has no column of its own: what [`StateForm`] reads.
    fn state(&self, view: View<'_>, hot: Hot, out: &mut Vec<u8>) -> Result<(), StateError> {
        let rest = view.rest;
        let mut form = Object::new(out);
        form.field("taken", &hot.taken);
        form.field("results", &hot.results);
        form.field("position", &rest.position);
        form.optional("closed", Some(self.closed(rest)).filter(|closed| !closed.is_empty()));
        if !rest.scores.is_empty() {
            let line = |line: &Line, out: &mut Vec<u8>| write(&(line.times, line.latest_ms, line.periods), out);
            write_list(&rest.scores, form.key("scores"), line);
        }
        self.funnels(view, form.key("funnels"))?;
        if let Some(older) = &rest.older {
            form.optional("aside", Some(&older.aside).filter(|aside| !aside.is_empty()));
            let mut done: Vec<&str> = older.done.iter().map(SmolStr::as_str).collect();
            done.sort_unstable();
            form.optional("done", Some(done).filter(|done| !done.is_empty()));
        }
        form.end();
        Ok(())
    }

    fn attributes(&self, rest: &Rest, out: &mut Vec<u8>) {
        let value = |at: Id| rest.attributes.get(at as usize).and_then(Option::as_ref).map(Kept::seen);
        let declared = self.keys.attributes.iter().map(|(at, key)| (key.as_str(), value(*at)));
        match &rest.older {
            Some(older) if !older.attributes.is_empty() => {
                let others: Vec<(String, &Kept)> = older.attributes.iter().map(|(name, value)| (key(name), value)).collect();
                let others = others.iter().map(|(key, value)| (key.as_str(), Some(value.seen())));
                let mut all: Vec<_> = declared.chain(others).collect();
                all.sort_unstable_by_key(|(key, _)| *key);
                write_object(all.into_iter(), out);
            }
            _ => write_object(declared, out),
        }
    }

    fn closed(&self, rest: &Rest) -> Vec<&str> {
        let mut closed: Vec<&str> = rest.closed.iter().map(|at| self.program.channels[*at as usize].name.as_str()).collect();
        closed.sort_unstable();
        closed
    }

    /// The places of all funnels, those of keys in the order of keys.
    fn funnels(&self, view: View<'_>, out: &mut Vec<u8>) -> Result<(), StateError> {
        let mut places: SmallVec<[(&str, usize); 4]> = SmallVec::new();
        for (at, funnel) in self.program.funnels.iter().enumerate() {
            if funnel.funnel.key.is_none() {
                places.push(("", at));
                continue;
            }
            let keyed = view.rest.keyed.iter().zip(view.slots.len()..).filter(|(keyed, _)| usize::from(keyed.funnel) == at);
            let begin = places.len();
            places.extend(keyed.map(|(keyed, place)| (keyed.key.as_str(), place)));
            places[begin..].sort_unstable();
        }
        let mut done = Ok(());
        write_list(places, out, |(key, place), out| {
            let written = self.slot(View { place: Some(place), ..view }, key, out);
            done = std::mem::replace(&mut done, Ok(())).and(written);
        });
        done
    }

    /// A place: what [`SlotForm`] reads.
    fn slot(&self, view: View<'_>, key: &str, out: &mut Vec<u8>) -> Result<(), StateError> {
        let nothing = (Slot::default(), More::default());
        let (slot, more) = (view.slot().unwrap_or(&nothing.0), view.more().unwrap_or(&nothing.1));
        let funnel = &self.program.funnels[view.place.map_or(0, |place| view.funnel(place))];
        let stage = |at: u16| funnel.stages[usize::from(at)].stage.name.as_str();
        let seldom = more.seldom.as_deref();
        let (left_ms, ended_in) = seldom.map(|seldom| seldom.ended).unwrap_or_default();
        let clauses = self.clauses(view, slot, more);
        let mut form = Object::new(out);
        form.field("funnel", &funnel.funnel.name);
        form.optional("key", Some(key).filter(|key| !key.is_empty()));
        form.number("runs", slot.runs.into());
        form.number("started_ms", slot.started_ms);
        form.optional("left_ms", left_ms);
        form.optional("ended_in", ended_in.map(stage));
        match slot.stage() {
            Some(_) => self.run((slot, more), &clauses, stage, form.key("run"))?,
            None => self.write_clauses(&mut form, "clauses", (slot, more), clauses.iter().filter(|(at, _)| !is_of_funnel(*at))),
        }
        form.number("pause_seen_ms", slot.tried_ms);
        if let Some(seldom) = seldom {
            let (entered_ms, stages) = &seldom.past_entries;
            if *entered_ms >= view.now_ms && !stages.is_empty() {
                let mut stages: Vec<u16> = stages.to_vec();
                stages.sort_unstable();
                form.field("past_entries", &(entered_ms, stages.into_iter().map(stage).collect::<Vec<_>>()));
            }
            let (struck_ms, clocks) = &seldom.clocks;
            if *struck_ms >= view.now_ms && !clocks.is_empty() {
                let mut clocks = clocks.to_vec();
                clocks.sort_unstable();
                let clocks: Vec<(String, usize)> =
                    clocks.into_iter().map(|(clause, at)| (state::Clause::from(clause).to_string(), at)).collect();
                form.field("struck", &(struck_ms, clocks));
            }
        }
        form.end();
        Ok(())
    }

    /// The run at a place: what [`RunForm`] reads.
    fn run<'n>(
        &self,
        (slot, more): (&Slot, &More),
        clauses: &[Tried],
        stage: impl Fn(u16) -> &'n str,
        out: &mut Vec<u8>,
    ) -> Result<(), StateError> {
        let mut visits: SmallVec<[(&str, u32); 8]> = more.visits.iter().map(|(at, count)| (stage(*at), *count)).collect();
        visits.sort_unstable();
        let mut form = Object::new(out);
        form.field("stage", stage(slot.stage));
        form.field("visit", &more.visits(slot.stage));
        form.field("entered_ms", &slot.since_ms);
        form.field("entered_order", &slot.entered_order);
        form.field("started_ms", &slot.started_ms);
        form.field("started_order", &slot.started_order);
        let mut object = Object::new(form.key("visits"));
        visits.into_iter().for_each(|(name, count)| object.field(name, &count));
        object.end();
        form.optional("entry", Some(self.entry(more)).filter(|entry| !entry.is_empty()));
        if !more.plays.is_empty() {
            let plays = more.plays.iter().map(|play| self.play(play, slot)).collect::<Result<Vec<_>, _>>()?;
            form.field("plays", &plays);
        }
        self.write_clauses(&mut form, "clauses", (slot, more), clauses.iter().filter(|(at, _)| !is_of_funnel(*at)));
        self.write_clauses(&mut form, "leaves", (slot, more), clauses.iter().filter(|(at, _)| is_of_funnel(*at)));
        form.end();
        Ok(())
    }

    /// All clauses that matter, in order: those before which somebody stands were tried when the place was.
    fn clauses(&self, view: View<'_>, slot: &Slot, more: &More) -> SmallVec<[Tried; 8]> {
        let Some(place) = view.place else { return SmallVec::new() };
        if slot.runs == 0 && slot.tried_ms == 0 {
            return SmallVec::new();
        }
        let standing = self.program.standing(view.funnel(place), slot.stage()).iter().map(|standing| standing.clause);
        let starts = crate::fast::clocks::starts_of(view).map(|(play, _)| Clause::Start(play as u16));
        let mut all: SmallVec<[Tried; 8]> = standing.chain(starts).map(|clause| (clause, true)).collect();
        all.extend(more.clauses.iter().map(|(clause, _)| (*clause, false)));
        all.sort_unstable_by_key(|(clause, stands)| (*clause, !stands));
        all.dedup_by_key(|(clause, _)| *clause);
        all
    }

    /// Adds clauses, if there are any: what [`ClauseForm`] reads.
    fn write_clauses<'c>(&self, form: &mut Object<'_>, name: &str, (slot, more): (&Slot, &More), clauses: impl Iterator<Item = &'c Tried>) {
        let mut clauses = clauses.peekable();
        if clauses.peek().is_none() {
            return;
        }
        let nothing = ClauseState::default();
        write_list(clauses, form.key(name), |(at, stands), out| {
            let state = more.clause(*at).unwrap_or(&nothing);
            let mut form = Object::new(out);
            match self.keys.clauses.get(at) {
                Some(name) => form.key("at").extend_from_slice(name.as_bytes()),
                None => form.key("at").extend_from_slice(clause_name(*at).as_bytes()),
            }
            form.number("tried_ms", if *stands { slot.tried_ms } else { 0 });
            form.optional("opened_for_ms", state.opened_for_ms);
            form.flag("gone", state.gone);
            form.flag("untried", *stands && slot.is_untried);
            form.optional("clocks", Some(clock_forms(&state.clocks)).filter(|clocks| !clocks.is_empty()));
            form.end();
        });
    }

    fn entry(&self, more: &More) -> Values {
        let name = |at: Id| self.program.entries[at as usize].to_owned();
        more.entry.iter().map(|(at, value)| (name(*at), ValueForm(value.value()))).collect()
    }

    fn play(&self, slot: &PlaySlot, of: &Slot) -> Result<PlayForm, StateError> {
        let frame = |frame: &Frame| match frame {
            Frame::Steps(block, next) => FrameForm::Steps(self.names.block(*block), *next as usize),
            Frame::Rounds(step, round, since_ms) => FrameForm::Rounds(self.names.step(*step), *round, *since_ms),
        };
        let running = slot.running.as_ref().map(|play| {
            Ok::<_, StateError>(RunningForm {
                stack: play.stack.iter().map(frame).collect(),
                waiting: play.waiting.as_ref().map(|waiting| self.waiting(waiting, of)).transpose()?,
                each_time: play.each_time,
            })
        });
        Ok(PlayForm { starts: slot.starts, finished: slot.finished, running: running.transpose()? })
    }

    fn waiting(&self, waiting: &Waiting, of: &Slot) -> Result<WaitingForm, StateError> {
        let does = |step: Id| &self.program.steps[step as usize].does;
        Ok(match waiting {
            Waiting::Until(ms) => WaitingForm::Until(*ms),
            Waiting::Days(since_ms, days) => WaitingForm::Days(*since_ms, *days),
            Waiting::Clock(step, zone, due_ms) => match does(*step) {
                Does::WaitClock(weekday, clock) => WaitingForm::Clock(*weekday, *clock, zone.name.clone(), *due_ms),
                _ => return Err(unknown("a wait for the clock")),
            },
            Waiting::Instant(step) => WaitingForm::Instant(self.names.step(*step)),
            Waiting::Arms(step, deadline_ms, clocks) => {
                let (arms, otherwise): (&[(Id, Id)], Id) = match does(*step) {
                    Does::WaitArms(arms, otherwise, _) => (arms, *otherwise),
                    _ => (&[], 0),
                };
                let arm = |(at, (_, block)): (usize, &(Id, Id))| {
                    let clocks = clock_forms(clocks.get(at).map_or(&[][..], Vec::as_slice));
                    let state = ClauseForm { tried_ms: of.tried_ms, untried: of.is_untried, clocks, ..ClauseForm::default() };
                    ArmForm { when: self.names.arm(*step, at), steps: self.names.block(*block), instead: None, state }
                };
                WaitingForm::Arms {
                    deadline_ms: *deadline_ms,
                    arms: arms.iter().enumerate().map(arm).collect(),
                    otherwise: self.names.block(otherwise),
                    otherwise_instead: None,
                }
            }
            Waiting::Held(held) => self.held(held),
        })
    }

    fn held(&self, held: &Held) -> WaitingForm {
        let request = &held.request;
        WaitingForm::Held {
            step: self.names.step(request.step),
            message: self.program.messages[request.message as usize].0.name.clone(),
            key: request.key.to_string(),
            arguments: request.arguments.iter().map(|value| value.as_ref().map(|value| ValueForm(value.value()))).collect(),
            zone: held.zone.name.clone(),
            until_ms: held.until_ms,
        }
    }
}

/// A clause, and whether somebody stands before it.
type Tried = (Clause, bool);

/// Whether it is a `leave` of the funnel.
fn is_of_funnel(clause: Clause) -> bool {
    matches!(clause, Clause::FunnelLeave(_))
}

fn clock_forms(clocks: &[ClockState]) -> Vec<ClockForm> {
    let clock = |clock: &ClockState| ClockForm {
        basis: match &clock.basis {
            Basis::Schedule(zone, date) => BasisForm::Schedule(zone.name.clone(), *date),
            Basis::Instant(ms) => BasisForm::Instant(*ms),
        },
        due_ms: clock.due_ms,
        was_past: clock.was_past,
    };
    clocks.iter().map(clock).collect()
}
