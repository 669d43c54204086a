//! Step 2: leaving, entering, starting again.
//!
//! Readings: where a door is shut by `visits at most` the next clause is tried; a run that would enter a stage twice in one
//! turn is reported and does not move any more in it; a door without an event leaves `entry` as it was; the event counts as
//! what opened a door only if it made the door's condition true; a restart needs a trigger, for a state that goes on holding
//! is no new meeting of the door.

use super::{
    clock,
    condition::Trigger,
    contact::{Clause, Play, PlaySlot, Run, RunId, Slot, Visit, Waiting},
    outcome::{Cause, SendOutcome, What},
    program::Plan,
    standing::{Standing, is_open, is_shut, may_enter, standing},
    turn::{Impulse, Turn},
};
use crate::ruleset::{Door, Leave, Nurture, Stage, Start};
use std::collections::BTreeMap;

impl<'r> Turn<'_, 'r> {
    /// Moves a run until nothing applies: first with what is happening, then without. Whether the first try moved it.
    pub fn move_run(&mut self, id: &RunId, impulse: Impulse<'_>) -> bool {
        let mut impulse = impulse;
        let mut first = None;
        while !self.overflow && !self.stuck.contains(id) {
            let Some((standing, opened_by)) = self.first_open(id, impulse) else { break };
            let moved = self.take(id, &standing, opened_by);
            first.get_or_insert(moved);
            impulse = Impulse::Nothing;
        }
        first.unwrap_or(false)
    }

    /// The first clause that applies, and what of the impulse made it true.
    fn first_open(&self, id: &RunId, impulse: Impulse<'_>) -> Option<(Standing<'r>, Trigger<'r>)> {
        let plan = self.program.funnels.get(id.funnel)?;
        let slot = self.contact.state.slot(id);
        let outside = self.contact.state.run(id).is_none();
        if outside && !may_enter(plan, slot, self.now_ms) {
            return None;
        }
        let view = self.view(id);
        standing(self.program, self.contact, id).into_iter().find_map(|standing| {
            if is_shut(plan, slot, &standing) || !is_open(view, slot, &standing) || self.is_left_out(plan, standing.clause) {
                return None;
            }
            let Some(when) = standing.when else { return standing.delay.map(|_| (standing, Trigger::default())) };
            let trigger = self.trigger(id, impulse, Some(standing.clause), Some(when));
            let seeing = view.with(trigger);
            if !seeing.holds(when) {
                return None;
            }
            let by_trigger = seeing.triggered(when);
            if standing.restart && !by_trigger {
                return None;
            }
            let clock = clock::atoms(when).into_iter().find(|atom| by_trigger && trigger.clock == Some(*atom));
            Some((standing, Trigger { event: trigger.event.filter(|_| by_trigger), clock }))
        })
    }

    /// Whether a clause is the door that is taken not to open.
    fn is_left_out(&self, plan: &Plan<'r>, clause: Clause) -> bool {
        let (Some(shut), Clause::Door(to, at)) = (self.shut_door, clause) else { return false };
        plan.stage(to).and_then(|stage| stage.doors.get(at)).is_some_and(|door| door.id == shut)
    }

    /// Takes a clause; whether the run moved.
    fn take(&mut self, id: &RunId, standing: &Standing<'r>, opened_by: Trigger<'r>) -> bool {
        let Some(plan) = self.program.funnels.get(id.funnel) else { return false };
        let stage = self.contact.state.run(id).and_then(|run| plan.stage(run.visit.stage));
        let leave = match standing.clause {
            Clause::StageLeave(at) => stage.and_then(|stage| stage.leaves.get(at)),
            Clause::FunnelLeave(at) => plan.funnel.leaves.get(at),
            Clause::Door(to, at) => {
                let Some((stage, door)) = plan.stage(to).and_then(|stage| Some((stage, stage.doors.get(at)?))) else { return false };
                return self.enter(id, (to, stage), door, standing.restart, opened_by);
            }
            Clause::Start(_) => None,
        };
        if let Some(leave) = leave {
            self.trail.mark(&leave.id, None);
            self.leave(id, &cause_of_leave(leave));
        }
        leave.is_some()
    }

    /// Out of the funnel; the run ends.
    fn leave(&mut self, id: &RunId, cause: &Cause) {
        let from = self.stage_name(id);
        self.emit(id, Some(cause.clone()), What::Move { from, to: None });
        self.end_plays(id, cause);
        self.end_run(id);
    }

    fn end_run(&mut self, id: &RunId) {
        let now_ms = self.now_ms;
        if let Some(slot) = self.contact.state.slot_mut(id) {
            slot.run = None;
            slot.left_ms = Some(now_ms);
            slot.clauses = BTreeMap::new();
        }
        if self.is_keyed(id) {
            self.contact.state.live.remove(id);
        }
    }

    fn is_keyed(&self, id: &RunId) -> bool {
        self.program.funnels.get(id.funnel).is_some_and(|plan| plan.funnel.key.is_some())
    }

    /// Into a stage.
    fn enter(&mut self, id: &RunId, (to, stage): (usize, &'r Stage), door: &'r Door, restart: bool, opened_by: Trigger<'r>) -> bool {
        let cause = Cause { id: door.id.clone(), sentence: door.sentence.clone() };
        if !self.entered.insert((id.clone(), to)) {
            self.stuck.insert(id.clone());
            self.emit(id, Some(cause), What::Looping { stage: stage.name.clone() });
            return false;
        }
        self.trail.mark(&door.id, None);
        if restart {
            self.leave(id, &cause);
        }
        let from = self.stage_name(id);
        if from.is_none() {
            self.start_run(id);
        }
        self.emit(id, Some(cause.clone()), What::Move { from: from.clone(), to: Some(stage.name.clone()) });
        if from.is_some() {
            self.end_plays(id, &cause);
        }
        self.visit(id, to, stage, opened_by);
        for (play, nurture) in stage.nurtures.iter().enumerate() {
            if self.begins_at_entry(id, nurture, opened_by) {
                self.begin(id, play, nurture);
            }
        }
        self.end_if_final(id);
        true
    }

    fn start_run(&mut self, id: &RunId) {
        let now_ms = self.now_ms;
        self.contact.state.live.insert(id.clone());
        if let Some(slots) = self.contact.state.slots.get_mut(id.funnel) {
            let slot: &mut Slot<'r> = slots.entry(id.key.clone()).or_default();
            slot.runs = slot.runs.saturating_add(1);
            slot.ended_in = None;
            slot.started_ms = now_ms;
            slot.clauses = BTreeMap::new();
        }
    }

    /// The new visit, and `entry` by the event that opened the door.
    fn visit(&mut self, id: &RunId, to: usize, stage: &Stage, opened_by: Trigger<'_>) {
        let order = self.contact.state.taken;
        let brought = opened_by.event.and_then(|at| self.contact.log.get(at)).map(|past| past.properties.clone());
        let now_ms = self.now_ms;
        let Some(slot) = self.contact.state.slot_mut(id) else { return };
        let old = slot.run.take();
        let (started_ms, started_order) = old.as_ref().map_or((now_ms, order), |run| (run.started_ms, run.started_order));
        let (mut visits, mut entry, leaves) = old.map(|run| (run.visits, run.entry, run.leaves)).unwrap_or_default();
        let number = visits.entry(to).or_insert(0);
        *number = number.saturating_add(1);
        let number = *number;
        entry.extend(brought.unwrap_or_default());
        let plays = stage.nurtures.iter().map(|_| PlaySlot::default()).collect();
        let visit = Visit { stage: to, number, entered_ms: now_ms, entered_order: order, plays, clauses: BTreeMap::new() };
        slot.run = Some(Run { started_ms, started_order, visits, entry, leaves, visit });
    }

    fn begins_at_entry(&self, id: &RunId, nurture: &Nurture, opened_by: Trigger<'_>) -> bool {
        let view = self.view(id).with(opened_by);
        match &nurture.start {
            Start::Entry => true,
            Start::When(when) => view.holds(when),
            Start::EachTime(when) => view.triggered(when),
        }
    }

    /// A nurture begins; it takes its first step in step 3.
    pub fn begin(&mut self, id: &RunId, play: usize, nurture: &'r Nurture) {
        if let Some(slot) = self.contact.state.play_mut(id, play) {
            slot.starts = slot.starts.saturating_add(1);
            let each_time = match nurture.start {
                Start::EachTime(_) => Some(slot.starts),
                Start::Entry | Start::When(_) => None,
            };
            let stack = vec![super::contact::Frame::Steps(&nurture.steps, 0)];
            slot.running = Some(Play { stack, waiting: None, each_time });
        }
        self.trail.mark(&nurture.id, None);
        self.emit(id, Some(cause_of_play(nurture)), What::PlayBegins { play: nurture.name.clone() });
    }

    /// Cuts all plays of the visit off, in declared order.
    fn end_plays(&mut self, id: &RunId, cause: &Cause) {
        let plays = self.contact.state.run(id).map_or(0, |run| run.visit.plays.len());
        for play in 0..plays {
            self.cut_off(id, play, cause);
        }
    }

    /// Cuts a play off if it runs, and drops its held send.
    pub fn cut_off(&mut self, id: &RunId, play: usize, cause: &Cause) {
        let Some(running) = self.contact.state.play_mut(id, play).and_then(|slot| slot.running.take()) else { return };
        if let Some(Waiting::Held(held)) = running.waiting {
            self.report(id, &held.request, SendOutcome::Dropped);
        }
        let name = self.nurture(id, play).map(|nurture| nurture.name.clone()).unwrap_or_default();
        self.emit(id, Some(cause.clone()), What::PlayCutOff { play: name });
    }

    /// Ends the run of a final stage when none of its plays runs.
    pub fn end_if_final(&mut self, id: &RunId) {
        let Some(run) = self.contact.state.run(id) else { return };
        let stage = self.program.funnels.get(id.funnel).and_then(|plan| plan.stage(run.visit.stage));
        let Some(stage) = stage.filter(|stage| stage.is_final) else { return };
        if run.visit.plays.iter().all(|play| play.running.is_none()) {
            let ended_in = Some(run.visit.stage);
            self.emit(id, None, What::RunEnds { stage: stage.name.clone() });
            self.end_run(id);
            if let Some(slot) = self.contact.state.slot_mut(id) {
                slot.ended_in = ended_in;
            }
            self.changed.runs.insert(id.clone());
        }
    }

    /// The nurture at a place of the visit.
    pub fn nurture(&self, id: &RunId, play: usize) -> Option<&'r Nurture> {
        let stage = self.contact.state.run(id)?.visit.stage;
        self.program.funnels.get(id.funnel)?.nurture(stage, play)
    }

    fn stage_name(&self, id: &RunId) -> Option<String> {
        let stage = self.contact.state.run(id)?.visit.stage;
        let plan: &Plan<'r> = self.program.funnels.get(id.funnel)?;
        plan.stage(stage).map(|stage| stage.name.clone())
    }
}

fn cause_of_leave(leave: &Leave) -> Cause {
    Cause { id: leave.id.clone(), sentence: leave.sentence.clone() }
}

/// A nurture as the cause of what it does.
pub(super) fn cause_of_play(nurture: &Nurture) -> Cause {
    Cause { id: nurture.id.clone(), sentence: nurture.sentence.clone() }
}
