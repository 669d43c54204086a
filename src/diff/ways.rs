//! The ways people move: doors into stages, and ways out of the funnel.
//!
//! Ways are compared from place to place, so that a door that was written as two, or two as one, is no change. All ways
//! between two places that open after the same time are one condition.

use super::{
    raise::Side,
    relation::{Difference, Judge},
    report::Relation,
    segments,
};
use crate::ruleset::{Condition, Delay, EventTest, Funnel, Leave, RuleSet, Source};
use std::collections::BTreeSet;

/// Where a way leads from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum From {
    Outside,
    Stage(String),
    /// Any stage: a `leave` of the whole funnel.
    Anywhere,
}

/// A way from one place to one place.
#[derive(Clone, Debug)]
pub(super) struct Way<'r> {
    pub from: From,
    /// Nothing is out of the funnel.
    pub to: Option<String>,
    pub after: Option<&'r Delay>,
    pub when: Option<&'r Condition>,
    pub sentence: &'r str,
    pub id: &'r str,
}

/// What became of the ways between two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WayChange {
    pub from: Vec<From>,
    pub to: Option<String>,
    pub before: Vec<String>,
    pub now: Vec<String>,
    pub id: Option<String>,
    pub kind: Kind,
    /// The segments and scores that it changed through, where its own words are the same.
    pub through: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Added {
        after_ms: Option<i64>,
        /// Whether it can open for somebody to whom nothing happens.
        rests: bool,
    },
    Gone,
    Changed {
        difference: Option<Difference>,
        delays: Option<Delays>,
        /// Whether it can open for somebody to whom nothing happens.
        rests: bool,
    },
    /// A score that it reads counts otherwise.
    Counted {
        rests: bool,
    },
}

/// A time that must pass, before and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delays {
    pub before_ms: Option<i64>,
    pub now_ms: Option<i64>,
    pub relation: Relation,
    /// The event that starts it anew, now.
    pub without: Option<String>,
}

/// Two doors that changed places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Swap {
    pub from: Vec<From>,
    /// Where the door that was first leads, and where the one that is first now.
    pub to: (String, String),
    pub first: String,
    pub second: String,
    /// Somebody who can go through both.
    pub who: String,
}

/// All ways of a funnel, in the order in which they are tried.
pub(super) fn all<'r>(funnel: &'r Funnel) -> Vec<Way<'r>> {
    let mut ways: Vec<Way<'r>> = Vec::new();
    let leave = |from: From, it: &'r Leave| Way {
        from,
        to: None,
        after: it.after.as_ref(),
        when: it.when.as_ref(),
        sentence: &it.sentence,
        id: &it.id,
    };
    ways.extend(funnel.leaves.iter().map(|it| leave(From::Anywhere, it)));
    for stage in &funnel.stages {
        ways.extend(stage.leaves.iter().map(|it| leave(From::Stage(stage.name.clone()), it)));
        for door in &stage.doors {
            let others = || {
                let open = funnel.stages.iter().filter(|other| !other.is_final && other.name != stage.name);
                open.map(|other| From::Stage(other.name.clone()))
            };
            let from: Vec<From> = match &door.from {
                Source::Outside => vec![From::Outside],
                Source::Stages(names) => names.iter().map(|name| From::Stage(name.clone())).collect(),
                Source::Anywhere => others().collect(),
                Source::AnywhereOrOutside => others().chain([From::Outside]).collect(),
            };
            ways.extend(from.into_iter().map(|from| Way {
                from,
                to: Some(stage.name.clone()),
                after: door.after.as_ref(),
                when: door.when.as_ref(),
                sentence: &door.sentence,
                id: &door.id,
            }));
        }
    }
    ways
}

/// Compares the ways of a funnel that both versions have.
pub(super) struct Ways<'a, 'r> {
    pub judge: &'a Judge<'a>,
    pub rules: &'r RuleSet,
    /// The segments that mean something else now.
    pub segments: &'a BTreeSet<String>,
    /// The scores that count otherwise now.
    pub scores: &'a BTreeSet<String>,
}

impl<'r> Ways<'_, 'r> {
    /// What changed, in the order of the newer file; what is gone comes where it was.
    pub fn compared(&self, old: &'r Funnel, new: &'r Funnel) -> Vec<WayChange> {
        let has = |funnel: &Funnel, name: &str| funnel.stages.iter().any(|stage| stage.name == name);
        let in_both = |name: &str| has(old, name) && has(new, name);
        let is_between = |way: &Way<'_>| {
            way.to.as_deref().is_none_or(in_both)
                && match &way.from {
                    From::Stage(name) => in_both(name),
                    From::Outside | From::Anywhere => true,
                }
        };
        let (before, now): (Vec<Way<'r>>, Vec<Way<'r>>) =
            (all(old).into_iter().filter(is_between).collect(), all(new).into_iter().filter(is_between).collect());
        let mut pairs: Vec<(&From, &Option<String>)> = Vec::new();
        for way in now.iter().chain(&before) {
            if !pairs.contains(&(&way.from, &way.to)) {
                pairs.push((&way.from, &way.to));
            }
        }
        let mut changes: Vec<WayChange> = Vec::new();
        for (from, to) in pairs {
            let of = |ways: &[Way<'r>]| -> Vec<Way<'r>> { ways.iter().filter(|way| (&way.from, &way.to) == (from, to)).cloned().collect() };
            for change in self.between(&of(&before), &of(&now)) {
                let same = |other: &&mut WayChange| {
                    WayChange { from: Vec::new(), ..(**other).clone() } == WayChange { from: Vec::new(), ..change.clone() }
                };
                match changes.iter_mut().find(same) {
                    Some(other) => other.from.extend(change.from),
                    None => changes.push(change),
                }
            }
        }
        changes
    }

    /// Doors out of one place that are tried in another order now, so that the other one takes whoever could go through both.
    pub fn swapped(&self, old: &'r Funnel, new: &'r Funnel) -> Vec<Swap> {
        let (before, now) = (all(old), all(new));
        let mut swaps: Vec<Swap> = Vec::new();
        let is_same = |a: &Way<'_>, b: &Way<'_>| (&a.from, &a.to, a.after, a.when) == (&b.from, &b.to, b.after, b.when);
        let kept: Vec<(usize, &Way<'r>)> = before
            .iter()
            .filter(|way| way.to.is_some())
            .filter_map(|way| Some((now.iter().position(|it| is_same(way, it))?, way)))
            .collect();
        for (at, (place, first)) in kept.iter().enumerate() {
            for (other_place, second) in kept.iter().skip(at + 1) {
                let could_meet = first.from == second.from && first.to != second.to && first.after == second.after;
                if !could_meet || place < other_place {
                    continue;
                }
                let Some(who) = self.together(first, second) else { continue };
                let pair = (first.sentence.to_owned(), second.sentence.to_owned());
                match swaps.iter_mut().find(|swap| (&swap.first, &swap.second) == (&pair.0, &pair.1)) {
                    Some(swap) => swap.from.push(first.from.clone()),
                    None => swaps.push(Swap {
                        from: vec![first.from.clone()],
                        to: (first.to.clone().unwrap_or_default(), second.to.clone().unwrap_or_default()),
                        first: pair.0,
                        second: pair.1,
                        who,
                    }),
                }
            }
        }
        swaps
    }

    fn together(&self, first: &Way<'r>, second: &Way<'r>) -> Option<String> {
        let space = self.judge.space();
        let raised = |way: &Way<'r>| way.when.map_or_else(|| space.always(), |when| space.condition(Side::New, when));
        self.judge.both(&raised(first), &raised(second))
    }

    /// What changed between one place and another.
    fn between(&self, old: &[Way<'r>], new: &[Way<'r>]) -> Vec<WayChange> {
        let (mut before, mut now) = (groups(old), groups(new));
        let mut changes = Vec::new();
        for group in &now {
            let Some(was) = before.iter().find(|was| was.opens_like(group)) else { continue };
            changes.extend(self.changed(was, group, None));
        }
        let kept: Vec<Group<'_, 'r>> = now.iter().filter(|group| before.iter().any(|was| was.opens_like(group))).cloned().collect();
        before.retain(|was| !kept.iter().any(|group| was.opens_like(group)));
        now.retain(|group| !kept.iter().any(|other| other.opens_like(group)));
        // Those that open after another time than before are the same doors as long as there are some on both sides.
        while let (Some(was), Some(group)) = (before.first(), now.first()) {
            changes.extend(self.changed(was, group, self.delays(was.after, group.after)));
            before.remove(0);
            now.remove(0);
        }
        changes.extend(before.iter().filter_map(|was| Some(gone(was.ways.first()?, was))));
        changes.extend(now.iter().filter_map(|group| Some(self.added(group.ways.first()?, group))));
        changes
    }

    fn added(&self, way: &Way<'r>, group: &Group<'_, 'r>) -> WayChange {
        WayChange {
            from: vec![way.from.clone()],
            to: way.to.clone(),
            before: Vec::new(),
            now: group.sentences(),
            id: Some(way.id.to_owned()),
            kind: Kind::Added { after_ms: group.after.map(|after| after.delay_ms), rests: self.rests(group) },
            through: BTreeSet::new(),
        }
    }

    /// Whether one of these can hold for somebody to whom nothing happens.
    fn rests(&self, group: &Group<'_, 'r>) -> bool {
        self.judge.can_rest(&self.joined(Side::New, group))
    }

    fn joined(&self, side: Side, group: &Group<'_, 'r>) -> crate::model::Condition {
        let space = self.judge.space();
        let of = |way: &&Way<'r>| way.when.map_or_else(|| space.always(), |when| space.condition(side, when));
        space.any(group.ways.iter().map(of).collect())
    }

    /// What is otherwise about ways that stand for each other: they themselves, and the scores they read.
    fn changed(&self, old: &Group<'_, 'r>, new: &Group<'_, 'r>, delays: Option<Delays>) -> Vec<WayChange> {
        let Some(way) = new.ways.first() else { return Vec::new() };
        let alone = |list: &Group<'_, 'r>, others: &Group<'_, 'r>| -> Vec<String> {
            let is_alone = |way: &&&Way<'r>| others.ways.iter().all(|other| other.when != way.when);
            list.ways.iter().filter(is_alone).map(|way| way.sentence.to_owned()).collect()
        };
        let (mut before, mut now) = (alone(old, new), alone(new, old));
        let is_written_otherwise = !before.is_empty() || !now.is_empty();
        let (segments, scores) = self.read_by(new);
        let difference = if is_written_otherwise || !segments.is_empty() {
            self.judge.difference(&self.joined(Side::Old, old), &self.joined(Side::New, new))
        } else {
            None
        };
        let rests = self.rests(new);
        if delays.is_some() || !is_written_otherwise {
            (before, now) = (old.sentences(), new.sentences());
        }
        let made = |kind: Kind, through: BTreeSet<String>| WayChange {
            from: vec![way.from.clone()],
            to: way.to.clone(),
            before: before.clone(),
            now: now.clone(),
            id: Some(way.id.to_owned()),
            kind,
            through,
        };
        let mut changes = Vec::new();
        if difference.is_some() || delays.is_some() {
            let through = if is_written_otherwise || delays.is_some() { BTreeSet::new() } else { segments };
            changes.push(made(Kind::Changed { difference, delays, rests }, through));
        }
        if !scores.is_empty() {
            changes.push(made(Kind::Counted { rests }, scores));
        }
        changes
    }

    /// The segments and scores read here that changed.
    fn read_by(&self, group: &Group<'_, 'r>) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut segments, mut scores) = (BTreeSet::new(), BTreeSet::new());
        for when in group.ways.iter().filter_map(|way| way.when) {
            segments.extend(segments::reads(when).0);
            scores.extend(segments::scores_behind(self.rules, when));
        }
        (&segments & self.segments, &scores & self.scores)
    }

    /// How the time differs; nothing where it does not.
    fn delays(&self, old: Option<&Delay>, new: Option<&Delay>) -> Option<Delays> {
        let (before_ms, now_ms) = (old.map(|it| it.delay_ms), new.map(|it| it.delay_ms));
        let by_time = match before_ms.unwrap_or(0).cmp(&now_ms.unwrap_or(0)) {
            std::cmp::Ordering::Less => Some(Relation::Stricter),
            std::cmp::Ordering::Greater => Some(Relation::Looser),
            std::cmp::Ordering::Equal => None,
        };
        let without = |it: Option<&Delay>| it.and_then(|it| it.without.clone());
        let by_event = match (without(old), without(new)) {
            (None, None) => None,
            (None, Some(_)) => Some(Relation::Stricter),
            (Some(_), None) => Some(Relation::Looser),
            // Whatever starts the time anew more often lets people through later.
            (Some(old), Some(new)) => self.judge.between(Some(&had(old)), Some(&had(new))).map(|it| match it.relation {
                Relation::Stricter => Relation::Looser,
                Relation::Looser => Relation::Stricter,
                Relation::Different | Relation::Undecided => it.relation,
            }),
        };
        let relation = match (by_time, by_event) {
            (Some(one), Some(other)) => one.and(other),
            (one, other) => one.or(other)?,
        };
        Some(Delays { before_ms, now_ms, relation, without: without(new).map(|it| it.name) })
    }
}

fn had(event: EventTest) -> Condition {
    Condition::Had { event, window: None }
}

fn gone(way: &Way<'_>, group: &Group<'_, '_>) -> WayChange {
    WayChange {
        from: vec![way.from.clone()],
        to: way.to.clone(),
        before: group.sentences(),
        now: Vec::new(),
        id: None,
        kind: Kind::Gone,
        through: BTreeSet::new(),
    }
}

/// Ways that open after the same time.
#[derive(Clone)]
struct Group<'g, 'r> {
    after: Option<&'r Delay>,
    ways: Vec<&'g Way<'r>>,
}

impl Group<'_, '_> {
    fn opens_like(&self, other: &Group<'_, '_>) -> bool {
        self.after == other.after
    }

    fn sentences(&self) -> Vec<String> {
        self.ways.iter().map(|way| way.sentence.to_owned()).collect()
    }
}

fn groups<'g, 'r>(ways: &'g [Way<'r>]) -> Vec<Group<'g, 'r>> {
    let mut found: Vec<Group<'g, 'r>> = Vec::new();
    for way in ways {
        match found.iter_mut().find(|group| group.after == way.after) {
            Some(group) => group.ways.push(way),
            None => found.push(Group { after: way.after, ways: vec![way] }),
        }
    }
    found
}
