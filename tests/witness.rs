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
    process::Command,
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

#[test]
fn witnesses_are_files_that_fail_until_the_program_is_mended() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("witnesses");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("funnels")).expect("a folder can be made");
    let funnelc = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(&folder).args(arguments).output().expect("it starts");
        (output.status.code(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
    };
    let shop = "event visit\nevent signup\nevent again\nchannel email { at most 9 within 1 day }\nmessage tip by email { transactional }\nfunnel shop {\n  for each \
                contact\n  reentry never\n  stage reader {\n    enter when visit\n    enter from reader after 7 days\n    nurture n { send tip }\n  }\n  goal stage end { \
                enter from reader when signup }\n  stage lost { enter from reader when again }\n}\n";
    fs::write(folder.join("funnels/shop.funnel"), shop).expect("it can be written");
    let (_, told) = funnelc(&["check", "funnels/shop.funnel", "--witness", "witnesses/"]);
    assert!(
        told.contains("stories are tests that fail, in `witnesses`: play them with `funnelc test --even-with-errors witnesses`"),
        "{told}"
    );
    let mut names: Vec<String> = fs::read_dir(folder.join("witnesses"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.contains(&"f404_shop.funnel".to_owned()), "{names:?}");
    let text = fs::read_to_string(folder.join("witnesses/f404_shop.funnel")).expect("it was written");
    assert!(
        text.starts_with("# A witness of F404 at funnels/shop.funnel:") && text.contains("\nuse \"../funnels/shop.funnel\"\n"),
        "{text}"
    );
    assert_eq!(funnelc(&["fmt", "--check", "witnesses"]).0, Some(0), "{text}");
    let (status, told) = funnelc(&["test", "--even-with-errors", "witnesses"]);
    assert_eq!(status, Some(1));
    assert!(told.contains("none as expected"), "{told}");
    // A check of everything takes no witness for a part of the program.
    let again = funnelc(&["check", "funnels", "witnesses", "--witness", "witnesses"]).1;
    assert!(fs::read_to_string(folder.join("witnesses/f404_shop.funnel")).expect("it is there") == text, "{again}");
    // Mended, they pass, and there is nothing to write.
    let mended = shop
        .replace("    enter from reader after 7 days\n", "    leave after 90 days\n")
        .replace("  stage lost { enter from reader when again }\n", "  final stage lost { enter from reader when again }\n")
        .replace("goal stage end", "goal final stage end");
    fs::write(folder.join("funnels/shop.funnel"), mended).expect("it can be written");
    let (status, told) = funnelc(&["test", "witnesses/f404_shop.funnel"]);
    assert_eq!(status, Some(0), "{told}");
    let (_, told) = funnelc(&["check", "funnels/shop.funnel", "--witness", "other"]);
    assert!(told.contains("no story was written to `other`"), "{told}");
    let (status, told) = funnelc(&["check", "-", "--witness", "other"]);
    assert_eq!((status, told.contains("`--witness` writes tests that use the file")), (Some(2), true), "{told}");
}
