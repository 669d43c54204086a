//! What the checker found, brought to the stages it is about.

use crate::{
    diag::{Diagnostic, Diagnostics, Severity},
    model::Model,
    picture::notes::{Ghost, Notes, Remark},
    source::SourceMap,
};

/// The code of a stage that nobody can come to: it stands beside the main way, as a warning would, for nobody is harmed there.
const UNREACHABLE: &str = "F301";

/// Lays findings over the funnels and stages they are about; information is left out.
#[must_use]
pub fn notes(model: &Model, findings: &Diagnostics, sources: &SourceMap) -> Notes {
    let mut notes = Notes::default();
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Information) {
        let Some(funnel) = funnel_of(model, finding) else { continue };
        let found = notes.funnels.entry(funnel).or_default();
        match finding.severity {
            Severity::Error => found.errors += 1,
            Severity::Warning | Severity::Information => found.warnings += 1,
        }
        let Some(id) = stage_of(model, finding) else {
            remark(&mut found.remarks, finding.severity, finding);
            continue;
        };
        let mut severity = finding.severity;
        if is_unknown_source(finding, sources) {
            notes.ghosts.push(Ghost { name: sources.slice(finding.primary.span).to_owned(), stage: id.clone() });
        }
        if finding.code.id == UNREACHABLE {
            notes.unreachable.insert(id.clone());
            severity = Severity::Warning;
        }
        remark(notes.remarks.entry(id).or_default(), severity, finding);
    }
    notes
}

/// Adds a remark, or one more to those that say the same.
fn remark(remarks: &mut Vec<Remark>, severity: Severity, finding: &Diagnostic) {
    let text = format!("{} {}", finding.code.id, finding.code.title);
    match remarks.iter_mut().find(|remark| remark.text == text) {
        Some(remark) => {
            remark.times += 1;
            remark.severity = remark.severity.min(severity);
        }
        None => {
            let says = format!("{} {}", finding.code.id, finding.message.replace('`', ""));
            remarks.push(Remark { severity, text, says, times: 1 });
        }
    }
}

/// Whether a door names a stage that is none.
fn is_unknown_source(finding: &Diagnostic, sources: &SourceMap) -> bool {
    let span = finding.primary.span;
    let text = sources.file(span.file).text();
    let before = text.get(..span.range().start).and_then(|text| text.lines().next_back()).unwrap_or("");
    let clause = before.rfind("enter from ").and_then(|at| before.get(at..));
    finding.code.id == "F101" && clause.is_some_and(|clause| [" when ", " after ", "}"].iter().all(|word| !clause.contains(word)))
}

/// The name of the funnel that a finding is about.
fn funnel_of(model: &Model, finding: &Diagnostic) -> Option<String> {
    let funnel = model.funnels.values().find(|funnel| funnel.span.contains(finding.primary.span))?;
    Some(funnel.name.text.to_string())
}

/// The id of the stage that a finding is about.
fn stage_of(model: &Model, finding: &Diagnostic) -> Option<String> {
    let stage = model.stages.values().find(|stage| stage.span.contains(finding.primary.span))?;
    Some(format!("{}/{}", model.funnels[stage.funnel].name.text, stage.name.text))
}
