//! Every story of every fixture, page and example is replayed and does what it says.

use funnelc::{
    check,
    diag::{Diagnostic, When},
    story,
    workspace::{Analysis, LoadError, Loaded, Loader, MemoryLoader, analyse},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

struct Beside(PathBuf);

impl Loader for Beside {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(self.0.join(path)).map_err(|_| LoadError::Missing(path.to_owned()))
    }
}

fn funnel_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            funnel_files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "funnel") {
            into.push(path);
        }
    }
}

/// Every program there is, with a name.
fn programs() -> Vec<(String, Analysis)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    funnel_files(&root.join("tests/ui"), &mut files);
    funnel_files(&root.join("examples"), &mut files);
    files.sort();
    let mut programs: Vec<(String, Analysis)> = files
        .iter()
        .filter_map(|path| {
            let folder = Beside(path.parent()?.to_owned());
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some((path.display().to_string(), analyse(Loaded::read(&folder, &[name]).ok()?)))
        })
        .collect();
    for check in check::CHECKS {
        for (n, rest) in check.explanation.split("```funnel\n").skip(1).enumerate() {
            let text = rest.split("```").next().unwrap_or("");
            let loaded = Loaded::read(&MemoryLoader::new([("page.funnel", text)]), &["page.funnel".to_owned()]).expect("in memory");
            programs.push((format!("{} example {}", check.code.id, n + 1), analyse(loaded)));
        }
    }
    programs
}

#[test]
fn every_story_replays() {
    let mut told = 0;
    for (name, analysis) in programs() {
        told += analysis.diagnostics.iter().filter(|finding| finding.story.is_some()).count();
        let faults = analysis.verify();
        let said: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert!(said.is_empty(), "{name}: {said:?}");
    }
    assert!(told > 20, "only {told} stories were told");
}

#[test]
fn stories_are_test_blocks_of_the_language() {
    let mut blocks = 0;
    for check in check::CHECKS {
        let text = check.explanation.split("```funnel\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or("");
        let analysed = |text: &str| {
            analyse(Loaded::read(&MemoryLoader::new([("page.funnel", text)]), &["page.funnel".to_owned()]).expect("in memory"))
        };
        let analysis = analysed(text);
        for told in analysis.diagnostics.iter().filter_map(|finding| finding.story.as_ref()) {
            let block = story::test_block(told, "it happens").expect("every story is a test");
            let with_test = analysed(&format!("{text}\n{block}"));
            let codes = |analysis: &Analysis| analysis.diagnostics.iter().map(|finding| finding.code.id).collect::<Vec<_>>();
            assert_eq!(codes(&with_test), codes(&analysis), "{block}");
            assert_eq!(with_test.model.tests.len(), 1, "{block}");
            blocks += 1;
        }
    }
    assert!(blocks > 4, "only {blocks} stories");
}

#[test]
fn a_story_that_is_changed_does_not_replay() {
    let text = "event visit\nevent signup\nfunnel shop {\n  for each contact\n  reentry never\n  stage reader { enter when visit }\n  \
                stage other { enter from reader when signup }\n  goal stage end { enter from reader when visit }\n}\n";
    let analysis = analyse(Loaded::read(&MemoryLoader::new([("f.funnel", text)]), &["f.funnel".to_owned()]).expect("in memory"));
    let told = analysis.diagnostics.iter().find_map(|finding| finding.story.clone()).expect("a dead end has a story");
    assert_eq!(story::differences(&analysis.model, &analysis.sources, &told), None);
    let mut other = told.clone();
    other.moments.retain(|moment| moment.from_outside());
    assert!(story::differences(&analysis.model, &analysis.sources, &other).is_some(), "nothing happens");
    let mut other = told.clone();
    other.plot.happenings.clear();
    assert!(story::differences(&analysis.model, &analysis.sources, &other).is_some(), "nothing comes in");
    let mut other = told;
    if let Some(first) = other.plot.happenings.first_mut() {
        first.when = When::Then(0);
    }
    assert!(story::differences(&analysis.model, &analysis.sources, &other).is_some(), "not dated");
}

#[test]
fn plots_do_not_remain_and_definite_findings_have_no_possible() {
    for (name, analysis) in programs() {
        for finding in analysis.diagnostics.iter() {
            assert!(finding.plots.is_empty(), "{name}: {} keeps its plots", finding.code.id);
            let possible = |finding: &Diagnostic| finding.notes.iter().any(|note| note.starts_with("possible; "));
            assert!(finding.severity == finding.code.severity || possible(finding), "{name}: {} fell without a word", finding.code.id);
            assert!(finding.story.is_none() || !possible(finding), "{name}: {} is told and yet only possible", finding.code.id);
        }
    }
}
