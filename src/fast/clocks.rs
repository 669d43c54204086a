//! Setting clock triggers, and setting them anew when what they hang on has changed, as the reference does it.

use super::{
    program::{Clause, ClockOf, Does, Id, Root, StartOf},
    sends,
    state::{Basis, ClauseState, ClockState, Waiting},
    timers::{Fires, Timer},
    turn::Turn,
    view::View,
};
use std::sync::Arc;

/// From what a clock trigger is computed now.
fn basis(view: View<'_>, clock: &ClockOf) -> Basis {
    let zone = || Arc::clone(view.zone());
    match clock {
        ClockOf::Year(on, _) => Basis::Schedule(zone(), view.day(*on)),
        ClockOf::Reaches(instant, _) => Basis::Instant(view.instant(*instant)),
        ClockOf::Day(_) | ClockOf::Week(..) | ClockOf::Month(..) => Basis::Schedule(zone(), None),
    }
}

/// When a clock trigger comes next after `ms`.
fn next_after(view: View<'_>, clock: &ClockOf, ms: i64) -> Option<i64> {
    let zone = view.zone();
    match clock {
        ClockOf::Day(at) => zone.next_clock(ms, None, *at),
        ClockOf::Week(on, at) => zone.next_clock(ms, Some(*on), *at),
        ClockOf::Month(day, at) => zone.next_month_day(ms, *day, *at),
        ClockOf::Year(on, at) => zone.next_anniversary(ms, view.day(*on)?, *at),
        ClockOf::Reaches(..) => None,
    }
}

/// Sets a clock trigger, for a clause that it may have opened at this very instant.
fn set(view: View<'_>, clock: &ClockOf, basis: Basis, struck: Option<Clause>) -> ClockState {
    let (due_ms, was_past) = match (clock, &basis) {
        (ClockOf::Reaches(_, past_opens), Basis::Instant(instant)) => match instant {
            Some(ms) if *ms > view.now_ms => (Some(*ms), false),
            Some(ms) if *ms == view.now_ms && struck.is_none() => (Some(*ms), false),
            Some(ms) if *ms < view.now_ms && *past_opens && !matches!(struck, Some(Clause::Start(_))) => (Some(view.now_ms), true),
            Some(_) | None => (None, false),
        },
        _ => (next_after(view, clock, view.now_ms), false),
    };
    ClockState { basis, due_ms, was_past }
}

/// The clock triggers of a condition as they must be set now, if that is not how they are.
fn reset(view: View<'_>, root: &Root, old: &[ClockState], clause: Option<Clause>) -> Option<Vec<ClockState>> {
    if root.clocks.is_empty() && old.is_empty() {
        return None;
    }
    let clock = |at: Id| &view.program.clocks[at as usize];
    let bases: Vec<Basis> = root.clocks.iter().map(|at| basis(view, clock(*at))).collect();
    if old.iter().map(|clock| &clock.basis).eq(&bases) {
        return None;
    }
    let as_before = |at: usize, basis: &Basis| old.get(at).filter(|clock| clock.basis == *basis).cloned();
    let has_struck = |clause: &Clause, at: usize| view.more().is_some_and(|more| more.has_struck(*clause, at, view.now_ms));
    let struck = |at: usize| clause.filter(|clause| has_struck(clause, at));
    let all = root.clocks.iter().zip(bases).enumerate();
    Some(all.map(|(at, (id, basis))| as_before(at, &basis).unwrap_or_else(|| set(view, clock(*id), basis, struck(at)))).collect())
}

/// The clock triggers of a condition, set for the first time.
pub fn first(view: View<'_>, root: &Root) -> Vec<ClockState> {
    reset(view, root, &[], None).unwrap_or_default()
}

/// Sets all clocks of a contact that are not set, or not rightly; those of places that were passed by are.
pub fn set_all(turn: &mut Turn<'_, '_>) {
    let places = match &turn.tried {
        Some(tried) => tried.iter().copied().filter(|place| turn.is_live(*place)).collect(),
        None => turn.live(),
    };
    for place in places {
        if !turn.program.clocks.is_empty() {
            set_clauses(turn, place);
        }
        set_waits(turn, place);
    }
}

fn set_clauses(turn: &mut Turn<'_, '_>, place: usize) {
    let program = turn.program;
    let stage = turn.slot(place).stage();
    let funnel = turn.funnel(place);
    let doors = program.standing(funnel, stage).iter().filter_map(|standing| Some((standing.clause, standing.when?)));
    let mut conditions: Vec<(Clause, Id)> = doors.collect();
    conditions.extend(starts(turn, place).map(|(play, when)| (Clause::Start(play as u16), when)));
    for (clause, when) in conditions {
        let root = &program.roots[when as usize];
        let view = turn.view(place);
        let old = view.more().and_then(|more| more.clause(clause)).map_or(&[][..], |state| &state.clocks);
        if let Some(clocks) = reset(view, root, old, Some(clause)) {
            turn.more_mut(place).clause_mut(clause).clocks = clocks;
        }
    }
}

/// The conditions that start the nurtures of the stage in which somebody is, by the nurture's place.
pub fn starts<'t>(turn: &'t Turn<'_, '_>, place: usize) -> impl Iterator<Item = (usize, Id)> + use<'t> {
    starts_of(turn.view(place))
}

/// The same for a view.
pub fn starts_of(view: View<'_>) -> impl Iterator<Item = (usize, Id)> + use<'_> {
    let nurtures =
        view.place.zip(view.stage()).map_or(&[][..], |(place, stage)| &view.program.funnels[view.funnel(place)].stages[stage].nurtures);
    let plays = view.more().map_or(&[][..], |more| &more.plays);
    nurtures.iter().enumerate().filter_map(move |(at, nurture)| match nurture.start {
        StartOf::Entry => None,
        StartOf::When(when) => {
            let begun = plays.get(at).is_none_or(|play| play.starts > 0);
            (!begun).then_some((at, when))
        }
        StartOf::EachTime(when) => Some((at, when)),
    })
}

fn set_waits(turn: &mut Turn<'_, '_>, place: usize) {
    if turn.slot(place).stage().is_none() {
        return;
    }
    for play in 0..turn.more(place).plays.len() {
        let taken = turn.more_mut(place).plays.get_mut(play).and_then(|slot| slot.running.as_mut()).and_then(|play| play.waiting.take());
        let Some(mut waiting) = taken else { continue };
        set_wait(turn, place, &mut waiting);
        if let Some(running) = turn.more_mut(place).plays.get_mut(play).and_then(|slot| slot.running.as_mut()) {
            running.waiting = Some(waiting);
        }
    }
}

fn set_wait(turn: &Turn<'_, '_>, place: usize, waiting: &mut Waiting) {
    let view = turn.view(place);
    let zone = view.zone();
    match waiting {
        Waiting::Clock(step, set_in, due_ms) if set_in.name != zone.name => {
            if let Does::WaitClock(weekday, clock) = &view.program.steps[*step as usize].does {
                *due_ms = zone.next_clock(view.now_ms, *weekday, *clock);
                *set_in = Arc::clone(zone);
            }
        }
        Waiting::Held(held) if held.zone.name != zone.name => {
            held.until_ms = sends::quiet_until(view, held.request.message).unwrap_or(view.now_ms);
            held.zone = Arc::clone(zone);
        }
        Waiting::Arms(step, _, clocks) => {
            let (arms, _) = turn.program.arms(*step);
            for ((when, _), clocks) in arms.iter().zip(clocks) {
                if let Some(anew) = reset(view, &view.program.roots[*when as usize], clocks, None) {
                    *clocks = anew;
                }
            }
        }
        Waiting::Clock(..) | Waiting::Held(_) | Waiting::Until(_) | Waiting::Days(..) | Waiting::Instant(_) => {}
    }
}

/// The clock trigger that a timer fires.
pub fn state<'t>(turn: &'t Turn<'_, '_>, timer: &Timer) -> Option<&'t ClockState> {
    match timer.fires {
        Fires::Clock(clause, at) => turn.more(timer.place).clause(clause)?.clocks.get(at),
        Fires::ArmClock(play, arm, at) => {
            turn.slot(timer.place).stage()?;
            let waiting = turn.more(timer.place).plays.get(play)?.running.as_ref()?.waiting.as_ref()?;
            let Waiting::Arms(_, _, clocks) = waiting else { return None };
            clocks.get(arm)?.get(at)
        }
        Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
    }
}

/// Sets a clock trigger that has come for its next time, if what it belongs to is still waited for.
pub fn set_on(turn: &mut Turn<'_, '_>, timer: &Timer) {
    let (Fires::Clock(_, at) | Fires::ArmClock(_, _, at)) = timer.fires else { return };
    let Some(clock) = state(turn, timer).filter(|clock| clock.due_ms.is_some_and(|due| due <= turn.now_ms)) else { return };
    let (program, place) = (turn.program, timer.place);
    let when = match timer.fires {
        Fires::Clock(Clause::Start(play), _) => starts(turn, place).find(|(at, _)| *at == usize::from(play)).map(|(_, when)| when),
        Fires::Clock(clause, _) => {
            let standings = program.standing(turn.funnel(place), turn.slot(place).stage());
            standings.iter().find(|standing| standing.clause == clause).and_then(|standing| standing.when)
        }
        Fires::ArmClock(play, arm, _) => {
            let waiting = turn.more(place).plays.get(play).and_then(|slot| slot.running.as_ref()?.waiting.as_ref());
            match waiting {
                Some(Waiting::Arms(step, ..)) => turn.program.arms(*step).0.get(arm).map(|(when, _)| *when),
                _ => None,
            }
        }
        Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
    };
    let id = when.and_then(|when| program.roots[when as usize].clocks.get(at).copied());
    let due_ms = id.and_then(|id| next_after(turn.view(place), &program.clocks[id as usize], turn.now_ms));
    let next = ClockState { basis: clock.basis.clone(), due_ms, was_past: false };
    let more = turn.more_mut(place);
    let clocks = match timer.fires {
        Fires::Clock(clause, _) => {
            let state: &mut ClauseState = more.clause_mut(clause);
            Some(&mut state.clocks)
        }
        Fires::ArmClock(play, arm, _) => match more.plays.get_mut(play).and_then(|slot| slot.running.as_mut()?.waiting.as_mut()) {
            Some(Waiting::Arms(_, _, clocks)) => clocks.get_mut(arm),
            _ => None,
        },
        Fires::Scores | Fires::Pause | Fires::Delay(_) | Fires::Retry(_) | Fires::ArmRetry(..) | Fires::Wait(_) => None,
    };
    if let Some(clock) = clocks.and_then(|clocks| clocks.get_mut(at)) {
        *clock = next;
    }
}
