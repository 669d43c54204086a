//! What is kept of a contact.
//!
//! Everybody has a [`Hot`] and, for each funnel that runs once per contact, a [`Slot`]; both lie in one row of memory for all
//! contacts. Whatever else rules ask for is in a [`Rest`], which contacts of plain funnels do not have.

use super::{
    program::{Clause, Id, Program},
    row::Props,
    value::Kept,
};
use crate::{runtime::zone::Zone, units::Date};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::sync::Arc;

/// Outside of every stage.
pub const OUTSIDE: u16 = u16::MAX;
/// No timer.
pub const NEVER: i64 = i64::MAX;

/// What every record touches.
#[derive(Clone, Copy, Debug)]
pub struct Hot {
    /// No timer of the contact is due before.
    pub due_ms: i64,
    /// How many results there are.
    pub results: u32,
    /// How many events were taken.
    pub taken: u32,
}

impl Default for Hot {
    fn default() -> Self {
        Self { due_ms: NEVER, results: 0, taken: 0 }
    }
}

/// The place of a funnel and key.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// When the stage was entered; outside, when the latest run was left.
    pub since_ms: i64,
    /// When the latest run started.
    pub started_ms: i64,
    /// The latest instant at which everything before which it stands was tried.
    pub tried_ms: i64,
    /// The order of the event that was the latest when the run started.
    pub started_order: u32,
    /// The order of the event that was the latest when the stage was entered.
    pub entered_order: u32,
    /// How many runs there were.
    pub runs: u32,
    /// The stage, or [`OUTSIDE`].
    pub stage: u16,
    /// It would have looped, and goes on at the next record, whatever that is.
    pub is_restless: bool,
}

impl Default for Slot {
    fn default() -> Self {
        Self { since_ms: 0, started_ms: 0, tried_ms: 0, started_order: 0, entered_order: 0, runs: 0, stage: OUTSIDE, is_restless: false }
    }
}

impl Slot {
    /// The stage; nothing outside.
    pub fn stage(&self) -> Option<usize> {
        (self.stage != OUTSIDE).then_some(usize::from(self.stage))
    }
}

/// What is kept beside the places.
#[derive(Clone, Default)]
pub struct Rest {
    /// By number.
    pub attributes: Vec<Option<Kept>>,
    /// The zone, if it is not that of the program.
    pub zone: Option<Arc<Zone>>,
    /// Channels closed by a complaint or a hard bounce.
    pub closed: SmallVec<[Id; 2]>,
    /// The time of the first record.
    pub first_ms: Option<i64>,
    /// The place in the log of the latest record.
    pub position: u64,
    /// The lines of scores.
    pub scores: Vec<Line>,
    /// The past of the events that are looked back at.
    pub tracks: Vec<Track>,
    /// The messages that went out.
    pub sendings: Vec<Sending>,
    /// What runs per contact have beside their places, by funnel.
    pub mores: Vec<More>,
    /// The places of funnels with a run for each key.
    pub keyed: Vec<Keyed>,
    /// The ids of records, with their times and contents.
    pub ids: FxHashMap<SmolStr, (i64, [u8; 16])>,
    /// Whether it has to be kept, whatever the program needs.
    pub is_touched: bool,
}

impl Rest {
    /// What is known of a stranger.
    pub fn stranger(program: &Program<'_>) -> Self {
        Self {
            attributes: program.defaults.clone(),
            zone: program.first_zone.clone(),
            scores: program.lines.iter().map(|_| Line::default()).collect(),
            tracks: (0..program.tracks).map(|_| Track::default()).collect(),
            mores: program.funnels.iter().map(|_| More::default()).collect(),
            ..Self::default()
        }
    }
}

/// Where a line of a score stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// How often it has applied.
    pub times: i64,
    /// The time of the latest event that begins its period anew.
    pub latest_ms: Option<i64>,
    /// How many full periods since then are done with.
    pub periods: i64,
}

/// The place of a key.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// Of which funnel.
    pub funnel: u16,
    /// Of which key.
    pub key: SmolStr,
    /// The place.
    pub slot: Slot,
    /// What else it has.
    pub more: More,
}

/// The run that a message event belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Of which funnel.
    pub funnel: u16,
    /// Of which key.
    pub key: SmolStr,
}

/// An event that happened, where it lies.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// When.
    pub time_ms: i64,
    /// The how-manieth of the contact's events, in the order in which they were taken.
    pub order: u32,
    /// The run that it answers.
    pub owner: Option<&'a Owner>,
    /// What it carried.
    pub props: Props<'a>,
}

/// The past of an event, in the order in which it was taken, column by column.
#[derive(Clone, Debug, Default)]
pub struct Track {
    times: Vec<i64>,
    orders: Vec<u32>,
    /// As many for each event as it has slots.
    values: Vec<Option<Kept>>,
    /// None at all where no funnel runs by keys.
    owners: Vec<Option<Owner>>,
    /// The places by time, once some came late.
    by_time: Vec<u32>,
}

impl Track {
    /// Adds an event.
    pub fn push(&mut self, time_ms: i64, order: u32, values: impl Iterator<Item = Option<Kept>>) {
        let at = self.times.len() as u32;
        let is_late = self.times.last().is_some_and(|last| time_ms < *last);
        if is_late && self.by_time.is_empty() {
            self.by_time = (0..at).collect();
        }
        if is_late || !self.by_time.is_empty() {
            let behind = self.by_time.partition_point(|other| self.times[*other as usize] <= time_ms);
            self.by_time.insert(behind, at);
        }
        self.times.push(time_ms);
        self.orders.push(order);
        self.values.extend(values);
    }

    /// Keeps whom the latest event answers.
    pub fn own(&mut self, owner: Option<Owner>) {
        self.owners.resize(self.times.len() - 1, None);
        self.owners.push(owner);
    }

    /// Whether forgetting would make room now.
    pub fn is_full(&self) -> bool {
        self.times.len() >= 8 && self.times.len() == self.times.capacity() && self.by_time.is_empty()
    }

    /// Forgets what happened up to an instant, but for the latest few of each kind that are asked for whenever they were.
    pub fn forget(&mut self, to_ms: i64, latest: &[(Id, usize)], is_of: impl Fn(Id, Props<'_>) -> bool) {
        let old = self.times.partition_point(|ms| *ms <= to_ms);
        let mut left: SmallVec<[usize; 4]> = latest.iter().map(|(_, number)| *number).collect();
        let mut keeps = vec![false; self.times.len()];
        for at in (0..self.times.len()).rev() {
            keeps[at] = at >= old;
            for ((test, _), left) in latest.iter().zip(&mut left) {
                if *left > 0 && is_of(*test, self.at(at).props) {
                    *left -= 1;
                    keeps[at] = true;
                }
            }
        }
        let slots = self.values.len() / self.times.len().max(1);
        let mut values = keeps.iter().flat_map(|keeps| std::iter::repeat_n(*keeps, slots));
        self.values.retain(|_| values.next().unwrap_or(true));
        let mut places = keeps.iter();
        self.owners.retain(|_| *places.next().unwrap_or(&true));
        let mut places = keeps.iter();
        self.orders.retain(|_| *places.next().unwrap_or(&true));
        let mut places = keeps.iter();
        self.times.retain(|_| *places.next().unwrap_or(&true));
    }

    fn at(&self, at: usize) -> Past<'_> {
        let slots = self.values.len() / self.times.len().max(1);
        let props = Props::Kept(&self.values[at * slots..(at + 1) * slots]);
        let owner = self.owners.get(at).and_then(Option::as_ref);
        Past { time_ms: self.times[at], order: self.orders[at], owner, props }
    }

    /// In the order in which they were taken, those behind an order.
    pub fn taken_after(&self, order: u32) -> impl ExactSizeIterator<Item = Past<'_>> {
        let begin = self.orders.partition_point(|other| *other <= order);
        (begin..self.times.len()).map(|at| self.at(at))
    }

    fn timed(&self, at: usize) -> Past<'_> {
        self.at(self.by_time.get(at).map_or(at, |place| *place as usize))
    }

    /// By time, those later than an instant.
    pub fn later_than(&self, ms: i64) -> impl ExactSizeIterator<Item = Past<'_>> {
        let begin = if self.by_time.is_empty() {
            self.times.partition_point(|time_ms| *time_ms <= ms)
        } else {
            self.by_time.partition_point(|place| self.times[*place as usize] <= ms)
        };
        (begin..self.times.len()).map(|at| self.timed(at))
    }

    /// Those behind an order, the latest in time first.
    pub fn latest_first(&self, order: u32) -> impl Iterator<Item = Past<'_>> {
        let any = self.orders.last().is_some_and(|last| *last > order);
        let length = if any { self.times.len() } else { 0 };
        (0..length).rev().map(|at| self.timed(at)).filter(move |past| past.order > order)
    }
}

/// A message that went out.
#[derive(Clone, Debug)]
pub struct Sending {
    /// When.
    pub time_ms: i64,
    /// Which.
    pub message: Id,
    /// The key of the request.
    pub request: SmolStr,
    /// By which run.
    pub run: Owner,
}

/// What a run has beside its place.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// How often each stage was entered in this run.
    pub visits: SmallVec<[(u16, u32); 4]>,
    /// `entry.x`.
    pub entry: SmallVec<[(Id, Kept); 1]>,
    /// One for each nurture of the stage.
    pub plays: Vec<PlaySlot>,
    /// What time has done to clauses.
    pub clauses: Vec<(Clause, ClauseState)>,
    /// The stages entered at an instant through clock triggers that were past already.
    pub past_entries: (i64, SmallVec<[u16; 2]>),
    /// The clock triggers that came at an instant: of which clause, and which of it.
    pub struck: (i64, SmallVec<[(Clause, usize); 2]>),
}

/// What time has done to a clause.
#[derive(Clone, Debug, Default)]
pub struct ClauseState {
    /// The end of `after D` for which its timer ran.
    pub opened_for_ms: Option<i64>,
    /// It was due while its stage was shut.
    pub gone: bool,
    /// Its clock triggers, in written order.
    pub clocks: Vec<ClockState>,
}

/// A clock trigger that is set.
#[derive(Clone, Debug)]
pub struct ClockState {
    /// From what it was computed.
    pub basis: Basis,
    /// When it comes.
    pub due_ms: Option<i64>,
    /// It was past when it was set.
    pub was_past: bool,
}

/// From what a clock trigger was computed.
#[derive(Clone, Debug)]
pub enum Basis {
    /// A schedule in a zone, by a date if it is an anniversary.
    Schedule(Arc<Zone>, Option<Date>),
    /// An instant.
    Instant(Option<i64>),
}

impl PartialEq for Basis {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Schedule(zone, date), Self::Schedule(other, day)) => zone.name == other.name && date == day,
            (Self::Instant(one), Self::Instant(other)) => one == other,
            (Self::Schedule(..), Self::Instant(_)) | (Self::Instant(_), Self::Schedule(..)) => false,
        }
    }
}

/// A nurture in a visit.
#[derive(Clone, Debug, Default)]
pub struct PlaySlot {
    /// How often it began in this visit.
    pub starts: u32,
    /// It reached its end in this visit.
    pub finished: bool,
    /// It has begun.
    pub running: Option<Play>,
}

/// A nurture that has begun.
#[derive(Clone, Debug)]
pub struct Play {
    /// Where it is: the innermost block last.
    pub stack: SmallVec<[Frame; 2]>,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// The how-manieth start in this visit it is, for `each time`.
    pub each_time: Option<u32>,
}

/// A block that was entered.
#[derive(Clone, Copy, Debug)]
pub enum Frame {
    /// Steps, and the next of them.
    Steps(Id, u32),
    /// A `repeat` (its step), the round it is in, and when that began.
    Rounds(Id, u32, i64),
}

/// What a play waits for.
#[derive(Clone, Debug)]
pub enum Waiting {
    /// An exact instant.
    Until(i64),
    /// The same time of the clock so many days after an instant.
    Days(i64, u32),
    /// A time of the clock (of a step), as set in a zone.
    Clock(Id, Arc<Zone>, Option<i64>),
    /// An instant (of a step) that may still move.
    Instant(Id),
    /// The first arm (of a step) to come true, or the time-out; the clock triggers of each arm.
    Arms(Id, i64, Vec<Vec<ClockState>>),
    /// The end of quiet hours.
    Held(Box<Held>),
}

/// A send that is held.
#[derive(Clone, Debug)]
pub struct Held {
    /// For what.
    pub request: Request,
    /// The zone by which the end was found.
    pub zone: Arc<Zone>,
    /// The end.
    pub until_ms: i64,
}

/// A request for a message.
#[derive(Clone, Debug)]
pub struct Request {
    /// The step that asks.
    pub step: Id,
    /// Which message.
    pub message: Id,
    /// Its key.
    pub key: SmolStr,
    /// With what.
    pub arguments: Arc<[Option<Kept>]>,
}

impl More {
    /// What time has done to a clause.
    pub fn clause(&self, clause: Clause) -> Option<&ClauseState> {
        self.clauses.iter().find(|(other, _)| *other == clause).map(|(_, state)| state)
    }

    /// The same, to change it; made where it is not there yet.
    pub fn clause_mut(&mut self, clause: Clause) -> &mut ClauseState {
        let at = match self.clauses.iter().position(|(other, _)| *other == clause) {
            Some(at) => at,
            None => {
                self.clauses.push((clause, ClauseState::default()));
                self.clauses.len() - 1
            }
        };
        &mut self.clauses[at].1
    }

    /// How often a stage was entered.
    pub fn visits(&self, stage: u16) -> u32 {
        self.visits.iter().find(|(at, _)| *at == stage).map_or(0, |(_, visits)| *visits)
    }

    /// Counts a visit; its number.
    pub fn count_visit(&mut self, stage: u16) -> u32 {
        match self.visits.iter_mut().find(|(at, _)| *at == stage) {
            Some((_, visits)) => {
                *visits = visits.saturating_add(1);
                *visits
            }
            None => {
                self.visits.push((stage, 1));
                1
            }
        }
    }

    /// Keeps that a clock trigger comes now.
    pub fn strike(&mut self, clause: Clause, at: usize, now_ms: i64) {
        if self.struck.0 != now_ms {
            self.struck = (now_ms, SmallVec::new());
        }
        if !self.struck.1.contains(&(clause, at)) {
            self.struck.1.push((clause, at));
        }
    }

    /// Whether a clock trigger came at this very instant.
    pub fn has_struck(&self, clause: Clause, at: usize, now_ms: i64) -> bool {
        self.struck.0 == now_ms && self.struck.1.contains(&(clause, at))
    }
}

/// Whether anything may happen at a place: everywhere but at a key whose run has ended.
pub fn slot_is_live(program: &Program<'_>, slots: &[Slot], rest: &Rest, place: usize) -> bool {
    match place.checked_sub(slots.len()) {
        Some(at) => rest.keyed.get(at).is_some_and(|keyed| keyed.slot.stage().is_some()),
        None => program.funnels[place].funnel.key.is_none(),
    }
}
