//! `funnelc new`: what it makes of every template checks clean, is formatted, runs, and passes its tests.

use funnelc::{config::Config, template::TEMPLATES};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn funnelc(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_funnelc"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().expect("funnelc starts")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A project made from a template.
fn project(template: &str) -> PathBuf {
    let (folder, name) = (folder(), format!("my_{template}"));
    drop(fs::remove_dir_all(folder.join(&name)));
    let made = funnelc(&folder, &["new", &name, "--model", template]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    folder.join(name)
}

#[test]
fn every_model_and_journey_is_a_template() {
    let mut there_are: Vec<String> = Vec::new();
    for group in ["models", "journeys"] {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(group)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("readable").path());
        let programs = paths.filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "funnel"));
        there_are.extend(programs.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()));
    }
    let mut templates: Vec<String> = TEMPLATES.iter().map(|template| template.name.to_owned()).collect();
    there_are.sort();
    templates.sort();
    assert_eq!(templates, there_are);
}

#[test]
fn what_is_made_of_every_template_is_sound() {
    for template in TEMPLATES {
        let project = project(template.name);
        let (name, here) = (format!("my_{}", template.name), project.as_path());
        let runs = |arguments: &[&str]| {
            let output = funnelc(here, arguments);
            assert_eq!(output.status.code(), Some(0), "{}: {arguments:?}: {}", template.name, said(&output));
            said(&output)
        };
        assert!(runs(&["check", ".", "--deny", "warnings"]).starts_with("no errors and no warnings"), "{}", template.name);
        runs(&["check", ".", "--separately", "--deny", "warnings"]);
        runs(&["fmt", "--check", "."]);
        let tested = runs(&["test", "."]);
        assert!(tested.contains("all as expected"), "{}: {tested}", template.name);
        let page = fs::read_to_string(project.join("README.md")).expect("there is a page");
        // The page and the command name the same commands, and each of them works.
        for (command, _) in template.commands(&name) {
            assert!(page.contains(&command), "{}: {command}", template.name);
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            let told = runs(&words);
            assert!(!told.contains("set aside"), "{}: {told}", template.name);
        }
        assert!(project.join(format!("{name}.svg")).exists());
        Config::parse(&fs::read_to_string(project.join("funnelc.yaml")).expect("it is there")).expect("it can be used");
        let workflow = fs::read_to_string(project.join(".github/workflows/funnels.yml")).expect("it is there");
        let workflow: serde_yaml::Value = serde_yaml::from_str(&workflow).expect("it is YAML");
        for step in workflow["jobs"]["funnels"]["steps"].as_sequence().expect("steps") {
            if let Some(command) = step["run"].as_str().filter(|command| command.starts_with("funnelc ")) {
                runs(&command.split(' ').skip(1).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn nothing_is_overwritten() {
    let project = project("aida");
    let files = |folder: &Path| fs::read_dir(folder).expect("a folder").count();
    fs::write(project.join("my_aida.funnel"), "event mine\n").expect("a file can be written");
    let before = files(&project);
    let again = funnelc(&folder(), &["new", "my_aida", "--model", "race"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again).contains("nothing is overwritten"), "{}", said(&again));
    assert_eq!(fs::read_to_string(project.join("my_aida.funnel")).expect("it is there"), "event mine\n");
    assert_eq!(files(&project), before);
}
