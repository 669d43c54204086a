//! What all rehearsals of a program share: what funnels write and look at, and which of them concern each other.
//!
//! Invariant: funnels that cannot bring each other about stand in different groups, and never meet in a rehearsal.

use super::{Hub, nurture::ECHOED, reads, search::Start};
use crate::{
    check::context::Context,
    graph::{EdgeId, Node, NodeId, Way, strongly_connected},
    model::{
        AttributeId, Condition, ConditionKind, Event, EventId, FunnelId, Literal, Model, Reentry, StageId, Start as Begins, Step, StepKind,
        Wait,
    },
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// So many places of another funnel are looked at.
const PLACES_MAX: usize = 12;

/// So many constants of one attribute are told apart.
const CONSTANTS_MAX: usize = 6;

/// So many stages stand for anywhere.
const ANYWHERE_MAX: usize = 4;

/// A funnel that looks at something, and where in it; outside is a place too.
type Listener = (FunnelId, Vec<Option<StageId>>);

/// What all rehearsals share.
pub struct World<'c, 'm> {
    pub context: &'c Context<'m>,
    /// The attributes that some step writes, with the constants it writes; `None` where others may come of it.
    pub written: BTreeMap<AttributeId, Option<Vec<Literal>>>,
    /// Which part of the way round each stage lies in; stages of one part can be reached from each other by what funnels do.
    parts: Vec<usize>,
    /// The funnels that concern each other, by number.
    groups: Vec<usize>,
    /// What anybody looks at.
    looked_at: FxHashSet<Hub>,
    /// Where something is looked at by the funnels of a group, if they are several.
    listeners: FxHashMap<(usize, Hub), Vec<Listener>>,
    /// What funnels record, and what our messages bring about.
    ours: BTreeSet<Hub>,
}

impl<'c, 'm> World<'c, 'm> {
    pub fn new(context: &'c Context<'m>) -> Self {
        let model = context.model;
        let written = written_in(context);
        let doings = Doings::of(context);
        let take = |id: EdgeId| {
            let edge = context.graph.edge(id);
            let comes_again = |funnel: FunnelId| !matches!(model.funnels[funnel].reentry, Some(Reentry::Never) | None);
            context.is_open(id)
                && clause_of(edge.way).is_none_or(|when| doings.may_open(model, when))
                && match context.graph.node(edge.from) {
                    Node::Outside(funnel) => comes_again(funnel),
                    _ => true,
                }
        };
        let components = context.graph.components(take);
        let mut parts = vec![0; context.graph.node_count()];
        for (number, component) in components.iter().enumerate() {
            let number = if context.graph.goes_round(component, &take) { number + 1 } else { 0 };
            for node in component {
                if let Some(part) = parts.get_mut(node.index()) {
                    *part = number;
                }
            }
        }
        let groups = doings.groups(model.funnels.len());
        let ours = doings.changes.keys().copied().collect();
        let looked_at = doings.listeners.keys().copied().collect();
        let mut listeners: FxHashMap<(usize, Hub), Vec<Listener>> = FxHashMap::default();
        for (hub, funnels) in doings.listeners {
            for (funnel, places) in funnels {
                let group = groups.get(funnel.index()).copied().unwrap_or_default();
                let places = places.into_iter().take(PLACES_MAX).collect();
                listeners.entry((group, hub)).or_default().push((funnel, places));
            }
        }
        Self { context, written, parts, groups, looked_at, listeners, ours }
    }

    /// Whether what the funnels do can make such a condition true by an event.
    pub fn may_trigger(&self, when: &Condition) -> bool {
        may_trigger(self.context.model, when, &|hub| self.ours.contains(hub))
    }

    /// Whether anything asks whether a message was delivered, opened or clicked.
    pub fn asks_for_reactions(&self) -> bool {
        let model = self.context.model;
        self.looked_at.iter().any(|hub| match hub {
            Hub::Event(id) | Hub::Message(id, _) => {
                model.events[*id].about_message && ECHOED.contains(&model.events[*id].name.text.as_str())
            }
            Hub::Attribute(_) => false,
        })
    }

    /// The part of a stage; 0 where nobody comes back to it.
    pub fn part(&self, stage: StageId) -> usize {
        let node: NodeId = self.context.graph.stage(stage);
        self.parts.get(node.index()).copied().unwrap_or(0)
    }

    /// Whether a lap through `start` can still be closed from a stage.
    pub fn may_come_back(&self, start: Start, stage: StageId) -> bool {
        let model = self.context.model;
        let first = start.stage();
        stage == first
            || model.stages[stage].funnel != model.stages[first].funnel
            || (self.part(first) != 0 && self.part(first) == self.part(stage))
    }

    /// Where another funnel may be concerned by a change.
    pub fn concerned(&self, funnel: FunnelId, hub: Hub) -> impl Iterator<Item = &Listener> {
        let group = self.groups.get(funnel.index()).copied().unwrap_or_default();
        self.listeners.get(&(group, hub)).into_iter().flatten().filter(move |(other, _)| *other != funnel)
    }
}

/// What the funnels of a program change, and what they look at.
#[derive(Default)]
struct Doings {
    /// By what is changed, who does.
    changes: BTreeMap<Hub, BTreeSet<FunnelId>>,
    /// By what is looked at, who does, and where in it.
    listeners: FxHashMap<Hub, BTreeMap<FunnelId, BTreeSet<Option<StageId>>>>,
}

impl Doings {
    fn of(context: &Context<'_>) -> Self {
        let mut doings = Self::default();
        doings.read_nurtures(context);
        doings.read_ways(context);
        doings
    }

    fn read_nurtures(&mut self, context: &Context<'_>) {
        let model = context.model;
        let told = |event: &Event| ["sent", "delivered", "opened", "clicked"].contains(&event.name.text.as_str());
        let of_messages: Vec<EventId> =
            model.events.iter().filter(|(_, event)| event.about_message && told(event)).map(|(id, _)| id).collect();
        for id in context.reached_stages() {
            let stage = &model.stages[id];
            for nurture in &stage.nurtures {
                changes_of(&of_messages, &nurture.steps, &mut |hub| {
                    self.changes.entry(hub).or_default().insert(stage.funnel);
                });
                let mut listen = |when: &Condition| self.listen(context, when, stage.funnel, &[Some(id)]);
                if let Begins::When(when) | Begins::EachTime(when) = &nurture.start {
                    listen(when);
                }
                conditions_of(&nurture.steps, &mut listen);
            }
        }
    }

    fn read_ways(&mut self, context: &Context<'_>) {
        for (_, edge) in context.graph.edges().filter(|(id, _)| context.is_open(*id)) {
            let Some(when) = clause_of(edge.way) else { continue };
            let (funnel, places) = match context.graph.node(edge.from) {
                Node::Stage(stage) => (context.model.stages[stage].funnel, vec![Some(stage)]),
                Node::Outside(funnel) => (funnel, vec![None]),
                Node::Anywhere(funnel) | Node::Restart(funnel) => {
                    let reached = context.model.funnels[funnel].stages.iter().copied().filter(|stage| context.is_reached(*stage));
                    (funnel, reached.take(ANYWHERE_MAX).map(Some).collect())
                }
            };
            self.listen(context, when, funnel, &places);
        }
    }

    fn listen(&mut self, context: &Context<'_>, when: &Condition, funnel: FunnelId, places: &[Option<StageId>]) {
        reads(context.model, when, &mut |hub| {
            self.listeners.entry(hub).or_default().entry(funnel).or_default().extend(places);
        });
    }

    /// Whether a condition can come true without an event that only people bring about.
    fn may_open(&self, model: &Model, when: &Condition) -> bool {
        match &when.kind {
            ConditionKind::Or(sides) => sides.iter().any(|side| self.may_open(model, side)),
            ConditionKind::And(sides) => sides.iter().all(|side| self.may_open(model, side)),
            ConditionKind::Event(_) => may_trigger(model, when, &|hub| self.changes.contains_key(hub)),
            _ => true,
        }
    }

    /// The group of each funnel: those that bring each other about in a circle stand in one.
    fn groups(&self, funnels: usize) -> Vec<usize> {
        let mut of_funnel: Vec<Vec<usize>> = vec![Vec::new(); funnels];
        for (at, by) in self.changes.values().enumerate() {
            for funnel in by {
                if let Some(list) = of_funnel.get_mut(funnel.index()) {
                    list.push(funnels + at);
                }
            }
        }
        let listening = |hub: &Hub| self.listeners.get(hub).into_iter().flat_map(|it| it.keys()).map(|id| id.index()).collect();
        let next: Vec<Vec<usize>> = of_funnel.into_iter().chain(self.changes.keys().map(listening)).collect();
        let mut groups: Vec<usize> = (0..funnels).collect();
        for component in strongly_connected(&next) {
            for member in &component {
                if let Some(group) = groups.get_mut(*member) {
                    *group = component.first().copied().unwrap_or(*member);
                }
            }
        }
        groups
    }
}

/// The condition of a way.
fn clause_of<'m>(way: Way<'m>) -> Option<&'m Condition> {
    match way {
        Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
        Way::Leave(leave) => leave.when.as_ref(),
        Way::End | Way::Join => None,
    }
}

/// Whether an event of which a condition reads is one of ours.
fn may_trigger(model: &Model, when: &Condition, is_ours: &dyn Fn(&Hub) -> bool) -> bool {
    let mut by_us = false;
    reads(model, when, &mut |hub| by_us |= matches!(hub, Hub::Event(_) | Hub::Message(..)) && is_ours(&hub));
    by_us
}

/// What steps that somebody may come to write into which attribute.
fn written_in(context: &Context<'_>) -> BTreeMap<AttributeId, Option<Vec<Literal>>> {
    let mut written: BTreeMap<AttributeId, Option<Vec<Literal>>> = BTreeMap::new();
    let nurtures = context.reached_stages().flat_map(|stage| &context.model.stages[stage].nurtures);
    for nurture in nurtures {
        Step::each(&nurture.steps, &mut |step| {
            let Some((id, to)) = step.kind.change() else { return };
            let constants = written.entry(id).or_insert_with(|| Some(Vec::new()));
            match (to, constants.as_mut()) {
                (Some(literal), Some(list)) if list.len() < CONSTANTS_MAX => {
                    if !list.contains(literal) {
                        list.push(literal.clone());
                    }
                }
                _ => *constants = None,
            }
        });
    }
    written
}

fn changes_of(of_messages: &[EventId], steps: &[Step], see: &mut dyn FnMut(Hub)) {
    Step::each(steps, &mut |step| match &step.kind {
        StepKind::Record { event: Some(event), .. } => see(Hub::Event(*event)),
        StepKind::Set { attribute: Some(id), .. }
        | StepKind::Add { attribute: Some(id), .. }
        | StepKind::Remove { attribute: Some(id), .. } => {
            see(Hub::Attribute(*id));
        }
        StepKind::Send { message, .. } => {
            for event in of_messages {
                see(Hub::Event(*event));
                message.iter().for_each(|message| see(Hub::Message(*event, *message)));
            }
        }
        StepKind::Record { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Act { .. }
        | StepKind::Wait(_)
        | StepKind::If { .. }
        | StepKind::Split(_)
        | StepKind::Repeat(_)
        | StepKind::Stop => {}
    });
}

fn conditions_of(steps: &[Step], see: &mut dyn FnMut(&Condition)) {
    Step::each(steps, &mut |step| match &step.kind {
        StepKind::Wait(Wait::Until { when, .. }) => see(when),
        StepKind::Wait(Wait::Arms { arms, .. }) => arms.iter().for_each(|arm| see(&arm.when)),
        StepKind::If { branches, .. } => branches.iter().for_each(|branch| see(&branch.when)),
        StepKind::Repeat(repeat) => repeat.until.iter().for_each(&mut *see),
        StepKind::Wait(_)
        | StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Split(_)
        | StepKind::Stop => {}
    });
}
