//! The changes that syntax findings offer; words that may and may not be names. What is said of each fixture is in `tests/ui.rs`.
#![allow(missing_docs, reason = "a test program")]

use funnelc::{
    diag::Diagnostic,
    parse::{codes, parse, words},
    source::SourceMap,
};

fn findings(text: &str) -> Vec<Diagnostic> {
    let mut map = SourceMap::new();
    let file = map.add("x.funnel", text);
    parse(file, text).diagnostics.into_iter().collect()
}

/// Applying the safe fixes of a file leaves none of the findings they were offered for.
#[test]
fn fixes_mend() {
    insta::glob!("ui/syntax/*.funnel", |path| {
        let text = std::fs::read_to_string(path).expect("a fixture");
        let before = findings(&text);
        let mut edits: Vec<_> = before.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| fix.edits.clone()).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut mended = text.clone();
        for edit in &edits {
            mended.replace_range(edit.span.range(), &edit.text);
        }
        let left = findings(&mended).len();
        let unfixed = before.iter().filter(|finding| finding.fix.is_none()).count();
        assert!(left <= unfixed, "{}: {left} findings are left of {} in\n{mended}", path.display(), before.len());
    });
}

#[test]
fn reserved_words_are_no_names() {
    assert_eq!(words::RESERVED.len(), 49);
    for word in words::RESERVED {
        for text in [
            format!("event {word}\n"),
            format!("message {word} by email\n"),
            format!("funnel f {{\n  stage {word} {{\n    enter when x\n  }}\n}}\n"),
            format!("contact {{\n  {word} : text?\n}}\n"),
            format!("segment s when plan = pro and {word} = 3\n"),
        ] {
            let allowed = text.starts_with("segment") && matches!(word, "yes" | "no");
            assert!(allowed || !findings(&text).is_empty(), "`{word}` is taken as a name in\n{text}");
        }
    }
}

#[test]
fn a_number_before_leads_to_has_no_unit() {
    for condition in ["amount = 2", "amount > 1 + 2", "0 contains 0 + 0"] {
        let text = format!("guarantee purchase where {condition} leads to a within 1 day\n");
        assert_eq!(findings(&text).len(), 0, "{text}");
    }
}

#[test]
fn all_other_words_are_names() {
    let lists: [&[&str]; 11] = [
        &words::TOP,
        &words::FUNNEL,
        &words::STAGE,
        &words::STEP,
        &words::CHANNEL,
        &words::MESSAGE,
        &words::SCORE,
        &words::TEST,
        &words::SHARE,
        &words::ARM,
        &[
            "exactly",
            "sum",
            "of",
            "time",
            "least",
            "most",
            "segment",
            "day",
            "days",
            "month",
            "year",
            "week",
            "each",
            "past",
            "skip",
            "calendar",
            "times",
            "starts",
            "ends",
            "with",
            "known",
            "missing",
            "entering",
            "leaving",
            "by",
            "one",
            "list",
            "per",
            "opt",
            "out",
            "ours",
            "fixed",
            "never",
            "anywhere_else",
            "restart",
            "held",
            "capped",
            "follows",
            "goes",
            "way",
        ],
    ];
    for word in lists.into_iter().flatten().copied().filter(|word| !words::is_reserved(word)) {
        let text = format!(
            "event {word}({word}: text)\nmessage {word} by {word}\naction {word}\ncontact {{\n  {word} : text?\n}}\n\
             funnel {word} {{\n  for each contact and {word}\n  reentry restart from {word}, {word}\n\n  stage {word} {{\n    enter when {word} where {word} = \"a\"\n    \
             enter from {word} after 3 days without {word} when had {word} within 3 days and {word} = 3 or no {word}\n    open to {word}\n    \
             leave when not {word} or entry.{word} > 3 and {word} in [\"a\"] or {word} starts with \"x\"\n\n    nurture {word} {{\n      send {word}({word}: {word}) as {word}\n      set {word} = {word} + {word}.{word}\n      \
             add {word} to {word}\n      record {word}\n      do {word}\n      split {word} {{\n        20% {word} {{ stop }}\n        rest {word} {{ stop }}\n      }}\n    }}\n  }}\n}}\n\
             test \"t\" for {word} {{\n  given {word} = 3, split {word} = {word}\n  {word}({word}: 3)\n  {word}\n  expect {word} = 3\n  expect in {word}\n}}\n"
        );
        let found = findings(&text);
        assert!(found.is_empty(), "`{word}` is not taken as a name: {found:#?}\n{text}");
    }
}

#[test]
fn codes_are_sorted_and_used_once() {
    assert!(codes::CODES.is_sorted_by(|one, other| one.id < other.id));
}

/// The deepest nesting that is allowed parses, builds, prints and drops on the small stack of a test's thread.
#[test]
fn the_deepest_nesting_is_read() {
    let blocks = format!("play p {{\n{}stop{}\n}}\n", "if x {\n".repeat(63), "\n}".repeat(63));
    let groups = format!("segment s when {}purchase where (amount > 1){}\n", "(a or ".repeat(62), ")".repeat(62));
    let lists = format!("play p {{\n  set x = {}{}\n}}\n", "[".repeat(63), "]".repeat(63));
    for text in [blocks, groups, lists] {
        assert!(findings(&text).is_empty(), "{:?}", findings(&text));
        let mut map = SourceMap::new();
        let file = map.add("x.funnel", text.as_str());
        let printed = funnelc::fmt::print(&parse(file, &text).file);
        assert!(findings(&printed).is_empty());
    }
}

/// A brace that is taken away is told once, whichever it is.
#[test]
fn one_missing_brace_is_one_finding() {
    let text = include_str!("ui/whole.funnel");
    assert!(findings(text).is_empty(), "{:?}", findings(text));
    for (at, _) in text.match_indices(['{', '}']) {
        let mut damaged = text.to_owned();
        damaged.remove(at);
        let found = findings(&damaged);
        let line = text[..at].lines().count();
        assert!(!found.is_empty(), "nothing is told of the brace of line {line}");
        assert!(found.len() == 1, "one brace of line {line} gives {found:#?}\n{damaged}");
    }
}

#[test]
fn large_files_are_told() {
    let text = " ".repeat(16 * 1024 * 1024 + 1);
    let found = findings(&text);
    assert_eq!(found.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["F009"]);
}

#[test]
fn long_chains_are_told_and_do_no_harm() {
    for text in [
        format!("segment s when {}purchase\n", "not ".repeat(100_000)),
        format!("segment s when 1{} > 2\n", " + 1".repeat(100_000)),
        format!("segment s when {}1 > 2\n", "-".repeat(100_000)),
        format!("segment s when {}1{} > 2\n", "(".repeat(60), ")".repeat(60)),
        format!("segment s when a{}\n", " or a".repeat(100_000)),
        format!("{}{}", "play p { ".repeat(200), "}".repeat(200)),
    ] {
        let found = findings(&text);
        assert!(found.iter().all(|finding| finding.code.id == "F009" || finding.code.id == "F001"), "{found:?}");
    }
}
