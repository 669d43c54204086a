//! Exactly once: records a second with everything committed to a store, for several sizes of batches, beside the engine alone.
//! Wall-clock time, since much of it is the disk's. `STORE_RECORDS` and `STORE_CONTACTS` say how many there are.

use funnelc::{
    lower,
    ruleset::RuleSet,
    runtime::{Collected, Engine, Options, Prepared, Raw, Record},
    store::{Live, Progress, Store},
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{collections::BTreeMap, fs, path::PathBuf, time::Instant};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn rules() -> RuleSet {
    let text = include_str!("../tests/store/shop.funnel");
    let loaded = Loaded::read(&MemoryLoader::new([("shop.funnel", text)]), &["shop.funnel".to_owned()]).expect("it is in memory");
    let analysis = analyse(loaded);
    lower::lower(&analysis.checked().expect("it is right"), &analysis.sources)
}

/// Records in the order of time, a few for each contact.
fn records(count: u64, contacts: u64) -> Vec<Record> {
    let mut state = 7_u64;
    let mut below = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut record = |position: u64| {
        let text = |text: String| Raw::Text(text);
        let (event, properties) = match below(8) {
            0 => ("identify", vec![("consent", Raw::Flag(true))]),
            1 | 2 => ("sign_up", vec![("plan", text("solo".to_owned()))]),
            3 => ("purchase", vec![("amount", Raw::Number(below(90).to_string())), ("order_id", text(format!("o{}", below(1_000_000))))]),
            _ => ("page_view", Vec::new()),
        };
        Record {
            time_ms: 1_772_000_000_000 + i64::try_from(position * 60 * 86_400_000 / count).expect("it fits"),
            contact: format!("contact-{}", below(contacts)),
            event: event.to_owned(),
            properties: properties.into_iter().map(|(name, raw)| (name.to_owned(), raw)).collect::<BTreeMap<_, _>>(),
            id: None,
            position,
        }
    };
    (1..=count).map(&mut record).collect()
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("funnelc-bench-store-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn main() {
    let (count, contacts) = (number("STORE_RECORDS", 200_000), number("STORE_CONTACTS", 20_000));
    let (rules, records, folder) = (rules(), records(count, contacts), folder());
    let prepared = Prepared::new(&rules).expect("its zone is known");
    let per_second = |begin: Instant| count as f64 / begin.elapsed().as_secs_f64();
    println!("{count} records of {contacts} contacts, records a second");
    let begin = Instant::now();
    let mut engine = Engine::over(&prepared, Options::default());
    let mut out = Collected::default();
    records.iter().for_each(|record| engine.push(record, &mut out));
    println!("{:>10.0}  the engine alone, {} results", per_second(begin), out.outcomes.len());
    for batch in [100, 1_000, 5_000, 20_000, 100_000] {
        let path = folder.join(format!("{batch}.db"));
        let store = Store::open(&path).expect("a store can be made");
        let begin = Instant::now();
        let mut live = Live::new(store, &[(1, prepared.clone())], 1, Some(&rules), Options::default()).expect("it is new");
        for part in records.chunks(batch) {
            part.iter().for_each(|record| live.push(record).expect("it can be read"));
            live.commit(&Progress::default()).expect("it can be written");
        }
        let speed = per_second(begin);
        let bytes = fs::metadata(&path).expect("it is there").len();
        println!("{speed:>10.0}  committed after each {batch}; {} bytes a contact in the store", bytes / contacts.max(1));
    }
    fs::remove_dir_all(folder).expect("it can be taken away");
}
