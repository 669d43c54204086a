//! An engine over a store: contacts are read when something happens to them, and written when it is committed.
//!
//! Reading: a run ends at the instant of its last record, which stays open: a later record of that very instant still belongs to it,
//! and timers due at it run when time goes on. So several runs, one after another, have the results of one.

use super::{
    OutFile, Result, Store,
    batch::Batch,
    contacts::Written,
    core::{Core, Reference},
    engines::Engines,
    inputs::{Input, Within},
    parcel::{Newer, Parcel},
    writer::Writer,
};
use crate::{
    ruleset::RuleSet,
    runtime::{Carried, Counters, Engine, Options, Outcome, Prepared, Record, SetAside, state::Clockwork},
};
use std::{marker::PhantomData, slice};

/// So many contacts stay in memory from batch to batch.
const PEOPLE_MAX: usize = 200_000;

/// So many contacts are read together.
const TOGETHER: usize = 4_096;

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
    pub inputs: &'p [Input],
    /// The section of the log that the run is in.
    pub within: Within<'p>,
    /// Output files, whose lines are brought to the disk first.
    pub files: Vec<&'p mut OutFile>,
}

/// An engine over a store.
pub struct Live<'r, C: Core<'r> = Engines<'r>> {
    writer: Writer,
    store: Store,
    rules: PhantomData<&'r RuleSet>,
    core: C,
    batch: Batch,
    /// The number of the next contact that is nobody yet.
    next_contact: i64,
    /// Whether the store has contacts that are not here.
    has_more: bool,
    /// Everybody whose timer is due by then is here, and when the next one is due.
    awake_ms: (i64, Option<i64>),
    /// Rules that came into force and are not kept yet: their number, since when, what they are.
    newer: Vec<Newer>,
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
        let (last, last_contact) = (store.about::<i64>("last_result")?.unwrap_or(0), store.last_contact()?);
        Ok(Self {
            writer: Writer::new(store.sentences()?),
            rules: PhantomData,
            core,
            batch: Batch::by(now),
            next_contact: last_contact + 1,
            has_more: last_contact > 0,
            awake_ms: (i64::MIN, Some(i64::MIN)),
            newer: newest.map(|rules| newer(now, i64::MIN, rules)).into_iter().collect(),
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

    /// Brings contacts here, those that the store knows.
    fn wake<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> Result<()> {
        let mut asleep: Vec<&str> = names.filter(|name| !self.core.has(name)).collect();
        asleep.sort_unstable();
        asleep.dedup();
        for names in asleep.chunks(TOGETHER) {
            let (core, mut unfit) = (&mut self.core, Vec::new());
            self.store.people(names, |name, known, saved| {
                unfit.extend(core.load(name, known, saved).err().map(|why| (name.to_owned(), why)));
                Ok(())
            })?;
            let mut is_wide = false;
            for (name, why) in unfit {
                if !is_wide && !self.widen()? {
                    return Err(why.into());
                }
                is_wide = true;
                if let Some((known, saved)) = self.store.contact(&name)? {
                    self.core.load(&name, known, saved)?;
                }
            }
        }
        Ok(())
    }

    /// Makes room for what does not fit; whether there is more than before.
    fn widen(&mut self) -> Result<bool> {
        // Histories are read of those who are here, and must be whole.
        self.settle()?;
        let store = &self.store;
        self.core.widen(&mut |name| store.contact(name))
    }

    /// Brings everybody here whose timer is due by then.
    fn wake_due(&mut self, by_ms: i64) -> Result<()> {
        let (awake_ms, next_ms) = self.awake_ms;
        if !self.has_more || by_ms <= awake_ms || next_ms.is_none_or(|next_ms| next_ms > by_ms) {
            return Ok(());
        }
        let names = self.store.due(by_ms)?;
        self.wake(names.iter().map(String::as_str))?;
        self.awake_ms = (by_ms, self.store.next_due(by_ms)?);
        Ok(())
    }

    /// Brings everybody here.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn wake_all(&mut self) -> Result<()> {
        if self.has_more {
            let names = self.store.names()?;
            self.wake(names.iter().map(String::as_str))?;
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
            self.wake(records.iter().map(|record| record.contact.as_str()))?;
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
        self.widen()?;
        self.wake_all()?;
        self.batch.next = to.number;
        let since_ms = self.core.change(&to.prepared, at_ms, &mut self.batch);
        self.newer.push(newer(to.number, since_ms, to.rules));
        Ok(())
    }

    /// Commits all that happened, together with how far the input is read. Either all of it is kept, or nothing.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be written; nothing is kept then, and this run cannot go on.
    pub fn commit(&mut self, progress: Progress<'_>) -> Result<()> {
        let parcel = self.parcel(progress)?;
        self.writer.write(&mut self.store, parcel)?;
        self.let_go();
        Ok(())
    }

    /// The same, written by a thread of its own while the run goes on: it is kept when the next commit returns, or [`Self::settle`].
    ///
    /// # Errors
    /// [`super::StoreError`] where this or what was committed before cannot be written; this run cannot go on then.
    pub fn commit_behind(&mut self, progress: Progress<'_>) -> Result<()> {
        let parcel = self.parcel(progress)?;
        self.writer.write_behind(&self.store, parcel)?;
        if self.core.count() > self.people_max {
            self.settle()?;
            self.let_go();
        }
        Ok(())
    }

    /// Waits until everything that was committed is kept.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be written.
    pub fn settle(&mut self) -> Result<()> {
        self.writer.settle(&self.store)
    }

    /// All that happened since the last commit.
    fn parcel(&mut self, progress: Progress<'_>) -> Result<Parcel> {
        let (mut people, next) = (Vec::new(), &mut self.next_contact);
        self.core.hand_over(&mut |name, known, saved| {
            let written = Written::new(name, known, saved, next);
            let known = written.known();
            people.push(written);
            known
        })?;
        people.sort_unstable_by_key(Written::id);
        let (now, carried) = (self.batch.rules, self.carried());
        let parcel = Parcel {
            is_anew: self.newer.iter().any(|(number, ..)| *number != 1),
            people,
            batch: std::mem::replace(&mut self.batch, Batch::by(now)),
            pending: self.core.pending(),
            last: self.last,
            newer: std::mem::take(&mut self.newer),
            clockwork: self.core.clockwork(),
            inputs: progress.inputs.to_vec(),
            section: progress.within.text(),
            lines: progress.files.into_iter().map(OutFile::lines).collect::<Result<_>>()?,
        };
        (self.last, self.batch.carried) = (parcel.last(), carried);
        Ok(parcel)
    }

    /// Lets go of everybody where they have become many.
    fn let_go(&mut self) {
        if self.core.count() > self.people_max {
            self.core.let_go();
            (self.has_more, self.awake_ms) = (true, (i64::MIN, Some(i64::MIN)));
        }
    }

    /// What happened since the last commit, and what happens at the present instant if nothing is added to it, timers due at it
    /// included. Nothing of it is kept: the next run comes to it again.
    ///
    /// # Errors
    /// [`super::StoreError`] where the store cannot be read.
    pub fn close(mut self) -> Result<(Store, Vec<Outcome>, Vec<SetAside>)> {
        self.settle()?;
        let now_ms = self.core.now_ms();
        self.wake_due(now_ms)?;
        let mut batch = std::mem::take(&mut self.batch);
        self.core.run_due(&mut batch);
        Ok((self.store, batch.results.into_iter().map(|(_, outcome)| outcome).collect(), batch.aside))
    }
}

/// A rule set that comes into force, as it is kept.
fn newer(number: u32, since_ms: i64, rules: &RuleSet) -> Newer {
    (number, since_ms, rules.meaning.clone(), serde_json::to_string(rules).expect("a rule set is JSON"))
}
