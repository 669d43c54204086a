//! The lanes: a column for each stage, a row for each channel, and in them what people receive and when.

use super::{
    agenda::Entry,
    card, frame,
    ink::Ink,
    look,
    measure::Size,
    notes::grouped,
    scene::{Area, Dash, Group, Mark, Scene, Stroke, Text, at},
    sheet::{Change, Figure, Sheet},
};

const NAME: Size = Size::bold(130);
const ROW: Size = Size::bold(120);
const TITLE: Size = Size::bold(120);
const WHEN: Size = Size::plain(110);
const COUNT: Size = Size::bold(120);
const LEFT: i32 = 280;
const COLUMN: i32 = 1600;
const CELL: i32 = 1440;
const APART: i32 = 60;

/// A card in a cell.
struct Slip {
    title: Vec<String>,
    when: Vec<String>,
    full: Option<String>,
    ink: (&'static str, &'static str),
    change: Change,
}

impl Slip {
    fn new(entry: &Entry, start: Option<&str>) -> Self {
        let mut when = vec![entry.day()];
        when.extend(start.map(str::to_owned));
        when.extend(entry.conditions.iter().cloned());
        let when = when.join(", ");
        let (title, lines) = (TITLE.wrap(&entry.text, CELL - 200, 2), WHEN.wrap(&when, CELL - 200, 2));
        let is_cut = title.join(" ") != entry.text || lines.join(" ") != when;
        let full = is_cut.then(|| format!("{}: {when}", entry.text));
        Self { title, when: lines, full, ink: look::chip(&entry.chip), change: entry.change }
    }

    fn height(&self) -> i32 {
        120 + 150 * rows(self.title.len() + self.when.len())
    }

    fn draw(&self, x: i32, y: i32, marks: &mut Vec<Mark>) {
        let area = Area { x, y, width: CELL, height: self.height() };
        marks.push(Mark::Box { area, radius: 60, fill: Some(Ink::Fixed(self.ink.0)), line: None });
        if let Some(ink) = card::changed(self.change) {
            let dash = if self.change == Change::Removed { Dash::Dashed } else { Dash::Solid };
            marks.push(Mark::Box { area, radius: 60, fill: None, line: Some(Stroke { ink, width: 25, dash }) });
        }
        let mut baseline = y + 170;
        for (n, (line, size)) in self.title.iter().map(|line| (line, TITLE)).chain(self.when.iter().map(|line| (line, WHEN))).enumerate() {
            let mut text = Text::new(at(x + 100, baseline), line.clone(), size, Ink::Fixed(self.ink.1));
            text.full = if n == 0 { self.full.clone() } else { None };
            text.struck = self.change == Change::Removed;
            marks.push(Mark::Text(text));
            baseline += 150;
        }
    }
}

fn rows(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(0)
}

/// Draws what each stage sends, by channel.
#[must_use]
pub fn scene(sheet: &Sheet) -> Scene {
    let mut sheet = sheet.clone();
    sheet.facts.insert(0, "what a person receives, by channel".to_owned());
    let columns = columns(&sheet);
    let channels = channels(&columns);
    let names: Vec<String> = channels.iter().map(|chip| if chip == "DO" { "Actions".to_owned() } else { chip.clone() }).collect();
    let left = LEFT + names.iter().map(|name| ROW.width(name)).max().unwrap_or(600) + 300;
    let top = frame::head_height(&sheet);
    let heads: Vec<Vec<String>> = columns.iter().map(|(n, _)| NAME.wrap(&sheet.figures[*n].name, COLUMN - 420, 2)).collect();
    let lines = heads.iter().map(Vec::len).max().unwrap_or(1) + usize::from(sheet.sample.is_some());
    let head = 170 + 150 * rows(lines);
    let right = left + COLUMN * rows(columns.len());
    let mut y = top + head + 80;
    let mut groups = vec![headers(&sheet, &columns, &heads, (left, top, head))];
    if channels.is_empty() {
        let text = Text::new(at(LEFT, y + 200), "nothing is sent and nothing is asked for", WHEN, Ink::Mute);
        groups.push(Group { marks: vec![Mark::Text(text)], ..Group::default() });
        y += 300;
    }
    for (c, (chip, name)) in channels.iter().zip(&names).enumerate() {
        let cells: Vec<Vec<Slip>> = (columns.iter())
            .map(|(_, entries)| {
                entries.iter().filter(|(entry, _)| entry.chip == *chip).map(|(entry, start)| Slip::new(entry, start.as_deref())).collect()
            })
            .collect();
        let tall = |cell: &Vec<Slip>| cell.iter().map(|slip| slip.height() + APART).sum::<i32>();
        let height = 120 + cells.iter().map(tall).max().unwrap_or(0).max(340);
        let mut marks = Vec::new();
        let stripe = if c % 2 == 0 { Ink::Stripe } else { Ink::Page };
        marks.push(Mark::Box {
            area: Area { x: LEFT - 80, y: 0, width: right - LEFT + 160, height },
            radius: 0,
            fill: Some(stripe),
            line: None,
        });
        marks.push(Mark::Text(Text::new(at(LEFT, height / 2 + 40), name.clone(), ROW, Ink::Text)));
        for (n, cell) in cells.iter().enumerate() {
            let mut slip_y = 90;
            for slip in cell {
                slip.draw(left + COLUMN * rows(n), slip_y, &mut marks);
                slip_y += slip.height() + APART;
            }
        }
        groups.push(Group { title: Some(name.clone()), at: at(0, y), marks, ..Group::default() });
        y += height;
    }
    let lines = (1..columns.len()).map(|n| {
        let x = left + COLUMN * rows(n) - (COLUMN - CELL) / 2;
        let line = Stroke { ink: Ink::Rule, width: 10, dash: Dash::Solid };
        Mark::Way { points: vec![at(x, top + head + 80), at(x, y)], line, arrow: false, title: None }
    });
    groups.push(Group { marks: lines.collect(), ..Group::default() });
    frame::framed(&sheet, groups, right + LEFT, y, &[])
}

/// A stage, by its place on the sheet, and what it asks for.
pub type Column = (usize, Vec<(Entry, Option<String>)>);

/// The chips of all that is asked for; actions outside come last.
#[must_use]
pub fn channels(columns: &[Column]) -> Vec<String> {
    let mut channels: Vec<String> = Vec::new();
    for (entry, _) in columns.iter().flat_map(|(_, entries)| entries) {
        if !channels.contains(&entry.chip) {
            channels.push(entry.chip.clone());
        }
    }
    channels.sort_by_key(|chip| chip == "DO");
    channels
}

/// The stages with what they ask for: the main way, then the others. Of many stages those without are left out.
#[must_use]
pub fn columns(sheet: &Sheet) -> Vec<Column> {
    let mut order: Vec<usize> = sheet.spine().collect();
    order.extend((0..sheet.figures.len()).filter(|n| !sheet.figures[*n].role.is_on_the_way() && sheet.figures[*n].is_stage()));
    let mut columns: Vec<Column> = Vec::new();
    for n in order {
        let entries = sheet.figures[n].inside.agendas.iter().flat_map(|agenda| {
            let start = &agenda.start;
            agenda.entries.iter().filter(|entry| entry.is_request).map(move |entry| (entry.clone(), start.clone()))
        });
        columns.push((n, entries.collect()));
    }
    if columns.len() > 12 {
        columns.retain(|(_, entries)| !entries.is_empty());
    }
    columns
}

/// The names of stages, those of the main way as chevrons.
fn headers(sheet: &Sheet, columns: &[Column], names: &[Vec<String>], (left, top, height): (i32, i32, i32)) -> Group {
    let mut marks = Vec::new();
    for (c, ((n, _), name)) in columns.iter().zip(names).enumerate() {
        let Some(figure) = sheet.figures.get(*n) else { continue };
        let x = left + COLUMN * rows(c);
        chevron(figure, (x, height), c == 0, Ink::Fixed(figure.dress.header), &mut marks);
        let count = figure.count.map(grouped);
        let lines = name.len() + usize::from(count.is_some());
        let mut y = (height - 150 * (rows(lines) - 1)) / 2 + 45;
        let text_x = x + if c == 0 { 120 } else { 200 };
        let ink = Ink::Fixed(figure.dress.name);
        for line in name {
            let mut text = Text::new(at(text_x, y), line.clone(), NAME, ink);
            text.struck = figure.change == Change::Removed;
            marks.push(Mark::Text(text));
            y += 150;
        }
        marks.extend(count.map(|count| Mark::Text(Text::new(at(text_x, y), count, COUNT, ink))));
        bars(figure, sheet.count_max(), (x, height), &mut marks);
    }
    Group { at: at(0, top), marks, ..Group::default() }
}

/// Below a name how many came, as a share of the most; above it what became of the stage.
fn bars(figure: &Figure, most: u64, (x, height): (i32, i32), marks: &mut Vec<Mark>) {
    let bar = |x, y, width, ink| Mark::Box { area: Area { x, y, width, height: 40 }, radius: 0, fill: Some(ink), line: None };
    let (x, whole) = if figure.role.is_on_the_way() { (x, COLUMN - 240) } else { (x + 60, CELL - 60) };
    let share = figure.count.and_then(|count| (u128::from(count) * u128::try_from(whole).ok()?).checked_div(u128::from(most)));
    if let Some(width) = share.and_then(|width| i32::try_from(width).ok()).filter(|width| *width > 0) {
        marks.push(bar(x, height + 20, width, Ink::Bar));
    }
    marks.extend(card::changed(figure.change).map(|ink| bar(x, -70, whole, ink)));
}

fn chevron(figure: &Figure, (x, height): (i32, i32), is_first: bool, fill: Ink, marks: &mut Vec<Mark>) {
    let (width, point) = (COLUMN - 240, 120);
    if figure.role.is_on_the_way() {
        let mut points = vec![at(x, 0), at(x + width, 0), at(x + width + point, height / 2), at(x + width, height), at(x, height)];
        if !is_first {
            points.push(at(x + point, height / 2));
        }
        marks.push(Mark::Shape { points, fill, opacity: 100 });
    } else {
        let line = Stroke { ink: figure.dress.frame, width: 12, dash: Dash::Dashed };
        let area = Area { x: x + 60, y: 0, width: CELL - 60, height };
        marks.push(Mark::Box { area, radius: 60, fill: Some(fill), line: None });
        marks.push(Mark::Box { area, radius: 60, fill: None, line: Some(line) });
    }
}
