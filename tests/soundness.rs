//! The page that says how far the checker's word goes has its parts.

use funnelc::check::CHECKS;
use std::{fs, path::Path};

/// Code and lines of each section of the page.
fn sections() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/soundness.md");
    let text = fs::read_to_string(path).expect("the page is there");
    let sections = text.split("\n### ").skip(1).map(|section| {
        let mut lines = section.split("\n## ").next().unwrap_or("").lines();
        (lines.next().unwrap_or("").to_owned(), lines.map(str::to_owned).collect())
    });
    sections.collect()
}

#[test]
fn sections_stand_by_code_and_answer_three_questions() {
    let sections = sections();
    assert!(sections.windows(2).all(|pair| pair[0].0 < pair[1].0), "the sections stand by code");
    for (code, lines) in sections {
        assert!(CHECKS.iter().any(|check| check.code.id == code), "{code} is no code of a check");
        let asked: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("- ")?.split_once(':')).map(|(word, _)| word).collect();
        assert_eq!(asked, ["proved", "approximated", "tested"], "{code}");
    }
}

#[test]
fn each_code_of_a_check_has_a_section() {
    let sections = sections();
    let missing: Vec<&str> =
        CHECKS.iter().map(|check| check.code.id).filter(|code| !sections.iter().any(|(section, _)| section == code)).collect();
    assert!(missing.is_empty(), "docs/soundness.md says nothing of {missing:?}");
}
