//! Findings with their texts, and places as formats for programs write them.

use super::story::story;
use crate::{
    diag::{Code, Diagnostic, Severity},
    source::{Position, SourceMap, Span},
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A finding, with the texts that it speaks of.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The finding.
    pub finding: &'a Diagnostic,
    /// The texts of its program.
    pub sources: &'a SourceMap,
}

/// A code with the page that explains it.
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// The code.
    pub code: Code,
    /// Its page, Markdown.
    pub page: &'static str,
}

/// A span in words and numbers.
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub start: Position,
    pub end: Position,
}

impl<'a> Located<'a> {
    /// Where a span of the finding lies.
    pub(super) fn place(self, span: Span) -> Place<'a> {
        let file = self.sources.file(span.file);
        let at = |offset| file.lines().position(file.text(), offset);
        Place { file: file.name(), start: at(span.start), end: at(span.end) }
    }

    /// Where the finding lies.
    pub(super) fn main_place(self) -> Place<'a> {
        self.place(self.finding.primary.span)
    }

    /// Message, notes, story and help as lines of plain text, without a final newline.
    pub(super) fn in_words(self) -> String {
        let finding = self.finding;
        let mut lines = vec![finding.message.clone()];
        lines.extend(finding.notes.iter().cloned());
        lines.extend(finding.story.iter().flat_map(|it| story(it, self.sources)));
        let offered = || finding.fix.as_ref().map(|fix| fix.title.clone());
        lines.extend(finding.help.clone().or_else(offered).map(|help| format!("help: {help}")));
        lines.join("\n")
    }

    /// [`Self::in_words`] for logs that people read: without marks that disturb a terminal, and not too long.
    pub(super) fn in_harmless_words(self) -> String {
        self.in_words().lines().map(super::plain).collect::<Vec<_>>().join("\n")
    }
}

/// `2026-03-02T09:00:00Z`; the number itself where no calendar has that day.
pub(super) fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |time| time.to_string())
}

/// A name for each finding that stays when lines move: from its code, file, message and the line it stands in. Findings
/// that agree in all of these are counted.
pub(super) fn fingerprints(found: &[Located<'_>]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    found
        .iter()
        .map(|located| {
            let place = located.main_place();
            let file = located.sources.file(located.finding.primary.span.file);
            let from = file.lines().start_of(place.start.line as usize - 1).unwrap_or(0) as usize;
            let line = file.text().get(from..).and_then(|rest| rest.lines().next()).unwrap_or("").trim();
            let parts = [located.finding.code.id, place.file, &located.finding.message, line];
            let plain = digest(&parts);
            let earlier = seen.entry(plain.clone()).or_default();
            *earlier += 1;
            if *earlier == 1 { plain } else { digest(&[&plain, &earlier.to_string()]) }
        })
        .collect()
}

/// The first 128 bits of SHA-256 over the parts, in hex.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// How many of each gravity: errors, warnings, information.
pub(super) fn tally(found: &[Located<'_>]) -> [usize; 3] {
    let count = |severity| found.iter().filter(|located| located.finding.severity == severity).count();
    [count(Severity::Error), count(Severity::Warning), count(Severity::Information)]
}
