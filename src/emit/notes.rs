//! What the checker found, brought to the stages it is about.

use crate::{
    diag::{Diagnostic, Diagnostics, Severity},
    model::Model,
    picture::notes::{Ghost, Notes, Remark},
    source::SourceMap,
};

/// Lays findings over the stages they are about; information is left out.
#[must_use]
pub fn notes(model: &Model, findings: &Diagnostics, sources: &SourceMap) -> Notes {
    let mut notes = Notes::default();
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Information) {
        let Some(id) = stage_of(model, finding) else { continue };
        if is_unknown_source(finding, sources) {
            notes.ghosts.push(Ghost { name: sources.slice(finding.primary.span).to_owned(), stage: id.clone() });
        }
        let text = format!("{} {}", finding.code.id, finding.code.title);
        let remarks = notes.remarks.entry(id).or_default();
        if !remarks.iter().any(|remark| remark.text == text) {
            remarks.push(Remark { severity: finding.severity, text });
        }
    }
    notes
}

/// Whether a door names a stage that is none.
fn is_unknown_source(finding: &Diagnostic, sources: &SourceMap) -> bool {
    let span = finding.primary.span;
    let text = sources.file(span.file).text();
    let before = text.get(..span.range().start).and_then(|text| text.lines().next_back()).unwrap_or("");
    let clause = before.rfind("enter from ").and_then(|at| before.get(at..));
    finding.code.id == "F101" && clause.is_some_and(|clause| [" when ", " after ", "}"].iter().all(|word| !clause.contains(word)))
}

/// The id of the stage that a finding is about.
fn stage_of(model: &Model, finding: &Diagnostic) -> Option<String> {
    let stage = model.stages.values().find(|stage| stage.span.contains(finding.primary.span))?;
    Some(format!("{}/{}", model.funnels[stage.funnel].name.text, stage.name.text))
}
