//! Either engine, and what stands written of its contacts, as a store would have it.

use funnelc::{
    fast::Keeper,
    runtime::{
        Engine, Options, Prepared, Record, Sink,
        state::{Clockwork, Marks, Memory, Saved, StateError},
    },
};
use serde_json::Value;
use std::collections::BTreeMap;

pub const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Reference,
    Fast,
}

pub enum Kept<'r> {
    Reference(Box<Engine<'r>>),
    Fast(Box<Keeper<'r>>),
}

impl<'r> Kept<'r> {
    pub fn new(kind: Kind, rules: &Prepared<'r>) -> Self {
        let options = Options { lateness_ms: Some(10 * DAY_MS), ..Options::default() };
        match kind {
            Kind::Reference => {
                let mut engine = Engine::over(rules, options);
                engine.note_touched();
                Self::Reference(Box::new(engine))
            }
            Kind::Fast => Self::Fast(Box::new(Keeper::new(rules, options).expect("the tables hold it"))),
        }
    }

    pub fn push(&mut self, record: &Record, sink: &mut dyn Sink) {
        match self {
            Self::Reference(engine) => engine.push(record, sink),
            Self::Fast(engine) => engine.push(std::slice::from_ref(record), sink),
        }
    }

    /// Moves the clock to the end, which is over as well.
    pub fn end(&mut self, until_ms: i64, sink: &mut dyn Sink) {
        match self {
            Self::Reference(engine) => {
                engine.advance(until_ms, sink);
                engine.run_due(sink);
            }
            Self::Fast(engine) => {
                engine.advance(until_ms, sink);
                engine.run_due(sink);
            }
        }
    }
}

/// What stands written of everybody.
#[derive(Default)]
pub struct Book {
    contacts: BTreeMap<String, Saved>,
    clockwork: Clockwork,
}

impl Book {
    /// Adds what is new of a contact.
    fn add(&mut self, name: &str, mut saved: Saved) {
        let old = self.contacts.remove(name).unwrap_or_default();
        let later = std::mem::replace(&mut saved.events, old.events);
        saved.events.append(later);
        saved.sendings.splice(0..0, old.sendings);
        saved.asked.splice(0..0, old.asked);
        saved.ids.extend(old.ids);
        // The newer of the same id stands before.
        saved.ids.sort_by(|one, other| one.id.cmp(&other.id));
        saved.ids.dedup_by(|other, one| one.id == other.id);
        self.contacts.insert(name.to_owned(), saved);
    }

    /// Writes down what has changed.
    pub fn write<'r>(&mut self, engine: &mut Kept<'r>, rules: &Prepared<'r>) {
        match engine {
            Kept::Reference(engine) => {
                let memory = Memory::new(&[(1, rules.clone())]);
                self.clockwork = engine.clockwork();
                for (name, ids) in engine.take_touched() {
                    let marks = self.contacts.get(&name).map_or_else(Marks::default, |old| Marks {
                        events: old.events.len(),
                        sendings: old.sendings.len(),
                        asked: old.asked.len(),
                    });
                    if let Some(saved) = memory.save(engine, &name, marks, &ids).expect("it can be written") {
                        self.add(&name, saved);
                    }
                }
            }
            Kept::Fast(engine) => {
                self.clockwork = engine.clockwork();
                let changes = engine.take_changes(|_, name, saved| {
                    self.add(name, saved);
                    Ok::<_, StateError>(())
                });
                changes.expect("it can be written");
            }
        }
    }

    /// Changes the rules of the reference, and writes everybody anew.
    pub fn change<'r>(&mut self, engine: Kept<'r>, rules: &[(u32, Prepared<'r>)], at_ms: i64, sink: &mut dyn Sink) -> Kept<'r> {
        let Kept::Reference(engine) = engine else { panic!("rules change on the reference") };
        let engine = engine.carried_over(&rules[1].1, at_ms, sink).0;
        self.clockwork = engine.clockwork();
        let memory = Memory::new(rules);
        for name in engine.contacts() {
            let saved = memory.save(&engine, name, Marks::default(), &Memory::ids(&engine, name)).expect("it can be written");
            self.contacts.extend(saved.map(|saved| (name.to_owned(), saved)));
        }
        Kept::Reference(Box::new(engine))
    }

    /// Whether the fast engine can go on from what stands written.
    pub fn may_read(&self, rules: &Prepared<'_>) -> bool {
        let Kept::Fast(mut engine) = Kept::new(Kind::Fast, rules) else { return false };
        engine.wind(&self.clockwork).is_ok() && self.contacts.iter().all(|(name, saved)| engine.load(name, saved).is_ok())
    }

    /// An engine that goes on from what stands written.
    pub fn read<'r>(&self, kind: Kind, rules: &Prepared<'r>) -> Kept<'r> {
        let mut engine = Kept::new(kind, rules);
        match &mut engine {
            Kept::Reference(engine) => {
                let memory = Memory::new(&[(1, rules.clone())]);
                engine.wind(&self.clockwork).expect("it can be read");
                for (name, saved) in &self.contacts {
                    memory.load(engine, name, saved.clone()).expect("it can be read");
                }
            }
            Kept::Fast(engine) => {
                engine.wind(&self.clockwork).expect("it can be read");
                for (name, saved) in &self.contacts {
                    engine.load(name, saved).expect("it can be read");
                }
            }
        }
        engine
    }

    /// Whether another says the same.
    pub fn same(&self, other: &Self) -> Result<(), String> {
        let names = |book: &Self| book.contacts.keys().cloned().collect::<Vec<_>>();
        if names(self) != names(other) {
            return Err(format!("contacts\n- {:?}\n+ {:?}", names(self), names(other)));
        }
        for ((name, one), two) in self.contacts.iter().zip(other.contacts.values()) {
            let (form, of_other) = (plain(&one.state), plain(&two.state));
            if form != of_other {
                return Err(format!("the state of {name}\n- {form}\n+ {of_other}"));
            }
            let two = Saved { state: one.state.clone(), ..two.clone() };
            if *one != two {
                return Err(format!("{name}\n- {one:?}\n+ {two:?}"));
            }
        }
        if self.clockwork == other.clockwork {
            return Ok(());
        }
        Err(format!("the clock\n- {:?}\n+ {:?}", self.clockwork, other.clockwork))
    }
}

/// The written state without what nobody asks for any more: what time has done to the starts of nurtures that began.
fn plain(state: &str) -> Value {
    let mut state: Value = serde_json::from_str(state).expect("it is JSON");
    for slot in state["funnels"].as_array_mut().expect("it has places") {
        let Some(run) = slot.get_mut("run").filter(|run| !run.is_null()) else { continue };
        let plays = run["plays"].as_array().cloned().unwrap_or_default();
        let has_begun = |at: &str| {
            let play = at.strip_prefix('n').and_then(|at| plays.get(at.parse::<usize>().ok()?));
            play.is_some_and(|play| play["starts"].as_u64().unwrap_or_default() > 0)
        };
        let mut clauses = run.get("clauses").and_then(Value::as_array).cloned().unwrap_or_default();
        clauses.retain(|clause| !has_begun(clause["at"].as_str().unwrap_or_default()));
        run["clauses"] = clauses.into();
    }
    state
}
