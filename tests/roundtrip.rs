//! What is printed parses to what was printed; nothing makes the parser panic.
#![allow(missing_docs, reason = "a test program")]

mod common;

use common::{arbitrary, shape::shape};
use funnelc::{
    ast::File,
    fmt,
    parse::{Parsed, comments, parse},
    source::FileId,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn read(text: &str) -> Parsed {
    parse(FileId::new(0), text)
}

/// Everything that must hold of any text whatever.
fn survives(text: &str) {
    let parsed = read(text);
    let end = u32::try_from(text.len()).expect("a short text");
    for finding in parsed.diagnostics.iter() {
        let places = finding.labels.iter().map(|label| label.span).chain([finding.primary.span]);
        let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in places.chain(edits) {
            assert!(span.start <= span.end && span.end <= end, "{span:?} lies outside {text:?}: {}", finding.message);
            assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize), "{span:?} cuts a letter");
        }
        assert_ne!(finding.code.id, "F999", "{} in {text:?}", finding.message);
    }
    let printed = fmt::print(&parsed.file);
    if parsed.diagnostics.is_empty() {
        prints_back(&parsed.file, &printed);
    }
    is_formatted(text);
}

/// The formatter has a text for each, finds nothing to do in it, and loses no comment.
fn is_formatted(text: &str) {
    let formatted = fmt::format(text).unwrap_or_else(|refused| panic!("{refused}: {text:?}"));
    let again = fmt::format(&formatted.text).unwrap_or_else(|refused| panic!("{refused}, the second time: {text:?}"));
    assert_eq!(again.text, formatted.text, "formatting {text:?} twice differs");
    let comments = |text| {
        let mut all: Vec<String> = comments(text).into_iter().map(str::to_owned).collect();
        all.sort();
        all
    };
    assert_eq!(comments(&formatted.text), comments(text), "{text:?}");
}

fn prints_back(file: &File, printed: &str) {
    let again = read(printed);
    assert!(again.diagnostics.is_empty(), "findings in printed text:\n{printed}\n{:#?}", again.diagnostics);
    let (left, right) = (shape(file), shape(&again.file));
    assert!(left == right, "trees differ\n{printed}\n{left}\n{right}");
    assert_eq!(fmt::print(&again.file), printed, "printing twice differs");
}

/// The funnels that stand in the repository.
fn examples() -> Vec<String> {
    let mut paths = Vec::new();
    for root in ["examples", "tests/ui"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), &mut paths);
    }
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "funnel") {
            paths.push(path);
        }
    }
}

#[test]
fn examples_print_back() {
    for text in examples() {
        survives(&text);
    }
}

/// A text with a chunk deleted, doubled, or put elsewhere.
fn mutate(text: &str, changes: &[(u8, usize, usize, usize)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (kind, from, length, to) in changes {
        if letters.is_empty() {
            break;
        }
        let start = from % letters.len();
        let end = (start + 1 + length % 20).min(letters.len());
        let chunk: Vec<char> = letters[start..end].to_vec();
        let to = to % letters.len();
        match kind % 3 {
            0 => drop(letters.drain(start..end)),
            1 => drop(letters.splice(to..to, chunk)),
            _ => {
                let marks: Vec<char> = "{}()[]\"#\\=&|!;:,.\n \u{feff}é".chars().collect();
                letters.insert(start, marks[to % marks.len()]);
            }
        }
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn trees_print_and_parse_back(file in arbitrary::file()) {
        prints_back(&file, &fmt::print(&file));
    }

    #[test]
    fn random_text_survives(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn random_words_survive(words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..60)) {
        survives(&words.join(" "));
        survives(&words.concat());
    }

    #[test]
    fn mutated_examples_survive(pick in any::<prop::sample::Index>(), changes in proptest::collection::vec(any::<(u8, usize, usize, usize)>(), 1..6)) {
        let examples = examples();
        if !examples.is_empty() {
            survives(&mutate(&examples[pick.index(examples.len())], &changes));
        }
    }
}

const WORDS: [&str; 72] = [
    "\n",
    "\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "\"",
    "\"a\"",
    "#",
    ".",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">=",
    "!",
    "&&",
    ";",
    "%",
    "?",
    "20%",
    "2",
    "days",
    "2 days",
    "09:00",
    "2026-03-02",
    "and",
    "or",
    "not",
    "when",
    "where",
    "within",
    "if",
    "else",
    "stage",
    "funnel",
    "enter",
    "from",
    "nurture",
    "send",
    "wait",
    "until",
    "up",
    "to",
    "had",
    "no",
    "at least 3",
    "purchase",
    "clicked",
    "entry",
    "contact",
    "every",
    "split",
    "repeat",
    "on",
    "otherwise",
    "event",
    "message",
    "test",
    "expect",
    "guarantee",
    "score",
    "as",
    "is known",
    "“",
    "'",
];
