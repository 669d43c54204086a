//! What changed in the steps of a nurture, in words.

use super::{
    align::{Pair, aligned, bare},
    branches::paired,
    codes::{F851, F854, F855},
    fate::{Fates, named},
    relation::{Difference, Judge},
    report::{Change, Example, Place, Relation, Verdict, Who},
    words,
};
use crate::ruleset::{Argument, Branch, Condition, Repeat, Split, Step, StepKind, Term, WaitArm};

/// Whom most changes of steps concern.
const FROM_NOW_ON: &str = "it holds for whoever comes here from now on";

/// What to do where waits are taken for one another.
const SHIFT_HELP: &str = "waits have no names: each is told by which one of its nurture it is; put new waits behind those in which people are, or let those people come through first";

/// Steps that only one version has, one behind the other.
struct Run<'r> {
    is_gone: bool,
    steps: Vec<&'r Step>,
    /// What they stand behind, in their version.
    behind: Option<&'r Step>,
}

/// Compares the steps of a nurture that both versions have.
pub(super) struct Steps<'a, 'r> {
    pub judge: &'a Judge<'a>,
    pub fates: &'a Fates<'r>,
    pub place: Place,
    runs: Vec<Run<'r>>,
    changes: Vec<Change>,
}

impl<'a, 'r> Steps<'a, 'r> {
    pub fn new(judge: &'a Judge<'a>, fates: &'a Fates<'r>, place: Place) -> Self {
        Self { judge, fates, place, runs: Vec::new(), changes: Vec::new() }
    }

    /// What changed between two lists of steps, and what becomes of those who wait in them.
    pub fn compared(mut self, old: &'r [Step], new: &'r [Step], same: &dyn Fn(&str, &str) -> bool) -> Vec<Change> {
        self.sequence(old, new);
        self.moved();
        let runs = std::mem::take(&mut self.runs);
        runs.iter().filter(|run| !run.steps.is_empty()).for_each(|run| self.run(run));
        self.again(same);
        self.shifted();
        self.changes
    }

    fn sequence(&mut self, old: &'r [Step], new: &'r [Step]) {
        let (mut last_old, mut last_new) = (None, None);
        let mut fresh = true;
        for pair in aligned(old, new) {
            match pair {
                Pair::Same(before, now) => {
                    (last_old, last_new, fresh) = (Some(before), Some(now), true);
                    continue;
                }
                Pair::Changed(before, now) => {
                    (last_old, last_new, fresh) = (Some(before), Some(now), true);
                    self.pair(before, now);
                    continue;
                }
                Pair::Gone(step) => self.push(true, step, last_old, fresh),
                Pair::Added(step) => self.push(false, step, last_new, fresh),
            }
            fresh = false;
        }
    }

    /// Adds a step to the run that it goes on, or begins one.
    fn push(&mut self, is_gone: bool, step: &'r Step, behind: Option<&'r Step>, fresh: bool) {
        match self.runs.iter_mut().rev().take(2).find(|run| !fresh && run.is_gone == is_gone) {
            Some(run) => run.steps.push(step),
            None => self.runs.push(Run { is_gone, steps: vec![step], behind }),
        }
    }

    /// What is gone here and is new there has moved.
    fn moved(&mut self) {
        let mut pairs: Vec<(&'r Step, &'r Step)> = Vec::new();
        for gone in self.runs.iter().filter(|run| run.is_gone).flat_map(|run| &run.steps) {
            let added = self.runs.iter().filter(|run| !run.is_gone).flat_map(|run| &run.steps);
            let mut free = added.filter(|step| !pairs.iter().any(|(_, taken)| std::ptr::eq(**step, *taken)));
            if let Some(step) = free.find(|step| bare(step) == bare(gone)) {
                pairs.push((gone, step));
            }
        }
        for (gone, added) in pairs {
            for run in &mut self.runs {
                run.steps.retain(|step| !std::ptr::eq(*step, gone) && !std::ptr::eq(*step, added));
            }
            let behind = self.behind(added);
            let change = self.change(added, format!("`{}` has moved: it comes {behind} now", added.sentence));
            self.changes.push(self.with_rests(change, &[gone]).people(Who::Others, FROM_NOW_ON));
        }
    }

    /// Where a step of the new rules stands: `behind …`, or `first`.
    fn behind(&self, step: &Step) -> String {
        self.fates.previous(&step.id).map_or_else(|| "first".to_owned(), |step| format!("behind `{}`", step.sentence))
    }

    fn change(&self, step: &Step, message: String) -> Change {
        Change::new(Verdict::Behavioural, self.place.at(&step.id), message)
    }

    /// What happens to those who rest in some old steps.
    fn with_rests(&self, change: Change, steps: &[&'r Step]) -> Change {
        self.fates.rests_in(steps).into_iter().fold(change, |change, rest| {
            let words = format!("whoever waits at {} finishes it by the old rules, and then {}", named(rest), self.fates.goes_on(&rest.id));
            change.people(Who::Waiting(rest.id.clone()), words)
        })
    }

    fn run(&mut self, run: &Run<'r>) {
        let Some(first) = run.steps.first() else { return };
        let steps = words::quoted(run.steps.iter().map(|step| step.sentence.as_str()));
        let place = run.behind.map_or_else(|| "at the beginning".to_owned(), |step| format!("behind `{}`", step.sentence));
        let sentences = run.steps.iter().map(|step| step.sentence.as_str()).collect::<Vec<_>>().join(" · ");
        let is = if run.steps.len() == 1 { "is" } else { "are" };
        let change = if run.is_gone {
            let change = Change::new(Verdict::Behavioural, self.place.clone(), format!("{steps} {is} gone, {place}"));
            self.with_rests(change.words(Some(&sentences), None), &run.steps).people(Who::Others, FROM_NOW_ON)
        } else {
            let change = self.change(first, format!("{steps} {is} new, {place}")).words(None, Some(&sentences));
            let them = if run.steps.len() == 1 { "it" } else { "them" };
            let but = if self.fates.shifted().is_empty() { "" } else { ", unless their wait is taken for another one" };
            change.people(Who::Others, format!("whoever is past this place does not come to {them}{but}"))
        };
        self.changes.push(change);
    }

    /// A step of the same kind that says something else.
    fn pair(&mut self, old: &'r Step, new: &'r Step) {
        match (&old.kind, &new.kind) {
            (StepKind::Send { message: a, arguments: before }, StepKind::Send { message: b, arguments: now }) => {
                let message =
                    if a == b { handed_over(&format!("send {b}"), before, now) } else { format!("`{b}` is sent instead of `{a}`") };
                self.told(old, new, message);
            }
            (StepKind::Act { arguments: before, .. }, StepKind::Act { action, arguments: now }) => {
                self.told(old, new, handed_over(&format!("do {action}"), before, now));
            }
            (StepKind::Record { arguments: before, .. }, StepKind::Record { event, arguments: now }) => {
                self.told(old, new, handed_over(&format!("record {event}"), before, now));
            }
            (StepKind::Split(before), StepKind::Split(now)) => self.split(old, new, before, now),
            (StepKind::Repeat(before), StepKind::Repeat(now)) => self.repeat(old, new, before, now),
            (StepKind::If { branches: before, otherwise: rest }, StepKind::If { branches: now, otherwise }) => {
                self.branches(old, new, before, now);
                self.sequence(rest, otherwise);
            }
            (StepKind::WaitArms(before), StepKind::WaitArms(now)) => {
                self.longest(old, new, before.up_to_ms, now.up_to_ms);
                let (arms, others): (Vec<Branch>, Vec<Branch>) =
                    (before.arms.iter().map(branch).collect(), now.arms.iter().map(branch).collect());
                self.ways(old, new, &arms, &others);
                for (before, now) in paired(&before.arms, &now.arms, |a, b| {
                    a.when == b.when || a.steps.len() == b.steps.len() && same_steps(&a.steps, &b.steps)
                }) {
                    self.sequence(before.map_or(&[][..], |arm| &arm.steps), now.map_or(&[][..], |arm| &arm.steps));
                }
                self.sequence(&before.otherwise, &now.otherwise);
            }
            (StepKind::WaitUntil(before), StepKind::WaitUntil(now)) => {
                self.longest(old, new, before.up_to_ms, now.up_to_ms);
                let difference = self.judge.between(Some(&before.when), Some(&now.when)).filter(|_| before.when != now.when);
                if let Some(difference) = difference {
                    let change = self.held(new, "the wait goes on early", &difference).words(Some(&old.sentence), Some(&new.sentence));
                    self.changes.push(self.waiting(change, old));
                }
            }
            (a, b) => match (words::wait(a), words::wait(b)) {
                (Some(before), Some(now)) => self.wait(old, new, &before, &now),
                (before, now) if before.is_some() || now.is_some() => {
                    let change = self.change(new, format!("waits otherwise: {} instead of {}", named(new), named(old)));
                    let change = change.words(Some(&old.sentence), Some(&new.sentence));
                    self.changes.push(self.waiting(change, old));
                }
                (_, _) => self.told(old, new, "does something else here".to_owned()),
            },
        }
    }

    fn told(&mut self, old: &Step, new: &Step, message: String) {
        let change = self.change(new, message).words(Some(&old.sentence), Some(&new.sentence));
        self.changes.push(change.people(Who::Others, FROM_NOW_ON));
    }

    /// With what happens to those who wait at a step that both have.
    fn waiting(&self, change: Change, old: &Step) -> Change {
        if self.is_shifted(&old.id) {
            return change;
        }
        let words = format!("whoever waits here now finishes the wait by the old rules, and then {}", self.fates.goes_on(&old.id));
        change.people(Who::Waiting(old.id.clone()), words)
    }

    /// Another wait by the clock.
    fn wait(&mut self, old: &Step, new: &Step, before: &str, now: &str) {
        let place = self.before(new);
        let message = match (&old.kind, &new.kind) {
            (StepKind::WaitMs(a), StepKind::WaitMs(b)) => format!("the wait {place} is {now} instead of {}", words::instead_of(*a, *b)),
            (_, _) => format!("the wait {place} is {now} instead of {before}"),
        };
        let change = self.change(new, message).words(Some(&old.sentence), Some(&new.sentence));
        let began = match &old.kind {
            StepKind::WaitMs(_) | StepKind::WaitCalendarDays(_) => format!("the {before} they began with"),
            _ => format!("the wait {before} that they began"),
        };
        let words = format!("whoever waits here now finishes {began}, and then {}", self.fates.goes_on(&old.id));
        let change = if self.is_shifted(&old.id) { change } else { change.people(Who::Waiting(old.id.clone()), words) };
        self.changes.push(change.people(Who::Others, format!("whoever comes here from now on waits {now}")));
    }

    /// What a wait is for: `before send reminder`.
    fn before(&self, step: &Step) -> String {
        self.fates.following(&step.id).map_or_else(|| "at the end".to_owned(), |next| format!("before `{}`", next.sentence))
    }

    /// Another time-out.
    fn longest(&mut self, old: &Step, new: &Step, before_ms: i64, now_ms: i64) {
        if before_ms == now_ms {
            return;
        }
        let (now, before) = (words::time(now_ms), words::instead_of(before_ms, now_ms));
        let change = self.change(new, format!("the wait lasts {now} at most instead of {before}"));
        let change = change.words(Some(&old.sentence), Some(&new.sentence));
        let words = format!("whoever waits here now keeps the time-out they began with, {}", words::time(before_ms));
        self.changes.push(change.people(Who::Waiting(old.id.clone()), words));
    }

    /// A condition that holds for others.
    fn held(&self, step: &Step, what: &str, difference: &Difference) -> Change {
        let message = match difference.relation {
            Relation::Stricter => format!("{what} for fewer people than before"),
            Relation::Looser => format!("{what} for more people than before"),
            Relation::Different => format!("{what} for other people than before"),
            Relation::Undecided => {
                format!("{what} under a condition that reads otherwise; whether it means something else cannot be decided")
            }
        };
        let mut examples = Vec::new();
        let who = |who: &String| if who.is_empty() { "everybody".to_owned() } else { who.clone() };
        if difference.relation != Relation::Undecided {
            let example = |one: &String, before: &str, now: &str| Example { who: who(one), before: before.to_owned(), now: now.to_owned() };
            examples.extend(difference.lost.as_ref().map(|one| example(one, "it held", "it does not hold")));
            examples.extend(difference.gained.as_ref().map(|one| example(one, "it did not hold", "it holds")));
        }
        Change { relation: Some(difference.relation), ..self.change(step, message) }.code(F855).examples(examples)
    }

    fn branches(&mut self, old: &'r Step, new: &'r Step, before: &'r [Branch], now: &'r [Branch]) {
        self.ways(old, new, before, now);
        for (before, now) in paired(before, now, |a, b| a.when == b.when || same_steps(&a.steps, &b.steps)) {
            self.sequence(before.map_or(&[][..], |it| &it.steps), now.map_or(&[][..], |it| &it.steps));
        }
    }

    /// The conditions of the arms of a wait, or of the branches of an `if`.
    fn ways(&mut self, old: &Step, new: &Step, before: &[Branch], now: &[Branch]) {
        let noun = if matches!(new.kind, StepKind::WaitArms(_)) { "arm" } else { "branch" };
        for pair in paired(before, now, |a, b| a.when == b.when || same_steps(&a.steps, &b.steps)) {
            match pair {
                (Some(a), Some(b)) => {
                    let difference = self.judge.between(Some(&a.when), Some(&b.when)).filter(|_| a.when != b.when);
                    if let Some(difference) = difference {
                        let change = self.held(new, &format!("the {noun} `{}` is taken", b.sentence), &difference);
                        let change = change.words(Some(&a.sentence), Some(&b.sentence));
                        self.changes.push(if noun == "arm" { self.waiting(change, old) } else { change });
                    }
                }
                (Some(a), None) => {
                    let change = self.change(new, format!("the {noun} `{}` is gone", a.sentence));
                    self.changes.push(change.words(Some(&a.sentence), None).people(Who::Others, FROM_NOW_ON));
                }
                (None, Some(b)) => {
                    let change = self.change(new, format!("the {noun} `{}` is new", b.sentence));
                    self.changes.push(change.words(None, Some(&b.sentence)).people(Who::Others, FROM_NOW_ON));
                }
                (None, None) => {}
            }
        }
    }

    fn split(&mut self, old: &Step, new: &Step, before: &'r Split, now: &'r Split) {
        let shares = |split: &Split| {
            let arms: Vec<String> = split.arms.iter().map(|arm| format!("{} {}", words::share(arm.share_millionths), arm.name)).collect();
            arms.join(", ")
        };
        if before.name != now.name {
            let message = format!("the split `{}` is `{}` now, so everybody draws anew", before.name, now.name);
            let change = self.change(new, message).code(F854).words(Some(&old.sentence), Some(&new.sentence));
            self.changes.push(change.people(Who::Others, "whoever has drawn an arm already stays in it".to_owned()));
        } else if shares(before) != shares(now) {
            let moved = words::share(redrawn(before, now));
            let message = format!("the split `{}` has other shares: {} instead of {}", now.name, shares(now), shares(before));
            let change = self.change(new, message).code(F854).words(Some(&shares(before)), Some(&shares(now)));
            let change = change.people(Who::Others, format!("of those who come here from now on, {moved} draw another arm than before"));
            self.changes.push(change.people(Who::Others, "whoever has drawn an arm already stays in it".to_owned()));
        }
        for arm in &now.arms {
            let was = before.arms.iter().find(|was| was.name == arm.name);
            self.sequence(was.map_or(&[][..], |was| &was.steps), &arm.steps);
        }
        for gone in before.arms.iter().filter(|arm| now.arms.iter().all(|other| other.name != arm.name)) {
            self.sequence(&gone.steps, &[]);
        }
    }

    fn repeat(&mut self, old: &'r Step, new: &'r Step, before: &'r Repeat, now: &'r Repeat) {
        let sentences = (Some(old.sentence.as_str()), Some(new.sentence.as_str()));
        if before.times != now.times {
            let message = format!("what is repeated is done {} at most instead of {}", words::times(now.times), words::times(before.times));
            let change = self.change(new, message).words(sentences.0, sentences.1);
            let words = format!("whoever is between two rounds goes on until {} rounds are done in all", now.times);
            self.changes.push(change.people(Who::Waiting(old.id.clone()), words));
        }
        if before.every_ms != now.every_ms {
            let (every, was) = (words::time(now.every_ms), words::instead_of(before.every_ms, now.every_ms));
            let change = self
                .change(new, format!("a round of what is repeated begins every {every} instead of every {was}"))
                .words(sentences.0, sentences.1);
            let words = format!("whoever is between two rounds finishes this pause of {}", words::time(before.every_ms));
            self.changes.push(change.people(Who::Waiting(old.id.clone()), words));
        }
        if before.until != now.until {
            let never = Condition::Any(Vec::new());
            let until = |it: &Option<Condition>| it.clone().unwrap_or_else(|| never.clone());
            if let Some(difference) = self.judge.between(Some(&until(&before.until)), Some(&until(&now.until))) {
                let change = self.held(new, "the rounds end early", &difference);
                self.changes.push(change.words(sentences.0, sentences.1));
            }
        }
        self.sequence(&before.steps, &now.steps);
    }

    /// Messages that people inside would get again.
    fn again(&mut self, same: &dyn Fn(&str, &str) -> bool) {
        for again in self.fates.again(same) {
            let message = format!("whoever has had `{}` already can get it again", again.message);
            let mut change = Change::new(Verdict::Breaking, self.place.at(&again.again.id), message)
                .code(F851)
                .words(Some(&again.had.sentence), Some(&again.again.sentence))
                .help(format!(
                    "take `{}` out of the way of those who wait, or ask first: `if no sent {} since entering {{ … }}`",
                    again.message, again.message
                ));
            for rest in again.rests {
                let words =
                    format!("whoever waits at {} has had `{}`, and comes to `{}`", named(rest), again.message, again.again.sentence);
                change = change.people(Who::Waiting(rest.id.clone()), words);
            }
            self.changes.push(change);
        }
    }

    /// People who go on somewhere else than where their step stands now.
    fn shifted(&mut self) {
        let shifted = self.fates.shifted();
        let Some(stands) = shifted.first().and_then(|rest| self.fates.stands_for(&rest.id)) else { return };
        let name = self.place.nurture.clone().unwrap_or_default();
        let message =
            format!("the waits of `{name}` are counted otherwise now, and whoever waits goes on elsewhere than their wait stands");
        let mut change = Change::new(Verdict::Behavioural, self.place.at(&stands.id), message).help(SHIFT_HELP);
        for rest in shifted {
            let words = format!("whoever waits at {} finishes it by the old rules, and then {}", named(rest), self.fates.goes_on(&rest.id));
            change = change.people(Who::Waiting(rest.id.clone()), words);
        }
        self.changes.push(change);
    }

    fn is_shifted(&self, id: &str) -> bool {
        self.fates.shifted().iter().any(|rest| rest.id == id)
    }
}

fn branch(arm: &WaitArm) -> Branch {
    Branch { sentence: arm.sentence.clone(), when: arm.when.clone(), steps: arm.steps.clone() }
}

fn same_steps(a: &[Step], b: &[Step]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| bare(a) == bare(b))
}

/// What a step hands over, where it hands over something else.
fn handed_over(what: &str, before: &[Argument], now: &[Argument]) -> String {
    let value = |list: &[Argument], name: &str| list.iter().find(|it| it.name == name).map_or(Term::Missing {}, |it| it.value.clone());
    let mut names: Vec<&str> = now.iter().chain(before).map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let other = names.into_iter().filter(|name| value(before, name) != value(now, name));
    let said: Vec<String> = other
        .map(|name| format!("`{name}` is {} instead of {}", words::term(&value(now, name)), words::term(&value(before, name))))
        .collect();
    format!("`{what}` hands over something else: {}", words::listed(&said))
}

/// The share of people, in millionths, who draw an arm of another name than before.
fn redrawn(before: &Split, now: &Split) -> u32 {
    let spans = |split: &Split| -> Vec<(String, u32, u32)> {
        let mut from = 0_u32;
        let arms = split.arms.iter().map(|arm| {
            let begin = from;
            from = from.saturating_add(arm.share_millionths);
            (arm.name.clone(), begin, from)
        });
        arms.collect()
    };
    let others = spans(now);
    let kept: u32 = spans(before)
        .iter()
        .flat_map(|(name, from, to)| {
            others.iter().filter(move |(other, ..)| other == name).map(move |(_, begin, end)| to.min(end).saturating_sub(*from.max(begin)))
        })
        .sum();
    1_000_000_u32.saturating_sub(kept)
}
