//! An engine over a store: contacts are read when something happens to them, and written when it is committed.
//!
//! Reading: a run ends at the instant of its last record, which stays open: a later record of that very instant still belongs to it,
//! and timers due at it run when time goes on. So several runs, one after another, have the results of one.

use super::{OutFile, Result, Store, batch, batch::Batch, contacts, contacts::Known, inputs, rows::Sentences};
use crate::{
    ruleset::RuleSet,
    runtime::{
        Carried, Counters, Engine, Options, Outcome, Prepared, Record, SetAside,
        state::{Clockwork, Memory},
    },
};
use rusqlite::TransactionBehavior;
use rustc_hash::FxHashMap;

/// So many contacts stay in memory from batch to batch.
const PEOPLE_MAX: usize = 200_000;

/// A change of rules.
pub struct Changed<'r> {
    /// The number of the newer rules.
    pub number: u32,
    /// The newer rules.
    pub rules: &'r RuleSet,
    /// The same, looked up.
    pub prepared: Prepared<'r>,
}

/// How far the input is read, and what was written: committed together with what happened.
#[derive(Default)]
pub struct Progress<'p> {
    /// Files that were read further.
    pub inputs: &'p [inputs::Input],
    /// The section of the log that the run is in.
    pub within: inputs::Within<'p>,
    /// Output files, whose lines were brought to the disk.
    pub files: Vec<&'p OutFile>,
}

/// An engine over a store.
pub struct Live<'r> {
    store: Store,
    memory: Memory<'r>,
    engine: Option<Engine<'r>>,
    batch: Batch,
    known: FxHashMap<String, Known>,
    /// Whether the store has contacts that are not here.
    has_more: bool,
    /// Everybody whose timer is due by then is here, and when the next one is due.
    awake_ms: (i64, Option<i64>),
    /// Rules that came into force and are not kept yet: their number, since when, what they are.
    newer: Vec<(u32, i64, &'r RuleSet)>,
    sentences: Sentences,
    /// The number of the last result that is final.
    last: i64,
    people_max: usize,
}

impl<'r> Live<'r> {
    /// Goes on where a store ended. `rules` are all rule sets that it speaks of or that will come, each with its number; `now` is the
    /// number of the one in force, which is `newest` where nothing is kept yet.
    ///
    /// # Errors
    /// [`super::StoreError`] for a store that cannot be read.
    pub fn new(store: Store, rules: &[(u32, Prepared<'r>)], now: u32, newest: Option<&'r RuleSet>, options: Options) -> Result<Self> {
        let present = rules.iter().find(|(number, _)| *number == now).map(|(_, rules)| rules);
        let present = present.ok_or_else(|| store.damaged(format!("it has no rule set {now}")))?;
        let mut engine = Engine::over(present, options);
        engine.note_touched();
        if let Some(pending) = store.about::<String>("pending")? {
            let text = |name: &str| Ok::<_, super::StoreError>(store.about::<String>(name)?.unwrap_or_default());
            let clockwork = Clockwork { now_ms: store.now_ms()?, pending, gone: text("gone")?, counters: text("counters")? };
            engine.wind(&clockwork)?;
        }
        let (last, sentences, has_more) = (store.about::<i64>("last_result")?.unwrap_or(0), store.sentences()?, store.has_contacts()?);
        let batch = Batch { rules: now, next: now, ..Batch::default() };
        Ok(Self {
            memory: Memory::new(rules),
            engine: Some(engine),
            batch,
            known: FxHashMap::default(),
            has_more,
            awake_ms: (i64::MIN, Some(i64::MIN)),
            newer: newest.map(|rules| (now, i64::MIN, rules)).into_iter().collect(),
            sentences,
            last,
            people_max: PEOPLE_MAX,
            store,
        })
    }

    /// So many contacts stay in memory from batch to batch.
    pub fn keep_at_most(&mut self, people: usize) {
        self.people_max = people;
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn engine(&mut self) -> (&mut Engine<'r>, &mut Batch) {
        (self.engine.as_mut().expect("it is away only while rules are changed"), &mut self.batch)
    }

    fn there(&self) -> &Engine<'r> {
        self.engine.as_ref().expect("it is away only while rules are changed")
    }

    /// The engine, to look at.
    #[must_use]
    pub fn look(&self) -> &Engine<'r> {
        self.there()
    }

    /// What was counted, by all runs on this store.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.there().counters()
    }

    /// The instant that was reached; nothing before the first record.
    #[must_use]
    pub fn now_ms(&self) -> Option<i64> {
        Some(self.there().now_ms()).filter(|now_ms| *now_ms > i64::MIN)
    }

    /// How many results and set aside records wait to be committed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.batch.results.len() + self.batch.aside.len()
    }

    /// The results since the last commit, in order.
    pub fn results(&self) -> impl Iterator<Item = &Outcome> {
        self.batch.results.iter().map(|(_, outcome)| outcome)
    }

    /// What was set aside since the last commit, to tell it otherwise.
    pub fn aside(&mut self) -> &mut Vec<SetAside> {
        &mut self.batch.aside
    }

    /// What became of those inside at changes of rules since this was last asked.
    pub fn carried(&mut self) -> Vec<Carried> {
        std::mem::take(&mut self.batch.carried)
    }

    /// The results of the present instant, which are final but may yet get others between them.
    #[must_use]
    pub fn pending(&self) -> Vec<Outcome> {
        self.there().pending()
    }

    /// When the next timer is due, as far as is known.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        let (_, asleep_ms) = self.awake_ms;
        let asleep_ms = asleep_ms.filter(|_| self.has_more);
        [self.there().next_due_ms(), asleep_ms].into_iter().flatten().min()
    }

    /// Brings a contact here, if the store knows it.
    fn wake(&mut self, name: &str) -> Result<()> {
        if !self.has_more || self.there().has(name) {
            return Ok(());
        }
        if let Some((known, saved)) = self.store.contact(name)? {
            let engine = self.engine.as_mut().expect("it is away only while rules are changed");
            self.memory.load(engine, name, saved)?;
            self.known.insert(name.to_owned(), known);
        }
        Ok(())
    }

    /// Brings everybody here whose timer is due by then.
    fn wake_due(&mut self, by_ms: i64) -> Result<()> {
        let (awake_ms, next_ms) = self.awake_ms;
        if !self.has_more || by_ms <= awake_ms || next_ms.is_none_or(|next_ms| next_ms > by_ms) {
            return Ok(());
        }
        for name in self.store.due(by_ms)? {
            self.wake(&name)?;
        }
        self.awake_ms = (by_ms, self.store.next_due(by_ms)?);
        Ok(())
    }

    /// Brings everybody here.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn wake_all(&mut self) -> Result<()> {
        if self.has_more {
            for name in self.store.names()? {
                self.wake(&name)?;
            }
        }
        Ok(())
    }

    /// Takes a record.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn push(&mut self, record: &Record) -> Result<()> {
        self.wake(&record.contact)?;
        self.wake_due(record.time_ms)?;
        let (engine, batch) = self.engine();
        engine.push(record, batch);
        Ok(())
    }

    /// Counts a record that could not be read.
    pub fn reject(&mut self, set_aside: &SetAside) {
        let (engine, batch) = self.engine();
        engine.reject(set_aside, batch);
    }

    /// Moves the clock to an instant; with `closes`, timers due at that very instant run as well.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn advance(&mut self, to_ms: i64, closes: bool) -> Result<()> {
        self.wake_due(to_ms)?;
        let (engine, batch) = self.engine();
        engine.advance(to_ms, batch);
        if closes && engine.now_ms() <= to_ms {
            engine.run_due(batch);
        }
        Ok(())
    }

    /// Goes on by newer rules from an instant on.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn change(&mut self, to: &Changed<'r>, at_ms: i64) -> Result<()> {
        self.wake_all()?;
        let Some(engine) = self.engine.take() else { return Ok(()) };
        self.batch.next = to.number;
        let (engine, carried) = engine.carried_over(&to.prepared, at_ms, &mut self.batch);
        self.engine = Some(engine);
        self.newer.push((to.number, carried.at_ms, to.rules));
        Ok(())
    }

    /// Commits all that happened, together with how far the input is read. Either all of it is kept, or nothing.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be written; nothing is kept then.
    pub fn commit(&mut self, progress: &Progress<'_>) -> Result<()> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        // After a change of rules everybody is written anew.
        let is_changed = self.newer.iter().any(|(number, ..)| *number != 1);
        let mut touched = engine.take_touched();
        if is_changed {
            for name in engine.contacts() {
                touched.entry(name.to_owned()).or_default();
            }
            self.known.values_mut().for_each(|known| known.marks = Default::default());
        }
        let path = self.store.path.clone();
        let fault = |error| super::StoreError::Sql { path: path.display().to_string(), error };
        let tx = self.store.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        if is_changed {
            contacts::clear_histories(&tx).map_err(fault)?;
        }
        for (name, ids) in &touched {
            let known = self.known.get(name).copied();
            let marks = known.map(|known| known.marks).unwrap_or_default();
            if let Some(saved) = self.memory.save(engine, name, marks, ids)? {
                let known = contacts::put(&tx, name, known, &saved).map_err(fault)?;
                self.known.insert(name.clone(), known);
            }
        }
        let last = batch::put(&tx, &self.batch, &engine.pending(), self.last, &mut self.sentences).map_err(fault)?;
        batch::put_rules(&tx, &self.newer).map_err(fault)?;
        batch::put_clockwork(&tx, &engine.clockwork(), last).map_err(fault)?;
        inputs::put(&tx, progress.inputs, progress.within).map_err(fault)?;
        for file in &progress.files {
            file.record(&tx).map_err(fault)?;
        }
        tx.commit().map_err(fault)?;
        self.last = last;
        self.batch.results.clear();
        self.batch.aside.clear();
        self.batch.identified.clear();
        self.newer.clear();
        if engine.len() > self.people_max {
            engine.let_go();
            self.known.clear();
            (self.has_more, self.awake_ms) = (true, (i64::MIN, Some(i64::MIN)));
        }
        Ok(())
    }

    /// What happens at the present instant if nothing is added to it, timers due at it included. Nothing of it is kept: the next run
    /// comes to it again.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn close(mut self) -> Result<(Store, Vec<Outcome>, Vec<SetAside>)> {
        let now_ms = self.there().now_ms();
        self.wake_due(now_ms)?;
        let mut batch = Batch::default();
        if let Some(engine) = &mut self.engine {
            engine.run_due(&mut batch);
        }
        Ok((self.store, batch.results.into_iter().map(|(_, outcome)| outcome).collect(), batch.aside))
    }
}
