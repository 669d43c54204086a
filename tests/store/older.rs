//! Stores of the form before, which had a row for each event of a contact.

use crate::world::World;
use rusqlite::Connection;
use std::fs::File;

const BEFORE: &str = "
CREATE TABLE before (
  contact_id INTEGER NOT NULL,
  n          INTEGER NOT NULL,
  time_ms    INTEGER NOT NULL,
  taken_ms   INTEGER,
  event      TEXT NOT NULL,
  properties TEXT NOT NULL,
  funnel     TEXT,
  key        TEXT,
  PRIMARY KEY (contact_id, n)
) WITHOUT ROWID;
INSERT INTO before SELECT contact_id, n, time_ms, taken_ms, event, properties, funnel, key FROM events;
DROP VIEW events;
DROP TABLE history;
ALTER TABLE before RENAME TO events;
PRAGMA user_version = 2;";

fn open(world: &World, store: &str) -> Connection {
    Connection::open(world.folder().join(store)).expect("it can be opened")
}

fn version(world: &World, store: &str) -> i64 {
    open(world, store).query_row("PRAGMA user_version", [], |row| row.get(0)).expect("it has one")
}

/// A world with a store of the form before that is half way through the log `growing.ndjson`, and the log as it is then.
fn half_way(name: &str) -> (World, String) {
    let world = World::new(name, 300, 30);
    world.sort();
    let log = world.read("events.ndjson");
    world.write("growing.ndjson", &log[..log.len() / 2]);
    world.go_on_with("s.db", "s", "growing.ndjson", &["--batch", "16"]);
    open(&world, "s.db").execute_batch(BEFORE).expect("it has the present form");
    assert_eq!(version(&world, "s.db"), 2);
    (world, log)
}

#[test]
fn a_run_on_an_older_store_has_the_results_of_one_that_was_never_older() {
    let (world, log) = half_way("older");
    world.go_on("one.db", "one", &["--until", "2026-06-30"]);
    world.write("growing.ndjson", &log);
    world.go_on_with("s.db", "s", "growing.ndjson", &["--batch", "16", "--until", "2026-06-30"]);
    assert_eq!(version(&world, "s.db"), 3);
    world.same_text("one.ndjson", "s.ndjson");
    world.same_stores("one.db", "s.db");
}

#[test]
fn who_looks_into_an_older_store_waits_for_the_run_on_it() {
    let (world, _) = half_way("older-looked-at");
    let lock = File::options().write(true).open(world.folder().join("s.db.lock")).expect("it is there");
    lock.lock().expect("nobody else has it");
    let said = world.said(&["state", "show", "s.db"], 3);
    assert!(said.contains("another run works on the store `s.db`"), "{said}");
    drop(lock);
    let found = |world: &World| -> Vec<(i64, i64, Option<i64>, String)> {
        let db = open(world, "s.db");
        let mut rows = db.prepare("SELECT contact_id, n, taken_ms, properties FROM events ORDER BY 1, 2").expect("it has events");
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).expect("they can be read");
        rows.collect::<rusqlite::Result<_>>().expect("they can be read")
    };
    let before = found(&world);
    world.call(&["state", "show", "s.db"]);
    assert_eq!(version(&world, "s.db"), 3);
    assert_eq!(found(&world), before);
    assert!(before.len() > 50, "{}", before.len());
}
