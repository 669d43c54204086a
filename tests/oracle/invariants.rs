//! What must hold of the results of a run, checked by reading records and results alone.

use funnelc::{
    ruleset::{Channel, RuleSet},
    runtime::{Outcome, Raw, Record, SendOutcome, What},
};
use jiff::{Timestamp, tz::TimeZone};
use std::collections::{BTreeMap, BTreeSet};

type Place = (String, String, Option<String>);

/// What was seen of a run so far.
#[derive(Default)]
struct Run {
    stage: Option<String>,
    number: u32,
    running: BTreeSet<String>,
    /// Plays of a stage that was left, which must be cut off before anything else happens.
    to_cut: BTreeSet<String>,
}

/// All of it, for the records that were taken.
///
/// # Errors
/// What does not hold.
pub fn check(rules: &RuleSet, records: &[Record], outcomes: &[Outcome]) -> Result<(), String> {
    if !outcomes.is_sorted_by_key(|outcome| (outcome.time_ms, &outcome.contact, outcome.sequence)) {
        return Err("results are not in order".to_owned());
    }
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    let mut runs: BTreeMap<Place, Run> = BTreeMap::new();
    for outcome in outcomes {
        let number = numbers.entry(&outcome.contact).or_default();
        *number += 1;
        if outcome.sequence != *number {
            return Err(format!("a number is left out before {}", outcome.to_line()));
        }
        let place = (outcome.contact.clone(), outcome.funnel.clone(), outcome.key.clone());
        movement(rules, runs.entry(place).or_default(), outcome).map_err(|why| format!("{why}: {}", outcome.to_line()))?;
    }
    if let Some((place, _)) = runs.iter().find(|(_, run)| !run.to_cut.is_empty() || run.stage.is_none() && !run.running.is_empty()) {
        return Err(format!("a play outlives its stage: {place:?}"));
    }
    requests(outcomes)?;
    policies(rules, records, outcomes)
}

fn movement(rules: &RuleSet, run: &mut Run, outcome: &Outcome) -> Result<(), String> {
    let ends = matches!(&outcome.what, What::PlayCutOff { .. } | What::Send { outcome: SendOutcome::Dropped, .. });
    if !run.to_cut.is_empty() && !ends {
        return Err(format!("{:?} should have been cut off", run.to_cut));
    }
    match &outcome.what {
        What::Move { from, to } => {
            if *from != run.stage {
                return Err(format!("it was in {:?}", run.stage));
            }
            run.number += u32::from(from.is_none());
            run.stage.clone_from(to);
            run.to_cut = std::mem::take(&mut run.running);
        }
        What::RunEnds { stage } => {
            let funnel = rules.funnels.iter().find(|funnel| funnel.name == outcome.funnel);
            let is_final = funnel.is_some_and(|funnel| funnel.stages.iter().any(|item| item.name == *stage && item.is_final));
            if run.stage.as_ref() != Some(stage) || !is_final || !run.running.is_empty() {
                return Err(format!("it ends in {:?} with {:?}", run.stage, run.running));
            }
            run.stage = None;
        }
        What::PlayBegins { play } if run.stage.is_none() || !run.running.insert(play.clone()) => {
            return Err(format!("it begins in {:?}, beside {:?}", run.stage, run.running));
        }
        What::PlayFinished { play } if !run.running.remove(play) => return Err("it did not run".to_owned()),
        What::PlayCutOff { play } if !run.to_cut.remove(play) && !run.running.remove(play) => return Err("it did not run".to_owned()),
        What::Send { .. } | What::Do { .. } | What::Record { .. } | What::Set { .. } | What::Split { .. }
            if run.running.is_empty() && run.to_cut.is_empty() =>
        {
            return Err("no play runs".to_owned());
        }
        What::Looping { .. }
        | What::Cascade
        | What::PlayBegins { .. }
        | What::PlayFinished { .. }
        | What::PlayCutOff { .. }
        | What::Send { .. }
        | What::Do { .. }
        | What::Record { .. }
        | What::Set { .. }
        | What::Split { .. }
        | What::Stranded { .. } => {}
    }
    if outcome.run != run.number { Err(format!("it is run {}", run.number)) } else { Ok(()) }
}

/// A key is that of one request, which may be held any number of times and is then decided once.
fn requests(outcomes: &[Outcome]) -> Result<(), String> {
    let mut open: BTreeMap<&str, String> = BTreeMap::new();
    let mut closed: BTreeSet<&str> = BTreeSet::new();
    for outcome in outcomes {
        let whose =
            |message: &str| format!("{message} of {:?} in {} {:?} run {}", outcome.contact, outcome.funnel, outcome.key, outcome.run);
        let (request, owner, is_open) = match &outcome.what {
            What::Send { request, message, outcome, .. } => (request.as_str(), whose(message), matches!(outcome, SendOutcome::Held { .. })),
            What::Do { request, action, .. } => (request.as_str(), whose(action), false),
            _ => continue,
        };
        let before = open.insert(request, owner.clone());
        if closed.contains(request) || before.is_some_and(|before| before != owner) {
            return Err(format!("a key twice: {}", outcome.to_line()));
        }
        if !is_open {
            closed.insert(request);
        }
    }
    Ok(())
}

/// What happens to what is known.
type Change<'a> = Box<dyn Fn(&mut Known) + 'a>;

/// What may be known of a contact at an instant: before, between and after its records.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    flags: BTreeMap<String, bool>,
    zone: String,
    closed: BTreeSet<String>,
}

fn policies(rules: &RuleSet, records: &[Record], outcomes: &[Outcome]) -> Result<(), String> {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| (record.time_ms, record.position));
    let mut sent: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
    for outcome in outcomes {
        let What::Send { message, channel, outcome: decided, .. } = &outcome.what else { continue };
        let is_transactional = rules.messages.iter().any(|item| item.name == *message && item.transactional);
        let Some(channel) = rules.channels.iter().find(|item| item.name == *channel) else { return Err(format!("no channel {channel}")) };
        if is_transactional {
            if *decided != SendOutcome::Sent {
                return Err(format!("transactional: {}", outcome.to_line()));
            }
            continue;
        }
        let known = known(rules, &sorted, outcomes, outcome);
        let earlier = sent.entry((&outcome.contact, &channel.name)).or_default();
        let full =
            channel.caps.iter().any(|cap| earlier.iter().filter(|ms| **ms > outcome.time_ms - cap.within_ms).count() >= cap.count as usize);
        let fits = match decided {
            SendOutcome::Sent => !full && known.iter().any(|known| may(channel, known) && !is_quiet(channel, known, outcome.time_ms)),
            SendOutcome::Held { until_ms } => {
                *until_ms > outcome.time_ms && known.iter().any(|known| may(channel, known) && is_quiet(channel, known, outcome.time_ms))
            }
            SendOutcome::Capped => full && known.iter().any(|known| may(channel, known) && !is_quiet(channel, known, outcome.time_ms)),
            SendOutcome::NoConsent => known.iter().any(|known| !may(channel, known)),
            SendOutcome::Dropped => true,
        };
        if !fits {
            return Err(format!("not by the rules of its channel: {}", outcome.to_line()));
        }
        if *decided == SendOutcome::Sent {
            earlier.push(outcome.time_ms);
        }
    }
    Ok(())
}

fn may(channel: &Channel, known: &Known) -> bool {
    channel.needs.as_ref().is_none_or(|flag| known.flags.get(flag) == Some(&true) && !known.closed.contains(&channel.name))
}

/// By the hands of the clock, which is enough where no quiet hours begin or end in a change of clocks.
fn is_quiet(channel: &Channel, known: &Known, ms: i64) -> bool {
    let zone = TimeZone::get(&known.zone).expect("only zones are taken");
    let local = zone.to_datetime(Timestamp::from_millisecond(ms).expect("a time of this century"));
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    channel.quiet.iter().any(|quiet| {
        let [from, to] = [quiet.from, quiet.to].map(|clock| i32::from(clock.hour) * 60 + i32::from(clock.minute));
        if from < to { from <= minute && minute < to } else { minute >= from || minute < to }
    })
}

/// All that may have been known when something was decided.
fn known(rules: &RuleSet, sorted: &[&Record], outcomes: &[Outcome], now: &Outcome) -> BTreeSet<Known> {
    let mut settings: BTreeSet<i64> = BTreeSet::new();
    let mut changes: Vec<(i64, Change<'_>)> = Vec::new();
    for record in sorted.iter().filter(|record| record.contact == now.contact && record.time_ms <= now.time_ms) {
        changes.push((record.time_ms, Box::new(|known| learn(rules, known, record))));
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.contact == now.contact && outcome.sequence < now.sequence) {
        if let What::Set { attribute, value } = &outcome.what
            && rules.channels.iter().any(|channel| channel.needs.as_ref() == Some(attribute))
        {
            settings.insert(outcome.time_ms);
            let yes = value.as_ref().is_some_and(|value| value.to_string() == "yes");
            changes.push((outcome.time_ms, Box::new(move |known| known.flags.extend([(attribute.clone(), yes)]))));
        }
    }
    changes.sort_by_key(|(time_ms, _)| *time_ms);
    let nothing = Known { flags: BTreeMap::new(), zone: rules.timezone.clone(), closed: BTreeSet::new() };
    let mut all = BTreeSet::from([nothing]);
    for (time_ms, change) in changes {
        let changed = |known: &Known| {
            let mut known = known.clone();
            change(&mut known);
            known
        };
        let mut after: BTreeSet<Known> = all.iter().map(changed).collect();
        // Where what funnels set and what records say meet at one instant, either may have been the last.
        if time_ms == now.time_ms || settings.contains(&time_ms) {
            after.append(&mut all);
        }
        all = after;
    }
    all
}

fn learn(rules: &RuleSet, known: &mut Known, record: &Record) {
    if record.event == "identify" {
        for (name, raw) in &record.properties {
            match raw {
                Raw::Flag(yes) => known.flags.extend([(name.clone(), *yes)]),
                Raw::Text(zone) if name == "timezone" => known.zone.clone_from(zone),
                _ => {}
            }
        }
    }
    if let Some(event) = rules.events.iter().find(|event| event.name == record.event) {
        known.flags.extend(event.opts_out.iter().map(|flag| (flag.clone(), false)));
    }
    let is_bad = record.event == "complained" || record.event == "bounced" && record.properties.get("hard") == Some(&Raw::Flag(true));
    if is_bad && let Some(Raw::Text(message)) = record.properties.get("message") {
        known.closed.extend(rules.messages.iter().filter(|item| item.name == *message).map(|item| item.channel.clone()));
    }
}
