//! The layers of the crate: every `use crate::…` is compared with the table below.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Which module may use which, base first. A module may always use itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("units", &[]),
    ("diag", &["source", "units"]),
    ("ast", &["source", "units"]),
    ("model", &["ast", "source", "units"]),
    ("ruleset", &["units"]),
    ("parse", &["ast", "diag", "source", "units"]),
    ("fmt", &["ast", "diag", "parse", "source", "units"]),
    ("resolve", &["ast", "diag", "model", "source", "units"]),
    ("graph", &["model", "source"]),
    ("logic", &["model", "source", "units"]),
    ("facts", &["graph", "logic", "model", "source"]),
    ("check", &["diag", "facts", "graph", "logic", "model", "source", "units"]),
    ("lower", &["check", "model", "ruleset", "source", "units"]),
    ("picture", &["diag", "ruleset", "units"]),
    ("emit", &["diag", "lower", "model", "picture", "ruleset", "source", "units"]),
    ("runtime", &["ruleset", "units"]),
    ("fast", &["ruleset", "runtime", "units"]),
    ("store", &["fast", "ruleset", "runtime", "units"]),
    ("diff", &["check", "diag", "logic", "model", "ruleset", "runtime", "source", "units"]),
    ("report", &["emit", "graph", "picture", "ruleset", "runtime", "units"]),
    ("reach", &["fast", "report", "ruleset", "runtime", "units"]),
    ("story", &["diag", "lower", "model", "ruleset", "runtime", "source", "units"]),
    ("survey", &["parse", "runtime", "units"]),
    ("template", &["ast", "fmt", "parse", "source"]),
    ("scenario", &["ast", "diag", "fmt", "lower", "model", "parse", "ruleset", "runtime", "source", "story", "units"]),
    ("workspace", &["ast", "check", "diag", "fmt", "graph", "lower", "model", "parse", "resolve", "ruleset", "source", "story", "units"]),
    ("catalog", &["check", "diag", "diff", "emit", "parse", "resolve", "scenario", "story", "workspace"]),
    (
        "editor",
        &[
            "ast",
            "catalog",
            "check",
            "diag",
            "emit",
            "fmt",
            "lower",
            "model",
            "parse",
            "picture",
            "resolve",
            "ruleset",
            "source",
            "units",
            "workspace",
        ],
    ),
    ("config", &["catalog", "check", "diag", "ruleset", "source", "units"]),
];

/// Modules that may use anything and that nothing may use.
const TOP: &[&str] = &["cli", "main"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The modules of this crate that a text names: in paths from `crate`, those in braces included.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut fresh = true;
        for (n, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                c if fresh && depth == 0 && (c.is_alphabetic() || c == '_') => {
                    found.insert(word(&list[n..]));
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut faults = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let module = inside.split(['/', '.']).next().unwrap_or("").to_owned();
        if module == "lib" || TOP.contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = layers.get(module.as_str()) else {
            faults.push(format!("{inside}: the module `{module}` is not in the table"));
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source file");
        for used in uses(&text) {
            let is_module = layers.contains_key(used.as_str()) || TOP.contains(&used.as_str());
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                faults.push(format!("{inside}: `{module}` may not use `{used}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (module, allowed) in LAYERS {
        for used in *allowed {
            assert!(below.contains(used), "`{module}` stands above `{used}`, which it uses");
        }
        below.insert(module);
    }
}

#[test]
fn libraries_are_named_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for (library, place) in [
        ("pest", "parse/"),
        ("serde_yaml", "ruleset/yaml.rs"),
        ("lsp_server", "cli/lsp/"),
        ("lsp_types", "cli/lsp/"),
        ("miette", "diag/render/"),
        ("clap", "cli/"),
        ("rusqlite", "store/"),
        ("ureq", "cli/state/"),
        ("resvg", "emit/png/"),
    ] {
        for path in &files {
            let inside = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(path).expect("a source file");
            let names_it = text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or("");
                code.contains(&format!("{library}::")) || code.contains(&format!("use {library}"))
            });
            assert!(!names_it || inside.starts_with(place), "{inside} names `{library}`, which belongs to {place}");
        }
    }
}

#[test]
fn words_in_braces_are_found() {
    let text = "use crate::{\n    diag::{Code, Diagnostics},\n    model::Model, // crate::cli\n};\nfn f() { crate::units::g() }";
    assert_eq!(uses(text).into_iter().collect::<Vec<_>>(), ["diag", "model", "units"]);
}
