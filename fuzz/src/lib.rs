//! What has to hold of every text, whatever stands in it.

pub mod funnels;

use funnelc::{
    diag::render,
    emit, fmt, lower,
    parse::parse,
    source::FileId,
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};

/// Texts beyond this length only make the fuzzer slow; the limits have tests of their own.
const BYTES_MAX: usize = 64 * 1024;

/// The parser never fails, its findings lie inside the text, and a whole text prints to one that parses to the same.
pub fn parses(text: &str) {
    if text.len() > BYTES_MAX {
        return;
    }
    let parsed = parse(FileId::new(0), text);
    for finding in parsed.diagnostics.iter() {
        assert_ne!(finding.code.id, "F999", "an error of our own: {}", finding.message);
        let labels = finding.labels.iter().map(|label| label.span).chain([finding.primary.span]);
        let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in labels.chain(edits) {
            assert!(text.get(span.range()).is_some(), "{span:?} lies outside: {}", finding.message);
        }
    }
    let printed = fmt::print(&parsed.file);
    if parsed.diagnostics.is_empty() {
        let again = parse(FileId::new(0), &printed);
        assert!(again.diagnostics.is_empty(), "findings in printed text:\n{printed}\n{:#?}", again.diagnostics);
        assert_eq!(fmt::print(&again.file), printed, "printing twice differs");
    }
}

fn analysis(text: &str) -> Analysis {
    let loader = MemoryLoader::new([("fuzz.funnel", text)]);
    analyse(Loaded::read(&loader, &["fuzz.funnel".to_owned()]).expect("the text is in memory"))
}

/// The whole front end never fails and says the same twice; findings can be shown; a whole program can be lowered, and
/// its rule set written and drawn.
pub fn analyses(text: &str) {
    if text.len() > BYTES_MAX {
        return;
    }
    let first = analysis(text);
    let mut said = String::new();
    for finding in first.diagnostics.iter() {
        assert_ne!(finding.code.id, "F999", "an error of our own: {}", finding.message);
        assert!(text.get(finding.primary.span.range()).is_some(), "{:?} lies outside: {}", finding.primary.span, finding.message);
        said.push_str(&render::human(finding, &first.sources, render::Style::default()));
    }
    let second = analysis(text);
    let again: String =
        second.diagnostics.iter().map(|finding| render::human(finding, &second.sources, render::Style::default())).collect();
    assert_eq!(said, again, "two runs over one text differ");
    if let Some(checked) = first.checked() {
        let rules = lower::lower(&checked, &first.sources);
        for backend in emit::BACKENDS {
            let written = backend.emit(&rules);
            assert!(written.ends_with('\n'), "{} ends its text", backend.name());
        }
    }
}
