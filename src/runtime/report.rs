//! The report of a run, as a file: who came where, and from where to where.
//!
//! Its own structs and a version of its own, so that a picture drawn later can read it.

use super::summary::Summary;
use serde::{Deserialize, Serialize};

/// The word at the head of every report.
const FORMAT: &str = "funnelc report";

/// The version that is written and read.
const VERSION: u32 = 1;

/// The report of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    format: String,
    version: u32,
    /// The instant up to which it ran; nothing where there was no record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Contacts for whom something happened.
    pub contacts: u64,
    /// The funnels, in declaration order.
    pub funnels: Vec<FunnelReport>,
}

/// What became of a funnel's runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelReport {
    /// Its name.
    pub name: String,
    /// How many runs began.
    pub runs: u64,
    /// Of how many contacts.
    pub contacts: u64,
    /// Its stages, in declaration order.
    pub stages: Vec<StageReport>,
    /// How often a run went from one stage to another.
    pub moves: Vec<MoveReport>,
}

/// What happened in a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageReport {
    /// Its name.
    pub name: String,
    /// Runs that came here at least once.
    pub runs: u64,
    /// Visits that began.
    pub entered: u64,
    /// Who is here at the end.
    pub now_in: u64,
    /// Visits that ended.
    pub left: u64,
    /// The median length of the visits that ended, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_ms: Option<i64>,
}

/// How often a run went from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveReport {
    /// From this stage.
    pub from: String,
    /// To this one.
    pub to: String,
    /// So often.
    pub times: u64,
}

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is something else.
    #[error("is no report of a run: {0}")]
    Other(String),
    /// It comes from another version.
    #[error("is a report of version {0}, and this program reads version {VERSION}")]
    Version(u32),
}

impl Report {
    /// The report of a run that ended at an instant.
    #[must_use]
    pub fn new(summary: &Summary, until: Option<String>) -> Self {
        let funnels = summary.funnels.iter().map(|funnel| {
            let name = |n: usize| funnel.stages.get(n).map_or_else(String::new, |stage| stage.name.clone());
            FunnelReport {
                name: funnel.name.clone(),
                runs: funnel.runs,
                contacts: funnel.contacts,
                stages: (funnel.stages.iter())
                    .map(|stage| StageReport {
                        name: stage.name.clone(),
                        runs: stage.runs,
                        entered: stage.entered,
                        now_in: stage.now_in,
                        left: stage.left,
                        median_ms: stage.median_ms,
                    })
                    .collect(),
                moves: funnel
                    .moves
                    .iter()
                    .map(|((from, to), times)| MoveReport { from: name(*from), to: name(*to), times: *times })
                    .collect(),
            }
        });
        Self { format: FORMAT.to_owned(), version: VERSION, until, contacts: summary.contacts, funnels: funnels.collect() }
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
    /// [`ReportError`]: a text that is none, or that another version wrote.
    pub fn read(text: &str) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_str(text).map_err(|error| ReportError::Other(error.to_string()))?;
        match (report.format.as_str(), report.version) {
            (FORMAT, VERSION) => Ok(report),
            (FORMAT, version) => Err(ReportError::Version(version)),
            (other, _) => Err(ReportError::Other(format!("its format is `{other}`"))),
        }
    }
}
