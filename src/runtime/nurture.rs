//! Step 3: what wakes and starts nurtures, and how they go on.
//!
//! A play is a stack of blocks that were entered, each with its next step. It goes on until it waits or its stack is empty.
//! Readings: `each time` starts by triggers alone; a play that is started afresh by an event is not woken by it; a wait for
//! an instant looks at it again when it is over, so one that has moved into the past meanwhile does what `if past` says.

use super::{contact::Clause, timer::Fires};
use super::{
    contact::{Frame, Play, RunId, Waiting},
    movement::cause_of_play,
    outcome::What,
    turn::{Impulse, Turn},
};
use crate::ruleset::{Condition, Repeat, Start};

/// How a step leaves its play.
pub(super) enum Flow<'r> {
    /// On to the next step.
    On,
    /// Into a block.
    Into(Frame<'r>),
    /// It waits.
    Wait(Waiting<'r>),
    /// It ends.
    Stop,
}

impl<'r> Turn<'_, 'r> {
    /// Wakes and starts what the impulse concerns, then lets each nurture of the run go on.
    pub fn nurture_run(&mut self, id: &RunId, impulse: Impulse<'_>) {
        let plays = self.contact.state.run(id).map_or(0, |run| run.visit.plays.len());
        for play in 0..plays {
            self.wake(id, play, impulse);
        }
        for play in 0..plays {
            if self.overflow {
                return;
            }
            self.go_on(id, play);
        }
    }

    fn wake(&mut self, id: &RunId, play: usize, impulse: Impulse<'_>) {
        let Some(nurture) = self.nurture(id, play) else { return };
        match &nurture.start {
            Start::EachTime(when) if self.starts(id, play, when, impulse, true) => {
                self.cut_off(id, play, &cause_of_play(nurture));
                self.begin(id, play, nurture);
            }
            Start::When(when) if !self.has_begun(id, play) && self.starts(id, play, when, impulse, false) => self.begin(id, play, nurture),
            Start::Entry | Start::When(_) | Start::EachTime(_) => self.wake_wait(id, play, impulse),
        }
    }

    fn has_begun(&self, id: &RunId, play: usize) -> bool {
        self.contact.state.run(id).and_then(|run| run.visit.plays.get(play)).is_some_and(|play| play.starts > 0)
    }

    fn starts(&self, id: &RunId, play: usize, when: &Condition, impulse: Impulse<'_>, by_trigger: bool) -> bool {
        let trigger = self.trigger(id, impulse, Some(Clause::Start(play)), Some(when));
        let view = self.view(id).with(trigger);
        if by_trigger { view.triggered(when) } else { view.holds(when) }
    }

    /// Ends the wait of a play, if it is over.
    fn wake_wait(&mut self, id: &RunId, play: usize, impulse: Impulse<'_>) {
        let Some(mut running) = self.contact.state.play_mut(id, play).and_then(|slot| slot.running.take()) else { return };
        let over = matches!(impulse, Impulse::Timer(timer) if timer.run == *id && timer.fires == Fires::Wait(play));
        let mut stopped = false;
        match running.waiting.take() {
            Some(Waiting::Arms(mut arms)) => {
                let open = arms.arms.iter().position(|arm| self.arm_opens(id, play, impulse, arm.when, &arms.arms));
                match open.or(over.then_some(arms.arms.len())) {
                    Some(at) => {
                        if let Some(step) = running.present() {
                            self.trail.mark(&step.id, Some(at));
                        }
                        let (steps, instead) = match arms.arms.get_mut(at) {
                            Some(arm) => (arm.steps, arm.instead.take()),
                            None => (arms.otherwise, arms.otherwise_instead.take()),
                        };
                        match instead {
                            Some(stack) => running.stack = stack,
                            None => running.stack.push(Frame::Steps(steps, 0)),
                        }
                    }
                    None => running.waiting = Some(Waiting::Arms(arms)),
                }
            }
            Some(Waiting::Held(held)) if over => running.waiting = self.decide(id, held.request),
            Some(Waiting::Instant(wait)) if over => {
                let past = self.view(id).instant(&wait.instant).is_none_or(|ms| ms < self.now_ms);
                stopped = past && wait.past_stops;
            }
            Some(Waiting::Until(_) | Waiting::Days(..) | Waiting::Clock(..)) if over => {}
            waiting => running.waiting = waiting,
        }
        if stopped {
            self.finish(id, play);
        } else {
            self.put_back(id, play, running);
        }
    }

    fn arm_opens(&self, id: &RunId, play: usize, impulse: Impulse<'_>, when: &Condition, arms: &[super::contact::Arm<'_>]) -> bool {
        let mut trigger = self.trigger(id, impulse, None, None);
        if let Impulse::Timer(timer) = impulse
            && let Fires::ArmClock(fired, arm, at) = timer.fires
            && timer.run == *id
            && fired == play
        {
            let fired_arm = arms.get(arm).map(|arm| arm.when).filter(|fired| std::ptr::eq(*fired, when));
            trigger.clock = fired_arm.and_then(|when| super::clock::atoms(when).get(at).copied());
        }
        self.view(id).with(trigger).holds(when)
    }

    fn put_back(&mut self, id: &RunId, play: usize, running: Play<'r>) {
        if let Some(slot) = self.contact.state.play_mut(id, play) {
            slot.running = Some(running);
        }
    }

    /// Lets a play take its steps until it waits or ends.
    fn go_on(&mut self, id: &RunId, play: usize) {
        let ready = |running: &mut Play<'r>| running.waiting.is_none();
        let Some(slot) = self.contact.state.play_mut(id, play) else { return };
        let Some(mut running) = slot.running.take_if(ready) else { return };
        loop {
            if self.overflow {
                return;
            }
            let flow = match running.stack.last_mut() {
                None => Flow::Stop,
                Some(Frame::Steps(steps, next)) => match steps.get(*next) {
                    Some(step) => {
                        *next += 1;
                        self.trail.mark(&step.id, None);
                        self.step(id, &running, step)
                    }
                    None => {
                        running.stack.pop();
                        Flow::On
                    }
                },
                Some(Frame::Rounds(repeat, round, started_ms)) => match self.next_round(id, repeat, *round, *started_ms) {
                    Round::Done => {
                        running.stack.pop();
                        Flow::On
                    }
                    Round::Wait(ms) => Flow::Wait(Waiting::Until(ms)),
                    Round::Begin => {
                        *round += 1;
                        *started_ms = self.now_ms;
                        Flow::Into(Frame::Steps(&repeat.steps, 0))
                    }
                },
            };
            match flow {
                Flow::On => {}
                Flow::Into(frame) => running.stack.push(frame),
                Flow::Wait(waiting) => {
                    running.waiting = Some(waiting);
                    self.put_back(id, play, running);
                    return;
                }
                Flow::Stop => {
                    self.finish(id, play);
                    return;
                }
            }
        }
    }

    /// What comes after a round of a `repeat` (or before the first).
    fn next_round(&self, id: &RunId, repeat: &Repeat, round: u32, started_ms: i64) -> Round {
        let next_ms = started_ms.saturating_add(repeat.every_ms);
        if round >= repeat.times {
            Round::Done
        } else if round > 0 && self.now_ms < next_ms {
            Round::Wait(next_ms)
        } else if repeat.until.as_ref().is_some_and(|until| self.view(id).holds(until)) {
            Round::Done
        } else {
            Round::Begin
        }
    }

    /// A play has reached its end.
    fn finish(&mut self, id: &RunId, play: usize) {
        if let Some(slot) = self.contact.state.play_mut(id, play) {
            slot.running = None;
            slot.finished = true;
        }
        if let Some(nurture) = self.nurture(id, play) {
            self.emit(id, Some(cause_of_play(nurture)), What::PlayFinished { play: nurture.name.clone() });
        }
        self.changed.runs.insert(id.clone());
        self.end_if_final(id);
    }

    /// The first of several conditions that holds already, without a trigger.
    pub fn first_that_holds<'c>(&self, id: &RunId, mut conditions: impl Iterator<Item = &'c Condition>) -> Option<usize> {
        let view = self.view(id);
        conditions.position(|when| view.holds(when))
    }
}

enum Round {
    Done,
    Wait(i64),
    Begin,
}
