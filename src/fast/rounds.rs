//! Rounds: rows in the order of time, over the shards, and what happened in the one order of results; where there are several threads,
//! this is handed over while the next round is played.
//!
//! Where a log is sorted before it is run, all its rows are kept until its end; then the lines that they were read from are not,
//! unless something of a row may still be set aside.

use super::{
    done::{self, Done},
    feed::REFUSED,
    program::{Id, Program},
    row::{Batch, Origin, Row},
    shard::{AsideKey, Shard, Visit},
};
use crate::runtime::{Counters, Met, Options, Reason, SetAside, Sink};
use smol_str::SmolStr;
use std::{collections::BTreeMap, sync::atomic::AtomicU32};

/// A row among several batches.
type Place = (u32, u32);

/// The order in which rows are taken: as they lie, or some of them as told.
#[derive(Clone, Copy)]
enum Order<'o> {
    AsTheyLie,
    Told(&'o [Place]),
}

impl Order<'_> {
    /// Hands over the place of each row.
    fn each(self, batches: &[Batch], mut take: impl FnMut(Place)) {
        match self {
            Self::AsTheyLie => (0..).zip(batches).for_each(|(at, batch)| (0..batch.rows.len() as u32).for_each(|row| take((at, row)))),
            Self::Told(places) => places.iter().for_each(|place| take(*place)),
        }
    }
}

/// So many rows make a round however much happens, if there are so many.
const ROWS_MIN: usize = 1_024;

/// So many results a row may have before it is known how many it has.
const RESULTS_EXPECTED: usize = 8;

/// So few rows are not worth a thread.
const FEW: usize = 64;

/// Does something with each shard for so many rows, each on a thread of its own, and something else on this one meanwhile.
fn on_all<'p>(shards: &mut [Shard<'p>], rows: usize, each: impl Fn(u16, &mut Shard<'p>) + Sync, meanwhile: impl FnOnce()) {
    if rows < FEW || shards.len() < 2 {
        meanwhile();
        return (0..).zip(shards).for_each(|(mine, shard)| each(mine, shard));
    }
    std::thread::scope(|scope| {
        for (shard, mine) in shards.iter_mut().zip(0..) {
            let each = &each;
            scope.spawn(move || each(mine, shard));
        }
        meanwhile();
    });
}

/// The shards, and the clock that they share.
pub struct Rounds<'p> {
    program: &'p Program<'p>,
    options: &'p Options,
    shards: Vec<Shard<'p>>,
    now_ms: i64,
    /// How many rows there were before this round.
    index: u64,
    records: u64,
    /// How many rows the last round had, and how many results.
    last: (usize, usize),
    /// What became complete in the last round, where it is handed over while the next one is played.
    ready: Option<Complete<'p>>,
    /// Memory for what becomes complete.
    spare: Vec<Done<'p>>,
    /// Batches that wait for all others, to be taken in the order of time.
    batches: Vec<Batch>,
    /// How often there was a property that nobody declared, by event and name.
    ignored: BTreeMap<(Id, String), u64>,
    /// What was set aside before any shard saw it.
    aside: Vec<(AsideKey, SetAside)>,
}

impl<'p> Rounds<'p> {
    /// Before the first record.
    pub fn new(program: &'p Program<'p>, options: &'p Options, threads: usize) -> Self {
        let shards = (0..threads).map(|_| Shard::new(program)).collect();
        Self {
            program,
            options,
            shards,
            now_ms: i64::MIN,
            index: 0,
            records: 0,
            last: (1, RESULTS_EXPECTED),
            ready: None,
            spare: Vec::new(),
            batches: Vec::new(),
            ignored: BTreeMap::new(),
            aside: Vec::new(),
        }
    }

    /// Whether records wait for the last one, to be taken in the order of time.
    pub fn waits(&self) -> bool {
        self.options.lateness_ms.is_none()
    }

    /// Takes batches: at once where rows are taken as they come, else when all are there.
    pub fn add(&mut self, mut batches: Vec<Batch>, sink: &mut dyn Sink) {
        let unknown: u64 = batches.iter().map(|batch| batch.unknown).sum();
        if unknown > 0 {
            self.records += unknown;
            sink.set_aside_alike(Reason::UnknownEvent, unknown);
        }
        batches.retain(|batch| !batch.rows.is_empty());
        let waits = self.waits();
        for batch in batches.iter_mut().filter(|batch| waits && batch.rejected > 0) {
            // What is no record has no time; it is told when it is met.
            self.records += batch.rejected;
            #[cfg(feature = "columns")]
            {
                batch.keys = None;
            }
            batch.shards = Vec::new();
            let Batch { rows, names, extras, .. } = batch;
            let mut stays = Vec::with_capacity(rows.len());
            rows.retain(|row| {
                let extra = (row.extra as usize).checked_sub(1).and_then(|at| extras.get(at)).filter(|extra| extra.rejected);
                if let Some((extra, (reason, detail))) = extra.and_then(|extra| Some((extra, extra.refused.clone()?))) {
                    sink.set_aside(&SetAside { position: row.position, reason, detail, record: extra.json.clone() });
                }
                stays.push(extra.is_none());
                extra.is_none()
            });
            let mut stays = stays.into_iter();
            names.retain(|_| stays.next().unwrap_or(true));
        }
        self.number(&mut batches);
        for mut batch in batches {
            if !waits {
                self.round(std::slice::from_mut(&mut batch), Order::AsTheyLie, sink);
                batch.shapes.tell(&mut self.ignored);
                continue;
            }
            if !self.program.may_set_aside && matches!(batch.origin, Origin::Gone) {
                batch.names = Vec::new();
            }
            self.batches.push(batch);
        }
    }

    /// Finds out whom rows are about.
    fn number(&mut self, batches: &mut [Batch]) {
        let count = self.shards.len();
        let shards = match &mut self.shards[..] {
            [shard] => {
                batches.iter_mut().for_each(|batch| batch.numbers = shard.numbers(batch));
                return;
            }
            shards => shards,
        };
        batches.iter_mut().filter(|batch| batch.shards.len() != batch.names.len()).for_each(|batch| batch.spread(count));
        let numbers: Vec<Vec<AtomicU32>> = batches.iter().map(|batch| batch.names.iter().map(|_| AtomicU32::new(0)).collect()).collect();
        let all = &*batches;
        let tell = |shard: &mut Shard<'p>, mine: u16| {
            all.iter().zip(&numbers).for_each(|(batch, numbers)| shard.tell_numbers(batch, mine, numbers));
        };
        on_all(shards, numbers.iter().map(Vec::len).sum(), |mine, shard| tell(shard, mine), || {});
        for (batch, numbers) in batches.iter_mut().zip(numbers) {
            batch.numbers = numbers.into_iter().map(AtomicU32::into_inner).collect();
        }
    }

    /// Takes all batches that wait, their rows in the order of time.
    pub fn all(&mut self, limit: usize, sink: &mut dyn Sink) {
        let mut batches = std::mem::take(&mut self.batches);
        let key = |row: &Row| (row.time_ms, row.position);
        if batches.iter().flat_map(|batch| &batch.rows).is_sorted_by_key(key) {
            let mut batches = batches.into_iter().peekable();
            while batches.peek().is_some() {
                // Small batches go together, so that threads have something to do in each round.
                let (mut rows, limit) = (0, self.room(limit));
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
                some.iter().for_each(|batch| batch.shapes.tell(&mut self.ignored));
            }
            return;
        }
        let rows = |(at, batch): (u32, &Batch)| (0..batch.rows.len() as u32).map(move |row| (at, row)).collect::<Vec<_>>();
        let mut places: Vec<Place> = (0..).zip(&batches).flat_map(rows).collect();
        places.sort_by_key(|(batch, row)| key(&batches[*batch as usize].rows[*row as usize]));
        let mut places = &places[..];
        while !places.is_empty() {
            let (some, rest) = places.split_at(places.len().min(self.room(limit)));
            self.round(&mut batches, Order::Told(some), sink);
            places = rest;
        }
        batches.iter().for_each(|batch| batch.shapes.tell(&mut self.ignored));
    }

    /// How many rows the next round may have, if there are so many in all: results, of which a row may have many, are to stay at hand.
    fn room(&self, limit: usize) -> usize {
        let (rows, results) = self.last;
        (limit * rows / results.max(rows).max(1)).max(limit.min(ROWS_MIN))
    }

    /// Takes some rows: each is told its instant, then the shards take theirs, and what is complete is handed over.
    fn round(&mut self, batches: &mut [Batch], order: Order<'_>, sink: &mut dyn Sink) {
        let first = self.index;
        let mut tell = |batch: &mut Batch, at: usize| {
            let mut row = batch.rows[at];
            self.tell_time(&mut row, batch, at);
            batch.rows[at] = row;
        };
        match order {
            Order::AsTheyLie => batches.iter_mut().for_each(|batch| (0..batch.rows.len()).for_each(|at| tell(batch, at))),
            Order::Told(places) => places.iter().for_each(|(batch, row)| tell(&mut batches[*batch as usize], *row as usize)),
        }
        let (count, now_ms) = (self.shards.len(), self.now_ms);
        let batches = &*batches;
        let run = |mine: u16, shard: &mut Shard<'p>| {
            let mut offset = 0;
            order.each(batches, |place| {
                let batch = &batches[place.0 as usize];
                let at = place.1 as usize;
                if (count == 1 || batch.shards[at] == mine) && batch.rows[at].event != REFUSED {
                    shard.visits.push(Visit { contact: batch.numbers[at], offset, place });
                }
                offset += 1;
            });
            shard.round(batches, first, now_ms);
        };
        let rows = (self.index - first) as usize;
        let (program, before) = (self.program, self.ready.take());
        on_all(&mut self.shards, rows, run, || before.iter().for_each(|complete| complete.hand_over(program, sink)));
        before.into_iter().for_each(|complete| self.reuse(complete));
        self.last = (rows, self.shards.iter().map(|shard| shard.done.len()).sum());
        let complete = self.complete();
        if self.waits() && self.shards.len() > 1 {
            self.ready = Some(complete);
        } else {
            complete.hand_over(program, sink);
            self.reuse(complete);
        }
    }

    /// A row's instant: no record moves the clock that is not taken, and none moves it back.
    fn tell_time(&mut self, row: &mut Row, batch: &Batch, at: usize) {
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
        let record = batch.json(at);
        self.aside.push(((self.now_ms, 0, index, SmolStr::default()), SetAside { position: row.position, reason, detail, record }));
    }

    /// What is complete of all shards, with what was set aside.
    fn complete(&mut self) -> Complete<'p> {
        let mut aside = std::mem::take(&mut self.aside);
        for shard in &mut self.shards {
            aside.append(&mut shard.aside);
        }
        aside.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut done = std::mem::take(&mut self.spare);
        done.resize_with(self.shards.len(), Done::default);
        self.shards.iter_mut().zip(&mut done).for_each(|(shard, done)| std::mem::swap(&mut shard.done, done));
        Complete { aside, done }
    }

    /// Uses the memory again of what was handed over.
    fn reuse(&mut self, mut complete: Complete<'p>) {
        complete.done.iter_mut().for_each(Done::clear);
        self.spare = complete.done;
    }

    /// Ends the run: timers up to the end, itself included.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Counters {
        if let Some(until_ms) = self.options.until_ms {
            self.now_ms = self.now_ms.max(until_ms);
        }
        let end_ms = self.now_ms;
        let (program, before) = (self.program, self.ready.take());
        let run = |_, shard: &mut Shard<'p>| {
            shard.run_timers(end_ms);
            shard.complete(i64::MAX);
        };
        on_all(&mut self.shards, usize::MAX, run, || before.iter().for_each(|complete| complete.hand_over(program, sink)));
        self.complete().hand_over(program, sink);
        let mut counters = Counters { records: self.records, ..Counters::default() };
        for shard in &self.shards {
            counters.taken += shard.taken;
            counters.duplicates += shard.duplicates;
            shard.ignored.iter().for_each(|(which, number)| *self.ignored.entry(which.clone()).or_default() += number);
        }
        let name = |event: Id| self.program.events[event as usize].name.to_owned();
        let contacts = self.shards.iter().map(|shard| shard.people.known()).sum();
        let first_ms = self.shards.iter().map(|shard| shard.first_ms).min();
        sink.met(Met { contacts, first_ms: first_ms.filter(|_| counters.taken > 0) });
        counters.ignored = self.ignored.into_iter().map(|((event, property), number)| ((name(event), property), number)).collect();
        counters.reached_ms = (end_ms > i64::MIN).then_some(end_ms);
        counters
    }
}

/// What became complete in a round.
struct Complete<'p> {
    aside: Vec<(AsideKey, SetAside)>,
    done: Vec<Done<'p>>,
}

impl Complete<'_> {
    fn hand_over(&self, program: &Program<'_>, sink: &mut dyn Sink) {
        self.aside.iter().for_each(|(_, aside)| sink.set_aside(aside));
        done::hand_over(program, &self.done, sink);
    }
}
