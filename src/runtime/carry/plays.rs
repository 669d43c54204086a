//! Nurtures in which somebody is, carried over.
//!
//! Who waits finishes that by the older rules' timer and goes on behind the step of the same identity; where that is gone, with
//! the next one of the older steps that still exists; where none does, the nurture is at its end. Arms that are waited for
//! open as they were written, and lead into the steps that their heirs have now.

use super::{
    line::{find_repeat, stack_at},
    names::Names,
};
use crate::{
    ruleset::{Line, Nurture, Step, StepKind},
    runtime::contact::{Arm, Frame, Play, Waiting},
};

/// A nurture before and now.
pub(super) struct Heir<'n, 'r> {
    names: &'n Names<'r>,
    old: &'r Nurture,
    new: &'r Nurture,
    before: Line<'r>,
    now: Line<'r>,
    now_ms: i64,
}

impl<'n, 'r> Heir<'n, 'r> {
    pub fn new(names: &'n Names<'r>, old: &'r Nurture, new: &'r Nurture, now_ms: i64) -> Self {
        Self { names, old, new, before: Line::of(&old.steps), now: Line::of(&new.steps), now_ms }
    }

    /// The place of a step in the newer nurture, if it still exists there.
    fn still(&self, step: &Step) -> Option<usize> {
        self.now.find(&self.names.step(step, self.old, self.new))
    }

    /// A play as it goes on.
    pub fn carried(&self, play: Play<'r>) -> Play<'r> {
        let present = play.present().and_then(|step| self.before.find(&step.id));
        let stack = match play.stack.last() {
            Some(Frame::Rounds(repeat, round, _)) => self.between_rounds(&play, find_repeat(&self.before, repeat), *round),
            Some(Frame::Steps(..)) => match present {
                Some(at) => self.behind(&play, at),
                None => self.with_next(&play),
            },
            None => Vec::new(),
        };
        let waiting = play.waiting.map(|waiting| self.waiting(waiting, present, &play.stack));
        Play { stack, waiting, each_time: play.each_time }
    }

    /// Behind the step of the same identity, or at the next one that still exists.
    fn behind(&self, play: &Play<'r>, at: usize) -> Vec<Frame<'r>> {
        let same = self.before.step(at).and_then(|step| self.still(step));
        match same {
            Some(now) => stack_at(&self.now, now, true, &|repeat| self.round(&play.stack, repeat)),
            None => self.first_of(&play.stack, self.before.after(at)).unwrap_or_default(),
        }
    }

    /// With the step that would have come next.
    fn with_next(&self, play: &Play<'r>) -> Vec<Frame<'r>> {
        let next = play.stack.iter().rev().find_map(|frame| match frame {
            Frame::Steps(steps, next) => steps.get(*next),
            Frame::Rounds(..) => None,
        });
        let Some(at) = next.and_then(|step| self.before.find(&step.id)) else { return Vec::new() };
        let candidates = [at].into_iter().chain(self.before.inside(at)).chain(self.before.after(at)).collect();
        self.first_of(&play.stack, candidates).unwrap_or_default()
    }

    /// At the first of some older steps that still exists.
    fn first_of(&self, stack: &[Frame<'r>], candidates: Vec<usize>) -> Option<Vec<Frame<'r>>> {
        let now = candidates.into_iter().filter_map(|at| self.before.step(at)).find_map(|step| self.still(step))?;
        Some(stack_at(&self.now, now, false, &|repeat| self.round(stack, repeat)))
    }

    /// In which round of a newer `repeat` somebody is, and since when.
    fn round(&self, stack: &[Frame<'r>], repeat: &Step) -> (u32, i64) {
        let is_it = |(_, step): &(usize, &Step)| self.names.step(step, self.old, self.new) == repeat.id;
        let Some(StepKind::Repeat(was)) = self.before.steps().find(is_it).map(|(_, step)| &step.kind) else { return (1, self.now_ms) };
        let round = stack.iter().find_map(|frame| match frame {
            Frame::Rounds(other, round, since_ms) if std::ptr::eq(*other, was) => Some((*round, *since_ms)),
            Frame::Rounds(..) | Frame::Steps(..) => None,
        });
        round.unwrap_or((1, self.now_ms))
    }

    /// Waiting for the next round of a `repeat`, which begins when the older rules said so.
    fn between_rounds(&self, play: &Play<'r>, repeat: Option<usize>, round: u32) -> Vec<Frame<'r>> {
        let Some(at) = repeat else { return Vec::new() };
        let now = self.before.step(at).and_then(|step| self.still(step)).and_then(|now| Some((now, self.now.step(now)?)));
        let Some((now, Step { kind: StepKind::Repeat(heir), .. })) = now else { return self.behind(play, at) };
        let mut stack = stack_at(&self.now, now, true, &|repeat| self.round(&play.stack, repeat));
        let due_ms = if let Some(Waiting::Until(ms)) = play.waiting { ms } else { self.now_ms };
        stack.push(Frame::Rounds(heir, round, due_ms.saturating_sub(heir.every_ms)));
        stack
    }

    fn waiting(&self, waiting: Waiting<'r>, present: Option<usize>, stack: &[Frame<'r>]) -> Waiting<'r> {
        let Waiting::Arms(mut arms) = waiting else { return waiting };
        let old = present.and_then(|at| Some((at, self.before.step(at)?)));
        let Some((at, old)) = old else { return Waiting::Arms(arms) };
        let (was, is) = match (&old.kind, self.still(old).and_then(|now| self.now.step(now)).map(|step| &step.kind)) {
            (StepKind::WaitArms(was), Some(StepKind::WaitArms(is))) => (was, Some(is)),
            (StepKind::WaitArms(was), _) => (was, None),
            (_, _) => return Waiting::Arms(arms),
        };
        let elsewhere = |way: usize| self.first_of(stack, self.before.inside_way(at, way));
        for (n, arm) in arms.arms.iter_mut().enumerate() {
            let same = was.arms.get(n).and_then(|was| is?.arms.iter().find(|is| is.when == was.when));
            Self::lead(arm, same.map(|arm| arm.steps.as_slice()), elsewhere(n));
        }
        match is {
            Some(is) => arms.otherwise = &is.otherwise,
            None => (arms.otherwise, arms.otherwise_instead) = (&[], elsewhere(was.arms.len())),
        }
        Waiting::Arms(arms)
    }

    /// Where an arm leads to now.
    fn lead(arm: &mut Arm<'r>, same: Option<&'r [Step]>, elsewhere: Option<Vec<Frame<'r>>>) {
        match same {
            Some(steps) => (arm.steps, arm.instead) = (steps, None),
            None => (arm.steps, arm.instead) = (&[], elsewhere),
        }
    }
}
