//! What all checks build on: the graph, the doors that can open, who can get where.

use super::{
    Settings,
    clash::{Clash, clash_of},
    condition::{
        shadowed_door::{Shadowed, shadowed},
        sites::Sites,
    },
    needs::{asked_for, can_hold, is_opt_out, is_ours},
};
use crate::{
    facts::Facts,
    graph::{EdgeId, FlowGraph, Node, NodeId, Reach, Way},
    logic::{Question, Solver},
    model::{Condition, Delay, Door, EventId, FunnelId, Leave, Model, Nurture, Source, StageId, Start, Step, StepKind, Wait},
    source::{SourceMap, Span},
};
use rustc_hash::FxHashMap;
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

/// Why a door or leave never opens, whatever happens.
#[derive(Clone, Debug)]
pub enum Dead {
    /// Its parts contradict each other.
    Clash(Clash),
    /// It leads from final stages alone.
    FromFinal,
    /// It leads from any other stage, and there is none.
    Alone,
}

/// The facts that checks share.
pub struct Context<'m> {
    /// The model.
    pub model: &'m Model,
    /// Its texts.
    pub sources: &'m SourceMap,
    /// What the project decides about checks.
    pub settings: Settings,
    /// What decides its conditions.
    pub solver: Solver<'m>,
    /// Its graph.
    pub graph: FlowGraph<'m>,
    /// What is known where.
    pub facts: Facts<'m>,
    /// The doors and leaves that never open, by their place.
    pub dead: FxHashMap<Span, Dead>,
    /// What is reached along all edges, whether they can open or not.
    pub drawn: Reach,
    /// What is reached along the edges that can open.
    pub live: Reach,
    /// What funnels do by themselves again and again; found when it is first asked for.
    pub laps: OnceCell<Vec<super::timing::laps::Verdict<'m>>>,
    /// The edges that can open and whose beginning is reached.
    pub open: Vec<bool>,
    /// The events of ours that something reachable records.
    pub recorded: Vec<bool>,
    /// How much has been written for plots.
    pub plotted: Cell<usize>,
    /// The clauses of each funnel that open by a state and at once.
    pub states: OnceCell<Vec<Vec<super::known::fate::Clause<'m>>>>,
    /// The sides of conditions that are never true, by the number of their site.
    pub never: OnceCell<Vec<Vec<super::condition::never::Dead>>>,
    /// Where runs can go, and how long they stay; when that is first asked for.
    grounds: OnceCell<super::guarantee::Grounds<'m>>,
    /// The guarantees, decided; when the first is asked for.
    decided: OnceCell<Vec<super::guarantee::Decided<'m>>>,
    /// The conditions that somebody may meet.
    sites: OnceCell<Sites<'m>>,
    /// The doors that those above them always win against.
    shadowed: OnceCell<Shadowed<'m>>,
    /// The steps of stories in words.
    pub told_steps: RefCell<FxHashMap<(EdgeId, NodeId), Rc<str>>>,
    /// The stages that each step stands in.
    stages_by_step: OnceCell<FxHashMap<Span, Vec<StageId>>>,
}

impl<'m> Context<'m> {
    pub fn new(model: &'m Model, sources: &'m SourceMap, settings: Settings) -> Self {
        let graph = FlowGraph::new(model);
        let outsides: Vec<NodeId> = model.funnels.ids().map(|id| graph.outside(id)).collect();
        let drawn = graph.reach(outsides.iter().copied(), |_| true);
        let solver = Solver::new(model);
        let dead = dead_clauses(model, sources, &solver);
        let (open, recorded) = Fixpoint::new(&graph, &dead).run();
        let live = graph.reach(outsides, |id| open[id.index()]);
        let (plotted, sites) = (Cell::new(0), OnceCell::new());
        let facts = Facts::new(&graph);
        let (laps, states, never, stages_by_step) = (OnceCell::new(), OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self {
            model,
            sources,
            settings,
            solver,
            graph,
            facts,
            dead,
            drawn,
            live,
            open,
            recorded,
            laps,
            plotted,
            states,
            never,
            grounds: OnceCell::new(),
            decided: OnceCell::new(),
            sites,
            shadowed: OnceCell::new(),
            told_steps: RefCell::default(),
            stages_by_step,
        }
    }

    /// Where runs can go, and how long they stay.
    pub fn grounds(&self) -> &super::guarantee::Grounds<'m> {
        self.grounds.get_or_init(|| super::guarantee::Grounds::new(self))
    }

    /// All guarantees, decided.
    pub fn decided(&self) -> &[super::guarantee::Decided<'m>] {
        self.decided.get_or_init(|| super::guarantee::decide(self))
    }

    /// The doors that nobody gets through on account of those above.
    pub fn shadowed(&self) -> &Shadowed<'m> {
        self.shadowed.get_or_init(|| shadowed(self))
    }

    /// All conditions in places that somebody reaches.
    pub fn sites(&self) -> &Sites<'m> {
        self.sites.get_or_init(|| Sites::of(self))
    }

    /// The stages that people reach and that have a step at this place: several where they use one play.
    pub fn stages_with(&self, step: Span) -> &[StageId] {
        let all = self.stages_by_step.get_or_init(|| {
            let mut all: FxHashMap<Span, Vec<StageId>> = FxHashMap::default();
            for id in self.reached_stages() {
                for nurture in &self.model.stages[id].nurtures {
                    Step::each(&nurture.steps, &mut |step| all.entry(step.span).or_default().push(id));
                }
            }
            all
        });
        all.get(&step).map_or(&[], Vec::as_slice)
    }

    /// Whether an edge can be taken.
    pub fn is_open(&self, id: EdgeId) -> bool {
        self.open[id.index()]
    }

    /// Whether an edge is drawn between stages, or leads out; whether it can open is another matter.
    pub fn is_drawn_inside(&self, id: EdgeId) -> bool {
        let edge = self.graph.edge(id);
        match self.graph.node(edge.from) {
            Node::Outside(_) => false,
            Node::Stage(stage) => !self.model.stages[stage].is_final || edge.way == Way::End,
            Node::Anywhere(_) | Node::Restart(_) => true,
        }
    }

    /// Whether only somebody who opts out can take an edge.
    pub fn opts_out(&self, id: EdgeId) -> bool {
        let condition = match self.graph.edge(id).way {
            Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
            Way::Leave(leave) => leave.when.as_ref(),
            Way::End | Way::Join => None,
        };
        condition.is_some_and(|when| is_opt_out(self.model, when))
    }

    /// Whether somebody can be in a stage.
    pub fn is_reached(&self, id: StageId) -> bool {
        self.live.contains(self.graph.stage(id))
    }

    /// The stages that somebody can be in, in declaration order.
    pub fn reached_stages(&self) -> impl Iterator<Item = StageId> + '_ {
        self.model.stages.ids().filter(|id| self.is_reached(*id))
    }

    /// The name of a stage in quotes.
    pub fn name(&self, id: StageId) -> String {
        format!("`{}`", self.model.stages[id].name.text)
    }

    /// Names of stages in quotes, as one reads a list aloud.
    pub fn names(&self, ids: &[StageId]) -> String {
        listed(&ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), "and")
    }

    /// Where a stage is named.
    pub fn place(&self, id: StageId) -> Span {
        let stage = &self.model.stages[id];
        stage.name.span.unwrap_or(stage.span)
    }

    /// The places a door leads from.
    pub fn sources_of(&self, funnel: FunnelId, door: &Door) -> Vec<NodeId> {
        match &door.source {
            Source::Outside => vec![self.graph.outside(funnel)],
            Source::Stages(list) => list.iter().map(|(stage, _)| self.graph.stage(*stage)).collect(),
            Source::Anywhere { or_outside: false } => vec![self.graph.anywhere(funnel)],
            Source::Anywhere { or_outside: true } => vec![self.graph.anywhere(funnel), self.graph.outside(funnel)],
        }
    }
}

/// `a, b and c`.
pub fn listed(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

fn dead_clauses<'m>(model: &'m Model, sources: &SourceMap, solver: &Solver<'m>) -> FxHashMap<Span, Dead> {
    let mut dead = FxHashMap::default();
    let clash = |when: &'m Option<Condition>, after: &'m Option<Delay>| {
        let question = after.iter().fold(Question::new(), Question::delay);
        let question = when.iter().fold(question, Question::holds);
        clash_of(solver, sources, &question).map(Dead::Clash)
    };
    for stage in model.stages.values() {
        let alone =
            || model.funnels[stage.funnel].stages.iter().all(|id| model.stages[*id].is_final || model.stages[*id].name == stage.name);
        for door in &stage.doors {
            let found = clash(&door.when, &door.after).or_else(|| match &door.source {
                Source::Stages(list) if !list.is_empty() && list.iter().all(|(id, _)| model.stages[*id].is_final) => Some(Dead::FromFinal),
                Source::Anywhere { or_outside: false } if alone() => Some(Dead::Alone),
                Source::Stages(_) | Source::Outside | Source::Anywhere { .. } => None,
            });
            dead.extend(found.map(|why| (door.span, why)));
        }
    }
    let leaves = model.stages.values().flat_map(|it| &it.leaves).chain(model.funnels.values().flat_map(|it| &it.leaves));
    for Leave { span, after, when } in leaves {
        dead.extend(clash(when, after).map(|why| (*span, why)));
    }
    dead
}

/// The least fixpoint of "a door opens" and "an event is recorded": at first only outsides are reached and no event of
/// ours happens; what is reached records events, and these open doors.
struct Fixpoint<'g, 'm> {
    graph: &'g FlowGraph<'m>,
    dead: &'g FxHashMap<Span, Dead>,
    reached: Vec<bool>,
    open: Vec<bool>,
    recorded: Vec<bool>,
    queue: Vec<NodeId>,
    /// Edges that wait for an event.
    doors: FxHashMap<EventId, Vec<EdgeId>>,
    /// Records that wait for an event before them: which event they record, and what they stand behind.
    records: FxHashMap<EventId, Vec<Record<'m>>>,
}

#[derive(Clone)]
struct Record<'m> {
    event: EventId,
    behind: Vec<&'m Condition>,
}

impl<'g, 'm> Fixpoint<'g, 'm> {
    fn new(graph: &'g FlowGraph<'m>, dead: &'g FxHashMap<Span, Dead>) -> Self {
        let model = graph.model();
        Self {
            graph,
            dead,
            reached: vec![false; graph.node_count()],
            open: vec![false; graph.edges().count()],
            recorded: vec![false; model.events.len()],
            queue: Vec::new(),
            doors: FxHashMap::default(),
            records: FxHashMap::default(),
        }
    }

    /// The edges that can open, and the events that are recorded.
    fn run(mut self) -> (Vec<bool>, Vec<bool>) {
        for funnel in self.graph.model().funnels.ids() {
            self.arrive(self.graph.outside(funnel));
        }
        while let Some(node) = self.queue.pop() {
            for id in self.graph.leaving(node) {
                self.try_door(*id);
            }
            if let Some(stage) = self.graph.stage_of(node) {
                for nurture in &self.graph.model().stages[stage].nurtures {
                    for record in records_of(nurture) {
                        self.try_record(record);
                    }
                }
            }
        }
        (self.open, self.recorded)
    }

    fn arrive(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.reached[node.index()], true) {
            self.queue.push(node);
        }
    }

    fn try_door(&mut self, id: EdgeId) {
        let edge = self.graph.edge(id);
        let (span, when) = match edge.way {
            Way::Door(door) | Way::Restart(door) => (Some(door.span), door.when.as_ref()),
            Way::Leave(leave) => (Some(leave.span), leave.when.as_ref()),
            Way::End | Way::Join => (None, None),
        };
        let from_final = self.graph.stage_of(edge.from).is_some_and(|stage| self.graph.model().stages[stage].is_final);
        if self.open[id.index()] || span.is_some_and(|it| self.dead.contains_key(&it)) || (from_final && edge.way != Way::End) {
            return;
        }
        match when {
            Some(when) if !self.holds(when) => {
                for event in ours_in(self.graph.model(), when) {
                    self.doors.entry(event).or_default().push(id);
                }
            }
            Some(_) | None => {
                self.open[id.index()] = true;
                self.arrive(edge.to);
            }
        }
    }

    fn holds(&self, when: &Condition) -> bool {
        can_hold(self.graph.model(), when, &|event| self.recorded[event.index()])
    }

    fn try_record(&mut self, record: Record<'m>) {
        match record.behind.iter().find(|when| !self.holds(when)) {
            Some(when) => {
                for event in ours_in(self.graph.model(), when) {
                    self.records.entry(event).or_default().push(record.clone());
                }
            }
            None if self.recorded[record.event.index()] => {}
            None => {
                self.recorded[record.event.index()] = true;
                for id in self.doors.remove(&record.event).unwrap_or_default() {
                    self.try_door(id);
                }
                for waiting in self.records.remove(&record.event).unwrap_or_default() {
                    self.try_record(waiting);
                }
            }
        }
    }
}

fn ours_in(model: &Model, when: &Condition) -> BTreeSet<EventId> {
    let mut events = BTreeSet::new();
    asked_for(model, when, &mut |test| events.extend(test.event.filter(|event| is_ours(model, *event))));
    events
}

fn records_of(nurture: &Nurture) -> Vec<Record<'_>> {
    let mut found = Vec::new();
    let mut behind = match &nurture.start {
        Start::Entry => Vec::new(),
        Start::When(when) | Start::EachTime(when) => vec![when],
    };
    collect(&nurture.steps, &mut behind, &mut found);
    found
}

fn collect<'m>(steps: &'m [Step], behind: &mut Vec<&'m Condition>, found: &mut Vec<Record<'m>>) {
    for step in steps {
        match &step.kind {
            StepKind::Record { event, .. } => found.extend(event.map(|event| Record { event, behind: behind.clone() })),
            StepKind::If { branches, otherwise, has_else: _ } => {
                for branch in branches {
                    behind.push(&branch.when);
                    collect(&branch.steps, behind, found);
                    behind.pop();
                }
                collect(otherwise, behind, found);
            }
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                for arm in arms {
                    behind.push(&arm.when);
                    collect(&arm.steps, behind, found);
                    behind.pop();
                }
                collect(otherwise, behind, found);
            }
            StepKind::Split(split) => split.arms.iter().for_each(|arm| collect(&arm.steps, behind, found)),
            StepKind::Repeat(repeat) => collect(&repeat.steps, behind, found),
            StepKind::Wait(_)
            | StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Stop => {}
        }
    }
}
