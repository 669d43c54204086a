//! A run: the pieces of a log into batches, and these into rounds.

use super::{
    feed::Feed,
    ingest::Piece,
    program::{Program, Unfit, compile},
    readers::{Read, Readers},
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
        Ok(program) => Ok(run_records(&program, records.into_iter(), &options, settings, sink)),
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
/// [`EngineError`] for a rule set that cannot be run. It must be one that [fits](fits_hearing), and options must ask for no more than
/// the tables do; else nothing is run.
pub fn run_log<I>(rules: &RuleSet, pieces: I, options: &Options, settings: Settings, sink: &mut dyn Sink) -> Result<Counters, Unfit>
where
    I: IntoIterator<Item = Piece>,
    I::IntoIter: Send,
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

/// What makes rows for a sink.
fn feed<'p>(program: &'p Program<'p>, options: &'p Options, sink: &dyn Sink) -> Feed<'p> {
    Feed {
        program,
        zone: &options.zone,
        keeps_lines: program.may_set_aside || options.lateness_ms.is_some(),
        wanted: None,
        counts_unknown: sink.counts_aside() && options.lateness_ms.is_none(),
    }
}

fn run_records(
    program: &Program<'_>,
    records: impl Iterator<Item = Result<Record, SetAside>>,
    options: &Options,
    settings: Settings,
    sink: &mut dyn Sink,
) -> Counters {
    let mut running = Running::new(program, options, settings, sink);
    records.for_each(|record| running.record(record));
    running.finish()
}

fn run_pieces(
    program: &Program<'_>,
    mut pieces: impl Iterator<Item = Piece> + Send,
    options: &Options,
    settings: Settings,
    sink: &mut dyn Sink,
) -> Counters {
    let mut running = Running::new(program, options, settings, sink);
    let readers = Readers::new(running.feed, settings.threads.max(1));
    let group = group_of(settings.threads, running.rounds.waits());
    loop {
        let Read { batches, record, is_end } = readers.some(&mut pieces, group);
        running.batches(batches);
        record.into_iter().for_each(|record| running.record(record));
        if is_end {
            return running.finish();
        }
    }
}

/// A run, and the records that came one by one and are no round yet.
struct Running<'p, 's> {
    feed: Feed<'p>,
    rounds: Rounds<'p>,
    batch: Batch,
    limit: usize,
    sink: &'s mut dyn Sink,
}

impl<'p, 's> Running<'p, 's> {
    fn new(program: &'p Program<'p>, options: &'p Options, settings: Settings, sink: &'s mut dyn Sink) -> Self {
        let rounds = Rounds::new(program, options, settings.threads.max(1));
        Self { feed: feed(program, options, sink), rounds, batch: Batch::default(), limit: settings.batch.clamp(1, 1 << 24), sink }
    }

    fn record(&mut self, record: Result<Record, SetAside>) {
        self.feed.put(record, &mut self.batch);
        if self.batch.is_full(self.limit) {
            self.add_batch();
        }
    }

    fn add_batch(&mut self) {
        if !self.batch.rows.is_empty() {
            self.rounds.add(vec![std::mem::take(&mut self.batch)], self.sink);
        }
    }

    /// Batches that come behind all records so far.
    fn batches(&mut self, batches: Vec<Batch>) {
        if !batches.is_empty() {
            self.add_batch();
            self.rounds.add(batches, self.sink);
        }
    }

    fn finish(mut self) -> Counters {
        self.add_batch();
        self.rounds.all(self.limit, self.sink);
        self.rounds.finish(self.sink)
    }
}
