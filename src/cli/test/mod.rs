//! `funnelc test`: plays the tests of funnel files.

mod coverage;
mod forms;
mod record;

use super::{Failure, Outcome, apart::apart, args, build, io, project::Project, run as runs};
use crate::{
    config::Choice,
    diag::{Diagnostics, Severity},
    lower,
    ruleset::RuleSet,
    runtime::EngineError,
    scenario::{self, Case, Repetition, Stage, Verdict, coverage::Coverage},
    source::{SourceMap, Span},
    workspace::{Analysis, Loaded, parallel},
};
use clap::ValueEnum;
use std::{collections::BTreeMap, num::NonZeroUsize};

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
  funnelc test funnels/ --coverage           what no test reaches
  funnelc test funnels/ --report coverage.json --lcov lcov.info
  funnelc test funnels/ --matrix zones       each test in ten zones, and while clocks are changed
  funnelc test shop.funnel --record events.ndjson --contact ann -o ann_test.funnel
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
    /// Tell which stages, doors, ways out, nurtures, steps, arms and messages no test reaches
    #[arg(long)]
    coverage: bool,
    /// Where to write what tests reach, for `funnelc graph --coverage`
    #[arg(long, value_name = "REPORT")]
    report: Option<String>,
    /// Where to write what tests reach as lcov, for editors and services
    #[arg(long, value_name = "FILE")]
    lcov: Option<String>,
    /// Repeat each test for contacts of several zones, and over nights in which clocks are changed
    #[arg(long, value_name = "zones", value_parser = ["zones"])]
    matrix: Option<String>,
    #[command(flatten)]
    recording: record::RecordArgs,
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
    if let Some(wanted) = args.recording.wanted() {
        return record::run(&args.recording, &args.paths, args.colour, wanted);
    }
    let lateness_ms = args.lateness.as_deref().map(runs::duration).transpose()?;
    let files = io::funnel_files(&args.paths)?;
    let programs: Vec<Vec<String>> = if args.separately { files.iter().map(|file| vec![file.clone()]).collect() } else { vec![files] };
    let project = Project::new(None, Choice::default(), None);
    let (mut played, mut refused, mut tests) = (Vec::new(), false, 0);
    let mut coverage = args.wants_coverage().then(Coverage::default);
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
            Some((verdicts, reached)) => {
                coverage = coverage.zip(reached).map(|(mut all, reached)| {
                    all.merge(reached);
                    all
                });
                played.push(Played { sources: analysis.sources, verdicts });
            }
            None => refused = true,
        }
    }
    let all = || played.iter().flat_map(|one| one.verdicts.iter().map(move |verdict| (verdict, &one.sources)));
    if let (Some(filter), None, true) = (&args.filter, all().next(), tests > 0 && !refused) {
        return Err(Failure::Usage(format!("none of the {tests} tests has `{filter}` in its name")));
    }
    let verdicts: Vec<(&Verdict, &SourceMap)> = all().collect();
    let mut text = match args.format {
        Form::Human if refused && verdicts.is_empty() => String::new(),
        Form::Human => forms::human(&verdicts, args.colour.style(io::stdout_is_terminal()).colour),
        Form::Json => forms::json_text(&verdicts, coverage.as_ref()),
        Form::Junit => forms::junit(&verdicts),
    };
    if let Some(coverage) = &coverage {
        if args.format == Form::Human && args.coverage && !verdicts.is_empty() {
            text.push_str(&coverage::told(coverage));
        }
        let written = [("--report", args.report.as_deref()), ("--lcov", args.lcov.as_deref())];
        apart(args.paths.iter().map(String::as_str), &written)?;
        coverage::write(coverage, args.report.as_deref(), args.lcov.as_deref())?;
    }
    io::write_text(None, &text)?;
    Ok(if refused || verdicts.iter().any(|(verdict, _)| !verdict.passes()) { Outcome::Findings } else { Outcome::Clean })
}

/// What came of tests, and what they reach if that is asked for.
type Came = (Vec<Verdict>, Option<Coverage>);

/// Plays tests; `None` where the program has errors, which are shown.
fn play(args: &Args, analysis: &Analysis, cases: &[Case], lateness_ms: Option<i64>) -> Result<Option<Came>, Failure> {
    if args.even_with_errors && analysis.is_whole {
        let rehearsal = lower::rehearsal(&analysis.model, &analysis.sources);
        let stage = Stage::even_with_errors(&rehearsal, lateness_ms);
        return on_stage(args, analysis, rehearsal.rules(), stage, cases, lateness_ms).map(Some);
    }
    let errors: Diagnostics = analysis.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    args::show_aside(args.colour, &errors, &analysis.sources)?;
    let Some(checked) = analysis.checked() else {
        build::refused("no test was played");
        return Ok(None);
    };
    let rules = lower::lower(&checked, &analysis.sources);
    on_stage(args, analysis, &rules, Stage::new(&rules, lateness_ms), cases, lateness_ms).map(Some)
}

fn on_stage(
    args: &Args,
    analysis: &Analysis,
    rules: &RuleSet,
    stage: Result<Stage<'_>, EngineError>,
    cases: &[Case],
    lateness_ms: Option<i64>,
) -> Result<Came, Failure> {
    let mut stage = stage.map_err(|error| Failure::World(error.to_string()))?;
    if args.wants_coverage() {
        stage = stage.keeping_trail();
    }
    let threads = args.threads.map_or_else(parallel::cores, NonZeroUsize::get);
    let verdicts = match args.matrix {
        None => parallel::map(cases, threads, |case| stage.play(case)),
        Some(_) => repeated(args, rules, cases, lateness_ms, threads)?,
    };
    let reached = args.wants_coverage().then(|| {
        let mut coverage = Coverage::new(&analysis.model, rules, &analysis.sources);
        coverage.count(&verdicts);
        coverage
    });
    Ok((verdicts, reached))
}

/// Each test in several zones, test by test and zone by zone.
fn repeated(args: &Args, rules: &RuleSet, cases: &[Case], lateness_ms: Option<i64>, threads: usize) -> Result<Vec<Verdict>, Failure> {
    let all: Vec<Repetition> = cases.iter().flat_map(scenario::repetitions).collect();
    let mut zoned: BTreeMap<&str, RuleSet> = BTreeMap::new();
    for it in &all {
        zoned.entry(&it.zone).or_insert_with(|| RuleSet { timezone: it.zone.clone(), ..rules.clone() });
    }
    let mut stages = BTreeMap::new();
    for (zone, rules) in &zoned {
        let stage = Stage::new(rules, lateness_ms).map_err(|error| Failure::World(error.to_string()))?;
        stages.insert(*zone, if args.wants_coverage() { stage.keeping_trail() } else { stage });
    }
    let play = |it: &Repetition| {
        let verdict = stages.get(it.zone.as_str())?.play(&it.case);
        // What fails under a clock that nobody changes too leans on the dates themselves, and says nothing of the clock.
        let leans = it.is_moved && !verdict.passes() && stages.get("UTC").is_some_and(|plain| !plain.play(&it.case).passes());
        (!leans).then(|| Verdict { repetition: Some(it.label.clone()), ..verdict })
    };
    let played = parallel::map(&all, threads, play);
    let mut left_out: BTreeMap<(Span, &str), usize> = BTreeMap::new();
    for (it, _) in all.iter().zip(&played).filter(|(_, verdict)| verdict.is_none()) {
        *left_out.entry((it.case.span, it.case.test.name.value.as_str())).or_insert(0) += 1;
    }
    for ((_, name), times) in left_out {
        let times = if times == 1 { "1 change".to_owned() } else { format!("{times} changes") };
        eprintln!("funnelc: `{name}` was not moved over {times} of the clock, for it leans on dates that the program names");
    }
    Ok(played.into_iter().flatten().collect())
}

impl Args {
    fn wants_coverage(&self) -> bool {
        self.coverage || self.report.is_some() || self.lcov.is_some()
    }
}
