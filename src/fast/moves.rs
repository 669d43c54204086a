//! Step 2: leaving, entering, starting again, as the reference does it.

use super::{
    out::Told,
    program::{CauseOf, Clause, DelayOf, FunnelOf, NurtureOf, Standing, StartOf},
    state::{Frame, More, OUTSIDE, Play, PlaySlot, Slot, Waiting},
    turn::{Impulse, Trigger, Turn},
    view::View,
};
use crate::{ruleset::Reentry, runtime::SendOutcome};
use smallvec::SmallVec;

/// The end of `after D [without E]`: so long after the stage was entered (for a clause of the funnel: after the run
/// started), or after the latest such event since then.
pub fn deadline(view: View<'_>, clause: Clause, delay: DelayOf) -> Option<i64> {
    let slot = view.slot().filter(|slot| slot.stage().is_some())?;
    let (base_ms, base_order) = match clause {
        Clause::FunnelLeave(_) => (slot.started_ms, slot.started_order),
        Clause::StageLeave(_) | Clause::Door(..) | Clause::Start(_) => (slot.since_ms, slot.entered_order),
    };
    let since = delay.without.and_then(|test| view.latest_after(&view.program.tests[test as usize], base_order));
    base_ms.max(since.unwrap_or(base_ms)).checked_add(delay.ms)
}

/// Whether time has opened the clause.
#[inline]
pub fn is_open(view: View<'_>, standing: &Standing<'_>) -> bool {
    let Some(delay) = standing.delay else { return true };
    let state = view.more().and_then(|more| more.clause(standing.clause));
    state.is_some_and(|state| !state.gone && state.opened_for_ms.is_some() && state.opened_for_ms == deadline(view, standing.clause, delay))
}

/// When the pause of `reentry` is over for somebody who has left; never, perhaps.
pub fn pause_end(funnel: &FunnelOf<'_>, slot: &Slot) -> Option<i64> {
    let left_ms = slot.since_ms;
    match &funnel.funnel.reentry {
        Reentry::Never => None,
        Reentry::AfterLeaving | Reentry::RestartFrom(_) => Some(left_ms),
        Reentry::AfterLeavingMs(ms) => Some(left_ms.saturating_add(*ms)),
        Reentry::AfterStartingMs(ms) => Some(slot.started_ms.saturating_add(*ms).max(left_ms)),
    }
}

impl View<'_> {
    /// Whether the stage that a door leads to cannot be entered once more in this run.
    #[inline]
    pub fn is_shut(&self, standing: &Standing<'_>) -> bool {
        let (Clause::Door(to, _), Some(place)) = (standing.clause, self.place) else { return false };
        self.program.funnels[self.funnel(place)].stages[usize::from(to)].visits_max.is_some_and(|limit| {
            let inside = self.stage().is_some() && !standing.restart;
            let visits = if inside { self.more().map_or(0, |more| more.visits(to)) } else { 0 };
            visits >= limit
        })
    }
}

impl<'p> Turn<'_, 'p> {
    /// Moves a run until nothing applies: first with what is happening, then without. Whether the first try moved it.
    pub fn move_run(&mut self, place: usize, impulse: Impulse<'_>) -> bool {
        let mut impulse = impulse;
        let mut first = None;
        while !self.overflow && !self.stuck.contains(&place) {
            let Some((standing, opened_by)) = self.first_open(place, impulse) else { break };
            let moved = self.take(place, standing, opened_by);
            first.get_or_insert(moved);
            impulse = Impulse::Nothing;
        }
        first.unwrap_or(false)
    }

    /// Whether `reentry` lets somebody who is outside in.
    fn may_enter(&self, place: usize) -> bool {
        let slot = self.slot(place);
        slot.runs == 0 || pause_end(&self.program.funnels[self.funnel(place)], slot).is_some_and(|end| self.now_ms >= end)
    }

    /// The first clause that applies, and what of the impulse made it true.
    fn first_open(&self, place: usize, impulse: Impulse<'_>) -> Option<(&'p Standing<'p>, Trigger)> {
        let program = self.program;
        let stage = self.slot(place).stage();
        if stage.is_none() && !self.may_enter(place) {
            return None;
        }
        let view = self.view(place);
        program.standing(self.funnel(place), stage).iter().find_map(|standing| {
            if view.is_shut(standing) || !is_open(view, standing) {
                return None;
            }
            let Some(when) = standing.when else { return standing.delay.map(|_| (standing, Trigger::default())) };
            let root = &program.roots[when as usize];
            let trigger = self.trigger(place, impulse, Some(standing.clause), Some(root));
            let seeing = self.seeing(place, trigger);
            if !seeing.asks(root) {
                return None;
            }
            let by_trigger = seeing.triggered(root.condition);
            if standing.restart && !by_trigger {
                return None;
            }
            Some((standing, Trigger { event: trigger.event && by_trigger, clock: trigger.clock.filter(|_| by_trigger) }))
        })
    }

    /// Takes a clause; whether the run moved.
    fn take(&mut self, place: usize, standing: &'p Standing<'p>, opened_by: Trigger) -> bool {
        match standing.clause {
            Clause::StageLeave(_) | Clause::FunnelLeave(_) => {
                self.leave(place, standing.cause);
                true
            }
            Clause::Door(to, _) => self.enter(place, to, standing, opened_by),
            Clause::Start(_) => false,
        }
    }

    fn stage_name(&self, place: usize) -> Option<&'p str> {
        let program = self.program;
        let stage = self.slot(place).stage()?;
        Some(&program.funnels[self.funnel(place)].stages[stage].stage.name)
    }

    /// Out of the funnel; the run ends.
    fn leave(&mut self, place: usize, cause: CauseOf<'p>) {
        let from = self.stage_name(place);
        self.emit(place, Some(cause), Told::Move(from, None));
        self.end_plays(place, cause);
        self.end_run(place);
    }

    fn end_run(&mut self, place: usize) {
        let now_ms = self.now_ms;
        let slot = self.slot_mut(place);
        slot.stage = OUTSIDE;
        slot.since_ms = now_ms;
        let is_whole = self.program.is_whole;
        let more = self.more_mut(place);
        clear(more);
        if is_whole {
            more.seldom.get_or_insert_default().ended.0 = Some(now_ms);
        }
    }

    /// Into a stage.
    fn enter(&mut self, place: usize, to: u16, standing: &'p Standing<'p>, opened_by: Trigger) -> bool {
        let program = self.program;
        let cause = standing.cause;
        let stage = &program.funnels[self.funnel(place)].stages[usize::from(to)];
        if self.entered.contains(&(place, to)) {
            self.stuck.push(place);
            self.emit(place, Some(cause), Told::Looping(&stage.stage.name));
            return false;
        }
        self.entered.push((place, to));
        if standing.restart {
            self.leave(place, cause);
        }
        let from = self.stage_name(place);
        if from.is_none() {
            self.start_run(place);
        }
        self.emit(place, Some(cause), Told::Move(from, Some(&stage.stage.name)));
        if from.is_some() {
            self.end_plays(place, cause);
        }
        self.visit(place, to, opened_by);
        for (play, nurture) in stage.nurtures.iter().enumerate() {
            if self.begins_at_entry(place, nurture, opened_by) {
                self.begin(place, play, nurture);
            }
        }
        self.end_if_final(place);
        true
    }

    fn start_run(&mut self, place: usize) {
        let (now_ms, order) = (self.now_ms, self.hot.taken);
        let slot = self.slot_mut(place);
        slot.runs = slot.runs.saturating_add(1);
        (slot.started_ms, slot.started_order) = (now_ms, order);
        let more = self.more_mut(place);
        clear(more);
        if let Some(seldom) = &mut more.seldom {
            seldom.ended.1 = None;
        }
    }

    /// The new visit, and `entry` by the event that opened the door.
    fn visit(&mut self, place: usize, to: u16, opened_by: Trigger) {
        let (now_ms, order, program) = (self.now_ms, self.hot.taken, self.program);
        let funnel = &program.funnels[self.funnel(place)];
        let slot = self.slot_mut(place);
        slot.stage = to;
        (slot.since_ms, slot.entered_order) = (now_ms, order);
        if !program.keeps_rest {
            return;
        }
        if let Some(present) = self.present.clone().filter(|_| opened_by.event) {
            for (slot, name) in &program.events[present.event as usize].entries {
                if let Some(value) = present.props().get(*slot).map(super::value::Seen::kept) {
                    let entry = &mut self.more_mut(place).entry;
                    match entry.iter_mut().find(|(other, _)| other == name) {
                        Some((_, known)) => *known = value,
                        None => entry.push((*name, value)),
                    }
                }
            }
        }
        let plays = funnel.stages[usize::from(to)].nurtures.len();
        let more = self.more_mut(place);
        if funnel.counts_visits {
            more.count_visit(to);
        }
        more.plays.clear();
        more.plays.resize_with(plays, PlaySlot::default);
        more.clauses.retain(|(clause, _)| matches!(clause, Clause::FunnelLeave(_)));
    }

    fn begins_at_entry(&self, place: usize, nurture: &NurtureOf<'_>, opened_by: Trigger) -> bool {
        let root = |root: u32| &self.program.roots[root as usize];
        match nurture.start {
            StartOf::Entry => true,
            StartOf::When(when) => self.seeing(place, opened_by).asks(root(when)),
            StartOf::EachTime(when) => self.seeing(place, opened_by).triggered(root(when).condition),
        }
    }

    /// A nurture begins; it takes its first step in step 3.
    pub fn begin(&mut self, place: usize, play: usize, nurture: &'p NurtureOf<'p>) {
        if let Some(slot) = self.more_mut(place).plays.get_mut(play) {
            slot.starts = slot.starts.saturating_add(1);
            let each_time = match nurture.start {
                StartOf::EachTime(_) => Some(slot.starts),
                StartOf::Entry | StartOf::When(_) => None,
            };
            let mut stack = SmallVec::new();
            stack.push(Frame::Steps(nurture.block, 0));
            slot.running = Some(Play { stack, waiting: None, each_time });
        }
        self.emit(place, Some(cause_of_play(nurture)), Told::PlayBegins(&nurture.nurture.name));
    }

    /// Cuts all plays of the visit off, in declared order.
    fn end_plays(&mut self, place: usize, cause: CauseOf<'p>) {
        if !self.program.keeps_rest {
            return;
        }
        for play in 0..self.more(place).plays.len() {
            self.cut_off(place, play, cause);
        }
    }

    /// Cuts a play off if it runs, and drops its held send.
    pub fn cut_off(&mut self, place: usize, play: usize, cause: CauseOf<'p>) {
        let Some(running) = self.more_mut(place).plays.get_mut(play).and_then(|slot| slot.running.take()) else { return };
        if let Some(Waiting::Held(held)) = running.waiting {
            self.report(place, &held.request, SendOutcome::Dropped);
        }
        let name = self.nurture(place, play).map_or("", |nurture| nurture.nurture.name.as_str());
        self.emit(place, Some(cause), Told::PlayCutOff(name));
    }

    /// Ends the run of a final stage when none of its plays runs.
    pub fn end_if_final(&mut self, place: usize) {
        let program = self.program;
        let Some(at) = self.slot(place).stage() else { return };
        let stage = &program.funnels[self.funnel(place)].stages[at];
        if !stage.is_final() {
            return;
        }
        if stage.nurtures.is_empty() || self.more(place).plays.iter().all(|play| play.running.is_none()) {
            self.emit(place, None, Told::RunEnds(&stage.stage.name));
            self.end_run(place);
            if let Some(seldom) = self.more_mut(place).seldom.as_mut().filter(|_| program.is_whole) {
                seldom.ended.1 = u16::try_from(at).ok();
            }
            self.changed.places.push(place);
        }
    }

    /// The nurture at a place of the visit.
    pub fn nurture(&self, place: usize, play: usize) -> Option<&'p NurtureOf<'p>> {
        let program = self.program;
        let stage = self.slot(place).stage()?;
        program.funnels[self.funnel(place)].stages[stage].nurtures.get(play)
    }
}

/// What is gone when a run ends, or before it begins.
fn clear(more: &mut More) {
    more.visits.clear();
    more.entry.clear();
    more.plays.clear();
    more.clauses.clear();
}

/// A nurture as the cause of what it does.
pub fn cause_of_play<'p>(nurture: &NurtureOf<'p>) -> CauseOf<'p> {
    CauseOf { id: &nurture.nurture.id, sentence: &nurture.nurture.sentence }
}
