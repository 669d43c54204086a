//! What a run surely brings to a stage: which properties `entry` has there, and which events have happened.
//!
//! A must-analysis over the doors of a funnel, one name at a time and only for names that are asked for. A door brings
//! what its trigger carries, on each side of an `or`; what was brought before stays. `from anywhere` is one node
//! between all stages that are not final and those doors, so that a question costs stages plus doors.
//! Invariant: a stage that no way leads to knows everything, so that nothing is reported in it.

use super::{Resolver, declare::Declared, sides::Side, value::find_property};
use crate::{
    model::{EventId, FunnelId, Id, Model, Source, StageId, Type},
    source::Span,
};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::{collections::VecDeque, rc::Rc};

/// How surely something is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    /// Some way brings nothing.
    Nothing,
    /// Every way brings something that may be missing.
    Maybe,
    /// Every way brings it.
    Surely,
    /// No way leads here.
    Unreached,
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Question {
    /// Whether `entry` has a property.
    Property(SmolStr),
    /// Whether an event has happened.
    Event(EventId),
}

/// What is known in each stage.
pub(super) struct Answer {
    /// By stage of the funnel.
    pub levels: Vec<Level>,
    /// By stage: which of `types` the property can have, as bits.
    pub masks: Vec<u64>,
    /// For `from anywhere`.
    pub anywhere: (Level, u64),
    /// The distinct declarations that bring it.
    pub types: Vec<(Type, EventId)>,
    /// By door: what each side of its `or` brings.
    gains: Vec<Vec<Gain>>,
}

#[derive(Clone, Copy)]
struct Gain {
    level: Level,
    bits: u64,
}

/// The doors of a funnel.
#[derive(Default)]
pub(super) struct Ways {
    first_stage: usize,
    final_stages: Vec<bool>,
    doors: Vec<Way>,
    from_outside: Vec<usize>,
    from_anywhere: Vec<usize>,
    /// By stage: the doors that lead on.
    onward: Vec<Vec<usize>>,
    answers: FxHashMap<Question, Rc<Answer>>,
}

struct Way {
    target: usize,
    span: Span,
    sides: Vec<Side>,
}

impl<'a> Resolver<'a> {
    /// Reads the doors of all funnels.
    pub(super) fn prepare_ways(&mut self, declared: &Declared<'a>) {
        self.names.properties = self.model.events.values().flat_map(|event| event.properties.iter().map(|it| it.name.clone())).collect();
        for (funnel, _) in &declared.funnels {
            let stages = &self.model.funnels[*funnel].stages;
            let mut ways = Ways {
                first_stage: stages.first().map_or(0, |stage| stage.index()),
                final_stages: stages.iter().map(|stage| self.model.stages[*stage].is_final).collect(),
                onward: vec![Vec::new(); stages.len()],
                ..Ways::default()
            };
            for tree in declared.stages_of(*funnel) {
                for door in &tree.doors {
                    if door.damaged {
                        ways.add(tree.id.index(), door.span, vec![Side { any: true, ..Side::default() }], &door.source);
                        continue;
                    }
                    let sides = door.when.as_ref().map_or_else(|| vec![Side::default()], |when| self.sides(when));
                    ways.add(tree.id.index(), door.span, sides, &door.source);
                }
            }
            self.ways.push(ways);
        }
    }

    /// What is known in the stages of a funnel.
    pub(super) fn answer(&mut self, funnel: FunnelId, question: &Question) -> Rc<Answer> {
        let Some(ways) = self.ways.get_mut(funnel.index()) else { return Rc::new(Answer::empty()) };
        if let Some(answer) = ways.answers.get(question) {
            return Rc::clone(answer);
        }
        let answer = Rc::new(ways.solve(question, &self.model));
        ways.answers.insert(question.clone(), Rc::clone(&answer));
        answer
    }

    /// The level and the types at a place of a funnel, with a stage that decides it.
    pub(super) fn known_at(&mut self, funnel: FunnelId, question: &Question, at: At<'_>) -> (Level, u64, Option<StageId>) {
        let answer = self.answer(funnel, question);
        let first = self.ways.get(funnel.index()).map_or(0, |ways| ways.first_stage);
        let in_stage = |stage: StageId| {
            let local = stage.index().wrapping_sub(first);
            let level = answer.levels.get(local).copied().unwrap_or(Level::Unreached);
            (level, answer.masks.get(local).copied().unwrap_or(0), Some(stage))
        };
        let lowest = |a: (Level, u64, Option<StageId>), b: (Level, u64, Option<StageId>)| {
            if b.0 < a.0 { (b.0, a.1 | b.1, b.2) } else { (a.0, a.1 | b.1, a.2) }
        };
        let none = (Level::Unreached, 0, None);
        match at {
            At::Stage(stage) => in_stage(stage),
            At::Source(Source::Outside) => (Level::Nothing, 0, None),
            At::Source(Source::Stages(stages)) => stages.iter().map(|(stage, _)| in_stage(*stage)).fold(none, lowest),
            At::Source(Source::Anywhere { or_outside: true }) => (Level::Nothing, answer.anywhere.1, None),
            At::Source(Source::Anywhere { or_outside: false }) => {
                let stage = (answer.anywhere.0 == Level::Nothing)
                    .then(|| answer.levels.iter().position(|level| *level == Level::Nothing))
                    .flatten()
                    .and_then(|local| u32::try_from(first + local).ok())
                    .map(StageId::new);
                (answer.anywhere.0, answer.anywhere.1, stage)
            }
            At::Funnel => {
                let stages = self.model.funnels[funnel].stages.clone();
                stages.into_iter().map(in_stage).fold(none, lowest)
            }
        }
    }

    /// The shortest way from outside to a stage on which no door brings what is asked for: the places of its doors,
    /// and the stages they lead to.
    pub(super) fn bare_way(&mut self, funnel: FunnelId, question: &Question, to: StageId) -> Vec<(Span, StageId)> {
        let answer = self.answer(funnel, question);
        self.ways.get(funnel.index()).map(|ways| ways.bare_way(&answer, to)).unwrap_or_default()
    }
}

/// A place in a funnel.
#[derive(Clone, Copy)]
pub(super) enum At<'s> {
    Stage(StageId),
    Source(&'s Source),
    Funnel,
}

impl Answer {
    fn empty() -> Self {
        Self { levels: Vec::new(), masks: Vec::new(), anywhere: (Level::Unreached, 0), types: Vec::new(), gains: Vec::new() }
    }
}

impl Ways {
    fn add(&mut self, target: usize, span: Span, sides: Vec<Side>, source: &Source) {
        let door = self.doors.len();
        self.doors.push(Way { target: target.wrapping_sub(self.first_stage), span, sides });
        match source {
            Source::Outside => self.from_outside.push(door),
            Source::Stages(stages) => {
                for (stage, _) in stages {
                    if let Some(onward) = self.onward.get_mut(stage.index().wrapping_sub(self.first_stage)) {
                        onward.push(door);
                    }
                }
            }
            Source::Anywhere { or_outside } => {
                self.from_anywhere.push(door);
                if *or_outside {
                    self.from_outside.push(door);
                }
            }
        }
    }

    fn solve(&self, question: &Question, model: &Model) -> Answer {
        let mut types: Vec<(Type, EventId)> = Vec::new();
        let gains: Vec<Vec<Gain>> =
            self.doors.iter().map(|door| door.sides.iter().map(|side| gain(side, question, model, &mut types)).collect()).collect();
        let stages = self.onward.len();
        let mut solver = Solver {
            ways: self,
            levels: vec![Level::Unreached; stages],
            masks: vec![0; stages],
            waiting: VecDeque::new(),
            queued: vec![false; stages],
            gains: &gains,
        };
        for door in &self.from_outside {
            solver.pass(*door, Level::Nothing, 0);
        }
        let anywhere = solver.run();
        let (levels, masks) = (solver.levels, solver.masks);
        Answer { levels, masks, anywhere, types, gains }
    }

    fn bare_way(&self, answer: &Answer, to: StageId) -> Vec<(Span, StageId)> {
        let brings_nothing =
            |door: &usize| answer.gains.get(*door).is_some_and(|sides| sides.iter().any(|gain| gain.level == Level::Nothing));
        let mut came: Vec<Option<(usize, Option<usize>)>> = vec![None; self.onward.len()];
        let mut waiting: VecDeque<usize> = VecDeque::new();
        let visit = |door: usize, from: Option<usize>, waiting: &mut VecDeque<usize>, came: &mut Vec<Option<(usize, Option<usize>)>>| {
            let Some(way) = self.doors.get(door) else { return };
            if let Some(slot @ None) = came.get_mut(way.target) {
                *slot = Some((door, from));
                waiting.push_back(way.target);
            }
        };
        for door in self.from_outside.iter().filter(|door| brings_nothing(door)) {
            visit(*door, None, &mut waiting, &mut came);
        }
        let mut anywhere_done = false;
        while let Some(stage) = waiting.pop_front() {
            for door in self.onward.get(stage).into_iter().flatten().filter(|door| brings_nothing(door)) {
                visit(*door, Some(stage), &mut waiting, &mut came);
            }
            if !anywhere_done && !self.final_stages.get(stage).copied().unwrap_or(true) {
                anywhere_done = true;
                for door in self.from_anywhere.iter().filter(|door| brings_nothing(door)) {
                    visit(*door, Some(stage), &mut waiting, &mut came);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = Some(to.index().wrapping_sub(self.first_stage));
        while let Some(stage) = at {
            let Some(Some((door, from))) = came.get(stage) else { break };
            let (Some(way), Ok(id)) = (self.doors.get(*door), u32::try_from(self.first_stage + stage)) else { break };
            path.push((way.span, StageId::new(id)));
            at = *from;
        }
        path.reverse();
        path
    }
}

fn gain(side: &Side, question: &Question, model: &Model, types: &mut Vec<(Type, EventId)>) -> Gain {
    let nothing = Gain { level: Level::Nothing, bits: 0 };
    if side.any {
        return Gain { level: Level::Surely, bits: 0 };
    }
    match question {
        Question::Event(event) => {
            if side.had.contains(event) {
                Gain { level: Level::Surely, bits: 0 }
            } else {
                nothing
            }
        }
        Question::Property(name) => {
            let Some(event) = side.event else { return nothing };
            let Some((_, property)) = find_property(&model.events[event].properties, name) else { return nothing };
            let known = !property.optional || side.known.contains(name);
            let place = types.iter().position(|(ty, _)| *ty == property.ty).unwrap_or_else(|| {
                types.push((property.ty.clone(), event));
                types.len() - 1
            });
            Gain { level: if known { Level::Surely } else { Level::Maybe }, bits: 1 << place.min(63) }
        }
    }
}

struct Solver<'w> {
    ways: &'w Ways,
    levels: Vec<Level>,
    masks: Vec<u64>,
    waiting: VecDeque<usize>,
    queued: Vec<bool>,
    gains: &'w [Vec<Gain>],
}

impl Solver<'_> {
    /// Goes through a door with what is known before it.
    fn pass(&mut self, door: usize, before: Level, mask: u64) {
        let (Some(way), Some(gains)) = (self.ways.doors.get(door), self.gains.get(door)) else { return };
        let mut level = Level::Unreached;
        let mut bits = 0;
        for gain in gains {
            level = level.min(before.max(gain.level));
            bits |= gain.bits | if gain.level == Level::Surely { 0 } else { mask };
        }
        let (Some(at), Some(known)) = (self.levels.get_mut(way.target), self.masks.get_mut(way.target)) else { return };
        if level < *at || bits & !*known != 0 {
            *at = level.min(*at);
            *known |= bits;
            if let Some(queued @ false) = self.queued.get_mut(way.target) {
                *queued = true;
                self.waiting.push_back(way.target);
            }
        }
    }

    /// Until nothing changes; returns what is known anywhere.
    fn run(&mut self) -> (Level, u64) {
        let mut anywhere = (Level::Unreached, 0);
        while let Some(stage) = self.waiting.pop_front() {
            if let Some(queued) = self.queued.get_mut(stage) {
                *queued = false;
            }
            let ways = self.ways;
            let (Some(level), Some(mask)) = (self.levels.get(stage).copied(), self.masks.get(stage).copied()) else { continue };
            for door in ways.onward.get(stage).into_iter().flatten() {
                self.pass(*door, level, mask);
            }
            if ways.final_stages.get(stage).copied().unwrap_or(true) || (level >= anywhere.0 && mask & !anywhere.1 == 0) {
                continue;
            }
            anywhere = (level.min(anywhere.0), anywhere.1 | mask);
            for door in &ways.from_anywhere {
                self.pass(*door, anywhere.0, anywhere.1);
            }
        }
        anywhere
    }
}

/// The names of the stages of a path, for messages.
pub(super) fn path_words(model: &Model, path: &[(Span, StageId)]) -> String {
    let mut words = String::from("outside");
    for (_, stage) in path {
        words.push_str(" → ");
        words.push_str(&model.stages[*stage].name.text);
    }
    words
}
