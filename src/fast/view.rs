//! What a condition says about a contact now.
//!
//! A [`View`] is a contact seen at an instant, by a run or by nobody in particular, with the trigger that is happening, if
//! any. All of it is pure, and answers what the reference answers.

use super::{
    program::{CellTest, Condition, Id, Program, Root, Test},
    row::Props,
    state::{Keyed, More, Owner, Rest, Slot},
    track::{Past, Tracked},
    value::Seen,
};
use crate::{
    ruleset::{CountBound, TextTest, Window},
    runtime::zone::Zone,
    units::Clock,
};
use std::{cmp::Ordering, sync::Arc};

/// The event that is happening.
#[derive(Clone)]
pub struct Present<'a> {
    /// Which.
    pub event: Id,
    /// The run that it answers.
    pub owner: Option<Owner>,
    /// When it happened.
    pub time_ms: i64,
    /// What it carries.
    pub carries: Carries<'a>,
}

/// What the event that is happening carries.
#[derive(Clone)]
pub enum Carries<'a> {
    /// The cells of a row.
    Row(Props<'a>),
    /// What a funnel recorded.
    Echo(Arc<[Option<super::value::Kept>]>),
}

impl Present<'_> {
    /// Its properties.
    #[inline]
    pub fn props(&self) -> Props<'_> {
        match &self.carries {
            Carries::Row(props) => *props,
            Carries::Echo(values) => Props::Kept(values),
        }
    }
}

/// A contact seen at an instant.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The rules.
    pub program: &'a Program<'a>,
    /// The places of runs per contact.
    pub slots: &'a [Slot],
    /// All else that is kept.
    pub rest: &'a Rest,
    /// When.
    pub now_ms: i64,
    /// Who looks: the number of a place; nobody for segments and scores.
    pub place: Option<usize>,
    /// The event that is happening.
    pub event: Option<&'a Present<'a>>,
    /// The clock trigger that is happening.
    pub clock: Option<Id>,
    /// Inside a `where`: the event that is looked at.
    pub subject: Option<Props<'a>>,
}

/// The place of that number.
#[inline]
pub fn slot_of<'a>(slots: &'a [Slot], rest: &'a Rest, place: usize) -> &'a Slot {
    slots.get(place).unwrap_or_else(|| &rest.keyed[place - slots.len()].slot)
}

impl Program<'_> {
    /// Whether an event that belongs to no run of a funnel concerns its run of a key: it names that key, or none.
    #[inline]
    pub fn is_of_key(&self, event: Id, props: Props<'_>, (funnel, key): (usize, &str)) -> bool {
        let slot = self.events[event as usize].keys[funnel];
        slot.and_then(|slot| props.get(slot)).is_none_or(|value| value.is_key(key))
    }
}

impl<'a> View<'a> {
    /// The view of the contact alone, as segments and scores have it.
    pub fn of_contact(self) -> Self {
        Self { place: None, event: None, clock: None, subject: None, ..self }
    }

    /// The contact's zone.
    pub fn zone(&self) -> &'a Arc<Zone> {
        self.rest.zone.as_ref().unwrap_or(&self.program.zone)
    }

    /// The end of the quiet hours that hold at `ms`, as [`Zone::quiet_until`] has it.
    pub fn quiet_until(&self, ms: i64, from: Clock, to: Clock) -> Option<i64> {
        let reckoned = if self.rest.zone.is_none() { self.program.steady.quiet_until(ms, from, to) } else { None };
        reckoned.unwrap_or_else(|| self.zone().quiet_until(ms, from, to))
    }

    #[inline]
    fn keyed(&self, place: usize) -> Option<&'a Keyed> {
        self.rest.keyed.get(place.checked_sub(self.slots.len())?)
    }

    /// The place of whoever looks.
    #[inline]
    pub fn slot(&self) -> Option<&'a Slot> {
        Some(slot_of(self.slots, self.rest, self.place?))
    }

    /// What the place of whoever looks has beside.
    #[inline]
    pub fn more(&self) -> Option<&'a More> {
        let place = self.place?;
        self.keyed(place).map(|keyed| &keyed.more).or_else(|| self.rest.mores.get(place))
    }

    /// The stage of whoever looks.
    #[inline]
    pub fn stage(&self) -> Option<usize> {
        self.slot()?.stage()
    }

    /// The funnel of a place.
    #[inline]
    pub fn funnel(&self, place: usize) -> usize {
        self.keyed(place).map_or(place, |keyed| usize::from(keyed.funnel))
    }

    /// Whether a root condition holds.
    #[inline]
    pub fn asks(&self, root: &Root) -> bool {
        self.holds(root.condition)
    }

    #[inline]
    fn cell_test(&self, node: Id) -> Option<&'a CellTest> {
        self.program.cell_tests[node as usize].as_ref()
    }

    fn test(&self, test: Id) -> &'a Test {
        &self.program.tests[test as usize]
    }

    /// Whether a condition holds.
    pub fn holds(&self, node: Id) -> bool {
        match &self.program.conditions[node as usize] {
            Condition::Any(sides) => sides.iter().any(|side| self.holds(*side)),
            Condition::All(sides) => sides.iter().all(|side| self.holds(*side)),
            Condition::Not(side) => !self.holds(*side),
            Condition::Event(test) => {
                let test = self.test(*test);
                self.event.is_some_and(|present| present.event == test.event && self.fits(test, present.props()))
            }
            Condition::Had(test, window) => self.count(self.test(*test), *window, 1) > 0,
            Condition::No(test, window) => self.count(self.test(*test), *window, 1) == 0,
            Condition::Count(test, window, is, bound) => {
                let number = self.count(self.test(*test), *window, bound.saturating_add(1));
                match is {
                    CountBound::AtLeast => number >= *bound,
                    CountBound::AtMost => number <= *bound,
                    CountBound::Exactly => number == *bound,
                }
            }
            Condition::TimeSince(test, is, than_ms) => {
                let latest = self.latest_after(self.test(*test), 0);
                latest.is_some_and(|ms| is.admits(self.now_ms.saturating_sub(ms).cmp(than_ms)))
            }
            Condition::Compare(..) | Condition::In(..) if let Some(test) = self.cell_test(node) => {
                self.subject.is_some_and(|props| test.holds(props))
            }
            Condition::Compare(left, is, right) => {
                let both = self.value(*left).zip(self.value(*right));
                both.and_then(|(left, right)| self.order(left, right)).is_some_and(|order| is.admits(order))
            }
            Condition::In(left, list) => self.value(*left).is_some_and(|left| {
                list.iter().any(|item| self.value(*item).is_some_and(|item| self.order(left, item) == Some(Ordering::Equal)))
            }),
            Condition::Text(left, test, right) => self.matches(*left, *test, *right),
            Condition::Known(term) => self.value(*term).is_some(),
            Condition::Missing(term) => self.value(*term).is_none(),
            Condition::Segment(segment) => self.of_contact().holds(self.program.segments[*segment as usize]),
            Condition::Finished(play) => self.finished(*play),
            Condition::Before(date) => self.zone().midnight(*date).is_some_and(|start| self.now_ms < start),
            Condition::From(date) => self.zone().midnight(*date).is_some_and(|start| self.now_ms >= start),
            Condition::Clock(clock) => self.clock == Some(*clock),
            Condition::Never => false,
        }
    }

    /// Whether it holds because of what is happening: some trigger in it makes it true.
    pub fn triggered(&self, node: Id) -> bool {
        match &self.program.conditions[node as usize] {
            Condition::Any(sides) => sides.iter().any(|side| self.triggered(*side)),
            Condition::All(sides) => self.holds(node) && sides.iter().any(|side| self.triggered(*side)),
            other => other.is_trigger() && self.holds(node),
        }
    }

    /// Whether an event of the right name passes the filter of a test.
    #[inline]
    pub fn fits(&self, test: &Test, props: Props<'a>) -> bool {
        test.filter.is_none_or(|filter| match self.cell_test(filter) {
            Some(test) => test.holds(props),
            None => View { subject: Some(props), ..*self }.holds(filter),
        })
    }

    /// Whether a past event of the right name passes the filter of a test.
    #[inline]
    pub fn fits_past(&self, test: &Test, past: Past<'a>) -> bool {
        test.bit.map_or_else(|| self.fits(test, past.props), |bit| past.bits >> bit & 1 == 1)
    }

    /// Whether an event concerns whoever looks.
    #[inline]
    pub fn sees(&self, event: Id, owner: Option<&Owner>, props: Props<'_>) -> bool {
        if !self.program.is_keyed {
            return true;
        }
        let Some(place) = self.place else { return true };
        let (funnel, key) = (self.funnel(place), self.keyed(place).map_or("", |keyed| keyed.key.as_str()));
        if let Some(owner) = owner
            && usize::from(owner.funnel) == funnel
        {
            return owner.key == key;
        }
        self.program.is_of_key(event, props, (funnel, key))
    }

    fn sees_past(&self, event: Id, past: &Past<'_>) -> bool {
        self.sees(event, past.owner, past.props)
    }

    /// The past of an event; nothing where nobody looks back at it.
    #[inline]
    pub fn track(&self, event: Id) -> Option<Tracked<'a>> {
        let event = &self.program.events[event as usize];
        let track = self.rest.tracks.get(event.track? as usize)?;
        Some(Tracked { track, kinds: &event.kinds })
    }

    /// Hands over the past events of a test in a window, until the taker has enough.
    pub fn each(&self, test: &Test, window: Option<Window>, mut enough: impl FnMut(Past<'a>) -> bool) {
        let Some(track) = self.track(test.event) else { return };
        let view = *self;
        let mut take = |past: Past<'a>| view.sees_past(test.event, &past) && view.fits_past(test, past) && enough(past);
        let run = self.slot().filter(|slot| slot.stage().is_some());
        let after = match window {
            None => Some(0),
            Some(Window::WithinMs(ms)) => {
                let _ = track.later_than(self.now_ms.saturating_sub(ms)).any(&mut take);
                return;
            }
            Some(Window::SinceEntering) => run.map(|slot| slot.entered_order),
            Some(Window::SinceStarting) => run.map(|slot| slot.started_order),
        };
        if let Some(after) = after {
            let _ = track.taken_after(after).any(take);
        }
    }

    fn count_all(&self, track: Tracked<'_>, window: Option<Window>) -> usize {
        let run = self.slot().filter(|slot| slot.stage().is_some());
        match window {
            None => track.len(),
            Some(Window::WithinMs(ms)) => track.later_than(self.now_ms.saturating_sub(ms)).len(),
            Some(Window::SinceEntering) => run.map_or(0, |slot| track.taken_after(slot.entered_order).len()),
            Some(Window::SinceStarting) => run.map_or(0, |slot| track.taken_after(slot.started_order).len()),
        }
    }

    fn count(&self, test: &Test, window: Option<Window>, limit: usize) -> usize {
        // Without a filter, and where everybody sees everything, they need not be looked at.
        if test.filter.is_none() && !self.program.is_keyed {
            return self.track(test.event).map_or(0, |track| self.count_all(track, window));
        }
        let mut number = 0;
        if limit > 0 {
            self.each(test, window, |_| {
                number += 1;
                number >= limit
            });
        }
        number
    }

    /// The time of the latest event of a test among those that were taken after another.
    pub fn latest_after(&self, test: &Test, order: u32) -> Option<i64> {
        let mut past = self.track(test.event)?.latest_first(order);
        past.find(|past| self.sees_past(test.event, past) && self.fits_past(test, *past)).map(|past| past.time_ms)
    }

    /// The latest event of that name that whoever looks knows.
    pub fn latest_of(&self, event: Id) -> Option<Past<'a>> {
        self.track(event)?.latest_first(0).find(|past| self.sees_past(event, past))
    }

    fn finished(&self, play: Id) -> bool {
        let (Some(place), Some(stage), Some(more)) = (self.place, self.stage(), self.more()) else { return false };
        let nurtures = &self.program.funnels[self.funnel(place)].stages[stage].nurtures;
        let at = nurtures.iter().position(|nurture| nurture.name == play);
        at.and_then(|at| more.plays.get(at)).is_some_and(|play| play.finished)
    }

    fn matches(&self, left: Id, test: TextTest, right: Id) -> bool {
        let (Some(left), Some(right)) = (self.value(left), self.value(right)) else { return false };
        let Some(wanted) = right.as_text() else { return false };
        match (left, test) {
            (Seen::List(texts), TextTest::Contains) => texts.iter().any(|text| text == wanted),
            (Seen::List(_), TextTest::StartsWith | TextTest::EndsWith) => false,
            (text, TextTest::Contains) => text.as_text().is_some_and(|text| text.contains(wanted)),
            (text, TextTest::StartsWith) => text.as_text().is_some_and(|text| text.starts_with(wanted)),
            (text, TextTest::EndsWith) => text.as_text().is_some_and(|text| text.ends_with(wanted)),
        }
    }

    /// How two known values compare; nothing for values that do not. A date beside a time is its first instant.
    #[inline]
    fn order(&self, left: Seen<'_>, right: Seen<'_>) -> Option<Ordering> {
        match (left, right) {
            (Seen::Number(a), Seen::Number(b)) => Some(a.cmp(&b)),
            (Seen::Flag(a), Seen::Flag(b)) => Some(a.cmp(&b)),
            (Seen::Date(a), Seen::Date(b)) => Some(a.cmp(&b)),
            (Seen::Time(a), Seen::Time(b)) => Some(a.cmp(&b)),
            (Seen::Date(a), Seen::Time(b)) => Some(self.zone().midnight(a)?.cmp(&b)),
            (Seen::Time(a), Seen::Date(b)) => Some(a.cmp(&self.zone().midnight(b)?)),
            (Seen::List(a), Seen::List(b)) => Some(a.cmp(b)),
            (a, b) => Some(a.as_text()?.cmp(b.as_text()?)),
        }
    }
}
