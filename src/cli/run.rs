//! `funnelc run`: a rule set on an event log.

use super::{
    Failure, Outcome, args,
    build::{refused, rules_of},
    io, table,
};
use crate::{
    ruleset::{self, RuleSet},
    runtime::{
        self, Carried, Heritage, Options, Prepared, SetAside, Sink, Summing,
        input::{Format, Mapping, Reading, Records},
    },
    units::{Duration, Unit},
};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use std::{
    collections::VecDeque,
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
  funnelc run shop.funnel --events events.ndjson --out happened.ndjson --set-aside aside.ndjson
  funnelc run shop.funnel --was old/shop.funnel --switch 2026-03-10 --events events.ndjson")]
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
    /// Begin with these older rules (a rule set, a funnel file or a folder), and carry everybody over at the time of `--switch`; may
    /// be given several times, the oldest first
    #[arg(long, value_name = "OLD", requires = "switch")]
    was: Vec<String>,
    /// From when on the next rules hold, once for each `--was`
    #[arg(long, value_name = "TIME", requires = "was")]
    switch: Vec<String>,
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
pub enum EventsFormat {
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

impl EventsFormat {
    /// The format as inputs know it.
    pub fn format(self) -> Format {
        match self {
            Self::Ndjson => Format::Ndjson,
            Self::Csv => Format::Csv,
        }
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let zone = zone(&args.zone)?;
    let until_ms = args.until.as_deref().map(|text| instant(text, &zone)).transpose()?;
    let lateness_ms = args.lateness.as_deref().map(duration).transpose()?;
    let mapping = mapping(&args.map)?;
    if args.out.as_deref() == Some("-") && args.set_aside.as_deref() == Some("-") {
        return Err(Failure::Usage("what happened and what was set aside cannot both go to standard output".to_owned()));
    }
    let switches = switches(args, &zone)?;
    let Some(rules) = rules(args, &args.paths)? else { return Ok(refused("nothing was run")) };
    let mut older = Vec::new();
    for (path, at_ms) in args.was.iter().zip(switches) {
        let Some(rules) = self::rules(args, std::slice::from_ref(path))? else { return Ok(refused("nothing was run")) };
        older.push((rules, at_ms));
    }
    let older: Vec<(&RuleSet, i64)> = older.iter().map(|(rules, at_ms)| (rules, *at_ms)).collect();
    let format = args.events_format.map(EventsFormat::format);
    let bar = progress(&args.events);
    let reading = Reading { format, mapping, zone: zone.clone() };
    let unreadable = |error: &dyn std::fmt::Display| Failure::World(format!("`{}`: {error}", args.events));
    let mut records = Records::new(log(&args.events, &bar)?, reading).map_err(|error| unreadable(&error))?;
    let mut output = Output::new(args, &older, &rules)?;
    let options = Options { lateness_ms, until_ms, zone, ..Options::default() };
    let counters = runtime::run_changing(&older, &rules, records.by_ref(), options, &mut output);
    let counters = counters.map_err(|error| Failure::World(error.to_string()))?;
    if let Some(error) = records.take_error() {
        return Err(unreadable(&error));
    }
    bar.finish_and_clear();
    output.finish(args, &counters)
}

/// When rules change.
fn switches(args: &Args, zone: &TimeZone) -> Result<Vec<i64>, Failure> {
    if args.was.len() != args.switch.len() {
        return Err(Failure::Usage("each `--was` needs a `--switch` that says until when it held".to_owned()));
    }
    let times: Vec<i64> = args.switch.iter().map(|text| instant(text, zone)).collect::<Result<_, _>>()?;
    if times.iter().zip(times.iter().skip(1)).any(|(one, next)| one > next) {
        return Err(Failure::Usage("write `--was` and `--switch` in the order of time, the oldest first".to_owned()));
    }
    Ok(times)
}

/// The rule set to run; `None` where the funnel files have errors, which were shown.
fn rules(args: &Args, paths: &[String]) -> Result<Option<RuleSet>, Failure> {
    match paths {
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

/// A log, to be read; `-` is standard input.
///
/// # Errors
/// [`Failure::World`] where it cannot be read.
pub fn log(path: &str, bar: &ProgressBar) -> Result<Box<dyn BufRead>, Failure> {
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
    /// What older rules are called in the last ones, those still to come.
    heritages: VecDeque<Heritage<'r>>,
    carried: Vec<Carried>,
    /// The first error of writing; the engine knows nothing of files.
    error: Option<std::io::Error>,
}

impl<'r> Output<'r> {
    fn new(args: &Args, older: &[(&'r RuleSet, i64)], rules: &'r RuleSet) -> Result<Self, Failure> {
        let unplayable = |error: runtime::EngineError| Failure::World(error.to_string());
        let last = Prepared::new(rules).map_err(unplayable)?;
        let heritage = |(old, _): &(&'r RuleSet, i64)| Ok(Heritage::new(&Prepared::new(old).map_err(unplayable)?, &last));
        let heritages = older.iter().map(heritage).collect::<Result<_, Failure>>()?;
        let open = |path: &Option<String>| path.as_deref().map(|path| io::writer(Some(path))).transpose();
        let (out, aside) = (open(&args.out)?, open(&args.set_aside)?);
        Ok(Self { out, form: args.format, aside, summing: Summing::new(rules), heritages, carried: Vec::new(), error: None })
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
            let changes: String = self.carried.iter().map(table::carried).collect();
            let text = changes + &table::summary(&summary, counters, args.set_aside.is_some());
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
        match self.heritages.front() {
            Some(heritage) => self.summing.outcome(&heritage.told(outcome)),
            None => self.summing.outcome(outcome),
        }
        let form = self.form;
        if let Some(out) = &mut self.out {
            let result = match form {
                OutForm::Ndjson => writeln!(out, "{}", outcome.to_json()),
                OutForm::Text => writeln!(out, "{}", outcome.to_line()),
            };
            self.keep(result);
        }
    }

    fn changed(&mut self, carried: &Carried) {
        self.heritages.pop_front();
        self.carried.push(carried.clone());
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.summing.set_aside(set_aside);
        if let Some(aside) = &mut self.aside {
            let result = writeln!(aside, "{}", set_aside.to_json());
            self.keep(result);
        }
    }
}
