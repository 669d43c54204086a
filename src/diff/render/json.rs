//! A report for programs.

use super::Frame;
use crate::diff::{Change, Report, Verdict, Who};
use serde_json::{Map, Value, json};

/// The version of this form.
const VERSION: u32 = 1;

/// The report as one JSON document, with a final newline.
#[must_use]
pub fn json(report: &Report, frame: &Frame<'_>) -> String {
    let summary: Map<String, Value> =
        Verdict::ALL.iter().map(|verdict| (verdict.word().to_owned(), json!(report.with(*verdict).count()))).collect();
    let mut document = Map::new();
    document.insert("format".to_owned(), json!("funnelc diff"));
    document.insert("version".to_owned(), json!(VERSION));
    document.insert("funnelc".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    document.insert("summary".to_owned(), Value::Object(summary));
    document.insert("changes".to_owned(), report.changes.iter().map(|change| one(change, frame)).collect());
    #[cfg(feature = "runtime")]
    if let Some(played) = frame.played {
        document.insert("log".to_owned(), played.to_json());
    }
    serde_json::to_string_pretty(&document).expect("plain data with text keys is always JSON") + "\n"
}

fn one(change: &Change, frame: &Frame<'_>) -> Value {
    let people = change.people.iter().map(|fate| {
        let (kind, id) = match &fate.who {
            Who::Inside(id) => ("inside", Some(id)),
            Who::Waiting(id) => ("waiting", Some(id)),
            Who::Nurtured(id) => ("nurtured", Some(id)),
            Who::Others => ("others", None),
        };
        json!({ "who": kind, "id": id, "text": fate.words, "count": fate.count })
    });
    let examples = change.examples.iter().map(|it| json!({ "who": it.who, "before": it.before, "now": it.now }));
    let at = frame.at(change);
    json!({
        "verdict": change.verdict.word(),
        "code": change.code.map(|code| code.id),
        "message": change.message,
        "funnel": change.place.funnel,
        "stage": change.place.stage,
        "nurture": change.place.nurture,
        "id": change.place.id,
        "file": at.as_ref().map(|at| at.file.as_str()),
        "line": at.as_ref().map(|at| at.line),
        "before": change.before,
        "now": change.now,
        "relation": change.relation.map(|relation| relation.word()),
        "people": people.collect::<Vec<_>>(),
        "examples": examples.collect::<Vec<_>>(),
        "help": change.help,
    })
}
