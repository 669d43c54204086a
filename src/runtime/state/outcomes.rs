//! What an engine knows of no contact in particular: how far it is, what it counted, and the results of the present instant.

use super::{Clockwork, StateError, wire::ValueForm};
use crate::runtime::{
    engine::{Counters, Engine},
    outcome::{Argument, Cause, Outcome, SendOutcome, What},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeForm {
    time_ms: i64,
    contact: String,
    sequence: u64,
    funnel: String,
    key: Option<String>,
    run: u32,
    what: WhatForm,
    /// The identity of the clause, and its sentence.
    clause: Option<(String, String)>,
}

type Arguments = Vec<(String, Option<ValueForm>)>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WhatForm {
    Move { from: Option<String>, to: Option<String> },
    RunEnds(String),
    PlayBegins(String),
    PlayFinished(String),
    PlayCutOff(String),
    Send { request: String, message: String, channel: String, arguments: Arguments, outcome: SendForm },
    Do { request: String, action: String, arguments: Arguments },
    Record { event: String, arguments: Arguments },
    Set { attribute: String, value: Option<ValueForm> },
    Split { split: String, arm: String },
    Looping(String),
    Cascade,
    Stranded(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SendForm {
    Sent,
    /// Until when, in milliseconds.
    Held(i64),
    Capped,
    NoConsent,
    Dropped,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountersForm {
    records: u64,
    taken: u64,
    duplicates: u64,
    ignored: Vec<(String, String, u64)>,
}

/// What [`Clockwork`] has, as engines have it.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    /// The instant that was reached; the least number before the first record.
    pub now_ms: i64,
    /// The results of that instant.
    pub pending: Vec<Outcome>,
    /// The names of funnels that are gone.
    pub gone: Vec<String>,
    /// What was counted.
    pub counters: Counters,
}

pub(super) fn clockwork(engine: &Engine<'_>) -> Clockwork {
    Clockwork::of(engine.now_ms, &engine.pending, &engine.gone, &engine.counters)
}

impl Clockwork {
    /// The written form of how far an engine is.
    pub(crate) fn of(now_ms: i64, pending: &[Outcome], gone: &[String], counters: &Counters) -> Self {
        let pending: Vec<OutcomeForm> = pending.iter().map(form).collect();
        let counted = CountersForm {
            records: counters.records,
            taken: counters.taken,
            duplicates: counters.duplicates,
            ignored: counters.ignored.iter().map(|((event, property), times)| (event.clone(), property.clone(), *times)).collect(),
        };
        let json = "plain texts, numbers and lists are JSON";
        Self {
            now_ms: (now_ms > i64::MIN).then_some(now_ms),
            pending: serde_json::to_string(&pending).expect(json),
            gone: serde_json::to_string(gone).expect(json),
            counters: serde_json::to_string(&counted).expect(json),
        }
    }

    /// The same, read back.
    ///
    /// # Errors
    /// [`StateError`] for what was not written by this version.
    pub(crate) fn read(&self) -> Result<Time, StateError> {
        let pending: Vec<OutcomeForm> = serde_json::from_str(&self.pending)?;
        Ok(Time {
            now_ms: self.now_ms.unwrap_or(i64::MIN),
            pending: pending.into_iter().map(outcome).collect(),
            gone: serde_json::from_str(&self.gone)?,
            counters: counters(&self.counters, self.now_ms)?,
        })
    }
}

pub(super) fn wind(engine: &mut Engine<'_>, clockwork: &Clockwork) -> Result<(), StateError> {
    let time = clockwork.read()?;
    (engine.now_ms, engine.pending, engine.gone, engine.counters) = (time.now_ms, time.pending, time.gone, time.counters);
    Ok(())
}

pub(super) fn counters(text: &str, reached_ms: Option<i64>) -> Result<Counters, StateError> {
    let counted: CountersForm = serde_json::from_str(text)?;
    Ok(Counters {
        records: counted.records,
        taken: counted.taken,
        duplicates: counted.duplicates,
        ignored: counted.ignored.into_iter().map(|(event, property, times)| ((event, property), times)).collect(),
        reached_ms,
    })
}

fn written(arguments: &[Argument]) -> Arguments {
    arguments.iter().map(|(name, value)| (name.clone(), value.clone().map(ValueForm))).collect()
}

fn read(arguments: Arguments) -> Vec<Argument> {
    arguments.into_iter().map(|(name, value)| (name, value.map(|value| value.0))).collect()
}

fn form(outcome: &Outcome) -> OutcomeForm {
    let what = match &outcome.what {
        What::Move { from, to } => WhatForm::Move { from: from.clone(), to: to.clone() },
        What::RunEnds { stage } => WhatForm::RunEnds(stage.clone()),
        What::PlayBegins { play } => WhatForm::PlayBegins(play.clone()),
        What::PlayFinished { play } => WhatForm::PlayFinished(play.clone()),
        What::PlayCutOff { play } => WhatForm::PlayCutOff(play.clone()),
        What::Send { request, message, channel, arguments, outcome } => WhatForm::Send {
            request: request.clone(),
            message: message.clone(),
            channel: channel.clone(),
            arguments: written(arguments),
            outcome: match outcome {
                SendOutcome::Sent => SendForm::Sent,
                SendOutcome::Held { until_ms } => SendForm::Held(*until_ms),
                SendOutcome::Capped => SendForm::Capped,
                SendOutcome::NoConsent => SendForm::NoConsent,
                SendOutcome::Dropped => SendForm::Dropped,
            },
        },
        What::Do { request, action, arguments } => {
            WhatForm::Do { request: request.clone(), action: action.clone(), arguments: written(arguments) }
        }
        What::Record { event, arguments } => WhatForm::Record { event: event.clone(), arguments: written(arguments) },
        What::Set { attribute, value } => WhatForm::Set { attribute: attribute.clone(), value: value.clone().map(ValueForm) },
        What::Split { split, arm } => WhatForm::Split { split: split.clone(), arm: arm.clone() },
        What::Looping { stage } => WhatForm::Looping(stage.clone()),
        What::Cascade => WhatForm::Cascade,
        What::Stranded { stage } => WhatForm::Stranded(stage.clone()),
    };
    OutcomeForm {
        time_ms: outcome.time_ms,
        contact: outcome.contact.clone(),
        sequence: outcome.sequence,
        funnel: outcome.funnel.clone(),
        key: outcome.key.clone(),
        run: outcome.run,
        what,
        clause: outcome.clause.as_ref().map(|clause| (clause.id.clone(), clause.sentence.clone())),
    }
}

fn outcome(form: OutcomeForm) -> Outcome {
    let what = match form.what {
        WhatForm::Move { from, to } => What::Move { from, to },
        WhatForm::RunEnds(stage) => What::RunEnds { stage },
        WhatForm::PlayBegins(play) => What::PlayBegins { play },
        WhatForm::PlayFinished(play) => What::PlayFinished { play },
        WhatForm::PlayCutOff(play) => What::PlayCutOff { play },
        WhatForm::Send { request, message, channel, arguments, outcome } => What::Send {
            request,
            message,
            channel,
            arguments: read(arguments),
            outcome: match outcome {
                SendForm::Sent => SendOutcome::Sent,
                SendForm::Held(until_ms) => SendOutcome::Held { until_ms },
                SendForm::Capped => SendOutcome::Capped,
                SendForm::NoConsent => SendOutcome::NoConsent,
                SendForm::Dropped => SendOutcome::Dropped,
            },
        },
        WhatForm::Do { request, action, arguments } => What::Do { request, action, arguments: read(arguments) },
        WhatForm::Record { event, arguments } => What::Record { event, arguments: read(arguments) },
        WhatForm::Set { attribute, value } => What::Set { attribute, value: value.map(|value| value.0) },
        WhatForm::Split { split, arm } => What::Split { split, arm },
        WhatForm::Looping(stage) => What::Looping { stage },
        WhatForm::Cascade => What::Cascade,
        WhatForm::Stranded(stage) => What::Stranded { stage },
    };
    Outcome {
        time_ms: form.time_ms,
        contact: form.contact,
        sequence: form.sequence,
        funnel: form.funnel,
        key: form.key,
        run: form.run,
        what,
        clause: form.clause.map(|(id, sentence)| Cause { id, sentence }),
    }
}
