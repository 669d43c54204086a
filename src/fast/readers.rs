//! Chunks into batches, on several threads.
//!
//! The thread that cuts an input into chunks hands them to others while these have room, and reads a chunk itself where they have
//! none: so each chunk is read soon after it was cut, and nobody waits. The threads live as long as the run.
//! Invariant: batches come in the order of their chunks.

use super::{
    feed::Feed,
    ingest::{self, Chunk},
    row::Batch,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel},
    },
    thread::{self, Scope},
};

/// A chunk, and the how-manieth of those that were not yet taken it is.
type Task = (usize, Chunk);
/// What became of it, or how the thread died of it.
type Done = (usize, thread::Result<Batch>);

/// So many chunks wait for each thread.
const AHEAD: usize = 2;

/// What reads chunks.
pub struct Readers<'f> {
    /// What makes rows of records.
    pub feed: Feed<'f>,
    /// How many shards there are.
    shards: usize,
    /// Nothing where this thread is the only one.
    others: Option<Others>,
    ready: Vec<(usize, Batch)>,
    given: usize,
}

/// The way to the other threads, and back.
struct Others {
    tasks: SyncSender<Task>,
    done: Receiver<Done>,
}

impl<'f> Readers<'f> {
    /// Over so many threads, this one included, and as many shards.
    pub fn new<'s>(scope: &'s Scope<'s, '_>, feed: Feed<'f>, threads: usize) -> Self
    where
        'f: 's,
    {
        let others = (threads > 1).then(|| {
            let (tasks, waiting) = sync_channel::<Task>(AHEAD * (threads - 1));
            let (tell, done) = channel::<Done>();
            let waiting = Arc::new(Mutex::new(waiting));
            for _ in 1..threads {
                let (waiting, tell) = (Arc::clone(&waiting), tell.clone());
                scope.spawn(move || work(&waiting, &tell, |chunk| read(feed, threads, chunk)));
            }
            Others { tasks, done }
        });
        Self { feed, shards: threads, others, ready: Vec::new(), given: 0 }
    }

    /// How many chunks were given since batches were taken.
    pub fn given(&self) -> usize {
        self.given
    }

    /// Has a chunk read, sooner or later.
    pub fn give(&mut self, chunk: Chunk) {
        let number = self.given;
        self.given += 1;
        let mine = match &self.others {
            None => chunk,
            Some(others) => match others.tasks.try_send((number, chunk)) {
                Ok(()) => return,
                Err(TrySendError::Full((_, chunk)) | TrySendError::Disconnected((_, chunk))) => chunk,
            },
        };
        self.ready.push((number, read(self.feed, self.shards, mine)));
    }

    /// The batches of all chunks that were given, in their order.
    pub fn take(&mut self) -> Vec<Batch> {
        let mut ready = std::mem::take(&mut self.ready);
        if let Some(others) = &self.others {
            while ready.len() < self.given {
                let Ok((number, batch)) = others.done.recv() else { break };
                ready.push((number, batch.unwrap_or_else(|panic| resume_unwind(panic))));
            }
        }
        self.given = 0;
        ready.sort_unstable_by_key(|(number, _)| *number);
        ready.into_iter().map(|(_, batch)| batch).collect()
    }
}

/// Reads chunks until no more come.
fn work(waiting: &Mutex<Receiver<Task>>, tell: &Sender<Done>, read: impl Fn(Chunk) -> Batch) {
    loop {
        let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, chunk)) = task else { return };
        let batch = catch_unwind(AssertUnwindSafe(|| read(chunk)));
        if tell.send((number, batch)).is_err() {
            return;
        }
    }
}

/// The rows of a chunk, each with its shard where there are several.
fn read(feed: Feed<'_>, shards: usize, chunk: Chunk) -> Batch {
    let mut batch = ingest::rows(feed, chunk);
    batch.spread(shards);
    batch
}
