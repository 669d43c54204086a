//! Guarantees against the runtime: random small funnels with random guarantees, played in steps of time.
//!
//! Nothing that is called proved may be broken in any play; every refutation is replayed from what it says; what is proved is
//! attacked by chance and by greed. `CASES=100000 SEED=7 cargo test --release --test guarantees nothing_proved -- --nocapture`
//! tries more and others, says what it has tried as it goes, and goes on behind a wrong verdict, which it shows.

#[path = "guarantees/attack.rs"]
mod attack;
#[path = "guarantees/keys.rs"]
mod keys;
#[path = "guarantees/leads.rs"]
mod leads;
#[path = "guarantees/model.rs"]
mod model;
#[path = "guarantees/product.rs"]
mod product;
#[path = "guarantees/programs.rs"]
mod programs;
#[path = "checker/random.rs"]
#[allow(dead_code, reason = "shared with the other tests that go by chance")]
mod random;
#[path = "guarantees/shortest.rs"]
mod shortest;
#[path = "guarantees/tight.rs"]
mod tight;
#[path = "guarantees/world.rs"]
mod world;

use funnelc::{
    check::{Checked, Promise, Scope, Settings, check_while, promises},
    diag::{Diagnostic, Diagnostics, render},
    lower,
    workspace::{Analysis, Loaded, MemoryLoader, Resolved, analyse},
};
use random::{Random, setting};
use std::collections::BTreeMap;
use world::{Play, World, is_lively};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Monday 2026-03-02, 10:00 UTC.
const BEGIN_MS: i64 = 1_772_445_600_000;

fn analysis_of(text: &str) -> Analysis {
    analyse(Loaded::read(&MemoryLoader::new([("g.funnel", text)]), &["g.funnel".to_owned()]).expect("the file is in memory"))
}

/// What was tried, and what came of it.
#[derive(Default)]
struct Tally {
    programs: usize,
    /// Programs with a name or type that is wrong, which say nothing.
    wrong: usize,
    /// Programs whose stories were looked for.
    storied: usize,
    courses: usize,
    /// Days of plays that could have broken something proved.
    days: i64,
    proved: usize,
    /// By looking at all states of funnels together.
    by_states: usize,
    refuted: usize,
    open: usize,
    /// Neither proved nor refuted, where no story was looked for.
    unstoried: usize,
    /// Left open, though a play breaks it.
    missed: usize,
    /// Refuted by a story of which it is not said that it is the shortest, and how many of these are longer than a play that
    /// breaks it.
    unsure: usize,
    longer: usize,
    /// Refuted by a story of one thing, of two, and so on.
    things: BTreeMap<usize, usize>,
    /// What was proved, refuted and left open, by the first words of a guarantee.
    forms: BTreeMap<String, [usize; 4]>,
}

impl Tally {
    fn print(&self) {
        let cases = self.proved + self.refuted + self.open + self.unstoried;
        println!("{cases} cases: each a guarantee of a program, decided and held against all courses of that program");
        println!("{} programs ({} more were no programs), {} courses", self.programs, self.wrong, self.courses);
        let (proved, days, by_states) = (self.proved, self.days, self.by_states);
        println!("proved {proved} ({by_states} of them state by state); {days} days in which that could have been broken");
        println!(
            "with stories, {} programs: refuted {} (shortest {}, not known to be {}, of these a course of fewer things breaks it too {}), undecided {} (broken by a course {})",
            self.storied,
            self.refuted,
            self.refuted - self.unsure,
            self.unsure,
            self.longer,
            self.open,
            self.missed
        );
        println!("stories by the number of things in them: {:?}", self.things);
        for (form, [proved, refuted, open, missed]) in &self.forms {
            println!("  {form}: proved {proved}, refuted {refuted}, undecided {open} (broken {missed})");
        }
    }
}

fn told<'a>(analysis: &'a Analysis, promise: &Promise) -> Option<&'a Diagnostic> {
    let codes = ["F605", "F606", "F607", "F701", "F702", "F803"];
    analysis.diagnostics.iter().find(|it| it.primary.span == promise.span && codes.contains(&it.code.id))
}

fn is_proved(finding: &Diagnostic) -> bool {
    matches!(finding.code.id, "F606" | "F702")
}

/// The form of a guarantee: its words without its names and numbers.
fn form(sentence: &str) -> String {
    let is_plain = |word: &&str| word.chars().all(char::is_alphabetic) && word.len() > 1;
    let words = sentence.split_whitespace().skip(1).filter(is_plain);
    let names = ["buy", "hours", "hour", "days", "day", "or"];
    words.filter(|word| !names.contains(word)).collect::<Vec<_>>().join(" ")
}

/// What is said of a program: by all there is, or of its guarantees alone and without stories, which is much quicker.
fn said_of(text: &str, with_stories: bool) -> Option<Analysis> {
    let loaded = Loaded::read(&MemoryLoader::new([("g.funnel", text)]), &["g.funnel".to_owned()]).expect("the file is in memory");
    if with_stories {
        return Some(analyse(loaded)).filter(|it| it.is_whole);
    }
    let Resolved { sources, files, model, is_whole, .. } = Resolved::new(loaded);
    let found = is_whole.then(|| check_while(&model, &sources, Settings::default(), Scope::Promises, &|| true).expect("it is wanted"))?;
    let mut diagnostics = found;
    diagnostics.iter_mut().filter(|it| !is_proved(it)).for_each(Diagnostic::untold);
    Some(Analysis { sources, files, model, diagnostics, is_whole })
}

/// A play of fewer things than a story, none of which the world may not do, that breaks a guarantee too.
fn fewer<'p>(plays: &'p [Play], things: usize, promise: &Promise) -> Option<&'p Play> {
    let breach = promise.breach.as_ref()?;
    let may_be = |play: &&Play| play.course.len() < things && play.answers_what_was_sent();
    plays.iter().filter(may_be).find(|play| play.breaks(breach))
}

/// One program: nothing proved is broken, every story is a story.
fn one(program: &programs::Program, random: &mut Random, settings: Tries, tally: &mut Tally) {
    let text = &program.text;
    let with_stories = random.chance(settings.stories);
    let Some(analysis) = said_of(text, with_stories) else {
        tally.wrong += 1;
        return;
    };
    let promises = promises(&analysis.model);
    tally.programs += 1;
    tally.storied += usize::from(with_stories);
    // Loops and traps are other checks' business: the rules are played all the same.
    let rules = Checked::new(&analysis.model, &Diagnostics::new())
        .map(|checked| lower::lower(&checked, &analysis.sources))
        .expect("nothing blocks it");
    let (is_rated, is_keyed) = (text.contains(" at most 1 per 2 days"), text.contains("contact and cart"));
    let world = World { rules: &rules, is_rated, is_keyed, assumed: program.assumed.clone() };
    let plays = world.plays(random, settings.courses);
    tally.courses += plays.len();
    let days: i64 = plays.iter().map(Play::days).sum();
    let rounds = if is_lively(&plays) { 0 } else { 3 };
    let mut attacked = false;
    for promise in &promises {
        let Some(finding) = told(&analysis, promise) else {
            panic!("nothing is said of {}\n{text}", analysis.sources.slice(promise.span));
        };
        let said = || render::short(finding, &analysis.sources);
        let broken =
            |play: &Play| panic!("called proved, and broken: {}\nby {:?}\n{}\n{text}", said(), play.course, play.lines().join("\n"));
        let mut breaking = promise.breach.as_ref().and_then(|breach| plays.iter().find(|play| play.breaks(breach)));
        if let (true, Some(breach)) = (is_proved(finding), &promise.breach) {
            if let Some(play) = breaking.take() {
                broken(play);
            }
            attacked = true;
            tally.by_states += usize::from(finding.notes.iter().any(|note| note.contains("states were looked at")));
            let (found, days) = world.greed(random, breach, rounds);
            tally.days += days;
            if let Some(play) = found {
                broken(&play);
            }
        }
        let counts = tally.forms.entry(form(analysis.sources.slice(promise.span))).or_default();
        match finding.code.id {
            "F606" | "F702" => (tally.proved, counts[0]) = (tally.proved + 1, counts[0] + 1),
            "F607" if !with_stories => (tally.unstoried, counts[2]) = (tally.unstoried + 1, counts[2] + 1),
            "F607" => {
                (tally.open, counts[2]) = (tally.open + 1, counts[2] + 1);
                if breaking.is_some() {
                    (tally.missed, counts[3]) = (tally.missed + 1, counts[3] + 1);
                }
            }
            _ => {
                (tally.refuted, counts[1]) = (tally.refuted + 1, counts[1] + 1);
                let Some(story) = &finding.story else { panic!("without a story: {}\n{text}", said()) };
                let breach = promise.breach.as_ref().filter(|_| !is_keyed);
                if let Some(places) = breach.and_then(|breach| shortest::shorter(&rules, story, breach)) {
                    panic!("the events {places:?} of the story are enough: {}\n{:#?}\n{text}", said(), story.plot);
                }
                let things = story.plot.happenings.len();
                *tally.things.entry(things).or_default() += 1;
                let shorter = fewer(&plays, things, promise);
                match (story.shortest, shorter) {
                    (Some(true) | None, Some(play)) => panic!(
                        "called the shortest, and {:?} breaks it too: {}\n{}\n{:#?}\n{text}",
                        play.course,
                        said(),
                        play.lines().join("\n"),
                        story.plot
                    ),
                    (Some(true) | None, None) => {}
                    (Some(false), shorter) => {
                        tally.unsure += 1;
                        tally.longer += usize::from(shorter.is_some());
                    }
                }
            }
        }
    }
    // Each story is told of the part of the program that it happens in.
    if let Some(fault) = analysis.verify().iter().next() {
        panic!("{}\n{text}", render::short(fault, &analysis.sources));
    }
    tally.days += if attacked { days } else { 0 };
}

/// How much is tried of each program.
#[derive(Clone, Copy)]
struct Tries {
    courses: usize,
    /// Of a hundred programs, how many are asked for stories.
    stories: usize,
}

#[test]
fn nothing_proved_is_ever_broken() {
    let (cases, seed, first) = (setting("CASES", 16), setting("SEED", 1), setting("FIRST", 0));
    let count = |name: &str, usual: u64| usize::try_from(setting(name, usual)).expect("a number");
    let tries = Tries { courses: count("COURSES", 20), stories: count("STORIES", 50) };
    println!("SEED={seed} CASES={cases} COURSES={} STORIES={}", tries.courses, tries.stories);
    let slow = setting("SLOW", 20);
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for case in first..first + cases {
        let mut random = Random::new(seed, case);
        let program = programs::program(&mut random);
        let begun = std::time::Instant::now();
        let report = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&program, &mut random, tries, &mut tally)));
        if begun.elapsed().as_secs() >= slow {
            println!("slow: {:.1} s, SEED={seed} FIRST={case} CASES=1", begun.elapsed().as_secs_f64());
        }
        if report.is_err() {
            println!("wrong: SEED={seed} FIRST={case} CASES=1");
            wrong.push(case);
        }
        if (case + 1 - first) % 5_000 == 0 {
            tally.print();
        }
    }
    tally.print();
    assert!(wrong.is_empty(), "SEED={seed}, wrong in the cases {wrong:?}");
    for (verdict, count) in [("proved", tally.proved), ("refuted", tally.refuted), ("undecided", tally.open)] {
        let is_asked = verdict == "proved" || tries.stories > 0;
        assert!(cases < 40 || !is_asked || count > 0, "nothing was {verdict}");
    }
}
