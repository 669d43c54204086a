//! Setting clock triggers, and setting them anew when what they hang on has changed.
//!
//! Readings: a schedule comes next after the instant at which it is set, never at it; an instant that is exactly now is not
//! past, but comes once: a clause that it has opened does not open by it again, so that no circle turns at one instant; when
//! a contact's zone changes, clock times that are waited for are set anew from that instant on, and so is the end of quiet
//! hours for a held send.

use super::{
    condition::View,
    contact::{Basis, Clause, ClauseState, ClockState, Contact, RunId, Waiting},
    program::Program,
    send,
    standing::{standing, starts, view},
};
use crate::ruleset::{Condition, Schedule};

/// The clock triggers of a condition, in written order.
pub(super) fn atoms(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::Any(sides) | Condition::All(sides) => sides.iter().flat_map(atoms).collect(),
        Condition::Not(side) => atoms(side),
        Condition::Every(_) | Condition::Reaches { .. } => vec![condition],
        Condition::Event(_)
        | Condition::Had { .. }
        | Condition::No { .. }
        | Condition::Count(_)
        | Condition::TimeSince { .. }
        | Condition::Compare { .. }
        | Condition::In { .. }
        | Condition::Text(_)
        | Condition::Known(_)
        | Condition::Missing(_)
        | Condition::Segment(_)
        | Condition::Finished(_)
        | Condition::Before(_)
        | Condition::From(_) => Vec::new(),
    }
}

/// From what a clock trigger is computed now.
fn basis(view: View<'_, '_>, atom: &Condition) -> Basis {
    let zone = view.contact.state.zone.name.clone();
    match atom {
        Condition::Every(Schedule::Year { on, .. }) => Basis::Schedule(zone, view.day(on)),
        Condition::Reaches { instant, .. } => Basis::Instant(view.instant(instant)),
        _ => Basis::Schedule(zone, None),
    }
}

/// When a clock trigger comes next after `ms`.
pub(super) fn next_after(view: View<'_, '_>, atom: &Condition, ms: i64) -> Option<i64> {
    let Condition::Every(schedule) = atom else { return None };
    let zone = &view.contact.state.zone;
    match schedule {
        Schedule::Day { at } => zone.next_clock(ms, None, *at),
        Schedule::Week { on, at } => zone.next_clock(ms, Some(*on), *at),
        Schedule::Month { day, at } => zone.next_month_day(ms, *day, *at),
        Schedule::Year { on, at } => zone.next_anniversary(ms, view.day(on)?, *at),
    }
}

/// Sets a clock trigger, for a clause that it may have opened at this very instant. Doors and `leave` may open again by
/// what is past, which turns no circle since no stage is entered again by that; a nurture may not.
fn set(view: View<'_, '_>, atom: &Condition, basis: Basis, struck: Option<Clause>) -> ClockState {
    let (due_ms, was_past) = match (atom, &basis) {
        (Condition::Reaches { past_opens, .. }, Basis::Instant(instant)) => match instant {
            Some(ms) if *ms > view.now_ms => (Some(*ms), false),
            Some(ms) if *ms == view.now_ms && struck.is_none() => (Some(*ms), false),
            Some(ms) if *ms < view.now_ms && *past_opens && !matches!(struck, Some(Clause::Start(_))) => (Some(view.now_ms), true),
            Some(_) | None => (None, false),
        },
        _ => (next_after(view, atom, view.now_ms), false),
    };
    ClockState { basis, due_ms, was_past }
}

/// The clock triggers of a condition as they must be set now, if that is not how they are.
fn reset(view: View<'_, '_>, condition: &Condition, state: Option<&ClauseState>, clause: Option<Clause>) -> Option<Vec<ClockState>> {
    let old = state.map_or(&[][..], |state| &state.clocks);
    let atoms = atoms(condition);
    let bases: Vec<Basis> = atoms.iter().map(|atom| basis(view, atom)).collect();
    if old.iter().map(|clock| &clock.basis).eq(&bases) {
        return None;
    }
    let as_before = |at: usize, basis: &Basis| old.get(at).filter(|clock| clock.basis == *basis).cloned();
    let slot = view.place.and_then(|place| view.contact.state.slot(place));
    let has_struck = |clause: &Clause, at: usize| slot.is_some_and(|slot| slot.has_struck(*clause, at, view.now_ms));
    let struck = |at: usize| clause.filter(|clause| has_struck(clause, at));
    let clocks = atoms.iter().zip(bases).enumerate();
    Some(clocks.map(|(at, (atom, basis))| as_before(at, &basis).unwrap_or_else(|| set(view, atom, basis, struck(at)))).collect())
}

/// The clock triggers of a condition, set for the first time.
pub(super) fn first(view: View<'_, '_>, condition: &Condition) -> Vec<ClockState> {
    reset(view, condition, None, None).unwrap_or_default()
}

/// Sets all clocks of a contact that are not set, or not rightly.
pub(super) fn set_all<'r>(program: &Program<'r>, contact: &mut Contact<'r>, now_ms: i64) {
    for id in contact.state.live.clone() {
        set_clauses(program, contact, &id, now_ms);
        set_waits(program, contact, &id, now_ms);
    }
}

fn set_clauses<'r>(program: &Program<'r>, contact: &mut Contact<'r>, id: &RunId, now_ms: i64) {
    let mut conditions: Vec<(Clause, &'r Condition)> =
        standing(program, contact, id).iter().filter_map(|standing| Some((standing.clause, standing.when?))).collect();
    conditions.extend(starts(program, contact, id).into_iter().map(|(play, when)| (Clause::Start(play), when)));
    for (clause, when) in conditions {
        let state = contact.state.slot(id).and_then(|slot| slot.clause(clause));
        if let Some(clocks) = reset(view(program, contact, id, now_ms), when, state, Some(clause))
            && let Some(slot) = contact.state.slot_mut(id)
        {
            slot.clause_mut(clause).clocks = clocks;
        }
    }
}

fn set_waits<'r>(program: &Program<'r>, contact: &mut Contact<'r>, id: &RunId, now_ms: i64) {
    let plays = contact.state.run(id).map_or(0, |run| run.visit.plays.len());
    for play in 0..plays {
        let taken = contact.state.play_mut(id, play).and_then(|slot| slot.running.as_mut()).and_then(|play| play.waiting.take());
        let Some(mut waiting) = taken else { continue };
        set_wait(view(program, contact, id, now_ms), &mut waiting);
        if let Some(running) = contact.state.play_mut(id, play).and_then(|slot| slot.running.as_mut()) {
            running.waiting = Some(waiting);
        }
    }
}

fn set_wait(view: View<'_, '_>, waiting: &mut Waiting<'_>) {
    let zone = &view.contact.state.zone;
    match waiting {
        Waiting::Clock(weekday, clock, set_in, due_ms) if *set_in != zone.name => {
            *due_ms = zone.next_clock(view.now_ms, *weekday, *clock);
            set_in.clone_from(&zone.name);
        }
        Waiting::Held(held) if held.zone != zone.name => {
            held.until_ms = send::quiet_until(view, held.request.message).unwrap_or(view.now_ms);
            held.zone.clone_from(&zone.name);
        }
        Waiting::Arms(arms) => {
            for arm in &mut arms.arms {
                if let Some(clocks) = reset(view, arm.when, Some(&arm.state), None) {
                    arm.state.clocks = clocks;
                }
            }
        }
        Waiting::Clock(..) | Waiting::Held(_) | Waiting::Until(_) | Waiting::Days(..) | Waiting::Instant(_) => {}
    }
}
