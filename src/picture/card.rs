//! A card: its name, its rows broken into lines, how much room they take, and how they are drawn.

use super::{
    ink::Ink,
    look,
    measure::Size,
    notes::grouped,
    scene::{Anchor, Area, Dash, Mark, Stroke, Text, at},
    sheet::{Change, Detail, Figure, Reads, Row},
};
use crate::diag::Severity;

/// The size of names.
pub const NAME: Size = Size::bold(150);
/// The size of rows.
pub const ROW: Size = Size::plain(125);
/// The size of remarks.
pub const REMARK: Size = Size::plain(115);
/// The size of headings and findings.
pub const HEADING: Size = Size::bold(115);
/// The size of words on chips.
pub const CHIP: Size = Size::bold(95);
/// The size of the words beside a name; their letters stand apart, which [`words_width`] knows.
pub const WORDS: Size = Size::plain(95);
/// The size of the number in a header.
pub const COUNT: Size = Size::bold(130);

/// The height of a header with one line.
pub const HEADER: i32 = 300;
/// The height of a row with one line.
const ROW_HEIGHT: i32 = 240;
/// What each further line adds.
const LINE_HEIGHT: i32 = 150;
/// What each further line of a name adds.
const NAME_HEIGHT: i32 = 180;
/// From the frame to what stands inside.
const PAD: i32 = 100;
/// How far a step stands in from the one it belongs to.
const INDENT: i32 = 140;
/// The widest a row of text may be: 42 letters of middling width.
const TEXT_MAX: i32 = 2750;
/// The narrowest a row of text may be.
const TEXT_MIN: i32 = 900;
/// The radius of corners.
pub const RADIUS: i32 = 70;

/// A row that was broken into lines.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Lines {
    row: Row,
    lines: Vec<String>,
    is_cut: bool,
    top: i32,
}

/// A card that has a size and no place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    name: Vec<String>,
    rows: Vec<Lines>,
    /// The height of its header.
    pub header: i32,
    /// The least height.
    pub height: i32,
    /// The least width.
    pub width: i32,
}

/// The width that the widest chip of these cards needs.
#[must_use]
pub fn chip_width(figures: &[Figure]) -> i32 {
    let chips = figures.iter().flat_map(|figure| &figure.rows).filter_map(|row| row.chip.as_deref());
    chips.map(|chip| CHIP.width(chip) + 160).max().unwrap_or(0).max(520)
}

/// The width of the words beside a name.
fn words_width(words: &str) -> i32 {
    WORDS.width(words)
}

/// How many lines a text may have.
fn lines_max(detail: Detail) -> usize {
    match detail {
        Detail::Stages | Detail::Actions => 2,
        Detail::Full => 12,
    }
}

impl Card {
    /// The card of a figure, its chips this wide.
    #[must_use]
    pub fn new(figure: &Figure, detail: Detail, chip: i32) -> Self {
        let name = NAME.wrap(&figure.name, TEXT_MAX, 3);
        let header = HEADER + NAME_HEIGHT * (i32::try_from(name.len()).unwrap_or(1) - 1).max(0);
        let words = figure.words.join(" · ");
        let beside = name.last().map_or(0, |last| NAME.width(last)) + if words.is_empty() { 0 } else { 90 + words_width(&words) };
        let count = figure.count.map_or(0, |count| 200 + COUNT.width(&grouped(count)));
        let widest = name.iter().map(|line| NAME.width(line)).max().unwrap_or(0).max(beside);
        let mut width = widest + count + 2 * PAD + 20;
        let mut height = header;
        let mut rows = Vec::new();
        for row in &figure.rows {
            let left = text_left(row, chip);
            let room =
                (TEXT_MAX - if row.chip.is_some() { left - text_left(&Row { depth: 0, ..row.clone() }, chip) } else { 0 }).max(TEXT_MIN);
            let all = size(row).wrap(&row.text, room, usize::MAX);
            let is_cut = all.len() > lines_max(detail);
            let lines = if is_cut { size(row).wrap(&row.text, room, lines_max(detail)) } else { all };
            width = width.max(left + lines.iter().map(|line| size(row).width(line)).max().unwrap_or(0) + PAD + 20);
            let top = height;
            height += ROW_HEIGHT + LINE_HEIGHT * (i32::try_from(lines.len()).unwrap_or(1) - 1).max(0);
            rows.push(Lines { row: row.clone(), lines, is_cut, top });
        }
        if !rows.is_empty() {
            height += 60;
        }
        Self { name, rows, header, height, width }
    }

    /// What is drawn of it, in a room this wide and high; `most` is the largest count of all cards.
    #[must_use]
    pub fn marks(&self, figure: &Figure, area: (i32, i32), chip: i32, most: u64) -> Vec<Mark> {
        let (width, height) = area;
        let whole = Area { x: 0, y: 0, width, height };
        let mut marks = vec![Mark::Box { area: whole, radius: RADIUS, fill: Some(Ink::Card), line: None }];
        let header = Area { height: self.header, ..whole };
        let fill = Ink::Fixed(figure.dress.header);
        marks.push(if height <= self.header {
            Mark::Box { area: whole, radius: RADIUS, fill: Some(fill), line: None }
        } else {
            Mark::Header { area: header, radius: RADIUS, fill }
        });
        self.name(figure, width, &mut marks);
        if let Some(count) = figure.count.filter(|_| most > 0) {
            let long = i64::from(width) * i64::try_from(count).unwrap_or(0) / i64::try_from(most).unwrap_or(i64::MAX);
            let bar = Area { x: 0, y: self.header, width: i32::try_from(long).unwrap_or(width), height: 40 };
            if bar.width > 0 && height > self.header {
                marks.push(Mark::Box { area: bar, radius: 0, fill: Some(Ink::Bar), line: None });
            }
        }
        for lines in &self.rows {
            lines.draw(chip, &mut marks);
        }
        marks.push(Mark::Box { area: whole, radius: RADIUS, fill: None, line: Some(frame(figure)) });
        marks
    }

    fn name(&self, figure: &Figure, width: i32, marks: &mut Vec<Mark>) {
        let ink = Ink::Fixed(figure.dress.name);
        let mut y = 200;
        let mut end = PAD + 10;
        for line in &self.name {
            let mut text = Text::new(at(PAD + 10, y), line.clone(), NAME, ink);
            text.struck = figure.change == Change::Removed;
            end = text.area().right();
            marks.push(Mark::Text(text));
            y += NAME_HEIGHT;
        }
        let baseline = y - NAME_HEIGHT - 10;
        let words = figure.words.join(" · ");
        if !words.is_empty() {
            marks.push(Mark::Text(Text::new(at(end + 90, baseline), words, WORDS, ink)));
        }
        if let Some(count) = figure.count {
            marks.push(Mark::Text(Text::new(at(width - PAD - 10, 200), grouped(count), COUNT, ink).anchored(Anchor::End)));
        }
    }
}

/// The frame of a card: that of its role, or of what became of it.
pub(super) fn frame(figure: &Figure) -> Stroke {
    let dress = figure.dress;
    match figure.change {
        Change::Same | Change::Untested | Change::Aside => {
            Stroke { ink: dress.frame, width: dress.width, dash: if dress.dashed { Dash::Dashed } else { Dash::Solid } }
        }
        Change::Added => Stroke { ink: Ink::Added, width: 30, dash: Dash::Solid },
        Change::Removed => Stroke { ink: Ink::Removed, width: 20, dash: Dash::Dashed },
        Change::Moved | Change::Shown => Stroke { ink: Ink::Moved, width: 30, dash: Dash::Solid },
    }
}

fn size(row: &Row) -> Size {
    match row.reads {
        Reads::Remark => REMARK,
        Reads::Heading | Reads::Finding(_) => HEADING,
        Reads::Step => ROW,
    }
}

/// The ink of what changed.
pub(super) fn changed(change: Change) -> Option<Ink> {
    match change {
        Change::Same => None,
        Change::Added => Some(Ink::Added),
        Change::Removed => Some(Ink::Removed),
        Change::Moved | Change::Shown => Some(Ink::Moved),
        Change::Untested | Change::Aside => Some(Ink::Mute),
    }
}

fn ink(row: &Row) -> Ink {
    match (row.change, row.reads) {
        (Change::Added, _) => Ink::Added,
        (Change::Removed, _) => Ink::Removed,
        (Change::Moved | Change::Shown, _) => Ink::Moved,
        (Change::Same, Reads::Remark | Reads::Heading) => Ink::Mute,
        (Change::Same, Reads::Step) => Ink::Text,
        (Change::Untested | Change::Aside, Reads::Remark | Reads::Heading | Reads::Step) => Ink::Mute,
        (Change::Same | Change::Untested | Change::Aside, Reads::Finding(Severity::Error)) => Ink::ErrorText,
        (Change::Same | Change::Untested | Change::Aside, Reads::Finding(Severity::Warning | Severity::Information)) => Ink::WarnText,
    }
}

/// Where the text of a row begins.
fn text_left(row: &Row, chip: i32) -> i32 {
    let depth = i32::try_from(row.depth.min(8)).unwrap_or(8);
    PAD + INDENT * depth + if row.chip.is_some() { chip + 90 } else { 10 }
}

impl Lines {
    fn draw(&self, chip: i32, marks: &mut Vec<Mark>) {
        let left = text_left(&self.row, chip);
        if let Some(word) = &self.row.chip {
            let (back, front) = look::chip(word);
            let area = Area { x: left - 90 - chip, y: self.top + 30, width: chip, height: 180 };
            marks.push(Mark::Box { area, radius: 40, fill: Some(Ink::Fixed(back)), line: None });
            let middle = at(area.x + chip / 2, self.top + 155);
            marks.push(Mark::Text(Text::new(middle, word.clone(), CHIP, Ink::Fixed(front)).anchored(Anchor::Middle)));
        }
        let mut y = self.top + if self.row.chip.is_some() { 165 } else { 170 };
        for (n, line) in self.lines.iter().enumerate() {
            let mut text = Text::new(at(left, y), line.clone(), size(&self.row), ink(&self.row));
            text.struck = self.row.change == Change::Removed;
            text.full = (self.is_cut && n == 0).then(|| self.row.text.clone());
            marks.push(Mark::Text(text));
            y += LINE_HEIGHT;
        }
    }
}
