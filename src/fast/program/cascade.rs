//! Whether one record could lead to more echoes than are taken, so that it is set aside.
//!
//! An echo that nobody hears leads to nothing more. Then what a record does ends by itself: a run is moved by the record once, and
//! from there along conditions that hold, which turn in no circle; so no stage is entered more than twice and no step taken more than
//! four times, but for the rounds of a `repeat`. Where that is not sure, a record may be set aside.

use super::{Does, Events, Id, Program};

/// As many echoes of one record or timer are taken.
pub const ECHOES_MAX: usize = 64;
/// As often one record may come to a step.
const TIMES: usize = 4;

/// Whether one record could lead to more echoes than are taken.
pub(super) fn may_cascade(program: &Program<'_>) -> bool {
    let mut echoes: Vec<Id> = program.sent.into_iter().collect();
    let recorded = |does: &Does<'_>| if let Does::Record(event, _) = does { Some(*event) } else { None };
    echoes.extend(program.steps.iter().filter_map(|step| recorded(&step.does)));
    let stages = program.funnels.iter().flat_map(|funnel| &funnel.stages);
    let heard = program.funnels.iter().map(|funnel| funnel.heard).chain(stages.clone().map(|stage| stage.heard));
    let heard = heard.fold(Events::default(), Events::and);
    let is_quiet = |event: &Id| program.events[*event as usize].may_pass && !heard.meets(Events::of(*event));
    if !program.is_calm || program.is_keyed || !echoes.iter().all(is_quiet) {
        return true;
    }
    let all = stages.flat_map(|stage| &stage.nurtures).map(|nurture| echoes_of(program, nurture.block));
    all.fold(0, usize::saturating_add).saturating_mul(TIMES) > ECHOES_MAX
}

/// As many echoes a block has at most.
fn echoes_of(program: &Program<'_>, block: Id) -> usize {
    let arms = |arms: &[(Id, Id)]| arms.iter().map(|(_, block)| echoes_of(program, *block)).fold(0, usize::saturating_add);
    let of_step = |step: &Id| match &program.steps[*step as usize].does {
        Does::Send(..) => usize::from(program.sent.is_some()),
        Does::Record(..) => 1,
        Does::WaitArms(blocks, otherwise, _) | Does::If(blocks, otherwise) => arms(blocks).saturating_add(echoes_of(program, *otherwise)),
        Does::Split(_, _, blocks) => blocks.iter().map(|block| echoes_of(program, *block)).fold(0, usize::saturating_add),
        Does::Repeat(times, _, _, block) => echoes_of(program, *block).saturating_mul(*times as usize),
        Does::Act(_)
        | Does::WaitMs(_)
        | Does::WaitDays(_)
        | Does::WaitClock(..)
        | Does::WaitInstant(..)
        | Does::Set(..)
        | Does::Add(..)
        | Does::Remove(..)
        | Does::Stop => 0,
    };
    program.blocks[block as usize].iter().map(of_step).fold(0, usize::saturating_add)
}
