//! `funnelc state show` and `state contact`: a store and one of its contacts, in words.

use super::past::Told;
use crate::{
    cli::{
        Failure, Outcome, io,
        table::{self, grouped, plural},
    },
    diag::nearest,
    runtime::{self, Summing},
    store::Store,
};
use std::{fmt::Write as _, path::Path};

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes everything");
}

/// Shows how far a store is, and what became of everybody.
pub fn store(path: &str) -> Result<Outcome, Failure> {
    let store = Store::beside(Path::new(path))?;
    let rules = store.rules()?;
    let (Some((_, present)), Some(now_ms)) = (rules.last(), store.now_ms()?) else {
        io::write_text(None, &format!("nothing was run yet on the store `{path}`\n"))?;
        return Ok(Outcome::Clean);
    };
    let mut summing = Summing::new(present);
    Told::new(&rules)?.results(&store, &mut summing)?;
    let mut out = head(&store, path, now_ms)?;
    out += &table::summary(&summing.finish(now_ms), &store.counters()?, true);
    io::write_text(None, &out)?;
    Ok(Outcome::Clean)
}

/// How far a store is.
fn head(store: &Store, path: &str, now_ms: i64) -> Result<String, Failure> {
    let mut out = format!("`{path}` is at {} UTC\n", runtime::compact(now_ms));
    let rules = store.changes()?;
    if let [.., (_, Some(since_ms))] = rules.as_slice() {
        let before = plural(u64::try_from(rules.len() - 1).unwrap_or(u64::MAX), "time");
        put(&mut out, format_args!("  rules: changed {before}, last at {} UTC", runtime::compact(*since_ms)));
    }
    for input in store.inputs()? {
        put(&mut out, format_args!("  log: {} lines of {}", grouped(input.line), input.path));
    }
    for (name, length) in store.outputs()? {
        put(&mut out, format_args!("  output: {} bytes of {name}", grouped(length)));
    }
    let numbers = store.numbers()?;
    let delivered = numbers.requests.saturating_sub(numbers.waiting);
    put(&mut out, format_args!("  requests: {} delivered, {} waiting", grouped(delivered), grouped(numbers.waiting)));
    for (error, times) in store.errors()? {
        put(&mut out, format_args!("    {} could not be delivered: {error}", plural(times, "request")));
    }
    out.push('\n');
    Ok(out)
}

/// Shows one contact.
pub fn contact(path: &str, name: &str) -> Result<Outcome, Failure> {
    let store = Store::beside(Path::new(path))?;
    let mut found = None;
    store.contacts(Some(name), |contact| found = Some(contact))?;
    let Some(contact) = found else {
        let names = store.names()?;
        let meant = nearest(name, names.iter().take(20_000).map(String::as_str));
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        return Err(Failure::Usage(format!("the store knows no contact `{name}`{meant}")));
    };
    let mut out = format!("{name}, by the clock of {}\n", contact.timezone);
    for (attribute, value) in &contact.attributes {
        put(&mut out, format_args!("  {attribute} = {value}"));
    }
    out.push('\n');
    for run in &contact.runs {
        let key = run.key.as_ref().map(|key| format!(" for \"{key}\"")).unwrap_or_default();
        let times = if run.run > 1 { format!(", in run {}", run.run) } else { String::new() };
        let place = match (&run.stage, &run.ended_in, &run.since) {
            (Some(stage), _, Some(since)) => format!("in `{stage}` since {since} UTC"),
            (_, Some(stage), _) => format!("ended in `{stage}`"),
            (..) => "outside".to_owned(),
        };
        put(&mut out, format_args!("{}{key}: {place}{times}", run.funnel));
    }
    if contact.runs.is_empty() {
        put(&mut out, format_args!("has never been in a funnel"));
    }
    if let Some(due) = &contact.next_timer {
        put(&mut out, format_args!("next timer at {due} UTC"));
    }
    out.push('\n');
    store.results(Some(name), |kept| put(&mut out, format_args!("{}", kept.outcome.to_line())))?;
    let mut waiting = String::new();
    store.requests(Some(name), |request| {
        if request.delivered.is_none() {
            let error = request.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
            put(&mut waiting, format_args!("  {} {} {}{error}", request.time, request.kind, request.name));
        }
    })?;
    if !waiting.is_empty() {
        put(&mut out, format_args!("\nnot delivered yet\n{}", waiting.trim_end()));
    }
    io::write_text(None, &out)?;
    Ok(Outcome::Clean)
}
