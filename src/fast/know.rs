//! Step 1: what is known once an event is there, and whether it opens anything.

use super::{
    clocks, moves,
    program::{Closing, Events, Id, Standing},
    scores,
    state::{PlaySlot, Waiting},
    track::Past,
    turn::{Trigger, Turn},
    value::{Kept, Seen},
    view::{Present, View},
};
use std::sync::Arc;

impl Turn<'_, '_> {
    /// Step 1: the event is known.
    pub fn know(&mut self) {
        let program = self.program;
        self.hot.taken = self.hot.taken.saturating_add(1);
        let Some(present) = self.present.clone() else { return };
        if let Some(journal) = &mut self.journal {
            journal.event(self.contact, self.hot.taken, self.now_ms, &present);
        }
        self.rest.first_ms.get_or_insert(present.time_ms);
        let event = &program.events[present.event as usize];
        for flag in &event.opts_out {
            Arc::make_mut(&mut self.rest.attributes)[*flag as usize] = Some(Kept::Flag(false));
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
            self.remember(&present, track as usize);
        }
        if !program.lines.is_empty() {
            let after = scores::after_event(self.view_of_contact(), &present);
            self.rest.scores = after;
        }
    }

    /// Keeps an event that something looks back at.
    fn remember(&mut self, present: &Present<'_>, track: usize) {
        let program = self.program;
        let event = &program.events[present.event as usize];
        let props = present.props();
        if let Some(horizon_ms) = event.horizon_ms.filter(|_| self.rest.tracks[track].is_full()) {
            let mut full = std::mem::take(&mut self.rest.tracks[track]);
            let view = self.view_of_contact();
            // What these tests ask never changes, whoever asks and whenever.
            let is_of = |test: Id, past: Past<'_>| view.fits_past(&program.tests[test as usize], past);
            full.forget(&event.kinds, self.now_ms.saturating_sub(horizon_ms), &event.latest, is_of);
            self.rest.tracks[track] = full;
        }
        let view = View { subject: Some(props), ..self.view_of_contact() };
        let filters = event.kinds.filters.iter().enumerate();
        let bits = filters.fold(0, |bits, (at, filter)| bits | u32::from(view.holds(*filter)) << at);
        let values = event.kinds.slots.iter().map(|slot| props.get(*slot).map(Seen::kept));
        let track = &mut self.rest.tracks[track];
        track.push(present.time_ms, self.hot.taken, bits, values);
        if program.is_keyed {
            track.own(present.owner.clone());
        }
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
                && moves::is_open(seeing, standing)
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
}
