//! A contact of a log as tests: what is known at first, dated events, and how it was at the end.
//!
//! A test for each funnel that did something with the contact; messages, actions and attributes are expected in the first of
//! them. Each test is played before it is handed out, and does what the log did, line by line.
//! Readings: what `identify` says before anything else is `given` where that comes out the same; events at whole minutes stand
//! behind `at`, others behind `after`; what the run set aside is left out; arms of splits are given, since tests draw by another name.

use super::{Case, Stage, Told, cases};
use crate::{
    fmt, parse,
    runtime::{Collected, Engine, Options, Outcome, Record, SendOutcome, Value, What},
    source::FileId,
    story,
    units::Duration,
};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, fmt::Write as _};

const MINUTE_MS: i64 = 60_000;
const IDENTIFY: &str = "identify";

/// Why a contact is no test.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unrecordable {
    /// The log has nothing of it.
    #[error("the log has no record of the contact `{0}`")]
    Unknown(String),
    /// Nothing of it was taken.
    #[error("all {0} records of the contact were set aside")]
    SetAside(usize),
    /// It went through no funnel.
    #[error("no funnel did anything with the contact: there is nothing to expect")]
    Nothing,
    /// A test would not come out as the log did.
    #[error("a test cannot say what the log says of this contact: {0}")]
    Otherwise(String),
}

/// Tests of a contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// `test` blocks, an empty line between them, with a final newline.
    pub text: String,
    /// How many tests they are.
    pub tests: usize,
    /// How many records were set aside, and are not in them.
    pub left_out: usize,
}

/// A record that was taken.
struct Taken {
    time_ms: i64,
    event: String,
    values: BTreeMap<String, Value>,
}

/// How a test is written.
#[derive(Clone, Copy)]
struct Manner {
    /// What is known at first stands behind `given`.
    given: bool,
    /// Whole minutes stand behind `at`.
    dated: bool,
}

impl Stage<'_> {
    /// A contact's records, in any order, as tests; timers run up to `until_ms`, itself included. `zone` is that of times in the
    /// log that name none.
    ///
    /// # Errors
    /// [`Unrecordable`]: why there is no test.
    pub fn record(&self, contact: &str, records: &[Record], until_ms: i64, zone: TimeZone) -> Result<Recording, Unrecordable> {
        let mut records: Vec<&Record> = records.iter().filter(|record| record.contact == contact).collect();
        if records.is_empty() {
            return Err(Unrecordable::Unknown(contact.to_owned()));
        }
        records.sort_by_key(|record| (record.time_ms, record.position));
        let mut engine = Engine::over(&self.prepared, Options { zone, ..Options::default() });
        let mut sink = Collected::default();
        let mut taken = Vec::new();
        for record in &records {
            let values = engine.values_of(record);
            let before = engine.counters().taken;
            engine.push(record, &mut sink);
            if engine.counters().taken > before {
                taken.push(Taken { time_ms: record.time_ms, event: record.event.clone(), values });
            }
        }
        let Some(last) = taken.last() else { return Err(Unrecordable::SetAside(records.len())) };
        let until_ms = until_ms.max(last.time_ms);
        engine.advance(until_ms, &mut sink);
        engine.run_due(&mut sink);
        let run = Run { stage: self, contact, taken: &taken, outcomes: &sink.outcomes, until_ms, engine: &engine };
        let text = run.tests()?;
        Ok(Recording { tests: text.matches("\ntest \"").count() + 1, text, left_out: records.len() - taken.len() })
    }
}

/// What the log did with the contact.
struct Run<'a, 'r> {
    stage: &'a Stage<'r>,
    contact: &'a str,
    taken: &'a [Taken],
    outcomes: &'a [Outcome],
    until_ms: i64,
    engine: &'a Engine<'r>,
}

impl Run<'_, '_> {
    fn tests(&self) -> Result<String, Unrecordable> {
        let is_in = |name: &str| self.outcomes.iter().any(|outcome| outcome.funnel == name);
        let funnels: Vec<&str> = self.stage.rules.funnels.iter().map(|funnel| funnel.name.as_str()).filter(|name| is_in(name)).collect();
        if funnels.is_empty() {
            return Err(Unrecordable::Nothing);
        }
        let mut tests = Vec::new();
        for (n, funnel) in funnels.iter().enumerate() {
            let mut why = None;
            let manners = [(true, true), (true, false), (false, true), (false, false)].map(|(given, dated)| Manner { given, dated });
            let mut tried = manners.into_iter().map(|manner| self.test(funnel, n == 0, funnels.len() > 1, manner));
            let found = tried.find_map(|tried| tried.map_err(|reason| why.get_or_insert(reason).clone()).ok());
            tests.push(found.ok_or_else(|| Unrecordable::Otherwise(why.unwrap_or_default()))?);
        }
        Ok(tests.join("\n"))
    }

    /// The test for a funnel; why it does not come out.
    fn test(&self, funnel: &str, with_deeds: bool, is_one_of_several: bool, manner: Manner) -> Result<String, String> {
        let of = if is_one_of_several { format!(" in {funnel}") } else { String::new() };
        let name = format!("as it went with {}{of}", self.contact).replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
        let mut text = format!("test \"{name}\" for {funnel} {{\n");
        let mut line = |words: &str| writeln!(text, "  {words}").expect("a String takes everything");
        let (known, events) = self.known(manner.given);
        let own = |values: &BTreeMap<String, Value>| values.get("timezone").and_then(Value::as_text).map(str::to_owned);
        let mut zone = own(&known).unwrap_or_else(|| self.stage.rules.timezone.clone());
        let given: Vec<String> = known.iter().map(|(name, value)| format!("{name} = {}", written(value))).chain(self.arms()).collect();
        if !given.is_empty() {
            line(&format!("given {}", given.join(", ")));
        }
        let mut now_ms: Option<i64> = None;
        let mut go = |to_ms: i64, zone: &str, line: &mut dyn FnMut(&str)| {
            let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            let begin_ms = *now_ms.get_or_insert_with(|| {
                let begin_ms = to_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
                line(&format!("at {}", story::minute(begin_ms, &rules).unwrap_or_default()));
                begin_ms
            });
            match to_ms - begin_ms {
                0 => {}
                _ if manner.dated && to_ms % MINUTE_MS == 0 => line(&format!("at {}", story::minute(to_ms, &rules).unwrap_or_default())),
                ms => line(&format!("after {}", Duration::from_milliseconds(ms))),
            }
            now_ms = Some(to_ms);
        };
        for event in events {
            go(event.time_ms, &zone, &mut line);
            line(&call(event));
            if event.event == IDENTIFY {
                zone = own(&event.values).unwrap_or(zone);
            }
        }
        go(self.until_ms, &zone, &mut line);
        self.expectations(funnel, with_deeds).iter().for_each(|expectation| line(&format!("expect {expectation}")));
        text.push_str("}\n");
        self.proved(&text)
    }

    /// What is known at first, and what happens then.
    fn known(&self, given: bool) -> (BTreeMap<String, Value>, &[Taken]) {
        let first = if given { self.taken.iter().take_while(|taken| taken.event == IDENTIFY).count() } else { 0 };
        // Something must happen.
        let first = if first == self.taken.len() { 0 } else { first };
        let (known, events) = self.taken.split_at(first);
        (known.iter().flat_map(|taken| taken.values.clone()).collect(), events)
    }

    /// The arms that were drawn; of a split that drew several, the last.
    fn arms(&self) -> Vec<String> {
        let drawn = self.outcomes.iter().filter_map(|outcome| match &outcome.what {
            What::Split { split, arm } => Some((split, arm)),
            _ => None,
        });
        let arms: BTreeMap<&String, &String> = drawn.collect();
        arms.into_iter().map(|(split, arm)| format!("split {split} = {arm}")).collect()
    }

    fn expectations(&self, funnel: &str, with_deeds: bool) -> Vec<String> {
        let mut all = self.places(funnel);
        if !with_deeds {
            return all;
        }
        let mut sent: Vec<(&str, usize, bool)> = Vec::new();
        let (mut did, mut set): (Vec<&str>, Vec<&str>) = Default::default();
        for outcome in self.outcomes {
            match &outcome.what {
                What::Send { message, outcome, .. } => {
                    let at = sent.iter().position(|(other, ..)| other == message).unwrap_or_else(|| {
                        sent.push((message, 0, false));
                        sent.len() - 1
                    });
                    if let Some((_, times, capped)) = sent.get_mut(at) {
                        *times += usize::from(*outcome == SendOutcome::Sent);
                        *capped |= *outcome == SendOutcome::Capped;
                    }
                }
                What::Do { action, .. } if !did.contains(&action.as_str()) => did.push(action),
                What::Set { attribute, .. } if !set.contains(&attribute.as_str()) => set.push(attribute),
                What::Do { .. }
                | What::Set { .. }
                | What::Move { .. }
                | What::RunEnds { .. }
                | What::PlayBegins { .. }
                | What::PlayFinished { .. }
                | What::PlayCutOff { .. }
                | What::Record { .. }
                | What::Split { .. }
                | What::Looping { .. }
                | What::Cascade
                | What::Stranded { .. } => {}
            }
        }
        for (message, times, capped) in sent {
            all.push(match times {
                0 => format!("not sent {message}"),
                1 => format!("sent {message} 1 time"),
                _ => format!("sent {message} {times} times"),
            });
            all.extend(capped.then(|| format!("{message} capped")));
        }
        all.extend(did.into_iter().map(|action| format!("did {action}")));
        let value = |name: &str| Some(format!("{name} = {}", written(self.engine.attribute(self.contact, name)?)));
        all.extend(set.into_iter().filter_map(value));
        all
    }

    /// Where the contact is at the end.
    fn places(&self, funnel: &str) -> Vec<String> {
        let is_keyed = self.stage.rules.funnels.iter().any(|it| it.name == funnel && it.key.is_some());
        let mut keys: Vec<Option<&str>> = Vec::new();
        for outcome in self.outcomes.iter().filter(|outcome| outcome.funnel == funnel) {
            let key = outcome.key.as_deref().filter(|_| is_keyed);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let place = |key: &Option<&str>| {
            let stage = self.engine.stage(self.contact, funnel, *key)?;
            Some(format!("in {stage}{}", key.map_or_else(String::new, |key| format!(" for {}", Value::Text(key.to_owned())))))
        };
        let places: Vec<String> = keys.iter().filter_map(place).collect();
        if places.is_empty() { vec!["outside".to_owned()] } else { places }
    }

    /// The text as the formatter writes it, if it parses, passes, and does what the log did.
    fn proved(&self, text: &str) -> Result<String, String> {
        let text = fmt::format(text).map_err(|error| error.to_string())?.text;
        let parsed = parse::parse(FileId::new(0), &text);
        if let Some(finding) = parsed.diagnostics.iter().next() {
            return Err(finding.message.clone());
        }
        let case: Case = cases(std::slice::from_ref(&parsed.file)).into_iter().next().ok_or("it is no test")?;
        let verdict = self.stage.play(&case);
        if let Some(fault) = verdict.faults.first() {
            return Err(fault.words.clone());
        }
        let told: Vec<(i64, &str)> = verdict
            .rows
            .iter()
            .filter_map(|row| if let Told::Deed(words) = &row.what { Some((row.at_ms, words.as_str())) } else { None })
            .collect();
        let happened = super::play::deeds(self.outcomes, &verdict.funnel, &verdict.zone);
        let happened: Vec<(i64, &str)> = happened.iter().map(|(at_ms, words)| (*at_ms, words.as_str())).collect();
        let differs = happened.iter().zip(&told).find(|(one, other)| one != other).map(|(one, _)| *one);
        match differs.or_else(|| happened.get(told.len()).copied()).or_else(|| told.get(happened.len()).copied()) {
            Some((at_ms, words)) => Err(format!("`{}` differs at {}", words.replace('`', ""), crate::runtime::compact(at_ms))),
            None => Ok(text),
        }
    }
}

/// A value as the language writes it; instants in whole minutes.
fn written(value: &Value) -> String {
    match value {
        Value::Time(ms) => Value::Time(ms.div_euclid(MINUTE_MS) * MINUTE_MS).to_string(),
        Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Date(_) | Value::Choice(_) | Value::List(_) => value.to_string(),
    }
}

/// An event with what it carries.
fn call(taken: &Taken) -> String {
    let is_answer = story::ANSWERS.contains(&taken.event.as_str());
    let property = |(name, value): (&String, &Value)| match value {
        Value::Text(message) if is_answer && name == "message" => format!("{name}: {message}"),
        _ => format!("{name}: {}", written(value)),
    };
    let properties: Vec<String> = taken.values.iter().map(property).collect();
    if properties.is_empty() { taken.event.clone() } else { format!("{}({})", taken.event, properties.join(", ")) }
}
