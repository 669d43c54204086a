//! The clauses that somebody stands before, and what time has to do with them.
//!
//! Reading: a door from outside is also stood before inside a stage that `reentry restart from` names.

use super::{
    condition::{Trigger, View},
    contact::{Clause, Contact, RunId, Slot},
    program::{Plan, Program},
};
use crate::ruleset::{Condition, Delay, Reentry};

/// A clause that somebody stands before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'r> {
    pub clause: Clause,
    pub delay: Option<&'r Delay>,
    pub when: Option<&'r Condition>,
    /// A door from outside that is met inside.
    pub restart: bool,
}

/// The view that a run, or somebody outside, has of its contact.
pub(super) fn view<'a, 'r>(program: &'a Program<'r>, contact: &'a Contact<'r>, id: &'a RunId, now_ms: i64) -> View<'a, 'r> {
    View { program, contact, now_ms, place: Some(id), run: contact.state.run(id), trigger: Trigger::default(), subject: None }
}

/// The `leave` clauses and doors before which the contact stands, in the order in which they are tried: the stage's
/// `leave`, the funnel's, doors in declaration order, and last the doors from outside for a restart.
pub(super) fn standing<'r>(program: &Program<'r>, contact: &Contact<'r>, id: &RunId) -> Vec<Standing<'r>> {
    let Some(plan) = program.funnels.get(id.funnel) else { return Vec::new() };
    let stage_at = contact.state.run(id).map(|run| run.visit.stage);
    let mut out = Vec::new();
    if let Some(stage) = stage_at.and_then(|at| plan.stage(at)) {
        let leave = |clause, leave: &'r crate::ruleset::Leave| Standing {
            clause,
            delay: leave.after.as_ref(),
            when: leave.when.as_ref(),
            restart: false,
        };
        out.extend(stage.leaves.iter().enumerate().map(|(at, item)| leave(Clause::StageLeave(at), item)));
        out.extend(plan.funnel.leaves.iter().enumerate().map(|(at, item)| leave(Clause::FunnelLeave(at), item)));
    }
    out.extend(doors(plan, false, stage_at));
    if let (Some(at), Reentry::RestartFrom(names)) = (stage_at, &plan.funnel.reentry)
        && plan.names(names, at)
    {
        out.extend(doors(plan, true, None));
    }
    out
}

/// The doors before which somebody in a stage (or outside) stands.
fn doors<'r>(plan: &Plan<'r>, restart: bool, stage: Option<usize>) -> impl Iterator<Item = Standing<'r>> {
    plan.doors_before(stage).into_iter().filter_map(move |(to, at)| {
        let door = plan.stage(to)?.doors.get(at)?;
        Some(Standing { clause: Clause::Door(to, at), delay: door.after.as_ref(), when: door.when.as_ref(), restart })
    })
}

/// The conditions that start the nurtures of the stage in which the contact is, by the nurture's place.
pub(super) fn starts<'r>(program: &Program<'r>, contact: &Contact<'r>, id: &RunId) -> Vec<(usize, &'r Condition)> {
    let visit = contact.state.run(id).map(|run| &run.visit);
    let nurtures = visit.and_then(|visit| program.funnels.get(id.funnel)?.stage(visit.stage)).map_or(&[][..], |stage| &stage.nurtures);
    let condition = |(at, nurture): (usize, &'r crate::ruleset::Nurture)| match &nurture.start {
        crate::ruleset::Start::Entry => None,
        crate::ruleset::Start::When(when) => {
            let begun = visit.and_then(|visit| visit.plays.get(at)).is_none_or(|play| play.starts > 0);
            (!begun).then_some((at, when))
        }
        crate::ruleset::Start::EachTime(when) => Some((at, when)),
    };
    nurtures.iter().enumerate().filter_map(condition).collect()
}

/// Whether `reentry` lets somebody who is outside in.
pub(super) fn may_enter(plan: &Plan<'_>, slot: Option<&Slot<'_>>, now_ms: i64) -> bool {
    let Some(slot) = slot.filter(|slot| slot.runs > 0) else { return true };
    pause_end(plan, slot).is_some_and(|end| now_ms >= end)
}

/// When the pause of `reentry` is over for somebody who has left; never, perhaps.
pub(super) fn pause_end(plan: &Plan<'_>, slot: &Slot<'_>) -> Option<i64> {
    let left_ms = slot.left_ms?;
    match &plan.funnel.reentry {
        Reentry::Never => None,
        Reentry::AfterLeaving | Reentry::RestartFrom(_) => Some(left_ms),
        Reentry::AfterLeavingMs(ms) => Some(left_ms.saturating_add(*ms)),
        Reentry::AfterStartingMs(ms) => Some(slot.started_ms.saturating_add(*ms).max(left_ms)),
    }
}

/// The end of `after D [without E]`: so long after the stage was entered (for a clause of the funnel: after the run
/// started), or after the latest such event since then.
pub(super) fn deadline(view: View<'_, '_>, clause: Clause, delay: &Delay) -> Option<i64> {
    let run = view.run?;
    let (base_ms, base_order) = match clause {
        Clause::FunnelLeave(_) => (run.started_ms, run.started_order),
        Clause::StageLeave(_) | Clause::Door(..) | Clause::Start(_) => (run.visit.entered_ms, run.visit.entered_order),
    };
    let since = delay.without.as_ref().and_then(|event| view.latest_after(event, base_order).map(|past| past.time_ms));
    base_ms.max(since.unwrap_or(base_ms)).checked_add(delay.delay_ms)
}

/// Whether time has opened the clause.
pub(super) fn is_open(view: View<'_, '_>, slot: Option<&Slot<'_>>, standing: &Standing<'_>) -> bool {
    let Some(delay) = standing.delay else { return true };
    let state = slot.and_then(|slot| slot.clause(standing.clause));
    state.is_some_and(|state| !state.gone && state.opened_for_ms.is_some() && state.opened_for_ms == deadline(view, standing.clause, delay))
}

/// Whether the stage that a door leads to can be entered once more in this run.
pub(super) fn is_shut(plan: &Plan<'_>, slot: Option<&Slot<'_>>, standing: &Standing<'_>) -> bool {
    let Clause::Door(to, _) = standing.clause else { return false };
    let limit = plan.stage(to).and_then(|stage| stage.visits).map(|limit| limit.at_most);
    let run = slot.and_then(|slot| slot.run.as_ref()).filter(|_| !standing.restart);
    let visits = run.and_then(|run| run.visits.get(&to)).copied().unwrap_or(0);
    limit.is_some_and(|limit| visits >= limit)
}
