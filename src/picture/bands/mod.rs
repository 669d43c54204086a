//! The funnel view: a band for each stage of the main way, narrower from stage to stage.
//!
//! With counts the width of a band grows with the square root of its count; without, bands narrow evenly and the picture
//! says that it is not to scale.

mod says;

use super::{
    card,
    content::{Line, Role},
    frame,
    ink::Ink,
    measure::Size,
    notes::grouped,
    scene::{Anchor, Area, Group, Mark, Scene, Text, at},
    sheet::{Change, Figure, Sheet},
};

const NAME: Size = Size::bold(140);
const COUNT: Size = Size::plain(120);
const LEFT: i32 = 280;
const WIDEST: i32 = 4400;
const NARROWEST: i32 = 500;
const HEIGHT: i32 = 460;
const BETWEEN: i32 = 260;

/// Draws a sheet as a funnel.
#[must_use]
pub fn scene(sheet: &Sheet) -> Scene {
    let mut sheet = sheet.clone();
    let scale = sheet.count_max();
    if scale == 0 {
        sheet.facts.push("not to scale".to_owned());
    }
    let spine: Vec<usize> = sheet.spine().collect();
    let widths = widths(&sheet, &spine, scale);
    let names = spine.iter().filter_map(|n| sheet.figures.get(*n)).zip(&widths).filter(|(figure, width)| !fits(figure, **width));
    let gutter = names.map(|(figure, width)| NAME.width(&figure.name) + 100 - (WIDEST - width) / 2).max().unwrap_or(0).max(0);
    let middle = LEFT + gutter + WIDEST / 2;
    let text_x = middle + WIDEST / 2 + 500;
    let mut y = frame::head_height(&sheet);
    let mut groups = Vec::new();
    let mut right = text_x;
    for (n, (index, width)) in spine.iter().zip(&widths).enumerate() {
        let Some(figure) = sheet.figures.get(*index) else { continue };
        let mut marks = band(figure, *width);
        let room = says::draw(&sheet, *index, &mut marks, text_x - middle, *width);
        right = right.max(middle + room);
        groups.push(Group { id: Some(figure.id.clone()), title: Some(figure.title.clone()), at: at(middle, y), marks });
        y += HEIGHT;
        let Some((next, below)) = spine.get(n + 1).zip(widths.get(n + 1)) else { continue };
        let shape = [at(-width / 2, 0), at(width / 2, 0), at(below / 2, BETWEEN), at(-below / 2, BETWEEN)];
        let mut marks = vec![Mark::Shape { points: shape.to_vec(), fill: fill(figure), opacity: 20 }];
        let link = sheet.links.iter().find(|link| (link.from, link.to, link.line) == (*index, *next, Line::Spine));
        if let Some(share) = link.and_then(|link| link.share.clone()) {
            marks.push(Mark::Text(Text::new(at(0, 170), share, Size::bold(120), Ink::Text).anchored(Anchor::Middle)));
        }
        groups.push(Group { at: at(middle, y), marks, ..Group::default() });
        y += BETWEEN;
    }
    frame::framed(&sheet, groups, right + LEFT, y, &[])
}

/// The width of each band.
fn widths(sheet: &Sheet, spine: &[usize], scale: u64) -> Vec<i32> {
    let steps = i32::try_from(spine.len().max(2)).unwrap_or(i32::MAX) - 1;
    let width = |(n, index): (usize, &usize)| {
        if scale == 0 {
            return WIDEST - (WIDEST - 1100) * i32::try_from(n).unwrap_or(0) / steps;
        }
        let count = sheet.figures.get(*index).and_then(|figure| figure.count).unwrap_or(0);
        // The root of the share, with four digits: exact, and the same everywhere.
        let root = (u128::from(count) * 100_000_000 / u128::from(scale)).isqrt();
        (WIDEST * i32::try_from(root).unwrap_or(10_000) / 10_000).max(NARROWEST)
    };
    spine.iter().enumerate().map(width).map(|width| width / 2 * 2).collect()
}

fn fits(figure: &Figure, width: i32) -> bool {
    NAME.width(&figure.name) + 200 <= width
}

fn fill(figure: &Figure) -> Ink {
    if figure.change == Change::Removed {
        return Ink::Fixed("#e2e8f0");
    }
    if matches!(figure.change, Change::Untested | Change::Aside) {
        return Ink::Fixed(figure.dress.header);
    }
    match figure.role {
        Role::Start => Ink::Fixed("#1d4ed8"),
        Role::Plain | Role::Side | Role::Final => Ink::Fixed("#475569"),
        Role::Goal => Ink::Fixed("#15803d"),
    }
}

fn band(figure: &Figure, width: i32) -> Vec<Mark> {
    let area = Area { x: -width / 2, y: 0, width, height: HEIGHT };
    let mut marks = vec![Mark::Box { area, radius: 50, fill: Some(fill(figure)), line: None }];
    if figure.change != Change::Same {
        marks.push(Mark::Box { area, radius: 50, fill: None, line: Some(card::frame(figure)) });
    }
    let inside = fits(figure, width);
    let (x, anchor) = if inside { (0, Anchor::Middle) } else { (-width / 2 - 100, Anchor::End) };
    let (name_ink, count_ink) = match (inside, figure.change) {
        (true, Change::Removed | Change::Untested | Change::Aside) => (Ink::Fixed("#0f172a"), Ink::Fixed("#0f172a")),
        (true, Change::Same | Change::Added | Change::Moved | Change::Shown) => (Ink::White, Ink::White),
        (false, _) => (Ink::Text, Ink::Mute),
    };
    let name_y = if figure.count.is_some() { 200 } else { 280 };
    let name = if inside { figure.name.clone() } else { NAME.cut(&figure.name, 3600) };
    let mut text = Text::new(at(x, name_y), name.clone(), NAME, name_ink).anchored(anchor);
    text.struck = figure.change == Change::Removed;
    text.full = (name != figure.name).then(|| figure.name.clone());
    marks.push(Mark::Text(text));
    if let Some(count) = figure.count {
        marks.push(Mark::Text(Text::new(at(x, 370), grouped(count), COUNT, count_ink).anchored(anchor)));
    }
    marks
}
