//! What stands beside a band: what was found, what people get, who comes in, and where it leads off the main way.

use super::HEIGHT;
use crate::{
    diag::Severity,
    picture::{
        agenda::Entry,
        content::Line,
        ink::Ink,
        measure::Size,
        scene::{Dash, Mark, Stroke, Text, at},
        sheet::{Change, Figure, Reads, Sheet},
    },
};

const DOES: Size = Size::plain(125);
const FOUND: Size = Size::bold(120);
const ENTERS: Size = Size::plain(120);
const WIDTH: i32 = 4200;
const PITCH: i32 = 170;

/// A line beside a band.
struct Sentence {
    text: String,
    /// All of it, where the line says less.
    full: Option<String>,
    size: Size,
    ink: Ink,
    struck: bool,
}

impl Sentence {
    fn new(text: String, size: Size, ink: Ink) -> Self {
        Self { text, full: None, size, ink, struck: false }
    }
}

/// Draws the lines of a band, from `x`; how far they reach.
pub fn draw(sheet: &Sheet, index: usize, marks: &mut Vec<Mark>, x: i32, width: i32) -> i32 {
    let Some(figure) = sheet.figures.get(index) else { return x };
    let lines = sentences(sheet, index, figure);
    if lines.is_empty() {
        return x;
    }
    let points = vec![at(width / 2 + 60, HEIGHT / 2), at(x - 100, HEIGHT / 2)];
    let line = Stroke { ink: Ink::Rule, width: 10, dash: Dash::Dotted };
    marks.push(Mark::Way { points, line, arrow: false, title: None });
    let above = i32::try_from(lines.len()).unwrap_or(1) - 1;
    let mut y = (275 - above * PITCH / 2).max(105);
    let mut right = x;
    for sentence in lines {
        let cut = sentence.size.cut(&sentence.text, WIDTH);
        let mut line = Text::new(at(x, y), cut.clone(), sentence.size, sentence.ink);
        line.full = sentence.full.or_else(|| (cut != sentence.text).then_some(sentence.text));
        line.struck = sentence.struck;
        right = right.max(line.area().right());
        marks.push(Mark::Text(line));
        y += PITCH;
    }
    right
}

fn sentences(sheet: &Sheet, index: usize, figure: &Figure) -> Vec<Sentence> {
    let mut lines: Vec<Sentence> = Vec::new();
    let found: Vec<&str> = figure.rows.iter().filter(|row| matches!(row.reads, Reads::Finding(_))).map(|row| row.text.as_str()).collect();
    if !found.is_empty() {
        let is_error = figure.rows.iter().any(|row| row.reads == Reads::Finding(Severity::Error));
        lines.push(Sentence::new(found.join(" · "), FOUND, if is_error { Ink::ErrorText } else { Ink::WarnText }));
    }
    lines.extend(does(figure, &[Change::Same, Change::Moved, Change::Shown], "", Ink::Text));
    lines.extend(does(figure, &[Change::Untested, Change::Aside], "", Ink::Mute));
    lines.extend(does(figure, &[Change::Added], "+ ", Ink::Added));
    lines.extend(does(figure, &[Change::Removed], "− ", Ink::Removed));
    let second: Vec<String> = enters(figure).into_iter().chain(leads(sheet, index)).collect();
    if !second.is_empty() {
        lines.push(Sentence::new(second.join(" · "), ENTERS, Ink::Mute));
    }
    lines
}

/// What people get here, those of this change: each thing once, also what they get on a condition, which is told in full
/// to whoever points at it.
fn does(figure: &Figure, changes: &[Change], sign: &str, ink: Ink) -> Option<Sentence> {
    let entries = figure.inside.agendas.iter().flat_map(|agenda| &agenda.entries);
    let entries: Vec<&Entry> = entries.filter(|entry| entry.is_request && changes.contains(&entry.change)).collect();
    let mut names: Vec<&str> = Vec::new();
    for entry in &entries {
        if !names.contains(&entry.text.as_str()) {
            names.push(&entry.text);
        }
    }
    if names.is_empty() {
        return None;
    }
    let whole = |entry: &&Entry| {
        if entry.conditions.is_empty() { entry.text.clone() } else { format!("{} ({})", entry.text, entry.conditions.join(", ")) }
    };
    let is_conditional = entries.iter().any(|entry| !entry.conditions.is_empty());
    let mut sentence = Sentence::new(format!("{sign}{}", names.join(" · ")), DOES, ink);
    sentence.full = is_conditional.then(|| entries.iter().map(whole).collect::<Vec<_>>().join(" · "));
    sentence.struck = changes.contains(&Change::Removed);
    Some(sentence)
}

/// Who comes in, and who did before where that changed.
fn enters(figure: &Figure) -> Option<String> {
    let remark = |gone: bool| {
        let is = |change: Change| (change == Change::Removed) == gone || figure.change == Change::Removed;
        figure.rows.iter().find(|row| row.reads == Reads::Remark && row.text.starts_with("enters") && is(row.change)).map(|row| &row.text)
    };
    match (remark(false), remark(true)) {
        (Some(now), Some(before)) if now != before => Some(format!("{now} (was: {before})")),
        (Some(text), _) | (None, Some(text)) => Some(text.clone()),
        (None, None) => None,
    }
}

/// Where it leads off the main way.
fn leads(sheet: &Sheet, index: usize) -> Option<String> {
    let links = sheet.links.iter().filter(|link| link.from == index && link.line == Line::Off && link.change != Change::Removed);
    let names: Vec<String> = links
        .filter_map(|link| {
            let to = &sheet.figures.get(link.to)?.name;
            Some(format!("to {to}{}", link.share.as_deref().map_or_else(String::new, |share| format!(" {share}"))))
        })
        .collect();
    if names.is_empty() { None } else { Some(format!("→ {}", names.join(", "))) }
}
