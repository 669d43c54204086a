//! The reference runtime: section 6 of the language, written for clarity.
//!
//! It reads a [`RuleSet`] and nothing else, keeps the full history of every contact, and asks it anew whenever something
//! may have changed. It stays for ever as the oracle of a faster one: same rules and records, same bytes.
//! In reading order: `value`, `record` (what comes in), `accept` and `fit` (what of it can be taken), `engine` (the order of
//! time), `turn` (one record or timer: know, move, nurture, echo), `movement`, `nurture`, `step`, `send`, `timer`, `clock`,
//! `condition`, `term`, `score` (what is true now), `trail` (which rules were come by), `outcome` and `summary` (what comes out), `input` (files).
//! Each module says which readings it chose where the language is silent.
//! Deliberately absent: speed, storage, threads, and anything about source files.

mod accept;
mod clock;
mod condition;
mod contact;
mod engine;
mod fit;
pub mod input;
mod instant;
mod log;
mod movement;
mod nurture;
mod outcome;
mod program;
mod record;
mod report;
mod score;
mod send;
mod standing;
mod step;
mod summary;
mod term;
mod timer;
mod trail;
mod turn;
mod value;
mod zone;

pub use engine::{Collected, Counters, Engine, EngineError, Options, Prepared, Sink};
pub use instant::{MS_MAX, MS_MIN, compact, parse as parse_instant, rfc3339};
pub use outcome::{Argument, Cause, Outcome, SendOutcome, What};
pub use record::{Raw, Reason, Record, SetAside};
pub use report::{FunnelReport, MoveReport, Report, ReportError, StageReport};
pub use summary::{FunnelSummary, MessageSummary, StageSummary, Summary, Summing, TargetSummary};
pub use trail::Trail;
pub use value::Value;

use crate::ruleset::RuleSet;

/// Runs a rule set over a batch of records. Without [`Options::lateness_ms`] the batch is sorted by (time, position)
/// first; with it, records are taken as they come.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run.
pub fn run<I>(rules: &RuleSet, records: I, options: Options, sink: &mut dyn Sink) -> Result<Counters, EngineError>
where
    I: IntoIterator<Item = Result<Record, SetAside>>,
{
    let in_input_order = options.lateness_ms.is_some();
    let mut engine = Engine::new(rules, options)?;
    let mut batch = Vec::new();
    for record in records {
        match record {
            Err(set_aside) => engine.reject(&set_aside, sink),
            Ok(record) if in_input_order => engine.push(&record, sink),
            Ok(record) => batch.push(record),
        }
    }
    batch.sort_by_key(|record| (record.time_ms, record.position));
    for record in &batch {
        engine.push(record, sink);
    }
    engine.finish(sink);
    Ok(engine.counters().clone())
}
