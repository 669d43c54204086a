//! Steps 2 to 4: moves and nurtures again and again until nothing changes, then what was recorded on the way.

use super::{
    out::Told,
    program::{Clause, ECHOES_MAX, Events, Root},
    state::{Keyed, More, Slot},
    timers::{Fires, Timer},
    turn::{Changed, Impulse, Places, Trigger, Turn},
    view::{Carries, Present},
};
use crate::runtime::Reason;
use smol_str::SmolStr;

impl Turn<'_, '_> {
    /// Steps 2 and 3, again and again until nothing changes.
    pub fn settle(&mut self, first: Impulse<'_>) {
        let (mut impulse, now_ms) = (first, self.now_ms);
        loop {
            let places = self.concerned(impulse);
            self.changed = Changed::default();
            let mut moved = Places::new();
            for place in &places {
                // Whoever is tried is at rest again; who is not, a timer of something else leaves as they are.
                self.slot_mut(*place).is_restless = false;
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
                let slot = self.slot_mut(place);
                (slot.tried_ms, slot.is_untried) = (now_ms, false);
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
                !self.passes_by(&mut places)
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
            self.tried = None;
        } else if let Some(tried) = &mut self.tried {
            tried.extend(places.iter().copied());
        }
        places.sort_unstable_by(|one, other| self.order_of(*one).cmp(&self.order_of(*other)));
        places.dedup();
        places
    }

    /// Adds the places that an event may concern, if it passes others by: runs of other keys than the one it names.
    ///
    /// Whoever was tried at the latest record or timer is at rest (see [`super::program`]): nothing opens there before time or an event
    /// changes what is read there, and what such runs read of this event is nothing. It stays as if they had been tried. Segments and
    /// scores read the events of all keys; where there are some, only those are passed by who do not listen to the event at all.
    fn passes_by(&mut self, places: &mut Places) -> bool {
        let Turn { program, present: Some(present), rest, slots, .. } = self else { return false };
        let event = &program.events[present.event as usize];
        let changes_more = !event.opts_out.is_empty() || event.closes.is_some() || present.event == program.identify;
        if self.tried.is_none() || self.changed.all || changes_more || present.owner.is_some() {
            return false;
        }
        let reads_all = !program.segments.is_empty() || !program.lines.is_empty();
        let this = Events::of(present.event);
        places.extend((0..slots.len()).filter(|place| program.funnels[*place].funnel.key.is_none()));
        for (keyed, place) in rest.keyed.iter_mut().zip(slots.len()..) {
            let Some(stage) = keyed.slot.stage() else { continue };
            let funnel = usize::from(keyed.funnel);
            let may_hear = || reads_all && program.funnels[funnel].stages[stage].heard.meets(this);
            let is_at_rest = !keyed.slot.is_restless && !keyed.slot.is_untried;
            if !is_at_rest || program.is_of_key(present.event, present.props(), (funnel, &keyed.key)) || may_hear() {
                places.push(place);
            } else {
                keyed.slot.tried_ms = self.now_ms;
            }
        }
        true
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
    pub fn take_echoes(&mut self) {
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
            self.leave_restless();
            let owner = echo.is_owned.then(|| self.owner(echo.from));
            let carries = Carries::Echo(echo.properties);
            self.present = Some(Present { event: echo.event, owner, time_ms: self.now_ms, carries });
            self.know();
            self.settle(Impulse::Event);
        }
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
}
