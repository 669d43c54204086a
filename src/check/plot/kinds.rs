//! The kinds of values that conditions tell apart: of attributes, and of what events carry.
//!
//! Each comparison cuts the values in those for which it holds and the others; the pieces of all cuts are the kinds, and of each
//! the friendliest value stands for all of it. Texts that must hold a part are a kind of their own beside the pieces.

use super::{
    demand::{Demand, key_of_literal},
    needs::{Needs, asked, wanted_by},
    values::choose,
};
use crate::{
    diag::Fact,
    logic::ValueSet,
    model::{AttributeId, Condition, ConditionKind, EventId, EventTest, Model},
};
use std::collections::BTreeMap;

/// So many kinds of one value are told apart.
const KINDS_MAX: usize = 6;

/// The kinds of values.
pub struct Kinds<'m> {
    model: &'m Model,
    attributes: BTreeMap<AttributeId, Vec<Demand>>,
    properties: BTreeMap<(EventId, u32), Vec<Demand>>,
    /// Whether there were not too many of them.
    pub is_whole: bool,
}

impl<'m> Kinds<'m> {
    /// Of a model, of which no condition was looked at yet.
    pub fn new(model: &'m Model) -> Self {
        Self { model, attributes: BTreeMap::new(), properties: BTreeMap::new(), is_whole: true }
    }

    /// Takes a condition into account, whether it holds or not.
    pub fn learn(&mut self, it: &Condition) {
        let model = self.model;
        it.each_atom(true, &mut |atom, _| {
            if let ConditionKind::Segment(id) = &atom.kind {
                return self.learn(&model.segments[*id].when);
            }
            match atom.event_test() {
                Some(test) => self.filter(test),
                None => [true, false].into_iter().for_each(|holds| self.cut_by(&asked(model, atom, holds))),
            }
        });
    }

    /// Takes what an event is asked for into account.
    pub fn filter(&mut self, test: &EventTest) {
        if let Some(filter) = &test.filter {
            self.learn(filter);
        }
    }

    /// A flag that is or is not `yes`, whether a condition asks for it or not.
    pub fn flag(&mut self, id: AttributeId) {
        let yes = Demand::of(ValueSet::one(crate::logic::Key::Int(1)));
        self.is_whole &= cut(self.attributes.entry(id).or_default(), &yes);
    }

    fn cut_by(&mut self, needs: &Needs) {
        for (id, demand) in &needs.attributes {
            self.is_whole &= cut(self.attributes.entry(*id).or_default(), demand);
        }
        for (event, property, demand) in &needs.latest {
            self.is_whole &= cut(self.properties.entry((*event, *property)).or_default(), demand);
        }
        let inside = needs.before.iter().map(|(wanted, _)| wanted).chain(&needs.trigger);
        for (event, property, demand) in inside.flat_map(|it| it.properties.iter().map(|(at, demand)| (it.event, *at, demand))) {
            self.is_whole &= cut(self.properties.entry((event, property)).or_default(), demand);
        }
        for (name, demand) in &needs.entry {
            for (event, declared) in self.model.events.iter() {
                let places = declared.properties.iter().zip(0..).filter(|(it, _)| it.name == *name);
                for (_, at) in places {
                    self.is_whole &= cut(self.properties.entry((event, at)).or_default(), demand);
                }
            }
        }
    }

    /// The attributes that conditions ask for.
    pub fn attributes(&self) -> impl Iterator<Item = AttributeId> + '_ {
        self.attributes.keys().copied()
    }

    /// A value of each kind of an attribute; [`Fact::Missing`] stands for the kind that it is of at first.
    pub fn values(&self, id: AttributeId, start_ms: i64) -> Vec<Fact> {
        let attribute = &self.model.attributes[id];
        let first = |demand: &Demand| match &attribute.default {
            Some(literal) => key_of_literal(self.model, literal, &attribute.ty).is_some_and(|key| demand.set.contains(&key)),
            None => demand.set.has_missing(),
        };
        let value = |demand: &Demand| {
            if demand.parts.is_empty() && demand.items.is_empty() && first(demand) {
                return Some(Fact::Missing);
            }
            choose(demand, &attribute.ty, &attribute.name.text, start_ms)
        };
        self.attributes.get(&id).into_iter().flatten().filter_map(value).collect()
    }

    /// What becomes known of an attribute: a value of each kind.
    pub fn told(&self, id: AttributeId, start_ms: i64) -> Vec<Fact> {
        let attribute = &self.model.attributes[id];
        let value = |demand: &Demand| choose(demand, &attribute.ty, &attribute.name.text, start_ms).filter(|it| *it != Fact::Missing);
        self.attributes.get(&id).into_iter().flatten().filter_map(value).collect()
    }

    /// What an event carries in a property: a value of each kind, or that it is missing, and whether the values of that kind pass
    /// a test.
    pub fn carried(&self, event: EventId, at: u32, test: Option<&EventTest>, start_ms: i64) -> Vec<(Option<Fact>, bool)> {
        let Some(property) = usize::try_from(at).ok().and_then(|at| self.model.events[event].properties.get(at)) else {
            return Vec::new();
        };
        let wanted = test.and_then(|test| wanted_by(self.model, test)).and_then(|mut it| it.properties.remove(&at));
        let passes = |demand: &Demand| wanted.as_ref().is_none_or(|wanted| demand.set.is_within(&wanted.set));
        let value = |demand: &Demand| {
            let fact = choose(demand, &property.ty, &property.name, start_ms)?;
            let is_missing = fact == Fact::Missing;
            (property.optional || !is_missing).then(|| ((!is_missing).then_some(fact), passes(demand)))
        };
        match self.properties.get(&(event, at)) {
            Some(kinds) => kinds.iter().filter_map(value).collect(),
            None if property.optional => vec![(None, wanted.is_none())],
            None => value(&Demand::of(ValueSet::KNOWN)).into_iter().collect(),
        }
    }
}

/// Cuts kinds of values into those that do as they are asked and the others; whether there are not too many of them.
fn cut(kinds: &mut Vec<Demand>, by: &Demand) -> bool {
    if kinds.is_empty() {
        kinds.push(Demand::ANY);
    }
    if !by.parts.is_empty() || !by.items.is_empty() {
        if !kinds.contains(by) {
            kinds.push(by.clone());
        }
        return kinds.len() <= KINDS_MAX;
    }
    let pieces = |kind: &Demand| [kind.set.and(&by.set), kind.set.without(&by.set)].map(|set| Demand { set, ..kind.clone() });
    let cut: Vec<Demand> = kinds.iter().flat_map(pieces).filter(|it| !it.set.is_empty()).collect();
    let is_whole = cut.len() <= KINDS_MAX;
    if is_whole {
        *kinds = cut;
    }
    is_whole
}
