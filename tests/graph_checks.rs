//! The checks on the graph: each fixture of `tests/ui/graph` with all that is said of it, and the golden outputs.
//!
//! `INSTA_UPDATE=always cargo test --test graph_checks` writes the snapshots anew; `git diff` then shows what changed.

#[path = "common/settings.rs"]
mod settings;

use funnelc::{
    diag::{Severity, render},
    emit, lower,
    workspace::{Analysis, Loaded, MemoryLoader, analyse, analyse_with},
};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

fn analysis_of(name: &str, text: &str) -> Analysis {
    let loader = MemoryLoader::new([(name, text)]);
    analyse_with(Loaded::read(&loader, &[name.to_owned()]).expect("the file is in memory"), settings::settings_of(text))
}

/// All findings but those for `--verbose`.
fn said(analysis: &Analysis) -> String {
    let style = render::Style { colour: false, width: Some(110) };
    let shown = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information);
    let text: Vec<String> = shown.map(|finding| render::human(finding, &analysis.sources, style)).collect();
    if text.is_empty() { "no findings\n".to_owned() } else { text.join("\n") }
}

fn codes(analysis: &Analysis) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information).map(|finding| finding.code.id).collect();
    codes.dedup();
    codes
}

#[test]
fn each_fixture_gives_the_code_in_its_name() {
    insta::glob!("ui/graph/*.funnel", |path| {
        let text = fs::read_to_string(path).expect("a fixture can be read");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let analysis = analysis_of(name, &text);
        let code = name.split('_').next().unwrap_or("").to_uppercase();
        let has_it = analysis.diagnostics.iter().any(|finding| finding.code.id == code);
        if name.contains("near_miss") {
            assert!(codes(&analysis).is_empty() && !has_it, "{name}: {}", said(&analysis));
        } else {
            assert!(has_it, "{name} is without {code}: {}", said(&analysis));
        }
    });
}

/// A program of `examples/`: its name, and the findings, rule set and drawing of it.
struct Example {
    name: String,
    analysis: Analysis,
}

/// All examples without errors; a folder of its own is one program.
fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for group in ["models", "journeys", "data"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(group);
        for path in sorted(&folder) {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
            let files: Vec<PathBuf> = if path.is_dir() { sorted(&path) } else { vec![path] };
            let texts: Vec<(String, String)> = files
                .iter()
                .filter(|file| file.extension().is_some_and(|ending| ending == "funnel"))
                .map(|file| {
                    let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("inside").to_string_lossy().replace('\\', "/");
                    (name, fs::read_to_string(file).expect("an example can be read"))
                })
                .collect();
            if texts.is_empty() {
                continue;
            }
            let roots: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
            let loaded = Loaded::read(&MemoryLoader::new(texts), &roots).expect("the files are in memory");
            found.push(Example { name: format!("{group}-{stem}"), analysis: analyse(loaded) });
        }
    }
    assert!(found.len() > 20, "the examples were found");
    found
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Compares with a file of `tests/golden`; with `BLESS=1` in the environment writes it instead.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{name} is not as in tests/golden; if the change is meant, run `BLESS=1 cargo test --test graph_checks` and look at `git diff`"
    );
}

#[test]
fn examples_are_free_of_findings_and_compile_to_the_golden_rule_sets() {
    for Example { name, analysis } in examples() {
        assert_eq!(said(&analysis), "no findings\n", "{name}");
        let checked = analysis.checked().expect("no error was found");
        let rules = lower::lower(&checked, &analysis.sources);
        for backend in emit::BACKENDS.iter().filter(|backend| backend.name() != "dot") {
            let text = backend.emit(&rules);
            assert_eq!(funnelc::ruleset::read(&text), Ok(rules.clone()), "{name} as {}", backend.name());
        }
        golden(&format!("{name}.yaml"), &emit::backend("yaml").expect("in the table").emit(&rules));
        golden(&format!("{name}.dot"), &emit::backend("dot").expect("in the table").emit(&rules));
    }
}

/// Gives DOT to a real `dot` and returns what it says and draws.
fn run_dot(name: &str, text: &str) -> String {
    let mut child = Command::new("dot")
        .args(["-Tsvg"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Graphviz is installed: `apt-get install graphviz`, or see https://graphviz.org/download");
    let mut input = child.stdin.take().expect("a pipe");
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("dot ends");
    writer.join().expect("no panic").expect("dot reads all");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.trim().is_empty(), "{name}: {complaints}");
    String::from_utf8(output.stdout).expect("SVG is text")
}

#[test]
fn dot_takes_every_drawing() {
    for Example { name, analysis } in examples() {
        let rules = lower::lower(&analysis.checked().expect("no error was found"), &analysis.sources);
        let svg = run_dot(&name, &emit::backend("dot").expect("in the table").emit(&rules));
        for funnel in &rules.funnels {
            for stage in &funnel.stages {
                let label = stage.label.as_deref().unwrap_or(&stage.name);
                let first = label.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
                assert!(svg.contains(first), "{name}: `{first}` is in the picture");
            }
        }
    }
}

/// Labels that break careless drawings.
const HARD: &[&str] = &[
    "say \\\"hi\\\" \\\\N \\\\l",
    "a < b & c > d &amp; <B>",
    "two\\nlines",
    "שלום עולם",
    "مرحبا بالعالم",
    "🎉 café 日本語",
    "-- -> { } [ ] ; # | :",
    "]]> <!-- --> %s $x ${y}",
    "\u{202e}reversed\u{202c} and \u{7} bell",
];

#[test]
fn dot_takes_any_label() {
    for label in HARD {
        let text = format!(
            "channel email\nmessage hello \"{label}\" by email\nevent visit\nevent signup\nfunnel f \"{label}\" {{\n  note \"{label}\"\n  for each contact\n  \
             reentry never\n  stage a \"{label}\" {{\n    note \"{label}\"\n    enter when visit\n    feeds a by sharing\n    nurture n \"{label}\" {{ send hello }}\n  }}\n  \
             goal stage b \"{label}\" {{ enter from a when signup }}\n}}\n"
        );
        let analysis = analysis_of("hard.funnel", &text);
        assert!(!analysis.diagnostics.has_errors(), "{label}: {}", said(&analysis));
        let rules = lower::lower(&analysis.checked().expect("no error was found"), &analysis.sources);
        run_dot(label, &emit::backend("dot").expect("in the table").emit(&rules));
    }
}

#[test]
fn a_funnel_with_findings_is_drawn_with_them() {
    for path in sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/graph")) {
        let text = fs::read_to_string(&path).expect("a fixture can be read");
        let analysis = analysis_of("drawn.funnel", &text);
        let sketch = lower::sketch(&analysis.model, &analysis.sources);
        let notes = emit::notes::notes(&analysis.model, &analysis.diagnostics, &analysis.sources);
        let drawn = emit::dot::sketch(&sketch, &notes);
        for code in codes(&analysis).iter().filter(|code| ["F301", "F305", "F313", "F401"].contains(*code)) {
            assert!(drawn.contains(*code), "{code} stands in the drawing of {}", path.display());
        }
        run_dot(&path.display().to_string(), &drawn);
    }
}

#[test]
fn output_is_the_same_on_every_run() {
    for path in sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/graph")) {
        let text = fs::read_to_string(&path).expect("a fixture can be read");
        let first = said(&analysis_of("again.funnel", &text));
        for _ in 0..5 {
            assert_eq!(said(&analysis_of("again.funnel", &text)), first, "{}", path.display());
        }
    }
}
