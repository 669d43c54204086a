//! `funnelc graph` on files and folders: what is written, what is out of date, what does not fit together.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const FUNNEL: &str = "event opt_in\nevent purchase\n\nfunnel small \"Small\" {\n  for each contact\n  reentry never\n\n  \
                      stage reader { enter when opt_in }\n\n  goal final stage customer { enter from reader when purchase }\n}\n";

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("graph-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("funnels")).expect("a folder can be made");
    fs::write(path.join("funnels/small.funnel"), FUNNEL).expect("a file can be written");
    path
}

fn graph(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_funnelc")).arg("graph").args(arguments).current_dir(folder).output().expect("the command runs")
}

fn status(folder: &Path, arguments: &[&str]) -> i32 {
    graph(folder, arguments).status.code().expect("a status")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn pictures_of_a_folder_are_written_and_held_against_what_would_be_drawn() {
    let folder = folder("folder");
    assert_eq!(status(&folder, &["funnels/", "-o", "pictures/", "--check"]), 1, "there is none yet");
    assert_eq!(status(&folder, &["funnels/", "-o", "pictures/"]), 0);
    assert_eq!(status(&folder, &["funnels/", "-o", "pictures/", "--check"]), 0);
    let picture = fs::read_to_string(folder.join("pictures/small.svg")).expect("a picture");
    roxmltree::Document::parse(&picture).expect("it is XML");
    fs::write(folder.join("funnels/small.funnel"), FUNNEL.replace("\"Small\"", "\"Large\"")).expect("a file can be written");
    let output = graph(&folder, &["funnels/", "-o", "pictures/", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("`pictures/small.svg` is out of date"), "{}", said(&output));
    assert_eq!(fs::read_to_string(folder.join("pictures/small.svg")).expect("a picture"), picture, "nothing was written");
}

#[test]
fn a_block_of_a_page_is_drawn_anew_and_the_rest_left_alone() {
    let folder = folder("page");
    let page = folder.join("README.md");
    let example = "```markdown\n<!-- funnelc graph x.funnel -->\n```\n";
    let around = format!(
        "# Shop\r\n\n{example}\n<!-- funnelc graph funnels/small.funnel -->\nold\n<!-- /funnelc graph -->\n\nThe end, without a newline"
    );
    fs::write(&page, &around).expect("a page can be written");
    assert_eq!(status(&folder, &["--embed", "README.md", "--check"]), 1);
    assert_eq!(status(&folder, &["--embed", "README.md"]), 0);
    let text = fs::read_to_string(&page).expect("the page");
    assert!(text.starts_with(&format!("# Shop\r\n\n{example}\n")) && text.ends_with("\n\nThe end, without a newline"), "{text}");
    assert!(text.contains("```mermaid\nflowchart TD\n") && !text.contains("\nold\n"), "{text}");
    assert_eq!(status(&folder, &["--embed", ".", "--check"]), 0, "a folder stands for its pages");
    assert_eq!(status(&folder, &["--embed", "README.md"]), 0);
    assert_eq!(fs::read_to_string(&page).expect("the page"), text, "drawn twice is drawn once");
    fs::write(&page, "<!-- funnelc graph funnels/small.funnel -->\nno end").expect("a page can be written");
    assert_eq!(status(&folder, &["--embed", "README.md"]), 3);
    fs::write(&page, "nothing here").expect("a page can be written");
    assert_eq!(status(&folder, &["--embed", "README.md"]), 2);
}

#[test]
fn forms_views_and_files_that_do_not_fit_are_refused() {
    let folder = folder("refused");
    for (arguments, part) in [
        (&["funnels/small.funnel", "-o", "x.bmp"][..], "names no form"),
        (&["funnels/small.funnel", "-o", "x.svg", "--view", "stage:readr"], "did you mean `reader`?"),
        (&["funnels/small.funnel", "-o", "x.svg", "--view", "tree"], "write `journey`"),
        (&["funnels/small.funnel", "--format", "dot", "--view", "lanes"], "are given the journey"),
        (&["funnels/small.funnel", "--format", "mermaid", "--view", "stage:reader"], "are given the journey"),
        (&["funnels/small.funnel", "--format", "text", "--theme", "dark"], "have the colours of where they are shown"),
        (&["funnels/small.funnel", "--engine", "dot", "--format", "mermaid"], "`--engine dot` makes pictures"),
        (&["funnels/small.funnel", "--engine", "dot", "-o", "x.svg", "--view", "funnel"], "Graphviz draws the journey"),
        (&["funnels/small.funnel", "--check"], "compares with a file"),
        (&["--embed", "README.md", "--view", "lanes"], "cannot be used with"),
    ] {
        let output = graph(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(part), "{arguments:?}: {}", said(&output));
        assert!(!folder.join("x.svg").exists());
    }
    fs::write(folder.join("report.json"), "{}").expect("a file can be written");
    let output = graph(&folder, &["funnels/small.funnel", "-o", "x.svg", "--counts", "report.json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("is no report of a run"), "{}", said(&output));
}

#[test]
fn a_file_with_errors_is_drawn_with_a_banner() {
    let folder = folder("broken");
    fs::write(folder.join("broken.funnel"), FUNNEL.replace("from reader", "from nowhere")).expect("a file can be written");
    assert_eq!(status(&folder, &["broken.funnel", "-o", "broken.svg"]), 1);
    let picture = fs::read_to_string(folder.join("broken.svg")).expect("a picture");
    assert!(picture.contains("this file has errors") && picture.contains(">nowhere<"), "{picture}");
}

#[test]
fn counts_of_a_run_are_laid_over_the_picture() {
    let folder = folder("counts");
    let log = "{\"time\":\"2026-03-01T10:00:00Z\",\"contact\":\"ann\",\"event\":\"opt_in\"}\n\
               {\"time\":\"2026-03-02T10:00:00Z\",\"contact\":\"ann\",\"event\":\"purchase\"}\n\
               {\"time\":\"2026-03-03T10:00:00Z\",\"contact\":\"ben\",\"event\":\"opt_in\"}\n";
    fs::write(folder.join("log.ndjson"), log).expect("a file can be written");
    let run = Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .args(["run", "funnels/small.funnel", "--events", "log.ndjson", "--quiet", "--report", "report.json"])
        .current_dir(&folder)
        .status()
        .expect("the command runs");
    assert!(run.success());
    let output = graph(&folder, &["funnels/small.funnel", "--format", "text", "--counts", "report.json"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("● reader START 2\n") && text.contains("50"), "{text}");
    assert!(text.contains("2 people until 2026-03-03"), "{text}");
}

#[test]
fn graphviz_draws_where_it_is_asked_to() {
    let folder = folder("engine");
    let output = graph(&folder, &["funnels/small.funnel", "--engine", "dot", "-o", "own.svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let picture = fs::read_to_string(folder.join("own.svg")).expect("a picture");
    assert!(picture.contains("Generated by graphviz") && picture.contains(">reader<"), "{picture}");
    roxmltree::Document::parse_with_options(&picture, roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() })
        .expect("it is XML");
    fs::write(folder.join("new.funnel"), FUNNEL.replace("\n  goal", "\n  stage more { enter from reader when opt_in }\n\n  goal"))
        .expect("a file can be written");
    fs::write(folder.join("log.ndjson"), "{\"time\":\"2026-03-01T10:00:00Z\",\"contact\":\"ann\",\"event\":\"opt_in\"}\n")
        .expect("a file can be written");
    let run = Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .args(["run", "new.funnel", "--events", "log.ndjson", "--quiet", "--report", "report.json"])
        .current_dir(&folder)
        .status();
    assert!(run.expect("the command runs").success());
    for (theme, ground) in [("light", "#ffffff"), ("dark", "#0d1117")] {
        let laid = ["--counts", "report.json", "--diff", "funnels/small.funnel", "--theme", theme];
        let output = graph(&folder, &[&["new.funnel", "--engine", "dot", "-o", "laid.svg"], &laid[..]].concat());
        assert!(output.status.success() && !said(&output).contains("`dot` says"), "{}", said(&output));
        let picture = fs::read_to_string(folder.join("laid.svg")).expect("a picture");
        assert!(picture.contains(ground) && picture.contains(">more<") && picture.contains("#d97706"), "{picture}");
    }
    let output = graph(&folder, &["funnels/small.funnel", "--engine", "dot"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("<svg"), "SVG is what it makes where nothing else is said");
}

#[cfg(unix)]
#[test]
fn where_graphviz_is_missing_or_fails_the_message_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("no-engine");
    let with_path = |path: &Path| {
        Command::new(env!("CARGO_BIN_EXE_funnelc"))
            .args(["graph", "funnels/small.funnel", "--engine", "dot", "-o", "x.svg"])
            .current_dir(&folder)
            .env("PATH", path)
            .output()
            .expect("the command runs")
    };
    let output = with_path(&folder.join("empty"));
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("Graphviz is not installed") && said(&output).contains("leave out `--engine dot`"), "{}", said(&output));
    let script = folder.join("bin/dot");
    fs::create_dir_all(folder.join("bin")).expect("a folder can be made");
    for (text, part) in [
        ("#!/bin/sh\nread x; echo 'out of memory' >&2; exit 1\n", "`dot` could not draw it: out of memory"),
        ("#!/bin/sh\nexit 0\n", "`dot` drew nothing"),
    ] {
        fs::write(&script, text).expect("a file can be written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("it can be run");
        let output = with_path(&folder.join("bin"));
        assert_eq!(output.status.code(), Some(3));
        assert!(said(&output).contains(part), "{}", said(&output));
        assert!(!folder.join("x.svg").exists(), "nothing was written");
    }
}

#[test]
fn an_older_version_is_a_file_a_folder_or_a_rule_set() {
    let folder = folder("older");
    let newer = FUNNEL.replace("stage reader {", "stage reader \"Reader\" {");
    fs::write(folder.join("new.funnel"), newer).expect("a file can be written");
    let built = Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .args(["build", "funnels/small.funnel", "-o", "old.yaml"])
        .current_dir(&folder)
        .status()
        .expect("the command runs");
    assert!(built.success());
    for old in ["funnels/small.funnel", "funnels/", "old.yaml"] {
        for view in ["journey", "funnel", "lanes", "stage:reader"] {
            let output = graph(&folder, &["new.funnel", "--format", "text", "--view", view, "--diff", old]);
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
        let output = graph(&folder, &["new.funnel", "--format", "text", "--diff", old]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("~ was reader START") && text.contains("1 stage changed inside"), "{text}");
    }
    let output = graph(&folder, &["new.funnel", "--format", "text", "--diff", "nothing.yaml"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_decides_a_guarantee_is_drawn() {
    let folder = folder("proof");
    let door = "goal final stage customer { enter from reader when purchase }";
    let promised = FUNNEL.replace(
        door,
        &format!(
            "{door}\n\n  final stage gone {{ enter from reader after 20 days }}\n\n  guarantee every contact leaves reader within 20 days\n  \
             guarantee whoever enters reader reaches customer"
        ),
    );
    fs::write(folder.join("funnels/small.funnel"), promised).expect("a file can be written");
    let text = |words: &str| {
        let output = graph(&folder, &["funnels/small.funnel", "--format", "text", "--proof", words]);
        let words = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        (output.status.code(), words, said(&output))
    };
    let (_, proved, _) = text("leaves reader");
    assert!(proved.contains("proved: every contact leaves reader within 20 days (20 days at most)"), "{proved}");
    assert!(proved.contains("> 20 days at most") && proved.contains("> ● reader") && !proved.contains("> ○ gone"), "{proved}");
    let (_, refuted, _) = text("15");
    assert!(refuted.contains("refuted: whoever enters reader reaches customer"), "{refuted}");
    assert!(refuted.contains("> 2026-03-22 10:00 goes on to gone") && refuted.contains("> ╌╌▶ gone"), "{refuted}");
    let (status, _, error) = text("guarantee");
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("several guarantees are meant by `guarantee`:"), "{error}");
    let (status, _, error) = text("nothing of the kind");
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("no guarantee is meant by `nothing of the kind`; there are:"), "{error}");
    let small = self::folder("proof-none");
    let output = graph(&small, &["funnels/small.funnel", "--proof", "1"]);
    assert!(said(&output).contains("nothing is promised in these files"), "{}", said(&output));
}
