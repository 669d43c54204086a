//! What the engine knows, written down and read back: at any record of any log that changes nothing of what follows, also
//! after the rules were changed for quite other ones. `MEMORY_CASES=5000` tries more, `MEMORY_SEED=7` tries others.

mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use common::{compile_unchecked, seeded};
use funnelc::{
    ruleset::RuleSet,
    runtime::{
        Collected, Engine, Options, Outcome, Prepared, Record, SetAside,
        state::{Clockwork, Marks, Memory, Saved},
    },
};
use proptest::{prelude::*, test_runner::TestCaseError};
use std::{cell::Cell, collections::BTreeMap};

const DAY_MS: i64 = 86_400_000;

/// What stands written of everybody, as a store would have it.
#[derive(Default)]
struct Book {
    contacts: BTreeMap<String, Saved>,
    clockwork: Clockwork,
}

impl Book {
    /// Writes down what has changed; after a change of rules that is everything.
    fn write<'r>(&mut self, memory: &Memory<'r>, engine: &mut Engine<'r>, all: bool) {
        self.clockwork = engine.clockwork();
        let mut touched = engine.take_touched();
        if all {
            touched.extend(engine.contacts().map(|name| (name.to_owned(), Memory::ids(engine, name))).collect::<Vec<_>>());
            self.contacts.clear();
        }
        for (name, ids) in touched {
            let old = self.contacts.remove(&name).unwrap_or_default();
            let marks = Marks { events: old.events.len(), sendings: old.sendings.len(), asked: old.asked.len() };
            let Some(mut saved) = memory.save(engine, &name, marks, &ids).expect("it can be written") else { continue };
            let later = std::mem::replace(&mut saved.events, old.events);
            saved.events.append(later);
            saved.sendings.splice(0..0, old.sendings);
            saved.asked.splice(0..0, old.asked);
            let kept = old.ids.into_iter().filter(|id| saved.ids.iter().all(|newer| newer.id != id.id)).collect::<Vec<_>>();
            saved.ids.splice(0..0, kept);
            self.contacts.insert(name, saved);
        }
    }

    /// An engine that goes on from what stands written.
    fn read<'r>(&self, memory: &Memory<'r>, rules: &Prepared<'r>) -> Engine<'r> {
        let mut engine = Engine::over(rules, options());
        engine.note_touched();
        engine.wind(&self.clockwork).expect("it can be read");
        for (name, saved) in &self.contacts {
            memory.load(&mut engine, name, saved.clone()).expect("it can be read");
        }
        engine
    }
}

fn options() -> Options {
    Options { lateness_ms: Some(10 * DAY_MS), ..Options::default() }
}

struct Case<'c> {
    rules: Vec<&'c RuleSet>,
    /// When the second and third rule set begin to hold.
    switches: Vec<i64>,
    records: &'c [Record],
    until_ms: i64,
}

impl Case<'_> {
    /// The results, and what was set aside, with the engine written down and read back before each record that is chosen.
    fn run(&self, stops: impl Fn(usize) -> bool) -> (Vec<String>, Vec<SetAside>) {
        let prepared: Vec<Prepared<'_>> = self.rules.iter().map(|rules| Prepared::new(rules).expect("the zone is known")).collect();
        let numbered: Vec<(u32, Prepared<'_>)> = (1..).zip(prepared.iter().cloned()).collect();
        let (mut out, mut book, mut now) = (Collected::default(), Book::default(), 0);
        let mut engine = Engine::over(&prepared[0], options());
        engine.note_touched();
        let mut switches = self.switches.iter().copied().peekable();
        let last = Record { time_ms: self.until_ms, ..self.records[0].clone() };
        let mut changed = false;
        for (at, record) in self.records.iter().chain([&last]).enumerate() {
            while let Some(at_ms) = switches.next_if(|at_ms| *at_ms <= record.time_ms) {
                now += 1;
                engine = engine.carried_over(&prepared[now], at_ms, &mut out).0;
                changed = true;
            }
            if stops(at) {
                let memory = Memory::new(&numbered);
                book.write(&memory, &mut engine, std::mem::take(&mut changed));
                engine = book.read(&Memory::new(&numbered), &prepared[now]);
            }
            if at < self.records.len() {
                engine.push(record, &mut out);
            } else {
                engine.advance(self.until_ms, &mut out);
                engine.run_due(&mut out);
            }
        }
        (out.outcomes.iter().map(Outcome::to_json).collect(), out.set_aside)
    }

    fn check(&self) -> Result<usize, TestCaseError> {
        let (all, aside) = self.run(|_| false);
        type Choice = fn(usize) -> bool;
        let choices: [(&str, Choice); 3] = [("each", |_| true), ("every third", |at| at % 3 == 0), ("every seventh", |at| at % 7 == 5)];
        for (what, stops) in choices {
            let (stopped, stopped_aside) = self.run(stops);
            let at = all.iter().zip(&stopped).position(|(a, b)| a != b).unwrap_or(all.len().min(stopped.len()));
            if at != all.len() || at != stopped.len() {
                let before = all[at.saturating_sub(3)..at].join("\n");
                return Err(TestCaseError::fail(format!("stops at {what}\n{before}\n- {:?}\n+ {:?}", all.get(at), stopped.get(at))));
            }
            prop_assert_eq!(&aside, &stopped_aside);
        }
        Ok(all.len())
    }
}

fn compiled(text: &str) -> Result<RuleSet, TestCaseError> {
    compile_unchecked(text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))
}

fn end_of(records: &[Record]) -> i64 {
    records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS
}

#[test]
fn to_be_written_and_read_back_changes_nothing() {
    let (ran, results) = (Cell::new(0), Cell::new(0));
    let mut runner = seeded::runner("MEMORY", seeded::cases_of("MEMORY", 200), 0);
    let outcome = runner.run(&(funnels::text(), logs::records(), any::<bool>()), |(text, mut records, sorted)| {
        let rules = compiled(&text)?;
        if sorted {
            records.sort_by_key(|record| record.time_ms);
        }
        let case = Case { rules: vec![&rules], switches: Vec::new(), records: &records, until_ms: end_of(&records) };
        results.set(results.get() + case.check()?);
        ran.set(ran.get() + 1);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(results.get() > 15 * ran.get(), "only {} results of {} runs", results.get(), ran.get());
}

#[test]
fn nor_does_it_after_the_rules_were_changed() {
    let texts = (funnels::text(), funnels::text(), any::<bool>(), 0_i64..12 * 24, 1_i64..100);
    let mut runner = seeded::runner("MEMORY", seeded::cases_of("MEMORY", 150), 0);
    let outcome = runner.run(&(texts, logs::records()), |((one, other, back, first, then), mut records)| {
        let (one, other) = (compiled(&one)?, compiled(&other)?);
        records.sort_by_key(|record| record.time_ms);
        let first_ms = records[0].time_ms + first * DAY_MS / 24;
        let (rules, switches) = if back {
            (vec![&one, &other, &one], vec![first_ms, first_ms + then * DAY_MS / 24])
        } else {
            (vec![&one, &other], vec![first_ms])
        };
        Case { rules, switches, records: &records, until_ms: end_of(&records) }.check()?;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
