//! What several funnels have in common: the values of our attributes, what has happened, and what never changes.
//!
//! Followed are attributes of ours that steps set to constants alone, whether some events have ever happened, and of
//! attributes that are fixed what is left of their values by the stages that somebody was in. All else is open.
//! Invariants: what is said not to be is a proof, by the solver that all checks ask.

use super::decide::Judge;
use crate::{
    logic::{Key, Moment, Question, ValueSet, Var},
    model::{AttributeId, Condition, ConditionKind, EventId, EventTest, FunnelId, Keeper, Literal, StageId, Step, StepKind},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// As many attributes and as many events are followed.
const FOLLOWED_MAX: usize = 6;

/// What is so at one instant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Standing {
    /// Of each attribute that is followed the place of its value.
    pub values: Vec<u8>,
    /// The events that have happened, a bit each.
    pub had: u8,
    /// Events of ours that were recorded and are still to be heard of, a bit each.
    pub recorded: u8,
    /// Of each attribute that is fixed what is left of its values.
    left: Vec<u8>,
}

/// When something is asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Asked {
    /// At this event.
    At(EventId),
    /// When no event happens: by a timer, a clock, or what has changed.
    Between,
    /// Whatever happens.
    Ever,
}

/// An attribute of ours with the values that it can have.
struct Valued {
    id: AttributeId,
    var: Var,
    keys: Vec<Key>,
}

/// What was asked before: which conditions hold or fail, when, with which values and events.
type Answered = (Vec<(*const Condition, bool)>, Asked, Vec<u8>, u8);

/// What is followed.
pub struct Common<'j, 'c, 'm> {
    judge: &'j Judge<'c, 'm>,
    attributes: Vec<Valued>,
    /// Events, each with the variable for the time since the last of them.
    events: Vec<(EventId, Var)>,
    fixed: Vec<AttributeId>,
    /// What funnels that are not followed may do at any time.
    pub beside: Vec<(usize, u8)>,
    /// Events that funnels record.
    recorded: BTreeSet<EventId>,
    recorded_beside: BTreeSet<EventId>,
    sets: RefCell<Vec<ValueSet>>,
    known: RefCell<HashMap<Answered, bool>>,
}

impl<'j, 'c, 'm> Common<'j, 'c, 'm> {
    /// What these funnels have in common that their conditions ask for.
    pub fn new(judge: &'j Judge<'c, 'm>, funnels: &[FunnelId], conditions: &[Condition]) -> Self {
        let (model, facts) = (judge.context.model, &judge.context.facts);
        let mut common = Self {
            judge,
            attributes: Vec::new(),
            events: Vec::new(),
            fixed: Vec::new(),
            beside: Vec::new(),
            recorded: BTreeSet::new(),
            recorded_beside: BTreeSet::new(),
            sets: RefCell::new(vec![ValueSet::ALL]),
            known: RefCell::default(),
        };
        let mut writes: BTreeMap<AttributeId, Option<Vec<(FunnelId, Key)>>> = BTreeMap::new();
        for stage in model.stages.values() {
            for nurture in &stage.nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    if let Some((id, literal)) = step.kind.change() {
                        let key = literal.and_then(|literal| facts.key(literal, &model.attributes[id].ty));
                        let list = writes.entry(id).or_insert_with(|| Some(Vec::new()));
                        *list = list.take().zip(key).map(|(list, key)| list.into_iter().chain([(stage.funnel, key)]).collect());
                    }
                    if let StepKind::Record { event: Some(event), .. } = step.kind {
                        common.recorded.insert(event);
                        if !funnels.contains(&stage.funnel) {
                            common.recorded_beside.insert(event);
                        }
                    }
                });
            }
        }
        let mut asked: BTreeSet<Var> = BTreeSet::new();
        conditions.iter().for_each(|when| facts.solver().formula(when, true).each(&mut |literal| asked.extend([literal.var])));
        for (id, attribute) in model.attributes.iter() {
            let var = facts.solver().attribute(id);
            let is_ours = attribute.keeper == Keeper::Ours && !attribute.optional && !judge.can_opt_out(id);
            let default = attribute.default.as_ref().and_then(|it| facts.key(it, &attribute.ty));
            let (Some(default), Some(Some(written)), true) = (default, writes.get(&id), is_ours && asked.contains(&var)) else { continue };
            let mut keys = vec![default];
            for (_, key) in written {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
            if keys.len() > usize::from(u8::MAX) || common.attributes.len() >= FOLLOWED_MAX {
                continue;
            }
            let place = |key: &Key| keys.iter().position(|it| it == key).and_then(|at| u8::try_from(at).ok());
            let others = written.iter().filter(|(funnel, _)| !funnels.contains(funnel));
            let at = common.attributes.len();
            common.beside.extend(others.filter_map(|(_, key)| Some((at, place(key)?))));
            common.attributes.push(Valued { id, var, keys });
        }
        for when in conditions {
            when.each_atom(true, &mut |atom, _| common.follow(atom));
        }
        let is_fixed = |id: AttributeId| model.attributes[id].keeper == Keeper::Fixed && !judge.can_opt_out(id);
        common.fixed = model.attributes.ids().filter(|id| is_fixed(*id)).take(FOLLOWED_MAX).collect();
        common
    }

    fn follow(&mut self, atom: &Condition) {
        let ConditionKind::Had { event: test, .. } = &atom.kind else { return };
        let Some(event) = test.event else { return };
        let is_known = self.judge.context.model.events[event].keeper != Keeper::Runtime;
        if !is_known || self.events.len() >= FOLLOWED_MAX || self.events.iter().any(|(it, _)| *it == event) {
            return;
        }
        let any = EventTest { span: test.span, event: Some(event), message: None, filter: None };
        self.events.extend(self.judge.context.facts.solver().since(&any).map(|var| (event, var)));
    }

    /// What is so of somebody of whom nothing is known yet.
    pub fn begin(&self) -> Standing {
        Standing { values: vec![0; self.attributes.len()], had: 0, recorded: 0, left: vec![0; self.fixed.len()] }
    }

    /// The events that are followed.
    pub fn events(&self) -> impl Iterator<Item = EventId> {
        self.events.iter().map(|(event, _)| *event)
    }

    fn bit(&self, event: EventId) -> u8 {
        self.events.iter().position(|(it, _)| *it == event).map_or(0, |at| 1 << at)
    }

    /// Whether an event can happen now.
    pub fn may_come(&self, event: EventId, standing: &Standing, ours: &[EventId]) -> bool {
        if self.judge.context.model.events[event].keeper != Keeper::Ours || self.recorded_beside.contains(&event) {
            return true;
        }
        ours.iter().position(|it| *it == event).is_none_or(|at| standing.recorded & (1 << at) != 0)
    }

    /// Whether an event comes from outside alone, so that it is the first thing of its instant.
    pub fn is_first(&self, event: EventId) -> bool {
        self.judge.context.model.events[event].keeper == Keeper::Anyone && !self.recorded.contains(&event)
    }

    /// What is so when an event has happened.
    pub fn after(&self, event: EventId, standing: &Standing) -> Standing {
        Standing { had: standing.had | self.bit(event), ..standing.clone() }
    }

    /// The attribute that is followed, and the place of a value.
    pub fn place(&self, id: AttributeId, value: &Literal) -> Option<(usize, u8)> {
        let at = self.attributes.iter().position(|it| it.id == id)?;
        let key = self.judge.context.facts.key(value, &self.judge.context.model.attributes[id].ty)?;
        let place = self.attributes.get(at)?.keys.iter().position(|it| *it == key)?;
        Some((at, u8::try_from(place).ok()?))
    }

    /// Whether an attribute is followed.
    pub fn follows(&self, id: AttributeId) -> bool {
        self.attributes.iter().any(|it| it.id == id)
    }

    /// Who comes to a stage; nothing where what never changes keeps them from it.
    pub fn enter(&self, stage: StageId, standing: &mut Standing) -> Option<()> {
        let facts = &self.judge.context.facts;
        for (id, left) in self.fixed.iter().zip(&mut standing.left) {
            let arrivals = facts.on_arrival(stage).iter().map(|known| facts.attribute(known, *id));
            let Some(here) = arrivals.reduce(|a, b| a.or(&b)).filter(|here| !here.has_missing()) else { continue };
            let mut sets = self.sets.borrow_mut();
            let both = sets.get(usize::from(*left))?.and(&here);
            if both.is_empty() {
                return None;
            }
            let known = sets.iter().position(|it| *it == both).unwrap_or(sets.len());
            let Ok(at) = u8::try_from(known) else { continue };
            if known == sets.len() {
                sets.push(both);
            }
            *left = at;
        }
        Some(())
    }

    /// Whether some conditions can hold and others fail, all at once.
    pub fn can(&self, asks: &[(&Condition, bool)], asked: Asked, standing: &Standing) -> bool {
        if asks.is_empty() {
            return true;
        }
        let places = asks.iter().map(|(when, holds)| (std::ptr::from_ref(*when), *holds)).collect();
        let key = (places, asked, standing.values.clone(), standing.had);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let solver = self.judge.context.facts.solver();
        let question = asks.iter().fold(Question::new(), |all, (when, holds)| if *holds { all.holds(when) } else { all.fails(when) });
        let values = self.attributes.iter().zip(&standing.values);
        let question = values.fold(question, |all, (it, at)| match it.keys.get(usize::from(*at)) {
            Some(key) => all.fact(it.var, ValueSet::one(key.clone())),
            None => all,
        });
        let question = self.events.iter().enumerate().fold(question, |all, (at, (_, var))| {
            let has = standing.had & (1 << at) != 0;
            all.fact(*var, if has { ValueSet::KNOWN } else { ValueSet::MISSING })
        });
        let question = match asked {
            Asked::At(event) => question.at(Moment::Event(event)),
            Asked::Between => question.fact(solver.happening(), ValueSet::below(Key::Int(1))),
            Asked::Ever => question.at(Moment::Any),
        };
        let can = solver.can_be(&question);
        self.known.borrow_mut().insert(key, can);
        can
    }
}
