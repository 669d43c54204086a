//! What stands on a picture, card by card and arrow by arrow, before anything has a place.
//!
//! A sheet is made from a funnel, the detail asked for and what is laid over it. All views and all drawn forms read it.

use super::{
    compact,
    content::{self, Content, Kind, Line, Role, counted, is_from_anywhere, name_of, opening},
    ink::{BROKEN, Dress, WARNED, dress},
    notes::{Notes, percent},
};
use crate::{
    diag::Severity,
    ruleset::{Funnel, RuleSet, Source, Stage},
};

/// How much of each stage is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// Its name.
    Stages,
    /// What it does, in short.
    Actions,
    /// All that is written.
    Full,
}

/// What became of something since an older version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Change {
    /// Nothing.
    #[default]
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It stands elsewhere, or what stands in it changed.
    Moved,
}

/// How a row reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// A remark over the whole width.
    Remark,
    /// The head of a nurture.
    Heading,
    /// A step with its chip.
    Step,
    /// A finding.
    Finding(Severity),
}

/// A row of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// How it reads.
    pub reads: Reads,
    /// The word on its chip, if it has one.
    pub chip: Option<String>,
    /// How deep it stands in others.
    pub depth: usize,
    /// What it says.
    pub text: String,
    /// Since an older version.
    pub change: Change,
}

impl Row {
    /// A remark.
    #[must_use]
    pub fn remark(text: String) -> Self {
        Self { reads: Reads::Remark, chip: None, depth: 0, text, change: Change::Same }
    }

    /// A step.
    #[must_use]
    pub fn step(chip: &str, depth: usize, text: String) -> Self {
        Self { reads: Reads::Step, chip: Some(chip.to_owned()), depth, text, change: Change::Same }
    }
}

/// A card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// The id of its stage; of several that were folded into one, of the first.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The words for what it is.
    pub words: Vec<&'static str>,
    /// The part it plays.
    pub role: Role,
    /// Its colours.
    pub dress: Dress,
    /// What stands below its name.
    pub rows: Vec<Row>,
    /// What is told to whoever points at it.
    pub title: String,
    /// The id it had before, if it was renamed.
    pub was: Option<String>,
    /// How many came.
    pub count: Option<u64>,
    /// Since an older version.
    pub change: Change,
}

/// A way between two cards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The card it leads from.
    pub from: usize,
    /// The card it leads to.
    pub to: usize,
    /// How it is drawn.
    pub line: Line,
    /// When it is taken: one text for each door.
    pub when: Vec<String>,
    /// The share of those who came that took it.
    pub share: Option<String>,
    /// Since an older version.
    pub change: Change,
}

/// A funnel as it is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Its name in the language.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its figures and its ways out, a line each.
    pub facts: Vec<String>,
    /// What is to be known of it first.
    pub banner: Option<String>,
    /// The cards, in declared order.
    pub figures: Vec<Figure>,
    /// The ways between them.
    pub links: Vec<Link>,
}

impl Sheet {
    /// What is drawn of a funnel.
    #[must_use]
    pub fn new(rules: &RuleSet, funnel: &Funnel, detail: Detail, notes: &Notes) -> Self {
        let content = Content::new(rules, funnel);
        let mut figures: Vec<Figure> = (0..funnel.stages.len()).filter_map(|s| figure(&content, s, detail, notes)).collect();
        let mut links: Vec<Link> = content.ways.iter().map(|way| link(&content, way, notes)).collect();
        ghosts(funnel, notes, &mut figures, &mut links);
        let mut facts = vec![facts(&content, notes)];
        facts.extend(content.ways_out().map(|text| signs(&text)));
        let mut sheet =
            Self { name: funnel.name.clone(), title: content.title().to_owned(), facts, banner: notes.banner.clone(), figures, links };
        for figure in &mut sheet.figures {
            figure.rows.iter_mut().for_each(|row| row.text = signs(&row.text));
        }
        sheet.links.iter_mut().flat_map(|link| &mut link.when).for_each(|text| *text = signs(text));
        sheet
    }

    /// The cards of the main way, in declared order.
    pub fn spine(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.figures.len()).filter(|n| self.figures[*n].role.is_on_the_way())
    }

    /// The funnel in sentences.
    #[must_use]
    pub fn told(&self) -> String {
        let tell = |(n, figure): (usize, &Figure)| {
            let ways: Vec<String> = (self.links.iter().filter(|link| link.from == n))
                .filter_map(|link| {
                    let to = &self.figures.get(link.to)?.name;
                    let when = link.when.join(", or ");
                    Some(if when.is_empty() { to.clone() } else { format!("{to} ({when})") })
                })
                .collect();
            let words = if figure.words.is_empty() { String::new() } else { format!(", {},", figure.words.join(" and ").to_lowercase()) };
            if ways.is_empty() {
                format!("{}{words} leads to nothing.", figure.name)
            } else {
                format!("{}{words} leads to {}.", figure.name, ways.join(", "))
            }
        };
        self.figures.iter().enumerate().map(tell).collect::<Vec<_>>().join(" ")
    }

    /// How many came to the stage where most came.
    #[must_use]
    pub fn count_max(&self) -> u64 {
        self.figures.iter().filter_map(|figure| figure.count).max().unwrap_or(0)
    }
}

/// Comparisons as people write them by hand; texts in quotes stay as they are.
pub(super) fn signs(text: &str) -> String {
    let parts = text.split('"').enumerate().map(|(n, part)| {
        if n % 2 == 1 { part.to_owned() } else { part.replace(" >= ", " ≥ ").replace(" <= ", " ≤ ").replace(" != ", " ≠ ") }
    });
    parts.collect::<Vec<_>>().join("\"")
}

fn facts(content: &Content<'_>, notes: &Notes) -> String {
    let mut facts = content.facts();
    let found = |wanted: Severity| {
        let remarks = content.funnel.stages.iter().filter_map(|stage| notes.remarks.get(&stage.id)).flatten();
        remarks.filter(|remark| remark.severity == wanted).count()
    };
    for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        if found(severity) > 0 {
            facts.push(counted(found(severity), word));
        }
    }
    if let Some(counts) = &notes.counts {
        facts.push(counts.about.clone());
    }
    facts.join(" · ")
}

fn figure(content: &Content<'_>, s: usize, detail: Detail, notes: &Notes) -> Option<Figure> {
    let (stage, role) = (content.funnel.stages.get(s)?, *content.roles.get(s)?);
    let remarks = notes.remarks.get(&stage.id).map_or([].as_slice(), Vec::as_slice);
    let dress = match remarks.iter().map(|remark| remark.severity).min() {
        Some(Severity::Error) => BROKEN,
        Some(Severity::Warning | Severity::Information) => WARNED,
        None => dress(role),
    };
    let mut rows: Vec<Row> =
        (remarks.iter()).map(|remark| Row { reads: Reads::Finding(remark.severity), ..Row::remark(remark.text.clone()) }).collect();
    if detail != Detail::Stages {
        rows.extend(entrances(content, s, stage));
        rows.extend(body(content, stage, detail));
    }
    let name = name_of(stage);
    Some(Figure {
        id: stage.id.clone(),
        name: name.to_owned(),
        words: content::words(stage, role),
        role,
        dress,
        rows,
        title: stage.note.as_ref().map_or_else(|| name.to_owned(), |note| format!("{name}: {note}")),
        was: stage.formerly.as_ref().map(|name| format!("{}/{name}", content.funnel.name)),
        count: notes.counts.as_ref().map(|counts| counts.stages.get(&stage.id).copied().unwrap_or(0)),
        change: Change::Same,
    })
}

/// Who comes in without an arrow that says so: from outside, from anywhere, and along the main way.
fn entrances(content: &Content<'_>, s: usize, stage: &Stage) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut push = |text: String| {
        if !rows.iter().any(|row| row.text == text) {
            rows.push(Row::remark(text));
        }
    };
    for door in &stage.doors {
        let opens = opening(&door.sentence, true);
        match &door.from {
            Source::Outside => push(format!("enters {opens}").trim_end().to_owned()),
            Source::Stages(_) => {
                let is_next =
                    |way: &&content::Way<'_>| way.to == s && way.line == Line::Spine && way.doors.iter().any(|it| it.id == door.id);
                if content.ways.iter().any(|way| is_next(&way)) {
                    push(if opens.is_empty() { "enters at once".to_owned() } else { format!("enters {opens}") });
                }
            }
            Source::Anywhere | Source::AnywhereOrOutside => {
                debug_assert!(is_from_anywhere(door));
                let outside = if door.from == Source::Anywhere { "" } else { " or outside" };
                push(format!("enters from any other stage{outside} {opens}").trim_end().to_owned());
            }
        }
    }
    rows
}

fn body(content: &Content<'_>, stage: &Stage, detail: Detail) -> Vec<Row> {
    let mut rows = Vec::new();
    if detail == Detail::Full {
        rows.extend(content::remarks(stage).into_iter().filter(|row| !row.text.starts_with("enters")).map(|row| Row::remark(row.text)));
        if let Some(open) = &stage.open_to {
            rows.push(Row::remark(if open.is_empty() { "open to no channel".to_owned() } else { format!("open to {}", open.join(", ")) }));
        }
    }
    let steps = content::steps(content.rules, stage);
    let written: Vec<Row> = steps
        .into_iter()
        .map(|row| {
            let text = if row.when.is_empty() { row.text } else { format!("{}, {}", row.text, row.when) };
            let reads = match row.kind {
                Kind::Remark => Reads::Remark,
                Kind::Heading => Reads::Heading,
                Kind::Step | Kind::Condition => Reads::Step,
            };
            Row { reads, chip: row.chip, depth: row.depth, text, change: Change::Same }
        })
        .collect();
    rows.extend(if detail == Detail::Full { written } else { compact::compact(written) });
    rows.extend(
        stage.feeds.iter().map(|feed| Row::step("BRINGS", 0, format!("others into {} by {}", feed.stage.replace('/', " / "), feed.by))),
    );
    rows.extend(stage.leaves.iter().map(|leave| Row::step("LEAVE", 0, opening(&leave.sentence, false))));
    rows
}

fn link(content: &Content<'_>, way: &content::Way<'_>, notes: &Notes) -> Link {
    let id = |s: usize| content.funnel.stages.get(s).map_or("", |stage| stage.id.as_str()).to_owned();
    let share = notes.counts.as_ref().and_then(|counts| {
        let moved = counts.moves.get(&(id(way.from), id(way.to))).copied().unwrap_or(0);
        let left_from: u64 = *counts.visits.get(&id(way.from))?;
        percent(moved, left_from)
    });
    let mut when: Vec<String> = Vec::new();
    for text in way.doors.iter().map(|door| opening(&door.sentence, false)) {
        if !when.contains(&text) {
            when.push(text);
        }
    }
    Link { from: way.from, to: way.to, line: way.line, when, share, change: Change::Same }
}

/// A name that is no stage: a card at the end of the arrow that should lead from it.
fn ghosts(funnel: &Funnel, notes: &Notes, figures: &mut Vec<Figure>, links: &mut Vec<Link>) {
    for ghost in &notes.ghosts {
        let Some(to) = funnel.stages.iter().position(|stage| stage.id == ghost.stage) else { continue };
        let from = figures.len();
        figures.push(Figure {
            id: format!("{}/?{}", funnel.name, ghost.name),
            name: ghost.name.clone(),
            words: vec!["UNKNOWN"],
            role: Role::Side,
            dress: BROKEN,
            rows: vec![Row { reads: Reads::Finding(Severity::Error), ..Row::remark("there is no such stage".to_owned()) }],
            title: format!("{}: there is no such stage", ghost.name),
            was: None,
            count: None,
            change: Change::Same,
        });
        links.push(Link { from, to, line: Line::Off, when: Vec::new(), share: None, change: Change::Same });
    }
}
