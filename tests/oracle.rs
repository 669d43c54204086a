//! Random small funnels on random logs: what must hold of every run, whatever the funnel says.
//!
//! The checks know nothing of how the runtime works: they read the records and the results. Funnels are put together from
//! fragments of the language; those whose names or types are wrong are thrown away, and the checks are not asked (they take far longer
//! than the runs, and the runtime has to behave whatever they say).
//! `ORACLE_CASES=5000` tries more, `ORACLE_SEED=7` tries others.

mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/invariants.rs"]
mod invariants;
#[path = "oracle/logs.rs"]
mod logs;

use common::{compile_unchecked, seeded};
use funnelc::{
    ruleset::{self, RuleSet},
    runtime::{self, Collected, Counters, Options, Outcome, Reason, Record, SetAside, What},
};
use proptest::test_runner::TestCaseError;
use std::{cell::Cell, collections::BTreeMap};

const DAY_MS: i64 = 86_400_000;

struct Ran {
    outcomes: Vec<Outcome>,
    set_aside: Vec<SetAside>,
    counters: Counters,
}

fn run(rules: &RuleSet, records: &[Record], lateness_ms: Option<i64>, until_ms: i64) -> Ran {
    let mut collected = Collected::default();
    let options = Options { lateness_ms, until_ms: Some(until_ms), ..Options::default() };
    let counters = runtime::run(rules, records.iter().cloned().map(Ok), options, &mut collected).expect("the zone of the prelude is known");
    Ran { outcomes: collected.outcomes, set_aside: collected.set_aside, counters }
}

fn lines(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(Outcome::to_json).collect()
}

/// The first difference between two runs, with what came before it.
fn same(what: &str, one: &[String], other: &[String]) -> Result<(), TestCaseError> {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    if at == one.len() && at == other.len() {
        return Ok(());
    }
    let before = one[at.saturating_sub(3)..at].join("\n");
    Err(TestCaseError::fail(format!("{what}\n{before}\n- {:?}\n+ {:?}", one.get(at), other.get(at))))
}

/// The places of records of which nothing was taken.
fn refused(ran: &Ran) -> Vec<u64> {
    let is_whole = |aside: &&SetAside| match aside.reason {
        Reason::Malformed
        | Reason::NoContact
        | Reason::UnknownEvent
        | Reason::MissingProperty
        | Reason::DoesNotFit
        | Reason::Late
        | Reason::Ahead
        | Reason::IdDiffers => true,
        Reason::FixedAttribute | Reason::Cascade => false,
        Reason::Ours => !aside.record.contains("\"event\":\"identify\""),
        // What a timer could not set is set aside with words in place of a record.
        Reason::Overflow => aside.record.starts_with('{'),
    };
    ran.set_aside.iter().filter(is_whole).map(|aside| aside.position).collect()
}

fn check(text: &str, records: &[Record], cut: usize) -> Result<usize, TestCaseError> {
    let rules = compile_unchecked(text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
    let end_ms = records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS;
    let ran = run(&rules, records, None, end_ms);
    let all = lines(&ran.outcomes);
    let refused = refused(&ran);
    let taken: Vec<Record> = records.iter().filter(|record| !refused.contains(&record.position)).cloned().collect();
    invariants::check(&rules, &taken, &ran.outcomes).map_err(|why| TestCaseError::fail(format!("{why}\n{}", all.join("\n"))))?;
    let counted = ran.counters.taken + ran.counters.duplicates + refused.len() as u64;
    if ran.counters.records != records.len() as u64 || ran.counters.records != counted {
        return Err(TestCaseError::fail(format!("{:?} and {refused:?} refused, of {}", ran.counters, records.len())));
    }
    same("the same twice", &all, &lines(&run(&rules, records, None, end_ms).outcomes))?;
    let json = serde_json::to_string(&rules).expect("a rule set is JSON");
    let read = ruleset::read(&json).map_err(|error| TestCaseError::fail(format!("it cannot be read back: {error}")))?;
    same("read back", &all, &lines(&run(&read, records, None, end_ms).outcomes))?;
    alone(&rules, records, &ran.outcomes, end_ms)?;
    orders(&rules, records, &all, end_ms)?;
    noise(&rules, records, &ran.outcomes, end_ms)?;
    let until_ms = records.get(cut % records.len().max(1)).map_or(end_ms, |record| record.time_ms);
    for until_ms in [until_ms, until_ms + DAY_MS / 2] {
        let first: Vec<Record> = records.iter().filter(|record| record.time_ms <= until_ms).cloned().collect();
        let before: Vec<Outcome> = ran.outcomes.iter().filter(|outcome| outcome.time_ms <= until_ms).cloned().collect();
        same("what comes later changes nothing", &lines(&before), &lines(&run(&rules, &first, None, until_ms).outcomes))?;
    }
    switch(&rules, records, &ran.outcomes, (until_ms + DAY_MS / 3, end_ms))?;
    Ok(all.len())
}

/// To go on with the same rules from any instant on changes nothing; nor does it where they only look as if they meant something
/// else, so that everything is tried again.
fn switch(rules: &RuleSet, records: &[Record], outcomes: &[Outcome], (at_ms, end_ms): (i64, i64)) -> Result<(), TestCaseError> {
    let other = RuleSet { meaning: "something else".to_owned(), ..rules.clone() };
    // A run that turns in a circle goes on when it is tried again, whatever for.
    let turns = outcomes.iter().any(|outcome| matches!(outcome.what, What::Looping { .. }));
    for (what, newer) in [("a switch to the same rules", rules), ("a switch to rules that say the same", &other)] {
        if turns && newer.meaning != rules.meaning {
            continue;
        }
        let mut collected = Collected::default();
        let options = Options { until_ms: Some(end_ms), ..Options::default() };
        let older = [(rules, at_ms), (rules, at_ms + DAY_MS)];
        let older = if newer.meaning == rules.meaning { &older[..] } else { &older[..1] };
        runtime::run_changing(older, newer, records.iter().cloned().map(Ok), options, &mut collected).expect("the zone is known");
        same(what, &lines(outcomes), &lines(&collected.outcomes))?;
    }
    Ok(())
}

/// What becomes of a contact does not depend on others.
fn alone(rules: &RuleSet, records: &[Record], outcomes: &[Outcome], end_ms: i64) -> Result<(), TestCaseError> {
    for contact in logs::CONTACTS {
        let own: Vec<Record> = records.iter().filter(|record| record.contact == contact).cloned().collect();
        let results: Vec<Outcome> = outcomes.iter().filter(|outcome| outcome.contact == contact).cloned().collect();
        same("contacts know nothing of each other", &lines(&results), &lines(&run(rules, &own, None, end_ms).outcomes))?;
    }
    Ok(())
}

/// Records of one contact and instant keep their order; apart from that the order of the input does not matter. Neither
/// does whether records come as a batch or one by one.
fn orders(rules: &RuleSet, records: &[Record], all: &[String], end_ms: i64) -> Result<(), TestCaseError> {
    let mut groups: BTreeMap<(i64, &str), Vec<Record>> = BTreeMap::new();
    for record in records {
        groups.entry((-record.time_ms, record.contact.as_str())).or_default().push(record.clone());
    }
    let number = |records: Vec<Record>| -> Vec<Record> {
        records.into_iter().zip(1..).map(|(record, position)| Record { position, ..record }).collect()
    };
    let backwards = number(groups.into_values().flatten().collect());
    same("the order of lines does not matter", all, &lines(&run(rules, &backwards, None, end_ms).outcomes))?;
    let mut sorted = records.to_vec();
    sorted.sort_by_key(|record| record.time_ms);
    same("one by one", all, &lines(&run(rules, &sorted, Some(0), end_ms).outcomes))
}

/// What time alone changes is noticed when it changes, not at the next record: records that nobody reads change nothing.
fn noise(rules: &RuleSet, records: &[Record], outcomes: &[Outcome], end_ms: i64) -> Result<(), TestCaseError> {
    // A run that turns in a circle goes on at the next record, whatever that is.
    if outcomes.iter().any(|outcome| matches!(outcome.what, What::Looping { .. })) {
        return Ok(());
    }
    let first: BTreeMap<&str, i64> = records.iter().rev().fold(BTreeMap::new(), |mut first, record| {
        let known = first.entry(record.contact.as_str()).or_insert(record.time_ms);
        *known = record.time_ms.min(*known);
        first
    });
    let noise = |record: &Record| Record {
        time_ms: first[record.contact.as_str()] + DAY_MS + record.time_ms % (12 * DAY_MS) + 1_234,
        event: "noise".to_owned(),
        properties: BTreeMap::new(),
        id: None,
        ..record.clone()
    };
    let noisy: Vec<Record> = records.iter().cloned().chain(records.iter().map(noise)).collect();
    same("records that nobody reads change nothing", &lines(outcomes), &lines(&run(rules, &noisy, None, end_ms).outcomes))
}

#[test]
fn what_holds_of_every_run() {
    let (ran, results) = (Cell::new(0), Cell::new(0));
    let mut runner = seeded::runner("ORACLE", seeded::cases_of("ORACLE", 250), 0);
    let outcome = runner.run(&(funnels::text(), logs::records(), 0_usize..1_000), |(text, records, cut)| {
        let found = check(&text, &records, cut)?;
        ran.set(ran.get() + 1);
        results.set(results.get() + found);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(results.get() > 20 * ran.get(), "only {} results of {} runs", results.get(), ran.get());
}
