//! Clauses that may stand once.

use super::{F003, Resolver};
use crate::{diag::Diagnostic, source::Span};

/// A clause that may stand once: what it said first, and where.
#[derive(Debug)]
pub(super) struct Once<T> {
    first: Option<(T, Span)>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { first: None }
    }
}

impl<T> Once<T> {
    /// What it said.
    pub(super) fn take(self) -> Option<T> {
        self.first.map(|(it, _)| it)
    }

    /// Whether it was said.
    pub(super) fn is_some(&self) -> bool {
        self.first.is_some()
    }
}

impl Resolver<'_> {
    /// Keeps the first `value` of a clause, and reports a second one. `clause` is its words.
    pub(super) fn once<T>(&mut self, slot: &mut Once<T>, value: T, span: Span, clause: &str, inside: &str) {
        match &slot.first {
            None => slot.first = Some((value, span)),
            Some((_, first)) => {
                let first = *first;
                self.twice(clause, span, first, inside);
            }
        }
    }

    /// Reports a clause given twice.
    pub(super) fn twice(&mut self, clause: &str, span: Span, first: Span, inside: &str) {
        self.report(
            Diagnostic::new(F003, span, format!("{clause} is said twice {inside}, and only one of them can hold"))
                .at("said again here")
                .label(first, "said first here")
                .help("keep one of the two"),
        );
    }
}
