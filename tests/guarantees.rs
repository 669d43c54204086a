//! Guarantees against the runtime: random small funnels with random guarantees, played in steps of time.
//!
//! Nothing that is called proved may be broken in any play; every refutation is replayed from what it says; what is proved of
//! the examples is attacked by chance and by greed. `CASES=100000 SEED=7 cargo test --release --test guarantees --
//! --nocapture` tries more and others and prints how many were proved, refuted and left open.

#[path = "checker/random.rs"]
#[allow(dead_code, reason = "shared with the other tests that go by chance")]
mod random;

use funnelc::{
    check::{Checked, Promise, promises},
    diag::{BreachKind, Diagnostic, Diagnostics, render},
    lower,
    ruleset::RuleSet,
    runtime::{self, Collected, Options, Outcome, Raw, Reason, Record},
    source::Span,
    story::{self, Course, breaks},
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use random::{Random, setting};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Monday 2026-03-02, 10:00 UTC.
const BEGIN_MS: i64 = 1_772_445_600_000;

fn analysis_of(text: &str) -> Analysis {
    analyse(Loaded::read(&MemoryLoader::new([("g.funnel", text)]), &["g.funnel".to_owned()]).expect("the file is in memory"))
}

// Random programs.

const EVENTS: &[&str] = &["a", "b", "buy", "sent m", "clicked k", "tick", "buy where amount > 10"];
const STATES: &[&str] =
    &["hot = yes", "hot = no", "n < 2", "n >= 1", "had buy", "no a within 2 days", "plan = pro", "no buy since entering"];
const SPANS: &[&str] = &["12 hours", "1 day", "2 days", "3 days", "5 days"];

struct Maker<'r> {
    random: &'r mut Random,
    stages: usize,
    names: usize,
}

impl Maker<'_> {
    fn of(&mut self, list: &[&str]) -> String {
        (*self.random.pick(list)).to_owned()
    }

    fn stage(&mut self) -> String {
        format!("s{}", self.random.below(self.stages))
    }

    fn when(&mut self) -> String {
        match self.random.below(10) {
            0..=4 => self.of(EVENTS),
            5..=6 => self.of(STATES),
            7 => format!("{} and {}", self.of(EVENTS), self.of(STATES)),
            8 => "at least 2 a within 3 days".to_owned(),
            _ => format!("{} or {}", self.of(EVENTS), self.of(EVENTS)),
        }
    }

    fn clause(&mut self) -> String {
        match self.random.below(10) {
            0..=3 => format!("after {}", self.of(SPANS)),
            4 => format!("after {} when {}", self.of(SPANS), self.of(STATES)),
            5 => format!("after {} without a", self.of(SPANS)),
            _ => format!("when {}", self.when()),
        }
    }

    fn steps(&mut self, deep: usize) -> String {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.step(deep) + "\n").collect()
    }

    fn step(&mut self, deep: usize) -> String {
        self.names += 1;
        let name = self.names;
        match self.random.below(if deep == 0 { 9 } else { 13 }) {
            0..=3 => format!("send {} as x{name}", self.of(&["m", "k", "e", "e"])),
            4 => format!("wait {}", self.of(SPANS)),
            5 => format!("wait until {} up to {}", self.of(EVENTS), self.of(SPANS)),
            6 => self.of(&["set n = n + 1", "set n = 0"]),
            7 => "record tick".to_owned(),
            8 => self.of(&["wait until 09:00", "stop", "wait 1 calendar days"]),
            9 => format!("if {} {{\n{}}}", self.of(STATES), self.steps(deep - 1)),
            10 => format!("repeat up to 3 times every {} {{\n{}}}", self.of(SPANS), self.steps(deep - 1)),
            11 => format!(
                "wait up to {} {{\non {} {{\n{}}}\notherwise {{\n{}}}\n}}",
                self.of(SPANS),
                self.of(EVENTS),
                self.steps(deep - 1),
                self.steps(deep - 1)
            ),
            _ => format!("split p{name} {{\n50% l {{\n{}}}\n50% r {{\n{}}}\n}}", self.steps(deep - 1), self.steps(deep - 1)),
        }
    }

    fn nurture(&mut self, at: usize) -> String {
        let start = match self.random.below(8) {
            0 => format!(" when {}", self.when()),
            1 => format!(" each time {}", self.of(EVENTS)),
            2 => " each time b".to_owned(),
            _ => String::new(),
        };
        format!("nurture n{at}{start} {{\n{}}}\n", self.steps(2))
    }

    fn program(&mut self) -> String {
        let fixed = if self.random.chance(40) { " fixed" } else { "" };
        let cap = if self.random.chance(40) { "at most 2 within 3 days\n" } else { "" };
        let quiet = if self.random.chance(30) { "quiet from 21:00 to 08:00\n" } else { "" };
        let rate = if self.random.chance(60) { " at most 1 per 2 days" } else { "" };
        let mut text = format!(
            "contact {{\nhot : flag = no\nplan : one of [free, pro] = free\nn : number = 0 ours\nmail : flag = yes\ntimezone : text?{fixed}\n}}\n\
             event a\nevent b{rate}\nevent buy(amount: number)\nevent tick ours\nchannel web\n\
             channel email {{\nneeds mail\n{cap}{quiet}}}\nmessage m by web\nmessage k by web\nmessage e by email\nmessage t by email {{ transactional }}\n"
        );
        text += &self.funnel();
        let top = 1 + self.random.below(2);
        for _ in 0..top {
            let guarantee = self.guarantee();
            text += &format!("guarantee {guarantee}\n");
        }
        text
    }

    fn funnel(&mut self) -> String {
        self.stages = 2 + self.random.below(5);
        let restart = format!("restart from {}", self.stage());
        let reentry = self.of(&["never", "never", "after leaving", "3 days after leaving", "3 days after starting", &restart]);
        let mut text = format!("funnel f {{\nfor each contact\nreentry {reentry}\n");
        if self.random.chance(20) {
            text += "leave when hot = yes and a\n";
        }
        if self.random.chance(15) {
            text += "leave after 8 days\n";
        }
        for at in 0..self.stages {
            let is_final = at > 0 && self.random.chance(25);
            text += &format!("{}stage s{at} {{\n", if is_final { "goal final " } else { "" });
            if at == 0 || self.random.chance(15) {
                text += &format!("enter when {}\n", self.of(&["a", "b", "a or b", "buy"]));
            }
            for _ in 0..self.random.below(3) + usize::from(at > 0) {
                let from = if self.random.chance(10) { "anywhere".to_owned() } else { self.stage() };
                text += &format!("enter from {from} {}\n", self.clause());
            }
            if !is_final && self.random.chance(30) {
                text += &format!("leave {}\n", self.clause());
            }
            if self.random.chance(25) {
                text += &format!("visits at most {}\n", 1 + self.random.below(3));
            }
            for nurture in 0..self.random.below(4) {
                text += &self.nurture(nurture);
            }
            text += "}\n";
        }
        for _ in 0..4 {
            let guarantee = self.guarantee();
            text += &format!("guarantee {guarantee}\n");
        }
        text + "}\n"
    }

    fn guarantee(&mut self) -> String {
        let scope = self.of(&["messages", "messages by email", "messages by web", "m", "e"]);
        match self.random.below(13) {
            0 | 1 => format!("every contact leaves {} within {}", self.stage(), self.of(SPANS)),
            2 => format!("every contact in {} reaches {} or {} within {}", self.stage(), self.stage(), self.stage(), self.of(SPANS)),
            3 => format!("whoever enters {} reaches {}", self.stage(), self.stage()),
            4 => format!("{} leads to {} within {}", self.of(&["a", "b", "buy", "buy where amount > 10"]), self.stage(), self.of(SPANS)),
            5 | 6 => format!("at most {} {scope} within {}", 1 + self.random.below(3), self.of(SPANS)),
            7 => format!("at least {} between {scope}", self.of(SPANS)),
            8 => format!("never send {} after {}", self.of(&["m", "k", "e"]), self.of(&["a", "b", "buy", "buy where amount > 10"])),
            9 => format!("never send {} in {}", self.of(&["m", "k", "e"]), self.stage()),
            10 => format!("every way to {} goes through {}", self.stage(), self.stage()),
            11 => format!("{} never follows {}", self.stage(), self.stage()),
            _ => self.last_form(&scope),
        }
    }

    fn last_form(&mut self, scope: &str) -> String {
        match self.random.below(3) {
            0 => format!("{} excludes {}", self.stage(), self.stage()),
            1 => format!("at most {} {scope}", 1 + self.random.below(4)),
            _ => format!("{} is reachable from every stage", self.stage()),
        }
    }
}

// What the world may do.

/// An event, and how long after the one before.
type Move = (i64, usize);

/// The moves: what comes, with what.
fn moves() -> Vec<(&'static str, Vec<(&'static str, Raw)>)> {
    let text = |it: &str| Raw::Text(it.to_owned());
    vec![
        ("a", vec![]),
        ("b", vec![]),
        ("buy", vec![("amount", Raw::Number("5".to_owned()))]),
        ("buy", vec![("amount", Raw::Number("50".to_owned()))]),
        ("identify", vec![("hot", Raw::Flag(true))]),
        ("identify", vec![("hot", Raw::Flag(false)), ("plan", text("pro"))]),
        ("clicked", vec![("message", text("k"))]),
        ("identify", vec![("timezone", text("Pacific/Auckland"))]),
        ("identify", vec![("timezone", text("America/Los_Angeles"))]),
    ]
}

const GAPS: &[i64] = &[MINUTE_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS, 2 * DAY_MS - MINUTE_MS, 3 * DAY_MS, 5 * DAY_MS];

/// All courses of two things, and many by chance of up to `longest`.
fn courses(random: &mut Random, chance: usize, longest: usize, rated: bool) -> Vec<Vec<Move>> {
    let kinds = moves().len();
    let mut all: Vec<Vec<Move>> = vec![];
    for first in 0..kinds {
        all.push(vec![(0, first)]);
        for gap in GAPS {
            for second in 0..kinds {
                all.push(vec![(0, first), (*gap, second)]);
            }
        }
    }
    for _ in 0..chance {
        let length = 3 + random.below(longest.saturating_sub(2));
        // Most begin with what opens doors, and go on with few kinds of things.
        let few: Vec<usize> = (0..1 + random.below(3)).map(|_| random.below(kinds)).collect();
        let next = |random: &mut Random| if random.chance(70) { *random.pick(&few) } else { random.below(kinds) };
        let mut course = vec![(0, random.below(3))];
        for _ in 1..length {
            let gap = *random.pick(GAPS);
            course.push((gap, next(random)));
        }
        all.push(course);
    }
    // `b` comes at most once in two days, where that is said.
    all.retain(|course| {
        let mut now = 0;
        let mut last = i64::MIN / 2;
        course.iter().all(|(gap, kind)| {
            now += gap;
            if !rated || *kind != 1 {
                return true;
            }
            let fits = now - last >= 2 * DAY_MS;
            last = now;
            fits
        })
    });
    all
}

struct Play {
    outcomes: Vec<Outcome>,
    events: Vec<(i64, SmolStr, Option<Span>)>,
    end_ms: i64,
}

/// Plays courses, each by a contact of its own.
fn play(rules: &RuleSet, courses: &[Vec<Move>], filter: Option<Span>) -> Vec<Play> {
    let kinds = moves();
    let mut batch = Vec::new();
    let mut plays: Vec<Play> = Vec::new();
    for (number, course) in courses.iter().enumerate() {
        let mut now = BEGIN_MS;
        let mut events = Vec::new();
        for (position, (gap, kind)) in course.iter().enumerate() {
            now += gap;
            let (event, properties) = &kinds[*kind];
            let is_big = properties.iter().any(|(_, raw)| *raw == Raw::Number("50".to_owned()));
            events.push((now, SmolStr::from(*event), filter.filter(|_| is_big)));
            batch.push(Ok(Record {
                time_ms: now,
                contact: format!("{number:06}"),
                event: (*event).to_owned(),
                properties: properties.iter().map(|(name, raw)| ((*name).to_owned(), raw.clone())).collect(),
                id: None,
                position: position as u64 + 1,
            }));
        }
        plays.push(Play { outcomes: Vec::new(), events, end_ms: now });
    }
    let end_ms = plays.iter().map(|play| play.end_ms).max().unwrap_or(BEGIN_MS) + 40 * DAY_MS;
    batch.sort_by_key(|record: &Result<Record, _>| record.as_ref().map(|it| it.time_ms).unwrap_or(0));
    let mut collected = Collected::default();
    let options = Options { until_ms: Some(end_ms), ..Options::default() };
    runtime::run(rules, batch, options, &mut collected).expect("UTC is known");
    for it in &collected.set_aside {
        assert!(matches!(it.reason, Reason::Cascade | Reason::Overflow | Reason::FixedAttribute), "{it:?}");
    }
    for outcome in collected.outcomes {
        let number: usize = outcome.contact.parse().expect("the number of a course");
        plays[number].outcomes.push(outcome);
    }
    plays.iter_mut().for_each(|play| play.end_ms = end_ms);
    plays
}

#[derive(Default, Debug)]
struct Tally {
    programs: usize,
    courses: usize,
    verdicts: BTreeMap<&'static str, usize>,
    /// Left open, though a play breaks it.
    missed: usize,
    /// By the first words of a guarantee.
    open: BTreeMap<String, usize>,
}

fn told<'a>(analysis: &'a Analysis, promise: &Promise) -> Option<&'a Diagnostic> {
    let codes = ["F605", "F606", "F607", "F701", "F702", "F803"];
    analysis.diagnostics.iter().find(|it| it.primary.span == promise.span && codes.contains(&it.code.id))
}

fn is_proved(finding: &Diagnostic) -> bool {
    matches!(finding.code.id, "F606" | "F702")
}

/// One program: nothing proved is broken, every story is a story.
fn one(text: &str, random: &mut Random, chance: usize, tally: &mut Tally) {
    let analysis = analysis_of(text);
    if !analysis.is_whole {
        return;
    }
    let promises = promises(&analysis.model);
    tally.programs += 1;
    // Loops and traps are other checks' business: the rules are played all the same.
    let rules = Checked::new(&analysis.model, &Diagnostics::new())
        .map(|checked| lower::lower(&checked, &analysis.sources))
        .expect("nothing blocks it");
    let rated = text.contains("event b at most");
    let courses = courses(random, chance, 7, rated);
    tally.courses += courses.len();
    let mut by_filter: BTreeMap<Option<(u32, u32)>, Vec<Play>> = BTreeMap::new();
    for promise in &promises {
        let Some(finding) = told(&analysis, promise) else {
            panic!("nothing is said of {}\n{text}", analysis.sources.slice(promise.span));
        };
        *tally.verdicts.entry(finding.code.id).or_default() += 1;
        let Some(breach) = &promise.breach else { continue };
        let asked = asked_of(promise);
        let plays = by_filter.entry(asked.map(|span| (span.start, span.end))).or_insert_with(|| play(&rules, &courses, asked));
        let broken = plays.iter().position(|play| {
            let course = Course { outcomes: &play.outcomes, events: &play.events, end_ms: play.end_ms, is_quiet: false };
            breaks(breach, course)
        });
        let said = || render::short(finding, &analysis.sources);
        match broken {
            Some(at) if is_proved(finding) => {
                let lines: Vec<String> = plays[at].outcomes.iter().map(Outcome::to_line).collect();
                panic!("called proved, and broken: {}\nby {:?}\n{}\n{text}", said(), courses[at], lines.join("\n"));
            }
            Some(_) if finding.code.id == "F607" => tally.missed += 1,
            Some(_) | None => {}
        }
        if let Some(story) = &finding.story {
            let difference = story::differences(&analysis.model, &analysis.sources, story);
            assert_eq!(difference, None, "{}\n{text}", said());
        }
        assert!(finding.code.id != "F605" && finding.code.id != "F701" || finding.story.is_some(), "without a story: {}\n{text}", said());
        if finding.code.id == "F607" {
            let words = analysis.sources.slice(promise.span).split(' ').skip(1).take(3).collect::<Vec<_>>().join(" ");
            *tally.open.entry(words).or_default() += 1;
        }
    }
}

fn asked_of(promise: &Promise) -> Option<Span> {
    match &promise.breach.as_ref()?.kind {
        BreachKind::Unmet { asked, .. } | BreachKind::SentAfter { asked, .. } => *asked,
        _ => None,
    }
}

#[test]
fn nothing_proved_is_ever_broken() {
    let (cases, seed, first) = (setting("CASES", 12), setting("SEED", 1), setting("FIRST", 0));
    let chance = usize::try_from(setting("COURSES", 150)).expect("a number");
    println!("SEED={seed} CASES={cases}");
    let mut tally = Tally::default();
    for case in first..first + cases {
        let mut random = Random::new(seed, case);
        let text = Maker { random: &mut random, stages: 0, names: 0 }.program();
        let report = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&text, &mut random, chance, &mut tally)));
        if let Err(report) = report {
            println!("SEED={seed} FIRST={case} CASES=1");
            std::panic::resume_unwind(report);
        }
    }
    println!("{tally:#?}");
    let seen: BTreeSet<&str> = tally.verdicts.keys().copied().collect();
    for code in ["F605", "F606", "F607", "F701", "F702"] {
        assert!(cases < 40 || seen.contains(code), "no case gave {code}: {seen:?}");
    }
}

// What is tight.

/// A program with one guarantee, and what it says.
fn code_of(text: &str) -> (String, &'static str) {
    let analysis = analysis_of(text);
    assert!(analysis.is_whole, "{text}");
    let [promise] = &promises(&analysis.model)[..] else { panic!("one guarantee: {text}") };
    let finding = told(&analysis, promise).unwrap_or_else(|| panic!("nothing is said: {text}"));
    (render::short(finding, &analysis.sources), finding.code.id)
}

const WORDS: &str =
    "contact {\nhot : flag = no\n}\nevent a\nevent b at most 1 per 3 days\nchannel web\nmessage m by web\nmessage k by web\n";

/// A funnel with a guarantee that has a bound: where it holds just so, and where it is broken by one less.
fn tight(body: &str, promise: &str, holds: &str, broken: &str) {
    for (bound, is_held) in [(holds, true), (broken, false)] {
        let text = format!("{WORDS}funnel f {{\nfor each contact\nreentry never\n{body}\nguarantee {}\n}}\n", promise.replace('#', bound));
        let (said, code) = code_of(&text);
        let wanted: &[&str] = if is_held { &["F606", "F702"] } else { &["F605", "F701"] };
        assert!(wanted.contains(&code), "{said}\n{text}");
    }
}

/// Bounds made one tighter are refuted: the numbers are attained.
#[test]
fn a_bound_that_is_one_too_tight_is_refuted() {
    let ends = "goal final stage won { enter from t when a }";
    tight(
        "stage t { enter when a }\ngoal final stage won { enter from t after 5 days }",
        "every contact leaves t within #",
        "5 days",
        "4 days",
    );
    let laps =
        "stage t {\nenter when a\nenter from t after 10 days\nvisits at most 4\n}\ngoal final stage won { enter from t after 10 days }";
    tight(laps, "every contact leaves t within #", "40 days", "39 days");
    let two = "stage t { enter when a }\nstage u { enter from t after 3 days }\ngoal final stage won { enter from u after 4 days }";
    tight(two, "every contact in t reaches won within #", "7 days", "6 days");
    let round = "stage t {\nenter when a\nenter from u after 2 days\nvisits at most 2\n}\nstage u { enter from t after 1 day }\n\
                 goal final stage won { enter from u after 2 days }";
    tight(round, "every contact in t reaches won within #", "6 days", "5 days");
    let series = format!(
        "stage t {{\nenter when a\nleave after 20 days\nnurture n {{\nsend m as x\nwait 2 days\nsend k as y\nwait 3 days\nsend m as z\n}}\n}}\n{ends}"
    );
    tight(&series, "at most # messages within 5 days", "2", "1");
    tight(&series, "at most # messages", "3", "2");
    tight(&series, "at least # between messages", "2 days", "3 days");
    tight(&series, "at least # between m", "5 days", "6 days");
    let each = format!("stage t {{\nenter when a\nleave after 20 days\nnurture n each time b {{ send m as x }}\n}}\n{ends}");
    tight(&each, "at most # m within 6 days", "2", "1");
    tight(&each, "at least # between m", "3 days", "4 days");
    let again = "stage t {\nenter when a\nenter from u after 3 days\nleave after 90 days\n}\ngoal stage u {\nenter from t when a\nleave after 30 days\n\
                 nurture n { send m as x }\n}";
    tight(again, "at least # between m", "3 days", "4 days");
    let tail = "stage t {\nenter when a\nnurture n {\nsend m as x\nwait 2 days\nsend k as y\n}\n}\n\
                goal final stage won {\nenter from t after 10 days\nnurture n {\nsend m as z\nwait 1 day\nsend k as w\n}\n}";
    tight(tail, "at most # messages within 10 days", "3", "2");
    tight(tail, "at most # messages within 8 days", "2", "1");
    let rounds = format!(
        "stage t {{\nenter when a\nleave after 60 days\nnurture n {{ repeat up to 5 times every 7 days {{ send m as x }} }}\n}}\n{ends}"
    );
    tight(&rounds, "at most # messages within 14 days", "2", "1");
    tight(&rounds, "at most # messages", "5", "4");
}

/// Things that surely hold, and what takes one word away from them.
#[test]
fn a_word_less_and_it_is_broken() {
    let body = |door: &str| {
        format!(
            "stage t {{\nenter when a\nnurture n {{\nwait 2 days\nsend m as x\n}}\n}}\n{door}\nfinal stage gone {{ enter from t after 9 days }}"
        )
    };
    let held = body("goal final stage won { enter from t when b }");
    let not = body("goal final stage won { enter from t when b and hot = yes }");
    for (body, wanted) in [(&held, "F606"), (&not, "F605")] {
        for promise in ["never send m after b", "b leads to won within 1 day"] {
            let text = format!("{WORDS}funnel f {{\nfor each contact\nreentry never\n{body}\nguarantee {promise}\n}}\n");
            let (said, code) = code_of(&text);
            assert_eq!(code, wanted, "{said}\n{text}");
        }
    }
}

// The examples, attacked.

/// Every proof of the examples holds against courses of events chosen by chance, and by greed: those in which more is sent
/// are gone on with.
#[test]
fn proofs_of_the_examples_withstand_attacks() {
    let courses = usize::try_from(setting("ATTACKS", 25)).expect("a number");
    let mut days = 0;
    for (name, texts) in examples() {
        let roots: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
        let analysis = analyse(Loaded::read(&MemoryLoader::new(texts), &roots).expect("the files are in memory"));
        let rules = Checked::new(&analysis.model, &analysis.diagnostics).map(|checked| lower::lower(&checked, &analysis.sources));
        let rules = rules.unwrap_or_else(|| panic!("{name} has errors"));
        let proved: Vec<_> = promises(&analysis.model).into_iter().filter(|it| told(&analysis, it).is_some_and(is_proved)).collect();
        assert_eq!(proved.len(), promises(&analysis.model).len(), "all guarantees of {name} are proved");
        let world = attack::World::of(&rules);
        let mut random = Random::new(setting("SEED", 1), 0);
        for rules_of in [attack::Manner::Chance, attack::Manner::Greed] {
            for play in attack::plays(&rules, &world, rules_of, courses, &mut random) {
                days += (play.end_ms - play.begin_ms) / DAY_MS;
                for promise in &proved {
                    let Some(breach) = &promise.breach else { continue };
                    // What is assumed of the world is not so in every course.
                    let leans = attack::assumes(&analysis) && matches!(breach.kind, BreachKind::Stays { .. } | BreachKind::Misses { .. });
                    if asked_of(promise).is_some() || leans {
                        continue;
                    }
                    let course = Course { outcomes: &play.outcomes, events: &play.events, end_ms: play.end_ms, is_quiet: false };
                    let said = || analysis.sources.slice(promise.span).to_owned();
                    assert!(!breaks(breach, course), "{name}: {}: {:?}\n{:#?}", said(), play.events, play.lines());
                }
            }
        }
    }
    println!("{days} days");
}

/// The programs of `examples/`: their names, and their texts.
fn examples() -> Vec<(String, Vec<(String, String)>)> {
    let mut all = Vec::new();
    for group in ["models", "journeys", "data"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(group);
        let mut paths: Vec<_> = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let mut files = if path.is_dir() {
                std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
            } else {
                vec![path.clone()]
            };
            files.retain(|file| file.extension().is_some_and(|ending| ending == "funnel"));
            files.sort();
            let text = |file: &std::path::PathBuf| {
                let name = file.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
                (name, std::fs::read_to_string(file).expect("an example can be read"))
            };
            let texts: Vec<_> = files.iter().map(text).collect();
            if !texts.is_empty() {
                all.push((path.display().to_string(), texts));
            }
        }
    }
    assert!(all.len() > 20, "the examples were found");
    all
}

/// What the world does to a program of which nothing is known but its rules.
mod attack {
    use super::{Analysis, DAY_MS, HOUR_MS, MINUTE_MS, Random};
    use funnelc::{
        ruleset::{Keeper, RuleSet, Type},
        runtime::{self, Collected, Options, Outcome, Raw, Record, SendOutcome, What},
        source::Span,
    };
    use smol_str::SmolStr;
    use std::collections::BTreeMap;

    /// How courses are chosen.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum Manner {
        Chance,
        Greed,
    }

    /// What may come.
    pub struct World {
        moves: Vec<(String, BTreeMap<String, Raw>)>,
        rates: BTreeMap<String, (usize, i64)>,
    }

    /// What came, and what came of it.
    pub struct Play {
        pub begin_ms: i64,
        pub end_ms: i64,
        pub events: Vec<(i64, SmolStr, Option<Span>)>,
        pub outcomes: Vec<Outcome>,
    }

    impl Play {
        pub fn lines(&self) -> Vec<String> {
            self.outcomes.iter().map(Outcome::to_line).collect()
        }
    }

    fn raw(ty: &Type, random: &mut Random) -> Raw {
        let days = i64::try_from(random.below(40)).expect("small");
        match ty {
            Type::Number => Raw::Number([0, 5, 20, 60, 150, 1000][random.below(6)].to_string()),
            Type::Flag => Raw::Flag(random.chance(50)),
            Type::OneOf(words) => Raw::Text(random.pick(words).clone()),
            Type::Date => Raw::Text(runtime::rfc3339(super::BEGIN_MS + days * DAY_MS)[..10].to_owned()),
            Type::Time => Raw::Text(runtime::rfc3339(super::BEGIN_MS + days * DAY_MS)),
            Type::List => Raw::List(vec![Raw::Text("prospect".to_owned())]),
            _ => Raw::Text((*random.pick(&["k1", "/pricing", "DE", "A-1"])).to_owned()),
        }
    }

    impl World {
        pub fn of(rules: &RuleSet) -> Self {
            let mut random = Random::new(11, 0);
            let mut moves = Vec::new();
            let mut rates = BTreeMap::new();
            for event in &rules.events {
                if event.keeper != Keeper::Anyone {
                    continue;
                }
                if let Some(rate) = &event.rate {
                    rates.insert(event.name.clone(), (usize::try_from(rate.count).expect("small"), rate.per_ms));
                }
                for _ in 0..3 {
                    let mut properties: BTreeMap<String, Raw> =
                        event.properties.iter().map(|it| (it.name.clone(), raw(&it.ty, &mut random))).collect();
                    if let Some(message) = properties.get_mut("message") {
                        let messages: Vec<String> = rules.messages.iter().map(|it| it.name.clone()).collect();
                        if messages.is_empty() {
                            break;
                        }
                        *message = Raw::Text(random.pick(&messages).clone());
                    }
                    moves.push((event.name.clone(), properties));
                }
            }
            for attribute in &rules.attributes {
                if matches!(attribute.keeper, Keeper::Anyone) && attribute.name != "timezone" {
                    for _ in 0..2 {
                        moves.push(("identify".to_owned(), [(attribute.name.clone(), raw(&attribute.ty, &mut random))].into()));
                    }
                }
            }
            Self { moves, rates }
        }

        /// Whether one more event of a kind keeps its rate.
        fn keeps(&self, event: &str, at_ms: i64, before: &[(i64, usize)]) -> bool {
            let Some((count, per_ms)) = self.rates.get(event) else { return true };
            let recent = before.iter().filter(|(then, kind)| self.moves[*kind].0 == event && at_ms - then < *per_ms).count();
            recent < *count
        }
    }

    const GAPS: &[i64] = &[MINUTE_MS, HOUR_MS, 13 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 31 * DAY_MS, 61 * DAY_MS];

    /// So many courses of twelve things each.
    pub fn plays(rules: &RuleSet, world: &World, manner: Manner, count: usize, random: &mut Random) -> Vec<Play> {
        let mut courses: Vec<Vec<(i64, usize)>> = vec![Vec::new(); count];
        for layer in 0..12 {
            for course in &mut courses {
                let at_ms = course.last().map_or(super::BEGIN_MS, |(at, _)| at + random.pick(GAPS));
                let kind = random.below(world.moves.len());
                if world.keeps(&world.moves[kind].0, at_ms, course) {
                    course.push((at_ms, kind));
                }
            }
            // Greed goes on with what sends most.
            if manner == Manner::Greed && layer % 3 == 2 {
                let played = run(rules, world, &courses, 5 * DAY_MS);
                let mut by_worth: Vec<(usize, usize)> = played
                    .iter()
                    .enumerate()
                    .map(|(at, play)| {
                        let sent = |it: &&Outcome| {
                            matches!(it.what, What::Send { outcome: SendOutcome::Sent, .. } | What::Move { to: Some(_), .. })
                        };
                        (play.outcomes.iter().filter(sent).count(), at)
                    })
                    .collect();
                by_worth.sort_unstable_by(|a, b| b.cmp(a));
                let best: Vec<usize> = by_worth.iter().take(count.div_ceil(5)).map(|(_, at)| *at).collect();
                courses = (0..count).map(|at| courses[best[at % best.len()]].clone()).collect();
            }
        }
        run(rules, world, &courses, 150 * DAY_MS)
    }

    fn run(rules: &RuleSet, world: &World, courses: &[Vec<(i64, usize)>], idle_ms: i64) -> Vec<Play> {
        let mut batch = Vec::new();
        let mut plays = Vec::new();
        for (number, course) in courses.iter().enumerate() {
            let known = rules.attributes.iter().filter(|it| it.ty == Type::Flag && it.keeper == Keeper::Anyone);
            let consent: BTreeMap<String, Raw> = known.map(|it| (it.name.clone(), Raw::Flag(true))).collect();
            let first = (super::BEGIN_MS - MINUTE_MS, "identify".to_owned(), consent);
            let rest = course.iter().map(|(at_ms, kind)| (*at_ms, world.moves[*kind].0.clone(), world.moves[*kind].1.clone()));
            for (position, (time_ms, event, properties)) in std::iter::once(first).chain(rest).enumerate() {
                let contact = format!("{number:06}");
                batch.push(Ok(Record { time_ms, contact, event, properties, id: None, position: position as u64 + 1 }));
            }
            let events = course.iter().map(|(at_ms, kind)| (*at_ms, SmolStr::from(&world.moves[*kind].0), None)).collect();
            let end_ms = course.last().map_or(super::BEGIN_MS, |(at, _)| *at);
            plays.push(Play { begin_ms: super::BEGIN_MS, end_ms, events, outcomes: Vec::new() });
        }
        let end_ms = plays.iter().map(|play| play.end_ms).max().unwrap_or(super::BEGIN_MS) + idle_ms;
        batch.sort_by_key(|record: &Result<Record, _>| record.as_ref().map(|it| it.time_ms).unwrap_or(0));
        let mut collected = Collected::default();
        runtime::run(rules, batch, Options { until_ms: Some(end_ms), ..Options::default() }, &mut collected).expect("the zone is known");
        for outcome in collected.outcomes {
            let number: usize = outcome.contact.parse().expect("the number of a course");
            plays[number].outcomes.push(outcome);
        }
        plays.iter_mut().for_each(|play| play.end_ms = end_ms);
        plays
    }

    /// Whether a program assumes something of the world.
    pub fn assumes(analysis: &Analysis) -> bool {
        let model = &analysis.model;
        !model.assumptions.is_empty() || model.funnels.values().any(|funnel| !funnel.assumptions.is_empty())
    }
}
