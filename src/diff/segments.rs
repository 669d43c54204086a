//! Segments and scores: what they mean now, and who reads them.

use super::{
    raise::{Side, Space},
    relation::{Difference, Judge},
    walk::{self, Named},
};
use crate::ruleset::{Condition, RuleSet, Score, ScoreLine, Segment, Term};
use std::collections::{BTreeMap, BTreeSet};

/// Brings the segments of both into the space, each behind those that it reads, and says which mean something else now.
pub(super) fn bring_in(space: &mut Space, old: &RuleSet, new: &RuleSet) -> BTreeMap<String, Difference> {
    let mut names: Vec<&str> = Vec::new();
    for segment in new.segments.iter().chain(&old.segments) {
        order(old, new, &segment.name, &mut names, 0);
    }
    let mut differences = BTreeMap::new();
    for name in names {
        let find = |rules: &'_ RuleSet| -> Option<Condition> { named(rules, name).map(|segment| segment.when.clone()) };
        let (before, now) = (find(old), find(new));
        let difference = match (&before, &now) {
            (Some(before), Some(now)) => {
                let reads_same = |it: &Condition| reads(it).0.iter().all(|inner| !differences.contains_key(inner));
                if before == now && reads_same(now) { None } else { compared(space, before, now) }
            }
            (None, _) | (_, None) => None,
        };
        space.add_segment(name, before.as_ref(), now.as_ref(), difference.is_none());
        differences.extend(difference.map(|difference| (name.to_owned(), difference)));
    }
    differences
}

fn compared(space: &Space, before: &Condition, now: &Condition) -> Option<Difference> {
    Judge::new(space).difference(&space.condition(Side::Old, before), &space.condition(Side::New, now))
}

fn named<'r>(rules: &'r RuleSet, name: &str) -> Option<&'r Segment> {
    rules.segments.iter().find(|segment| segment.name == name)
}

/// The names behind those of the segments that they read. Segments that read each other in a circle are refused by the
/// compiler, so the depth is a bound on work alone.
fn order<'r>(old: &'r RuleSet, new: &'r RuleSet, name: &str, names: &mut Vec<&'r str>, depth: usize) {
    let Some(first) = named(new, name).or_else(|| named(old, name)) else { return };
    if names.contains(&first.name.as_str()) || depth > 64 {
        return;
    }
    for segment in [named(old, name), named(new, name)].into_iter().flatten() {
        for inner in reads(&segment.when).0 {
            order(old, new, &inner, names, depth + 1);
        }
    }
    if !names.contains(&first.name.as_str()) {
        names.push(&first.name);
    }
}

/// The segments and scores that a condition names itself.
pub(super) fn reads(condition: &Condition) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut segments, mut scores) = (BTreeSet::new(), BTreeSet::new());
    walk::condition(&mut condition.clone(), &mut |named| match named {
        Named::Condition(Condition::Segment(name)) => drop(segments.insert(name.clone())),
        Named::Term(Term::Score(name)) => drop(scores.insert(name.clone())),
        Named::Condition(_) | Named::Term(_) => {}
    });
    (segments, scores)
}

/// The scores that a condition names, itself or through segments.
pub(super) fn scores_behind(rules: &RuleSet, condition: &Condition) -> BTreeSet<String> {
    let (mut waiting, mut scores) = reads(condition);
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop_first() {
        if let (true, Some(segment)) = (seen.insert(name.clone()), named(rules, &name)) {
            let (more, also) = reads(&segment.when);
            waiting.extend(more);
            scores.extend(also);
        }
    }
    scores
}

/// The scores that both have and that count otherwise now.
pub(super) fn changed_scores(old: &RuleSet, new: &RuleSet) -> BTreeSet<String> {
    let lines = |score: &Score| -> Vec<ScoreLine> {
        let mut lines = score.lines.clone();
        lines.iter_mut().for_each(|line| line.sentence.clear());
        // All lines that match add up, so their order does not matter.
        lines.sort_by_key(|line| format!("{line:?}"));
        lines
    };
    let both = new.scores.iter().filter_map(|now| old.scores.iter().find(|before| before.name == now.name).map(|before| (before, now)));
    both.filter(|(before, now)| lines(before) != lines(now)).map(|(_, now)| now.name.clone()).collect()
}
