//! A report as workflow commands of GitHub Actions, which shows them beside the lines they speak of.

use super::{Frame, human::said};
use crate::{
    diag::{Severity, render::workflow_command},
    diff::{Change, Report},
};

/// One command a line.
#[must_use]
pub fn github(report: &Report, frame: &Frame<'_>) -> String {
    report.changes.iter().map(|change| one(change, frame)).collect()
}

fn one(change: &Change, frame: &Frame<'_>) -> String {
    let command = match change.verdict.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "notice",
    };
    let mut properties = Vec::new();
    if let Some(at) = frame.at(change) {
        properties.push(("file", at.file));
        properties.push(("line", at.line.to_string()));
        properties.push(("col", at.column.to_string()));
    }
    let code = change.code.map_or(String::new(), |code| format!("{}: ", code.id));
    properties.push(("title", format!("{code}{}", change.verdict.words())));
    let mut text = vec![change.message.clone()];
    text.extend(change.before.iter().map(|before| format!("was: {before}")));
    text.extend(change.now.iter().map(|now| format!("is: {now}")));
    text.extend(change.people.iter().map(|fate| {
        let count = fate.count.map_or(String::new(), |count| format!(" ({})", frame.crowd.words(count)));
        format!("{}{count}", fate.words)
    }));
    text.extend(change.examples.iter().map(said));
    text.extend(change.help.iter().map(|help| format!("help: {help}")));
    workflow_command(command, &properties, &text.join("\n"))
}
