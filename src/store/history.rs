//! All that happened, once more and in order: the records that were taken, and what came of them.

use super::{Result, Store, StoreError, results, results::Kept};
use crate::runtime::{Raw, Record, state};
use rusqlite::{Row, Rows, Transaction, params};
use std::collections::BTreeMap;

/// The event that tells attributes.
pub(super) const IDENTIFY: &str = "identify";

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Past {
    /// A record was taken. Of its properties those are known that its event declares; of `identify` all are.
    Taken(Record),
    /// Something came of it.
    Result(Kept),
}

/// Keeps what `identify` said.
pub(super) fn put_identified(tx: &Transaction<'_>, identified: &[(String, BTreeMap<String, Raw>)]) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO identified (contact, attributes) VALUES (?1, ?2)")?;
    for (contact, attributes) in identified {
        put.execute(params![contact, serde_json::to_string(attributes).expect("texts and flags are JSON")])?;
    }
    Ok(())
}

/// The records by the instants at which they were taken. The histories of contacts have an `identify` each time that one was taken;
/// what it said stands beside them, in the same order.
const TAKEN: &str = "
WITH past AS (
  SELECT e.*, CASE WHEN e.event = 'identify' THEN row_number() OVER (PARTITION BY e.contact_id, e.event ORDER BY e.n) END AS nth
  FROM events AS e WHERE e.taken_ms IS NOT NULL),
said AS (
  SELECT contact, attributes, row_number() OVER (PARTITION BY contact ORDER BY id) AS nth FROM identified)
SELECT past.taken_ms, past.time_ms, c.contact, past.event, past.properties, said.attributes
FROM past JOIN contacts AS c ON c.id = past.contact_id
LEFT JOIN said ON said.contact = c.contact AND said.nth = past.nth
ORDER BY past.taken_ms, past.contact_id, past.n";

const RESULTS: &str = "SELECT r.*, s.clause, s.sentence FROM results AS r LEFT JOIN sentences AS s ON s.id = r.sentence_id ORDER BY r.id";

impl Store {
    /// Passes on all that happened, in the order in which a run tells it: the records of an instant before its results.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn history(&self, mut each: impl FnMut(Past)) -> Result<()> {
        let (mut taken, mut results) = (self.fault(self.db.prepare(TAKEN))?, self.fault(self.db.prepare(RESULTS))?);
        let (mut taken, mut results) = (self.fault(taken.query([]))?, self.fault(results.query([]))?);
        let (mut record, mut result) = (self.next_taken(&mut taken)?, self.next_result(&mut results)?);
        loop {
            let is_records_turn = match (&record, &result) {
                (None, None) => return Ok(()),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((taken_ms, _)), Some(kept)) => *taken_ms <= kept.outcome.time_ms,
            };
            if is_records_turn {
                if let Some((_, record)) = record.take() {
                    each(Past::Taken(record));
                }
                record = self.next_taken(&mut taken)?;
            } else {
                if let Some(kept) = result.take() {
                    each(Past::Result(kept));
                }
                result = self.next_result(&mut results)?;
            }
        }
    }

    /// The next record, with the instant at which it was taken.
    fn next_taken(&self, rows: &mut Rows<'_>) -> Result<Option<(i64, Record)>> {
        let Some(row) = self.fault(rows.next())? else { return Ok(None) };
        let (taken_ms, mut record, properties, said) = self.fault(taken(row))?;
        record.properties = match said {
            Some(said) => serde_json::from_str(&said).map_err(|error| self.damaged(error.to_string()))?,
            None => state::properties(&properties).map_err(StoreError::State)?,
        };
        Ok(Some((taken_ms, record)))
    }

    fn next_result(&self, rows: &mut Rows<'_>) -> Result<Option<Kept>> {
        while let Some(row) = self.fault(rows.next())? {
            if let Some(kept) = self.fault(results::kept(row))? {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }
}

fn taken(row: &Row<'_>) -> rusqlite::Result<(i64, Record, String, Option<String>)> {
    let (contact, event) = (row.get(2)?, row.get(3)?);
    let record = Record { time_ms: row.get(1)?, contact, event, properties: BTreeMap::new(), id: None, position: 0 };
    Ok((row.get(0)?, record, row.get(4)?, row.get(5)?))
}
