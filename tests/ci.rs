//! What the repository offers to continuous integration: the commands of `docs/ci.md`, the action, the hooks.

use serde_yaml::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A project with a folder of funnels, and funnelc on its path.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("funnels")).expect("a folder can be made");
        fs::copy(root().join("tests/cmd/dead_end.funnel"), folder.join("funnels/dead_end.funnel")).expect("a file can be copied");
        fs::write(folder.join("draft"), "event sign_up\n").expect("a file can be written");
        let project = Self(folder);
        let output =
            project.shell("git init -q -b main && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm funnels", &[]);
        assert!(output.status.success(), "{}", said(&output));
        project
    }

    fn shell(&self, command: &str, variables: &[(&str, &str)]) -> Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_funnelc")).parent().expect("in a folder");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let variables = variables.iter().copied();
        Command::new("bash").args(["-c", command]).current_dir(&self.0).env("PATH", path).envs(variables).output().expect("bash starts")
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The fenced blocks of a page in a language.
fn fences(page: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    page.split(&open).skip(1).filter_map(|rest| rest.split_once("\n```")).map(|(block, _)| block.to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let page = read("docs/ci.md");
    let project = Project::new("ci-page");
    let mut commands: Vec<String> = fences(&page, "sh");
    for block in fences(&page, "yaml").into_iter().chain(fences(&page, "groovy")) {
        let lines = block.lines().map(|line| line.trim().trim_start_matches("- ").trim_start_matches("script: "));
        commands.extend(
            lines
                .filter_map(|line| line.strip_prefix("sh '").and_then(|line| line.strip_suffix('\'')).or(Some(line)))
                .filter(|line| line.starts_with("funnelc check ") || line.starts_with("funnelc diff "))
                .map(str::to_owned),
        );
    }
    commands.retain(|command| command != "funnelc check --separately" && !command.ends_with("funnelc check"));
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let output = project.shell(&command, &[]);
        let expected = i32::from(command.contains("--deny"));
        assert_eq!(output.status.code(), Some(expected), "{command}: {}", said(&output));
    }
    for (file, begins) in [("gl-code-quality-report.json", "["), ("funnelc.xml", "<?xml")] {
        assert!(fs::read_to_string(project.0.join(file)).expect("it was written").starts_with(begins), "{file}");
    }
}

#[test]
fn snippets_are_yaml_and_the_configuration_is_one() {
    let page = read("docs/ci.md");
    let blocks = fences(&page, "yaml");
    assert!(blocks.len() >= 7);
    for block in &blocks {
        let value: Value = serde_yaml::from_str(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        assert!(value.is_mapping(), "{block}");
    }
    let config = blocks.iter().find(|block| block.starts_with("levels:")).expect("the page shows a configuration");
    funnelc::config::Config::parse(config).expect("it can be used");
}

#[test]
fn hooks_name_commands_that_there_are() {
    let hooks: Value = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).expect("it is YAML");
    for hook in hooks.as_sequence().expect("a list") {
        for field in ["id", "name", "entry", "language", "files"] {
            assert!(hook[field].is_string(), "{field}");
        }
        let words: Vec<&str> = hook["entry"].as_str().expect("a text").split(' ').collect();
        let folder = Project::new(&format!("ci-hook-{}", hook["id"].as_str().expect("a text")));
        let output = Command::new(env!("CARGO_BIN_EXE_funnelc"))
            .args(&words[1..])
            .arg("funnels/dead_end.funnel")
            .current_dir(&folder.0)
            .output()
            .expect("the command starts");
        assert_eq!((words[0], output.status.code()), ("funnelc", Some(0)), "{}", said(&output));
    }
}

#[cfg(unix)]
#[test]
fn the_action_annotates_and_writes_sarif() {
    let action: Value = serde_yaml::from_str(&read("action.yml")).expect("it is YAML");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    let check = steps.last().expect("a last step");
    let names: Vec<&str> = check["env"].as_mapping().expect("variables").keys().filter_map(Value::as_str).collect();
    assert_eq!(names, ["FUNNELC", "PATHS", "ARGUMENTS", "DENY_WARNINGS", "SARIF"]);
    let command = check["run"].as_str().expect("a command");
    let project = Project::new("ci-action");
    let here = root().to_string_lossy();
    let run = |deny: &str, sarif: &str, arguments: &str| {
        let funnelc = env!("CARGO_BIN_EXE_funnelc");
        let variables = [
            ("GITHUB_ACTION_PATH", &*here),
            ("FUNNELC", funnelc),
            ("PATHS", "funnels\nfunnels/*.funnel"),
            ("ARGUMENTS", arguments),
            ("DENY_WARNINGS", deny),
            ("SARIF", sarif),
        ];
        project.shell(command, &variables)
    };
    let output = run("false", "", "");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).starts_with("::warning file=funnels/dead_end.funnel,line="), "{}", said(&output));
    let output = run("true", "found.sarif", "--separately\n--verbose");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).starts_with("::error file=funnels/dead_end.funnel,line="), "{}", said(&output));
    let log: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(project.0.join("found.sarif")).expect("it was written")).expect("it is JSON");
    assert_eq!(log["version"], "2.1.0");
}

#[cfg(unix)]
#[test]
fn the_action_for_changes_writes_one_comment_and_keeps_it_up_to_date() {
    let action: Value = serde_yaml::from_str(&read("actions/diff/action.yml")).expect("it is YAML");
    let compare = action["runs"]["steps"].as_sequence().expect("steps").last().expect("a last step");
    let names: Vec<&str> = compare["env"].as_mapping().expect("variables").keys().filter_map(Value::as_str).collect();
    assert_eq!(names, ["FUNNELC", "PATHS", "AGAINST", "DENY_BEHAVIOURAL", "ALLOW", "COMMENT", "PULL_REQUEST", "GH_TOKEN"]);
    let command = compare["run"].as_str().expect("a command");
    let project = Project::new("ci-diff");
    // A `gh` that remembers what it was asked, and knows of a comment once there is one.
    let gh = "#!/usr/bin/env bash\necho \"$*\" >>asked\nif [[ $* == *--paginate* ]]; then [ -e commented ] && echo 7; exit 0; fi\n\
              [[ $* == *POST* ]] && touch commented\nexit 0\n";
    fs::create_dir_all(project.0.join("bin")).expect("a folder can be made");
    fs::write(project.0.join("bin/gh"), gh).expect("a file can be written");
    project.shell("chmod +x bin/gh", &[]);
    let funnel = project.0.join("funnels/dead_end.funnel");
    let here = root().join("actions/diff").to_string_lossy().into_owned();
    let temp = project.0.to_string_lossy().into_owned();
    let run = |against: &str, allow: &str| {
        let variables = [
            ("GITHUB_ACTION_PATH", &*here),
            ("FUNNELC", env!("CARGO_BIN_EXE_funnelc")),
            ("PATHS", "funnels"),
            ("AGAINST", against),
            ("DENY_BEHAVIOURAL", "false"),
            ("ALLOW", allow),
            ("COMMENT", "true"),
            ("PULL_REQUEST", "12"),
            ("GITHUB_REPOSITORY", "our/shop"),
            ("GITHUB_STEP_SUMMARY", "summary.md"),
            ("RUNNER_TEMP", &*temp),
        ];
        project.shell(&format!("export PATH=\"$PWD/bin:$PATH\"; {command}"), &variables)
    };
    let output = run("main", "");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let page = || fs::read_to_string(project.0.join("funnelc-diff.md")).expect("it was written");
    assert!(page().starts_with("<!-- funnelc diff -->\n## What this change does to people\n\nNothing changed"), "{}", page());
    let text = fs::read_to_string(&funnel).expect("it is there");
    let renamed = text.replace("stage upset", "stage cross").replace("from upset", "from cross");
    assert_ne!(text, renamed);
    fs::write(&funnel, renamed).expect("a file can be written");
    let output = run("main", "");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("::error file=funnels/dead_end.funnel,line="), "{}", said(&output));
    assert!(page().contains("F850: the stage `upset` is gone") && page().contains("```mermaid\nflowchart TD"), "{}", page());
    assert_eq!(run("main", "F850,F852").status.code(), Some(0));
    assert_eq!(run("nowhere", "").status.code(), Some(3));
    let asked = fs::read_to_string(project.0.join("asked")).expect("gh was asked");
    let posts: Vec<&str> = asked.lines().filter(|line| line.contains("--method")).collect();
    assert_eq!(posts.len(), 3, "{asked}");
    assert!(posts[0].contains("--method POST repos/our/shop/issues/12/comments -F body=@"), "{asked}");
    assert!(posts[1..].iter().all(|line| line.contains("--method PATCH repos/our/shop/issues/comments/7 -F body=@")), "{asked}");
    assert!(fs::read_to_string(project.0.join("summary.md")).expect("it was written").contains("F850"));
}
