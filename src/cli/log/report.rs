//! `funnelc report`: what happened on a log, in numbers.

use super::{LogArgs, program, report_table};
use crate::{
    cli::{Failure, Outcome, args, build::refused, io},
    diag::nearest,
    report::Watching,
    runtime::{Record, SetAside, Sink},
};
use clap::ValueEnum;
use std::collections::BTreeSet;

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
  funnelc report shop.funnel --events events.ndjson --format csv -o report.csv")]
pub struct Args {
    /// A rule set (.yaml, .json), or funnel files and folders of them
    #[arg(required = true, value_name = "RULES|FILE")]
    paths: Vec<String>,
    #[command(flatten)]
    log: LogArgs,
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
    let log = args.log.log()?;
    let by = args.by.as_deref().map(crate::runtime::input::word);
    let Some(program) = program(&args.paths, args.colour)? else { return Ok(refused("nothing was run")) };
    let mut sink = Named { watching: Watching::new(&program.rules, by.as_deref()), properties: BTreeSet::new() };
    let counters = log.run(&[], &program.rules, &mut sink)?;
    if let Some(by) = by.as_deref().filter(|_| !sink.watching.met_property()) {
        let meant = nearest(by, sink.properties.iter().map(String::as_str));
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        return Err(Failure::Usage(format!("no record that was taken has a property or attribute `{by}`{meant}")));
    }
    let report = sink.watching.finish(&counters);
    let by_ending = |path: &str| {
        let forms = [(".json", Form::Json), (".csv", Form::Csv), (".html", Form::Html), (".htm", Form::Html)];
        forms.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, form)| *form)
    };
    let form = args.format.or_else(|| args.output.as_deref().and_then(by_ending)).unwrap_or(Form::Table);
    let text = match form {
        Form::Table => report_table::report(&report),
        Form::Json => report.to_json(),
        Form::Csv => report.to_csv(),
        Form::Html => report.to_html(&program.rules),
    };
    io::write_text(args.output.as_deref(), &text)?;
    Ok(Outcome::Clean)
}

/// Remembers the names of properties, for who misspells one.
struct Named<'r> {
    watching: Watching<'r>,
    properties: BTreeSet<String>,
}

impl Sink for Named<'_> {
    fn outcome(&mut self, outcome: &crate::runtime::Outcome) {
        self.watching.outcome(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.watching.set_aside(set_aside);
    }

    fn taken(&mut self, record: &Record) {
        for name in record.properties.keys() {
            if !self.properties.contains(name) {
                self.properties.insert(name.clone());
            }
        }
        self.watching.taken(record);
    }
}
