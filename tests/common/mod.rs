//! What several test suites need.
#![allow(dead_code, reason = "each suite uses a part of it")]

pub mod arbitrary;
pub mod events;
pub mod seeded;
pub mod shape;

use funnelc::{
    diag::{Diagnostics, Severity},
    lower,
    model::Model,
    ruleset::RuleSet,
    source::SourceMap,
    workspace::{Analysis, LoadError, Loaded, Loader, MemoryLoader, analyse},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The analysis of one text.
pub fn analysis(text: &str) -> Analysis {
    let loader = MemoryLoader::new([("case.funnel", text)]);
    analyse(Loaded::read(&loader, &["case.funnel".to_owned()]).expect("the file is in memory"))
}

/// Code and line, from 1, of each error and warning of a text.
pub fn findings(text: &str) -> Vec<(String, u32)> {
    let analysis = analysis(text);
    let shown = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information);
    shown.map(|finding| (finding.code.id.to_owned(), analysis.sources.position(finding.primary.span).line)).collect()
}

/// The rule set of a text; its findings where it has errors.
pub fn compile(text: &str) -> Result<RuleSet, Vec<(String, u32)>> {
    let analysis = analysis(text);
    analysis.checked().map(|checked| lower::lower(&checked, &analysis.sources)).ok_or_else(|| findings(text))
}

/// A program read and resolved, and what names and types say of it; the checks are not asked.
pub fn resolved(text: &str) -> (Model, Diagnostics, SourceMap) {
    let loader = MemoryLoader::new([("test.funnel", text)]);
    let loaded = Loaded::read(&loader, &["test.funnel".to_owned()]).expect("the file is in memory");
    let (model, mut found) = funnelc::resolve::resolve(&loaded.sources, &loaded.files);
    found.extend(loaded.diagnostics);
    (model, found, loaded.sources)
}

/// The rule set of a program whose names and types are right, whatever the checks say of it.
pub fn compile_unchecked(text: &str) -> Result<RuleSet, Vec<(String, u32)>> {
    let (model, found, sources) = resolved(text);
    let checked = funnelc::check::Checked::new(&model, &found);
    checked.map(|checked| lower::lower(&checked, &sources)).ok_or_else(|| findings(text))
}

/// A funnel with nothing wrong, in the canonical layout.
pub const GOOD: &str = "event opt_in
event purchase

funnel f {
  for each contact
  reentry never

  stage reader {
    enter when opt_in
    leave after 90 days
  }

  goal final stage customer { enter from reader when purchase }
}
";

/// One text over the files of another loader.
pub struct Over<'a> {
    pub name: String,
    pub text: String,
    pub beside: &'a dyn Loader,
}

impl Loader for Over<'_> {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        if path == self.name { Ok(self.text.clone()) } else { self.beside.read(path) }
    }
}

/// Name and text of a fixture, and the files beside it.
pub fn parts(path: &Path) -> (String, String, Beside) {
    let folder = Beside(path.parent().expect("a fixture lies in a folder").to_owned());
    let name = path.file_name().expect("a fixture has a name").to_string_lossy().into_owned();
    let text = folder.read(&name).expect("the fixture is there");
    (name, text, folder)
}

/// The files beside a fixture.
pub struct Beside(PathBuf);

impl Loader for Beside {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(self.0.join(path)).map_err(|_| LoadError::Missing(path.to_owned()))
    }
}

/// The analysis of a fixture in `tests/ui`, under its bare name.
pub fn fixture(path: &Path) -> Analysis {
    let folder = Beside(path.parent().expect("a fixture lies in a folder").to_owned());
    let name = path.file_name().expect("a fixture has a name").to_string_lossy().into_owned();
    analyse(Loaded::read(&folder, &[name]).expect("the fixture is there"))
}

/// Every fixture in the folders of `tests/ui`, by path.
pub fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let folders = fs::read_dir(root).expect("there are fixtures").map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "funnel")).collect();
    files.sort();
    files
}
