//! Where people who wait in a nurture go on, and what they get there.
//!
//! They finish the step they are in by the old rules and go on behind the step of the same identity in the new ones; where that
//! is gone, at the next one of the old steps that still exists; where none does, the nurture ends for them. A message asked for
//! again under the same identity is the same request, and is not sent again.

use super::{
    align::{Pair, aligned},
    words,
};
use crate::ruleset::{Line, Message, Nurture, Step, StepKind};
use std::collections::{BTreeMap, BTreeSet};

/// Where somebody goes on, in the new rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Onward {
    /// Behind this step.
    Behind(usize),
    /// With this step.
    With(usize),
    End,
}

/// A message that somebody has had, and comes to again.
pub(super) struct Again<'r> {
    pub message: &'r str,
    /// The steps that send it: the one before, the one that would send it again.
    pub had: &'r Step,
    pub again: &'r Step,
    /// Where those wait whom it concerns.
    pub rests: Vec<&'r Step>,
}

/// The same nurture in both versions.
pub(super) struct Fates<'r> {
    old: Line<'r>,
    new: Line<'r>,
    /// The steps of the new rules that stand for those of the old ones, by identity.
    stands_for: BTreeMap<&'r str, &'r str>,
}

impl<'r> Fates<'r> {
    pub fn new(old: &'r Nurture, new: &'r Nurture) -> Self {
        let mut stands_for = BTreeMap::new();
        pair_up(&old.steps, &new.steps, &mut stands_for);
        Self { old: Line::of(&old.steps), new: Line::of(&new.steps), stands_for }
    }

    /// Where somebody goes on who rests at a step of the old rules.
    pub fn onward(&self, at: usize) -> Onward {
        let Some(step) = self.old.step(at) else { return Onward::End };
        if let Some(same) = self.new.find(&step.id) {
            return Onward::Behind(same);
        }
        let later = onwards(&self.old, at).into_iter().filter_map(|at| self.old.step(at));
        later.into_iter().find_map(|step| self.new.find(&step.id)).map_or(Onward::End, Onward::With)
    }

    /// The new steps that somebody may come to from there.
    fn ahead(&self, onward: Onward) -> Vec<usize> {
        match onward {
            Onward::Behind(at) => onwards(&self.new, at),
            Onward::With(at) => {
                let mut ahead = vec![at];
                ahead.extend(onwards(&self.new, at));
                ahead
            }
            Onward::End => Vec::new(),
        }
    }

    /// Where somebody would go on who rests at a step of the old rules, if steps went by where they stand: behind what stands for
    /// it, else with what stands for the next one.
    fn meant(&self, at: usize) -> Onward {
        let stands_for = |at: usize| self.new.find(self.stands_for.get(self.old.step(at)?.id.as_str())?);
        match stands_for(at) {
            Some(same) => Onward::Behind(same),
            None => onwards(&self.old, at).into_iter().find_map(stands_for).map_or(Onward::End, Onward::With),
        }
    }

    /// The step that comes first there.
    fn first(&self, onward: Onward) -> Option<&'r Step> {
        match onward {
            Onward::Behind(at) => self.next(at),
            Onward::With(at) => self.new.step(at),
            Onward::End => None,
        }
    }

    /// The first new step that somebody comes to behind one; nothing at the end of the nurture.
    fn next(&self, at: usize) -> Option<&'r Step> {
        self.new.step(self.new.after(at).into_iter().find(|other| !self.new.is_inside(*other, at))?)
    }

    /// How it goes on for somebody who rests at a step of the old rules: with what, and what passes them by.
    pub fn goes_on(&self, id: &str) -> String {
        let Some(at) = self.old.find(id) else { return "goes on by the new rules".to_owned() };
        let next = self.first(self.onward(at));
        let goes = next.map_or_else(|| "has come to the end of the nurture".to_owned(), |step| format!("goes on with `{}`", step.sentence));
        let missed = self.missed(at);
        if missed.is_empty() { goes } else { format!("{goes}; {} passes them by", words::quoted(missed)) }
    }

    /// The new step before one, in the same list of steps or around it.
    pub fn previous(&self, id: &str) -> Option<&'r Step> {
        self.new.previous(self.new.find(id)?)
    }

    /// The new step that comes after one.
    pub fn following(&self, id: &str) -> Option<&'r Step> {
        self.next(self.new.find(id)?)
    }

    /// The places in some old steps where people can rest.
    pub fn rests_in(&self, steps: &[&'r Step]) -> Vec<&'r Step> {
        let places = steps.iter().filter_map(|step| self.old.find(&step.id));
        let all = places.flat_map(|at| [at].into_iter().chain(self.old.inside(at)));
        all.filter_map(|at| self.old.step(at)).filter(|step| step.kind.rests()).collect()
    }

    /// Where people rest at steps that still exist, and go on somewhere else than where their step stands now.
    pub fn shifted(&self) -> Vec<&'r Step> {
        let rests = self.old.steps().filter(|(_, step)| step.kind.rests() && self.stands_for.contains_key(step.id.as_str()));
        let id = |onward| self.first(onward).map(|step| &step.id);
        rests.filter(|(at, _)| id(self.onward(*at)) != id(self.meant(*at))).map(|(_, step)| step).collect()
    }

    /// The new step that stands for an old one.
    pub fn stands_for(&self, id: &str) -> Option<&'r Step> {
        self.new.step(self.new.find(self.stands_for.get(id)?)?)
    }

    /// The messages that somebody would get who rests at an old step, if steps went by where they stand, and does not get.
    fn missed(&self, at: usize) -> Vec<&'r str> {
        let ahead = self.ahead(self.onward(at));
        let lost = self.ahead(self.meant(at)).into_iter().filter(|at| !ahead.contains(at));
        let mut found: Vec<&str> = lost.filter_map(|at| self.new.step(at)?.message()).collect();
        found.dedup();
        found
    }

    /// The messages that people inside would get again. `same` says which messages of the old rules are one with which of the new.
    pub fn again(&self, same: &dyn Fn(&str, &str) -> bool) -> Vec<Again<'r>> {
        let mut found: Vec<Again<'r>> = Vec::new();
        for (at, rest) in self.old.steps().filter(|(_, step)| step.kind.rests()) {
            let had: Vec<&Step> = self.old.before(at).into_iter().filter_map(|at| self.old.step(at)).collect();
            let coming: Vec<&Step> = onwards(&self.old, at).into_iter().filter_map(|at| self.old.step(at)).collect();
            for ahead in self.ahead(self.onward(at)) {
                let Some(step) = self.new.step(ahead) else { continue };
                let Some(message) = step.message() else { continue };
                let is_it = |other: &&&Step| other.message().is_some_and(|other| same(other, message));
                let Some(first) = had.iter().find(is_it) else { continue };
                let one_request = had.iter().chain(&coming).any(|other| other.id == step.id);
                let came_again_before = coming.iter().any(|other| is_it(&other));
                let meant = self.new.before(ahead).into_iter().filter_map(|at| self.new.step(at));
                let is_meant = meant.filter(|other| other.id != step.id).any(|other| other.message() == Some(message));
                if one_request || came_again_before || is_meant {
                    continue;
                }
                match found.iter_mut().find(|again| again.again.id == step.id) {
                    Some(again) => again.rests.push(rest),
                    None => found.push(Again { message, had: first, again: step, rests: vec![rest] }),
                }
            }
        }
        found
    }
}

/// What can still be done once somebody rests at a step, in order, each once: what is in it, and what comes after it.
fn onwards(line: &Line<'_>, at: usize) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    line.inside(at).into_iter().chain(line.after(at)).filter(|at| seen.insert(*at)).collect()
}

/// Whether two messages are the same thing to whoever gets them: one name, or one template on one channel.
pub(super) fn is_one_message(old: &[Message], new: &[Message], before: &str, now: &str) -> bool {
    let find = |list: &[Message], name: &str| list.iter().find(|it| it.name == name).map(|it| (it.channel.clone(), it.template.clone()));
    let (one, other) = (find(old, before), find(new, now));
    before == now || one.as_ref().is_some_and(|(_, template)| template.is_some()) && one == other
}

/// Notes which steps stand for each other, those inside others included.
fn pair_up<'r>(old: &'r [Step], new: &'r [Step], stands_for: &mut BTreeMap<&'r str, &'r str>) {
    for pair in aligned(old, new) {
        let (Pair::Same(before, now) | Pair::Changed(before, now)) = pair else { continue };
        stands_for.insert(&before.id, &now.id);
        match (&before.kind, &now.kind) {
            // Arms of a split are told apart by their names.
            (StepKind::Split(before), StepKind::Split(now)) => {
                for arm in &now.arms {
                    if let Some(was) = before.arms.iter().find(|was| was.name == arm.name) {
                        pair_up(&was.steps, &arm.steps, stands_for);
                    }
                }
            }
            (before, now) => {
                let (before, now) = (before.inside(), now.inside());
                // The last way is the one where nothing else holds.
                let ends = before.last().zip(now.last());
                let middle = before.iter().rev().skip(1).rev().zip(now.iter().rev().skip(1).rev());
                for (before, now) in middle.chain(ends) {
                    pair_up(before, now, stands_for);
                }
            }
        }
    }
}

/// A step, as one speaks of it: `wait 5 days`, before `send reminder`.
pub(super) fn named(step: &Step) -> String {
    words::wait(&step.kind).map_or_else(
        || format!("`{}`", step.sentence),
        |wait| {
            if wait.starts_with("until") { format!("`wait {wait}`") } else { format!("the wait of {wait}") }
        },
    )
}
