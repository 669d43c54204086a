//! What is in an event log: which events, with which properties of which types, and the declarations that fit them.
//!
//! In reading order: `field` (what was seen of a property), `declare` (a first file).
//! Invariants: a type is named where every value fits it, and text else; what cannot be declared is told and left out; equal
//! logs give equal answers. Deliberately absent: guesses, such as which values a text could have besides those seen.

mod declare;
mod field;

pub use field::{Field, Kind};

use crate::runtime::{Raw, Reason, Record, SetAside};
use std::collections::{BTreeMap, BTreeSet};

/// So many records are shown as they came.
const SAMPLES_MAX: usize = 3;

/// The event that tells attributes.
pub(crate) const IDENTIFY: &str = "identify";

/// What was seen of an event.
#[derive(Clone, Debug, Default)]
pub struct EventSurvey {
    /// How many came.
    pub records: u64,
    /// To how many contacts.
    pub contacts: BTreeSet<u32>,
    /// What they carried.
    pub fields: BTreeMap<String, Field>,
}

/// What was seen of a log.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    contacts: BTreeMap<String, u32>,
    /// By name.
    pub events: BTreeMap<String, EventSurvey>,
    /// The first and the last instant.
    pub span_ms: Option<(i64, i64)>,
    /// Records that could be read.
    pub records: u64,
    /// Whether each was no older than the one before it.
    pub is_sorted: bool,
    last_ms: i64,
    /// Those that came with an id that came before.
    pub repeated: u64,
    ids: BTreeSet<(u32, String)>,
    /// Whether they have ids.
    pub has_ids: bool,
    /// The first few, as they were understood.
    pub samples: Vec<Record>,
    /// Those that cannot be read, by reason, with the first of each.
    pub set_aside: BTreeMap<Reason, (u64, Option<SetAside>)>,
}

impl Survey {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self { is_sorted: true, last_ms: i64::MIN, ..Self::default() }
    }

    /// How many contacts there are.
    #[must_use]
    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    /// Takes a record.
    pub fn record(&mut self, record: &Record) {
        let fresh = u32::try_from(self.contacts.len()).unwrap_or(u32::MAX);
        let who = match self.contacts.get(&record.contact) {
            Some(who) => *who,
            None => {
                self.contacts.insert(record.contact.clone(), fresh);
                fresh
            }
        };
        self.records += 1;
        self.is_sorted &= record.time_ms >= self.last_ms;
        self.last_ms = record.time_ms;
        let (first, last) = self.span_ms.unwrap_or((record.time_ms, record.time_ms));
        self.span_ms = Some((first.min(record.time_ms), last.max(record.time_ms)));
        if let Some(id) = &record.id {
            self.has_ids = true;
            self.repeated += u64::from(!self.ids.insert((who, id.clone())));
        }
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(record.clone());
        }
        let event = self.events.entry(record.event.clone()).or_default();
        event.records += 1;
        event.contacts.insert(who);
        for (name, raw) in record.properties.iter().filter(|(_, raw)| **raw != Raw::Missing) {
            event.fields.entry(name.clone()).or_default().see(raw);
        }
    }

    /// Takes a record that cannot be read.
    pub fn set_aside(&mut self, set_aside: &SetAside) {
        let (count, first) = self.set_aside.entry(set_aside.reason).or_default();
        *count += 1;
        first.get_or_insert_with(|| set_aside.clone());
    }
}
