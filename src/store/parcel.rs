//! What is committed together, and how it is written.
//!
//! A parcel owns all that it says, so that it can be written while a run goes on: lines of output files first, which are cut off again
//! where nothing is committed behind them, then the rows in one transaction.

use super::{
    Result, StoreError,
    batch::Batch,
    contacts,
    contacts::Written,
    file::Lines,
    history,
    inputs::{self, Input},
    rows::{self, Rows, Sentences},
};
use crate::runtime::{Outcome, state::Clockwork};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// A rule set that came into force: its number, since when, what it means, and itself as JSON.
pub(super) type Newer = (u32, i64, String, String);

/// What is committed together.
pub(super) struct Parcel {
    /// Whether everybody is written anew, as after a change of rules: funnels and messages may have other names in histories then.
    pub is_anew: bool,
    pub people: Vec<Written>,
    pub batch: Batch,
    /// The results of the present instant, which are not final yet.
    pub pending: Vec<Outcome>,
    /// The number of the last result that was final before.
    pub last: i64,
    pub newer: Vec<Newer>,
    pub clockwork: Clockwork,
    pub inputs: Vec<Input>,
    /// The section of the log that the run is in, where that changes.
    pub section: Option<Option<String>>,
    pub lines: Vec<Lines>,
}

impl Parcel {
    /// Writes it into a store at a path.
    pub fn write(&mut self, db: &mut Connection, path: &str, sentences: &mut Sentences) -> Result<()> {
        self.lines.iter_mut().try_for_each(Lines::write)?;
        self.commit(db, sentences).map_err(|error| StoreError::Sql { path: path.to_owned(), error })
    }

    /// The number of the last result that is final once it is written.
    pub fn last(&self) -> i64 {
        self.last + i64::try_from(self.batch.results.len()).unwrap_or(i64::MAX)
    }

    fn commit(&self, db: &mut Connection, sentences: &mut Sentences) -> rusqlite::Result<()> {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.is_anew {
            contacts::clear_histories(&tx)?;
        }
        contacts::put(&tx, &self.people)?;
        self.put_results(&tx, sentences)?;
        rows::put_aside(&tx, &self.batch.aside)?;
        history::put_identified(&tx, &self.batch.identified)?;
        self.put_rules(&tx)?;
        let (clockwork, last) = (&self.clockwork, self.last());
        put_about(&tx, "now_ms", clockwork.now_ms)?;
        put_about(&tx, "pending", &clockwork.pending)?;
        put_about(&tx, "gone", &clockwork.gone)?;
        put_about(&tx, "counters", &clockwork.counters)?;
        put_about(&tx, "last_result", last)?;
        inputs::put(&tx, &self.inputs)?;
        if let Some(section) = &self.section {
            put_about(&tx, "section", section)?;
        }
        self.lines.iter().try_for_each(|lines| lines.record(&tx))?;
        tx.commit()
    }

    fn put_results(&self, tx: &Transaction<'_>, sentences: &mut Sentences) -> rusqlite::Result<()> {
        tx.prepare_cached("DELETE FROM results WHERE id > ?1")?.execute([self.last])?;
        let mut rows = Rows::new(tx, sentences)?;
        for (id, (rules, outcome)) in (self.last + 1..).zip(&self.batch.results) {
            rows.put(id, *rules, outcome)?;
        }
        for (id, outcome) in (self.last() + 1..).zip(&self.pending) {
            rows.put(id, self.batch.rules, outcome)?;
        }
        Ok(())
    }

    fn put_rules(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut put = tx.prepare_cached("INSERT INTO rules VALUES (?1, ?2, ?3, ?4)")?;
        for (number, since_ms, meaning, json) in &self.newer {
            put.execute(params![number, Some(since_ms).filter(|ms| **ms > i64::MIN), meaning, json])?;
        }
        Ok(())
    }
}

/// Keeps something that is kept once.
fn put_about(tx: &Transaction<'_>, name: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO about VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?;
    put.execute(params![name, value]).map(drop)
}
