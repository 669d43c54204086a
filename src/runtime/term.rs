//! What a term is worth now: a value, or missing.

use super::{condition::View, log::Past, value::Value};
use crate::{
    ruleset::{Aggregate, AggregateKind, Arithmetic, ArithmeticOp, Instant, Literal, Term},
    units::Number,
};

/// A number does not fit. Inside a condition that is missing; in `set` it sets the record aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// Two numbers combined; what is divided by zero is missing.
///
/// # Errors
/// [`Overflow`] where the result does not fit.
pub(crate) fn combined(op: ArithmeticOp, left: Number, right: Number) -> Result<Option<Number>, Overflow> {
    let result = match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide if right == Number::ZERO => return Ok(None),
        ArithmeticOp::Divide => left.checked_div(right),
    };
    result.map(Some).ok_or(Overflow)
}

type Worth = Result<Option<Value>, Overflow>;

impl View<'_, '_> {
    /// The value; missing also where a number does not fit.
    pub fn value(&self, term: &Term) -> Option<Value> {
        self.worth(term).ok().flatten()
    }

    /// The value.
    ///
    /// # Errors
    /// [`Overflow`] where a number does not fit.
    pub fn worth(&self, term: &Term) -> Worth {
        Ok(match term {
            Term::Literal(literal) => self.literal(literal),
            Term::Attribute(name) => self.contact.state.attributes.get(name).cloned(),
            Term::Property(name) => self.subject.and_then(|past| past.properties.get(name)).cloned(),
            Term::Entry(name) => self.run.and_then(|run| run.entry.get(name)).cloned(),
            Term::Latest { event, property } => self.latest_of(event).and_then(|past| past.properties.get(property)).cloned(),
            Term::Score(name) => self.score(name).map(Value::Number),
            Term::Aggregate(aggregate) => self.aggregate(aggregate)?.map(Value::Number),
            Term::Arithmetic(both) => self.arithmetic(both)?.map(Value::Number),
            Term::Negate(term) => match self.number(term)? {
                Some(number) => Some(Value::Number(number.checked_neg().ok_or(Overflow)?)),
                None => None,
            },
            Term::Message(name) => Some(Value::Text(name.clone())),
            Term::Missing {} => None,
        })
    }

    /// The value of a constant.
    pub fn literal(&self, literal: &Literal) -> Option<Value> {
        Some(match literal {
            Literal::Text(text) => Value::Text(text.clone()),
            Literal::Number(number) => Value::Number(*number),
            Literal::Flag(flag) => Value::Flag(*flag),
            Literal::Date(date) => Value::Date(*date),
            Literal::Time(wall) if wall.utc => {
                let local = wall.date.civil().to_datetime(wall.at.civil());
                Value::Time(super::zone::first_instant(local, &jiff::tz::TimeZone::UTC)?)
            }
            Literal::Time(wall) => Value::Time(self.contact.state.zone.at(wall.date.civil(), wall.at)?),
            Literal::Choice(word) => Value::Choice(word.clone()),
            Literal::List(items) => Value::List(items.iter().filter_map(|item| self.literal(item)?.as_text().map(str::to_owned)).collect()),
        })
    }

    fn number(&self, term: &Term) -> Result<Option<Number>, Overflow> {
        Ok(match self.worth(term)? {
            Some(Value::Number(number)) => Some(number),
            Some(Value::Text(_) | Value::Flag(_) | Value::Date(_) | Value::Time(_) | Value::Choice(_) | Value::List(_)) | None => None,
        })
    }

    fn arithmetic(&self, both: &Arithmetic) -> Result<Option<Number>, Overflow> {
        let (Some(left), Some(right)) = (self.number(&both.left)?, self.number(&both.right)?) else { return Ok(None) };
        combined(both.op, left, right)
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Option<Number>, Overflow> {
        let events = self.matching(&aggregate.event, aggregate.filter.as_ref(), aggregate.window);
        let value = |past: &Past| match past.properties.get(&aggregate.property) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let numbers = events.filter_map(|past| value(past).map(|number| ((past.time_ms, past.order), number)));
        match aggregate.figure {
            AggregateKind::Sum => {
                let total: i128 = numbers.map(|(_, number)| i128::from(number.millionths())).sum();
                i64::try_from(total).map(|millionths| Some(Number::from_millionths(millionths))).map_err(|_| Overflow)
            }
            AggregateKind::Average => {
                let (count, total) =
                    numbers.fold((0_u64, 0_i128), |(count, total), (_, number)| (count + 1, total + i128::from(number.millionths())));
                Ok(Number::divided_by_count(total, count))
            }
            AggregateKind::Highest => Ok(numbers.map(|(_, number)| number).max()),
            AggregateKind::Lowest => Ok(numbers.map(|(_, number)| number).min()),
            AggregateKind::First => Ok(numbers.min_by_key(|(order, _)| *order).map(|(_, number)| number)),
        }
    }

    /// The instant, if it is known: whole days with a clock time are counted on the calendar of the contact's zone, all
    /// else is exact.
    pub fn instant(&self, instant: &Instant) -> Option<i64> {
        let zone = &self.contact.state.zone;
        let base_ms = match self.value(&instant.base)? {
            Value::Date(date) => zone.midnight(date)?,
            Value::Time(ms) => ms,
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Choice(_) | Value::List(_) => return None,
        };
        zone.moved(base_ms, instant.offset, instant.at)
    }

    /// The day of a term, as anniversaries need it.
    pub fn day(&self, term: &Term) -> Option<crate::units::Date> {
        match self.value(term)? {
            Value::Date(date) => Some(date),
            Value::Time(ms) => self.contact.state.zone.local(ms).map(|local| crate::units::Date::from_civil(local.date())),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Choice(_) | Value::List(_) => None,
        }
    }
}
