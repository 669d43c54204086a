//! One stage: how people come in, what they get on which day, and how they go.

use super::{
    agenda::Entry,
    card::{self, CHIP},
    frame,
    ink::Ink,
    look,
    measure::Size,
    notes::grouped,
    scene::{Anchor, Area, Dash, Group, Mark, Scene, Stroke, Text, at},
    sheet::{Change, Figure, Link, Reads, Said, Sheet},
};

const DAY: Size = Size::bold(120);
const DOES: Size = Size::plain(130);
const WHEN: Size = Size::plain(115);
const HEADING: Size = Size::bold(120);
const LEFT: i32 = 280;
const LINE_X: i32 = 1500;
const TEXT_MAX: i32 = 4200;

struct Timeline {
    marks: Vec<Mark>,
    y: i32,
    right: i32,
    chip: i32,
}

/// Draws one stage of a funnel.
#[must_use]
pub fn scene(sheet: &Sheet, n: usize) -> Scene {
    let Some(figure) = sheet.figures.get(n) else { return Scene::default() };
    let funnel = sheet.title.clone();
    let sheet = headed(sheet, figure);
    let agendas = &figure.inside.agendas;
    let chips = agendas.iter().flat_map(|agenda| &agenda.entries).map(|entry| CHIP.width(&entry.chip) + 160);
    let mut line = Timeline { marks: Vec::new(), y: frame::head_height(&sheet), right: 0, chip: chips.max().unwrap_or(0).max(520) };
    line.section("COMES IN");
    for door in &figure.inside.doors {
        line.remark(&door.text, door.change);
    }
    if figure.inside.doors.is_empty() {
        line.remark("nobody: no door leads here", Change::Same);
    }
    for agenda in agendas {
        line.y += 120;
        let start = agenda.start.as_deref().map_or_else(String::new, |start| format!(", {start}"));
        line.section(&format!("{}{start}", agenda.name.to_uppercase()));
        line.entries(&agenda.entries);
    }
    line.y += 120;
    line.section("GOES");
    for (text, change) in goes(&sheet, n) {
        line.remark(&format!("→ {text}"), change);
    }
    let group = Group { id: Some(figure.id.clone()), title: Some(sheet.title.clone()), marks: line.marks, ..Group::default() };
    let mut scene = frame::framed(&sheet, vec![group], line.right + LEFT, line.y - 140, &[]);
    scene.description = format!("The stage {} of {funnel}, with what it does on which day.", sheet.title);
    scene
}

/// The sheet with the stage's name above it, and what is to be known of the stage.
#[must_use]
pub fn headed(sheet: &Sheet, figure: &Figure) -> Sheet {
    let mut facts = vec![format!("a stage of {}", sheet.title)];
    facts.extend(figure.words.iter().map(|word| word.to_lowercase()));
    facts.extend(match figure.change {
        Change::Same => None,
        Change::Added => Some("added".to_owned()),
        Change::Removed => Some("removed".to_owned()),
        Change::Moved => Some("moved".to_owned()),
        Change::Untested => Some("no test comes here".to_owned()),
        Change::Shown => Some("on the way".to_owned()),
        Change::Aside => Some("beside the way".to_owned()),
    });
    facts.extend(figure.count.map(|count| format!("{} came", grouped(count))));
    facts.extend(figure.count.and(sheet.sample.clone()));
    let mut lines = vec![facts.join(" · ")];
    lines.extend(figure.inside.note.clone());
    let findings = figure.rows.iter().filter(|row| matches!(row.reads, Reads::Finding(_))).cloned().collect();
    Sheet { title: figure.name.clone(), facts: lines, findings, ..sheet.clone() }
}

/// Where people go from a stage, a sentence each.
#[must_use]
pub fn goes(sheet: &Sheet, n: usize) -> Vec<(String, Change)> {
    let way = |link: &Link| {
        let to = sheet.figures.get(link.to)?;
        let share = link.share.as_deref().map_or_else(String::new, |share| format!(" ({share})"));
        Some((format!("to {}{share}: {}", to.name, link.when.join(" or ")), link.change))
    };
    let mut all: Vec<(String, Change)> = sheet.links.iter().filter(|link| link.from == n).filter_map(way).collect();
    let Some(figure) = sheet.figures.get(n) else { return all };
    if figure.inside.is_final {
        all.push(("nowhere: the run ends here".to_owned(), Change::Same));
        return all;
    }
    for other in sheet.figures.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| other) {
        all.extend(other.inside.anywhere.iter().map(|said| (format!("to {}: {}", other.name, said.text), said.change)));
    }
    all.extend(figure.inside.leaves.iter().map(|Said { text, change }| (format!("out of the funnel: {text}"), *change)));
    if all.is_empty() {
        all.push(("nowhere: no door leads on".to_owned(), Change::Same));
    }
    all
}

impl Timeline {
    fn text(&mut self, x: i32, text: &str, size: Size, ink: Ink, full: Option<String>) {
        let mut text = Text::new(at(x, self.y), text, size, ink);
        text.full = full;
        self.right = self.right.max(text.area().right());
        self.marks.push(Mark::Text(text));
    }

    fn section(&mut self, name: &str) {
        self.y += 120;
        for line in HEADING.wrap(name, TEXT_MAX, 2) {
            self.text(LEFT, &line, HEADING, Ink::Mute, None);
            self.y += 160;
        }
        self.y += 40;
    }

    fn remark(&mut self, text: &str, change: Change) {
        for line in DOES.wrap(text, TEXT_MAX + 800, 4) {
            self.text(LEFT, &line, DOES, card::changed(change).unwrap_or(Ink::Text), None);
            self.strike(change);
            self.y += 190;
        }
    }

    /// What was written last is struck through where it is gone.
    fn strike(&mut self, change: Change) {
        if let (Change::Removed, Some(Mark::Text(text))) = (change, self.marks.last_mut()) {
            text.struck = true;
        }
    }

    fn entries(&mut self, entries: &[Entry]) {
        let mut day = String::new();
        let mut dots: Vec<i32> = Vec::new();
        let start = self.y;
        for entry in entries {
            self.y += 120;
            let words = entry.when.words();
            let middle = self.y - 45;
            if words != day {
                let text = Text::new(at(LINE_X - 180, self.y), words.clone(), DAY, Ink::Text).anchored(Anchor::End);
                self.marks.push(Mark::Text(text));
                dots.push(middle);
                day = words;
            }
            self.entry(entry, middle);
        }
        let stroke = Stroke { ink: Ink::PlainLine, width: 16, dash: Dash::Solid };
        let points = vec![at(LINE_X, start), at(LINE_X, self.y - 120)];
        if !entries.is_empty() {
            self.marks.push(Mark::Way { points, line: stroke, arrow: true, title: None });
        }
        for y in dots {
            let area = Area { x: LINE_X - 45, y: y - 45, width: 90, height: 90 };
            self.marks.push(Mark::Box { area, radius: 45, fill: Some(Ink::PlainLine), line: None });
        }
    }

    fn entry(&mut self, entry: &Entry, middle: i32) {
        let chip_x = LINE_X + 180;
        let (back, front) = look::chip(&entry.chip);
        let area = Area { x: chip_x, y: middle - 90, width: self.chip, height: 180 };
        self.marks.push(Mark::Box { area, radius: 40, fill: Some(Ink::Fixed(back)), line: None });
        let word = Text::new(at(chip_x + self.chip / 2, middle + 35), entry.chip.clone(), CHIP, Ink::Fixed(front)).anchored(Anchor::Middle);
        self.marks.push(Mark::Text(word));
        let x = chip_x + self.chip + 90;
        for line in DOES.wrap(&entry.text, TEXT_MAX, 3) {
            self.text(x, &line, DOES, card::changed(entry.change).unwrap_or(Ink::Text), None);
            self.strike(entry.change);
            self.y += 160;
        }
        let was = entry.was.map(|was| format!("was {}", was.words()));
        let conditions = was.into_iter().chain(entry.conditions.iter().cloned()).collect::<Vec<_>>().join(", ");
        if !conditions.is_empty() {
            let lines = WHEN.wrap(&conditions, TEXT_MAX, 2);
            let full = (lines.join(" ") != conditions).then_some(conditions);
            for line in lines {
                self.text(x, &line, WHEN, Ink::Mute, full.clone());
                self.y += 150;
            }
        }
        self.y += 60;
    }
}
