//! Results, requests and what was set aside, written as rows.

use crate::runtime::{Argument, Cause, Outcome, Reason, SendOutcome, SetAside, Value, What};
use rusqlite::{Transaction, params};
use rustc_hash::FxHashMap;

/// The sentences that caused results, each with its number.
pub(super) type Sentences = FxHashMap<(String, String), i64>;

/// What a result says, in columns.
#[derive(Default)]
struct Columns<'o> {
    what: &'static str,
    name: Option<&'o str>,
    came_from: Option<&'o str>,
    outcome: Option<String>,
    until_ms: Option<i64>,
    channel: Option<&'o str>,
    request: Option<&'o str>,
    arguments: Option<String>,
}

fn json_arguments(arguments: &[Argument]) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "null".to_owned(), Value::to_json);
    let list: Vec<String> = arguments.iter().map(|(name, it)| format!("{}:{}", text(name), value(it))).collect();
    format!("{{{}}}", list.join(","))
}

fn columns(what: &What) -> Columns<'_> {
    let named = |what, name| Columns { what, name: Some(name), ..Columns::default() };
    match what {
        What::Move { from, to } => Columns { what: "move", name: to.as_deref(), came_from: from.as_deref(), ..Columns::default() },
        What::RunEnds { stage } => named("run_ends", stage),
        What::PlayBegins { play } => named("play_begins", play),
        What::PlayFinished { play } => named("play_finished", play),
        What::PlayCutOff { play } => named("play_cut_off", play),
        What::Send { request, message, channel, arguments, outcome } => Columns {
            outcome: Some(outcome.words().replace(' ', "_")),
            until_ms: if let SendOutcome::Held { until_ms } = outcome { Some(*until_ms) } else { None },
            channel: Some(channel),
            request: Some(request),
            arguments: Some(json_arguments(arguments)),
            ..named("send", message)
        },
        What::Do { request, action, arguments } => {
            Columns { request: Some(request), arguments: Some(json_arguments(arguments)), ..named("do", action) }
        }
        What::Record { event, arguments } => Columns { arguments: Some(json_arguments(arguments)), ..named("record", event) },
        What::Set { attribute, value } => Columns { outcome: value.as_ref().map(Value::to_json), ..named("set", attribute) },
        What::Split { split, arm } => Columns { outcome: Some(arm.clone()), ..named("split", split) },
        What::Looping { stage } => named("looping", stage),
        What::Cascade => Columns { what: "cascade", ..Columns::default() },
        What::Stranded { stage } => named("stranded", stage),
    }
}

/// Writes a result under a number.
pub(super) fn put(tx: &Transaction<'_>, id: i64, rules: u32, outcome: &Outcome, sentences: &mut Sentences) -> rusqlite::Result<()> {
    let sentence = outcome.clause.as_ref().map(|cause| sentence(tx, cause, sentences)).transpose()?;
    let it = columns(&outcome.what);
    let mut put = tx.prepare_cached(
        "INSERT INTO results (id, time_ms, contact, seq, funnel, key, run, what, name, came_from, outcome, until_ms, channel, request, arguments, sentence_id, rules_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    put.execute(params![
        id,
        outcome.time_ms,
        outcome.contact,
        i64::try_from(outcome.sequence).unwrap_or(i64::MAX),
        outcome.funnel,
        outcome.key,
        outcome.run,
        it.what,
        it.name,
        it.came_from,
        it.outcome,
        it.until_ms,
        it.channel,
        it.request,
        it.arguments,
        sentence,
        rules
    ])?;
    request(tx, outcome)
}

/// Puts a request in the outbox, once.
fn request(tx: &Transaction<'_>, outcome: &Outcome) -> rusqlite::Result<()> {
    let (kind, request, name, channel, arguments) = match &outcome.what {
        What::Send { request, message, channel, arguments, outcome: SendOutcome::Sent } => {
            ("send", request, message, Some(channel), arguments)
        }
        What::Do { request, action, arguments } => ("do", request, action, None, arguments),
        What::Send { .. }
        | What::Move { .. }
        | What::RunEnds { .. }
        | What::PlayBegins { .. }
        | What::PlayFinished { .. }
        | What::PlayCutOff { .. }
        | What::Record { .. }
        | What::Set { .. }
        | What::Split { .. }
        | What::Looping { .. }
        | What::Cascade
        | What::Stranded { .. } => return Ok(()),
    };
    let mut put = tx.prepare_cached(
        "INSERT OR IGNORE INTO outbox (request, time_ms, contact, funnel, key, run, kind, name, channel, arguments)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let (of, arguments) = (outcome, json_arguments(arguments));
    put.execute(params![request, of.time_ms, of.contact, of.funnel, of.key, of.run, kind, name, channel, arguments]).map(drop)
}

fn sentence(tx: &Transaction<'_>, cause: &Cause, sentences: &mut Sentences) -> rusqlite::Result<i64> {
    let key = (cause.id.clone(), cause.sentence.clone());
    if let Some(id) = sentences.get(&key) {
        return Ok(*id);
    }
    let id = tx.prepare_cached("INSERT INTO sentences (clause, sentence) VALUES (?1, ?2)")?.insert(params![key.0, key.1])?;
    sentences.insert(key, id);
    Ok(id)
}

/// Writes what was set aside.
pub(super) fn put_aside(tx: &Transaction<'_>, aside: &SetAside) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO aside (line, reason, detail, record) VALUES (?1, ?2, ?3, ?4)")?;
    let line = i64::try_from(aside.position).unwrap_or(i64::MAX);
    put.execute(params![line, Reason::words(aside.reason), aside.detail, aside.record]).map(drop)
}
