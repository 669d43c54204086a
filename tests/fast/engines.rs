//! Both engines on the same log, and where they differ first.
#![allow(dead_code, reason = "each suite uses a part of it")]

use funnelc::{
    fast::{self, Settings, ingest::Pieces},
    report::Watching,
    ruleset::RuleSet,
    runtime::{self, Collected, Counters, Options, Outcome, Reason, Record, SetAside, Sink, input::Records},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
};

pub const DAY_MS: i64 = 86_400_000;

pub type Input = Vec<Result<Record, SetAside>>;

pub struct Ran {
    pub outcomes: Vec<String>,
    pub set_aside: Vec<String>,
    pub counters: Counters,
}

pub fn told(collected: &Collected, counters: Counters) -> Ran {
    Ran {
        outcomes: collected.outcomes.iter().map(Outcome::to_json).collect(),
        set_aside: collected.set_aside.iter().map(SetAside::to_json).collect(),
        counters,
    }
}

pub fn reference(rules: &RuleSet, input: &Input, options: &Options) -> Ran {
    let mut collected = Collected::default();
    let counters = runtime::run(rules, input.iter().cloned(), options.clone(), &mut collected).expect("the zone is known");
    told(&collected, counters)
}

/// It must be the tables that run: what does not become tables would run on the reference, and be the same for no reason.
pub fn fast(rules: &RuleSet, input: &Input, options: &Options, settings: Settings) -> Ran {
    assert_eq!(fast::fits(rules), Ok(()));
    let mut collected = Collected::default();
    let counters = fast::run(rules, input.iter().cloned(), options.clone(), settings, &mut collected).expect("the zone is known");
    told(&collected, counters)
}

/// The first difference between two runs, with what came before it.
pub fn same(what: &str, one: &[String], other: &[String]) -> Result<(), String> {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    if at == one.len() && at == other.len() {
        return Ok(());
    }
    let before = one[at.saturating_sub(3)..at].join("\n");
    Err(format!("{what}\n{before}\n- {:?}\n+ {:?}", one.get(at), other.get(at)))
}

pub const WAYS: [Settings; 4] = [
    Settings { threads: 1, batch: 65_536 },
    Settings { threads: 1, batch: 1 },
    Settings { threads: 2, batch: 7 },
    Settings { threads: 5, batch: 64 },
];

/// Whether all ways to run come to the same; how many results there were.
pub fn agree(rules: &RuleSet, input: &Input, options: &Options, ways: &[Settings]) -> Result<usize, String> {
    let wanted = reference(rules, input, options);
    for way in ways {
        let got = fast(rules, input, options, *way);
        same(&format!("results, {way:?}"), &wanted.outcomes, &got.outcomes)?;
        same(&format!("set aside, {way:?}"), &wanted.set_aside, &got.set_aside)?;
        if wanted.counters != got.counters {
            return Err(format!("counters, {way:?}\n- {:?}\n+ {:?}", wanted.counters, got.counters));
        }
    }
    same_alone(rules, input, options)?;
    Ok(wanted.outcomes.len())
}

/// Whether the first, a middle and the last contact come to the same where they are run alone.
fn same_alone(rules: &RuleSet, input: &Input, options: &Options) -> Result<(), String> {
    let mut all = Collected::default();
    let counters = runtime::run(rules, input.iter().cloned(), options.clone(), &mut all).expect("the zone is known");
    let names: BTreeSet<&str> = input.iter().flatten().map(|record| record.contact.as_str()).filter(|name| !name.is_empty()).collect();
    for name in names.iter().step_by((names.len() / 2).max(1)).chain(names.last()) {
        let is_of = |aside: &&SetAside| {
            let record: serde_json::Value = serde_json::from_str(&aside.record).unwrap_or_default();
            record.get("contact").and_then(serde_json::Value::as_str) == Some(*name)
                || aside.record.starts_with(&format!("the latest record of {name}:"))
        };
        let mut alone = Collected::default();
        let reached = runtime::run_of(name, rules, input.iter().cloned(), options.clone(), &mut alone).expect("the zone is known");
        let told = |all: &Collected| {
            let outcomes = all.outcomes.iter().filter(|outcome| outcome.contact == *name).map(Outcome::to_json);
            // When a timer is run that is due between two records depends on the others, and so does what it sets aside.
            let mut aside: Vec<String> = all.set_aside.iter().filter(is_of).map(SetAside::to_json).collect();
            aside.sort_unstable();
            outcomes.chain(aside).collect::<Vec<_>>()
        };
        same(&format!("{name} alone"), &told(&all), &told(&alone))?;
        if alone.outcomes.iter().any(|outcome| outcome.contact != *name) || reached.reached_ms != counters.reached_ms {
            return Err(format!("{name} alone: {:?} instead of {:?}", reached.reached_ms, counters.reached_ms));
        }
    }
    Ok(())
}

/// Keeps results, and of what is set aside no more than how many there are.
#[derive(Default)]
struct Counting {
    collected: Collected,
    aside: BTreeMap<Reason, u64>,
}

impl Sink for Counting {
    fn outcome(&mut self, outcome: &Outcome) {
        self.collected.outcome(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.set_aside_alike(set_aside.reason, 1);
    }

    fn counts_aside(&self) -> bool {
        true
    }

    fn set_aside_alike(&mut self, reason: Reason, count: u64) {
        *self.aside.entry(reason).or_default() += count;
    }
}

/// Several reports at once.
struct Reports<'r>(Vec<Watching<'r>>);

impl Sink for Reports<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        self.0.iter_mut().for_each(|watching| watching.outcome(outcome));
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.0.iter_mut().for_each(|watching| watching.set_aside(set_aside));
    }

    fn taken(&mut self, record: &Record) {
        self.0.iter_mut().for_each(|watching| watching.taken(record));
    }
}

/// Whether the reports of a log are the same on both, by nothing and by some of its properties, whoever declared them.
fn same_reports<R: BufRead + Send>(
    rules: &RuleSet,
    records: &dyn Fn() -> Records<R>,
    options: &Options,
    ways: &[(Settings, usize)],
) -> Result<(), String> {
    let names: BTreeSet<String> = records().flatten().flat_map(|record| record.properties.into_keys()).collect();
    // Of many names those at both ends and some between.
    let some = names.iter().step_by((names.len() / 4).max(1)).chain(names.last());
    let by: Vec<Option<&str>> = some.map(|name| Some(name.as_str())).chain([None]).collect();
    let mut reports = Reports(by.iter().map(|by| Watching::new(rules, *by, &options.zone)).collect());
    let counters = runtime::run(rules, records(), options.clone(), &mut reports).expect("the zone is known");
    for ((wanted, by), (settings, chunk)) in reports.0.into_iter().zip(by).zip(ways.iter().copied().cycle()) {
        let mut watching = Watching::new(rules, by, &options.zone);
        let pieces = Pieces::new(records()).of_size(chunk);
        fast::run_log(rules, pieces, options, settings, &mut watching).expect("the rules fit");
        let (met, got) = (watching.met_property(), watching.finish(&counters).to_json());
        let (was_met, wanted) = (wanted.met_property(), wanted.finish(&counters).to_json());
        if (was_met, &wanted) != (met, &got) {
            return Err(format!("report by {by:?}, {settings:?}, {chunk}\n- {was_met} {wanted}\n+ {met} {got}"));
        }
    }
    Ok(())
}

/// Ways to run a log, each with the size of its chunks.
pub const CHUNKS: [(Settings, usize); 5] = [(WAYS[0], 1 << 20), (WAYS[3], 1_000), (WAYS[2], 300), (WAYS[3], 5), (WAYS[1], 1)];

/// Whether a log comes to the same on both, whatever the size of its chunks; what it comes to.
pub fn agree_as_log<R: BufRead + Send>(
    rules: &RuleSet,
    records: &dyn Fn() -> Records<R>,
    options: &Options,
    ways: &[(Settings, usize)],
) -> Result<Ran, String> {
    let mut collected = Collected::default();
    let counters = runtime::run(rules, records(), options.clone(), &mut collected).expect("the zone is known");
    let mut aside: BTreeMap<Reason, u64> = BTreeMap::new();
    collected.set_aside.iter().for_each(|it| *aside.entry(it.reason).or_default() += 1);
    let wanted = told(&collected, counters);
    same_reports(rules, records, options, ways)?;
    for (settings, chunk) in ways.iter().copied() {
        let mut counting = Counting::default();
        let counters =
            fast::run_log(rules, Pieces::new(records()).of_size(chunk), options, settings, &mut counting).expect("the rules fit");
        let got = told(&counting.collected, counters);
        same(&format!("results where what is set aside is counted, {settings:?}, {chunk}"), &wanted.outcomes, &got.outcomes)?;
        if (&aside, &wanted.counters) != (&counting.aside, &got.counters) {
            let (one, other) = ((&aside, &wanted.counters), (&counting.aside, &got.counters));
            return Err(format!("what is set aside, counted, {settings:?}, {chunk}\n- {one:?}\n+ {other:?}"));
        }
        let mut collected = Collected::default();
        let pieces = Pieces::new(records()).of_size(chunk);
        let counters = fast::run_log(rules, pieces, options, settings, &mut collected).expect("the rules fit");
        let got = told(&collected, counters);
        same(&format!("results, {settings:?}, {chunk}"), &wanted.outcomes, &got.outcomes)?;
        same(&format!("set aside, {settings:?}, {chunk}"), &wanted.set_aside, &got.set_aside)?;
        if wanted.counters != got.counters {
            return Err(format!("counters, {settings:?}, {chunk}\n- {:?}\n+ {:?}", wanted.counters, got.counters));
        }
    }
    Ok(wanted)
}
