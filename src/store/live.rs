//! An engine over a store: contacts are read when something happens to them, and written when it is committed.
//!
//! Reading: a run ends at the instant of its last record, which stays open: a later record of that very instant still belongs to it,
//! and timers due at it run when time goes on. So several runs, one after another, have the results of one.

use super::{
    OutFile, Result, Store, batch,
    batch::Batch,
    contacts,
    contacts::Written,
    core::{Core, Reference},
    engines::Engines,
    inputs,
    rows::Sentences,
};
use crate::{
    ruleset::RuleSet,
    runtime::{Carried, Counters, Engine, Options, Outcome, Prepared, Record, SetAside, state::Clockwork},
};
use rusqlite::TransactionBehavior;
use std::slice;

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
pub struct Live<'r, C: Core<'r> = Engines<'r>> {
    store: Store,
    core: C,
    batch: Batch,
    /// The number of the next contact that is nobody yet.
    next_contact: i64,
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
    /// The engine that fits over a store, the fast one if it can. `rules` are all rule sets that the store speaks of or that will come, each with its number;
    /// `now` is the number of the one in force, which is `newest` where nothing is kept yet.
    ///
    /// # Errors
    /// [`super::StoreError`] for a store that cannot be read.
    pub fn new(store: Store, rules: &[(u32, Prepared<'r>)], now: u32, newest: Option<&'r RuleSet>, options: Options) -> Result<Self> {
        Self::on(store, Engines::new(rules, now, options), now, newest)
    }

    /// The reference over a store, whatever the fast engine could do; otherwise like [`Live::new`].
    ///
    /// # Errors
    /// [`super::StoreError`] for a store that cannot be read.
    pub fn on_reference(
        store: Store,
        rules: &[(u32, Prepared<'r>)],
        now: u32,
        newest: Option<&'r RuleSet>,
        options: Options,
    ) -> Result<Self> {
        Self::on(store, Engines::of_reference(rules, now, options), now, newest)
    }

    fn on(store: Store, engines: Option<Engines<'r>>, now: u32, newest: Option<&'r RuleSet>) -> Result<Self> {
        let core = engines.ok_or_else(|| store.damaged(format!("it has no rule set {now}")))?;
        Self::over(store, core, now, newest)
    }
}

impl<'r> Live<'r, Reference<'r>> {
    /// The reference over a store, to look at what it knows.
    ///
    /// # Errors
    /// [`super::StoreError`] for a store that cannot be read.
    pub fn to_look_at(store: Store, rules: &[(u32, Prepared<'r>)], now: u32) -> Result<Self> {
        let core = Reference::new(rules, now, Options::default()).ok_or_else(|| store.damaged(format!("it has no rule set {now}")))?;
        Self::over(store, core, now, None)
    }

    /// The engine, to look at.
    #[must_use]
    pub fn look(&self) -> &Engine<'r> {
        self.core.engine()
    }
}

impl<'r, C: Core<'r>> Live<'r, C> {
    /// Any engine over a store: one without contacts, by the rules in force, whose number is `now`; `newest` where nothing is kept yet.
    ///
    /// # Errors
    /// [`super::StoreError`] for a store that cannot be read.
    pub fn over(store: Store, mut core: C, now: u32, newest: Option<&'r RuleSet>) -> Result<Self> {
        if let Some(pending) = store.about::<String>("pending")? {
            let text = |name: &str| Ok::<_, super::StoreError>(store.about::<String>(name)?.unwrap_or_default());
            let clockwork = Clockwork { now_ms: store.now_ms()?, pending, gone: text("gone")?, counters: text("counters")? };
            core.wind(&clockwork)?;
        }
        let (last, sentences, last_contact) = (store.about::<i64>("last_result")?.unwrap_or(0), store.sentences()?, store.last_contact()?);
        Ok(Self {
            core,
            batch: Batch { rules: now, next: now, ..Batch::default() },
            next_contact: last_contact + 1,
            has_more: last_contact > 0,
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

    /// What was counted, by all runs on this store.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.core.counters()
    }

    /// The instant that was reached; nothing before the first record.
    #[must_use]
    pub fn now_ms(&self) -> Option<i64> {
        Some(self.core.now_ms()).filter(|now_ms| *now_ms > i64::MIN)
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
        self.core.pending()
    }

    /// When the next timer is due, as far as is known.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        let (_, asleep_ms) = self.awake_ms;
        let asleep_ms = asleep_ms.filter(|_| self.has_more);
        [self.core.next_due_ms(), asleep_ms].into_iter().flatten().min()
    }

    /// Brings a contact here, if the store knows it.
    fn wake(&mut self, name: &str) -> Result<()> {
        if !self.has_more || self.core.has(name) {
            return Ok(());
        }
        let Some((known, saved)) = self.store.contact(name)? else { return Ok(()) };
        let Err(why) = self.core.load(name, known, saved) else { return Ok(()) };
        let store = &self.store;
        if !self.core.widen(&mut |name| store.contact(name))? {
            return Err(why.into());
        }
        match self.store.contact(name)? {
            Some((known, saved)) => Ok(self.core.load(name, known, saved)?),
            None => Ok(()),
        }
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
        self.push_all(slice::from_ref(record))
    }

    /// Takes records.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn push_all(&mut self, records: &[Record]) -> Result<()> {
        if self.has_more {
            for record in records {
                self.wake(&record.contact)?;
            }
            // Who wakes too early does nothing before it is time.
            if let Some(latest_ms) = records.iter().map(|record| record.time_ms).max() {
                self.wake_due(latest_ms)?;
            }
        }
        self.core.push(records, &mut self.batch);
        Ok(())
    }

    /// Counts a record that could not be read.
    pub fn reject(&mut self, set_aside: &SetAside) {
        self.core.reject(set_aside, &mut self.batch);
    }

    /// Moves the clock to an instant; with `closes`, timers due at that very instant run as well.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn advance(&mut self, to_ms: i64, closes: bool) -> Result<()> {
        self.wake_due(to_ms)?;
        self.core.advance(to_ms, &mut self.batch);
        if closes && self.core.now_ms() <= to_ms {
            self.core.run_due(&mut self.batch);
        }
        Ok(())
    }

    /// Goes on by newer rules from an instant on.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn change(&mut self, to: &Changed<'r>, at_ms: i64) -> Result<()> {
        let store = &self.store;
        self.core.widen(&mut |name| store.contact(name))?;
        self.wake_all()?;
        self.batch.next = to.number;
        let since_ms = self.core.change(&to.prepared, at_ms, &mut self.batch);
        self.newer.push((to.number, since_ms, to.rules));
        Ok(())
    }

    /// Commits all that happened, together with how far the input is read. Either all of it is kept, or nothing.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be written; nothing is kept then, and this run cannot go on.
    pub fn commit(&mut self, progress: &Progress<'_>) -> Result<()> {
        // After a change of rules everybody is written anew.
        let is_changed = self.newer.iter().any(|(number, ..)| *number != 1);
        let (mut people, next) = (Vec::new(), &mut self.next_contact);
        self.core.hand_over(&mut |name, known, saved| {
            let written = Written::new(name, known, saved, next);
            let known = written.known();
            people.push(written);
            known
        })?;
        let path = self.store.path.clone();
        let fault = |error| super::StoreError::Sql { path: path.display().to_string(), error };
        let tx = self.store.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        if is_changed {
            contacts::clear_histories(&tx).map_err(fault)?;
        }
        for written in &people {
            contacts::put(&tx, written).map_err(fault)?;
        }
        let last = batch::put(&tx, &self.batch, &self.core.pending(), self.last, &mut self.sentences).map_err(fault)?;
        batch::put_rules(&tx, &self.newer).map_err(fault)?;
        batch::put_clockwork(&tx, &self.core.clockwork(), last).map_err(fault)?;
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
        if self.core.count() > self.people_max {
            self.core.let_go();
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
        let now_ms = self.core.now_ms();
        self.wake_due(now_ms)?;
        let mut batch = Batch::default();
        self.core.run_due(&mut batch);
        Ok((self.store, batch.results.into_iter().map(|(_, outcome)| outcome).collect(), batch.aside))
    }
}
