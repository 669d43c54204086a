//! All that is known of one contact, and where it stands in every run.
//!
//! A contact has two halves. The log only grows: the full list of what happened, which the reference keeps for ever. The
//! state is cloned before each record that might have to be undone, which is done by putting the clone back and cutting
//! the log to its former length.

use super::{log::Log, program::Program, score::Standing as ScoreStanding, value::Value, zone::Zone};
use crate::ruleset::{Argument, Condition, InstantWait, Repeat, Step};
use crate::units::{Clock, Date, Weekday};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A run's place: funnel and key; the key of a run per contact is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RunId {
    /// Which funnel, in declaration order.
    pub funnel: usize,
    /// Which key.
    pub key: String,
}

/// One contact.
#[derive(Clone, Debug)]
pub(super) struct Contact<'r> {
    pub log: Log,
    pub state: State<'r>,
}

/// Everything about a contact but the log.
#[derive(Clone, Debug)]
pub(super) struct State<'r> {
    pub attributes: BTreeMap<String, Value>,
    pub zone: Zone,
    /// Channels closed by a complaint or a hard bounce.
    pub closed: BTreeSet<String>,
    /// The time of the first record.
    pub first_ms: Option<i64>,
    /// The latest instant that was handled.
    pub now_ms: i64,
    /// The score lines, in declared order.
    pub scores: Vec<ScoreStanding>,
    /// How many events were taken.
    pub taken: u64,
    /// How many results there are.
    pub results: u64,
    /// The position of the latest record.
    pub position: u64,
    /// Per funnel and key.
    pub slots: Vec<BTreeMap<String, Slot<'r>>>,
    /// The places where anything may happen: those of runs per contact, and those of keys that have a run.
    pub live: BTreeSet<RunId>,
    /// The keys of requests that were made before rules changed: none is made again.
    pub done: BTreeSet<String>,
    /// The places that the present rules have not.
    pub aside: Vec<Aside<'r>>,
}

/// The place of a funnel and key by rules that are no longer in force, which have a stage or funnel that is gone.
#[derive(Clone, Debug)]
pub(super) struct Aside<'r> {
    /// Those rules.
    pub program: Arc<Program<'r>>,
    /// Its funnel in them.
    pub funnel: usize,
    pub key: String,
    pub slot: Slot<'r>,
}

impl<'r> Aside<'r> {
    /// Whether it belongs to a funnel and key.
    pub fn is_of(&self, funnel: &str, key: &str) -> bool {
        self.key == key && self.program.funnels.get(self.funnel).is_some_and(|plan| plan.funnel.name == funnel)
    }

    /// The stage in which somebody is stranded.
    pub fn stage(&self) -> Option<&'r str> {
        let stage = self.slot.run.as_ref()?.visit.stage;
        self.program.funnels.get(self.funnel)?.stage(stage).map(|stage| stage.name.as_str())
    }
}

/// The place of a funnel and key: a run, or none.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot<'r> {
    /// How many runs there were.
    pub runs: u32,
    /// When the latest one started.
    pub started_ms: i64,
    /// When the latest one ended.
    pub left_ms: Option<i64>,
    /// The final stage in which the latest run ended.
    pub ended_in: Option<usize>,
    /// The run, if the contact is inside.
    pub run: Option<Run<'r>>,
    /// The clauses that matter outside.
    pub clauses: BTreeMap<Clause, ClauseState>,
    /// Up to here a pause of `reentry` was looked at.
    pub pause_seen_ms: i64,
    /// The stages entered at an instant through clock triggers that were past already: no such circle turns at one instant.
    pub past_entries: (i64, BTreeSet<usize>),
    /// The clock triggers that came at an instant: of which clause, and which of it.
    pub struck: (i64, BTreeSet<(Clause, usize)>),
}

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Run<'r> {
    pub started_ms: i64,
    /// The order of the event that was the latest when the run started.
    pub started_order: u64,
    /// How often each stage was entered.
    pub visits: BTreeMap<usize, u32>,
    /// `entry.x`.
    pub entry: BTreeMap<String, Value>,
    /// The `leave` clauses of the funnel.
    pub leaves: BTreeMap<Clause, ClauseState>,
    pub visit: Visit<'r>,
}

/// A visit of a stage.
#[derive(Clone, Debug)]
pub(super) struct Visit<'r> {
    pub stage: usize,
    /// The how-manieth of this stage in this run, from 1.
    pub number: u32,
    pub entered_ms: i64,
    /// The order of the event that was the latest when the stage was entered.
    pub entered_order: u64,
    /// One for each nurture of the stage.
    pub plays: Vec<PlaySlot<'r>>,
    pub clauses: BTreeMap<Clause, ClauseState>,
}

/// A clause that somebody stands before. The order is that of trying: the stage's `leave`, the funnel's, then doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clause {
    /// A `leave` of the stage.
    StageLeave(usize),
    /// A `leave` of the funnel.
    FunnelLeave(usize),
    /// A door: its stage and its place there.
    Door(usize, usize),
    /// What starts a nurture.
    Start(usize),
}

/// What time has done to a clause.
#[derive(Clone, Debug, Default)]
pub(super) struct ClauseState {
    /// The end of `after D` for which its timer ran; the clause is open while that is still its end.
    pub opened_for_ms: Option<i64>,
    /// It was due while its stage was shut.
    pub gone: bool,
    /// The latest instant at which its condition was tried.
    pub tried_ms: i64,
    /// It was not tried yet by the present rules.
    pub untried: bool,
    /// Its clock triggers, in written order.
    pub clocks: Vec<ClockState>,
}

/// A clock trigger that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClockState {
    /// From what it was computed; where this changes, it is set anew.
    pub basis: Basis,
    /// When it comes.
    pub due_ms: Option<i64>,
    /// It was past when it was set.
    pub was_past: bool,
}

/// From what a clock trigger was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// A schedule in a zone, by a date if it is an anniversary.
    Schedule(String, Option<Date>),
    /// An instant.
    Instant(Option<i64>),
}

/// A nurture in a visit.
#[derive(Clone, Debug, Default)]
pub(super) struct PlaySlot<'r> {
    /// How often it began in this visit.
    pub starts: u32,
    /// It reached its end in this visit.
    pub finished: bool,
    pub running: Option<Play<'r>>,
}

/// A nurture that has begun.
#[derive(Clone, Debug)]
pub(super) struct Play<'r> {
    /// Where it is: the innermost block last.
    pub stack: Vec<Frame<'r>>,
    /// What it waits for; nothing where it is to go on.
    pub waiting: Option<Waiting<'r>>,
    /// The how-manieth start in this visit it is, from 1, for `each time`.
    pub each_time: Option<u32>,
}

/// A block of steps that was entered.
#[derive(Clone, Debug)]
pub(super) enum Frame<'r> {
    /// Steps, and the next of them.
    Steps(&'r [Step], usize),
    /// A `repeat`, the round it is in (from 1; 0 before the first), and when that began.
    Rounds(&'r Repeat, u32, i64),
}

/// What a play waits for.
#[derive(Clone, Debug)]
pub(super) enum Waiting<'r> {
    /// An exact instant.
    Until(i64),
    /// The same time of the clock so many days after an instant.
    Days(i64, u32),
    /// A time of the clock, as set in a zone.
    Clock(Option<Weekday>, Clock, String, Option<i64>),
    /// An instant that may still move.
    Instant(&'r InstantWait),
    /// The first arm to come true, or the time-out.
    Arms(Arms<'r>),
    /// The end of quiet hours.
    Held(Held<'r>),
}

/// Arms of a wait.
#[derive(Clone, Debug)]
pub(super) struct Arms<'r> {
    pub deadline_ms: i64,
    pub arms: Vec<Arm<'r>>,
    pub otherwise: &'r [Step],
    /// Where the time-out leads to instead, where rules have changed and its steps are elsewhere now.
    pub otherwise_instead: Option<Vec<Frame<'r>>>,
}

/// An arm of a wait.
#[derive(Clone, Debug)]
pub(super) struct Arm<'r> {
    pub when: &'r Condition,
    pub steps: &'r [Step],
    /// Where it leads to instead, where rules have changed and its steps are elsewhere now.
    pub instead: Option<Vec<Frame<'r>>>,
    pub state: ClauseState,
}

/// A send that is held.
#[derive(Clone, Debug)]
pub(super) struct Held<'r> {
    pub request: Request<'r>,
    /// The zone by which the end was found.
    pub zone: String,
    pub until_ms: i64,
}

/// A request for a message.
#[derive(Clone, Debug)]
pub(super) struct Request<'r> {
    pub step: &'r Step,
    pub message: &'r str,
    pub key: String,
    pub arguments: Vec<(&'r str, Option<Value>)>,
}

/// Arguments as written.
pub(super) type Arguments<'r> = &'r [Argument];

impl<'r> State<'r> {
    /// The place of a run, if the contact ever was there.
    pub fn slot(&self, id: &RunId) -> Option<&Slot<'r>> {
        self.slots.get(id.funnel)?.get(&id.key)
    }

    /// The place of a run, to change it.
    pub fn slot_mut(&mut self, id: &RunId) -> Option<&mut Slot<'r>> {
        self.slots.get_mut(id.funnel)?.get_mut(&id.key)
    }

    /// The run, if the contact is inside.
    pub fn run(&self, id: &RunId) -> Option<&Run<'r>> {
        self.slot(id)?.run.as_ref()
    }

    /// The run, to change it.
    pub fn run_mut(&mut self, id: &RunId) -> Option<&mut Run<'r>> {
        self.slot_mut(id)?.run.as_mut()
    }

    /// A nurture of the run's visit, to change it.
    pub fn play_mut(&mut self, id: &RunId, play: usize) -> Option<&mut PlaySlot<'r>> {
        self.run_mut(id)?.visit.plays.get_mut(play)
    }
}

impl<'r> Play<'r> {
    /// The step that was taken last: the one it waits in, if it waits in one.
    pub fn present(&self) -> Option<&'r Step> {
        match self.stack.last()? {
            Frame::Steps(steps, next) => steps.get(next.checked_sub(1)?),
            Frame::Rounds(..) => None,
        }
    }
}

impl Slot<'_> {
    /// Keeps that a clock trigger comes now.
    pub fn strike(&mut self, clause: Clause, at: usize, now_ms: i64) {
        if self.struck.0 != now_ms {
            self.struck = (now_ms, BTreeSet::new());
        }
        self.struck.1.insert((clause, at));
    }

    /// Whether a clock trigger came at this very instant.
    pub fn has_struck(&self, clause: Clause, at: usize, now_ms: i64) -> bool {
        self.struck.0 == now_ms && self.struck.1.contains(&(clause, at))
    }

    /// What time has done to a clause that matters here.
    pub fn clause(&self, clause: Clause) -> Option<&ClauseState> {
        match (&self.run, clause) {
            (Some(run), Clause::FunnelLeave(_)) => run.leaves.get(&clause),
            (Some(run), Clause::StageLeave(_) | Clause::Door(..) | Clause::Start(_)) => run.visit.clauses.get(&clause),
            (None, _) => self.clauses.get(&clause),
        }
    }

    /// The same, to change it; made where it is not there yet.
    pub fn clause_mut(&mut self, clause: Clause) -> &mut ClauseState {
        let clauses = match (&mut self.run, clause) {
            (Some(run), Clause::FunnelLeave(_)) => &mut run.leaves,
            (Some(run), Clause::StageLeave(_) | Clause::Door(..) | Clause::Start(_)) => &mut run.visit.clauses,
            (None, _) => &mut self.clauses,
        };
        clauses.entry(clause).or_default()
    }
}
