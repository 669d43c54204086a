//! Reading a program: the files given and those they use, in declaration order.

use super::{LoadError, Loader, ahead::Ahead, join, normal};
use crate::{
    ast::{self, Text, Top},
    diag::{Diagnostic, Diagnostics},
    parse::{self, Parsed, codes::F009},
    resolve::F107,
    source::{FileId, SourceMap, Span},
};
use std::{collections::BTreeMap, sync::Arc};

/// The largest file, in bytes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A program as read: its texts, their trees, and what is wrong with them so far.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts.
    pub sources: SourceMap,
    /// Their trees, in declaration order.
    pub files: Vec<ast::File>,
    /// Syntax errors and files that cannot be used.
    pub diagnostics: Diagnostics,
}

impl Loaded {
    /// Reads the files at `roots`, and all that they use: the files of `use` first, depth first, each once; the roots in
    /// the order of their paths.
    ///
    /// # Errors
    /// The first root that cannot be read. A used file that cannot is a finding at its `use`.
    pub fn read(loader: &dyn Loader, roots: &[String]) -> Result<Self, LoadError> {
        Self::read_on(loader, roots, 1)
    }

    /// [`Self::read`], with trees from `parse`, which may have kept them from before.
    ///
    /// # Errors
    /// As there.
    pub fn read_parsing(
        loader: &dyn Loader,
        roots: &[String],
        parse: &mut dyn FnMut(&str, FileId, &Arc<str>) -> Parsed,
    ) -> Result<Self, LoadError> {
        Self::read_with(loader, roots, Ahead::default(), parse)
    }

    /// [`Self::read`], with files parsed on so many threads. What comes out is the same.
    ///
    /// # Errors
    /// As there.
    pub fn read_on(loader: &dyn Loader, roots: &[String], threads: usize) -> Result<Self, LoadError> {
        let ahead = Ahead::run(loader, &in_order(roots), threads);
        Self::read_with(loader, roots, ahead, &mut |_, id, text| parse::parse(id, text))
    }

    fn read_with(
        loader: &dyn Loader,
        roots: &[String],
        ahead: Ahead,
        parse: &mut dyn FnMut(&str, FileId, &Arc<str>) -> Parsed,
    ) -> Result<Self, LoadError> {
        let mut reading = Reading { loader, ahead, parse, loaded: Self::default(), state: BTreeMap::new(), open: Vec::new() };
        for root in in_order(roots) {
            if !reading.state.contains_key(&root) {
                let text = reading.read(&root)?;
                reading.file(root, text);
            }
        }
        Ok(reading.loaded)
    }
}

/// Paths in their normal form and in order, each once.
fn in_order(roots: &[String]) -> Vec<String> {
    let mut roots: Vec<String> = roots.iter().map(|root| normal(root)).collect();
    roots.sort();
    roots.dedup();
    roots
}

/// Where a path stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

struct Reading<'a> {
    loader: &'a dyn Loader,
    ahead: Ahead,
    parse: &'a mut dyn FnMut(&str, FileId, &Arc<str>) -> Parsed,
    loaded: Loaded,
    state: BTreeMap<String, State>,
    open: Vec<String>,
}

impl Reading<'_> {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        self.ahead.text(path).map_or_else(|| self.loader.read(path), Ok)
    }

    fn file(&mut self, path: String, text: String) {
        self.state.insert(path.clone(), State::Open);
        self.open.push(path.clone());
        let too_long = text.len() > BYTES_MAX;
        let size = text.len();
        let id = self.loaded.sources.add(path.clone(), if too_long { String::new() } else { text });
        if too_long {
            let message = format!("this file has {size} bytes; a funnel file has at most 16 MiB ({BYTES_MAX} bytes)");
            self.loaded
                .diagnostics
                .push(Diagnostic::new(F009, Span::empty(id, 0), message).help("split it into several files and join them with `use`"));
        }
        let text = self.loaded.sources.file(id).shared_text();
        let parsed = self.ahead.parsed(&path, id).filter(|_| !too_long).unwrap_or_else(|| (self.parse)(&path, id, &text));
        self.loaded.diagnostics.extend(parsed.diagnostics);
        for item in &parsed.file.items {
            if let Top::Use(target) = &item.it {
                self.used(&path, target);
            }
        }
        self.loaded.files.push(parsed.file);
        self.open.pop();
        self.state.insert(path, State::Done);
    }

    fn used(&mut self, from: &str, target: &Text) {
        let path = join(from, &target.value);
        match self.state.get(&path) {
            Some(State::Done) => {}
            Some(State::Open) => self.cycle(&path, target),
            None => match self.read(&path) {
                Ok(text) => self.file(path, text),
                Err(error) => self.missing(target, &error),
            },
        }
    }

    fn cycle(&mut self, path: &str, target: &Text) {
        let start = self.open.iter().position(|open| open == path).unwrap_or(0);
        let mut ring: Vec<String> = self.open[start..].iter().map(|file| format!("`{file}`")).collect();
        ring.push(format!("`{path}`"));
        let message = format!("the files use each other in a circle: {}", ring.join(" uses "));
        let help = "move what they share into a third file that uses neither";
        self.loaded.diagnostics.push(Diagnostic::new(F107, target.span, message).at("closes the circle").help(help));
    }

    fn missing(&mut self, target: &Text, error: &LoadError) {
        let mut finding = Diagnostic::new(F107, target.span, error.to_string()).at("used here");
        if matches!(error, LoadError::Missing(_)) {
            finding = finding.help("the path counts from the folder of this file");
        }
        self.loaded.diagnostics.push(finding);
    }
}
