//! Commands with what pages cannot show: standard input, folders of their own, threads, colours, the endings of outputs.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A folder for one test, empty at first.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

fn funnelc(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that does not read has closed the pipe already.
    drop(child.stdin.take().expect("it is piped").write_all(stdin.as_bytes()));
    child.wait_with_output().expect("the command ends")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A funnel with a stage that has no way on (F313, a warning).
const DEAD_END: &str = "event opt_in\nevent purchase\nfunnel f {\n  for each contact\n  reentry never\n  stage a { enter when opt_in }\n  stage c { enter from a when purchase }\n  goal final stage b { enter from a when opt_in }\n}\n";

#[test]
fn standard_input_is_a_file_with_a_name() {
    let folder = folder("stdin");
    put(&folder, "lib/shared.funnel", "event opt_in\nevent purchase\n");
    let text = format!("use \"shared.funnel\"\n{}", DEAD_END.replace("event opt_in\nevent purchase\n", ""));
    let output = funnelc(&folder, &["check", "-", "--stdin-name", "lib/draft.funnel", "--format", "short"], &text);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).starts_with("lib/draft.funnel:6:9: warning F313: "), "{}", said(&output));
    let unnamed = funnelc(&folder, &["check", "-", "--format", "short", "--deny", "warnings"], DEAD_END);
    assert_eq!(unnamed.status.code(), Some(1));
    assert!(said(&unnamed).starts_with("<stdin>:7:9: error F313: "), "{}", said(&unnamed));
    let without = funnelc(&folder, &["check", "lib", "--stdin-name", "x.funnel"], "");
    assert_eq!(without.status.code(), Some(2), "{}", said(&without));
}

#[test]
fn patterns_and_folders_stand_for_the_same_files() {
    let folder = folder("patterns");
    for name in ["a.funnel", "more/b.funnel", "more/deep/c.funnel", ".hidden/d.funnel"] {
        put(&folder, name, DEAD_END);
    }
    put(&folder, "more/notes.txt", "not a funnel");
    let check = |paths: &[&str]| {
        let output = funnelc(&folder, &[&["check", "--separately", "--format", "short"], paths].concat(), "");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output).lines().map(|line| line.split(':').next().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    let all = ["a.funnel", "more/b.funnel", "more/deep/c.funnel"];
    assert_eq!(check(&["."]), all);
    assert_eq!(check(&["**/*.funnel"]), all);
    assert_eq!(check(&["m*", "a.funnel", "./a.funnel"]), all);
    assert_eq!(check(&["more/*"]), all[1..]);
    let nothing = funnelc(&folder, &["check", "less/*.funnel"], "");
    assert_eq!((nothing.status.code(), said(&nothing).trim()), (Some(3), "funnelc: no `.funnel` file fits the pattern `less/*.funnel`"));
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let folder = folder("threads");
    put(&folder, "shared.funnel", "event opt_in\nevent purchase\nevent opt_in\n");
    for n in 0..40 {
        let text = DEAD_END.replace("event opt_in\nevent purchase\n", "");
        put(
            &folder,
            &format!("{}/f{n:03}.funnel", n % 7),
            &format!("use \"../shared.funnel\"\n{}", text.replace("funnel f", &format!("funnel f{n}"))),
        );
    }
    for form in ["human", "json", "sarif", "gitlab", "junit"] {
        for separately in [&["--separately"][..], &[]] {
            let with = |threads: &str| {
                funnelc(&folder, &[&["check", ".", "--format", form, "--threads", threads], separately].concat(), "").stdout
            };
            let one = with("1");
            assert!(one == with("7"), "{form}");
            let text = String::from_utf8_lossy(&one);
            let expected = match form {
                "gitlab" => Some(text.matches("F103").count() == 2),
                _ => None,
            };
            assert_ne!(expected, Some(false), "a finding in a shared file is told once: {text}");
        }
    }
}

#[test]
fn the_nearest_configuration_holds_for_a_file() {
    let folder = folder("levels");
    put(&folder, "funnelc.yaml", "levels: { F313: error }\n");
    put(&folder, "a.funnel", DEAD_END);
    put(&folder, "quiet/funnelc.yaml", "levels:\n  F31: off\n");
    put(&folder, "quiet/deep/b.funnel", DEAD_END);
    let check = |arguments: &[&str]| {
        let output = funnelc(&folder, &[&["check", "--separately", "--format", "short"], arguments].concat(), "");
        (output.status.code(), said(&output).lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>())
    };
    assert_eq!(check(&["."]), (Some(1), vec!["a.funnel:7:9 error F313".to_owned()]));
    assert_eq!(check(&["quiet", "--select", "F313"]), (Some(0), vec!["quiet/deep/b.funnel:7:9 warning F313".to_owned()]));
    assert_eq!(check(&[".", "--ignore", "F3"]), (Some(0), vec![]));
    assert_eq!(check(&["quiet", "--config", "funnelc.yaml"]), (Some(1), vec!["quiet/deep/b.funnel:7:9 error F313".to_owned()]));
    let built = funnelc(&folder, &["build", "a.funnel"], "");
    assert_eq!(built.status.code(), Some(1), "what is an error in a project stops its build");
    put(&folder, "bad/funnelc.yaml", "levels:\n  F201: off\n");
    put(&folder, "bad/a.funnel", DEAD_END);
    let bad = funnelc(&folder, &["check", "bad"], "");
    assert_eq!(bad.status.code(), Some(2));
    assert!(said(&bad).starts_with("funnelc: bad/funnelc.yaml:2:3: "), "{}", said(&bad));
}

#[test]
fn files_of_one_program_agree_on_what_checks_are_told() {
    let folder = folder("agree");
    put(&folder, "funnelc.yaml", "check: { as-of: 2026-03-01 }\n");
    put(&folder, "a.funnel", DEAD_END);
    put(&folder, "b/funnelc.yaml", "check: { as-of: 2026-04-01 }\n");
    put(&folder, "b/b.funnel", "event other\n");
    let output = funnelc(&folder, &["check", "."], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`funnelc.yaml` and `b/funnelc.yaml` say different things under `check`"), "{}", said(&output));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let folder = folder("colour");
    put(&folder, "a.funnel", DEAD_END);
    let coloured = |arguments: &[&str]| said(&funnelc(&folder, &[&["check", "a.funnel"], arguments].concat(), "")).contains('\u{1b}');
    assert!(!coloured(&[]) && !coloured(&["--color", "never"]));
    assert!(coloured(&["--color", "always"]));
}

#[test]
fn safe_changes_are_written_and_the_rest_is_shown() {
    let folder = folder("fix");
    let slips = DEAD_END.replace("enter from a when purchase", "enter from a when purchse").replace("stage c", "stagee c");
    put(&folder, "shared.funnel", "event opt_in\nevent purchase\n");
    for name in ["a", "b"] {
        let text =
            slips.replace("event opt_in\nevent purchase\n", "use \"shared.funnel\"\n").replace("funnel f", &format!("funnel {name}"));
        put(&folder, &format!("{name}.funnel"), &text);
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("the file is there");
    let before = read("a.funnel");
    let diff = funnelc(&folder, &["check", ".", "--diff"], "");
    assert_eq!(diff.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&diff.stdout).into_owned();
    assert!(
        shown.starts_with("--- a/a.funnel\n+++ b/a.funnel\n")
            && shown.contains("\n-  stagee c { enter from a when purchse }\n+  stage c { enter from a when purchase }\n"),
        "{shown}"
    );
    assert_eq!(read("a.funnel"), before, "nothing was written");
    let fixed = funnelc(&folder, &["check", ".", "--fix", "--format", "short", "--separately"], "");
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_eq!(
        read("b.funnel").replace("funnel b", "funnel f"),
        DEAD_END.replace("event opt_in\nevent purchase\n", "use \"shared.funnel\"\n")
    );
    let errors = String::from_utf8_lossy(&fixed.stderr).into_owned();
    assert!(errors.contains("a.funnel:6: F002: write `stage`\n") && errors.ends_with("4 changes made in 2 files\n"), "{errors}");
    assert_eq!(String::from_utf8_lossy(&fixed.stdout).matches("warning F313").count(), 2, "the rest is shown: {}", said(&fixed));
    let again = funnelc(&folder, &["check", "a.funnel", "--fix"], "");
    assert!(said(&again).contains("nothing to change"), "{}", said(&again));
    assert!(
        fs::read_dir(&folder).expect("a folder").all(|entry| !entry.expect("readable").file_name().to_string_lossy().ends_with(".tmp"))
    );
    let stdin = funnelc(&folder, &["check", "-", "--fix"], "");
    assert_eq!(stdin.status.code(), Some(2), "{}", said(&stdin));
}

#[cfg(unix)]
#[test]
fn a_changed_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("fix-link");
    put(&folder, "real/a.funnel", &DEAD_END.replace("stage c", "stagee c"));
    fs::set_permissions(folder.join("real/a.funnel"), fs::Permissions::from_mode(0o640)).expect("they can be set");
    std::os::unix::fs::symlink("real/a.funnel", folder.join("a.funnel")).expect("a link can be made");
    let fixed = funnelc(&folder, &["check", "a.funnel", "--fix"], "");
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert!(fs::symlink_metadata(folder.join("a.funnel")).expect("it is there").is_symlink());
    assert_eq!(fs::metadata(folder.join("real/a.funnel")).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(folder.join("real/a.funnel")).expect("it is there"), DEAD_END);
}

#[test]
fn a_page_is_markdown_in_a_pipe_and_drawn_where_colour_is_asked_for() {
    let folder = folder("explain");
    for code in funnelc::catalog::codes() {
        let piped = funnelc(&folder, &["explain", &code.id.to_lowercase()], "");
        assert_eq!(Some(&*String::from_utf8_lossy(&piped.stdout)), funnelc::catalog::page(code.id));
    }
    let drawn = said(&funnelc(&folder, &["explain", "F215", "--color", "always"], ""));
    assert!(drawn.contains("\u{1b}[1;4mBad\u{1b}[0m") && !drawn.contains("```"), "{drawn}");
    let listed = said(&funnelc(&folder, &["explain", "--list"], ""));
    assert_eq!(listed.lines().count(), funnelc::catalog::codes().len());
}

#[test]
fn the_ending_of_an_output_says_its_form() {
    let folder = folder("endings");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/samples");
    let (rules, log) = (samples.join("trial.funnel").display().to_string(), samples.join("trial.ndjson").display().to_string());
    let forms = [
        ("reach", "r.json", '{'),
        ("reach", "r.csv", 's'),
        ("report", "p.json", '{'),
        ("report", "p.html", '<'),
        ("build", "b.json", '{'),
        ("build", "b.yaml", 'f'),
    ];
    for (command, output, begins) in forms {
        let mut arguments = vec![command, &rules, "-o", output];
        if command != "build" {
            arguments.extend(["--events", &log]);
        }
        let done = funnelc(&folder, &arguments, "");
        assert!(done.status.success(), "{}", said(&done));
        let text = fs::read_to_string(folder.join(output)).expect("it was written");
        assert!(text.starts_with(begins), "{output}: {text}");
    }
    let done = funnelc(&folder, &["reach", &rules, "--events", &log, "-o", "o.json", "--format", "csv"], "");
    assert!(done.status.success(), "{}", said(&done));
    assert!(fs::read_to_string(folder.join("o.json")).expect("it was written").starts_with('s'));
}
