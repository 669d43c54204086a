//! Funnels as tables: stages, clauses, nurtures and steps.

use super::{Events, Id};
use crate::{
    ruleset::{Funnel, Nurture, Stage, Step},
    units::{Clock, Weekday},
};

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
    /// What each event concerns for them.
    pub concerns: Vec<Concern>,
}

/// What an event concerns of what somebody stands before.
#[derive(Clone, Debug, Default)]
pub struct Concern {
    /// Whether it may set a clock anew.
    pub sets: bool,
    /// The clauses that it may open: their places, each with the condition that is to be asked, if it hears the event.
    pub opens: Box<[(u16, Option<Id>)]>,
    /// The places of clauses that time may open earlier for it.
    pub ripens: Box<[u16]>,
    /// Whether nurtures are started by it, or wait for something: for it, perhaps.
    pub plays: bool,
    /// Whether time may start them or end their waits earlier for it.
    pub plays_ripen: bool,
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
    /// What each event concerns for them.
    pub concerns: Vec<Concern>,
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
