//! The examples, attacked: what is proved of them against courses of events chosen by chance, and by greed.
//!
//! `ATTACKS=2000 SEED=3 cargo test --release --test guarantees examples -- --nocapture` tries more courses of each, and
//! others, and says how many days they were long.

use crate::{
    BEGIN_MS, DAY_MS, HOUR_MS, MINUTE_MS, is_proved,
    random::{Random, setting},
    told,
};
use funnelc::{
    check::{Checked, Promise, promises},
    diag::BreachKind,
    lower,
    ruleset::{Keeper, RuleSet, Type},
    runtime::{self, Collected, Options, Outcome, Raw, Record, SendOutcome, What},
    story::{Came, Course, breaks},
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// So many courses are played at a time.
const AT_ONCE: usize = 25;

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
        let world = World::of(&rules);
        let mut random = Random::new(setting("SEED", 1), 0);
        for _ in 0..courses.div_ceil(AT_ONCE) {
            for manner in [Manner::Chance, Manner::Greed] {
                days += attack(&name, &analysis, &proved, plays(&rules, &world, manner, AT_ONCE.min(courses), &mut random));
            }
        }
    }
    println!("{days} days in which something proved of the examples could have been broken");
}

/// Looks at plays for something that is broken; how many days could have shown it.
fn attack(name: &str, analysis: &Analysis, proved: &[Promise], plays: Vec<Play>) -> i64 {
    let mut days = 0;
    for play in plays {
        let mut attacked = false;
        for promise in proved {
            let Some(breach) = &promise.breach else { continue };
            // What is assumed of the world is not so in every course.
            let leans = assumes(analysis) && matches!(breach.kind, BreachKind::Stays { .. } | BreachKind::Misses { .. });
            if leans || matches!(breach.kind, BreachKind::Unmet { asked: Some(_), .. } | BreachKind::SentAfter { asked: Some(_), .. }) {
                continue;
            }
            attacked = true;
            let course = Course { outcomes: &play.outcomes, events: &play.events, end_ms: play.end_ms, is_quiet: false };
            let said = || analysis.sources.slice(promise.span).to_owned();
            assert!(!breaks(breach, course), "{name}: {}: {:?}\n{:#?}", said(), play.events, play.lines());
        }
        if attacked {
            days += (play.end_ms - play.begin_ms) / DAY_MS;
        }
    }
    days
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

/// How courses are chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Chance,
    Greed,
}

/// What may come.
struct World {
    moves: Vec<(String, BTreeMap<String, Raw>)>,
    rates: BTreeMap<String, (usize, i64)>,
}

/// What came, and what came of it.
struct Play {
    begin_ms: i64,
    end_ms: i64,
    events: Vec<Came>,
    outcomes: Vec<Outcome>,
}

impl Play {
    fn lines(&self) -> Vec<String> {
        self.outcomes.iter().map(Outcome::to_line).collect()
    }
}

fn raw(ty: &Type, random: &mut Random) -> Raw {
    let days = i64::try_from(random.below(40)).expect("small");
    match ty {
        Type::Number => Raw::Number([0, 5, 20, 60, 150, 1000][random.below(6)].to_string()),
        Type::Flag => Raw::Flag(random.chance(50)),
        Type::OneOf(words) => Raw::Text(random.pick(words).clone()),
        Type::Date => Raw::Text(runtime::rfc3339(BEGIN_MS + days * DAY_MS)[..10].to_owned()),
        Type::Time => Raw::Text(runtime::rfc3339(BEGIN_MS + days * DAY_MS)),
        Type::List => Raw::List(vec![Raw::Text("prospect".to_owned())]),
        _ => Raw::Text((*random.pick(&["k1", "/pricing", "DE", "A-1"])).to_owned()),
    }
}

impl World {
    fn of(rules: &RuleSet) -> Self {
        let mut random = Random::new(11, 0);
        // Few keys, so that what comes meets runs that there are.
        let is_key = |name: &str| rules.funnels.iter().any(|funnel| funnel.key.as_deref() == Some(name));
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
                for it in event.properties.iter().filter(|it| is_key(&it.name) && it.ty == Type::Text) {
                    properties.insert(it.name.clone(), Raw::Text((*random.pick(&["A-1", "A-1", "B-2"])).to_owned()));
                }
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
fn plays(rules: &RuleSet, world: &World, manner: Manner, count: usize, random: &mut Random) -> Vec<Play> {
    let mut courses: Vec<Vec<(i64, usize)>> = vec![Vec::new(); count];
    for layer in 0..12 {
        for course in &mut courses {
            let at_ms = course.last().map_or(BEGIN_MS, |(at, _)| at + random.pick(GAPS));
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
                    let sent =
                        |it: &&Outcome| matches!(it.what, What::Send { outcome: SendOutcome::Sent, .. } | What::Move { to: Some(_), .. });
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
        let first = (BEGIN_MS - MINUTE_MS, "identify".to_owned(), consent);
        let rest = course.iter().map(|(at_ms, kind)| (*at_ms, world.moves[*kind].0.clone(), world.moves[*kind].1.clone()));
        for (position, (time_ms, event, properties)) in std::iter::once(first).chain(rest).enumerate() {
            let contact = format!("{number:06}");
            batch.push(Ok(Record { time_ms, contact, event, properties, id: None, position: position as u64 + 1 }));
        }
        let events = course.iter().map(|(at_ms, kind)| came(*at_ms, &world.moves[*kind])).collect();
        let end_ms = course.last().map_or(BEGIN_MS, |(at, _)| *at);
        plays.push(Play { begin_ms: BEGIN_MS, end_ms, events, outcomes: Vec::new() });
    }
    let end_ms = plays.iter().map(|play| play.end_ms).max().unwrap_or(BEGIN_MS) + idle_ms;
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

fn came(at_ms: i64, (event, properties): &(String, BTreeMap<String, Raw>)) -> Came {
    let properties = properties.iter().filter_map(|(name, raw)| Some((SmolStr::from(name), Came::plain(raw)?)));
    Came { at_ms, event: SmolStr::from(event), asked: None, properties: properties.collect() }
}

/// Whether a program assumes something of the world.
fn assumes(analysis: &Analysis) -> bool {
    let model = &analysis.model;
    !model.assumptions.is_empty() || model.funnels.values().any(|funnel| !funnel.assumptions.is_empty())
}
