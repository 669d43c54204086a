//! `funnelc inspect`: what is in an event log, and the declarations that fit it.

use super::LogArgs;
use crate::{
    cli::{
        Failure, Outcome, io,
        table::{grouped, plural, section, table},
    },
    fmt,
    runtime::{self, Reason, input::fields},
    survey::{EventSurvey, Field, Survey},
};
use comfy_table::CellAlignment;
use std::fmt::Write as _;

/// So many events are shown with their properties.
const EVENTS_MAX: usize = 40;

/// Show what is in an event log, and begin a funnel file from it
///
/// The format and layout that were seen; events with their counts and properties, how often each is missing, and the type that
/// all its values fit; the first records as they are understood. With `-o` the `contact` and `event` declarations are written to
/// a file, on which a funnel can be begun. Nothing is guessed: where contact, time or event are not found, you are asked.
/// Exit status: 0 clean, 1 where records cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc inspect events.ndjson
  funnelc inspect events.csv --map contact=user_id,time=ts -o first.funnel")]
pub struct Args {
    /// The event log, as for `run`; several, or a pattern in quotes, are one log; `-` is standard input
    #[arg(required = true, value_name = "LOG")]
    events: Vec<String>,
    #[command(flatten)]
    layout: super::LayoutArgs,
    /// Where to write the declarations; `-` writes them alone to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let log = LogArgs::over(args.events.clone(), args.layout.clone()).log()?;
    let names = log.paths().join(", ");
    let (survey, seen) = log.survey()?;
    if survey.records == 0 {
        return Err(Failure::World(nothing(&survey, &names)));
    }
    let text = survey.declarations(&names);
    let text = fmt::format(&text).map_or(text, |formatted| formatted.text);
    if args.output.as_deref() != Some("-") {
        io::write_text(None, &shown(&survey, &names, &seen))?;
    }
    if let Some(path) = &args.output {
        if path != "-" && std::path::Path::new(path).exists() {
            return Err(Failure::Usage(format!("`{path}` is there already: move it, or write to another file")));
        }
        io::write_text(Some(path), &text)?;
    } else {
        io::write_text(None, "`-o FILE` writes the declarations of these events, to begin a funnel file with\n")?;
    }
    Ok(if survey.set_aside.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// What is said where no record could be read.
fn nothing(survey: &Survey, names: &str) -> String {
    let Some((_, (count, first))) = survey.set_aside.iter().max_by_key(|(_, (count, _))| *count) else {
        return format!("`{names}` holds no records");
    };
    let first = first.as_ref();
    let detail = first.map_or("", |aside| aside.detail.as_str());
    let fields = first.and_then(|aside| fields(&aside.record));
    let missing = match first.map(|aside| aside.reason) {
        Some(Reason::NoContact) => Some("contact"),
        Some(Reason::Malformed) if detail == "it has no time" => Some("time"),
        Some(Reason::Malformed) if detail == "it has no event" => Some("event"),
        Some(_) | None => None,
    };
    let hint = missing.zip(fields).map(|(field, fields)| super::files::offer(field, &fields)).unwrap_or_default();
    format!("none of the {} of `{names}` can be read: {detail}{hint}", plural(*count, "record"))
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes everything");
}

fn shown(survey: &Survey, names: &str, seen: &[String]) -> String {
    let mut out = String::new();
    put(&mut out, format_args!("{names}: {}", seen.join("; then ")));
    let contacts = u64::try_from(survey.contacts()).unwrap_or(u64::MAX);
    let span =
        survey.span_ms.map(|(first, last)| format!(", {} to {}", runtime::compact(first), runtime::compact(last))).unwrap_or_default();
    let order = if survey.is_sorted { "sorted by time" } else { "not sorted by time, which does not matter" };
    put(&mut out, format_args!("{} of {}{span} UTC; {order}", plural(survey.records, "record"), plural(contacts, "contact")));
    if survey.repeated > 0 {
        put(&mut out, format_args!("{} came with an id that came before", plural(survey.repeated, "record")));
    }
    for (reason, (count, first)) in &survey.set_aside {
        let first = first.as_ref().map(|aside| format!(", first at line {}: {}", aside.position, aside.detail)).unwrap_or_default();
        put(&mut out, format_args!("{} cannot be read ({reason}){first}", plural(*count, "record")));
    }
    out.push('\n');
    let mut rows = table(&["event", "records", "contacts", "property", "type", "missing", "for example"]);
    for column in [3, 4, 6] {
        if let Some(column) = rows.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Left);
        }
    }
    let mut events: Vec<(&String, &EventSurvey)> = survey.events.iter().collect();
    events.sort_by_key(|(name, event)| (std::cmp::Reverse(event.records), *name));
    for (name, event) in events.iter().take(EVENTS_MAX) {
        let mut head = [(*name).clone(), grouped(event.records), grouped(u64::try_from(event.contacts.len()).unwrap_or(u64::MAX))];
        if event.fields.is_empty() {
            rows.add_row(head.clone());
        }
        for (property, field) in &event.fields {
            let [event_name, records, contacts] = std::mem::take(&mut head);
            rows.add_row([event_name, records, contacts, property.clone(), kind(field), missing(field, event.records), examples(field)]);
        }
    }
    let more = events.len().saturating_sub(EVENTS_MAX);
    let more = if more > 0 { format!(" (the {EVENTS_MAX} most frequent; the declarations have {more} more)") } else { String::new() };
    section(&mut out, &format!("Events{more}"), &rows);
    put(&mut out, format_args!("The first records, as they are understood\n"));
    for record in &survey.samples {
        put(&mut out, format_args!(" {}", record.to_json()));
    }
    out.push('\n');
    out
}

fn kind(field: &Field) -> String {
    field.kind().map_or_else(|| "none fits".to_owned(), |kind| kind.word().to_owned())
}

fn missing(field: &Field, of: u64) -> String {
    let missing = of.saturating_sub(field.present);
    if missing == 0 {
        "never".to_owned()
    } else {
        crate::report::words::share(missing, of).map_or_else(String::new, crate::report::words::percent)
    }
}

fn examples(field: &Field) -> String {
    let shown: Vec<String> = field.values.iter().take(3).map(|value| value.escape_debug().to_string()).collect();
    let more = if field.values.len() > 3 || field.has_more { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
