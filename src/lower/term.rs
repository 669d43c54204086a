//! Values: constants, names, figures, instants.

use super::Lowering;
use crate::{
    model::{self, EventId, TermKind},
    ruleset::{Aggregate, AggregateKind, Arithmetic, ArithmeticOp, Instant, Literal, Offset, OffsetSide, Term, WallTime},
    units::Number,
};

/// A constant. A length of time stands in tests on elapsed time alone, which carry it in milliseconds themselves.
pub(super) fn literal(it: &model::Literal) -> Literal {
    match it {
        model::Literal::Text(text) => Literal::Text(text.to_string()),
        model::Literal::Number(number) => Literal::Number(*number),
        model::Literal::Flag(flag) => Literal::Flag(*flag),
        model::Literal::Date(date) => Literal::Date(*date),
        model::Literal::Time(time) => Literal::Time(WallTime { date: time.date, at: time.clock, utc: time.utc }),
        model::Literal::Choice(word) => Literal::Choice(word.to_string()),
        model::Literal::List(list) => Literal::List(list.iter().map(literal).collect()),
        model::Literal::Duration(ms) => Literal::Number(Number::from_whole(*ms).unwrap_or_default()),
    }
}

fn figure(kind: model::AggregateKind) -> AggregateKind {
    match kind {
        model::AggregateKind::Sum => AggregateKind::Sum,
        model::AggregateKind::Average => AggregateKind::Average,
        model::AggregateKind::Highest => AggregateKind::Highest,
        model::AggregateKind::Lowest => AggregateKind::Lowest,
        model::AggregateKind::First => AggregateKind::First,
    }
}

fn operation(op: model::ArithmeticOp) -> ArithmeticOp {
    match op {
        model::ArithmeticOp::Add => ArithmeticOp::Add,
        model::ArithmeticOp::Subtract => ArithmeticOp::Subtract,
        model::ArithmeticOp::Multiply => ArithmeticOp::Multiply,
        model::ArithmeticOp::Divide => ArithmeticOp::Divide,
    }
}

impl Lowering<'_> {
    pub(super) fn term(self, it: &model::Term) -> Term {
        match &it.kind {
            TermKind::Literal(value) => Term::Literal(literal(value)),
            TermKind::Attribute(id) => Term::Attribute(self.model.attributes[*id].name.text.to_string()),
            TermKind::Property { event, property } => Term::Property(self.property_name(*event, *property)),
            TermKind::Entry(name) => Term::Entry(name.to_string()),
            TermKind::Latest { event, property } => {
                Term::Latest { event: self.event_name(Some(*event)), property: self.property_name(*event, *property) }
            }
            TermKind::Score(id) => Term::Score(self.model.scores[*id].name.text.to_string()),
            TermKind::Aggregate(aggregate) => Term::Aggregate(Box::new(self.aggregate(aggregate))),
            TermKind::Arithmetic { op, left, right } => {
                Term::Arithmetic(Box::new(Arithmetic { op: operation(*op), left: self.term(left), right: self.term(right) }))
            }
            TermKind::Negate(inner) => Term::Negate(Box::new(self.term(inner))),
            TermKind::Message(id) => Term::Message(self.model.messages[*id].name.text.to_string()),
            TermKind::Missing => Term::Missing {},
            // Parameters are filled in where a play is used, and nothing broken gets past the checks.
            TermKind::Parameter(_) | TermKind::Broken => Term::Literal(Literal::Text(String::new())),
        }
    }

    fn aggregate(self, it: &model::Aggregate) -> Aggregate {
        let test = self.event_test(&it.event);
        Aggregate {
            figure: figure(it.kind),
            event: test.name,
            property: it.event.event.map_or(String::new(), |event| self.property_name(event, it.property)),
            filter: test.filter.map(|filter| *filter),
            window: it.window.map(super::condition::window),
        }
    }

    pub(super) fn instant(self, it: &model::Instant) -> Instant {
        let side = |side| match side {
            model::OffsetSide::Before => OffsetSide::Before,
            model::OffsetSide::After => OffsetSide::After,
        };
        Instant {
            base: self.term(&it.base),
            offset: it.offset.map(|offset| Offset { by_ms: offset.by_ms, side: side(offset.side) }),
            at: it.at,
        }
    }

    pub(super) fn event_name(self, id: Option<EventId>) -> String {
        id.map_or(String::new(), |id| self.model.events[id].name.text.to_string())
    }

    fn property_name(self, event: EventId, property: u32) -> String {
        self.model.events[event].properties.get(property as usize).map_or(String::new(), |it| it.name.to_string())
    }
}
