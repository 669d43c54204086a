//! Plain text, for terminals.
//!
//! Job: a funnel as a list of its stages from top to bottom, each with what happens in it and where it leads.
//! Invariants: no colour, no control characters, lines no wider than asked for where words allow it.

mod views;

pub use views::{bands, lanes, stages};

use crate::picture::{
    content::Line,
    measure::words,
    notes::grouped,
    sheet::{Change, Figure, Link, Reads, Row, Sheet},
};

/// Writes funnels as text, lines at most this wide.
#[must_use]
pub fn text(sheets: &[Sheet], width: usize) -> String {
    let mut out = String::new();
    for (n, sheet) in sheets.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        funnel(sheet, width, &mut out);
    }
    out
}

/// The title and what is to be known of the whole.
fn head(sheet: &Sheet, width: usize, out: &mut String) {
    push(out, "", "", &sheet.title, width);
    for line in &sheet.facts {
        push(out, "", "", line, width);
    }
    for row in &sheet.findings {
        push(out, "", "", &format!("!! {}", row.text), width);
    }
    if let Some(banner) = &sheet.banner {
        push(out, "", "", &format!("!! {banner}"), width);
    }
    out.push('\n');
}

fn funnel(sheet: &Sheet, width: usize, out: &mut String) {
    head(sheet, width, out);
    let spine: Vec<usize> = sheet.spine().collect();
    for (at, n) in spine.iter().enumerate() {
        let next = spine.get(at + 1);
        let bar = if next.is_some() { "│" } else { " " };
        card(sheet, *n, bar, width, out);
        let Some(next) = next else { continue };
        let link = sheet.links.iter().find(|link| link.from == *n && link.to == *next && link.line == Line::Spine);
        match link {
            Some(Link { share: Some(share), .. }) => push(out, "▼  ", "", share, width),
            Some(_) => out.push_str("▼\n"),
            None => out.push_str("┊\n"),
        }
    }
    let lane: Vec<usize> = (0..sheet.figures.len()).filter(|n| !spine.contains(n)).collect();
    if !lane.is_empty() {
        out.push_str("\nOff the main way\n\n");
    }
    for n in lane {
        card(sheet, n, " ", width, out);
    }
}

fn card(sheet: &Sheet, n: usize, bar: &str, width: usize, out: &mut String) {
    let Some(figure) = sheet.figures.get(n) else { return };
    let sign = if figure.role.is_on_the_way() { "●" } else { "○" };
    push(out, &format!("{}{sign} ", change(figure.change)), "  ", &name(figure), width);
    for row in &figure.rows {
        line(row, bar, width, out);
    }
    for link in sheet.links.iter().filter(|link| link.from == n && link.line != Line::Spine) {
        let Some(to) = sheet.figures.get(link.to) else { continue };
        let arrow = match link.line {
            Line::Spine | Line::On => "──▶",
            Line::Off => "╌╌▶",
            Line::Back => "◀┄┄",
        };
        let share = link.share.as_deref().map_or_else(String::new, |share| format!(" ({share})"));
        let text = format!("{}{share}{}{}", to.name, if link.when.is_empty() { "" } else { ": " }, link.when.join(" or "));
        push(out, &format!("{bar}   {}{arrow} ", change(link.change)), &format!("{bar}       "), &text, width);
    }
}

fn name(figure: &Figure) -> String {
    let mut name = figure.name.clone();
    if !figure.words.is_empty() {
        name.push_str("  ");
        name.push_str(&figure.words.join(" · "));
    }
    if let Some(count) = figure.count {
        name.push_str("  ");
        name.push_str(&grouped(count));
    }
    name
}

fn line(row: &Row, bar: &str, width: usize, out: &mut String) {
    let indent = "  ".repeat(row.depth.min(8));
    let chip = row.chip.as_deref().map_or_else(String::new, |chip| format!("{chip:<8} "));
    let sign = match row.reads {
        Reads::Finding(_) => "!! ",
        Reads::Remark | Reads::Heading | Reads::Step => "",
    };
    let first = format!("{bar}   {}{indent}{chip}{sign}", change(row.change));
    let rest = format!("{bar}   {}{indent}", " ".repeat(chip.chars().count() + sign.len()));
    push(out, &first, &rest, &row.text, width);
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Same | Change::Untested | Change::Aside => "",
        Change::Shown => "> ",
        Change::Added => "+ ",
        Change::Removed => "- ",
        Change::Moved => "~ ",
    }
}

/// A text behind a beginning; what does not fit goes on below, behind another.
fn push(out: &mut String, first: &str, rest: &str, text: &str, width: usize) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words(text) {
        let word: String =
            word.chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect();
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            out.push_str(line.trim_end());
            out.push('\n');
            line = rest.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&word);
        is_empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}
