//! One record or one timer of one contact: know, move, nurture, echo. Section 6 of the language, as the reference has it.
//!
//! A turn changes the contact and adds to the results. Each of its phases is finished for all funnels before the next; after
//! the nurtures of a phase, everything whose reading has changed is tried again, moves first, until nothing changes.

use super::{
    clocks,
    out::{Happening, Told},
    program::{CauseOf, Clause, Closing, Events, Id, Program, Root, Standing},
    scores,
    state::{Hot, Keyed, More, Owner, PlaySlot, Rest, Slot, Waiting},
    timers::{Fires, Timer},
    value::Kept,
    view::{Carries, Present, View, slot_of},
};
use crate::runtime::{Reason, zone::Zone};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::{collections::VecDeque, sync::Arc};

/// As many echoes of one record or timer are taken.
const ECHOES_MAX: usize = 64;

/// The numbers of places.
pub type Places = SmallVec<[usize; 4]>;

/// An event that a funnel or the runtime recorded.
pub struct Echo {
    /// Which.
    pub event: Id,
    /// What it carries, by slot.
    pub properties: Arc<[Option<Kept>]>,
    /// The place whose run recorded it.
    pub from: usize,
    /// Whether it belongs to that run, as `sent` does.
    pub is_owned: bool,
}

/// What is to be tried again.
#[derive(Default)]
pub struct Changed {
    /// Everything.
    pub all: bool,
    /// These places.
    pub places: Places,
}

/// Why a phase runs.
#[derive(Clone, Copy)]
pub enum Impulse<'t> {
    /// The event that is present.
    Event,
    /// A timer.
    Timer(&'t Timer),
    /// Something has changed.
    Nothing,
}

/// What of an impulse a clause can see.
#[derive(Clone, Copy, Default)]
pub struct Trigger {
    /// The event that is present.
    pub event: bool,
    /// A clock trigger.
    pub clock: Option<Id>,
}

/// One record or timer being handled.
pub struct Turn<'e, 'p> {
    /// The rules.
    pub program: &'p Program<'p>,
    /// The contact's name.
    pub name: &'e str,
    /// The contact's number, for results.
    pub contact: u32,
    /// What every record touches.
    pub hot: &'e mut Hot,
    /// The places of runs per contact.
    pub slots: &'e mut [Slot],
    /// All else.
    pub rest: &'e mut Rest,
    /// When.
    pub now_ms: i64,
    /// Whether an overflow undoes the whole turn; else (in a timer) it skips the step alone.
    pub undo_on_overflow: bool,
    /// The event that is happening.
    pub present: Option<Present<'e>>,
    /// Where results go.
    pub out: &'e mut Vec<Happening<'p>>,
    /// What of this turn is set aside.
    pub set_aside: Vec<(Reason, String)>,
    /// An overflow that undoes the turn.
    pub overflow: bool,
    /// What was recorded and is still to be taken.
    pub echoes: VecDeque<Echo>,
    /// What is to be tried again.
    pub changed: Changed,
    /// The stages entered while this record or timer is handled.
    pub entered: SmallVec<[(usize, u16); 4]>,
    /// The runs that would have looped and do not move any more.
    pub stuck: Places,
}

impl<'p> Turn<'_, 'p> {
    /// Takes the present event: step 1, then moves, nurtures and echoes.
    pub fn event(&mut self) {
        self.know();
        self.known();
    }

    /// Goes on with the present event, which is known.
    pub fn known(&mut self) {
        self.settle(Impulse::Event);
        self.take_echoes();
        self.end();
    }

    /// Whether the present event, which is known, opens anything; asked of a contact at rest, of whom nothing else has changed.
    pub fn opens(&self, event: Events) -> bool {
        (0..self.slots.len()).any(|place| self.opens_at(place, event))
    }

    fn opens_at(&self, place: usize, event: Events) -> bool {
        let program = self.program;
        let seeing = self.seeing(place, Trigger { event: true, clock: None });
        let root = |root: Id| &program.roots[root as usize];
        // A clock that hangs on what an event carries is set anew.
        let holds = |at: Id| root(at).hears.meets(event) && (!root(at).clocks.is_empty() || seeing.asks(root(at)));
        let stage = seeing.stage();
        let opens = |standing: &Standing<'_>| {
            standing.hears.meets(event)
                && !self.is_shut(place, standing)
                && super::moves::is_open(seeing, standing)
                && standing.when.is_none_or(|when| !root(when).hears.meets(event) || holds(when))
        };
        // A clock that hangs on what an event carries is set anew, whether or not its clause is open.
        let sets =
            |standing: &Standing<'_>| standing.when.is_some_and(|when| root(when).hears.meets(event) && !root(when).clocks.is_empty());
        if program.standing(place, stage).iter().any(|standing| opens(standing) || sets(standing)) {
            return true;
        }
        let Some(stage) = stage else { return false };
        if program.funnels[place].stages[stage].nurtures.is_empty() {
            return false;
        }
        let waits = |play: &PlaySlot| match play.running.as_ref().and_then(|play| play.waiting.as_ref()) {
            Some(Waiting::Arms(step, ..)) => self.arms(*step).0.iter().any(|(when, _)| holds(*when)),
            Some(Waiting::Instant(_)) => true,
            Some(Waiting::Until(_) | Waiting::Days(..) | Waiting::Clock(..) | Waiting::Held(_)) | None => false,
        };
        clocks::starts_of(seeing).any(|(_, when)| holds(when)) || self.more(place).plays.iter().any(waits)
    }

    /// Takes a timer: moves, nurtures and echoes.
    pub fn timer(&mut self, timer: &Timer) {
        if timer.fires == Fires::Scores {
            scores::after_time(self.program, self.rest, self.now_ms);
        }
        let place = timer.place;
        let was_past = clocks::state(self, timer).is_some_and(|clock| clock.was_past);
        if was_past {
            let (at_ms, stages) = &self.more(place).past_entries;
            if *at_ms == self.now_ms {
                let again: SmallVec<[(usize, u16); 4]> = stages.iter().map(|stage| (place, *stage)).collect();
                self.entered.extend(again);
            }
        }
        if let Fires::Clock(clause, at) = timer.fires {
            let now_ms = self.now_ms;
            self.more_mut(place).strike(clause, at, now_ms);
        }
        if self.ready(timer) {
            self.settle(Impulse::Timer(timer));
        }
        clocks::set_on(self, timer);
        if was_past {
            let stages = self.entered.iter().filter(|(entered, _)| *entered == place).map(|(_, stage)| *stage).collect();
            let now_ms = self.now_ms;
            self.more_mut(place).past_entries = (now_ms, stages);
        }
        self.take_echoes();
        self.end();
    }

    /// What is left to do when everything was tried.
    fn end(&mut self) {
        if !self.program.clocks.is_empty() || self.program.keeps_rest {
            clocks::set_all(self);
        }
        for (at, slot) in self.slots.iter_mut().enumerate() {
            slot.is_restless = self.stuck.contains(&at);
        }
        // Places of keys that nobody ever entered.
        self.rest.keyed.retain(|keyed| keyed.slot.runs > 0);
    }

    /// Step 1: the event is known.
    pub fn know(&mut self) {
        let program = self.program;
        self.hot.taken = self.hot.taken.saturating_add(1);
        let Some(present) = self.present.clone() else { return };
        self.rest.first_ms.get_or_insert(present.time_ms);
        let event = &program.events[present.event as usize];
        for flag in &event.opts_out {
            self.rest.attributes[*flag as usize] = Some(Kept::Flag(false));
            self.rest.is_touched = true;
        }
        if let Some(closing) = event.closes {
            let props = present.props();
            let hard = || event.hard.and_then(|slot| props.get(slot)).is_some_and(|value| value.kept() == Kept::Flag(true));
            let message = event.message.and_then(|slot| props.get(slot)?.as_text());
            let message = message.filter(|_| closing == Closing::Always || hard()).and_then(|name| program.message_ids.get(name));
            let channel = message.and_then(|message| program.messages[*message as usize].1);
            if let Some(channel) = channel.filter(|channel| !self.rest.closed.contains(channel)) {
                self.rest.closed.push(channel);
                self.rest.is_touched = true;
            }
        }
        if let Some(track) = event.track {
            let props = present.props();
            let values = (0..event.slots.len()).map(|slot| props.get(slot as u8).map(super::value::Seen::kept));
            if let Some(horizon_ms) = event.horizon_ms.filter(|_| self.rest.tracks[track as usize].is_full()) {
                let mut full = std::mem::take(&mut self.rest.tracks[track as usize]);
                let view = self.view_of_contact();
                full.forget(self.now_ms.saturating_sub(horizon_ms), &event.latest, |test, props| {
                    // What these tests ask never changes, whoever asks and whenever.
                    let filter = program.tests[test as usize].filter;
                    filter.is_none_or(|filter| View { subject: Some(props), ..view }.holds(filter))
                });
                self.rest.tracks[track as usize] = full;
            }
            let track = &mut self.rest.tracks[track as usize];
            track.push(present.time_ms, self.hot.taken, values);
            if program.is_keyed {
                track.own(present.owner.clone());
            }
        }
        if !program.lines.is_empty() {
            let after = scores::after_event(self.view_of_contact(), &present);
            self.rest.scores = after;
        }
    }

    /// Steps 2 and 3, again and again until nothing changes.
    fn settle(&mut self, first: Impulse<'_>) {
        let mut impulse = first;
        loop {
            let places = self.concerned(impulse);
            self.changed = Changed::default();
            let mut moved = Places::new();
            for place in &places {
                if self.move_run(*place, impulse) {
                    moved.push(*place);
                }
            }
            for place in &places {
                let woken_by = if moved.contains(place) { Impulse::Nothing } else { impulse };
                self.nurture_run(*place, woken_by);
            }
            if self.overflow {
                return;
            }
            for place in places {
                self.slot_mut(place).tried_ms = self.now_ms;
            }
            if !self.changed.all && self.changed.places.is_empty() {
                return;
            }
            impulse = Impulse::Nothing;
        }
    }

    /// The places to try, by funnel and key, together with what has changed.
    fn concerned(&mut self, impulse: Impulse<'_>) -> Places {
        let mut places = std::mem::take(&mut self.changed.places);
        let all = match impulse {
            Impulse::Event => {
                self.keyed_places(&mut places);
                true
            }
            Impulse::Timer(timer) if timer.fires == Fires::Scores => true,
            Impulse::Timer(timer) => {
                places.push(timer.place);
                self.changed.all
            }
            Impulse::Nothing => self.changed.all,
        };
        if all {
            places.extend(self.live());
        }
        places.sort_unstable_by(|one, other| self.order_of(*one).cmp(&self.order_of(*other)));
        places.dedup();
        places
    }

    /// The places where anything may happen.
    pub fn live(&self) -> Places {
        let keyed = self.rest.keyed.iter().zip(self.slots.len()..).filter(|(keyed, _)| keyed.slot.stage().is_some());
        let unkeyed = self.program.funnels.iter().enumerate().filter(|(_, funnel)| funnel.funnel.key.is_none());
        unkeyed.map(|(at, _)| at).chain(keyed.map(|(_, place)| place)).collect()
    }

    /// Funnel and key of a place.
    pub fn order_of(&self, place: usize) -> (usize, &str) {
        match place.checked_sub(self.slots.len()).and_then(|at| self.rest.keyed.get(at)) {
            Some(keyed) => (usize::from(keyed.funnel), &keyed.key),
            None => (place, ""),
        }
    }

    /// The places of keyed funnels that an event with their property names, whether anybody was there or not.
    fn keyed_places(&mut self, places: &mut Places) {
        if !self.program.is_keyed {
            return;
        }
        let Some(present) = self.present.clone() else { return };
        for (funnel, slot) in self.program.events[present.event as usize].keys.iter().enumerate() {
            if let Some(value) = slot.and_then(|slot| present.props().get(slot)) {
                places.push(self.keyed_place(funnel as u16, &value.plain()));
            }
        }
    }

    fn keyed_place(&mut self, funnel: u16, key: &SmolStr) -> usize {
        let found = self.rest.keyed.iter().position(|keyed| keyed.funnel == funnel && keyed.key == *key);
        let at = found.unwrap_or_else(|| {
            let keyed = Keyed { funnel, key: key.clone(), slot: Slot::default(), more: More::default() };
            self.rest.keyed.push(keyed);
            self.rest.keyed.len() - 1
        });
        self.slots.len() + at
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
                self.emit(echo.from, None, Told::Cascade);
                let name = self.program.events[echo.event as usize].name;
                let detail = format!("{left} events that funnels recorded were not taken, the first of them `{name}`");
                self.set_aside.push((Reason::Cascade, detail));
                return;
            }
            taken += 1;
            self.entered.clear();
            self.stuck.clear();
            let owner = echo.is_owned.then(|| self.owner(echo.from));
            let carries = Carries::Echo(echo.properties);
            self.present = Some(Present { event: echo.event, owner, time_ms: self.now_ms, carries });
            self.know();
            self.settle(Impulse::Event);
        }
    }

    /// A place as the owner of what it does.
    pub fn owner(&self, place: usize) -> Owner {
        let (funnel, key) = self.order_of(place);
        Owner { funnel: funnel as u16, key: key.into() }
    }

    /// What of an impulse a place can see at a clause (or at the arm of a play).
    pub fn trigger(&self, place: usize, impulse: Impulse<'_>, clause: Option<Clause>, root: Option<&Root>) -> Trigger {
        match impulse {
            Impulse::Event => Trigger { event: self.sees_present(place), clock: None },
            Impulse::Timer(Timer { place: due, fires: Fires::Clock(fired, at), .. }) if *due == place && Some(*fired) == clause => {
                Trigger { event: false, clock: root.and_then(|root| root.clocks.get(*at).copied()) }
            }
            Impulse::Timer(_) | Impulse::Nothing => Trigger::default(),
        }
    }

    /// Whether a place sees the event that is present; one of a key without a run needs an event that carries the key, for an event
    /// without it goes to the runs that there are.
    fn sees_present(&self, place: usize) -> bool {
        let Some(present) = &self.present else { return false };
        if !self.program.is_keyed {
            return true;
        }
        let view = self.view(place);
        let begins = || {
            let funnel = view.funnel(place);
            let is_keyed = self.program.funnels[funnel].funnel.key.is_some();
            let slot = self.program.events[present.event as usize].keys[funnel];
            !is_keyed || slot.is_some_and(|slot| present.props().get(slot).is_some())
        };
        view.sees(present.event, present.owner.as_ref(), present.props()) && (view.stage().is_some() || begins())
    }

    /// The contact as a place sees it now.
    pub fn view(&self, place: usize) -> View<'_> {
        View { place: Some(place), ..self.view_of_contact() }
    }

    /// The contact as nobody in particular sees it.
    pub fn view_of_contact(&self) -> View<'_> {
        View {
            program: self.program,
            slots: self.slots,
            rest: self.rest,
            now_ms: self.now_ms,
            place: None,
            event: None,
            clock: None,
            subject: None,
        }
    }

    /// The contact as a place sees it while something happens.
    pub fn seeing(&self, place: usize, trigger: Trigger) -> View<'_> {
        View { event: self.present.as_ref().filter(|_| trigger.event), clock: trigger.clock, ..self.view(place) }
    }

    /// A place.
    pub fn slot(&self, place: usize) -> &Slot {
        slot_of(self.slots, self.rest, place)
    }

    /// A place, to change it.
    pub fn slot_mut(&mut self, place: usize) -> &mut Slot {
        match place.checked_sub(self.slots.len()) {
            Some(at) => &mut self.rest.keyed[at].slot,
            None => &mut self.slots[place],
        }
    }

    /// What a place has beside.
    pub fn more(&self, place: usize) -> &More {
        match place.checked_sub(self.slots.len()) {
            Some(at) => &self.rest.keyed[at].more,
            None => &self.rest.mores[place],
        }
    }

    /// What a place has beside, to change it.
    pub fn more_mut(&mut self, place: usize) -> &mut More {
        match place.checked_sub(self.slots.len()) {
            Some(at) => &mut self.rest.keyed[at].more,
            None => &mut self.rest.mores[place],
        }
    }

    /// The funnel of a place.
    pub fn funnel(&self, place: usize) -> usize {
        self.order_of(place).0
    }

    /// Does what a timer does before anything is tried; whether anything is to be tried.
    fn ready(&mut self, timer: &Timer) -> bool {
        let Fires::Delay(clause) = timer.fires else { return true };
        let place = timer.place;
        let view = self.view(place);
        let standings = self.program.standing(self.funnel(place), view.stage());
        let Some(standing) = standings.iter().find(|standing| standing.clause == clause) else { return false };
        let end = standing.delay.and_then(|delay| super::moves::deadline(view, clause, delay));
        let shut = self.is_shut(place, standing);
        let state = self.more_mut(place).clause_mut(clause);
        state.opened_for_ms = end;
        state.gone = shut;
        !shut
    }

    /// Sets an attribute; whether that changed anything.
    pub fn set_attribute(&mut self, at: Id, value: Option<Kept>) -> bool {
        set_attribute(self.program, self.rest, at, value)
    }

    /// Adds a result.
    pub fn emit(&mut self, place: usize, cause: Option<CauseOf<'p>>, told: Told<'p>) {
        self.hot.results = self.hot.results.saturating_add(1);
        let (funnel, key) = self.order_of(place);
        let key = self.program.funnels[funnel].funnel.key.is_some().then(|| SmolStr::from(key));
        let run = self.slot(place).runs;
        let (time_ms, contact, sequence) = (self.now_ms, self.contact, self.hot.results);
        self.out.push(Happening { time_ms, contact, sequence, funnel: funnel as u16, key, run, cause, told });
    }
}

/// Sets an attribute of a contact, its zone with it; whether that changed anything.
pub fn set_attribute(program: &Program<'_>, rest: &mut Rest, at: Id, value: Option<Kept>) -> bool {
    let Some(place) = rest.attributes.get_mut(at as usize) else { return false };
    if *place == value {
        return false;
    }
    *place = value;
    rest.is_touched = true;
    if at == program.timezone {
        let name = rest.attributes[at as usize].as_ref().and_then(|value| value.seen().as_text());
        rest.zone = name.and_then(Zone::named).map(Arc::new);
    }
    true
}
