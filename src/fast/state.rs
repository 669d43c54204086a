//! What is kept of a contact.
//!
//! Everybody has a [`Hot`] and, for each funnel that runs once per contact, a [`Slot`]; both lie in one row of memory for all
//! contacts. Whatever else rules ask for is in a [`Rest`], which contacts of plain funnels do not have.

pub use super::more::{Basis, ClauseState, ClockState, Frame, Held, More, Play, PlaySlot, Request, Waiting};
use super::{
    program::{Id, Program},
    track::Track,
    value::Kept,
};
use crate::runtime::{state::wire::AsideForm, zone::Zone};
use rustc_hash::{FxHashMap, FxHashSet};
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
    /// It was not tried yet by the present rules, and is so at once.
    pub is_untried: bool,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            since_ms: 0,
            started_ms: 0,
            tried_ms: 0,
            started_order: 0,
            entered_order: 0,
            runs: 0,
            stage: OUTSIDE,
            is_restless: false,
            is_untried: false,
        }
    }
}

impl Slot {
    /// The stage; nothing outside.
    #[inline]
    pub fn stage(&self) -> Option<usize> {
        (self.stage != OUTSIDE).then_some(usize::from(self.stage))
    }
}

/// Ids of records, with their times and contents in short.
pub type Ids = FxHashMap<SmolStr, (i64, [u8; 16])>;

/// What is kept beside the places.
#[derive(Clone, Default)]
pub struct Rest {
    /// By number; shared with all of whom no more is known.
    pub attributes: Arc<[Option<Kept>]>,
    /// The zone, if it is not that of the program.
    pub zone: Option<Arc<Zone>>,
    /// Channels closed by a complaint or a hard bounce.
    pub closed: Vec<Id>,
    /// The time of the first record.
    pub first_ms: Option<i64>,
    /// The latest instant at which something was handled; kept of contacts that are written down.
    pub now_ms: i64,
    /// The place in the log of the latest record.
    pub position: u64,
    /// The lines of scores.
    pub scores: Box<[Line]>,
    /// The past of the events that are looked back at.
    pub tracks: Box<[Track]>,
    /// The messages that went out.
    pub sendings: Vec<Sending>,
    /// What runs per contact have beside their places, by funnel.
    pub mores: Box<[More]>,
    /// The places of funnels with a run for each key.
    pub keyed: Vec<Keyed>,
    /// The ids of records, with their times and contents.
    pub ids: Option<Box<Ids>>,
    /// What older rules left.
    pub older: Option<Box<Older>>,
    /// Whether it has to be kept, whatever the program needs.
    pub is_touched: bool,
}

/// What older rules left to a contact: it is kept for those who ask, and none of it does anything but keep requests from being made
/// twice.
#[derive(Clone, Default)]
pub struct Older {
    /// The keys of requests that were made: none is made again.
    pub done: FxHashSet<SmolStr>,
    /// Attributes that are declared no more.
    pub attributes: Vec<(String, Kept)>,
    /// Places that are gone.
    pub aside: Vec<AsideForm>,
}

impl Rest {
    /// The past of an event, if it is kept.
    #[inline]
    pub fn track(&self, track: Option<Id>) -> Option<&Track> {
        self.tracks.get(track? as usize)
    }

    /// A look at what a run has beside its place.
    #[inline]
    pub fn glance(&self) -> u64 {
        self.mores.first().map_or(0, |more| (more.plays.len() + more.clauses.len()) as u64)
    }

    /// What is known of a stranger.
    pub fn stranger(program: &Program<'_>) -> Self {
        Self {
            attributes: Arc::clone(&program.defaults),
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

/// Whether anything may happen at a place: everywhere but at a key whose run has ended.
pub fn slot_is_live(program: &Program<'_>, slots: &[Slot], rest: &Rest, place: usize) -> bool {
    match place.checked_sub(slots.len()) {
        Some(at) => rest.keyed.get(at).is_some_and(|keyed| keyed.slot.stage().is_some()),
        None => program.funnels[place].funnel.key.is_none(),
    }
}
