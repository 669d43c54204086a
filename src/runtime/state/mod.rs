//! What the engine knows, written down and read back: so that a run goes on in another process as if it had never stopped.
//!
//! Job: [`Memory`] writes one contact at a time, since only those to whom something happened are worth writing; what an engine
//! knows of no contact in particular is in [`Clockwork`]. In reading order: `wire` (the written form), `events` (that of histories), `places` (parts of rule sets
//! by name), `save`, `load`.
//! Invariants: an engine that was written and read back at any instant goes on with the same results, byte for byte; a written
//! contact can be read with the rule sets it was written with, and with no others. Deliberately absent: files and databases.

pub(crate) mod events;
mod load;
mod outcomes;
pub(crate) mod places;
mod save;
pub(crate) mod wire;

pub(crate) use super::contact::Clause;
use super::{
    engine::{Counters, Engine, Prepared},
    outcome::Outcome,
    record::Raw,
    value::Value,
};
pub use events::{SavedEvent, SavedEvents};
pub(crate) use load::clause_of;
use places::Places;
use std::collections::BTreeMap;

/// The version of the written form.
pub const VERSION: u32 = 1;

/// Why something that was written cannot be read, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is not in the written form.
    #[error("what is kept of a contact cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// It speaks of something that the rule sets do not have.
    #[error("what is kept of a contact speaks of {0}, which its rules do not have")]
    Unknown(String),
}

/// The rule sets that contacts may speak of, each with the number by which it is known.
pub struct Memory<'r> {
    rules: Vec<Places<'r>>,
}

/// How much of a contact's history was written before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Events.
    pub events: usize,
    /// Messages sent.
    pub sendings: usize,
    /// Actions asked for.
    pub asked: usize,
}

/// A contact, written: what may change, and what was added to its history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Its attributes, as a JSON object.
    pub attributes: String,
    /// Its zone.
    pub timezone: String,
    /// The time of its first record.
    pub first_ms: Option<i64>,
    /// The latest instant at which something was handled.
    pub now_ms: i64,
    /// When its next timer is due.
    pub due_ms: Option<i64>,
    /// Everything else, as JSON.
    pub state: String,
    /// Its events.
    pub events: SavedEvents,
    /// The messages it was sent.
    pub sendings: Vec<SavedSending>,
    /// The keys of actions that were asked for.
    pub asked: Vec<String>,
    /// The ids of its records.
    pub ids: Vec<SavedId>,
}

/// A message that went out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedSending {
    /// When.
    pub time_ms: i64,
    /// Which.
    pub message: String,
    /// By which channel.
    pub channel: String,
    /// Whether caps do not count it.
    pub transactional: bool,
    /// The key of the request.
    pub request: String,
    /// The funnel and key of the run.
    pub run: (String, String),
}

/// The id of a record that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedId {
    /// The id.
    pub id: String,
    /// The record's time.
    pub time_ms: i64,
    /// What it said.
    pub content: String,
}

/// What an engine knows of no contact in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clockwork {
    /// The instant that was reached; nothing before the first record.
    pub now_ms: Option<i64>,
    /// The results of that instant, which are ordered when time goes on: as JSON.
    pub pending: String,
    /// The names of funnels that are gone, as JSON.
    pub gone: String,
    /// What was counted, as JSON.
    pub counters: String,
}

/// Where a contact is in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside<'e> {
    /// The funnel.
    pub funnel: &'e str,
    /// The key; empty for a run per contact.
    pub key: &'e str,
    /// The stage.
    pub stage: &'e str,
    /// The nurtures that run there.
    pub plays: Vec<&'e str>,
}

/// The contacts to whom something happened, each with the ids of records that were taken.
pub type Touched = BTreeMap<String, Vec<String>>;

/// The properties of an event in a contact's history, as a record has them.
///
/// # Errors
/// [`StateError::Form`] for what is not in the written form.
pub fn properties(text: &str) -> Result<BTreeMap<String, Raw>, StateError> {
    let raw = |value: Value| match value {
        Value::Number(number) => Raw::Number(number.to_string()),
        Value::Flag(flag) => Raw::Flag(flag),
        Value::List(items) => Raw::List(items.into_iter().map(Raw::Text).collect()),
        Value::Text(_) | Value::Choice(_) | Value::Date(_) | Value::Time(_) => Raw::Text(value.plain()),
    };
    Ok(wire::plain(serde_json::from_str(text)?).into_iter().map(|(name, value)| (name, raw(value))).collect())
}

/// What was counted, from its written form.
///
/// # Errors
/// [`StateError`] for what was not written by this version.
pub fn counters(text: &str, reached_ms: Option<i64>) -> Result<Counters, StateError> {
    outcomes::counters(text, reached_ms)
}

impl<'r> Memory<'r> {
    /// Over these rule sets, each with its number.
    #[must_use]
    pub fn new(rules: &[(u32, Prepared<'r>)]) -> Self {
        Self { rules: rules.iter().map(|(number, rules)| Places::new(*number, rules.program().clone())).collect() }
    }
}

impl<'r> Engine<'r> {
    /// From now on the contacts to whom something happens are noted, for [`Engine::take_touched`].
    pub fn note_touched(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// The contacts to whom something happened since this was last asked.
    pub fn take_touched(&mut self) -> Touched {
        self.touched.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes that something happened to a contact, by records with these ids.
    pub fn note(&mut self, contact: &str, ids: Vec<String>) {
        if let Some(touched) = &mut self.touched {
            touched.entry(contact.to_owned()).or_default().extend(ids);
        }
    }

    /// Whether a contact is here.
    #[must_use]
    pub fn has(&self, contact: &str) -> bool {
        self.people.contains_key(contact)
    }

    /// How many contacts are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The names of all contacts that are here, in order.
    pub fn contacts(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(String::as_str)
    }

    /// Where everybody is: contacts with each run that they are in, by the present rules.
    pub fn places(&self) -> impl Iterator<Item = (&str, Inside<'_>)> {
        self.people.iter().flat_map(|(name, person)| {
            let plans = self.program.funnels.iter().zip(&person.contact.state.slots);
            plans.flat_map(move |(plan, slots)| {
                slots.iter().filter_map(move |(key, slot)| {
                    let visit = &slot.run.as_ref()?.visit;
                    let stage = plan.stage(visit.stage)?;
                    let running = visit.plays.iter().zip(&stage.nurtures).filter(|(play, _)| play.running.is_some());
                    let plays = running.map(|(_, nurture)| nurture.name.as_str()).collect();
                    Some((name.as_str(), Inside { funnel: &plan.funnel.name, key, stage: &stage.name, plays }))
                })
            })
        })
    }

    /// Lets go of all contacts that are here, who were written down before.
    pub fn let_go(&mut self) {
        self.people.clear();
        self.due.clear();
    }

    /// The results of the present instant so far, in the order in which they come out if nothing is added to them.
    #[must_use]
    pub fn pending(&self) -> Vec<Outcome> {
        let mut pending = self.pending.clone();
        pending.sort_by(|a, b| a.contact.cmp(&b.contact));
        pending
    }

    /// What it knows of no contact in particular.
    #[must_use]
    pub fn clockwork(&self) -> Clockwork {
        outcomes::clockwork(self)
    }

    /// An engine that goes on from there, so far without contacts.
    ///
    /// # Errors
    /// [`StateError`] for what was not written by this version.
    pub fn wind(&mut self, clockwork: &Clockwork) -> Result<(), StateError> {
        outcomes::wind(self, clockwork)
    }
}
