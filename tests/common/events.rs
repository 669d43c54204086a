//! Events and expected lines as the conformance suite writes them.

use funnelc::{
    ruleset::RuleSet,
    runtime::{self, Collected, Options, Raw, Record, SetAside},
};
use std::collections::BTreeMap;

fn instant(text: &str) -> i64 {
    runtime::parse_instant(text, &jiff::tz::TimeZone::UTC).unwrap_or_else(|| panic!("`{text}` is no time"))
}

/// Splits at blanks outside of texts and lists.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted, mut escaped, mut depth) = (Vec::new(), String::new(), false, false, 0);
    for letter in line.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        if letter == ' ' && !quoted && depth == 0 {
            out.push(std::mem::take(&mut word));
        } else {
            word.push(letter);
        }
    }
    out.push(word);
    out.retain(|word| !word.is_empty());
    out
}

fn raw(text: &str) -> Raw {
    match text {
        "yes" => Raw::Flag(true),
        "no" => Raw::Flag(false),
        "null" => Raw::Missing,
        _ if text.starts_with('"') => Raw::Text(serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))),
        _ if text.starts_with('[') => {
            let texts: Vec<String> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            Raw::List(texts.into_iter().map(Raw::Text).collect())
        }
        _ if text.parse::<funnelc::units::Date>().is_ok() => Raw::Text(text.to_owned()),
        _ => Raw::Number(text.to_owned()),
    }
}

fn record(position: u64, line: &str) -> Record {
    let words = words(line);
    let [day, clock, contact, event, rest @ ..] = &words[..] else { panic!("`{line}` is no event") };
    let mut record = Record {
        time_ms: instant(&format!("{day} {clock}")),
        contact: contact.clone(),
        event: event.clone(),
        properties: BTreeMap::new(),
        id: None,
        position,
    };
    for word in rest {
        let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("`{word}` is no property"));
        match (name, raw(value)) {
            ("@id", Raw::Text(id)) => record.id = Some(id),
            (_, value) => {
                record.properties.insert(name.to_owned(), value);
            }
        }
    }
    record
}

fn milliseconds(text: &str) -> i64 {
    let (amount, unit) = text.split_once(' ').expect("an amount and a unit");
    let unit = funnelc::units::Unit::from_word(unit).expect("a unit");
    funnelc::units::Duration::new(amount.parse().expect("an amount"), unit).expect("a duration").milliseconds()
}

/// Runs events: the lines of the results, and of what was set aside.
pub fn run(rules: &RuleSet, events: &[String]) -> (Vec<String>, Vec<String>) {
    let mut collected = collect(rules, events);
    let lines = collected.outcomes.iter().map(runtime::Outcome::to_line).collect();
    collected.set_aside.sort_by_key(|set_aside| set_aside.position);
    let set_aside = collected.set_aside.iter().map(|set_aside| format!("{} {}", set_aside.position, set_aside.reason)).collect();
    (lines, set_aside)
}

/// Runs events: the results as they are.
pub fn collect(rules: &RuleSet, events: &[String]) -> Collected {
    let (options, records) = read(events);
    let mut collected = Collected::default();
    runtime::run(rules, records, options, &mut collected).expect("the zone of a case is known");
    collected
}

/// Events as records, and how they are to be run.
pub fn read(events: &[String]) -> (Options, Vec<Result<Record, SetAside>>) {
    let (mut options, mut records, mut position) = (Options::default(), Vec::new(), 0);
    for line in events {
        if let Some(lateness) = line.strip_prefix("option lateness=") {
            options.lateness_ms = Some(milliseconds(lateness));
        } else if let Some(until) = line.strip_prefix("until ") {
            options.until_ms = Some(instant(until));
        } else {
            position += 1;
            records.push(Ok(record(position, line)));
        }
    }
    (options, records)
}
