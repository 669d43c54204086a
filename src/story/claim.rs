//! Whether a play did what a finding claims.

use super::{
    breach, deeds,
    play::{Played, place},
};
use crate::{
    diag::{Claim, Plot},
    runtime::{Outcome, SendOutcome, What},
};
use smol_str::SmolStr;

/// Why a claim does not hold in a play; nothing where it does.
pub(super) fn refutes(claim: &Claim, plot: &Plot, played: &Played) -> Option<String> {
    refutes_in(claim, plot, played, &played.outcomes)
}

/// [`refutes`], for outcomes that are still growing.
pub(super) fn refutes_in(claim: &Claim, plot: &Plot, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let since = played.last_ms().unwrap_or(plot.start_ms);
    match claim {
        Claim::Enters { stage, times } => {
            let entered = entries(outcomes, plot, stage).count();
            (entered < usize::try_from(*times).unwrap_or(usize::MAX)).then(|| match entered {
                0 => format!("the contact never comes to `{stage}`"),
                n => format!("the contact comes to `{stage}` only {n} of {times} times"),
            })
        }
        Claim::Stays { stages } => stays(stages, plot, outcomes, since),
        Claim::Sends { messages, after } => sends(messages, after.as_ref(), plot, played, outcomes),
        Claim::Outcome { message, outcome } => {
            let is_it = |it: &Outcome| matches!(&it.what, What::Send { message: sent, outcome: how, .. } if sent == message.as_str() && how.words() == outcome);
            (!outcomes.iter().any(is_it)).then(|| format!("`{message}` is never {outcome}"))
        }
        Claim::Looping => {
            let looping = outcomes.iter().any(|it| matches!(it.what, What::Looping { .. }));
            (!looping).then(|| "the contact does not go round in one instant".to_owned())
        }
        Claim::Cascade => {
            let cascade = outcomes.iter().any(|it| it.what == What::Cascade);
            (!cascade).then(|| "the events that follow from each other come to an end".to_owned())
        }
        Claim::Passes { stages } => passes(stages, plot, outcomes),
        Claim::NotEntered { stage } => {
            let enters = entries(outcomes, plot, stage).any(|at_ms| at_ms >= since);
            enters.then(|| format!("the contact comes to `{stage}` all the same"))
        }
        Claim::Rests { stage, for_ms } => rests((stage, *for_ms), plot, played, outcomes),
        Claim::EntersOnly { stage, times } => {
            let entered = entries(outcomes, plot, stage).count();
            (entered != usize::try_from(*times).unwrap_or(usize::MAX)).then(|| format!("the contact comes to `{stage}` {entered} times"))
        }
        Claim::PassesAtOnce { stage, to } => passes_at_once(stage, to.as_ref(), plot, outcomes),
        // That the other one opens too is seen in a play without the door: see `rival`.
        Claim::OpensToo { to, .. } => {
            entries(outcomes, plot, to).next().is_none().then(|| format!("the contact never comes to `{}`", split_name(plot, to).1))
        }
        Claim::Alternates { attribute, times } => alternates(attribute, *times, outcomes),
        Claim::SentTwice { message } => deeds::sent_twice(message, played, outcomes),
        Claim::SentAtOnce { messages } => deeds::sent_at_once(messages, outcomes),
        Claim::Breaks(breach) => breach::refutes(breach, plot, played, outcomes),
        Claim::DoneUnsent { message, turn, about } => deeds::done_unsent(message, *turn, about, outcomes),
    }
}

/// The funnel and the stage that a claim's name means.
pub(super) fn split_name<'n>(plot: &'n Plot, name: &'n str) -> (&'n str, &'n str) {
    name.split_once('/').unwrap_or((plot.funnel.as_str(), name))
}

fn entries<'o>(outcomes: &'o [Outcome], plot: &'o Plot, name: &'o str) -> impl Iterator<Item = i64> + 'o {
    let (funnel, stage) = split_name(plot, name);
    outcomes.iter().filter_map(move |it| match &it.what {
        What::Move { to: Some(to), .. } if it.funnel == funnel && to == stage => Some(it.time_ms),
        _ => None,
    })
}

fn stays(stages: &[SmolStr], plot: &Plot, outcomes: &[Outcome], since: i64) -> Option<String> {
    let places = |funnel: &str| {
        let of_funnel = outcomes.iter().filter(move |it| it.funnel == *funnel);
        of_funnel.filter_map(|it| place(&it.what, it.time_ms)).collect::<Vec<_>>()
    };
    let funnel = stages.first().map_or(plot.funnel.as_str(), |stage| split_name(plot, stage).0);
    let names: Vec<&str> = stages.iter().map(|stage| split_name(plot, stage).1).collect();
    let inside = |to: &Option<&str>| to.is_some_and(|to| names.contains(&to));
    let moves = places(funnel);
    // Timers may bring the contact there after the last thing that comes from outside.
    let before = moves.iter().filter(|(_, at_ms)| *at_ms <= since).count();
    let was_there = before.checked_sub(1).and_then(|at| moves.get(at)).is_some_and(|(to, _)| inside(to));
    let arrives = if was_there { Some(before) } else { (before..moves.len()).find(|at| moves.get(*at).is_some_and(|(to, _)| inside(to))) };
    let Some(arrives) = arrives else { return Some(format!("the contact never comes to `{}`", names.first().unwrap_or(&""))) };
    moves.iter().skip(arrives).find(|(to, _)| !inside(to)).map(|(to, _)| match to {
        Some(to) => format!("the contact goes on to `{to}`"),
        None => "the contact leaves".to_owned(),
    })
}

fn sends(messages: &[SmolStr], after: Option<&SmolStr>, plot: &Plot, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let begin_ms = match after {
        None => i64::MIN,
        Some(event) => {
            let happened = plot.happenings.iter().zip(&played.happenings).find(|(it, _)| it.event == *event).map(|(_, at_ms)| *at_ms);
            let recorded = outcomes.iter().find(|it| matches!(&it.what, What::Record { event: it, .. } if it == event.as_str()));
            match [happened, recorded.map(|it| it.time_ms)].into_iter().flatten().min() {
                Some(at_ms) => at_ms,
                None => return Some(format!("`{event}` never happens")),
            }
        }
    };
    let mut wanted = messages.iter();
    let mut next = wanted.next();
    for outcome in outcomes.iter().filter(|it| it.time_ms >= begin_ms) {
        if let What::Send { message, outcome: SendOutcome::Sent, .. } = &outcome.what
            && next.is_some_and(|next| next == message)
        {
            next = wanted.next();
        }
    }
    next.map(|message| format!("`{message}` is not sent as often"))
}

fn passes(stages: &[SmolStr], plot: &Plot, outcomes: &[Outcome]) -> Option<String> {
    let mut wanted = stages.iter().map(|stage| split_name(plot, stage));
    let mut next = wanted.next();
    let mut is_outside = true;
    for outcome in outcomes.iter().filter(|it| it.funnel == plot.funnel.as_str()) {
        if let Some((to, _)) = place(&outcome.what, outcome.time_ms) {
            is_outside = to.is_none();
            if next.is_some_and(|(funnel, stage)| funnel == outcome.funnel && to == Some(stage)) {
                next = wanted.next();
            }
        }
    }
    match next {
        Some((_, stage)) => Some(format!("the contact never comes to `{stage}`")),
        None if !is_outside => Some("the contact does not leave".to_owned()),
        None => None,
    }
}

/// The moves of a contact in the funnel of a stage, and the stage's name.
fn moves_at<'n>(name: &'n str, plot: &'n Plot, outcomes: &'n [Outcome]) -> (Vec<(Option<&'n str>, i64)>, &'n str) {
    let (funnel, stage) = split_name(plot, name);
    (outcomes.iter().filter(|it| it.funnel == funnel).filter_map(|it| place(&it.what, it.time_ms)).collect(), stage)
}

fn rests((name, for_ms): (&str, i64), plot: &Plot, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let (moves, stage) = moves_at(name, plot, outcomes);
    match moves.last() {
        Some((Some(last), since)) if *last == stage => {
            (played.end_ms.saturating_sub(*since) < for_ms).then(|| format!("the contact goes on and on to `{stage}`"))
        }
        Some((Some(last), _)) => Some(format!("the contact goes on to `{last}`")),
        Some((None, _)) => Some("the contact leaves".to_owned()),
        None => Some(format!("the contact never comes to `{stage}`")),
    }
}

fn passes_at_once(name: &str, to: Option<&SmolStr>, plot: &Plot, outcomes: &[Outcome]) -> Option<String> {
    let (moves, stage) = moves_at(name, plot, outcomes);
    let to = to.map(|to| split_name(plot, to).1);
    let passes = moves
        .iter()
        .zip(moves.iter().skip(1))
        .any(|((at, came_ms), (gone_to, gone_ms))| *at == Some(stage) && *gone_to == to && came_ms == gone_ms);
    (!passes).then(|| format!("the contact does not go on from `{stage}` at once"))
}

fn alternates(attribute: &str, times: u32, outcomes: &[Outcome]) -> Option<String> {
    let mut changes = 0;
    let mut before = None;
    for outcome in outcomes {
        if let What::Set { attribute: set, value } = &outcome.what
            && set == attribute
            && before != Some(value)
        {
            before = Some(value);
            changes += 1;
        }
    }
    (changes < times).then(|| format!("`{attribute}` changes only {changes} of {times} times"))
}
