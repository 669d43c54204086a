//! Contacts as rows: what may change in `contacts`, what only grows in `history`, `sendings`, `asked` and `ids`.

use super::{
    Result, Store,
    again::{Again, Cell},
    core::Known,
};
use crate::runtime::state::{Marks, Saved, SavedEvents, SavedId, SavedSending};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Transaction, params};

/// The number of a row of `history`: that of the contact, and in so many bits the how-manieth of its events is the first.
const N_BITS: u32 = 32;
const N_MAX: i64 = (1 << N_BITS) - 1;

/// A contact to be written.
pub(super) struct Written {
    id: i64,
    /// Its name, where the store does not know it yet.
    name: Option<String>,
    /// How much of its history is written.
    marks: Marks,
    /// When its next timer was due before.
    due_ms: Option<i64>,
    saved: Saved,
}

impl Written {
    /// A contact of whom so much is known; one that is new gets the next number.
    pub fn new(name: &str, known: Option<Known>, saved: Saved, next: &mut i64) -> Self {
        let name = known.is_none().then(|| name.to_owned());
        let Known { id, marks, due_ms } = known.unwrap_or(Known { id: *next, ..Known::default() });
        *next += i64::from(name.is_some());
        Self { id, name, marks, due_ms, saved }
    }

    /// Its number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What the store knows once it is written.
    pub fn known(&self) -> Known {
        let Self { id, marks, saved, .. } = self;
        let marks = Marks {
            events: marks.events + saved.events.len(),
            sendings: marks.sendings + saved.sendings.len(),
            asked: marks.asked + saved.asked.len(),
        };
        Known { id: *id, marks, due_ms: saved.due_ms }
    }
}

impl Store {
    /// A contact with all of its history, if it is known.
    pub(super) fn contact(&self, name: &str) -> Result<Option<(Known, Saved)>> {
        let mut found = None;
        self.people(&[name], |_, known, saved| {
            found = Some((known, saved));
            Ok(())
        })?;
        Ok(found)
    }

    /// Those of some contacts that are known, each with all of its history, in the order of their numbers.
    pub(super) fn people(&self, names: &[&str], mut each: impl FnMut(&str, Known, Saved) -> Result<()>) -> Result<()> {
        let (mut heads, mut histories) = (Vec::new(), self.fault(Histories::new(&self.db))?);
        let mut found = self.fault(self.db.prepare_cached(HEAD))?;
        for name in names {
            let found = found.query_row([name], head).optional();
            heads.extend(self.fault(found)?.map(|(id, saved)| (id, *name, saved)));
        }
        heads.sort_unstable_by_key(|(id, ..)| *id);
        for (id, name, mut saved) in heads {
            self.fault(histories.read(id, &mut saved))?;
            let marks = Marks { events: saved.events.len(), sendings: saved.sendings.len(), asked: saved.asked.len() };
            each(name, Known { id, marks, due_ms: saved.due_ms }, saved)?;
        }
        Ok(())
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

const HEAD: &str = "SELECT id, attributes, timezone, first_ms, now_ms, due_ms, state FROM contacts WHERE contact = ?1";

/// A contact without its history, with its number.
fn head(row: &Row<'_>) -> rusqlite::Result<(i64, Saved)> {
    let saved = Saved {
        attributes: row.get(1)?,
        timezone: row.get(2)?,
        first_ms: row.get(3)?,
        now_ms: row.get(4)?,
        due_ms: row.get(5)?,
        state: row.get(6)?,
        ..Saved::default()
    };
    Ok((row.get(0)?, saved))
}

fn events(row: &Row<'_>) -> rusqlite::Result<SavedEvents> {
    let (id, count) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
    Ok(SavedEvents::new(usize::try_from(count).unwrap_or_default(), u64::try_from(id & N_MAX).unwrap_or_default(), row.get(2)?))
}

fn sending(row: &Row<'_>) -> rusqlite::Result<SavedSending> {
    Ok(SavedSending {
        time_ms: row.get(0)?,
        message: row.get(1)?,
        channel: row.get(2)?,
        transactional: row.get(3)?,
        request: row.get(4)?,
        run: (row.get(5)?, row.get(6)?),
    })
}

fn known_id(row: &Row<'_>) -> rusqlite::Result<SavedId> {
    Ok(SavedId { id: row.get(0)?, time_ms: row.get(1)?, content: row.get(2)? })
}

/// What asks for histories.
struct Histories<'s> {
    events: CachedStatement<'s>,
    sendings: CachedStatement<'s>,
    asked: CachedStatement<'s>,
    ids: CachedStatement<'s>,
}

impl<'s> Histories<'s> {
    fn new(db: &'s Connection) -> rusqlite::Result<Self> {
        let sendings =
            "SELECT time_ms, message, channel, transactional, request, funnel, key FROM sendings WHERE contact_id = ?1 ORDER BY n";
        Ok(Self {
            events: db.prepare_cached("SELECT id, count, events FROM history WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?,
            sendings: db.prepare_cached(sendings)?,
            asked: db.prepare_cached("SELECT request FROM asked WHERE contact_id = ?1 ORDER BY n")?,
            ids: db.prepare_cached("SELECT id, time_ms, content FROM ids WHERE contact_id = ?1")?,
        })
    }

    /// The history of the contact with this number.
    fn read(&mut self, id: i64, into: &mut Saved) -> rusqlite::Result<()> {
        for events in self.events.query_map([id << N_BITS, id << N_BITS | N_MAX], events)? {
            into.events.append(events?);
        }
        into.sendings = self.sendings.query_map([id], sending)?.collect::<rusqlite::Result<_>>()?;
        into.asked = self.asked.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        into.ids = self.ids.query_map([id], known_id)?.collect::<rusqlite::Result<_>>()?;
        Ok(())
    }
}

/// Writes contacts, with what was added to their histories: one table after another, each in the order of its keys.
pub(super) fn put(tx: &Transaction<'_>, people: &[Written]) -> rusqlite::Result<()> {
    put_heads(tx, people)?;
    let mut put = tx.prepare_cached("INSERT INTO history VALUES (?1, ?2, ?3)")?;
    for Written { id, saved, .. } in people.iter().filter(|written| !written.saved.events.is_empty()) {
        let events = &saved.events;
        put.execute(params![id << N_BITS | signed(events.first()), size(events.len()), events.text()])?;
    }
    let mut put = tx.prepare_cached("INSERT INTO sendings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for Written { id, marks, saved, .. } in people {
        for (n, it) in (marks.sendings + 1..).zip(&saved.sendings) {
            put.execute(params![id, size(n), it.time_ms, it.message, it.channel, it.transactional, it.request, it.run.0, it.run.1])?;
        }
    }
    let mut put = tx.prepare_cached("INSERT INTO asked VALUES (?1, ?2, ?3)")?;
    for Written { id, marks, saved, .. } in people {
        for (n, request) in (marks.asked + 1..).zip(&saved.asked) {
            put.execute(params![id, size(n), request])?;
        }
    }
    let mut put = tx.prepare_cached("INSERT OR REPLACE INTO ids VALUES (?1, ?2, ?3, ?4)")?;
    for (id, it) in people.iter().flat_map(|written| written.saved.ids.iter().map(|it| (written.id, it))) {
        put.execute(params![id, it.id, it.time_ms, it.content])?;
    }
    Ok(())
}

/// Writes what may change of contacts; the index of timers is left alone where a timer stays as it was.
fn put_heads(tx: &Transaction<'_>, people: &[Written]) -> rusqlite::Result<()> {
    let mut insert = Again::new(tx, "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let set = "UPDATE contacts SET attributes = ?2, timezone = ?3, first_ms = ?4, now_ms = ?5, state = ?6";
    let mut update = Again::new(tx, &format!("{set}, due_ms = ?7 WHERE id = ?1"))?;
    let mut update_undue = Again::new(tx, &format!("{set} WHERE id = ?1"))?;
    for Written { id, name, due_ms, saved: it, .. } in people {
        let [id, first, now, due]: [Cell<'_>; 4] = [(*id).into(), it.first_ms.into(), it.now_ms.into(), it.due_ms.into()];
        let [attributes, timezone, state]: [Cell<'_>; 3] = [&it.attributes, &it.timezone, &it.state].map(Into::into);
        match name {
            Some(name) => insert.put(&[id, name.into(), attributes, timezone, first, now, due, state])?,
            None if *due_ms == it.due_ms => update_undue.put(&[id, attributes, timezone, first, now, state])?,
            None => update.put(&[id, attributes, timezone, first, now, state, due])?,
        }
    }
    Ok(())
}

/// Takes all histories away, which are written anew after a change of rules: funnels and messages may have other names in them.
pub(super) fn clear_histories(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch("DELETE FROM history; DELETE FROM sendings; DELETE FROM asked;")
}
