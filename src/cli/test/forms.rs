//! What came of tests, for people and for programs.

use crate::{
    diag::render::xml_text,
    scenario::{
        self, Told, Verdict,
        coverage::{Coverage, CoverageReport},
    },
    source::SourceMap,
};
use serde_json::json;
use std::fmt::Write as _;

/// `tests/cart.funnel:12`
fn place(verdict: &Verdict, sources: &SourceMap) -> String {
    format!("{}:{}", sources.file(verdict.span.file).name(), sources.position(verdict.span).line)
}

pub(super) fn human(verdicts: &[(&Verdict, &SourceMap)], colour: bool) -> String {
    let paint = |code: &str, text: &str| if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut text = String::new();
    for (verdict, sources) in verdicts {
        let (mark, code) = if verdict.passes() { ("✓", "32") } else { ("✗", "31") };
        writeln!(text, "{} {}  ({})", paint(code, mark), verdict.name, place(verdict, sources)).expect("a String takes everything");
        if !verdict.passes() {
            writeln!(text, "{}", scenario::page(verdict, sources)).expect("a String takes everything");
        }
    }
    let failed = verdicts.iter().filter(|(verdict, _)| !verdict.passes()).count();
    let plural = |n: usize| if n == 1 { "1 test".to_owned() } else { format!("{n} tests") };
    let passed = verdicts.len() - failed;
    let summary = match (passed, failed) {
        (0, 0) => "there is no test here: a test begins with `test \"what it shows\" for a_funnel {`".to_owned(),
        (_, 0) => format!("{}, all as expected", plural(passed)),
        (0, 1) => "1 test, not as expected".to_owned(),
        (0, _) => format!("{}, none as expected", plural(failed)),
        (_, 1) => format!("{}, 1 of them not as expected", plural(verdicts.len())),
        (_, _) => format!("{}, {failed} of them not as expected", plural(verdicts.len())),
    };
    writeln!(text, "{summary}").expect("a String takes everything");
    text
}

pub(super) fn json_text(verdicts: &[(&Verdict, &SourceMap)], coverage: Option<&Coverage>) -> String {
    let instant = |at_ms: i64| crate::runtime::rfc3339(at_ms);
    let tests = verdicts.iter().map(|(verdict, sources)| {
        let line = |span| sources.position(span).line;
        let faults = verdict.faults.iter().map(|fault| json!({ "line": line(fault.span), "message": fault.words, "help": fault.help }));
        let rows = verdict.rows.iter().map(|row| match &row.what {
            Told::Happening(words) => json!({ "time": instant(row.at_ms), "what": "event", "text": words }),
            Told::Deed(words) => json!({ "time": instant(row.at_ms), "what": "outcome", "text": words }),
            Told::Expected { words, span, holds } => {
                json!({ "time": instant(row.at_ms), "what": "expected", "text": words, "line": line(*span), "holds": holds })
            }
        });
        json!({
            "name": verdict.name,
            "funnel": verdict.funnel,
            "file": sources.file(verdict.span.file).name(),
            "line": line(verdict.span),
            "passes": verdict.passes(),
            "about": verdict.who,
            "faults": faults.collect::<Vec<_>>(),
            "timeline": rows.collect::<Vec<_>>(),
        })
    });
    let mut document = json!({ "format": "funnelc tests", "version": 1, "tests": tests.collect::<Vec<_>>() });
    if let (Some(coverage), Some(fields)) = (coverage, document.as_object_mut()) {
        let report = serde_json::to_value(CoverageReport::new(coverage)).expect("a report is plain JSON");
        fields.insert("coverage".to_owned(), report);
    }
    serde_json::to_string_pretty(&document).expect("plain data with text keys is always JSON") + "\n"
}

pub(super) fn junit(verdicts: &[(&Verdict, &SourceMap)]) -> String {
    let failed = verdicts.iter().filter(|(verdict, _)| !verdict.passes()).count();
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\"", verdicts.len());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"funnelc test\" {counts}>\n  <testsuite name=\"funnelc test\" {counts} skipped=\"0\">\n"
    );
    for (verdict, sources) in verdicts {
        let file = xml_text(sources.file(verdict.span.file).name());
        let line = sources.position(verdict.span).line;
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{file}\" line=\"{line}\"",
            xml_text(&verdict.funnel),
            xml_text(&verdict.name)
        );
        text.push_str(&head);
        match verdict.faults.first() {
            None => text.push_str("/>\n"),
            Some(first) => {
                let (message, page) = (xml_text(&first.words), xml_text(&scenario::page(verdict, sources)));
                write!(text, ">\n      <failure message=\"{message}\">{page}</failure>\n    </testcase>\n")
                    .expect("a String takes everything");
            }
        }
    }
    text + "  </testsuite>\n</testsuites>\n"
}
