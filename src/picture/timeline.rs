//! One stage: how people come in, what they get on which day, and how they go.

use super::{
    agenda::{Entry, agendas},
    card::CHIP,
    content::{Content, name_of, opening},
    frame,
    ink::Ink,
    look,
    measure::Size,
    scene::{Anchor, Area, Dash, Group, Mark, Scene, Stroke, Text, at},
    sheet::Sheet,
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
pub fn scene(sheet: &Sheet, content: &Content<'_>, n: usize) -> Scene {
    let mut sheet = sheet.clone();
    let Some((stage, figure)) = content.funnel.stages.get(n).zip(sheet.figures.get(n)) else { return Scene::default() };
    let funnel = sheet.title.clone();
    let words = if figure.words.is_empty() { String::new() } else { format!(" · {}", figure.words.join(" · ").to_lowercase()) };
    sheet.facts = vec![format!("a stage of {funnel}{words}")];
    sheet.facts.extend(stage.note.clone());
    sheet.title = name_of(stage).to_owned();
    let agendas = agendas(content.rules, stage);
    let chips = agendas.iter().flat_map(|agenda| &agenda.entries).map(|entry| CHIP.width(&entry.chip) + 160);
    let mut line = Timeline { marks: Vec::new(), y: frame::head_height(&sheet), right: 0, chip: chips.max().unwrap_or(0).max(520) };
    line.section("COMES IN");
    for door in &stage.doors {
        line.remark(&door.sentence.replacen("enter ", "", 1));
    }
    if stage.doors.is_empty() {
        line.remark("nobody: no door leads here");
    }
    for agenda in &agendas {
        line.y += 120;
        line.section(&format!(
            "{}{}",
            agenda.name.to_uppercase(),
            agenda.start.as_deref().map_or_else(String::new, |start| format!(", {start}"))
        ));
        line.entries(&agenda.entries);
    }
    line.y += 120;
    line.section("GOES");
    for link in sheet.links.iter().filter(|link| link.from == n) {
        let Some(to) = sheet.figures.get(link.to) else { continue };
        let share = link.share.as_deref().map_or_else(String::new, |share| format!(" ({share})"));
        line.remark(&format!("→ to {}{share}: {}", to.name, link.when.join(" or ")));
    }
    for leave in stage.leaves.iter().chain(&content.funnel.leaves) {
        line.remark(&format!("→ out of the funnel: {}", opening(&leave.sentence, false)));
    }
    if stage.is_final {
        line.remark("nowhere: the run ends here");
    }
    let group = Group { id: Some(stage.id.clone()), title: Some(sheet.title.clone()), marks: line.marks, ..Group::default() };
    let mut scene = frame::framed(&sheet, vec![group], line.right + LEFT, line.y - 140, &[]);
    scene.description = format!("The stage {} of {funnel}, with what it does on which day.", sheet.title);
    scene
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

    fn remark(&mut self, text: &str) {
        for line in DOES.wrap(text, TEXT_MAX + 800, 4) {
            self.text(LEFT, &line, DOES, Ink::Text, None);
            self.y += 190;
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
            self.text(x, &line, DOES, Ink::Text, None);
            self.y += 160;
        }
        let conditions = entry.conditions.join(", ");
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
