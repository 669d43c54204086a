//! Stories as tests: what the findings of every page and fixture tell fails when it is played, and what is mended has none.

use funnelc::{
    check,
    diag::Severity,
    lower,
    scenario::{Stage, witness},
    story::Unsayable,
    workspace::{Analysis, LoadError, Loaded, Loader, MemoryLoader, analyse},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

struct Beside(PathBuf);

impl Loader for Beside {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(self.0.join(path)).map_err(|_| LoadError::Missing(path.to_owned()))
    }
}

/// The fixtures of the checks, and the bad examples of their pages.
fn programs() -> Vec<(String, Analysis)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/graph");
    let entries = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.filter(|name| name.ends_with(".funnel")).collect();
    names.sort();
    let fixture =
        |name: &String| (name.clone(), analyse(Loaded::read(&Beside(folder.clone()), std::slice::from_ref(name)).expect("it is there")));
    let mut programs: Vec<(String, Analysis)> = names.iter().map(fixture).collect();
    for check in check::CHECKS {
        let text = check.explanation.split("```funnel\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or("");
        let loaded = Loaded::read(&MemoryLoader::new([("page.funnel", text)]), &["page.funnel".to_owned()]).expect("in memory");
        programs.push((format!("page {}", check.code.id), analyse(loaded)));
    }
    programs
}

#[test]
fn each_story_fails_as_a_test_or_says_why_there_is_none() {
    let (mut written, mut unsaid) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for (name, analysis) in programs() {
        let stories = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information && finding.story.is_some());
        let stories: Vec<_> = stories.collect();
        assert!(!name.contains("near_miss") || stories.is_empty(), "{name}: nothing is wrong, and there is a witness");
        if stories.is_empty() {
            continue;
        }
        let rehearsal = lower::rehearsal(&analysis.model, &analysis.sources);
        let stage = Stage::even_with_errors(&rehearsal, None).expect("it can be run");
        for finding in stories {
            let told = finding.story.as_ref().expect("it has one");
            match witness(&stage, told, &finding.message) {
                Ok(_) => *written.entry(finding.code.id).or_default() += 1,
                Err(why) => unsaid.push((name.clone(), finding.code.id, why)),
            }
        }
    }
    let unsaid_said: Vec<String> = unsaid.iter().map(|(name, code, why)| format!("{name} {code}: {why}")).collect();
    assert!(unsaid.iter().all(|(.., why)| *why == Unsayable::Unseen), "{unsaid_said:?}");
    // What is recorded without end, and who is stopped where they stand, is nothing that a test can ask for.
    let codes: BTreeSet<&str> = unsaid.iter().map(|(_, code, _)| *code).collect();
    assert!(codes.iter().all(|code| ["F401", "F402", "F408", "F504", "F802"].contains(code)), "{unsaid_said:?}");
    assert!(written.values().sum::<usize>() > 100 && written.len() > 25, "{written:?}");
}
