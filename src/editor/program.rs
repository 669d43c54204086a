//! A program as an editor looks at it.

use super::{
    meanings::{Named, Thing},
    names::Names,
};
use crate::{
    ast,
    check::{self, Bounds, Settings},
    diag::Diagnostics,
    lower::{self, Sketch},
    model::Model,
    source::{FileId, SourceFile, SourceMap},
    workspace::{Kept, Loaded, Resolved},
};
use std::sync::{Arc, OnceLock};

/// Of larger programs nobody asks what is certain while they look at a word.
const BOUNDED_MAX: usize = 2_000;

/// Texts that belong together, resolved, with what each of their names means. It never changes: a key stroke makes another.
#[derive(Debug)]
pub struct Program {
    resolved: Resolved,
    names: Names,
    roots: Vec<String>,
    sketch: OnceLock<Sketch>,
    bounds: OnceLock<Vec<Bounds>>,
    kept: Arc<Kept>,
}

impl Program {
    /// Resolves what was read from these roots.
    #[must_use]
    pub fn new(loaded: Loaded, roots: Vec<String>) -> Self {
        let resolved = Resolved::new(loaded);
        let names = Names::new(&resolved);
        Self { resolved, names, roots, sketch: OnceLock::new(), bounds: OnceLock::new(), kept: Arc::default() }
    }

    /// The program, with what was found in the parts of the one before it.
    #[must_use]
    pub fn after(self, kept: Arc<Kept>) -> Self {
        Self { kept, ..self }
    }

    /// How many of its parts the last check looked at, and how many there were: what was found in the others was kept.
    #[must_use]
    pub fn looked_at(&self) -> (usize, usize) {
        self.kept.looked_at()
    }

    /// The files that were asked for, in order; others are used by them.
    #[must_use]
    pub fn roots(&self) -> &[String] {
        &self.roots
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        &self.resolved.sources
    }

    /// The resolved declarations.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.resolved.model
    }

    /// Whether syntax, names and types are whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.resolved.is_whole
    }

    /// The file of this path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<FileId> {
        self.sources().files().find(|(_, file)| file.name() == path).map(|(id, _)| id)
    }

    /// Whether a `use` names a file that is not there.
    pub(super) fn misses_files(&self) -> bool {
        self.resolved.diagnostics.iter().any(|finding| finding.code == crate::resolve::F107)
    }

    /// The text of a file, with its name and lines.
    #[must_use]
    pub fn source(&self, file: FileId) -> &SourceFile {
        self.sources().file(file)
    }

    /// The tree of a file.
    #[must_use]
    pub fn tree(&self, file: FileId) -> Option<&ast::File> {
        self.resolved.files.iter().find(|tree| tree.span.file == file)
    }

    /// The trees of all files, in declaration order.
    #[must_use]
    pub fn trees(&self) -> &[ast::File] {
        &self.resolved.files
    }

    /// What is found in texts, names and types; quick.
    #[must_use]
    pub fn unchecked(&self) -> Diagnostics {
        self.resolved.unchecked()
    }

    /// All that is found, the checks included; this takes its time in large programs.
    #[must_use]
    pub fn findings(&self, settings: Settings) -> Diagnostics {
        self.findings_while(settings, &|| true).unwrap_or_default()
    }

    /// [`Self::findings`], given up once nobody wants them any more.
    #[must_use]
    pub fn findings_while(&self, settings: Settings, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
        self.resolved.findings_while(settings, Some(&self.kept), is_wanted)
    }

    /// The name at an offset: one that holds it or ends there.
    #[must_use]
    pub fn name_at(&self, file: FileId, offset: u32) -> Option<&Named> {
        self.names.at(file, offset)
    }

    /// What is meant at an offset; where the text around did not parse, what its letters can only mean.
    #[must_use]
    pub fn thing_at(&self, file: FileId, offset: u32) -> Option<Thing> {
        if let Some(named) = self.name_at(file, offset) {
            return Some(named.thing.clone());
        }
        let word = super::place::word_at(self.source(file).text(), offset)?;
        if !self.is_damaged_at(file, offset) {
            return None;
        }
        self.names.only(&word.text)
    }

    /// All names, in the order of places.
    #[must_use]
    pub fn names(&self) -> &[Named] {
        self.names.all()
    }

    /// The names of a file, in the order of places.
    #[must_use]
    pub fn names_in(&self, file: FileId) -> &[Named] {
        self.names.in_file(file)
    }

    pub(super) fn table(&self) -> &Names {
        &self.names
    }

    /// The rules as pictures and sentences show them.
    pub(super) fn sketch(&self) -> &Sketch {
        self.sketch.get_or_init(|| lower::sketch(self.model(), self.sources()))
    }

    /// How long people stay in a funnel and how many messages they get, at most; nothing where names or types are not whole,
    /// or where that would keep one who looks waiting.
    pub(super) fn bounds(&self, funnel: &str) -> Option<&Bounds> {
        if !self.is_whole() || self.model().stages.len() > BOUNDED_MAX {
            return None;
        }
        let all = self.bounds.get_or_init(|| check::bounds(self.model(), self.sources(), Settings::default()));
        all.iter().find(|it| it.funnel.as_deref() == Some(funnel))
    }

    /// Whether a place lies in text that did not parse.
    pub(super) fn is_damaged_at(&self, file: FileId, offset: u32) -> bool {
        let source = self.source(file);
        let line = source.lines().line_of(offset);
        let is_near = |at: u32| source.lines().line_of(at).abs_diff(line) == 0;
        let syntax = self.resolved.diagnostics.iter().filter(|finding| finding.primary.span.file == file);
        syntax.into_iter().any(|finding| {
            crate::parse::codes::CODES.contains(&finding.code) && (is_near(finding.primary.span.start) || is_near(finding.primary.span.end))
        })
    }
}
