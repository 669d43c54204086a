//! The reference runtime: section 6 of the language, written for clarity.
//!
//! It reads a [`RuleSet`] and nothing else, keeps the full history of every contact, and asks it anew whenever something
//! may have changed. It stays for ever as the oracle of a faster one: same rules and records, same bytes.
//! In reading order: `value`, `record` (what comes in), `accept` and `fit` (what of it can be taken), `engine` (the order of
//! time), `turn` (one record or timer: know, move, nurture, echo), `movement`, `nurture`, `step`, `send`, `timer`, `clock`,
//! `condition`, `term`, `score` (what is true now), `trail` (which rules were come by), `carry` (going on with newer
//! rules), `outcome`, `heard` and `summary` (what comes out), `input` (files), `state` (what the engine knows, written down).
//! Each module says which readings it chose where the language is silent.
//! Deliberately absent: speed, storage, threads, and anything about source files.

mod accept;
mod carry;
mod clock;
mod condition;
mod contact;
mod engine;
pub(crate) mod fit;
mod heard;
pub mod input;
mod instant;
mod jsonl;
mod log;
mod movement;
mod nurture;
mod outcome;
mod program;
mod record;
mod report;
mod resting;
mod score;
mod send;
mod standing;
pub mod state;
mod step;
mod summary;
pub(crate) mod term;
mod timer;
mod trail;
mod turn;
mod value;
pub(crate) mod zone;

pub use carry::{Carried, Heritage};
pub use engine::{Collected, ContactNumber, Counters, Engine, EngineError, ID_MEMORY_MS, Options, Prepared, Sink};
pub use heard::{Heard, Met};
pub use instant::{MS_MAX, MS_MIN, compact, parse as parse_instant, rfc3339};
pub use outcome::{Argument, Cause, Outcome, SendOutcome, What};
pub use record::{Raw, Reason, Record, SetAside};
pub use report::{FunnelReport, MoveReport, Report, ReportError, StageReport};
pub use summary::{FunnelSummary, MessageSummary, StageSummary, Summary, Summing, TargetSummary};
pub use trail::Trail;
pub use value::Value;
pub(crate) use {instant::write_rfc3339, value::json_text};

use crate::ruleset::RuleSet;
use std::collections::VecDeque;

/// Runs a rule set over a batch of records. Without [`Options::lateness_ms`] the batch is sorted by (time, position)
/// first; with it, records are taken as they come.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run.
pub fn run<I>(rules: &RuleSet, records: I, options: Options, sink: &mut dyn Sink) -> Result<Counters, EngineError>
where
    I: IntoIterator<Item = Result<Record, SetAside>>,
{
    run_changing(&[], rules, records, options, sink)
}

/// Like [`run`], with older rule sets before: each up to an instant (in milliseconds), from which on the next one holds.
/// Everybody is carried over from one to the next.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run.
pub fn run_changing<I>(
    older: &[(&RuleSet, i64)],
    rules: &RuleSet,
    records: I,
    options: Options,
    sink: &mut dyn Sink,
) -> Result<Counters, EngineError>
where
    I: IntoIterator<Item = Result<Record, SetAside>>,
{
    let mut later = Later { rules: VecDeque::new(), zone: options.zone.clone() };
    let mut first = Prepared::new(rules)?;
    for (rules, until_ms) in older.iter().rev() {
        later.rules.push_front((*until_ms, std::mem::replace(&mut first, Prepared::new(rules)?)));
    }
    let (in_input_order, until_ms) = (options.lateness_ms.is_some(), options.until_ms);
    let mut engine = Engine::over(&first, options);
    let mut batch = Vec::new();
    for record in records {
        match record {
            Err(set_aside) => engine.reject(&set_aside, sink),
            Ok(record) if in_input_order => {
                engine = later.at_record(engine, &record, sink);
                engine.push(&record, sink);
            }
            Ok(record) => batch.push(record),
        }
    }
    batch.sort_by_key(|record| (record.time_ms, record.position));
    for record in &batch {
        engine = later.at_record(engine, record, sink);
        engine.push(record, sink);
    }
    if let Some(until_ms) = until_ms {
        engine = later.at(engine, until_ms, sink);
    }
    engine.finish(sink);
    Ok(engine.counters().clone())
}

/// What a run over a batch of records says of one contact: results are those that [`run`] tells of it, and so is what is set aside, but
/// for its order where a timer is due between two records; what could not be read is told as well. Of the others no more is asked than
/// whether they move the clock, since contacts know nothing of each other.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run.
pub fn run_of<I>(contact: &str, rules: &RuleSet, records: I, options: Options, sink: &mut dyn Sink) -> Result<Counters, EngineError>
where
    I: IntoIterator<Item = Result<Record, SetAside>>,
{
    let prepared = Prepared::new(rules)?;
    let (lateness_ms, zone) = (options.lateness_ms, options.zone.clone());
    let mut engine = Engine::over(&prepared, options);
    let mut batch = Vec::new();
    let mut clock_ms = i64::MIN;
    for record in records {
        match record {
            Err(set_aside) => engine.reject(&set_aside, sink),
            Ok(record) if record.contact == contact && lateness_ms.is_some() => {
                engine.advance(clock_ms, sink);
                engine.push(&record, sink);
                clock_ms = clock_ms.max(engine.now_ms());
            }
            Ok(record) => {
                let is_newer = record.time_ms > clock_ms && !record.contact.is_empty();
                if is_newer && moves_clock(&record, &zone, [&prepared]) {
                    clock_ms = record.time_ms;
                }
                if record.contact == contact {
                    batch.push(record);
                }
            }
        }
    }
    batch.sort_by_key(|record| (record.time_ms, record.position));
    for record in &batch {
        // What was due before comes first, also before a record that is refused.
        engine.advance(record.time_ms.min(clock_ms), sink);
        engine.push(record, sink);
    }
    engine.advance(clock_ms, sink);
    engine.finish(sink);
    Ok(engine.counters().clone())
}

/// Whether a record moves the clock where these are the rules in force and those that follow them: one of them knows it. So rules
/// that hold from an instant on come into force by any record from then on that either they know or the older ones.
pub fn moves_clock<'p, 'r: 'p>(record: &Record, zone: &jiff::tz::TimeZone, rules: impl IntoIterator<Item = &'p Prepared<'r>>) -> bool {
    (MS_MIN..=MS_MAX).contains(&record.time_ms) && rules.into_iter().any(|rules| rules.knows(record, zone))
}

/// Older rules that are still to be followed by others, each from an instant on.
struct Later<'r> {
    rules: VecDeque<(i64, Prepared<'r>)>,
    zone: jiff::tz::TimeZone,
}

impl<'r> Later<'r> {
    /// The engine by the rules that hold when a record comes. One that nobody knows moves no clock, and so changes no rules.
    fn at_record(&mut self, engine: Engine<'r>, record: &Record, sink: &mut dyn Sink) -> Engine<'r> {
        let mut ahead = self.rules.iter().take_while(|(from_ms, _)| *from_ms <= record.time_ms).map(|(_, rules)| rules).peekable();
        let present = engine.rules();
        let is_known = ahead.peek().is_some() && moves_clock(record, &self.zone, ahead.chain([&present]));
        if is_known { self.at(engine, record.time_ms, sink) } else { engine }
    }

    /// The engine by the rules that hold at an instant.
    fn at(&mut self, mut engine: Engine<'r>, now_ms: i64, sink: &mut dyn Sink) -> Engine<'r> {
        while let Some((from_ms, rules)) = self.rules.pop_front() {
            if from_ms > now_ms {
                self.rules.push_front((from_ms, rules));
                break;
            }
            engine = engine.carried_over(&rules, from_ms, sink).0;
        }
        engine
    }
}
