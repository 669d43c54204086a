//! `funnelc test`: plays the tests of funnel files.

use super::{Failure, Outcome, args, build, io, project::Project, run as runs};
use crate::{
    config::Choice,
    diag::{Diagnostics, Severity, render::xml_text},
    lower,
    runtime::EngineError,
    scenario::{self, Case, Stage, Told, Verdict},
    source::SourceMap,
    workspace::{Analysis, Loaded, parallel},
};
use clap::ValueEnum;
use serde_json::json;
use std::{fmt::Write as _, num::NonZeroUsize};

/// Play the tests of funnel files, in virtual time
///
/// Each `test` block is played on the runtime: all funnels of the program run, timers fire on the way, nothing waits. A test
/// that fails is shown as the contact's timeline beside what was expected. Exit status: 0 all pass, 1 a test fails or a file
/// has errors, 2 wrong use, 3 a file that cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc test shop.funnel
  funnelc test funnels/
  funnelc test --separately funnels/         each file is a program of its own
  funnelc test funnels/ --filter reminder    the tests that have this in their name
  funnelc test funnels/ --format junit > tests.xml")]
pub struct Args {
    /// Funnel files, folders of them, or patterns in quotes
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Take each file, with what it uses, as a program of its own
    #[arg(long)]
    separately: bool,
    /// Play the tests alone that have this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// The form of what came of them
    #[arg(long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    format: Form,
    /// Set late records aside that are so much older than the newest, as `1 day`; if not given, each is taken
    #[arg(long, value_name = "DURATION")]
    lateness: Option<String>,
    /// Play the tests although checks find errors, as long as names and types are whole; for the tests of `check --witness`
    #[arg(long)]
    even_with_errors: bool,
    /// How many tests to play at once; if not given, as many as there are cores
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    colour: args::ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// A line for each test, and what was wrong with those that fail
    Human,
    /// One JSON document, with the timelines
    Json,
    /// JUnit XML, a test case for each test
    Junit,
}

/// What came of the tests of a program.
struct Played {
    sources: SourceMap,
    verdicts: Vec<Verdict>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let lateness_ms = args.lateness.as_deref().map(runs::duration).transpose()?;
    let files = io::funnel_files(&args.paths)?;
    let programs: Vec<Vec<String>> = if args.separately { files.iter().map(|file| vec![file.clone()]).collect() } else { vec![files] };
    let project = Project::new(None, Choice::default(), None);
    let (mut played, mut refused, mut tests) = (Vec::new(), false, 0);
    for program in &programs {
        let loaded = Loaded::read(&io::Files::default(), program).map_err(|error| Failure::World(error.to_string()))?;
        let mut cases = scenario::cases(&loaded.files);
        tests += cases.len();
        if args.separately {
            // The tests of a file that several use are played where that file is given.
            cases.retain(|case| program.iter().any(|path| path == loaded.sources.file(case.span.file).name()));
        }
        cases.retain(|case| args.filter.as_ref().is_none_or(|text| case.test.name.value.contains(text.as_str())));
        let analysis = project.analyse(loaded, program)?;
        match play(args, &analysis, &cases, lateness_ms)? {
            Some(verdicts) => played.push(Played { sources: analysis.sources, verdicts }),
            None => refused = true,
        }
    }
    let all = || played.iter().flat_map(|one| one.verdicts.iter().map(move |verdict| (verdict, &one.sources)));
    if let (Some(filter), None, true) = (&args.filter, all().next(), tests > 0 && !refused) {
        return Err(Failure::Usage(format!("none of the {tests} tests has `{filter}` in its name")));
    }
    let verdicts: Vec<(&Verdict, &SourceMap)> = all().collect();
    let text = match args.format {
        Form::Human if refused && verdicts.is_empty() => String::new(),
        Form::Human => human(&verdicts, args.colour.style(io::stdout_is_terminal()).colour),
        Form::Json => json_text(&verdicts),
        Form::Junit => junit(&verdicts),
    };
    io::write_text(None, &text)?;
    Ok(if refused || verdicts.iter().any(|(verdict, _)| !verdict.passes()) { Outcome::Findings } else { Outcome::Clean })
}

/// Plays tests; `None` where the program has errors, which are shown.
fn play(args: &Args, analysis: &Analysis, cases: &[Case], lateness_ms: Option<i64>) -> Result<Option<Vec<Verdict>>, Failure> {
    let threads = args.threads.map_or_else(parallel::cores, NonZeroUsize::get);
    let unplayable = |error: EngineError| Failure::World(error.to_string());
    if args.even_with_errors && analysis.is_whole {
        let rehearsal = lower::rehearsal(&analysis.model, &analysis.sources);
        let stage = Stage::even_with_errors(&rehearsal, lateness_ms).map_err(unplayable)?;
        return Ok(Some(parallel::map(cases, threads, |case| stage.play(case))));
    }
    let errors: Diagnostics = analysis.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    args::show_aside(args.colour, &errors, &analysis.sources)?;
    let Some(checked) = analysis.checked() else {
        build::refused("no test was played");
        return Ok(None);
    };
    let rules = lower::lower(&checked, &analysis.sources);
    let stage = Stage::new(&rules, lateness_ms).map_err(unplayable)?;
    Ok(Some(parallel::map(cases, threads, |case| stage.play(case))))
}

/// `tests/cart.funnel:12`
fn place(verdict: &Verdict, sources: &SourceMap) -> String {
    format!("{}:{}", sources.file(verdict.span.file).name(), sources.position(verdict.span).line)
}

fn human(verdicts: &[(&Verdict, &SourceMap)], colour: bool) -> String {
    let paint = |code: &str, text: &str| if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut text = String::new();
    for (verdict, sources) in verdicts {
        let (mark, code) = if verdict.passes() { ("✓", "32") } else { ("✗", "31") };
        writeln!(text, "{} {}  ({})", paint(code, mark), verdict.name, place(verdict, sources)).expect("a String takes everything");
        if !verdict.passes() {
            writeln!(text, "{}", scenario::page(verdict, sources)).expect("a String takes everything");
        }
    }
    let failed = verdicts.iter().filter(|(verdict, _)| !verdict.passes()).count();
    let plural = |n: usize| if n == 1 { "1 test".to_owned() } else { format!("{n} tests") };
    let passed = verdicts.len() - failed;
    let summary = match (passed, failed) {
        (0, 0) => "there is no test here: a test begins with `test \"what it shows\" for a_funnel {`".to_owned(),
        (_, 0) => format!("{}, all as expected", plural(passed)),
        (0, 1) => "1 test, not as expected".to_owned(),
        (0, _) => format!("{}, none as expected", plural(failed)),
        (_, 1) => format!("{}, 1 of them not as expected", plural(verdicts.len())),
        (_, _) => format!("{}, {failed} of them not as expected", plural(verdicts.len())),
    };
    writeln!(text, "{summary}").expect("a String takes everything");
    text
}

fn json_text(verdicts: &[(&Verdict, &SourceMap)]) -> String {
    let instant = |at_ms: i64| crate::runtime::rfc3339(at_ms);
    let tests = verdicts.iter().map(|(verdict, sources)| {
        let line = |span| sources.position(span).line;
        let faults = verdict.faults.iter().map(|fault| json!({ "line": line(fault.span), "message": fault.words, "help": fault.help }));
        let rows = verdict.rows.iter().map(|row| match &row.what {
            Told::Happening(words) => json!({ "time": instant(row.at_ms), "what": "event", "text": words }),
            Told::Deed(words) => json!({ "time": instant(row.at_ms), "what": "outcome", "text": words }),
            Told::Expected { words, span, holds } => {
                json!({ "time": instant(row.at_ms), "what": "expected", "text": words, "line": line(*span), "holds": holds })
            }
        });
        json!({
            "name": verdict.name,
            "funnel": verdict.funnel,
            "file": sources.file(verdict.span.file).name(),
            "line": line(verdict.span),
            "passes": verdict.passes(),
            "about": verdict.who,
            "faults": faults.collect::<Vec<_>>(),
            "timeline": rows.collect::<Vec<_>>(),
        })
    });
    let document = json!({ "format": "funnelc tests", "version": 1, "tests": tests.collect::<Vec<_>>() });
    serde_json::to_string_pretty(&document).expect("plain data with text keys is always JSON") + "\n"
}

fn junit(verdicts: &[(&Verdict, &SourceMap)]) -> String {
    let failed = verdicts.iter().filter(|(verdict, _)| !verdict.passes()).count();
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\"", verdicts.len());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"funnelc test\" {counts}>\n  <testsuite name=\"funnelc test\" {counts} skipped=\"0\">\n"
    );
    for (verdict, sources) in verdicts {
        let file = xml_text(sources.file(verdict.span.file).name());
        let line = sources.position(verdict.span).line;
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{file}\" line=\"{line}\"",
            xml_text(&verdict.funnel),
            xml_text(&verdict.name)
        );
        text.push_str(&head);
        match verdict.faults.first() {
            None => text.push_str("/>\n"),
            Some(first) => {
                let (message, page) = (xml_text(&first.words), xml_text(&scenario::page(verdict, sources)));
                write!(text, ">\n      <failure message=\"{message}\">{page}</failure>\n    </testcase>\n")
                    .expect("a String takes everything");
            }
        }
    }
    text + "  </testsuite>\n</testsuites>\n"
}
