//! The checker against the world: random small funnels are simulated exhaustively on the reference runtime, and what
//! is seen is held against what the checker says.
//!
//! `CHECKER_CASES=2000` tries more funnels, `CHECKER_SEED=7` others, `CHECKER_WIDTH` and `CHECKER_DEPTH` more of what
//! can happen to each; `CHECKER_SILENT=1` lists what nobody was seen to do and no finding speaks of.

mod checker;

use checker::{
    analysis, conditions, doubt,
    make::Maker,
    random::{Random, setting},
    shrink::shrink,
    sim::Effort,
};
use funnelc::{
    check,
    diag::{Diagnostic, render},
    workspace::Analysis,
};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn what_is_seen_is_what_is_said() {
    let (seed, cases) = (setting("CHECKER_SEED", 1), setting("CHECKER_CASES", 25));
    let size = |name, usual| usize::try_from(setting(name, usual)).expect("a size");
    let effort = Effort { width: size("CHECKER_WIDTH", 250), depth: size("CHECKER_DEPTH", 5) };
    let (mut tried, mut courses, mut facts, mut findings, mut lies) = (0_u64, 0, 0, 0, BTreeMap::new());
    let mut case = setting("CHECKER_FIRST", 0);
    while tried < cases {
        case += 1;
        let text = Maker::new(&mut Random::new(seed, case)).file();
        let Some(found) = doubt(analysis(&text), effort, &mut Random::new(seed, case)) else { continue };
        tried += 1;
        courses += found.seen.courses;
        facts += found.seen.facts.len();
        findings += found.analysis.diagnostics.iter().filter(|it| it.code.id >= "F300").count();
        if setting("CHECKER_SILENT", 0) > 0 && !found.silent.is_empty() {
            println!("case {case} is silent of {:?}", found.silent);
        }
        // Of each kind the first ones are made small and shown.
        for kind in found.lies.iter().map(|lie| lie.kind.clone()).collect::<BTreeSet<_>>() {
            let count = lies.entry(kind.clone()).or_insert(0_u64);
            *count += 1;
            if *count <= setting("CHECKER_SHOWN", 1) {
                println!("{}", told(&text, &kind, seed, case, effort));
            } else {
                println!("also {kind}: case {case}");
            }
        }
    }
    println!("{tried} funnels of {case}, {courses} courses, {facts} facts, {findings} findings");
    assert!(facts as u64 > 15 * tried && findings as u64 > tried, "the funnels do something, and something is said of them");
    assert!(lies.is_empty(), "lies, each shown above: {lies:?}");
}

const LAP: &str = "event visit
event signup
event quit
contact { plan : one of [free, pro] = free }
funnel f {
  for each contact
  reentry never
  stage one { enter when visit
    enter from two when plan = pro
    leave when quit }
  stage two { enter from one when plan = pro }
  goal stage end { enter from one, two when signup }
}
";

#[test]
fn a_blind_checker_and_a_lying_one_are_caught() {
    let effort = Effort { width: 100, depth: 4 };
    let kinds = |found: Analysis| {
        let doubt = doubt(found, effort, &mut Random::new(1, 1)).expect("it is whole");
        doubt.lies.into_iter().map(|lie| lie.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(analysis(LAP)), Vec::<String>::new());
    let mut blind = analysis(LAP);
    blind.diagnostics.retain(|_| false);
    assert_eq!(kinds(blind), ["missed F401"]);
    for (code, at) in [("F310", "enter from two"), ("F301", "end {"), ("F305", "one {"), ("F306", "enter when visit")] {
        let mut lying = analysis(LAP);
        let model = &lying.model;
        let doors = model.stages.values().flat_map(|stage| stage.doors.iter().map(|door| door.span));
        let names = model.stages.values().filter_map(|stage| stage.name.span);
        let begin = LAP.find(at).expect("it stands there");
        let span = doors.chain(names).find(|span| span.range().start == begin).expect("a door or a name");
        let code = check::CODES.iter().find(|it| it.id == code).expect("a code");
        lying.diagnostics.push(Diagnostic::new(*code, span, "a lie"));
        assert_eq!(kinds(lying), [format!("false {}", code.id)]);
    }
}

/// A lie with the smallest funnel that shows it.
fn told(text: &str, kind: &str, seed: u64, case: u64, effort: Effort) -> String {
    let again = |text: &str| doubt(analysis(text), effort, &mut Random::new(seed, case));
    let tries = usize::try_from(setting("CHECKER_SHRINK", 300)).expect("a size");
    let small = shrink(text, tries, &mut |text| again(text).is_some_and(|it| it.lies.iter().any(|lie| lie.kind == kind)));
    let Some(found) = again(&small) else { return format!("case {case}: {kind}\n{text}") };
    let mut out = format!("=== {kind} (seed {seed}, case {case})\n{small}");
    for lie in found.lies.iter().filter(|lie| lie.kind == kind) {
        out.push_str(&format!("--- {}: {:?}\n", lie.text, lie.fact));
        if let Some(course) = lie.fact.as_ref().and_then(|fact| found.seen.facts.get(fact)) {
            out.push_str(&format!("    from {} on: {:?}\n", course.begin_ms, course.moves));
            for outcome in checker::sim::play(&found.rules, std::slice::from_ref(course), 30 * 86_400_000).concat().iter().take(40) {
                out.push_str(&format!("    {}\n", outcome.to_line()));
            }
        }
    }
    for finding in found.analysis.diagnostics.iter().filter(|it| it.code.id >= "F300") {
        out.push_str(&render::short(finding, &found.analysis.sources));
    }
    out
}

#[test]
fn conditions_are_decided_as_all_contacts_together_decide_them() {
    let seed = setting("CHECKER_SEED", 1);
    let (mut tried, mut dead, mut lies) = (0, 0, 0);
    for case in 1..=setting("CHECKER_CONDITIONS", 8) {
        let text = conditions::file(&mut Random::new(seed, case));
        let Some((found, _, count)) = conditions::lies(&analysis(&text)) else { continue };
        (tried, dead) = (tried + 1, dead + count);
        if let Some(lie) = found.first() {
            lies += 1;
            let again =
                |text: &str| conditions::lies(&analysis(text)).is_some_and(|(lies, _, _)| lies.iter().any(|it| it.kind == lie.kind));
            let small = shrink(&text, 120, &mut |text| again(text));
            let found = analysis(&small);
            let said: String = found.diagnostics.iter().map(|it| render::short(it, &found.sources)).collect();
            println!("=== {} (seed {seed}, case {case})\n{small}--- {}: {:?}\n{said}", lie.kind, lie.text, lie.fact);
        }
    }
    println!("{tried} lists of conditions, {dead} arms that nobody takes");
    assert!(tried > 4 && dead > 4, "{tried} lists of conditions, {dead} arms that nobody takes");
    assert_eq!(lies, 0, "each is shown above");
}
