//! `funnelc reach`: how far contacts come, step by step, within a time.

use super::{LayoutArgs, Log, LogArgs, Logs, duration, program, progress, report_table::records_lines};
use crate::{
    cli::{
        Failure, Outcome,
        apart::apart,
        args,
        build::refused,
        io,
        table::{grouped, plural, section, table},
    },
    diag::nearest,
    fast::{
        Settings,
        reach::{Asked, ReachError, Reached, reach},
    },
    reach::{ReachReport, Steps, StepsError},
    report::words::percent,
    runtime::input::Reading,
    units::Duration,
};
use clap::ValueEnum;
use std::fmt::Write as _;

/// Count how many contacts come how far, step by step in order, within a time
///
/// The stages of a funnel are the steps: a contact has come to a stage who did what its door waits for, after what the door of
/// the step before waits for, and so on from the first, all within the time that is given. Nothing is played, so that this is
/// many times as fast as `report`, and takes doors alone that wait for an event.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc reach shop.funnel --events events.ndjson --within '30 days'
  funnelc reach shop.funnel --events events.ndjson --within '7 days' --sorted
  funnelc reach shop.funnel --events events.ndjson --stages trial,customer --format json")]
pub struct Args {
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[arg(value_name = "RULES|FILE", required = true)]
    paths: Vec<String>,
    /// The event log: NDJSON, CSV, Parquet, Arrow or XES, perhaps compressed (gzip, zstd); several, or a pattern in quotes, are
    /// one log; `-` is standard input
    #[arg(long, value_name = "LOG", required = true)]
    events: Vec<String>,
    #[command(flatten)]
    layout: LayoutArgs,
    /// In which time of the first step the others have to come, as `30 days`; else whenever
    #[arg(long, value_name = "DURATION")]
    within: Option<String>,
    /// Of which funnel, where there are several
    #[arg(long, value_name = "NAME")]
    funnel: Option<String>,
    /// Which of its stages are the steps; else all, in the order of the file, that are entered from the one before by an event
    #[arg(long, value_name = "STAGES", value_delimiter = ',')]
    stages: Vec<String>,
    /// The log is in the order of time, so that nothing of it has to be kept; if it is not, this is an error
    #[arg(long)]
    sorted: bool,
    /// On how many threads the log is read; if not given, on as many as there are cores
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Where to write it; `-` or nothing is standard output
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
    /// The form; if not given, the one of the output's ending, and else a table
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
    #[command(flatten)]
    colour: args::ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// A table, to be read in a terminal
    Table,
    /// One JSON document, with everything
    Json,
    /// One table for spreadsheets, a step a line
    Csv,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let within_ms = args.within.as_deref().map(duration).transpose()?;
    let log = LogArgs::over(args.events.clone(), args.layout.clone()).log()?;
    let Some(program) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was counted")) };
    let read = log.paths().iter().chain(&program.files);
    apart(read.map(String::as_str), &[("--output", args.output.as_deref())])?;
    let stages: Vec<String> = args.stages.iter().map(|stage| stage.trim().to_owned()).collect();
    let steps = Steps::of(&program.rules, args.funnel.as_deref(), &stages).map_err(|error| words(&error))?;
    let mut settings = Settings::default();
    if let Some(threads) = args.threads {
        settings.threads = usize::from(threads);
    }
    let reached = log.reach(&steps, within_ms, args.sorted, settings)?;
    let report = ReachReport::new(&steps, within_ms, &reached);
    let forms = [(".json", Form::Json), (".csv", Form::Csv)];
    let form = args.format.or_else(|| io::by_ending(args.output.as_deref(), &forms)).unwrap_or(Form::Table);
    let text = match form {
        Form::Table => told(&report),
        Form::Json => report.to_json(),
        Form::Csv => report.to_csv(),
    };
    io::write_text(args.output.as_deref(), &text)?;
    Ok(Outcome::Clean)
}

/// What is wrong with the steps, and what may have been meant.
fn words(error: &StepsError) -> Failure {
    let (wrong, names) = match error {
        StepsError::NoFunnel { name, names } => (name, names.as_slice()),
        StepsError::NoStage { stage, stages, .. } => (stage, stages.as_slice()),
        _ => return Failure::Usage(error.to_string()),
    };
    let meant = nearest(wrong, names.iter().map(String::as_str));
    Failure::Usage(format!("{error}{}", meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))))
}

impl From<ReachError> for Failure {
    fn from(error: ReachError) -> Self {
        Self::World(error.to_string())
    }
}

impl Log {
    /// Counts how far the contacts of the log come.
    fn reach(self, steps: &Steps, within_ms: Option<i64>, is_sorted: bool, settings: Settings) -> Result<Reached, Failure> {
        let bar = progress(&self.paths);
        let asked = Asked { within_ms, is_sorted, zone: self.options.zone };
        let reading = Reading { only: Some(steps.properties()), ..self.reading };
        let mut logs = Logs::new(self.paths, reading, bar.clone());
        let reached = reach(steps.rules(), &asked, logs.pieces(), settings);
        bar.finish_and_clear();
        match logs.failure {
            Some(failure) => Err(failure),
            None => Ok(reached?),
        }
    }
}

/// It as a table, with a final newline.
fn told(report: &ReachReport) -> String {
    let mut out = String::new();
    let first = report.steps.first().map_or("", |step| step.stage.as_str());
    let when = match report.within_ms {
        Some(ms) => format!("within {} of `{first}`", Duration::from_milliseconds(ms)),
        None => "whenever".to_owned(),
    };
    let title = format!("{}: how far contacts come, {when}", report.label.as_ref().unwrap_or(&report.funnel));
    let mut rows = table(&["step", "contacts", "of the first", "of the step before"]);
    for step in &report.steps {
        let share = |share: Option<crate::units::Number>| share.map_or_else(|| "–".to_owned(), percent);
        rows.add_row([step.stage.clone(), grouped(step.contacts), share(step.percent_of_first), share(step.percent_of_before)]);
    }
    section(&mut out, &title, &rows);
    for left_out in &report.left_out {
        writeln!(out, "`{}` is no step: {}", left_out.stage, left_out.why).expect("a String takes everything");
    }
    if !report.left_out.is_empty() {
        out.push('\n');
    }
    records_lines(&mut out, &report.records, &plural(report.records.read, "record"));
    out
}
