//! From a path to what the world must do so that a contact takes it.
//!
//! Job: for each step of a path choose what opens its door (`needs`), make dated events and known attributes of it
//! (`script`, `values`), several ways where there are several. Whether the contact really goes that way is decided by the
//! replay alone, so a wrong guess costs a story and never tells a lie.
//! Readings: a story begins on Monday 2 March 2026 at 10:00 in the program's zone, or near a date that the path asks for;
//! what comes from outside comes a minute after it can; attributes are known from the start where one value will do.

mod demand;
mod kinds;
mod needs;
mod script;
mod values;
mod visit;
mod walk;

use super::context::Context;
use crate::{
    diag::{Claim, Happening, Plot},
    graph::{EdgeId, Node, Step},
    model::{Condition, StageId},
    source::Span,
};
use needs::Needs;
use script::Script;
use smol_str::SmolStr;

pub use kinds::Kinds;
pub use visit::Visit;

/// How many plots one finding gets.
const PLOTS_MAX: usize = 32;

/// How many steps of plots are written for one program; findings behind that keep their notes.
const WRITTEN_MAX: usize = 40_000;

/// How many paths into a stage are taken.
const PATHS_MAX: usize = 4;

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
        let ways: Vec<Vec<Needs>> = stem.iter().chain(lap).map(|step| needs::ways(self.model, self.graph.edge(step.edge).way)).collect();
        let path: Vec<(Step, usize)> =
            stem.iter().copied().zip(0..).chain((0..rounds).flat_map(|_| lap.iter().copied().zip(stem.len()..))).collect();
        self.written(&ways, &claims, |script, picked| {
            for (step, choice) in &path {
                if let Some(needs) = ways.get(*choice).and_then(|ways| ways.get(picked.get(*choice).copied().unwrap_or(0))) {
                    script.take(*step, needs);
                }
            }
        })
    }

    /// Ways in which a contact comes to a stage, by the shortest path, and then to the step of one of its nurtures at `step`.
    pub fn plots_at(&self, stage: StageId, step: Span, claims: impl IntoIterator<Item = Claim>) -> Vec<Plot> {
        self.plots_with(&self.path_to(stage), &[Visit::to(stage, step)], claims)
    }

    /// The shortest path into a stage.
    pub fn path_to(&self, stage: StageId) -> Vec<Step> {
        self.live.path(&self.graph, self.graph.stage(stage))
    }

    /// The shortest paths into a stage by each of its doors, the shortest of all first.
    pub fn paths_to(&self, stage: StageId) -> Vec<Vec<Step>> {
        let mut paths = vec![self.path_to(stage)];
        let node = self.graph.stage(stage);
        for id in self.graph.entering(node).iter().filter(|id| self.is_open(**id)) {
            let edge = self.graph.edge(*id);
            if edge.from == node || !self.live.contains(edge.from) {
                continue;
            }
            let mut path = self.live.path(&self.graph, edge.from);
            let at = match self.graph.node(edge.from) {
                Node::Stage(_) | Node::Outside(_) => Some(edge.from),
                // What leads from any stage is gone by from the nearest one, and joining is no step.
                Node::Anywhere(_) | Node::Restart(_) => path.pop().map(|join| join.at),
            };
            path.extend(at.map(|at| Step { at, edge: *id }));
            if at.is_some_and(|at| at != node) && paths.len() < PATHS_MAX && !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The step out of a stage by the clause at this place.
    pub fn step_by(&self, from: StageId, clause: Span) -> Option<Step> {
        let node = self.graph.stage(from);
        let is_it = |id: &EdgeId| needs::span_of(&self.graph.edge(*id).way) == Some(clause);
        // What leads from any stage stands at a place of its own.
        self.graph.steps_from(node).find(is_it).map(|edge| Step { at: node, edge })
    }

    /// How long after entering somebody who does nothing comes to a step of a stage, in milliseconds.
    pub fn elapsed_to(&self, stage: StageId, step: Span) -> i64 {
        let walked = self.model.stages[stage].nurtures.iter().find_map(|nurture| walk::walk(self.model, nurture, step));
        walked.map_or(0, |walk| walk.elapsed_ms)
    }

    /// The step from outside into a stage by the door at this place.
    pub fn step_in(&self, stage: StageId, door: Span) -> Option<Step> {
        let outside = self.graph.outside(self.model.stages[stage].funnel);
        let is_it = |id: &&EdgeId| needs::span_of(&self.graph.edge(**id).way) == Some(door);
        self.graph.leaving(outside).iter().find(is_it).map(|edge| Step { at: outside, edge: *edge })
    }

    /// Ways in which a contact takes a path, and what is so, or happens, in stages on it.
    pub fn plots_with(&self, path: &[Step], visits: &[Visit<'_>], claims: impl IntoIterator<Item = Claim>) -> Vec<Plot> {
        let written = self.plotted.get();
        if path.is_empty() || path.len() > STEPS_MAX || written >= WRITTEN_MAX {
            return Vec::new();
        }
        self.plotted.set(written + path.len() + 50);
        let claims: Vec<Claim> = claims.into_iter().collect();
        let mut ways: Vec<Vec<Needs>> = path.iter().map(|step| needs::ways(self.model, self.graph.edge(step.edge).way)).collect();
        let mut inside: Vec<Vec<(i64, Needs)>> = vec![Vec::new(); path.len()];
        let mut arms: Vec<(SmolStr, SmolStr)> = Vec::new();
        for visit in visits {
            let comes_there = |step: &Step| self.graph.stage_of(self.graph.edge(step.edge).to) == Some(visit.stage);
            let Some(at) = path.iter().rposition(comes_there) else { return Vec::new() };
            let (Some(stay), Some(ways), Some(inside)) = (visit.stay(self.model), ways.get_mut(at), inside.get_mut(at)) else {
                return Vec::new();
            };
            *ways = stay.arriving(ways);
            inside.extend(stay.later);
            arms.extend(stay.arms);
        }
        inside.iter_mut().for_each(|list| list.sort_by_key(|(elapsed_ms, _)| *elapsed_ms));
        self.written(&ways, &claims, |script, picked| {
            for (at, step) in path.iter().enumerate() {
                if let Some(needs) = ways.get(at).and_then(|ways| ways.get(picked.get(at).copied().unwrap_or(0))) {
                    script.take(*step, needs);
                }
                let stage = self.graph.stage_of(self.graph.edge(step.edge).to);
                for ((elapsed_ms, needs), stage) in inside.get(at).into_iter().flatten().zip(stage.into_iter().cycle()) {
                    script.inside(stage, *elapsed_ms, needs);
                }
            }
            script.draw(&arms);
        })
    }

    /// The plots of a script for each choice of ways, without repetitions.
    fn written(&self, ways: &[Vec<Needs>], claims: &[Claim], mut write: impl FnMut(&mut Script<'_, '_>, &[usize])) -> Vec<Plot> {
        let choices: Vec<usize> = ways.iter().map(Vec::len).collect();
        let mut plots: Vec<Plot> = Vec::new();
        for picked in picks(&choices) {
            for (at_once, steady) in [(true, false), (false, false), (true, true)] {
                let mut script = Script::new(self, at_once, steady);
                write(&mut script, &picked);
                let plot = script.plot(claims);
                if plots.len() < PLOTS_MAX && !plots.contains(&plot) {
                    plots.push(plot);
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

impl Context<'_> {
    /// What the world may do so that these conditions come true: events with what is asked of them, and what becomes known.
    pub fn moves<'q>(&self, conditions: impl IntoIterator<Item = &'q Condition>, most: usize) -> Vec<Happening> {
        let mut moves: Vec<Happening> = Vec::new();
        for when in conditions {
            for needs in needs::ways_of(self.model, Some(when)).iter().take(3) {
                let script = Script::new(self, false, false);
                for mut happening in script.moves(needs) {
                    happening.span = None;
                    if moves.len() < most && !moves.contains(&happening) {
                        moves.push(happening);
                    }
                }
            }
        }
        moves
    }
}

/// The beginning of a search: somebody who lets messages come, of whom nothing else is known.
pub fn consenting(context: &Context<'_>, funnel: crate::model::FunnelId, claim: &Claim) -> Plot {
    Script::new(context, true, true).begin(funnel, claim)
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
