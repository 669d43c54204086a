//! From the start of a nurture to one of its steps.

use super::needs::{Needs, ways_of_all};
use crate::{
    model::{Condition, Model, Nurture, Start, Step, StepKind, Wait},
    source::Span,
};
use smol_str::SmolStr;

const DAY_MS: i64 = 86_400_000;

/// The way to a step of a nurture.
#[derive(Default)]
pub(super) struct Walk {
    /// What it takes on the way, each with the time since entering at which it is asked for, where nobody reacts.
    pub stations: Vec<(i64, Needs)>,
    /// The arms that splits must draw.
    pub arms: Vec<(SmolStr, SmolStr)>,
    /// The time since entering at which one comes to the step, where nobody reacts.
    pub elapsed_ms: i64,
}

/// The way to the step at `target`, if it is a step of this nurture.
pub(super) fn walk(model: &Model, nurture: &Nurture, target: Span) -> Option<Walk> {
    let mut walk = Walk::default();
    match &nurture.start {
        Start::Entry => {}
        Start::When(when) | Start::EachTime(when) => walk.asks(model, &[(when, true)]),
    }
    walk.steps(model, &nurture.steps, target).then_some(walk)
}

impl Walk {
    fn asks(&mut self, model: &Model, conditions: &[(&Condition, bool)]) {
        let needs = ways_of_all(model, conditions).into_iter().next().unwrap_or_default();
        self.stations.push((self.elapsed_ms, needs));
    }

    /// Goes through steps until the one that is meant; whether it is among them.
    fn steps(&mut self, model: &Model, steps: &[Step], target: Span) -> bool {
        for step in steps {
            if step.span == target {
                return true;
            }
            let mark = (self.stations.len(), self.arms.len(), self.elapsed_ms);
            if self.inside(model, step, target) {
                return true;
            }
            self.stations.truncate(mark.0);
            self.arms.truncate(mark.1);
            self.elapsed_ms = mark.2.saturating_add(longest_ms(step));
        }
        false
    }

    fn inside(&mut self, model: &Model, step: &Step, target: Span) -> bool {
        match &step.kind {
            StepKind::If { branches, otherwise, .. } => {
                let conditions: Vec<&Condition> = branches.iter().map(|branch| &branch.when).collect();
                let lists = branches.iter().map(|branch| &branch.steps).chain([otherwise]);
                lists.enumerate().any(|(at, steps)| {
                    let count = self.stations.len();
                    let asked: Vec<(&Condition, bool)> =
                        conditions.iter().take(at + 1).enumerate().map(|(n, condition)| (*condition, n == at)).collect();
                    self.asks(model, &asked);
                    let found = self.steps(model, steps, target);
                    if !found {
                        self.stations.truncate(count);
                    }
                    found
                })
            }
            StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
                let in_arm = arms.iter().any(|arm| {
                    let count = self.stations.len();
                    self.asks(model, &[(&arm.when, true)]);
                    let found = self.steps(model, &arm.steps, target);
                    if !found {
                        self.stations.truncate(count);
                    }
                    found
                });
                in_arm || {
                    self.elapsed_ms = self.elapsed_ms.saturating_add(*up_to_ms);
                    self.steps(model, otherwise, target)
                }
            }
            StepKind::Split(split) => split.arms.iter().any(|arm| {
                let found = self.steps(model, &arm.steps, target);
                if found {
                    self.arms.push((split.name.clone(), arm.name.clone()));
                }
                found
            }),
            StepKind::Repeat(repeat) => self.steps(model, &repeat.steps, target),
            StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Wait(_)
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. }
            | StepKind::Stop => false,
        }
    }
}

/// How long a step takes at most for somebody who never reacts, as far as that can be told.
fn longest_ms(step: &Step) -> i64 {
    let sum = |steps: &[Step]| steps.iter().fold(0_i64, |sum, step| sum.saturating_add(longest_ms(step)));
    match &step.kind {
        StepKind::Wait(wait) => match wait {
            Wait::For { ms } => *ms,
            Wait::CalendarDays { days } => i64::from(*days).saturating_mul(DAY_MS),
            Wait::Clock { weekday, .. } => weekday.map_or(DAY_MS, |_| 7 * DAY_MS),
            Wait::Instant { .. } => 0,
            Wait::Until { up_to_ms, .. } => *up_to_ms,
            Wait::Arms { up_to_ms, otherwise, .. } => up_to_ms.saturating_add(sum(otherwise)),
        },
        StepKind::If { branches, otherwise, .. } => {
            branches.iter().map(|branch| sum(&branch.steps)).chain([sum(otherwise)]).max().unwrap_or(0)
        }
        StepKind::Split(split) => split.arms.iter().map(|arm| sum(&arm.steps)).max().unwrap_or(0),
        StepKind::Repeat(repeat) => {
            sum(&repeat.steps).saturating_add(i64::from(repeat.times.saturating_sub(1)).saturating_mul(repeat.every_ms))
        }
        StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Stop => 0,
    }
}
