//! The checker against changed texts: what changes nothing gives the same findings, and mistakes put into good programs
//! are found; and every story is played again from what it says alone.
//!
//! `CHECKER_CASES=2000` changes more random funnels, `CHECKER_SEED=7` others, `CHECKER_ALL=1` takes every program of the
//! repository, `CHECKER_EVERY=1` makes every mistake, and `CHECKER_LIST=1` lists what becomes of each.

mod checker;

use checker::{
    analysis,
    corpus::{self, Program},
    make::Maker,
    mutants::MUTATIONS,
    random::{Random, setting},
    replay,
    same::{CHANGES, Change, findings},
};
use funnelc::{
    diag::{Severity, render},
    workspace::Analysis,
};
use std::collections::{BTreeMap, BTreeSet};

fn said(analysis: &Analysis) -> String {
    analysis.diagnostics.iter().map(|finding| render::short(finding, &analysis.sources)).collect()
}

/// Programs whose texts are changed.
fn programs() -> Vec<Program> {
    let mut programs = corpus::examples();
    programs.extend(corpus::pages());
    if setting("CHECKER_ALL", 0) > 0 {
        programs.extend(corpus::fixtures());
        programs.extend(corpus::conformance());
    }
    let seed = setting("CHECKER_SEED", 1);
    for case in 1..=setting("CHECKER_CASES", 15) {
        let text = Maker::new(&mut Random::new(seed, case)).file();
        programs.push(Program { name: format!("seed {seed}, case {case}"), text });
    }
    programs
}

/// Whether names and types are as whole as before: else the change was none.
fn is_as_whole(before: &Analysis, after: &Analysis) -> bool {
    let errors = |analysis: &Analysis| {
        let early = analysis.diagnostics.iter().filter(|it| it.code.id < "F300" && it.severity == Severity::Error);
        early.map(|it| it.code.id).collect::<BTreeSet<_>>()
    };
    before.is_whole == after.is_whole && errors(before) == errors(after)
}

/// What differs after a change that changes nothing; `None` where the change does not apply.
fn difference(change: &Change, text: &str) -> Option<Option<String>> {
    let before = analysis(text);
    let changed = (change.make)(text, &before)?;
    let after = analysis(&changed);
    // What nobody uses any more, and what only a declaration of its own can have, is not looked at.
    let look = |analysis: &Analysis| {
        let mut found = findings(analysis, change.place);
        found.retain(|(code, _), _| code != "F104" && code != "F010" && !(change.name.contains("written out") && code.as_str() < "F300"));
        found
    };
    if !before.is_whole || !is_as_whole(&before, &after) {
        return None;
    }
    let (one, other) = (look(&before), look(&after));
    Some((one != other).then(|| format!("{one:?}\n{other:?}\n--- before\n{text}{}--- after\n{changed}{}", said(&before), said(&after))))
}

#[test]
fn what_changes_nothing_gives_the_same_findings() {
    let (mut tried, mut lies) = (BTreeMap::new(), BTreeMap::new());
    for program in programs() {
        for change in CHANGES {
            let Some(difference) = difference(change, &program.text) else { continue };
            *tried.entry(change.name).or_insert(0_u32) += 1;
            if let Some(difference) = difference {
                let count = lies.entry(change.name).or_insert(0_u32);
                *count += 1;
                if u64::from(*count) <= setting("CHECKER_SHOWN", 2) {
                    println!("=== {}: {}\n{difference}", change.name, program.name);
                } else {
                    println!("also {}: {}", change.name, program.name);
                }
            }
        }
    }
    println!("{tried:?}");
    for change in CHANGES {
        assert!(tried.get(change.name).copied().unwrap_or(0) > 0, "{} is tried: {tried:?}", change.name);
    }
    assert!(lies.is_empty(), "changes that change nothing change the findings, each shown above: {lies:?}");
}

#[test]
fn mistakes_in_good_programs_are_found() {
    let list = setting("CHECKER_LIST", 0) > 0;
    let every = usize::try_from(setting("CHECKER_EVERY", 10)).expect("a size").max(1);
    let mut faults = Vec::new();
    for mutation in MUTATIONS {
        let (mut made, mut found) = (0_usize, 0);
        let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
        for program in corpus::examples() {
            let usual: BTreeSet<&str> = analysis(&program.text).diagnostics.iter().map(|it| it.code.id).collect();
            for (line, text) in (mutation.make)(&program.text).into_iter().step_by(every) {
                let analysis = analysis(&text);
                let fresh: BTreeSet<&'static str> =
                    analysis.diagnostics.iter().map(|it| it.code.id).filter(|code| !usual.contains(code)).collect();
                made += 1;
                found += usize::from(!fresh.is_empty());
                fresh.iter().for_each(|code| *codes.entry(code).or_insert(0) += 1);
                let place = format!("{}: {}:{line}", mutation.name, program.name);
                if list {
                    println!("{place} {}: {fresh:?}", program.text.lines().nth(line - 1).unwrap_or_default().trim());
                }
                if fresh.is_empty() && mutation.survives.is_none() {
                    faults.push(format!("{place} is not found"));
                }
                if let Some(code) = fresh.iter().find(|code| !mutation.codes.contains(*code)) {
                    faults.push(format!("{place} gives {code}\n{}", said(&analysis)));
                }
            }
        }
        println!("{}: {found} of {made} are found: {codes:?}", mutation.name);
        assert!(made > 0, "{} is made", mutation.name);
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// Findings that show how they come about.
const WITH_STORY: &[&str] = &["F305", "F306", "F307", "F312", "F401", "F402", "F403", "F404", "F410", "F504", "F704", "F712", "F802"];

#[test]
fn stories_do_what_they_say() {
    let mut programs = programs();
    if setting("CHECKER_ALL", 0) == 0 {
        programs.extend(corpus::fixtures());
    }
    let (mut faults, mut played, mut bare) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for program in programs {
        let analysis = analysis(&program.text);
        for finding in analysis.diagnostics.iter().filter(|it| WITH_STORY.contains(&it.code.id)) {
            let Some(story) = &finding.story else {
                bare.entry((finding.code.id, finding.severity.word())).or_insert_with(Vec::new).push(program.name.clone());
                continue;
            };
            *played.entry(finding.code.id).or_insert(0_u32) += 1;
            if let Some(fault) = replay::fault(&analysis, finding, story) {
                faults.push(format!("{}: {} {}: {fault}", program.name, finding.code.id, finding.message));
            }
        }
    }
    println!("stories played: {played:?}");
    for ((code, severity), names) in bare {
        println!("without a story: {severity} {code} in {} programs, such as {:?}", names.len(), names.iter().take(6).collect::<Vec<_>>());
    }
    assert!(played.values().sum::<u32>() > 10, "{played:?}");
    caught();
    assert!(faults.is_empty(), "{} stories lie\n{}", faults.len(), faults.join("\n"));
}

/// Stories that are not so are caught.
fn caught() {
    let programs = corpus::pages().into_iter().map(|it| analysis(&it.text));
    for analysis in programs.filter(|it| it.diagnostics.iter().any(|it| it.story.is_some())) {
        for finding in analysis.diagnostics.iter() {
            let Some(story) = &finding.story else { continue };
            let mut other = story.clone();
            other.moments.retain(|moment| moment.from_outside());
            assert!(replay::fault(&analysis, finding, &other).is_some(), "what happens and is not told");
            let mut other = story.clone();
            other.plot.happenings.clear();
            assert!(replay::fault(&analysis, finding, &other).is_some(), "nothing comes in");
            let mut other = story.clone();
            other.moments.iter_mut().for_each(|moment| moment.at_ms += 1);
            assert!(replay::fault(&analysis, finding, &other).is_some(), "another time");
        }
    }
}
