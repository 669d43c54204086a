//! Findings as a code quality report of GitLab.

use super::place::{Located, fingerprints};
use crate::diag::Severity;
use serde::Serialize;

/// One entry of the report.
#[derive(Serialize)]
struct Entry<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// All findings as one JSON list, with a final newline.
#[must_use]
pub fn gitlab(found: &[Located<'_>]) -> String {
    let entries: Vec<Entry<'_>> =
        found.iter().zip(fingerprints(found)).map(|(located, fingerprint)| entry(*located, fingerprint)).collect();
    super::pretty(&entries)
}

fn entry(located: Located<'_>, fingerprint: String) -> Entry<'_> {
    let finding = located.finding;
    let place = located.main_place();
    Entry {
        description: format!("{}: {}", finding.code.id, finding.message),
        check_name: finding.code.id,
        fingerprint,
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Information => "info",
        },
        location: Location { path: place.file, lines: Lines { begin: place.start.line, end: place.end.line } },
    }
}
