//! What of a program its tests reach: stages, doors, ways out, nurtures, steps, arms and messages.
//!
//! A part counts how often the tests came by it. What nobody reaches because nobody reaches what stands before it (the steps
//! of a stage to which no test comes) is told with that, and not by itself. An arm is what is written, and the time-out of a
//! wait; an `else` that is not there is none.
//! In reading order: this file (the parts, counted and merged), `parts` (read off the rules), `lcov`, `report` (for pictures).
//! Invariants: parts stand in the order of the files; equal tests give equal coverage, in whatever order they were played.

mod lcov;
mod parts;
mod report;

pub use lcov::lcov;
pub use report::{CoverageReport, CoverageReportError, PartReport};

use super::Verdict;
use crate::{diag::Code, model::Model, ruleset::RuleSet, source::SourceMap};
use std::collections::{BTreeMap, BTreeSet};

/// A part of a program that no test reaches.
pub const F908: Code = Code::information("F908", "something that no test reaches");

/// All codes of this phase.
pub const CODES: &[Code] = &[F908];

/// The pages that explain codes of this phase, Markdown.
pub const PAGES: &[(&str, &str)] = &[("F908", include_str!("../pages/F908.md"))];

/// What kind of part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Stage,
    Door,
    /// A `leave`.
    WayOut,
    Nurture,
    Step,
    Arm,
    Message,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 7] = [Self::Stage, Self::Door, Self::WayOut, Self::Nurture, Self::Step, Self::Arm, Self::Message];

    /// The words for one and for several.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Stage => ("stage", "stages"),
            Self::Door => ("door", "doors"),
            Self::WayOut => ("way out", "ways out"),
            Self::Nurture => ("nurture", "nurtures"),
            Self::Step => ("step", "steps"),
            Self::Arm => ("arm", "arms"),
            Self::Message => ("message", "messages"),
        }
    }
}

/// A place in a file, counted from 1.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A part of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// The funnel it is in; none for messages.
    pub funnel: Option<String>,
    /// Its identity in the rule set: of an arm, that of its step; of a message, its name.
    pub id: String,
    /// Of an arm, the how-manieth it is, from 0; `otherwise` and the time-out are behind the last.
    pub arm: Option<usize>,
    /// What no test does, where none does: ``no test takes `if had clicked` ``.
    pub unreached: String,
    /// Where it stands.
    pub place: Place,
    /// The part before it: who does not reach that, cannot reach this.
    behind: Option<Key>,
    /// How often tests came by it.
    pub times: u64,
}

/// What tells parts apart: place, kind, identity, arm.
type Key = (Place, Kind, String, Option<usize>);

impl Part {
    fn key(&self) -> Key {
        (self.place.clone(), self.kind, self.id.clone(), self.arm)
    }
}

/// What tests reach.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    parts: BTreeMap<Key, Part>,
    /// How many tests were counted.
    tests: u64,
}

impl Coverage {
    /// The parts of a program, none of them reached yet.
    #[must_use]
    pub fn new(model: &Model, rules: &RuleSet, sources: &SourceMap) -> Self {
        let parts = parts::of(model, rules, sources);
        Self { parts: parts.into_iter().map(|part| (part.key(), part)).collect(), tests: 0 }
    }

    /// Counts what these tests of the program came by.
    pub fn count(&mut self, verdicts: &[Verdict]) {
        let mut times: BTreeMap<(&str, Option<usize>), u64> = BTreeMap::new();
        for (id, arm, count) in verdicts.iter().flat_map(|verdict| &verdict.trail) {
            *times.entry((id, *arm)).or_insert(0) += count;
        }
        let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
        for message in verdicts.iter().flat_map(|verdict| &verdict.sent) {
            *sent.entry(message).or_insert(0) += 1;
        }
        self.tests += u64::try_from(verdicts.len()).unwrap_or(u64::MAX);
        let mut came: Vec<(Key, u64)> = Vec::new();
        for part in self.parts.values_mut() {
            let count = match part.kind {
                Kind::Message => sent.get(part.id.as_str()).copied(),
                Kind::Stage | Kind::Door | Kind::WayOut | Kind::Nurture | Kind::Step | Kind::Arm => {
                    times.get(&(part.id.as_str(), part.arm)).copied()
                }
            };
            part.times += count.unwrap_or(0);
            // Who came to a stage came by one of its doors.
            if let (Kind::Door, Some(stage), Some(count)) = (part.kind, &part.behind, count) {
                came.push((stage.clone(), count));
            }
        }
        for (stage, count) in came {
            if let Some(stage) = self.parts.get_mut(&stage) {
                stage.times += count;
            }
        }
    }

    /// Takes in what the tests of another program reach, which may have files in common with this one.
    pub fn merge(&mut self, other: Self) {
        self.tests += other.tests;
        for (key, part) in other.parts {
            match self.parts.get_mut(&key) {
                Some(known) => known.times += part.times,
                None => drop(self.parts.insert(key, part)),
            }
        }
    }

    /// How many tests were counted.
    #[must_use]
    pub fn tests(&self) -> u64 {
        self.tests
    }

    /// All parts, in the order of their places.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    /// The parts that no test reaches although tests reach what stands before them; what is written once and used in several
    /// places (a play) counts as reached where one of them is.
    #[must_use]
    pub fn unreached(&self) -> Vec<&Part> {
        let spot = |part: &Part| (part.place.clone(), part.kind, part.arm, part.unreached.clone());
        let reached: BTreeSet<_> = self.parts.values().filter(|part| part.times > 0).map(spot).collect();
        let is_reached = |part: &Part| part.times > 0 || reached.contains(&spot(part));
        let is_open = |part: &Part| part.behind.as_ref().and_then(|key| self.parts.get(key)).is_none_or(is_reached);
        let mut told = BTreeSet::new();
        self.parts.values().filter(|part| !is_reached(part) && is_open(part) && told.insert(spot(part))).collect()
    }

    /// How many of a kind are reached, and how many there are, of a funnel; of messages, of all.
    #[must_use]
    pub fn tally(&self, kind: Kind, funnel: Option<&str>) -> (usize, usize) {
        let all = self.parts.values().filter(|part| part.kind == kind && part.funnel.as_deref() == funnel);
        let (reached, rest): (Vec<&Part>, Vec<&Part>) = all.partition(|part| part.times > 0);
        (reached.len(), reached.len() + rest.len())
    }

    /// The funnels, in the order of their places.
    #[must_use]
    pub fn funnels(&self) -> Vec<&str> {
        let mut funnels: Vec<&str> = Vec::new();
        for funnel in self.parts.values().filter_map(|part| part.funnel.as_deref()) {
            if !funnels.contains(&funnel) {
                funnels.push(funnel);
            }
        }
        funnels
    }
}
