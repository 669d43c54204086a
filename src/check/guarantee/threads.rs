//! A nurture as places one after the other, with what each pass between them asks and does.
//!
//! Like the points of a curve (`points`), but with what a branch asks, and with what steps set and record. One place stands for all
//! ends: nobody goes on from it. Passes that ask nothing, take no time and do nothing are left out.
//! Readings: those of `points`; a repetition of many rounds goes round as often as it likes.

use super::{
    points::{Built, Setting, TooLong, in_turn},
    spans::NEVER,
};
use crate::model::{AttributeId, Condition, EventId, Literal, MessageId, Nurture, Repeat, Start, Step, StepKind, Wait};

/// A nurture with more places than this is not followed.
const PLACES_MAX: usize = 200;

/// So many rounds are followed one by one.
const ROUNDS_MAX: u32 = 12;

/// Where all ends are.
pub const END: usize = 0;

/// What is done on the way from one place to the next.
#[derive(Clone, Copy, Debug)]
pub enum Act<'m> {
    Nothing,
    Sends(MessageId),
    Sets(AttributeId, &'m Literal),
    Records(EventId),
}

/// A way from one place to another.
#[derive(Clone, Debug)]
pub struct Leg<'m> {
    pub to: usize,
    pub least_ms: i64,
    pub most_ms: i64,
    pub act: Act<'m>,
    /// What must be so, or must not.
    pub asks: Vec<(&'m Condition, bool)>,
}

impl Leg<'_> {
    fn is_plain(&self) -> bool {
        self.most_ms == 0 && self.asks.is_empty() && matches!(self.act, Act::Nothing)
    }
}

/// A nurture in its places.
#[derive(Clone, Debug)]
pub struct Thread<'m> {
    pub start: &'m Start,
    pub first: usize,
    pub legs: Vec<Vec<Leg<'m>>>,
}

/// What matters of what steps do.
pub type Matters<'a> = &'a dyn Fn(&Act<'_>) -> bool;

impl<'m> Thread<'m> {
    /// The places of a nurture; nothing where it does nothing that matters.
    pub fn new(setting: &Setting<'_, 'm>, nurture: &'m Nurture, matters: Matters<'_>) -> Result<Option<Self>, TooLong> {
        if let Start::When(when) | Start::EachTime(when) = &nurture.start
            && !setting.may_hold(when)
        {
            return Ok(None);
        }
        let mut weaver = Weaver { setting, matters, legs: vec![Vec::new(), Vec::new()], acts: false };
        weaver.steps(&nurture.steps, 1)?;
        Ok(weaver.acts.then(|| weaver.thread(&nurture.start)))
    }

    /// The legs from a place.
    pub fn from(&self, place: usize) -> &[Leg<'m>] {
        self.legs.get(place).map_or(&[], Vec::as_slice)
    }

    /// How long one is in a place at most.
    pub fn most(&self, place: usize) -> i64 {
        self.from(place).iter().map(|leg| leg.most_ms).max().unwrap_or(NEVER)
    }

    /// The largest time that anybody asks for in a place; nothing where none is asked for.
    pub fn asked(&self, place: usize) -> Option<i64> {
        if self.most(place) == 0 {
            return None;
        }
        let times = self.from(place).iter().flat_map(|leg| [Some(leg.least_ms).filter(|ms| *ms > 0), Some(leg.most_ms)]);
        times.flatten().filter(|ms| *ms < NEVER).max()
    }
}

struct Weaver<'s, 'c, 'm> {
    setting: &'s Setting<'c, 'm>,
    matters: Matters<'s>,
    legs: Vec<Vec<Leg<'m>>>,
    acts: bool,
}

impl<'m> Weaver<'_, '_, 'm> {
    fn place(&mut self) -> Result<usize, TooLong> {
        if self.legs.len() >= PLACES_MAX {
            return Err(TooLong);
        }
        self.legs.push(Vec::new());
        Ok(self.legs.len() - 1)
    }

    fn lead(&mut self, from: usize, leg: Leg<'m>) {
        if let Some(list) = self.legs.get_mut(from) {
            list.push(leg);
        }
    }

    fn joined(&mut self, from: usize, to: usize, (least_ms, most_ms): (i64, i64), asks: Vec<(&'m Condition, bool)>) {
        self.lead(from, Leg { to, least_ms, most_ms, act: Act::Nothing, asks });
    }

    fn pass(&mut self, from: usize, (least_ms, most_ms): (i64, i64), act: Act<'m>) -> Built {
        let to = self.place()?;
        self.lead(from, Leg { to, least_ms, most_ms, act, asks: Vec::new() });
        Ok(Some(to))
    }

    /// A pass that does something, where that matters.
    fn does(&mut self, from: usize, time: (i64, i64), act: Act<'m>) -> Built {
        let matters = (self.matters)(&act);
        self.acts |= matters;
        match (matters, time) {
            (true, _) => self.pass(from, time, act),
            (false, (0, 0)) => Ok(Some(from)),
            (false, _) => self.pass(from, time, Act::Nothing),
        }
    }

    fn steps(&mut self, steps: &'m [Step], from: usize) -> Built {
        in_turn(steps, from, |step, at| self.step(step, at))
    }

    /// Steps behind a pass, with a place that several of these lead to.
    fn branch(
        &mut self,
        steps: &'m [Step],
        from: usize,
        time: (i64, i64),
        asks: Vec<(&'m Condition, bool)>,
        end: usize,
    ) -> Result<bool, TooLong> {
        let begin = self.place()?;
        self.joined(from, begin, time, asks);
        let out = self.steps(steps, begin)?;
        out.into_iter().for_each(|last| self.joined(last, end, (0, 0), Vec::new()));
        Ok(out.is_some())
    }

    fn step(&mut self, step: &'m Step, at: usize) -> Built {
        if !self.setting.facts.sites().steps.contains(&step.span) {
            return Ok(None);
        }
        match &step.kind {
            // Nobody who comes to it has consent.
            StepKind::Send { .. } if !self.setting.may_send(step) => Ok(Some(at)),
            StepKind::Send { message: Some(message), .. } => self.does(at, (0, self.setting.held_ms(*message)), Act::Sends(*message)),
            StepKind::Set { attribute: Some(id), value } => match &value.kind {
                crate::model::TermKind::Literal(literal) => self.does(at, (0, 0), Act::Sets(*id, literal)),
                _ => Ok(Some(at)),
            },
            StepKind::Record { event: Some(event), .. } => self.does(at, (0, 0), Act::Records(*event)),
            StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
                let end = self.place()?;
                let mut goes_on = self.branch(otherwise, at, (*up_to_ms, *up_to_ms), Vec::new(), end)?;
                for arm in arms.iter().filter(|arm| self.setting.may_hold(&arm.when)) {
                    goes_on |= self.branch(&arm.steps, at, (0, *up_to_ms), Vec::new(), end)?;
                }
                Ok(goes_on.then_some(end))
            }
            StepKind::Wait(wait) => self.pass(at, self.setting.wait_ms(wait), Act::Nothing),
            StepKind::If { branches, otherwise, .. } => {
                let end = self.place()?;
                let mut asks: Vec<(&'m Condition, bool)> = Vec::new();
                let mut goes_on = false;
                for branch in branches {
                    if self.setting.may_hold(&branch.when) {
                        let own = asks.iter().copied().chain([(&branch.when, true)]).collect();
                        goes_on |= self.branch(&branch.steps, at, (0, 0), own, end)?;
                    }
                    asks.push((&branch.when, false));
                }
                goes_on |= self.branch(otherwise, at, (0, 0), asks, end)?;
                Ok(goes_on.then_some(end))
            }
            StepKind::Split(split) => {
                let end = self.place()?;
                let mut goes_on = false;
                for arm in &split.arms {
                    goes_on |= self.branch(&arm.steps, at, (0, 0), Vec::new(), end)?;
                }
                Ok(goes_on.then_some(end))
            }
            StepKind::Repeat(repeat) => self.repeat(repeat, at),
            StepKind::Stop => Ok(None),
            StepKind::Send { message: None, .. }
            | StepKind::Act { .. }
            | StepKind::Set { attribute: None, .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { event: None, .. } => Ok(Some(at)),
        }
    }

    fn repeat(&mut self, repeat: &'m Repeat, at: usize) -> Built {
        if repeat.times == 0 {
            return Ok(Some(at));
        }
        let gap = self.setting.gap(repeat);
        let out = self.place()?;
        let mut goes_on = false;
        let mut begin = self.place()?;
        self.joined(at, begin, (0, 0), Vec::new());
        for round in 1..=repeat.times.min(ROUNDS_MAX) {
            if repeat.until.is_some() {
                goes_on = true;
                self.joined(begin, out, (0, 0), Vec::new());
            }
            let Some(end) = self.steps(&repeat.steps, begin)? else { break };
            if repeat.times > ROUNDS_MAX {
                self.joined(end, begin, gap, Vec::new());
            }
            if repeat.times > ROUNDS_MAX || round == repeat.times {
                goes_on = true;
                self.joined(end, out, (0, 0), Vec::new());
                break;
            }
            begin = self.pass(end, gap, Act::Nothing)?.unwrap_or(end);
        }
        Ok(goes_on.then_some(out))
    }

    /// The thread, without passes that are nothing.
    fn thread(self, start: &'m Start) -> Thread<'m> {
        let Self { mut legs, .. } = self;
        let next: Vec<usize> = legs
            .iter()
            .enumerate()
            .map(|(at, list)| match list.as_slice() {
                [] => END,
                [one] if one.is_plain() => one.to,
                _ => at,
            })
            .collect();
        let last = |at: usize| {
            let mut at = at;
            // A round of nothing but nothing is gone once at most.
            for _ in 0..next.len() {
                let ahead = next.get(at).copied().unwrap_or(END);
                if ahead == at {
                    break;
                }
                at = ahead;
            }
            at
        };
        legs.iter_mut().flatten().for_each(|leg| leg.to = last(leg.to));
        Thread { start, first: last(1), legs }
    }
}
