//! Instants and clock triggers.

use super::{F201, Resolver, scope::Scope, types::in_words};
use crate::{
    ast::{self, InstantBase, InstantExpr},
    diag::Diagnostic,
    model::{Instant, Literal, Offset, Schedule, Term, Type},
};

use super::value::constant;

impl Resolver<'_> {
    /// `2 days before entry.starts_at at 09:00`
    pub(super) fn instant(&mut self, tree: &InstantExpr, scope: Scope<'_>) -> Instant {
        let base = match &tree.base {
            InstantBase::Date(date) => constant(date.span, Literal::Date(date.it), Type::Date),
            InstantBase::Time(time) => constant(time.span, Literal::Time(time.it), Type::Time),
            InstantBase::Value(value) => {
                let term = self.value(value, scope, Some(&Type::Time));
                self.must_be(term, &[Type::Date, Type::Time], "a moment", "name an attribute or property that is a date or a time")
            }
        };
        let offset = tree.offset.map(|offset| Offset { by_ms: self.milliseconds(&offset.by), side: offset.side });
        Instant { span: tree.span, base, offset, at: tree.at.map(|at| at.it) }
    }

    /// The days of a clock trigger.
    pub(super) fn schedule(&mut self, tree: &ast::Schedule, scope: Scope<'_>) -> Schedule {
        match tree {
            ast::Schedule::Day => Schedule::Day,
            ast::Schedule::Week(day) => Schedule::Week(day.it),
            ast::Schedule::Month(day) => Schedule::Month(day.it),
            ast::Schedule::Year(value) => {
                let term = self.value(value, scope, Some(&Type::Date));
                Schedule::Year(self.must_be(term, &[Type::Date], "a day of the year", "name an attribute or property that is a date"))
            }
        }
    }

    fn must_be(&mut self, term: Term, wanted: &[Type], what: &str, help: &str) -> Term {
        if term.ty == Type::Unknown || wanted.contains(&term.ty) {
            return term;
        }
        self.report(
            Diagnostic::new(F201, term.span, format!("{what} cannot be told from {}", in_words(&term.ty)))
                .at(format!("this is {}", in_words(&term.ty)))
                .help(help),
        );
        super::types::broken(term.span)
    }
}
