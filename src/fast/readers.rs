//! Chunks into batches, on several threads.
//!
//! Each thread takes the next chunk from the input itself and reads it, so that what it reads lies near it, and nobody waits for another
//! but at the input. The threads live as long as some chunks are read.
//! Invariant: batches come in the order of their chunks.

use super::{
    feed::Feed,
    ingest::{self, Chunk, Piece},
    row::Batch,
};
use crate::runtime::{Record, SetAside};
use std::{
    panic::resume_unwind,
    sync::{Mutex, PoisonError},
};

/// What reads chunks.
pub struct Readers<'f> {
    /// What makes rows of records.
    feed: Feed<'f>,
    /// On how many threads, and for as many shards.
    threads: usize,
}

/// What was read.
pub struct Read {
    /// The batches of chunks.
    pub batches: Vec<Batch>,
    /// A record that came by itself behind them.
    pub record: Option<Result<Record, SetAside>>,
    /// Whether the input is at its end.
    pub is_end: bool,
}

/// The chunks that are still to be read.
struct Queue<'i, I> {
    pieces: &'i mut I,
    given: usize,
    most: usize,
    record: Option<Result<Record, SetAside>>,
    is_end: bool,
    /// Whether there is something to be done before more is read.
    stops: bool,
}

impl<I: Iterator<Item = Piece>> Queue<'_, I> {
    /// The next chunk with its number, if more are to be read.
    fn next(&mut self) -> Option<(usize, Chunk)> {
        if self.stops || self.given >= self.most {
            return None;
        }
        match self.pieces.next() {
            Some(Piece::Chunk(chunk)) => {
                // A short chunk is all that there is for now: its records do not wait for others.
                self.stops = chunk.is_short();
                self.given += 1;
                Some((self.given, chunk))
            }
            Some(Piece::Record(record)) => {
                (self.record, self.stops) = (Some(record), true);
                None
            }
            None => {
                (self.is_end, self.stops) = (true, true);
                None
            }
        }
    }
}

impl<'f> Readers<'f> {
    /// Over so many threads, this one included, and as many shards.
    pub fn new(feed: Feed<'f>, threads: usize) -> Self {
        Self { feed, threads }
    }

    /// Reads so many chunks at most, up to a record that comes by itself, a chunk behind which there is nothing yet, or the end.
    pub fn some<I: Iterator<Item = Piece> + Send>(&self, pieces: &mut I, most: usize) -> Read {
        let mut queue = Queue { pieces, given: 0, most, record: None, is_end: false, stops: false };
        let Some((number, chunk)) = queue.next() else {
            return Read { batches: Vec::new(), record: queue.record, is_end: queue.is_end };
        };
        let alone = self.threads < 2 || queue.stops || most < 2;
        let queue = Mutex::new(queue);
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let read_all = |first: Option<(usize, Chunk)>| {
            let chunks = first.into_iter().chain(std::iter::from_fn(next));
            chunks.map(|(number, chunk)| (number, self.read(chunk))).collect::<Vec<_>>()
        };
        let mut ready = if alone {
            read_all(Some((number, chunk)))
        } else {
            std::thread::scope(|scope| {
                let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(|| read_all(None))).collect();
                let mut ready = read_all(Some((number, chunk)));
                others.into_iter().for_each(|other| ready.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))));
                ready
            })
        };
        ready.sort_unstable_by_key(|(number, _)| *number);
        let Queue { record, is_end, .. } = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        Read { batches: ready.into_iter().map(|(_, batch)| batch).collect(), record, is_end }
    }

    /// The rows of a chunk, each with its shard where there are several.
    fn read(&self, chunk: Chunk) -> Batch {
        let mut batch = ingest::rows(self.feed, chunk);
        batch.spread(self.threads);
        batch
    }
}
