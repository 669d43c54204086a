//! Whether time alone may change what a condition says, and whether it may make it true, whoever asks and whenever: what `change` finds
//! of a contact can only be found where this says so.

use super::{
    super::change::{goes_up, turns_by_time},
    Aggregate, ByTime, Condition, Id, Program, Term, Test,
};
use crate::ruleset::{AggregateKind, CountBound, Window};

/// What time alone may do to a condition.
pub(super) fn by_time(program: &Program<'_>, node: Id) -> ByTime {
    let time = Time { program };
    ByTime { changes: time.changes(node), ripens: time.ripens(node, true) }
}

struct Time<'p, 'r> {
    program: &'p Program<'r>,
}

impl<'p> Time<'p, '_> {
    fn test(&self, test: Id) -> &'p Test {
        &self.program.tests[test as usize]
    }

    fn filter(&self, test: Id) -> bool {
        self.test(test).filter.is_some_and(|filter| self.changes(filter))
    }

    fn windowed(&self, test: Id, window: Option<Window>) -> bool {
        matches!(window, Some(Window::WithinMs(_))) || self.filter(test)
    }

    /// Whether `next_change` may find something.
    fn changes(&self, node: Id) -> bool {
        match &self.program.conditions[node as usize] {
            Condition::Any(sides) | Condition::All(sides) => sides.iter().any(|side| self.changes(*side)),
            Condition::Not(side) => self.changes(*side),
            Condition::Had(test, window) | Condition::No(test, window) | Condition::Count(test, window, ..) => {
                self.windowed(*test, *window)
            }
            Condition::TimeSince(..) | Condition::Before(_) | Condition::From(_) => true,
            Condition::Compare(left, _, right) => self.term_changes(*left) || self.term_changes(*right),
            Condition::In(left, list) => self.term_changes(*left) || list.iter().any(|item| self.term_changes(*item)),
            Condition::Known(term) | Condition::Missing(term) => self.term_changes(*term),
            Condition::Segment(segment) => self.changes(self.program.segments[*segment as usize]),
            Condition::Event(_) | Condition::Text(..) | Condition::Finished(_) | Condition::Clock(_) | Condition::Never => false,
        }
    }

    fn term_changes(&self, term: Id) -> bool {
        match &self.program.terms[term as usize] {
            Term::Aggregate(at) => {
                let aggregate = &self.program.aggregates[*at as usize];
                self.windowed(aggregate.test, aggregate.window)
            }
            Term::Arithmetic(_, left, right) => self.term_changes(*left) || self.term_changes(*right),
            Term::Negate(term) => self.term_changes(*term),
            Term::Constant(_)
            | Term::Wall(_)
            | Term::Attribute(_)
            | Term::Property(_)
            | Term::Entry(_)
            | Term::Latest(..)
            | Term::Score(_)
            | Term::Missing => false,
        }
    }

    /// Whether `next_true` may find something.
    fn ripens(&self, node: Id, wanted: bool) -> bool {
        match &self.program.conditions[node as usize] {
            Condition::All(sides) if wanted && sides.iter().any(|side| self.program.conditions[*side as usize].needs_impulse()) => false,
            Condition::Any(sides) | Condition::All(sides) => sides.iter().any(|side| self.ripens(*side, wanted)),
            Condition::Not(side) => self.ripens(*side, !wanted),
            Condition::Had(test, _) | Condition::Count(test, _, CountBound::AtLeast, _) if wanted => self.filter(*test),
            Condition::No(test, _) | Condition::Count(test, _, CountBound::AtMost, _) if !wanted => self.filter(*test),
            Condition::TimeSince(test, is, _) if goes_up(*is, wanted) == Some(false) => self.filter(*test),
            Condition::Compare(left, is, right) => match self.program.figure(*left, *right) {
                Some(Aggregate { figure, test, .. }) if !self.may_turn(*figure, goes_up(*is, wanted), wanted) => self.filter(*test),
                Some(_) | None => self.changes(node),
            },
            Condition::Segment(segment) => self.ripens(self.program.segments[*segment as usize], wanted),
            Condition::Before(_) => !wanted,
            Condition::From(_) => wanted,
            _ => self.changes(node),
        }
    }

    /// Whether a figure may go that way because events fall out of its window; a sum may, by what was added.
    fn may_turn(&self, figure: AggregateKind, up: Option<bool>, wanted: bool) -> bool {
        up.is_none_or(|up| turns_by_time(figure, up, wanted).unwrap_or(true))
    }
}
