//! Results and what was set aside, from their rows.
//!
//! Values come back as texts, numbers, flags and lists: what is kept is what the output says, whose JSON has no dates of its own.

use super::{Result, Store, rows::Sentences};
use crate::{
    runtime::{Argument, Cause, Outcome, SendOutcome, Value, What},
    units::Number,
};
use rusqlite::Row;
use serde::{
    Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A result as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// By which rule set it came.
    pub rules: u32,
    /// The result.
    pub outcome: Outcome,
}

/// What was set aside, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAside {
    /// Its line.
    pub line: u64,
    /// Why, in words.
    pub reason: String,
    /// Why, in more words.
    pub detail: String,
    /// The record.
    pub record: String,
}

impl KeptAside {
    /// One line of JSON, as the file of what was set aside has it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
        let (reason, detail, record) = (text(&self.reason), text(&self.detail), text(&self.record));
        format!("{{\"line\":{},\"reason\":{reason},\"detail\":{detail},\"record\":{record}}}", self.line)
    }
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Contacts.
    pub contacts: u64,
    /// Results.
    pub results: u64,
    /// Requests that were made.
    pub requests: u64,
    /// Requests that were not delivered yet.
    pub waiting: u64,
    /// What was set aside.
    pub aside: u64,
}

fn value(raw: &RawValue) -> Option<Value> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok().map(Value::Text),
        b't' | b'f' => Some(Value::Flag(text == "true")),
        b'[' => serde_json::from_str(text).ok().map(Value::List),
        b'n' => None,
        _ => text.parse::<Number>().ok().map(Value::Number),
    }
}

/// The fields of an object in their order.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<Argument>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
        let mut all = Vec::new();
        while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
            all.push((name, value(&raw)));
        }
        Ok(all)
    }
}

fn arguments(text: Option<String>) -> Vec<Argument> {
    let text = text.unwrap_or_default();
    serde_json::Deserializer::from_str(&text).deserialize_map(InOrder).unwrap_or_default()
}

/// What a row says; nothing for a word that this version does not write.
fn what(row: &Row<'_>) -> rusqlite::Result<Option<What>> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let name = || text("name").map(Option::unwrap_or_default);
    let outcome = text("outcome")?;
    let request = || text("request").map(Option::unwrap_or_default);
    Ok(Some(match row.get::<_, String>("what")?.as_str() {
        "move" => What::Move { from: text("came_from")?, to: text("name")? },
        "run_ends" => What::RunEnds { stage: name()? },
        "play_begins" => What::PlayBegins { play: name()? },
        "play_finished" => What::PlayFinished { play: name()? },
        "play_cut_off" => What::PlayCutOff { play: name()? },
        "send" => What::Send {
            request: request()?,
            message: name()?,
            channel: text("channel")?.unwrap_or_default(),
            arguments: arguments(text("arguments")?),
            outcome: match outcome.as_deref() {
                Some("sent") => SendOutcome::Sent,
                Some("held") => SendOutcome::Held { until_ms: row.get::<_, Option<i64>>("until_ms")?.unwrap_or_default() },
                Some("capped") => SendOutcome::Capped,
                Some("no_consent") => SendOutcome::NoConsent,
                Some("dropped") => SendOutcome::Dropped,
                Some(_) | None => return Ok(None),
            },
        },
        "do" => What::Do { request: request()?, action: name()?, arguments: arguments(text("arguments")?) },
        "record" => What::Record { event: name()?, arguments: arguments(text("arguments")?) },
        "set" => {
            let raw = outcome.and_then(|text| RawValue::from_string(text).ok());
            What::Set { attribute: name()?, value: raw.and_then(|raw| value(&raw)) }
        }
        "split" => What::Split { split: name()?, arm: outcome.unwrap_or_default() },
        "looping" => What::Looping { stage: name()? },
        "cascade" => What::Cascade,
        "stranded" => What::Stranded { stage: name()? },
        _ => return Ok(None),
    }))
}

pub(super) fn kept(row: &Row<'_>) -> rusqlite::Result<Option<Kept>> {
    let Some(what) = what(row)? else { return Ok(None) };
    let clause = row.get::<_, Option<String>>("clause")?.zip(row.get::<_, Option<String>>("sentence")?);
    let outcome = Outcome {
        time_ms: row.get("time_ms")?,
        contact: row.get("contact")?,
        sequence: u64::try_from(row.get::<_, i64>("seq")?).unwrap_or_default(),
        funnel: row.get("funnel")?,
        key: row.get("key")?,
        run: row.get("run")?,
        what,
        clause: clause.map(|(id, sentence)| Cause { id, sentence }),
    };
    Ok(Some(Kept { rules: row.get("rules_id")?, outcome }))
}

impl Store {
    /// Passes all results on, in their order; of one contact alone, if it is named.
    ///
    /// # Errors
    /// [`super::StoreError`] where they cannot be read.
    pub fn results(&self, of: Option<&str>, mut each: impl FnMut(Kept)) -> Result<()> {
        let rows = self.db.prepare(
            "SELECT r.*, s.clause, s.sentence FROM results AS r LEFT JOIN sentences AS s ON s.id = r.sentence_id
             WHERE ?1 IS NULL OR r.contact = ?1 ORDER BY r.id",
        );
        let passed = rows.and_then(|mut rows| {
            let mut rows = rows.query([of])?;
            while let Some(row) = rows.next()? {
                if let Some(kept) = kept(row)? {
                    each(kept);
                }
            }
            Ok(())
        });
        self.fault(passed)
    }

    /// What was set aside, in the order in which it was met.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be read.
    pub fn set_aside(&self) -> Result<Vec<KeptAside>> {
        let row = |row: &Row<'_>| {
            let line = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
            Ok(KeptAside { line, reason: row.get(1)?, detail: row.get(2)?, record: row.get(3)? })
        };
        let rows = self.db.prepare("SELECT line, reason, detail, record FROM aside ORDER BY id");
        self.fault(rows.and_then(|mut rows| rows.query_map([], row)?.collect()))
    }

    /// How many there are of what.
    ///
    /// # Errors
    /// [`super::StoreError`] where they cannot be counted.
    pub fn numbers(&self) -> Result<Numbers> {
        let count = |of: &str| {
            let count = self.db.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get::<_, i64>(0));
            Ok::<_, super::StoreError>(u64::try_from(self.fault(count)?).unwrap_or_default())
        };
        Ok(Numbers {
            contacts: count("contacts")?,
            results: count("results")?,
            requests: count("outbox")?,
            waiting: count("outbox WHERE delivered_ms IS NULL")?,
            aside: count("aside")?,
        })
    }

    /// The sentences that are kept.
    pub(super) fn sentences(&self) -> Result<Sentences> {
        let row = |row: &Row<'_>| Ok((row.get(1)?, (row.get(2)?, row.get(0)?)));
        let rows = self.db.prepare("SELECT id, clause, sentence FROM sentences");
        let rows = rows.and_then(|mut rows| rows.query_map([], row)?.collect::<rusqlite::Result<Vec<(String, _)>>>());
        let mut sentences = Sentences::default();
        self.fault(rows)?.into_iter().for_each(|(clause, sentence)| sentences.entry(clause).or_default().push(sentence));
        Ok(sentences)
    }
}
