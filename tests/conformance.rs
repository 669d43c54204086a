//! The conformance suite: every case of `tests/conformance/`, each a funnel, events, and what must come of them.
//!
//! A case with `== findings` is a matter of the compiler alone: its codes and lines must be exactly those. All others must
//! compile, and run to exactly the expected lines.

mod common;

use common::{compile, events::run, findings};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

struct Case {
    name: String,
    sections: BTreeMap<String, Vec<String>>,
}

fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).expect("a case is readable");
    let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        match line.strip_prefix("== ") {
            Some(section) => current = Some(sections.entry(section.trim().to_owned()).or_default()),
            None => {
                if let Some(lines) = &mut current {
                    lines.push(line.to_owned());
                }
            }
        }
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Case { name, sections }
}

impl Case {
    fn lines(&self, section: &str) -> Vec<String> {
        let lines = self.sections.get(section).into_iter().flatten();
        lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')).cloned().collect()
    }

    fn funnel(&self) -> String {
        self.sections.get("funnel").map(|lines| lines.join("\n") + "\n").unwrap_or_default()
    }
}

fn differences(title: &str, expected: &[String], actual: &[String]) -> String {
    if expected == actual {
        return String::new();
    }
    let mut out = format!("  {title}\n");
    for at in 0..expected.len().max(actual.len()) {
        match (expected.get(at), actual.get(at)) {
            (Some(wanted), Some(got)) if wanted == got => writeln!(out, "      {wanted}"),
            (wanted, got) => {
                let wanted = wanted.map(|line| format!("    - {line}\n")).unwrap_or_default();
                let got = got.map(|line| format!("    + {line}\n")).unwrap_or_default();
                write!(out, "{wanted}{got}")
            }
        }
        .expect("a String takes everything");
    }
    out
}

fn check(case: &Case) -> String {
    if case.sections.contains_key("findings") {
        let found: Vec<String> = findings(&case.funnel()).into_iter().map(|(code, line)| format!("{code} {line}")).collect();
        return differences("findings", &case.lines("findings"), &found);
    }
    match compile(&case.funnel()) {
        Err(findings) => format!("  it does not compile: {findings:?}\n"),
        Ok(rules) => {
            let (lines, set_aside) = run(&rules, &case.lines("events"));
            differences("expect", &case.lines("expect"), &lines) + &differences("set aside", &case.lines("set aside"), &set_aside)
        }
    }
}

/// `CASE=s6-01` runs the cases whose names contain that.
#[test]
fn all_cases() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut paths: Vec<_> = fs::read_dir(folder).expect("the cases are there").map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    paths.sort();
    let (mut failed, mut report) = (0, String::new());
    for case in paths.iter().map(|path| read(path)).filter(|case| case.name.contains(&wanted)) {
        let differences = check(&case);
        if !differences.is_empty() {
            failed += 1;
            write!(report, "{}\n{differences}\n", case.name).expect("a String takes everything");
        }
    }
    assert!(failed == 0, "{failed} of {} cases fail (- expected, + came):\n\n{report}", paths.len());
}
