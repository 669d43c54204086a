//! Step 1: what is known once an event is there, and whether it opens anything.

use super::{
    clocks,
    keep::Journal,
    moves,
    program::{Closing, Events, Id, Program},
    scores,
    shard::view,
    state::{Hot, PlaySlot, Rest, Slot, Waiting},
    track::Past,
    turn::Turn,
    value::{Kept, Seen},
    view::{Present, View},
};
use std::sync::Arc;

impl Turn<'_, '_> {
    /// Step 1: the event is known.
    pub fn know(&mut self) {
        let Some(present) = self.present.take() else { return };
        let journal = self.journal.as_deref_mut().map(|journal| (journal, self.contact));
        know(self.program, (self.hot, self.slots, self.rest), &present, self.now_ms, journal);
        self.present = Some(present);
    }
}

/// Step 1: the event is known, and noted where that is done.
pub fn know(
    program: &Program<'_>,
    (hot, slots, rest): (&mut Hot, &[Slot], &mut Rest),
    present: &Present<'_>,
    now_ms: i64,
    journal: Option<(&mut Journal, u32)>,
) {
    hot.taken = hot.taken.saturating_add(1);
    if let Some((journal, contact)) = journal {
        journal.event(contact, hot.taken, now_ms, present);
    }
    rest.first_ms.get_or_insert(present.time_ms);
    let event = &program.events[present.event as usize];
    for flag in &event.opts_out {
        Arc::make_mut(&mut rest.attributes)[*flag as usize] = Some(Kept::Flag(false));
        rest.is_touched = true;
    }
    if let Some(closing) = event.closes {
        let props = present.props();
        let hard = || event.hard.and_then(|slot| props.get(slot)).is_some_and(|value| value.kept() == Kept::Flag(true));
        let message = event.message.and_then(|slot| props.get(slot)?.as_text());
        let message = message.filter(|_| closing == Closing::Always || hard()).and_then(|name| program.message_ids.get(name));
        let channel = message.and_then(|message| program.messages[*message as usize].1);
        if let Some(channel) = channel.filter(|channel| !rest.closed.contains(channel)) {
            rest.closed.push(channel);
            rest.is_touched = true;
        }
    }
    if let Some(track) = event.track {
        remember(program, (slots, rest), present, (now_ms, hot.taken), track as usize);
    }
    if !program.lines.is_empty() {
        let after = scores::after_event(view(program, slots, rest, now_ms), present);
        rest.scores = after;
    }
}

/// Keeps an event that something looks back at.
fn remember(program: &Program<'_>, (slots, rest): (&[Slot], &mut Rest), present: &Present<'_>, (now_ms, order): (i64, u32), track: usize) {
    let event = &program.events[present.event as usize];
    let props = present.props();
    if let Some(horizon_ms) = event.horizon_ms.filter(|_| rest.tracks[track].is_full()) {
        let mut full = std::mem::take(&mut rest.tracks[track]);
        let view = view(program, slots, rest, now_ms);
        // What these tests ask never changes, whoever asks and whenever.
        let is_of = |test: Id, past: Past<'_>| view.fits_past(&program.tests[test as usize], past);
        full.forget(&event.kinds, now_ms.saturating_sub(horizon_ms).saturating_sub(1), &event.latest, is_of);
        rest.tracks[track] = full;
    }
    let view = View { subject: Some(props), ..view(program, slots, rest, now_ms) };
    let filters = event.kinds.filters.iter().enumerate();
    let bits = filters.fold(0, |bits, (at, filter)| bits | u32::from(view.holds(*filter)) << at);
    let values = event.kinds.slots.iter().map(|slot| props.get(*slot).map(Seen::kept));
    let track = &mut rest.tracks[track];
    track.push(present.time_ms, order, bits, values);
    if program.is_keyed {
        track.own(present.owner.clone());
    }
}

impl View<'_> {
    /// Whether the present event, which is known, opens anything; asked of a contact at rest, of whom nothing else has changed.
    pub fn opens(self, event: Id) -> bool {
        (0..self.slots.len()).any(|place| View { place: Some(place), ..self }.opens_here(place, event))
    }

    fn opens_here(self, place: usize, event: Id) -> bool {
        let (program, stage) = (self.program, self.slots[place].stage());
        let concern = program.concern(place, stage, event);
        // A clock that hangs on what an event carries is set anew, whether or not its clause is open.
        if concern.sets {
            return true;
        }
        let standing = program.standing(place, stage);
        let opens = |(at, when): &(u16, Option<Id>)| {
            let standing = &standing[usize::from(*at)];
            !self.is_shut(standing)
                && moves::is_open(self, standing)
                && when.is_none_or(|when| self.holds(program.roots[when as usize].condition))
        };
        concern.opens.iter().any(opens) || (concern.plays && self.opens_play(Events::of(event)))
    }

    /// Whether the event starts a nurture, or ends the wait of one.
    fn opens_play(self, event: Events) -> bool {
        let program = self.program;
        let root = |root: Id| &program.roots[root as usize];
        // A clock that hangs on what an event carries is set anew.
        let holds = |at: Id| root(at).hears.meets(event) && (!root(at).clocks.is_empty() || self.asks(root(at)));
        let waits = |play: &PlaySlot| match play.running.as_ref().and_then(|play| play.waiting.as_ref()) {
            Some(Waiting::Arms(step, ..)) => program.arms(*step).0.iter().any(|(when, _)| holds(*when)),
            Some(Waiting::Instant(_)) => true,
            Some(Waiting::Until(_) | Waiting::Days(..) | Waiting::Clock(..) | Waiting::Held(_)) | None => false,
        };
        clocks::starts_of(self).any(|(_, when)| holds(when)) || self.more().is_some_and(|more| more.plays.iter().any(waits))
    }
}
