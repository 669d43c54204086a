//! `benches/peers/window.funnel` counts what databases call a window funnel: how far a contact comes, step by step in order, within
//! 30 days of a visit. Here the same is computed by its definition, over random logs.
//!
//! `WINDOW_CASES=100000 WINDOW_SEED=7 cargo test --release --test window` tries more and others.

mod common;

use common::{compile, seeded};
use funnelc::{
    fast::{self, Settings},
    runtime::{Collected, Options, Raw, Record, What},
};
use proptest::{collection::vec, prop_assert_eq, test_runner::TestCaseError};
use std::{cell::Cell, collections::BTreeMap};

const STEPS: [&str; 8] = ["visit", "signup", "view_product", "add_to_cart", "checkout", "purchase", "review", "refer"];
const DAY_MS: i64 = 86_400_000;

/// The furthest step of each contact. A chain may go on until just before 30 days are over: then its run ends.
fn by_definition(log: &[(i64, u8, usize)]) -> BTreeMap<String, usize> {
    let mut furthest = BTreeMap::new();
    for (at, (begin_ms, contact, step)) in log.iter().enumerate() {
        if *step > 0 {
            continue;
        }
        let mut reached = 1;
        for (ms, other, step) in &log[at + 1..] {
            if other == contact && *step == reached && *ms < begin_ms + 30 * DAY_MS {
                reached += 1;
            }
        }
        let furthest = furthest.entry(format!("c{contact}")).or_default();
        *furthest = reached.max(*furthest);
    }
    furthest
}

#[test]
fn a_run_for_each_visit_counts_a_window_funnel() {
    let rules = compile(include_str!("../benches/peers/window.funnel")).expect("it is right");
    let mut runner = seeded::runner("WINDOW", seeded::cases_of("WINDOW", 300), 0);
    // Mostly the steps in turn, so that some come far.
    let logs = vec((1..4 * DAY_MS, 0..3_u8, 0..24_usize), 1..80);
    let far = Cell::new(0);
    let outcome = runner.run(&logs, |drawn| {
        let (mut ms, mut turns) = (1_767_225_600_000, [0; 3]);
        let mut log: Vec<(i64, u8, usize)> = Vec::new();
        for (after_ms, contact, step) in drawn {
            ms += after_ms;
            let turn = &mut turns[usize::from(contact)];
            let step = if step < STEPS.len() { step } else { *turn };
            *turn = (step + 1) % STEPS.len();
            log.push((ms, contact, step));
        }
        let records = (1..).zip(&log).map(|(position, (time_ms, contact, step))| {
            let visit = || ("visit".to_owned(), Raw::Text(format!("v{position}")));
            let properties = (*step == 0).then(visit).into_iter().collect();
            Ok(Record { time_ms: *time_ms, contact: format!("c{contact}"), event: STEPS[*step].to_owned(), properties, id: None, position })
        });
        let mut happened = Collected::default();
        fast::run(&rules, records, Options::default(), Settings::default(), &mut happened)
            .map_err(|why| TestCaseError::fail(why.to_string()))?;
        let mut got: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in &happened.outcomes {
            if let What::Move { to: Some(to), .. } = &outcome.what {
                let step: usize = to.trim_start_matches('s').parse().expect("stages are numbered");
                let furthest = got.entry(outcome.contact.clone()).or_default();
                *furthest = step.max(*furthest);
            }
        }
        far.set(far.get() + got.values().filter(|step| **step >= 5).count());
        prop_assert_eq!(got, by_definition(&log));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("WINDOW_SEED={}: {error}", seeded::seed_of("WINDOW"));
    }
    assert!(far.get() > 0, "nobody came far");
}
