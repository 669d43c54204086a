//! One record or one timer of one contact: know, move, nurture, echo. Section 6 of the language, as the reference has it.
//!
//! A turn changes the contact and adds to the results. Each of its phases is finished for all funnels before the next; after
//! the nurtures of a phase, everything whose reading has changed is tried again, moves first, until nothing changes.

use super::{
    clocks,
    keep::Journal,
    out::{Happening, Told},
    program::{CauseOf, Id, Program},
    scores,
    state::{Hot, More, Owner, Rest, Slot, slot_is_live},
    timers::{Fires, Timer},
    value::Kept,
    view::{Present, View, slot_of},
};
use crate::runtime::{Reason, zone::Zone};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::{collections::VecDeque, sync::Arc};

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
    /// Where what is added to the history is noted, if it is.
    pub journal: Option<&'e mut Journal>,
    /// What of this turn is set aside.
    pub set_aside: Vec<(Reason, String)>,
    /// An overflow that undoes the turn.
    pub overflow: bool,
    /// What was recorded and is still to be taken.
    pub echoes: VecDeque<Echo>,
    /// What is to be tried again.
    pub changed: Changed,
    /// The places that were tried, where the event came to somebody at rest and passed the others by; nothing where all were tried, or
    /// may have been.
    pub tried: Option<Places>,
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

    /// Takes a timer: moves, nurtures and echoes.
    pub fn timer(&mut self, timer: &Timer) {
        if timer.fires == Fires::Scores {
            scores::after_time(self.program, self.rest, self.now_ms);
        }
        let place = timer.place;
        let was_past = clocks::state(self, timer).is_some_and(|clock| clock.was_past);
        if was_past {
            let past_entries = self.more(place).seldom.as_ref().map(|struck| &struck.past_entries);
            if let Some((_, stages)) = past_entries.filter(|(at_ms, _)| *at_ms == self.now_ms) {
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
            self.more_mut(place).seldom.get_or_insert_default().past_entries = (now_ms, stages);
        }
        self.take_echoes();
        self.end();
    }

    /// What is left to do when everything was tried.
    fn end(&mut self) {
        if !self.program.clocks.is_empty() || self.program.keeps_rest {
            clocks::set_all(self);
        }
        self.leave_restless();
        // Places of keys that nobody ever entered: mostly the last one, so that the others keep their numbers.
        let keyed = &mut self.rest.keyed;
        while keyed.pop_if(|keyed| keyed.slot.runs == 0).is_some() {}
        if keyed.iter().any(|keyed| keyed.slot.runs == 0) {
            keyed.retain(|keyed| keyed.slot.runs > 0);
            self.tried = None;
        }
    }

    /// Notes which runs would have looped: they are tried at the next event, whatever that is.
    pub fn leave_restless(&mut self) {
        for place in std::mem::take(&mut self.stuck) {
            if self.is_live(place) {
                self.slot_mut(place).is_restless = true;
            }
        }
    }

    /// Whether anything may happen at a place.
    pub fn is_live(&self, place: usize) -> bool {
        slot_is_live(self.program, self.slots, self.rest, place)
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

    /// A place as the owner of what it does.
    pub fn owner(&self, place: usize) -> Owner {
        let (funnel, key) = self.order_of(place);
        Owner { funnel: funnel as u16, key: key.into() }
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
        let shut = view.is_shut(standing);
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
    if rest.attributes.get(at as usize).is_none_or(|known| *known == value) {
        return false;
    }
    Arc::make_mut(&mut rest.attributes)[at as usize] = value;
    rest.is_touched = true;
    if at == program.timezone {
        let name = rest.attributes[at as usize].as_ref().and_then(|value| value.seen().as_text());
        rest.zone = name.and_then(Zone::named).map(Arc::new);
    }
    true
}
