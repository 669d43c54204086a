//! Stories played again from what they say alone, by another way than the one that told them.

use super::rules_of;
use funnelc::{
    diag::{Claim, Diagnostic, Fact, Moment, Story, Turn, When},
    model::Keeper,
    runtime::{Collected, Engine, Options, Outcome, Raw, Reason, Record, SendOutcome, Value, What},
    story::{Came, Course, breaks},
    workspace::Analysis,
};
use std::collections::BTreeMap;

const WHO: &str = "somebody";

fn value(fact: &Fact) -> Option<Value> {
    Some(match fact {
        Fact::Missing => return None,
        Fact::Text(text) => Value::Text(text.to_string()),
        Fact::Choice(word) => Value::Choice(word.to_string()),
        Fact::Number(number) => Value::Number(*number),
        Fact::Flag(flag) => Value::Flag(*flag),
        Fact::Date(date) => Value::Date(*date),
        Fact::Time(ms) => Value::Time(*ms),
        Fact::List(list) => Value::List(list.iter().map(ToString::to_string).collect()),
    })
}

fn raw(fact: &Fact) -> Raw {
    match fact {
        Fact::Missing => Raw::Missing,
        Fact::Text(text) | Fact::Choice(text) => Raw::Text(text.to_string()),
        Fact::Number(number) => Raw::Number(number.to_string()),
        Fact::Flag(flag) => Raw::Flag(*flag),
        Fact::Date(date) => Raw::Text(date.to_string()),
        Fact::Time(ms) => Raw::Number(ms.to_string()),
        Fact::List(list) => Raw::List(list.iter().map(|text| Raw::Text(text.to_string())).collect()),
    }
}

/// What is wrong with the story of a finding; nothing where it does what it and the message say.
pub fn fault(analysis: &Analysis, finding: &Diagnostic, story: &Story) -> Option<String> {
    let rules = rules_of(analysis)?;
    let plot = &story.plot;
    let mut times = Vec::new();
    for happening in &plot.happenings {
        let When::At(at_ms) = happening.when else { return Some(format!("{} has no date", happening.event)) };
        times.push(at_ms);
    }
    if times.windows(2).any(|pair| pair[0] > pair[1]) || times.first().is_some_and(|first| *first < plot.start_ms) {
        return Some("what comes in is not in the order of time".to_owned());
    }
    if let Some(why) = unlawful(analysis, story, &times) {
        return Some(why);
    }
    let forced_arms: BTreeMap<String, String> = plot.arms.iter().map(|(split, arm)| (split.to_string(), arm.to_string())).collect();
    let mut engine = Engine::new(&rules, Options { forced_arms, ..Options::default() }).ok()?;
    let mut sink = Collected::default();
    engine.advance(plot.start_ms - 1, &mut sink);
    let given: BTreeMap<String, Value> = plot.given.iter().filter_map(|(name, fact)| Some((name.to_string(), value(fact)?))).collect();
    engine.give(WHO, &given);
    for ((happening, at_ms), position) in plot.happenings.iter().zip(&times).zip(1..) {
        let properties = happening.properties.iter().map(|(name, fact)| (name.to_string(), raw(fact))).collect();
        let (contact, event) = (WHO.to_owned(), happening.event.to_string());
        engine.push(&Record { time_ms: *at_ms, contact, event, properties, id: None, position }, &mut sink);
    }
    engine.advance(story.until_ms, &mut sink);
    engine.run_due(&mut sink);
    if let Some(aside) = sink.set_aside.iter().find(|it| it.reason != Reason::Cascade) {
        return Some(format!("a record is set aside: {aside:?}"));
    }
    told(story, &sink.outcomes)
        .or_else(|| claimed(story, &sink.outcomes, &times))
        .or_else(|| meant(analysis, finding, story, &sink.outcomes))
}

/// What the world may not do.
fn unlawful(analysis: &Analysis, story: &Story, times: &[i64]) -> Option<String> {
    let model = &analysis.model;
    let ours = |name: &str| model.attributes.values().any(|it| it.name.text == name && it.keeper == Keeper::Ours);
    if let Some((name, _)) = story.plot.given.iter().find(|(name, _)| ours(name)) {
        return Some(format!("`{name}` is ours and is given"));
    }
    for happening in &story.plot.happenings {
        let event = model.events.values().find(|it| it.name.text == happening.event)?;
        if event.keeper != Keeper::Anyone {
            return Some(format!("`{}` does not come from outside", happening.event));
        }
        if let Some((name, _)) = happening.properties.iter().find(|(name, _)| happening.event == "identify" && ours(name)) {
            return Some(format!("`{name}` is ours and is told"));
        }
        let own: Vec<i64> =
            story.plot.happenings.iter().zip(times).filter(|(it, _)| it.event == happening.event).map(|(_, at)| *at).collect();
        if let Some(rate) = event.rate {
            let too_often =
                |at: &i64| own.iter().filter(|other| **other <= *at && at - **other < rate.per_ms).count() > rate.count as usize;
            if own.iter().any(too_often) {
                return Some(format!("`{}` comes more often than the file promises", happening.event));
            }
        }
    }
    None
}

/// Every line of the story happens, and every move and message that happens is a line.
fn told(story: &Story, outcomes: &[Outcome]) -> Option<String> {
    let line = |turn: &str, about: &str, at_ms: i64, funnel: &str| format!("{at_ms} {funnel} {turn} {about}");
    let mut lines: BTreeMap<String, i64> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|it| it.contact == WHO) {
        let (turn, about) = match &outcome.what {
            What::Move { to: Some(to), .. } => ("enters", to.as_str()),
            What::Move { from, to: None } => ("leaves", from.as_deref().unwrap_or_default()),
            What::RunEnds { stage } => ("ends", stage.as_str()),
            What::Send { message, outcome, .. } => match outcome {
                SendOutcome::Sent => ("sends", message.as_str()),
                SendOutcome::Held { .. } => ("holds", message.as_str()),
                SendOutcome::Capped | SendOutcome::NoConsent | SendOutcome::Dropped => ("skips", message.as_str()),
            },
            What::Looping { stage } => ("looping", stage.as_str()),
            What::Cascade => ("cascade", ""),
            What::Record { event, .. } => ("records", event.as_str()),
            What::Set { attribute, .. } => ("sets", attribute.as_str()),
            _ => continue,
        };
        *lines.entry(line(turn, about, outcome.time_ms, &outcome.funnel)).or_insert(0) += 1;
    }
    for moment in &story.moments {
        if matches!(moment.turn, Turn::Event | Turn::Stays | Turn::Does | Turn::Draws) {
            continue;
        }
        let key = line(moment.turn.word(), &moment.about, moment.at_ms, moment.funnel.as_deref().unwrap_or_default());
        match lines.get_mut(&key) {
            Some(count) if *count > 0 => *count -= 1,
            _ => return Some(format!("told and not so: {key} ({})", moment.text)),
        }
    }
    lines.into_iter().find(|(_, count)| *count > 0).map(|(key, _)| format!("so and not told: {key}"))
}

/// Where the contact is in a funnel after each move: when, and the stage.
fn places(outcomes: &[Outcome], funnel: &str) -> Vec<(i64, Option<String>)> {
    let own = outcomes.iter().filter(|it| it.funnel == funnel);
    let place = |it: &Outcome| match &it.what {
        What::Move { to, .. } => Some((it.time_ms, to.clone())),
        What::RunEnds { .. } => Some((it.time_ms, None)),
        _ => None,
    };
    own.filter_map(place).collect()
}

/// When a message was sent.
fn sends(outcomes: &[Outcome], name: &str) -> Vec<i64> {
    let is_it = |it: &&Outcome| matches!(&it.what, What::Send { message, outcome: SendOutcome::Sent, .. } if message == name);
    outcomes.iter().filter(is_it).map(|it| it.time_ms).collect()
}

fn claimed(story: &Story, outcomes: &[Outcome], times: &[i64]) -> Option<String> {
    let plot = &story.plot;
    let last_ms = times.last().copied().unwrap_or(plot.start_ms);
    let name = |it: &str| it.split_once('/').map_or((plot.funnel.to_string(), it.to_owned()), |(f, s)| (f.to_owned(), s.to_owned()));
    let entries = |it: &str| {
        let (funnel, stage) = name(it);
        places(outcomes, &funnel).into_iter().filter(|(_, to)| to.as_ref() == Some(&stage)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let holds = |claim: &Claim| match claim {
        Claim::Enters { stage, times } => entries(stage).len() >= *times as usize,
        Claim::Stays { stages } => {
            let funnel = stages.first().map(|it| name(it).0).unwrap_or_default();
            let inside: Vec<String> = stages.iter().map(|it| name(it).1).collect();
            let all = places(outcomes, &funnel);
            let first = all.iter().position(|(at, to)| *at >= last_ms && to.as_ref().is_some_and(|to| inside.contains(to)));
            let before = all.iter().rposition(|(at, to)| *at <= last_ms && to.as_ref().is_some_and(|to| inside.contains(to)));
            let from = before.or(first);
            from.is_some_and(|from| all[from..].iter().all(|(_, to)| to.as_ref().is_some_and(|to| inside.contains(to))))
        }
        Claim::Sends { messages, .. } => {
            let mut left = messages.iter().peekable();
            for outcome in outcomes {
                if let What::Send { message, outcome: SendOutcome::Sent, .. } = &outcome.what {
                    left.next_if(|next| *next == message);
                }
            }
            left.next().is_none()
        }
        Claim::Outcome { message, outcome } => outcomes.iter().any(
            |it| matches!(&it.what, What::Send { message: sent, outcome: how, .. } if sent == message.as_str() && how.words() == outcome),
        ),
        Claim::Looping => outcomes.iter().any(|it| matches!(it.what, What::Looping { .. })),
        Claim::Cascade => outcomes.iter().any(|it| it.what == What::Cascade),
        Claim::Passes { stages } => {
            let outside = places(outcomes, &plot.funnel).last().is_none_or(|(_, to)| to.is_none());
            outside && stages.iter().all(|stage| !entries(stage).is_empty())
        }
        Claim::NotEntered { stage } => !entries(stage).iter().any(|at| *at > last_ms),
        Claim::Rests { stage, for_ms } => {
            let (funnel, stage) = name(stage);
            places(outcomes, &funnel).pop().is_some_and(|(at, to)| to == Some(stage) && story.until_ms - at >= *for_ms)
        }
        Claim::EntersOnly { stage, times } => entries(stage).len() == *times as usize,
        Claim::SentTwice { message } => {
            let sent = sends(outcomes, message);
            sent.windows(2).any(|pair| times.iter().all(|at| *at <= pair[0] || *at > pair[1]))
        }
        Claim::SentAtOnce { messages } => {
            let all: Vec<Vec<i64>> = messages.iter().map(|it| sends(outcomes, it)).collect();
            all[0].iter().any(|at| all.iter().all(|times| times.contains(at)))
        }
        Claim::PassesAtOnce { stage, to } => {
            let ((funnel, stage), to) = (name(stage), to.as_ref().map(|to| name(to).1));
            places(outcomes, &funnel).windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1.as_ref() == Some(&stage) && pair[1].1 == to)
        }
        Claim::Alternates { attribute, times } => {
            let set = outcomes.iter().filter_map(|it| match &it.what {
                What::Set { attribute: set, value } if set == attribute.as_str() => Some(value.clone()),
                _ => None,
            });
            let mut set: Vec<_> = set.collect();
            set.dedup();
            set.len() >= *times as usize
        }
        Claim::Breaks(breach) => {
            let events: Vec<_> = plot.happenings.iter().zip(times).map(|(it, at_ms)| Came::of(it, *at_ms)).collect();
            breaks(breach, Course { outcomes, events: &events, end_ms: story.until_ms, is_quiet: true })
        }
        Claim::OpensToo { to, .. } => !entries(to).is_empty(),
        Claim::DoneUnsent { message, about, .. } => {
            let skips = |it: &Moment| it.turn == Turn::Skips && it.about == *message;
            story.moments.iter().skip_while(|it| !skips(it)).skip(1).any(|it| it.about == *about && it.turn != Turn::Skips)
        }
    };
    plot.claims.iter().find(|claim| !holds(claim)).map(|claim| format!("claimed and not so: {claim:?}"))
}

/// Whether the story shows what its code is about.
fn meant(analysis: &Analysis, finding: &Diagnostic, story: &Story, outcomes: &[Outcome]) -> Option<String> {
    let any = |fits: &dyn Fn(&What) -> bool| outcomes.iter().any(|it| fits(&it.what));
    let moments = |turn: Turn| story.moments.iter().filter(move |it| it.turn == turn).collect::<Vec<&Moment>>();
    let stage = |name: &str| analysis.model.stages.values().find(|it| it.name.text == name);
    let shows = match finding.code.id {
        "F401" => any(&|it| matches!(it, What::Looping { .. })),
        "F402" | "F802" => any(&|it| matches!(it, What::Looping { .. } | What::Cascade)),
        "F305" | "F307" => {
            let last = places(outcomes, &story.plot.funnel).pop().and_then(|(_, to)| to);
            last.is_some_and(|name| stage(&name).is_some_and(|it| !it.goal && !it.is_final))
        }
        "F306" => {
            let door = analysis.sources.slice(finding.primary.span);
            let to = analysis.model.stages.values().find(|it| it.doors.iter().any(|it| it.span == finding.primary.span));
            let entered = |name: &str| places(outcomes, &story.plot.funnel).iter().any(|(_, to)| to.as_deref() == Some(name));
            !door.is_empty() && to.is_some_and(|it| entered(&it.name.text))
        }
        "F407" => {
            let entered = moments(Turn::Enters);
            entered.iter().any(|it| entered.iter().filter(|other| other.about == it.about).count() >= 2)
        }
        "F408" => moments(Turn::Stays).len() == 1,
        "F409" | "F801" => moments(Turn::Sets).len() >= 4,
        "F704" | "F712" => {
            let message = |it: &&&Moment| finding.message.contains(&format!("`{}`", it.about));
            let event = moments(Turn::Event).iter().filter(message).map(|it| it.at_ms).next();
            event.is_some_and(|event| moments(Turn::Sends).iter().filter(message).any(|it| it.at_ms >= event))
        }
        "F706" => moments(Turn::Sends).iter().filter(|it| finding.message.contains(&format!("`{}`", it.about))).count() >= 2,
        "F708" => {
            let told: Vec<i64> =
                moments(Turn::Sends).iter().filter(|it| finding.message.contains(&format!("`{}`", it.about))).map(|it| it.at_ms).collect();
            told.windows(2).any(|pair| pair[0] == pair[1])
        }
        "F504" => moments(Turn::Enters).iter().any(|it| finding.message.ends_with(&format!("goes to `{}`", it.about))),
        "F805" => moments(Turn::Stays).len() == 1 && moments(Turn::Event).len() > 1,
        "F710" => !moments(Turn::Skips).is_empty(),
        "F404" | "F403" => {
            let mut sent: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
            for moment in moments(Turn::Sends) {
                sent.entry(&moment.about).or_default().push(moment.at_ms);
            }
            let last_ms = moments(Turn::Event).last().map_or(story.plot.start_ms, |it| it.at_ms);
            finding.code.id == "F403" || sent.values().any(|times| times.iter().filter(|at| **at > last_ms).count() >= 2)
        }
        "F312" => {
            let all = places(outcomes, &story.plot.funnel);
            all.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1.is_some())
        }
        _ => true,
    };
    (!shows).then(|| format!("the story does not show what {} is about", finding.code.id))
}
