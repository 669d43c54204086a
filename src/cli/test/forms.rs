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
    let tests: Vec<&[(&Verdict, &SourceMap)]> =
        verdicts.chunk_by(|(one, a), (other, b)| one.repetition.is_some() && one.span == other.span && std::ptr::eq(*a, *b)).collect();
    for test in &tests {
        let all_pass = test.iter().all(|(verdict, _)| verdict.passes());
        for (n, (verdict, sources)) in test.iter().enumerate() {
            let (mark, code) = if verdict.passes() { ("✓", "32") } else { ("✗", "31") };
            let how = match &verdict.repetition {
                // Of a test that passes everywhere one line is enough.
                Some(_) if all_pass && n > 0 => continue,
                Some(_) if all_pass => repetitions(test),
                Some(label) => format!("  [{label}]"),
                None => String::new(),
            };
            writeln!(text, "{} {}  ({}){how}", paint(code, mark), verdict.name, place(verdict, sources))
                .expect("a String takes everything");
            if !verdict.passes() {
                writeln!(text, "{}", scenario::page(verdict, sources)).expect("a String takes everything");
            }
        }
    }
    writeln!(text, "{}", summary(verdicts, tests.len())).expect("a String takes everything");
    text
}

/// How often a test was repeated: `in 10 zones, 12 times over a change of the clock`.
fn repetitions(test: &[(&Verdict, &SourceMap)]) -> String {
    let over = test.iter().filter(|(verdict, _)| verdict.repetition.as_ref().is_some_and(|label| label.contains(", over "))).count();
    let zones = test.len() - over;
    let zones = if zones == 1 { "1 zone".to_owned() } else { format!("{zones} zones") };
    let over = match over {
        0 => String::new(),
        1 => ", once over a change of the clock".to_owned(),
        n => format!(", {n} times over a change of the clock"),
    };
    format!("  in {zones}{over}")
}

fn summary(verdicts: &[(&Verdict, &SourceMap)], tests: usize) -> String {
    let failed = verdicts.iter().filter(|(verdict, _)| !verdict.passes()).count();
    let plural = |n: usize| if n == 1 { "1 test".to_owned() } else { format!("{n} tests") };
    let passed = verdicts.len() - failed;
    if verdicts.iter().any(|(verdict, _)| verdict.repetition.is_some()) {
        let repetitions = format!("{}, played {} times", plural(tests), verdicts.len());
        return if failed == 0 {
            format!("{repetitions}, all as expected")
        } else {
            format!("{repetitions}, {failed} times not as expected")
        };
    }
    match (passed, failed) {
        (0, 0) => "there is no test here: a test begins with `test \"what it shows\" for a_funnel {`".to_owned(),
        (_, 0) => format!("{}, all as expected", plural(passed)),
        (0, 1) => "1 test, not as expected".to_owned(),
        (0, _) => format!("{}, none as expected", plural(failed)),
        (_, 1) => format!("{}, 1 of them not as expected", plural(verdicts.len())),
        (_, _) => format!("{}, {failed} of them not as expected", plural(verdicts.len())),
    }
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
            "repetition": verdict.repetition,
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
            xml_text(&verdict.repetition.as_ref().map_or_else(|| verdict.name.clone(), |label| format!("{} [{label}]", verdict.name)))
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
