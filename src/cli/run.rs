//! `funnelc run`: a rule set on an event log.

use super::{
    Failure, Outcome, args,
    build::{refused, rules_of},
    io, table,
};
use crate::{
    ruleset::{self, RuleSet},
    runtime::{
        self, Options, SetAside, Sink, Summing,
        input::{Format, Mapping, Reading, Records},
    },
    units::{Duration, Unit},
};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
};

/// Run a rule set, or funnel files, on an event log
///
/// Prints a summary: per stage who entered, is in, and left; per message what was sent, held, capped or lacked consent; what
/// was set aside, by reason. With `--out` also what happened, one line for each thing.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc run shop.rules.yaml --events events.ndjson
  funnelc run shop.funnel --events events.csv --map contact=user_id,time=ts --zone Europe/Berlin
  funnelc run shop.funnel --events orders.csv --map 'contact=id,time=date,event=\"purchase\"'
  funnelc run shop.funnel --events events.ndjson --out happened.ndjson --set-aside aside.ndjson")]
pub struct Args {
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[arg(required = true, value_name = "RULES|FILE")]
    paths: Vec<String>,
    /// The event log, NDJSON or CSV; `-` is standard input
    #[arg(long, value_name = "LOG")]
    events: String,
    /// The format of the log; if not given, it is seen from its first line
    #[arg(long, value_enum, value_name = "FORMAT")]
    events_format: Option<EventsFormat>,
    /// Which fields hold what, as `contact=user_id,time=ts,event=name,id=uuid`; a text in quotes is a constant
    #[arg(long, value_name = "MAP")]
    map: Vec<String>,
    /// The zone of times in the log that name none
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// Run timers up to this time, itself included; else up to the last record
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Take records in the order of the log, and set aside those that are so much older than the newest, as `1 day`
    #[arg(long, value_name = "DURATION")]
    lateness: Option<String>,
    /// Where to write what happened; `-` is standard output
    #[arg(long, value_name = "OUT")]
    out: Option<String>,
    /// The form of what happened
    #[arg(long, value_enum, value_name = "FORM", default_value_t = OutForm::Ndjson)]
    format: OutForm,
    /// Where to write every record that was set aside, with its line and the reason
    #[arg(long, value_name = "FILE")]
    set_aside: Option<String>,
    /// Where to write a report for `funnelc graph --counts`
    #[arg(long, value_name = "REPORT")]
    report: Option<String>,
    /// Print no summary
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    colour: args::ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum EventsFormat {
    Ndjson,
    Csv,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum OutForm {
    /// One JSON object a line
    Ndjson,
    /// One line of words each
    Text,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let zone = zone(&args.zone)?;
    let until_ms = args.until.as_deref().map(|text| instant(text, &zone)).transpose()?;
    let lateness_ms = args.lateness.as_deref().map(duration).transpose()?;
    let mapping = mapping(&args.map)?;
    if args.out.as_deref() == Some("-") && args.set_aside.as_deref() == Some("-") {
        return Err(Failure::Usage("what happened and what was set aside cannot both go to standard output".to_owned()));
    }
    let Some(rules) = rules(args)? else { return Ok(refused("nothing was run")) };
    let format = args.events_format.map(|format| match format {
        EventsFormat::Ndjson => Format::Ndjson,
        EventsFormat::Csv => Format::Csv,
    });
    let bar = progress(&args.events);
    let reading = Reading { format, mapping, zone: zone.clone() };
    let unreadable = |error: &dyn std::fmt::Display| Failure::World(format!("`{}`: {error}", args.events));
    let mut records = Records::new(log(&args.events, &bar)?, reading).map_err(|error| unreadable(&error))?;
    let mut output = Output::new(args, &rules)?;
    let options = Options { lateness_ms, until_ms, zone, ..Options::default() };
    let counters = runtime::run(&rules, records.by_ref(), options, &mut output).map_err(|error| Failure::World(error.to_string()))?;
    if let Some(error) = records.take_error() {
        return Err(unreadable(&error));
    }
    bar.finish_and_clear();
    output.finish(args, &counters)
}

/// The rule set to run; `None` where the funnel files have errors, which were shown.
fn rules(args: &Args) -> Result<Option<RuleSet>, Failure> {
    match args.paths.as_slice() {
        [path] if is_rules(path) => {
            let text = fs::read_to_string(path).map_err(|error| Failure::World(format!("`{path}` cannot be read: {error}")))?;
            let rules = ruleset::read(&text).map_err(|error| Failure::World(format!("`{path}` cannot be run: {error}")))?;
            Ok(Some(rules))
        }
        paths if paths.iter().any(|path| is_rules(path)) => {
            Err(Failure::Usage("give one rule set, or funnel files, and not both".to_owned()))
        }
        paths => {
            let analysis = args::analysis_of(paths)?;
            args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
            Ok(rules_of(&analysis))
        }
    }
}

/// Whether a file is a rule set: by its ending, or where that says nothing by how it begins.
fn is_rules(path: &str) -> bool {
    let mut beginning = [0; 64];
    [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
        || (!path.ends_with(".funnel")
            && fs::File::open(path).and_then(|mut file| file.read(&mut beginning)).is_ok()
            && [&b"format:"[..], b"{"].iter().any(|begin| beginning.trim_ascii_start().starts_with(begin)))
}

/// A zone of the command line.
///
/// # Errors
/// [`Failure::Usage`] for a text that is none.
pub fn zone(name: &str) -> Result<TimeZone, Failure> {
    TimeZone::get(name).map_err(|_| Failure::Usage(format!("`{name}` is no time zone: write one such as Europe/Berlin")))
}

/// Which fields of a log hold what.
///
/// # Errors
/// [`Failure::Usage`] for texts that do not say so.
pub fn mapping(texts: &[String]) -> Result<Mapping, Failure> {
    texts.iter().try_fold(Mapping::default(), |mapping, text| {
        let part = Mapping::parse(text).map_err(|error| Failure::Usage(error.to_string()))?;
        mapping.and(part).map_err(|error| Failure::Usage(error.to_string()))
    })
}

/// A log, read without a bar.
///
/// # Errors
/// [`Failure::World`] where it cannot be read.
pub fn plain_log(path: &str) -> Result<Box<dyn BufRead>, Failure> {
    log(path, &ProgressBar::hidden())
}

/// An instant of the command line, in milliseconds.
///
/// # Errors
/// [`Failure::Usage`] for a text that is none.
pub fn instant(text: &str, zone: &TimeZone) -> Result<i64, Failure> {
    runtime::parse_instant(text, zone)
        .ok_or_else(|| Failure::Usage(format!("`{text}` is no time: write one such as 2026-03-31 or 2026-03-31T18:00:00Z")))
}

/// A duration of the command line, in milliseconds.
///
/// # Errors
/// [`Failure::Usage`] for a text that is none.
pub fn duration(text: &str) -> Result<i64, Failure> {
    let wrong = || Failure::Usage(format!("`{text}` is no duration: write one such as `2 days` or `36 hours`"));
    let (amount, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let unit = Unit::from_word(unit.trim()).ok_or_else(wrong)?;
    let amount = amount.parse().map_err(|_| wrong())?;
    let ms = Duration::new(amount, unit).map_err(|_| wrong())?.milliseconds();
    if ms < 0 { Err(wrong()) } else { Ok(ms) }
}

/// A bar on standard error, if that is a terminal and the log is long.
fn progress(path: &str) -> ProgressBar {
    let length = fs::metadata(path).map_or(0, |data| data.len());
    if !io::stderr_is_terminal() || length < 4_000_000 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent:>3}%  {bytes} of {total_bytes}, {eta} to go");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn log(path: &str, bar: &ProgressBar) -> Result<Box<dyn BufRead>, Failure> {
    if path == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin().lock())));
    }
    let file = fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::World(format!("there is no file `{path}`")),
        _ => Failure::World(format!("`{path}` cannot be read: {error}")),
    })?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, bar.wrap_read(file))))
}

/// Where results go: to their file, to the file of what was set aside, and into the summary.
struct Output<'r> {
    out: Option<Box<dyn Write>>,
    form: OutForm,
    aside: Option<Box<dyn Write>>,
    summing: Summing<'r>,
    /// The first error of writing; the engine knows nothing of files.
    error: Option<std::io::Error>,
}

impl<'r> Output<'r> {
    fn new(args: &Args, rules: &'r RuleSet) -> Result<Self, Failure> {
        let open = |path: &Option<String>| path.as_deref().map(|path| io::writer(Some(path))).transpose();
        Ok(Self { out: open(&args.out)?, form: args.format, aside: open(&args.set_aside)?, summing: Summing::new(rules), error: None })
    }

    fn keep(&mut self, result: std::io::Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    fn finish(mut self, args: &Args, counters: &runtime::Counters) -> Result<Outcome, Failure> {
        for file in [&mut self.out, &mut self.aside].into_iter().flatten() {
            let flushed = file.flush();
            if let Err(error) = flushed {
                self.error.get_or_insert(error);
            }
        }
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let summary = self.summing.finish(counters.reached_ms.unwrap_or_default());
        if let Some(path) = &args.report {
            let report = runtime::Report::new(&summary, counters.reached_ms.map(runtime::rfc3339));
            io::write_text(Some(path), &report.to_json())?;
        }
        if !args.quiet {
            let text = table::summary(&summary, counters, args.set_aside.is_some());
            if args.out.as_deref() == Some("-") || args.set_aside.as_deref() == Some("-") {
                eprint!("{text}");
            } else {
                io::write_text(None, &text)?;
            }
        }
        Ok(Outcome::Clean)
    }
}

impl Sink for Output<'_> {
    fn outcome(&mut self, outcome: &runtime::Outcome) {
        self.summing.outcome(outcome);
        let form = self.form;
        if let Some(out) = &mut self.out {
            let result = match form {
                OutForm::Ndjson => writeln!(out, "{}", outcome.to_json()),
                OutForm::Text => writeln!(out, "{}", outcome.to_line()),
            };
            self.keep(result);
        }
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.summing.set_aside(set_aside);
        if let Some(aside) = &mut self.aside {
            let result = writeln!(aside, "{}", set_aside.to_json());
            self.keep(result);
        }
    }
}
