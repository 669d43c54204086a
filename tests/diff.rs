//! What an edit does to people: the pages of the codes, versions that mean the same, pairs of versions in `tests/versions` with what
//! is said of each.

mod common;

use common::compile_unchecked;
use funnelc::{
    catalog,
    diff::{self, Report, Verdict, render},
    fmt,
    ruleset::RuleSet,
    workspace::{Loaded, Loader, analyse},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn compared(old: &str, new: &str) -> Report {
    let rules = |text: &str| compile_unchecked(text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
    diff::compare(&rules(old), &rules(new))
}

fn said(report: &Report) -> String {
    render::human(report, &render::Frame { width: Some(120), ..render::Frame::default() })
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.changes.iter().filter_map(|change| change.code.map(|code| code.id)).collect()
}

/// The example below a heading of a page.
fn example<'p>(page: &'p str, heading: &str) -> &'p str {
    let part = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("the page has `{heading}`")).1;
    part.split_once("```funnel\n").and_then(|(_, rest)| rest.split_once("```")).expect("an example").0
}

#[test]
fn pages_show_a_version_before_a_bad_one_and_a_good_one() {
    for code in diff::CODES {
        let page = catalog::page(code.id).expect("each code has a page");
        assert!(page.starts_with(&format!("# {}: {}\n", code.id, code.title)), "{}", code.id);
        let parts: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(parts, ["Before", "Bad", "Good", "Why it matters", "When to ignore it"], "{}", code.id);
        for heading in ["Before", "Bad", "Good"] {
            let found = common::findings(example(page, heading));
            assert!(found.iter().all(|(code, _)| code.as_str() > "F400"), "{}, {heading}: {found:?}", code.id);
        }
        let bad = compared(example(page, "Before"), example(page, "Bad"));
        assert!(codes(&bad).contains(&code.id), "{}: {}", code.id, said(&bad));
        let gravest = bad.changes.iter().filter(|change| change.code == Some(*code)).map(|change| change.verdict).min();
        assert_eq!(gravest.map(Verdict::severity), Some(code.severity), "{}", code.id);
        let good = compared(example(page, "Before"), example(page, "Good"));
        assert!(!codes(&good).contains(&code.id), "{}: {}", code.id, said(&good));
        assert_ne!(good.gravest(), Some(Verdict::Breaking), "{}: {}", code.id, said(&good));
    }
}

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &str) -> Result<String, funnelc::workspace::LoadError> {
        fs::read_to_string(root().join(path)).map_err(|_| funnelc::workspace::LoadError::Missing(path.to_owned()))
    }
}

/// The rules of a file with what it uses, its own text perhaps another.
fn rules_of(path: &str, text: Option<&str>) -> Option<RuleSet> {
    let over = common::Over {
        name: path.to_owned(),
        text: text.map_or_else(|| Disk.read(path).expect("it is there"), str::to_owned),
        beside: &Disk,
    };
    let analysis = analyse(Loaded::read(&over, &[path.to_owned()]).expect("it can be read"));
    analysis.checked().map(|checked| funnelc::lower::lower(&checked, &analysis.sources))
}

fn below(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let path = folder.join(entry.expect("readable").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_example_is_the_same_as_itself_and_as_what_the_formatter_makes_of_it() {
    let mut tried = 0;
    for path in below("examples", "funnel") {
        let Some(rules) = rules_of(&path, None) else { continue };
        assert_eq!(diff::compare(&rules, &rules), Report::default(), "{path}");
        let text = Disk.read(&path).expect("it is there");
        let mangled = text.replace("\n  ", "\n\n      ").replace(" {\n", "   {   # so it goes\n");
        let formatted = fmt::format(&mangled).map(|it| it.text).unwrap_or_else(|_| panic!("{path} can be formatted"));
        for other in [mangled, formatted] {
            let rules_now = rules_of(&path, Some(&other)).unwrap_or_else(|| panic!("{path} is as right as before"));
            assert_eq!(diff::compare(&rules, &rules_now), Report::default(), "{path}");
        }
        tried += 1;
    }
    assert!(tried > 20, "only {tried} examples were tried");
}

/// The parts of a file of `tests/versions`: what stands before the first `=== NAME ===`, and then each part under its name.
fn parts(text: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = vec![(String::new(), String::new())];
    for line in text.lines() {
        match line.strip_prefix("=== ").and_then(|line| line.strip_suffix(" ===")) {
            Some(name) => parts.push((name.to_owned(), String::new())),
            None => {
                let (_, part) = parts.last_mut().expect("there is a first one");
                part.push_str(line);
                part.push('\n');
            }
        }
    }
    parts
}

#[test]
fn versions_are_judged_as_shown() {
    let mut given: Vec<&str> = Vec::new();
    for path in below("tests/versions", "funnels") {
        let text = Disk.read(&path).expect("it is there");
        let parts = parts(&text);
        let [(_, shared), (_, old), versions @ ..] = parts.as_slice() else { panic!("{path} has a version before and others") };
        let mut all = String::new();
        for (name, new) in versions {
            let report = compared(&format!("{shared}{old}"), &format!("{shared}{new}"));
            given.extend(codes(&report));
            all.push_str(&format!("=== {name} ===\n\n{}\n", said(&report)));
            if let Some(expected) = name.split_once(": ").map(|(verdict, _)| verdict) {
                let gravest = report.gravest().map_or("same", Verdict::word);
                assert_eq!(gravest, expected, "{path}, {name}\n{}", said(&report));
            }
        }
        let name = Path::new(&path).file_stem().expect("a name").to_string_lossy().into_owned();
        insta::with_settings!({ snapshot_path => "versions", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, all);
        });
    }
    assert!(diff::CODES.iter().all(|code| given.contains(&code.id)), "{given:?}");
}

#[test]
fn what_is_said_speaks_to_people() {
    for path in below("tests/versions", "funnels") {
        let text = Disk.read(&path).expect("it is there");
        let parts = parts(&text);
        let [(_, shared), (_, old), versions @ ..] = parts.as_slice() else { panic!("{path} has a version before and others") };
        for (_, new) in versions {
            for change in compared(&format!("{shared}{old}"), &format!("{shared}{new}")).changes {
                let first = change.message.chars().next().unwrap_or(' ');
                assert!(first.is_lowercase() || first == '`', "{}", change.message);
                let sentences = change.people.iter().map(|fate| &fate.words).chain([&change.message]).chain(&change.help);
                for sentence in sentences {
                    assert!(!sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
                    for word in ["node", "edge", "component", "graph", "StageId", "SCC", "cycle", "None", "Some("] {
                        assert!(!sentence.contains(word), "`{word}` in {sentence}");
                    }
                }
                assert!(change.verdict != Verdict::Breaking || change.code.is_some() && change.help.is_some(), "{}", change.message);
                assert!(
                    change.verdict == Verdict::Safe || !change.people.is_empty() || !change.examples.is_empty(),
                    "{} says what comes of it",
                    change.message
                );
            }
        }
    }
}
