//! Contacts as rows: what may change in `contacts`, what only grows in `events`, `sendings`, `asked` and `ids`.

use super::{Result, Store, core::Known};
use crate::runtime::state::{Marks, Saved, SavedEvent, SavedId, SavedSending};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// A contact to be written.
pub(super) struct Written {
    id: i64,
    /// Its name, where the store does not know it yet.
    name: Option<String>,
    /// How much of its history is written.
    marks: Marks,
    saved: Saved,
}

impl Written {
    /// A contact of whom so much is known; one that is new gets the next number.
    pub fn new(name: &str, known: Option<Known>, saved: Saved, next: &mut i64) -> Self {
        let known = known.map(|known| (known, None));
        let (Known { id, marks }, name) = known.unwrap_or_else(|| (Known { id: *next, ..Known::default() }, Some(name.to_owned())));
        *next += i64::from(name.is_some());
        Self { id, name, marks, saved }
    }

    /// What the store knows once it is written.
    pub fn known(&self) -> Known {
        let Self { id, marks, saved, .. } = self;
        let marks = Marks {
            events: marks.events + saved.events.len(),
            sendings: marks.sendings + saved.sendings.len(),
            asked: marks.asked + saved.asked.len(),
        };
        Known { id: *id, marks }
    }
}

impl Store {
    /// A contact with all of its history, if it is known.
    pub(super) fn contact(&self, name: &str) -> Result<Option<(Known, Saved)>> {
        self.fault(read(&self.db, name))
    }

    /// The names of all contacts, in order.
    ///
    /// # Errors
    /// [`super::StoreError`] where they cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let names = self.db.prepare_cached("SELECT contact FROM contacts ORDER BY contact");
        self.fault(names.and_then(|mut names| names.query_map([], |row| row.get(0))?.collect()))
    }

    /// The names of contacts whose next timer is due by then.
    pub(super) fn due(&self, by_ms: i64) -> Result<Vec<String>> {
        let names = self.db.prepare_cached("SELECT contact FROM contacts WHERE due_ms <= ?1");
        self.fault(names.and_then(|mut names| names.query_map([by_ms], |row| row.get(0))?.collect()))
    }

    /// When the first timer after an instant is due.
    pub(super) fn next_due(&self, after_ms: i64) -> Result<Option<i64>> {
        let due = self.db.prepare_cached("SELECT min(due_ms) FROM contacts WHERE due_ms > ?1");
        self.fault(due.and_then(|mut due| due.query_row([after_ms], |row| row.get(0))))
    }

    /// The highest number of a contact; 0 where nobody is known.
    pub(super) fn last_contact(&self) -> Result<i64> {
        self.fault(self.db.query_row("SELECT coalesce(max(id), 0) FROM contacts", [], |row| row.get(0)))
    }
}

fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(db: &Connection, name: &str) -> rusqlite::Result<Option<(Known, Saved)>> {
    let head = |row: &Row<'_>| {
        let saved = Saved {
            attributes: row.get(1)?,
            timezone: row.get(2)?,
            first_ms: row.get(3)?,
            now_ms: row.get(4)?,
            due_ms: row.get(5)?,
            state: row.get(6)?,
            ..Saved::default()
        };
        Ok((row.get::<_, i64>(0)?, saved))
    };
    let mut found =
        db.prepare_cached("SELECT id, attributes, timezone, first_ms, now_ms, due_ms, state FROM contacts WHERE contact = ?1")?;
    let Some((id, mut saved)) = found.query_row([name], head).optional()? else { return Ok(None) };
    let event = |row: &Row<'_>| {
        let owner = row.get::<_, Option<String>>(5)?.zip(row.get::<_, Option<String>>(6)?);
        let order = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
        Ok(SavedEvent { order, time_ms: row.get(1)?, taken_ms: row.get(2)?, event: row.get(3)?, properties: row.get(4)?, owner })
    };
    let mut events =
        db.prepare_cached("SELECT n, time_ms, taken_ms, event, properties, funnel, key FROM events WHERE contact_id = ?1 ORDER BY n")?;
    saved.events = events.query_map([id], event)?.collect::<rusqlite::Result<_>>()?;
    let sending = |row: &Row<'_>| {
        Ok(SavedSending {
            time_ms: row.get(0)?,
            message: row.get(1)?,
            channel: row.get(2)?,
            transactional: row.get(3)?,
            request: row.get(4)?,
            run: (row.get(5)?, row.get(6)?),
        })
    };
    let mut sendings = db.prepare_cached(
        "SELECT time_ms, message, channel, transactional, request, funnel, key FROM sendings WHERE contact_id = ?1 ORDER BY n",
    )?;
    saved.sendings = sendings.query_map([id], sending)?.collect::<rusqlite::Result<_>>()?;
    let mut asked = db.prepare_cached("SELECT request FROM asked WHERE contact_id = ?1 ORDER BY n")?;
    saved.asked = asked.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut ids = db.prepare_cached("SELECT id, time_ms, content FROM ids WHERE contact_id = ?1")?;
    let known_id = |row: &Row<'_>| Ok(SavedId { id: row.get(0)?, time_ms: row.get(1)?, content: row.get(2)? });
    saved.ids = ids.query_map([id], known_id)?.collect::<rusqlite::Result<_>>()?;
    let marks = Marks { events: saved.events.len(), sendings: saved.sendings.len(), asked: saved.asked.len() };
    Ok(Some((Known { id, marks }, saved)))
}

/// Writes a contact, with what was added to its history.
pub(super) fn put(tx: &Transaction<'_>, written: &Written) -> rusqlite::Result<()> {
    let Written { id, name, marks, saved } = written;
    match name {
        None => {
            let mut put = tx.prepare_cached(
                "UPDATE contacts SET attributes = ?2, timezone = ?3, first_ms = ?4, now_ms = ?5, due_ms = ?6, state = ?7 WHERE id = ?1",
            )?;
            put.execute(params![id, saved.attributes, saved.timezone, saved.first_ms, saved.now_ms, saved.due_ms, saved.state])?;
        }
        Some(name) => {
            let mut put = tx.prepare_cached("INSERT INTO contacts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
            put.execute(params![id, name, saved.attributes, saved.timezone, saved.first_ms, saved.now_ms, saved.due_ms, saved.state])?;
        }
    }
    let mut put = tx.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for event in &saved.events {
        let (funnel, key) = event.owner.as_ref().map_or((None, None), |(funnel, key)| (Some(funnel), Some(key)));
        put.execute(params![id, signed(event.order), event.time_ms, event.taken_ms, event.event, event.properties, funnel, key])?;
    }
    let mut put = tx.prepare_cached("INSERT INTO sendings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for (n, it) in (marks.sendings + 1..).zip(&saved.sendings) {
        put.execute(params![id, size(n), it.time_ms, it.message, it.channel, it.transactional, it.request, it.run.0, it.run.1])?;
    }
    let mut put = tx.prepare_cached("INSERT INTO asked VALUES (?1, ?2, ?3)")?;
    for (n, request) in (marks.asked + 1..).zip(&saved.asked) {
        put.execute(params![id, size(n), request])?;
    }
    let mut put = tx.prepare_cached("INSERT OR REPLACE INTO ids VALUES (?1, ?2, ?3, ?4)")?;
    for it in &saved.ids {
        put.execute(params![id, it.id, it.time_ms, it.content])?;
    }
    Ok(())
}

/// Takes all histories away, which are written anew after a change of rules: funnels and messages may have other names in them.
pub(super) fn clear_histories(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch("DELETE FROM events; DELETE FROM sendings; DELETE FROM asked;")
}
