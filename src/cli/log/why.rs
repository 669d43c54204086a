//! `funnelc why`: the story of one contact, each line with the sentence of the file that caused it.
//!
//! The whole log is read, since its last record says how far the clock goes; what is run and told is one contact's alone.

use super::{LogArgs, program};
use crate::{
    cli::{Failure, Outcome, args, build::refused, io},
    diag::{nearest, render::date_and_time},
    runtime::{self, Raw, Reason, Record, SetAside, Sink, What},
    source::SourceMap,
    story::Sites,
};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Names that are offered where somebody misspells one are looked for among so many.
const NAMES_MAX: usize = 20_000;

/// Tell one contact's story, and which sentences caused it
///
/// Every record, move and message of the contact, by date on the contact's clock; behind each the file and line of the sentence
/// that caused it, and the sentence. Then where the contact is now.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc why ann shop.funnel --events events.ndjson
  funnelc why ann shop.funnel --events events.ndjson --until 2026-12-31")]
pub struct Args {
    /// The contact, as the log names it
    #[arg(value_name = "CONTACT")]
    contact: String,
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[arg(required = true, value_name = "RULES|FILE")]
    paths: Vec<String>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    colour: args::ColourArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let log = args.log.log()?;
    let Some(program) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was run")) };
    let sites = program.analysis.as_ref().map_or_else(Sites::default, |it| Sites::new(&it.model, &program.rules));
    let mut telling = Telling {
        contact: &args.contact,
        sites,
        sources: program.analysis.as_ref().map(|it| &it.sources),
        several: program.rules.funnels.len() > 1,
        zones: vec![(program.rules.timezone.clone(), TimeZone::get(&program.rules.timezone).unwrap_or(TimeZone::UTC))],
        rows: Vec::new(),
        now: BTreeMap::new(),
        is_met: false,
        timeless: Vec::new(),
        refused: Vec::new(),
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut name = |record: &Record| {
        if names.len() < NAMES_MAX && !names.contains(&record.contact) {
            names.insert(record.contact.clone());
        }
    };
    let counters = log.run_of(&args.contact, &program.rules, &mut name, &mut telling)?;
    if !telling.is_met {
        let meant = nearest(&args.contact, names.iter().map(String::as_str));
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        return Err(Failure::Usage(format!("no record of the log is of a contact `{}`{meant}", args.contact)));
    }
    io::write_text(None, &telling.told(counters.reached_ms))?;
    Ok(Outcome::Clean)
}

/// A line of the story.
struct Row {
    at_ms: i64,
    /// By the clock of which zone.
    zone: usize,
    text: String,
    /// Where the sentence stands that caused it, and what it says.
    cause: String,
}

/// A stage, and since when.
type Visit = (String, i64);

/// A sink that keeps what happens to one contact.
struct Telling<'a> {
    contact: &'a str,
    sites: Sites,
    sources: Option<&'a SourceMap>,
    several: bool,
    /// The zones that the contact was in, the present one last.
    zones: Vec<(String, TimeZone)>,
    rows: Vec<Row>,
    /// Where each run is, by funnel and key.
    now: BTreeMap<(String, Option<String>), Option<Visit>>,
    is_met: bool,
    /// What was set aside and has no time that can be read.
    timeless: Vec<String>,
    /// Of records of which a part was set aside: the record, and the name of the part.
    refused: Vec<(String, String)>,
}

impl Telling<'_> {
    fn row(&mut self, at_ms: i64, text: String, cause: String) {
        self.rows.push(Row { at_ms, zone: self.zones.len() - 1, text, cause });
    }

    fn zone(&self) -> TimeZone {
        self.zones.last().map_or(TimeZone::UTC, |(_, zone)| zone.clone())
    }

    fn move_to_zone(&mut self, name: &str) {
        if let (Ok(zone), false) = (TimeZone::get(name), self.zones.last().is_some_and(|(last, _)| last == name)) {
            self.zones.push((name.to_owned(), zone));
        }
    }

    fn cause(&self, outcome: &runtime::Outcome, span: Option<crate::source::Span>) -> String {
        let sentence = outcome.clause.as_ref().map_or("", |clause| clause.sentence.as_str());
        match (span, self.sources) {
            (Some(span), Some(sources)) => {
                format!("{}:{}: {sentence}", sources.file(span.file).name(), sources.position(span).line)
            }
            (None, _) | (_, None) => sentence.to_owned(),
        }
    }

    /// The story, with a final newline.
    fn told(&self, reached_ms: Option<i64>) -> String {
        let mut zones: Vec<&str> = self.zones.iter().map(|(name, _)| name.as_str()).collect();
        // The zone of the file is only named where anything was told by it.
        if zones.len() > 1 && self.rows.iter().all(|row| row.zone > 0) {
            zones.remove(0);
        }
        let mut out = format!("{}, by the clock of {}\n\n", self.contact, zones.join(", then "));
        let width = self.rows.iter().map(|row| row.text.chars().count()).max().unwrap_or(0).min(64);
        let (mut last_date, mut last_time) = (String::new(), String::new());
        for row in &self.rows {
            let Some((date, time)) = self.date(row.at_ms, row.zone) else { continue };
            let is_same = date == last_date;
            let shown = if is_same { " ".repeat(date.chars().count()) } else { date.clone() };
            let clock = if is_same && time == last_time { " ".repeat(time.chars().count()) } else { time.clone() };
            let line = format!("{shown}  {clock}  {:width$}  {}", row.text, row.cause);
            writeln!(out, "{}", line.trim_end()).expect("a String takes everything");
            (last_date, last_time) = (date, time);
        }
        if !self.timeless.is_empty() {
            out.push_str("\nWithout a time that can be read:\n");
            self.timeless.iter().for_each(|text| writeln!(out, "  {text}").expect("a String takes everything"));
        }
        out.push('\n');
        let now = reached_ms.and_then(|now_ms| self.date(now_ms, self.zones.len() - 1));
        let (date, time) = now.unwrap_or_default();
        writeln!(out, "At the end, {} {time}:", date.replace("  ", " ")).expect("a String takes everything");
        if self.now.is_empty() {
            out.push_str("  has never been in a funnel\n");
        }
        for ((funnel, key), stage) in &self.now {
            let key = key.as_ref().map(|key| format!(" for \"{key}\"")).unwrap_or_default();
            let place = match stage {
                None => "outside".to_owned(),
                Some((stage, since_ms)) => {
                    let (date, time) = self.date(*since_ms, self.zones.len() - 1).unwrap_or_default();
                    format!("in `{stage}` since {} {time}", date.replace("  ", " "))
                }
            };
            writeln!(out, "  {funnel}{key}: {place}").expect("a String takes everything");
        }
        out
    }

    fn date(&self, at_ms: i64, zone: usize) -> Option<(String, String)> {
        date_and_time(at_ms, &self.zones.get(zone)?.1)
    }
}

impl Sink for Telling<'_> {
    fn outcome(&mut self, outcome: &runtime::Outcome) {
        let place = (outcome.funnel.clone(), outcome.key.clone());
        match &outcome.what {
            What::Move { to, .. } => {
                self.now.insert(place, to.as_ref().map(|to| (to.clone(), outcome.time_ms)));
            }
            What::Set { attribute, value: Some(value) } if attribute == "timezone" => self.move_to_zone(&value.plain()),
            What::Set { .. }
            | What::RunEnds { .. }
            | What::PlayBegins { .. }
            | What::PlayFinished { .. }
            | What::PlayCutOff { .. }
            | What::Send { .. }
            | What::Do { .. }
            | What::Record { .. }
            | What::Split { .. }
            | What::Looping { .. }
            | What::Stranded { .. }
            | What::Cascade => {}
        }
        let Some(moment) = self.sites.in_words(outcome, self.several, &self.zone()) else { return };
        let key = outcome.key.as_ref().map_or_else(String::new, |key| format!(" for \"{key}\""));
        let cause = self.cause(outcome, moment.span);
        self.row(outcome.time_ms, format!("→ {}{key}", moment.text), cause);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        let record = serde_json::from_str::<serde_json::Value>(&set_aside.record).unwrap_or_default();
        let text = |name: &str| record.get(name).and_then(serde_json::Value::as_str);
        if text("contact") != Some(self.contact) {
            // A line that is no record may speak of the contact all the same.
            if text("contact").is_none() && speaks_of(&set_aside.record, self.contact) {
                self.is_met = true;
                self.timeless.push(format!("✗ {} is set aside: {}", set_aside.record.trim(), set_aside.detail));
            }
            return;
        }
        self.is_met = true;
        let told = format!("✗ {} is set aside: {}", text("event").unwrap_or("a record"), set_aside.detail);
        match text("time").and_then(|time| runtime::parse_instant(time, &TimeZone::UTC)) {
            Some(at_ms) => self.row(at_ms, told, String::new()),
            None => self.timeless.push(told),
        }
        if matches!(set_aside.reason, Reason::FixedAttribute | Reason::Ours) {
            let name = set_aside.detail.rsplit(": ").next().and_then(|detail| detail.split('`').nth(1)).unwrap_or_default();
            self.refused.push((set_aside.record.clone(), name.to_owned()));
        }
    }

    fn taken(&mut self, record: &Record) {
        self.is_met = true;
        let mut record = record.clone();
        let refused = std::mem::take(&mut self.refused);
        if !refused.is_empty() {
            let told = record.to_json();
            refused.iter().filter(|(whole, _)| *whole == told).for_each(|(_, name)| drop(record.properties.remove(name)));
        }
        if record.event == "identify"
            && let Some(Raw::Text(zone) | Raw::Cell(zone)) = record.properties.get("timezone")
        {
            self.move_to_zone(zone);
        }
        self.row(record.time_ms, format!("● {}", happening(&record)), String::new());
    }
}

/// Whether a line names somebody between its marks.
fn speaks_of(line: &str, contact: &str) -> bool {
    line.split([',', ';', '\t', '"']).any(|part| part.trim() == contact)
}

/// A record in words: `purchase(amount: 20)`.
fn happening(record: &Record) -> String {
    let known = |sign: &str| {
        let parts: Vec<String> = record.properties.iter().map(|(name, raw)| format!("{name}{sign}{}", value(raw))).collect();
        parts.join(", ")
    };
    match (record.event.as_str(), record.properties.is_empty()) {
        ("identify", true) => "becomes known to us".to_owned(),
        ("identify", false) => format!("is known with {}", known(" = ")),
        (event, true) => event.to_owned(),
        (event, false) => format!("{event}({})", known(": ")),
    }
}

fn value(raw: &Raw) -> String {
    match raw {
        Raw::Missing => "missing".to_owned(),
        Raw::Text(text) => format!("\"{}\"", text.escape_debug()),
        Raw::Cell(text) | Raw::Number(text) | Raw::Other(text) => text.escape_debug().to_string(),
        Raw::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Raw::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
    }
}
