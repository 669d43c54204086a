//! The report of a store is that of its log.

use crate::world::World;

/// A shop whose file promises something of the world, which breaks it.
fn promising(name: &str) -> World {
    let world = World::new(name, 400, 40);
    let text = world.read("shop.funnel");
    let promising = text.replace("event page_view", "event page_view at most 1 per 2 days").replace(
        "funnel shop",
        "assume purchase within 3 days of entering trial\nassume shipped within 2 days of entering ordered\n\nfunnel shop",
    );
    assert_ne!(text, promising);
    world.write("shop.funnel", &promising);
    world.call(&["build", "shop.funnel", "-o", "shop.rules.json"]);
    world
}

#[test]
fn it_is_that_of_the_log() {
    let world = promising("report");
    let log = world.read("events.ndjson");
    let until = ["--until", "2026-06-30"];
    // Sorted, and as the log has it, which is not in order: then late records are taken later than they happened.
    for (store, options, cuts) in [("sorted.db", &[][..], &[][..]), ("late.db", &["--lateness", "400 days"][..], &[3, 5, 8][..])] {
        for cut in cuts {
            let cut = log[..log.len() * cut / 10].rfind('\n').expect("a line before") + 1;
            world.write("growing.ndjson", &log[..cut]);
            world.go_on_with(store, "out", "growing.ndjson", &[options, &["--batch", "11"]].concat());
        }
        world.write("growing.ndjson", &log);
        world.go_on_with(store, "out", "growing.ndjson", &[options, &until].concat());
        for by in [&[][..], &["--by", "plan"], &["--by", "timezone"], &["--by", "amount"], &["--by", "points"]] {
            let form = ["--format", "json"];
            let of_store = world.call(&[&["report", "--state", store][..], by, &form].concat());
            let of_log =
                [&["report", "shop.funnel", "--events", "growing.ndjson", "--map", "id=id"][..], options, &until, by, &form].concat();
            world.write("store.json", &of_store);
            world.write("log.json", &world.call(&of_log));
            world.same_text("log.json", "store.json");
        }
        let said = world.said(&["report", "--state", store, "--by", "plam"], 2);
        assert!(said.contains("no record that was taken has a property or attribute `plam`; did you mean `plan`?"), "{said}");
    }
    let report = world.read("store.json");
    let broken = report.matches("\"broken\":").count() - report.matches("\"broken\":0").count();
    assert!(broken >= 3, "too little is broken to tell: {report}");
}

/// What happened under the older names is told in the newer ones.
#[test]
fn it_speaks_of_the_newer_names() {
    let world = promising("renamed");
    world.go_on("s.db", "s", &[]);
    let older = world.call(&["report", "--state", "s.db", "--format", "csv"]);
    let text = world
        .read("shop.funnel")
        .replace("stage customer {", "stage buyer {\n    formerly customer")
        .replace("from customer", "from buyer");
    world.write("newer.funnel", &text);
    let said = world.said(&["state", "migrate", "s.db", "newer.funnel"], 0);
    assert!(!said.contains("stranded"), "{said}");
    let newer = world.call(&["report", "--state", "s.db", "--format", "csv"]);
    assert_eq!(older.replace("customer", "buyer"), newer);
    assert!(newer.contains("buyer"));
}

#[test]
fn it_needs_a_store_or_a_log() {
    let world = World::new("neither", 20, 5);
    world.go_on("s.db", "s", &[]);
    assert!(world.said(&["report"], 2).contains("--events"));
    assert!(world.said(&["report", "--state", "s.db", "--events", "events.ndjson"], 2).contains("cannot be used with"));
    assert!(world.said(&["report", "--state", "s.db", "--until", "2026-06-30"], 2).contains("cannot be used with"));
    assert!(world.said(&["report", "shop.funnel"], 2).contains("--events"));
    assert!(world.said(&["report", "--state", "nowhere.db"], 3).contains("there is no store `nowhere.db`"));
}
