//! What the funnels did in a play: messages sent together, twice, or not at all.

use super::play::Played;
use crate::{
    diag::Turn,
    runtime::{Outcome, SendOutcome, What},
};
use smol_str::SmolStr;

/// When a message was sent.
fn sent<'o>(message: &'o str, outcomes: &'o [Outcome]) -> impl Iterator<Item = i64> + 'o {
    let is_it = move |what: &What| matches!(what, What::Send { message: sent, outcome: SendOutcome::Sent, .. } if sent == message);
    outcomes.iter().filter(move |it| is_it(&it.what)).map(|it| it.time_ms)
}

/// Why a message is not sent twice with nothing from outside between.
pub(super) fn sent_twice(message: &str, played: &Played, outcomes: &[Outcome]) -> Option<String> {
    let times: Vec<i64> = sent(message, outcomes).collect();
    // What comes at the instant of a send comes before it.
    let is_quiet = |(first, second): (&i64, &i64)| !played.happenings.iter().any(|at_ms| first < at_ms && at_ms <= second);
    let twice = times.iter().zip(times.iter().skip(1)).any(is_quiet);
    (!twice).then(|| format!("`{message}` is not sent twice with nothing between"))
}

/// Why messages are not sent at one instant.
pub(super) fn sent_at_once(messages: &[SmolStr], outcomes: &[Outcome]) -> Option<String> {
    let (first, others) = messages.split_first()?;
    let together = sent(first, outcomes).any(|at_ms| others.iter().all(|other| sent(other, outcomes).any(|it| it == at_ms)));
    (!together).then(|| format!("`{first}` is not sent at the instant of the other"))
}

/// Why a message is sent, or something is not done although it is not.
pub(super) fn done_unsent(message: &str, turn: Turn, about: &str, outcomes: &[Outcome]) -> Option<String> {
    let skipped = |what: &What| matches!(what, What::Send { message: it, outcome: SendOutcome::Capped | SendOutcome::NoConsent | SendOutcome::Dropped, .. } if it == message);
    let is_it = |what: &What| match what {
        What::Send { message: it, outcome: SendOutcome::Sent, .. } => turn == Turn::Sends && it == about,
        What::Set { attribute, .. } => turn == Turn::Sets && attribute == about,
        What::Record { event, .. } => turn == Turn::Records && event == about,
        What::Do { action, .. } => turn == Turn::Does && action == about,
        What::Send { .. }
        | What::Move { .. }
        | What::RunEnds { .. }
        | What::PlayBegins { .. }
        | What::PlayFinished { .. }
        | What::PlayCutOff { .. }
        | What::Split { .. }
        | What::Looping { .. }
        | What::Cascade
        | What::Stranded { .. } => false,
    };
    let behind = outcomes.iter().skip_while(|it| !skipped(&it.what)).skip(1);
    match behind.map(|it| &it.what).find(|what| is_it(what)) {
        Some(_) => None,
        None if outcomes.iter().any(|it| skipped(&it.what)) => Some(format!("nothing is done with `{about}` afterwards")),
        None => Some(format!("`{message}` is not left out")),
    }
}
