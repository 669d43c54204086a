//! Exhaustive simulation: what can be seen of contacts to whom anything small happens, on the reference runtime.
//!
//! Contacts know nothing of each other, so each course of events is a contact of its own in one long run. Courses grow by
//! one move at a time; of those that lead to the same place only one grows on. What is seen is really seen, whatever
//! the notion of the same place; what is not seen may still be possible.

use super::{
    probe::ACTION,
    random::Random,
    world::{Move, World},
};
use funnelc::{
    ruleset::{Condition, RuleSet},
    runtime::{self, Argument, Collected, Options, Outcome, Reason, Record, SendOutcome, Value, What},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Somebody came to a stage.
    Entered(String, String),
    /// A door or leave was taken, or a nurture began, by its identity.
    Took(String),
    /// A mark was passed.
    Passed(usize),
    /// A run was stopped as looping.
    Looping(String),
    /// Echoes were cut short.
    Cascade,
    /// In one run: after entering a stage, a clause was taken; to where (outside is nothing).
    Then(String, String, String, Option<String>),
    /// In one run: after a clause was taken, a stage was entered.
    After(String, String),
    /// An event was recorded by a funnel.
    Recorded(String),
    /// A message still went out after so long that nothing bounded can be going on, and nothing had happened since.
    Endless(String),
    /// One message twice in a run, nothing having happened between, not even within a play of `each time`.
    Twice(String),
    /// Two messages at one instant.
    AtOnce(String, String),
    /// A stage was entered and left by that clause at one instant, with nothing happening between.
    PassedThrough(String, String, String),
    /// Two doors to different stages were open at one instant: the one that was taken, and the one taken without it.
    BothOpen(String, String),
}

/// A course of events: when it begins, and the moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    pub begin_ms: i64,
    pub moves: Vec<Move>,
}

impl Course {
    /// The records of it, and the instant it gets to.
    pub fn records(&self, contact: &str) -> (Vec<Record>, i64) {
        let (mut at_ms, mut out) = (self.begin_ms, Vec::new());
        for it in &self.moves {
            match it {
                Move::Wait(ms) => at_ms += ms,
                Move::Event(event, properties) => out.push(Record {
                    time_ms: at_ms,
                    contact: contact.to_owned(),
                    event: event.clone(),
                    properties: properties.clone(),
                    id: None,
                    position: out.len() as u64 + 1,
                }),
            }
        }
        (out, at_ms)
    }

    fn is_waiting(&self) -> bool {
        matches!(self.moves.last(), Some(Move::Wait(_)))
    }
}

/// How much to try.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Courses a layer.
    pub width: usize,
    /// Layers.
    pub depth: usize,
}

/// All that was seen, each with a course in which it was.
#[derive(Default)]
pub struct Seen {
    pub facts: BTreeMap<Fact, Course>,
    /// Whether every place that was reached was grown from, up to the depth.
    pub is_complete: bool,
    pub courses: usize,
}

/// Runs courses; the results by course.
pub fn play(rules: &RuleSet, courses: &[Course], idle_ms: i64) -> Vec<Vec<Outcome>> {
    let (mut batch, mut end_ms) = (Vec::new(), i64::MIN);
    for (number, course) in courses.iter().enumerate() {
        let (records, at_ms) = course.records(&format!("{number:06}"));
        end_ms = end_ms.max(at_ms);
        batch.extend(records.into_iter().map(Ok));
    }
    let mut collected = Collected::default();
    let options = Options { until_ms: Some(end_ms.saturating_add(idle_ms)), ..Options::default() };
    runtime::run(rules, batch, options, &mut collected).expect("UTC is known");
    let mut out = vec![Vec::new(); courses.len()];
    for set_aside in &collected.set_aside {
        let fits = matches!(set_aside.reason, Reason::Cascade | Reason::Overflow | Reason::FixedAttribute | Reason::Ours);
        assert!(fits, "a record that does not fit: {set_aside:?}");
    }
    for outcome in collected.outcomes {
        let number: usize = outcome.contact.parse().expect("the number of a course");
        out[number].push(outcome);
    }
    out
}

/// Simulates a rule set.
pub fn explore(rules: &RuleSet, effort: Effort, random: &mut Random) -> Seen {
    let world = World::of(rules);
    let mut seen = Seen { is_complete: true, ..Seen::default() };
    let mut known: HashSet<u64> = HashSet::new();
    let mut layer: Vec<Course> = world.begins.iter().map(|begin_ms| Course { begin_ms: *begin_ms, moves: Vec::new() }).collect();
    for depth in 0..effort.depth {
        let mut grown = Vec::new();
        for course in &layer {
            for next in &world.moves {
                // Two waits one after the other say little that is new, and nothing waits before the first event.
                if matches!(next, Move::Wait(_)) && (course.moves.is_empty() || course.is_waiting() && course.moves.len() > 2) {
                    continue;
                }
                let mut course = course.clone();
                course.moves.push(next.clone());
                grown.push(course);
            }
        }
        seen.is_complete &= grown.len() <= effort.width;
        let grown = random.sample(grown, effort.width);
        // The first ones are watched for long when nothing happens any more.
        let idle_ms = if depth < 2 { 40 } else { 2 } * world.longest_ms;
        seen.courses += grown.len();
        let played = play(rules, &grown, idle_ms);
        layer = Vec::new();
        for (course, outcomes) in grown.into_iter().zip(played) {
            let place = place(&course, &outcomes, world.longest_ms);
            note(&course, &outcomes, &world, &mut seen);
            if known.insert(place) {
                layer.push(course);
            }
        }
        // Places that nobody was at before come first; sampling keeps the order.
        if layer.is_empty() {
            break;
        }
    }
    seen
}

/// Looks for doors that are open at one instant: each course in which a door was taken is played without that door.
pub fn overlaps(rules: &RuleSet, seen: &mut Seen) {
    let took = |fact: &Fact| match fact {
        Fact::Took(id) => Some(id.clone()),
        _ => None,
    };
    let taken: Vec<(String, Course)> = seen.facts.iter().filter_map(|(fact, course)| Some((took(fact)?, course.clone()))).collect();
    for (id, course) in taken {
        let mut without = rules.clone();
        let doors = without.funnels.iter_mut().flat_map(|funnel| &mut funnel.stages).flat_map(|stage| &mut stage.doors);
        let Some(door) = doors.into_iter().find(|door| door.id == id) else { continue };
        (door.after, door.when) = (None, Some(Condition::Any(Vec::new())));
        let courses = std::slice::from_ref(&course);
        let (with, without) = (play(rules, courses, 0).concat(), play(&without, courses, 0).concat());
        let Some(one) = with.iter().position(|it| cause(it) == id) else { continue };
        let (one, same) = (&with[one], with[..one] == without[..one.min(without.len())]);
        let Some(other) = without.get(with.iter().position(|it| cause(it) == id).unwrap_or(0)) else { continue };
        let records = course.records("").0.iter().filter(|record| record.time_ms == one.time_ms).count();
        // A door that opens by its timer opens after what comes in at the same instant.
        let timed = |id: &str| {
            let doors = rules.funnels.iter().flat_map(|funnel| &funnel.stages).flat_map(|stage| &stage.doors);
            doors.into_iter().any(|door| door.id == id && door.after.is_some())
        };
        let first = with.iter().filter(|it| it.time_ms == one.time_ms).count() > 0
            && !with.iter().any(|it| it.time_ms == one.time_ms && it.sequence < one.sequence);
        let plain = records == 0 || (records == 1 && !timed(&id) && !timed(cause(other)));
        if let (What::Move { from: Some(a), to: Some(to) }, What::Move { from: Some(b), to: Some(or) }) = (&one.what, &other.what)
            && (one.time_ms, &one.funnel, a) == (other.time_ms, &other.funnel, b)
            && to != or
            && same
            && first
            && plain
        {
            let fact = Fact::BothOpen(id, cause(other).to_owned());
            seen.facts.entry(fact).or_insert(course);
        }
    }
}

fn cause(outcome: &Outcome) -> &str {
    match (&outcome.what, &outcome.clause) {
        (What::Move { .. }, Some(clause)) => &clause.id,
        _ => "",
    }
}

/// Everything that what comes may depend on, roughly: where the contact is in each run and for how long, what is known,
/// and how long ago the latest events of each kind were.
fn place(course: &Course, outcomes: &[Outcome], longest_ms: i64) -> u64 {
    let (records, now_ms) = course.records("");
    let age = |at_ms: i64| (now_ms - at_ms).min(longest_ms + 1);
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut events: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for record in &records {
        if record.event == "identify" {
            known.extend(record.properties.iter().map(|(name, raw)| (name.clone(), format!("{raw:?}"))));
        } else {
            events.entry(format!("{}{:?}", record.event, record.properties)).or_default().push(age(record.time_ms));
        }
    }
    let mut runs: BTreeMap<(String, Option<String>), Standing> = BTreeMap::new();
    let until_ms = if course.is_waiting() { now_ms - 1 } else { now_ms };
    for outcome in outcomes.iter().filter(|outcome| outcome.time_ms <= until_ms) {
        let run = runs.entry((outcome.funnel.clone(), outcome.key.clone())).or_default();
        match &outcome.what {
            What::Move { to, .. } => {
                if run.number != outcome.run {
                    *run = Standing { number: outcome.run, ..Standing::default() };
                }
                if let Some(stage) = to {
                    let visits = run.visits.entry(stage.clone()).or_insert(0);
                    *visits = (*visits + 1).min(5);
                }
                run.stage.clone_from(to);
                run.since = age(outcome.time_ms);
                run.steps.clear();
            }
            What::Set { attribute, value } => drop(known.insert(attribute.clone(), format!("{value:?}"))),
            What::Record { event, .. } => events.entry(event.clone()).or_default().push(age(outcome.time_ms)),
            What::Send { message, outcome: how, .. } => {
                if *how == SendOutcome::Sent {
                    events.entry(format!("sent {message}")).or_default().push(age(outcome.time_ms));
                }
                run.steps.push((outcome.what.to_line(), age(outcome.time_ms)));
            }
            _ => run.steps.push((outcome.what.to_line(), age(outcome.time_ms))),
        }
    }
    for run in runs.values_mut() {
        run.number = run.number.min(2);
        let keep = run.steps.len().saturating_sub(6);
        run.steps.drain(..keep);
    }
    for ages in events.values_mut() {
        let keep = ages.len().saturating_sub(3);
        ages.drain(..keep);
    }
    let mut hasher = DefaultHasher::new();
    (course.begin_ms, known, events, runs).hash(&mut hasher);
    hasher.finish()
}

#[derive(Default, Hash)]
struct Standing {
    number: u32,
    stage: Option<String>,
    since: i64,
    visits: BTreeMap<String, u32>,
    steps: Vec<(String, i64)>,
}

fn text_of(arguments: &[Argument]) -> Option<usize> {
    match arguments.first() {
        Some((_, Some(Value::Text(text)))) => text.parse().ok(),
        _ => None,
    }
}

/// What is seen in one run so far.
#[derive(Default)]
struct Past {
    stages: BTreeSet<String>,
    clauses: BTreeSet<String>,
    /// When, and how many records had come.
    entered: Option<(String, i64)>,
    sent: HashMap<String, i64>,
}

/// What is seen in a list of courses.
pub fn watch(rules: &RuleSet, courses: &[Course]) -> Seen {
    let world = World::of(rules);
    let mut seen = Seen { courses: courses.len(), ..Seen::default() };
    for (course, outcomes) in courses.iter().zip(play(rules, courses, 0)) {
        note(course, &outcomes, &world, &mut seen);
    }
    seen
}

/// Notes the facts of a course.
fn note(course: &Course, outcomes: &[Outcome], world: &World, seen: &mut Seen) {
    let (records, _) = course.records("");
    let times: Vec<i64> = records.iter().map(|record| record.time_ms).collect();
    let last_ms = times.last().copied().unwrap_or(course.begin_ms);
    let quiet_ms = world.longest_ms.saturating_mul(30);
    let mut runs: HashMap<(&str, Option<&str>, u32), Past> = HashMap::new();
    let mut facts: BTreeSet<Fact> = BTreeSet::new();
    let mut sent_at: HashMap<i64, BTreeSet<&str>> = HashMap::new();
    // Whether a record came in ]from, to]; records at one instant are not told apart.
    let happened = |from: i64, to: i64| times.iter().any(|at| *at > from && *at <= to);
    for outcome in outcomes {
        let run = runs.entry((&outcome.funnel, outcome.key.as_deref(), outcome.run)).or_default();
        let cause = outcome.clause.as_ref().map(|clause| clause.id.clone());
        let at_ms = outcome.time_ms;
        match &outcome.what {
            What::Move { to, .. } => {
                let cause = cause.unwrap_or_default();
                if !cause.is_empty() {
                    facts.insert(Fact::Took(cause.clone()));
                }
                for stage in &run.stages {
                    facts.insert(Fact::Then(outcome.funnel.clone(), stage.clone(), cause.clone(), to.clone()));
                }
                if let Some((stage, entered_ms)) = &run.entered
                    && *entered_ms == at_ms
                    && times.iter().filter(|at| **at == at_ms).count() <= 1
                {
                    facts.insert(Fact::PassedThrough(outcome.funnel.clone(), stage.clone(), cause.clone()));
                }
                run.entered = to.clone().map(|stage| (stage, at_ms));
                if let Some(stage) = to {
                    facts.insert(Fact::Entered(outcome.funnel.clone(), stage.clone()));
                    run.clauses.insert(cause);
                    for clause in &run.clauses {
                        facts.insert(Fact::After(clause.clone(), stage.clone()));
                    }
                    run.stages.insert(stage.clone());
                }
            }
            What::PlayBegins { .. } => facts.extend(cause.map(Fact::Took)),
            What::Do { action, arguments, .. } if action == ACTION => facts.extend(text_of(arguments).map(Fact::Passed)),
            What::Looping { .. } => drop(facts.insert(Fact::Looping(outcome.funnel.clone()))),
            What::Cascade => drop(facts.insert(Fact::Cascade)),
            What::Record { event, .. } => drop(facts.insert(Fact::Recorded(event.clone()))),
            What::Send { message, outcome: SendOutcome::Sent, .. } => {
                if at_ms > last_ms.saturating_add(quiet_ms) {
                    facts.insert(Fact::Endless(message.clone()));
                }
                if let Some(before) = run.sent.insert(message.clone(), at_ms)
                    && !happened(before, at_ms)
                {
                    facts.insert(Fact::Twice(message.clone()));
                }
                let others = sent_at.entry(at_ms).or_default();
                for other in others.iter().filter(|other| **other != message) {
                    let (one, two) = if *other < message.as_str() { (*other, message.as_str()) } else { (message.as_str(), *other) };
                    facts.insert(Fact::AtOnce(one.to_owned(), two.to_owned()));
                }
                others.insert(message);
            }
            _ => {}
        }
    }
    for fact in facts {
        seen.facts.entry(fact).or_insert_with(|| course.clone());
    }
}
