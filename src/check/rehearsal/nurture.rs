//! Nurtures and their steps.

use super::{
    Hub,
    condition::{Folded, Sight},
    search::{Go, Rehearsal, Start, Stop},
    state::{Echo, Frame, Key, Mode, Play, Trigger, Waiting, What, Worth},
    term::Value,
};
use crate::{
    model::{
        AttributeId, Condition, EventId, EventTest, FunnelId, Literal, MessageId, Repeat, ScoreRule, StageId, Start as Begins, Step,
        StepKind, Term, Type, Wait,
    },
    units::Number,
};

/// What a silent world does with our messages where it reacts at once.
pub const ECHOED: [&str; 3] = ["delivered", "opened", "clicked"];

enum Flow<'m> {
    On,
    Into(Frame<'m>),
    Wait(Waiting<'m>),
    Stop,
}

impl<'m> Rehearsal<'_, '_, 'm> {
    /// Wakes and starts what is concerned, then lets each nurture of the run go on.
    pub fn nurture_run(&mut self, funnel: FunnelId, trigger: Trigger) -> Go<()> {
        let count = self.places.get(&funnel).map_or(0, |place| place.plays.len());
        for at in 0..count {
            self.wake(funnel, at, trigger)?;
        }
        for at in 0..count {
            self.go_on(funnel, at)?;
        }
        Ok(())
    }

    fn wake(&mut self, funnel: FunnelId, at: usize, trigger: Trigger) -> Go<()> {
        let model = self.world.context.model;
        let Some((stage, slot)) = self.places.get(&funnel).and_then(|place| Some((place.stage?, place.plays.get(at)?))) else {
            return Ok(());
        };
        let begun = slot.begun;
        let Some(nurture) = model.stages[stage].nurtures.get(at) else { return Ok(()) };
        match &nurture.start {
            Begins::EachTime(when) => {
                if self.triggered(funnel, when, Trigger { clock: false, ..trigger })? {
                    return self.begin(funnel, stage, at, trigger);
                }
            }
            Begins::When(when) if !begun => {
                if self.holds(funnel, when, Trigger { clock: false, ..trigger })? {
                    return self.begin(funnel, stage, at, trigger);
                }
            }
            Begins::When(_) | Begins::Entry => {}
        }
        self.wake_wait(funnel, at, trigger)
    }

    fn wake_wait(&mut self, funnel: FunnelId, at: usize, trigger: Trigger) -> Go<()> {
        let Some(Waiting::Arms { arms, .. }) = self.waiting(funnel, at) else { return Ok(()) };
        let arms = arms.clone();
        for (when, steps) in arms {
            if self.holds(funnel, when, trigger)? {
                self.resume(funnel, at, steps);
                return Ok(());
            }
        }
        Ok(())
    }

    pub fn waiting(&self, funnel: FunnelId, at: usize) -> Option<&Waiting<'m>> {
        self.places.get(&funnel)?.plays.get(at)?.running.as_ref()?.waiting.as_ref()
    }

    /// Ends a wait, and goes on with these steps.
    pub fn resume(&mut self, funnel: FunnelId, at: usize, steps: &'m [Step]) {
        let slot = self.places.get_mut(&funnel).and_then(|place| place.plays.get_mut(at));
        if let Some(running) = slot.and_then(|slot| slot.running.as_mut()) {
            running.waiting = None;
            running.stack.push(Frame::Steps(steps, 0));
        }
    }

    /// A nurture begins.
    pub fn begin(&mut self, funnel: FunnelId, stage: StageId, at: usize, by: Trigger) -> Go<()> {
        let model = self.world.context.model;
        let Some(nurture) = model.stages[stage].nurtures.get(at) else { return Ok(()) };
        if let Some(slot) = self.places.get_mut(&funnel).and_then(|place| place.plays.get_mut(at)) {
            slot.begun = true;
            slot.running = Some(Play { stack: vec![Frame::Steps(&nurture.steps, 0)], waiting: None });
        }
        let event = if nurture.start == Begins::Entry { None } else { self.name_of(by) };
        self.tell(funnel, What::Begins { stage, nurture: at, event });
        if self.start == Start::Play(stage, at) {
            self.returned()?;
        }
        Ok(())
    }

    fn go_on(&mut self, funnel: FunnelId, at: usize) -> Go<()> {
        let taken = self.places.get_mut(&funnel).and_then(|place| place.plays.get_mut(at));
        let Some(mut running) = taken.and_then(|slot| slot.running.take_if(|play| play.waiting.is_none())) else { return Ok(()) };
        loop {
            self.steps += 1;
            self.within_budget()?;
            let flow = match running.stack.last_mut() {
                None => Flow::Stop,
                Some(Frame::Steps(steps, next)) => match steps.get(*next) {
                    Some(step) => {
                        *next += 1;
                        self.step(funnel, step)?
                    }
                    None => {
                        running.stack.pop();
                        Flow::On
                    }
                },
                Some(Frame::Rounds(repeat, round, started)) => {
                    let (repeat, round_now, started_now) = (*repeat, *round, *started);
                    match self.next_round(funnel, repeat, round_now, started_now)? {
                        Flow::Into(frame) => {
                            (*round, *started) = (round_now + 1, self.now);
                            Flow::Into(frame)
                        }
                        Flow::On => {
                            running.stack.pop();
                            Flow::On
                        }
                        flow @ (Flow::Wait(_) | Flow::Stop) => flow,
                    }
                }
            };
            match flow {
                Flow::On => {}
                Flow::Into(frame) => running.stack.push(frame),
                Flow::Wait(waiting) => {
                    running.waiting = Some(waiting);
                    if let Some(slot) = self.places.get_mut(&funnel).and_then(|place| place.plays.get_mut(at)) {
                        slot.running = Some(running);
                    }
                    return Ok(());
                }
                Flow::Stop => {
                    if let Some(slot) = self.places.get_mut(&funnel).and_then(|place| place.plays.get_mut(at)) {
                        slot.finished = true;
                    }
                    self.changed = true;
                    self.tell(funnel, What::Finishes);
                    return self.end_if_final(funnel);
                }
            }
        }
    }

    fn next_round(&mut self, funnel: FunnelId, repeat: &'m Repeat, round: u32, started: i64) -> Go<Flow<'m>> {
        let next = started.saturating_add(repeat.every_ms);
        if round >= repeat.times {
            return Ok(Flow::On);
        }
        if round > 0 && self.now < next {
            return Ok(Flow::Wait(Waiting::Until(next)));
        }
        match &repeat.until {
            Some(until) if self.holds(funnel, until, Trigger::default())? => Ok(Flow::On),
            Some(_) | None => Ok(Flow::Into(Frame::Steps(&repeat.steps, 0))),
        }
    }

    fn step(&mut self, funnel: FunnelId, step: &'m Step) -> Go<Flow<'m>> {
        match &step.kind {
            StepKind::Send { message, .. } => {
                if let Some(message) = message {
                    self.send(funnel, *message, step)?;
                }
                Ok(Flow::On)
            }
            StepKind::Act { .. } => Ok(Flow::On),
            StepKind::Wait(wait) => self.wait(funnel, wait),
            StepKind::If { branches, otherwise, has_else: _ } => {
                for branch in branches {
                    if self.holds(funnel, &branch.when, Trigger::default())? {
                        return Ok(Flow::Into(Frame::Steps(&branch.steps, 0)));
                    }
                }
                Ok(Flow::Into(Frame::Steps(otherwise, 0)))
            }
            StepKind::Split(split) => {
                let arms = u32::try_from(split.arms.len()).unwrap_or(1);
                let at = self.choose(arms)?;
                self.arms.push((split.name.clone(), split.arms.get(at as usize).map(|arm| arm.name.clone()).unwrap_or_default()));
                Ok(split.arms.get(at as usize).map_or(Flow::On, |arm| Flow::Into(Frame::Steps(&arm.steps, 0))))
            }
            StepKind::Repeat(repeat) => Ok(Flow::Into(Frame::Rounds(repeat, 0, self.now))),
            StepKind::Set { attribute, value } => {
                if let Some(attribute) = attribute {
                    let asked = self.asked.contains(attribute);
                    self.set(funnel, *attribute, value, step)?;
                    // A counter that counts on asks for itself; it matters where something else does.
                    if !asked {
                        self.asked.remove(attribute);
                    }
                }
                Ok(Flow::On)
            }
            StepKind::Add { attribute, value } | StepKind::Remove { attribute, value } => {
                if let Some(attribute) = attribute {
                    let add = matches!(step.kind, StepKind::Add { .. });
                    self.change_list(funnel, *attribute, value, add, step)?;
                }
                Ok(Flow::On)
            }
            StepKind::Record { event, arguments } => {
                if let Some(event) = event {
                    let mut values = Vec::new();
                    for argument in arguments {
                        let worth = worth_of(self.value(Some(funnel), None, &argument.value)?, None);
                        values.push((argument.name.clone(), worth));
                    }
                    self.tell(funnel, What::Records { event: *event, step });
                    self.echoes.push_back(Echo { event: *event, message: None, values, outside: false });
                }
                Ok(Flow::On)
            }
            StepKind::Stop => Ok(Flow::Stop),
        }
    }

    fn wait(&mut self, funnel: FunnelId, wait: &'m Wait) -> Go<Flow<'m>> {
        match wait {
            Wait::For { ms } => Ok(Flow::Wait(Waiting::Until(self.now.saturating_add(*ms)))),
            Wait::CalendarDays { days } => {
                Ok(Flow::Wait(Waiting::Until(self.now.saturating_add(i64::from(*days).saturating_mul(super::time::DAY_MS)))))
            }
            Wait::Clock { weekday, at } => Ok(Flow::Wait(Waiting::Until(super::time::next_clock(self.now, *weekday, *at)))),
            Wait::Instant { past_stops, .. } => {
                self.choices.unsure = true;
                Ok(if *past_stops && self.has_time() { Flow::Stop } else { Flow::On })
            }
            Wait::Until { when, up_to_ms } => {
                if self.holds(funnel, when, Trigger::default())? {
                    return Ok(Flow::On);
                }
                let deadline = self.now.saturating_add(*up_to_ms);
                Ok(Flow::Wait(Waiting::Arms { since: self.now, deadline, arms: vec![(when, &[])], otherwise: &[] }))
            }
            Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: _ } => {
                for arm in arms {
                    if self.holds(funnel, &arm.when, Trigger::default())? {
                        return Ok(Flow::Into(Frame::Steps(&arm.steps, 0)));
                    }
                }
                Ok(Flow::Wait(Waiting::arms(self.now, *up_to_ms, arms, otherwise)))
            }
        }
    }

    /// Asks for a message; without consent, or over a cap that this rehearsal has used up, nothing is sent.
    fn send(&mut self, funnel: FunnelId, message: MessageId, step: &'m Step) -> Go<()> {
        let model = self.world.context.model;
        let declared = &model.messages[message];
        if let Some(channel) = declared.channel.map(|id| &model.channels[id]).filter(|_| !declared.transactional) {
            if let Some(flag) = channel.needs
                && !self.consents(funnel, flag, step)?
            {
                return Ok(());
            }
            let counted = |within_ms: i64| {
                let recent = self.sent.iter().filter(|(at, _)| *at > self.now.saturating_sub(within_ms));
                recent.filter(|(_, sent)| model.messages[*sent].channel == declared.channel && !model.messages[*sent].transactional).count()
            };
            if channel.caps.iter().any(|cap| counted(cap.within_ms) >= cap.count as usize) {
                self.capped = true;
                return Ok(());
            }
        }
        self.sent.push((self.now, message));
        self.tell(funnel, What::Sends { message, step });
        let name = declared.name.text.clone();
        let values = vec![("message".into(), Worth::Known(Literal::Text(name))), ("request".into(), Worth::Unknown)];
        let echo = |event: EventId, outside: bool| Echo { event, message: Some(message), values: values.clone(), outside };
        let named = |name: &str| model.events.iter().find(|(_, event)| event.about_message && event.name.text == name).map(|(id, _)| id);
        self.echoes.extend(named("sent").map(|id| echo(id, false)));
        if self.mode == Mode::Scanner {
            self.echoes.extend(ECHOED.iter().filter_map(|name| named(name)).map(|id| echo(id, true)));
        }
        Ok(())
    }

    fn consents(&mut self, funnel: FunnelId, flag: AttributeId, step: &Step) -> Go<bool> {
        let attribute = &self.world.context.model.attributes[flag];
        let span = attribute.name.span.unwrap_or(step.span);
        let term = |kind, optional| Term { span, kind, ty: Type::Flag, optional };
        let kind = crate::model::ConditionKind::Compare {
            left: term(crate::model::TermKind::Attribute(flag), attribute.optional),
            op: crate::model::CompareOp::Equal,
            right: term(crate::model::TermKind::Literal(Literal::Flag(true)), false),
        };
        self.holds(funnel, &Condition { span, kind }, Trigger::default())
    }

    fn set(&mut self, funnel: FunnelId, attribute: AttributeId, value: &Term, step: &'m Step) -> Go<()> {
        let value = self.value(Some(funnel), None, value)?;
        let optional = self.world.context.model.attributes[attribute].optional;
        if matches!(value, Value::Missing) && !optional {
            return Ok(());
        }
        self.put(funnel, attribute, worth_of(value, Some(attribute)), step)
    }

    fn put(&mut self, funnel: FunnelId, attribute: AttributeId, worth: Worth, step: &'m Step) -> Go<()> {
        let key = Key::Attribute(attribute);
        self.tell(funnel, What::Sets { attribute, worth: worth.clone(), step });
        if self.env.get(&key) != Some(&worth) {
            self.env.insert(key, worth);
            self.changed = true;
            self.concern(Hub::Attribute(attribute))?;
        }
        Ok(())
    }

    fn change_list(&mut self, funnel: FunnelId, attribute: AttributeId, value: &Term, add: bool, step: &'m Step) -> Go<()> {
        let item = self.value(Some(funnel), None, value)?;
        let worth = match (self.env.get(&Key::Attribute(attribute)), item) {
            (Some(Worth::Known(Literal::List(list))), Value::Known(item)) => {
                let mut list = list.clone();
                list.retain(|known| *known != item);
                if add {
                    list.push(item);
                }
                Worth::Known(Literal::List(list))
            }
            _ => Worth::Unknown,
        };
        self.put(funnel, attribute, worth, step)
    }

    /// What an event changes in the scores.
    pub fn score(&mut self, at: usize) -> Go<()> {
        let model = self.world.context.model;
        for (id, score) in model.scores.iter() {
            for line in &score.lines {
                let ScoreRule::Event(test) = &line.rule else { continue };
                let sight = Sight { funnel: None, trigger: Trigger::default(), subject: None };
                let key = Key::Score(id);
                let now = match self.env.get(&key) {
                    Some(now) => now.clone(),
                    None => self.one_of(Worth::Known(Literal::Number(Number::ZERO)), vec![Worth::Shifted(Number::ZERO)])?,
                };
                let worth = match (self.fits(sight, test, at)?, now) {
                    (Folded::No, _) => continue,
                    (Folded::Yes, Worth::Shifted(by)) => by.checked_add(line.points).map_or(Worth::Unknown, Worth::Shifted),
                    (Folded::Yes, Worth::Known(Literal::Number(now))) => {
                        now.checked_add(line.points).map_or(Worth::Unknown, |sum| Worth::Known(Literal::Number(sum)))
                    }
                    (Folded::Yes | Folded::Maybe(_) | Folded::Unsure, _) => Worth::Unknown,
                };
                self.env.insert(key, worth);
            }
        }
        Ok(())
    }

    /// Whether an event of the rehearsal is one of the test, as far as can be said.
    pub fn fits_surely(&mut self, funnel: FunnelId, test: &EventTest, at: usize) -> Go<bool> {
        let sight = Sight { funnel: Some(funnel), trigger: Trigger::default(), subject: None };
        match self.fits(sight, test, at)? {
            Folded::Yes => Ok(true),
            Folded::No => Ok(false),
            Folded::Maybe(rest) => self.decide(rest),
            Folded::Unsure => self.guess(),
        }
    }

    /// One of so many answers.
    pub fn choose(&mut self, options: u32) -> Go<u32> {
        self.choices.choose(options).ok_or(Stop::Budget)
    }

    /// Whether something holds that is not known yet.
    pub fn decide(&mut self, it: Condition) -> Go<bool> {
        self.steps += 4;
        self.choices.decide(self.world, it).ok_or(Stop::Budget)
    }

    /// Either answer.
    pub fn guess(&mut self) -> Go<bool> {
        self.choices.guess().ok_or(Stop::Budget)
    }
}

fn worth_of(value: Value, of: Option<AttributeId>) -> Worth {
    use crate::model::TermKind;
    match value {
        Value::Known(literal) => Worth::Known(literal),
        Value::Missing => Worth::Missing,
        Value::Free(term) if of.is_some_and(|id| term.kind == TermKind::Attribute(id)) => Worth::Shifted(Number::ZERO),
        Value::Shifted(term, by) if of.is_some_and(|id| term.kind == TermKind::Attribute(id)) => Worth::Shifted(by),
        Value::Free(_) | Value::Shifted(..) | Value::Unknown => Worth::Unknown,
    }
}
