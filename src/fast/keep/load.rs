//! From the written form back to a contact. What rules look back at is rebuilt from the events of its history.
//!
//! What these tables do not hold (waits in steps of older rules, messages that are gone) is an error; the reference holds it.

use super::names::{Names, unknown};
use crate::{
    fast::{
        feed::content,
        people::People,
        program::{Clause, Does, Id, Program},
        row::Props,
        state::{
            Basis, ClauseState, ClockState, Frame, Held, Hot, Keyed, Line, More, NEVER, Owner, Play, PlaySlot, Request, Rest, Sending,
            Slot, Waiting,
        },
        value::{Kept, Seen},
        view::View,
    },
    runtime::{
        state::{
            self, Saved, SavedEvent, StateError, clause_of,
            wire::{
                ArmForm, BasisForm, ClauseForm, ClockForm, FrameForm, PlayForm, RunForm, RunningForm, SlotForm, StateForm, Values,
                WaitingForm,
            },
        },
        zone::Zone,
    },
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::sync::Arc;

type Result<T> = std::result::Result<T, StateError>;

/// Zones by name, each made once.
#[derive(Default)]
pub struct Zones(FxHashMap<String, Arc<Zone>>);

impl Zones {
    fn named(&mut self, name: &str) -> Result<Arc<Zone>> {
        if let Some(zone) = self.0.get(name) {
            return Ok(Arc::clone(zone));
        }
        let zone = Arc::new(Zone::named(name).ok_or_else(|| unknown(format!("a zone `{name}`")))?);
        self.0.insert(name.to_owned(), Arc::clone(&zone));
        Ok(zone)
    }
}

/// What reads written forms.
pub struct Loading<'a> {
    /// The rules.
    pub program: &'a Program<'a>,
    /// What their parts are called.
    pub names: &'a mut Names,
    /// The instant that was reached.
    pub now_ms: i64,
    /// The zones that are known.
    pub zones: &'a mut Zones,
}

fn number<T: TryFrom<u64>>(number: u64) -> Result<T> {
    T::try_from(number).map_err(|_| unknown(format!("{number} events or results")))
}

fn small<T: TryFrom<usize>>(number: usize) -> Result<T> {
    T::try_from(number).map_err(|_| unknown(format!("part {number}")))
}

fn clause(text: &str) -> Result<Clause> {
    Ok(match clause_of(text)? {
        state::Clause::StageLeave(at) => Clause::StageLeave(small(at)?),
        state::Clause::FunnelLeave(at) => Clause::FunnelLeave(small(at)?),
        state::Clause::Door(stage, at) => Clause::Door(small(stage)?, small(at)?),
        state::Clause::Start(play) => Clause::Start(small(play)?),
    })
}

fn kept(values: Values) -> impl Iterator<Item = (String, Kept)> {
    values.into_iter().map(|(name, value)| (name, Kept::from(&value.0)))
}

impl Loading<'_> {
    /// Brings a contact among people, at its number there.
    ///
    /// # Errors
    /// [`StateError`] for what these rules or tables do not have; nothing is changed then.
    pub fn contact(&mut self, people: &mut People, at: usize, saved: &Saved) -> Result<()> {
        let form: StateForm = serde_json::from_str(&saved.state)?;
        let hot = Hot { due_ms: saved.due_ms.unwrap_or(NEVER), results: number(form.results)?, taken: number(form.taken)? };
        let mut rest = self.known(saved, &form)?;
        if !(form.done.is_empty() && form.aside.is_empty()) {
            let older = rest.older.get_or_insert_default();
            older.done = form.done.into_iter().map(SmolStr::from).collect();
            older.aside = form.aside;
        }
        let mut slots = vec![Slot::default(); self.program.funnels.len()];
        for slot in form.funnels {
            let funnel = self.names.funnel_of(&slot.funnel)?;
            let key = SmolStr::from(&slot.key);
            let (place, more) = self.place(funnel, slot)?;
            if self.program.funnels[funnel].funnel.key.is_some() {
                rest.keyed.push(Keyed { funnel: small(funnel)?, key, slot: place, more });
            } else {
                (slots[funnel], rest.mores[funnel]) = (place, more);
            }
        }
        for event in saved.events.read()? {
            self.event(&slots, &mut rest, saved.now_ms, &event)?;
        }
        *people.parts(at).0 = Hot { due_ms: NEVER, ..hot };
        people.parts(at).1.copy_from_slice(&slots);
        // What is overdue is done now.
        people.set_due(at, hot.due_ms.max(self.now_ms));
        people.put_rest(at, Box::new(rest));
        Ok(())
    }

    /// What is known of a contact beside its places and its past.
    fn known(&mut self, saved: &Saved, form: &StateForm) -> Result<Rest> {
        let mut rest = Rest::stranger(self.program);
        let mut attributes = vec![None; self.program.attributes.len()];
        for (name, value) in kept(serde_json::from_str(&saved.attributes)?) {
            match self.program.attribute_ids.get(name.as_str()) {
                Some(at) => attributes[*at as usize] = Some(value),
                None => rest.older.get_or_insert_default().attributes.push((name, value)),
            }
        }
        if attributes[..] != rest.attributes[..] {
            rest.attributes = attributes.into();
        }
        rest.zone = if saved.timezone == self.program.zone.name { None } else { Some(self.zones.named(&saved.timezone)?) };
        let channel = |name: &String| self.program.channels.iter().position(|channel| channel.name == *name);
        for name in &form.closed {
            rest.closed.push(small(channel(name).ok_or_else(|| unknown(format!("a channel `{name}`")))?)?);
        }
        (rest.first_ms, rest.now_ms, rest.position, rest.is_touched) = (saved.first_ms, saved.now_ms, form.position, true);
        if form.scores.len() != rest.scores.len() {
            return Err(unknown("other scores"));
        }
        rest.scores = form
            .scores
            .iter()
            .map(|(times, latest_ms, periods)| Line { times: *times, latest_ms: *latest_ms, periods: *periods })
            .collect();
        for sending in &saved.sendings {
            let message = self.message(&sending.message)?;
            let (declared, _) = self.program.messages[message as usize];
            if (&declared.channel, declared.transactional) != (&sending.channel, sending.transactional) {
                return Err(unknown(format!("`{}` by `{}`", sending.message, sending.channel)));
            }
            let run = self.owner(&sending.run)?;
            rest.sendings.push(Sending { time_ms: sending.time_ms, message, request: SmolStr::from(&sending.request), run });
        }
        if !saved.ids.is_empty() {
            let ids = saved.ids.iter().map(|id| (SmolStr::from(&id.id), (id.time_ms, content(&id.content))));
            rest.ids = Some(Box::new(ids.collect()));
        }
        Ok(rest)
    }

    fn message(&self, name: &str) -> Result<Id> {
        self.program.message_ids.get(name).copied().ok_or_else(|| unknown(format!("a message `{name}`")))
    }

    /// A run. Where no funnel has runs for each key, whose run it is is never asked; then it must not be that of a key of older rules.
    fn owner(&mut self, (funnel, key): &(String, String)) -> Result<Owner> {
        if !self.program.is_keyed && !key.is_empty() {
            return Err(unknown(format!("a run of `{funnel}` for `{key}`")));
        }
        Ok(Owner { funnel: self.names.past_funnel(funnel)?, key: SmolStr::from(key) })
    }

    /// An event of the history, if rules look back at it.
    fn event(&mut self, slots: &[Slot], rest: &mut Rest, now_ms: i64, saved: &SavedEvent<'_>) -> Result<()> {
        let Some(id) = self.program.event_ids.get(&*saved.event) else { return Ok(()) };
        let event = &self.program.events[*id as usize];
        let Some(track) = event.track else { return Ok(()) };
        let mut values: Vec<Option<Kept>> = vec![None; event.slots.len()];
        if !(event.kinds.filters.is_empty() && event.kinds.slots.is_empty()) {
            for (name, value) in kept(serde_json::from_str(saved.properties)?) {
                if let Some(slot) = event.slots.iter().position(|slot| *slot == name) {
                    values[slot] = Some(value);
                }
            }
        }
        let props = Props::Kept(&values);
        let view = View { subject: Some(props), ..crate::fast::shard::view(self.program, slots, rest, now_ms) };
        let filters = event.kinds.filters.iter().enumerate();
        let bits = filters.fold(0, |bits, (at, filter)| bits | u32::from(view.holds(*filter)) << at);
        let values = event.kinds.slots.iter().map(|slot| props.get(*slot).map(Seen::kept));
        let owner = saved.owner.as_ref().map(|owner| self.owner(owner)).transpose()?;
        let track = &mut rest.tracks[track as usize];
        track.push(saved.time_ms, number(saved.order)?, bits, values);
        if self.program.is_keyed {
            track.own(owner);
        }
        Ok(())
    }

    fn place(&mut self, funnel: usize, form: SlotForm) -> Result<(Slot, More)> {
        let program = self.program;
        let stage = |name: &str| -> Result<u16> {
            let stages = &program.funnels[funnel].stages;
            small(stages.iter().position(|stage| stage.stage.name == name).ok_or_else(|| unknown(format!("a stage `{name}`")))?)
        };
        let mut slot = Slot { runs: form.runs, started_ms: form.started_ms, tried_ms: form.pause_seen_ms, ..Slot::default() };
        // After a change of rules all before which somebody stands is untried; to try all where one is changes nothing.
        let mut clauses = form.clauses.iter().chain(form.run.iter().flat_map(|run| run.clauses.iter().chain(&run.leaves)));
        (slot.is_restless, slot.is_untried) = (true, clauses.any(|clause| clause.untried));
        let mut more = More { clauses: self.clauses(form.clauses)?, ..More::default() };
        match form.run {
            Some(run) => {
                slot.stage = stage(&run.stage)?;
                (slot.since_ms, slot.started_ms) = (run.entered_ms, run.started_ms);
                (slot.entered_order, slot.started_order) = (number(run.entered_order)?, number(run.started_order)?);
                more.visits = run.visits.iter().map(|(name, count)| Ok((stage(name)?, *count))).collect::<Result<_>>()?;
                self.run(&mut more, run)?;
            }
            None => slot.since_ms = form.left_ms.unwrap_or_default(),
        }
        if form.left_ms.is_some() || form.past_entries.is_some() || form.struck.is_some() {
            let seldom = more.seldom.get_or_insert_default();
            seldom.ended = (form.left_ms, form.ended_in.as_deref().map(stage).transpose()?);
            if let Some((ms, names)) = form.past_entries {
                seldom.past_entries = (ms, names.iter().map(|name| stage(name)).collect::<Result<_>>()?);
            }
            if let Some((ms, clocks)) = form.struck {
                seldom.clocks = (ms, clocks.iter().map(|(text, at)| Ok((clause(text)?, *at))).collect::<Result<_>>()?);
            }
        }
        Ok((slot, more))
    }

    fn run(&mut self, more: &mut More, run: RunForm) -> Result<()> {
        for (name, value) in kept(run.entry) {
            let at = self.program.entries.iter().position(|entry| *entry == name).ok_or_else(|| unknown(format!("`entry.{name}`")))?;
            more.entry.push((small(at)?, value));
        }
        more.clauses.extend(self.clauses(run.clauses)?);
        more.clauses.extend(self.clauses(run.leaves)?);
        more.plays = run.plays.into_iter().map(|play| self.play(play)).collect::<Result<_>>()?;
        Ok(())
    }

    /// The clauses with which time has done anything; when each was tried is known of the place.
    fn clauses(&mut self, forms: Vec<ClauseForm>) -> Result<Vec<(Clause, ClauseState)>> {
        let mut clauses = Vec::new();
        for form in forms {
            if form.opened_for_ms.is_some() || form.gone || !form.clocks.is_empty() {
                let at = clause(&form.at)?;
                clauses.push((at, ClauseState { opened_for_ms: form.opened_for_ms, gone: form.gone, clocks: self.clocks(form.clocks)? }));
            }
        }
        Ok(clauses)
    }

    fn clocks(&mut self, forms: Vec<ClockForm>) -> Result<Vec<ClockState>> {
        let mut clock = |form: ClockForm| {
            let basis = match form.basis {
                BasisForm::Schedule(zone, date) => Basis::Schedule(self.zones.named(&zone)?, date),
                BasisForm::Instant(ms) => Basis::Instant(ms),
            };
            Ok(ClockState { basis, due_ms: form.due_ms, was_past: form.was_past })
        };
        forms.into_iter().map(&mut clock).collect()
    }

    fn play(&mut self, form: PlayForm) -> Result<PlaySlot> {
        let running = form.running.map(|running| self.running(running)).transpose()?;
        Ok(PlaySlot { starts: form.starts, finished: form.finished, running })
    }

    fn running(&mut self, form: RunningForm) -> Result<Play> {
        let names = &*self.names;
        let frame = |form| match form {
            FrameForm::Steps(place, next) => Ok(Frame::Steps(names.block_of(&place)?, small(next)?)),
            FrameForm::Rounds(place, round, since_ms) => Ok(Frame::Rounds(names.step_of(&place)?, round, since_ms)),
        };
        let stack: SmallVec<[Frame; 2]> = form.stack.into_iter().map(frame).collect::<Result<_>>()?;
        let waiting = form.waiting.map(|waiting| self.waiting(&stack, waiting)).transpose()?;
        Ok(Play { stack, waiting, each_time: form.each_time })
    }

    /// The step in which a play waits.
    fn present(&self, stack: &[Frame]) -> Result<Id> {
        let step = match stack.last() {
            Some(Frame::Steps(block, next)) => (*next as usize).checked_sub(1).and_then(|at| self.program.blocks[*block as usize].get(at)),
            Some(Frame::Rounds(..)) | None => None,
        };
        step.copied().ok_or_else(|| unknown("a wait in no step"))
    }

    fn waiting(&mut self, stack: &[Frame], form: WaitingForm) -> Result<Waiting> {
        Ok(match form {
            WaitingForm::Until(ms) => Waiting::Until(ms),
            WaitingForm::Days(since_ms, days) => Waiting::Days(since_ms, days),
            WaitingForm::Clock(weekday, clock, zone, due_ms) => {
                let step = self.present(stack)?;
                match &self.program.steps[step as usize].does {
                    Does::WaitClock(on, at) if *on == weekday && *at == clock => Waiting::Clock(step, self.zones.named(&zone)?, due_ms),
                    _ => return Err(unknown("another wait for the clock")),
                }
            }
            WaitingForm::Instant(place) => Waiting::Instant(self.names.step_of(&place)?),
            WaitingForm::Arms { deadline_ms, arms, otherwise, otherwise_instead } => {
                let step = self.present(stack)?;
                let (of_step, last): (&[(Id, Id)], Id) = match &self.program.steps[step as usize].does {
                    Does::WaitArms(arms, otherwise, _) => (arms, *otherwise),
                    _ => (&[], 0),
                };
                let is_this = |(at, (arm, (_, block))): (usize, (&ArmForm, &(Id, Id)))| {
                    arm.when == self.names.arm(step, at) && arm.steps == self.names.block(*block) && arm.instead.is_none()
                };
                let is_same = arms.len() == of_step.len() && arms.iter().zip(of_step).enumerate().all(is_this);
                if !is_same || otherwise != self.names.block(last) || otherwise_instead.is_some() {
                    return Err(unknown("arms of other rules"));
                }
                let clocks = arms.into_iter().map(|arm| self.clocks(arm.state.clocks)).collect::<Result<Vec<_>>>()?;
                let has_clocks = clocks.iter().any(|clocks| !clocks.is_empty());
                Waiting::Arms(step, deadline_ms, if has_clocks { clocks } else { Vec::new() })
            }
            WaitingForm::Held { step, message, key, arguments, zone, until_ms } => {
                let arguments = arguments.iter().map(|value| value.as_ref().map(|value| Kept::from(&value.0))).collect();
                let (step, message) = (self.names.step_of(&step)?, self.message(&message)?);
                let request = Request { step, message, key: key.into(), arguments };
                Waiting::Held(Box::new(Held { request, zone: self.zones.named(&zone)?, until_ms }))
            }
        })
    }
}
