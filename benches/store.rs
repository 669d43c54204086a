//! Exactly once: records a second with everything committed to a store, part by part in one run. For each size of batches: the engines
//! alone, the rows alone (an engine that does nothing but hand over what the reference handed over before), and both together, one
//! after the other and side by side, as wall-clock time, since much of it is the disk's, with the time of the processor beside it.
//!
//! `STORE_RECORDS` and `STORE_CONTACTS` say how many there are, `STORE_BATCHES=1000,20000` how many are committed together, and
//! `STORE_ONLY=plain` takes one of the two rule sets: *plain*, a funnel of eight stages, and *shop*, with nurtures and keyed runs.

use cpu_time::ProcessTime;
use funnelc::{
    lower,
    ruleset::RuleSet,
    runtime::{
        Collected, Counters, Engine, Options, Outcome, Prepared, Raw, Record, SetAside, Sink,
        state::{Clockwork, Saved, StateError},
    },
    store::{
        Engines, Live, Progress, Store,
        core::{Core, Known, Reference, Taker},
    },
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn rules(text: &str) -> RuleSet {
    let loaded = Loaded::read(&MemoryLoader::new([("bench.funnel", text)]), &["bench.funnel".to_owned()]).expect("it is in memory");
    let analysis = analyse(loaded);
    lower::lower(&analysis.checked().expect("it is right"), &analysis.sources)
}

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

type Happened = (&'static str, Vec<(&'static str, Raw)>);

fn plain(random: &mut Random) -> Happened {
    let events = ["view", "click", "comment", "opt_in", "trial", "buy", "review", "refer"];
    (events[usize::try_from(random.below(8)).expect("it is small")], Vec::new())
}

fn shop(random: &mut Random) -> Happened {
    let text = |text: String| Raw::Text(text);
    match random.below(8) {
        0 => ("identify", vec![("consent", Raw::Flag(true))]),
        1 | 2 => ("sign_up", vec![("plan", text("solo".to_owned()))]),
        3 => {
            let (amount, order) = (random.below(90), random.below(1_000_000));
            ("purchase", vec![("amount", Raw::Number(amount.to_string())), ("order_id", text(format!("o{order}")))])
        }
        _ => ("page_view", Vec::new()),
    }
}

/// Records in the order of time, a few for each contact.
fn records(count: u64, contacts: u64, happened: fn(&mut Random) -> Happened) -> Vec<Record> {
    let mut random = Random(7);
    let record = |position: u64| {
        let (event, properties) = happened(&mut random);
        Record {
            time_ms: 1_772_000_000_000 + i64::try_from(position * 60 * 86_400_000 / count).expect("it fits"),
            contact: format!("contact-{}", random.below(contacts)),
            event: event.to_owned(),
            properties: properties.into_iter().map(|(name, raw)| (name.to_owned(), raw)).collect::<BTreeMap<_, _>>(),
            id: None,
            position,
        }
    };
    (1..=count).map(record).collect()
}

/// All that came of one batch.
#[derive(Clone, Default)]
struct Step {
    outcomes: Vec<Outcome>,
    taken: Vec<Record>,
    people: Vec<(String, Option<Known>, Saved)>,
    pending: Vec<Outcome>,
    clockwork: Clockwork,
}

type Steps = Rc<RefCell<VecDeque<Step>>>;

/// A sink that writes down what it passes on.
struct Tee<'t>(&'t mut Step, &'t mut dyn Sink);

impl Sink for Tee<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        self.0.outcomes.push(outcome.clone());
        self.1.outcome(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.1.set_aside(set_aside);
    }

    fn taken(&mut self, record: &Record) {
        if record.event == "identify" {
            self.0.taken.push(record.clone());
        }
        self.1.taken(record);
    }
}

/// The reference, with all that it hands over written down.
struct Recorder<'r> {
    core: Reference<'r>,
    now: Step,
    steps: Steps,
}

/// An engine that hands over what was written down.
struct Replay {
    now: Step,
    steps: Steps,
    counters: Counters,
}

impl<'r> Core<'r> for Recorder<'r> {
    fn wind(&mut self, clockwork: &Clockwork) -> Result<(), StateError> {
        self.core.wind(clockwork)
    }

    fn clockwork(&self) -> Clockwork {
        self.core.clockwork()
    }

    fn now_ms(&self) -> i64 {
        self.core.now_ms()
    }

    fn next_due_ms(&self) -> Option<i64> {
        self.core.next_due_ms()
    }

    fn counters(&self) -> &Counters {
        self.core.counters()
    }

    fn pending(&self) -> Vec<Outcome> {
        self.core.pending()
    }

    fn count(&self) -> usize {
        self.core.count()
    }

    fn has(&self, contact: &str) -> bool {
        self.core.has(contact)
    }

    fn load(&mut self, contact: &str, known: Known, saved: Saved) -> Result<(), StateError> {
        self.core.load(contact, known, saved)
    }

    fn let_go(&mut self) {
        self.core.let_go();
    }

    fn push(&mut self, records: &[Record], sink: &mut dyn Sink) {
        self.core.push(records, &mut Tee(&mut self.now, sink));
    }

    fn reject(&mut self, set_aside: &SetAside, sink: &mut dyn Sink) {
        self.core.reject(set_aside, sink);
    }

    fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.core.advance(to_ms, sink);
    }

    fn run_due(&mut self, sink: &mut dyn Sink) {
        self.core.run_due(sink);
    }

    fn change(&mut self, rules: &Prepared<'r>, at_ms: i64, sink: &mut dyn Sink) -> i64 {
        self.core.change(rules, at_ms, sink)
    }

    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<(), StateError> {
        let mut step = std::mem::take(&mut self.now);
        self.core.hand_over(&mut |name, known, saved| {
            step.people.push((name.to_owned(), known, saved.clone()));
            each(name, known, saved)
        })?;
        (step.pending, step.clockwork) = (self.core.pending(), self.core.clockwork());
        self.steps.borrow_mut().push_back(step);
        Ok(())
    }
}

impl<'r> Core<'r> for Replay {
    fn wind(&mut self, _: &Clockwork) -> Result<(), StateError> {
        Ok(())
    }

    fn clockwork(&self) -> Clockwork {
        self.now.clockwork.clone()
    }

    fn now_ms(&self) -> i64 {
        i64::MIN
    }

    fn next_due_ms(&self) -> Option<i64> {
        None
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn pending(&self) -> Vec<Outcome> {
        self.now.pending.clone()
    }

    fn count(&self) -> usize {
        0
    }

    fn has(&self, _: &str) -> bool {
        true
    }

    fn load(&mut self, _: &str, _: Known, _: Saved) -> Result<(), StateError> {
        Ok(())
    }

    fn let_go(&mut self) {}

    fn push(&mut self, _: &[Record], sink: &mut dyn Sink) {
        self.now = self.steps.borrow_mut().pop_front().unwrap_or_default();
        self.now.outcomes.drain(..).for_each(|outcome| sink.give(outcome));
        self.now.taken.iter().for_each(|record| sink.taken(record));
    }

    fn reject(&mut self, _: &SetAside, _: &mut dyn Sink) {}

    fn advance(&mut self, _: i64, _: &mut dyn Sink) {}

    fn run_due(&mut self, _: &mut dyn Sink) {}

    fn change(&mut self, _: &Prepared<'r>, at_ms: i64, _: &mut dyn Sink) -> i64 {
        at_ms
    }

    fn hand_over(&mut self, each: &mut Taker<'_>) -> Result<(), StateError> {
        for (name, known, saved) in self.now.people.drain(..) {
            each(&name, known, saved);
        }
        Ok(())
    }
}

/// How long something took, in seconds: by the clock, and of the processor.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, f64, T) {
    let (begin, of_process) = (Instant::now(), ProcessTime::now());
    let done = work();
    (begin.elapsed().as_secs_f64(), of_process.elapsed().as_secs_f64(), done)
}

struct Bench<'b> {
    rules: &'b RuleSet,
    prepared: Prepared<'b>,
    records: &'b [Record],
    folder: &'b Path,
}

impl<'b> Bench<'b> {
    /// Runs all records over a new store with an engine, and writes while it goes on where `is_behind`; how long it took.
    fn run<C: Core<'b>>(&self, name: &str, core: C, batch: usize, is_behind: bool) -> (f64, f64, u64) {
        let path = self.folder.join(name);
        let store = Store::open(&path).expect("a store can be made");
        let mut live = Live::over(store, core, 1, Some(self.rules)).expect("it is new");
        let (wall, cpu, ()) = timed(|| {
            for part in self.records.chunks(batch) {
                live.push_all(part).expect("it can be read");
                let commit = if is_behind { Live::commit_behind } else { Live::commit };
                commit(&mut live, Progress::default()).expect("it can be written");
            }
            live.settle().expect("it can be written");
        });
        drop(live);
        (wall, cpu, fs::metadata(&path).expect("it is there").len())
    }

    fn reference(&self) -> Reference<'b> {
        Reference::new(&[(1, self.prepared.clone())], 1, Options::default()).expect("it has its rules")
    }

    fn fast(&self) -> Engines<'b> {
        let engines = Engines::new(&[(1, self.prepared.clone())], 1, Options::default()).expect("it has its rules");
        assert!(engines.is_fast(), "the tables hold these rules");
        engines
    }

    fn report(&self, what: &str, (wall, cpu): (f64, f64)) {
        let count = self.records.len() as f64;
        println!("{what:<58} {:>10.0} {:>12.2}", count / wall, cpu / count * 1e6);
    }

    fn all(&self, batches: &[usize], contacts: u64) {
        println!("{:<58} {:>10} {:>12}", "", "records/s", "CPU µs each");
        let (wall, cpu, results) = timed(|| {
            let mut engine = Engine::over(&self.prepared, Options::default());
            let mut out = Collected::default();
            self.records.iter().for_each(|record| engine.push(record, &mut out));
            out.outcomes.len()
        });
        self.report(&format!("the reference alone, {results} results"), (wall, cpu));
        for batch in batches {
            let (wall, cpu, same) = timed(|| {
                let (mut fast, mut out) = (self.fast(), Collected::default());
                for part in self.records.chunks(*batch) {
                    fast.push(part, &mut out);
                    fast.hand_over(&mut |_, known, _| known.unwrap_or_default()).expect("it can be written");
                }
                out.outcomes.len()
            });
            assert_eq!(results, same, "both engines come to the same");
            self.report(&format!("the fast engine alone, by {batch}"), (wall, cpu));
        }
        for batch in batches {
            let steps = Steps::default();
            let recorder = Recorder { core: self.reference(), now: Step::default(), steps: Rc::clone(&steps) };
            self.run(&format!("recorded-{batch}.db"), recorder, *batch, false);
            let replay = Replay { now: Step::default(), steps, counters: Counters::default() };
            let (wall, cpu, bytes) = self.run(&format!("rows-{batch}.db"), replay, *batch, false);
            self.report(&format!("rows alone, committed by {batch}"), (wall, cpu));
            let (wall, cpu, same) = self.run(&format!("both-{batch}.db"), self.reference(), *batch, false);
            self.report(&format!("with the reference, committed by {batch}"), (wall, cpu));
            for (how, is_behind) in [("one after the other", false), ("side by side", true)] {
                let (wall, cpu, _) = self.run(&format!("fast-{is_behind}-{batch}.db"), self.fast(), *batch, is_behind);
                self.report(&format!("with the fast engine, by {batch}, {how}"), (wall, cpu));
            }
            assert_eq!(bytes, same, "the same rows take the same room");
            println!("{:<58} {:>10}", "  bytes a contact in the store", bytes / contacts.max(1));
        }
    }
}

/// What happens next.
type Happens = fn(&mut Random) -> Happened;

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("funnelc-bench-store-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn main() {
    let (count, contacts) = (number("STORE_RECORDS", 200_000), number("STORE_CONTACTS", 20_000));
    let batches = std::env::var("STORE_BATCHES").unwrap_or_else(|_| "5000,50000".to_owned());
    let batches: Vec<usize> = batches.split(',').filter_map(|text| text.parse().ok()).collect();
    let only = std::env::var("STORE_ONLY").ok();
    let sets: [(&str, &str, Happens); 2] =
        [("plain", include_str!("inputs/plain.funnel"), plain), ("shop", include_str!("../tests/store/shop.funnel"), shop)];
    for (name, text, happened) in sets.into_iter().filter(|(name, ..)| only.as_deref().is_none_or(|only| only == *name)) {
        let (rules, records, folder) = (rules(text), records(count, contacts, happened), folder());
        let prepared = Prepared::new(&rules).expect("its zone is known");
        println!("{name}: {count} records of {contacts} contacts");
        Bench { rules: &rules, prepared, records: &records, folder: &folder }.all(&batches, contacts);
        fs::remove_dir_all(folder).expect("it can be taken away");
    }
}
