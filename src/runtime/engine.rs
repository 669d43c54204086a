//! The engine: records in, results out, in the order of time.
//!
//! Contacts know nothing of each other, so at one instant they are handled one after another and their results put in the
//! order of contacts. A record that is older than the newest one is taken at the newest one's instant, with its own time in
//! the history; how much older it may be is the lateness. A record that overflows is undone by putting the contact back as
//! it was. Ids are remembered for records that were taken.

use super::{
    accept::{Accepted, IDENTIFY, accept, typed},
    carry::Carried,
    contact::{Contact, RunId, State},
    fit::fit,
    heard::{Heard, Met},
    instant::{MS_MAX, MS_MIN},
    log::Log,
    outcome::Outcome,
    program::Program,
    record::{Reason, Record, SetAside},
    standing::view,
    state::Touched,
    timer,
    trail::Trail,
    turn::{Changed, Turn, set_attribute},
    value::Value,
};
use crate::ruleset::{RuleSet, Type};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// An id of a contact is remembered so long, in milliseconds.
pub const ID_MEMORY_MS: i64 = 30 * 86_400_000;

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much older than the newest record a record may be, in milliseconds; without it, any age will do. [`super::run`]
    /// then sorts the batch first, so that nothing is late.
    pub lateness_ms: Option<i64>,
    /// Timers run up to this instant, itself included (milliseconds since 1970-01-01 UTC); else up to the last record.
    pub until_ms: Option<i64>,
    /// The zone of times in properties that name none.
    pub zone: TimeZone,
    /// Arms that splits must draw, by the split's name; for tests.
    pub forced_arms: BTreeMap<String, String>,
    /// A door, by its identity, that is taken not to open: what would happen without it.
    pub shut_door: Option<String>,
    /// Whether to keep which rules are come by: see [`Engine::trail`].
    pub keeps_trail: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { lateness_ms: None, until_ms: None, zone: TimeZone::UTC, forced_arms: BTreeMap::new(), shut_door: None, keeps_trail: false }
    }
}

/// The number of a contact in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContactNumber {
    /// Which shard has the contact, from 0.
    pub shard: usize,
    /// The how-manieth contact there, from 0.
    pub contact: usize,
}

/// Where results go.
pub trait Sink {
    /// Takes a result; they come in the order of (time, contact, sequence).
    fn outcome(&mut self, outcome: &Outcome);
    /// Takes a result of a contact that has this number in all of the run, and no other contact has. An engine tells all results with
    /// numbers, or none.
    fn outcome_of(&mut self, outcome: &Outcome, contact: ContactNumber) {
        let _ = contact;
        self.outcome(outcome);
    }
    /// Takes a result that nobody else needs, for whoever keeps it.
    fn give(&mut self, outcome: Outcome) {
        self.outcome(&outcome);
    }
    /// Takes a record, or a part of one, that was set aside; they come as they are met.
    fn set_aside(&mut self, set_aside: &SetAside);
    /// Whether what is set aside is but counted by its reason; then an engine may tell how many there are instead of each
    /// ([`Sink::set_aside_alike`]), which spares it their texts.
    fn counts_aside(&self) -> bool {
        false
    }
    /// Counts so many records that were set aside for the same reason; told only where that is enough ([`Sink::counts_aside`]).
    fn set_aside_alike(&mut self, reason: Reason, count: u64) {
        let _ = (reason, count);
    }
    /// The rules were changed: what comes from now on comes by the newer ones.
    fn changed(&mut self, _carried: &Carried) {}
    /// Of which records that are taken it wants to hear.
    fn hears(&self) -> Heard {
        Heard::default()
    }
    /// Hears of a record that was taken, after the results of all instants before it and before those of its own: of all of them, or at
    /// least of those that it wants to hear of.
    fn taken(&mut self, record: &Record) {
        let _ = record;
    }
    /// Hears at the end who was met, from an engine that does not tell all records.
    fn met(&mut self, met: Met) {
        let _ = met;
    }
}

/// A sink that keeps all.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The results.
    pub outcomes: Vec<Outcome>,
    /// What was set aside.
    pub set_aside: Vec<SetAside>,
}

impl Sink for Collected {
    fn outcome(&mut self, outcome: &Outcome) {
        self.outcomes.push(outcome.clone());
    }

    fn give(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.set_aside.push(set_aside.clone());
    }
}

/// What was counted on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records that came, those set aside included.
    pub records: u64,
    /// Records that were taken.
    pub taken: u64,
    /// Records dropped because the same id came before with the same content.
    pub duplicates: u64,
    /// Values of properties that nobody declared, by event and property.
    pub ignored: BTreeMap<(String, String), u64>,
    /// The instant that the run reached, in milliseconds since 1970-01-01 UTC; nothing before the first record.
    pub reached_ms: Option<i64>,
}

/// Why a rule set cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Its zone is none that this program knows.
    #[error("the rule set's timezone `{0}` is not a zone that this funnelc knows")]
    UnknownZone(String),
}

/// A rule set with its names looked up, for many engines over it.
#[derive(Clone, Debug)]
pub struct Prepared<'r>(Arc<Program<'r>>);

impl<'r> Prepared<'r> {
    /// The rule set, looked up.
    ///
    /// # Errors
    /// [`EngineError`] for a rule set that cannot be run.
    pub fn new(rules: &'r RuleSet) -> Result<Self, EngineError> {
        let program = Program::new(rules).map_err(|name| EngineError::UnknownZone(name.to_owned()))?;
        Ok(Self(Arc::new(program)))
    }

    pub(crate) fn program(&self) -> &Arc<Program<'r>> {
        &self.0
    }

    /// The rule set.
    #[must_use]
    pub fn rules(&self) -> &'r RuleSet {
        self.0.rules
    }

    /// Whether a record is one that these rules know, so that it moves the clock.
    #[must_use]
    pub fn knows(&self, record: &Record, zone: &TimeZone) -> bool {
        record.event == IDENTIFY || typed(&self.0, record, zone).is_ok()
    }
}

/// The reference engine. A clone goes on by itself from where it was taken.
#[derive(Clone)]
pub struct Engine<'r> {
    pub(super) program: Arc<Program<'r>>,
    options: Options,
    pub(super) people: BTreeMap<String, Person<'r>>,
    /// The next timer of each contact.
    pub(super) due: BTreeSet<(i64, String)>,
    pub(super) now_ms: i64,
    /// The results of this instant.
    pub(super) pending: Vec<Outcome>,
    /// The names of funnels that were in older rules and are gone, for what history says of them.
    pub(super) gone: Vec<String>,
    pub(super) counters: Counters,
    trail: Trail<'r>,
    /// To whom something happened, where that is asked for.
    pub(super) touched: Option<Touched>,
}

#[derive(Clone)]
pub(super) struct Person<'r> {
    pub contact: Contact<'r>,
    pub ids: BTreeMap<String, (i64, String)>,
    pub due_ms: Option<i64>,
}

impl<'r> Engine<'r> {
    /// An engine before its first record.
    ///
    /// # Errors
    /// [`EngineError`] for a rule set that cannot be run.
    pub fn new(rules: &'r RuleSet, options: Options) -> Result<Self, EngineError> {
        Ok(Self::over(&Prepared::new(rules)?, options))
    }

    /// An engine before its first record, over a rule set that was looked up before.
    #[must_use]
    pub fn over(prepared: &Prepared<'r>, options: Options) -> Self {
        let (people, due, pending, gone, counters) = Default::default();
        let trail = if options.keeps_trail { Trail::kept() } else { Trail::default() };
        Self { program: Arc::clone(&prepared.0), options, people, due, now_ms: i64::MIN, pending, gone, counters, trail, touched: None }
    }

    /// When the next timer is due, in milliseconds.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        self.due.first().map(|(due_ms, _)| *due_ms)
    }

    /// The instant that has been reached, in milliseconds; the least number before the first record.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Which rules were come by so far; nothing where the options do not ask for it.
    #[must_use]
    pub fn trail(&self) -> &Trail<'r> {
        &self.trail
    }

    /// The rules that hold now.
    pub(super) fn rules(&self) -> Prepared<'r> {
        Prepared(Arc::clone(&self.program))
    }

    /// Counts a record that could not be read, and passes it on.
    pub fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.counters.records += 1;
        sink.set_aside(set_aside);
    }

    /// Takes a record: runs the timers due before it, then the record itself.
    pub fn push(&mut self, record: &Record, sink: &mut dyn Sink) {
        self.counters.records += 1;
        let refuse = |reason, detail| SetAside { position: record.position, reason, detail, record: record.to_json() };
        if record.contact.is_empty() {
            sink.set_aside(&refuse(Reason::NoContact, "it names no contact".to_owned()));
            return;
        }
        if !(MS_MIN..=MS_MAX).contains(&record.time_ms) {
            sink.set_aside(&refuse(Reason::Malformed, "its time is not in the years 1 to 9999".to_owned()));
            return;
        }
        let is_late = |lateness_ms: i64| record.time_ms < self.now_ms.saturating_sub(lateness_ms);
        if self.options.lateness_ms.is_some_and(is_late) {
            sink.set_aside(&refuse(Reason::Late, "it is older than the allowed lateness".to_owned()));
            return;
        }
        // What is set aside moves no clock: a record of the year 2099 that nobody knows must not make everybody's timers due.
        if record.event != IDENTIFY
            && let Err((reason, detail)) = typed(&self.program, record, &self.options.zone)
        {
            sink.set_aside(&refuse(reason, detail));
            return;
        }
        if record.time_ms > self.now_ms {
            self.advance(record.time_ms, sink);
        }
        let taken = self.counters.taken;
        for (reason, detail) in self.take(record) {
            sink.set_aside(&refuse(reason, detail));
        }
        if self.counters.taken > taken {
            sink.taken(record);
        }
    }

    /// Moves the clock to an instant: timers due before it run, those due at it do not.
    pub fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.run_timers(to_ms.saturating_sub(1), sink);
        if to_ms > self.now_ms {
            self.flush(sink);
            self.now_ms = to_ms;
        }
    }

    /// Runs the timers that are due at the present instant as well.
    pub fn run_due(&mut self, sink: &mut dyn Sink) {
        self.run_timers(self.now_ms, sink);
        self.flush(sink);
    }

    /// Ends the run: timers up to [`Options::until_ms`], or else up to the last record, itself included.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(until_ms) = self.options.until_ms {
            self.advance(until_ms, sink);
        }
        self.run_due(sink);
        self.counters.reached_ms = (self.now_ms > i64::MIN).then_some(self.now_ms);
    }

    fn run_timers(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        while let Some((due_ms, name)) = self.due.first().cloned().filter(|(due_ms, _)| *due_ms <= to_ms) {
            if due_ms > self.now_ms {
                self.flush(sink);
                self.now_ms = due_ms;
            }
            for set_aside in self.run_timer(&name) {
                sink.set_aside(&set_aside);
            }
        }
    }

    /// The results of this instant are complete.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) {
        self.pending.sort_by(|a, b| a.contact.cmp(&b.contact));
        self.pending.drain(..).for_each(|outcome| sink.give(outcome));
    }

    /// Takes a record at the present instant; what of it is set aside.
    fn take(&mut self, record: &Record) -> Vec<(Reason, String)> {
        let now_ms = self.now_ms;
        let mut person = match self.people.remove(&record.contact) {
            Some(person) => person,
            None => Person { contact: self.stranger(), ids: BTreeMap::new(), due_ms: None },
        };
        let result = match self.known_id(&person, record) {
            Some(true) => {
                self.counters.duplicates += 1;
                Vec::new()
            }
            Some(false) => vec![(Reason::IdDiffers, "its id came before with other content".to_owned())],
            None => match accept(&self.program, &person.contact, record, &self.options.zone) {
                Err(refusal) => vec![refusal],
                Ok(accepted) => self.handle(&mut person, record, accepted, now_ms),
            },
        };
        // Who has only sent what was set aside is nobody yet.
        if person.contact.state.first_ms.is_some() {
            self.touch(&record.contact, record.id.as_ref());
            self.schedule(&record.contact, &mut person);
            self.people.insert(record.contact.clone(), person);
        }
        result
    }

    /// Whether the record's id is known, and then whether its content is the same.
    fn known_id(&self, person: &Person<'_>, record: &Record) -> Option<bool> {
        let (time_ms, content) = person.ids.get(record.id.as_ref()?)?;
        (record.time_ms.abs_diff(*time_ms) < ID_MEMORY_MS.unsigned_abs()).then(|| *content == content_of(record))
    }

    fn handle(&mut self, person: &mut Person<'r>, record: &Record, accepted: Accepted, now_ms: i64) -> Vec<(Reason, String)> {
        let before = self.program.may_overflow.then(|| person.contact.state.clone());
        let (events, sendings, asked) = (person.contact.log.len(), person.contact.log.sendings.len(), person.contact.log.asked.len());
        let state = &mut person.contact.state;
        (state.now_ms, state.position) = (now_ms, record.position);
        for (name, value) in accepted.attributes {
            set_attribute(&self.program, &mut person.contact, &name, value);
        }
        let mut turn = new_turn(&self.program, &self.options, &mut self.trail, &record.contact, &mut person.contact, now_ms, true);
        turn.event(record.time_ms, &record.event, accepted.properties, accepted.owner);
        let (overflow, results, mut set_aside) = (turn.overflow, turn.results, turn.set_aside);
        if let Some(before) = before.filter(|_| overflow) {
            person.contact.state = before;
            person.contact.log.truncate(events);
            person.contact.log.sendings.truncate(sendings);
            person.contact.log.asked.truncate(asked);
            set_aside.retain(|(reason, _)| *reason == Reason::Overflow);
            return set_aside;
        }
        if let Some(id) = &record.id {
            person.ids.insert(id.clone(), (record.time_ms, content_of(record)));
        }
        self.counters.taken += 1;
        for property in accepted.ignored {
            *self.counters.ignored.entry((record.event.clone(), property)).or_insert(0) += 1;
        }
        self.pending.extend(results);
        accepted.set_aside.into_iter().chain(set_aside).collect()
    }

    fn run_timer(&mut self, name: &str) -> Vec<SetAside> {
        let Some(mut person) = self.people.remove(name) else { return Vec::new() };
        let mut set_aside = Vec::new();
        if let Some(timer) = timer::next(&self.program, &person.contact).filter(|timer| timer.due_ms <= self.now_ms) {
            person.contact.state.now_ms = self.now_ms;
            let position = person.contact.state.position;
            let mut turn = new_turn(&self.program, &self.options, &mut self.trail, name, &mut person.contact, self.now_ms, false);
            turn.timer(&timer);
            let record = format!("the latest record of {name}: what came of it was due at {}", super::instant::rfc3339(self.now_ms));
            let aside = |(reason, detail)| SetAside { position, reason, detail, record: record.clone() };
            set_aside.extend(turn.set_aside.into_iter().map(aside));
            self.pending.extend(turn.results);
        }
        self.touch(name, None);
        self.schedule(name, &mut person);
        self.people.insert(name.to_owned(), person);
        set_aside
    }

    /// Notes that something happened to a contact, perhaps by a record with an id.
    fn touch(&mut self, name: &str, id: Option<&String>) {
        let Some(touched) = &mut self.touched else { return };
        match touched.get_mut(name) {
            Some(ids) => ids.extend(id.cloned()),
            None => drop(touched.insert(name.to_owned(), id.cloned().into_iter().collect())),
        }
    }

    pub(super) fn schedule(&mut self, name: &str, person: &mut Person<'r>) {
        if let Some(due_ms) = person.due_ms.take() {
            self.due.remove(&(due_ms, name.to_owned()));
        }
        person.due_ms = timer::next(&self.program, &person.contact).map(|timer| timer.due_ms);
        if let Some(due_ms) = person.due_ms {
            self.due.insert((due_ms, name.to_owned()));
        }
    }

    /// A contact of whom nothing is known but the defaults.
    pub(super) fn stranger(&self) -> Contact<'r> {
        let slots = self.program.funnels.iter().map(|plan| match &plan.funnel.key {
            Some(_) => BTreeMap::new(),
            None => BTreeMap::from([(String::new(), super::contact::Slot::default())]),
        });
        let unkeyed = self.program.funnels.iter().enumerate().filter(|(_, plan)| plan.funnel.key.is_none());
        let per_contact = unkeyed.map(|(funnel, _)| RunId { funnel, key: String::new() });
        let state = State {
            attributes: BTreeMap::new(),
            zone: self.program.zone.clone(),
            closed: BTreeSet::new(),
            first_ms: None,
            now_ms: self.now_ms,
            scores: self.program.score_lines.iter().map(|_| super::score::Standing::default()).collect(),
            taken: 0,
            results: 0,
            position: 0,
            slots: slots.collect(),
            live: per_contact.collect(),
            done: BTreeSet::new(),
            aside: Vec::new(),
        };
        let mut contact = Contact { log: Log::default(), state };
        let nowhere = RunId { funnel: 0, key: String::new() };
        for (name, attribute) in &self.program.attributes {
            let default =
                attribute.default.as_ref().and_then(|literal| view(&self.program, &contact, &nowhere, self.now_ms).literal(literal));
            let empty = || (attribute.ty == Type::List).then(|| Value::List(Vec::new()));
            if let Some(value) = default.or_else(empty) {
                set_attribute(&self.program, &mut contact, name, Some(value));
            }
        }
        contact
    }

    /// The stage of a contact's run, or the final stage in which its latest run ended; nothing outside. Who is stranded is still
    /// in the stage that is gone.
    #[must_use]
    pub fn stage(&self, contact: &str, funnel: &str, key: Option<&str>) -> Option<&'r str> {
        let person = self.people.get(contact)?;
        let stranded = person.contact.state.aside.iter().find(|aside| aside.is_of(funnel, key.unwrap_or_default()));
        if let Some(stage) = stranded.and_then(|aside| aside.stage()) {
            return Some(stage);
        }
        let at = self.program.funnels.iter().position(|plan| plan.funnel.name == funnel)?;
        let slot = person.contact.state.slots.get(at)?.get(key.unwrap_or_default())?;
        let stage = slot.run.as_ref().map(|run| run.visit.stage).or(slot.ended_in)?;
        self.program.funnels.get(at)?.stage(stage).map(|stage| stage.name.as_str())
    }

    /// What a record carries, by its declaration: the properties of its event, or the attributes that `identify` tells; what is
    /// missing or does not fit is left out.
    #[must_use]
    pub fn values_of(&self, record: &Record) -> BTreeMap<String, Value> {
        if record.event != IDENTIFY {
            return typed(&self.program, record, &self.options.zone).map(|(_, values)| values).unwrap_or_default();
        }
        let declared = self.program.attributes.iter();
        let told = declared
            .filter_map(|(name, it)| Some(((*name).to_owned(), fit(record.properties.get(*name)?, &it.ty, &self.options.zone).ok()??)));
        told.collect()
    }

    /// Where people rest: each contact with the identity of a step at which one of its nurtures waits.
    pub fn resting(&self) -> impl Iterator<Item = (&str, &'r str)> {
        self.people
            .iter()
            .flat_map(|(name, person)| super::resting::of(&self.program, &person.contact).into_iter().map(move |id| (name.as_str(), id)))
    }

    /// An attribute of a contact.
    #[must_use]
    pub fn attribute(&self, contact: &str, name: &str) -> Option<&Value> {
        self.people.get(contact)?.contact.state.attributes.get(name)
    }

    /// Lets a contact be known with these attributes from the present instant on, which opens no door; for tests.
    pub fn give(&mut self, contact: &str, attributes: &BTreeMap<String, Value>) {
        let mut person = match self.people.remove(contact) {
            Some(person) => person,
            None => Person { contact: self.stranger(), ids: BTreeMap::new(), due_ms: None },
        };
        person.contact.state.first_ms.get_or_insert(self.now_ms);
        person.contact.state.now_ms = self.now_ms;
        for (name, value) in attributes {
            set_attribute(&self.program, &mut person.contact, name, Some(value.clone()));
        }
        self.people.insert(contact.to_owned(), person);
    }
}

/// What must agree when an id comes again.
fn content_of(record: &Record) -> String {
    Record { position: 0, ..record.clone() }.to_json()
}

fn new_turn<'e, 'r>(
    program: &'e Program<'r>,
    options: &'e Options,
    trail: &'e mut Trail<'r>,
    name: &'e str,
    contact: &'e mut Contact<'r>,
    now_ms: i64,
    undo_on_overflow: bool,
) -> Turn<'e, 'r> {
    Turn {
        program,
        forced_arms: &options.forced_arms,
        shut_door: options.shut_door.as_deref(),
        trail,
        name,
        contact,
        now_ms,
        undo_on_overflow,
        results: Vec::new(),
        set_aside: Vec::new(),
        overflow: false,
        echoes: VecDeque::new(),
        changed: Changed::default(),
        entered: BTreeSet::new(),
        stuck: BTreeSet::new(),
    }
}
