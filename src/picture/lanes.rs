//! The lanes: a column for each stage, a row for each channel, and in them what people receive and when.

use super::{
    agenda::{Entry, agendas},
    content::Content,
    frame,
    ink::Ink,
    look,
    measure::Size,
    scene::{Anchor, Area, Dash, Group, Mark, Scene, Stroke, Text, at},
    sheet::{Figure, Sheet},
};

const NAME: Size = Size::bold(130);
const ROW: Size = Size::bold(120);
const TITLE: Size = Size::bold(120);
const WHEN: Size = Size::plain(110);
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
}

impl Slip {
    fn new(entry: &Entry, start: Option<&str>) -> Self {
        let mut when = vec![entry.when.words()];
        when.extend(start.map(str::to_owned));
        when.extend(entry.conditions.iter().cloned());
        let when = when.join(", ");
        let (title, lines) = (TITLE.wrap(&entry.text, CELL - 200, 2), WHEN.wrap(&when, CELL - 200, 2));
        let is_cut = title.join(" ") != entry.text || lines.join(" ") != when;
        let full = is_cut.then(|| format!("{}: {when}", entry.text));
        Self { title, when: lines, full, ink: look::chip(&entry.chip) }
    }

    fn height(&self) -> i32 {
        120 + 150 * rows(self.title.len() + self.when.len())
    }

    fn draw(&self, x: i32, y: i32, marks: &mut Vec<Mark>) {
        let area = Area { x, y, width: CELL, height: self.height() };
        marks.push(Mark::Box { area, radius: 60, fill: Some(Ink::Fixed(self.ink.0)), line: None });
        let mut baseline = y + 170;
        for (n, (line, size)) in self.title.iter().map(|line| (line, TITLE)).chain(self.when.iter().map(|line| (line, WHEN))).enumerate() {
            let mut text = Text::new(at(x + 100, baseline), line.clone(), size, Ink::Fixed(self.ink.1));
            text.full = if n == 0 { self.full.clone() } else { None };
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
pub fn scene(sheet: &Sheet, content: &Content<'_>) -> Scene {
    let mut sheet = sheet.clone();
    sheet.facts = vec!["what a person receives, by channel".to_owned()];
    let columns = columns(content);
    let mut channels: Vec<String> = Vec::new();
    for entry in columns.iter().flat_map(|(_, entries)| entries) {
        if !channels.contains(&entry.0.chip) {
            channels.push(entry.0.chip.clone());
        }
    }
    // Actions outside come last.
    channels.sort_by_key(|chip| chip == "DO");
    let names: Vec<String> = channels.iter().map(|chip| if chip == "DO" { "Actions".to_owned() } else { chip.clone() }).collect();
    let left = LEFT + names.iter().map(|name| ROW.width(name)).max().unwrap_or(600) + 300;
    let top = frame::head_height(&sheet);
    let heads: Vec<Vec<String>> = columns.iter().map(|(n, _)| NAME.wrap(&sheet.figures[*n].name, COLUMN - 420, 2)).collect();
    let head = 170 + 150 * rows(heads.iter().map(Vec::len).max().unwrap_or(1));
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

type Column = (usize, Vec<(Entry, Option<String>)>);

/// The stages with what they ask for: the main way, then the others. Of many stages those without are left out.
fn columns(content: &Content<'_>) -> Vec<Column> {
    let mut order: Vec<usize> = content.spine().collect();
    order.extend((0..content.roles.len()).filter(|n| !content.roles[*n].is_on_the_way()));
    let mut columns: Vec<Column> = Vec::new();
    for n in order {
        let Some(stage) = content.funnel.stages.get(n) else { continue };
        let entries = agendas(content.rules, stage).into_iter().flat_map(|agenda| {
            let start = agenda.start;
            agenda.entries.into_iter().filter(|entry| entry.is_request).map(move |entry| (entry, start.clone()))
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
        let fill = Ink::Fixed(figure.dress.header);
        chevron(figure, (x, height), c == 0, fill, &mut marks);
        let mut y = (height - 150 * (rows(name.len()) - 1)) / 2 + 45;
        for line in name {
            marks.push(Mark::Text(
                Text::new(at(x + if c == 0 { 120 } else { 200 }, y), line.clone(), NAME, Ink::Fixed(figure.dress.name))
                    .anchored(Anchor::Start),
            ));
            y += 150;
        }
    }
    Group { at: at(0, top), marks, ..Group::default() }
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
