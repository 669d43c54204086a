//! Runs that go on where the last one ended: killed, cut, with a full disk, in batches of any size, and always with the results of
//! one that was never disturbed. `STORE_KILLS=1000` kills more often, `STORE_SEED=7` at other instants.
#![cfg(all(unix, feature = "store"))]

#[path = "store/changes.rs"]
mod changes;
#[path = "store/delivery.rs"]
mod delivery;
#[path = "store/growing.rs"]
mod growing;
#[path = "store/inside.rs"]
mod inside;
#[path = "store/older.rs"]
mod older;
#[path = "store/report.rs"]
mod report;
#[path = "store/world.rs"]
mod world;

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use world::{Random, World, number};

#[test]
fn a_run_on_a_store_has_the_results_of_one_without() {
    for (name, until) in [("whole", None), ("whole-until", Some("2026-06-30"))] {
        let world = World::new(name, 400, 40);
        let until: Vec<&str> = until.iter().flat_map(|until| ["--until", until]).collect();
        world.run(&[&["--out", "plain.ndjson", "--set-aside", "plain.aside"], &until[..]].concat());
        world.go_on("s.db", "kept", &[&["--batch", "37"], &until[..]].concat());
        world.same_text("plain.ndjson", "kept.ndjson");
        world.same_text("plain.aside", "kept.aside");
    }
}

/// Row by row, whichever engine ran, and also where they take turns.
#[test]
fn both_engines_write_the_same_store() {
    let world = World::new("engines", 400, 40);
    world.sort();
    let log = world.read("events.ndjson");
    let engines = [["--engine", "reference"], ["--engine", "fast"]];
    for (at, engine) in engines.iter().enumerate() {
        let name = at.to_string();
        world.go_on(&format!("{name}.db"), &name, &[&engine[..], &["--until", "2026-06-30"]].concat());
    }
    for (at, cut) in [log.len() / 5, log.len() / 2, log.len() / 4 * 3].into_iter().enumerate() {
        world.write("growing.ndjson", &log[..cut]);
        world.go_on_with("turns.db", "turns", "growing.ndjson", &[&engines[at % 2][..], &["--batch", "16"]].concat());
    }
    world.write("growing.ndjson", &log);
    world.go_on_with("turns.db", "turns", "growing.ndjson", &["--until", "2026-06-30"]);
    world.same_text("0.aside", "1.aside");
    for other in ["1", "turns"] {
        world.same_text("0.ndjson", &format!("{other}.ndjson"));
        world.same_stores("0.db", &format!("{other}.db"));
    }
}

#[test]
fn several_runs_have_the_results_of_one() {
    let world = World::new("several", 400, 40);
    world.sort();
    world.go_on("one.db", "one", &["--until", "2026-06-30"]);
    let log = world.read("events.ndjson");
    let mut random = Random::new(3);
    for round in 0..6 {
        let (store, out) = (format!("parts{round}.db"), format!("parts{round}"));
        let mut cuts: Vec<usize> = (0..4).map(|_| random.below(log.len() as u64) as usize).collect();
        cuts.sort_unstable();
        for cut in cuts {
            // Also in the middle of a line.
            world.write("growing.ndjson", &log[..cut]);
            world.go_on_with(&store, &out, "growing.ndjson", &["--batch", "16"]);
        }
        world.write("growing.ndjson", &log);
        world.go_on_with(&store, &out, "growing.ndjson", &["--until", "2026-06-30"]);
        world.same_text("one.ndjson", &format!("{out}.ndjson"));
        world.same_stores("one.db", &store);
    }
}

#[test]
fn how_many_records_are_committed_at_once_changes_nothing() {
    let world = World::new("batches", 300, 30);
    world.go_on("all.db", "all", &["--until", "2026-06-30"]);
    for batch in ["1", "2", "7", "100"] {
        let store = format!("b{batch}.db");
        world.go_on(&store, &format!("b{batch}"), &["--batch", batch, "--until", "2026-06-30"]);
        world.same_text("all.ndjson", &format!("b{batch}.ndjson"));
        world.same_stores("all.db", &store);
    }
}

#[test]
fn a_run_that_is_killed_at_any_instant_loses_nothing_and_does_nothing_twice() {
    let kills = number("STORE_KILLS").unwrap_or(60);
    let mut random = Random::new(number("STORE_SEED").unwrap_or(1));
    let world = World::new("killed", 200, 20);
    let mut killed = 0;
    // Kills fall anywhere in a run, so that about every second one lives.
    let begin = Instant::now();
    world.go_on("timed.db", "timed", &["--batch", "5"]);
    let length = u64::try_from(begin.elapsed().as_micros()).expect("it is short");
    for (way, options) in [("sorted", &[][..]), ("in_order", &["--lateness", "400 days"][..])].iter().cycle() {
        let options = [*options, &["--until", "2026-06-30"]].concat();
        let (whole, store) = (format!("whole-{way}"), format!("{way}.db"));
        if !world.has(&format!("{whole}.db")) {
            world.go_on(&format!("{whole}.db"), &whole, &options);
        }
        world.forget(&store, way);
        let options = [&options[..], &["--batch", "5"]].concat();
        loop {
            let mut run = world.command(&store, way, "events.ndjson", &options).spawn().expect("funnelc starts");
            thread::sleep(Duration::from_micros(random.below(length)));
            run.kill().expect("it can be killed");
            let output = run.wait_with_output().expect("it ends");
            if output.status.code().is_some() {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                break;
            }
            killed += 1;
            if random.below(3) == 0 {
                world.tear(&store, &mut random);
            }
        }
        world.same_text(&format!("{whole}.ndjson"), &format!("{way}.ndjson"));
        world.same_text(&format!("{whole}.aside"), &format!("{way}.aside"));
        world.same_stores(&format!("{whole}.db"), &store);
        if killed >= kills {
            break;
        }
    }
}

#[test]
fn a_full_disk_stops_a_run_and_spoils_nothing() {
    let world = World::new("full", 400, 40);
    world.go_on("whole.db", "whole", &["--until", "2026-06-30"]);
    // The shell lets no file grow beyond so many blocks, first those of the store, then the output as well.
    for blocks in [150, 200, 260, 330, 400, 20] {
        let arguments = "run shop.rules.json --events events.ndjson --map id=id --state full.db --out full.ndjson --set-aside full.aside --batch 9 --until 2026-06-30";
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {arguments}", env!("CARGO_BIN_EXE_funnelc"));
        let output = Command::new("bash").args(["-c", &script]).current_dir(world.folder()).output().expect("bash starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || output.status.code() == Some(3), "{:?} {said}", output.status);
        assert!(output.status.success() || said.starts_with("funnelc: "), "{said}");
    }
    world.go_on("full.db", "full", &["--until", "2026-06-30"]);
    world.same_text("whole.ndjson", "full.ndjson");
    world.same_stores("whole.db", "full.db");
}

#[test]
fn two_runs_at_once_are_refused() {
    let world = World::new("two", 20, 5);
    world.go_on("s.db", "s", &[]);
    let lock = fs::File::options().write(true).open(world.folder().join("s.db.lock")).expect("it is there");
    lock.lock().expect("nobody else has it");
    let said = world.refused("s.db", "s", "events.ndjson", &[]);
    assert!(said.contains("another run works on the store `s.db`"), "{said}");
    drop(lock);
    world.go_on("s.db", "s", &[]);
}

#[test]
fn a_log_that_was_changed_is_refused() {
    let world = World::new("changed", 20, 5);
    world.go_on("s.db", "s", &[]);
    let log = world.read("events.ndjson");
    world.write("events.ndjson", &log.replacen("2026", "2025", 999));
    let said = world.refused("s.db", "s", "events.ndjson", &[]);
    assert!(said.contains("is not the file that was read up to line"), "{said}");
    world.write("events.ndjson", &log[..log.len() / 2]);
    let said = world.refused("s.db", "s", "events.ndjson", &[]);
    assert!(said.contains("is shorter than what was read of it"), "{said}");
    world.write("events.ndjson", &log);
    world.write("s.ndjson", "");
    let said = world.refused("s.db", "s", "events.ndjson", &[]);
    assert!(said.contains("`s.ndjson` is shorter than what was written to it"), "{said}");
    world.write("other.db", "this is a letter to somebody, and no store at all");
    let said = world.refused("other.db", "o", "events.ndjson", &[]);
    assert!(said.contains("`other.db` is no store of funnelc"), "{said}");
}
