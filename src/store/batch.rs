//! What happened since the last commit, and how it is written.

use super::{history, history::IDENTIFY, rows, rows::Sentences};
use crate::{
    ruleset::RuleSet,
    runtime::{Carried, Outcome, Raw, Record, SetAside, Sink, state::Clockwork},
};
use rusqlite::{Transaction, params};
use std::collections::BTreeMap;

/// What happened since the last commit.
#[derive(Default)]
pub(super) struct Batch {
    /// Results, each with the number of the rules by which it came.
    pub results: Vec<(u32, Outcome)>,
    pub aside: Vec<SetAside>,
    /// What `identify` said of whom: the history has only that it did.
    pub identified: Vec<(String, BTreeMap<String, Raw>)>,
    pub carried: Vec<Carried>,
    /// The rules in force.
    pub rules: u32,
    /// Those that follow, while everybody is carried over.
    pub next: u32,
}

impl Sink for Batch {
    fn outcome(&mut self, outcome: &Outcome) {
        self.results.push((self.rules, outcome.clone()));
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.aside.push(set_aside.clone());
    }

    fn taken(&mut self, record: &Record) {
        if record.event == IDENTIFY {
            self.identified.push((record.contact.clone(), record.properties.clone()));
        }
    }

    fn changed(&mut self, carried: &Carried) {
        self.carried.push(carried.clone());
        self.rules = self.next;
    }
}

/// Writes results and what was set aside; the number of the last result that is final.
pub(super) fn put(tx: &Transaction<'_>, batch: &Batch, pending: &[Outcome], last: i64, sentences: &mut Sentences) -> rusqlite::Result<i64> {
    tx.prepare_cached("DELETE FROM results WHERE id > ?1")?.execute([last])?;
    let mut id = last;
    for (rules, outcome) in &batch.results {
        id += 1;
        rows::put(tx, id, *rules, outcome, sentences)?;
    }
    for (id, outcome) in (id + 1..).zip(pending) {
        rows::put(tx, id, batch.rules, outcome, sentences)?;
    }
    for aside in &batch.aside {
        rows::put_aside(tx, aside)?;
    }
    history::put_identified(tx, &batch.identified)?;
    Ok(id)
}

pub(super) fn put_rules(tx: &Transaction<'_>, newer: &[(u32, i64, &RuleSet)]) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO rules VALUES (?1, ?2, ?3, ?4)")?;
    for (number, since_ms, rules) in newer {
        let json = serde_json::to_string(rules).expect("a rule set is JSON");
        put.execute(params![number, Some(since_ms).filter(|ms| **ms > i64::MIN), rules.meaning, json])?;
    }
    Ok(())
}

pub(super) fn put_clockwork(tx: &Transaction<'_>, clockwork: &Clockwork, last: i64) -> rusqlite::Result<()> {
    put_about(tx, "now_ms", clockwork.now_ms)?;
    put_about(tx, "pending", &clockwork.pending)?;
    put_about(tx, "gone", &clockwork.gone)?;
    put_about(tx, "counters", &clockwork.counters)?;
    put_about(tx, "last_result", last)
}

/// Keeps something that is kept once.
pub(super) fn put_about(tx: &Transaction<'_>, name: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO about VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?;
    put.execute(params![name, value]).map(drop)
}
