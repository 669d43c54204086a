//! The fast engine record by record, over contacts that are written down and read back: what a store runs on.
//!
//! Job: the interface of the reference's engine that a store needs, over one shard. In reading order: `journal` (what is added to
//! histories, as it happens), `json`, `names` (parts of rules), `save`, `load`, `going` (the order of time), and this file.
//! Invariants: what is written is what the reference writes, in the same form; whatever either engine wrote, both go on from with the
//! same results. So that this holds, the tables are made whole (`compile_whole`): all properties are read, visits are counted, and
//! no timer is left out. Deliberately absent: threads, and rules that change, which are the reference's.

mod going;
mod journal;
mod json;
mod load;
mod names;
mod save;

use going::Going;
use journal::Cursor;
pub use journal::Journal;

use super::{
    feed::{Feed, hash_of},
    people::People,
    program::{Program, Unfit, compile_whole},
    row::Batch,
    shard::Shard,
};
use crate::runtime::{
    Counters, Options, Outcome, Prepared, Record, SetAside, Sink,
    state::{Clockwork, Saved, StateError},
};
use load::{Loading, Zones};
use names::Names;
use save::{Keys, Saving};

/// An engine that takes record after record, and whose contacts can be written down.
pub struct Keeper<'r> {
    program: Program<'r>,
    options: Options,
    names: Names,
    keys: Keys,
    zones: Zones,
    people: People,
    journal: Journal,
    /// The record that is taken, as a row.
    batch: Batch,
    now_ms: i64,
    /// The results of this instant, in the order in which they came.
    pending: Vec<Outcome>,
    counters: Counters,
}

impl<'r> Keeper<'r> {
    /// An engine before its first record.
    ///
    /// # Errors
    /// [`Unfit`] for rules or options that are the reference's.
    pub fn new(prepared: &Prepared<'r>, options: Options) -> Result<Self, Unfit> {
        if super::engine::asks_more(&options) {
            return Err(Unfit::Options);
        }
        let program = compile_whole(prepared.rules())?;
        Ok(Self {
            options,
            names: Names::new(&program, prepared),
            keys: Keys::new(&program),
            zones: Zones::default(),
            people: People::new(program.funnels.len()).queued(),
            journal: Journal::new(&program),
            batch: Batch::default(),
            now_ms: i64::MIN,
            pending: Vec::new(),
            counters: Counters::default(),
            program,
        })
    }

    /// Goes on from there, so far without contacts.
    ///
    /// # Errors
    /// [`StateError`] for what was not written by this version.
    pub fn wind(&mut self, clockwork: &Clockwork) -> Result<(), StateError> {
        let time = clockwork.read()?;
        (self.now_ms, self.pending, self.names.gone, self.counters) = (time.now_ms, time.pending, time.gone, time.counters);
        Ok(())
    }

    /// What it knows of no contact in particular.
    #[must_use]
    pub fn clockwork(&self) -> Clockwork {
        Clockwork::of(self.now_ms, &self.pending, &self.names.gone, &self.counters)
    }

    /// The instant that has been reached, in milliseconds; the least number before the first record.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// An instant in milliseconds before which no timer is due, where there are any.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        self.people.next_due_ms()
    }

    /// The results of the present instant so far, in the order in which they come out if nothing is added to them.
    #[must_use]
    pub fn pending(&self) -> Vec<Outcome> {
        let mut pending = self.pending.clone();
        pending.sort_by(|one, other| one.contact.cmp(&other.contact));
        pending
    }

    fn find(&self, contact: &str) -> Option<usize> {
        let at = self.people.find(hash_of(contact.as_bytes()), contact)?;
        // Who has only sent what was set aside is nobody yet.
        (self.people.hot[at].taken > 0).then_some(at)
    }

    /// Whether a contact is here.
    #[must_use]
    pub fn has(&self, contact: &str) -> bool {
        self.find(contact).is_some()
    }

    /// How many contacts are here, and may be.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.len() == 0
    }

    /// The names of all contacts that are here.
    pub fn contacts(&self) -> impl Iterator<Item = &str> {
        (0..self.people.len()).filter(|at| self.people.hot[*at].taken > 0).map(|at| self.people.name(at))
    }

    /// Lets go of all contacts that are here, who were written down before.
    pub fn let_go(&mut self) {
        self.people = People::new(self.program.funnels.len()).queued();
    }

    /// Counts a record that could not be read, and passes it on.
    pub fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.counters.records += 1;
        sink.set_aside(set_aside);
    }

    /// Takes records, each after the timers due before it.
    pub fn push(&mut self, records: &[Record], sink: &mut dyn Sink) {
        self.with(|going| records.iter().for_each(|record| going.push(record, sink)));
    }

    /// Moves the clock to an instant: timers due before it run, those due at it do not.
    pub fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.with(|going| going.advance(to_ms, sink));
    }

    /// Runs the timers that are due at the present instant as well.
    pub fn run_due(&mut self, sink: &mut dyn Sink) {
        self.with(|going| going.run_due(sink));
    }

    /// Lets everybody be in a shard while something is done.
    fn with(&mut self, run: impl FnOnce(&mut Going<'_>)) {
        let (people, journal) = (std::mem::take(&mut self.people), std::mem::take(&mut self.journal));
        let mut going = Going {
            feed: Feed { program: &self.program, zone: &self.options.zone, keeps_lines: false, wanted: None, counts_unknown: false },
            lateness_ms: self.options.lateness_ms,
            shard: Shard::over(&self.program, people, Some(journal)),
            batch: &mut self.batch,
            now_ms: &mut self.now_ms,
            pending: &mut self.pending,
            counters: &mut self.counters,
        };
        run(&mut going);
        let Going { mut shard, counters, .. } = going;
        counters.taken += shard.taken;
        counters.duplicates += shard.duplicates;
        for ((event, property), number) in std::mem::take(&mut shard.ignored) {
            let event = self.program.events[event as usize].name.to_owned();
            *counters.ignored.entry((event, property)).or_insert(0) += number;
        }
        self.journal = shard.journal.take().unwrap_or_default();
        self.people = std::mem::take(&mut shard.people);
    }

    /// Brings a contact that was written, with all of its history, into the engine; its number there until all are let go.
    ///
    /// # Errors
    /// [`StateError`] for what these tables do not hold, or was written by another version; the contact is not here then.
    pub fn load(&mut self, contact: &str, saved: &Saved) -> Result<usize, StateError> {
        let at = self.people.number(hash_of(contact.as_bytes()), contact);
        let mut loading = Loading { program: &self.program, names: &mut self.names, now_ms: self.now_ms, zones: &mut self.zones };
        loading.contact(&mut self.people, at, saved)?;
        Ok(at)
    }

    /// The contacts to whom something happened since this was last asked, in the order of numbers: for each its number, its name, and as
    /// what it is written now, with what was added to its history.
    ///
    /// # Errors
    /// [`StateError`] where one cannot be written, and what `each` returns.
    pub fn take_changes<E: From<StateError>>(&mut self, mut each: impl FnMut(usize, &str, Saved) -> Result<(), E>) -> Result<(), E> {
        let (touched, mut cursor) = (self.journal.take_touched(), Cursor::default());
        let saving = Saving { program: &self.program, names: &self.names, keys: &self.keys };
        for at in touched {
            let added = self.journal.of(&self.program, &self.names, at, &mut cursor);
            if let Some(saved) = saving.contact(&self.people, at as usize, added)? {
                each(at as usize, self.people.name(at as usize), saved)?;
            }
        }
        self.journal.clear();
        Ok(())
    }
}
