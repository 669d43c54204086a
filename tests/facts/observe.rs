//! What is seen of a run, held against the facts.

use funnelc::{
    facts::{Facts, Known},
    logic::{Filter, Key, VarKind},
    model::{AttributeId, Keeper, Model, StageId, Step as ModelStep, Type},
    ruleset::RuleSet,
    runtime::{Collected, Engine, Outcome, Reason, Record, Value, What},
    source::Span,
};
use std::collections::BTreeMap;

type Attributes = BTreeMap<String, Option<Value>>;

/// A run: which contact, funnel and key.
type RunOf = (String, String, Option<String>);

/// Watches an engine.
pub struct Observer<'m, 'f> {
    model: &'m Model,
    facts: &'f Facts<'m>,
    stages: BTreeMap<(String, String), StageId>,
    clauses: BTreeMap<String, Span>,
    steps: BTreeMap<String, Span>,
    attributes: BTreeMap<String, Attributes>,
    places: BTreeMap<RunOf, (StageId, i64)>,
    /// The time of the latest event of a name, by contact.
    events: BTreeMap<(String, String), i64>,
    /// How much was compared.
    pub observed: usize,
    /// How often there was something to be wrong about.
    pub telling: usize,
}

impl<'m, 'f> Observer<'m, 'f> {
    pub fn new(model: &'m Model, rules: &RuleSet, facts: &'f Facts<'m>) -> Self {
        let mut stages = BTreeMap::new();
        let mut clauses = BTreeMap::new();
        let mut steps = BTreeMap::new();
        for (funnel, lowered) in model.funnels.values().zip(&rules.funnels) {
            clauses.extend(lowered.leaves.iter().map(|it| it.id.clone()).zip(funnel.leaves.iter().map(|it| it.span)));
            for (id, low) in funnel.stages.iter().zip(&lowered.stages) {
                let stage = &model.stages[*id];
                stages.insert((lowered.name.clone(), low.name.clone()), *id);
                clauses.extend(low.doors.iter().map(|it| it.id.clone()).zip(stage.doors.iter().map(|it| it.span)));
                clauses.extend(low.leaves.iter().map(|it| it.id.clone()).zip(stage.leaves.iter().map(|it| it.span)));
                for (nurture, low) in stage.nurtures.iter().zip(&low.nurtures) {
                    // Only the ids of the model's steps are needed: the runtime's are built from them.
                    ModelStep::each(&nurture.steps, &mut |step| {
                        steps.insert(format!("{}/{}", low.id, step.id), step.span);
                    });
                }
            }
        }
        let (attributes, places, events) = Default::default();
        Self { model, facts, stages, clauses, steps, attributes, places, events, observed: 0, telling: 0 }
    }

    /// Takes what has come of a record, or of time going on.
    pub fn take(&mut self, engine: &Engine<'_>, record: Option<&Record>, seen: &Collected) -> Result<(), String> {
        if let Some(record) = record {
            let key = (record.contact.clone(), record.event.clone());
            // What was set aside has not happened, but for what is set aside of its echoes or parts.
            let partly = |reason: Reason| matches!(reason, Reason::Cascade | Reason::FixedAttribute);
            if seen.set_aside.iter().all(|aside| aside.position != record.position || partly(aside.reason)) {
                let latest = self.events.entry(key).or_insert(record.time_ms);
                *latest = record.time_ms.max(*latest);
            }
        }
        let mut contacts: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
        for outcome in &seen.outcomes {
            contacts.entry(&outcome.contact).or_default().push(outcome);
        }
        if let Some(record) = record {
            contacts.entry(&record.contact).or_default();
        }
        for (contact, outcomes) in contacts {
            self.of_contact(engine, contact, &outcomes)?;
        }
        Ok(())
    }

    fn of_contact(&mut self, engine: &Engine<'_>, contact: &str, outcomes: &[&Outcome]) -> Result<(), String> {
        let set = |name: &str| outcomes.iter().any(|it| matches!(&it.what, What::Set { attribute, .. } if attribute == name));
        let mut now = self.attributes.remove(contact).unwrap_or_default();
        for attribute in self.model.attributes.values() {
            let name = attribute.name.text.to_string();
            // What a step has set since is told in the results; what it was before is what it was.
            if !set(&name) {
                now.insert(name.clone(), engine.attribute(contact, &name).cloned());
            }
        }
        for outcome in outcomes {
            self.outcome(outcome, &mut now)?;
        }
        for ((who, funnel, key), (stage, _)) in &self.places {
            if who == contact {
                let known = self.facts.during(*stage);
                let admitted = known.iter().any(|it| self.admits(it, &now));
                if !admitted {
                    return Err(format!(
                        "{contact} is in {funnel} {key:?} {} with {now:?}, which {known:?} does not allow",
                        self.name(*stage)
                    ));
                }
            }
        }
        self.attributes.insert(contact.to_owned(), now);
        Ok(())
    }

    fn outcome(&mut self, outcome: &Outcome, now: &mut Attributes) -> Result<(), String> {
        let run = (outcome.contact.clone(), outcome.funnel.clone(), outcome.key.clone());
        self.observed += 1;
        if let Some(cause) = &outcome.clause {
            self.cause(&cause.id, outcome)?;
        }
        match &outcome.what {
            What::Set { attribute, value } => {
                now.insert(attribute.clone(), value.clone());
            }
            What::Move { from, to } => {
                if let (Some(_), Some((stage, entered_ms))) = (from, self.places.get(&run)) {
                    self.stayed(*stage, outcome.time_ms - entered_ms, outcome)?;
                }
                match to {
                    None => {
                        self.places.remove(&run);
                    }
                    Some(to) => {
                        let stage = self.stages[&(outcome.funnel.clone(), to.clone())];
                        self.arrived(stage, outcome, now)?;
                        self.places.insert(run, (stage, outcome.time_ms));
                    }
                }
            }
            What::RunEnds { .. } => {
                self.places.remove(&run);
            }
            _ => {}
        }
        Ok(())
    }

    fn cause(&mut self, id: &str, outcome: &Outcome) -> Result<(), String> {
        let sites = self.facts.sites();
        if let Some(span) = self.clauses.get(id) {
            self.telling += 1;
            if !sites.clauses.get(span).is_some_and(|site| site.holds) {
                return Err(format!("{outcome:?} went through a clause that is dead: {:?}", sites.clauses.get(span)));
            }
        }
        if let Some(span) = self.steps.get(id) {
            self.telling += 1;
            if !sites.steps.contains(span) {
                return Err(format!("{outcome:?} took a step that nobody takes"));
            }
        }
        Ok(())
    }

    /// How long one stays is within what is known.
    fn stayed(&mut self, stage: StageId, ms: i64, outcome: &Outcome) -> Result<(), String> {
        let within = |it: &Known| it.elapsed.0 <= ms && it.elapsed.1.is_none_or(|most| ms <= most);
        let known = self.facts.during(stage);
        self.telling += usize::from(known.iter().any(|it| it.elapsed.1.is_some()));
        if known.iter().any(within) {
            return Ok(());
        }
        Err(format!("{outcome:?} after {ms} ms in {}, which is not within {known:?}", self.name(stage)))
    }

    /// What is so on arrival is allowed.
    fn arrived(&mut self, stage: StageId, outcome: &Outcome, now: &Attributes) -> Result<(), String> {
        let known = self.facts.on_arrival(stage);
        self.telling += usize::from(known.iter().any(|it| it.facts().next().is_some()));
        let keyed = outcome.key.is_some();
        if known.iter().any(|it| self.admits(it, now) && (keyed || self.admits_history(it, outcome))) {
            return Ok(());
        }
        let events: Vec<_> = self.events.iter().filter(|((who, _), _)| *who == outcome.contact).collect();
        Err(format!("{outcome:?} with {now:?} after {events:?}, which {known:?} does not allow"))
    }

    fn admits(&self, known: &Known, now: &Attributes) -> bool {
        let missing = None;
        self.model.attributes.iter().all(|(id, attribute)| {
            let value = now.get(attribute.name.text.as_str()).unwrap_or(&missing);
            let values = self.facts.attribute(known, id);
            match value {
                None if !now.contains_key(attribute.name.text.as_str()) => true,
                None => values.has_missing(),
                Some(value) => self.key(id, value).is_none_or(|key| values.contains(&key)),
            }
        })
    }

    fn key(&self, id: AttributeId, value: &Value) -> Option<Key> {
        Some(match value {
            Value::Text(text) => Key::Text(text.as_str().into()),
            Value::Number(number) => Key::Int(number.millionths()),
            Value::Flag(flag) => Key::Int(i64::from(*flag)),
            Value::Choice(word) => match &self.model.attributes[id].ty {
                Type::OneOf(words) => Key::Int(words.iter().position(|it| it == word)?.try_into().ok()?),
                _ => return None,
            },
            Value::Date(_) | Value::Time(_) | Value::List(_) => return None,
        })
    }

    /// Whether the times since the latest events are allowed, for events that come from outside alone.
    fn admits_history(&self, known: &Known, outcome: &Outcome) -> bool {
        known.facts().all(|(var, _)| {
            let VarKind::Since(of) = self.facts.kind(var) else { return true };
            let event = &self.model.events[of.event];
            if of.filter != Filter::NONE || event.keeper != Keeper::Anyone {
                return true;
            }
            let values = self.facts.values(known, var);
            match self.events.get(&(outcome.contact.clone(), event.name.text.to_string())) {
                None => values.has_missing(),
                Some(at_ms) => values.contains(&Key::Int(outcome.time_ms - at_ms)),
            }
        })
    }

    fn name(&self, stage: StageId) -> &str {
        &self.model.stages[stage].name.text
    }
}
