//! A report for programs. The shape has a version; fields stand in the order in which people would read them.

use super::Frame;
use crate::diff::{Change, Example, Report, Verdict, Who};
use serde::Serialize;

/// The version of this form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    format: &'static str,
    version: u32,
    funnelc: &'static str,
    summary: Summary,
    changes: Vec<Entry<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Summary {
    breaking: usize,
    behavioural: usize,
    safe: usize,
}

#[derive(Serialize)]
struct Entry<'r> {
    verdict: &'static str,
    code: Option<&'static str>,
    message: &'r str,
    funnel: Option<&'r str>,
    stage: Option<&'r str>,
    nurture: Option<&'r str>,
    /// What is spoken of, by its identity in the newer rules.
    id: Option<&'r str>,
    file: Option<String>,
    line: Option<u32>,
    before: Option<&'r str>,
    now: Option<&'r str>,
    relation: Option<&'static str>,
    people: Vec<People<'r>>,
    examples: Vec<Somebody<'r>>,
    help: Option<&'r str>,
}

#[derive(Serialize)]
struct People<'r> {
    who: &'static str,
    /// Where they are, by its identity in the older rules.
    id: Option<&'r str>,
    text: &'r str,
    count: Option<usize>,
}

#[derive(Serialize)]
struct Somebody<'r> {
    who: &'r str,
    before: &'r str,
    now: &'r str,
}

/// The report as one JSON document, with a final newline.
#[must_use]
pub fn json(report: &Report, frame: &Frame<'_>) -> String {
    let count = |verdict| report.with(verdict).count();
    let document = Document {
        format: "funnelc diff",
        version: VERSION,
        funnelc: env!("CARGO_PKG_VERSION"),
        summary: Summary { breaking: count(Verdict::Breaking), behavioural: count(Verdict::Behavioural), safe: count(Verdict::Safe) },
        changes: report.changes.iter().map(|change| entry(change, frame)).collect(),
        log: log(frame),
    };
    serde_json::to_string_pretty(&document).expect("plain data with text keys is always JSON") + "\n"
}

#[cfg(feature = "runtime")]
fn log(frame: &Frame<'_>) -> Option<serde_json::Value> {
    frame.played.map(crate::diff::Played::to_json)
}

#[cfg(not(feature = "runtime"))]
fn log(_: &Frame<'_>) -> Option<serde_json::Value> {
    None
}

fn entry<'r>(change: &'r Change, frame: &Frame<'_>) -> Entry<'r> {
    let at = frame.at(change);
    let people = change.people.iter().map(|fate| {
        let (who, id) = match &fate.who {
            Who::Inside(id) => ("inside", Some(id.as_str())),
            Who::Waiting(id) => ("waiting", Some(id.as_str())),
            Who::Nurtured(id) => ("nurtured", Some(id.as_str())),
            Who::Others => ("others", None),
        };
        People { who, id, text: &fate.words, count: fate.count }
    });
    Entry {
        verdict: change.verdict.word(),
        code: change.code.map(|code| code.id),
        message: &change.message,
        funnel: change.place.funnel.as_deref(),
        stage: change.place.stage.as_deref(),
        nurture: change.place.nurture.as_deref(),
        id: change.place.id.as_deref(),
        line: at.as_ref().map(|at| at.line),
        file: at.map(|at| at.file),
        before: change.before.as_deref(),
        now: change.now.as_deref(),
        relation: change.relation.map(|relation| relation.word()),
        people: people.collect(),
        examples: change.examples.iter().map(somebody).collect(),
        help: change.help.as_deref(),
    }
}

fn somebody(example: &Example) -> Somebody<'_> {
    Somebody { who: &example.who, before: &example.before, now: &example.now }
}
