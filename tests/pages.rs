//! The pages of codes that the checks of `src/check` do not find: text, names, types, whole programs. Those of checks are
//! tested in `tests/checks.rs`, those of changes between two versions in `tests/diff.rs`.

use funnelc::{
    catalog, check,
    diag::{Code, render},
    diff,
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};

/// Errors of our own have no example, for no file can cause them, nor have pictures, which depend on the machine, and tests,
/// which have to be played.
const WITHOUT_EXAMPLE: [&str; 4] = ["F908", "F997", "F998", "F999"];

fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_of_one_version = |code: &&Code| check::explanation(code.id).is_none() && !diff::CODES.contains(code);
    let ours = catalog::codes().iter().filter(is_of_one_version);
    ours.map(|code| (code.id, catalog::page(code.id).unwrap_or_else(|| panic!("{} has a page", code.id))))
}

/// The files of the examples below a heading: the first is the program, the others have a name behind `file=`.
fn example(page: &str, heading: &str) -> Vec<(String, String)> {
    let from = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("the page has `{heading}`"));
    let part = page[from + 4..].split("\n## ").next().unwrap_or("");
    let fences = part.split("```funnel").skip(1).filter_map(|rest| rest.split_once("```"));
    fences
        .filter_map(|(fence, _)| fence.split_once('\n'))
        .map(|(marks, text)| (marks.trim().strip_prefix("file=").unwrap_or("example.funnel").to_owned(), text.to_owned()))
        .collect()
}

fn analysis_of(files: Vec<(String, String)>) -> Analysis {
    assert_eq!(files.first().map(|(name, _)| name.as_str()), Some("example.funnel"));
    analyse(Loaded::read(&MemoryLoader::new(files), &["example.funnel".to_owned()]).expect("the file is in memory"))
}

fn said(analysis: &Analysis) -> String {
    analysis.diagnostics.iter().map(|finding| render::short(finding, &analysis.sources)).collect()
}

#[test]
fn every_code_has_a_page_with_its_parts() {
    for (id, page) in pages() {
        assert!(page.starts_with(&format!("# {id}: ")), "{id}");
        let parts: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let expected = ["Bad", "Good", "Why it matters", "When to ignore it"];
        assert_eq!(parts, if WITHOUT_EXAMPLE.contains(&id) { &expected[2..] } else { &expected[..] }, "{id}");
    }
}

#[test]
fn bad_examples_give_their_code_and_good_ones_nothing() {
    let mut complaints = String::new();
    for (id, page) in pages().filter(|(id, _)| !WITHOUT_EXAMPLE.contains(id)) {
        let bad = analysis_of(example(page, "Bad"));
        let codes: Vec<&str> = bad.diagnostics.iter().map(|finding| finding.code.id).collect();
        if codes != [id] {
            complaints.push_str(&format!("{id}, bad: {codes:?}\n{}", said(&bad)));
        }
        let good = analysis_of(example(page, "Good"));
        if !good.diagnostics.is_empty() {
            complaints.push_str(&format!("{id}, good:\n{}", said(&good)));
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}
