//! What is known where: reachability that knows the conditions.
//!
//! Job: for each stage, door, arm and step, what can be true of somebody who gets there, and by which clauses that is known.
//! An abstract interpretation: a few boxes (`known`) for each stage and each step of its nurtures, carried along doors
//! (`flow`), through waits and writes (`play`, `time`), cut by conditions (`assume`, `ask`).
//! Invariants: what is called impossible is: nobody gets there, or never with that. The other way round nothing is
//! promised. The work grows with the text; equal programs give equal facts.
//! Deliberately absent: `visits at most`, rates of events, and what two parts that run side by side know of each other.

mod ask;
mod assume;
mod flow;
mod known;
mod play;
mod reckon;
mod site;
mod stay;
mod time;
mod words;
mod writers;

pub use known::{Fact, Known};
pub use site::{Site, Sites};

use crate::{
    graph::FlowGraph,
    logic::{Solver, ValueSet, Var, VarKind},
    model::{AttributeId, Condition, Model, StageId},
    source::Span,
};
use flow::Flow;
use words::Words;

/// What is known at each place of a program.
pub struct Facts<'m> {
    words: Words<'m>,
    /// On arrival at each stage.
    entry: Vec<Vec<Known>>,
    /// At any time in each stage.
    during: Vec<Vec<Known>>,
    gone: Vec<Option<(i64, Span)>>,
    sites: Sites,
}

impl<'m> Facts<'m> {
    /// Finds all that is known.
    #[must_use]
    pub fn new(graph: &FlowGraph<'m>) -> Self {
        let model: &'m Model = graph.model();
        let words = Words::new(model);
        let mut flow = Flow::new(&words, graph);
        flow.run();
        let sites = flow.note();
        let entry: Vec<Vec<Known>> = model.stages.ids().map(|id| flow.boxes(graph.stage(id))).collect();
        let during = model.stages.ids().zip(&entry).map(|(id, entry)| flow.inside(id, entry, &mut None).during).collect();
        let gone = flow.stays.iter().map(|stay| stay.gone).collect();
        Self { words, entry, during, gone, sites }
    }

    /// What was found at each place.
    #[must_use]
    pub fn sites(&self) -> &Sites {
        &self.sites
    }

    /// What is known on arrival at a stage; nothing at all where nobody arrives.
    #[must_use]
    pub fn on_arrival(&self, stage: StageId) -> &[Known] {
        self.entry.get(stage.index()).map_or(&[], Vec::as_slice)
    }

    /// What is known at any time in a stage.
    #[must_use]
    pub fn during(&self, stage: StageId) -> &[Known] {
        self.during.get(stage.index()).map_or(&[], Vec::as_slice)
    }

    /// Whether anybody comes to a stage.
    #[must_use]
    pub fn is_reached(&self, stage: StageId) -> bool {
        !self.on_arrival(stage).is_empty()
    }

    /// After how many milliseconds everybody is gone from a stage, and by which clause.
    #[must_use]
    pub fn gone_by(&self, stage: StageId) -> Option<(i64, Span)> {
        self.gone.get(stage.index()).copied().flatten()
    }

    /// The solver whose variables these are.
    #[must_use]
    pub fn solver(&self) -> &Solver<'m> {
        &self.words.solver
    }

    /// What a variable stands for.
    #[must_use]
    pub fn kind(&self, var: Var) -> &VarKind {
        self.words.kind(var)
    }

    /// What a variable can be in a box.
    #[must_use]
    pub fn values(&self, known: &Known, var: Var) -> ValueSet {
        self.words.values(known, var)
    }

    /// The values that an attribute can have in a box.
    #[must_use]
    pub fn attribute(&self, known: &Known, id: AttributeId) -> ValueSet {
        self.words.attribute(id).map_or(ValueSet::ALL, |var| self.words.values(known, var))
    }

    /// Whether a condition can hold in one of some boxes while nothing happens.
    #[must_use]
    pub fn can_hold(&self, boxes: &[Known], when: &Condition) -> bool {
        !self.words.passing(boxes, when, ask::When::Quiet, &|boxes| boxes).is_empty()
    }

    /// Whether a condition holds in all of some boxes while nothing happens.
    #[must_use]
    pub fn always_holds(&self, boxes: &[Known], when: &Condition) -> bool {
        self.words.failing(boxes, when).is_empty()
    }
}
