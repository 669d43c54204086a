//! How long it takes from text to findings: small files, large ones of several shapes with the curve of their cost, and
//! megabytes of ordinary funnels.
//!
//! `cargo bench --bench check` prints all tables. A word behind `--` chooses among them: `small`, `curve`, `guarantees`, `megabytes`, or
//! the name of a shape, as in `cargo bench --bench check -- fan`.
//!
//! Times are those of one processor (CPU time), so that a loaded machine changes them little; only the whole process is
//! measured by the clock on the wall.

mod inputs;

use cpu_time::ProcessTime;
use funnelc::{
    check::{Settings, decide_each},
    diag::Severity,
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use inputs::{SHAPES, Shape};
use std::{
    hint::black_box,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The allocator of the program, so that what is measured is what people get.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What one row of a table holds.
struct Row {
    bytes: usize,
    findings: usize,
    reading: Duration,
    total: Duration,
}

fn analysis(text: &str) -> (Duration, Analysis) {
    let loader = MemoryLoader::new([("bench.funnel", text)]);
    let start = ProcessTime::now();
    let loaded = Loaded::read(&loader, &["bench.funnel".to_owned()]).expect("the text is in memory");
    let reading = start.elapsed();
    (reading, analyse(loaded))
}

/// The best of several rounds: whatever is above it is noise of the machine.
fn measure(text: &str, rounds: usize) -> Row {
    let mut best = Row { bytes: text.len(), findings: 0, reading: Duration::MAX, total: Duration::MAX };
    for _ in 0..rounds {
        let start = ProcessTime::now();
        let (reading, analysis) = analysis(black_box(text));
        let total = start.elapsed();
        best.findings = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information).count();
        if total < best.total {
            (best.reading, best.total) = (reading, total);
        }
        drop(black_box(analysis));
    }
    best
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Whether a goal is met, as a word.
fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn small(text: &str) {
    println!("\nA funnel of 20 stages, from text to findings");
    println!("{:<28} {:>10} {:>12} {:>9}", "", "ms", "goal", "");
    let row = measure(text, 101);
    println!("{:<28} {:>10.3} {:>12} {:>9}", "in memory", ms(row.total), "< 3 ms", verdict(ms(row.total) < 3.0));
    let path = std::env::temp_dir().join(format!("funnelc-bench-{}.funnel", std::process::id()));
    if std::fs::write(&path, text).is_err() {
        println!("the whole process: no place for a temporary file");
        return;
    }
    let mut times: Vec<Duration> = (0..51)
        .filter_map(|_| {
            let start = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_funnelc"));
            let status = command.arg("check").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
            assert!(status.success(), "the bench's funnel is a good one: {status}");
            Some(start.elapsed())
        })
        .collect();
    // The file is of no use any more; whether it can be removed changes nothing.
    let _ = std::fs::remove_file(&path);
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{:<28} {:>10.3} {:>12} {:>9}", "`funnelc check`, whole", ms(median), "< 10 ms", verdict(ms(median) < 10.0));
}

/// The slope of time over size in a double logarithmic plot: 1 is linear, 2 is quadratic.
fn exponent(points: &[(usize, Duration)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, time)| ((*size as f64).ln(), time.as_secs_f64().ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = (logs.iter().map(|it| it.0).sum::<f64>() / count, logs.iter().map(|it| it.1).sum::<f64>() / count);
    let above: f64 = logs.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
    let below: f64 = logs.iter().map(|it| (it.0 - x) * (it.0 - x)).sum();
    above / below
}

const SIZES: [usize; 4] = [20, 200, 2_000, 10_000];

fn curve(shapes: &[Shape]) {
    println!("\nCPU milliseconds from text to findings, by the number of stages; in brackets the part until the tree is made");
    println!("{:<12} {:>9} {:>9} {:>9} {:>9} {:>18}   exponent", "", SIZES[0], SIZES[1], SIZES[2], SIZES[3], "goal < 1000 ms");
    let mut exponents = Vec::new();
    for shape in shapes {
        let mut points = Vec::new();
        print!("{:<12}", shape.name);
        let mut last = None;
        for size in SIZES {
            let text = shape.text(size);
            let row = measure(&text, if size < 1_000 { 15 } else { 3 });
            print!(" {:>9.2}", ms(row.total));
            points.push((size, row.total));
            last = Some(row);
        }
        let large: Vec<_> = points.iter().copied().filter(|(size, _)| *size >= 200).collect();
        let exponent = exponent(&large);
        exponents.push(exponent);
        if let Some(row) = last {
            let goal = format!("({:.0}) {}", ms(row.reading), verdict(ms(row.total) < 1_000.0));
            print!(" {goal:>18}   {exponent:.2}");
            if row.findings > 0 && shape.good {
                print!("   {} findings, and there should be none;", row.findings);
            }
        }
        println!("   {}", shape.about);
    }
    if let Some(largest) = exponents.into_iter().reduce(f64::max) {
        println!("largest exponent from 200 to 10 000 stages: {largest:.2}, goal < 1.2: {}", verdict(largest < 1.2));
    }
}

fn megabytes() {
    println!("\nTen megabytes of ordinary funnels in one program, from text to findings on one core");
    let text = inputs::many_funnels(10_000_000);
    let row = measure(&text, 3);
    let rate = |time: Duration| row.bytes as f64 / 1e6 / time.as_secs_f64();
    println!("text to tree      {:>8.1} MB per CPU second", rate(row.reading));
    println!("text to findings  {:>8.1} MB per CPU second, goal > 10: {}", rate(row.total), verdict(rate(row.total) > 10.0));
    if row.findings > 0 {
        println!("{} findings, and there should be none", row.findings);
    }
}

/// A row of so many stages that write to people, with guarantees over all of it.
fn promising(stages: usize) -> String {
    let mut text =
        "event go\nevent stop\nchannel web\nmessage m by web\nmessage k by web\nfunnel f {\nfor each contact\nreentry after leaving\n"
            .to_owned();
    for at in 0..stages {
        let door = if at == 0 {
            "enter when go".to_owned()
        } else {
            format!("enter from s{} after 2 days\nenter from s{} when go", at - 1, at - 1)
        };
        let nurture = "nurture n {\nsend m as x\nwait 1 day\nsend k as y\n}";
        text += &format!("stage s{at} {{\n{door}\nleave when stop\n{nurture}\n}}\n");
    }
    let last = stages - 1;
    text + &format!(
        "goal final stage won {{ enter from s{last} after 2 days }}\n\
         guarantee every contact leaves s0 within 2 days\n\
         guarantee every way to won goes through s{last}\n\
         guarantee s0 never follows won\n\
         guarantee at most 90 m within 1 day\n\
         guarantee at most 40 messages within 7 days\n\
         guarantee never send m after stop\n\
         guarantee won is reachable from every stage\n}}\n"
    )
}

/// How long each guarantee takes to be decided.
fn guarantees() {
    println!("| guarantees | number | the slowest | all, with what they build on | goal | |\n|---|---|---|---|---|---|");
    let decide = |name: &str, text: &str, goal_ms: f64, of_all: bool| {
        let loaded =
            Loaded::read(&MemoryLoader::new([("bench.funnel", text)]), &["bench.funnel".to_owned()]).expect("the text is in memory");
        let analysis = analyse(loaded);
        let begun = ProcessTime::now();
        let (mut last, mut times) = (ProcessTime::now(), Vec::new());
        decide_each(&analysis.model, &analysis.sources, Settings::default(), &mut |span| {
            if span.is_some() {
                times.push(last.elapsed());
            }
            last = ProcessTime::now();
        });
        let (all, most) = (begun.elapsed(), times.iter().max().copied().unwrap_or_default());
        let met = ms(if of_all { all } else { most }) <= goal_ms;
        println!("| {name} | {} | {:.2} ms | {:.1} ms | {goal_ms} ms | {} |", times.len(), ms(most), ms(all), verdict(met));
    };
    for folder in ["models", "journeys", "data"] {
        let folder = format!("{}/examples/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut paths: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "funnel"));
        paths.sort();
        for path in paths {
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            decide(name, &std::fs::read_to_string(&path).expect("an example can be read"), 20.0, false);
        }
    }
    decide("1000 stages", &promising(1_000), 1_000.0, true);
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    if asked("small") {
        small(&SHAPES[5].text(20));
    }
    let shapes: Vec<Shape> =
        SHAPES.iter().copied().filter(|shape| asked(shape.name) || wanted.iter().any(|word| word == "curve")).collect();
    if !shapes.is_empty() {
        curve(&shapes);
    }
    if asked("guarantees") {
        guarantees();
    }
    if asked("megabytes") {
        megabytes();
    }
}
