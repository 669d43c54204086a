//! What a new project begins with.
//!
//! Job: the files of a project made from a template: the funnel, its tests in a file of their own, a log to try it on, a
//! configuration, a workflow for continuous integration, a page that says what to do.
//! Invariants: the funnel files are in the canonical layout; what is made from any template checks clean, runs, and passes
//! its tests (`tests/new.rs`).
//! Deliberately absent: writing files, and questions.

mod table;

pub use table::TEMPLATES;

use crate::{
    ast::{Node, Top},
    fmt, parse,
    source::FileId,
};

/// What a template is one of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A stage model that marketers know.
    Model,
    /// A journey that most teams run.
    Journey,
}

/// What a project can be made from.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it does, in a line.
    pub about: &'static str,
    /// Its funnel files: name without ending, and text.
    files: &'static [(&'static str, &'static str)],
    log: &'static str,
    log_ending: &'static str,
    /// Until when the log is worth running.
    until: &'static str,
}

/// A file of a new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its path below the project's folder.
    pub path: String,
    /// What it holds.
    pub text: String,
    /// What it is, in a line.
    pub about: &'static str,
}

impl Template {
    /// The template of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// The files of a project of this name.
    #[must_use]
    pub fn project(&self, name: &str) -> Vec<Made> {
        let made = |path: &str, text: String, about| Made { path: path.to_owned(), text, about };
        let (mut files, mut tests, mut used) = (Vec::new(), Vec::new(), String::new());
        for (stem, text) in self.files {
            let path = if self.files.len() == 1 { format!("{name}.funnel") } else { format!("{stem}.funnel") };
            let (rest, own) = without_tests(text);
            if !own.is_empty() {
                used.push_str(&format!("use \"{path}\"\n"));
            }
            tests.extend(own);
            files.push(Made { path, text: formatted(&rest), about: "the funnel: stages, doors, and what people get" });
        }
        let tests = format!("# What is expected: `funnelc test .` plays each of these stories.\n\n{used}\n{}\n", tests.join("\n\n"));
        files.push(made(&format!("{name}_test.funnel"), formatted(&tests), "its tests"));
        files.push(made(&self.log_path(), self.log.to_owned(), "a small log of events to try it on"));
        files.push(made("funnelc.yaml", CONFIG.to_owned(), "which findings count"));
        files.push(made(".github/workflows/funnels.yml", WORKFLOW.to_owned(), "checks every change, on GitHub"));
        let page = self.page(name, &files);
        files.push(made("README.md", page, "what to do with it"));
        files
    }

    fn log_path(&self) -> String {
        format!("events.{}", self.log_ending)
    }

    /// What to do with a project of this name, in its folder, each with a word on it.
    #[must_use]
    pub fn commands(&self, name: &str) -> Vec<(String, &'static str)> {
        let program = if self.files.len() == 1 { format!("{name}.funnel") } else { ".".to_owned() };
        let picture = if self.files.len() == 1 { program.clone() } else { format!("{}.funnel", self.files.first().map_or("", |it| it.0)) };
        vec![
            ("funnelc check .".to_owned(), "what is wrong, where, and what to do"),
            ("funnelc test .".to_owned(), "does it do what is expected?"),
            (format!("funnelc graph {picture} -o {name}.svg"), "a picture"),
            (format!("funnelc run {program} --events {} --until {}", self.log_path(), self.until), "what happens to the people of the log"),
            ("funnelc fmt .".to_owned(), "the one layout"),
        ]
    }

    fn page(&self, name: &str, files: &[Made]) -> String {
        let rows: String = files.iter().map(|file| format!("| `{}` | {} |\n", file.path, file.about)).collect();
        let commands: String = self.commands(name).iter().map(|(command, about)| format!("# {about}\n{command}\n\n")).collect();
        format!(
            "# {name}\n\nMade from the template `{}`: {}.\n\n| file | what it is |\n|---|---|\n{rows}\n```sh\n{}\n```\n\n\
             Change names, times and texts to yours, and run `funnelc check .` and `funnelc test .` again: a mistake shows before\n\
             anybody feels it. `funnelc explain CODE` tells more about what `check` finds.\n",
            self.name,
            self.about,
            commands.trim_end()
        )
    }
}

/// A funnel file without its tests, and these.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let parsed = parse::parse(FileId::new(0), text);
    let (mut rest, mut tests, mut done) = (String::with_capacity(text.len()), Vec::new(), 0);
    for node in parsed.file.items.iter().filter(|node| matches!(node.it, Top::Test(_))) {
        let (start, end) = extent(node);
        rest.push_str(text.get(done..start).unwrap_or_default());
        tests.push(text.get(start..end).unwrap_or_default().to_owned());
        done = end;
    }
    rest.push_str(text.get(done..).unwrap_or_default());
    (rest, tests)
}

/// An item with the comments before it.
fn extent<T>(node: &Node<T>) -> (usize, usize) {
    let comment = node.trivia.as_ref().and_then(|trivia| trivia.before.first()).map(|comment| comment.span.start);
    (comment.map_or(node.span.start, |start| start.min(node.span.start)) as usize, node.span.end as usize)
}

/// A text in the canonical layout.
fn formatted(text: &str) -> String {
    fmt::format(text).map_or_else(|_| text.to_owned(), |formatted| formatted.text)
}

const CONFIG: &str = "# Which findings count in this folder and below it. `funnelc explain --list` lists all codes.
levels:
  F309: off          # stages to rest in for ever; take this line out to see them with `--verbose`
# check:
#   shortest-lap: 24 hours   # a loop that sends and is shorter is an error
";

const WORKFLOW: &str = "name: funnels
on: [push, pull_request]
jobs:
  funnels:
    runs-on: ubuntu-latest
    env:
      FUNNELC: https://example.com/your-organisation/funnelc   # where funnelc lies
    steps:
      - uses: actions/checkout@v4
      - run: cargo install --locked --git \"$FUNNELC\"
      - run: funnelc check --format github --deny warnings .
      - run: funnelc fmt --check .
      - run: funnelc test .
";
