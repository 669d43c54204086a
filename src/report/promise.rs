//! What the files say of the world, held against what came: how often an event comes at most, and what is assumed.

use super::people::{People, Who};
use crate::ruleset::{Assumption, Event, RuleSet};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, VecDeque};

/// Where a promise was broken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    pub who: Who,
    pub at_ms: i64,
}

/// Notes where a promise was broken, if that was earlier than known so far; of those at one instant the contact that is first by name.
fn note(first: &mut Option<Breach>, breach: Breach, people: &People<'_>) {
    let order = |breach: &Breach| (breach.at_ms, people.name(breach.who));
    if first.as_ref().is_none_or(|first| order(&breach) < order(first)) {
        *first = Some(breach);
    }
}

/// An event that comes at most so often.
pub(super) struct Rated<'r> {
    pub event: &'r Event,
    count: usize,
    per_ms: i64,
    /// The latest of each contact, as many as are allowed.
    latest: FxHashMap<Who, VecDeque<i64>>,
    /// How many came.
    pub came: u64,
    /// How many came too often.
    pub broken: u64,
    pub breakers: FxHashMap<Who, ()>,
    pub first: Option<Breach>,
}

impl<'r> Rated<'r> {
    /// The events of a rule set that have such a promise.
    pub fn all(rules: &'r RuleSet) -> Vec<Self> {
        let rated = |event: &'r Event| {
            let rate = event.rate?;
            Some(Self {
                event,
                count: usize::try_from(rate.count).unwrap_or(usize::MAX),
                per_ms: rate.per_ms,
                latest: FxHashMap::default(),
                came: 0,
                broken: 0,
                breakers: FxHashMap::default(),
                first: None,
            })
        };
        rules.events.iter().filter_map(rated).collect()
    }

    /// One has come. It is too many where so many came before it, later than `per_ms` ago.
    pub fn comes(&mut self, who: Who, at_ms: i64, people: &People<'_>) {
        self.came += 1;
        let latest = self.latest.entry(who).or_default();
        // One that is late stands at its own time.
        let place = latest.partition_point(|time_ms| *time_ms <= at_ms);
        let before = latest.iter().take(place).filter(|time_ms| **time_ms > at_ms.saturating_sub(self.per_ms)).count();
        if before >= self.count {
            self.broken += 1;
            self.breakers.insert(who, ());
            note(&mut self.first, Breach { who, at_ms }, people);
        }
        latest.insert(place, at_ms);
        let old_ms = latest.back().map_or(i64::MIN, |last| last.saturating_sub(self.per_ms));
        while latest.len() > self.count || latest.front().is_some_and(|first| *first <= old_ms) {
            latest.pop_front();
        }
    }
}

/// An event that is assumed to come in time.
pub(super) struct Assumed<'r> {
    pub sentence: &'r str,
    pub event: Option<&'r str>,
    pub funnel: &'r str,
    pub stage: &'r str,
    within_ms: i64,
    /// Until when it is to come, for each contact and key that waits.
    waiting: FxHashMap<Who, BTreeMap<Option<String>, Vec<i64>>>,
    /// Those where it came in time.
    pub kept: u64,
    /// Those where it came too late, and for whom first.
    pub broken: u64,
    pub first: Option<Breach>,
}

impl<'r> Assumed<'r> {
    /// The assumptions of a rule set, those of funnels included.
    pub fn all(rules: &'r RuleSet) -> Vec<Self> {
        let inside = rules.funnels.iter().flat_map(|funnel| &funnel.assumptions);
        rules.assumptions.iter().chain(inside).filter_map(Self::new).collect()
    }

    fn new(assumption: &'r Assumption) -> Option<Self> {
        let of = assumption.of.as_ref()?;
        let (funnel, stage) = of.stage.split_once('/')?;
        Some(Self {
            sentence: &assumption.sentence,
            // Which of the events were meant is a question to the engine, which does not tell.
            event: of.event.filter.is_none().then_some(of.event.name.as_str()),
            funnel,
            stage,
            within_ms: of.within_ms,
            waiting: FxHashMap::default(),
            kept: 0,
            broken: 0,
            first: None,
        })
    }

    /// A run has entered the stage.
    pub fn begins(&mut self, who: Who, key: Option<&str>, at_ms: i64) {
        if self.event.is_some() {
            let keys = self.waiting.entry(who).or_default();
            keys.entry(key.map(str::to_owned)).or_default().push(at_ms.saturating_add(self.within_ms));
        }
    }

    /// The event has come, for one key of the funnel or for all: those who wait for it have it, in time or too late.
    pub fn comes(&mut self, who: Who, key: Option<&str>, at_ms: i64, people: &People<'_>) {
        let Some(keys) = self.waiting.get_mut(&who) else { return };
        let met: Vec<i64> = match key {
            Some(key) => keys.remove(&Some(key.to_owned())).unwrap_or_default(),
            None => std::mem::take(keys).into_values().flatten().collect(),
        };
        if keys.is_empty() {
            self.waiting.remove(&who);
        }
        for due_ms in met {
            if at_ms <= due_ms {
                self.kept += 1;
            } else {
                self.breaks(who, due_ms, people);
            }
        }
    }

    fn breaks(&mut self, who: Who, at_ms: i64, people: &People<'_>) {
        self.broken += 1;
        note(&mut self.first, Breach { who, at_ms }, people);
    }

    /// The run of the log is over; how many still have time.
    pub fn ends(&mut self, end_ms: i64, people: &People<'_>) -> u64 {
        let mut open = 0;
        for (who, keys) in std::mem::take(&mut self.waiting) {
            for due_ms in keys.into_values().flatten() {
                if due_ms > end_ms {
                    open += 1;
                } else {
                    self.breaks(who, due_ms, people);
                }
            }
        }
        open
    }
}
