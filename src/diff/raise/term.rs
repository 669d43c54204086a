//! Values of a rule set in the words of the model.

use super::{Side, Space, type_of};
use crate::{
    model::{Aggregate, AggregateKind, ArithmeticOp, DateTime, EventId, EventTest, Literal, Term, TermKind, Type},
    ruleset,
};
use smol_str::SmolStr;

/// A constant.
pub(super) fn literal(it: &ruleset::Literal) -> Literal {
    match it {
        ruleset::Literal::Text(text) => Literal::Text(SmolStr::new(text)),
        ruleset::Literal::Number(number) => Literal::Number(*number),
        ruleset::Literal::Flag(flag) => Literal::Flag(*flag),
        ruleset::Literal::Date(date) => Literal::Date(*date),
        ruleset::Literal::Time(time) => Literal::Time(DateTime { date: time.date, clock: time.at, utc: time.utc }),
        ruleset::Literal::Choice(word) => Literal::Choice(SmolStr::new(word)),
        ruleset::Literal::List(list) => Literal::List(list.iter().map(literal).collect()),
    }
}

fn literal_type(it: &ruleset::Literal) -> Type {
    type_of(&match it {
        ruleset::Literal::Text(_) => ruleset::Type::Text,
        ruleset::Literal::Number(_) => ruleset::Type::Number,
        ruleset::Literal::Flag(_) => ruleset::Type::Flag,
        ruleset::Literal::Date(_) => ruleset::Type::Date,
        ruleset::Literal::Time(_) => ruleset::Type::Time,
        ruleset::Literal::Choice(word) => ruleset::Type::OneOf(vec![word.clone()]),
        ruleset::Literal::List(_) => ruleset::Type::List,
    })
}

impl Space {
    /// A value; properties are those of `event`.
    pub(super) fn term(&self, side: Side, it: &ruleset::Term, event: Option<EventId>) -> Term {
        let (kind, ty, optional) = match it {
            ruleset::Term::Literal(value) => (TermKind::Literal(literal(value)), literal_type(value), false),
            ruleset::Term::Attribute(name) => match self.attribute(side, name) {
                Some(id) => (TermKind::Attribute(id), self.model.attributes[id].ty.clone(), self.model.attributes[id].optional),
                None => broken(),
            },
            ruleset::Term::Property(name) => match event.and_then(|event| self.property(event, name)) {
                Some((event, property, ty, optional)) => (TermKind::Property { event, property }, ty, optional),
                None => broken(),
            },
            ruleset::Term::Entry(name) => {
                let ty = self.entries.get(name).cloned().unwrap_or(Type::Unknown);
                (TermKind::Entry(SmolStr::new(name)), ty, true)
            }
            ruleset::Term::Latest { event, property } => match self.events.get(event).and_then(|event| self.property(*event, property)) {
                Some((event, property, ty, _)) => (TermKind::Latest { event, property }, ty, true),
                None => broken(),
            },
            ruleset::Term::Score(name) => (self.scores.get(name).map_or(TermKind::Broken, |id| TermKind::Score(*id)), Type::Number, false),
            ruleset::Term::Aggregate(aggregate) => (self.aggregate(side, aggregate), Type::Number, true),
            ruleset::Term::Arithmetic(it) => {
                let op = match it.op {
                    ruleset::ArithmeticOp::Add => ArithmeticOp::Add,
                    ruleset::ArithmeticOp::Subtract => ArithmeticOp::Subtract,
                    ruleset::ArithmeticOp::Multiply => ArithmeticOp::Multiply,
                    ruleset::ArithmeticOp::Divide => ArithmeticOp::Divide,
                };
                let (left, right) = (Box::new(self.term(side, &it.left, event)), Box::new(self.term(side, &it.right, event)));
                (TermKind::Arithmetic { op, left, right }, Type::Number, true)
            }
            ruleset::Term::Negate(inner) => (TermKind::Negate(Box::new(self.term(side, inner, event))), Type::Number, true),
            ruleset::Term::Message(name) => {
                (self.messages.get(name).map_or(TermKind::Broken, |id| TermKind::Message(*id)), Type::Message, false)
            }
            ruleset::Term::Missing {} => (TermKind::Missing, Type::Unknown, true),
        };
        Term { span: self.span(), kind, ty, optional }
    }

    fn property(&self, event: EventId, name: &str) -> Option<(EventId, u32, Type, bool)> {
        let (at, property) = self.model.events[event].properties.iter().enumerate().find(|(_, it)| it.name == name)?;
        // A property whose type changed cannot be compared.
        if property.ty == Type::Unknown {
            return None;
        }
        Some((event, u32::try_from(at).ok()?, property.ty.clone(), property.optional))
    }

    fn aggregate(&self, side: Side, it: &ruleset::Aggregate) -> TermKind {
        let Some(event) = self.events.get(&it.event).copied() else { return TermKind::Broken };
        let Some((_, property, ..)) = self.property(event, &it.property) else { return TermKind::Broken };
        let kind = match it.figure {
            ruleset::AggregateKind::Sum => AggregateKind::Sum,
            ruleset::AggregateKind::Average => AggregateKind::Average,
            ruleset::AggregateKind::Highest => AggregateKind::Highest,
            ruleset::AggregateKind::Lowest => AggregateKind::Lowest,
            ruleset::AggregateKind::First => AggregateKind::First,
        };
        let filter = it.filter.as_ref().map(|filter| Box::new(self.inside(side, filter, Some(event))));
        let event = EventTest { span: self.span(), event: Some(event), message: None, filter };
        TermKind::Aggregate(Box::new(Aggregate { kind, event, property, window: it.window.map(|window| self.window(window)) }))
    }
}

fn broken() -> (TermKind, Type, bool) {
    (TermKind::Broken, Type::Unknown, true)
}
