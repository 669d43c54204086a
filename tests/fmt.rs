//! The layout: what is formatted means the same, keeps its comments, and is formatted to itself. `tests/fmt` holds pairs of a
//! file and what becomes of it; `INSTA_UPDATE=always cargo test --test fmt` writes the second anew.
#![allow(missing_docs, reason = "a test program")]

mod common;

use common::arbitrary;
use funnelc::{
    fmt::{self, WIDTH, format},
    parse::{comments, parse},
    source::FileId,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Formats a text as whoever runs the command would, and asks for everything that must hold of any text whatever.
fn tidy(text: &str) -> String {
    let formatted = format(text).unwrap_or_else(|refused| panic!("{refused}:\n{text}"));
    let again = format(&formatted.text).unwrap_or_else(|refused| panic!("{refused}, the second time:\n{text}"));
    assert_eq!(again.text, formatted.text, "formatting twice differs:\n{text}");
    let sorted = |text| {
        let mut all: Vec<String> = comments(text).into_iter().map(str::to_owned).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(text), sorted(&formatted.text), "comments differ");
    let is_whole = parse(FileId::new(0), text).diagnostics.is_empty();
    assert_eq!(formatted.kept.is_empty(), is_whole, "{:?} of\n{text}", formatted.kept);
    for span in &formatted.kept {
        let kept = &text[span.range()];
        assert!(formatted.text.contains(kept), "`{kept}` is no more in\n{}", formatted.text);
    }
    formatted.text
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "funnel") {
            paths.push(path);
        }
    }
}

fn files(roots: &[&str]) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    for root in roots {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), &mut paths);
    }
    paths.sort();
    paths.into_iter().filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).collect()
}

#[test]
fn every_file_of_the_repository_can_be_formatted() {
    let files = files(&["examples", "tests"]);
    assert!(files.len() > 300, "only {} files were found", files.len());
    for (_, text) in files {
        tidy(&text);
        tidy(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn the_examples_are_formatted() {
    let untidy: Vec<PathBuf> = files(&["examples"])
        .into_iter()
        .filter(|(path, text)| !path.ends_with("first_draft/slips.funnel") && tidy(text) != *text)
        .map(|(path, _)| path)
        .collect();
    assert!(untidy.is_empty(), "`funnelc fmt examples` has something to do: {untidy:?}");
}

#[test]
fn a_file_becomes_what_the_page_shows() {
    insta::glob!("fmt/*.funnel", |path| {
        let text = std::fs::read_to_string(path).expect("the file is there");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().expect("in a folder"));
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!("formatted", tidy(&text)));
    });
}

#[test]
fn line_ends_stay_and_a_byte_order_mark_goes() {
    assert_eq!(tidy("\u{feff}event   a\r\n\r\n\r\nevent b  # é\r\n"), "event a\r\n\r\nevent b  # é\r\n");
    assert_eq!(tidy("event   a\n\n\nevent b  # 😀\r\n"), "event a\n\nevent b  # 😀\n");
    assert_eq!(tidy("event   a"), "event a\n");
    for nothing in ["", "\n \n", "\u{feff}"] {
        assert_eq!(tidy(nothing), "");
    }
}

#[test]
fn what_cannot_be_read_stays_to_the_byte() {
    let text = "event   a\n\nfunnel f {\n   stage   one {\n     entr   when  a ==  b\n        enter  when   a\n }\n}\n";
    let wanted = "event a\n\nfunnel f {\n  stage one {\n    entr   when  a ==  b\n    enter when a\n  }\n}\n";
    assert_eq!(tidy(text), wanted);
    // What an old computer wrote, and what is nested too deep, is not touched at all.
    for text in ["event   a\revent b\r".to_owned(), format!("funnel f {{ {} ", "{ ".repeat(90))] {
        assert_eq!(tidy(&text), text);
    }
}

#[test]
fn long_lines_are_broken_where_they_can_be() {
    let names: Vec<String> = (0..40).map(|n| format!("stage_number_{n}")).collect();
    let list = names.join(", ");
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}, or not\"")).collect();
    let quoted = quoted.join(", ");
    let text = format!(
        "contact {{ plan : one of [{list}] }}\nfunnel f {{\n  stage a {{\n    enter from {list} when plan in [{quoted}]\n    open to {list}\n    enter when a and (plan in [{quoted}] or b where (amount > 3 and path in [{quoted}]))\n    nurture x {{ do y(all: [{quoted}]) }}\n  }}\n}}\ntest \"t\" for f {{\n  given tags = [{quoted}], a = b\n  e(list: [{quoted}])\n}}\n"
    );
    for line in tidy(&text).lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
}

/// A text with comments put at the ends of lines and on lines of their own.
fn commented(text: &str, places: &[(usize, bool)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (number, (at, own)) in places.iter().enumerate() {
        if lines.is_empty() {
            break;
        }
        let at = at % lines.len();
        if *own {
            lines.insert(at, format!("   # own {number}"));
        } else {
            lines[at] += &format!(" # behind {number}");
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_are_formatted(file in arbitrary::file(), places in proptest::collection::vec(any::<(usize, bool)>(), 0..12)) {
        let printed = fmt::print(&file);
        prop_assert_eq!(&tidy(&printed), &printed);
        tidy(&commented(&printed, &places));
    }

    #[test]
    fn damaged_examples_are_formatted(
        pick in any::<prop::sample::Index>(),
        places in proptest::collection::vec(any::<(usize, bool)>(), 0..4),
        changes in proptest::collection::vec(any::<(u8, usize, usize)>(), 0..4),
    ) {
        let files = files(&["examples"]);
        let text = commented(&files[pick.index(files.len())].1, &places);
        let mut letters: Vec<char> = text.chars().collect();
        for (kind, at, length) in changes {
            let start = at % letters.len().max(1);
            let end = (start + 1 + length % 12).min(letters.len());
            match kind % 3 {
                0 => drop(letters.drain(start..end)),
                1 => letters.insert(start, ['{', '}', '(', ')', '"', '#', '=', ',', '\n', 'é', '\u{a0}', ';'][length % 12]),
                _ => letters.insert(start, ' '),
            }
        }
        tidy(&letters.into_iter().collect::<String>());
    }
}
