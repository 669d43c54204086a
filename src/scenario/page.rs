//! A test that failed, as a page of text: the contact's timeline beside what was expected.
//!
//! Dates are those of the contact, written where they change. Each expectation stands on the line of the instant at which
//! it was asked; the first that does not hold is marked.

use super::{Row, Told, Verdict};
use crate::{diag::render, source::SourceMap};

/// The widest that the timeline is made.
const HAPPENED_MAX: usize = 56;

/// A line of the page: date, time, what happened, what was expected.
struct Line {
    date: String,
    time: String,
    happened: String,
    expected: String,
}

/// What was wrong with a test, and its timeline beside what was expected; nothing for one that passes. With a final newline.
#[must_use]
pub fn page(verdict: &Verdict, sources: &SourceMap) -> String {
    let mut text = String::new();
    for fault in &verdict.faults {
        let position = sources.position(fault.span);
        text.push_str(&format!("  {}:{}: {}\n", sources.file(fault.span.file).name(), position.line, fault.words));
        if let Some(help) = fault.help {
            text.push_str(&format!("    help: {help}\n"));
        }
    }
    let lines = lines(verdict, sources);
    if lines.is_empty() || verdict.passes() {
        return text;
    }
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let (dates, times) = (width(|line| &line.date), width(|line| &line.time));
    let happened = width(|line| &line.happened).clamp(13, HAPPENED_MAX);
    text.push_str(&format!("\n  {:dates$}  {:times$}  {:happened$}  what was expected\n", "", "", "what happened"));
    for line in &lines {
        let row = format!("  {:dates$}  {:times$}  {:happened$}  {}", line.date, line.time, line.happened, line.expected);
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn lines(verdict: &Verdict, sources: &SourceMap) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut last, mut latest_ms, mut marked) = ((String::new(), String::new()), None, false);
    for Row { at_ms, what } in &verdict.rows {
        let Some((date, time)) = render::date_and_time(*at_ms, &verdict.zone) else { continue };
        let (happened, expected) = match what {
            Told::Happening(words) => (format!("● {words}"), String::new()),
            Told::Deed(words) => (format!("→ {}", words.replace('`', "")), String::new()),
            Told::Expected { words, span, holds } => {
                let mark = if *holds { '✓' } else { '✗' };
                let first = if *holds || std::mem::replace(&mut marked, true) { "" } else { "   ◀ here" };
                (String::new(), format!("{mark} {words}   line {}{first}", sources.position(*span).line))
            }
        };
        // What is expected stands beside the last that happened then, if nothing stands there yet.
        if let Some(line) = lines.last_mut().filter(|line| happened.is_empty() && line.expected.is_empty() && latest_ms == Some(*at_ms)) {
            line.expected = expected;
            continue;
        }
        let day_changes = last.0 != date;
        let shown = |text: &String, changes: bool| if changes { text.clone() } else { String::new() };
        lines.push(Line { date: shown(&date, day_changes), time: shown(&time, day_changes || last.1 != time), happened, expected });
        last = (date, time);
        latest_ms = Some(*at_ms);
    }
    lines
}
