//! The pages that explain checks: the bad example gives the code of its page, the good one gives nothing.

#[path = "common/settings.rs"]
mod settings;

use funnelc::{
    check,
    diag::{Diagnostic, Severity, render},
    workspace::{Analysis, Loaded, MemoryLoader, analyse_with},
};

fn analysis_of(text: &str) -> Analysis {
    let loaded = Loaded::read(&MemoryLoader::new([("example.funnel", text)]), &["example.funnel".to_owned()]);
    analyse_with(loaded.expect("the file is in memory"), settings::settings_of(text))
}

fn examples(page: &str) -> Vec<&str> {
    page.split("```funnel\n").skip(1).filter_map(|rest| rest.split_once("```").map(|(example, _)| example)).collect()
}

fn said(analysis: &Analysis) -> String {
    analysis.diagnostics.iter().map(|finding| render::short(finding, &analysis.sources)).collect()
}

#[test]
fn bad_examples_give_their_code_and_good_ones_nothing() {
    for check in check::CHECKS {
        let page = check.explanation;
        let [bad, good] = examples(page)[..] else { panic!("{} has a bad example and a good one", check.code.id) };
        let analysis = analysis_of(bad);
        // Information about something else is no blemish.
        let codes = |analysis: &Analysis| -> Vec<&'static str> {
            let tells = |finding: &&Diagnostic| finding.severity != Severity::Information || finding.code == check.code;
            analysis.diagnostics.iter().filter(tells).map(|finding| finding.code.id).collect()
        };
        assert_eq!(codes(&analysis), [check.code.id], "{}", said(&analysis));
        let analysis = analysis_of(good);
        assert!(codes(&analysis).is_empty(), "{}: {}", check.code.id, said(&analysis));
    }
}

#[test]
fn pages_have_their_parts() {
    for check in check::CHECKS {
        let page = check.explanation;
        let parts: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(parts, ["Bad", "Good", "Why it matters", "When to ignore it"], "{}", check.code.id);
        assert!(page.starts_with(&format!("# {}: ", check.code.id)), "{}", check.code.id);
        assert_eq!(check::explanation(check.code.id), Some(page));
    }
}

#[test]
fn findings_speak_to_people() {
    for check in check::CHECKS {
        for example in examples(check.explanation) {
            for finding in analysis_of(example).diagnostics.iter() {
                let first = finding.message.chars().next().unwrap_or(' ');
                assert!(first.is_lowercase() || first == '`', "{}", finding.message);
                assert!(!finding.message.ends_with('.') && finding.help.is_some(), "{}", finding.message);
                for word in ["node", "edge", "component", "graph", "StageId", "SCC", "cycle"] {
                    let notes = finding.notes.join(" ");
                    assert!(!finding.message.contains(word) && !notes.contains(word), "`{word}` in {}", finding.message);
                }
                assert!(finding.code.id > "F500" || !finding.notes.is_empty() || finding.story.is_some(), "{} tells how", finding.message);
            }
        }
    }
}
