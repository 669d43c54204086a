//! The ways through a nurture: what is done, and when time passes between.
//!
//! Job: list each way one contact can take through the steps, in order, for checks that ask what lies between two steps.
//! Invariants: branches exclude each other, also behind a `stop`; a split draws one arm, whatever the step that names it;
//! a repetition stands for its first and its last round. A nurture with more than [`WAYS_MAX`] ways has none here, and
//! checks that use them are silent about it.
//! Deliberately absent: whether the conditions on a way can hold together.

use crate::{
    model::{Argument, Condition, MessageId, Nurture, Split, Step, StepKind, Wait},
    source::Span,
};
use smol_str::SmolStr;

/// More ways than this are not listed.
const WAYS_MAX: usize = 256;

/// One thing on a way.
#[derive(Clone, Copy, Debug)]
pub enum Item<'m> {
    /// A message is asked for.
    Send {
        /// The step.
        step: &'m Step,
        /// The message.
        message: MessageId,
        /// What it is given.
        arguments: &'m [Argument],
    },
    /// Something else is done: an action, a change of an attribute, an event.
    Do(&'m Step),
    /// A timer runs out; which, and where it stands.
    Pass(&'m Wait, Span),
    /// A wait ends, since this came true.
    Answer(&'m Condition),
    /// A wait ends, since nothing it waited for came true in so many milliseconds.
    Silence(i64),
    /// A condition that holds now, or does not.
    If(&'m Condition, bool),
    /// An arm of a split.
    Share(&'m Split, usize),
    /// Time between two rounds.
    Gap,
}

/// A way through a nurture.
pub type Way<'m> = Vec<Item<'m>>;

/// The ways through a nurture, in the order written; none where there are too many.
pub fn ways(nurture: &Nurture) -> Vec<Way<'_>> {
    let start = vec![Open { items: Vec::new(), shares: Vec::new(), stopped: false }];
    through(&nurture.steps, start).map(|list| list.into_iter().map(|open| open.items).collect()).unwrap_or_default()
}

/// A way so far.
#[derive(Clone)]
struct Open<'m> {
    items: Vec<Item<'m>>,
    shares: Vec<(SmolStr, usize)>,
    stopped: bool,
}

impl<'m> Open<'m> {
    fn with(mut self, item: Item<'m>) -> Self {
        self.items.push(item);
        self
    }
}

type Ways<'m> = Option<Vec<Open<'m>>>;

fn through<'m>(steps: &'m [Step], start: Vec<Open<'m>>) -> Ways<'m> {
    steps.iter().try_fold(start, |open, step| {
        let (stopped, going): (Vec<_>, Vec<_>) = open.into_iter().partition(|way| way.stopped);
        let mut all = stopped;
        for way in going {
            all.extend(one(step, way)?);
        }
        (all.len() <= WAYS_MAX).then_some(all)
    })
}

fn one<'m>(step: &'m Step, way: Open<'m>) -> Ways<'m> {
    Some(match &step.kind {
        StepKind::Send { message: Some(message), arguments } => vec![way.with(Item::Send { step, message: *message, arguments })],
        StepKind::Send { message: None, .. } => vec![way],
        StepKind::Act { .. } | StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Remove { .. } | StepKind::Record { .. } => {
            vec![way.with(Item::Do(step))]
        }
        StepKind::Stop => vec![Open { stopped: true, ..way }],
        StepKind::Wait(wait) => return waits(step, wait, way),
        StepKind::If { branches, otherwise, has_else: _ } => {
            let mut all = Vec::new();
            let mut rest = way;
            for branch in branches {
                all.extend(through(&branch.steps, vec![rest.clone().with(Item::If(&branch.when, true))])?);
                rest = rest.with(Item::If(&branch.when, false));
            }
            all.extend(through(otherwise, vec![rest])?);
            all
        }
        StepKind::Split(split) => {
            let drawn = way.shares.iter().find(|(name, _)| *name == split.name).map(|(_, arm)| *arm);
            let mut all = Vec::new();
            for (index, arm) in split.arms.iter().enumerate().filter(|(index, _)| drawn.is_none_or(|drawn| drawn == *index)) {
                let mut way = way.clone().with(Item::Share(split, index));
                way.shares.push((split.name.clone(), index));
                all.extend(through(&arm.steps, vec![way])?);
            }
            all
        }
        StepKind::Repeat(repeat) => {
            let none = repeat.until.as_ref().map(|until| way.clone().with(Item::If(until, true)));
            let first = match &repeat.until {
                Some(until) => way.with(Item::If(until, false)),
                None => way,
            };
            let mut all: Vec<Open<'m>> = none.into_iter().collect();
            let once = through(&repeat.steps, vec![first])?;
            if repeat.times <= 1 {
                all.extend(once);
            } else {
                let (stopped, going): (Vec<_>, Vec<_>) = once.into_iter().partition(|way| way.stopped);
                all.extend(stopped);
                all.extend(through(&repeat.steps, going.into_iter().map(|way| way.with(Item::Gap)).collect())?);
            }
            all
        }
    })
}

fn waits<'m>(step: &'m Step, wait: &'m Wait, way: Open<'m>) -> Ways<'m> {
    let span = step.span;
    Some(match wait {
        Wait::For { .. } | Wait::CalendarDays { .. } | Wait::Clock { .. } => vec![way.with(Item::Pass(wait, span))],
        Wait::Instant { past_stops, .. } => {
            let stopped = past_stops.then(|| Open { stopped: true, ..way.clone() });
            std::iter::once(way.with(Item::Pass(wait, span))).chain(stopped).collect()
        }
        Wait::Until { when, up_to_ms } => {
            vec![way.clone().with(Item::Answer(when)), way.with(Item::Silence(*up_to_ms))]
        }
        Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: _ } => {
            let mut all = Vec::new();
            for arm in arms {
                all.extend(through(&arm.steps, vec![way.clone().with(Item::Answer(&arm.when))])?);
            }
            all.extend(through(otherwise, vec![way.with(Item::Silence(*up_to_ms))])?);
            all
        }
    })
}
