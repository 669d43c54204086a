//! Where conditions and waits stand: in all stages that somebody can be in, and in segments.

use super::super::context::Context;
use crate::model::{Condition, Nurture, Start, Step, StepKind, Wait};

impl<'m> Context<'m> {
    /// Calls `see` with each condition that decides something, whole.
    pub fn each_condition(&self, see: &mut dyn FnMut(&'m Condition)) {
        let model = self.model;
        for segment in model.segments.values() {
            see(&segment.when);
        }
        for funnel in model.funnels.values() {
            funnel.leaves.iter().filter_map(|it| it.when.as_ref()).for_each(&mut *see);
        }
        for id in self.reached_stages() {
            let stage = &model.stages[id];
            stage.doors.iter().filter_map(|it| it.when.as_ref()).for_each(&mut *see);
            stage.leaves.iter().filter_map(|it| it.when.as_ref()).for_each(&mut *see);
            for nurture in &stage.nurtures {
                match &nurture.start {
                    Start::Entry => {}
                    Start::When(when) | Start::EachTime(when) => see(when),
                }
            }
        }
        self.each_step(&mut |_, step| match &step.kind {
            StepKind::Wait(Wait::Until { when, .. }) => see(when),
            StepKind::Wait(Wait::Arms { arms, .. }) => arms.iter().for_each(|arm| see(&arm.when)),
            StepKind::If { branches, .. } => branches.iter().for_each(|branch| see(&branch.when)),
            StepKind::Repeat(repeat) => repeat.until.iter().for_each(&mut *see),
            StepKind::Wait(_)
            | StepKind::Split(_)
            | StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. }
            | StepKind::Stop => {}
        });
    }

    /// Calls `see` with each step, those inside others included, and its nurture.
    pub fn each_step(&self, see: &mut dyn FnMut(&'m Nurture, &'m Step)) {
        for id in self.reached_stages() {
            for nurture in &self.model.stages[id].nurtures {
                steps(&nurture.steps, &mut |step| see(nurture, step));
            }
        }
    }
}

fn steps<'m>(list: &'m [Step], see: &mut dyn FnMut(&'m Step)) {
    for step in list {
        see(step);
        match &step.kind {
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                arms.iter().for_each(|arm| steps(&arm.steps, see));
                steps(otherwise, see);
            }
            StepKind::If { branches, otherwise, .. } => {
                branches.iter().for_each(|branch| steps(&branch.steps, see));
                steps(otherwise, see);
            }
            StepKind::Split(split) => split.arms.iter().for_each(|arm| steps(&arm.steps, see)),
            StepKind::Repeat(repeat) => steps(&repeat.steps, see),
            StepKind::Wait(_)
            | StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. }
            | StepKind::Stop => {}
        }
    }
}
