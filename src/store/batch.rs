//! What happened since the last commit.

use super::history::IDENTIFY;
use crate::runtime::{Carried, Outcome, Raw, Record, SetAside, Sink};
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

impl Batch {
    /// Nothing yet, by rules of this number.
    pub fn by(rules: u32) -> Self {
        Self { rules, next: rules, ..Self::default() }
    }
}

impl Sink for Batch {
    fn outcome(&mut self, outcome: &Outcome) {
        self.give(outcome.clone());
    }

    fn give(&mut self, outcome: Outcome) {
        self.results.push((self.rules, outcome));
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
