//! The programs of this repository, as texts.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A program of one file.
pub struct Program {
    pub name: String,
    pub text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.extension().is_some_and(|it| it == ending) {
            into.push(path);
        }
    }
}

fn below(folder: &str, ending: &str) -> Vec<Program> {
    let mut paths = Vec::new();
    files(&root().join(folder), ending, &mut paths);
    let read = |path: PathBuf| Program {
        name: path.strip_prefix(root()).expect("inside").to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(&path).expect("a file can be read"),
    };
    paths.into_iter().map(read).filter(|it| !it.text.lines().any(|line| line.starts_with("use "))).collect()
}

/// The examples that stand alone.
pub fn examples() -> Vec<Program> {
    below("examples", "funnel").into_iter().filter(|it| !it.name.contains("first_draft") && !it.name.contains("/shop/")).collect()
}

/// The fixtures of the checks.
pub fn fixtures() -> Vec<Program> {
    below("tests/ui", "funnel").into_iter().filter(|it| !it.name.contains("/syntax/")).collect()
}

/// The examples on the pages that explain checks.
pub fn pages() -> Vec<Program> {
    let of = |check: &funnelc::check::Check| -> Vec<Program> {
        let parts = check.explanation.split("```funnel\n").skip(1).enumerate();
        let program = |(n, rest): (usize, &str)| Program {
            name: format!("{} example {}", check.code.id, n + 1),
            text: rest.split("```").next().unwrap_or_default().to_owned(),
        };
        parts.map(program).collect()
    };
    funnelc::check::CHECKS.iter().flat_map(of).collect()
}

/// The programs of the conformance suite.
pub fn conformance() -> Vec<Program> {
    let cases = below("tests/conformance", "case").into_iter();
    let funnel = |text: &str| text.split("== funnel\n").nth(1).and_then(|rest| rest.split("\n== ").next()).map(|it| it.to_owned() + "\n");
    cases.filter_map(|it| Some(Program { text: funnel(&it.text)?, name: it.name })).collect()
}
