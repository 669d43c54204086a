//! One line a finding, for editors and `grep`; and the closing count.

use super::plain;
use crate::{
    diag::{Diagnostic, Diagnostics, Severity},
    source::SourceMap,
};

/// `file:line:column: error F101: message`, with a final newline.
#[must_use]
pub fn short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.primary.span;
    let position = sources.position(span);
    let name = sources.file(span.file).name();
    let (severity, code) = (diagnostic.severity.word(), diagnostic.code.id);
    format!("{name}:{}:{}: {severity} {code}: {}\n", position.line, position.column, plain(&diagnostic.message))
}

/// "2 errors and 1 warning"; `None` where there is neither.
#[must_use]
pub fn tally(diagnostics: &Diagnostics) -> Option<String> {
    let part = |severity, word: &str| match diagnostics.count(severity) {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    match (part(Severity::Error, "error"), part(Severity::Warning, "warning")) {
        (Some(errors), Some(warnings)) => Some(format!("{errors} and {warnings}")),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}
