//! What funnelc says about itself: the help of every command is shown in `tests/cmd/help.md`, its examples are executed, man
//! pages and completions are made of it.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn funnelc(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_funnelc")).args(arguments).output().expect("funnelc starts");
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("it is text")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn commands() -> Vec<String> {
    let help = funnelc(&["--help"]);
    let list = help.split_once("Commands:\n").expect("commands are listed").1.split_once("\n\n").expect("options follow").0;
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The examples of a command, without what is said beside them.
fn examples(command: &str) -> Vec<String> {
    let help = funnelc(&[command, "--help"]);
    let examples = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("`{command}` has no examples")).1.to_owned();
    let lines = examples.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| line.trim_start().split("  ").next().unwrap_or_default().to_owned()).collect()
}

/// A folder with all that the examples speak of, and funnelc on its path.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("help-{name}"));
        drop(fs::remove_dir_all(&folder));
        for inner in ["funnels", "old", "pictures"] {
            fs::create_dir_all(folder.join(inner)).expect("a folder can be made");
        }
        let page = "<!-- funnelc graph shop.funnel -->\n<!-- /funnelc graph -->\n";
        let events = r#"{"time": "2026-03-02T10:00:00Z", "contact": "ann", "event": "opt_in", "utm_source": "ads"}"#;
        let files = [
            ("shop.funnel", SHOP),
            ("funnels/shop.funnel", SHOP),
            ("old/shop.funnel", SHOP),
            ("draft.funnel", "event   opt_in\n"),
            ("deliver.sh", "#!/bin/sh\ncat\n"),
            ("README.md", page),
            ("events.ndjson", events),
            ("events.csv", "user_id,ts,event,amount\nann,2026-03-02 10:00,opt_in,\n"),
            ("orders.csv", "id,date,amount\nann,2026-03-02 10:00,20\n"),
        ];
        for (path, text) in files {
            fs::write(folder.join(path), text).expect("a file can be written");
            fs::set_permissions(folder.join(path), fs::Permissions::from_mode(0o755)).expect("a file of ours");
        }
        let folder = Self(folder);
        let before = [
            "build shop.funnel -o shop.rules.yaml",
            "run shop.funnel --events events.ndjson --report report.json",
            "run shop.funnel --events events.ndjson --state shop.db",
        ];
        for command in before {
            let output = folder.shell(&format!("funnelc {command}"));
            assert!(output.status.success(), "{command}: {}", said(&output));
        }
        let repository = "git init -q -b main && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm shop";
        let output = folder.shell(repository);
        assert!(output.status.success(), "{}", said(&output));
        folder
    }

    fn shell(&self, command: &str) -> Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_funnelc")).parent().expect("in a folder");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        Command::new("bash").args(["-c", command]).current_dir(&self.0).env("PATH", path).output().expect("bash starts")
    }
}

const SHOP: &str = "timezone \"UTC\"

event opt_in
event purchase(amount: number)
message welcome by email { transactional }
channel email

funnel shop {
  for each contact
  reentry never
  guarantee every contact leaves trial within 30 days

  stage trial {
    enter when opt_in
    leave after 30 days
    nurture hello { send welcome }
  }

  goal final stage customer { enter from trial when purchase }
}
";

#[test]
fn the_help_of_every_command_is_shown() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/help.md")).expect("it is there");
    let commands = commands();
    assert!(commands.len() > 6, "{commands:?}");
    for command in commands {
        assert!(page.contains(&format!("$ funnelc {command} --help\n")), "tests/cmd/help.md lacks `{command}`");
    }
}

#[test]
fn the_examples_of_help_texts_work() {
    let mut tried = 0;
    for command in commands() {
        let folder = Folder::new(&command);
        for example in examples(&command) {
            assert!(example.starts_with("funnelc "), "{example}");
            // Those that look for what is missing find it; others have nothing to complain of.
            let looks = ["--check", "--diff", "--verify"].iter().any(|word| example.contains(word));
            let needs = example.split_once('|').and_then(|(_, after)| after.split_whitespace().next().map(str::to_owned));
            if needs.is_some_and(|tool| !folder.shell(&format!("command -v {tool}")).status.success()) {
                continue;
            }
            let output = folder.shell(&example);
            let status = output.status.code();
            assert!(status == Some(0) || looks && status == Some(1), "{example}: {status:?}\n{}", said(&output));
            tried += 1;
        }
    }
    assert!(tried > 25, "only {tried} examples were found");
}

#[test]
fn every_command_has_a_page_for_man() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    drop(fs::remove_dir_all(&folder));
    funnelc(&["man", "-o", &folder.to_string_lossy()]);
    for command in commands() {
        let page = fs::read_to_string(folder.join(format!("funnelc-{command}.1"))).expect("it was written");
        assert_eq!(page, funnelc(&["man", &command]));
        assert!(page.contains(".SH EXAMPLES\n.nf\n\\&funnelc "), "{page}");
    }
    let main = fs::read_to_string(folder.join("funnelc.1")).expect("it was written");
    assert!(main == funnelc(&["man"]) && main.contains("funnelc\\-check(1)"), "{main}");
}

#[test]
fn shells_can_read_their_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = funnelc(&["completions", shell]);
        for command in commands() {
            assert!(text.contains(&command), "{shell} does not know `{command}`");
        }
        if shell == "bash" {
            let output = Command::new("bash").args(["-n", "-c", &text]).output().expect("bash starts");
            assert!(output.status.success(), "{}", said(&output));
            // What bash would offer behind `funnelc fm`.
            let ask = format!("{text}\nCOMP_WORDS=(funnelc fm) COMP_CWORD=1; _funnelc funnelc fm funnelc; echo \"${{COMPREPLY[@]}}\"");
            let output = Command::new("bash").args(["-c", &ask]).output().expect("bash starts");
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "fmt", "{}", said(&output));
        }
    }
}
