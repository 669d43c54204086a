//! What happened in a store, told once more to whoever counts it, in the names of its present rules.

use crate::{
    cli::Failure,
    ruleset::RuleSet,
    runtime::{Heritage, Prepared, Reason, SetAside, Sink},
    store::{Kept, Past, Store},
};
use std::collections::BTreeMap;

/// The rule sets of a store, with what became of the older ones' names.
pub struct Told<'r> {
    heritages: BTreeMap<u32, Heritage<'r>>,
}

impl<'r> Told<'r> {
    /// Looks all rule sets up; the present one is the last.
    ///
    /// # Errors
    /// [`Failure::World`] for rules that cannot be run.
    pub fn new(rules: &'r [(u32, RuleSet)]) -> Result<Self, Failure> {
        let prepared = |rules| Prepared::new(rules).map_err(|error| Failure::World(error.to_string()));
        let mut heritages = BTreeMap::new();
        if let Some(((_, present), older)) = rules.split_last() {
            let last = prepared(present)?;
            for (number, older) in older {
                heritages.insert(*number, Heritage::new(&prepared(older)?, &last));
            }
        }
        Ok(Self { heritages })
    }

    fn result(&self, kept: &Kept, sink: &mut dyn Sink) {
        match self.heritages.get(&kept.rules) {
            Some(heritage) => sink.outcome(&heritage.told(&kept.outcome)),
            None => sink.outcome(&kept.outcome),
        }
    }

    /// Tells the results and what was set aside.
    ///
    /// # Errors
    /// What reading the store gives.
    pub fn results(&self, store: &Store, sink: &mut dyn Sink) -> Result<(), Failure> {
        store.results(None, |kept| self.result(&kept, sink))?;
        aside(store, sink)
    }

    /// Tells the records that were taken as well, those of an instant before its results.
    ///
    /// # Errors
    /// What reading the store gives.
    pub fn everything(&self, store: &Store, sink: &mut dyn Sink) -> Result<(), Failure> {
        store.history(|past| match past {
            Past::Taken(record) => sink.taken(&record),
            Past::Result(kept) => self.result(&kept, sink),
        })?;
        aside(store, sink)
    }
}

fn aside(store: &Store, sink: &mut dyn Sink) -> Result<(), Failure> {
    for aside in store.set_aside()? {
        if let Some(reason) = Reason::of(&aside.reason) {
            let (position, detail, record) = (aside.line, aside.detail, aside.record);
            sink.set_aside(&SetAside { position, reason, detail, record });
        }
    }
    Ok(())
}
