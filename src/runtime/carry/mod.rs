//! A run that goes on with newer rules: section 8 of the language, "the file changed while people wait".
//!
//! Job: bring every contact, with all that is known of it and everything it is in, from one program to the next. In reading
//! order: this file (the engine), `contact` (one contact: what is known, runs, visits), `names` (what goes by another name),
//! `clauses`, `plays` with `line` (where somebody goes on), `keys` (what was asked for already), `heritage` (older results in newer names).
//! Readings: doors and ways out are no steps, so the newer ones hold from the switch on, counted from entering as ever, and
//! are tried at once; a nurture that is gone ends at once; a new one begins for those who enter from then on, or with `when`
//! as soon as that holds; a message that is gone while it is held is dropped. Who is in a stage or funnel that is gone is
//! stranded: reported, not moved, written to by nobody, and back where it was once later rules have the stage again. So a
//! funnel is paused by taking it out of the rules; what fell due meanwhile is done, once, when it is back.
//! Invariants: nobody is lost; a switch to rules that mean the same changes nothing at all.

mod clauses;
mod contact;
mod heritage;
mod keys;
mod line;
mod names;
mod plays;

use super::{
    engine::{Engine, Person, Prepared, Sink},
    program::Program,
};
pub use heritage::Heritage;

use contact::Carrying;
use names::Names;
use std::{collections::BTreeMap, sync::Arc};

/// What became of those inside when the rules were changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// Runs that go on.
    pub runs: u64,
    /// Runs that are back from a stage that was gone.
    pub back: u64,
    /// Runs that are stranded, by funnel and stage.
    pub stranded: BTreeMap<(String, String), u64>,
}

impl<'r> Engine<'r> {
    /// Goes on with newer rules from an instant on: timers due before it run by the older ones, those due at it and later by
    /// the newer. Everybody is carried over; what became of those inside.
    #[must_use]
    pub fn carried_over(mut self, rules: &Prepared<'r>, at_ms: i64, sink: &mut dyn Sink) -> (Self, Carried) {
        self.advance(at_ms, sink);
        self.flush(sink);
        let at_ms = self.now_ms();
        let before = std::mem::replace(&mut self.program, Arc::clone(rules.program()));
        let is_same = before.meaning == self.program.meaning;
        let mut heirs = Heirs { now: Arc::clone(&self.program), known: Vec::new() };
        let fresh = self.stranger();
        let mut carried = Carried { at_ms, ..Carried::default() };
        let people = std::mem::take(&mut self.people);
        self.due.clear();
        for (name, person) in people {
            let Person { contact, ids, due_ms: _ } = person;
            let carrying = Carrying { name: &name, at_ms, is_same, fresh: &fresh, gone: &mut self.gone, carried: &mut carried };
            let (contact, outcomes) = carrying.carry(contact, &before, &mut heirs);
            self.pending.extend(outcomes);
            let mut person = Person { contact, ids, due_ms: None };
            self.schedule(&name, &mut person);
            self.people.insert(name, person);
        }
        sink.changed(&carried);
        (self, carried)
    }
}

/// What older programs have become in the present one.
struct Heirs<'r> {
    now: Arc<Program<'r>>,
    known: Vec<Arc<Names<'r>>>,
}

impl<'r> Heirs<'r> {
    fn of(&mut self, old: &Arc<Program<'r>>) -> Arc<Names<'r>> {
        if let Some(names) = self.known.iter().find(|names| Arc::ptr_eq(&names.old, old)) {
            return Arc::clone(names);
        }
        let names = Arc::new(Names::between(old, &self.now));
        self.known.push(Arc::clone(&names));
        names
    }
}
