//! The stays in stages that a course of things is made of, by run.

use crate::runtime::{Outcome, What};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// A run: its funnel, key and number.
pub(super) type Run<'c> = (&'c str, Option<&'c str>, u64);

/// A stay in a stage.
#[derive(Clone, Debug)]
pub(super) struct Visit<'c> {
    pub run: Run<'c>,
    /// The how-manieth of its run, from 0.
    pub nth: usize,
    pub stage: &'c str,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    /// Whether the run was over with it.
    pub is_last: bool,
    /// The clause that ended it.
    pub left_by: Option<&'c str>,
}

impl Visit<'_> {
    pub fn is_in(&self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(funnel, stage)| self.stage == stage && self.run.0 == funnel)
    }

    pub fn is_in_one(&self, names: &[SmolStr]) -> bool {
        names.iter().any(|name| self.is_in(name))
    }

    pub fn is_during(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.to_ms.is_none_or(|to| to > at_ms)
    }

    /// Whether it was an event that ended it, rather than a timer at the same instant.
    pub fn is_left_by(&self, event: &str) -> bool {
        self.left_by.is_some_and(|clause| has_word(clause, event) && !has_word(clause, "after"))
    }
}

/// Whether a clause has a word, such as the event that it waits for.
pub(super) fn has_word(clause: &str, word: &str) -> bool {
    clause.split(|it: char| !it.is_alphanumeric() && it != '_').any(|it| it == word)
}

/// All stays, in the order of entering.
pub(super) struct Visits<'c> {
    pub all: Vec<Visit<'c>>,
    of_run: FxHashMap<Run<'c>, Vec<usize>>,
}

impl<'c> Visits<'c> {
    pub fn new(outcomes: &'c [Outcome]) -> Self {
        let mut visits = Self { all: Vec::new(), of_run: FxHashMap::default() };
        let mut open: FxHashMap<(&str, Option<&str>), usize> = FxHashMap::default();
        for outcome in outcomes {
            let run = run_of(outcome);
            let (is_over, next) = match &outcome.what {
                What::Move { to, .. } => (to.is_none(), to.as_deref()),
                What::RunEnds { .. } => (true, None),
                _ => continue,
            };
            if let Some(visit) = open.remove(&(run.0, run.1)).and_then(|at| visits.all.get_mut(at)) {
                (visit.to_ms, visit.is_last) = (Some(outcome.time_ms), is_over);
                visit.left_by = outcome.clause.as_ref().map(|it| it.sentence.as_str());
            }
            if let Some(stage) = next {
                let places = visits.of_run.entry(run).or_default();
                open.insert((run.0, run.1), visits.all.len());
                let nth = places.len();
                places.push(visits.all.len());
                visits.all.push(Visit { run, nth, stage, from_ms: outcome.time_ms, to_ms: None, is_last: false, left_by: None });
            }
        }
        visits
    }

    /// All runs, in no order.
    pub fn runs(&self) -> impl Iterator<Item = &Run<'c>> {
        self.of_run.keys()
    }

    /// The stays of a run.
    pub fn of(&self, run: &Run<'c>) -> impl DoubleEndedIterator<Item = &Visit<'c>> {
        self.of_run.get(run).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// The lengths of the stays in a stage, in no order; entering it again from itself is no leaving.
    pub fn stays(&self, stage: &str, end_ms: i64) -> impl Iterator<Item = i64> {
        let mut lengths: Vec<(i64, i64)> = Vec::new();
        for run in self.of_run.keys() {
            let mut last_nth = None;
            for visit in self.of(run).filter(|visit| visit.is_in(stage)) {
                let to_ms = visit.to_ms.unwrap_or(end_ms);
                match lengths.last_mut() {
                    Some((_, until)) if last_nth.is_some_and(|nth| nth + 1 == visit.nth) => *until = to_ms,
                    Some(_) | None => lengths.push((visit.from_ms, to_ms)),
                }
                last_nth = Some(visit.nth);
            }
        }
        lengths.into_iter().map(|(from, to)| to - from)
    }
}

/// The run of an outcome.
pub(super) fn run_of(outcome: &Outcome) -> Run<'_> {
    (&outcome.funnel, outcome.key.as_deref(), u64::from(outcome.run))
}
