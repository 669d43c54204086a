//! `funnelc test`: the tests of the examples and of the documentation pass, and come out the same on any number of threads.

use funnelc::{
    lower,
    scenario::{Stage, cases},
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{fs, path::Path, process::Command};

fn funnelc(arguments: &[&str]) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().expect("it starts");
    (output.status.code(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_tests_of_the_examples_pass() {
    let (status, told) = funnelc(&["test", "--separately", "examples/models", "examples/journeys", "examples/data"]);
    assert_eq!(status, Some(0), "{told}");
    let count: usize = told.lines().last().and_then(|line| line.split(' ').next()?.parse().ok()).expect("a number of tests");
    assert!(count >= 45, "{told}");
}

#[test]
fn threads_change_nothing() {
    for form in ["human", "json", "junit"] {
        let with = |threads: &str| funnelc(&["test", "tests/trials", "--format", form, "--threads", threads]);
        assert_eq!(with("1"), with("5"));
    }
}

#[test]
fn junit_is_xml_and_json_is_json() {
    let (_, xml) = funnelc(&["test", "tests/trials", "--format", "junit"]);
    let document = roxmltree::Document::parse(&xml).expect("it is XML");
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase")).count();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
    assert_eq!((cases, failures), (16, 10));
    let (_, json) = funnelc(&["test", "tests/trials", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(document["tests"].as_array().map(Vec::len), Some(16));
}

#[test]
fn the_tests_of_the_documentation_pass() {
    let mut played = 0;
    for page in ["docs/language.md", "docs/testing.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page is there");
        let snippets = text.split("```funnel\n").skip(1).filter_map(|rest| rest.split_once("\n```")).map(|(snippet, _)| snippet);
        for snippet in snippets.filter(|snippet| snippet.contains("\ntest \"")) {
            let loader = MemoryLoader::new([("snippet.funnel", snippet)]);
            let loaded = Loaded::read(&loader, &["snippet.funnel".to_owned()]).expect("the file is in memory");
            let cases = cases(&loaded.files);
            let analysis = analyse(loaded);
            let checked = analysis.checked().expect("it has no error");
            let rules = lower::lower(&checked, &analysis.sources);
            let stage = Stage::new(&rules, None).expect("it can be run");
            for case in &cases {
                let verdict = stage.play(case);
                assert!(verdict.passes(), "{page}: {}: {:?}", verdict.name, verdict.faults);
                played += 1;
            }
        }
    }
    assert!(played >= 3, "only {played} tests were found");
}
