//! How much of the past is kept: for each event how far back anything looks, and which few are kept beyond that.
//!
//! `within 7 days` needs the last seven days; `had`, `at least 3`, `time since` and `after D without` need the latest one or few.
//! Whatever has as many of its kind behind it, in time and in the order of coming, is never asked for again. A filter that asks
//! for more than properties and constants may answer otherwise tomorrow, and a figure over all time needs all: then nothing is
//! forgotten. Here is also found what filters of past events are kept as bits, and which properties are kept at all.

use super::{super::value::Kept, Condition, Id, Program, Term};
use crate::ruleset::{CountBound, Window};
use std::collections::BTreeSet;

/// What is kept of the past of an event.
#[derive(Clone, Default)]
pub(super) struct Horizon {
    /// How far back anything looks, if that is bounded.
    pub ms: Option<i64>,
    /// Tests of which the latest so many are kept beyond that.
    pub latest: Vec<(Id, usize)>,
    /// The tests whose answers are kept as bits.
    pub tests: Vec<Id>,
    /// The slots that are kept.
    pub slots: BTreeSet<u8>,
}

struct Horizons<'a, 'r> {
    program: &'a Program<'r>,
    found: Vec<Horizon>,
}

/// As many answers are kept as bits.
const BITS: usize = 32;

/// The horizon of each event.
pub(super) fn horizons(program: &mut Program<'_>) -> Vec<Horizon> {
    // The latest of an event whatever it carries, for terms.
    let mut any = Vec::new();
    for at in 0..program.terms.len() {
        if let Term::Latest(event, _) = program.terms[at] {
            program.tests.push(super::Test { event, filter: None, bit: None });
            any.push(program.tests.len() as Id - 1);
        }
    }
    let found = vec![Horizon { ms: Some(0), ..Horizon::default() }; program.events.len()];
    let mut horizons = Horizons { program, found };
    for (test, window, number) in program.conditions.iter().filter_map(looked_at) {
        horizons.look(test, window, number);
    }
    for aggregate in &program.aggregates {
        horizons.look(aggregate.test, aggregate.window, usize::MAX);
        let event = program.tests[aggregate.test as usize].event;
        horizons.found[event as usize].slots.insert(aggregate.slot);
    }
    for term in &program.terms {
        if let Term::Latest(event, slot) = term {
            horizons.found[*event as usize].slots.insert(*slot);
        }
    }
    any.iter().for_each(|test| horizons.look(*test, None, 1));
    let stages = program.funnels.iter().flat_map(|funnel| &funnel.stages);
    for without in stages.flat_map(|stage| &stage.standing).filter_map(|standing| standing.delay?.without) {
        horizons.look(without, None, 1);
    }
    horizons.found
}

/// The test whose past a condition asks for, in which window, and how many of the latest decide it.
fn looked_at(condition: &Condition) -> Option<(Id, Option<Window>, usize)> {
    match condition {
        Condition::Had(test, window) | Condition::No(test, window) => Some((*test, *window, 1)),
        Condition::Count(test, window, CountBound::AtLeast, bound) => Some((*test, *window, *bound)),
        Condition::Count(test, window, CountBound::AtMost | CountBound::Exactly, bound) => Some((*test, *window, bound.saturating_add(1))),
        Condition::TimeSince(test, ..) => Some((*test, None, 1)),
        // Whatever else asks a test asks it about the event that is happening.
        other => other.parts().test.filter(|_| !other.is_trigger()).map(|test| (test, None, usize::MAX)),
    }
}

impl Horizons<'_, '_> {
    /// Something looks at the latest so many of a test in a window.
    fn look(&mut self, test: Id, window: Option<Window>, number: usize) {
        let it = &self.program.tests[test as usize];
        let stays = it.filter.is_none_or(|filter| self.stays(filter));
        let Horizon { ms: horizon_ms, latest, tests, slots } = &mut self.found[it.event as usize];
        if it.filter.is_some() && !tests.contains(&test) {
            if stays && tests.len() < BITS {
                tests.push(test);
            } else {
                slots.extend((0..self.program.events[it.event as usize].slots.len()).filter_map(|slot| u8::try_from(slot).ok()));
            }
        }
        match window {
            Some(Window::WithinMs(ms)) => *horizon_ms = horizon_ms.map(|known| known.max(ms)),
            // Runs of keys see some of the events only.
            Some(Window::SinceEntering | Window::SinceStarting) | None if stays && number <= 64 && !self.program.is_keyed => {
                latest.push((test, number));
            }
            Some(Window::SinceEntering | Window::SinceStarting) | None => *horizon_ms = None,
        }
    }

    /// Whether a filter says the same of an event for ever.
    fn stays(&self, node: Id) -> bool {
        match &self.program.conditions[node as usize] {
            Condition::Any(sides) | Condition::All(sides) => sides.iter().all(|side| self.stays(*side)),
            Condition::Not(side) => self.stays(*side),
            Condition::Compare(left, _, right) | Condition::Text(left, _, right) => self.is_plain(*left) && self.is_constant(*right),
            Condition::In(left, list) => self.is_plain(*left) && list.iter().all(|item| self.is_constant(*item)),
            Condition::Known(term) | Condition::Missing(term) => self.is_plain(*term),
            Condition::Never => true,
            Condition::Event(_)
            | Condition::Had(..)
            | Condition::No(..)
            | Condition::Count(..)
            | Condition::TimeSince(..)
            | Condition::Segment(_)
            | Condition::Finished(_)
            | Condition::Before(_)
            | Condition::From(_)
            | Condition::Clock(_) => false,
        }
    }

    fn is_plain(&self, term: Id) -> bool {
        matches!(self.program.terms[term as usize], Term::Property(_)) || self.is_constant(term)
    }

    /// A constant that hangs on no zone.
    fn is_constant(&self, term: Id) -> bool {
        match &self.program.terms[term as usize] {
            Term::Constant(at) => match &self.program.constants[*at as usize] {
                Kept::Text(_) | Kept::Number(_) | Kept::Flag(_) | Kept::Choice(_) | Kept::List(_) => true,
                Kept::Date(_) | Kept::Time(_) => false,
            },
            _ => false,
        }
    }
}
