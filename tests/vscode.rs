//! What the extension for VS Code is made of: its grammar and snippets are those of the language.
//!
//! `BLESS=1 cargo test --test vscode` writes the files anew. The ignored tests need Node, which `tests/all` installs.

use funnelc::{
    editor,
    parse::{self, words},
    source::FileId,
    units::Weekday,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("editors/vscode")
}

/// A file is as it should be, or is written so.
fn is_fresh(path: &str, wanted: &Value) {
    let path = folder().join(path);
    let wanted = serde_json::to_string_pretty(wanted).expect("JSON") + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).expect("a file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{} is old: `BLESS=1 cargo test --test vscode` writes it anew", path.display());
}

/// One of these words, and no part of another.
fn any_of<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_unstable();
    words.dedup();
    format!("(?<![\\w.])(?:{})(?!\\w)", words.join("|"))
}

/// The words of the language by their colour.
fn colours() -> Vec<(&'static str, Vec<&'static str>)> {
    let declare: BTreeSet<&str> = words::TOP.iter().copied().chain(["stage", "goal", "final", "nurture"]).collect();
    let logic = ["and", "or", "not", "had", "is", "in", "contains"];
    let constants = ["yes", "no", "UTC"];
    let types: BTreeSet<&str> = words::TYPES.iter().flat_map(|words| words.split(' ')).filter(|word| *word != "of").collect();
    let days = Weekday::ALL.map(Weekday::word);
    let taken = |word: &&str| {
        declare.contains(word) || logic.contains(word) || constants.contains(word) || types.contains(word) || days.contains(word)
    };
    let rest = editor::vocabulary().into_iter().filter(|word| !taken(word)).collect();
    vec![
        ("keyword.declaration.funnel", declare.into_iter().collect()),
        ("keyword.operator.word.funnel", logic.to_vec()),
        ("constant.language.funnel", constants.iter().chain(&days).copied().collect()),
        ("support.type.funnel", types.into_iter().collect()),
        ("keyword.control.funnel", rest),
    ]
}

fn grammar() -> Value {
    let name = "[\\p{L}_][\\w]*";
    let mut patterns = vec![
        json!({ "name": "comment.line.number-sign.funnel", "match": "#.*$" }),
        json!({
            "name": "string.quoted.double.funnel", "begin": "\"", "end": "\"|$",
            "patterns": [{ "name": "constant.character.escape.funnel", "match": "\\\\." }],
        }),
        json!({
            "match": format!("^\\s*(?:(goal|final)\\s+)?(?:(goal|final)\\s+)?(event|channel|message|action|segment|score|play|funnel|stage|nurture)\\s+({name})"),
            "captures": {
                "1": { "name": "storage.modifier.funnel" },
                "2": { "name": "storage.modifier.funnel" },
                "3": { "name": "keyword.declaration.funnel" },
                "4": { "name": "entity.name.function.funnel" },
            },
        }),
        json!({ "name": "constant.numeric.date.funnel", "match": "(?<!\\w)\\d{4}-\\d{2}-\\d{2}(?!\\w)" }),
        json!({ "name": "constant.numeric.clock.funnel", "match": "(?<!\\w)\\d{1,2}:\\d{2}(?!\\w)" }),
        json!({ "name": "constant.numeric.funnel", "match": "(?<!\\w)\\d+(?:\\.\\d+)?%?" }),
        json!({ "match": format!("(\\.)({name})"), "captures": { "1": { "name": "punctuation.accessor.funnel" }, "2": { "name": "variable.other.property.funnel" } } }),
        json!({ "match": format!("({name})\\s*(:)(?!\\d)"), "captures": { "1": { "name": "variable.parameter.funnel" }, "2": { "name": "punctuation.separator.funnel" } } }),
    ];
    patterns.extend(colours().into_iter().map(|(scope, words)| json!({ "name": scope, "match": any_of(words) })));
    patterns.push(json!({ "name": "keyword.operator.funnel", "match": "!=|<=|>=|[=<>+\\-*/]" }));
    json!({
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "comment": "Made from the words of the language by `BLESS=1 cargo test --test vscode`.",
        "name": "Funnel",
        "scopeName": "source.funnel",
        "fileTypes": ["funnel"],
        "patterns": patterns,
    })
}

#[test]
fn the_grammar_is_made_of_the_words_of_the_language() {
    is_fresh("syntaxes/funnel.tmLanguage.json", &grammar());
}

#[test]
fn every_word_of_the_language_is_in_the_grammar() {
    let text = fs::read_to_string(folder().join("syntaxes/funnel.tmLanguage.json")).expect("the grammar");
    let grammar: Value = serde_json::from_str(&text).expect("JSON");
    let patterns = grammar["patterns"].as_array().expect("patterns");
    let lists: BTreeSet<&str> = patterns
        .iter()
        .filter_map(|pattern| pattern["match"].as_str()?.strip_prefix("(?<![\\w.])(?:")?.strip_suffix(")(?!\\w)"))
        .flat_map(|list| list.split('|'))
        .collect();
    let of_lists: [&[&str]; 12] = [
        &words::RESERVED,
        &words::TOP,
        &words::FUNNEL,
        &words::STAGE,
        &words::STEP,
        &words::ARM,
        &words::SHARE,
        &words::CHANNEL,
        &words::MESSAGE,
        &words::SCORE,
        &words::NOTE,
        &words::TEST,
    ];
    let all = editor::vocabulary().into_iter().chain(of_lists.into_iter().flatten().copied()).chain(parse::next::words());
    for word in all {
        assert!(lists.contains(word), "`{word}` is no word of the extension's grammar");
    }
}

#[test]
fn no_reserved_word_is_a_name() {
    let places = [
        "event WORD\n",
        "channel WORD\n",
        "message WORD \"x\" by email\n",
        "action WORD\n",
        "segment WORD when had a\n",
        "score WORD {\n  +1 for a\n}\n",
        "play WORD {\n  stop\n}\n",
        "contact {\n  WORD : text?\n}\n",
        "event e(WORD: text)\n",
        "funnel WORD {\n  for each contact\n}\n",
        "funnel f {\n  stage WORD {\n  }\n}\n",
        "funnel f {\n  stage s {\n    nurture WORD {\n      stop\n    }\n  }\n}\n",
        "play p {\n  split WORD {\n    100% a { stop }\n  }\n}\n",
        "play p {\n  split s {\n    100% WORD { stop }\n  }\n}\n",
    ];
    for place in places {
        assert!(parse::parse(FileId::new(0), &place.replace("WORD", "fine")).diagnostics.is_empty(), "{place}");
        for word in words::RESERVED {
            let parsed = parse::parse(FileId::new(0), &place.replace("WORD", word));
            assert!(parsed.diagnostics.has_errors(), "`{word}` is a name in {place}");
        }
    }
}

#[test]
fn the_snippets_are_those_of_completion() {
    let snippets: serde_json::Map<String, Value> = editor::skeletons()
        .iter()
        .map(|(label, insert, about)| {
            let lines: Vec<&str> = insert.split('\n').collect();
            ((*label).to_owned(), json!({ "prefix": label.trim_end_matches(" …"), "body": lines, "description": about }))
        })
        .collect();
    is_fresh("snippets/funnel.json", &Value::Object(snippets));
}

#[test]
fn what_the_extension_names_is_there() {
    let package: Value = serde_json::from_str(&fs::read_to_string(folder().join("package.json")).expect("a file")).expect("JSON");
    let contributes = &package["contributes"];
    for path in [
        &package["main"],
        &contributes["languages"][0]["configuration"],
        &contributes["grammars"][0]["path"],
        &contributes["snippets"][0]["path"],
    ] {
        let path = path.as_str().expect("a path");
        assert!(folder().join(path).is_file(), "{path}");
    }
    let code = fs::read_to_string(folder().join("extension.js")).expect("the extension");
    for command in contributes["commands"].as_array().expect("commands") {
        let name = command["command"].as_str().expect("a name");
        assert!(code.contains(&format!("\"{name}\"")), "{name} is announced and never registered");
    }
}

#[test]
#[ignore = "needs Node, which `tests/all` installs"]
fn the_extension_starts_the_server_draws_and_colours() {
    let output = Command::new("node").arg(folder().join("test.js")).arg(env!("CARGO_BIN_EXE_funnelc")).output().expect("Node runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("all well"), "{said}");
}
