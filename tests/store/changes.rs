//! Newer rules on a store, and what people read in it.

use crate::world::World;
use rusqlite::Connection;
use std::{fmt::Write as _, fs, path::Path};

fn newer(world: &World, change: impl Fn(&str) -> String) {
    let text = world.read("shop.funnel");
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::create_dir_all(world.folder().join("newer")).expect("a folder can be made");
    world.write("newer/shop.funnel", &changed);
}

#[test]
fn newer_rules_carry_everybody_over_as_in_one_run() {
    let world = World::new("newer", 300, 30);
    newer(&world, |text| text.replace("wait 2 days", "wait 4 days").replace("after 14 days", "after 20 days"));
    world.sort();
    let switch = ["--switch", "2026-03-20"];
    let was = ["run", "newer/shop.funnel", "--was", "shop.funnel", "--events", "events.ndjson", "--map", "id=id", "-q"];
    world.call(&[&was[..], &["--out", "one.ndjson", "--until", "2026-06-30"], &switch].concat());
    let log = world.read("events.ndjson");
    let cut = log.find("2026-03-20").expect("that day is in the log");
    let cut = log[..cut].rfind('\n').expect("a line before") + 1;
    world.write("first.ndjson", &log[..cut]);
    world.go_on_with("s.db", "s", "first.ndjson", &["--batch", "11"]);
    world.write("first.ndjson", &log);
    let go_on = ["run", "newer/shop.funnel", "--events", "first.ndjson", "--map", "id=id", "--state", "s.db", "--out", "s.ndjson", "-q"];
    // A shorter time before a door would move people at once, and is refused; a longer one is not.
    world.call(&[&go_on[..], &switch, &["--until", "2026-06-30", "--batch", "13"]].concat());
    world.same_text("one.ndjson", "s.ndjson");
}

#[test]
fn a_record_that_only_the_older_rules_know_changes_them_too() {
    let world = World::new("switch", 1, 1);
    let funnel = |event: &str| {
        format!(
            "event view\nevent {event}\n\nfunnel f {{\n  for each contact\n  reentry never\n  stage a {{ enter when view }}\n  goal final stage b {{ enter from a when {event} }}\n}}\n"
        )
    };
    world.write("old.funnel", &funnel("bought"));
    world.write("new.funnel", &funnel("other"));
    let record = |day: u32, event: &str| format!("{{\"contact\":\"c\",\"time\":\"2026-03-{day:02}T10:00:00Z\",\"event\":\"{event}\"}}\n");
    let log = [record(2, "view"), record(11, "bought"), record(12, "other")].concat();
    world.write("log.ndjson", &log);
    let switch = ["--switch", "2026-03-10", "-q", "--out"];
    world.call(&[&["run", "new.funnel", "--was", "old.funnel", "--events", "log.ndjson"], &switch[..], &["one.ndjson"]].concat());
    world.write("log.ndjson", &record(2, "view"));
    world.call(&["run", "old.funnel", "--events", "log.ndjson", "--state", "s.db", "-q", "--out", "s.ndjson"]);
    let early = ["run", "new.funnel", "--events", "log.ndjson", "--state", "s.db", "--allow", "F850", "--switch", "2026-03-10"];
    let said = world.said(&[&early[..], &["--out", "s.ndjson"]].concat(), 0);
    assert!(said.contains("the newer rules hold from 2026-03-10 00:00 UTC on, and nothing came that late"), "{said}");
    world.write("log.ndjson", &log);
    let go_on = ["run", "new.funnel", "--events", "log.ndjson", "--state", "s.db", "--allow", "F850"];
    world.call(&[&go_on[..], &switch, &["s.ndjson", "--until", "2026-03-12 10:00"]].concat());
    world.same_text("one.ndjson", "s.ndjson");
}

#[test]
fn what_is_breaking_is_refused_unless_it_is_meant() {
    let world = World::new("breaking", 100, 10);
    world.go_on("s.db", "s", &[]);
    newer(&world, |text| text.replace("stage customer", "stage buyer").replace("from customer", "from buyer"));
    let refused = world.said(&["state", "migrate", "s.db", "newer"], 1);
    assert!(refused.contains("nothing was run: `s.db` was written with other rules") && refused.contains("F850"), "{refused}");
    let run = ["run", "newer", "--events", "events.ndjson", "--map", "id=id", "--state", "s.db", "-q"];
    assert!(world.said(&run, 1).contains("`--allow F850` says that it is meant"));
    let diff = world.said(&["diff", "newer", "--state", "s.db"], 1);
    let there = world.call(&["state", "export", "s.db"]).matches("\"stage\":\"customer\"").count();
    let contacts = if there == 1 { "contact" } else { "contacts" };
    assert!(there > 0 && diff.contains(&format!("({there} {contacts} in the store)")), "{there} {diff}");
    let carried = world.said(&["state", "migrate", "s.db", "newer", "--allow", "F850"], 0);
    assert!(carried.contains("stranded in `customer` of `shop`"), "{carried}");
    world.call(&run);
    // Back with the older rules, everybody is where they were.
    let back = world.said(&["state", "migrate", "s.db", "shop.funnel", "--allow", "F850"], 0);
    assert!(back.contains("more after a pause"), "{back}");
}

#[test]
fn a_run_without_the_output_of_those_before_says_so() {
    let world = World::new("left-out", 60, 10);
    world.go_on("s.db", "s", &[]);
    let run = ["run", "shop.rules.json", "--events", "events.ndjson", "--map", "id=id", "--state", "s.db", "--until", "2026-12-31"];
    let said = world.said(&run, 0);
    let of =
        |name: &str| said.lines().any(|line| line.contains(name) && line.contains("which earlier runs wrote, has nothing of this one"));
    assert!(of("s.ndjson") && of("s.aside"), "{said}");
    assert!(!world.said(&run, 0).contains("which earlier runs wrote"), "there is nothing new");
}

#[test]
fn what_is_exported_is_what_was_written() {
    let world = World::new("export", 200, 20);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    world.write("out.ndjson", &world.call(&["state", "export", "s.db", "--what", "results"]));
    world.same_text("s.ndjson", "out.ndjson");
    world.write("out.aside", &world.call(&["state", "export", "s.db", "--what", "set-aside"]));
    world.same_text("s.aside", "out.aside");
    let shown = world.call(&["state", "show", "s.db"]);
    let plain = world.call(&["run", "shop.funnel", "--events", "events.ndjson", "--map", "id=id", "--until", "2026-06-30"]);
    let tables = |text: &str| {
        text.lines()
            .skip_while(|line| !line.starts_with("Shop:"))
            .take_while(|line| !line.contains("records"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(tables(&plain).len() > 10);
    assert_eq!(tables(&shown), tables(&plain));
    let said = world.said(&["state", "contact", "s.db", "c111"], 2);
    assert!(said.contains("the store knows no contact `c111`; did you mean `c11`?"), "{said}");
    assert!(world.said(&["state", "show", "nowhere.db"], 3).contains("there is no store `nowhere.db`"));
}

/// The queries in `docs/state.md` give what stands behind them; `BLESS=1` writes it anew.
#[test]
fn the_queries_of_the_documentation_work() {
    let world = World::new("queries", 1, 1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["trial.funnel", "trial.ndjson"] {
        fs::copy(root.join("docs/state.in").join(file), world.folder().join(file)).expect("it can be copied");
    }
    world.call(&["run", "trial.funnel", "--events", "trial.ndjson", "--state", "trial.db", "--until", "2026-03-31", "-q"]);
    let db = Connection::open(world.folder().join("trial.db")).expect("it can be opened");
    let page = fs::read_to_string(root.join("docs/state.md")).expect("it is there");
    let (mut out, mut rest, mut tried) = (String::new(), page.as_str(), 0);
    while let Some((before, after)) = rest.split_once("```sql\n") {
        let (query, after) = after.split_once("```\n\n```text\n").expect("what comes out stands behind");
        let (_, after) = after.split_once("```\n").expect("it ends");
        write!(out, "{before}```sql\n{query}```\n\n```text\n{}```\n", answer(&db, query)).expect("a String");
        rest = after;
        tried += 1;
    }
    out.push_str(rest);
    assert!(tried > 3);
    if std::env::var_os("BLESS").is_some() {
        fs::write(root.join("docs/state.md"), &out).expect("it can be written");
    }
    assert!(out == page, "docs/state.md shows other answers than these:\n{out}");
}

fn answer(db: &Connection, query: &str) -> String {
    let mut found = db.prepare(query).expect("a query");
    let names: Vec<String> = found.column_names().map(str::to_owned).collect();
    let text = |value: rusqlite::types::Value| match value {
        rusqlite::types::Value::Null => String::new(),
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Real(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Blob(_) => "blob".to_owned(),
    };
    let row = |row: &rusqlite::Row<'_>| (0..names.len()).map(|at| row.get(at).map(text)).collect::<rusqlite::Result<Vec<_>>>();
    let rows: Vec<Vec<String>> = found.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect();
    let lines = std::iter::once(names.clone()).chain(rows).map(|row| row.join(" | ") + "\n");
    lines.collect()
}
