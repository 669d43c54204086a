//! The facts against the runtime: random small funnels on random logs. Whatever is seen to happen must be admitted by what
//! the facts call possible: the attributes on arrival and during a stay, the time since events, the time in the stage, the
//! doors and ways out taken, the steps taken. `FACTS_CASES=5000` tries more, `FACTS_SEED=7` tries others.

mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;
#[path = "facts/observe.rs"]
mod observe;

use common::{resolved, seeded};
use funnelc::{
    check::Checked,
    facts::Facts,
    graph::FlowGraph,
    lower,
    runtime::{Collected, Engine, Options, Raw, Record},
};
use observe::Observer;
use proptest::{prelude::*, sample::select, test_runner::TestCaseError};
use std::{cell::Cell, time::Instant};

const HOUR_MS: i64 = 3_600_000;

/// Conditions and steps in place of others, so that there is something to know: what never changes, what funnels alone
/// count, what an event brought, what has not happened since.
const INSTEAD: &[(&str, &str)] = &[
    ("plan = pro", "country = \"DE\""),
    ("had buy within 2 days", "country = \"AT\""),
    ("in segment big", "country is known"),
    ("s >= 4", "tries = 0"),
    ("budget > 10", "tries >= 1"),
    ("tries >= 2", "tries < 3"),
    ("set plan = pro", "set tries = 2"),
    ("set plan = free", "set tries = 0"),
    ("set budget = buy.amount", "set tries = tries + 2"),
    ("no ping within 3 days", "no ping since entering"),
    ("at least 2 ping since entering", "had ping since starting"),
    ("had clicked m1", "had ping"),
    ("time since ping > 2 days", "time since ping > 1 day"),
    ("budget is missing", "no ping"),
    ("exactly 2 ping since starting", "no buy since entering"),
    ("before 2026-03-27", "no buy within 1 day"),
    ("sum of buy.amount within 5 days >= 50", "had buy"),
    ("from 2026-03-29 on", "sum of buy.amount since entering > 5"),
    ("buy.amount > 10", "buy.amount >= 20"),
    ("not (plan = pro or had tick within 1 day)", "no tick"),
    ("enter when sign_up\n", "enter when sign_up and country is known\n"),
    ("enter from a when ping", "enter from a when ping and tries < 2"),
    ("enter from a, b after 2 days", "enter from a, b after 2 days without ping"),
];

fn text() -> BoxedStrategy<String> {
    let changes = proptest::collection::vec(any::<bool>(), INSTEAD.len());
    (funnels::text(), changes)
        .prop_map(|(text, changes)| {
            // Not in the declarations.
            let at = text.find("funnel f").unwrap_or(0);
            let (head, body) = text.split_at(at);
            let mut body = body.to_owned();
            for ((old, new), _) in INSTEAD.iter().zip(changes).filter(|(_, change)| *change) {
                body = body.replace(old, new);
            }
            format!("{head}{body}")
        })
        .boxed()
}

/// A log in which countries and attributes come early too.
fn records() -> BoxedStrategy<Vec<Record>> {
    (logs::records(), proptest::collection::vec((select(logs::CONTACTS.to_vec()), select(vec!["DE", "AT"]), 0_i64..40), 0..4))
        .prop_map(|(mut records, countries)| {
            let begin = records.iter().map(|record| record.time_ms).min().unwrap_or_default();
            for (contact, country, hour) in countries {
                let properties = [("country".to_owned(), Raw::Text(country.to_owned()))].into();
                let time_ms = begin + hour * HOUR_MS;
                records.push(Record {
                    time_ms,
                    contact: contact.to_owned(),
                    event: "identify".to_owned(),
                    properties,
                    id: None,
                    position: 0,
                });
            }
            records.sort_by_key(|record| record.time_ms);
            // Each at an instant of its own, so that what comes of it can be told from what comes of others.
            let mut last = i64::MIN;
            let mut apart = |record: Record| {
                last = record.time_ms.max(last.saturating_add(2));
                Record { time_ms: last, ..record }
            };
            records.into_iter().zip(1..).map(|(record, position)| apart(Record { position, ..record })).collect()
        })
        .boxed()
}

fn check(text: &str, records: &[Record]) -> Result<(usize, usize), TestCaseError> {
    let (model, found, sources) = resolved(text);
    // What the checks would say does not matter: such funnels run all the same.
    let checked = Checked::new(&model, &found).ok_or_else(|| TestCaseError::reject("names or types"))?;
    let rules = lower::lower(&checked, &sources);
    let graph = FlowGraph::new(&model);
    let facts = Facts::new(&graph);
    let options = Options { lateness_ms: Some(i64::MAX), ..Options::default() };
    let mut engine = Engine::new(&rules, options).expect("the zone of the prelude is known");
    let mut observer = Observer::new(&model, &rules, &facts);
    let step = |engine: &mut Engine<'_>, observer: &mut Observer<'_, '_>, record: Option<&Record>, to_ms: i64| {
        let mut seen = Collected::default();
        match record {
            // What comes of it is told when the clock goes on.
            Some(record) => {
                engine.push(record, &mut seen);
                engine.advance(to_ms, &mut seen);
            }
            None => engine.advance(to_ms, &mut seen),
        }
        observer.take(engine, record, &seen).map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))
    };
    let mut now = records.first().map_or(0, |record| record.time_ms);
    for record in records {
        while now + HOUR_MS < record.time_ms {
            now += HOUR_MS;
            step(&mut engine, &mut observer, None, now)?;
        }
        step(&mut engine, &mut observer, None, record.time_ms)?;
        now = record.time_ms + 1;
        step(&mut engine, &mut observer, Some(record), now)?;
    }
    for _ in 0..20 * 24 {
        now += HOUR_MS;
        step(&mut engine, &mut observer, None, now)?;
    }
    Ok((observer.observed, observer.telling))
}

#[test]
fn what_happens_is_possible() {
    let (ran, seen, told) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(0_usize));
    let mut runner = seeded::runner("FACTS", seeded::cases_of("FACTS", 100), 0);
    let begun = Instant::now();
    let outcome = runner.run(&(text(), records()), |(text, records)| {
        let (observed, telling) = check(&text, &records)?;
        ran.set(ran.get() + 1);
        seen.set(seen.get() + observed);
        told.set(told.get() + telling);
        Ok(())
    });
    println!("{} funnels, {} observations, {} of them against a fact, {:?}", ran.get(), seen.get(), told.get(), begun.elapsed());
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(
        seen.get() > 20 * ran.get() && told.get() * 10 > seen.get(),
        "only {} of {} observations tell anything",
        told.get(),
        seen.get()
    );
}
