//! Timers: everything that falls due at an instant, found by asking everything that waits, as the reference finds it.
//!
//! The order of the type is the order of section 6: time, then scores, leaves, doors, nurtures, each by funnel, run key,
//! stage, play, step.

use super::{
    clocks,
    moves::{deadline, is_open, pause_end},
    program::{Clause, Does, Id, Standing, StartOf},
    scores,
    state::{More, NEVER, Slot, Waiting, slot_is_live},
    view::View,
};
use smol_str::SmolStr;

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub due_ms: i64,
    class: Class,
    run: (u16, SmolStr),
    stage: usize,
    play: usize,
    step: usize,
    /// What it does.
    pub fires: Fires,
    /// Whose it is.
    pub place: usize,
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
pub enum Fires {
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
pub fn next(view: View<'_>) -> Option<Timer> {
    let mut timers = Timers::new(view);
    find(view, &mut timers);
    timers.first
}

fn find(view: View<'_>, timers: &mut Timers) {
    find_at(view, 0..view.slots.len() + view.rest.keyed.len(), timers);
}

/// Those of scores, and of some places.
fn find_at(view: View<'_>, places: impl IntoIterator<Item = usize>, timers: &mut Timers) {
    timers.add(view, scores::next_tick(view.program, view.rest), Class::Score, (0, 0, 0), Fires::Scores);
    for place in places {
        if slot_is_live(view.program, view.slots, view.rest, place) {
            timers.place = place;
            of_run(View { place: Some(place), ..view }, timers);
        }
    }
}

/// When the next timer is due that may do something. What cannot make anything true is left out, if no run can turn in a circle: the
/// reference has timers for that, which do nothing but by their place among those of the same instant.
pub fn due(view: View<'_>) -> i64 {
    let mut timers = Timers { is_calm: view.program.is_calm, least: Some(NEVER), ..Timers::new(view) };
    find(view, &mut timers);
    timers.least.unwrap_or(NEVER)
}

/// The same where an event was tried at some places alone, and nothing else was due before an instant: what was due later at these
/// places may be due still later, and is found out then.
pub fn due_of(view: View<'_>, places: &[usize], known_ms: i64) -> i64 {
    let mut timers = Timers { is_calm: view.program.is_calm, least: Some(known_ms), ..Timers::new(view) };
    find_at(view, places.iter().copied(), &mut timers);
    timers.least.unwrap_or(NEVER)
}

/// The same where an event has changed nothing but what those who hear it say, and nothing else was due before an instant: what was due
/// later may be due still later, and is found out then. An event puts off the end of `after D without`; only where that end was there
/// already, another comes.
pub fn due_heard(view: View<'_>, event: Id, known_ms: i64) -> i64 {
    let program = view.program;
    let mut timers = Timers { is_calm: program.is_calm, least: Some(known_ms), ..Timers::new(view) };
    for (place, slot) in view.slots.iter().enumerate() {
        let concern = program.concern(place, slot.stage(), event);
        if concern.ripens.is_empty() && !concern.plays_ripen {
            continue;
        }
        let view = View { place: Some(place), ..view };
        timers.place = place;
        let standings = program.standing(place, slot.stage());
        for standing in concern.ripens.iter().map(|at| &standings[usize::from(*at)]) {
            if standing.delay.is_none() || view.more().is_some_and(|more| more.clause(standing.clause).is_some()) {
                of_clause(view, standing, slot, &mut timers);
            }
        }
        if let (true, Some(stage), Some(more)) = (concern.plays_ripen, slot.stage(), view.more()) {
            of_plays(view, (slot, stage, more), &mut timers);
        }
    }
    timers.least.unwrap_or(NEVER)
}

struct Timers {
    now_ms: i64,
    /// Where only the instant is asked for, the earliest.
    least: Option<i64>,
    /// Whether to leave out what cannot make anything true.
    is_calm: bool,
    first: Option<Timer>,
    place: usize,
}

/// When time alone may change what a root condition says, or at least make it true; long ago where it is still to be tried.
fn change_of(view: View<'_>, root: u32, slot: &Slot, is_calm: bool) -> Option<i64> {
    if slot.is_untried {
        return Some(i64::MIN);
    }
    let (tried_ms, root) = (slot.tried_ms, &view.program.roots[root as usize]);
    match is_calm {
        true if root.by_time.ripens => view.next_true(root.condition, tried_ms, true),
        false if root.by_time.changes => view.next_change(root.condition, tried_ms),
        true | false => None,
    }
}

impl Timers {
    fn new(view: View<'_>) -> Self {
        Self { now_ms: view.now_ms, first: None, place: 0, least: None, is_calm: false }
    }

    fn change(&self, view: View<'_>, root: u32, slot: &Slot) -> Option<i64> {
        change_of(view, root, slot, self.is_calm)
    }

    /// Takes a timer into account; what is overdue is due now.
    fn add(&mut self, view: View<'_>, due_ms: Option<i64>, class: Class, (stage, play, step): (usize, usize, usize), fires: Fires) {
        let Some(due_ms) = due_ms.map(|ms| ms.max(self.now_ms)) else { return };
        if let Some(least) = &mut self.least {
            *least = due_ms.min(*least);
            return;
        }
        if self.first.as_ref().is_some_and(|first| first.due_ms < due_ms) {
            return;
        }
        let key = view.rest.keyed.get(self.place.wrapping_sub(view.slots.len()));
        let run = key.map_or_else(|| (self.place as u16, SmolStr::default()), |keyed| (keyed.funnel, keyed.key.clone()));
        let timer = Timer { due_ms, class, run, stage, play, step, fires, place: self.place };
        if self.first.as_ref().is_none_or(|first| timer < *first) {
            self.first = Some(timer);
        }
    }
}

fn of_run(view: View<'_>, timers: &mut Timers) {
    let (Some(place), Some(slot)) = (view.place, view.slot()) else { return };
    let funnel = &view.program.funnels[view.funnel(place)];
    let Some(stage) = slot.stage() else {
        if slot.runs > 0 {
            let Some(end) = pause_end(funnel, slot) else { return };
            timers.add(view, Some(end).filter(|end| *end > slot.tried_ms), Class::Door, (0, 0, 0), Fires::Pause);
        }
        funnel.outside.iter().for_each(|standing| of_clause(view, standing, slot, timers));
        return;
    };
    funnel.stages[stage].standing.iter().for_each(|standing| of_clause(view, standing, slot, timers));
    if let Some(more) = view.more().filter(|more| !more.plays.is_empty()) {
        of_plays(view, (slot, stage, more), timers);
    }
}

fn of_plays(view: View<'_>, (slot, stage, more): (&Slot, usize, &More), timers: &mut Timers) {
    let Some(funnel) = view.place.map(|place| &view.program.funnels[view.funnel(place)]) else { return };
    for (play, when) in clocks::starts_of(view) {
        let clause = Clause::Start(play as u16);
        for (at, clock) in more.clause(clause).into_iter().flat_map(|state| state.clocks.iter().enumerate()) {
            timers.add(view, clock.due_ms, Class::Nurture, (stage, play, 0), Fires::Clock(clause, at));
        }
        // What starts at each trigger does not start because time has passed.
        let is_each_time = matches!(funnel.stages[stage].nurtures[play].start, StartOf::EachTime(_));
        let change = if timers.is_calm && is_each_time { None } else { timers.change(view, when, slot) };
        timers.add(view, change, Class::Nurture, (stage, play, 0), Fires::Retry(clause));
    }
    for (play, running) in more.plays.iter().enumerate() {
        if let Some(waiting) = running.running.as_ref().and_then(|play| play.waiting.as_ref()) {
            of_wait(view, waiting, (stage, play), slot, timers);
        }
    }
}

fn of_clause(view: View<'_>, standing: &Standing<'_>, slot: &Slot, timers: &mut Timers) {
    let clause = standing.clause;
    let stage_here = view.stage().unwrap_or(0);
    let (class, place) = match clause {
        Clause::StageLeave(at) => (Class::Leave, (stage_here, 0, usize::from(at))),
        // Behind those of every stage.
        Clause::FunnelLeave(at) => (Class::Leave, (usize::MAX, 0, usize::from(at))),
        Clause::Door(stage, at) => (Class::Door, (usize::from(stage), 0, usize::from(at))),
        Clause::Start(play) => (Class::Nurture, (stage_here, usize::from(play), 0)),
    };
    let state = view.more().and_then(|more| more.clause(clause));
    if let Some(delay) = standing.delay {
        let end = deadline(view, clause, delay).filter(|_| !state.is_some_and(|state| state.gone));
        let end = end.filter(|end| state.and_then(|state| state.opened_for_ms) != Some(*end));
        timers.add(view, end, class, place, Fires::Delay(clause));
    }
    for (at, clock) in state.into_iter().flat_map(|state| state.clocks.iter().enumerate()) {
        timers.add(view, clock.due_ms, class, place, Fires::Clock(clause, at));
    }
    // A restart needs a trigger.
    let may_open = !(timers.is_calm && standing.restart);
    if let Some(when) = standing.when.filter(|_| may_open && is_open(view, standing)) {
        let change = timers.change(view, when, slot);
        timers.add(view, change, class, place, Fires::Retry(clause));
    }
}

fn of_wait(view: View<'_>, waiting: &Waiting, (stage, play): (usize, usize), slot: &Slot, timers: &mut Timers) {
    let is_calm = timers.is_calm;
    let mut add = |due_ms, step, fires| timers.add(view, due_ms, Class::Nurture, (stage, play, step), fires);
    let over = Fires::Wait(play);
    // Step 0 is what starts the play; at one instant the arms, in order, come before the time-out.
    match waiting {
        Waiting::Until(ms) => add(Some(*ms), 1, over),
        Waiting::Days(since_ms, days) => add(view.zone().days_later(*since_ms, *days), 1, over),
        Waiting::Clock(_, _, due_ms) => add(*due_ms, 1, over),
        Waiting::Instant(step) => {
            if let Does::WaitInstant(instant, _) = view.program.steps[*step as usize].does {
                add(Some(view.instant(instant).unwrap_or(i64::MIN)), 1, over);
            }
        }
        Waiting::Held(held) => add(Some(held.until_ms), 1, over),
        Waiting::Arms(step, deadline_ms, clocks) => {
            let Does::WaitArms(arms, ..) = &view.program.steps[*step as usize].does else { return };
            for (at, (when, _)) in arms.iter().enumerate() {
                for (clock_at, clock) in clocks.get(at).into_iter().flatten().enumerate() {
                    add(clock.due_ms, at + 1, Fires::ArmClock(play, at, clock_at));
                }
                let change = change_of(view, *when, slot, is_calm);
                add(change, at + 1, Fires::ArmRetry(play, at));
            }
            add(Some(*deadline_ms), arms.len() + 1, over);
        }
    }
}
