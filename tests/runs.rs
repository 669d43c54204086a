//! Every example with its log: what happens, as golden files in `tests/golden/runs`, through the command itself.
//! `BLESS=1 cargo test --test runs` writes them anew; read the difference before you commit it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn funnelc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// The programs of `examples/` that have a log: what to give to `funnelc`, and the log.
fn programs() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for group in ["models", "journeys"] {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(root.join("examples").join(group)).expect("a folder").map(|entry| entry.expect("readable").path()).collect();
        paths.sort();
        for path in paths {
            let program = path.strip_prefix(root).expect("inside").to_string_lossy().replace('\\', "/");
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let beside = if path.is_dir() { path.join(&stem) } else { path.with_extension("") };
            let is_program = path.is_dir() || path.extension().is_some_and(|ending| ending == "funnel");
            let log = ["ndjson", "csv"].iter().map(|ending| beside.with_extension(ending)).find(|log| log.exists());
            if let (true, Some(log)) = (is_program, log) {
                found.push((program, log.strip_prefix(root).expect("inside").to_string_lossy().replace('\\', "/")));
            }
        }
    }
    assert!(found.len() > 20, "the examples were found");
    found
}

#[test]
fn examples_run_as_before_and_set_nothing_aside() {
    for (program, log) in programs() {
        let arguments = ["run", &program, "--events", &log, "--until", "2027-01-01", "--out", "-", "--format", "text"];
        let output = funnelc(&arguments);
        assert!(output.status.success(), "{program}: {}", text(&output.stderr));
        let shown = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
        assert!(!shown.contains("set aside") && !shown.contains("not declared"), "{program}: {}", text(&output.stderr));
        let name = program.trim_start_matches("examples/").trim_end_matches(".funnel").replace('/', "-");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runs").join(format!("{name}.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(golden.parent().expect("a folder")).expect("a folder can be made");
            fs::write(&golden, &shown).expect("a file can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(
            expected == shown,
            "{program} runs otherwise than in {}; `BLESS=1 cargo test --test runs` writes it anew",
            golden.display()
        );
    }
}

#[test]
fn a_rule_set_runs_as_its_source_does() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (program, log) in programs() {
        let from_source = funnelc(&["run", &program, "--events", &log, "--until", "2027-01-01", "--out", "-"]);
        for ending in ["yaml", "json"] {
            let rules = folder.join(format!("runs.{ending}")).to_string_lossy().into_owned();
            let built = funnelc(&["build", &program, "-o", &rules]);
            assert!(built.status.success(), "{program}: {}", text(&built.stderr));
            let from_rules = funnelc(&["run", &rules, "--events", &log, "--until", "2027-01-01", "--out", "-"]);
            assert_eq!(text(&from_rules.stdout), text(&from_source.stdout), "{program} as {ending}");
        }
    }
}

#[test]
fn a_rule_set_fits_the_published_schema() {
    let printed = text(&funnelc(&["schema"]).stdout);
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rule-set.schema.json");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&published, &printed).expect("a file can be written");
    }
    assert!(fs::read_to_string(&published).unwrap_or_default() == printed, "`funnelc schema -o docs/rule-set.schema.json` writes it anew");
    let schema: serde_json::Value = serde_json::from_str(&printed).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for (program, _) in programs() {
        let rules: serde_json::Value =
            serde_json::from_slice(&funnelc(&["build", &program, "--format", "json"]).stdout).expect("rules are JSON");
        let wrong: Vec<String> = validator.iter_errors(&rules).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{program}: {wrong:?}");
        let mut strange = rules.clone();
        strange["surprise"] = true.into();
        assert!(!validator.is_valid(&strange), "an unknown field does not fit the schema");
    }
}
