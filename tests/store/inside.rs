//! The store as a library has it: contacts that are read when they are needed, and a disk that is full inside a commit.

use crate::world::World;
use funnelc::{
    ruleset,
    runtime::{
        Options, Outcome, Prepared, Record, SetAside,
        input::{Mapping, Reading, Records},
    },
    store::{Live, Progress, Store},
};
use std::path::Path;

fn records(world: &World) -> Vec<Result<Record, SetAside>> {
    let log = world.read("events.ndjson");
    let reading = Reading { mapping: Mapping::parse("id=id").expect("a mapping"), ..Reading::default() };
    Records::new(log.as_bytes(), reading).expect("it can be read").collect()
}

/// Runs records in the order of the log, committed after so many, with so many contacts kept in memory; what comes out.
fn run(world: &World, store: &str, batch: usize, people: usize, pages: Option<u32>) -> Result<Vec<String>, String> {
    let rules = ruleset::read(&world.read("shop.rules.json")).expect("rules");
    let path = world.folder().join(store);
    let mut done = 0;
    for _ in 0..200 {
        let opened = Store::open(&path).map_err(|error| error.to_string())?;
        let kept = opened.rules().map_err(|error| error.to_string())?;
        let prepared = [(1, Prepared::new(&rules).expect("a zone"))];
        let first = kept.is_empty().then_some(&rules);
        let mut live = Live::new(opened, &prepared, 1, first, Options::default()).map_err(|error| error.to_string())?;
        live.keep_at_most(people);
        let records = records(world);
        done = usize::try_from(live.counters().records).expect("it fits");
        for record in records.iter().skip(done).take(batch) {
            match record {
                Ok(record) => live.push(record).map_err(|error| error.to_string())?,
                Err(aside) => live.reject(aside),
            }
        }
        if let Some(pages) = pages {
            live.store().limit_pages(pages).map_err(|error| error.to_string())?;
        }
        live.commit(Progress::default()).map_err(|error| error.to_string())?;
        if done >= records.len() {
            live.advance(i64::MAX / 4, false).map_err(|error| error.to_string())?;
            live.commit(Progress::default()).map_err(|error| error.to_string())?;
            return all(&path);
        }
    }
    Err(format!("it does not come to an end at {done}"))
}

fn all(path: &Path) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let store = Store::beside(path).map_err(|error| error.to_string())?;
    store.results(None, |kept| lines.push(Outcome::to_json(&kept.outcome))).map_err(|error| error.to_string())?;
    Ok(lines)
}

#[test]
fn contacts_that_are_read_when_they_are_needed_are_the_same() {
    let world = World::new("lazy", 200, 20);
    let whole = run(&world, "whole.db", 1_000, 1_000, None).expect("it runs");
    assert!(whole.len() > 200);
    for (store, batch, people) in [("b1.db", 3, 0), ("b2.db", 17, 5), ("b3.db", 50, 0)] {
        assert_eq!(whole, run(&world, store, batch, people, None).expect("it runs"), "{store}");
    }
    world.same_stores("whole.db", "b1.db");
}

#[test]
fn a_disk_that_is_full_within_a_commit_keeps_what_was_committed() {
    let world = World::new("pages", 200, 20);
    let whole = run(&world, "whole.db", 1_000, 1_000, None).expect("it runs");
    let bytes = std::fs::metadata(world.folder().join("whole.db")).expect("it is there").len();
    let all = u32::try_from(bytes / 4_096).expect("it is small");
    for pages in [all / 2, all * 2 / 3, all * 3 / 4] {
        let failure = run(&world, "full.db", 9, 3, Some(pages)).expect_err("the disk is full");
        assert!(failure.contains("the disk is full; what was committed before is safe"), "{failure}");
    }
    assert_eq!(whole, run(&world, "full.db", 9, 3, None).expect("there is room again"));
    world.same_stores("whole.db", "full.db");
}
