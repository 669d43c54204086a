//! A nurture as points in time, and what it can send how soon and how late.
//!
//! Each pass from one point to the next takes at least and at most so long; a send is a pass of its own. Points stand in
//! their order, so passes lead forwards alone: repetitions are unrolled as far as counting goes.
//! Readings: a wait for an answer may be over at once; a message held by quiet hours holds what stands behind it, so waits
//! count from the real sending; without a zone that is fixed, nobody knows how late a clock can strike.

use super::{route::Hop, spans::NEVER};
use crate::{
    facts::Facts,
    model::{AttributeId, Condition, ConditionKind, EventId, Keeper, MessageId, Model, Repeat, StageId, Step, StepKind, Wait},
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A day of the calendar differs from 24 hours at most by so much: clocks that change, days that are left out.
const SHIFT_MS: i64 = 26 * HOUR_MS;

/// More points than this are not looked at.
const POINTS_MAX: usize = 6_000;

/// A pass from a point to a later one.
#[derive(Clone, Copy, Debug)]
struct Pass {
    to: usize,
    least_ms: i64,
    most_ms: i64,
    does: Option<Deed>,
}

/// What a step does that can be counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    Sends(MessageId),
    Records(EventId),
}

/// What is the same for all nurtures of a program.
#[derive(Clone, Copy)]
pub struct Setting<'c, 'm> {
    pub model: &'m Model,
    pub facts: &'c Facts<'m>,
    /// Whether the zone of a contact, once known, stays.
    pub zone_is_fixed: bool,
}

impl<'c, 'm> Setting<'c, 'm> {
    pub fn new(model: &'m Model, facts: &'c Facts<'m>) -> Self {
        let zone = model.attributes.iter().find(|(_, attribute)| attribute.name.text == "timezone").map(|(id, _)| id);
        let is_fixed = |id: AttributeId| model.attributes[id].keeper == Keeper::Fixed;
        Self { model, facts, zone_is_fixed: zone.is_none_or(is_fixed) }
    }

    /// Whether a message may go out at a step: somebody comes to it who may have consent.
    pub fn may_send(&self, step: &Step) -> bool {
        self.facts.sites().sends.contains(&step.span)
    }

    /// How long a message may be held.
    pub fn held_ms(&self, message: MessageId) -> i64 {
        let it = &self.model.messages[message];
        let quiet = !it.transactional && it.channel.is_some_and(|channel| !self.model.channels[channel].quiet.is_empty());
        match (quiet, self.zone_is_fixed) {
            (false, _) => 0,
            // Held until the end of a quiet time, in the zone of the program and then once more in the contact's own.
            (true, true) => 2 * (DAY_MS + SHIFT_MS),
            (true, false) => NEVER,
        }
    }

    /// How long after coming to a stage a hop can be taken at the earliest.
    pub fn soonest(&self, stage: StageId, hop: &Hop<'_>) -> i64 {
        let delay = hop.after().filter(|_| !hop.of_funnel).map_or(0, |delay| delay.delay_ms);
        delay.max(hop.when().map_or(0, |when| self.soonest_of(stage, when)))
    }

    fn soonest_of(&self, stage: StageId, when: &Condition) -> i64 {
        match &when.kind {
            ConditionKind::Or(list) => list.iter().map(|it| self.soonest_of(stage, it)).min().unwrap_or(0),
            ConditionKind::And(list) => list.iter().map(|it| self.soonest_of(stage, it)).max().unwrap_or(0),
            ConditionKind::Finished(name) => {
                let nurture = self.model.stages[stage].nurtures.iter().find(|it| it.name == *name);
                nurture.map_or(0, |nurture| self.duration(&nurture.steps).0)
            }
            _ => 0,
        }
    }

    /// Whether somebody for whom a condition of a nurture holds comes to it.
    pub fn may_hold(&self, when: &Condition) -> bool {
        self.facts.sites().conditions.get(&when.span).is_none_or(|site| site.holds)
    }

    /// How long a wait takes at least and at most.
    pub fn wait_ms(&self, wait: &Wait) -> (i64, i64) {
        match wait {
            Wait::For { ms } => (*ms, *ms),
            Wait::CalendarDays { days } => {
                let exact = i64::from(*days).saturating_mul(DAY_MS);
                (exact.saturating_sub(SHIFT_MS).max(0), exact.saturating_add(SHIFT_MS))
            }
            Wait::Clock { weekday, .. } => {
                let period = if weekday.is_some() { 7 * DAY_MS } else { DAY_MS };
                (0, if self.zone_is_fixed { 2 * (period + SHIFT_MS) } else { NEVER })
            }
            Wait::Instant { .. } => (0, NEVER),
            Wait::Until { up_to_ms, .. } | Wait::Arms { up_to_ms, .. } => (0, *up_to_ms),
        }
    }

    /// How long one waits at least and at most between two rounds.
    pub fn gap(&self, repeat: &Repeat) -> (i64, i64) {
        let (least, most) = self.length(&repeat.steps).unwrap_or((0, NEVER));
        (repeat.every_ms.saturating_sub(most).max(0), repeat.every_ms.saturating_sub(least).max(0))
    }

    /// How long steps take at least and at most, for those who come out behind them; nothing where nobody does.
    pub fn length(&self, steps: &[Step]) -> Option<(i64, i64)> {
        steps.iter().try_fold((0, 0), |sum, step| self.length_of(step).map(|more| add(sum, more)))
    }

    fn length_of(&self, step: &Step) -> Option<(i64, i64)> {
        match &step.kind {
            StepKind::Send { .. } if !self.may_send(step) => Some((0, 0)),
            StepKind::Send { message, .. } => Some((0, message.map_or(0, |message| self.held_ms(message)))),
            StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
                let arms = arms.iter().filter_map(|arm| Some(add((0, *up_to_ms), self.length(&arm.steps)?)));
                let over = self.length(otherwise).map(|length| add((*up_to_ms, *up_to_ms), length));
                either(arms.chain(over))
            }
            StepKind::Wait(wait) => Some(self.wait_ms(wait)),
            StepKind::If { branches, otherwise, .. } => {
                either(branches.iter().map(|branch| &branch.steps).chain([otherwise]).filter_map(|steps| self.length(steps)))
            }
            StepKind::Split(split) => either(split.arms.iter().filter_map(|arm| self.length(&arm.steps))),
            StepKind::Repeat(repeat) => {
                let rounds = i64::from(repeat.times);
                let (least, most) = self.length(&repeat.steps).unwrap_or((0, 0));
                let more = rounds.saturating_sub(1).max(0);
                let least = least.saturating_add(more.saturating_mul(repeat.every_ms.max(least)));
                let most = if most == NEVER { NEVER } else { most.saturating_add(more.saturating_mul(repeat.every_ms.max(most))) };
                Some((if repeat.until.is_some() { 0 } else { least }, most))
            }
            StepKind::Stop => None,
            StepKind::Act { .. } | StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Remove { .. } | StepKind::Record { .. } => {
                Some((0, 0))
            }
        }
    }

    /// How long a nurture goes on at least and at most once it has begun, however it ends.
    pub fn duration(&self, steps: &[Step]) -> (i64, i64) {
        let mut ends = Vec::new();
        let through = self.ends(steps, (0, 0), &mut ends);
        either(ends.into_iter().chain(through)).unwrap_or((0, 0))
    }

    /// Goes through steps; where they stop is noted.
    fn ends(&self, steps: &[Step], at: (i64, i64), stops: &mut Vec<(i64, i64)>) -> Option<(i64, i64)> {
        let mut now = at;
        for step in steps {
            let blocks: Vec<(&[Step], (i64, i64))> = match &step.kind {
                StepKind::Stop => {
                    stops.push(now);
                    return None;
                }
                StepKind::Wait(Wait::Instant { past_stops: true, .. }) => {
                    stops.push(add(now, (0, NEVER)));
                    Vec::new()
                }
                StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
                    let over = (otherwise.as_slice(), add(now, (*up_to_ms, *up_to_ms)));
                    arms.iter().map(|arm| (arm.steps.as_slice(), add(now, (0, *up_to_ms)))).chain([over]).collect()
                }
                StepKind::If { branches, otherwise, .. } => {
                    branches.iter().map(|branch| branch.steps.as_slice()).chain([otherwise.as_slice()]).map(|steps| (steps, now)).collect()
                }
                StepKind::Split(split) => split.arms.iter().map(|arm| (arm.steps.as_slice(), now)).collect(),
                // A stop in any round ends it.
                StepKind::Repeat(repeat) => {
                    let most = self.length_of(step).map_or(NEVER, |(_, most)| most);
                    let mut inner = Vec::new();
                    self.ends(&repeat.steps, now, &mut inner);
                    stops.extend(inner.into_iter().map(|(least, latest)| (least, add((0, latest), (0, most)).1)));
                    Vec::new()
                }
                StepKind::Send { .. }
                | StepKind::Act { .. }
                | StepKind::Wait(_)
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. } => Vec::new(),
            };
            now = if blocks.is_empty() {
                add(now, self.length_of(step)?)
            } else {
                let through: Vec<_> = blocks.into_iter().filter_map(|(steps, at)| self.ends(steps, at, stops)).collect();
                either(through.into_iter())?
            };
        }
        Some(now)
    }
}

fn add(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}

fn either(all: impl Iterator<Item = (i64, i64)>) -> Option<(i64, i64)> {
    all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// What a nurture can send once it has begun, by count.
#[derive(Clone, Debug)]
pub struct Curve {
    /// From the beginning to the n-th message at least.
    pub head: Vec<i64>,
    /// From one message to the n-th from there (itself the first) at least.
    pub inside: Vec<i64>,
    /// The latest time since the beginning of a message with which so many go out still.
    pub latest: Vec<i64>,
    /// The messages one by one.
    pub sent: Vec<Sent>,
}

/// A step that sends what counts.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Since the beginning, at the earliest and at the latest.
    pub early: i64,
    pub late: i64,
    /// From it to the n-th message (itself the first) at least.
    pub soon: Vec<i64>,
}

/// A nurture that is too long to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct TooLong;

struct Builder<'s, 'c, 'm> {
    setting: &'s Setting<'c, 'm>,
    passes: Vec<Vec<Pass>>,
    rounds_max: usize,
    is_cut: bool,
}

/// The curve of the messages that count, up to `depth` of them.
pub fn curve(setting: &Setting<'_, '_>, steps: &[Step], counts: &dyn Fn(Deed) -> bool, depth: usize) -> Result<Curve, TooLong> {
    let mut builder = Builder { setting, passes: vec![Vec::new()], rounds_max: depth + 2, is_cut: false };
    builder.steps(steps, 0)?;
    Ok(builder.curve(counts, depth))
}

/// The place behind what was built; nothing where nobody goes on, an error where it is too long.
pub type Built = Result<Option<usize>, TooLong>;

/// Steps, one after the other, each from the place behind the one before.
pub fn in_turn<'m>(steps: &'m [Step], from: usize, mut build: impl FnMut(&'m Step, usize) -> Built) -> Built {
    let mut at = from;
    for step in steps {
        match build(step, at)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

impl Builder<'_, '_, '_> {
    fn point(&mut self) -> Result<usize, TooLong> {
        if self.passes.len() >= POINTS_MAX {
            return Err(TooLong);
        }
        self.passes.push(Vec::new());
        Ok(self.passes.len() - 1)
    }

    fn pass(&mut self, from: usize, (least_ms, most_ms): (i64, i64), does: Option<Deed>) -> Built {
        let to = self.point()?;
        self.lead(from, Pass { to, least_ms, most_ms, does });
        Ok(Some(to))
    }

    fn lead(&mut self, from: usize, pass: Pass) {
        if let Some(list) = self.passes.get_mut(from) {
            list.push(pass);
        }
    }

    /// One point behind several.
    fn join(&mut self, ends: &[usize]) -> Built {
        match ends {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            many => {
                let to = self.point()?;
                many.iter().for_each(|from| self.lead(*from, Pass { to, least_ms: 0, most_ms: 0, does: None }));
                Ok(Some(to))
            }
        }
    }

    fn steps(&mut self, steps: &[Step], from: usize) -> Built {
        in_turn(steps, from, |step, at| self.step(step, at))
    }

    fn step(&mut self, step: &Step, at: usize) -> Built {
        if !self.setting.facts.sites().steps.contains(&step.span) {
            return Ok(None);
        }
        match &step.kind {
            // Nobody who comes to it has consent.
            StepKind::Send { .. } if !self.setting.may_send(step) => Ok(Some(at)),
            StepKind::Send { message: Some(message), .. } => {
                let held = self.setting.held_ms(*message);
                self.pass(at, (0, held), Some(Deed::Sends(*message)))
            }
            StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
                let mut ends = Vec::new();
                for arm in arms.iter().filter(|arm| self.setting.may_hold(&arm.when)) {
                    let begin = self.pass(at, (0, *up_to_ms), None)?.unwrap_or(at);
                    ends.extend(self.steps(&arm.steps, begin)?);
                }
                let over = self.pass(at, (*up_to_ms, *up_to_ms), None)?.unwrap_or(at);
                ends.extend(self.steps(otherwise, over)?);
                self.join(&ends)
            }
            StepKind::Wait(wait) => self.pass(at, self.setting.wait_ms(wait), None),
            StepKind::If { branches, otherwise, .. } => {
                let mut ends = Vec::new();
                for branch in branches.iter().filter(|branch| self.setting.may_hold(&branch.when)) {
                    ends.extend(self.steps(&branch.steps, at)?);
                }
                ends.extend(self.steps(otherwise, at)?);
                self.join(&ends)
            }
            StepKind::Split(split) => {
                let mut ends = Vec::new();
                for arm in &split.arms {
                    ends.extend(self.steps(&arm.steps, at)?);
                }
                self.join(&ends)
            }
            StepKind::Repeat(repeat) => self.repeat(repeat, at),
            StepKind::Stop => Ok(None),
            StepKind::Record { event: Some(event), .. } => self.pass(at, (0, 0), Some(Deed::Records(*event))),
            StepKind::Send { message: None, .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { event: None, .. } => Ok(Some(at)),
        }
    }

    fn repeat(&mut self, repeat: &Repeat, at: usize) -> Built {
        let times = usize::try_from(repeat.times).unwrap_or(usize::MAX);
        let rounds = times.min(self.rounds_max);
        self.is_cut |= rounds < times;
        let gap = self.setting.gap(repeat);
        let mut ends = Vec::new();
        let mut begin = at;
        for round in 0..rounds {
            if repeat.until.is_some() {
                ends.push(begin);
            }
            let Some(end) = self.steps(&repeat.steps, begin)? else { break };
            if round + 1 == rounds {
                ends.push(end);
            } else {
                begin = self.pass(end, gap, None)?.unwrap_or(end);
            }
        }
        self.join(&ends)
    }

    fn curve(&self, counts: &dyn Fn(Deed) -> bool, depth: usize) -> Curve {
        let counted = |pass: &Pass| pass.does.is_some_and(counts);
        let points = self.passes.len();
        // Behind each point: how soon so many messages more, and how many at most.
        let mut soon = vec![vec![NEVER; depth + 1]; points];
        let mut more = vec![0_usize; points];
        for at in (0..points).rev() {
            let mut own = vec![NEVER; depth + 1];
            let mut count = 0;
            for pass in &self.passes[at] {
                let is_one = usize::from(counted(pass));
                count = count.max(is_one + more[pass.to]);
                for n in is_one..=depth {
                    own[n] = own[n].min(pass.least_ms.saturating_add(soon[pass.to][n - is_one]));
                }
            }
            own[0] = 0;
            (soon[at], more[at]) = (own, count);
        }
        let mut late = vec![0_i64; points];
        let mut early = vec![NEVER; points];
        if let Some(first) = early.first_mut() {
            *first = 0;
        }
        let mut sent = Vec::new();
        let (mut inside, mut latest) = (vec![NEVER; depth], vec![0; depth]);
        for at in 0..points {
            for pass in &self.passes[at] {
                let arrives = late[at].saturating_add(pass.most_ms);
                late[pass.to] = late[pass.to].max(arrives);
                let soonest = early[at].saturating_add(pass.least_ms);
                early[pass.to] = early[pass.to].min(soonest);
                if counted(pass) {
                    let at_latest = if self.is_cut { NEVER } else { arrives };
                    sent.push(Sent { early: soonest, late: at_latest, soon: soon[pass.to][..depth].to_vec() });
                    for n in 1..=depth {
                        inside[n - 1] = inside[n - 1].min(soon[pass.to][n - 1]);
                        if more[pass.to] + 1 >= n {
                            latest[n - 1] = latest[n - 1].max(at_latest);
                        }
                    }
                }
            }
        }
        Curve { head: soon[0][1..].to_vec(), inside, latest, sent }
    }
}
