//! The ways through a nurture: what is done, and when time passes between.
//!
//! Job: list each way one contact can take through the steps, in order, for checks that ask what lies between two steps.
//! Invariants: branches exclude each other, also behind a `stop`; a split draws one arm, whatever the step that names it;
//! a repetition stands for its first and its last round. A nurture with more than [`WAYS_MAX`] ways has none here, and
//! checks that use them are silent about it.
//! Deliberately absent: whether the conditions on a way can hold together.

use crate::{
    model::{Argument, Condition, MessageId, Nurture, Repeat, Split, Step, StepKind, Wait},
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

    /// Another way that begins as this one does.
    fn beside(&self, item: Item<'m>) -> Self {
        let mut items = Vec::with_capacity(self.items.len() + ROOM);
        items.extend_from_slice(&self.items);
        items.push(item);
        Self { items, shares: self.shares.clone(), stopped: self.stopped }
    }
}

/// Room for what comes behind the place where ways part.
const ROOM: usize = 8;

type Ways<'m> = Option<Vec<Open<'m>>>;

fn through<'m>(steps: &'m [Step], start: Vec<Open<'m>>) -> Ways<'m> {
    steps.iter().try_fold(start, |mut open, step| {
        // Those that go on stand behind those that have stopped, each in their order.
        open.sort_by_key(|way| !way.stopped);
        over(step, open)
    })
}

/// The ways over a step.
fn over<'m>(step: &'m Step, open: Vec<Open<'m>>) -> Ways<'m> {
    match &step.kind {
        StepKind::Send { message: Some(message), arguments } => {
            Some(each(open, |way| way.items.push(Item::Send { step, message: *message, arguments })))
        }
        StepKind::Send { message: None, .. } => Some(open),
        StepKind::Act { .. } | StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Remove { .. } | StepKind::Record { .. } => {
            Some(each(open, |way| way.items.push(Item::Do(step))))
        }
        StepKind::Stop => Some(each(open, |way| way.stopped = true)),
        StepKind::Wait(wait @ (Wait::For { .. } | Wait::CalendarDays { .. } | Wait::Clock { .. })) => {
            Some(each(open, |way| way.items.push(Item::Pass(wait, step.span))))
        }
        StepKind::Wait(wait @ Wait::Instant { past_stops, .. }) => parted(open, |way| {
            let stopped = past_stops.then(|| Open { stopped: true, ..way.clone() });
            Some(std::iter::once(way.with(Item::Pass(wait, step.span))).chain(stopped).collect())
        }),
        StepKind::Wait(Wait::Until { when, up_to_ms }) => {
            parted(open, |way| Some(vec![way.beside(Item::Answer(when)), way.with(Item::Silence(*up_to_ms))]))
        }
        StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: _ }) => parted(open, |way| {
            let mut all = Vec::new();
            for arm in arms {
                all.extend(through(&arm.steps, vec![way.beside(Item::Answer(&arm.when))])?);
            }
            all.extend(through(otherwise, vec![way.with(Item::Silence(*up_to_ms))])?);
            Some(all)
        }),
        StepKind::If { branches, otherwise, has_else: _ } => parted(open, |way| {
            let mut all = Vec::new();
            let mut rest = way;
            for branch in branches {
                all.extend(through(&branch.steps, vec![rest.beside(Item::If(&branch.when, true))])?);
                rest = rest.with(Item::If(&branch.when, false));
            }
            all.extend(through(otherwise, vec![rest])?);
            Some(all)
        }),
        StepKind::Split(split) => parted(open, |way| drawn(split, &way)),
        StepKind::Repeat(repeat) => parted(open, |way| rounds(repeat, way)),
    }
}

/// The same for every way that goes on.
fn each<'m>(mut open: Vec<Open<'m>>, go: impl Fn(&mut Open<'m>)) -> Vec<Open<'m>> {
    open.iter_mut().filter(|way| !way.stopped).for_each(go);
    open
}

/// What becomes of every way that goes on, behind those that have stopped.
fn parted<'m>(open: Vec<Open<'m>>, go: impl Fn(Open<'m>) -> Ways<'m>) -> Ways<'m> {
    let mut all = Vec::with_capacity(2 * open.len());
    for way in open {
        if way.stopped {
            all.push(way);
        } else {
            all.extend(go(way)?);
        }
    }
    (all.len() <= WAYS_MAX).then_some(all)
}

fn drawn<'m>(split: &'m Split, way: &Open<'m>) -> Ways<'m> {
    let drawn = way.shares.iter().find(|(name, _)| *name == split.name).map(|(_, arm)| *arm);
    let mut all = Vec::new();
    for (index, arm) in split.arms.iter().enumerate().filter(|(index, _)| drawn.is_none_or(|drawn| drawn == *index)) {
        let mut way = way.beside(Item::Share(split, index));
        way.shares.push((split.name.clone(), index));
        all.extend(through(&arm.steps, vec![way])?);
    }
    Some(all)
}

fn rounds<'m>(repeat: &'m Repeat, way: Open<'m>) -> Ways<'m> {
    let none = repeat.until.as_ref().map(|until| way.beside(Item::If(until, true)));
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
    Some(all)
}
