//! `funnelc report`: what happened on a log, in numbers.

use super::{LogArgs, engine::EngineArgs, program, report_table};
#[cfg(feature = "store")]
use crate::{cli::state::Told, store::Store};
use crate::{
    cli::{Failure, Outcome, apart::apart, args, build::refused, io},
    diag::nearest,
    report::{Report, Watching},
    ruleset::RuleSet,
    runtime::Counters,
};
use clap::ValueEnum;
#[cfg(feature = "store")]
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
#[cfg(feature = "store")]
use std::path::Path;

/// Tell what happened on an event log, in numbers
///
/// Per stage who entered, is in, moved on and where to, how long it took, and how the targets were met; where most people are
/// lost, and where it would help most that more went on; the messages by channel and day; promises of the files that the
/// world broke; runs by the week in which they began, and by a property.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc report shop.funnel --events events.ndjson
  funnelc report shop.funnel --events events.ndjson --by utm_source
  funnelc report shop.funnel --events events.ndjson --until 2026-03-31 -o report.html
  funnelc report shop.funnel --events events.ndjson --format csv -o report.csv
  funnelc report --state shop.db -o report.html")]
#[cfg_attr(feature = "store", command(mut_arg("events", |events| events.required(false).required_unless_present("state"))))]
pub struct Args {
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[cfg_attr(feature = "store", arg(required_unless_present = "state"))]
    #[cfg_attr(not(feature = "store"), arg(required = true))]
    #[arg(value_name = "RULES|FILE")]
    paths: Vec<String>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Tell what happened in a store of `run --state`, up to where it is; it has its rules
    #[cfg(feature = "store")]
    #[arg(long, value_name = "STORE", conflicts_with_all = ["paths", "events", "until", "lateness", "memory", "events_format", "layout", "map", "zone", "engine", "threads"])]
    state: Option<String>,
    /// Also count by the value that this property of events, or attribute, had when a run began
    #[arg(long, value_name = "PROPERTY")]
    by: Option<String>,
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
    /// Tables, to be read in a terminal
    Table,
    /// One JSON document, with everything
    Json,
    /// One table for spreadsheets, a number a line
    Csv,
    /// One page with charts and the picture, which needs nothing else
    Html,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    #[cfg(feature = "store")]
    if let Some(path) = &args.state {
        return of_store(args, path);
    }
    let log = args.log.log()?;
    let Some(program) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was run")) };
    let read = log.paths().iter().chain(&program.files);
    apart(read.map(String::as_str), &[("--output", args.output.as_deref())])?;
    let by = args.by.as_deref().map(crate::runtime::input::word);
    let mut watching = Watching::new(&program.rules, by.as_deref(), log.zone());
    let counters = log.run_on(args.engine, &[], &program.rules, &mut watching)?;
    finish(args, watching, &program.rules, &counters)
}

/// The report of a store, in the names of the rules that it has now.
#[cfg(feature = "store")]
fn of_store(args: &Args, path: &str) -> Result<Outcome, Failure> {
    apart([path], &[("--output", args.output.as_deref())])?;
    let store = Store::beside(Path::new(path))?;
    let rules = store.rules()?;
    let Some((_, present)) = rules.last().filter(|_| store.now_ms().is_ok_and(|now_ms| now_ms.is_some())) else {
        return Err(Failure::Usage(format!("nothing was run yet on the store `{path}`")));
    };
    let by = args.by.as_deref().map(crate::runtime::input::word);
    let mut watching = Watching::new(present, by.as_deref(), &TimeZone::UTC);
    Told::new(&rules)?.everything(&store, &mut watching)?;
    finish(args, watching, present, &store.counters()?)
}

fn write(args: &Args, report: &Report, rules: &RuleSet) -> Result<Outcome, Failure> {
    let forms = [(".json", Form::Json), (".csv", Form::Csv), (".html", Form::Html), (".htm", Form::Html)];
    let form = args.format.or_else(|| io::by_ending(args.output.as_deref(), &forms)).unwrap_or(Form::Table);
    let text = match form {
        Form::Table => report_table::report(report),
        Form::Json => report.to_json(),
        Form::Csv => report.to_csv(),
        Form::Html => report.to_html(rules),
    };
    io::write_text(args.output.as_deref(), &text)?;
    Ok(Outcome::Clean)
}

/// Tells whoever misspells a property which one may be meant.
fn finish(args: &Args, watching: Watching<'_>, rules: &RuleSet, counters: &Counters) -> Result<Outcome, Failure> {
    if let Some(by) = watching.by().filter(|_| !watching.met_property()) {
        let declared = rules.events.iter().flat_map(|event| &event.properties).map(|property| &property.name);
        let attributes = rules.attributes.iter().map(|attribute| &attribute.name);
        let others = counters.ignored.keys().map(|(_, property)| property);
        let names: BTreeSet<&str> = declared.chain(attributes).chain(others).map(String::as_str).filter(|name| *name != by).collect();
        let meant = nearest(by, names);
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        return Err(Failure::Usage(format!("no record that was taken has a property or attribute `{by}`{meant}")));
    }
    write(args, &watching.finish(counters), rules)
}
