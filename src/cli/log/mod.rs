//! Event logs, as several commands read them: their arguments, and a run over them.

pub mod engine;
mod files;
pub mod inspect;
pub mod reach;
pub mod report;
mod report_table;
mod sort;
pub mod why;

use super::{Failure, args, build::rules_of, io};
use crate::{
    ruleset::{self, RuleSet},
    runtime::{
        self, Carried, ContactNumber, Counters, EngineError, Heard, Met, Options, Record, SetAside, Sink,
        input::{Format, Layout, Mapping, Reading},
    },
    survey::Survey,
    units::{Duration, Unit},
    workspace::Analysis,
};
use clap::ValueEnum;
use files::Logs;
pub use files::opened;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use sort::Sorted;
use std::{
    fs,
    io::{BufRead, Read},
};

/// Which log is read, and how.
#[derive(clap::Args, Clone, Debug)]
pub struct LogArgs {
    /// The event log: NDJSON, CSV, Parquet, Arrow or XES, perhaps compressed (gzip, zstd); several, or a pattern in quotes, are
    /// one log; `-` is standard input
    #[arg(long, value_name = "LOG", required = true)]
    events: Vec<String>,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Run timers up to this time, itself included; else up to the last record
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Take records in the order of the log, and set aside those that are so much older than the newest, as `1 day`
    #[arg(long, value_name = "DURATION")]
    lateness: Option<String>,
    /// Hold so much of a log in memory while it is sorted by time, as `500 MB`, and the rest on the disk; else all is held
    #[arg(long, value_name = "SIZE", conflicts_with = "lateness")]
    memory: Option<String>,
}

/// How a log is laid out.
#[derive(clap::Args, Clone, Debug)]
pub struct LayoutArgs {
    /// The format of the log; if not given, it is seen from how it begins (Parquet and Arrow always are)
    #[arg(long, value_enum, value_name = "FORMAT")]
    events_format: Option<EventsFormat>,
    /// How the objects of the log are laid out; if not given, it is seen from the first
    #[arg(long, value_enum, value_name = "LAYOUT")]
    layout: Option<LayoutArg>,
    /// Which fields hold what, as `contact=user_id,time=ts,event=name,id=uuid`; a text in quotes is a constant
    #[arg(long, value_name = "MAP")]
    map: Vec<String>,
    /// The zone of times in the log that name none
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum EventsFormat {
    /// One JSON object a line
    Ndjson,
    /// A table with a head line
    Csv,
    /// Enriched events of Snowplow: 131 fields between tabs, no head line
    SnowplowTsv,
    /// XES, as tools of process mining write it
    Xes,
}

impl EventsFormat {
    /// The format as inputs know it.
    pub fn format(self) -> Format {
        match self {
            Self::Ndjson => Format::Ndjson,
            Self::Csv => Format::Csv,
            Self::SnowplowTsv => Format::SnowplowTsv,
            Self::Xes => Format::Xes,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum LayoutArg {
    /// Records with the fields `contact`, `time` and `event`
    Flat,
    /// Calls of Segment or RudderStack
    Segment,
    /// Events of PostHog
    Posthog,
    /// Events of Mixpanel
    Mixpanel,
    /// Events of Google Analytics 4, exported from BigQuery
    Ga4,
    /// CloudEvents
    Cloudevents,
    /// Enriched events of Snowplow
    Snowplow,
}

/// A log whose arguments were read.
pub struct Log {
    paths: Vec<String>,
    reading: Reading,
    options: Options,
    /// So many bytes of it are held in memory while it is sorted.
    limit: Option<usize>,
}

impl LogArgs {
    /// All of a log, without running anything.
    pub fn over(events: Vec<String>, layout: LayoutArgs) -> Self {
        Self { events, layout, until: None, lateness: None, memory: None }
    }

    /// Reads the arguments and finds the files.
    ///
    /// # Errors
    /// [`Failure::Usage`] for arguments that make no sense, [`Failure::World`] for files that are not there.
    pub fn log(&self) -> Result<Log, Failure> {
        let zone = zone(&self.layout.zone)?;
        let until_ms = self.until.as_deref().map(|text| instant(text, &zone)).transpose()?;
        let lateness_ms = self.lateness.as_deref().map(duration).transpose()?;
        let mapping = mapping(&self.layout.map)?;
        let format = self.layout.events_format.map(EventsFormat::format);
        let layout = self.layout.layout.map(|layout| match layout {
            LayoutArg::Flat => Layout::Flat,
            LayoutArg::Segment => Layout::Segment,
            LayoutArg::Posthog => Layout::Posthog,
            LayoutArg::Mixpanel => Layout::Mixpanel,
            LayoutArg::Ga4 => Layout::Ga4,
            LayoutArg::Cloudevents => Layout::Cloudevents,
            LayoutArg::Snowplow => Layout::Snowplow,
        });
        let reading = Reading { format, layout, mapping, zone: zone.clone(), only: None };
        let options = Options { lateness_ms, until_ms, zone, ..Options::default() };
        let limit = self.memory.as_deref().map(size).transpose()?;
        Ok(Log { paths: files::paths(&self.events)?, reading, options, limit })
    }
}

impl Log {
    /// The files, how they are read, and how they are run.
    #[cfg(feature = "store")]
    pub fn parts(self) -> Result<(Vec<String>, Reading, Options), Failure> {
        if self.limit.is_some() {
            return Err(Failure::Usage(
                "`--memory` is for a log that is run as a whole: with `--state`, give it in pieces instead".to_owned(),
            ));
        }
        Ok((self.paths, self.reading, self.options))
    }

    /// The files.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// What is in the log, and what was seen of the layout of its files.
    ///
    /// # Errors
    /// [`Failure::World`] where a file cannot be read.
    pub fn survey(self) -> Result<(Survey, Vec<String>), Failure> {
        let bar = progress(&self.paths);
        let mut logs = Logs::new(self.paths, self.reading, bar.clone());
        let (mut survey, files) = (Survey::new(), logs.files());
        for record in logs.by_ref() {
            match record {
                Ok(record) => survey.record(&record),
                Err(set_aside) => survey.set_aside(&files.told(&set_aside)),
            }
        }
        bar.finish_and_clear();
        match logs.failure {
            Some(failure) => Err(failure),
            None => Ok((survey, logs.seen)),
        }
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> &TimeZone {
        &self.options.zone
    }

    /// Runs a rule set over the log, after `older` ones up to the instants when they were changed.
    ///
    /// # Errors
    /// [`Failure::World`] where a file or the rule set cannot be read.
    pub fn run(self, older: &[(&RuleSet, i64)], rules: &RuleSet, sink: &mut dyn Sink) -> Result<Counters, Failure> {
        self.by_record(sink, |records, options, sink| runtime::run_changing(older, rules, records, options, sink))
    }

    /// Runs a rule set over what the log says of one contact; `each` hears of every record.
    ///
    /// # Errors
    /// [`Failure::World`] where a file or the rule set cannot be read.
    pub fn run_of(
        mut self,
        contact: &str,
        rules: &RuleSet,
        each: &mut dyn FnMut(&Record),
        sink: &mut dyn Sink,
    ) -> Result<Counters, Failure> {
        // The records of one contact are few, and sorted in memory.
        self.limit = None;
        self.by_record(sink, |records, options, sink| {
            runtime::run_of(contact, rules, records.inspect(|record| record.iter().for_each(&mut *each)), options, sink)
        })
    }

    /// Runs something over the records of the log, sorted on the disk where that was asked for.
    fn by_record(
        self,
        sink: &mut dyn Sink,
        run: impl FnOnce(&mut dyn Iterator<Item = Result<Record, SetAside>>, Options, &mut dyn Sink) -> Result<Counters, EngineError>,
    ) -> Result<Counters, Failure> {
        let bar = progress(&self.paths);
        let mut logs = Logs::new(self.paths, self.reading, bar.clone());
        let mut told = Told { files: logs.files(), sink };
        let (counters, unsorted) = match self.limit {
            None => (run(&mut logs, self.options, &mut told), None),
            Some(limit) => {
                // What is sorted is taken as it comes; nothing can be late.
                let options = Options { lateness_ms: Some(i64::MAX), ..self.options };
                let mut sorted = Sorted::new(logs.by_ref(), limit);
                let counters = run(&mut sorted, options, &mut told);
                (counters, sorted.take_failure())
            }
        };
        let counters = counters.map_err(|error| Failure::World(error.to_string()))?;
        bar.finish_and_clear();
        match logs.failure.or(unsorted) {
            Some(failure) => Err(failure),
            None => Ok(counters),
        }
    }
}

/// Tells lines as they stand in their files, where there are several.
struct Told<'s> {
    files: files::Places,
    sink: &'s mut dyn Sink,
}

impl Sink for Told<'_> {
    fn outcome(&mut self, outcome: &runtime::Outcome) {
        self.sink.outcome(outcome);
    }

    fn outcome_of(&mut self, outcome: &runtime::Outcome, contact: ContactNumber) {
        self.sink.outcome_of(outcome, contact);
    }

    fn give(&mut self, outcome: runtime::Outcome) {
        self.sink.give(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.sink.set_aside(&self.files.told(set_aside));
    }

    fn counts_aside(&self) -> bool {
        self.sink.counts_aside()
    }

    fn set_aside_alike(&mut self, reason: runtime::Reason, count: u64) {
        self.sink.set_aside_alike(reason, count);
    }

    fn hears(&self) -> Heard {
        self.sink.hears()
    }

    fn taken(&mut self, record: &Record) {
        self.sink.taken(record);
    }

    fn met(&mut self, met: Met) {
        self.sink.met(met);
    }

    fn changed(&mut self, carried: &Carried) {
        self.sink.changed(carried);
    }
}

/// What is run: a rule set, and the texts it came from where it was just made.
pub struct Program {
    /// The rules.
    pub rules: RuleSet,
    /// The texts.
    pub analysis: Option<Analysis>,
    /// The files that were read.
    pub files: Vec<String>,
}

/// The rule set to run; `None` where the funnel files have errors, which were shown.
///
/// # Errors
/// [`Failure::World`] for files that cannot be read, [`Failure::Usage`] for a mixture.
pub fn program(paths: &[String], colour: args::ColourArgs) -> Result<Option<Program>, Failure> {
    match paths {
        [path] if is_rules(path) => {
            let text = fs::read_to_string(path).map_err(|error| Failure::World(format!("`{path}` cannot be read: {error}")))?;
            let rules = ruleset::read(&text).map_err(|error| Failure::World(format!("`{path}` cannot be run: {error}")))?;
            Ok(Some(Program { rules, analysis: None, files: vec![path.clone()] }))
        }
        paths if paths.iter().any(|path| is_rules(path)) => {
            Err(Failure::Usage("give one rule set, or funnel files, and not both".to_owned()))
        }
        paths => {
            let analysis = args::analysis_of(paths)?;
            args::show_aside(colour, &analysis.diagnostics, &analysis.sources)?;
            let files = analysis.sources.names().map(str::to_owned).collect();
            Ok(rules_of(&analysis).map(|rules| Program { rules, analysis: Some(analysis), files }))
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

/// A log of one file, to be read, without a bar.
///
/// # Errors
/// [`Failure::World`] where it cannot be read.
pub fn plain(path: &str) -> Result<Box<dyn BufRead + Send>, Failure> {
    opened(path, &ProgressBar::hidden())
}

/// An instant of the command line.
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

/// A size of the command line, in bytes.
///
/// # Errors
/// [`Failure::Usage`] for a text that is none.
fn size(text: &str) -> Result<usize, Failure> {
    let wrong = || Failure::Usage(format!("`{text}` is no size: write one such as `500 MB` or `2 GB`"));
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = text.get(digits.len()..).unwrap_or_default().trim();
    let unit: usize = match unit.to_ascii_uppercase().as_str() {
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(wrong()),
    };
    digits.parse().ok().and_then(|amount: usize| amount.checked_mul(unit)).filter(|size| *size > 0).ok_or_else(wrong)
}

/// A bar on standard error, if that is a terminal and the log is long.
pub fn progress(paths: &[String]) -> ProgressBar {
    let length: u64 = paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|data| data.len()).sum();
    if !io::stderr_is_terminal() || length < 4_000_000 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent:>3}%  {bytes} of {total_bytes}, {eta} to go");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
