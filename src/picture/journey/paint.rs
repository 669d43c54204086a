//! The journey as a scene.

use super::{Arrow, Journey, LABEL, LABEL_LINE, MARGIN};
use crate::picture::{
    content::Line,
    frame::{self, Key},
    ink::Ink,
    measure::Size,
    scene::{Anchor, Dash, Group, Mark, Scene, Stroke, Text, at},
    sheet::{Change, Detail, Link, Sheet},
};

/// The size of shares on the main way.
const SHARE: Size = Size::bold(120);

/// Draws a sheet as a journey.
#[must_use]
pub fn scene(sheet: &Sheet, detail: Detail) -> Scene {
    let top = frame::head_height(sheet);
    let journey = Journey::new(sheet, detail, top);
    let mut groups = Vec::new();
    for arrow in &journey.arrows {
        groups.push(draw_arrow(sheet, arrow));
    }
    for (n, figure) in sheet.figures.iter().enumerate() {
        let (Some(area), Some(card)) = (journey.areas.get(n), journey.cards.get(n)) else { continue };
        groups.push(Group {
            id: Some(figure.id.clone()),
            title: Some(figure.title.clone()),
            at: at(area.x, area.y),
            marks: card.marks(figure, (area.width, area.height), journey.chip, sheet.count_max()),
        });
    }
    let mut keys: Vec<Key> = Vec::new();
    let lines: Vec<Line> = sheet.links.iter().map(|link| link.line).collect();
    for (wanted, key) in [
        ([Line::Spine, Line::On], Key { stroke: stroke(Line::Spine), text: "goes on" }),
        ([Line::Off, Line::Off], Key { stroke: stroke(Line::Off), text: "leaves the main way" }),
        ([Line::Back, Line::Back], Key { stroke: stroke(Line::Back), text: "comes back" }),
    ] {
        if lines.iter().any(|line| wanted.contains(line)) {
            keys.push(key);
        }
    }
    frame::framed(sheet, groups, journey.right + MARGIN, journey.bottom, &keys)
}

/// How arrows of a kind are drawn.
#[must_use]
pub const fn stroke(line: Line) -> Stroke {
    match line {
        Line::Spine => Stroke { ink: Ink::Main, width: 24, dash: Dash::Solid },
        Line::On => Stroke { ink: Ink::Main, width: 16, dash: Dash::Solid },
        Line::Off => Stroke { ink: Ink::Leave, width: 13, dash: Dash::Dashed },
        Line::Back => Stroke { ink: Ink::Loop, width: 16, dash: Dash::Dotted },
    }
}

fn draw_arrow(sheet: &Sheet, arrow: &Arrow) -> Group {
    let Some(link) = sheet.links.get(arrow.link) else { return Group::default() };
    let ink = changed(link);
    let mut line = stroke(link.line);
    line.ink = ink.unwrap_or(line.ink);
    let mut marks = vec![Mark::Way { points: arrow.points.clone(), line, arrow: true, title: title(sheet, link) }];
    let words = ink.map(|ink| if ink == Ink::Rule { Ink::Mute } else { ink }).unwrap_or(if link.line == Line::Back {
        Ink::LoopText
    } else {
        Ink::Mute
    });
    if let Some(label) = &arrow.label {
        let mut y = label.area.y + LABEL_LINE - 30;
        for (n, text) in label.lines.iter().enumerate() {
            let (x, anchor) = if label.ends { (label.area.right(), Anchor::End) } else { (label.area.x, Anchor::Start) };
            let mut text = Text::new(at(x, y), text.clone(), LABEL, words).anchored(anchor);
            text.full = if n == 0 { label.full.clone() } else { None };
            text.struck = link.change == Change::Removed;
            marks.push(Mark::Text(text));
            y += LABEL_LINE;
        }
    } else if let (Some(share), [first, .., last]) = (&link.share, arrow.points.as_slice()) {
        marks.push(Mark::Text(Text::new(at(first.x + 90, (first.y + last.y) / 2 + 40), share.clone(), SHARE, Ink::Text)));
    }
    Group { marks, ..Group::default() }
}

fn changed(link: &Link) -> Option<Ink> {
    match link.change {
        Change::Same => None,
        Change::Added => Some(Ink::Added),
        Change::Removed => Some(Ink::Removed),
        Change::Moved | Change::Shown => Some(Ink::Moved),
        Change::Untested | Change::Aside => Some(Ink::Rule),
    }
}

fn title(sheet: &Sheet, link: &Link) -> Option<String> {
    let (from, to) = (sheet.figures.get(link.from)?, sheet.figures.get(link.to)?);
    let when = link.when.join(" or ");
    Some(format!("{} to {}{}{when}", from.name, to.name, if when.is_empty() { "" } else { ": " }))
}
