//! Writes parcels: at once, or in a thread of its own while the run goes on with what comes next.
//!
//! Invariants: one parcel after another is written; whoever ends waits until the last one is. What could not be written is told at
//! the next commit, and nothing is written after that.

use super::{Result, Store, StoreError, parcel::Parcel, rows::Sentences};
use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, JoinHandle},
};

/// A thread that writes.
struct Hand {
    parcels: Option<Sender<Parcel>>,
    done: Receiver<Result<()>>,
    thread: Option<JoinHandle<()>>,
    /// Whether a parcel is being written.
    is_busy: bool,
}

/// Writes parcels into a store.
pub(super) struct Writer {
    /// Those that are kept; with the thread, once there is one.
    sentences: Sentences,
    hand: Option<Hand>,
    /// Whether something could not be written, so that nothing may be written behind it.
    is_over: bool,
}

impl Writer {
    pub fn new(sentences: Sentences) -> Self {
        Self { sentences, hand: None, is_over: false }
    }

    /// Writes a parcel, behind all others.
    pub fn write(&mut self, store: &mut Store, mut parcel: Parcel) -> Result<()> {
        if self.hand.is_some() {
            self.write_behind(store, parcel)?;
            return self.settle(store);
        }
        self.go_on(store)?;
        let path = store.path.display().to_string();
        let written = parcel.write(&mut store.db, &path, &mut self.sentences);
        self.is_over = written.is_err();
        written
    }

    /// Has a parcel written while the run goes on.
    pub fn write_behind(&mut self, store: &Store, parcel: Parcel) -> Result<()> {
        self.settle(store)?;
        self.go_on(store)?;
        if self.hand.is_none() {
            self.hand = Some(Hand::new(store, std::mem::take(&mut self.sentences))?);
        }
        if let Some(hand) = &mut self.hand {
            hand.is_busy = hand.parcels.as_ref().is_some_and(|parcels| parcels.send(parcel).is_ok());
            self.is_over = !hand.is_busy;
        }
        self.go_on(store)
    }

    /// Waits until everything is written.
    pub fn settle(&mut self, store: &Store) -> Result<()> {
        let Some(hand) = self.hand.as_mut().filter(|hand| hand.is_busy) else { return Ok(()) };
        hand.is_busy = false;
        let written = hand.done.recv().unwrap_or_else(|_| Err(lost(store)));
        self.is_over = written.is_err();
        written
    }

    fn go_on(&self, store: &Store) -> Result<()> {
        if self.is_over { Err(lost(store)) } else { Ok(()) }
    }
}

fn lost(store: &Store) -> StoreError {
    let error = io::Error::other("what came before could not be written");
    StoreError::File { path: store.path.display().to_string(), what: "cannot be written", error }
}

impl Hand {
    fn new(store: &Store, mut sentences: Sentences) -> Result<Self> {
        let mut own = store.again()?;
        let (parcels, taken) = channel::<Parcel>();
        let (tell, done) = channel();
        let work = move || {
            let path = own.path.display().to_string();
            for mut parcel in taken {
                let written = parcel.write(&mut own.db, &path, &mut sentences);
                let is_over = written.is_err();
                if tell.send(written).is_err() || is_over {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(work);
        let fault = |error| StoreError::File { path: store.path.display().to_string(), what: "cannot be written", error };
        Ok(Self { parcels: Some(parcels), done, thread: Some(thread.map_err(fault)?), is_busy: false })
    }
}

impl Drop for Hand {
    /// Whoever holds the lock of the store must not let go of it before.
    fn drop(&mut self) {
        drop(self.parcels.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
