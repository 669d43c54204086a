//! What stands on a picture, card by card and arrow by arrow, before anything has a place.
//!
//! A sheet is made from a funnel, the detail asked for and what is laid over it. All views and all drawn forms read it.

use super::{
    agenda::Agenda,
    content::{self, Content, Line, Role, counted, opening},
    figure::{figure, ghosts},
    ink::Dress,
    notes::{Notes, Remark, percent},
};
use crate::{
    diag::Severity,
    ruleset::{Funnel, RuleSet},
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

/// What became of something since an older version, or whether tests come by it.
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
    /// Nothing; but no test comes here.
    Untested,
    /// Nothing; it lies on the way that is shown.
    Shown,
    /// Nothing; it lies beside the way that is shown.
    Aside,
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

    /// A finding.
    #[must_use]
    pub(super) fn finding(remark: &Remark) -> Self {
        Self { reads: Reads::Finding(remark.severity), ..Self::remark(remark.told()) }
    }

    /// A step.
    #[must_use]
    pub fn step(chip: &str, depth: usize, text: String) -> Self {
        Self { reads: Reads::Step, chip: Some(chip.to_owned()), depth, text, change: Change::Same }
    }
}

/// A sentence about a stage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// Since an older version.
    pub change: Change,
}

impl Said {
    /// A sentence.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, change: Change::Same }
    }
}

/// What is told of a stage where there is more room than on a card.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inside {
    /// How people come in, a sentence for each door.
    pub doors: Vec<Said>,
    /// When people come from any other stage.
    pub anywhere: Vec<Said>,
    /// What its nurtures do.
    pub agendas: Vec<Agenda>,
    /// When people leave the funnel from here.
    pub leaves: Vec<Said>,
    /// What its author noted.
    pub note: Option<String>,
    /// Whether the run ends here.
    pub is_final: bool,
    /// Stages of other funnels into which it brings others, by their ids, and by what.
    pub feeds: Vec<(String, String)>,
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
    /// What is told where there is more room.
    pub inside: Inside,
}

impl Figure {
    /// Whether it stands for a stage that there is, and not for a name that is none.
    #[must_use]
    pub fn is_stage(&self) -> bool {
        !self.id.contains("/?")
    }
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
    /// Of whom counts were taken, and until when.
    pub sample: Option<String>,
    /// Findings about it that belong to no stage.
    pub findings: Vec<Row>,
    /// The cards, in declared order.
    pub figures: Vec<Figure>,
    /// The ways between them.
    pub links: Vec<Link>,
}

impl Sheet {
    /// What is drawn of a funnel.
    #[must_use]
    pub fn new(rules: &RuleSet, funnel: &Funnel, detail: Detail, notes: &Notes) -> Self {
        let content = Content::beside(rules, funnel, &notes.unreachable);
        let mut figures: Vec<Figure> = (0..funnel.stages.len()).filter_map(|s| figure(&content, s, detail, notes)).collect();
        let mut links: Vec<Link> = content.ways.iter().map(|way| link(&content, way, notes)).collect();
        ghosts(funnel, notes, &mut figures, &mut links);
        let mut facts = vec![facts(&content, notes)];
        let untested = |id: &str| if notes.covered(id, None) == Change::Untested { " (untested)" } else { "" };
        facts.extend(content.ways_out().zip(&funnel.leaves).map(|(text, leave)| format!("{}{}", signs(&text), untested(&leave.id))));
        let findings = notes.funnels.get(&funnel.name).map_or_else(Vec::new, |of| of.remarks.iter().map(Row::finding).collect());
        let (name, title, banner) = (funnel.name.clone(), content.title().to_owned(), notes.banner.clone());
        let sample = notes.counts.as_ref().map(|counts| counts.about.clone());
        let mut sheet = Self { name, title, facts, banner, sample, findings, figures, links };
        for figure in &mut sheet.figures {
            figure.rows.iter_mut().for_each(|row| row.text = signs(&row.text));
        }
        sheet.links.iter_mut().flat_map(|link| &mut link.when).for_each(|text| *text = signs(text));
        sheet.mark_untested();
        sheet
    }

    /// Says with words too what no test comes by, for whoever sees no colours.
    fn mark_untested(&mut self) {
        let mark = |text: &mut String, change: Change| {
            if change == Change::Untested {
                text.push_str(if text.is_empty() { "untested" } else { " (untested)" });
            }
        };
        for figure in &mut self.figures {
            if figure.change == Change::Untested {
                figure.words.push("UNTESTED");
            }
            figure.rows.iter_mut().for_each(|row| mark(&mut row.text, row.change));
            let inside = &mut figure.inside;
            let said = inside.doors.iter_mut().chain(&mut inside.anywhere).chain(&mut inside.leaves);
            said.for_each(|said| mark(&mut said.text, said.change));
            inside.agendas.iter_mut().flat_map(|agenda| &mut agenda.entries).for_each(|entry| mark(&mut entry.text, entry.change));
        }
        for link in &mut self.links {
            link.when.iter_mut().for_each(|text| mark(text, link.change));
        }
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
#[must_use]
pub fn signs(text: &str) -> String {
    let parts = text.split('"').enumerate().map(|(n, part)| {
        if n % 2 == 1 { part.to_owned() } else { part.replace(" >= ", " ≥ ").replace(" <= ", " ≤ ").replace(" != ", " ≠ ") }
    });
    parts.collect::<Vec<_>>().join("\"")
}

fn facts(content: &Content<'_>, notes: &Notes) -> String {
    let mut facts = content.facts();
    let found = notes.funnels.get(&content.funnel.name);
    let (errors, warnings) = found.map_or((0, 0), |found| (found.errors, found.warnings));
    for (count, word) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            facts.push(counted(count, word));
        }
    }
    if let Some(counts) = &notes.counts {
        facts.push(counts.about.clone());
    }
    if let Some(covered) = &notes.covered {
        facts.push(covered.about.clone());
    }
    if let Some(traced) = &notes.traced {
        facts.push(traced.about.clone());
    }
    facts.join(" · ")
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
    let is_tested = way.doors.iter().any(|door| notes.covered(&door.id, None) == Change::Same);
    let shown = notes.traced.as_ref().map(|traced| traced.link(&id(way.from), &id(way.to)));
    let change = shown.unwrap_or(if is_tested { Change::Same } else { Change::Untested });
    Link { from: way.from, to: way.to, line: way.line, when, share, change }
}
