//! Runs on their way through a funnel, and what is counted of them.
//!
//! Readings, the same as in the summary of a run: who has ended in a final stage is in it until their next run begins; a target
//! counts runs, from their first entry into one of its source stages. Who has reached a goal is no longer on the way to one:
//! leaks, chances and what would help are about those before it.

use super::{chain::Chain, people::Who};
use crate::ruleset::{Funnel, Source, Stage};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

/// A run that goes on, or the last one of its contact and key.
struct Run {
    started_ms: i64,
    /// Where it is, and since when.
    here: Option<(usize, i64)>,
    /// Whether it has ended in a final stage.
    has_ended: bool,
    has_reached_goal: bool,
    /// Whether it has gone where no goal can be reached any more.
    is_lost: bool,
    visited: SmallVec<[usize; 8]>,
    /// For each target, by its place in [`Plan::targets`]: until when it is to be reached, and whether it was.
    due: SmallVec<[Option<(i64, bool)>; 4]>,
    week: u32,
    value: u32,
}

/// What is counted of a stage.
#[derive(Default)]
pub(super) struct StageCounts {
    pub entered: u64,
    pub left: u64,
    /// Runs that came here.
    pub runs: u64,
    /// The lengths of the visits that ended.
    pub lengths: Vec<i64>,
    /// Where visits went on to.
    pub ways: BTreeMap<usize, u64>,
    /// Runs that were lost here before a goal, by how.
    pub lost: BTreeMap<Lost, u64>,
}

/// How a run is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Lost {
    /// To a stage from which no goal can be reached.
    To(usize),
    /// Out of the funnel.
    Out,
    /// It is still there, for longer than nine of ten visits that ended.
    Stuck,
}

/// What is counted of a group of runs.
#[derive(Default, Clone)]
pub(super) struct GroupCounts {
    pub runs: u64,
    pub goals: u64,
    /// Runs that came to each stage.
    pub stages: Vec<u64>,
}

/// What is counted of a target.
#[derive(Default)]
pub(super) struct TargetCounts {
    /// Until when each run is to reach it.
    pub due: Vec<i64>,
    /// The same of those that did.
    pub reached: Vec<i64>,
}

/// A target of a funnel, looked up.
struct Aim {
    stage: usize,
    sources: BTreeSet<usize>,
    within_ms: i64,
}

/// A funnel with its names looked up.
pub(super) struct Plan<'r> {
    pub funnel: &'r Funnel,
    stages: FxHashMap<&'r str, usize>,
    targets: Vec<Aim>,
    /// Whether a goal can be reached from a stage at all.
    hopeful: Vec<bool>,
}

/// All that is counted of a funnel.
pub(super) struct Walks<'r> {
    pub plan: Plan<'r>,
    runs: FxHashMap<(Who, Option<String>), Run>,
    contacts: FxHashMap<Who, ()>,
    pub begun: u64,
    pub stages: Vec<StageCounts>,
    pub targets: Vec<TargetCounts>,
    pub chain: Chain,
    /// From the start of a run to its first goal.
    pub goal_lengths: Vec<i64>,
    pub weeks: BTreeMap<u32, GroupCounts>,
    pub values: BTreeMap<u32, GroupCounts>,
}

/// A move of a run, as it is told.
pub(super) struct Move<'a> {
    pub who: Who,
    pub key: Option<&'a str>,
    pub at_ms: i64,
    pub to: Option<&'a str>,
    /// The groups that a run belongs to which begins now.
    pub week: u32,
    pub value: u32,
}

impl<'r> Plan<'r> {
    fn new(funnel: &'r Funnel) -> Self {
        let stages: FxHashMap<&str, usize> = funnel.stages.iter().enumerate().map(|(at, stage)| (stage.name.as_str(), at)).collect();
        let aims = funnel.stages.iter().enumerate().flat_map(|(at, stage)| stage.targets.iter().map(move |target| (at, stage, target)));
        let targets = aims
            .map(|(at, stage, target)| Aim {
                stage: at,
                sources: match &target.of {
                    Some(name) => stages.get(name.as_str()).copied().into_iter().collect(),
                    None => (0..funnel.stages.len())
                        .filter(|from| *from != at && funnel.stages.get(*from).is_some_and(|from| leads(stage, from)))
                        .collect(),
                },
                within_ms: target.within_ms,
            })
            .collect();
        Self { funnel, stages, targets, hopeful: hopeful(funnel) }
    }

    /// The place of a stage.
    pub fn stage(&self, name: &str) -> Option<usize> {
        self.stages.get(name).copied()
    }

    fn is_goal(&self, stage: usize) -> bool {
        self.funnel.stages.get(stage).is_some_and(|stage| stage.goal)
    }

    fn is_hopeful(&self, stage: usize) -> bool {
        self.hopeful.get(stage).copied().unwrap_or(false)
    }
}

/// From which stages a goal can be reached, by what the doors say.
fn hopeful(funnel: &Funnel) -> Vec<bool> {
    let mut hopeful: Vec<bool> = funnel.stages.iter().map(|stage| stage.goal).collect();
    let mut news: Vec<usize> = (0..hopeful.len()).filter(|at| hopeful.get(*at) == Some(&true)).collect();
    while let Some(to) = news.pop() {
        let Some(to) = funnel.stages.get(to) else { continue };
        for (at, from) in funnel.stages.iter().enumerate() {
            if let Some(place) = hopeful.get_mut(at).filter(|place| !**place && leads(to, from)) {
                *place = true;
                news.push(at);
            }
        }
    }
    hopeful
}

/// Whether a door of `stage` leads from that stage.
fn leads(stage: &Stage, from: &Stage) -> bool {
    stage.doors.iter().any(|door| match &door.from {
        Source::Outside => false,
        Source::Stages(names) => names.contains(&from.name),
        Source::Anywhere | Source::AnywhereOrOutside => !from.is_final,
    })
}

impl<'r> Walks<'r> {
    pub fn new(funnel: &'r Funnel) -> Self {
        let plan = Plan::new(funnel);
        Self {
            runs: FxHashMap::default(),
            contacts: FxHashMap::default(),
            begun: 0,
            stages: funnel.stages.iter().map(|_| StageCounts::default()).collect(),
            targets: plan.targets.iter().map(|_| TargetCounts::default()).collect(),
            chain: Chain::new(funnel.stages.iter().map(|stage| stage.goal).collect()),
            goal_lengths: Vec::new(),
            weeks: BTreeMap::new(),
            values: BTreeMap::new(),
            plan,
        }
    }

    /// How many contacts have been in this funnel.
    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    /// The run of a contact and key has ended in a final stage.
    pub fn ends(&mut self, who: Who, key: Option<&str>) {
        if let Some(run) = self.runs.get_mut(&(who, key.map(str::to_owned))) {
            run.has_ended = true;
        }
    }

    /// A run moves.
    pub fn moves(&mut self, step: &Move<'_>) {
        self.contacts.insert(step.who, ());
        let to = step.to.and_then(|to| self.plan.stage(to));
        let place = (step.who, step.key.map(str::to_owned));
        let before = self.runs.remove(&place);
        let mut goes_on = None;
        if let Some(mut run) = before {
            self.leaves_stage(&mut run, to, step.at_ms);
            goes_on = Some(run).filter(|run| !run.has_ended && run.here.is_some());
        }
        let Some(to) = to else { return };
        let mut run = match goes_on {
            Some(run) => run,
            None => self.begins(to, step),
        };
        self.enters(&mut run, to, step.at_ms);
        self.runs.insert(place, run);
    }

    /// A visit ends. Behind it `run.here` still names the stage.
    fn leaves_stage(&mut self, run: &mut Run, to: Option<usize>, at_ms: i64) {
        let Some((from, since_ms)) = run.here else { return };
        let Some(counts) = self.stages.get_mut(from) else { return };
        counts.left += 1;
        if run.has_ended {
            return;
        }
        counts.lengths.push(at_ms.saturating_sub(since_ms));
        if let Some(to) = to {
            *counts.ways.entry(to).or_default() += 1;
        }
        if run.has_reached_goal {
            return;
        }
        match (to, self.chain.ways.get_mut(from)) {
            (Some(to), Some(ways)) => *ways.entry(to).or_default() += 1,
            (None, _) => self.chain.out.get_mut(from).into_iter().for_each(|out| *out += 1),
            (Some(_), None) => {}
        }
        let is_for_good = to.is_none_or(|to| !self.plan.is_hopeful(to));
        if is_for_good && !run.is_lost && self.plan.is_hopeful(from) {
            run.is_lost = true;
            *counts.lost.entry(to.map_or(Lost::Out, Lost::To)).or_default() += 1;
        }
    }

    /// Counts those who are still on their way to a goal: they stay, and who does so longer than nine of ten did is lost.
    pub fn count_staying(&mut self, end_ms: i64, usual_ms: &[Option<i64>]) {
        for run in self.runs.values().filter(|run| !run.has_ended && !run.has_reached_goal) {
            let Some((stage, since_ms)) = run.here else { continue };
            self.chain.stay.get_mut(stage).into_iter().for_each(|stay| *stay += 1);
            let stays_ms = end_ms.saturating_sub(since_ms);
            let is_stuck = usual_ms.get(stage).copied().flatten().is_some_and(|usual_ms| stays_ms > usual_ms);
            if is_stuck && self.plan.is_hopeful(stage) {
                self.stages.get_mut(stage).into_iter().for_each(|counts| *counts.lost.entry(Lost::Stuck).or_default() += 1);
            }
        }
    }

    fn begins(&mut self, to: usize, step: &Move<'_>) -> Run {
        self.begun += 1;
        self.chain.starts.get_mut(to).into_iter().for_each(|starts| *starts += 1);
        for (groups, group) in [(&mut self.weeks, step.week), (&mut self.values, step.value)] {
            let counts =
                groups.entry(group).or_insert_with(|| GroupCounts { stages: vec![0; self.stages.len()], ..GroupCounts::default() });
            counts.runs += 1;
        }
        Run {
            started_ms: step.at_ms,
            here: None,
            has_ended: false,
            has_reached_goal: false,
            is_lost: false,
            visited: SmallVec::new(),
            due: self.plan.targets.iter().map(|_| None).collect(),
            week: step.week,
            value: step.value,
        }
    }

    fn enters(&mut self, run: &mut Run, to: usize, at_ms: i64) {
        run.here = Some((to, at_ms));
        let is_new = !run.visited.contains(&to);
        let first_goal = self.plan.is_goal(to) && !run.has_reached_goal;
        if let Some(counts) = self.stages.get_mut(to) {
            counts.entered += 1;
            counts.runs += u64::from(is_new);
        }
        for (groups, group) in [(&mut self.weeks, run.week), (&mut self.values, run.value)] {
            let Some(counts) = groups.get_mut(&group) else { continue };
            counts.goals += u64::from(first_goal);
            counts.stages.get_mut(to).into_iter().for_each(|runs| *runs += u64::from(is_new));
        }
        if is_new {
            run.visited.push(to);
        }
        if first_goal {
            run.has_reached_goal = true;
            self.goal_lengths.push(at_ms.saturating_sub(run.started_ms));
        }
        for ((aim, counts), due) in self.plan.targets.iter().zip(&mut self.targets).zip(&mut run.due) {
            match due {
                Some((due_ms, reached)) if aim.stage == to && !*reached && at_ms <= *due_ms => {
                    *reached = true;
                    counts.reached.push(*due_ms);
                }
                None if aim.sources.contains(&to) => {
                    let due_ms = at_ms.saturating_add(aim.within_ms);
                    *due = Some((due_ms, false));
                    counts.due.push(due_ms);
                }
                Some(_) | None => {}
            }
        }
    }
}
