//! Coverage as a file: what `funnelc graph --coverage` reads.
//!
//! Its own structs and a version of its own, so that a picture drawn later can read it.

use super::{Coverage, Kind};
use serde::{Deserialize, Serialize};

/// The word at the head of every report.
const FORMAT: &str = "funnelc coverage";

/// The version that is written and read.
const VERSION: u32 = 1;

/// What tests reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageReport {
    format: String,
    version: u32,
    /// How many tests were played.
    pub tests: u64,
    /// The parts, in the order of their places.
    pub parts: Vec<PartReport>,
}

/// A part of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartReport {
    /// `stage`, `door`, `way out`, `nurture`, `step`, `arm`, `message`.
    pub kind: String,
    /// The funnel it is in; none for messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funnel: Option<String>,
    /// Its identity in the rule set: of an arm, that of its step; of a message, its name.
    pub id: String,
    /// Of an arm, the how-manieth it is, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<usize>,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// How often tests came by it.
    pub times: u64,
    /// What is said where none did, unless that follows from another part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreached: Option<String>,
}

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum CoverageReportError {
    /// It is something else.
    #[error("is no report of `funnelc test --report`: {0}")]
    Other(String),
    /// It comes from another version.
    #[error("is a coverage report of version {0}, and this program reads version {VERSION}")]
    Version(u32),
}

impl CoverageReport {
    /// The report of a coverage.
    #[must_use]
    pub fn new(coverage: &Coverage) -> Self {
        let told = coverage.unreached();
        let parts = coverage.parts().map(|part| PartReport {
            kind: part.kind.words().0.to_owned(),
            funnel: part.funnel.clone(),
            id: part.id.clone(),
            arm: part.arm,
            file: part.place.file.clone(),
            line: part.place.line,
            times: part.times,
            unreached: told.iter().any(|other| **other == *part).then(|| part.unreached.clone()),
        });
        Self { format: FORMAT.to_owned(), version: VERSION, tests: coverage.tests(), parts: parts.collect() }
    }

    /// The parts of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &PartReport> {
        self.parts.iter().filter(move |part| part.kind == kind.words().0)
    }

    /// It as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is plain JSON");
        text.push('\n');
        text
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`CoverageReportError`]: a text that is none, or that another version wrote.
    pub fn read(text: &str) -> Result<Self, CoverageReportError> {
        let report: Self = serde_json::from_str(text).map_err(|error| CoverageReportError::Other(error.to_string()))?;
        match (report.format.as_str(), report.version) {
            (FORMAT, VERSION) => Ok(report),
            (FORMAT, version) => Err(CoverageReportError::Version(version)),
            (other, _) => Err(CoverageReportError::Other(format!("its format is `{other}`"))),
        }
    }
}
