//! Pages about funnels: a folder of HTML that needs nothing else.
//!
//! Job: a page for each funnel, and an index of them. What a page says (`content`, `uses`) is apart from how it is marked
//! up (`html`, `page`, `index`).
//! Invariants: every text is escaped; links are relative and lead to pages of this folder alone; nothing is loaded from
//! elsewhere and nothing runs; the same programs give the same bytes.
//! Deliberately absent: files, and what becomes of pages that are out of date.

mod content;
pub(crate) mod html;
mod index;
mod page;
mod uses;

use crate::{
    diag::{Diagnostic, Diagnostics, Severity},
    lower::Sketch,
    model::Model,
    picture::notes::Notes,
    source::SourceMap,
};
use content::{Finding, Page};
use std::collections::BTreeSet;
use uses::Uses;

/// Marks a page as ours: one that begins so may be replaced, and removed when its funnel is gone.
pub const MARK: &str = "<!DOCTYPE html>\n<!-- written by funnelc docs -->\n";

/// A program whose funnels get pages.
pub struct Program<'a> {
    /// What it says.
    pub sketch: &'a Sketch,
    /// The program it was made from.
    pub model: &'a Model,
    /// What was found.
    pub findings: &'a Diagnostics,
    /// The texts.
    pub sources: &'a SourceMap,
    /// The file whose funnels get pages here; all of them where none is named.
    pub of: Option<&'a str>,
    /// Whether all of its text could be read.
    pub is_whole: bool,
    /// What is proved of its funnels.
    pub certain: &'a [Certain],
}

/// What is proved of a funnel without being asked, in words.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Certain {
    /// The funnel.
    pub funnel: String,
    /// How long a run lasts and how many messages one contact gets, at most.
    pub lines: Vec<String>,
    /// How long one visit of a stage lasts at most.
    pub stays: Vec<(String, String)>,
}

/// A file of the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A program with what all its pages ask for.
struct Known<'a> {
    program: &'a Program<'a>,
    notes: Notes,
    /// What each of its funnels uses.
    uses: Vec<Uses>,
}

impl<'a> Known<'a> {
    fn new(program: &'a Program<'a>) -> Self {
        let rules = program.sketch.rules();
        let notes = super::notes::notes(program.model, program.findings, program.sources);
        Self { program, notes, uses: rules.funnels.iter().map(|funnel| uses::uses(rules, funnel)).collect() }
    }
}

/// A funnel that gets a page.
struct Place<'a> {
    program: usize,
    funnel: &'a str,
    /// Its own file.
    source: String,
    file: String,
}

/// The pages of programs, the index first. `title` stands above the index.
#[must_use]
pub fn site(programs: &[Program<'_>], title: &str) -> Vec<File> {
    let mut places = places(programs);
    let base = base(&places);
    for place in &mut places {
        place.source = short(&place.source, &base);
    }
    let known: Vec<Known<'_>> = programs.iter().map(Known::new).collect();
    let pages: Vec<Page> = places.iter().filter_map(|place| Page::new(known.get(place.program)?, place, &places, &base)).collect();
    let mut outside: Vec<Finding> = Vec::new();
    for finding in programs.iter().flat_map(|program| outside_of_funnels(program, &base)) {
        if !outside.contains(&finding) {
            outside.push(finding);
        }
    }
    let mut files = vec![File { name: "index.html".to_owned(), text: index::index(title, &pages, &outside) }];
    files.extend(pages.iter().map(|page| File { name: page.file.clone(), text: page::page(page, title) }));
    files
}

/// Which funnels get pages, and the names of their files: no two alike, whatever a file system makes of large letters.
fn places<'a>(programs: &[Program<'a>]) -> Vec<Place<'a>> {
    let mut taken: BTreeSet<String> = BTreeSet::from(["index".to_owned()]);
    let mut places = Vec::new();
    for (p, program) in programs.iter().enumerate() {
        for funnel in &program.sketch.rules().funnels {
            let Some(declared) = program.model.funnels.values().find(|it| it.name.text == funnel.name) else { continue };
            let source = program.sources.file(declared.span.file).name();
            if program.of.is_some_and(|of| of != source) {
                continue;
            }
            let mut name = funnel.name.clone();
            let mut n = 1;
            while !taken.insert(name.to_lowercase()) {
                n += 1;
                name = format!("{}-{n}", funnel.name);
            }
            places.push(Place { program: p, funnel: &funnel.name, source: source.to_owned(), file: format!("{name}.html") });
        }
    }
    places
}

/// The folder in which all funnels stand, so that pages do not tell where it lies on somebody's machine.
fn base(places: &[Place<'_>]) -> String {
    let folder = |source: &str| source.rfind('/').map_or_else(String::new, |at| source[..=at].to_owned());
    let mut base = places.first().map_or_else(String::new, |place| folder(&place.source));
    while !places.iter().all(|place| place.source.starts_with(&base)) {
        base = folder(base.trim_end_matches('/'));
    }
    base
}

/// The name of a file, seen from there.
fn short(name: &str, base: &str) -> String {
    name.strip_prefix(base).unwrap_or(name).to_owned()
}

/// What was found about declarations that belong to no funnel.
fn outside_of_funnels(program: &Program<'_>, base: &str) -> Vec<Finding> {
    let is_outside = |finding: &&Diagnostic| {
        finding.severity != Severity::Information
            && program.model.funnels.values().all(|funnel| !funnel.span.contains(finding.primary.span))
            && program.of.is_none_or(|of| of == program.sources.file(finding.primary.span.file).name())
    };
    program.findings.iter().filter(is_outside).map(|finding| Finding::new(finding, program, base)).collect()
}
