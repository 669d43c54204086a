//! Quick fixes: the changes that findings offer, and the comment that allows a finding.

use super::{Problem, Program};
use crate::{
    check,
    diag::{Code, Edit, Fix, mend},
    source::{FileId, Span},
};

/// A change somebody may choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// What it does, as an order.
    pub title: String,
    /// The edits, none overlapping.
    pub edits: Vec<Edit>,
    /// The finding it mends: its code and place.
    pub mends: Option<(Code, Span)>,
    /// Whether it may be made without a second look.
    pub is_safe: bool,
}

/// What can be done about the findings that touch a place.
#[must_use]
pub fn actions(program: &Program, problems: &[Problem], place: Span) -> Vec<Action> {
    let touches = |span: Span| span.file == place.file && span.start <= place.end && place.start <= span.end;
    let mut actions = Vec::new();
    for problem in problems.iter().filter(|problem| touches(problem.span)) {
        let mends = Some((problem.code, problem.span));
        if let Some(Fix { title, edits, safe }) = &problem.fix {
            actions.push(Action { title: title.clone(), edits: edits.clone(), mends, is_safe: *safe });
        }
    }
    for problem in problems.iter().filter(|problem| touches(problem.span) && check::CODES.contains(&problem.code)) {
        actions.push(allow(program, problem));
    }
    actions
}

/// All safe changes of a file that can be made together.
#[must_use]
pub fn all_safe(problems: &[Problem], file: FileId) -> Vec<Edit> {
    let fixes = problems.iter().filter_map(|problem| problem.fix.as_ref()).filter(|fix| fix.safe);
    let inside = fixes.filter(|fix| fix.edits.iter().all(|edit| edit.span.file == file));
    mend::together(inside).into_iter().flat_map(|fix| fix.edits.iter().cloned()).collect()
}

/// The comment that allows a finding, on a line of its own before the line it stands in. The reason is for the author to
/// write.
fn allow(program: &Program, problem: &Problem) -> Action {
    let source = program.source(problem.span.file);
    let line = source.lines().line_of(problem.span.start);
    let start = source.lines().start_of(line).unwrap_or(0);
    let text = source.text().get(start as usize..).unwrap_or("");
    let indent: String = text.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let end = if source.text().contains("\r\n") { "\r\n" } else { "\n" };
    let comment = format!("{indent}# funnelc: allow {} because …{end}", problem.code.id);
    Action {
        title: format!("allow {} here, with a reason", problem.code.id),
        edits: vec![Edit { span: Span::empty(problem.span.file, start), text: comment }],
        mends: Some((problem.code, problem.span)),
        is_safe: false,
    }
}
