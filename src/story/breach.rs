//! Whether a course of things breaks a guarantee.

use super::play::Played;
use crate::{
    diag::{Breach, BreachKind, Plot},
    runtime::{Outcome, SendOutcome, What},
    source::Span,
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What happened to one contact.
#[derive(Clone, Copy, Debug)]
pub struct Course<'c> {
    /// What the funnels did, in their order.
    pub outcomes: &'c [Outcome],
    /// The events that came from outside, by time, each with the place that asked for it.
    pub events: &'c [(i64, SmolStr, Option<Span>)],
    /// Until when was looked.
    pub end_ms: i64,
    /// Whether nothing is due any more then.
    pub is_quiet: bool,
}

/// A run: its funnel, key and number.
type Run<'c> = (&'c str, Option<&'c str>, u64);

/// A stay in a stage.
#[derive(Clone, Debug)]
struct Visit<'c> {
    run: Run<'c>,
    stage: &'c str,
    from_ms: i64,
    to_ms: Option<i64>,
    /// Whether the run was over with it.
    is_last: bool,
}

impl Visit<'_> {
    fn is_in(&self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(funnel, stage)| self.run.0 == funnel && self.stage == stage)
    }

    fn is_in_one(&self, names: &[SmolStr]) -> bool {
        names.iter().any(|name| self.is_in(name))
    }
}

/// Why a guarantee is not broken in a play; nothing where it is.
pub(super) fn refutes(breach: &Breach, plot: &Plot, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let happened = plot.happenings.iter().zip(&played.happenings);
    let events: Vec<(i64, SmolStr, Option<Span>)> = happened.map(|(it, at_ms)| (*at_ms, it.event.clone(), it.span)).collect();
    let course = Course { outcomes, events: &events, end_ms: played.end_ms, is_quiet: played.next_due_ms.is_none() };
    (!breaks(breach, course)).then(|| "the guarantee holds in it".to_owned())
}

/// Whether what happened breaks a guarantee.
#[must_use]
pub fn breaks(breach: &Breach, course: Course<'_>) -> bool {
    let visits = visits(course.outcomes);
    let counts = |run: &Run<'_>| breach.of_run.as_ref().is_none_or(|funnel| funnel == run.0);
    let together = |a: &Run<'_>, b: &Run<'_>| breach.of_run.is_none() || a == b;
    match &breach.kind {
        BreachKind::Stays { stage, most_ms } => stays(&visits, stage, course.end_ms).any(|ms| ms > *most_ms),
        BreachKind::Misses { from, to, within_ms } => {
            visits.iter().enumerate().any(|(at, visit)| visit.is_in(from) && misses(&visits, at, to, *within_ms, course))
        }
        BreachKind::Unmet { event, asked, to, within_ms } => {
            let came = course.events.iter().filter(|(_, name, span)| name == event && asked.is_none_or(|asked| *span == Some(asked)));
            came.into_iter().any(|(at_ms, ..)| unmet(&visits, *at_ms, to, *within_ms, breach.of_run.as_deref(), course.end_ms))
        }
        BreachKind::TooMany { messages, most, within_ms } => {
            let mut sent: BTreeMap<Option<Run<'_>>, Vec<i64>> = BTreeMap::new();
            for (run, message, at_ms) in
                sends(course.outcomes).filter(|(run, message, _)| counts(run) && messages.iter().any(|it| it == message))
            {
                let _ = message;
                sent.entry(breach.of_run.is_some().then_some(run)).or_default().push(at_ms);
            }
            let most = usize::try_from(*most).unwrap_or(usize::MAX);
            let is_close = |(first, next): (&i64, &i64)| within_ms.is_none_or(|within| next - first < within);
            sent.values().any(|times| times.iter().zip(times.iter().skip(most)).any(is_close))
        }
        BreachKind::SentIn { message, stage } => sent_in(breach, message, stage, course.outcomes),
        BreachKind::SentAfter { message, event, asked } => sends(course.outcomes).any(|(run, sent, at_ms)| {
            let begun = visits.iter().find(|visit| visit.run == run).map_or(i64::MAX, |visit| visit.from_ms);
            let since = if breach.of_run.is_some() { begun } else { i64::MIN };
            let is_before = |came: &&(i64, SmolStr, Option<Span>)| {
                came.1 == *event && asked.is_none_or(|asked| came.2 == Some(asked)) && since <= came.0 && came.0 <= at_ms
            };
            counts(&run) && sent == message && course.events.iter().any(|came| is_before(&came))
        }),
        BreachKind::Around { to, via } => visits.iter().enumerate().any(|(at, visit)| {
            let before = visits.iter().take(at + 1).any(|it| together(&it.run, &visit.run) && it.is_in(via));
            visit.is_in(to) && !before
        }),
        BreachKind::Follows { earlier, later } => visits.iter().enumerate().any(|(at, visit)| {
            visit.is_in(earlier) && visits.iter().skip(at + 1).any(|it| together(&it.run, &visit.run) && it.is_in(later))
        }),
        BreachKind::Both { one, other } => {
            visits.iter().any(|visit| visit.is_in(one) && visits.iter().any(|it| together(&it.run, &visit.run) && it.is_in(other)))
        }
    }
}

/// All stays in stages, in the order of entering.
fn visits(outcomes: &[Outcome]) -> Vec<Visit<'_>> {
    let mut visits: Vec<Visit<'_>> = Vec::new();
    for outcome in outcomes {
        let run = run_of(outcome);
        let mut close = |is_last: bool| {
            if let Some(open) = visits.iter_mut().rfind(|visit| (visit.run.0, visit.run.1) == (run.0, run.1) && visit.to_ms.is_none()) {
                (open.to_ms, open.is_last) = (Some(outcome.time_ms), is_last);
            }
        };
        match &outcome.what {
            What::Move { to: Some(stage), .. } => {
                close(false);
                visits.push(Visit { run, stage, from_ms: outcome.time_ms, to_ms: None, is_last: false });
            }
            What::Move { to: None, .. } | What::RunEnds { .. } => close(true),
            _ => {}
        }
    }
    visits
}

fn run_of(outcome: &Outcome) -> Run<'_> {
    (&outcome.funnel, outcome.key.as_deref(), u64::from(outcome.run))
}

fn sends(outcomes: &[Outcome]) -> impl Iterator<Item = (Run<'_>, &str, i64)> {
    outcomes.iter().filter_map(|outcome| match &outcome.what {
        What::Send { message, outcome: SendOutcome::Sent, .. } => Some((run_of(outcome), message.as_str(), outcome.time_ms)),
        _ => None,
    })
}

/// The lengths of the stays in a stage; entering it again from itself is no leaving.
fn stays(visits: &[Visit<'_>], stage: &str, end_ms: i64) -> impl Iterator<Item = i64> {
    let mut lengths: Vec<(Run<'_>, i64, i64)> = Vec::new();
    for visit in visits.iter().filter(|visit| visit.is_in(stage)) {
        let to_ms = visit.to_ms.unwrap_or(end_ms);
        match lengths.last_mut() {
            Some((run, _, until)) if *run == visit.run && *until == visit.from_ms && went_straight(visits, visit) => *until = to_ms,
            _ => lengths.push((visit.run, visit.from_ms, to_ms)),
        }
    }
    lengths.into_iter().map(|(_, from, to)| to - from).collect::<Vec<_>>().into_iter()
}

/// Whether the visit before in the same run was of the same stage.
fn went_straight(visits: &[Visit<'_>], visit: &Visit<'_>) -> bool {
    let before = visits.iter().take_while(|it| !std::ptr::eq(*it, visit)).filter(|it| it.run == visit.run).last();
    before.is_some_and(|before| before.stage == visit.stage)
}

/// Whether a message is sent while its run (or any, where all count together) is in a stage.
fn sent_in(breach: &Breach, message: &str, stage: &str, outcomes: &[Outcome]) -> bool {
    let mut places: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    let (funnel, name) = stage.split_once('/').unwrap_or(("", stage));
    outcomes.iter().any(|outcome| {
        let place = (outcome.funnel.as_str(), outcome.key.as_deref());
        match &outcome.what {
            What::Move { to: Some(to), .. } => drop(places.insert(place, to)),
            What::Move { to: None, .. } | What::RunEnds { .. } => drop(places.remove(&place)),
            What::Send { message: sent, outcome: SendOutcome::Sent, .. } if sent == message => {
                let is_there = |(place, at): (&(&str, Option<&str>), &&str)| place.0 == funnel && **at == *name;
                let own = places.get_key_value(&place).filter(|_| breach.of_run.is_some());
                return match own {
                    Some(own) => is_there(own),
                    None => breach.of_run.is_none() && places.iter().any(is_there),
                };
            }
            _ => {}
        }
        false
    })
}

fn during(visit: &Visit<'_>, at_ms: i64) -> bool {
    visit.from_ms <= at_ms && visit.to_ms.is_none_or(|to| to > at_ms)
}

fn misses(visits: &[Visit<'_>], at: usize, to: &[SmolStr], within_ms: Option<i64>, course: Course<'_>) -> bool {
    let Some(visit) = visits.get(at) else { return false };
    let of_run = || visits.iter().skip(at).filter(|it| it.run == visit.run);
    let in_time = |it: &Visit<'_>| within_ms.is_none_or(|within| it.from_ms - visit.from_ms <= within);
    if of_run().any(|it| it.is_in_one(to) && in_time(it)) {
        return false;
    }
    let is_over = of_run().any(|it| it.is_last);
    is_over || within_ms.map_or(course.is_quiet, |within| course.end_ms - visit.from_ms > within)
}

fn unmet(visits: &[Visit<'_>], at_ms: i64, to: &[SmolStr], within_ms: i64, of_run: Option<&str>, end_ms: i64) -> bool {
    let by_then = at_ms.saturating_add(within_ms);
    let is_concerned = |visit: &&Visit<'_>| {
        of_run.is_none_or(|funnel| visit.run.0 == funnel) && visit.from_ms <= at_ms && visit.to_ms.is_none_or(|to| to >= at_ms)
    };
    visits.iter().filter(is_concerned).any(|concerned| {
        let of_run = || visits.iter().filter(|it| it.run == concerned.run);
        // Who was gone at the very instant may have been gone before the event.
        let is_sure =
            of_run().any(|it| during(it, at_ms)) && !of_run().any(|it| it.is_last && it.to_ms == Some(at_ms) && it.from_ms == at_ms);
        let met = of_run().any(|it| it.is_in_one(to) && it.from_ms <= by_then && it.to_ms.is_none_or(|to| to >= at_ms));
        let is_over = of_run().any(|it| it.is_last && it.to_ms.is_some_and(|to| to <= by_then));
        is_sure && !met && (is_over || end_ms > by_then)
    })
}
