//! One contact, carried over: what is known of it, and everything it is in.

use super::{
    Carried, Heirs,
    clauses::{self, Places},
    keys,
    names::Names,
    plays::Heir,
};
use crate::{
    ruleset::{Attribute, Nurture, Stage, Type},
    runtime::{
        clock,
        contact::{Aside, Clause, Contact, PlaySlot, Run, RunId, Slot, Waiting},
        outcome::{Outcome, SendOutcome, What},
        program::{Plan, Program},
        score,
        standing::{standing, starts},
        step::owned,
        value::Value,
        zone::Zone,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is the same for a contact all the way.
pub(super) struct Carrying<'c, 'r> {
    pub name: &'c str,
    pub at_ms: i64,
    /// Whether the newer rules mean the same.
    pub is_same: bool,
    /// A contact of whom nothing is known, by the newer rules.
    pub fresh: &'c Contact<'r>,
    /// The names of funnels that are gone, for what history says of them.
    pub gone: &'c mut Vec<String>,
    pub carried: &'c mut Carried,
}

/// What happens at the switch, in the run of a key.
struct Told<'t> {
    funnel: &'t str,
    key: Option<&'t str>,
    run: u32,
    what: Vec<What>,
}

impl<'r> Carrying<'_, 'r> {
    /// The contact by the newer rules, and what happened to it.
    pub fn carry(mut self, mut contact: Contact<'r>, before: &Arc<Program<'r>>, heirs: &mut Heirs<'r>) -> (Contact<'r>, Vec<Outcome>) {
        let names = heirs.of(before);
        self.history(&mut contact, &names);
        self.known(&mut contact, &names);
        contact.state.done = contact.log.sendings.iter().map(|sending| sending.request.clone()).chain(contact.log.asked.clone()).collect();
        let mut outcomes = Vec::new();
        let old = std::mem::replace(&mut contact.state.slots, self.fresh.state.slots.clone());
        for (funnel, slots) in old.into_iter().enumerate() {
            for (key, slot) in slots {
                let aside = Aside { program: Arc::clone(before), funnel, key, slot };
                self.place(&mut contact, &names, aside, true, &mut outcomes);
            }
        }
        for aside in std::mem::take(&mut contact.state.aside) {
            let names = heirs.of(&aside.program);
            self.place(&mut contact, &names, aside, false, &mut outcomes);
        }
        self.live(&mut contact, &names.new);
        if !self.is_same {
            Self::try_again(&mut contact, &names.new);
            clock::set_all(&names.new, &mut contact, self.at_ms);
        }
        (contact, outcomes)
    }

    /// The run of a funnel in history, by its present place.
    fn run_id(&mut self, id: &RunId, names: &Names<'r>) -> RunId {
        let nowhere = |at: usize| usize::MAX - at;
        let name = match names.old.funnels.get(id.funnel) {
            Some(plan) => match names.funnel(id.funnel) {
                Some(funnel) => return RunId { funnel, key: id.key.clone() },
                None => plan.funnel.name.clone(),
            },
            None => self.gone.get(usize::MAX - id.funnel).cloned().unwrap_or_default(),
        };
        if let Some(funnel) = names.new.funnels.iter().position(|plan| plan.funnel.name == name) {
            return RunId { funnel, key: id.key.clone() };
        }
        let at = self.gone.iter().position(|other| *other == name).unwrap_or_else(|| {
            self.gone.push(name);
            self.gone.len() - 1
        });
        RunId { funnel: nowhere(at), key: id.key.clone() }
    }

    fn history(&mut self, contact: &mut Contact<'r>, names: &Names<'r>) {
        for sending in &mut contact.log.sendings {
            sending.run = self.run_id(&sending.run, names);
            sending.message = names.message(&sending.message).to_owned();
        }
        for past in contact.log.events_mut() {
            past.owner = past.owner.as_ref().map(|owner| self.run_id(owner, names));
            let is_answer = past.owner.is_some();
            if let Some(Value::Text(message)) = past.properties.get_mut("message").filter(|_| is_answer) {
                *message = names.message(message).to_owned();
            }
        }
    }

    fn known(&self, contact: &mut Contact<'r>, names: &Names<'r>) {
        let program = &names.new;
        for (name, attribute) in &program.attributes {
            let value = contact.state.attributes.remove(*name).and_then(|value| as_declared(value, attribute));
            let value = value.or_else(|| {
                // Who was known before a default was written gets it; what may be missing and is, stays so.
                let was_declared = names.old.attributes.contains_key(name);
                self.fresh.state.attributes.get(*name).filter(|_| !(was_declared && attribute.optional)).cloned()
            });
            if let Some(value) = value {
                contact.state.attributes.insert((*name).to_owned(), value);
            }
        }
        let own = contact.state.attributes.get("timezone").and_then(Value::as_text).and_then(Zone::named);
        contact.state.zone = own.unwrap_or_else(|| program.zone.clone());
        contact.state.scores = score::carried(&names.old, program, contact, self.at_ms);
    }

    /// Puts the place of a run where it belongs now, or aside where there is no such place. `was_inside` unless it was aside
    /// already.
    fn place(&mut self, contact: &mut Contact<'r>, names: &Names<'r>, mut aside: Aside<'r>, was_inside: bool, out: &mut Vec<Outcome>) {
        let heir = names.funnel(aside.funnel);
        let stage = aside.slot.run.as_ref().map(|run| run.visit.stage);
        let to = stage.map(|stage| names.stage(aside.funnel, stage));
        let (Some(funnel), false) = (heir, to == Some(None)) else {
            self.put_aside(contact, heir, aside, was_inside, out);
            return;
        };
        let Some(plan) = names.new.funnels.get(funnel) else { return };
        let mut told = Told {
            funnel: &plan.funnel.name,
            key: plan.funnel.key.is_some().then_some(aside.key.as_str()),
            run: aside.slot.runs,
            what: Vec::new(),
        };
        let run = aside.slot.run.take();
        let places = Places { names, funnel: aside.funnel, stages: None, nurtures: &[] };
        aside.slot.clauses = places.carried(std::mem::take(&mut aside.slot.clauses));
        aside.slot.ended_in = aside.slot.ended_in.and_then(|stage| names.stage(aside.funnel, stage));
        (aside.slot.past_entries, aside.slot.struck) = Default::default();
        if let (Some(run), Some(Some(to))) = (run, to) {
            aside.slot.run = Some(self.run(contact, names, (aside.funnel, to), run, &mut told));
            let count = if was_inside { &mut self.carried.runs } else { &mut self.carried.back };
            *count += 1;
        }
        let outcomes: Vec<Outcome> =
            told.what.into_iter().map(|what| outcome(self, contact, (told.funnel, told.key, told.run), what)).collect();
        out.extend(outcomes);
        if let Some(slots) = contact.state.slots.get_mut(funnel) {
            slots.insert(aside.key, aside.slot);
        }
    }

    /// Keeps a place that the newer rules have not. Who was inside is stranded, and can come in by no door.
    fn put_aside(&mut self, contact: &mut Contact<'r>, heir: Option<usize>, aside: Aside<'r>, was_inside: bool, out: &mut Vec<Outcome>) {
        let Some(plan) = aside.program.funnels.get(aside.funnel) else { return };
        let stage = aside.slot.run.as_ref().and_then(|run| plan.stage(run.visit.stage));
        if let (Some(stage), true) = (stage, was_inside) {
            let (funnel, stage) = (plan.funnel.name.clone(), stage.name.clone());
            let key = plan.funnel.key.is_some().then_some(aside.key.as_str());
            out.push(outcome(self, contact, (&funnel, key, aside.slot.runs), What::Stranded { stage: stage.clone() }));
            *self.carried.stranded.entry((funnel, stage)).or_insert(0) += 1;
        }
        if let Some(slots) = heir.and_then(|funnel| contact.state.slots.get_mut(funnel)) {
            let shut = Slot { runs: aside.slot.runs, started_ms: aside.slot.started_ms, ..Slot::default() };
            slots.insert(aside.key.clone(), shut);
        }
        if aside.slot.runs > 0 {
            contact.state.aside.push(aside);
        }
    }

    /// A run by the newer rules.
    fn run(
        &self,
        contact: &mut Contact<'r>,
        names: &Names<'r>,
        (funnel, to): (usize, usize),
        mut run: Run<'r>,
        told: &mut Told<'_>,
    ) -> Run<'r> {
        let from = run.visit.stage;
        let old_plan = names.old.funnels.get(funnel);
        let new_plan = names.funnel(funnel).and_then(|at| names.new.funnels.get(at));
        let (was, is) = (old_plan.and_then(|plan| plan.stage(from)), new_plan.and_then(|plan| plan.stage(to)));
        let (old, new) = (was.map_or(&[][..], |stage| &stage.nurtures), is.map_or(&[][..], |stage| &stage.nurtures));
        let heirs = names.nurtures(old, new);
        // Stages that became one are visited as often as both were, so that no key of theirs comes again.
        let mut visits: BTreeMap<usize, u32> = BTreeMap::new();
        for (stage, count) in &run.visits {
            if let Some(now) = names.stage(funnel, *stage) {
                let visits = visits.entry(now).or_insert(0);
                *visits = visits.saturating_add(*count);
            }
        }
        let key = told.key.unwrap_or_default().to_owned();
        let visit = |plan: Option<&Plan<'r>>, stage: Option<&'r Stage>, number: u32| keys::Visit {
            funnel: plan.map_or("", |plan| plan.funnel.name.as_str()),
            contact: self.name,
            key: &key,
            run: told.run,
            stage: stage.map_or("", |stage| stage.name.as_str()),
            number,
        };
        let number = visits.get(&to).copied().unwrap_or(run.visit.number);
        let keys = (visit(old_plan, was, run.visit.number), visit(new_plan, is, number));
        let mut plays: Vec<PlaySlot<'r>> = new.iter().map(|_| PlaySlot::default()).collect();
        for (n, (slot, nurture)) in std::mem::take(&mut run.visit.plays).into_iter().zip(old).enumerate() {
            let heir = heirs.get(n).copied().flatten();
            let Some((place, heir)) = heir.and_then(|at| plays.get_mut(at)).zip(heir.and_then(|at| new.get(at))) else {
                end(names, slot, nurture, told);
                continue;
            };
            let had = keys::had(names, (nurture, heir), keys, &slot, &contact.state.done);
            contact.state.done.extend(had);
            *place = self.play(names, slot, (nurture, heir), told);
        }
        let places = Places { names, funnel, stages: Some((from, to)), nurtures: &heirs };
        run.leaves = places.carried(std::mem::take(&mut run.leaves));
        run.visit.clauses = places.carried(std::mem::take(&mut run.visit.clauses));
        (run.visits, run.visit.stage, run.visit.number, run.visit.plays) = (visits, to, number, plays);
        run
    }

    fn play(&self, names: &Names<'r>, slot: PlaySlot<'r>, (old, new): (&'r Nurture, &'r Nurture), told: &mut Told<'_>) -> PlaySlot<'r> {
        let Some(mut play) = slot.running else { return slot };
        if let Some(Waiting::Held(held)) = &mut play.waiting {
            match names.new.messages.get(names.message(held.request.message)) {
                Some(message) => held.request.message = &message.name,
                None => {
                    told.what.push(dropped(names, held));
                    play.waiting = Some(Waiting::Until(self.at_ms));
                }
            }
        }
        let play = Heir::new(names, old, new, self.at_ms).carried(play);
        PlaySlot { running: Some(play), ..slot }
    }

    /// Where anything may happen: runs per contact, and keys that have a run.
    fn live(&self, contact: &mut Contact<'r>, program: &Program<'r>) {
        let mut live = BTreeSet::new();
        for (funnel, (slots, plan)) in contact.state.slots.iter().zip(&program.funnels).enumerate() {
            let is_keyed = plan.funnel.key.is_some();
            let there = slots.iter().filter(|(_, slot)| !is_keyed || slot.run.is_some());
            live.extend(there.map(|(key, _)| RunId { funnel, key: key.clone() }));
        }
        contact.state.live = live;
    }

    /// Everything is tried anew, since it may mean something else.
    fn try_again(contact: &mut Contact<'r>, program: &Program<'r>) {
        for id in contact.state.live.clone() {
            let before: Vec<Clause> = standing(program, contact, &id).iter().map(|standing| standing.clause).collect();
            let begin: Vec<Clause> = starts(program, contact, &id).iter().map(|(play, _)| Clause::Start(*play)).collect();
            let Some(slot) = contact.state.slot_mut(&id) else { continue };
            clauses::try_again(slot, before.into_iter().chain(begin));
            let plays = slot.run.iter_mut().flat_map(|run| &mut run.visit.plays).filter_map(|play| play.running.as_mut());
            for play in plays {
                if let Some(Waiting::Arms(arms)) = &mut play.waiting {
                    arms.arms.iter_mut().for_each(|arm| arm.state.untried = true);
                }
            }
        }
    }
}

/// A nurture that is gone ends at once, and drops its held send.
fn end(names: &Names<'_>, slot: PlaySlot<'_>, nurture: &Nurture, told: &mut Told<'_>) {
    let Some(play) = slot.running else { return };
    if let Some(Waiting::Held(held)) = &play.waiting {
        told.what.push(dropped(names, held));
    }
    told.what.push(What::PlayCutOff { play: nurture.name.clone() });
}

fn dropped(names: &Names<'_>, held: &crate::runtime::contact::Held<'_>) -> What {
    let request = &held.request;
    What::Send {
        request: request.key.clone(),
        message: request.message.to_owned(),
        channel: names.old.messages.get(request.message).map(|message| message.channel.clone()).unwrap_or_default(),
        arguments: owned(&request.arguments),
        outcome: SendOutcome::Dropped,
    }
}

fn outcome(carrying: &Carrying<'_, '_>, contact: &mut Contact<'_>, (funnel, key, run): (&str, Option<&str>, u32), what: What) -> Outcome {
    contact.state.results += 1;
    Outcome {
        time_ms: carrying.at_ms,
        contact: carrying.name.to_owned(),
        sequence: contact.state.results,
        funnel: funnel.to_owned(),
        key: key.map(str::to_owned),
        run,
        what,
        clause: None,
    }
}

/// A value as an attribute is declared now; nothing where it does not fit.
fn as_declared(value: Value, attribute: &Attribute) -> Option<Value> {
    match (value, &attribute.ty) {
        (Value::Text(text) | Value::Choice(text), Type::OneOf(words)) => words.contains(&text).then_some(Value::Choice(text)),
        (Value::Text(text) | Value::Choice(text), Type::Text) => Some(Value::Text(text)),
        (value @ Value::Number(_), Type::Number)
        | (value @ Value::Flag(_), Type::Flag)
        | (value @ Value::Date(_), Type::Date)
        | (value @ Value::Time(_), Type::Time)
        | (value @ Value::List(_), Type::List) => Some(value),
        (_, Type::Text | Type::Number | Type::Flag | Type::Date | Type::Time | Type::OneOf(_) | Type::List) => None,
    }
}
