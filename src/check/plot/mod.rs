//! From a path to what the world must do so that a contact takes it.
//!
//! Job: for each step of a path choose what opens its door (`needs`), make dated events and known attributes of it
//! (`script`, `values`), several ways where there are several. Whether the contact really goes that way is decided by the
//! replay alone, so a wrong guess costs a story and never tells a lie.
//! Readings: a story begins on Monday 2 March 2026 at 10:00 in the program's zone, or near a date that the path asks for;
//! what comes from outside comes a minute after it can; attributes are known from the start where one value will do.

mod demand;
mod needs;
mod script;
mod values;

use super::context::Context;
use crate::{
    diag::{Claim, Plot},
    graph::Step,
    model::StageId,
};
use needs::Needs;
use script::Script;
use smol_str::SmolStr;

/// How many plots one finding gets.
const PLOTS_MAX: usize = 32;

/// How many steps of plots are written for one program; findings behind that keep their notes.
const WRITTEN_MAX: usize = 40_000;

/// Longer paths get no plot.
const STEPS_MAX: usize = 2_000;

/// How often a lap is gone round in a story.
const LAPS: u32 = 3;

/// How long one looks on where nothing ends a story, in milliseconds: a year.
const YEAR_MS: i64 = 365 * 86_400_000;

impl Context<'_> {
    /// Ways in which a contact takes a path and then goes round a lap (which may be empty), the most plausible first. Steps
    /// may lie in several funnels; the plot is told of the funnel of the last one.
    pub fn plots(&self, stem: &[Step], lap: &[Step], claims: impl IntoIterator<Item = Claim>) -> Vec<Plot> {
        let rounds = if lap.is_empty() { 0 } else { LAPS };
        self.plots_of(stem, lap, rounds, claims)
    }

    /// [`Self::plots`], with the lap gone round so often by what comes from outside.
    pub fn plots_of(&self, stem: &[Step], lap: &[Step], rounds: u32, claims: impl IntoIterator<Item = Claim>) -> Vec<Plot> {
        let length = stem.len() + lap.len() * usize::try_from(rounds).unwrap_or(0);
        let written = self.plotted.get();
        if length > STEPS_MAX || written >= WRITTEN_MAX || length == 0 {
            return Vec::new();
        }
        self.plotted.set(written + length + 50);
        let claims: Vec<Claim> = claims.into_iter().collect();
        let mut path = stem.to_vec();
        (0..rounds).for_each(|_| path.extend_from_slice(lap));
        let ways: Vec<Vec<Needs>> = stem.iter().chain(lap).map(|step| needs::ways(self.model, self.graph.edge(step.edge).way)).collect();
        let choices: Vec<usize> = ways.iter().map(Vec::len).collect();
        let choice_of = |at: usize| if at < stem.len() { at } else { stem.len() + (at - stem.len()) % lap.len().max(1) };
        let mut plots: Vec<Plot> = Vec::new();
        for picked in picks(&choices) {
            for at_once in [true, false] {
                let mut script = Script::new(self, at_once);
                for (at, step) in path.iter().enumerate() {
                    let choice = choice_of(at);
                    if let Some(needs) = ways.get(choice).and_then(|ways| ways.get(picked.get(choice).copied().unwrap_or(0))) {
                        script.take(*step, needs);
                    }
                }
                let plot = script.plot(&claims);
                if !plots.contains(&plot) {
                    plots.push(plot);
                }
                if plots.len() >= PLOTS_MAX {
                    return plots;
                }
            }
        }
        plots
    }

    /// How a claim names a stage: by its name and that of its funnel.
    pub fn stage_named(&self, id: StageId) -> SmolStr {
        let stage = &self.model.stages[id];
        smol_str::format_smolstr!("{}/{}", self.model.funnels[stage.funnel].name.text, stage.name.text)
    }
}

/// For each step the number of the way that is chosen: the first everywhere, then one step changed at a time.
fn picks(choices: &[usize]) -> Vec<Vec<usize>> {
    let first = vec![0; choices.len()];
    let mut picks = vec![first.clone()];
    for (at, count) in choices.iter().enumerate() {
        for way in 1..*count {
            if picks.len() >= PLOTS_MAX {
                return picks;
            }
            let mut pick = first.clone();
            if let Some(it) = pick.get_mut(at) {
                *it = way;
            }
            picks.push(pick);
        }
    }
    picks
}
