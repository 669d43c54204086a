//! Results, requests and what was set aside, written as rows.

use super::again::{Again, Cell};
use crate::runtime::{Argument, Cause, Outcome, Reason, SendOutcome, SetAside, Value, What};
use rusqlite::{CachedStatement, Transaction, params};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The sentences that caused results, each with its number, by the identity of the clause.
pub(super) type Sentences = FxHashMap<String, Vec<(String, i64)>>;

/// What a result says, in columns.
#[derive(Default)]
struct Columns<'o> {
    what: &'static str,
    name: Option<&'o str>,
    came_from: Option<&'o str>,
    outcome: Option<Cow<'o, str>>,
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
            outcome: Some(outcome.words().replace(' ', "_").into()),
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
        What::Set { attribute, value } => {
            Columns { outcome: value.as_ref().map(|value| value.to_json().into()), ..named("set", attribute) }
        }
        What::Split { split, arm } => Columns { outcome: Some(arm.into()), ..named("split", split) },
        What::Looping { stage } => named("looping", stage),
        What::Cascade => Columns { what: "cascade", ..Columns::default() },
        What::Stranded { stage } => named("stranded", stage),
    }
}

/// Writes results, each under a number, and puts requests in the outbox.
pub(super) struct Rows<'t> {
    result: Again<'t>,
    request: Again<'t>,
    sentence: CachedStatement<'t>,
    sentences: &'t mut Sentences,
}

impl<'t> Rows<'t> {
    pub fn new(tx: &'t Transaction<'_>, sentences: &'t mut Sentences) -> rusqlite::Result<Self> {
        let result = Again::new(
            tx,
            "INSERT INTO results (id, time_ms, contact, seq, funnel, key, run, what, name, came_from, outcome, until_ms, channel, request, arguments, sentence_id, rules_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?;
        let request = Again::new(
            tx,
            "INSERT OR IGNORE INTO outbox (request, time_ms, contact, funnel, key, run, kind, name, channel, arguments)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        let sentence = tx.prepare_cached("INSERT INTO sentences (clause, sentence) VALUES (?1, ?2)")?;
        Ok(Self { result, request, sentence, sentences })
    }

    /// Writes a result under a number; one that asks for something is put in the outbox, once.
    pub fn put(&mut self, id: i64, rules: u32, outcome: &Outcome) -> rusqlite::Result<()> {
        let sentence = outcome.clause.as_ref().map(|cause| self.sentence(cause)).transpose()?;
        let it = columns(&outcome.what);
        self.result.put(&[
            id.into(),
            outcome.time_ms.into(),
            (&outcome.contact).into(),
            i64::try_from(outcome.sequence).unwrap_or(i64::MAX).into(),
            (&outcome.funnel).into(),
            outcome.key.as_ref().into(),
            outcome.run.into(),
            it.what.into(),
            it.name.into(),
            it.came_from.into(),
            it.outcome.as_deref().into(),
            it.until_ms.into(),
            it.channel.into(),
            it.request.into(),
            it.arguments.as_ref().into(),
            sentence.into(),
            rules.into(),
        ])?;
        let is_asked = match &outcome.what {
            What::Send { outcome, .. } => *outcome == SendOutcome::Sent,
            What::Do { .. } => true,
            What::Move { .. }
            | What::RunEnds { .. }
            | What::PlayBegins { .. }
            | What::PlayFinished { .. }
            | What::PlayCutOff { .. }
            | What::Record { .. }
            | What::Set { .. }
            | What::Split { .. }
            | What::Looping { .. }
            | What::Cascade
            | What::Stranded { .. } => false,
        };
        if is_asked {
            let of = outcome;
            let (contact, funnel, key): (_, _, Cell<'_>) = ((&of.contact).into(), (&of.funnel).into(), of.key.as_ref().into());
            let arguments = it.arguments.as_ref().into();
            let (request, what, name, channel) = (it.request.into(), it.what.into(), it.name.into(), it.channel.into());
            self.request.put(&[request, of.time_ms.into(), contact, funnel, key, of.run.into(), what, name, channel, arguments])?;
        }
        Ok(())
    }

    fn sentence(&mut self, cause: &Cause) -> rusqlite::Result<i64> {
        let known = self.sentences.get(&cause.id).and_then(|all| all.iter().find(|(sentence, _)| *sentence == cause.sentence));
        if let Some((_, id)) = known {
            return Ok(*id);
        }
        let id = self.sentence.insert(params![cause.id, cause.sentence])?;
        self.sentences.entry(cause.id.clone()).or_default().push((cause.sentence.clone(), id));
        Ok(id)
    }
}

/// Writes what was set aside.
pub(super) fn put_aside(tx: &Transaction<'_>, all: &[SetAside]) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached("INSERT INTO aside (line, reason, detail, record) VALUES (?1, ?2, ?3, ?4)")?;
    for aside in all {
        let line = i64::try_from(aside.position).unwrap_or(i64::MAX);
        put.execute(params![line, Reason::words(aside.reason), aside.detail, aside.record])?;
    }
    Ok(())
}
