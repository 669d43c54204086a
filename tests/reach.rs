//! How far contacts come, step by step: against its definition, on random logs in any order, as text and in columns, with ids that come
//! again, in pieces of any size, on any number of threads; and what is no step, in words.
//!
//! `REACH_CASES=100000 REACH_SEED=7 cargo test --release --test reach` tries more and others.

mod common;

use common::{compile, seeded};
use funnelc::{
    fast::{
        Settings,
        ingest::Pieces,
        reach::{Asked, ReachError, Reached, reach},
    },
    reach::Steps,
    runtime::{
        Reason,
        input::{Mapping, Reading, Records},
    },
};
use proptest::{collection::vec, option, prop_assert, prop_assert_eq, test_runner::TestCaseError};
use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
    io::Cursor,
};

const RULES: &str = r#"event visit(path: text?)
event click
event buy(amount: number)
event noise

funnel f {
  for each contact
  reentry never
  stage s1 { enter when visit where path != "/jobs" }
  stage s2 {
    enter from s1 when visit where path = "/pricing"
    enter from s1 when click
  }
  stage s3 { enter from s2 when buy }
  goal final stage s4 { enter from s3 when buy where amount > 20 or click }
}
"#;

const DAY_MS: i64 = 86_400_000;

/// What somebody does, in the order of the log.
#[derive(Clone, Debug)]
struct Done {
    ms: i64,
    contact: u8,
    what: What,
    id: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Visit(&'static str),
    Lost,
    Click,
    Buy(i64),
    Noise,
}

/// By the file: which steps something may be.
fn may_be(what: What) -> [bool; 4] {
    let begins = matches!(what, What::Visit(path) if path != "/jobs");
    let prices = matches!(what, What::Visit("/pricing") | What::Click);
    let buys = matches!(what, What::Buy(_));
    let ends = matches!(what, What::Buy(amount) if amount > 20) || what == What::Click;
    [begins, prices, buys, ends]
}

/// By the definition: for each beginning, the first of each step in turn.
fn by_definition(log: &[Done], within_ms: Option<i64>) -> Vec<u64> {
    let mut furthest: BTreeMap<u8, usize> = BTreeMap::new();
    for (at, begin) in log.iter().enumerate().filter(|(_, done)| may_be(done.what)[0]) {
        let mut reached = 1;
        for done in log[at + 1..].iter().filter(|done| done.contact == begin.contact) {
            let is_in_time = within_ms.is_none_or(|within_ms| done.ms < begin.ms + within_ms);
            reached += usize::from(reached < 4 && is_in_time && may_be(done.what)[reached]);
        }
        let furthest = furthest.entry(begin.contact).or_default();
        *furthest = reached.max(*furthest);
    }
    (1..=4).map(|step| furthest.values().filter(|furthest| **furthest >= step).count() as u64).collect()
}

/// The log in the order of time without repetitions, how many there were, and how many differ.
fn once(log: &[Done]) -> (Vec<Done>, u64, u64) {
    let mut sorted = log.to_vec();
    sorted.sort_by_key(|done| done.ms);
    let mut known: HashMap<(u8, u8), Done> = HashMap::new();
    let (mut again, mut other) = (0, 0);
    sorted.retain(|done| {
        let Some(id) = done.id else { return true };
        match known.get(&(done.contact, id)).filter(|before| done.ms - before.ms < 30 * DAY_MS) {
            None => {
                known.insert((done.contact, id), done.clone());
                return true;
            }
            Some(before) if (before.ms, before.what) == (done.ms, done.what) => again += 1,
            Some(_) => other += 1,
        }
        false
    });
    (sorted, again, other)
}

fn ndjson(log: &[Done]) -> String {
    let line = |done: &Done| {
        let (event, more) = match done.what {
            What::Visit(path) => ("visit", format!(",\"path\":\"{path}\"")),
            What::Lost => ("visit", String::new()),
            What::Click => ("click", String::new()),
            What::Buy(amount) => ("buy", format!(",\"amount\":{amount}")),
            What::Noise => ("noise", String::new()),
        };
        let id = done.id.map_or_else(String::new, |id| format!(",\"id\":\"i{id}\""));
        format!("{{\"contact\":\"c{}\",\"time\":{},\"event\":\"{event}\"{more}{id}}}\n", done.contact, done.ms)
    };
    log.iter().map(line).collect()
}

fn csv(log: &[Done]) -> String {
    let line = |done: &Done| {
        let (event, path, amount) = match done.what {
            What::Visit(path) => ("visit", path, String::new()),
            What::Lost => ("visit", "", String::new()),
            What::Click => ("click", "", String::new()),
            What::Buy(amount) => ("buy", "", amount.to_string()),
            What::Noise => ("noise", "", String::new()),
        };
        let id = done.id.map_or_else(String::new, |id| format!("i{id}"));
        format!("c{},{},{event},{path},{amount},{id}\n", done.contact, done.ms)
    };
    "contact,time,event,path,amount,id\n".to_owned() + &log.iter().map(line).collect::<String>()
}

/// The same as Parquet, its texts in dictionaries, and as Arrow, each text where it stands.
#[cfg(feature = "columns")]
fn in_columns(log: &[Done]) -> [Vec<u8>; 2] {
    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;
    let kind = |done: &Done| match done.what {
        What::Visit(_) | What::Lost => "visit",
        What::Click => "click",
        What::Buy(_) => "buy",
        What::Noise => "noise",
    };
    let path = |done: &Done| match done.what {
        What::Visit(path) => Some(path),
        _ => None,
    };
    let amount = |done: &Done| match done.what {
        What::Buy(amount) => Some(amount),
        _ => None,
    };
    let columns: [(&str, ArrayRef); 6] = [
        ("contact", Arc::new(StringArray::from_iter_values(log.iter().map(|done| format!("c{}", done.contact))))),
        ("time", Arc::new(log.iter().map(|done| done.ms).collect::<Int64Array>())),
        ("event", Arc::new(StringArray::from_iter_values(log.iter().map(kind)))),
        ("path", Arc::new(log.iter().map(path).collect::<StringArray>())),
        ("amount", Arc::new(log.iter().map(amount).collect::<Int64Array>())),
        ("id", Arc::new(log.iter().map(|done| done.id.map(|id| format!("i{id}"))).collect::<StringArray>())),
    ];
    let rows = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).expect("columns");
    let [mut parquet, mut arrow] = [Vec::new(), Vec::new()];
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut parquet, rows.schema(), None).expect("a file");
    writer.write(&rows).expect("rows");
    writer.close().expect("an end");
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut arrow, &rows.schema()).expect("a file");
    writer.write(&rows).expect("rows");
    writer.finish().expect("an end");
    [parquet, arrow]
}

fn counted(steps: &Steps, text: &[u8], has_ids: bool, asked: &Asked, (chunk, threads): (usize, usize)) -> Result<Reached, ReachError> {
    let mapping = if has_ids { Mapping::parse("id=id").expect("a mapping") } else { Mapping::default() };
    let reading = Reading { mapping, ..Reading::default() };
    let pieces = Pieces::new(Records::new(Cursor::new(text.to_vec()), reading).expect("a log")).of_size(chunk);
    reach(steps.rules(), asked, pieces, Settings { threads, batch: 7 })
}

fn asked(within_ms: Option<i64>, is_sorted: bool) -> Asked {
    Asked { within_ms, is_sorted, zone: jiff::tz::TimeZone::UTC }
}

#[test]
fn random_logs_are_counted_by_the_definition() {
    let rules = compile(RULES).expect("it is right");
    let steps = Steps::of(&rules, None, &[]).expect("it has steps");
    let mut runner = seeded::runner("REACH", seeded::cases_of("REACH", 150), 0);
    let whats = [
        What::Visit("/"),
        What::Visit("/pricing"),
        What::Visit("/jobs"),
        What::Lost,
        What::Click,
        What::Click,
        What::Buy(5),
        What::Buy(50),
        What::Buy(50),
        What::Noise,
        What::Noise,
        What::Noise,
        What::Noise,
    ];
    let one = (0..3_i64, 0..3_u8, 0..whats.len(), 0..40_u8);
    let drawn = (vec(one, 1..60), option::of(1..9_i64), 0..4_u8, 1..400_usize);
    let (far, late) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&drawn, |(drawn, days, manner, chunk)| {
        let mut ms = 1_767_225_600_000;
        let mut log: Vec<Done> = Vec::new();
        for (days, contact, what, id) in drawn {
            ms += days * DAY_MS;
            // An id of few comes again, mostly with other content, and sometimes the whole record does.
            let id = (manner > 1 && id < 6).then_some(id);
            log.push(Done { ms, contact, what: whats[what], id });
            if id.is_some_and(|id| id < 2) {
                log.extend(log.last().cloned());
            }
        }
        if matches!(manner, 1 | 2) {
            // Each third record comes later than it happened.
            let moved: Vec<Done> = log.iter().skip(2).step_by(3).cloned().collect();
            let mut at = 0;
            log.retain(|_| {
                at += 1;
                at % 3 != 0
            });
            log.extend(moved);
        }
        let within_ms = days.map(|days| days * DAY_MS);
        let (sorted, again, other) = once(&log);
        let expected = by_definition(&sorted, within_ms);
        far.set(far.get() + expected[3]);
        let texts = vec![ndjson(&log).into_bytes(), csv(&log).into_bytes()];
        #[cfg(feature = "columns")]
        let texts = [texts, in_columns(&log).to_vec()].concat();
        for text in texts {
            for threads in [1, 2, 5] {
                let found = counted(&steps, &text, manner > 1, &asked(within_ms, false), (chunk, threads))
                    .map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert_eq!(&found.contacts, &expected);
                prop_assert_eq!((found.records, found.taken, found.duplicates), (log.len() as u64, sorted.len() as u64, again));
                prop_assert_eq!(found.set_aside.get(&Reason::IdDiffers).copied().unwrap_or_default(), other);
                let in_order = counted(&steps, &text, manner > 1, &asked(within_ms, true), (chunk, threads));
                if log.is_sorted_by_key(|done| done.ms) {
                    prop_assert_eq!(in_order, Ok(found));
                } else {
                    late.set(late.get() + 1);
                    prop_assert!(matches!(in_order, Err(ReachError::Unsorted(..))), "{in_order:?}");
                }
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("REACH_SEED={}: {error}", seeded::seed_of("REACH"));
    }
    assert!(far.get() > 20 && late.get() > 20, "{} came far, {} logs were not in order", far.get(), late.get());
}

#[test]
fn what_no_engine_takes_is_counted_by_its_reason() {
    let rules = compile(RULES).expect("it is right");
    let steps = Steps::of(&rules, None, &[]).expect("it has steps");
    let text = r#"{"contact":"a","time":1767225600000,"event":"visit"}
{"contact":"a","time":1767225600001,"event":"buy"}
{"contact":"a","time":1767225600002,"event":"nothing"}
{"contact":"b","time":1767225600003,"event":"buy","amount":"much"}
{"contact":"","time":1767225600004,"event":"click"}
this is no record
{"contact":"a","time":1767225600005,"event":"click"}
"#;
    let found = counted(&steps, text.as_bytes(), false, &asked(None, false), (1 << 18, 1)).expect("a log");
    assert_eq!((found.records, found.taken), (7, 1 + 1));
    let reasons: Vec<(Reason, u64)> = found.set_aside.into_iter().collect();
    let expected = [Reason::Malformed, Reason::NoContact, Reason::UnknownEvent, Reason::MissingProperty, Reason::DoesNotFit];
    assert_eq!(reasons, expected.map(|reason| (reason, 1)));
    // A visit without a path is not one to a path that is not `/jobs`: a comparison with what is missing is false.
    assert_eq!(found.contacts, [0, 0, 0, 0]);
}

/// What is said of the doors of a second stage.
fn said(door: &str) -> String {
    let text = format!(
        r#"contact {{
  country : text?
  born : date?
}}
event visit
event buy(amount: number, due: time?)
event ready ours
segment big when sum of buy.amount >= 100
score heat {{
  +1 for visit
}}
funnel f {{
  for each contact
  reentry never
  leave after 90 days
  stage a {{
    enter when visit
    nurture n {{
      record ready
    }}
  }}
  stage b {{
    {door}
  }}
}}
"#
    );
    let rules = match common::compile_unchecked(&text) {
        Ok(rules) => rules,
        Err(found) => return format!("{found:?}"),
    };
    match Steps::of(&rules, None, &[]) {
        Ok(_) => "a step".to_owned(),
        Err(error) => error.to_string().lines().nth(1).unwrap_or_default().trim().replace(door, "…"),
    }
}

#[test]
fn doors_that_ask_for_more_than_an_event_are_no_steps() {
    let reasons: Vec<String> = [
        "enter from a when buy",
        "enter from a when buy where (amount > 20 and due > 2026-03-01 10:00 UTC)",
        "enter from a when buy where (not amount in [1, 2] or due is missing)",
        "enter from a when visit or buy",
        "enter from anywhere when buy",
        "enter from a after 2 days",
        "enter from a after 2 days when buy",
        "enter from a when at least 3 visit within 7 days",
        "enter from a when buy and no visit within 7 days",
        "enter from a when buy and country = \"DE\"",
        "enter from a when buy where amount > heat",
        "enter from a when in segment big",
        "enter from a when buy where due > 2026-03-01",
        "enter from a when buy where due > 2026-03-01 10:00",
        "enter from a when every day at 09:00",
        "enter from a when ready",
        "enter when buy",
    ]
    .iter()
    .map(|door| format!("{door}\n    {}", said(door)))
    .collect();
    insta::assert_snapshot!(reasons.join("\n"));
}

#[test]
fn stages_are_named_or_found() {
    let rules = compile(RULES).expect("it is right");
    let of = |funnel: Option<&str>, stages: &[&str]| {
        let stages: Vec<String> = stages.iter().map(|stage| (*stage).to_owned()).collect();
        let steps = Steps::of(&rules, funnel, &stages);
        match steps {
            Ok(steps) => steps.rules().funnels[0].stages.iter().map(|stage| stage.name.clone()).collect::<Vec<_>>().join(" > "),
            Err(error) => error.to_string(),
        }
    };
    let cases: Vec<String> = [
        of(None, &[]),
        of(Some("f"), &["s1", "s2"]),
        of(Some("g"), &[]),
        of(None, &["s1", "s3"]),
        of(None, &["s2", "s3"]),
        of(None, &["s1", "s9"]),
        of(None, &["s1", "s2", "s1"]),
        of(None, &["s1"]),
    ]
    .to_vec();
    insta::assert_snapshot!(cases.join("\n"));
}
