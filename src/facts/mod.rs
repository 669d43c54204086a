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
mod unheard;
mod words;
mod writers;

pub use known::{Fact, Known};
pub use site::{Site, Sites};
pub use unheard::IsUnheard;

use crate::{
    graph::FlowGraph,
    logic::{Key, Solver, ValueSet, Var, VarKind},
    model::{AttributeId, Condition, Literal, Model, StageId, Type},
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
    stays: Vec<stay::Stay<'m>>,
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
        let (sites, during) = flow.found();
        let entry: Vec<Vec<Known>> = model.stages.ids().map(|id| flow.boxes(graph.stage(id))).collect();
        let stays = std::mem::take(&mut flow.stays);
        Self { words, entry, during, stays, sites }
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
        self.stays.get(stage.index()).and_then(|stay| stay.gone)
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

    /// A literal as a value of an attribute of a type; `None` for what has no place in the order that is the same for everybody.
    #[must_use]
    pub fn key(&self, literal: &Literal, ty: &Type) -> Option<Key> {
        self.words.literal(literal, ty)
    }

    /// Whether a condition can hold in one of some boxes while nothing happens.
    #[must_use]
    pub fn can_hold(&self, boxes: &[Known], when: &Condition) -> bool {
        !self.words.passing(boxes, when, ask::When::Quiet, &|boxes| boxes).is_empty()
    }

    /// The conditions that let everybody go on from a stage at the instant of entry, where they do so together.
    #[must_use]
    pub fn nobody_stays(&self, stage: StageId) -> Option<Vec<&'m Condition>> {
        let arrival = self.on_arrival(stage);
        let stay = self.stays.get(stage.index())?;
        let gone = !arrival.is_empty() && stay.at_rest(&self.words, arrival.to_vec()).is_empty();
        gone.then(|| stay.open().iter().copied().filter(|when| self.can_hold(arrival, when)).collect())
    }

    /// Whether one of these conditions holds whenever another does, for somebody in a stage. They must be about states.
    #[must_use]
    pub fn is_beaten(&self, stage: StageId, when: &Condition, by: &[&Condition]) -> bool {
        let passed = self.words.passing(self.during(stage), when, ask::When::Any, &|boxes| boxes);
        let boxes: Vec<Known> = passed.into_iter().map(|(known, _)| known).collect();
        let left = by.iter().fold(boxes, |boxes, when| self.words.assume_all(&boxes, self.words.formula(when, false)));
        left.is_empty()
    }

    /// Whether one of these conditions holds for everybody in a stage at any time while nothing happens.
    #[must_use]
    pub fn one_holds(&self, stage: StageId, conditions: &[Condition]) -> bool {
        let left = conditions.iter().fold(self.during(stage).to_vec(), |boxes, when| self.words.failing(&boxes, when));
        left.is_empty()
    }

    /// Whether a condition is about a state: no trigger stands in it, nor anything that is not understood.
    #[must_use]
    pub fn is_state(&self, when: &Condition) -> bool {
        self.words.is_state(when)
    }

    /// Sees each variable that a condition asks for.
    pub fn each_asked(&self, when: &Condition, see: &mut dyn FnMut(Var)) {
        self.words.formula(when, true).each(&mut |literal| see(literal.var));
    }

    /// What is known of the things a condition asks for, each with the clauses that say so.
    #[must_use]
    pub fn told(&self, known: &Known, when: &Condition) -> Vec<(Var, Fact)> {
        let mut vars: Vec<Var> = Vec::new();
        self.each_asked(when, &mut |var| vars.push(var));
        vars.sort_unstable();
        vars.dedup();
        vars.into_iter().filter_map(|var| self.words.told(known, var).map(|fact| (var, fact))).collect()
    }
}
