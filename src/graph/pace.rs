//! How fast things go for somebody who never reacts: nurtures by their clocks alone, doors by their timers.
//!
//! Such a contact does nothing that we did not do ourselves: what funnels record and send happens, everything else that
//! the world could bring does not. Times are the least ones; a loop found with them can be gone round.

use super::{
    Edge, FlowGraph, Node, Way,
    nature::{SEGMENTS_DEEP, is_windowed},
};
use crate::{
    model::{
        AttributeId, CompareOp, Condition, ConditionKind, Count, EventId, EventTest, MessageId, Model, Nurture, Schedule, Start, Step,
        StepKind, Wait, WindowKind,
    },
    source::Span,
};

const DAY_MS: i64 = 86_400_000;

/// How long it takes until a door opens by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// The least time, in milliseconds.
    pub ms: i64,
    /// Whether what a nurture does at that very instant still happens: where its end opens the door.
    pub inclusive: bool,
    /// Whether the time is rough: months and years differ in length.
    pub rough: bool,
}

/// What a nurture does for somebody who never reacts, and when at the earliest, in milliseconds after entering.
#[derive(Debug, Default)]
pub struct Timeline {
    /// Messages with the place of their step.
    pub sends: Vec<(MessageId, Span, i64)>,
    /// Events recorded.
    pub records: Vec<(EventId, i64)>,
    /// Attributes changed.
    pub sets: Vec<AttributeId>,
    /// When it ends.
    pub ends: Option<i64>,
}

/// The timeline of a nurture.
#[must_use]
pub fn timeline(model: &Model, nurture: &Nurture) -> Timeline {
    let start = match &nurture.start {
        Start::Entry => Some(0),
        Start::When(when) | Start::EachTime(when) => passive(model, when, &|_| None, &|_| None).map(|pace| pace.ms),
    };
    let mut found = Timeline::default();
    if let Some(start) = start {
        let through = found.steps(model, &nurture.steps, start);
        found.end(through);
    }
    found
}

/// How a door opens for somebody who never reacts, if it does.
#[must_use]
pub fn door_pace(graph: &FlowGraph<'_>, edge: &Edge<'_>) -> Option<Pace> {
    let model = graph.model();
    let (after, when) = match edge.way {
        Way::Door(door) | Way::Restart(door) => (door.after.as_ref(), door.when.as_ref()),
        Way::Leave(leave) => (leave.after.as_ref(), leave.when.as_ref()),
        Way::End => return Some(end_pace(graph, edge.from)),
        Way::Join => return Some(Pace { ms: 0, inclusive: false, rough: false }),
    };
    let nurtures: &[Nurture] = match graph.node(edge.from) {
        Node::Stage(stage) => &model.stages[stage].nurtures,
        Node::Outside(_) | Node::Anywhere(_) | Node::Restart(_) => &[],
    };
    let finished = |name: &str| nurtures.iter().find(|it| it.name == name).and_then(|it| timeline(model, it).ends);
    let recorded = |event: EventId| {
        let times = nurtures.iter().flat_map(|it| timeline(model, it).records);
        times.filter(|(recorded, _)| *recorded == event).map(|(_, at)| at).min()
    };
    let wait = Pace { ms: after.map_or(0, |delay| delay.delay_ms), inclusive: false, rough: false };
    let condition = match when {
        Some(when) => passive(model, when, &finished, &recorded)?,
        None => Pace { ms: 0, inclusive: false, rough: false },
    };
    Some(later(wait, condition))
}

/// A final stage ends the run when its nurtures have ended.
fn end_pace(graph: &FlowGraph<'_>, stage: super::NodeId) -> Pace {
    let nurtures = graph.stage_of(stage).map_or([].as_slice(), |id| graph.model().stages[id].nurtures.as_slice());
    let ends = nurtures.iter().filter_map(|it| timeline(graph.model(), it).ends);
    Pace { ms: ends.max().unwrap_or(0), inclusive: true, rough: false }
}

fn later(a: Pace, b: Pace) -> Pace {
    let inclusive = if a.ms == b.ms {
        a.inclusive || b.inclusive
    } else if a.ms > b.ms {
        a.inclusive
    } else {
        b.inclusive
    };
    Pace { ms: a.ms.max(b.ms), inclusive, rough: a.rough || b.rough }
}

/// How soon a condition holds for somebody who never reacts, again and again for ever; `None` where it needs somebody
/// to do something, or where its time is over one day.
fn passive(
    model: &Model,
    it: &Condition,
    finished: &dyn Fn(&str) -> Option<i64>,
    recorded: &dyn Fn(EventId) -> Option<i64>,
) -> Option<Pace> {
    passive_in(model, it, &Own { finished, recorded }, SEGMENTS_DEEP)
}

/// What the stage's own nurtures do.
struct Own<'o> {
    finished: &'o dyn Fn(&str) -> Option<i64>,
    recorded: &'o dyn Fn(EventId) -> Option<i64>,
}

fn passive_in(model: &Model, it: &Condition, own: &Own<'_>, deep: u32) -> Option<Pace> {
    let now = Pace { ms: 0, inclusive: false, rough: false };
    let at = |ms: i64, rough: bool| Some(Pace { ms, inclusive: false, rough });
    let by_us = |event: &EventTest| event.event.and_then(own.recorded).map(|ms| Pace { ms, inclusive: true, rough: false });
    let lasting = |event: &EventTest, window: Option<WindowKind>| match window {
        None | Some(WindowKind::SinceStarting) => Some(now),
        Some(WindowKind::WithinMs(_) | WindowKind::SinceEntering) => by_us(event),
    };
    match &it.kind {
        ConditionKind::Or(list) => list.iter().filter_map(|it| passive_in(model, it, own, deep)).min_by_key(|pace| pace.ms),
        ConditionKind::And(list) => {
            list.iter().try_fold(now, |slowest, it| passive_in(model, it, own, deep).map(|pace| later(slowest, pace)))
        }
        ConditionKind::Event(event) => by_us(event),
        ConditionKind::Had { negated: false, event, window } => lasting(event, window.map(|it| it.kind)),
        ConditionKind::Count { count: Count::AtLeast | Count::Exactly, bound, event, window } if *bound > 0 => {
            lasting(event, window.map(|it| it.kind))
        }
        ConditionKind::TimeSince { event, op, .. } => match op {
            CompareOp::Greater | CompareOp::GreaterOrEqual | CompareOp::NotEqual => Some(now),
            CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Equal => by_us(event),
        },
        ConditionKind::Compare { left, right, .. } if is_windowed(left) || is_windowed(right) => None,
        ConditionKind::Segment(id) if deep > 0 => passive_in(model, &model.segments[*id].when, own, deep - 1),
        ConditionKind::Finished(name) => (own.finished)(name).map(|ms| Pace { ms, inclusive: true, rough: false }),
        ConditionKind::Every { schedule, .. } => match schedule {
            Schedule::Day => at(DAY_MS, false),
            Schedule::Week(_) => at(7 * DAY_MS, false),
            Schedule::Month(_) => at(30 * DAY_MS, true),
            Schedule::Year(_) => at(365 * DAY_MS, true),
        },
        ConditionKind::Reaches { past_opens: true, .. }
        | ConditionKind::Had { negated: true, .. }
        | ConditionKind::Count { .. }
        | ConditionKind::Not(_)
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::From(_) => Some(now),
        ConditionKind::Segment(_) | ConditionKind::Reaches { past_opens: false, .. } | ConditionKind::Before(_) | ConditionKind::Broken => {
            None
        }
    }
}

impl Timeline {
    fn end(&mut self, at: Option<i64>) {
        self.ends = match (self.ends, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// Goes through steps from `at` on; the time at which one comes out behind them, if one does.
    fn steps(&mut self, model: &Model, list: &[Step], at: i64) -> Option<i64> {
        list.iter().try_fold(at, |at, step| self.step(model, step, at))
    }

    fn step(&mut self, model: &Model, step: &Step, at: i64) -> Option<i64> {
        let holds = |when: &Condition| passive(model, when, &|_| None, &|_| None).is_some_and(|pace| pace.ms == 0);
        match &step.kind {
            StepKind::Send { message, .. } => {
                self.sends.extend(message.map(|message| (message, step.span, at)));
                Some(at)
            }
            StepKind::Record { event, .. } => {
                self.records.extend(event.map(|event| (event, at)));
                Some(at)
            }
            StepKind::Set { attribute, .. } | StepKind::Add { attribute, .. } | StepKind::Remove { attribute, .. } => {
                self.sets.extend(*attribute);
                Some(at)
            }
            StepKind::Act { .. } => Some(at),
            StepKind::Stop => {
                self.end(Some(at));
                None
            }
            StepKind::Wait(wait) => self.wait(model, wait, at, &holds),
            StepKind::If { branches, otherwise, has_else: _ } => {
                let mut through = self.steps(model, otherwise, at);
                for branch in branches {
                    if passive(model, &branch.when, &|_| None, &|_| None).is_some() {
                        through = earlier(through, self.steps(model, &branch.steps, at));
                    }
                }
                through
            }
            StepKind::Split(split) => split.arms.iter().fold(None, |through, arm| earlier(through, self.steps(model, &arm.steps, at))),
            StepKind::Repeat(repeat) => {
                let round = self.steps(model, &repeat.steps, at);
                let rounds = i64::from(repeat.times).saturating_sub(1);
                let all = round.map(|end| end.saturating_add(rounds.saturating_mul(repeat.every_ms)));
                if repeat.until.as_ref().is_some_and(holds) { Some(at) } else { all }
            }
        }
    }

    fn wait(&mut self, model: &Model, wait: &Wait, at: i64, holds: &dyn Fn(&Condition) -> bool) -> Option<i64> {
        match wait {
            Wait::For { ms } => Some(at.saturating_add(*ms)),
            Wait::CalendarDays { days } => Some(at.saturating_add(i64::from(*days).saturating_mul(DAY_MS))),
            // The next clock time is never now.
            Wait::Clock { .. } => Some(at.saturating_add(1)),
            Wait::Instant { .. } => Some(at),
            Wait::Until { when, .. } if holds(when) => Some(at),
            Wait::Until { up_to_ms, .. } => Some(at.saturating_add(*up_to_ms)),
            Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: _ } => {
                let mut through = self.steps(model, otherwise, at.saturating_add(*up_to_ms));
                for arm in arms.iter().filter(|arm| holds(&arm.when)) {
                    through = earlier(through, self.steps(model, &arm.steps, at));
                }
                through
            }
        }
    }
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
