//! A search for a story: what the world may do next, whatever brings more about first.
//!
//! Used where the plots that a check has written do not do what it claims. It goes on from what was played, one thing from
//! outside at a time, soon or just before or behind the next timer, and keeps the few courses in which most happens.
//! Invariants: the order of everything is fixed, the work is bounded.

use super::play::Played;
use crate::{
    diag::{Plot, Search, When},
    runtime::{SendOutcome, What},
};

const MINUTE_MS: i64 = 60_000;

/// So many courses are gone on with.
const BEAM: usize = 6;

/// So many things come from outside at most.
const DEPTH: usize = 7;

/// So many courses are played for one finding.
const PLAYS_MAX: usize = 160;

/// A plot that does what it claims. `play` plays one, and says whether it does.
pub(super) fn search(search: &Search, play: &mut dyn FnMut(&Plot) -> (Played, bool)) -> Option<Plot> {
    let mut plays = 0;
    let mut beam: Vec<(u64, Plot)> = Vec::new();
    for begin in &search.begins {
        if begin.happenings.is_empty() {
            beam.push((0, begin.clone()));
            continue;
        }
        plays += 1;
        let (played, _) = play(&Plot { horizon_ms: 0, ..begin.clone() });
        if played.stopped.is_none() {
            let horizon_ms = begin.horizon_ms;
            beam.push((worth(&played), Plot { horizon_ms, ..played.dated(begin.clone()) }));
        }
    }
    for _ in 0..DEPTH {
        let mut grown: Vec<(u64, Plot)> = Vec::new();
        for (_, plot) in &beam {
            let (now, _) = play(&Plot { horizon_ms: 0, ..plot.clone() });
            for after_ms in delays(search, &now) {
                for next in &search.moves {
                    if plays >= PLAYS_MAX {
                        return None;
                    }
                    plays += 1;
                    let mut longer = plot.clone();
                    let after_ms = if longer.happenings.is_empty() { 0 } else { after_ms };
                    let mut happening = next.clone();
                    happening.when = When::Then(after_ms);
                    longer.happenings.push(happening);
                    let (played, does_it) = play(&longer);
                    if does_it {
                        return Some(longer);
                    }
                    if played.stopped.is_none() {
                        let horizon_ms = longer.horizon_ms;
                        grown.push((worth(&played), Plot { horizon_ms, ..played.dated(longer) }));
                    }
                }
            }
        }
        // The order of trying decides between equals.
        grown.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
        grown.dedup_by(|a, b| a.1 == b.1);
        grown.truncate(BEAM);
        if grown.is_empty() {
            return None;
        }
        beam = grown;
    }
    None
}

/// How long to wait for what comes next.
fn delays(search: &Search, now: &Played) -> Vec<i64> {
    let mut delays = vec![MINUTE_MS];
    if let Some(due_ms) = now.next_due_ms {
        let ahead = due_ms.saturating_sub(now.end_ms);
        delays.extend([ahead.saturating_sub(MINUTE_MS), ahead.saturating_add(MINUTE_MS)].into_iter().filter(|ms| *ms > MINUTE_MS));
    }
    delays.extend(search.waits.iter().take(3).map(|ms| ms.saturating_add(MINUTE_MS)));
    delays.dedup();
    delays
}

/// How much was brought about: messages first, then places.
fn worth(played: &Played) -> u64 {
    played.outcomes.iter().fold(0, |sum, outcome| {
        sum + match &outcome.what {
            What::Send { outcome: SendOutcome::Sent, .. } => 100,
            What::Move { to: Some(_), .. } => 10,
            What::Set { .. } | What::Record { .. } => 1,
            _ => 0,
        }
    })
}
