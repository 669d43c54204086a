//! Where the parts of rule sets are, by identity and back.
//!
//! A contact points into rule sets: at steps, at lists of steps, at conditions of arms, and after a change of rules into older
//! ones as well. Here each such part has a name that it keeps in every process that reads the same rule set.

use super::wire::Place;
use crate::{
    ruleset::{Condition, InstantWait, Repeat, Step, StepKind},
    runtime::program::Program,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The parts of a rule set.
pub(crate) struct Places<'r> {
    /// The number by which it is known.
    pub number: u32,
    pub program: Arc<Program<'r>>,
    steps: FxHashMap<String, &'r Step>,
    blocks: FxHashMap<(String, Option<usize>), &'r [Step]>,
    /// By where they are in memory.
    names: FxHashMap<usize, String>,
    block_names: FxHashMap<usize, (String, Option<usize>)>,
    arms: FxHashMap<usize, (String, usize)>,
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

impl<'r> Places<'r> {
    pub fn new(number: u32, program: Arc<Program<'r>>) -> Self {
        let (steps, blocks, names, block_names, arms) = Default::default();
        let mut places = Self { number, program: Arc::clone(&program), steps, blocks, names, block_names, arms };
        for nurture in program.funnels.iter().flat_map(|plan| &plan.funnel.stages).flat_map(|stage| &stage.nurtures) {
            places.add_block(nurture.id.clone(), None, &nurture.steps);
        }
        places
    }

    fn add_block(&mut self, of: String, way: Option<usize>, steps: &'r [Step]) {
        // Identities are unique where a compiler made them; a second of the same gets a number behind.
        let mut of = of;
        while self.blocks.contains_key(&(of.clone(), way)) {
            of.push('~');
        }
        if !steps.is_empty() {
            self.block_names.insert(steps.as_ptr() as usize, (of.clone(), way));
        }
        self.blocks.insert((of, way), steps);
        for step in steps {
            self.add_step(step);
        }
    }

    fn add_step(&mut self, step: &'r Step) {
        let mut id = step.id.clone();
        while self.steps.contains_key(&id) {
            id.push('~');
        }
        self.steps.insert(id.clone(), step);
        self.names.insert(address(step), id.clone());
        let mut inner: Vec<&'r [Step]> = Vec::new();
        match &step.kind {
            StepKind::WaitInstant(wait) => drop(self.names.insert(address::<InstantWait>(wait), id.clone())),
            StepKind::WaitUntil(wait) => drop(self.arms.insert(address(&wait.when), (id.clone(), 0))),
            StepKind::WaitArms(wait) => {
                for (at, arm) in wait.arms.iter().enumerate() {
                    self.arms.insert(address(&arm.when), (id.clone(), at));
                    inner.push(&arm.steps);
                }
                inner.push(&wait.otherwise);
            }
            StepKind::If { branches, otherwise } => {
                inner.extend(branches.iter().map(|branch| branch.steps.as_slice()));
                inner.push(otherwise);
            }
            StepKind::Split(split) => inner.extend(split.arms.iter().map(|arm| arm.steps.as_slice())),
            StepKind::Repeat(repeat) => {
                self.names.insert(address::<Repeat>(repeat), id.clone());
                inner.push(&repeat.steps);
            }
            StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::WaitMs(_)
            | StepKind::WaitCalendarDays(_)
            | StepKind::WaitClock(_)
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. }
            | StepKind::Stop {} => {}
        }
        for (way, steps) in inner.into_iter().enumerate() {
            self.add_block(id.clone(), Some(way), steps);
        }
    }

    pub fn step(&self, place: &Place) -> Option<&'r Step> {
        self.steps.get(&place.id).copied()
    }

    pub fn block(&self, place: &Place) -> Option<&'r [Step]> {
        self.blocks.get(&(place.id.clone(), place.way)).copied()
    }

    pub fn repeat(&self, place: &Place) -> Option<&'r Repeat> {
        if let StepKind::Repeat(repeat) = &self.step(place)?.kind { Some(repeat) } else { None }
    }

    pub fn instant(&self, place: &Place) -> Option<&'r InstantWait> {
        if let StepKind::WaitInstant(wait) = &self.step(place)?.kind { Some(wait) } else { None }
    }

    pub fn arm(&self, place: &Place) -> Option<&'r Condition> {
        let kind = &self.step(place)?.kind;
        if let StepKind::WaitArms(wait) = kind {
            return Some(&wait.arms.get(place.way?)?.when);
        }
        if let StepKind::WaitUntil(wait) = kind { Some(&wait.when) } else { None }
    }

    fn place(&self, id: &str, way: Option<usize>) -> Place {
        Place { id: id.to_owned(), way, rules: None }
    }

    pub fn of_step(&self, step: &Step) -> Option<Place> {
        Some(self.place(self.names.get(&address(step))?, None))
    }

    pub fn of_repeat(&self, repeat: &Repeat) -> Option<Place> {
        Some(self.place(self.names.get(&address(repeat))?, None))
    }

    pub fn of_instant(&self, wait: &InstantWait) -> Option<Place> {
        Some(self.place(self.names.get(&address(wait))?, None))
    }

    pub fn of_arm(&self, when: &Condition) -> Option<Place> {
        let (id, way) = self.arms.get(&address(when))?;
        Some(self.place(id, Some(*way)))
    }

    pub fn of_block(&self, steps: &[Step]) -> Option<Place> {
        let (id, way) = self.block_names.get(&(steps.as_ptr() as usize))?;
        Some(self.place(id, *way))
    }
}
