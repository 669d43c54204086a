//! Where people rest: at which steps of which nurtures.

use super::{
    contact::{Contact, Frame, Play},
    program::Program,
};
use crate::ruleset::{Repeat, Step, StepKind};

/// The identities of the steps at which the nurtures of a contact wait, or hold a message.
pub(super) fn of<'r>(program: &Program<'r>, contact: &Contact<'r>) -> Vec<&'r str> {
    let mut found = Vec::new();
    for (plan, slots) in program.funnels.iter().zip(&contact.state.slots) {
        for run in slots.values().filter_map(|slot| slot.run.as_ref()) {
            let nurtures = plan.stage(run.visit.stage).map_or(&[][..], |stage| &stage.nurtures);
            for (slot, nurture) in run.visit.plays.iter().zip(nurtures) {
                let running = slot.running.as_ref().filter(|play| play.waiting.is_some());
                found.extend(running.and_then(|play| step(play, &nurture.steps)).map(|step| step.id.as_str()));
            }
        }
    }
    found
}

/// The step that a nurture waits in.
fn step<'r>(play: &Play<'r>, steps: &'r [Step]) -> Option<&'r Step> {
    match play.stack.last()? {
        Frame::Steps(steps, next) => steps.get(next.checked_sub(1)?),
        Frame::Rounds(repeat, ..) => repeated(steps, repeat),
    }
}

/// The step that a `repeat` is.
fn repeated<'r>(steps: &'r [Step], wanted: &Repeat) -> Option<&'r Step> {
    Step::all(steps).into_iter().find(|step| matches!(&step.kind, StepKind::Repeat(repeat) if std::ptr::eq(repeat, wanted)))
}
