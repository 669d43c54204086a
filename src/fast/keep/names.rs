//! Names for what tables number: steps and blocks of steps, as the written form has them, and back.

use crate::{
    fast::program::{Id, Program},
    runtime::{
        Prepared,
        state::{StateError, places::Places, wire::Place},
    },
};
use rustc_hash::FxHashMap;
use std::slice;

/// The names of steps and blocks.
pub struct Names {
    steps: Vec<Place>,
    blocks: Vec<Place>,
    step_ids: FxHashMap<String, Id>,
    block_ids: FxHashMap<(String, Option<usize>), Id>,
    /// The numbers of funnels by their names.
    funnels: FxHashMap<String, usize>,
    /// The names of funnels that are gone, for what history says of them.
    pub gone: Vec<String>,
}

/// What a written contact speaks of, and these rules do not have.
pub fn unknown(what: impl Into<String>) -> StateError {
    StateError::Unknown(what.into())
}

impl Names {
    /// The names of a program that was made from these rules.
    pub fn new<'r>(program: &Program<'r>, prepared: &Prepared<'r>) -> Self {
        let places = Places::new(1, prepared.program().clone());
        let steps: Vec<Place> = program.steps.iter().map(|step| places.of_step(step.step).unwrap_or_default()).collect();
        let first = |block: &Vec<Id>| block.first().map(|step| slice::from_ref(program.steps[*step as usize].step));
        let of_block = |block: &Vec<Id>| first(block).and_then(|steps| places.of_block(steps)).unwrap_or_default();
        let blocks: Vec<Place> = program.blocks.iter().map(of_block).collect();
        Self {
            step_ids: steps.iter().map(|place| place.id.clone()).zip(0..).collect(),
            block_ids: blocks.iter().map(|place| (place.id.clone(), place.way)).zip(0..).collect(),
            funnels: program.funnels.iter().map(|funnel| funnel.funnel.name.clone()).zip(0..).collect(),
            steps,
            blocks,
            gone: Vec::new(),
        }
    }

    /// The name of a step.
    pub fn step(&self, step: Id) -> Place {
        self.steps[step as usize].clone()
    }

    /// The name of an arm of a step.
    pub fn arm(&self, step: Id, at: usize) -> Place {
        Place { way: Some(at), ..self.step(step) }
    }

    /// The name of a block; empty for the one without steps.
    pub fn block(&self, block: Id) -> Place {
        self.blocks[block as usize].clone()
    }

    /// The step of that name.
    ///
    /// # Errors
    /// [`StateError::Unknown`] where these rules have none.
    pub fn step_of(&self, place: &Place) -> Result<Id, StateError> {
        let found = if place.rules.is_some() { None } else { self.step_ids.get(&place.id) };
        found.copied().ok_or_else(|| unknown(format!("`{}`", place.id)))
    }

    /// The block of that name.
    ///
    /// # Errors
    /// [`StateError::Unknown`] where these rules have none.
    pub fn block_of(&self, place: &Place) -> Result<Id, StateError> {
        let found = if place.rules.is_some() { None } else { self.block_ids.get(&(place.id.clone(), place.way)) };
        found.copied().ok_or_else(|| unknown(format!("`{}`", place.id)))
    }

    /// The funnel of that name.
    ///
    /// # Errors
    /// [`StateError::Unknown`] where these rules have none.
    pub fn funnel_of(&self, name: &str) -> Result<usize, StateError> {
        self.funnels.get(name).copied().ok_or_else(|| unknown(format!("a funnel `{name}`")))
    }

    /// The number of a funnel in history, where it may be gone: those are counted from the other end.
    ///
    /// # Errors
    /// [`StateError::Unknown`] where too many are gone.
    pub fn past_funnel(&mut self, name: &str) -> Result<u16, StateError> {
        if let Some(at) = self.funnels.get(name) {
            return u16::try_from(*at).map_err(|_| unknown(format!("a funnel `{name}`")));
        }
        let at = self.gone.iter().position(|gone| gone == name).unwrap_or_else(|| {
            self.gone.push(name.to_owned());
            self.gone.len() - 1
        });
        let number = u16::try_from(at).ok().and_then(|at| u16::MAX.checked_sub(at));
        number.filter(|number| usize::from(*number) >= self.funnels.len()).ok_or_else(|| unknown("too many funnels"))
    }

    /// The name of a funnel in history.
    pub fn of_past_funnel(&self, program: &Program<'_>, number: u16) -> String {
        match program.funnels.get(usize::from(number)) {
            Some(funnel) => funnel.funnel.name.clone(),
            None => self.gone.get(usize::from(u16::MAX - number)).cloned().unwrap_or_default(),
        }
    }
}
