//! A rule set as dense tables: every name is a small number, every condition a node of one list.
//!
//! Invariants: numbers of nodes, steps and clauses lie inside their tables, since `compile` alone makes them; slots of an
//! event number the properties that some rule reads, so that nothing else of a record is kept.
//! Deliberately absent: whatever changes while records come.

mod compile;
mod conditions;
mod funnels;
mod hearing;
mod horizon;
mod parts;
mod steps;

pub use compile::{Unfit, compile, wall_ms as compile_wall};

use super::value::Kept;
use crate::{
    ruleset::{AggregateKind, ArithmeticOp, Attribute, Channel, Comparison, CountBound, Event, Funnel, Message, RuleSet, ScoreLine},
    ruleset::{Nurture, Offset, Stage, Step, TextTest, WallTime, Window},
    runtime::zone::Zone,
    units::{Clock, Date, Weekday},
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A set of events; all from the 64th on are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u64);

impl Events {
    /// This event alone.
    pub fn of(event: Id) -> Self {
        Self(1 << event.min(63))
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

/// The number of something in its table.
pub type Id = u32;

/// A compiled rule set.
pub struct Program<'r> {
    /// What it was made from.
    pub rules: &'r RuleSet,
    /// The zone of contacts whose own is unknown.
    pub zone: Arc<Zone>,
    /// The zone of a contact of whom nothing is known but the defaults.
    pub first_zone: Option<Arc<Zone>>,
    /// The attributes: those declared, and `timezone`.
    pub attributes: Vec<AttributeOf<'r>>,
    /// Their numbers.
    pub attribute_ids: FxHashMap<&'r str, Id>,
    /// The number of `timezone`.
    pub timezone: Id,
    /// What attributes are before anything is known.
    pub defaults: Vec<Option<Kept>>,
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
    /// Whether a funnel has a run for each key.
    pub is_keyed: bool,
    /// Whether some step might set a number that does not fit.
    pub may_overflow: bool,
    /// Whether anything beside places in funnels is kept of contacts.
    pub keeps_rest: bool,
    /// Whether anything can fall due.
    pub has_timers: bool,
    /// Whether no run can turn in a circle by conditions that hold without a trigger.
    pub is_calm: bool,
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
    /// Whether it may pass without being tried on anything: it changes no attribute and closes no channel.
    pub may_pass: bool,
    /// Whether something of it is kept: its past, or points.
    pub is_kept: bool,
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

/// A node of a condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// One of these holds.
    Any(Box<[Id]>),
    /// Each of these holds.
    All(Box<[Id]>),
    /// This does not hold.
    Not(Id),
    /// The event is happening.
    Event(Id),
    /// It has happened.
    Had(Id, Option<Window>),
    /// It has not happened.
    No(Id, Option<Window>),
    /// It has happened so often.
    Count(Id, Option<Window>, CountBound, usize),
    /// The time since the latest.
    TimeSince(Id, Comparison, i64),
    /// Two terms compare.
    Compare(Id, Comparison, Id),
    /// A term is one of these.
    In(Id, Box<[Id]>),
    /// A test on a text.
    Text(Id, TextTest, Id),
    /// A term is known.
    Known(Id),
    /// A term is missing.
    Missing(Id),
    /// The contact is in a segment.
    Segment(Id),
    /// A nurture of that name reached its end.
    Finished(Id),
    /// Before that day.
    Before(Date),
    /// From that day on.
    From(Date),
    /// A clock trigger.
    Clock(Id),
    /// Never; what a name that refers to nothing makes of a condition.
    Never,
}

/// A condition that a clause or step asks.
pub struct Root {
    /// Its node.
    pub condition: Id,
    /// Its clock triggers, in written order.
    pub clocks: Box<[Id]>,
    /// The events that can change what it says.
    pub hears: Events,
}

/// A test on an event.
pub struct Test {
    /// Which event.
    pub event: Id,
    /// Which of them.
    pub filter: Option<Id>,
}

/// A term.
#[derive(Clone, Debug)]
pub enum Term {
    /// A constant.
    Constant(Id),
    /// A time of the wall, in the contact's zone.
    Wall(WallTime),
    /// An attribute.
    Attribute(Id),
    /// A property of the event that is looked at.
    Property(u8),
    /// `entry.x`.
    Entry(Id),
    /// A property of the latest such event.
    Latest(Id, u8),
    /// A score.
    Score(Id),
    /// A figure over past events.
    Aggregate(Id),
    /// Two numbers combined.
    Arithmetic(ArithmeticOp, Id, Id),
    /// A number with its sign turned.
    Negate(Id),
    /// Always missing.
    Missing,
}

/// A figure over past events.
pub struct Aggregate {
    /// Which.
    pub figure: AggregateKind,
    /// Of which events.
    pub test: Id,
    /// Of which property.
    pub slot: u8,
    /// Over which time.
    pub window: Option<Window>,
}

/// A clock trigger.
#[derive(Clone, Debug)]
pub enum ClockOf {
    /// Every day.
    Day(Clock),
    /// Every week.
    Week(Weekday, Clock),
    /// Every month.
    Month(u32, Clock),
    /// Every year on the day of a term.
    Year(Id, Clock),
    /// An instant is reached; whether it opens where it is past.
    Reaches(Id, bool),
}

/// An instant.
#[derive(Clone, Debug)]
pub struct InstantOf {
    /// From what it counts.
    pub base: Id,
    /// How far from there.
    pub offset: Option<Offset>,
    /// At what time of that day.
    pub at: Option<Clock>,
}

/// A clause: the order is that of trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// A `leave` of the stage.
    StageLeave(u16),
    /// A `leave` of the funnel.
    FunnelLeave(u16),
    /// A door: its stage and its place there.
    Door(u16, u16),
    /// What starts a nurture.
    Start(u16),
}

/// A delay.
#[derive(Clone, Copy, Debug)]
pub struct DelayOf {
    /// So long.
    pub ms: i64,
    /// Counted from the latest such event.
    pub without: Option<Id>,
}

/// A clause before which somebody stands.
#[derive(Clone, Debug)]
pub struct Standing<'r> {
    /// Which.
    pub clause: Clause,
    /// What time has to do with it.
    pub delay: Option<DelayOf>,
    /// Its condition.
    pub when: Option<Id>,
    /// Whether it is a door from outside that is met inside.
    pub restart: bool,
    /// Its identity and sentence.
    pub cause: CauseOf<'r>,
    /// The events that can change whether it is open.
    pub hears: Events,
}

/// The identity and the sentence of a rule.
#[derive(Clone, Copy, Debug)]
pub struct CauseOf<'r> {
    /// Its identity.
    pub id: &'r str,
    /// Its sentence.
    pub sentence: &'r str,
}

/// A funnel.
pub struct FunnelOf<'r> {
    /// As it was declared.
    pub funnel: &'r Funnel,
    /// Its stages.
    pub stages: Vec<StageOf<'r>>,
    /// Before what somebody stands outside.
    pub outside: Vec<Standing<'r>>,
    /// Whether visits are counted.
    pub counts_visits: bool,
    /// The events that can change anything for somebody outside.
    pub heard: Events,
}

/// A stage.
pub struct StageOf<'r> {
    /// As it was declared.
    pub stage: &'r Stage,
    /// Before what somebody stands here.
    pub standing: Vec<Standing<'r>>,
    /// How often it can be entered.
    pub visits_max: Option<u32>,
    /// Its nurtures.
    pub nurtures: Vec<NurtureOf<'r>>,
    /// The events that can change anything for somebody here.
    pub heard: Events,
}

/// A nurture.
pub struct NurtureOf<'r> {
    /// As it was declared.
    pub nurture: &'r Nurture,
    /// Its name's number.
    pub name: Id,
    /// When it starts.
    pub start: StartOf,
    /// Its steps.
    pub block: Id,
}

/// When a nurture starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOf {
    /// On entering.
    Entry,
    /// When that holds.
    When(Id),
    /// At each such trigger.
    EachTime(Id),
}

/// A step.
pub struct StepOf<'r> {
    /// As it was declared.
    pub step: &'r Step,
    /// What it does.
    pub does: Does<'r>,
}

/// What a step does.
pub enum Does<'r> {
    /// Asks for a message.
    Send(Id, Box<[Id]>),
    /// Asks for something outside.
    Act(Box<[Id]>),
    /// Goes on after so many milliseconds.
    WaitMs(i64),
    /// Goes on some days later.
    WaitDays(u32),
    /// Goes on at a time of the clock.
    WaitClock(Option<Weekday>, Clock),
    /// Goes on at an instant; whether the play ends where it is past.
    WaitInstant(Id, bool),
    /// Takes the first arm to come true: conditions with their blocks, the block of the time-out, and the longest time.
    WaitArms(Box<[(Id, Id)]>, Id, i64),
    /// Takes the first branch that holds, or the other block.
    If(Box<[(Id, Id)]>, Id),
    /// Takes an arm by a share: the shares and blocks.
    Split(&'r str, Box<[u32]>, Box<[Id]>),
    /// Does a block several times: so often, from start to start, until, what.
    Repeat(u32, i64, Option<Id>, Id),
    /// Sets an attribute.
    Set(Id, Id),
    /// Adds a text to a list.
    Add(Id, Id),
    /// Removes a text from a list.
    Remove(Id, Id),
    /// Records an event: its number and, for each argument, its slot and term.
    Record(Id, Box<[(Option<u8>, Id)]>),
    /// Ends the nurture.
    Stop,
}

impl<'r> StageOf<'r> {
    /// Whether it ends runs.
    pub fn is_final(&self) -> bool {
        self.stage.is_final
    }
}

impl<'r> Program<'r> {
    /// Before what a run, or somebody outside, stands.
    pub fn standing(&self, funnel: usize, stage: Option<usize>) -> &[Standing<'r>] {
        let funnel = &self.funnels[funnel];
        stage.map_or(&funnel.outside, |at| &funnel.stages[at].standing)
    }
}
