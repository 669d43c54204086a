//! What a term is worth now.

use super::{
    program::{Id, InstantOf, Term, compile_wall},
    value::Seen,
    view::View,
};
use crate::{
    ruleset::{AggregateKind, ArithmeticOp},
    runtime::term::{Overflow, combined},
    units::{Date, Number},
};

impl<'a> View<'a> {
    /// The value; missing also where a number does not fit.
    pub fn value(&self, term: Id) -> Option<Seen<'a>> {
        self.worth(term).ok().flatten()
    }

    /// The value.
    ///
    /// # Errors
    /// [`Overflow`] where a number does not fit.
    pub fn worth(&self, term: Id) -> Result<Option<Seen<'a>>, Overflow> {
        Ok(match &self.program.terms[term as usize] {
            Term::Constant(at) => Some(self.program.constants[*at as usize].seen()),
            Term::Wall(wall) => compile_wall(*wall, self.zone()).map(Seen::Time),
            Term::Attribute(at) => self.rest.attributes.get(*at as usize).and_then(|value| Some(value.as_ref()?.seen())),
            Term::Property(slot) => self.subject.and_then(|props| props.get(*slot)),
            Term::Entry(name) => self.entry(*name),
            Term::Latest(event, slot) => self.latest_of(*event).and_then(|past| past.props.get(*slot)),
            Term::Score(score) => self.score(*score).map(Seen::Number),
            Term::Aggregate(at) => self.aggregate(*at)?.map(Seen::Number),
            Term::Arithmetic(op, left, right) => self.arithmetic(*op, *left, *right)?.map(Seen::Number),
            Term::Negate(term) => match self.number(*term)? {
                Some(number) => Some(Seen::Number(number.checked_neg().ok_or(Overflow)?)),
                None => None,
            },
            Term::Missing => None,
        })
    }

    fn entry(&self, name: Id) -> Option<Seen<'a>> {
        self.stage()?;
        self.more()?.entry.iter().find(|(other, _)| *other == name).map(|(_, value)| value.seen())
    }

    fn number(&self, term: Id) -> Result<Option<Number>, Overflow> {
        Ok(match self.worth(term)? {
            Some(Seen::Number(number)) => Some(number),
            Some(Seen::Text(_) | Seen::Flag(_) | Seen::Date(_) | Seen::Time(_) | Seen::Choice(_) | Seen::List(_)) | None => None,
        })
    }

    fn arithmetic(&self, op: ArithmeticOp, left: Id, right: Id) -> Result<Option<Number>, Overflow> {
        let (Some(left), Some(right)) = (self.number(left)?, self.number(right)?) else { return Ok(None) };
        combined(op, left, right)
    }

    fn aggregate(&self, at: Id) -> Result<Option<Number>, Overflow> {
        let aggregate = &self.program.aggregates[at as usize];
        let (mut count, mut total) = (0_u64, 0_i128);
        let (mut highest, mut lowest): (Option<Number>, Option<Number>) = (None, None);
        let mut first: Option<((i64, u32), Number)> = None;
        self.each(&self.program.tests[aggregate.test as usize], aggregate.window, |past| {
            if let Some(Seen::Number(number)) = past.props.get(aggregate.slot) {
                count += 1;
                total += i128::from(number.millionths());
                highest = highest.max(Some(number));
                lowest = Some(lowest.map_or(number, |lowest| lowest.min(number)));
                let order = (past.time_ms, past.order);
                if first.is_none_or(|(earlier, _)| order < earlier) {
                    first = Some((order, number));
                }
            }
            false
        });
        match aggregate.figure {
            AggregateKind::Sum => i64::try_from(total).map(|millionths| Some(Number::from_millionths(millionths))).map_err(|_| Overflow),
            AggregateKind::Average => Ok(Number::divided_by_count(total, count)),
            AggregateKind::Highest => Ok(highest),
            AggregateKind::Lowest => Ok(lowest),
            AggregateKind::First => Ok(first.map(|(_, number)| number)),
        }
    }

    /// A score of the contact; missing where it does not fit.
    fn score(&self, score: Id) -> Option<Number> {
        let mut millionths = 0_i128;
        for (line, standing) in self.program.lines.iter().zip(&self.rest.scores) {
            if line.score == score {
                let points = i128::from(line.line.points.millionths());
                millionths = millionths.checked_add(points.checked_mul(i128::from(standing.times))?)?;
            }
        }
        i64::try_from(millionths).ok().map(Number::from_millionths)
    }

    /// The instant, if it is known: whole days with a clock time are counted on the calendar of the contact's zone, all
    /// else is exact.
    pub fn instant(&self, instant: Id) -> Option<i64> {
        let instant: &InstantOf = &self.program.instants[instant as usize];
        let zone = self.zone();
        let base_ms = match self.value(instant.base)? {
            Seen::Date(date) => zone.midnight(date)?,
            Seen::Time(ms) => ms,
            Seen::Text(_) | Seen::Number(_) | Seen::Flag(_) | Seen::Choice(_) | Seen::List(_) => return None,
        };
        zone.moved(base_ms, instant.offset, instant.at)
    }

    /// The day of a term, as anniversaries need it.
    pub fn day(&self, term: Id) -> Option<Date> {
        match self.value(term)? {
            Seen::Date(date) => Some(date),
            Seen::Time(ms) => self.zone().local(ms).map(|local| Date::from_civil(local.date())),
            Seen::Text(_) | Seen::Number(_) | Seen::Flag(_) | Seen::Choice(_) | Seen::List(_) => None,
        }
    }
}
