//! What was found at each place: whether anybody gets there, and what can be so there.

use super::known::Known;
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::hash_map::Entry;

/// A place where something is asked.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// What is known there, in some of the ways of getting there.
    pub known: Vec<Known>,
    /// Somebody for whom it is so can come here.
    pub holds: bool,
    /// Somebody for whom it is not can come here.
    pub fails: bool,
}

impl Site {
    /// Whether anybody gets here.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        !self.known.is_empty()
    }

    /// Adds what was found on other ways of getting there.
    fn add(&mut self, known: &[Known], holds: bool, fails: bool) {
        let space = super::known::BOXES_MAX.saturating_sub(self.known.len());
        let known = known.get(..space).unwrap_or(known);
        self.known.reserve_exact(known.len());
        self.known.extend_from_slice(known);
        self.holds |= holds;
        self.fails |= fails;
    }
}

/// All places, by their spans.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    /// Conditions, and the parts that `and` joins.
    pub conditions: FxHashMap<Span, Site>,
    /// Doors and leaves as a whole.
    pub clauses: FxHashMap<Span, Site>,
    /// The `else` of an `if`, by the step.
    pub elses: FxHashMap<Span, Site>,
    /// Waits, by the step: whether their time can be over.
    pub timers: FxHashMap<Span, Site>,
    /// The steps that somebody takes.
    pub steps: FxHashSet<Span>,
    /// Of these the sends that may go out: somebody takes them who may have consent.
    pub sends: FxHashSet<Span>,
}

impl Sites {
    /// Adds what was found elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        let maps = [
            (&mut self.conditions, other.conditions),
            (&mut self.clauses, other.clauses),
            (&mut self.elses, other.elses),
            (&mut self.timers, other.timers),
        ];
        for (all, found) in maps {
            for (span, mut site) in found {
                match all.entry(span) {
                    Entry::Vacant(place) => {
                        site.known.truncate(super::known::BOXES_MAX);
                        place.insert(site);
                    }
                    Entry::Occupied(mut place) => place.get_mut().add(&site.known, site.holds, site.fails),
                }
            }
        }
        self.steps.extend(other.steps);
        self.sends.extend(other.sends);
    }
}

/// Notes what was found at a place.
pub(super) fn note(sites: &mut FxHashMap<Span, Site>, span: Span, known: &[Known], holds: bool, fails: bool) {
    sites.entry(span).or_default().add(known, holds, fails);
}
