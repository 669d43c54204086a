//! When time alone may change what a condition says.
//!
//! `next_change` is what the reference asks. `next_true` leaves out what cannot make a condition true: whoever waits for it has
//! tried it, and it did not hold, so that its ceasing to hold changes nothing. No timer is set for that; where one fires at
//! the same instant, both are taken in the reference's order (see `timers`).

use super::{
    program::{Aggregate, Condition, Id, Program, Term, Test},
    value::Seen,
    view::View,
};
use crate::{
    ruleset::{AggregateKind, Comparison, CountBound, Window},
    units::Number,
};

/// Which way a comparison has to go to come out as wished: whether up.
pub fn goes_up(is: Comparison, wanted: bool) -> Option<bool> {
    match is {
        Comparison::Greater | Comparison::GreaterOrEqual => Some(wanted),
        Comparison::Less | Comparison::LessOrEqual => Some(!wanted),
        Comparison::Equal | Comparison::NotEqual => None,
    }
}

/// Whether a figure may go that way because events fall out of its window; nothing for a sum, which hangs on what was added.
pub fn turns_by_time(figure: AggregateKind, up: bool, wanted: bool) -> Option<bool> {
    match figure {
        AggregateKind::Sum => None,
        // Over nothing they are missing, and no comparison holds.
        AggregateKind::Highest => Some(!wanted || !up),
        AggregateKind::Lowest => Some(!wanted || up),
        AggregateKind::Average | AggregateKind::First => Some(true),
    }
}

impl Program<'_> {
    /// The figure that is compared with a constant, if that is what is compared.
    pub fn figure(&self, left: Id, right: Id) -> Option<&Aggregate> {
        match (&self.terms[left as usize], &self.terms[right as usize]) {
            (Term::Aggregate(at), Term::Constant(_)) => Some(&self.aggregates[*at as usize]),
            _ => None,
        }
    }
}

impl<'a> View<'a> {
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
                let first = later.find(|past| self.sees(test.event, past.owner, past.props));
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

    /// The earliest instant after `after_ms` at which time alone may make the condition true (or false, where that is wanted).
    pub fn next_true(&self, node: Id, after_ms: i64, wanted: bool) -> Option<i64> {
        let least = |nodes: &[Id]| nodes.iter().filter_map(|side| self.next_true(*side, after_ms, wanted)).min();
        match &self.program.conditions[node as usize] {
            Condition::All(sides) if wanted && sides.iter().any(|side| self.program.conditions[*side as usize].needs_impulse()) => None,
            Condition::Any(sides) | Condition::All(sides) => least(sides),
            Condition::Not(side) => self.next_true(*side, after_ms, !wanted),
            Condition::Had(test, _) | Condition::Count(test, _, CountBound::AtLeast, _) if wanted => {
                self.of_filter(&self.program.tests[*test as usize], after_ms)
            }
            Condition::No(test, _) | Condition::Count(test, _, CountBound::AtMost, _) if !wanted => {
                self.of_filter(&self.program.tests[*test as usize], after_ms)
            }
            Condition::TimeSince(test, is, _) if goes_up(*is, wanted) == Some(false) => {
                self.of_filter(&self.program.tests[*test as usize], after_ms)
            }
            Condition::Compare(left, is, right) => match self.program.figure(*left, *right) {
                Some(aggregate) if !self.may_turn(aggregate, (goes_up(*is, wanted), wanted), after_ms) => {
                    self.of_filter(&self.program.tests[aggregate.test as usize], after_ms)
                }
                Some(_) | None => self.next_change(node, after_ms),
            },
            Condition::Segment(segment) => self.of_contact().next_true(self.program.segments[*segment as usize], after_ms, wanted),
            Condition::Before(_) if wanted => None,
            Condition::From(_) if !wanted => None,
            Condition::Had(..)
            | Condition::No(..)
            | Condition::Count(..)
            | Condition::TimeSince(..)
            | Condition::In(..)
            | Condition::Known(_)
            | Condition::Missing(_)
            | Condition::Before(_)
            | Condition::From(_)
            | Condition::Event(_)
            | Condition::Text(..)
            | Condition::Finished(_)
            | Condition::Clock(_)
            | Condition::Never => self.next_change(node, after_ms),
        }
    }

    /// Whether a figure may go that way after an instant because events fall out of its window. Its window is that of this instant, at
    /// which it was tried: what has fallen out of it by now may be what made it turn.
    fn may_turn(&self, aggregate: &Aggregate, (up, wanted): (Option<bool>, bool), after_ms: i64) -> bool {
        let Some(up) = up else { return true };
        turns_by_time(aggregate.figure, up, wanted).unwrap_or_else(|| {
            let (mut found, mut total) = (false, 0_i128);
            let then = View { now_ms: after_ms.min(self.now_ms), ..*self };
            then.each(&self.program.tests[aggregate.test as usize], aggregate.window, |past| {
                if let Some(Seen::Number(number)) = past.props.get(aggregate.slot) {
                    found = if up { number < Number::ZERO } else { number > Number::ZERO };
                    total += i128::from(number.millionths());
                }
                found
            });
            // A sum that does not fit a number is missing, and fits again when something falls out.
            found || i64::try_from(total).is_err()
        })
    }
}
