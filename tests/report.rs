//! The report: numbers worked out by hand, the same numbers by another way on random funnels and logs, and its chain against a
//! dense solver.
//! `ORACLE_CASES=5000` tries more, `ORACLE_SEED=7` tries others.

mod common;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use common::{compile, compile_unchecked, seeded};
use funnelc::{
    fast::{self, Settings},
    report::{Chain, FunnelReport, Report, StageReport, Watching},
    ruleset::{Funnel, RuleSet},
    runtime::{self, Collected, Counters, Options, Outcome, Raw, Record, SendOutcome, Sink, Summing, What},
    units::Number,
};
use jiff::tz::TimeZone;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError},
};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 86_400_000;

/// Two sinks at once.
struct Both<'s>(&'s mut dyn Sink, &'s mut dyn Sink);

impl Sink for Both<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        self.0.outcome(outcome);
        self.1.outcome(outcome);
    }

    fn set_aside(&mut self, set_aside: &runtime::SetAside) {
        self.0.set_aside(set_aside);
        self.1.set_aside(set_aside);
    }

    fn taken(&mut self, record: &Record) {
        self.0.taken(record);
        self.1.taken(record);
    }
}

struct Ran {
    report: Report,
    collected: Collected,
    counters: Counters,
}

fn run(rules: &RuleSet, records: &[Record], until_ms: i64, by: Option<&str>) -> Ran {
    let (mut watching, mut collected) = (Watching::new(rules, by, &TimeZone::UTC), Collected::default());
    let options = Options { until_ms: Some(until_ms), ..Options::default() };
    let all = || records.iter().cloned().map(Ok);
    let counters = runtime::run(rules, all(), options.clone(), &mut Both(&mut watching, &mut collected)).expect("the zone is known");
    let report = watching.finish(&counters);
    for settings in [Settings { threads: 1, batch: 65_536 }, Settings { threads: 3, batch: 5 }] {
        let mut watching = Watching::new(rules, by, &TimeZone::UTC);
        assert_eq!(fast::fits_hearing(rules, &watching.hears()), Ok(()));
        let counters = fast::run(rules, all(), options.clone(), settings, &mut watching).expect("the zone is known");
        assert_eq!(watching.finish(&counters).to_json(), report.to_json(), "{settings:?}");
    }
    Ran { report, collected, counters }
}

fn at(text: &str) -> i64 {
    runtime::parse_instant(text, &TimeZone::UTC).unwrap_or_else(|| panic!("`{text}` is no time"))
}

/// Records of lines such as `2026-03-02 10:00 ann opt_in source=ads`.
fn records(lines: &[&str]) -> Vec<Record> {
    let record = |(position, line): (u64, &&str)| {
        let words: Vec<&str> = line.split(' ').collect();
        let properties = words[4..].iter().map(|word| word.split_once('=').expect("name=value"));
        Record {
            time_ms: at(&format!("{} {}", words[0], words[1])),
            contact: words[2].to_owned(),
            event: words[3].to_owned(),
            properties: properties.map(|(name, value)| (name.to_owned(), Raw::Cell(value.to_owned()))).collect(),
            id: None,
            position,
        }
    };
    (1..).zip(lines).map(record).collect()
}

const SHOP: &str = r#"
timezone "Europe/Berlin"

event visit at most 2 per day
event opt_in(source: text?)
event purchase(amount: number)
event quit
channel email
message hello by email { transactional }

assume purchase within 10 days of entering reader

funnel shop "Shop" {
  for each contact
  reentry after leaving
  leave when quit

  stage visitor {
    enter when visit
  }

  stage reader {
    enter from visitor when opt_in
    target 50% within 5 days
    nurture greet { send hello }
  }

  goal final stage customer {
    enter from reader when purchase
    target 60% within 10 days
  }

  final stage asleep {
    enter from reader after 30 days
  }
}
"#;

/// Six people: a and b buy after two and four days, c falls asleep, d quits at once, e stays a visitor, f comes near the end.
/// e also comes three times in a day.
const LOG: &[&str] = &[
    "2026-03-01 23:30 a visit source=ads",
    "2026-03-02 10:00 b visit source=ads",
    "2026-03-02 10:00 c visit source=news",
    "2026-03-02 12:00 d visit",
    "2026-03-02 12:00 e visit source=news",
    "2026-03-02 13:00 e visit",
    "2026-03-02 14:00 e visit",
    "2026-03-03 00:00 d quit",
    "2026-03-03 10:00 a opt_in",
    "2026-03-04 10:00 b opt_in",
    "2026-03-08 10:00 c opt_in",
    "2026-03-05 10:00 a purchase amount=10",
    "2026-03-08 10:00 b purchase amount=20",
    "2026-04-06 10:00 f visit source=ads",
    "2026-04-07 10:00 f opt_in",
];

fn percent(text: &str) -> Option<Number> {
    Some(text.parse().expect("a number"))
}

fn stage<'r>(funnel: &'r FunnelReport, name: &str) -> &'r StageReport {
    funnel.stages.iter().find(|stage| stage.name == name).expect("it is there")
}

#[test]
fn numbers_worked_out_by_hand() {
    let rules = compile(SHOP).expect("it has no errors");
    let ran = run(&rules, &records(LOG), at("2026-04-10"), Some("source"));
    let funnel = &ran.report.funnels[0];
    assert_eq!((funnel.runs, funnel.contacts), (6, 6));

    let visitor = stage(funnel, "visitor");
    assert_eq!((visitor.entered, visitor.now_in, visitor.moved_on, visitor.left), (6, 1, 4, 1));
    let ways: Vec<_> = visitor.ways.iter().map(|way| (way.to.as_str(), way.times)).collect();
    assert_eq!(ways, [("reader", 4)]);
    // a 34.5 hours, b 48, c 144, d 12, f 24: the middle one is 34.5, and nine of ten of five are all of them.
    assert_eq!((visitor.median_ms, visitor.p90_ms), (Some(34_500 * 3_600), Some(144 * 3_600_000)));
    // 6 came, 2 of them reached a goal so far.
    assert_eq!(visitor.chance_percent, percent("33.333333"));

    let reader = stage(funnel, "reader");
    assert_eq!((reader.entered, reader.now_in, reader.moved_on, reader.left), (4, 1, 3, 0));
    // a after 2 days, b after 4, c after 30.
    assert_eq!((reader.median_ms, reader.p90_ms), (Some(4 * DAY_MS), Some(30 * DAY_MS)));
    assert_eq!(reader.chance_percent, percent("50"));
    // All but f have had five days as visitors: a and b were in time, c took six, d and e never came.
    let target = &reader.targets[0];
    assert_eq!((target.due, target.reached, target.open), (5, 2, 1));
    assert_eq!((target.percent, target.met), (percent("40"), Some(false)));
    let target = &stage(funnel, "customer").targets[0];
    assert_eq!((target.due, target.reached, target.open), (3, 2, 1));
    assert_eq!((target.percent, target.met), (percent("66.666667"), Some(true)));

    let goal = funnel.goal.as_ref().expect("it has a goal");
    assert_eq!((goal.runs, goal.percent), (2, percent("33.333333")));
    // a from the evening of 1 March to the morning of the 5th, b from the 2nd to the 8th.
    assert_eq!((goal.median_ms, goal.p90_ms), (Some((82 * 3_600_000 + 1_800_000 + 144 * 3_600_000) / 2), Some(144 * 3_600_000)));

    // From `visitor` d quit, and e is there for 39 days, longer than the six of c; from `reader` c fell asleep.
    let leak = funnel.leak.as_ref().expect("some were lost");
    assert_eq!((leak.stage.as_str(), leak.runs, leak.of, leak.percent), ("visitor", 2, 6, percent("33.333333")));
    let ways: Vec<_> = leak.ways.iter().map(|way| (way.to.as_str(), way.times)).collect();
    assert_eq!(ways, [("outside", 1), ("still here", 1)]);

    // One in a hundred of 6 visits that goes to `reader`, where half reach the goal: 0.03; of 4 readers who buy at once: 0.04.
    let levers: Vec<_> = funnel.levers.iter().map(|lever| (lever.stage.as_str(), lever.goals.to_string())).collect();
    assert_eq!(levers, [("reader", "0.04".to_owned()), ("visitor", "0.03".to_owned())]);
    assert_eq!(funnel.levers[0].better, ["customer"]);
    assert_eq!(funnel.levers[0].worse, ["asleep", "still here"]);

    // In Berlin a came after midnight, on Monday; f five weeks later.
    let weeks: Vec<_> = funnel.weeks.iter().map(|week| (week.group.as_deref().unwrap_or(""), week.runs, week.goals)).collect();
    assert_eq!(weeks, [("2026-03-02", 5, 2), ("2026-04-06", 1, 0)]);
    assert_eq!(funnel.weeks[0].stages, [5, 3, 2, 1]);
    let groups: Vec<_> = funnel.groups.iter().map(|group| (group.group.as_deref(), group.runs, group.goals)).collect();
    assert_eq!(groups, [(Some("ads"), 3, 2), (Some("news"), 2, 0), (None, 1, 0)]);

    let promises: Vec<_> = ran.report.promises.iter().map(|it| (it.of, it.broken, it.first_contact.as_deref(), it.open)).collect();
    // Eight visits, the third of e is one too many; a and b bought in time, c did not, f has time.
    assert_eq!(promises, [(8, Some(1), Some("e"), 0), (3, Some(1), Some("c"), 1)]);
    assert_eq!(ran.report.promises[1].first_time.as_deref(), Some("2026-03-18T10:00:00.000Z"));
    let days: Vec<_> = ran.report.days.iter().map(|day| (day.day.as_str(), day.requests.sent)).collect();
    assert_eq!(days, [("2026-03-03", 1), ("2026-03-04", 1), ("2026-03-08", 1), ("2026-04-07", 1)]);
    assert_eq!((ran.report.from.as_deref(), ran.report.contacts), (Some("2026-03-01T23:30:00.000Z"), 6));
}

#[test]
fn every_form_is_made_and_escaped() {
    let rules = compile(&SHOP.replace("\"Shop\"", "\"Shop <&> `x`\"")).expect("it has no errors");
    let mut log = records(LOG);
    log[0].properties.insert("source".to_owned(), Raw::Text("<script>,\"=1+1\"".to_owned()));
    log[2].properties.insert("source".to_owned(), Raw::Text("=1+1".to_owned()));
    let report = || run(&rules, &log, at("2026-04-10"), Some("source")).report;
    let page = report().to_html(&rules);
    assert!(page.contains("Shop &lt;&amp;&gt;") && page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(!page.contains("http://") || !page.replace("http://www.w3.org/2000/svg", "").contains("http://"), "it loads nothing");
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("width=device-width"));
    let document = page.replace("<!DOCTYPE html>\n", "").replace("<br>", "<br/>");
    let document = document.replace("initial-scale=1\">", "initial-scale=1\"/>").replace("charset=\"utf-8\">", "charset=\"utf-8\"/>");
    let document = document.replace("content=\"light dark\">", "content=\"light dark\"/>");
    roxmltree::Document::parse(&document).unwrap_or_else(|error| panic!("{error}\n{document}"));
    let csv = report().to_csv();
    assert!(csv.starts_with("part,funnel,item,detail,measure,value\n"), "{csv}");
    assert!(csv.contains("source,shop,\"<script>,\"\"=1+1\"\"\",,runs,1\n") && csv.contains("source,shop,'=1+1,,runs,1\n"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&report().to_json()).expect("it is JSON");
    assert_eq!(Report::read(&report().to_json()), Ok(report()));
    assert_eq!((&json["format"], &json["version"]), (&"funnelc figures".into(), &1.into()));
    for (one, other) in [(report().to_json(), report().to_json()), (page, report().to_html(&rules))] {
        assert_eq!(one, other);
    }
}

/// What a funnel's stages should say, from the results alone and with nothing forgotten.
fn counted_again(funnel: &Funnel, outcomes: &[Outcome], stages: &[StageReport]) -> Result<(), String> {
    let own: Vec<&Outcome> = outcomes.iter().filter(|it| it.funnel == funnel.name).collect();
    let mut places: BTreeMap<(&str, Option<&str>), Vec<&Outcome>> = BTreeMap::new();
    for outcome in &own {
        places.entry((&outcome.contact, outcome.key.as_deref())).or_default().push(outcome);
    }
    for stage in stages {
        let (mut entered, mut left_for, mut lengths, mut now_in) = (0, BTreeMap::<Option<&str>, u64>::new(), Vec::new(), 0);
        let mut again = 0;
        for list in places.values() {
            let mut inside: Option<i64> = None;
            let mut ended = false;
            for outcome in list {
                match &outcome.what {
                    What::Move { from, to } => {
                        if inside.is_some() && !ended {
                            assert_eq!(from.as_deref(), Some(stage.name.as_str()), "who is inside leaves from there");
                            lengths.push(outcome.time_ms - inside.unwrap_or_default());
                            *left_for.entry(to.as_deref()).or_default() += 1;
                        }
                        again += u64::from(inside.is_some() && ended);
                        inside = None;
                        ended = false;
                        if to.as_deref() == Some(stage.name.as_str()) {
                            entered += 1;
                            inside = Some(outcome.time_ms);
                        }
                    }
                    What::RunEnds { stage: at } if *at == stage.name => ended = true,
                    _ => {}
                }
            }
            now_in += u64::from(inside.is_some());
        }
        lengths.sort_unstable();
        let half = lengths.len() / 2;
        let median = match lengths.len() {
            0 => None,
            count if count % 2 == 1 => Some(lengths[half]),
            _ => Some(lengths[half - 1] + (lengths[half] - lengths[half - 1]) / 2),
        };
        // The least length such that at least nine of ten are no longer, found by trying all.
        let p90 = lengths.iter().copied().find(|length| lengths.iter().filter(|it| **it <= *length).count() * 10 >= lengths.len() * 9);
        let left = left_for.remove(&None).unwrap_or(0) + again;
        let on: u64 = left_for.values().sum();
        let ways: BTreeMap<Option<&str>, u64> = stage.ways.iter().map(|way| (Some(way.to.as_str()), way.times)).collect();
        let expected = (entered, now_in, on, left, median, p90);
        let found = (stage.entered, stage.now_in, stage.moved_on, stage.left, stage.median_ms, stage.p90_ms);
        if expected != found || ways != left_for || stage.entered != stage.now_in + stage.moved_on + stage.left {
            return Err(format!("{}: {expected:?} {left_for:?} and not {found:?} {ways:?}", stage.name));
        }
    }
    Ok(())
}

fn check(text: &str, records: &[Record]) -> Result<usize, TestCaseError> {
    let rules = compile_unchecked(text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
    let end_ms = records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS;
    let Ran { report, collected, counters } = run(&rules, records, end_ms, Some("plan"));
    let fail = |why: String| Err(TestCaseError::fail(why));
    let mut summing = Summing::new(&rules);
    collected.outcomes.iter().for_each(|outcome| summing.outcome(outcome));
    let summary = summing.finish(counters.reached_ms.unwrap_or_default());
    for ((funnel, told), summed) in rules.funnels.iter().zip(&report.funnels).zip(&summary.funnels) {
        if let Err(why) = counted_again(funnel, &collected.outcomes, &told.stages) {
            return fail(why);
        }
        let begun: BTreeSet<(&str, Option<&str>, u32)> = (collected.outcomes.iter())
            .filter(|it| it.funnel == funnel.name && matches!(it.what, What::Move { .. }))
            .map(|it| (it.contact.as_str(), it.key.as_deref(), it.run))
            .collect();
        let weeks: u64 = told.weeks.iter().map(|week| week.runs).sum();
        let groups: u64 = told.groups.iter().map(|group| group.runs).sum();
        if [told.runs, summed.runs, weeks, groups] != [begun.len() as u64; 4] || told.contacts != summed.contacts {
            return fail(format!("{} runs, {} in weeks, {} in groups, not {}", told.runs, weeks, groups, begun.len()));
        }
        for (at, (stage, summed)) in told.stages.iter().zip(&summed.stages).enumerate() {
            let weeks: u64 = told.weeks.iter().map(|week| week.stages[at]).sum();
            if (stage.runs, weeks) != (summed.runs, summed.runs) {
                return fail(format!("{}: {} runs came, {weeks} in weeks, not {}", stage.name, stage.runs, summed.runs));
            }
            for (target, summed) in stage.targets.iter().zip(&summed.targets) {
                if (target.due + target.open, target.reached, target.open) != (summed.of, summed.reached, summed.open) {
                    return fail(format!("{}: {target:?} and not {summed:?}", stage.name));
                }
            }
        }
    }
    let sent = collected.outcomes.iter().filter(|it| matches!(it.what, What::Send { outcome: SendOutcome::Sent, .. })).count() as u64;
    let by_message: u64 = report.messages.iter().map(|it| it.requests.sent).sum();
    let by_day: u64 = report.days.iter().map(|it| it.requests.sent).sum();
    if [by_message, by_day] != [sent; 2] || report.set_aside() != collected.set_aside.len() as u64 {
        return fail(format!("{sent} were sent, {by_message} by message, {by_day} by day"));
    }
    Ok(collected.outcomes.len())
}

#[test]
fn the_same_numbers_from_the_plain_results() {
    let results = std::cell::Cell::new(0);
    let cases = seeded::cases_of("ORACLE", 150);
    let mut runner = seeded::runner("ORACLE", cases, 0);
    let outcome = runner.run(&(funnels::text(), logs::records()), |(text, records)| {
        // Random funnels have no targets.
        let text = text.replacen(
            "enter from a, b, c when buy",
            "target 30% within 2 days\n target 5% of a within 9 days\n enter from a, b, c when buy",
            1,
        );
        results.set(results.get() + check(&text, &records)?);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(results.get() > 10 * cases as usize, "only {} results", results.get());
}

/// The chances and visits of a chain, by eliminating unknowns in one dense table.
fn dense(chain: &Chain) -> (Vec<f64>, Vec<f64>) {
    let count = chain.goals.len();
    let share = |from: usize, to: usize| match chain.came(from) {
        0 => 0.0,
        came if !chain.goals[from] => chain.ways[from].get(&to).copied().unwrap_or(0) as f64 / came as f64,
        _ => 0.0,
    };
    let unit = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
    let forward = |i: usize, j: usize| unit(i, j) - share(i, j);
    let goal: Vec<f64> = chain.goals.iter().map(|goal| if *goal { 1.0 } else { 0.0 }).collect();
    let starts: Vec<f64> = chain.starts.iter().map(|count| *count as f64).collect();
    let chances = solve(count, &forward, goal);
    let visits = solve(count, &|i, j| unit(i, j) - share(j, i), starts);
    (chances, visits)
}

fn solve(count: usize, entry: &dyn Fn(usize, usize) -> f64, mut right: Vec<f64>) -> Vec<f64> {
    let mut table: Vec<Vec<f64>> = (0..count).map(|i| (0..count).map(|j| entry(i, j)).collect()).collect();
    for k in 0..count {
        let pivot = (k..count).max_by(|a, b| table[*a][k].abs().total_cmp(&table[*b][k].abs())).expect("a row is left");
        table.swap(k, pivot);
        right.swap(k, pivot);
        for i in 0..count {
            if i != k {
                let factor = table[i][k] / table[k][k];
                let row = table[k].clone();
                table[i].iter_mut().zip(row).for_each(|(entry, other)| *entry -= factor * other);
                right[i] -= factor * right[k];
            }
        }
    }
    (0..count).map(|k| right[k] / table[k][k]).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-7 * b.abs().max(1.0)
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_chain_is_solved_as_a_dense_solver_does(
        count in 1_usize..9,
        goals in proptest::collection::vec(any::<bool>(), 9),
        starts in proptest::collection::vec(0_u64..1_000, 9),
        ways in proptest::collection::vec((0_usize..9, 0_usize..9, 1_u64..500), 0..30),
        out in proptest::collection::vec(1_u64..50, 9),
        stay in proptest::collection::vec(0_u64..50, 9),
    ) {
        let mut chain = Chain::new(goals[..count].to_vec());
        chain.starts = starts[..count].to_vec();
        chain.out = out[..count].to_vec();
        chain.stay = stay[..count].to_vec();
        for (from, to, times) in ways {
            *chain.ways[from % count].entry(to % count).or_default() += times;
        }
        let (chances, visits) = dense(&chain);
        for ((prospect, chance), visits) in chain.prospects().into_iter().zip(chances).zip(visits) {
            let found = prospect.chance.expect("somebody came everywhere") as f64 / 1e18;
            prop_assert!(close(found, chance), "{found} and not {chance}: {chain:?}");
            let found = prospect.visits.expect("everybody gets out") as f64 / 1e9;
            prop_assert!(close(found, visits), "{found} and not {visits}: {chain:?}");
        }
    }
}

#[test]
fn a_circle_without_an_end_has_no_number_of_visits() {
    let mut chain = Chain::new(vec![false, false, true]);
    chain.starts = vec![10, 0, 0];
    chain.ways[0].insert(1, 10);
    chain.ways[1].insert(0, 10);
    let prospects = chain.prospects();
    assert_eq!((prospects[0].chance, prospects[0].visits), (Some(0), None));
    assert_eq!((prospects[2].chance, prospects[2].visits), (Some(1_000_000_000_000_000_000), Some(0)));
}
