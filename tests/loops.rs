//! Laps against the runtime: random small funnels that record, set and come again.
//!
//! What the runtime reports as `looping` or `cascade` has a finding of laps in no time; whoever is silent for a hundred days
//! and is still written to has a finding of laps with messages; and what an error of laps tells is so when it is played
//! again. `LOOPS_CASES=5000` tries more, `LOOPS_SEED=7` tries others.

mod common;

use common::{analysis, seeded};
use funnelc::{
    check::Checked,
    diag::Diagnostics,
    lower,
    runtime::{self, Collected, Options, Raw, Reason, Record, What},
};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseError};
use std::{cell::Cell, collections::BTreeMap};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Monday 2026-03-02, 10:00 UTC.
const BEGIN_MS: i64 = 1_772_445_600_000;

const PRELUDE: &str = "contact {
  hot  : flag = no
  done : flag = no ours
  n    : number = 0 ours
}
channel web
message m by web
message k by web
event go
event ping
event tick ours
event tock ours
segment warm when hot = yes
";

fn one_of(texts: &[&'static str]) -> BoxedStrategy<String> {
    select(texts.to_vec()).prop_map(str::to_owned).boxed()
}

/// What opens the doors of a lap: what holds, what time brings, what our own steps bring, what comes in.
#[derive(Clone, Copy, Debug)]
enum Drive {
    States,
    Timers,
    Ours,
    Mixed,
}

fn state() -> BoxedStrategy<String> {
    one_of(&["hot = yes", "hot = no", "done = yes", "done = no", "n < 2", "n >= 1", "in segment warm", "had ping", "no tick within 1 day"])
}

/// What holds for many, and for as long as nobody changes it.
fn lasting() -> BoxedStrategy<String> {
    one_of(&["hot = yes", "hot = yes", "in segment warm", "done = no", "had ping", "n >= 0"])
}

fn trigger() -> BoxedStrategy<String> {
    one_of(&["ping", "go", "tick", "tock", "sent m"])
}

fn timer() -> BoxedStrategy<String> {
    one_of(&["after 12 hours", "after 2 days", "after 5 days", "after 2 days when hot = yes", "after 1 day without go"])
}

fn step() -> BoxedStrategy<String> {
    let leaf = one_of(&[
        "record tick",
        "record tock",
        "set done = yes",
        "set done = no",
        "set n = n + 1",
        "send m as x@",
        "send m as x@",
        "send k as x@",
        "wait 6 hours",
        "wait 2 days",
        "wait until tick up to 2 days",
    ]);
    prop_oneof![4 => leaf.clone(), 1 => (state(), leaf).prop_map(|(when, step)| format!("if {when} {{ {step} }}"))].boxed()
}

fn nurture() -> BoxedStrategy<String> {
    let start = prop_oneof![
        4 => Just(String::new()),
        2 => trigger().prop_map(|it| format!(" each time {it}")),
        1 => state().prop_map(|it| format!(" when {it}")),
    ];
    (start, vec(step(), 1..3)).prop_map(|(start, steps)| format!("nurture n@{start} {{\n{}\n}}", steps.join("\n"))).boxed()
}

/// What opens a door of a lap, and the nurture of the stage before it that may see to it.
fn opens(drive: Drive) -> BoxedStrategy<(String, String)> {
    let alone = |when: BoxedStrategy<String>| when.prop_map(|when| (when, String::new())).boxed();
    let when = |it: BoxedStrategy<String>| it.prop_map(|it| format!("when {it}")).boxed();
    let by_ours = select(vec![
        ("when tick", "record tick"),
        ("when tock", "record tock"),
        ("when sent m", "send m as x@"),
        ("when tick and hot = yes", "record tick"),
        ("when n >= 1", "set n = n + 1"),
        ("when done = yes", "set done = yes"),
        ("when done = no", "set done = no"),
    ]);
    let by_ours = by_ours.prop_map(|(when, step)| (when.to_owned(), format!("nurture o@ {{ {step} }}"))).boxed();
    match drive {
        Drive::States => alone(when(lasting())),
        Drive::Timers => (
            prop_oneof![4 => timer(), 1 => when(lasting())],
            one_of(&["", "nurture o@ { send m as x@ }", "nurture o@ {\nwait 6 hours\nsend m as x@ }"]),
        )
            .boxed(),
        Drive::Ours => prop_oneof![3 => by_ours, 1 => alone(when(lasting()))].boxed(),
        Drive::Mixed => prop_oneof![
            2 => alone(when(lasting())),
            2 => alone(timer()),
            2 => by_ours,
            1 => alone(when(state())),
            1 => alone(when(trigger())),
            1 => (trigger(), state()).prop_map(|(a, b)| (format!("when {a} and {b}"), String::new())),
        ]
        .boxed(),
    }
}

/// A lap over some of the stages, with what stands beside it.
fn funnel(name: &'static str) -> BoxedStrategy<String> {
    let drive = select(vec![Drive::States, Drive::Timers, Drive::Timers, Drive::Timers, Drive::Ours, Drive::Mixed, Drive::Mixed]);
    drive.prop_flat_map(move |drive| funnel_driven_by(name, drive)).boxed()
}

fn funnel_driven_by(name: &'static str, drive: Drive) -> BoxedStrategy<String> {
    let first = one_of(&["enter when go", "enter when go", "enter when go or hot = yes", "enter when hot = yes", "enter when ping"]);
    let reentry = one_of(&["never", "never", "after leaving", "5 days after leaving", "restart from a"]);
    let leave = prop_oneof![
        12 => Just(String::new()),
        1 => Just("leave after 9 days\n".to_owned()),
        1 => Just("leave after 12 hours\n".to_owned()),
        1 => state().prop_map(|it| format!("leave when {it}\n"))
    ];
    let visits = one_of(&["", "", "", "", "", "", "", "visits at most 2\n"]);
    let beside = || (proptest::option::weighted(0.2, (one_of(&["a", "b", "c"]), state())), vec(nurture(), 0..2));
    let lap = vec(opens(drive), 3);
    (first, reentry, (leave, visits), (lap, 2_usize..4), vec(beside(), 3))
        .prop_map(move |(first, reentry, (leave, visits), (lap, long), beside)| {
            let mut out = format!("funnel {name} {{\nfor each contact\nreentry {reentry}\n");
            for (at, (place, (door, nurtures))) in ["a", "b", "c"].into_iter().zip(&beside).enumerate() {
                let before = ["a", "b", "c"][if at == 0 { long - 1 } else { at - 1 }];
                let (opens, _) = &lap[at];
                // What the stage does so that the door of the next one opens.
                let (_, sees_to_it) = &lap[(at + 1) % if at < long { long } else { 3 }];
                out += &format!("stage {place} {{\n");
                if at == 0 {
                    out += &format!("{first}\n{visits}{leave}");
                }
                out += &format!("enter from {before} {opens}\n");
                if let Some((from, when)) = door.as_ref().filter(|(from, _)| from != place) {
                    out += &format!("enter from {from} when {when}\n");
                }
                out += &format!("{sees_to_it}\n{}\n}}\n", nurtures.join("\n"));
            }
            out + "goal final stage d { enter from a, b, c when go and hot = yes and n >= 9 }\n}\n"
        })
        .boxed()
}

fn text() -> BoxedStrategy<String> {
    (funnel("f"), proptest::option::weighted(0.15, funnel("g")))
        .prop_map(|(one, two)| {
            let parts = one + &two.unwrap_or_default();
            let numbered = parts.split('@').enumerate().map(|(n, part)| if n == 0 { part.to_owned() } else { format!("{n}{part}") });
            PRELUDE.to_owned() + &numbered.collect::<String>()
        })
        .boxed()
}

fn records() -> BoxedStrategy<Vec<Record>> {
    let event = prop_oneof![
        3 => Just(("go", None)),
        3 => Just(("ping", None)),
        2 => Just(("identify", Some(true))),
        1 => Just(("identify", Some(false))),
    ];
    let begin = prop_oneof![8 => Just(vec![("identify", Some(true)), ("ping", None), ("go", None)]), 1 => Just(vec![("go", None)]), 1 => Just(Vec::new())];
    (begin, vec((1_i64..48, event), 1..5))
        .prop_map(|(begin, list)| {
            let list = begin.into_iter().map(|event| (1, event)).chain(list).collect::<Vec<_>>();
            let mut time_ms = BEGIN_MS;
            let record = |(n, (hours, (event, hot))): (usize, (i64, (&str, Option<bool>)))| {
                time_ms += hours * HOUR_MS;
                let properties = hot.map(|hot| ("hot".to_owned(), Raw::Flag(hot))).into_iter().collect::<BTreeMap<_, _>>();
                Record { time_ms, contact: "ann".to_owned(), event: event.to_owned(), properties, id: None, position: n as u64 + 1 }
            };
            list.into_iter().enumerate().map(record).collect()
        })
        .boxed()
}

/// What was seen of a funnel, and what was said of it.
struct Seen {
    /// Somebody went round at one instant.
    in_no_time: bool,
    /// Somebody silent goes on moving.
    turns: bool,
    /// Somebody silent is still written to.
    late: bool,
    codes: Vec<&'static str>,
}

/// What happened at one instant over and over, and whether messages still go out after a hundred silent days.
fn run(text: &str, records: &[Record]) -> Result<Option<Seen>, TestCaseError> {
    let analysis = analysis(text);
    if !analysis.is_whole {
        return Ok(None);
    }
    // It is run all the same, whatever is found.
    let checked = Checked::new(&analysis.model, &Diagnostics::new()).expect("no finding, no error");
    let rules = lower::lower(&checked, &analysis.sources);
    let last_ms = records.last().map_or(BEGIN_MS, |record| record.time_ms);
    let mut collected = Collected::default();
    let options = Options { until_ms: Some(last_ms + 120 * DAY_MS), ..Options::default() };
    runtime::run(&rules, records.iter().cloned().map(Ok), options, &mut collected).expect("the zone is known");
    let in_no_time = collected.outcomes.iter().any(|it| matches!(it.what, What::Looping { .. }))
        || collected.set_aside.iter().any(|it| it.reason == Reason::Cascade);
    let late_ms = last_ms + 100 * DAY_MS;
    let turns = collected.outcomes.iter().filter(|it| it.time_ms > late_ms - 50 * DAY_MS && matches!(it.what, What::Move { .. })).count();
    let late = collected.outcomes.iter().any(|it| it.time_ms > late_ms && matches!(it.what, What::Send { .. }));
    let faults = analysis.verify();
    prop_assert!(faults.is_empty(), "stories that are not so: {faults:?}");
    let codes = analysis.diagnostics.iter().map(|finding| finding.code.id).collect();
    Ok(Some(Seen { in_no_time, turns: turns > 3, late, codes }))
}

#[test]
fn what_goes_round_at_run_time_has_a_finding() {
    let (tried, rounds, turning, sends) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = seeded::runner("LOOPS", seeded::cases_of("LOOPS", 60), 0);
    let outcome = runner.run(&(text(), records()), |(text, records)| {
        let Some(Seen { in_no_time, turns, late, codes }) = run(&text, &records)? else {
            return Err(TestCaseError::reject("names or types"));
        };
        tried.set(tried.get() + 1);
        rounds.set(rounds.get() + u32::from(in_no_time));
        turning.set(turning.get() + u32::from(turns && !in_no_time));
        sends.set(sends.get() + u32::from(late));
        let has = |wanted: &[&str]| codes.iter().any(|code| wanted.contains(code));
        prop_assert!(!in_no_time || has(&["F401", "F402", "F403", "F802"]), "it goes round in no time, and nothing is said but {codes:?}");
        prop_assert!(
            !late || has(&["F401", "F402", "F403", "F404", "F407", "F801", "F802"]),
            "somebody silent is still written to, and nothing is said but {codes:?}"
        );
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (tried, rounds, turning, sends) = (tried.get(), rounds.get(), turning.get(), sends.get());
    println!("{tried} funnels: {rounds} go round in no time, {turning} by time, {sends} write for ever");
    assert!((rounds + turning) * 2 > tried && rounds * 6 > tried && sends * 8 > tried, "most go round");
}
