//! Every funnel snippet in the documentation is compiled. How fences are marked is said at the head of
//! `tests/docs/prelude.funnel`, into which fragments are put.

use funnelc::{
    diag::{Severity, render},
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use std::{collections::BTreeSet, fmt::Write as _, path::Path};

/// A fenced block that is marked `funnel`.
struct Snippet {
    line: usize,
    items: Option<String>,
    error: Option<String>,
    text: String,
}

fn snippets(page: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(marks) = line.trim().strip_prefix("```") else { continue };
        let mut words = marks.split_whitespace();
        let is_funnel = words.next() == Some("funnel");
        let value = |key: &str| marks.split_whitespace().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
        let text = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        });
        if is_funnel {
            found.push(Snippet { line: number + 1, items: value("items="), error: value("error="), text });
        }
    }
    found
}

/// The complete files that a snippet stands for.
fn files(snippet: &Snippet, prelude: &str) -> Vec<String> {
    let Some(items) = &snippet.items else { return vec![snippet.text.clone()] };
    let marker = format!("# @@{items}");
    let is_marker = |line: &&str| line.trim() == marker || line.trim().strip_prefix(&marker).is_some_and(|rest| rest.starts_with(':'));
    let line = prelude.lines().find(is_marker).unwrap_or_else(|| panic!("tests/docs/prelude.funnel has no `{marker}`"));
    match line.trim().strip_prefix(&format!("{marker}:")) {
        None => vec![with_line(prelude, line, &snippet.text)],
        Some(template) => {
            let tried = snippet.text.lines().filter(|tried| !tried.trim().is_empty() && !tried.trim().starts_with('#'));
            tried.map(|tried| with_line(prelude, line, &template.replace("{}", tried.trim()))).collect()
        }
    }
}

/// The prelude with another text in place of a line.
fn with_line(prelude: &str, line: &str, text: &str) -> String {
    prelude.lines().map(|other| if other == line { text } else { other }).collect::<Vec<_>>().join("\n") + "\n"
}

fn analysis(text: &str) -> Analysis {
    let loader = MemoryLoader::new([("snippet.funnel", text)]);
    analyse(Loaded::read(&loader, &["snippet.funnel".to_owned()]).expect("the file is in memory"))
}

/// What is wrong with a page; empty where nothing is.
fn complaints(path: &Path, prelude: &str) -> String {
    let page = std::fs::read_to_string(path).expect("the page is there");
    let mut complaints = String::new();
    for snippet in snippets(&page) {
        for file in files(&snippet, prelude) {
            let analysis = analysis(&file);
            let bad = |severity, id: &str| {
                severity == Severity::Error || (snippet.items.is_none() && severity == Severity::Warning && id != "F104")
            };
            let found: BTreeSet<&str> = analysis.diagnostics.iter().filter(|d| bad(d.severity, d.code.id)).map(|d| d.code.id).collect();
            let expected: BTreeSet<&str> = snippet.error.as_deref().into_iter().collect();
            let fits = if snippet.error.is_some() {
                found.iter().filter(|id| !expected.contains(*id)).count() == 0 && found == expected
            } else {
                found.is_empty()
            };
            if !fits {
                writeln!(complaints, "{}:{}: expected {expected:?}, found {found:?}", path.display(), snippet.line).expect("a String");
                for finding in analysis.diagnostics.iter().filter(|d| bad(d.severity, d.code.id)) {
                    complaints.push_str(&render::human(finding, &analysis.sources, render::Style::default()));
                }
            }
        }
    }
    complaints
}

#[test]
fn every_snippet_of_the_documentation_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prelude = std::fs::read_to_string(root.join("tests/docs/prelude.funnel")).expect("the prelude is there");
    let mut pages: Vec<_> =
        std::fs::read_dir(root.join("docs")).expect("there is a docs folder").map(|entry| entry.expect("readable").path()).collect();
    pages.push(root.join("README.md"));
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    let mut checked = 0;
    let mut all = String::new();
    for page in pages {
        checked += snippets(&std::fs::read_to_string(&page).expect("the page is there")).len();
        all.push_str(&complaints(&page, &prelude));
    }
    assert!(all.is_empty(), "{all}");
    assert!(checked > 50, "only {checked} snippets were found: the fences are not read");
}

#[test]
fn the_reference_lists_the_codes_that_there_are() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language.md")).expect("the page is there");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| F")?.split(" | ");
        Some((format!("F{}", cells.next()?), cells.next()?.to_owned()))
    };
    let listed: BTreeSet<(String, String)> = page.lines().filter_map(row).collect();
    let codes = funnelc::catalog::codes().iter().filter(|code| !matches!(code.id, "F997" | "F998") && code.id != "F999");
    let there_are: BTreeSet<(String, String)> = codes.map(|code| (code.id.to_owned(), code.severity.word().to_owned())).collect();
    assert_eq!(listed, there_are);
}
