//! Handing requests on: which wait, and what became of each.
//!
//! A request is marked as delivered after it was. Who is killed between the two delivers it again, with the same key. One that was
//! given up is to be tried again at the end of all time.

use super::{Result, Store, lock};
use rusqlite::{Row, params};
use std::{fs::File, path::Path};

/// When a request is tried again that was given up.
const NEVER_MS: i64 = i64::MAX;

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number in the outbox.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// When it was made, in milliseconds.
    pub time_ms: i64,
    /// For whom.
    pub contact: String,
    /// In which funnel.
    pub funnel: String,
    /// In the run of which key.
    pub run_key: Option<String>,
    /// In the how-manieth run.
    pub run: u32,
    /// `send` or `do`.
    pub kind: String,
    /// The message or action.
    pub name: String,
    /// The channel of a message.
    pub channel: Option<String>,
    /// With what, as a JSON object.
    pub arguments: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// The requests of a store, to be delivered by this process alone.
pub struct Outbox {
    store: Store,
    _lock: File,
}

impl Outbox {
    /// Opens the outbox of a store; a run may go on meanwhile.
    ///
    /// # Errors
    /// [`super::StoreError`], among them that another delivery works on it.
    pub fn open(path: &Path) -> Result<Self> {
        let store = Store::beside(path)?;
        let lock = lock::taken(path, ".outbox.lock", "delivery")?;
        Ok(Self { store, _lock: lock })
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Requests that wait and were tried less than so often, the oldest first; those whose time to be tried again has not come are
    /// left out.
    ///
    /// # Errors
    /// [`super::StoreError`] where they cannot be read.
    pub fn waiting(&self, attempts_max: u32, now_ms: i64, most: u32) -> Result<Vec<Request>> {
        let rows = self.store.db.prepare_cached(
            "SELECT id, request, time_ms, contact, funnel, key, run, kind, name, channel, arguments, attempts FROM outbox
             WHERE delivered_ms IS NULL AND attempts < ?1 AND coalesce(next_ms, ?2) <= ?2 ORDER BY id LIMIT ?3",
        );
        let request = |row: &Row<'_>| {
            Ok(Request {
                id: row.get(0)?,
                key: row.get(1)?,
                time_ms: row.get(2)?,
                contact: row.get(3)?,
                funnel: row.get(4)?,
                run_key: row.get(5)?,
                run: row.get(6)?,
                kind: row.get(7)?,
                name: row.get(8)?,
                channel: row.get(9)?,
                arguments: row.get(10)?,
                attempts: row.get(11)?,
            })
        };
        self.store.fault(rows.and_then(|mut rows| rows.query_map(params![attempts_max, now_ms, most], request)?.collect()))
    }

    /// When the next of the requests that failed is to be tried again.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be read.
    pub fn next_ms(&self, attempts_max: u32) -> Result<Option<i64>> {
        let next = self.store.db.prepare_cached(
            "SELECT min(coalesce(next_ms, 0)) FROM outbox WHERE delivered_ms IS NULL AND attempts < ?1 AND coalesce(next_ms, 0) < ?2",
        );
        self.store.fault(next.and_then(|mut next| next.query_row(params![attempts_max, NEVER_MS], |row| row.get(0))))
    }

    /// A request was delivered.
    ///
    /// # Errors
    /// [`super::StoreError`] where that cannot be written.
    pub fn delivered(&self, request: &Request, now_ms: i64) -> Result<()> {
        let mark = self
            .store
            .db
            .prepare_cached("UPDATE outbox SET delivered_ms = ?2, attempts = attempts + 1, next_ms = NULL, error = NULL WHERE id = ?1");
        self.store.fault(mark.and_then(|mut mark| mark.execute(params![request.id, now_ms])).map(drop))
    }

    /// A request could not be delivered, and is tried again then; nothing where it is given up.
    ///
    /// # Errors
    /// [`super::StoreError`] where that cannot be written.
    pub fn failed(&self, request: &Request, error: &str, next_ms: Option<i64>) -> Result<()> {
        let mark = self.store.db.prepare_cached("UPDATE outbox SET attempts = attempts + 1, next_ms = ?2, error = ?3 WHERE id = ?1");
        self.store.fault(mark.and_then(|mut mark| mark.execute(params![request.id, next_ms.unwrap_or(NEVER_MS), error])).map(drop))
    }

    /// All that were given up wait again.
    ///
    /// # Errors
    /// [`super::StoreError`] where that cannot be written.
    pub fn try_again(&self) -> Result<()> {
        let again = self.store.db.execute("UPDATE outbox SET attempts = 0, next_ms = NULL WHERE delivered_ms IS NULL AND attempts > 0", []);
        self.store.fault(again.map(drop))
    }
}
