//! Which engine a store runs on: the fast one, or the reference for what the tables of the fast one do not hold.
//!
//! The fast engine takes rules whose names stand once, and contacts who wait in no step of older rules. Where another one comes, or
//! rules change, everybody who is here goes over to the reference, which reads the histories that the fast one does not keep, and
//! stays. Both write the same, so that the next run begins on the fast one again.

use super::{
    Result,
    core::{Core, History, Known, Reference, Taker},
};
use crate::{
    fast::Keeper,
    runtime::{
        Counters, Options, Outcome, Prepared, Record, SetAside, Sink,
        state::{Clockwork, Saved, StateError},
    },
};
use std::collections::BTreeMap;

/// The engine of a store.
pub struct Engines<'r> {
    rules: Vec<(u32, Prepared<'r>)>,
    now: u32,
    options: Options,
    engine: Either<'r>,
}

enum Either<'r> {
    Fast(Box<Fast<'r>>),
    Reference(Box<Reference<'r>>),
}

/// The fast engine, with what the store knows of each contact by its number there.
struct Fast<'r> {
    keeper: Keeper<'r>,
    known: Vec<Option<Known>>,
}

impl Fast<'_> {
    fn keep(&mut self, at: usize, known: Known) {
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        self.known[at] = Some(known);
    }
}

impl<'r> Engines<'r> {
    /// An engine without contacts by the rules `now`, over all rule sets that a store speaks of; nothing where those are not among them.
    #[must_use]
    pub fn new(rules: &[(u32, Prepared<'r>)], now: u32, options: Options) -> Option<Self> {
        let (_, present) = rules.iter().find(|(number, _)| *number == now)?;
        let engine = match Keeper::new(present, options.clone()) {
            Ok(keeper) => Either::Fast(Box::new(Fast { keeper, known: Vec::new() })),
            Err(_) => Either::Reference(Box::new(Reference::new(rules, now, options.clone())?)),
        };
        Some(Self { rules: rules.to_vec(), now, options, engine })
    }

    /// The reference, whatever the fast engine could do; otherwise like [`Engines::new`].
    #[must_use]
    pub fn of_reference(rules: &[(u32, Prepared<'r>)], now: u32, options: Options) -> Option<Self> {
        let engine = Either::Reference(Box::new(Reference::new(rules, now, options.clone())?));
        Some(Self { rules: rules.to_vec(), now, options, engine })
    }

    /// Whether the fast engine runs.
    #[must_use]
    pub fn is_fast(&self) -> bool {
        matches!(self.engine, Either::Fast(_))
    }

    fn core(&self) -> &dyn Core<'r> {
        match &self.engine {
            Either::Fast(fast) => &**fast,
            Either::Reference(reference) => &**reference,
        }
    }

    fn core_mut(&mut self) -> &mut dyn Core<'r> {
        match &mut self.engine {
            Either::Fast(fast) => &mut **fast,
            Either::Reference(reference) => &mut **reference,
        }
    }

    fn reference(&self) -> Reference<'r> {
        Reference::new(&self.rules, self.now, self.options.clone()).expect("the present rules are among them")
    }
}

/// A history with what was added to it, as the contact is now.
fn joined(before: Saved, now: Saved) -> Saved {
    let Saved { mut events, mut sendings, mut asked, mut ids, .. } = before;
    ids.retain(|id| now.ids.iter().all(|newer| newer.id != id.id));
    events.append(now.events);
    sendings.extend(now.sendings);
    asked.extend(now.asked);
    ids.extend(now.ids);
    Saved { events, sendings, asked, ids, ..now }
}

impl<'r> Core<'r> for Engines<'r> {
    fn wind(&mut self, clockwork: &Clockwork) -> Result<(), StateError> {
        if self.core_mut().wind(clockwork).is_ok() {
            return Ok(());
        }
        let mut reference = self.reference();
        reference.wind(clockwork)?;
        self.engine = Either::Reference(Box::new(reference));
        Ok(())
    }

    fn clockwork(&self) -> Clockwork {
        self.core().clockwork()
    }

    fn now_ms(&self) -> i64 {
        self.core().now_ms()
    }

    fn next_due_ms(&self) -> Option<i64> {
        self.core().next_due_ms()
    }

    fn counters(&self) -> &Counters {
        self.core().counters()
    }

    fn pending(&self) -> Vec<Outcome> {
        self.core().pending()
    }

    fn count(&self) -> usize {
        self.core().count()
    }

    fn has(&self, contact: &str) -> bool {
        self.core().has(contact)
    }

    fn load(&mut self, contact: &str, known: Known, saved: Saved) -> Result<(), StateError> {
        self.core_mut().load(contact, known, saved)
    }

    fn let_go(&mut self) {
        self.core_mut().let_go();
    }

    fn push(&mut self, records: &[Record], sink: &mut dyn Sink) {
        self.core_mut().push(records, sink);
    }

    fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.core_mut().reject(set_aside, sink);
    }

    fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.core_mut().advance(to_ms, sink);
    }

    fn run_due(&mut self, sink: &mut dyn Sink) {
        self.core_mut().run_due(sink);
    }

    fn change(&mut self, rules: &Prepared<'r>, at_ms: i64, sink: &mut dyn Sink) -> i64 {
        self.core_mut().change(rules, at_ms, sink)
    }

    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<(), StateError> {
        self.core_mut().hand_over(each)
    }

    fn widen(&mut self, history: &mut History<'_>) -> Result<bool> {
        let Either::Fast(fast) = &mut self.engine else { return Ok(false) };
        let (clockwork, mut added) = (fast.keeper.clockwork(), BTreeMap::new());
        fast.keeper.take_changes(|_, name, saved| {
            added.insert(name.to_owned(), saved);
            Ok::<_, StateError>(())
        })?;
        let names: Vec<String> = fast.keeper.contacts().map(str::to_owned).collect();
        let mut reference = self.reference();
        reference.wind(&clockwork)?;
        for name in names {
            let now = added.remove(&name);
            let (known, saved) = match (history(&name)?, now) {
                (Some((known, before)), Some(now)) => (Some(known), joined(before, now)),
                (Some((known, before)), None) => (Some(known), before),
                (None, Some(now)) => (None, now),
                (None, None) => continue,
            };
            reference.take(&name, known, saved)?;
        }
        self.engine = Either::Reference(Box::new(reference));
        Ok(true)
    }
}

impl<'r> Core<'r> for Fast<'r> {
    fn wind(&mut self, clockwork: &Clockwork) -> Result<(), StateError> {
        self.keeper.wind(clockwork)
    }

    fn clockwork(&self) -> Clockwork {
        self.keeper.clockwork()
    }

    fn now_ms(&self) -> i64 {
        self.keeper.now_ms()
    }

    fn next_due_ms(&self) -> Option<i64> {
        self.keeper.next_due_ms()
    }

    fn counters(&self) -> &Counters {
        self.keeper.counters()
    }

    fn pending(&self) -> Vec<Outcome> {
        self.keeper.pending()
    }

    fn count(&self) -> usize {
        self.keeper.len()
    }

    fn has(&self, contact: &str) -> bool {
        self.keeper.has(contact)
    }

    fn load(&mut self, contact: &str, known: Known, saved: Saved) -> Result<(), StateError> {
        let at = self.keeper.load(contact, &saved)?;
        self.keep(at, known);
        Ok(())
    }

    fn let_go(&mut self) {
        self.keeper.let_go();
        self.known.clear();
    }

    fn push(&mut self, records: &[Record], sink: &mut dyn Sink) {
        self.keeper.push(records, sink);
    }

    fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.keeper.reject(set_aside, sink);
    }

    fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.keeper.advance(to_ms, sink);
    }

    fn run_due(&mut self, sink: &mut dyn Sink) {
        self.keeper.run_due(sink);
    }

    /// Nothing: who asks for that has widened the engine before.
    fn change(&mut self, _: &Prepared<'r>, at_ms: i64, _: &mut dyn Sink) -> i64 {
        at_ms
    }

    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<(), StateError> {
        let known = &mut self.known;
        self.keeper.take_changes(|at, name, saved| {
            if known.len() <= at {
                known.resize(at + 1, None);
            }
            known[at] = Some(each(name, known[at], saved));
            Ok(())
        })
    }
}
