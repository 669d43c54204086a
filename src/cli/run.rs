//! `funnelc run`: a rule set on an event log.

pub use super::log::{EventsFormat, duration, instant, mapping, opened as log, plain as plain_log, zone};
use super::{
    Failure, Outcome,
    apart::{Written, apart},
    args,
    build::refused,
    io,
    log::{LogArgs, engine::EngineArgs, program},
    table,
};
use crate::{
    ruleset::RuleSet,
    runtime::{self, Carried, ContactNumber, Heritage, Prepared, SetAside, Sink, Summing},
};
use clap::ValueEnum;
use jiff::tz::TimeZone;
use std::{collections::VecDeque, io::Write};

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
  funnelc run shop.funnel --events events.ndjson --state shop.db --out happened.ndjson
  funnelc run shop.funnel --was old/shop.funnel --switch 2026-03-10 --events events.ndjson")]
pub struct Args {
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[arg(required = true, value_name = "RULES|FILE")]
    paths: Vec<String>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Begin with these older rules (a rule set, a funnel file or a folder), and carry everybody over at the time of `--switch`; may
    /// be given several times, the oldest first
    #[arg(long, value_name = "OLD", requires = "switch")]
    was: Vec<String>,
    /// From when on the next rules hold, once for each `--was`; with `--state`, from when on rules hold that are others than before
    #[arg(long, value_name = "TIME")]
    switch: Vec<String>,
    #[cfg(feature = "store")]
    #[command(flatten)]
    going_on: super::state::StateArgs,
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
enum OutForm {
    /// One JSON object a line
    Ndjson,
    /// One line of words each
    Text,
}

impl Args {
    /// Where something is written.
    fn written(&self) -> [Written<'_>; 3] {
        [("--out", self.out.as_deref()), ("--set-aside", self.set_aside.as_deref()), ("--report", self.report.as_deref())]
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let log = args.log.log()?;
    if args.out.as_deref() == Some("-") && args.set_aside.as_deref() == Some("-") {
        return Err(Failure::Usage("what happened and what was set aside cannot both go to standard output".to_owned()));
    }
    #[cfg(feature = "store")]
    if let Some(path) = &args.going_on.state {
        return go_on(args, path, log);
    }
    let switches = switches(args, log.zone())?;
    let Some(rules) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was run")) };
    let (mut older, mut read) = (Vec::new(), rules.files.clone());
    for (path, at_ms) in args.was.iter().zip(switches) {
        let Some(rules) = program(std::slice::from_ref(path), args.colour)? else { return Ok(refused("nothing was run")) };
        older.push((rules.rules, at_ms));
        read.extend(rules.files);
    }
    apart(log.paths().iter().chain(&read).map(String::as_str), &args.written())?;
    let older: Vec<(&RuleSet, i64)> = older.iter().map(|(rules, at_ms)| (rules, *at_ms)).collect();
    let mut output = Output::new(args, &older, &rules.rules)?;
    let counters = log.run_on(args.engine, &older, &rules.rules, &mut output)?;
    output.finish(args, &counters)
}

/// Goes on where a store ended.
#[cfg(feature = "store")]
fn go_on(args: &Args, path: &str, log: super::log::Log) -> Result<Outcome, Failure> {
    let switch_ms = match args.switch.as_slice() {
        [] => None,
        [one] => Some(instant(one, log.zone())?),
        _ => return Err(Failure::Usage("with `--state` one `--switch` is enough: rules change once in a run".to_owned())),
    };
    let Some(program) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was run")) };
    let form = match args.format {
        OutForm::Ndjson => runtime::Outcome::to_json,
        OutForm::Text => runtime::Outcome::to_line,
    };
    let read = log.paths().iter().chain(&program.files).map(String::as_str);
    apart(read.chain([path]), &args.written())?;
    let (out, set_aside, quiet) = (args.out.as_deref(), args.set_aside.as_deref(), args.quiet);
    let asked = super::state::Asked { log, engine: args.engine, rules: &program.rules, switch_ms, out, form, set_aside, quiet };
    super::state::go_on(&args.going_on, path, asked)
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

/// Where results go: to their file, to the file of what was set aside, and into the summary.
struct Output<'r> {
    out: Option<Box<dyn Write>>,
    form: OutForm,
    /// The line that is written.
    line: String,
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
        Ok(Self {
            out,
            form: args.format,
            line: String::new(),
            aside,
            summing: Summing::new(rules),
            heritages,
            carried: Vec::new(),
            error: None,
        })
    }

    fn keep(&mut self, result: std::io::Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// Writes a result where results are written.
    fn write(&mut self, outcome: &runtime::Outcome) {
        if let Some(out) = &mut self.out {
            self.line.clear();
            match self.form {
                OutForm::Ndjson => outcome.write_json(&mut self.line),
                OutForm::Text => self.line.push_str(&outcome.to_line()),
            }
            self.line.push('\n');
            let result = out.write_all(self.line.as_bytes());
            self.keep(result);
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
        self.write(outcome);
    }

    fn outcome_of(&mut self, outcome: &runtime::Outcome, contact: ContactNumber) {
        match self.heritages.front() {
            Some(heritage) => self.summing.outcome_of(&heritage.told(outcome), contact),
            None => self.summing.outcome_of(outcome, contact),
        }
        self.write(outcome);
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

    fn counts_aside(&self) -> bool {
        self.aside.is_none()
    }

    fn set_aside_alike(&mut self, reason: runtime::Reason, count: u64) {
        self.summing.set_aside_alike(reason, count);
    }
}
