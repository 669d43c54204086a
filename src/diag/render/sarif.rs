//! Findings as SARIF 2.1.0, the format that code scanning of GitHub, Azure and many editors reads.
//!
//! Invariants: only the rules that occur are described, by code; the same findings give the same bytes.
//! Deliberately absent: absolute paths and times, which would differ from one machine to the next.

use super::place::{Explained, Located, fingerprints, time};
use crate::{
    diag::{Fix, Severity, Story},
    source::Span,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the schema is published.
const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";

/// All findings as one SARIF log, with a final newline. `explained` says what is known of codes.
#[must_use]
pub fn sarif(found: &[Located<'_>], explained: &[Explained]) -> String {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for located in found {
        let code = located.finding.code;
        let page = explained.iter().find(|it| it.code == code).map(|it| it.page);
        rules.entry(code.id).or_insert_with(|| rule(code, page));
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> =
        found.iter().zip(fingerprints(found)).map(|(located, fingerprint)| result(*located, &fingerprint, &ids)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "funnelc",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.into_values().collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    super::pretty(&log)
}

fn rule(code: crate::diag::Code, page: Option<&str>) -> Value {
    let mut rule = json!({
        "id": code.id,
        "shortDescription": { "text": code.title },
        "defaultConfiguration": { "level": level(code.severity) },
    });
    if let Some(page) = page {
        let problem: Vec<&str> = page.lines().skip(1).take_while(|line| !line.starts_with("## ")).collect();
        rule["fullDescription"] = json!({ "text": problem.join(" ").trim() });
        rule["help"] = json!({ "text": page, "markdown": page });
    }
    rule
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "note",
    }
}

fn result(located: Located<'_>, fingerprint: &str, ids: &[&str]) -> Value {
    let finding = located.finding;
    let main = &finding.primary;
    let mut result = json!({
        "ruleId": finding.code.id,
        "ruleIndex": ids.binary_search(&finding.code.id).unwrap_or(0),
        "level": level(finding.severity),
        "message": { "text": located.in_words() },
        "locations": [location(located, main.span, &main.text)],
        "partialFingerprints": { "funnelcFinding/v1": fingerprint },
    });
    if !finding.labels.is_empty() {
        let places = finding.labels.iter().zip(1..).map(|(label, id)| {
            let mut place = location(located, label.span, &label.text);
            place["id"] = json!(id);
            place
        });
        result["relatedLocations"] = places.collect();
    }
    if let Some(story) = &finding.story {
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": moments(located, story) }] }]);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([mending(located, fix)]);
    }
    result
}

/// The story, a step for each moment.
fn moments(located: Located<'_>, story: &Story) -> Vec<Value> {
    let step = |moment: &crate::diag::Moment| {
        let text = format!("{}  {}", time(moment.at_ms), moment.text);
        let place = moment.span.map_or_else(|| json!({ "message": { "text": text } }), |span| location(located, span, &text));
        json!({ "location": place })
    };
    story.moments.iter().map(step).collect()
}

fn location(located: Located<'_>, span: Span, text: &str) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(located.place(span).file) },
            "region": region(located, span),
        },
    });
    if !text.is_empty() {
        location["message"] = json!({ "text": text });
    }
    location
}

fn region(located: Located<'_>, span: Span) -> Value {
    let place = located.place(span);
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

/// The change, with the replacements of each file together.
fn mending(located: Located<'_>, fix: &Fix) -> Value {
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let replacement = json!({ "deletedRegion": region(located, edit.span), "insertedContent": { "text": edit.text } });
        files.entry(located.place(edit.span).file).or_default().push(replacement);
    }
    let changes = files.into_iter().map(|(file, all)| json!({ "artifactLocation": { "uri": uri(file) }, "replacements": all }));
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

/// A path as a URI reference: relative ones stay relative to the folder that funnelc was called in.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    let is_drive = path.get(1..3) == Some(":/") && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    match path.as_bytes().first() {
        Some(b'/') => format!("file://{text}"),
        Some(_) if is_drive => format!("file:///{}", text.replacen("%3A", ":", 1)),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("shop/größe 1.funnel"), "shop/gr%C3%B6%C3%9Fe%201.funnel");
        assert_eq!(uri("/a/b.funnel"), "file:///a/b.funnel");
        assert_eq!(uri("C:/a.funnel"), "file:///C:/a.funnel");
        assert_eq!(uri("a:b.funnel"), "a%3Ab.funnel");
    }
}
