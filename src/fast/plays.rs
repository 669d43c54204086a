//! Step 3: what wakes and starts nurtures, and how they go on, as the reference does it.

use super::{
    moves::cause_of_play,
    out::Told,
    program::{Clause, Does, Id, StartOf},
    state::{ClockState, Frame, Play, Waiting},
    timers::Fires,
    turn::{Impulse, Trigger, Turn},
};

/// How a step leaves its play.
pub enum Flow {
    /// On to the next step.
    On,
    /// Into a block.
    Into(Frame),
    /// It waits.
    Wait(Waiting),
    /// It ends.
    Stop,
}

enum Round {
    Done,
    Wait(i64),
    Begin,
}

impl<'p> Turn<'_, 'p> {
    /// Wakes and starts what the impulse concerns, then lets each nurture of the run go on.
    pub fn nurture_run(&mut self, place: usize, impulse: Impulse<'_>) {
        if !self.program.keeps_rest || self.slot(place).stage().is_none() {
            return;
        }
        let plays = self.more(place).plays.len();
        for play in 0..plays {
            self.wake(place, play, impulse);
        }
        for play in 0..plays {
            if self.overflow {
                return;
            }
            self.go_on(place, play);
        }
    }

    fn wake(&mut self, place: usize, play: usize, impulse: Impulse<'_>) {
        let Some(nurture) = self.nurture(place, play) else { return };
        match nurture.start {
            StartOf::EachTime(when) if self.starts(place, play, when, impulse, true) => {
                self.cut_off(place, play, cause_of_play(nurture));
                self.begin(place, play, nurture);
            }
            StartOf::When(when) if !self.has_begun(place, play) && self.starts(place, play, when, impulse, false) => {
                self.begin(place, play, nurture);
            }
            StartOf::Entry | StartOf::When(_) | StartOf::EachTime(_) => self.wake_wait(place, play, impulse),
        }
    }

    fn has_begun(&self, place: usize, play: usize) -> bool {
        self.slot(place).stage().is_some() && self.more(place).plays.get(play).is_some_and(|play| play.starts > 0)
    }

    fn starts(&self, place: usize, play: usize, when: Id, impulse: Impulse<'_>, by_trigger: bool) -> bool {
        let root = &self.program.roots[when as usize];
        let trigger = self.trigger(place, impulse, Some(Clause::Start(play as u16)), Some(root));
        let view = self.seeing(place, trigger);
        if by_trigger { view.triggered(root.condition) } else { view.asks(root) }
    }

    /// Ends the wait of a play, if it is over.
    fn wake_wait(&mut self, place: usize, play: usize, impulse: Impulse<'_>) {
        if self.slot(place).stage().is_none() {
            return;
        }
        let Some(mut running) = self.more_mut(place).plays.get_mut(play).and_then(|slot| slot.running.take()) else { return };
        let over = matches!(impulse, Impulse::Timer(timer) if timer.place == place && timer.fires == Fires::Wait(play));
        let mut stopped = false;
        match running.waiting.take() {
            Some(Waiting::Arms(step, deadline_ms, clocks)) => {
                let (arms, otherwise) = self.program.arms(step);
                let open = arms.iter().enumerate().position(|(at, (when, _))| self.arm_opens(place, play, impulse, at, *when));
                match open.or(over.then_some(arms.len())) {
                    Some(at) => running.stack.push(Frame::Steps(arms.get(at).map_or(otherwise, |(_, block)| *block), 0)),
                    None => running.waiting = Some(Waiting::Arms(step, deadline_ms, clocks)),
                }
            }
            Some(Waiting::Held(held)) if over => running.waiting = self.decide(place, held.request),
            Some(Waiting::Instant(step)) if over => {
                if let Does::WaitInstant(instant, past_stops) = self.program.steps[step as usize].does {
                    let past = self.view(place).instant(instant).is_none_or(|ms| ms < self.now_ms);
                    stopped = past && past_stops;
                }
            }
            Some(Waiting::Until(_) | Waiting::Days(..) | Waiting::Clock(..)) if over => {}
            waiting => running.waiting = waiting,
        }
        if stopped {
            self.finish(place, play);
        } else {
            self.put_back(place, play, running);
        }
    }

    fn arm_opens(&self, place: usize, play: usize, impulse: Impulse<'_>, at: usize, when: Id) -> bool {
        let root = &self.program.roots[when as usize];
        let mut trigger = self.trigger(place, impulse, None, None);
        if let Impulse::Timer(timer) = impulse
            && let Fires::ArmClock(fired, arm, clock) = timer.fires
            && timer.place == place
            && fired == play
        {
            trigger.clock = if arm == at { root.clocks.get(clock).copied() } else { None };
        }
        self.seeing(place, trigger).asks(root)
    }

    fn put_back(&mut self, place: usize, play: usize, running: Play) {
        if self.slot(place).stage().is_some()
            && let Some(slot) = self.more_mut(place).plays.get_mut(play)
        {
            slot.running = Some(running);
        }
    }

    /// Lets a play take its steps until it waits or ends.
    fn go_on(&mut self, place: usize, play: usize) {
        if self.slot(place).stage().is_none() {
            return;
        }
        let ready = |running: &mut Play| running.waiting.is_none();
        let Some(slot) = self.more_mut(place).plays.get_mut(play) else { return };
        let Some(mut running) = slot.running.take_if(ready) else { return };
        loop {
            if self.overflow {
                return;
            }
            match self.next(place, &mut running) {
                Flow::On => {}
                Flow::Into(frame) => running.stack.push(frame),
                Flow::Wait(waiting) => {
                    running.waiting = Some(waiting);
                    self.put_back(place, play, running);
                    return;
                }
                Flow::Stop => {
                    self.finish(place, play);
                    return;
                }
            }
        }
    }

    /// The next step of a play.
    fn next(&mut self, place: usize, running: &mut Play) -> Flow {
        let program = self.program;
        match running.stack.last_mut() {
            None => Flow::Stop,
            Some(Frame::Steps(block, next)) => match program.blocks[*block as usize].get(*next as usize) {
                Some(step) => {
                    *next += 1;
                    self.step(place, running, *step)
                }
                None => {
                    running.stack.pop();
                    Flow::On
                }
            },
            Some(Frame::Rounds(step, round, started_ms)) => {
                let Does::Repeat(times, every_ms, until, block) = program.steps[*step as usize].does else { return Flow::Stop };
                match self.next_round(place, (times, every_ms, until), *round, *started_ms) {
                    Round::Done => {
                        running.stack.pop();
                        Flow::On
                    }
                    Round::Wait(ms) => Flow::Wait(Waiting::Until(ms)),
                    Round::Begin => {
                        *round += 1;
                        *started_ms = self.now_ms;
                        Flow::Into(Frame::Steps(block, 0))
                    }
                }
            }
        }
    }

    /// What comes after a round of a `repeat` (or before the first).
    fn next_round(&self, place: usize, repeat: (u32, i64, Option<Id>), round: u32, started_ms: i64) -> Round {
        let (times, every_ms, until) = repeat;
        let next_ms = started_ms.saturating_add(every_ms);
        if round >= times {
            Round::Done
        } else if round > 0 && self.now_ms < next_ms {
            Round::Wait(next_ms)
        } else if until.is_some_and(|until| self.view(place).asks(&self.program.roots[until as usize])) {
            Round::Done
        } else {
            Round::Begin
        }
    }

    /// A play has reached its end.
    fn finish(&mut self, place: usize, play: usize) {
        if self.slot(place).stage().is_some()
            && let Some(slot) = self.more_mut(place).plays.get_mut(play)
        {
            slot.running = None;
            slot.finished = true;
        }
        if let Some(nurture) = self.nurture(place, play) {
            self.emit(place, Some(cause_of_play(nurture)), Told::PlayFinished(&nurture.nurture.name));
        }
        self.changed.places.push(place);
        self.end_if_final(place);
    }

    /// Whether an arm opens when its wait begins: without a trigger, or by an instant that is now or past and opens.
    pub fn holds_already(&self, place: usize, when: Id, clocks: &[ClockState]) -> bool {
        let root = &self.program.roots[when as usize];
        let is_now = |clock: &ClockState| clock.due_ms.is_some_and(|due_ms| due_ms <= self.now_ms);
        let come = root.clocks.iter().zip(clocks).filter(|(_, clock)| is_now(clock)).map(|(atom, _)| Some(*atom));
        let mut clocks = std::iter::once(None).chain(come);
        clocks.any(|clock| self.seeing(place, Trigger { event: false, clock }).asks(root))
    }
}
