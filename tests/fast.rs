//! The fast engine against the reference: the same results and the same records set aside, byte for byte, for every example
//! with its log, every conformance case, and random funnels on random logs, for several numbers of threads and sizes of batches.
//!
//! `FAST_CASES=100000 FAST_SEED=7 cargo test --release --test fast` tries more and others.

mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use common::{compile, compile_unchecked, events};
use funnelc::{
    fast::{self, Settings},
    lower,
    ruleset::RuleSet,
    runtime::{
        self, Collected, Counters, Options, Outcome, Record, SetAside,
        input::{Reading, Records},
    },
    workspace::{Loaded, analyse},
};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::{cell::Cell, fs, io::Cursor, path::Path};

const DAY_MS: i64 = 86_400_000;

type Input = Vec<Result<Record, SetAside>>;

struct Ran {
    outcomes: Vec<String>,
    set_aside: Vec<String>,
    counters: Counters,
}

fn told(collected: &Collected, counters: Counters) -> Ran {
    Ran {
        outcomes: collected.outcomes.iter().map(Outcome::to_json).collect(),
        set_aside: collected.set_aside.iter().map(SetAside::to_json).collect(),
        counters,
    }
}

fn reference(rules: &RuleSet, input: &Input, options: &Options) -> Ran {
    let mut collected = Collected::default();
    let counters = runtime::run(rules, input.iter().cloned(), options.clone(), &mut collected).expect("the zone is known");
    told(&collected, counters)
}

fn fast(rules: &RuleSet, input: &Input, options: &Options, settings: Settings) -> Ran {
    let mut collected = Collected::default();
    let counters = fast::run(rules, input.iter().cloned(), options.clone(), settings, &mut collected).expect("the zone is known");
    told(&collected, counters)
}

/// The first difference between two runs, with what came before it.
fn same(what: &str, one: &[String], other: &[String]) -> Result<(), String> {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    if at == one.len() && at == other.len() {
        return Ok(());
    }
    let before = one[at.saturating_sub(3)..at].join("\n");
    Err(format!("{what}\n{before}\n- {:?}\n+ {:?}", one.get(at), other.get(at)))
}

const WAYS: [Settings; 4] = [
    Settings { threads: 1, batch: 65_536 },
    Settings { threads: 1, batch: 1 },
    Settings { threads: 2, batch: 7 },
    Settings { threads: 5, batch: 64 },
];

/// Whether all ways to run come to the same; how many results there were.
fn agree(rules: &RuleSet, input: &Input, options: &Options, ways: &[Settings]) -> Result<usize, String> {
    let wanted = reference(rules, input, options);
    for way in ways {
        let got = fast(rules, input, options, *way);
        same(&format!("results, {way:?}"), &wanted.outcomes, &got.outcomes)?;
        same(&format!("set aside, {way:?}"), &wanted.set_aside, &got.set_aside)?;
        if wanted.counters != got.counters {
            return Err(format!("counters, {way:?}\n- {:?}\n+ {:?}", wanted.counters, got.counters));
        }
    }
    Ok(wanted.outcomes.len())
}

/// Sorted as a batch, and as they come with and without late ones.
fn agree_all(rules: &RuleSet, input: &Input, until_ms: Option<i64>, ways: &[Settings]) -> Result<usize, String> {
    let mut results = 0;
    for lateness_ms in [None, Some(0), Some(3 * DAY_MS)] {
        let options = Options { lateness_ms, until_ms, ..Options::default() };
        results += agree(rules, input, &options, ways).map_err(|why| format!("lateness {lateness_ms:?}: {why}"))?;
    }
    Ok(results)
}

#[test]
fn every_rule_set_of_the_examples_becomes_tables_and_runs_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut programs = 0;
    for group in ["models", "journeys"] {
        let mut paths: Vec<_> = fs::read_dir(root.join(group)).expect("a folder").map(|entry| entry.expect("readable").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_file() && path.extension().is_none_or(|ending| ending != "funnel") {
                continue;
            }
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let beside = if path.is_dir() { path.join(&stem) } else { path.with_extension("") };
            let Some(log) = ["ndjson", "csv"].iter().map(|ending| beside.with_extension(ending)).find(|log| log.exists()) else { continue };
            let rules = rules_of(&path);
            assert_eq!(fast::fits(&rules), Ok(()), "{}", path.display());
            let records = Records::new(Cursor::new(fs::read(&log).expect("readable")), Reading::default()).expect("a log");
            let input: Input = records.collect();
            let last = input.iter().flatten().map(|record| record.time_ms).max().unwrap_or_default();
            let ran = agree_all(&rules, &input, Some(last + 30 * DAY_MS), &WAYS);
            if let Err(why) = ran {
                panic!("{}: {why}", path.display());
            }
            programs += 1;
        }
    }
    assert!(programs > 20, "the examples were found");
}

/// The rule set of a file or folder.
fn rules_of(path: &Path) -> RuleSet {
    let folder = if path.is_dir() { path } else { path.parent().expect("a folder") };
    let mut names: Vec<String> = if path.is_dir() {
        let files = fs::read_dir(path).expect("readable").map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        files.filter(|name| name.ends_with(".funnel")).collect()
    } else {
        vec![path.file_name().expect("a name").to_string_lossy().into_owned()]
    };
    names.sort();
    let beside = common::parts(&folder.join(&names[0])).2;
    let analysis = analyse(Loaded::read(&beside, &names).expect("they are there"));
    let checked = analysis.checked().expect("the examples have no errors");
    lower::lower(&checked, &analysis.sources)
}

/// `CASE=s6-01` runs the cases whose names contain that.
#[test]
fn every_conformance_case_runs_the_same() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let (mut cases, mut faults) = (0, String::new());
    let mut paths: Vec<_> = fs::read_dir(folder).expect("the cases are there").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path).expect("readable");
        let section = |name: &str| {
            let lines = text.lines().skip_while(|line| line.strip_prefix("== ").is_none_or(|it| it.trim() != name)).skip(1);
            lines.take_while(|line| !line.starts_with("== ")).map(str::to_owned).collect::<Vec<_>>()
        };
        let events: Vec<String> = section("events").into_iter().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
        if text.contains("== findings") || !path.to_string_lossy().contains(&wanted) {
            continue;
        }
        let Ok(rules) = compile(&(section("funnel").join("\n") + "\n")) else { continue };
        let (options, records) = events::read(&events);
        if let Err(why) = agree(&rules, &records, &options, &WAYS) {
            faults.push_str(&format!("{}: {why}\n", path.display()));
        }
        cases += 1;
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(cases > 100 || !wanted.is_empty(), "the cases were found");
}

#[test]
fn random_funnels_on_random_logs_run_the_same() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let seed_number = number("FAST_SEED").unwrap_or(1);
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&seed_number.to_be_bytes());
    let config = Config {
        cases: number("FAST_CASES").unwrap_or(200),
        max_global_rejects: u32::MAX,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let (ran, results) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let outcome = runner.run(&(funnels::text(), logs::records()), |(text, records)| {
        let rules = compile_unchecked(&text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
        let end_ms = records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS;
        let input: Input = records.into_iter().map(Ok).collect();
        let found = agree_all(&rules, &input, Some(end_ms), &WAYS).map_err(TestCaseError::fail)?;
        ran.set(ran.get() + 1);
        results.set(results.get() + found);
        Ok(())
    });
    println!("FAST_SEED={seed_number}: {} cases, {} results", ran.get(), results.get());
    if let Err(error) = outcome {
        panic!("FAST_SEED={seed_number}: {error}");
    }
    assert!(results.get() > 20 * ran.get(), "only {} results of {} runs", results.get(), ran.get());
}
