//! Findings as an editor shows them, and how they outlive a key stroke.

use super::{Program, lines::changed_part};
use crate::{
    check,
    diag::{Code, Diagnostic, Diagnostics, Edit, Fix, Severity, render},
    source::{SourceMap, Span},
};
use std::sync::Arc;

/// A finding as an editor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// How grave here.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong, then one line for each thing to know, the story, and what to do.
    pub message: String,
    /// Further places, with what is there.
    pub related: Vec<(Span, String)>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

impl Problem {
    /// A finding with its story in words.
    #[must_use]
    pub fn new(finding: &Diagnostic, sources: &SourceMap) -> Self {
        let mut lines = vec![finding.message.clone()];
        let told = finding.story.as_ref().map(|story| render::story(story, sources)).unwrap_or_default();
        lines.extend(finding.notes.iter().filter(|note| told.is_empty() || !finding.path.contains(note)).cloned());
        lines.extend(told);
        lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
        let labels = finding.labels.iter().filter(|label| !label.text.is_empty());
        Self {
            code: finding.code,
            severity: finding.severity,
            span: finding.primary.span,
            message: lines.join("\n"),
            related: labels.map(|label| (label.span, label.text.clone())).collect(),
            fix: finding.fix.clone(),
        }
    }

    /// All findings of a run.
    #[must_use]
    pub fn all(findings: &Diagnostics, sources: &SourceMap) -> Vec<Self> {
        findings.iter().map(|finding| Self::new(finding, sources)).collect()
    }
}

/// What the checks found in a program, kept until they have looked at the next one. Meanwhile it moves with the text, and
/// what was said of the part that is being changed is silent.
#[derive(Clone, Debug)]
pub struct Kept {
    program: Arc<Program>,
    problems: Vec<Problem>,
}

impl Kept {
    /// Keeps of these what checks found; all else is found anew at each key stroke.
    #[must_use]
    pub fn new(program: Arc<Program>, problems: &[Problem]) -> Self {
        let of_checks = problems.iter().filter(|problem| check::CODES.contains(&problem.code));
        Self { problems: of_checks.cloned().collect(), program }
    }

    /// What still stands in a newer version of the program.
    #[must_use]
    pub fn carried(&self, now: &Program) -> Vec<Problem> {
        let names = |program: &Program| program.sources().files().map(|(_, file)| file.name().to_owned()).collect::<Vec<_>>();
        if names(&self.program) != names(now) {
            return Vec::new();
        }
        let changes: Vec<Option<(usize, usize, usize)>> = self
            .program
            .sources()
            .files()
            .zip(now.sources().files())
            .map(|((_, old), (_, new))| changed_part(old.text(), new.text()))
            .collect();
        let moved = |span: Span| {
            let change = changes.get(span.file.index()).copied().flatten();
            moved(span, change)
        };
        self.problems.iter().filter_map(|problem| carried(problem, &moved)).collect()
    }
}

fn carried(problem: &Problem, moved: &impl Fn(Span) -> Option<Span>) -> Option<Problem> {
    let fix = problem.fix.as_ref().and_then(|fix| {
        let edits = fix.edits.iter().map(|edit| Some(Edit { span: moved(edit.span)?, text: edit.text.clone() }));
        Some(Fix { edits: edits.collect::<Option<_>>()?, ..fix.clone() })
    });
    Some(Problem {
        span: moved(problem.span)?,
        related: problem.related.iter().filter_map(|(span, text)| Some((moved(*span)?, text.clone()))).collect(),
        fix,
        ..problem.clone()
    })
}

/// Where a span stands after a change; `None` if the change touches it.
fn moved(span: Span, change: Option<(usize, usize, usize)>) -> Option<Span> {
    let Some((start, old_end, new_end)) = change else { return Some(span) };
    let range = span.range();
    if range.end < start {
        return Some(span);
    }
    if range.start <= old_end {
        return None;
    }
    let shift = |at: usize| u32::try_from(at - old_end + new_end).ok();
    Some(Span::new(span.file, shift(range.start)?, shift(range.end)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn places_move_with_what_is_written_before_them() {
        let span = |start, end| Span::new(FileId::new(0), start, end);
        assert_eq!(moved(span(10, 12), Some((2, 4, 7))), Some(span(13, 15)));
        assert_eq!(moved(span(0, 1), Some((2, 4, 7))), Some(span(0, 1)));
        assert_eq!(moved(span(3, 9), Some((2, 4, 7))), None);
        assert_eq!(moved(span(3, 9), None), Some(span(3, 9)));
    }
}
