//! What a run has beside its place: visits, `entry`, nurtures with what they wait for, and what time has done to clauses.

use super::{
    program::{Clause, Id},
    value::Kept,
};
use crate::{runtime::zone::Zone, units::Date};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::sync::Arc;

/// What a run has beside its place.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// How often each stage was entered in this run.
    pub visits: SmallVec<[(u16, u32); 2]>,
    /// `entry.x`.
    pub entry: Vec<(Id, Kept)>,
    /// One for each nurture of the stage.
    pub plays: Vec<PlaySlot>,
    /// What time has done to clauses.
    pub clauses: Vec<(Clause, ClauseState)>,
    /// What few places have.
    pub seldom: Option<Box<Seldom>>,
}

/// What few places have.
#[derive(Clone, Debug, Default)]
pub struct Seldom {
    /// When the latest run that ended did, and the final stage in which; kept of contacts that are written down.
    pub ended: (Option<i64>, Option<u16>),
    /// The stages entered at an instant through clock triggers that were past already.
    pub past_entries: (i64, SmallVec<[u16; 2]>),
    /// The clock triggers that came at an instant: of which clause, and which of it.
    pub clocks: (i64, SmallVec<[(Clause, usize); 2]>),
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
    #[inline]
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
        let clocks = &mut self.seldom.get_or_insert_default().clocks;
        if clocks.0 != now_ms {
            *clocks = (now_ms, SmallVec::new());
        }
        if !clocks.1.contains(&(clause, at)) {
            clocks.1.push((clause, at));
        }
    }

    /// Whether a clock trigger came at this very instant.
    pub fn has_struck(&self, clause: Clause, at: usize, now_ms: i64) -> bool {
        self.seldom.as_ref().is_some_and(|seldom| seldom.clocks.0 == now_ms && seldom.clocks.1.contains(&(clause, at)))
    }
}
