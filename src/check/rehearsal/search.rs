//! One rehearsal, and all of them from one beginning.

use super::{
    Hub,
    choice::Choices,
    state::{Echo, Key, Mode, Moment, Past, Place, Play, Slot, Trigger, What, Worth},
    world::World,
};
use crate::{
    graph::{EdgeId, Way},
    model::{AttributeId, Condition, FunnelId, MessageId, StageId},
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// So many ways to answer are played from one beginning.
const REHEARSALS_MAX: usize = 96;

/// So many steps all rehearsals from one beginning take.
const STEPS_MAX: usize = 12_000;

/// So many ways in are looked at.
const DOORS_MAX: usize = 8;

/// A lap of time must come back the same so often.
const RETURNS_MAX: usize = 6;

/// Why a rehearsal ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Too much work.
    Budget,
    /// A stage would be entered twice in one instant.
    Looping(StageId),
    /// Echoes go on for ever.
    Cascade,
    /// It came back to its beginning, twice in the same way.
    Returned,
    /// It came back again and again, but something on the way counts.
    Counted,
    /// It has gone where there is no way back.
    Gone,
}

pub type Go<T> = Result<T, Stop>;

/// Where a rehearsal begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Start {
    /// With entering a stage.
    Stage(StageId),
    /// With a play of a stage that begins.
    Play(StageId, usize),
}

impl Start {
    pub fn stage(self) -> StageId {
        match self {
            Self::Stage(stage) | Self::Play(stage, _) => stage,
        }
    }
}

/// A lap that was found.
#[derive(Clone, Debug)]
pub struct Finding<'m> {
    pub how: Stop,
    /// What happens on one lap, from the moment it begins to the one before it begins again.
    pub lap: Vec<Moment<'m>>,
    /// What happens before that.
    pub before: Vec<Moment<'m>>,
    /// How long it takes.
    pub ms: i64,
    pub rough: bool,
    /// What it takes of the contact.
    pub known: Vec<Condition>,
    pub sure: bool,
    /// Whether a cap swallowed a message on the way.
    pub capped: bool,
    /// The arms of splits that were drawn.
    pub arms: Vec<(SmolStr, SmolStr)>,
}

/// One rehearsal.
pub struct Rehearsal<'w, 'c, 'm> {
    pub world: &'w World<'c, 'm>,
    pub mode: Mode,
    pub start: Start,
    pub choices: Choices,
    pub now: i64,
    pub tried: i64,
    pub order: u32,
    pub env: BTreeMap<Key, Worth>,
    pub asked: BTreeSet<AttributeId>,
    pub past: Vec<Past>,
    pub sent: Vec<(i64, MessageId)>,
    pub capped: bool,
    pub used_up: bool,
    /// While it is asked how the contact came in.
    pub arriving: bool,
    pub rough: bool,
    pub places: BTreeMap<FunnelId, Place<'m>>,
    pub echoes: VecDeque<Echo>,
    pub entered: BTreeSet<StageId>,
    pub stuck: BTreeSet<FunnelId>,
    pub struck: BTreeMap<(FunnelId, EdgeId), i64>,
    pub changed: bool,
    pub moments: Vec<Moment<'m>>,
    pub arms: Vec<(SmolStr, SmolStr)>,
    pub steps: usize,
    steps_max: usize,
    returns: Vec<Return>,
}

/// What a rehearsal looked like when it came back.
#[derive(Clone, Debug, PartialEq)]
struct Return {
    moments: usize,
    at: i64,
    worth: Vec<(AttributeId, Option<Worth>)>,
    elsewhere: Vec<(FunnelId, Option<StageId>)>,
}

/// The laps found from one beginning, by every way to answer what is not known, as far as work allows; the shortest of
/// each kind, surer ones first.
pub fn rehearse<'m>(
    world: &World<'_, 'm>,
    start: Start,
    mode: Mode,
    steps_left: &mut usize,
    avoid: &dyn Fn(StageId) -> bool,
) -> Vec<Finding<'m>> {
    let steps_max = STEPS_MAX.min(*steps_left);
    let mut open: VecDeque<Vec<u32>> = VecDeque::from([Vec::new()]);
    let mut found: Vec<Finding<'m>> = Vec::new();
    let mut steps = 0;
    for _ in 0..REHEARSALS_MAX {
        let Some(given) = open.pop_front() else { break };
        let mut rehearsal = Rehearsal::new(world, start, mode, given, steps_max.saturating_sub(steps));
        let how = rehearsal.play().err();
        steps += rehearsal.steps;
        open.extend(std::mem::take(&mut rehearsal.choices.others));
        let finding = how.and_then(|how| rehearsal.finding(how));
        found.extend(finding.filter(|finding| !stages_of(&finding.lap).any(avoid)));
        if steps >= steps_max {
            break;
        }
    }
    *steps_left = steps_left.saturating_sub(steps);
    found.sort_by_key(|finding| (!finding.sure, finding.known.len().min(1), finding.lap.len() + finding.before.len(), finding.ms));
    found
}

/// The stages that a lap goes through, or whose plays it needs.
pub fn stages_of<'a>(lap: &'a [Moment<'_>]) -> impl Iterator<Item = StageId> + 'a {
    lap.iter().filter_map(|moment| match moment.what {
        What::Enters { stage, .. } | What::Begins { stage, .. } | What::Leaves { stage, .. } | What::Ends { stage } => Some(stage),
        What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
    })
}

impl<'w, 'c, 'm> Rehearsal<'w, 'c, 'm> {
    fn new(world: &'w World<'c, 'm>, start: Start, mode: Mode, given: Vec<u32>, steps_max: usize) -> Self {
        Self {
            world,
            mode,
            start,
            choices: Choices::new(given),
            now: 0,
            tried: 0,
            order: 1,
            env: BTreeMap::new(),
            asked: BTreeSet::new(),
            past: Vec::new(),
            sent: Vec::new(),
            capped: false,
            used_up: false,
            arriving: false,
            rough: false,
            places: BTreeMap::new(),
            echoes: VecDeque::new(),
            entered: BTreeSet::new(),
            stuck: BTreeSet::new(),
            struck: BTreeMap::new(),
            changed: false,
            moments: Vec::new(),
            arms: Vec::new(),
            steps: 0,
            steps_max,
            returns: Vec::new(),
        }
    }

    pub fn within_budget(&self) -> Go<()> {
        if self.steps > self.steps_max { Err(Stop::Budget) } else { Ok(()) }
    }

    fn play(&mut self) -> Go<()> {
        let stage = self.start.stage();
        let funnel = self.world.context.model.stages[stage].funnel;
        self.visit(funnel, stage, Trigger::default());
        self.remember();
        self.arrive(funnel, stage)?;
        match self.start {
            Start::Stage(stage) => {
                self.entered.insert(stage);
                self.begin_plays(funnel, stage, Trigger::default())?;
                self.end_if_final(funnel)?;
            }
            Start::Play(stage, at) => {
                let nurtures = &self.world.context.model.stages[stage].nurtures;
                let running =
                    nurtures.get(at).map(|nurture| Play { stack: vec![super::state::Frame::Steps(&nurture.steps, 0)], waiting: None });
                if let Some(place) = self.places.get_mut(&funnel) {
                    place.plays = nurtures.iter().map(|_| Slot { begun: true, finished: false, running: None }).collect();
                    if let Some(slot) = place.plays.get_mut(at) {
                        slot.running = running;
                    }
                }
            }
        }
        self.settle(None)?;
        self.take_echoes()?;
        if self.has_time() {
            self.go_on_with_time()?;
        }
        Ok(())
    }

    /// The contact has come in by one of the doors; which, is open.
    fn arrive(&mut self, funnel: FunnelId, stage: StageId) -> Go<()> {
        let graph = &self.world.context.graph;
        let mut doors = Vec::new();
        for id in graph.entering(graph.stage(stage)).iter().filter(|id| self.world.context.is_open(**id)) {
            if let Way::Door(door) | Way::Restart(door) = graph.edge(*id).way
                && !doors.iter().any(|known: &&crate::model::Door| known.span == door.span)
            {
                doors.push(door);
            }
        }
        doors.truncate(DOORS_MAX);
        let answer = self.choose(u32::try_from(doors.len()).unwrap_or(1))?;
        match doors.get(answer as usize).and_then(|door| door.when.as_ref()) {
            Some(when) if !self.arrive_by(funnel, when)? => Err(Stop::Gone),
            Some(_) | None => Ok(()),
        }
    }

    /// Another funnel that is concerned comes in, at a place that cares.
    pub fn concern(&mut self, hub: Hub) -> Go<()> {
        let first = self.world.context.model.stages[self.start.stage()].funnel;
        let world = self.world;
        for (funnel, places) in world.concerned(first, hub) {
            let funnel = *funnel;
            if self.places.contains_key(&funnel) {
                continue;
            }
            let answer = self.choose(u32::try_from(places.len()).unwrap_or(0) + 1)?;
            let Some(place) = (answer as usize).checked_sub(1).and_then(|at| places.get(at)) else { continue };
            match place {
                Some(stage) => {
                    let begun = Slot { begun: true, ..Slot::default() };
                    self.visit(funnel, *stage, Trigger::default());
                    if let Some(place) = self.places.get_mut(&funnel) {
                        place.plays.fill(begun);
                    }
                }
                None => {
                    self.places.insert(funnel, Place::default());
                }
            }
        }
        Ok(())
    }

    fn remember(&mut self) {
        let worth = self.asked.iter().map(|id| (*id, self.env.get(&Key::Attribute(*id)).cloned())).collect();
        let first = self.world.context.model.stages[self.start.stage()].funnel;
        let elsewhere = self.places.iter().filter(|(id, _)| **id != first).map(|(id, place)| (*id, place.stage)).collect();
        self.returns.push(Return { moments: self.moments.len().saturating_sub(1), at: self.now, worth, elsewhere });
    }

    /// It has come back to its beginning: the same as the last time, or yet again another.
    pub fn returned(&mut self) -> Go<()> {
        if !self.has_time() {
            return Ok(());
        }
        // What comes back in no time goes on until it is cut off; only a scanner goes on at one instant for ever.
        if self.mode == Mode::Silent && self.returns.last().is_some_and(|last| last.at == self.now) {
            return Ok(());
        }
        self.remember();
        let [.., a, b, c] = self.returns.as_slice() else { return Ok(()) };
        if b.at - a.at == c.at - b.at && b.worth == c.worth && b.elsewhere == c.elsewhere {
            return Err(if self.used_up { Stop::Counted } else { Stop::Returned });
        }
        if self.returns.len() > RETURNS_MAX { Err(Stop::Counted) } else { Ok(()) }
    }

    fn finding(self, how: Stop) -> Option<Finding<'m>> {
        let moments = self.moments;
        let last = moments.len().checked_sub(1)?;
        let from = match how {
            Stop::Looping(_) => repeated(&moments, last).map_or(0, |at| at + 1),
            Stop::Cascade => repeated(&moments, moments.iter().rposition(|it| is_beginning(&it.what))?)? + 1,
            Stop::Returned => self.returns.len().checked_sub(2).and_then(|at| self.returns.get(at))?.moments + 1,
            Stop::Budget | Stop::Gone | Stop::Counted => return None,
        };
        let to = if how == Stop::Cascade { moments.iter().rposition(|it| is_beginning(&it.what))? } else { last };
        let mut before = moments;
        before.truncate(to + 1);
        let lap = before.split_off(from.min(before.len()));
        let ms = match self.returns.as_slice() {
            [.., a, b] if how == Stop::Returned => b.at - a.at,
            _ => 0,
        };
        Some(Finding {
            how,
            lap,
            before,
            ms,
            rough: self.rough,
            known: self.choices.known,
            sure: !self.choices.unsure,
            capped: self.capped,
            arms: self.arms,
        })
    }
}

fn is_beginning(it: &What<'_>) -> bool {
    matches!(it, What::Enters { .. } | What::Begins { .. })
}

/// Where before `last` the same stage was entered, or the same play begun.
fn repeated(moments: &[Moment<'_>], last: usize) -> Option<usize> {
    let same = |a: &What<'_>, b: &What<'_>| match (a, b) {
        (What::Enters { stage: a, .. }, What::Enters { stage: b, .. }) => a == b,
        (What::Begins { stage: a, nurture: m, .. }, What::Begins { stage: b, nurture: n, .. }) => a == b && m == n,
        _ => false,
    };
    let what = &moments.get(last)?.what;
    moments.iter().take(last).rposition(|it| same(&it.what, what))
}
