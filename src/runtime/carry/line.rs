//! The ways to the steps of a nurture, as somebody who is there has them.

use crate::{
    ruleset::{Line, Repeat, Step, StepKind},
    runtime::contact::Frame,
};

/// The place of a `repeat` that somebody is in.
pub(super) fn find_repeat(line: &Line<'_>, repeat: &Repeat) -> Option<usize> {
    let is_it = |step: &Step| matches!(&step.kind, StepKind::Repeat(other) if std::ptr::eq(other, repeat));
    line.steps().find(|(_, step)| is_it(step)).map(|(at, _)| at)
}

/// The `repeat`s around a step, outermost first.
pub(super) fn repeats_around<'r>(line: &Line<'r>, at: usize) -> Vec<&'r Repeat> {
    let around = line.around(at).into_iter().filter_map(|at| line.step(at));
    around.filter_map(|step| if let StepKind::Repeat(repeat) = &step.kind { Some(repeat) } else { None }).collect()
}

/// The blocks in which somebody is who is at a step, which is done next, or has been done. `round` says in which round of a
/// `repeat` around it that is, and since when.
pub(super) fn stack_at<'r>(line: &Line<'r>, at: usize, is_done: bool, round: &dyn Fn(&Step) -> (u32, i64)) -> Vec<Frame<'r>> {
    let mut stack = Vec::new();
    for around in line.around(at) {
        let (Some((block, place)), Some(step)) = (line.block(around), line.step(around)) else { continue };
        stack.push(Frame::Steps(block, place + 1));
        if let StepKind::Repeat(repeat) = &step.kind {
            let (number, started_ms) = round(step);
            stack.push(Frame::Rounds(repeat, number, started_ms));
        }
    }
    if let Some((block, place)) = line.block(at) {
        stack.push(Frame::Steps(block, place + usize::from(is_done)));
    }
    stack
}
