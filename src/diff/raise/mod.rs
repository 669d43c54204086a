//! Two rule sets in one space, so that the solver can compare conditions of one with conditions of the other.
//!
//! Job: a model that knows the vocabulary of both, and their conditions in its words. What both have under one name and type
//! is one thing. A segment is one thing where it means the same in both, else there are two of it, so that whoever reads it is
//! seen to have changed as well. A score is always one thing; that its lines changed is said of the score.
//! Invariants: every law that the model gives to the solver holds in both rule sets; what cannot be told is `Broken`, which
//! the solver takes for something that may be or not.
//! Deliberately absent: funnels and stages, which conditions do not name.

mod condition;
mod term;

use crate::{
    model::{
        Action, Attribute, AttributeId, Channel, ChannelId, Condition, ConditionKind, Event, EventId, Funnel, Keeper, Message, MessageId,
        Model, Name, Property, Score, ScoreId, Segment, SegmentId, Type,
    },
    ruleset::{self, RuleSet},
    source::{FileId, Span},
};
use smol_str::SmolStr;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

/// The events that answer messages, whose property `message` names one.
const ABOUT_MESSAGES: [&str; 7] = ["sent", "delivered", "opened", "clicked", "replied", "bounced", "complained"];

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Old,
    New,
}

/// The vocabulary of both.
pub(super) struct Space {
    pub model: Model,
    attributes: BTreeMap<(String, String), AttributeId>,
    events: BTreeMap<String, EventId>,
    messages: BTreeMap<String, MessageId>,
    scores: BTreeMap<String, ScoreId>,
    /// By name; where they differ, that of the older and that of the newer rules.
    segments: BTreeMap<String, (SegmentId, SegmentId)>,
    /// The types that a property brought by a door can have.
    entries: BTreeMap<String, Type>,
    /// The attributes that each side means by a name.
    meant: [BTreeMap<String, AttributeId>; 2],
    places: Cell<u32>,
}

fn name(text: &str) -> Name {
    Name { text: SmolStr::new(text), span: None, label: None, note: None, formerly: None }
}

fn type_of(ty: &ruleset::Type) -> Type {
    match ty {
        ruleset::Type::Text => Type::Text,
        ruleset::Type::Number => Type::Number,
        ruleset::Type::Flag => Type::Flag,
        ruleset::Type::Date => Type::Date,
        ruleset::Type::Time => Type::Time,
        ruleset::Type::OneOf(words) => Type::OneOf(words.iter().map(SmolStr::new).collect()),
        ruleset::Type::List => Type::List,
    }
}

/// A type that holds the values of both, if there is one.
fn joint(old: &ruleset::Type, new: &ruleset::Type) -> Option<Type> {
    match (old, new) {
        (ruleset::Type::OneOf(old), ruleset::Type::OneOf(new)) => {
            let gone = old.iter().filter(|word| !new.contains(word));
            Some(Type::OneOf(new.iter().chain(gone).map(SmolStr::new).collect()))
        }
        (old, new) => (old == new).then(|| type_of(old)),
    }
}

fn keeper(it: ruleset::Keeper) -> Keeper {
    match it {
        ruleset::Keeper::Anyone => Keeper::Anyone,
        ruleset::Keeper::Fixed => Keeper::Fixed,
        ruleset::Keeper::Ours => Keeper::Ours,
        ruleset::Keeper::Runtime => Keeper::Runtime,
    }
}

impl Space {
    /// The vocabulary of both, without segments, which are compared in it first.
    pub fn new(old: &RuleSet, new: &RuleSet) -> Self {
        let mut it = Self {
            model: Model { timezone: SmolStr::new(&new.timezone), ..Model::default() },
            attributes: BTreeMap::new(),
            events: BTreeMap::new(),
            messages: BTreeMap::new(),
            scores: BTreeMap::new(),
            segments: BTreeMap::new(),
            entries: BTreeMap::new(),
            meant: [BTreeMap::new(), BTreeMap::new()],
            places: Cell::new(0),
        };
        it.attributes(old, new);
        let flags = it.flags(old, new);
        it.events(old, new, &flags);
        for message in new.messages.iter().chain(&old.messages) {
            if !it.messages.contains_key(&message.name) {
                let one =
                    Message { name: name(&message.name), channel: None, parameters: Vec::new(), template: None, transactional: false };
                it.messages.insert(message.name.clone(), it.model.messages.push(one));
            }
        }
        for action in &new.actions {
            it.model.actions.push(Action { name: name(&action.name), parameters: Vec::new() });
        }
        for score in new.scores.iter().chain(&old.scores) {
            if !it.scores.contains_key(&score.name) {
                it.scores.insert(score.name.clone(), it.model.scores.push(Score { name: name(&score.name), lines: Vec::new() }));
            }
        }
        it.keys(old, new);
        it
    }

    /// One thing for an attribute that both have with one type, else two.
    fn attributes(&mut self, old: &RuleSet, new: &RuleSet) {
        for (side, rules, others) in [(1, new, old), (0, old, new)] {
            for attribute in &rules.attributes {
                let other = others.attributes.iter().find(|other| other.name == attribute.name);
                let both =
                    other.and_then(|other| if side == 1 { joint(&other.ty, &attribute.ty) } else { joint(&attribute.ty, &other.ty) });
                let ty = both.clone().unwrap_or_else(|| type_of(&attribute.ty));
                let other = other.filter(|_| both.is_some());
                let key = (attribute.name.clone(), if both.is_some() { String::new() } else { format!("{side}") });
                if !self.attributes.contains_key(&key) {
                    let same_keeper = other.is_none_or(|other| other.keeper == attribute.keeper);
                    let one = Attribute {
                        name: name(&attribute.name),
                        ty,
                        optional: attribute.optional || other.is_some_and(|other| other.optional),
                        default: attribute.default.as_ref().map(term::literal),
                        keeper: if same_keeper { keeper(attribute.keeper) } else { Keeper::Anyone },
                    };
                    let id = self.model.attributes.push(one);
                    self.attributes.insert(key.clone(), id);
                }
                if let Some(id) = self.attributes.get(&key) {
                    self.meant[side].insert(attribute.name.clone(), *id);
                }
            }
        }
    }

    /// A channel for each flag that some event sets to `no` in both, for the solver to know that it does.
    fn flags(&mut self, old: &RuleSet, new: &RuleSet) -> BTreeMap<String, ChannelId> {
        let of = |rules: &RuleSet| -> BTreeSet<String> { rules.events.iter().flat_map(|event| event.opts_out.clone()).collect() };
        let mut channels = BTreeMap::new();
        for flag in of(old).union(&of(new)) {
            let (Some(before), Some(now)) = (self.meant[0].get(flag), self.meant[1].get(flag)) else { continue };
            if before == now {
                let channel = Channel { name: name(flag), needs: Some(*now), caps: Vec::new(), quiet: Vec::new() };
                channels.insert(flag.clone(), self.model.channels.push(channel));
            }
        }
        channels
    }

    fn events(&mut self, old: &RuleSet, new: &RuleSet, flags: &BTreeMap<String, ChannelId>) {
        for (rules, others) in [(new, old), (old, new)] {
            for event in &rules.events {
                if self.events.contains_key(&event.name) {
                    continue;
                }
                let other = others.events.iter().find(|other| other.name == event.name);
                let about_message = ABOUT_MESSAGES.contains(&event.name.as_str());
                let opts_out = event.opts_out.iter().filter(|flag| other.is_none_or(|other| other.opts_out.contains(flag)));
                let one = Event {
                    name: name(&event.name),
                    properties: properties(event, other, about_message),
                    channel: None,
                    keeper: keeper(event.keeper),
                    opts_out: opts_out.filter_map(|flag| flags.get(flag).copied()).collect(),
                    rate: None,
                    about_message,
                };
                for property in &one.properties {
                    let known = self.entries.get(property.name.as_str());
                    let ty = if known.is_none_or(|known| *known == property.ty) { property.ty.clone() } else { Type::Unknown };
                    self.entries.insert(property.name.to_string(), ty);
                }
                self.events.insert(event.name.clone(), self.model.events.push(one));
            }
        }
    }

    /// Funnels without anything in them: whether runs have keys says what segments count.
    fn keys(&mut self, old: &RuleSet, new: &RuleSet) {
        let span = self.span();
        let keyed = |rules: &RuleSet| rules.funnels.iter().find_map(|funnel| funnel.key.clone());
        let key = keyed(new).or_else(|| keyed(old)).map(SmolStr::new);
        self.model.funnels.push(Funnel {
            name: name("funnel"),
            span,
            key,
            reentry: None,
            stages: Vec::new(),
            leaves: Vec::new(),
            guarantees: Vec::new(),
            assumptions: Vec::new(),
        });
    }

    /// Adds a segment: one for both, or one for each.
    pub fn add_segment(&mut self, segment: &str, old: Option<&ruleset::Condition>, new: Option<&ruleset::Condition>, is_same: bool) {
        let mut add = |condition: Option<&ruleset::Condition>, side: Side| -> Option<SegmentId> {
            let when = self.condition(side, condition?);
            Some(self.model.segments.push(Segment { name: name(segment), when }))
        };
        let now = add(new, Side::New);
        let before = if is_same { now } else { add(old, Side::Old) };
        if let Some(one) = now.or(before) {
            self.segments.insert(segment.to_owned(), (before.unwrap_or(one), now.unwrap_or(one)));
        }
    }

    /// A place of its own for each word, since the solver tells words apart by their places.
    fn span(&self) -> Span {
        let at = self.places.get();
        self.places.set(at.saturating_add(2));
        Span::new(FileId::new(0), at, at.saturating_add(1))
    }

    fn attribute(&self, side: Side, attribute: &str) -> Option<AttributeId> {
        self.meant[usize::from(side == Side::New)].get(attribute).copied()
    }

    /// The condition that always holds.
    pub fn always(&self) -> Condition {
        Condition { span: self.span(), kind: ConditionKind::And(Vec::new()) }
    }

    /// One of several.
    pub fn any(&self, list: Vec<Condition>) -> Condition {
        match <[Condition; 1]>::try_from(list) {
            Ok([one]) => one,
            Err(list) => Condition { span: self.span(), kind: ConditionKind::Or(list) },
        }
    }
}

/// What an event carries in either version: what both have with one type is one thing.
fn properties(event: &ruleset::Event, other: Option<&ruleset::Event>, about_message: bool) -> Vec<Property> {
    let others = other.map_or(&[][..], |other| &other.properties);
    let mut found: Vec<Property> = Vec::new();
    for property in &event.properties {
        let same = others.iter().find(|other| other.name == property.name);
        let both = same.and_then(|same| joint(&same.ty, &property.ty));
        let is_missing_there = other.is_some() && same.is_none();
        let ty = match (same, both) {
            _ if about_message && property.name == "message" => Type::Message,
            (Some(_), None) => Type::Unknown,
            (_, both) => both.unwrap_or_else(|| type_of(&property.ty)),
        };
        let optional = property.optional || is_missing_there || same.is_some_and(|same| same.optional);
        found.push(Property { name: SmolStr::new(&property.name), span: None, ty, optional });
    }
    for gone in others.iter().filter(|other| event.properties.iter().all(|it| it.name != other.name)) {
        found.push(Property { name: SmolStr::new(&gone.name), span: None, ty: type_of(&gone.ty), optional: true });
    }
    found
}
