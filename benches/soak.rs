//! A day of traffic in one go, with the memory that it takes hour by hour: `cargo bench --bench soak`.
//!
//! The log is made while it is read, so none of it is in memory but what the engine holds. People come back all day, and windows
//! and waits are short: what is held must stay the same from the hour on in which everybody has come. The run fails where the last
//! hours hold more than a tenth above the sixth. `SOAK_RATE=1000 SOAK_CONTACTS=200000 SOAK_HOURS=240` takes more.

use funnelc::{
    fast::{self, Settings, ingest::Pieces},
    lower,
    ruleset::RuleSet,
    runtime::{
        self, Options, Outcome, SetAside, Sink,
        input::{Reading, Records},
    },
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{
    io::{self, BufReader, Read},
    time::Instant,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BEGIN_MS: i64 = 1_772_445_600_000;
const HOUR_MS: i64 = 3_600_000;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn rules() -> RuleSet {
    let loader = MemoryLoader::new([("soak.funnel", include_str!("inputs/soak.funnel"))]);
    let analysis = analyse(Loaded::read(&loader, &["soak.funnel".to_owned()]).expect("it is in memory"));
    let found: Vec<String> = analysis.diagnostics.iter().map(|it| format!("{} {}", it.code.id, it.message)).collect();
    let checked = analysis.checked().unwrap_or_else(|| panic!("it has no errors: {found:?}"));
    lower::lower(&checked, &analysis.sources)
}

/// A log that is made as it is read, in the order of time.
struct Traffic {
    state: u64,
    at: u64,
    events: u64,
    step_ms: i64,
    contacts: u64,
    line: Vec<u8>,
    read: usize,
}

impl Traffic {
    fn below(&mut self, most: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % most.max(1)
    }

    fn next(&mut self) {
        let time_ms = BEGIN_MS + i64::try_from(self.at).unwrap_or(i64::MAX) * self.step_ms / 1_000;
        let contact = self.below(self.contacts);
        let what = match self.below(100) {
            0..=69 => format!("\"event\":\"view\",\"path\":\"/{}\"", self.below(50)),
            70..=84 => format!("\"event\":\"add_to_cart\",\"total\":{}", self.below(60)),
            85..=98 => format!("\"event\":\"purchase\",\"amount\":{}.{:02}", self.below(50), self.below(100)),
            _ => "\"event\":\"stop_mail\"".to_owned(),
        };
        self.line = format!("{{\"contact\":\"c{contact:07}\",\"time\":\"{}\",{what}}}\n", runtime::rfc3339(time_ms)).into_bytes();
        (self.at, self.read) = (self.at + 1, 0);
    }
}

impl Read for Traffic {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() && self.at < self.events {
            self.next();
        }
        let rest = self.line.get(self.read..).unwrap_or_default();
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.read += length;
        Ok(length)
    }
}

/// Memory of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * 4_096)
}

/// Looks at the memory once an hour of the log.
struct Hours {
    begin: Instant,
    results: u64,
    next_ms: i64,
    memory: Vec<u64>,
}

impl Sink for Hours {
    fn outcome(&mut self, outcome: &Outcome) {
        self.results += 1;
        if outcome.time_ms >= self.next_ms {
            self.next_ms += HOUR_MS;
            let bytes = resident().unwrap_or_default();
            self.memory.push(bytes);
            println!("{:>6} {:>12} {:>10} {:>9.1}", self.memory.len(), self.results, bytes / 1_000_000, self.begin.elapsed().as_secs_f64());
        }
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        panic!("nothing is set aside: {set_aside:?}");
    }
}

fn main() {
    let (rate, contacts, hours) = (number("SOAK_RATE", 100), number("SOAK_CONTACTS", 20_000), number("SOAK_HOURS", 24));
    let rules = rules();
    let events = rate * 3_600 * hours;
    println!("{events} events in {hours} hours of the log, {contacts} contacts");
    println!("{:>6} {:>12} {:>10} {:>9}", "hour", "results", "MB", "seconds");
    let step_ms = 1_000_000 / i64::try_from(rate.max(1)).unwrap_or(1);
    let traffic = Traffic { state: 7, at: 0, events, step_ms, contacts, line: Vec::new(), read: 0 };
    let records = Records::new(BufReader::with_capacity(1 << 20, traffic), Reading::default()).expect("a log");
    let mut sink = Hours { begin: Instant::now(), results: 0, next_ms: BEGIN_MS + HOUR_MS, memory: Vec::new() };
    let options = Options { lateness_ms: Some(0), ..Options::default() };
    let settings = Settings { threads: usize::try_from(number("SOAK_THREADS", 1)).unwrap_or(1), ..Settings::default() };
    fast::run_log(&rules, Pieces::new(records), &options, settings, &mut sink).expect("it becomes tables");
    let (Some(early), Some(last)) = (sink.memory.get(5), sink.memory.last()) else { return };
    println!("from the sixth hour to the last: {:+.1} %", (*last as f64 / *early as f64 - 1.0) * 100.0);
    assert!(*last <= early + early / 10, "memory grows");
}
