//! A report for a pull request.
//!
//! Texts of a file stand in code spans or blocks, so that nothing in them is taken for marks.

use super::{Frame, NOTHING, counted, human::said};
use crate::diff::{Change, Report, Verdict};
use std::fmt::Write as _;

/// The report as Markdown, with a final newline.
#[must_use]
pub fn markdown(report: &Report, frame: &Frame<'_>) -> String {
    let mut out = String::from("## What this change does to people\n\n");
    let mut put = |text: &str| writeln!(out, "{text}").expect("a String takes everything");
    if report.changes.is_empty() {
        let mut said = NOTHING.to_owned();
        said.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        put(&format!("{said}."));
    } else {
        put(&format!("**{}.**", counted(report)));
    }
    for verdict in Verdict::ALL {
        let changes: Vec<&Change> = report.with(verdict).collect();
        if changes.is_empty() {
            continue;
        }
        let mark = match verdict {
            Verdict::Breaking => "### ⛔ Breaking for people inside",
            Verdict::Behavioural => "### ⚠️ Behavioural",
            Verdict::Safe => "### ✅ Safe",
        };
        put(&format!("\n{mark}\n"));
        let folds = verdict == Verdict::Safe && changes.len() > 3;
        if folds {
            put(&format!("<details><summary>{} changes that do nothing to anybody</summary>\n", changes.len()));
        }
        for change in changes {
            put(&one(change, frame));
        }
        if folds {
            put("\n</details>");
        }
    }
    if let Some(played) = super::played(frame, 100) {
        put(&format!("\n### On the log\n\n```text\n{played}\n```"));
    }
    if let Some(picture) = frame.picture.filter(|_| !report.changes.is_empty()) {
        put(&format!(
            "\n### The picture\n\nGreen is new, red and struck through is gone, blue has changed.\n\n```mermaid\n{}\n```",
            picture.trim_end()
        ));
    }
    out
}

fn one(change: &Change, frame: &Frame<'_>) -> String {
    let code = change.code.map_or(String::new(), |code| format!("{}: ", code.id));
    let place = frame.whereabouts(change);
    let mut out = format!("- **{code}{}**", change.message);
    if !place.is_empty() {
        write!(out, "  \n  <sub>{}</sub>", plain(&place)).expect("a String takes everything");
    }
    out.push('\n');
    if change.before.is_some() || change.now.is_some() {
        out.push_str("\n  ```diff\n");
        let lines = change.before.iter().map(|text| format!("  - {text}\n")).chain(change.now.iter().map(|text| format!("  + {text}\n")));
        out.extend(lines);
        out.push_str("  ```\n\n");
    }
    for fate in &change.people {
        let count = fate.count.map_or(String::new(), |count| format!(" **({})**", frame.crowd.words(count)));
        writeln!(out, "  - {}{count}", fate.words).expect("a String takes everything");
    }
    for example in &change.examples {
        writeln!(out, "  - for example {}", said(example)).expect("a String takes everything");
    }
    if let Some(help) = &change.help {
        writeln!(out, "  - *What to do:* {help}").expect("a String takes everything");
    }
    out.trim_end().to_owned() + "\n"
}

/// Text in which HTML has no marks.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
