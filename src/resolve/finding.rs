//! Small helpers to write findings.

use crate::{
    diag::{Diagnostic, Edit, Fix},
    source::Span,
};

/// Additions to [`Diagnostic`] that this layer needs.
pub(super) trait DiagnosticExt: Sized {
    /// Offers a change that somebody should look at before it is made.
    fn offer(self, span: Span, text: impl Into<String>, title: impl Into<String>) -> Self;
    /// Offers several changes that belong together; not safe without a look.
    fn offer_all(self, edits: Vec<Edit>, title: impl Into<String>) -> Self;
    /// Offers a text to be put in at a place; not safe without a look.
    fn insert(self, before: Span, text: impl Into<String>, title: impl Into<String>) -> Self;
}

impl DiagnosticExt for Diagnostic {
    fn offer(self, span: Span, text: impl Into<String>, title: impl Into<String>) -> Self {
        self.offer_all(vec![Edit { span, text: text.into() }], title)
    }

    fn offer_all(mut self, edits: Vec<Edit>, title: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), edits, safe: false });
        self
    }

    fn insert(self, before: Span, text: impl Into<String>, title: impl Into<String>) -> Self {
        self.offer(Span::empty(before.file, before.start), text, title)
    }
}

/// `a`, `a and b`, `a, b and c`, each in backticks.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>, join: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {join} {last}", rest.join(", ")),
    }
}
