//! Contacts of the fast engine, written down and read back: what it writes is what the reference writes, and from what either has
//! written both go on with the same results, at any record of any log. `KEEP_CASES=5000` tries more, `KEEP_SEED=7` tries others.

#[path = "keep/book.rs"]
mod book;
mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use book::{Book, DAY_MS, Kept, Kind};
use common::{compile_unchecked, seeded};
use funnelc::{
    ruleset::RuleSet,
    runtime::{Collected, Outcome, Prepared, Record, SetAside},
};
use proptest::{prelude::*, test_runner::TestCaseError};
use std::cell::Cell;

struct Case<'c> {
    rules: &'c RuleSet,
    records: &'c [Record],
    until_ms: i64,
}

type Results = (Vec<String>, Vec<SetAside>);

impl Case<'_> {
    /// The results, and what was set aside, with everything written down before each record that is chosen, and read by an engine
    /// of that kind.
    fn run(&self, first: Kind, stops: impl Fn(usize) -> Option<Kind>) -> Results {
        let prepared = Prepared::new(self.rules).expect("the zone is known");
        let (mut out, mut book) = (Collected::default(), Book::default());
        let mut engine = Kept::new(first, &prepared);
        for (at, record) in self.records.iter().enumerate() {
            if let Some(kind) = stops(at) {
                book.write(&mut engine, &prepared);
                engine = book.read(kind, &prepared);
            }
            engine.push(record, &mut out);
        }
        if let Some(kind) = stops(self.records.len()) {
            book.write(&mut engine, &prepared);
            engine = book.read(kind, &prepared);
        }
        engine.end(self.until_ms, &mut out);
        (out.outcomes.iter().map(Outcome::to_json).collect(), out.set_aside)
    }

    /// The results where other rules held for the first half of the records, and an engine of that kind went on then; whether the
    /// fast one could.
    fn run_changed(&self, before: &RuleSet, kind: Kind) -> (Results, bool) {
        let (old, new) = (Prepared::new(before).expect("a zone"), Prepared::new(self.rules).expect("a zone"));
        let rules = [(1, old.clone()), (2, new.clone())];
        let (mut out, mut book) = (Collected::default(), Book::default());
        let (first, second) = self.records.split_at(self.records.len() / 2);
        let mut engine = Kept::new(Kind::Reference, &old);
        first.iter().for_each(|record| engine.push(record, &mut out));
        let switch_ms = second.first().map_or(self.until_ms, |record| record.time_ms);
        let mut engine = book.change(engine, &rules, switch_ms, &mut out);
        let is_fast = kind == Kind::Fast && book.may_read(&new);
        if is_fast {
            engine = book.read(Kind::Fast, &new);
        }
        second.iter().for_each(|record| engine.push(record, &mut out));
        engine.end(self.until_ms, &mut out);
        ((out.outcomes.iter().map(Outcome::to_json).collect(), out.set_aside), is_fast)
    }

    /// Whether an engine that is stopped comes to the same results.
    fn check(&self, what: &str, wanted: &Results, first: Kind, stops: impl Fn(usize) -> Option<Kind>) -> Result<(), TestCaseError> {
        let got = self.run(first, stops);
        let at = wanted.0.iter().zip(&got.0).position(|(one, other)| one != other).unwrap_or(wanted.0.len().min(got.0.len()));
        if at != wanted.0.len() || at != got.0.len() {
            let before = wanted.0[at.saturating_sub(3)..at].join("\n");
            let why = format!("{what}\n{before}\n- {:?}\n+ {:?}", wanted.0.get(at), got.0.get(at));
            return Err(TestCaseError::fail(why));
        }
        prop_assert_eq!(&wanted.1, &got.1, "{}", what);
        Ok(())
    }
}

fn compiled(text: &str) -> Result<RuleSet, TestCaseError> {
    compile_unchecked(text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))
}

fn end_of(records: &[Record]) -> i64 {
    records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS
}

/// Random funnels with random logs, sorted or as they come.
fn each_case(shift: u32, check: impl Fn(&Case<'_>) -> Result<usize, TestCaseError>) {
    let (ran, results) = (Cell::new(0), Cell::new(0));
    let seed_number = seeded::seed_of("KEEP");
    let mut runner = seeded::runner("KEEP", seeded::cases_of("KEEP", 60), shift);
    let outcome = runner.run(&(funnels::text(), logs::records(), any::<bool>()), |(text, mut records, sorted)| {
        let rules = compiled(&text)?;
        if sorted {
            records.sort_by_key(|record| record.time_ms);
        }
        results.set(results.get() + check(&Case { rules: &rules, records: &records, until_ms: end_of(&records) })?);
        ran.set(ran.get() + 1);
        Ok(())
    });
    println!("KEEP_SEED={seed_number}: {} cases, {} results", ran.get(), results.get());
    if let Err(error) = outcome {
        panic!("KEEP_SEED={seed_number}: {error}");
    }
    assert!(results.get() > 15 * ran.get(), "only {} results of {} runs", results.get(), ran.get());
}

#[test]
fn record_by_record_the_results_are_those_of_the_reference() {
    each_case(0, |case| {
        let wanted = case.run(Kind::Reference, |_| None);
        case.check("without a stop", &wanted, Kind::Fast, |_| None)?;
        Ok(wanted.0.len())
    });
}

/// Writes down what has changed by both engines, and compares what stands written.
fn compare<'r>(books: &mut (Book, Book), engines: (&mut Kept<'r>, &mut Kept<'r>), prepared: &Prepared<'r>) -> Result<(), String> {
    books.0.write(engines.0, prepared);
    books.1.write(engines.1, prepared);
    books.0.same(&books.1)
}

/// Histories, attributes, timers, and where everybody is: after every third record, of those to whom something happened.
#[test]
fn what_is_written_is_what_the_reference_writes() {
    each_case(1_000_000, |case| {
        let prepared = Prepared::new(case.rules).expect("the zone is known");
        let mut out = Collected::default();
        let (mut one, mut other) = (Kept::new(Kind::Reference, &prepared), Kept::new(Kind::Fast, &prepared));
        let mut books = (Book::default(), Book::default());
        for (at, record) in case.records.iter().enumerate() {
            one.push(record, &mut out);
            other.push(record, &mut out);
            if at.is_multiple_of(3) {
                compare(&mut books, (&mut one, &mut other), &prepared)
                    .map_err(|why| TestCaseError::fail(format!("record {at}: {record:?}: {why}")))?;
            }
        }
        one.end(case.until_ms, &mut out);
        other.end(case.until_ms, &mut out);
        compare(&mut books, (&mut one, &mut other), &prepared).map_err(TestCaseError::fail)?;
        Ok(out.outcomes.len() / 2)
    });
}

#[test]
fn to_be_written_and_read_back_changes_nothing() {
    each_case(2_000_000, |case| {
        let wanted = case.run(Kind::Reference, |_| None);
        case.check("each", &wanted, Kind::Fast, |_| Some(Kind::Fast))?;
        case.check("every third", &wanted, Kind::Fast, |at| at.is_multiple_of(3).then_some(Kind::Fast))?;
        case.check("every seventh", &wanted, Kind::Fast, |at| (at % 7 == 5).then_some(Kind::Fast))?;
        Ok(wanted.0.len())
    });
}

#[test]
fn either_engine_goes_on_from_what_the_other_wrote() {
    each_case(3_000_000, |case| {
        let wanted = case.run(Kind::Reference, |_| None);
        let turns = |each: usize| {
            move |at: usize| at.is_multiple_of(each).then_some(if (at / each).is_multiple_of(2) { Kind::Fast } else { Kind::Reference })
        };
        case.check("turns at each", &wanted, Kind::Reference, turns(1))?;
        case.check("turns at every fourth", &wanted, Kind::Fast, turns(4))?;
        let middle = case.records.len() / 2;
        case.check("once to the reference", &wanted, Kind::Fast, |at| (at == middle).then_some(Kind::Reference))?;
        case.check("once from the reference", &wanted, Kind::Reference, |at| (at == middle).then_some(Kind::Fast))?;
        Ok(wanted.0.len())
    });
}

/// After the rules were changed for quite other ones, which is the reference's: the fast engine takes whom older rules left nothing
/// that its tables do not hold.
#[test]
fn the_fast_engine_goes_on_after_the_rules_were_changed() {
    let (ran, taken) = (Cell::new(0), Cell::new(0));
    let mut runner = seeded::runner("KEEP", seeded::cases_of("KEEP", 60), 4_000_000);
    let outcome = runner.run(&(funnels::text(), funnels::text(), logs::records()), |(one, other, mut records)| {
        let (one, other) = (compiled(&one)?, compiled(&other)?);
        records.sort_by_key(|record| record.time_ms);
        let case = Case { rules: &other, records: &records, until_ms: end_of(&records) };
        let (wanted, _) = case.run_changed(&one, Kind::Reference);
        let (got, is_fast) = case.run_changed(&one, Kind::Fast);
        prop_assert_eq!(&wanted.0, &got.0);
        prop_assert_eq!(&wanted.1, &got.1);
        ran.set(ran.get() + 1);
        taken.set(taken.get() + usize::from(is_fast));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!("{} of {} went on with the fast engine", taken.get(), ran.get());
    assert!(taken.get() * 4 > ran.get(), "only {} of {} went on with the fast engine", taken.get(), ran.get());
}
