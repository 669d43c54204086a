//! `funnelc test --record LOG --contact ID`: a contact of a log as tests.

use crate::{
    cli::{Failure, Outcome, args, build, io, project::Project, run as runs, witness},
    config::Choice,
    fmt, lower,
    ruleset::RuleSet,
    runtime::{
        MS_MAX, MS_MIN, Record,
        input::{Reading, Records},
    },
    scenario::{Recording, Stage},
    workspace::Loaded,
};
use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use std::{fs, path::Path};

/// A contact of a log.
#[derive(clap::Args)]
pub struct RecordArgs {
    /// Instead of playing tests, make one of a contact of this log, NDJSON or CSV; `-` is standard input
    #[arg(long, value_name = "LOG", requires = "contact")]
    record: Option<String>,
    /// Which contact
    #[arg(long, value_name = "ID", requires = "record")]
    contact: Option<String>,
    /// Append the test to this file, which is made if it is not there; if not given, print it
    #[arg(long, short, value_name = "FILE", requires = "record")]
    output: Option<String>,
    /// The format of the log; if not given, it is seen from its first line
    #[arg(long, value_enum, value_name = "FORMAT", requires = "record")]
    events_format: Option<runs::EventsFormat>,
    /// Which fields of the log hold what, as `contact=user_id,time=ts`
    #[arg(long, value_name = "MAP", requires = "record")]
    map: Vec<String>,
    /// The zone of times in the log that name none; if not given, UTC
    #[arg(long, value_name = "ZONE", requires = "record")]
    zone: Option<String>,
    /// Look on until this time; if not given, up to the last record of the log
    #[arg(long, value_name = "TIME", requires = "record")]
    until: Option<String>,
}

impl RecordArgs {
    /// The log and the contact, where a test is to be made.
    pub fn wanted(&self) -> Option<(&str, &str)> {
        Some((self.record.as_deref()?, self.contact.as_deref()?))
    }
}

/// Makes the tests and prints or keeps them.
///
/// # Errors
/// What cannot be read or written; a contact of whom no test can be made.
pub fn run(args: &RecordArgs, paths: &[String], colour: args::ColourArgs, (log, contact): (&str, &str)) -> Result<Outcome, Failure> {
    let zone = args.zone.as_deref().map_or(Ok(TimeZone::UTC), runs::zone)?;
    let until_ms = args.until.as_deref().map(|text| runs::instant(text, &zone)).transpose()?;
    let files = io::funnel_files(paths)?;
    let loaded = Loaded::read(&io::Files::default(), &files).map_err(|error| Failure::World(error.to_string()))?;
    let analysis = Project::new(None, Choice::default(), None).analyse(loaded, &files)?;
    let Some(checked) = analysis.checked() else {
        args::show_aside(colour, &analysis.diagnostics, &analysis.sources)?;
        return Ok(build::refused("no test was made"));
    };
    let rules = lower::lower(&checked, &analysis.sources);
    let stage = Stage::new(&rules, None).map_err(|error| Failure::World(error.to_string()))?;
    let (records, newest_ms) = records(args, &rules, log, contact, &zone)?;
    let recording = stage.record(contact, &records, until_ms.unwrap_or(newest_ms), zone);
    let recording = recording.map_err(|error| Failure::World(error.to_string()))?;
    keep(args.output.as_deref(), &files, &recording)?;
    if recording.left_out > 0 {
        let were = if recording.left_out == 1 {
            "1 record of the contact was".to_owned()
        } else {
            format!("{} records of the contact were", recording.left_out)
        };
        eprintln!("funnelc: {were} set aside or came twice, and the test has nothing of that");
    }
    Ok(Outcome::Clean)
}

/// The contact's records, and the time of the newest one in the log that the program knows.
fn records(args: &RecordArgs, rules: &RuleSet, log: &str, contact: &str, zone: &TimeZone) -> Result<(Vec<Record>, i64), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure::World(format!("`{log}`: {error}"));
    let format = args.events_format.map(runs::EventsFormat::format);
    let reading = Reading { format, mapping: runs::mapping(&args.map)?, zone: zone.clone(), ..Reading::default() };
    let mut records = Records::new(runs::log(log, &ProgressBar::hidden())?, reading).map_err(|error| unreadable(&error))?;
    let is_known = |event: &str| event == "identify" || rules.events.iter().any(|declared| declared.name == event);
    let (mut own, mut newest_ms) = (Vec::new(), i64::MIN);
    for record in records.by_ref().flatten() {
        if is_known(&record.event) && (MS_MIN..=MS_MAX).contains(&record.time_ms) {
            newest_ms = newest_ms.max(record.time_ms);
        }
        if record.contact == contact {
            own.push(record);
        }
    }
    match records.take_error() {
        Some(error) => Err(unreadable(&error)),
        None => Ok((own, newest_ms)),
    }
}

fn keep(path: Option<&str>, program: &[String], recording: &Recording) -> Result<(), Failure> {
    let Some(path) = path.filter(|path| *path != "-") else { return io::write_text(None, &recording.text) };
    let before = match fs::read_to_string(path) {
        Ok(text) => format!("{}\n\n", text.trim_end()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => uses(path, program)?,
        Err(error) => return Err(Failure::World(format!("`{path}` cannot be read: {error}"))),
    };
    let text = before + &recording.text;
    let text = fmt::format(&text).map_or(text, |formatted| formatted.text);
    fs::write(path, text).map_err(|error| Failure::World(format!("`{path}` cannot be written: {error}")))?;
    let tests = if recording.tests == 1 { "1 test".to_owned() } else { format!("{} tests", recording.tests) };
    eprintln!("funnelc: {tests} added to `{path}`");
    Ok(())
}

/// What a new file of tests begins with.
fn uses(path: &str, program: &[String]) -> Result<String, Failure> {
    let folder = Path::new(path).parent().map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
    let folder = if folder.is_empty() { ".".to_owned() } else { folder };
    let mut text = String::new();
    for file in program {
        text.push_str(&format!("use \"{}\"\n", witness::seen_from(&folder, file)?));
    }
    Ok(text + "\n")
}
