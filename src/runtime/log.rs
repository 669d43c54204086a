//! What happened to a contact: the full list, which the reference keeps for ever.
//!
//! Events stand in the order in which they were taken. Beside the list stands an index by name: the same places once in
//! that order and once by (time, order), so that a window is found without looking at what lies outside it.

use super::{contact::RunId, value::Value};
use crate::ruleset::Window;
use std::collections::BTreeMap;

/// An event that happened.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// When, in milliseconds.
    pub time_ms: i64,
    /// When it was taken, which is later for a late one; nothing for one that a funnel recorded.
    pub taken_ms: Option<i64>,
    /// The how-manieth of the contact's events in the order in which they were taken, from 1.
    pub order: u64,
    pub event: String,
    /// Those that are not missing.
    pub properties: BTreeMap<String, Value>,
    /// For a message event, the run whose request it answers.
    pub owner: Option<RunId>,
}

/// A message that went out.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub time_ms: i64,
    pub message: String,
    pub channel: String,
    pub transactional: bool,
    /// The key of the request.
    pub request: String,
    pub run: RunId,
}

/// What happened; it only grows, but for a record that is undone.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    events: Vec<Past>,
    places: BTreeMap<String, Places>,
    /// In the order of time.
    pub sendings: Vec<Sending>,
    /// The keys of requests for something outside.
    pub asked: Vec<String>,
}

/// Where in the list the events of a name are.
#[derive(Clone, Debug, Default)]
struct Places {
    by_order: Vec<usize>,
    by_time: Vec<usize>,
}

/// Where the events of a run's windows begin: the order of the latest event before entering and before starting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    pub entered: u64,
    pub started: u64,
}

impl Log {
    /// The event at a place.
    pub fn get(&self, at: usize) -> Option<&Past> {
        self.events.get(at)
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// All events, to change what they say of funnels and messages; not their names and times.
    pub fn events_mut(&mut self) -> impl Iterator<Item = &mut Past> {
        self.events.iter_mut()
    }

    /// Adds an event; its place.
    pub fn push(&mut self, past: Past) -> usize {
        let at = self.events.len();
        if !self.places.contains_key(&past.event) {
            self.places.insert(past.event.clone(), Places::default());
        }
        if let Some(places) = self.places.get_mut(&past.event) {
            places.by_order.push(at);
            // Behind all of the same time, since its order is the latest.
            let behind = places.by_time.partition_point(|other| self.events.get(*other).is_some_and(|other| other.time_ms <= past.time_ms));
            places.by_time.insert(behind, at);
        }
        self.events.push(past);
        at
    }

    /// Takes back all but the first so many events.
    pub fn truncate(&mut self, events: usize) {
        for past in self.events.drain(events.min(self.events.len())..) {
            if let Some(places) = self.places.get_mut(&past.event) {
                places.by_order.retain(|at| *at < events);
                places.by_time.retain(|at| *at < events);
            }
        }
    }

    /// The events of that name in a window that ends now; those since entering or starting are none outside of a run.
    pub fn named(&self, name: &str, window: Option<Window>, now_ms: i64, since: Option<Since>) -> impl Iterator<Item = &Past> + use<'_> {
        let places = self.places.get(name);
        let all = places.map_or(&[][..], |places| &places.by_order);
        let after = |order: Option<u64>| order.map_or(&[][..], |order| self.behind(all, |past| past.order <= order));
        let found = match window {
            None => all,
            Some(Window::WithinMs(ms)) => {
                let begin_ms = now_ms.saturating_sub(ms);
                self.behind(places.map_or(&[][..], |places| &places.by_time), |past| past.time_ms <= begin_ms)
            }
            Some(Window::SinceEntering) => after(since.map(|since| since.entered)),
            Some(Window::SinceStarting) => after(since.map(|since| since.started)),
        };
        found.iter().filter_map(|at| self.events.get(*at))
    }

    /// The events of that name that were taken after another, the latest in time first.
    pub fn latest_first(&self, name: &str, after_order: u64) -> impl Iterator<Item = &Past> + use<'_> {
        let is_after = move |past: &&Past| past.order > after_order;
        let any = |places: &&Places| places.by_order.last().and_then(|at| self.events.get(*at)).is_some_and(|past| is_after(&past));
        let by_time = self.places.get(name).filter(any).map_or(&[][..], |places| &places.by_time);
        by_time.iter().rev().filter_map(|at| self.events.get(*at)).filter(is_after)
    }

    /// The events of that name that are later than an instant, the earliest first.
    pub fn later_than(&self, name: &str, ms: i64) -> impl Iterator<Item = &Past> + use<'_> {
        let by_time = self.places.get(name).map_or(&[][..], |places| &places.by_time);
        self.behind(by_time, |past| past.time_ms <= ms).iter().filter_map(|at| self.events.get(*at))
    }

    /// The places behind those for which it holds.
    fn behind<'p>(&self, places: &'p [usize], before: impl Fn(&Past) -> bool) -> &'p [usize] {
        let begin = places.partition_point(|at| self.events.get(*at).is_some_and(&before));
        places.get(begin..).unwrap_or_default()
    }
}
