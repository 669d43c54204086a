//! Rounds: rows in the order of time, over the shards, and what happened in the one order of results.

use super::{
    feed::{Feed, REFUSED},
    ingest::{self, Chunk, Piece},
    program::{Program, Unfit, compile},
    row::{Batch, Row},
    shard::{AsideKey, Shard},
};
use crate::{
    ruleset::RuleSet,
    runtime::{self, Counters, EngineError, Options, Reason, Record, SetAside, Sink},
};
use smol_str::SmolStr;

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

/// Whether this engine runs a rule set with these options; if not, why the reference runs it.
///
/// # Errors
/// [`Unfit`] says why not.
pub fn fits(rules: &RuleSet) -> Result<(), Unfit> {
    compile(rules).map(|_| ())
}

/// Runs a rule set over records: [`runtime::run`], faster. What this engine does not run, the reference does.
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
    match compile(rules) {
        Ok(program) => Ok(run_pieces(&program, records.into_iter().map(Piece::Record), &options, settings, sink)),
        Err(_) => runtime::run(rules, records, options, sink),
    }
}

/// The same over the pieces of a log.
///
/// # Errors
/// [`EngineError`] for a rule set that cannot be run. It must be one that [`fits`], and options must ask for no more than the tables
/// do; else nothing is run.
pub fn run_log<I>(rules: &RuleSet, pieces: I, options: &Options, settings: Settings, sink: &mut dyn Sink) -> Result<Counters, Unfit>
where
    I: IntoIterator<Item = Piece>,
{
    let program = compile(rules)?;
    if asks_more(options) {
        return Err(Unfit::Options);
    }
    Ok(run_pieces(&program, pieces.into_iter(), options, settings, sink))
}

/// Whether options ask for what the tables do not do: arms of splits, shut doors and coverage are for tests and proofs.
fn asks_more(options: &Options) -> bool {
    !options.forced_arms.is_empty() || options.shut_door.is_some() || options.keeps_trail
}

fn run_pieces(
    program: &Program<'_>,
    pieces: impl Iterator<Item = Piece>,
    options: &Options,
    settings: Settings,
    sink: &mut dyn Sink,
) -> Counters {
    let threads = settings.threads.max(1);
    let limit = settings.batch.clamp(1, 1 << 24);
    let mut rounds = Rounds::new(program, options, threads);
    let feed = Feed { program, zone: &options.zone };
    let (mut batch, mut chunks) = (Batch::default(), Vec::new());
    let mut waits = true;
    for piece in pieces {
        match piece {
            Piece::Record(record) => {
                rounds.read(feed, &mut chunks, sink);
                match record {
                    Ok(record) => feed.add(&record, &mut batch),
                    Err(set_aside) => feed.reject(set_aside, &mut batch),
                }
            }
            Piece::Lines(chunk) => {
                // A short chunk is all that there is for now: its records do not wait for others.
                waits = !chunk.is_short();
                chunks.push(chunk);
            }
        }
        if batch.rows.len() >= limit || !(chunks.is_empty() || batch.rows.is_empty()) {
            rounds.add(std::mem::take(&mut batch), sink);
        }
        if chunks.len() >= threads || !waits {
            rounds.read(feed, &mut chunks, sink);
        }
    }
    rounds.read(feed, &mut chunks, sink);
    rounds.add(batch, sink);
    rounds.all(limit, sink);
    rounds.finish(sink)
}

/// A row among several batches.
type Place = (u32, u32);

/// The order in which rows are taken: as they lie, or some of them as told.
#[derive(Clone, Copy)]
enum Order<'o> {
    AsTheyLie,
    Told(&'o [Place]),
}

impl Order<'_> {
    /// Hands over each row, with its batch.
    fn each<'b>(self, batches: &'b [Batch], mut take: impl FnMut(&'b Batch, &'b Row)) {
        match self {
            Self::AsTheyLie => batches.iter().for_each(|batch| batch.rows.iter().for_each(|row| take(batch, row))),
            Self::Told(places) => places.iter().for_each(|(batch, row)| {
                let batch = &batches[*batch as usize];
                take(batch, &batch.rows[*row as usize]);
            }),
        }
    }
}

/// The shards, and the clock that they share.
struct Rounds<'p> {
    program: &'p Program<'p>,
    options: &'p Options,
    shards: Vec<Shard<'p>>,
    now_ms: i64,
    /// How many rows there were before this round.
    index: u64,
    records: u64,
    /// Batches that wait for all others, to be taken in the order of time.
    batches: Vec<Batch>,
    /// What was set aside before any shard saw it.
    aside: Vec<(AsideKey, SetAside)>,
}

impl<'p> Rounds<'p> {
    fn new(program: &'p Program<'p>, options: &'p Options, threads: usize) -> Self {
        let shards = (0..threads).map(|_| Shard::new(program)).collect();
        Self { program, options, shards, now_ms: i64::MIN, index: 0, records: 0, batches: Vec::new(), aside: Vec::new() }
    }

    /// Reads chunks, several at a time.
    fn read(&mut self, feed: Feed<'_>, chunks: &mut Vec<Chunk>, sink: &mut dyn Sink) {
        let batches: Vec<Batch> = match chunks.len() {
            0 | 1 => chunks.drain(..).map(|chunk| ingest::rows(feed, chunk)).collect(),
            _ => std::thread::scope(|scope| {
                let threads: Vec<_> = chunks.drain(..).map(|chunk| scope.spawn(move || ingest::rows(feed, chunk))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
            }),
        };
        for batch in batches {
            self.add(batch, sink);
        }
    }

    /// Takes a batch: at once where rows are taken as they come, else when all are there.
    fn add(&mut self, mut batch: Batch, sink: &mut dyn Sink) {
        if batch.rows.is_empty() {
            return;
        }
        if self.options.lateness_ms.is_some() {
            return self.round(&mut [batch], Order::AsTheyLie, sink);
        }
        if batch.rejected > 0 {
            // What is no record has no time; it is told when it is met.
            self.records += batch.rejected;
            let Batch { rows, extras, .. } = &mut batch;
            rows.retain(|row| {
                let extra = (row.extra as usize).checked_sub(1).and_then(|at| extras.get(at)).filter(|extra| extra.rejected);
                if let Some((extra, (reason, detail))) = extra.and_then(|extra| Some((extra, extra.refused.clone()?))) {
                    sink.set_aside(&SetAside { position: row.position, reason, detail, record: extra.json.clone() });
                }
                extra.is_none()
            });
        }
        self.batches.push(batch);
    }

    /// Takes all batches that wait, their rows in the order of time.
    fn all(&mut self, limit: usize, sink: &mut dyn Sink) {
        let mut batches = std::mem::take(&mut self.batches);
        let key = |row: &Row| (row.time_ms, row.position);
        if batches.iter().flat_map(|batch| &batch.rows).is_sorted_by_key(key) {
            let mut batches = batches.into_iter().peekable();
            while batches.peek().is_some() {
                // Small batches go together, so that threads have something to do in each round.
                let mut rows = 0;
                let mut enough = |batch: &Batch| {
                    let is_first = rows == 0;
                    rows += batch.rows.len();
                    is_first || rows <= limit
                };
                let mut some: Vec<Batch> = Vec::new();
                while let Some(batch) = batches.next_if(|batch| enough(batch)) {
                    some.push(batch);
                }
                self.round(&mut some, Order::AsTheyLie, sink);
            }
            return;
        }
        let rows = |(at, batch): (u32, &Batch)| (0..batch.rows.len() as u32).map(move |row| (at, row)).collect::<Vec<_>>();
        let mut places: Vec<Place> = (0..).zip(&batches).flat_map(rows).collect();
        places.sort_by_key(|(batch, row)| key(&batches[*batch as usize].rows[*row as usize]));
        for places in places.chunks(limit) {
            self.round(&mut batches, Order::Told(places), sink);
        }
    }

    /// Takes some rows: each is told its instant, then the shards take theirs, and what is complete is handed over.
    fn round(&mut self, batches: &mut [Batch], order: Order<'_>, sink: &mut dyn Sink) {
        let first = self.index;
        let mut tell = |batch: &mut Batch, at: usize| {
            let mut row = batch.rows[at];
            self.tell_time(&mut row, batch);
            batch.rows[at] = row;
        };
        match order {
            Order::AsTheyLie => batches.iter_mut().for_each(|batch| (0..batch.rows.len()).for_each(|at| tell(batch, at))),
            Order::Told(places) => places.iter().for_each(|(batch, row)| tell(&mut batches[*batch as usize], *row as usize)),
        }
        let (count, now_ms) = (self.shards.len() as u64, self.now_ms);
        let batches = &*batches;
        let run = |mine: u64, shard: &mut Shard<'p>| {
            let mut index = first;
            order.each(batches, |batch, row| {
                if row.event != REFUSED && (count == 1 || (row.hash >> 32) % count == mine) {
                    shard.take(batch, row, index);
                }
                index += 1;
            });
            shard.complete(now_ms);
        };
        match &mut self.shards[..] {
            [shard] => run(0, shard),
            shards => std::thread::scope(|scope| {
                for (shard, mine) in shards.iter_mut().zip(0..) {
                    scope.spawn(move || run(mine, shard));
                }
            }),
        }
        self.hand_over(sink);
    }

    /// A row's instant: no record moves the clock that is not taken, and none moves it back.
    fn tell_time(&mut self, row: &mut Row, batch: &Batch) {
        let index = self.index;
        self.index += 1;
        self.records += 1;
        let extra = batch.extra(row);
        let is_early = extra.is_some_and(|extra| extra.unread);
        let refusal = extra.and_then(|extra| extra.refused.as_ref());
        let is_late = |lateness_ms: i64| row.time_ms < self.now_ms.saturating_sub(lateness_ms);
        let late = || (Reason::Late, "it is older than the allowed lateness".to_owned());
        let refused = match refusal {
            Some(refusal) if is_early => Some(refusal.clone()),
            _ if self.options.lateness_ms.is_some_and(is_late) => Some(late()),
            refusal => refusal.cloned(),
        };
        let Some((reason, detail)) = refused else {
            self.now_ms = self.now_ms.max(row.time_ms);
            row.now_ms = self.now_ms;
            return;
        };
        row.event = REFUSED;
        let record = batch.json(row);
        self.aside.push(((self.now_ms, 0, index, SmolStr::default()), SetAside { position: row.position, reason, detail, record }));
    }

    /// Hands over what is complete, of all shards, in its order.
    fn hand_over(&mut self, sink: &mut dyn Sink) {
        let mut aside = std::mem::take(&mut self.aside);
        for shard in &mut self.shards {
            aside.append(&mut shard.aside);
        }
        aside.sort_by(|(one, _), (other, _)| one.cmp(other));
        aside.iter().for_each(|(_, aside)| sink.set_aside(aside));
        if let [shard] = &mut self.shards[..] {
            for happening in shard.done.drain(..) {
                sink.outcome(&happening.outcome(self.program, shard.people.name(happening.contact as usize)));
            }
            return;
        }
        let mut places: Vec<(i64, usize, usize)> = Vec::new();
        for (at, shard) in self.shards.iter().enumerate() {
            places.extend(shard.done.iter().enumerate().map(|(place, happening)| (happening.time_ms, at, place)));
        }
        let name = |(_, shard, at): &(i64, usize, usize)| {
            let shard = &self.shards[*shard];
            shard.people.name(shard.done[*at].contact as usize)
        };
        places.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| name(one).cmp(name(other))));
        for (_, shard, at) in places {
            let shard = &self.shards[shard];
            let happening = &shard.done[at];
            sink.outcome(&happening.outcome(self.program, shard.people.name(happening.contact as usize)));
        }
        self.shards.iter_mut().for_each(|shard| shard.done.clear());
    }

    /// Ends the run: timers up to the end, itself included.
    fn finish(mut self, sink: &mut dyn Sink) -> Counters {
        if let Some(until_ms) = self.options.until_ms {
            self.now_ms = self.now_ms.max(until_ms);
        }
        let end_ms = self.now_ms;
        for shard in &mut self.shards {
            shard.run_timers(end_ms);
            shard.complete(i64::MAX);
        }
        self.hand_over(sink);
        let mut counters = Counters { records: self.records, ..Counters::default() };
        for shard in &self.shards {
            counters.taken += shard.taken;
            counters.duplicates += shard.duplicates;
            for ((event, property), number) in &shard.ignored {
                let event = self.program.events[*event as usize].name.to_owned();
                *counters.ignored.entry((event, property.clone())).or_insert(0) += number;
            }
        }
        counters.reached_ms = (end_ms > i64::MIN).then_some(end_ms);
        counters
    }
}
