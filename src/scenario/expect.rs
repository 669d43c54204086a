//! Whether an expectation holds.

use super::{
    play::{Playing, WHO},
    value,
    words::{Then, call, several_times, times},
};
use crate::{
    ast::{Arg, Expectation, Text},
    ruleset::Property,
    runtime::{Argument, Outcome, SendOutcome, Value, What},
    units::Clock,
};
use std::collections::BTreeSet;

/// Whether an expectation holds now; if not, what was expected and what is so.
pub(super) fn check(playing: &Playing<'_, '_>, expectation: &Expectation) -> Result<(), String> {
    match expectation {
        Expectation::In { not, stage, key } => is_in(playing, *not, &stage.text, key.as_ref()),
        Expectation::Outside => outside(playing),
        Expectation::Sent { not, message, args, times } => sent(playing, *not, &message.text, args.as_ref(), times.map(|it| it.it)),
        Expectation::Held { message, until } => held(playing, &message.text, until.it),
        Expectation::Capped { message } => capped(playing, &message.text),
        Expectation::Attribute { attribute, value } => is_set(playing, &attribute.text, value),
        Expectation::Did { not, action, args } => did(playing, *not, &action.text, args.as_ref()),
        Expectation::Finished { play } => finished(playing, &play.text),
    }
}

/// The keys under which the contact ever had a run of the funnel; nothing for a run per contact.
fn keys(playing: &Playing<'_, '_>) -> Vec<Option<String>> {
    let is_keyed = playing.rules.funnels.iter().any(|funnel| funnel.name == playing.funnel && funnel.key.is_some());
    if !is_keyed {
        return vec![None];
    }
    let mine = playing.sink.outcomes.iter().filter(|it| it.funnel == playing.funnel);
    let keys: BTreeSet<String> = mine.filter_map(|it| it.key.clone()).collect();
    keys.into_iter().map(Some).collect()
}

/// Where the runs of the contact are, each with its key.
fn places<'p>(playing: &'p Playing<'_, '_>, keys: &[Option<String>]) -> Vec<(&'p str, Option<String>)> {
    keys.iter().filter_map(|key| Some((playing.engine.stage(WHO, playing.funnel, key.as_deref())?, key.clone()))).collect()
}

/// Where the contact is, in words: ``in `trial` ``, ``in `trial` for "A-17"``, `outside`.
fn place_words(places: &[(&str, Option<String>)]) -> String {
    let one = |(stage, key): &(&str, Option<String>)| {
        format!("in `{stage}`{}", key.as_ref().map_or_else(String::new, |key| format!(" for \"{key}\"")))
    };
    if places.is_empty() { "outside".to_owned() } else { places.iter().map(one).collect::<Vec<_>>().join(" and ") }
}

fn is_in(playing: &Playing<'_, '_>, not: bool, stage: &str, key: Option<&Text>) -> Result<(), String> {
    let asked = key.map_or_else(|| keys(playing), |key| vec![Some(key.value.to_string())]);
    let places = places(playing, &asked);
    if places.iter().any(|(place, _)| *place == stage) != not {
        return Ok(());
    }
    let whose = key.map_or_else(String::new, |key| format!(" for \"{}\"", key.value));
    let then = Then::new(playing);
    let moves = |wanted: Option<&str>| {
        let mine = playing.sink.outcomes.iter().filter(|it| it.funnel == playing.funnel && asked.contains(&it.key));
        mine.filter(|it| matches!(&it.what, What::Move { to, .. } if wanted.is_none() || to.as_deref() == wanted))
            .map(|it| it.time_ms)
            .next_back()
    };
    if not {
        let since = moves(Some(stage)).map_or_else(String::new, |at_ms| format!(", since {}", then.at(at_ms)));
        return Err(format!("expected not to be in `{stage}`{whose}, and that is where the contact is{since}"));
    }
    let since = moves(None).map_or_else(String::new, |at_ms| format!(", since {}", then.at(at_ms)));
    let been = moves(Some(stage)).map_or_else(String::new, |at_ms| format!("; it came to `{stage}` {} and has left it", then.on(at_ms)));
    Err(format!("expected to be in `{stage}`{whose}, and the contact is {}{since}{been}", place_words(&places)))
}

fn outside(playing: &Playing<'_, '_>) -> Result<(), String> {
    let places = places(playing, &keys(playing));
    if places.is_empty() {
        return Ok(());
    }
    Err(format!("expected to be outside, and the contact is {}", place_words(&places)))
}

/// The values of arguments; why they cannot be compared.
fn wanted(playing: &Playing<'_, '_>, args: Option<&Vec<Arg>>, declared: &[Property]) -> Result<Vec<(String, Value)>, String> {
    value::arguments(args, declared, &playing.zone())
        .map_err(|_| "this value is none that a test can know: write the value itself".to_owned())
}

/// Whether arguments have these values, as far as they are named.
fn agree(arguments: &[Argument], wanted: &[(String, Value)]) -> bool {
    wanted.iter().all(|(name, value)| arguments.iter().any(|(other, it)| other == name && it.as_ref().is_some_and(|it| equal(it, value))))
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => a.iter().collect::<BTreeSet<_>>() == b.iter().collect::<BTreeSet<_>>(),
        _ => a == b,
    }
}

/// How the requests for a message were decided, in order.
fn sends<'p>(playing: &'p Playing<'_, '_>, message: &'p str) -> impl Iterator<Item = (&'p Outcome, &'p [Argument], SendOutcome)> {
    playing.sink.outcomes.iter().filter_map(move |it| match &it.what {
        What::Send { message: other, arguments, outcome, .. } if other == message => Some((it, arguments.as_slice(), *outcome)),
        _ => None,
    })
}

fn sent(playing: &Playing<'_, '_>, not: bool, message: &str, args: Option<&Vec<Arg>>, wanted_times: Option<u32>) -> Result<(), String> {
    let declared = playing.rules.messages.iter().find(|it| it.name == message).map_or(&[][..], |it| &it.parameters);
    let wanted = wanted(playing, args, declared)?;
    let went_out: Vec<i64> = sends(playing, message)
        .filter(|(_, arguments, outcome)| *outcome == SendOutcome::Sent && agree(arguments, &wanted))
        .map(|(it, ..)| it.time_ms)
        .collect();
    let holds = match wanted_times {
        Some(wanted) => u32::try_from(went_out.len()) == Ok(wanted),
        None => !went_out.is_empty(),
    };
    if holds != not {
        return Ok(());
    }
    let then = Then::new(playing);
    let what = call(message, &wanted);
    let negation = if not { "not " } else { "" };
    let how_often = wanted_times.map_or_else(String::new, |wanted| format!(" {}", times(wanted)));
    let head = format!("expected {what} {negation}to be sent{how_often}");
    if !went_out.is_empty() {
        return Err(format!("{head}, and it was sent {}", several_times(&went_out, &then)));
    }
    let others: Vec<String> =
        sends(playing, message).map(|(it, arguments, outcome)| then.decided(it.time_ms, arguments, outcome)).collect();
    Err(match others.as_slice() {
        [] => format!("{head}, and nobody has asked for it so far"),
        others => format!("{head}, and it was {}", others.join(", ")),
    })
}

fn held(playing: &Playing<'_, '_>, message: &str, until: Clock) -> Result<(), String> {
    let then = Then::new(playing);
    let fits = |outcome: SendOutcome| matches!(outcome, SendOutcome::Held { until_ms } if then.clock(until_ms) == Some(until));
    if sends(playing, message).any(|(.., outcome)| fits(outcome)) {
        return Ok(());
    }
    Err(format!("expected `{message}` to be held until {until}, and {}", so_far(playing, message, &then)))
}

fn capped(playing: &Playing<'_, '_>, message: &str) -> Result<(), String> {
    if sends(playing, message).any(|(.., outcome)| outcome == SendOutcome::Capped) {
        return Ok(());
    }
    Err(format!("expected `{message}` to be capped, and {}", so_far(playing, message, &Then::new(playing))))
}

fn so_far(playing: &Playing<'_, '_>, message: &str, then: &Then) -> String {
    let all: Vec<String> = sends(playing, message).map(|(it, _, outcome)| then.decided(it.time_ms, &[], outcome)).collect();
    if all.is_empty() { "nobody has asked for it so far".to_owned() } else { format!("it was {}", all.join(", ")) }
}

fn is_set(playing: &Playing<'_, '_>, attribute: &str, written: &crate::ast::Value) -> Result<(), String> {
    let ty = playing.rules.attributes.iter().find(|it| it.name == attribute).map(|it| &it.ty);
    let Some(wanted) = ty.and_then(|ty| value::value(written, ty, &playing.zone())) else {
        return Err("this value is none that a test can know: write the value itself".to_owned());
    };
    let is = playing.engine.attribute(WHO, attribute);
    if is.is_some_and(|is| equal(is, &wanted)) {
        return Ok(());
    }
    let then = Then::new(playing);
    let since = playing.sink.outcomes.iter().rfind(|it| matches!(&it.what, What::Set { attribute: other, .. } if other == attribute));
    let since = since.map_or_else(String::new, |it| format!(", set {}", then.on(it.time_ms)));
    let is = is.map_or_else(|| "missing".to_owned(), |is| then.value(is));
    Err(format!("expected `{attribute}` to be {}, and it is {is}{since}", then.value(&wanted)))
}

fn did(playing: &Playing<'_, '_>, not: bool, action: &str, args: Option<&Vec<Arg>>) -> Result<(), String> {
    let declared = playing.rules.actions.iter().find(|it| it.name == action).map_or(&[][..], |it| &it.parameters);
    let wanted = wanted(playing, args, declared)?;
    let all: Vec<(i64, &[Argument])> = playing
        .sink
        .outcomes
        .iter()
        .filter_map(|it| match &it.what {
            What::Do { action: other, arguments, .. } if other == action => Some((it.time_ms, arguments.as_slice())),
            _ => None,
        })
        .collect();
    let fitting: Vec<i64> = all.iter().filter(|(_, arguments)| agree(arguments, &wanted)).map(|(at_ms, _)| *at_ms).collect();
    if fitting.is_empty() == not {
        return Ok(());
    }
    let then = Then::new(playing);
    let head = format!("expected {} {}to be asked for", call(action, &wanted), if not { "not " } else { "" });
    if not {
        return Err(format!("{head}, and it was {}", several_times(&fitting, &then)));
    }
    let others: Vec<String> = all.iter().map(|(at_ms, arguments)| format!("{}{}", then.on(*at_ms), then.with(arguments))).collect();
    Err(match others.as_slice() {
        [] => format!("{head}, and it was not"),
        others => format!("{head}, and it was asked for {}", others.join(", ")),
    })
}

fn finished(playing: &Playing<'_, '_>, play: &str) -> Result<(), String> {
    let mine = || playing.sink.outcomes.iter().filter(|it| it.funnel == playing.funnel);
    if mine().any(|it| matches!(&it.what, What::PlayFinished { play: other } if other == play)) {
        return Ok(());
    }
    let then = Then::new(playing);
    let latest = |is_it: &dyn Fn(&What) -> bool| mine().rfind(|it| is_it(&it.what)).map(|it| it.time_ms);
    let began = latest(&|what| matches!(what, What::PlayBegins { play: other } if other == play));
    let cut_off = latest(&|what| matches!(what, What::PlayCutOff { play: other } if other == play));
    Err(match (began, cut_off) {
        (Some(began), Some(ended)) => {
            format!("expected `{play}` to have finished, and it began {} and was cut off {}", then.on(began), then.on(ended))
        }
        (Some(began), None) => format!("expected `{play}` to have finished, and it began {} and still runs", then.on(began)),
        (None, _) => format!("expected `{play}` to have finished, and it has not begun"),
    })
}
