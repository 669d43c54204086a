//! A report for people at a terminal.

use super::{Frame, NOTHING, counted};
use crate::diff::{Change, Example, Report, Verdict};
use std::fmt::Write as _;

/// How far what belongs to a change stands in.
const INDENT: usize = 6;

/// The report as text, with a final newline.
#[must_use]
pub fn human(report: &Report, frame: &Frame<'_>) -> String {
    let mut out = String::new();
    for verdict in Verdict::ALL {
        let changes: Vec<&Change> = report.with(verdict).collect();
        if changes.is_empty() {
            continue;
        }
        let mut title = verdict.words().to_owned();
        title.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        writeln!(out, "{}\n", paint(frame, heading(verdict), &title)).expect("a String takes everything");
        for change in changes {
            one(&mut out, change, frame);
        }
    }
    let pages: Vec<&str> = {
        let mut pages: Vec<&str> = report.changes.iter().filter_map(|change| change.code.map(|code| code.id)).collect();
        pages.sort_unstable();
        pages.dedup();
        pages
    };
    let tells = pages.first().map_or(String::new(), |code| format!("; `funnelc explain {code}` tells more"));
    let last = if report.changes.is_empty() { NOTHING.to_owned() } else { format!("{}{tells}", counted(report)) };
    writeln!(out, "{last}").expect("a String takes everything");
    if let Some(played) = super::played(frame, frame.width.unwrap_or(100)) {
        writeln!(out, "\n{played}").expect("a String takes everything");
    }
    out
}

fn heading(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Breaking => "1;31",
        Verdict::Behavioural => "1;33",
        Verdict::Safe => "1;32",
    }
}

fn paint(frame: &Frame<'_>, code: &str, text: &str) -> String {
    if frame.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn one(out: &mut String, change: &Change, frame: &Frame<'_>) {
    let width = frame.width.unwrap_or(100);
    let code = change.code.map_or("", |code| code.id);
    let message = wrapped(&change.message, width, INDENT);
    let mut put = |text: String| writeln!(out, "{}", text.trim_end()).expect("a String takes everything");
    put(format!("{}{}", paint(frame, heading(change.verdict), &format!("{code:<INDENT$}")), paint(frame, "1", &message)));
    let place = frame.whereabouts(change);
    if !place.is_empty() {
        put(format!("{:INDENT$}{}", "", paint(frame, "2", &place)));
    }
    let inside = INDENT + 6;
    let mut labelled = |label: &str, code: &str, text: &str| {
        let text = wrapped(text, width, inside);
        put(format!("{:INDENT$}{}{}", "", paint(frame, code, &format!("{label:<6}")), text));
    };
    if let Some(before) = &change.before {
        labelled("was", "31", before);
    }
    if let Some(now) = &change.now {
        labelled("is", "32", now);
    }
    for fate in &change.people {
        let count = fate.count.map_or(String::new(), |count| format!(" ({})", frame.crowd.words(count)));
        labelled("→", "0", &format!("{}{count}", fate.words));
    }
    for example in &change.examples {
        labelled("e.g.", "0", &said(example));
    }
    if let Some(help) = &change.help {
        labelled("help", "36", help);
    }
    out.push('\n');
}

/// An example as a sentence.
pub(super) fn said(example: &Example) -> String {
    format!("{}: before, {}; now, {}", example.who, example.before, example.now)
}

/// Text in lines of so many columns, those behind the first set in.
pub(in crate::diff) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(24);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join(&format!("\n{:indent$}", ""))
}
