//! The guard of the checker's cost: counts the instructions that fixed inputs take, and fails where one takes more than a
//! tenth more than the committed table says.
//!
//! `cargo bench --bench instructions` compares; with `-- --bless` behind it, it writes the table anew. It needs valgrind.
//!
//! Instructions do not depend on how loaded a machine is, but they do on the compiler and on the C library. So each count
//! is divided by that of a calibration, a fixed piece of work of the standard library alone, and a table holds for one
//! compiler: under another the numbers are shown, and nothing fails.

mod inputs;

use funnelc::workspace::{Loaded, MemoryLoader, analyse};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    hint::black_box,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::Mutex,
};

/// The allocator of the program, so that what is measured is what people get.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Above this share of the table's count the guard fails.
const MOST: f64 = 1.10;
/// The stages of each shape.
const STAGES: usize = 300;
/// The row of the table that the others are divided by.
const CALIBRATION: &str = "calibration";

type Counts = BTreeMap<String, u64>;

fn names() -> Vec<String> {
    let shapes = inputs::SHAPES.iter().map(|shape| shape.name.to_owned());
    shapes.chain(["small", "funnels", "broken"].map(str::to_owned)).chain([CALIBRATION.to_owned()]).collect()
}

fn text_of(name: &str) -> Option<String> {
    match name {
        "small" => inputs::SHAPES.iter().find(|shape| shape.name == "nurtures").map(|shape| shape.text(20)),
        "funnels" => Some(inputs::many_funnels(300_000)),
        "broken" => Some(inputs::many_funnels(100_000).replace("enter from", "entr from").replace("send receipt", "sned receipt")),
        _ => inputs::SHAPES.iter().find(|shape| shape.name == name).map(|shape| shape.text(STAGES)),
    }
}

/// The work whose instructions count, and nothing else.
#[inline(never)]
fn measured_work(text: &str) {
    let loader = MemoryLoader::new([("bench.funnel", text)]);
    let loaded = Loaded::read(&loader, &["bench.funnel".to_owned()]).expect("the text is in memory");
    drop(black_box(analyse(black_box(loaded))));
}

/// Work of the standard library alone, of the kinds that the checker does: texts, maps, sorting, allocation.
#[inline(never)]
fn measured_work_of_calibration() {
    let mut words: Vec<String> = (0..60_000_u32).map(|number| format!("word_{}", number.wrapping_mul(2_654_435_761) % 50_021)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in &words {
        *counts.entry(word.clone()).or_default() += 1;
    }
    words.sort();
    words.dedup();
    black_box((words, counts));
}

/// Counts one input's instructions in a process of its own.
fn count(name: &str) -> Result<u64, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured_work*"]);
    let output = command.arg(this).args(["run", name]).output().map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")).and_then(|(_, number)| number.trim().parse().ok());
    collected.filter(|number| *number > 0 && output.status.success()).ok_or_else(|| format!("no count of `{name}`:\n{said}"))
}

/// All counts, as many at once as there are processors.
fn count_all() -> Result<Counts, String> {
    let open = Mutex::new(names());
    let (counts, faults) = (Mutex::new(Counts::new()), Mutex::new(Vec::new()));
    let work = || {
        while let Some(name) = open.lock().ok().and_then(|mut names| names.pop()) {
            match count(&name) {
                Ok(number) => drop(counts.lock().map(|mut counts| counts.insert(name, number))),
                Err(fault) => drop(faults.lock().map(|mut faults| faults.push(fault))),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    match faults.into_inner().unwrap_or_default().first() {
        Some(fault) => Err(fault.clone()),
        None => Ok(counts.into_inner().unwrap_or_default()),
    }
}

fn table_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

/// The compiler and what it compiles for, as the table names them.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        Command::new(rustc).arg("-vV").output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let line = |key: &str| output.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown").trim().to_owned();
    format!("rustc {} for {}", line("release:"), line("host:"))
}

fn read_table(text: &str) -> (String, Counts) {
    let compiler = text.lines().find_map(|line| line.strip_prefix("# compiler: ")).unwrap_or("").to_owned();
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    (compiler, rows.filter_map(|(name, number)| Some((name.to_owned(), number.trim().parse().ok()?))).collect())
}

fn write_table(counts: &Counts) -> std::io::Result<()> {
    let mut text = String::from("# Instructions from text to findings; written by `cargo bench --bench instructions -- --bless`.\n");
    let _ = writeln!(text, "# compiler: {}", compiler());
    for (name, number) in counts {
        let _ = writeln!(text, "{name} {number}");
    }
    std::fs::write(table_path(), text)
}

/// Prints counts beside the table, and says whether none is too high.
fn compare(counts: &Counts, table: &Counts) -> bool {
    let scale = |counts: &Counts| counts.get(CALIBRATION).map_or(1.0, |number| *number as f64);
    let (here, there) = (scale(counts), scale(table));
    let mut holds = true;
    println!("{:<14} {:>14} {:>14} {:>9}", "", "instructions", "table", "change");
    for (name, number) in counts {
        let Some(before) = table.get(name) else {
            println!("{name:<14} {number:>14} {:>14}   not in the table: bless it", "–");
            holds = false;
            continue;
        };
        let ratio = if name == CALIBRATION { *number as f64 / *before as f64 } else { (*number as f64 / here) / (*before as f64 / there) };
        let word = match ratio {
            ratio if name == CALIBRATION || (1.0 / MOST..=MOST).contains(&ratio) => "",
            ratio if ratio > MOST => "TOO MANY",
            _ => "better: bless it, so that it stays",
        };
        holds &= name == CALIBRATION || ratio <= MOST;
        println!("{name:<14} {number:>14} {before:>14} {:>+8.1}% {word}", (ratio - 1.0) * 100.0);
    }
    holds
}

fn guard(bless: bool) -> Result<ExitCode, String> {
    let counts = count_all()?;
    let text = std::fs::read_to_string(table_path()).unwrap_or_default();
    let (of, table) = read_table(&text);
    let holds = compare(&counts, &table);
    if bless {
        write_table(&counts).map_err(|error| error.to_string())?;
        println!("the table is written");
        return Ok(ExitCode::SUCCESS);
    }
    if of.is_empty() {
        println!("there is no table yet: `benches/guard --bless` writes it");
        return Ok(ExitCode::SUCCESS);
    }
    if of != compiler() {
        println!("the table is that of {of}, and this is {}: nothing is judged", compiler());
        return Ok(ExitCode::SUCCESS);
    }
    if holds {
        println!("no input takes more than a tenth more than the table says");
        return Ok(ExitCode::SUCCESS);
    }
    println!("see where they go with `valgrind --tool=callgrind`, or, where the cost is worth it, write the table anew:");
    println!("    cargo bench --bench instructions -- --bless");
    Ok(ExitCode::FAILURE)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, ..] = words.as_slice()
        && first == "run"
    {
        match text_of(name) {
            Some(text) => measured_work(black_box(&text)),
            None => measured_work_of_calibration(),
        }
        return ExitCode::SUCCESS;
    }
    guard(words.iter().any(|word| word == "--bless")).unwrap_or_else(|fault| {
        eprintln!("{fault}");
        ExitCode::FAILURE
    })
}
