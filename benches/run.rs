//! The fast engine beside the reference, on the same generated log, with the results compared: `cargo bench --bench run`.
//!
//! Two rule sets: a plain funnel of eight stages, and a full one (eight stages, twenty conditions with windows and sums, nurtures
//! with waits, a cap, quiet hours). Time is that of the processor, so the neighbours on a loaded machine count little.
//! `RUN_EVENTS=10000000 RUN_REFERENCE=200000 cargo bench --bench run` takes longer logs; the reference runs on the beginning.
//! `RUN_JOBS=speed,memory` measures some of the tables alone: `reference`, `speed`, `layouts`, `reports`, `parquet`, `threads`,
//! `memory`, `curves`, `rules`.

use cpu_time::ProcessTime;
use funnelc::{
    fast::{self, Settings, ingest::Pieces},
    lower,
    report::Watching,
    ruleset::RuleSet,
    runtime::{
        self, Counters, Options, Outcome, SetAside, Sink,
        input::{Mapping, Reading, Records},
    },
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{fmt::Write as _, io::Cursor, time::Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PLAIN: &str = include_str!("inputs/plain.funnel");

const FULL: &str = r#"timezone "Europe/Berlin"
contact {
  consent : flag = yes
}
event view(path: text, channel: text?)
event click(path: text)
event comment
event opt_in
event trial
event buy(amount: number, product: text?)
event review(stars: number)
event refer
event unsubscribe opt out of email
channel email {
  needs consent
  at most 2 within 7 days
  quiet from 21:00 to 08:00
}
message welcome by email
message tips by email
message offer by email
message thanks by email
message comeback by email
segment big when sum of buy.amount within 365 days >= 200

funnel f {
  for each contact
  reentry 30 days after leaving
  stage aware {
    enter when view where path != "/jobs"
    leave after 180 days without view
  }
  stage interested { enter from aware when at least 3 view within 7 days or click }
  stage engaged {
    enter from interested when comment or at least 10 view within 30 days
    nurture hello { wait 1 day
      send tips }
  }
  stage lead {
    enter from engaged, interested when opt_in
    nurture welcome_series {
      send welcome
      wait 2 days
      if had click within 2 days { send offer }
      else {
        send tips
        wait until click up to 3 days
      }
      wait 4 days
      send offer as second_offer
    }
  }
  stage trying {
    enter from lead when trial and no buy within 30 days
    nurture nudge when at least 2 view where path = "/pricing" within 3 days { send offer }
  }
  stage customer {
    enter from trying, lead, engaged, lapsed when buy where amount >= 20
    enter from trying when sum of buy.amount within 30 days >= 50
    nurture after_sale each time buy where amount > 40 { wait 3 days
      send thanks }
  }
  stage fan {
    enter from customer when review where stars >= 4 and in segment big
    enter from customer when at least 4 buy within 90 days and highest of buy.amount within 90 days > 60
  }
  goal stage promoter { enter from fan, customer when refer and had review where stars >= 4 }
  stage lapsed {
    enter from customer, fan, promoter after 60 days without buy when at most 2 view within 14 days
    leave after 30 days without view
    nurture win_back {
      send comeback
      wait 14 days
      send offer
    }
  }
  leave when unsubscribe
}
"#;

fn rules(text: &str) -> RuleSet {
    let loader = MemoryLoader::new([("bench.funnel", text)]);
    let analysis = analyse(Loaded::read(&loader, &["bench.funnel".to_owned()]).expect("it is in memory"));
    let found: Vec<String> = analysis.diagnostics.iter().map(|it| format!("{} {}", it.code.id, it.message)).collect();
    let checked = analysis.checked().unwrap_or_else(|| panic!("it has no errors: {found:?}"));
    lower::lower(&checked, &analysis.sources)
}

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) * bound) >> 31
    }
}

struct Event {
    contact: u64,
    ms: i64,
    name: &'static str,
    path: &'static str,
    cents: u64,
    stars: u64,
}

/// Events in the order of time: many views, fewer of all else, some contacts busier than others.
fn events(number: usize, contacts: u64) -> impl Iterator<Item = Event> {
    let mut random = Random(7);
    let (begin_ms, year_ms) = (1_767_225_600_000_i64, 365 * 86_400_000_i64);
    let kinds = ["click", "click", "comment", "opt_in", "trial", "buy", "buy", "review", "refer"];
    (0..number).map(move |at| {
        let ms = begin_ms + (at as i64) * (year_ms / number.max(1) as i64);
        let (low, high) = (random.below(contacts), random.below(contacts));
        let contact = if random.below(3) == 0 { low.min(high) } else { low };
        let name = if random.below(10) < 7 { "view" } else { kinds[random.below(9) as usize] };
        let path = ["/", "/pricing", "/blog/a-long-story", "/docs", "/jobs"][random.below(5) as usize];
        Event { contact, ms, name, path, cents: random.below(100) * 100 + random.below(100), stars: 1 + random.below(5) }
    })
}

/// A log of about 150 bytes a line.
fn log(number: usize, contacts: u64) -> String {
    let mut out = String::with_capacity(number * 160);
    for Event { contact, ms, name, path, cents, stars } in events(number, contacts) {
        let (time, amount) = (runtime::rfc3339(ms), format!("{}.{:02}", cents / 100, cents % 100));
        out.push_str(&format!(
            "{{\"contact\":\"c{contact:07}\",\"time\":\"{time}\",\"event\":\"{name}\",\"path\":\"{path}\",\"amount\":{amount},\"stars\":{stars},\"utm_source\":\"newsletter\",\"country\":\"DE\"}}\n",
        ));
    }
    out
}

/// The same log, each line with an id.
fn with_ids(log: &str) -> String {
    log.lines().zip(1_u64..).map(|(line, number)| format!("{},\"id\":\"{number:016x}\"}}\n", line.trim_end_matches('}'))).collect()
}

/// The same events as calls of Segment, as long as these are.
fn calls(log: &str) -> String {
    let call = |(line, number): (&str, u64)| {
        let (parts, properties) = line.split_once(",\"path\"").expect("each has one");
        let parts = parts.replace("\"contact\"", "\"userId\"").replace("\"time\"", "\"timestamp\"");
        let context = "{\"library\":{\"name\":\"analytics.js\",\"version\":\"2.1.0\"},\"locale\":\"de-DE\",\"ip\":\"203.0.113.7\"}";
        format!(
            "{parts},\"type\":\"track\",\"messageId\":\"{number:016x}\",\"context\":{context},\"properties\":{{\"path\"{properties}}}\n"
        )
    };
    log.lines().zip(1..).map(call).collect()
}

/// The same log in columns.
#[cfg(feature = "columns")]
fn columns(number: usize, contacts: u64) -> Vec<u8> {
    use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
    use std::sync::Arc;
    let all: Vec<Event> = events(number, contacts).collect();
    let texts = |of: &dyn Fn(&Event) -> String| Arc::new(StringArray::from_iter_values(all.iter().map(of))) as ArrayRef;
    let times = TimestampMillisecondArray::from_iter_values(all.iter().map(|it| it.ms)).with_timezone("UTC");
    let amounts = Float64Array::from_iter_values(all.iter().map(|it| it.cents as f64 / 100.0));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("contact", texts(&|it| format!("c{:07}", it.contact))),
        ("time", Arc::new(times)),
        ("event", texts(&|it| it.name.to_owned())),
        ("path", texts(&|it| it.path.to_owned())),
        ("amount", Arc::new(amounts)),
        ("stars", Arc::new(Int64Array::from_iter_values(all.iter().map(|it| it.stars as i64)))),
        ("utm_source", texts(&|_| "newsletter".to_owned())),
        ("country", texts(&|_| "DE".to_owned())),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a schema that Parquet knows");
    writer.write(&batch).expect("memory");
    writer.close().expect("memory");
    bytes
}

/// Takes everything as a command does that writes it: each result becomes a line, and lines become a number.
#[derive(Default)]
struct Hashed {
    results: u64,
    set_aside: u64,
    hash: u64,
}

impl Sink for Hashed {
    fn outcome(&mut self, outcome: &Outcome) {
        self.results += 1;
        let line = outcome.to_json();
        self.hash = line.bytes().fold(self.hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    }

    fn set_aside(&mut self, _: &SetAside) {
        self.set_aside += 1;
    }
}

#[derive(Default)]
struct Counted(u64);

impl Sink for Counted {
    fn outcome(&mut self, _: &Outcome) {
        self.0 += 1;
    }

    fn set_aside(&mut self, _: &SetAside) {}
}

fn fast_run(rules: &RuleSet, log: &[u8], threads: usize, sink: &mut dyn Sink) -> (Counters, f64, f64) {
    fast_run_of(rules, log, Mapping::default(), threads, sink)
}

fn fast_run_of(rules: &RuleSet, log: &[u8], mapping: Mapping, threads: usize, sink: &mut dyn Sink) -> (Counters, f64, f64) {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let reading = Reading { mapping, ..Reading::default() };
    let pieces = Pieces::new(Records::new(Cursor::new(log), reading).expect("a log"));
    let settings = Settings { threads, ..Settings::default() };
    let counters = fast::run_log(rules, pieces, &Options::default(), settings, sink).expect("it becomes tables");
    (counters, cpu.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64())
}

/// Memory of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * 4_096)
}

/// What contacts take: how much more memory there is at the last result than before the first record.
#[derive(Default)]
struct Weighed {
    results: u64,
    most: u64,
}

impl Sink for Weighed {
    fn outcome(&mut self, _: &Outcome) {
        self.results += 1;
        if self.results.is_multiple_of(50_000) {
            self.most = self.most.max(resident().unwrap_or_default());
        }
    }

    fn set_aside(&mut self, _: &SetAside) {}
}

/// How many bytes of memory a process takes for so many contacts, beside their log.
fn takes(rules: &RuleSet, contacts: usize) -> Option<u64> {
    // Nothing is freed while the log is made, or its memory would be taken again and not be seen.
    let mut text = String::with_capacity(contacts * 160);
    for (at, event) in (0..contacts).flat_map(|at| [(at, "view"), (at, "click")]) {
        let ms = 1_772_445_600_000 + at as i64;
        writeln!(text, "{{\"contact\":\"c{at:07}\",\"time\":{ms},\"event\":\"{event}\",\"path\":\"/\"}}").expect("a text takes everything");
    }
    let mut weighed = Weighed::default();
    let before = resident()?;
    let pieces = Pieces::new(Records::new(Cursor::new(text.as_bytes()), Reading::default()).ok()?);
    let options = Options { lateness_ms: Some(0), ..Options::default() };
    fast::run_log(rules, pieces, &options, Settings { threads: 1, ..Settings::default() }, &mut weighed).ok()?;
    Some(weighed.most.saturating_sub(before))
}

/// Bytes of memory for each contact, from the growth between so many contacts and four times as many; each number is that of a process
/// of its own, in which nothing was freed before.
fn weigh(name: &str, contacts: u64) {
    let takes = |contacts: u64| -> Option<u64> {
        let mut process = std::process::Command::new(std::env::current_exe().ok()?);
        process.env("RUN_JOBS", "takes").env("RUN_ONLY", name).env("RUN_CONTACTS", contacts.to_string());
        String::from_utf8(process.output().ok()?.stdout).ok()?.trim().parse().ok()
    };
    match (takes(contacts), takes(contacts * 4)) {
        (Some(few), Some(many)) => println!("{name}: {} bytes of memory for each contact", many.saturating_sub(few) / (contacts * 3)),
        _ => println!("{name}: memory could not be measured"),
    }
}

fn beginning(log: &str, lines: usize) -> &str {
    let end = log.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').nth(lines.saturating_sub(1)).map_or(log.len(), |(at, _)| at + 1);
    &log[..end]
}

fn side_by_side(name: &str, rules: &RuleSet, log: &str, reference: usize) {
    let part = beginning(log, reference);
    let cpu = ProcessTime::now();
    let mut wanted = Hashed::default();
    let records = Records::new(Cursor::new(part.as_bytes()), Reading::default()).expect("a log");
    let counters = runtime::run(rules, records, Options::default(), &mut wanted).expect("the zone is known");
    let slow = cpu.elapsed().as_secs_f64();
    let mut got = Hashed::default();
    let (fast_counters, quick, _) = fast_run(rules, part.as_bytes(), 1, &mut got);
    assert_eq!((wanted.results, wanted.set_aside, wanted.hash), (got.results, got.set_aside, got.hash), "the same results");
    assert_eq!(counters, fast_counters, "the same counts");
    let lines = part.lines().count() as f64;
    println!(
        "{name}, {lines} events: reference {:.0} events/s, fast {:.0} events/s, {:.0} times as fast; {} results, all the same",
        lines / slow,
        lines / quick,
        slow / quick,
        got.results
    );
}

/// A report by both engines over the beginning of a log, the same, and what one core does over all of it.
fn reports(name: &str, rules: &RuleSet, log: &str, asked: &Asked) {
    let zone = Reading::default().zone;
    for by in [None, Some("utm_source")] {
        let watching = || Watching::new(rules, by, &zone);
        let part = beginning(log, asked.reference.max(1));
        let (cpu, mut wanted) = (ProcessTime::now(), watching());
        let records = Records::new(Cursor::new(part.as_bytes()), Reading::default()).expect("a log");
        let counters = runtime::run(rules, records, Options::default(), &mut wanted).expect("the zone is known");
        let slow = cpu.elapsed().as_secs_f64();
        let mut got = watching();
        let (_, quick, _) = fast_run(rules, part.as_bytes(), 1, &mut got);
        assert_eq!(wanted.finish(&counters).to_json(), got.finish(&counters).to_json(), "the same report");
        let lines = part.lines().count() as f64;
        let all = median(|| fast_run(rules, log.as_bytes(), 1, &mut watching()).1);
        println!(
            "{name}, a report{}, {lines} events: reference {:.0} events/s, fast {:.0} events/s, the same; {} events: {:.2} million events/s",
            by.map_or_else(String::new, |by| format!(" by `{by}`")),
            lines / slow,
            lines / quick,
            asked.events,
            asked.events as f64 / all / 1e6
        );
    }
}

fn median(mut of: impl FnMut() -> f64) -> f64 {
    let mut seconds: Vec<f64> = (0..3).map(|_| of()).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[1]
}

/// What is asked for: `RUN_ONLY=full` one rule set, `RUN_JOBS=speed,memory` some of the tables.
struct Asked {
    events: usize,
    contacts: u64,
    reference: usize,
    jobs: String,
}

impl Asked {
    fn asks(&self, job: &str) -> bool {
        self.jobs.is_empty() || self.jobs.split(',').any(|it| it == job)
    }
}

/// Millions of events a second on one core.
fn speed(rules: &RuleSet, log: &[u8], events: usize) -> f64 {
    let seconds = median(|| fast_run(rules, log, 1, &mut Counted::default()).1);
    events as f64 / seconds / 1e6
}

/// The speed on the log in columns, with the results compared to those of the lines.
#[cfg(feature = "columns")]
fn from_parquet(name: &str, rules: &RuleSet, lines: &str, asked: &Asked) {
    let bytes = columns(asked.events, asked.contacts);
    let (mut wanted, mut got) = (Hashed::default(), Hashed::default());
    fast_run(rules, lines.as_bytes(), 1, &mut wanted);
    fast_run(rules, &bytes, 1, &mut got);
    assert_eq!((wanted.results, wanted.hash), (got.results, got.hash), "the same results from columns");
    let of = speed(rules, &bytes, asked.events);
    println!("{name}, {} events from Parquet, one core: {of:.2} million events/s; {} results, all the same", asked.events, got.results);
}

#[cfg(not(feature = "columns"))]
fn from_parquet(_: &str, _: &RuleSet, _: &str, _: &Asked) {}

/// The speed on the same events with ids and in an export, with the results compared.
fn layouts(name: &str, rules: &RuleSet, lines: &str, events: usize) {
    let mut wanted = Hashed::default();
    fast_run(rules, lines.as_bytes(), 1, &mut wanted);
    let mapping = Mapping::parse("id=id").expect("a mapping");
    for (what, log, mapping) in [("with ids", with_ids(lines), mapping), ("calls of Segment", calls(lines), Mapping::default())] {
        let run = |sink: &mut dyn Sink| fast_run_of(rules, log.as_bytes(), mapping.clone(), 1, sink);
        let mut got = Hashed::default();
        run(&mut got);
        assert_eq!((wanted.results, wanted.hash), (got.results, got.hash), "the same results {what}");
        let seconds = median(|| run(&mut Counted::default()).1);
        let (of, bytes) = (events as f64 / seconds / 1e6, log.len() / events);
        println!("{name}, {events} events, {what}, {bytes} bytes each, one core: {of:.2} million events/s; the same results");
    }
}

/// What one core does on longer logs, and with more contacts.
fn curves(rules: &RuleSet, asked: &Asked) {
    let (events, contacts) = (asked.events, asked.contacts);
    for part in [events / 8, events / 4, events / 2] {
        println!("  {part} events of {contacts} contacts: {:.2}", speed(rules, log(part, contacts).as_bytes(), part));
    }
    for people in [contacts / 10, contacts * 5] {
        let part = events / 2;
        println!("  {part} events of {people} contacts: {:.2}", speed(rules, log(part, people.max(1)).as_bytes(), part));
    }
}

/// What one core does with more and more rules: the plain funnel once, twice, four times and so on, each with eight doors.
fn rule_curve(log_of_all: &str, asked: &Asked) {
    println!("million events/s by the number of rules");
    let (events, funnel) = PLAIN.split_at(PLAIN.find("funnel f").unwrap_or_default());
    for number in [1, 2, 4, 8, 16] {
        let funnels: String = (0..number).map(|at| funnel.replace("funnel f", &format!("funnel f{at}"))).collect();
        let rules = rules(&format!("{events}{funnels}"));
        println!("  {} rules: {:.2}", number * 8, speed(&rules, log_of_all.as_bytes(), asked.events));
    }
}

fn measure(name: &str, rules: &RuleSet, log_of_all: &str, asked: &Asked) {
    let (events, bytes) = (asked.events, log_of_all.as_bytes());
    if asked.asks("reference") && asked.reference > 0 {
        side_by_side(name, rules, log_of_all, asked.reference);
    }
    if asked.asks("speed") {
        let mut results = Counted::default();
        fast_run(rules, bytes, 1, &mut results);
        let of = speed(rules, bytes, events);
        println!("{name}, {events} events from NDJSON, one core: {of:.2} million events/s; {} results", results.0);
    }
    if asked.asks("layouts") {
        layouts(name, rules, log_of_all, events);
    }
    if asked.asks("reports") {
        reports(name, rules, log_of_all, asked);
    }
    if asked.asks("parquet") {
        from_parquet(name, rules, log_of_all, asked);
    }
    if asked.asks("threads") {
        let (mut one, mut two, mut apart) = ((f64::MAX, f64::MAX), (f64::MAX, f64::MAX), f64::MAX);
        let run = |threads| fast_run(rules, bytes, threads, &mut Counted::default());
        for _ in 0..5 {
            for (threads, least) in [(1, &mut one), (2, &mut two)] {
                let (_, cpu, wall) = run(threads);
                *least = (least.0.min(cpu), least.1.min(wall));
            }
            let wall = Instant::now();
            std::thread::scope(|scope| {
                scope.spawn(|| run(1));
                run(1);
            });
            apart = apart.min(wall.elapsed().as_secs_f64());
        }
        println!(
            "{name}: two threads {:.2} times one by the clock on the wall, for {:.2} times its time of the processor; \
             two runs at once, which share nothing, {:.2} times",
            one.1 / two.1,
            two.0 / one.0,
            2.0 * one.1 / apart
        );
    }
    if asked.asks("memory") {
        weigh(name, 500_000);
    }
    if asked.asks("curves") {
        println!("{name}: curves, million events/s");
        curves(rules, asked);
    }
}

fn main() {
    let text = |name: &str| std::env::var(name).unwrap_or_default();
    let number = |name: &str, usual: usize| text(name).parse().unwrap_or(usual);
    let (events, only) = (number("RUN_EVENTS", 1_000_000), text("RUN_ONLY"));
    let contacts = number("RUN_CONTACTS", (events / 20).max(1)) as u64;
    let asked = Asked { events, contacts, reference: number("RUN_REFERENCE", 50_000), jobs: text("RUN_JOBS") };
    let sets = [("plain", PLAIN), ("full", FULL)].into_iter().filter(|(name, _)| name.contains(&only));
    if asked.jobs == "takes" {
        return sets.for_each(|(_, text)| println!("{}", takes(&rules(text), contacts as usize).unwrap_or_default()));
    }
    let log_of_all = log(events, contacts);
    println!("a log of {} bytes a line, {contacts} contacts", log_of_all.len() / events.max(1));
    for (name, text) in sets {
        measure(name, &rules(text), &log_of_all, &asked);
    }
    if asked.asks("rules") && "plain".contains(&only) {
        rule_curve(&log_of_all, &asked);
    }
}
