//! The fast engine record by record, over contacts that are written down and read back: what a store runs on.
//!
//! Job: the interface of the reference's engine that a store needs, over one shard. In reading order: `journal` (what is added to
//! histories, as it happens), `names` (parts of rules), `save`, `load`, and this file (the order of time).
//! Invariants: what is written is what the reference writes, in the same form; whatever either engine wrote, both go on from with the
//! same results. So that this holds, the tables are made whole (`compile_whole`): all properties are read, visits are counted, and
//! no timer is left out. Deliberately absent: threads, and rules that change, which are the reference's.

mod journal;
mod load;
mod names;
mod save;

use journal::Cursor;
pub use journal::Journal;

use super::{
    feed::{Feed, hash_of},
    people::People,
    program::{Program, Unfit, compile_whole},
    row::Batch,
    shard::{RowOf, Shard},
};
use crate::runtime::{
    Counters, Options, Outcome, Prepared, Reason, Record, SetAside, Sink,
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

    /// Takes a record: runs the timers due before it, then the record itself.
    pub fn push(&mut self, record: &Record, sink: &mut dyn Sink) {
        self.counters.records += 1;
        self.batch.clear();
        let feed = Feed { program: &self.program, zone: &self.options.zone, keeps_lines: false };
        let mut refusal = feed.add_present(record, &mut self.batch).err();
        let is_unread = refusal.as_ref().is_some_and(|(reason, _)| matches!(reason, Reason::NoContact | Reason::Malformed));
        let is_late = |lateness_ms: i64| record.time_ms < self.now_ms.saturating_sub(lateness_ms);
        if !is_unread && self.options.lateness_ms.is_some_and(is_late) {
            refusal = Some((Reason::Late, "it is older than the allowed lateness".to_owned()));
        }
        if let Some((reason, detail)) = refusal {
            sink.set_aside(&SetAside { position: record.position, reason, detail, record: record.to_json() });
            return;
        }
        if record.time_ms > self.now_ms {
            self.advance(record.time_ms, sink);
        }
        self.batch.rows[0].now_ms = self.now_ms;
        let at = self.people.number(self.batch.names[0].hash, &record.contact);
        let batch = std::mem::take(&mut self.batch);
        let taken = self.counters.taken;
        let mut set_aside = self.with(|shard| shard.take(RowOf { batch: &batch, at: 0 }, at, 0));
        self.batch = batch;
        for aside in &mut set_aside {
            aside.record = record.to_json();
            sink.set_aside(aside);
        }
        if self.counters.taken > taken {
            sink.taken(record);
        }
    }

    /// Moves the clock to an instant: timers due before it run, those due at it do not.
    pub fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.run_timers(to_ms.saturating_sub(1), sink);
        if to_ms > self.now_ms {
            self.flush(sink);
            self.now_ms = to_ms;
        }
    }

    /// Runs the timers that are due at the present instant as well.
    pub fn run_due(&mut self, sink: &mut dyn Sink) {
        self.run_timers(self.now_ms, sink);
        self.flush(sink);
    }

    fn run_timers(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        if self.people.next_due_ms().is_none_or(|due_ms| due_ms > to_ms) {
            return;
        }
        let set_aside = self.with(|shard| {
            while let Some(at) = shard.people.pop_due(to_ms) {
                shard.run_timers_of(at, to_ms);
            }
        });
        set_aside.iter().for_each(|aside| sink.set_aside(aside));
    }

    /// The results up to this instant are complete.
    fn flush(&mut self, sink: &mut dyn Sink) {
        self.pending.sort_by(|one, other| one.time_ms.cmp(&other.time_ms).then_with(|| one.contact.cmp(&other.contact)));
        for outcome in self.pending.drain(..) {
            sink.give(outcome);
        }
    }

    /// Lets the shard do something; what was set aside, in its order.
    fn with(&mut self, run: impl FnOnce(&mut Shard<'_>)) -> Vec<SetAside> {
        let mut shard = Shard::over(&self.program, std::mem::take(&mut self.people), Some(std::mem::take(&mut self.journal)));
        run(&mut shard);
        let people = std::mem::take(&mut shard.people);
        let outcomes = shard.out.iter().map(|happening| happening.outcome(&self.program, people.name(happening.contact as usize)));
        self.pending.extend(outcomes);
        self.counters.taken += shard.taken;
        self.counters.duplicates += shard.duplicates;
        for ((event, property), number) in std::mem::take(&mut shard.ignored) {
            let event = self.program.events[event as usize].name.to_owned();
            *self.counters.ignored.entry((event, property)).or_insert(0) += number;
        }
        let mut set_aside = std::mem::take(&mut shard.aside);
        set_aside.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.journal = shard.journal.take().unwrap_or_default();
        self.people = people;
        set_aside.into_iter().map(|(_, aside)| aside).collect()
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
