//! A run: the pieces of a log into batches, and these into rounds.

use super::{
    feed::Feed,
    ingest::Piece,
    program::{Program, Unfit, compile},
    readers::Readers,
    rounds::Rounds,
    row::Batch,
};
use crate::{
    ruleset::RuleSet,
    runtime::{self, Counters, EngineError, Heard, Options, Record, SetAside, Sink},
};

/// How the fast engine goes about it; nothing of this changes what comes out.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads.
    pub threads: usize,
    /// How many records make a batch.
    pub batch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get), batch: 65_536 }
    }
}

/// Whether a rule set becomes tables; if not, why the reference runs it. Whether options ask for more is another question.
///
/// # Errors
/// [`Unfit`] says why not.
pub fn fits(rules: &RuleSet) -> Result<(), Unfit> {
    fits_hearing(rules, &Heard::default())
}

/// The same, with what a sink wants to hear.
///
/// # Errors
/// [`Unfit`] says why not.
pub fn fits_hearing(rules: &RuleSet, heard: &Heard) -> Result<(), Unfit> {
    telling(rules, heard).map(|_| ())
}

/// Runs a rule set over records: [`runtime::run`], faster. What this engine does not run, the reference does. Of records that are
/// taken a sink hears what it wants to ([`Sink::hears`]), and no more.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run.
pub fn run<I>(rules: &RuleSet, records: I, options: Options, settings: Settings, sink: &mut dyn Sink) -> Result<Counters, EngineError>
where
    I: IntoIterator<Item = Result<Record, SetAside>>,
{
    if asks_more(&options) {
        return runtime::run(rules, records, options, sink);
    }
    let heard = sink.hears();
    match telling(rules, &heard) {
        Ok(program) => Ok(run_pieces(&program, records.into_iter().map(Piece::Record), &options, settings, sink)),
        Err(_) => runtime::run(rules, records, options, sink),
    }
}

/// The tables of a rule set, with what a sink wants to hear.
fn telling<'r>(rules: &'r RuleSet, heard: &'r Heard) -> Result<Program<'r>, Unfit> {
    let mut program = compile(rules)?;
    program.tell(heard)?;
    Ok(program)
}

/// The same over the pieces of a log.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run. It must be one that [fits](fits_hearing), and options must ask for no more than the tables
/// do; else nothing is run.
pub fn run_log<I>(rules: &RuleSet, pieces: I, options: &Options, settings: Settings, sink: &mut dyn Sink) -> Result<Counters, Unfit>
where
    I: IntoIterator<Item = Piece>,
{
    let heard = sink.hears();
    let program = telling(rules, &heard)?;
    if asks_more(options) {
        return Err(Unfit::Options);
    }
    Ok(run_pieces(&program, pieces.into_iter(), options, settings, sink))
}

/// Whether options ask for what the tables do not do: arms of splits, shut doors and coverage are for tests and proofs.
pub(super) fn asks_more(options: &Options) -> bool {
    !options.forced_arms.is_empty() || options.shut_door.is_some() || options.keeps_trail
}

/// So many chunks of each of several threads make a batch; more where all records wait for the last one anyway.
const CHUNKS: usize = 4;
const CHUNKS_THAT_WAIT: usize = 32;

/// How many chunks are read before what they hold is taken.
pub(super) fn group_of(threads: usize, waits: bool) -> usize {
    match threads {
        0 | 1 => 1,
        threads if waits => threads * CHUNKS_THAT_WAIT,
        threads => threads * CHUNKS,
    }
}

fn run_pieces(
    program: &Program<'_>,
    pieces: impl Iterator<Item = Piece>,
    options: &Options,
    settings: Settings,
    sink: &mut dyn Sink,
) -> Counters {
    let threads = settings.threads.max(1);
    let keeps_lines = program.may_set_aside || options.lateness_ms.is_some();
    let feed = Feed {
        program,
        zone: &options.zone,
        keeps_lines,
        wanted: None,
        counts_unknown: sink.counts_aside() && options.lateness_ms.is_none(),
    };
    std::thread::scope(|scope| {
        let readers = Readers::new(scope, feed, threads);
        run_all(Rounds::new(program, options, threads), readers, pieces, settings, sink)
    })
}

fn run_all<'p>(
    mut rounds: Rounds<'p>,
    mut readers: Readers<'p>,
    pieces: impl Iterator<Item = Piece>,
    settings: Settings,
    sink: &mut dyn Sink,
) -> Counters {
    let limit = settings.batch.clamp(1, 1 << 24);
    let group = group_of(settings.threads, rounds.waits());
    let mut batch = Batch::default();
    for piece in pieces {
        // A short chunk is all that there is for now: its records do not wait for others.
        let mut is_enough = false;
        match piece {
            Piece::Record(record) => {
                if readers.given() > 0 {
                    rounds.add(readers.take(), sink);
                }
                match record {
                    Ok(record) => readers.feed.add(&record, &mut batch),
                    Err(set_aside) => readers.feed.reject(set_aside, &mut batch),
                }
                if batch.is_full(limit) {
                    rounds.add(vec![std::mem::take(&mut batch)], sink);
                }
            }
            Piece::Chunk(chunk) => {
                if !batch.rows.is_empty() {
                    rounds.add(vec![std::mem::take(&mut batch)], sink);
                }
                is_enough = chunk.is_short();
                readers.give(chunk);
            }
        }
        if readers.given() >= group || is_enough {
            rounds.add(readers.take(), sink);
        }
    }
    rounds.add(readers.take(), sink);
    rounds.add(vec![batch], sink);
    rounds.all(limit, sink);
    rounds.finish(sink)
}
