//! A rule set as dense tables: every name is a small number, every condition a node of one list.
//!
//! Invariants: numbers of nodes, steps and clauses lie inside their tables, since `compile` alone makes them; slots of an
//! event number the properties that some rule reads or a sink wants to hear, so that nothing else of a record is kept.
//! Deliberately absent: whatever changes while records come.

mod cascade;
mod cells;
mod compile;
mod conditions;
mod funnels;
mod hearing;
mod horizon;
mod nodes;
mod parts;
mod plan;
mod ripens;
mod steps;
mod telling;

pub use cascade::ECHOES_MAX;
pub use cells::CellTest;
pub use compile::{Unfit, compile, compile_whole, wall_ms as compile_wall};
pub use nodes::{Aggregate, ByTime, ClockOf, Condition, InstantOf, Root, Term, Test};
pub use plan::{CauseOf, Clause, Concern, DelayOf, Does, FunnelOf, NurtureOf, StageOf, Standing, StartOf, StepOf};

use super::{steady::Steady, track::Kinds, value::Kept};
use crate::{
    ruleset::{Attribute, Channel, Event, Message, RuleSet, ScoreLine},
    runtime::zone::Zone,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A set of events; all from the 64th on are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u64);

impl Events {
    /// This event alone.
    pub fn of(event: Id) -> Self {
        Self(1 << event.min(EVENTS_APART as Id - 1))
    }

    /// Whether both have an event.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The events of both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// So many events are told apart in sets, and where lists stand for each.
pub const EVENTS_APART: usize = 64;

/// The number of something in its table.
pub type Id = u32;

/// A compiled rule set.
pub struct Program<'r> {
    /// What it was made from.
    pub rules: &'r RuleSet,
    /// The zone of contacts whose own is unknown.
    pub zone: Arc<Zone>,
    /// When its clocks are far from being changed.
    pub steady: Steady,
    /// The zone of a contact of whom nothing is known but the defaults.
    pub first_zone: Option<Arc<Zone>>,
    /// The attributes: those declared, and `timezone`.
    pub attributes: Vec<AttributeOf<'r>>,
    /// Their numbers.
    pub attribute_ids: FxHashMap<&'r str, Id>,
    /// The number of `timezone`.
    pub timezone: Id,
    /// What attributes are before anything is known.
    pub defaults: Arc<[Option<Kept>]>,
    /// The events: those declared, and `identify`.
    pub events: Vec<EventOf<'r>>,
    /// Their numbers.
    pub event_ids: FxHashMap<&'r str, Id>,
    /// The numbers of `identify` and `sent`.
    pub identify: Id,
    /// The number of `sent`, if it is declared.
    pub sent: Option<Id>,
    /// The channels.
    pub channels: Vec<&'r Channel>,
    /// The messages, each with its channel.
    pub messages: Vec<(&'r Message, Option<Id>)>,
    /// Their numbers.
    pub message_ids: FxHashMap<&'r str, Id>,
    /// The conditions of segments.
    pub segments: Vec<Id>,
    /// The lines of all scores, each with its score.
    pub lines: Vec<LineOf<'r>>,
    /// The nodes of conditions.
    pub conditions: Vec<Condition>,
    /// Those of them that are no more than tests on cells, by number.
    pub cell_tests: Vec<Option<CellTest>>,
    /// Conditions that clauses and steps ask.
    pub roots: Vec<Root>,
    /// Tests on events.
    pub tests: Vec<Test>,
    /// Terms.
    pub terms: Vec<Term>,
    /// Constants.
    pub constants: Vec<Kept>,
    /// Figures over past events.
    pub aggregates: Vec<Aggregate>,
    /// Clock triggers.
    pub clocks: Vec<ClockOf>,
    /// Instants.
    pub instants: Vec<InstantOf>,
    /// Blocks of steps, each the numbers of its steps.
    pub blocks: Vec<Vec<Id>>,
    /// All steps.
    pub steps: Vec<StepOf<'r>>,
    /// The names that `entry.x` reads.
    pub entries: Vec<&'r str>,
    /// The names of nurtures.
    pub plays: Vec<&'r str>,
    /// The funnels.
    pub funnels: Vec<FunnelOf<'r>>,
    /// How many events are looked back at.
    pub tracks: usize,
    /// Whether everything is kept of contacts as the reference keeps it, so that they can be written down.
    pub is_whole: bool,
    /// Whether a funnel has a run for each key.
    pub is_keyed: bool,
    /// Whether some step might set a number that does not fit.
    pub may_overflow: bool,
    /// Whether a record may be set aside for what came of it.
    pub may_set_aside: bool,
    /// Whether anything beside places in funnels is kept of contacts.
    pub keeps_rest: bool,
    /// Whether anything can fall due.
    pub has_timers: bool,
    /// Whether no run can turn in a circle by conditions that hold without a trigger.
    pub is_calm: bool,
    /// The property for which records that are taken are told, if there is one.
    pub property: Option<&'r str>,
    /// The names of what is told of them, that property first.
    pub told: Vec<&'r str>,
}

/// An attribute.
pub struct AttributeOf<'r> {
    /// Its name.
    pub name: &'r str,
    /// What was declared; nothing for a `timezone` that was not.
    pub declared: Option<&'r Attribute>,
}

/// An event.
#[derive(Default)]
pub struct EventOf<'r> {
    /// Its name.
    pub name: &'r str,
    /// What was declared.
    pub declared: Option<&'r Event>,
    /// The properties that are read, by slot.
    pub slots: Vec<&'r str>,
    /// For each declared property its slot, if it is read.
    pub slot_of: Vec<Option<u8>>,
    /// The slots that `entry.x` reads, each with the number of that name.
    pub entries: Vec<(u8, Id)>,
    /// The slot with the key, for each funnel.
    pub keys: Vec<Option<u8>>,
    /// The attributes that it sets to `no`.
    pub opts_out: Vec<Id>,
    /// Whether it answers a message.
    pub is_answer: bool,
    /// Whether it closes the channel of its message: always, or where it is hard.
    pub closes: Option<Closing>,
    /// The slots of `message`, `request` and `hard`, where they matter.
    pub message: Option<u8>,
    /// The slot of `request`.
    pub request: Option<u8>,
    /// The slot of `hard`.
    pub hard: Option<u8>,
    /// Where its past is kept, if something looks back at it.
    pub track: Option<Id>,
    /// How far back anything looks, if that is bounded but for the latest few of each kind.
    pub horizon_ms: Option<i64>,
    /// Tests for which the latest so many are asked for, whenever they were.
    pub latest: Vec<(Id, usize)>,
    /// What is kept of its past.
    pub kinds: Kinds,
    /// Whether it may pass without being tried on anything: it changes no attribute and closes no channel.
    pub may_pass: bool,
    /// Whether something of it is kept: its past, or points.
    pub is_kept: bool,
    /// What is told of its records that are taken, if something is.
    pub told: Option<Telling>,
}

/// What is told of the records of an event.
pub struct Telling {
    /// Whether all of them are told; else those that have [`Program::property`].
    pub always: bool,
    /// The slots of what is told, each with its place there.
    pub slots: Vec<(u8, u8)>,
}

/// When an event closes a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Always.
    Always,
    /// Where `hard` says so.
    Hard,
}

/// A line of a score.
pub struct LineOf<'r> {
    /// The number of its score.
    pub score: Id,
    /// As it was declared.
    pub line: &'r ScoreLine,
    /// The event that it is about.
    pub test: Id,
    /// The period, where time counts.
    pub period_ms: Option<i64>,
}

impl<'r> Program<'r> {
    /// The arms of a wait, and the block of its time-out.
    pub fn arms(&self, step: Id) -> (&[(Id, Id)], Id) {
        match &self.steps[step as usize].does {
            Does::WaitArms(arms, otherwise, _) => (arms, *otherwise),
            _ => (&[], 0),
        }
    }

    /// What an event concerns for a run, or for somebody outside.
    #[inline]
    pub fn concern(&self, funnel: usize, stage: Option<usize>, event: Id) -> &Concern {
        let funnel = &self.funnels[funnel];
        &stage.map_or(&funnel.concerns, |at| &funnel.stages[at].concerns)[(event as usize).min(EVENTS_APART - 1)]
    }

    /// Before what a run, or somebody outside, stands.
    #[inline]
    pub fn standing(&self, funnel: usize, stage: Option<usize>) -> &[Standing<'r>] {
        let funnel = &self.funnels[funnel];
        stage.map_or(&funnel.outside, |at| &funnel.stages[at].standing)
    }
}
