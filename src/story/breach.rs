//! Whether a course of things breaks a guarantee.

use super::{
    came::Came,
    play::Played,
    visits::{Run, Visit, Visits, has_word, run_of},
};
use crate::{
    diag::{Breach, BreachKind, Plot},
    runtime::{Outcome, SendOutcome, What},
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// What happened to one contact.
#[derive(Clone, Copy, Debug)]
pub struct Course<'c> {
    /// What the funnels did, in their order.
    pub outcomes: &'c [Outcome],
    /// The events that came from outside, by time.
    pub events: &'c [Came],
    /// Until when was looked.
    pub end_ms: i64,
    /// Whether nothing is due any more then.
    pub is_quiet: bool,
}

/// Why a guarantee is not broken in a play; nothing where it is.
pub(super) fn refutes(breach: &Breach, plot: &Plot, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let events: Vec<Came> = plot.happenings.iter().zip(&played.happenings).map(|(it, at_ms)| Came::of(it, *at_ms)).collect();
    let course = Course { outcomes, events: &events, end_ms: played.end_ms, is_quiet: played.next_due_ms.is_none() };
    (!breaks(breach, course)).then(|| "the guarantee holds in it".to_owned())
}

/// Whether what happened breaks a guarantee.
#[must_use]
pub fn breaks(breach: &Breach, course: Course<'_>) -> bool {
    let visits = || Visits::new(course.outcomes);
    let counts = |run: &Run<'_>| breach.of_run.as_ref().is_none_or(|funnel| funnel == run.0);
    // The runs that count together.
    let life = |run: &Run<'_>| breach.of_run.is_some().then_some((run.0.to_owned(), run.1.map(ToOwned::to_owned), run.2));
    match &breach.kind {
        BreachKind::Stays { stage, most_ms } => visits().stays(stage, course.end_ms).any(|ms| ms > *most_ms),
        BreachKind::Misses { from, to, within_ms } => {
            let visits = visits();
            visits.all.iter().any(|visit| visit.is_in(from) && misses(&visits, visit, to, *within_ms, course))
        }
        BreachKind::Unmet { event, about, asked, to, within_ms } => {
            let came = course.events.iter().filter(|it| it.is(event, about.as_deref(), *asked));
            let visits = visits();
            came.into_iter().any(|came| unmet(&visits, came, to, *within_ms, breach, course))
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
        BreachKind::SentAfter { message, event, about, asked } => sends(course.outcomes).any(|(run, sent, at_ms)| {
            if !counts(&run) || sent != message {
                return false;
            }
            let of_run = course.outcomes.iter().find(|it| run_of(it) == run && matches!(it.what, What::Move { to: Some(_), .. }));
            let begun = of_run.map_or(i64::MAX, |it| it.time_ms);
            // What came at the instant at which the run began may have come before it, but for what has begun it.
            let has_begun = of_run.and_then(|it| it.clause.as_ref()).is_some_and(|clause| has_word(&clause.sentence, event));
            let is_within = |at_ms: i64| breach.of_run.is_none() || begun < at_ms || (begun == at_ms && has_begun);
            let is_before = |came: &Came| {
                came.is(event, about.as_deref(), *asked)
                    && is_within(came.at_ms)
                    && came.at_ms <= at_ms
                    && came.concerns((run.0, run.1), breach.key.as_deref(), course.outcomes)
            };
            course.events.iter().any(is_before)
        }),
        BreachKind::Around { to, via } => {
            let (visits, mut been) = (visits(), BTreeSet::new());
            visits.all.iter().any(|visit| {
                if visit.is_in(via) {
                    been.insert(life(&visit.run));
                }
                visit.is_in(to) && !been.contains(&life(&visit.run))
            })
        }
        BreachKind::Follows { earlier, later } => {
            let (visits, mut been) = (visits(), BTreeSet::new());
            visits.all.iter().any(|visit| {
                let follows = visit.is_in(later) && been.contains(&life(&visit.run));
                if visit.is_in(earlier) {
                    been.insert(life(&visit.run));
                }
                follows
            })
        }
        BreachKind::Both { one, other } => {
            let visits = visits();
            let of = |stage: &SmolStr| visits.all.iter().filter(|visit| visit.is_in(stage)).map(|visit| life(&visit.run)).collect();
            let (ones, others): (BTreeSet<_>, BTreeSet<_>) = (of(one), of(other));
            !ones.is_disjoint(&others)
        }
    }
}

fn sends(outcomes: &[Outcome]) -> impl Iterator<Item = (Run<'_>, &str, i64)> {
    outcomes.iter().filter_map(|outcome| match &outcome.what {
        What::Send { message, outcome: SendOutcome::Sent, .. } => Some((run_of(outcome), message.as_str(), outcome.time_ms)),
        _ => None,
    })
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

fn misses(visits: &Visits<'_>, visit: &Visit<'_>, to: &[SmolStr], within_ms: Option<i64>, course: Course<'_>) -> bool {
    let of_run = || visits.of(&visit.run).skip(visit.nth);
    let in_time = |it: &Visit<'_>| within_ms.is_none_or(|within| it.from_ms - visit.from_ms <= within);
    if of_run().take_while(|it| in_time(it)).any(|it| it.is_in_one(to)) {
        return false;
    }
    let is_over = visits.of(&visit.run).next_back().is_some_and(|it| it.is_last);
    is_over || within_ms.map_or(course.is_quiet, |within| course.end_ms - visit.from_ms > within)
}

fn unmet(visits: &Visits<'_>, came: &Came, to: &[SmolStr], within_ms: i64, breach: &Breach, course: Course<'_>) -> bool {
    let (at_ms, end_ms) = (came.at_ms, course.end_ms);
    let by_then = at_ms.saturating_add(within_ms);
    if breach.of_run.is_none() {
        let is_met = |it: &Visit<'_>| it.is_in_one(to) && it.from_ms <= by_then && it.to_ms.is_none_or(|to| to >= at_ms);
        return end_ms > by_then && !visits.all.iter().any(is_met);
    }
    let is_concerned = |run: &&Run<'_>| {
        breach.of_run.as_ref().is_none_or(|funnel| run.0 == funnel)
            && visits.of(run).any(|visit| visit.from_ms <= at_ms && visit.to_ms.is_none_or(|to| to >= at_ms))
            && came.concerns((run.0, run.1), breach.key.as_deref(), course.outcomes)
    };
    visits.runs().filter(is_concerned).any(|run| {
        let of_run = || visits.of(run);
        // Who was gone at the very instant may have been gone before the event.
        let is_in =
            of_run().any(|it| it.is_during(at_ms)) && !of_run().any(|it| it.is_last && it.to_ms == Some(at_ms) && it.from_ms == at_ms);
        let is_sure = is_in || of_run().any(|it| it.from_ms < at_ms && it.to_ms == Some(at_ms) && it.is_last && it.is_left_by(&came.event));
        let met = of_run().any(|it| it.is_in_one(to) && it.from_ms <= by_then && it.to_ms.is_none_or(|to| to >= at_ms));
        let is_over = of_run().any(|it| it.is_last && it.to_ms.is_some_and(|to| to <= by_then));
        is_sure && !met && (is_over || end_ms > by_then)
    })
}
