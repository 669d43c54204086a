//! What stands round every picture: its title, its figures, a banner, the legend.

use super::{
    ink::Ink,
    measure::Size,
    scene::{Area, Group, Mark, Scene, Stroke, Text, at},
    sheet::{Reads, Row, Sheet},
};
use crate::diag::Severity;

/// The size of titles.
const TITLE: Size = Size::bold(220);
/// The size of the lines below.
const FACTS: Size = Size::plain(125);
/// The size of findings.
const FOUND: Size = Size::bold(120);
/// The size of the legend.
const LEGEND: Size = Size::plain(110);
/// The size of a banner.
const BANNER: Size = Size::bold(125);
/// Around everything.
const MARGIN: i32 = 280;
/// The widest a title or a line below it may be.
const WIDTH_MAX: i32 = 6400;

/// A kind of line, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// How it is drawn.
    pub stroke: Stroke,
    /// What it means.
    pub text: &'static str,
}

struct Head {
    title: Vec<String>,
    facts: Vec<String>,
    findings: Vec<(String, Ink)>,
    banner: Vec<String>,
}

fn head(sheet: &Sheet) -> Head {
    let facts = sheet.facts.iter().flat_map(|line| FACTS.wrap(line, WIDTH_MAX, 3)).collect();
    let banner = sheet.banner.as_deref().map_or_else(Vec::new, |text| BANNER.wrap(text, WIDTH_MAX - 240, 3));
    let ink = |row: &Row| if row.reads == Reads::Finding(Severity::Error) { Ink::ErrorText } else { Ink::WarnText };
    let findings = sheet.findings.iter().flat_map(|row| FOUND.wrap(&row.text, WIDTH_MAX, 2).into_iter().map(move |line| (line, ink(row))));
    Head { findings: findings.collect(), title: TITLE.wrap(&sheet.title, WIDTH_MAX, 3), facts, banner }
}

fn rows(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(0)
}

/// How much room the title and what belongs to it take.
#[must_use]
pub fn head_height(sheet: &Sheet) -> i32 {
    let head = head(sheet);
    let banner = if head.banner.is_empty() { 0 } else { 260 + 170 * rows(head.banner.len()) };
    180 + 260 * rows(head.title.len()) + 200 * rows(head.facts.len() + head.findings.len()) + banner + 160
}

/// The picture with its title above and its legend below; what is in it ends at `right` and `bottom`.
#[must_use]
pub fn framed(sheet: &Sheet, groups: Vec<Group>, right: i32, bottom: i32, keys: &[Key]) -> Scene {
    let mut scene = Scene { title: sheet.title.clone(), description: sheet.told(), ..Scene::default() };
    let mut marks = Vec::new();
    let head = head(sheet);
    let mut y = 180;
    for line in head.title {
        y += 260;
        marks.push(Mark::Text(Text::new(at(MARGIN, y), line, TITLE, Ink::Text)));
    }
    for line in head.facts {
        y += 200;
        marks.push(Mark::Text(Text::new(at(MARGIN, y), line, FACTS, Ink::Mute)));
    }
    for (line, ink) in head.findings {
        y += 200;
        marks.push(Mark::Text(Text::new(at(MARGIN, y), line, FOUND, ink)));
    }
    if !head.banner.is_empty() {
        banner(&head.banner, y + 130, &mut marks);
    }
    let mut bottom = bottom + 360;
    if keys.is_empty() {
        bottom -= 100;
    } else {
        legend(keys, bottom, &mut marks);
        bottom += 260;
    }
    let texts = marks.iter().filter_map(|mark| if let Mark::Text(text) = mark { Some(text.area().right() + MARGIN) } else { None });
    scene.width = texts.chain([right]).max().unwrap_or(right);
    scene.height = bottom;
    scene.groups.push(Group { marks, ..Group::default() });
    scene.groups.extend(groups);
    scene
}

fn banner(lines: &[String], top: i32, marks: &mut Vec<Mark>) {
    let width = lines.iter().map(|line| BANNER.width(line)).max().unwrap_or(0) + 240;
    let area = Area { x: MARGIN, y: top, width, height: 130 + 170 * rows(lines.len()) };
    marks.push(Mark::Box { area, radius: 60, fill: Some(Ink::Fixed(super::look::BROKEN.header)), line: None });
    for (n, line) in lines.iter().enumerate() {
        marks.push(Mark::Text(Text::new(at(MARGIN + 120, top + 190 + 170 * rows(n)), line.clone(), BANNER, Ink::White)));
    }
}

fn legend(keys: &[Key], y: i32, marks: &mut Vec<Mark>) {
    let mut x = MARGIN;
    for key in keys {
        marks.push(Mark::Way { points: vec![at(x, y), at(x + 280, y)], line: key.stroke, arrow: true, title: None });
        let text = Text::new(at(x + 350, y + 40), key.text, LEGEND, Ink::Mute);
        x = text.area().right() + 260;
        marks.push(Mark::Text(text));
    }
}
