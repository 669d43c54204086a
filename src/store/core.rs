//! The engine behind a store: what [`super::Live`] asks of one, whatever it keeps and however it takes records.
//!
//! Records come in slices, and what is to be written is handed over in one go. Before a record comes, its contact was loaded if the
//! store knows it, and so was everybody whose timer is due by then. Invariants: an engine says of each contact that it hands over what
//! was added to the history since the contact was handed over or loaded last, and keeps until then what the store knows of it
//! ([`Known`]); results come in the order of (time, contact, sequence).

use crate::runtime::{
    Counters, Engine, Options, Outcome, Prepared, Record, SetAside, Sink,
    state::{Clockwork, Marks, Memory, Saved, StateError},
};
use rustc_hash::FxHashMap;

type Result<T, E = StateError> = std::result::Result<T, E>;

/// Where a contact stands in the store's tables, and how much of its history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The number of its row.
    pub id: i64,
    /// How much of its history is written.
    pub marks: Marks,
    /// When its next timer is due, in milliseconds.
    pub due_ms: Option<i64>,
}

/// Takes a contact to be written: its name, what the store knows of it, and the written form. What the store knows then comes back.
pub type Taker<'t> = dyn FnMut(&str, Option<Known>, Saved) -> Known + 't;

/// Reads a contact with all of its history, if the store knows it.
pub type History<'h> = dyn FnMut(&str) -> super::Result<Option<(Known, Saved)>> + 'h;

/// An engine that goes on where a store ended.
pub trait Core<'r> {
    /// Goes on from there, so far without contacts.
    ///
    /// # Errors
    /// [`StateError`] for what was not written by this version.
    fn wind(&mut self, clockwork: &Clockwork) -> Result<()>;

    /// What it knows of no contact in particular.
    fn clockwork(&self) -> Clockwork;

    /// The instant that was reached, in milliseconds; the least number before the first record.
    fn now_ms(&self) -> i64;

    /// When the next timer of those who are here is due, in milliseconds.
    fn next_due_ms(&self) -> Option<i64>;

    /// What was counted.
    fn counters(&self) -> &Counters;

    /// The results of the present instant so far, in the order in which they come out if nothing is added to them.
    fn pending(&self) -> Vec<Outcome>;

    /// How many contacts are here.
    fn count(&self) -> usize;

    /// Whether a contact is here.
    fn has(&self, contact: &str) -> bool;

    /// Brings a contact here.
    ///
    /// # Errors
    /// [`StateError`] for what was not written with these rules, or by another version.
    fn load(&mut self, contact: &str, known: Known, saved: Saved) -> Result<()>;

    /// Lets go of all contacts, who were handed over before.
    fn let_go(&mut self);

    /// Takes records, each after the timers that are due before it.
    fn push(&mut self, records: &[Record], sink: &mut dyn Sink);

    /// Counts a record that could not be read.
    fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink);

    /// Moves the clock to an instant: timers due before it run, those due at it do not.
    fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink);

    /// Runs the timers that are due at the present instant as well.
    fn run_due(&mut self, sink: &mut dyn Sink);

    /// Makes room for what does not fit: contacts whom older rules still hold, and a change of rules. An engine that keeps no
    /// histories reads those of all who are here. Whether there is more room than before.
    ///
    /// # Errors
    /// [`super::StoreError`] where a history cannot be read.
    fn widen(&mut self, _history: &mut History<'_>) -> super::Result<bool> {
        Ok(false)
    }

    /// Carries everybody, all of whom are here, over to newer rules; from which instant on these hold.
    fn change(&mut self, rules: &Prepared<'r>, at_ms: i64, sink: &mut dyn Sink) -> i64;

    /// Hands over the contacts to whom something happened since this was last asked; after a change of rules all contacts, with all of
    /// their histories.
    ///
    /// # Errors
    /// [`StateError`] for contacts that speak of rules which are not kept.
    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<()>;
}

/// The reference engine, which keeps all histories.
pub struct Reference<'r> {
    memory: Memory<'r>,
    /// Away only while rules are changed.
    engine: Option<Engine<'r>>,
    known: FxHashMap<String, Known>,
    /// Whether rules were changed since contacts were last handed over.
    is_changed: bool,
}

impl<'r> Reference<'r> {
    /// An engine without contacts by the rules `now`, over all rule sets that a store speaks of; nothing where those are not among them.
    #[must_use]
    pub fn new(rules: &[(u32, Prepared<'r>)], now: u32, options: Options) -> Option<Self> {
        let (_, present) = rules.iter().find(|(number, _)| *number == now)?;
        let mut engine = Engine::over(present, options);
        engine.note_touched();
        Some(Self { memory: Memory::new(rules), engine: Some(engine), known: FxHashMap::default(), is_changed: false })
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine<'r> {
        self.engine.as_ref().expect("it is away only while rules are changed")
    }

    /// Brings a contact here that the store may not know yet, or not all of; it is written when the contacts are handed over next.
    ///
    /// # Errors
    /// [`StateError`] for what was not written with these rules, or by another version.
    pub(super) fn take(&mut self, contact: &str, known: Option<Known>, saved: Saved) -> Result<()> {
        let ids = saved.ids.iter().map(|id| id.id.clone()).collect();
        let engine = self.engine.as_mut().expect("it is away only while rules are changed");
        self.memory.load(engine, contact, saved)?;
        engine.note(contact, ids);
        self.known.extend(known.map(|known| (contact.to_owned(), known)));
        Ok(())
    }

    fn engine_mut(&mut self) -> &mut Engine<'r> {
        self.engine.as_mut().expect("it is away only while rules are changed")
    }
}

impl<'r> Core<'r> for Reference<'r> {
    fn wind(&mut self, clockwork: &Clockwork) -> Result<()> {
        self.engine_mut().wind(clockwork)
    }

    fn clockwork(&self) -> Clockwork {
        self.engine().clockwork()
    }

    fn now_ms(&self) -> i64 {
        self.engine().now_ms()
    }

    fn next_due_ms(&self) -> Option<i64> {
        self.engine().next_due_ms()
    }

    fn counters(&self) -> &Counters {
        self.engine().counters()
    }

    fn pending(&self) -> Vec<Outcome> {
        self.engine().pending()
    }

    fn count(&self) -> usize {
        self.engine().len()
    }

    fn has(&self, contact: &str) -> bool {
        self.engine().has(contact)
    }

    fn load(&mut self, contact: &str, known: Known, saved: Saved) -> Result<()> {
        let engine = self.engine.as_mut().expect("it is away only while rules are changed");
        self.memory.load(engine, contact, saved)?;
        self.known.insert(contact.to_owned(), known);
        Ok(())
    }

    fn let_go(&mut self) {
        self.engine_mut().let_go();
        self.known.clear();
    }

    fn push(&mut self, records: &[Record], sink: &mut dyn Sink) {
        let engine = self.engine_mut();
        records.iter().for_each(|record| engine.push(record, sink));
    }

    fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.engine_mut().reject(set_aside, sink);
    }

    fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.engine_mut().advance(to_ms, sink);
    }

    fn run_due(&mut self, sink: &mut dyn Sink) {
        self.engine_mut().run_due(sink);
    }

    fn change(&mut self, rules: &Prepared<'r>, at_ms: i64, sink: &mut dyn Sink) -> i64 {
        let engine = self.engine.take().expect("it is away only here");
        let (engine, carried) = engine.carried_over(rules, at_ms, sink);
        self.engine = Some(engine);
        self.is_changed = true;
        carried.at_ms
    }

    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<()> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let mut touched = engine.take_touched();
        if std::mem::take(&mut self.is_changed) {
            for name in engine.contacts() {
                touched.entry(name.to_owned()).or_default();
            }
            self.known.values_mut().for_each(|known| known.marks = Marks::default());
        }
        for (name, ids) in touched {
            let known = self.known.get(&name).copied();
            let marks = known.map(|known| known.marks).unwrap_or_default();
            if let Some(saved) = self.memory.save(engine, &name, marks, &ids)? {
                let known = each(&name, known, saved);
                self.known.insert(name, known);
            }
        }
        Ok(())
    }
}
