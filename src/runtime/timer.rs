//! Timers: everything that falls due at an instant.
//!
//! Nothing is queued: the next timer of a contact is found by asking everything that waits. So a timer whose cause is gone
//! is gone, and one whose cause changed has moved. The order of the type is the order of section 6: time, then scores,
//! leaves, doors, nurtures, each by funnel, run key, stage, play, step.
//! Each kind makes progress when it runs (something is opened, set anew, tried at this instant, or goes on).

use super::{
    condition::View,
    contact::{Clause, ClauseState, Contact, RunId, Waiting},
    program::Program,
    score,
    standing::{Standing, deadline, is_open, pause_end, standing, starts, view},
};

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    pub due_ms: i64,
    class: Class,
    pub run: RunId,
    stage: usize,
    play: usize,
    step: usize,
    pub fires: Fires,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Score,
    Leave,
    Door,
    Nurture,
}

/// What a timer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fires {
    /// Time changes a score.
    Scores,
    /// The pause of `reentry` is over.
    Pause,
    /// `after D` is over.
    Delay(Clause),
    /// A clock trigger of a clause: which, in written order.
    Clock(Clause, usize),
    /// Time may have changed the condition of a clause.
    Retry(Clause),
    /// A clock trigger of a play's arm.
    ArmClock(usize, usize, usize),
    /// Time may have changed the condition of a play's arm.
    ArmRetry(usize, usize),
    /// The wait of a play is over.
    Wait(usize),
}

/// The next timer of a contact.
pub(super) fn next<'r>(program: &Program<'r>, contact: &Contact<'r>) -> Option<Timer> {
    let mut timers = Timers { now_ms: contact.state.now_ms, first: None };
    let somebody = RunId { funnel: 0, key: String::new() };
    let contact_view = view(program, contact, &somebody, contact.state.now_ms).of_contact();
    timers.add(score::next_tick(contact_view), Class::Score, &somebody, (0, 0, 0), Fires::Scores);
    for id in &contact.state.live {
        of_run(program, contact, id, &mut timers);
    }
    timers.first
}

struct Timers {
    now_ms: i64,
    first: Option<Timer>,
}

impl Timers {
    /// Takes a timer into account; what is overdue is due now.
    fn add(&mut self, due_ms: Option<i64>, class: Class, run: &RunId, place: (usize, usize, usize), fires: Fires) {
        let Some(due_ms) = due_ms.map(|ms| ms.max(self.now_ms)) else { return };
        let (stage, play, step) = place;
        let timer = Timer { due_ms, class, run: run.clone(), stage, play, step, fires };
        if self.first.as_ref().is_none_or(|first| timer < *first) {
            self.first = Some(timer);
        }
    }
}

fn of_run<'r>(program: &Program<'r>, contact: &Contact<'r>, id: &RunId, timers: &mut Timers) {
    let (Some(plan), Some(slot)) = (program.funnels.get(id.funnel), contact.state.slot(id)) else { return };
    let view = view(program, contact, id, contact.state.now_ms);
    let Some(run) = &slot.run else {
        if slot.runs > 0 {
            let Some(end) = pause_end(plan, slot) else { return };
            timers.add(Some(end).filter(|end| *end > slot.pause_seen_ms), Class::Door, id, (0, 0, 0), Fires::Pause);
        }
        for standing in standing(program, contact, id) {
            of_clause(view, slot.clause(standing.clause), &standing, id, timers);
        }
        return;
    };
    for standing in standing(program, contact, id) {
        of_clause(view, slot.clause(standing.clause), &standing, id, timers);
    }
    let stage = run.visit.stage;
    for (play, when) in starts(program, contact, id) {
        let clause = Clause::Start(play);
        let empty = ClauseState::default();
        let state = slot.clause(clause).unwrap_or(&empty);
        for (at, clock) in state.clocks.iter().enumerate() {
            timers.add(clock.due_ms, Class::Nurture, id, (stage, play, 0), Fires::Clock(clause, at));
        }
        timers.add(state.untried.then_some(timers.now_ms), Class::Nurture, id, (stage, play, 0), Fires::Retry(clause));
        timers.add(view.next_change(when, state.tried_ms), Class::Nurture, id, (stage, play, 0), Fires::Retry(clause));
    }
    for (play, running) in run.visit.plays.iter().enumerate() {
        if let Some(waiting) = running.running.as_ref().and_then(|play| play.waiting.as_ref()) {
            of_wait(view, waiting, id, (stage, play), timers);
        }
    }
}

fn of_clause(view: View<'_, '_>, state: Option<&ClauseState>, standing: &Standing<'_>, id: &RunId, timers: &mut Timers) {
    let clause = standing.clause;
    let stage_here = view.run.map_or(0, |run| run.visit.stage);
    let (class, place) = match clause {
        Clause::StageLeave(at) => (Class::Leave, (stage_here, 0, at)),
        // Behind those of every stage.
        Clause::FunnelLeave(at) => (Class::Leave, (usize::MAX, 0, at)),
        Clause::Door(stage, at) => (Class::Door, (stage, 0, at)),
        Clause::Start(play) => (Class::Nurture, (stage_here, play, 0)),
    };
    let empty = ClauseState::default();
    let state = state.unwrap_or(&empty);
    if let Some(delay) = standing.delay {
        let end = deadline(view, clause, delay).filter(|_| !state.gone);
        timers.add(end.filter(|end| state.opened_for_ms != Some(*end)), class, id, place, Fires::Delay(clause));
    }
    for (at, clock) in state.clocks.iter().enumerate() {
        timers.add(clock.due_ms, class, id, place, Fires::Clock(clause, at));
    }
    let slot = view.contact.state.slot(id);
    if let Some(when) = standing.when.filter(|_| is_open(view, slot, standing)) {
        timers.add(state.untried.then_some(timers.now_ms), class, id, place, Fires::Retry(clause));
        timers.add(view.next_change(when, state.tried_ms), class, id, place, Fires::Retry(clause));
    }
}

fn of_wait(view: View<'_, '_>, waiting: &Waiting<'_>, id: &RunId, (stage, play): (usize, usize), timers: &mut Timers) {
    let mut add = |due_ms, step, fires| timers.add(due_ms, Class::Nurture, id, (stage, play, step), fires);
    let over = Fires::Wait(play);
    // Step 0 is what starts the play; at one instant the arms, in order, come before the time-out.
    match waiting {
        Waiting::Until(ms) => add(Some(*ms), 1, over),
        Waiting::Days(since_ms, days) => add(view.contact.state.zone.days_later(*since_ms, *days), 1, over),
        Waiting::Clock(_, _, _, due_ms) => add(*due_ms, 1, over),
        Waiting::Instant(wait) => add(Some(view.instant(&wait.instant).unwrap_or(i64::MIN)), 1, over),
        Waiting::Held(held) => add(Some(held.until_ms), 1, over),
        Waiting::Arms(arms) => {
            for (at, arm) in arms.arms.iter().enumerate() {
                for (clock_at, clock) in arm.state.clocks.iter().enumerate() {
                    add(clock.due_ms, at + 1, Fires::ArmClock(play, at, clock_at));
                }
                let untried = arm.state.untried.then_some(view.contact.state.now_ms);
                add(untried.or_else(|| view.next_change(arm.when, arm.state.tried_ms)), at + 1, Fires::ArmRetry(play, at));
            }
            add(Some(arms.deadline_ms), arms.arms.len() + 1, over);
        }
    }
}
