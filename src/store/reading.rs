//! What people ask a store for: contacts and requests as they are shown.

use super::{Result, Store, StoreError};
use crate::runtime::Counters;
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A contact as it is shown.
#[derive(Debug, Serialize)]
pub struct Contact {
    /// Its name.
    pub contact: String,
    /// Its zone.
    pub timezone: String,
    /// Its attributes, each as JSON.
    pub attributes: BTreeMap<String, Box<RawValue>>,
    /// When its next timer is due, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_timer: Option<String>,
    /// Its runs.
    pub runs: Vec<Run>,
}

/// A run of a contact as it is shown.
#[derive(Debug, Serialize, Deserialize)]
pub struct Run {
    /// The funnel.
    pub funnel: String,
    /// The key, where runs have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The how-manieth run it is, from 1.
    pub run: u32,
    /// The stage; nothing outside.
    pub stage: Option<String>,
    /// Since when, UTC.
    pub since: Option<String>,
    /// The final stage in which the run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_in: Option<String>,
}

impl Contact {
    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

/// A request as it is shown.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its key.
    pub request: String,
    /// When it was made, UTC.
    pub time: String,
    /// For whom.
    pub contact: String,
    /// In which funnel.
    pub funnel: String,
    /// In the run of which key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// In the how-manieth run.
    pub run: u32,
    /// `send` or `do`.
    pub kind: String,
    /// The message or action.
    pub name: String,
    /// The channel of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// With what.
    pub arguments: Box<RawValue>,
    /// `delivered`, `failed` or `waiting`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was delivered, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<String>,
    /// Why it could not be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Shown {
    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

/// An attribute as others write it: a date or a word is a text.
fn plain(raw: Box<RawValue>) -> Box<RawValue> {
    let inner: Option<BTreeMap<String, Box<RawValue>>> = raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok()).flatten();
    let Some((kind, value)) = inner.and_then(|inner| inner.into_iter().next()) else { return raw };
    if kind != "time" {
        return value;
    }
    let text = value.get().parse().ok().map(crate::runtime::rfc3339);
    text.and_then(|text| RawValue::from_string(format!("\"{text}\"")).ok()).unwrap_or(value)
}

const CONTACTS: &str = "
SELECT c.contact, c.timezone, c.attributes, strftime('%Y-%m-%d %H:%M:%S', c.due_ms / 1000, 'unixepoch'),
  (SELECT json_group_array(json_object(
      'funnel', slot.value ->> 'funnel', 'key', slot.value ->> 'key', 'run', slot.value ->> 'runs',
      'stage', slot.value ->> '$.run.stage',
      'since', strftime('%Y-%m-%d %H:%M:%S', (slot.value ->> '$.run.entered_ms') / 1000, 'unixepoch'),
      'ended_in', slot.value ->> 'ended_in'))
   FROM json_each(c.state, '$.funnels') AS slot WHERE (slot.value ->> 'runs') > 0)
FROM contacts AS c WHERE ?1 IS NULL OR c.contact = ?1 ORDER BY c.contact";

impl Store {
    /// Passes all contacts on, in the order of their names; one alone, if it is named.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn contacts(&self, of: Option<&str>, mut each: impl FnMut(Contact)) -> Result<()> {
        let mut rows = self.fault(self.db.prepare(CONTACTS))?;
        let mut rows = self.fault(rows.query([of]))?;
        while let Some(row) = self.fault(rows.next())? {
            let (attributes, runs): (String, String) = self.fault(row.get(2).and_then(|one| Ok((one, row.get(4)?))))?;
            let damaged = |error: serde_json::Error| self.damaged(error.to_string());
            let attributes: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&attributes).map_err(damaged)?;
            let head = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(3)?));
            let (contact, timezone, next_timer) = self.fault(head(row))?;
            let attributes = attributes.into_iter().map(|(name, raw)| (name, plain(raw))).collect();
            each(Contact { contact, timezone, attributes, next_timer, runs: serde_json::from_str(&runs).map_err(damaged)? });
        }
        Ok(())
    }

    /// Passes all requests on, in the order in which they were made; those of one contact alone, if it is named.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn requests(&self, of: Option<&str>, mut each: impl FnMut(Shown)) -> Result<()> {
        let mut rows =
            self.fault(self.db.prepare("SELECT * FROM requests WHERE ?1 IS NULL OR contact = ?1 ORDER BY time_ms, contact, id"))?;
        let mut rows = self.fault(rows.query([of]))?;
        while let Some(row) = self.fault(rows.next())? {
            let arguments: String = self.fault(row.get("arguments"))?;
            let arguments = RawValue::from_string(arguments).map_err(|error| self.damaged(error.to_string()))?;
            each(self.fault(shown(row, arguments))?);
        }
        Ok(())
    }

    /// Why requests could not be delivered that wait, and how many for each reason.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn errors(&self) -> Result<Vec<(String, u64)>> {
        let query =
            "SELECT error, count(*) FROM outbox WHERE delivered_ms IS NULL AND error IS NOT NULL GROUP BY error ORDER BY 2 DESC, 1 LIMIT 5";
        self.pairs(query)
    }

    /// The output files, each with how much of it is final.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn outputs(&self) -> Result<Vec<(String, u64)>> {
        self.pairs("SELECT path, length FROM outputs ORDER BY path")
    }

    fn pairs(&self, query: &str) -> Result<Vec<(String, u64)>> {
        let row = |row: &Row<'_>| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default()));
        self.fault(self.db.prepare(query).and_then(|mut rows| rows.query_map([], row)?.collect()))
    }

    /// The rule sets that were in force by their numbers, each with since when; the first ones from the beginning on.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn changes(&self) -> Result<Vec<(u32, Option<i64>)>> {
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.fault(self.db.prepare("SELECT id, since_ms FROM rules ORDER BY id").and_then(|mut rows| rows.query_map([], row)?.collect()))
    }

    /// What was counted by all runs.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn counters(&self) -> Result<Counters> {
        let text = self.about::<String>("counters")?.unwrap_or_default();
        crate::runtime::state::counters(&text, self.now_ms()?).map_err(StoreError::State)
    }
}

fn shown(row: &Row<'_>, arguments: Box<RawValue>) -> rusqlite::Result<Shown> {
    Ok(Shown {
        request: row.get("request")?,
        time: row.get("time")?,
        contact: row.get("contact")?,
        funnel: row.get("funnel")?,
        key: row.get("key")?,
        run: row.get("run")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        channel: row.get("channel")?,
        arguments,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        delivered: row.get("delivered")?,
        error: row.get("error")?,
    })
}
