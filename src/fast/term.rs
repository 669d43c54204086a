//! What a term is worth now, and when time alone may change what a condition says.

use super::{
    program::{Condition, Id, InstantOf, Term, Test, compile_wall},
    value::Seen,
    view::View,
};
use crate::{
    ruleset::{AggregateKind, ArithmeticOp, OffsetSide, Window},
    units::{Date, Number},
};

/// A number does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

const DAY_MS: i64 = 86_400_000;

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
            Term::Latest(event, slot) => self.latest_of(*event).and_then(|past| past.props().get(*slot)),
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
        let result = match op {
            ArithmeticOp::Add => left.checked_add(right),
            ArithmeticOp::Subtract => left.checked_sub(right),
            ArithmeticOp::Multiply => left.checked_mul(right),
            ArithmeticOp::Divide if right == Number::ZERO => return Ok(None),
            ArithmeticOp::Divide => left.checked_div(right),
        };
        result.map(Some).ok_or(Overflow)
    }

    fn aggregate(&self, at: Id) -> Result<Option<Number>, Overflow> {
        let aggregate = &self.program.aggregates[at as usize];
        let (mut count, mut total) = (0_u64, 0_i128);
        let (mut highest, mut lowest): (Option<Number>, Option<Number>) = (None, None);
        let mut first: Option<((i64, u32), Number)> = None;
        self.each(&self.program.tests[aggregate.test as usize], aggregate.window, |past| {
            if let Some(Seen::Number(number)) = past.props().get(aggregate.slot) {
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
        let signed_ms = instant.offset.map_or(0, |offset| match offset.side {
            OffsetSide::Before => offset.by_ms.saturating_neg(),
            OffsetSide::After => offset.by_ms,
        });
        let Some(clock) = instant.at else { return base_ms.checked_add(signed_ms) };
        let day = if signed_ms % DAY_MS == 0 {
            let days = jiff::Span::new().try_days(signed_ms / DAY_MS).ok()?;
            zone.local(base_ms)?.date().checked_add(days).ok()?
        } else {
            zone.local(base_ms.checked_add(signed_ms)?)?.date()
        };
        zone.at(day, clock)
    }

    /// The day of a term, as anniversaries need it.
    pub fn day(&self, term: Id) -> Option<Date> {
        match self.value(term)? {
            Seen::Date(date) => Some(date),
            Seen::Time(ms) => self.zone().local(ms).map(|local| Date::from_civil(local.date())),
            Seen::Text(_) | Seen::Number(_) | Seen::Flag(_) | Seen::Choice(_) | Seen::List(_) => None,
        }
    }

    /// The earliest instant after `after_ms` at which time alone may change whether the condition holds. It may come too
    /// early (then nothing has changed), never too late. Scores and clock triggers have timers of their own.
    pub fn next_change(&self, node: Id, after_ms: i64) -> Option<i64> {
        let least = |nodes: &[Id]| nodes.iter().filter_map(|side| self.next_change(*side, after_ms)).min();
        let terms = |terms: &[Id]| terms.iter().filter_map(|term| self.next_change_of(*term, after_ms)).min();
        match &self.program.conditions[node as usize] {
            Condition::Any(sides) | Condition::All(sides) => least(sides),
            Condition::Not(side) => self.next_change(*side, after_ms),
            Condition::Had(test, window) | Condition::No(test, window) | Condition::Count(test, window, ..) => {
                self.windowed(&self.program.tests[*test as usize], *window, after_ms)
            }
            Condition::TimeSince(test, _, than_ms) => {
                let test = &self.program.tests[*test as usize];
                let exactly = self.latest_after(test, 0).map(|ms| ms.saturating_add(*than_ms));
                let passed = exactly.into_iter().flat_map(|ms| [ms, ms.saturating_add(1)]).filter(|ms| *ms > after_ms).min();
                passed.into_iter().chain(self.of_filter(test, after_ms)).min()
            }
            Condition::Compare(left, _, right) => terms(&[*left, *right]),
            Condition::In(left, list) => terms(&[*left]).into_iter().chain(terms(list)).min(),
            Condition::Known(term) | Condition::Missing(term) => self.next_change_of(*term, after_ms),
            Condition::Segment(segment) => self.of_contact().next_change(self.program.segments[*segment as usize], after_ms),
            Condition::Before(date) | Condition::From(date) => self.zone().midnight(*date).filter(|ms| *ms > after_ms),
            Condition::Event(_) | Condition::Text(..) | Condition::Finished(_) | Condition::Clock(_) | Condition::Never => None,
        }
    }

    fn of_filter(&self, test: &Test, after_ms: i64) -> Option<i64> {
        self.next_change(test.filter?, after_ms)
    }

    fn windowed(&self, test: &Test, window: Option<Window>, after_ms: i64) -> Option<i64> {
        let expiry = match window {
            Some(Window::WithinMs(ms)) => {
                let mut later = self.track(test.event).into_iter().flat_map(|track| track.later_than(after_ms.saturating_sub(ms)));
                let first = later.find(|past| self.sees(test.event, past.owner.as_ref(), past.props()));
                first.map(|past| past.time_ms.saturating_add(ms))
            }
            Some(Window::SinceEntering | Window::SinceStarting) | None => None,
        };
        expiry.into_iter().chain(self.of_filter(test, after_ms)).min()
    }

    fn next_change_of(&self, term: Id, after_ms: i64) -> Option<i64> {
        match &self.program.terms[term as usize] {
            Term::Aggregate(at) => {
                let aggregate = &self.program.aggregates[*at as usize];
                self.windowed(&self.program.tests[aggregate.test as usize], aggregate.window, after_ms)
            }
            Term::Arithmetic(_, left, right) => [*left, *right].into_iter().filter_map(|term| self.next_change_of(term, after_ms)).min(),
            Term::Negate(term) => self.next_change_of(*term, after_ms),
            Term::Constant(_)
            | Term::Wall(_)
            | Term::Attribute(_)
            | Term::Property(_)
            | Term::Entry(_)
            | Term::Latest(..)
            | Term::Score(_)
            | Term::Missing => None,
        }
    }
}
