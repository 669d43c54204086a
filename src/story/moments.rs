//! What happened, line by line, in the words of a marketer.

use super::{
    claim::split_name,
    places::Places,
    play::{Played, place},
};
use crate::{
    diag::{Breach, BreachKind, Claim, Happening, Moment, Plot, Turn},
    model::Model,
    runtime::{Argument, Outcome, SendOutcome, What},
};
use jiff::tz::TimeZone;
use smol_str::{SmolStr, ToSmolStr};

/// The moments of a play, by time; in one instant what comes from outside first.
pub(super) fn of(model: &Model, places: &Places, plot: &Plot, played: &Played) -> Vec<Moment> {
    let several = played.outcomes.iter().filter(|it| told(&it.what)).any(|it| it.funnel != plot.funnel.as_str());
    let mut moments: Vec<Moment> =
        plot.happenings.iter().zip(&played.happenings).map(|(happening, at_ms)| from_outside(happening, *at_ms)).collect();
    let zone = TimeZone::get(&model.timezone).unwrap_or(TimeZone::UTC);
    moments.extend(played.outcomes.iter().filter_map(|outcome| done(places, outcome, several, &zone)));
    moments.sort_by_key(|moment| (moment.at_ms, !moment.from_outside()));
    moments
}

/// What is still so at the end, where that is claimed.
pub(super) fn last(plot: &Plot, played: &Played) -> Option<Moment> {
    let moment = |about: &str, text: String| Moment {
        at_ms: played.end_ms,
        turn: Turn::Stays,
        funnel: Some(plot.funnel.clone()),
        about: about.into(),
        text,
        span: None,
    };
    plot.claims.iter().find_map(|claim| match claim {
        Claim::Stays { stages } => {
            let names: Vec<String> = stages.iter().map(|stage| format!("`{}`", split_name(plot, stage).1)).collect();
            Some(moment(stages.first()?, format!("is still in {}", names.join(" or "))))
        }
        Claim::NotEntered { stage } => Some(moment(stage, format!("has not come to `{}`", split_name(plot, stage).1))),
        Claim::Rests { stage, .. } => Some(moment(stage, format!("is still in `{}`", split_name(plot, stage).1))),
        Claim::EntersOnly { stage, times } => {
            let again = if *times > 0 { " again" } else { "" };
            Some(moment(stage, format!("has not come to `{}`{again}", split_name(plot, stage).1)))
        }
        Claim::Breaks(Breach { kind: BreachKind::Stays { stage, .. }, .. }) => {
            let (funnel, name) = split_name(plot, stage);
            let place = played.outcomes.iter().filter(|it| it.funnel == funnel).filter_map(|it| place(&it.what, it.time_ms)).next_back();
            let is_there = place.is_some_and(|(to, _)| to == Some(name));
            is_there.then(|| moment(stage, format!("is still in `{name}`")))
        }
        Claim::Breaks(Breach { kind: BreachKind::Misses { to, .. } | BreachKind::Unmet { to, .. }, .. }) => {
            let names: Vec<String> = to.iter().map(|stage| format!("`{}`", split_name(plot, stage).1)).collect();
            Some(moment(to.first()?, format!("has not come to {}", names.join(" or "))))
        }
        Claim::Breaks(_)
        | Claim::Enters { .. }
        | Claim::Sends { .. }
        | Claim::Outcome { .. }
        | Claim::Looping
        | Claim::Cascade
        | Claim::Passes { .. }
        | Claim::SentTwice { .. }
        | Claim::SentAtOnce { .. }
        | Claim::PassesAtOnce { .. }
        | Claim::Alternates { .. }
        | Claim::OpensToo { .. }
        | Claim::DoneUnsent { .. } => None,
    })
}

fn from_outside(happening: &Happening, at_ms: i64) -> Moment {
    let text = match (happening.event.as_str(), happening.properties.as_slice()) {
        ("identify", []) => "becomes known to us".to_owned(),
        ("identify", list) => {
            let parts: Vec<String> = list.iter().map(|(name, fact)| format!("{name} = {fact}")).collect();
            format!("is known with {}", parts.join(", "))
        }
        _ => happening.to_text(),
    };
    Moment { at_ms, turn: Turn::Event, funnel: None, about: happening.event.clone(), text, span: happening.span }
}

fn told(what: &What) -> bool {
    !matches!(what, What::PlayBegins { .. } | What::PlayFinished { .. } | What::PlayCutOff { .. })
}

fn call(name: &str, arguments: &[Argument]) -> String {
    if arguments.is_empty() {
        return format!("`{name}`");
    }
    let value = |(name, value): &Argument| format!("{name}: {}", value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string));
    format!("`{name}({})`", arguments.iter().map(value).collect::<Vec<_>>().join(", "))
}

/// What a funnel did, in words; nothing for what is not told. Named with its funnel where `several` tell, and with the
/// clock times of a zone.
pub(super) fn done(places: &Places, outcome: &Outcome, several: bool, zone: &TimeZone) -> Option<Moment> {
    let (turn, about, text): (Turn, &str, String) = match &outcome.what {
        What::Move { from: None, to: Some(to) } => (Turn::Enters, to, format!("comes in to `{to}`")),
        What::Move { from: Some(from), to: Some(to) } if from == to => (Turn::Enters, to, format!("comes to `{to}` again")),
        What::Move { from: Some(_), to: Some(to) } => (Turn::Enters, to, format!("goes on to `{to}`")),
        What::Move { from, to: None } => (Turn::Leaves, from.as_deref().unwrap_or(""), "leaves".to_owned()),
        What::RunEnds { stage } => (Turn::Ends, stage, format!("is at the end in `{stage}`")),
        What::Send { message, channel, arguments, outcome, .. } => {
            let (turn, text) = send(message, channel, arguments, *outcome, zone);
            (turn, message, text)
        }
        What::Do { action, arguments, .. } => (Turn::Does, action, format!("{} is asked for", call(action, arguments))),
        What::Record { event, arguments } => (Turn::Records, event, format!("{} is recorded", call(event, arguments))),
        What::Set { attribute, value } => {
            let value = value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string);
            (Turn::Sets, attribute, format!("`{attribute}` is set to {value}"))
        }
        What::Split { split, arm } => (Turn::Draws, split, format!("draws `{arm}` in `{split}`")),
        What::Looping { stage } => {
            (Turn::Looping, stage, format!("would come to `{stage}` again in the same instant, and is stopped as looping"))
        }
        What::Cascade => {
            (Turn::Cascade, "", "more than 64 events follow from each other in this instant; the rest is set aside".to_owned())
        }
        What::Stranded { .. } | What::PlayBegins { .. } | What::PlayFinished { .. } | What::PlayCutOff { .. } => return None,
    };
    let text = if several { format!("{text}, in {}", outcome.funnel) } else { text };
    let span = outcome.clause.as_ref().and_then(|clause| places.of(&clause.id));
    Some(Moment { at_ms: outcome.time_ms, turn, funnel: Some(outcome.funnel.to_smolstr()), about: SmolStr::new(about), text, span })
}

fn send(message: &str, channel: &str, arguments: &[Argument], outcome: SendOutcome, zone: &TimeZone) -> (Turn, String) {
    let what = call(message, arguments);
    match outcome {
        SendOutcome::Sent => (Turn::Sends, format!("{what} is sent")),
        SendOutcome::Held { until_ms } => {
            let until = jiff::Timestamp::from_millisecond(until_ms).map(|it| it.to_zoned(zone.clone()).strftime("%H:%M").to_string());
            (Turn::Holds, format!("{what} is held until {}", until.unwrap_or_default()))
        }
        SendOutcome::Capped => (Turn::Skips, format!("{what} is not sent: `{channel}` has reached its cap")),
        SendOutcome::NoConsent => (Turn::Skips, format!("{what} is not sent: no consent for `{channel}`")),
        SendOutcome::Dropped => (Turn::Skips, format!("{what} was held and is dropped")),
    }
}
