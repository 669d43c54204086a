//! The doors out of each place, in the order in which they are tried.

use super::super::context::Context;
use crate::{
    graph::NodeId,
    logic::{Answer, Core, Events, Filter, Key, Moment, Part, Period, Question, ValueSet, VarKind, Witness},
    model::{AggregateKind, Condition, ConditionKind, Door, EventId, Source, StageId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// So many doors of each kind are compared with one.
const COMPARED_MAX: usize = 12;

/// A door that can open, with where it leads to.
#[derive(Clone, Debug)]
pub struct Exit<'m> {
    pub to: StageId,
    pub door: &'m Door,
    /// Its place among all doors of the funnel.
    order: usize,
    anywhere: bool,
    keys: Rc<Keys>,
}

/// What a door has to do with.
#[derive(Debug, Default)]
struct Keys {
    /// Events that open it, or that what it asks for depends on; `None` is a clock.
    events: BTreeSet<Option<EventId>>,
    /// Whether some side of its condition holds without anything happening.
    state: bool,
}

/// Doors by what they have to do with, each list in the order of the file.
#[derive(Debug, Default)]
struct Index {
    by_event: BTreeMap<Option<EventId>, Vec<usize>>,
    states: Vec<usize>,
}

impl Index {
    fn new(exits: &[Exit<'_>]) -> Self {
        let mut index = Self::default();
        for (place, exit) in exits.iter().enumerate() {
            for event in &exit.keys.events {
                index.by_event.entry(*event).or_default().push(place);
            }
            if exit.keys.state {
                index.states.push(place);
            }
        }
        index
    }

    /// The places of doors that have to do with the same, and that fit; few of each kind.
    fn related(&self, keys: &Keys, fits: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        let lists = keys.events.iter().filter_map(|event| self.by_event.get(event)).chain([&self.states]);
        let fits = &fits;
        lists.flat_map(move |list| list.iter().copied().filter(move |place| fits(*place)).take(COMPARED_MAX)).collect()
    }
}

/// A place and the doors out of it.
#[derive(Debug)]
pub struct Place<'m> {
    /// The stage; `None` is the outside, or any stage.
    pub stage: Option<StageId>,
    /// The doors that name it, in the order in which they are tried.
    pub exits: Vec<Exit<'m>>,
    /// Whether it stands for any stage.
    pub is_anywhere: bool,
    index: Index,
    /// The doors from anywhere, which lead out of it as well.
    others: Option<Rc<(Vec<Exit<'m>>, Index)>>,
}

impl<'m> Place<'m> {
    /// Doors tried before this one that have to do with the same things.
    pub fn before(&self, exit: &Exit<'m>) -> Vec<Exit<'m>> {
        let is_before = |it: &Exit<'m>| it.order < exit.order;
        let own = self.index.related(&exit.keys, |place| self.exits.get(place).is_some_and(is_before));
        let mut found: Vec<Exit<'m>> = own.into_iter().filter_map(|place| self.exits.get(place)).cloned().collect();
        if let (Some(others), false) = (&self.others, exit.anywhere) {
            let (exits, index) = &**others;
            let fits = |place: usize| exits.get(place).is_some_and(|it| is_before(it) && Some(it.to) != self.stage);
            found.extend(index.related(&exit.keys, fits).into_iter().filter_map(|place| exits.get(place)).cloned());
        }
        found.sort_by_key(|it| it.order);
        found
    }

    /// The doors to be compared with those before them: its own, and those from anywhere that come behind one of its own.
    pub fn later(&self) -> Vec<Exit<'m>> {
        let mut found: BTreeMap<usize, Exit<'m>> = self.exits.iter().map(|it| (it.order, it.clone())).collect();
        if let Some(others) = &self.others {
            let (exits, index) = &**others;
            for own in &self.exits {
                let fits = |place: usize| exits.get(place).is_some_and(|it| it.order > own.order && Some(it.to) != self.stage);
                let places = index.related(&own.keys, fits);
                found.extend(places.into_iter().filter_map(|place| exits.get(place)).map(|it| (it.order, it.clone())));
            }
        }
        found.into_values().collect()
    }
}

/// All places of all funnels that somebody can be in, with the doors out of them.
pub fn places<'m>(context: &Context<'m>) -> Vec<Place<'m>> {
    let mut places = Vec::new();
    for (funnel, it) in context.model.funnels.iter() {
        let mut own: BTreeMap<NodeId, Vec<Exit<'m>>> = BTreeMap::new();
        let mut anywhere = Vec::new();
        let doors = it.stages.iter().flat_map(|id| context.model.stages[*id].doors.iter().map(move |door| (*id, door)));
        for (order, (to, door)) in doors.enumerate().filter(|(_, (_, door))| !context.dead.contains_key(&door.span)) {
            let is_anywhere = matches!(door.source, Source::Anywhere { .. });
            let exit = Exit { to, door, order, anywhere: is_anywhere, keys: Rc::new(keys(context, door)) };
            for node in context.sources_of(funnel, door) {
                if node == context.graph.anywhere(funnel) {
                    anywhere.push(exit.clone());
                } else {
                    own.entry(node).or_default().push(exit.clone());
                }
            }
        }
        let index = Index::new(&anywhere);
        let others = Rc::new((anywhere.clone(), Index::new(&anywhere)));
        places.push(Place { stage: None, exits: anywhere, is_anywhere: true, index, others: None });
        for (node, exits) in own {
            let stage = context.graph.stage_of(node);
            let is_final = stage.is_some_and(|it| context.model.stages[it].is_final);
            if is_final || !context.live.contains(node) {
                continue;
            }
            let (index, others) = (Index::new(&exits), stage.map(|_| Rc::clone(&others)));
            places.push(Place { stage, exits, is_anywhere: false, index, others });
        }
    }
    places
}

/// What a door has to do with.
fn keys(context: &Context<'_>, door: &Door) -> Keys {
    let mut keys = Keys { state: door.when.is_none(), ..Keys::default() };
    let sides: &[Condition] = match &door.when {
        None => &[],
        Some(Condition { kind: ConditionKind::Or(list), .. }) => list,
        Some(one) => std::slice::from_ref(one),
    };
    for side in sides {
        let own = triggers(Some(side));
        keys.state |= own.is_empty();
        if own.is_empty() {
            context.solver.formula(side, true).each(&mut |it| match context.solver.kind(it.var) {
                VarKind::Since(of) | VarKind::Count(of, _) | VarKind::Figure { of, .. } => {
                    keys.events.insert(Some(of.event));
                }
                VarKind::Latest(event, _) => {
                    keys.events.insert(Some(event));
                }
                _ => {}
            });
        }
        keys.events.extend(own.iter().map(|it| it.event));
    }
    keys
}

impl<'m> Exit<'m> {
    /// Its condition side by side: each opens it by itself. `None` is no condition at all.
    fn sides(&self) -> Vec<Option<&'m Condition>> {
        match &self.door.when {
            None => vec![None],
            Some(Condition { kind: ConditionKind::Or(list), .. }) => list.iter().map(Some).collect(),
            Some(one) => vec![Some(one)],
        }
    }

    /// Somebody for whom both open at one instant.
    pub fn together(&self, context: &Context<'_>, other: &Self) -> Option<Witness> {
        let sides = self.sides().into_iter().flat_map(|a| other.sides().into_iter().map(move |b| (a, b)));
        sides.into_iter().find_map(|(a, b)| self.sides_together(context, a, other, b))
    }

    fn sides_together(&self, context: &Context<'_>, a: Option<&Condition>, other: &Self, b: Option<&Condition>) -> Option<Witness> {
        let (first, second) = (triggers(a), triggers(b));
        let solver = &context.solver;
        let mut question = Question::new();
        for it in [a, b].into_iter().flatten() {
            question = question.holds(it);
        }
        for delay in [&self.door.after, &other.door.after].into_iter().flatten() {
            question = question.delay(delay);
        }
        let quiet = ValueSet::one(Key::Int(0));
        let question = match (first.is_empty(), second.is_empty()) {
            (false, false) if first.iter().any(|it| second.contains(it)) => question.fact(solver.happening(), quiet.complement()),
            (false, false) => return None,
            (true, true) => {
                let delay = |exit: &Self| exit.door.after.as_ref().map(|it| it.delay_ms);
                return match (delay(self), delay(other)) {
                    (None, None) => {
                        let (a, b) = (a?, b?);
                        let arrival = at_arrival(context, at_arrival(context, question, a), b);
                        possible(context, &arrival.fact(solver.happening(), quiet)).or_else(|| brought_together(context, a, b))
                    }
                    // Two clocks that run down at one instant; those that differ do not meet.
                    (first, second) if first == second => possible(context, &question.fact(solver.happening(), quiet)),
                    (_, _) => None,
                };
            }
            (no_trigger, _) => {
                let (state, triggers) = if no_trigger { (a, &second) } else { (b, &first) };
                // What holds without the event has opened its door before; the event must bring it about.
                let events = triggers.iter().filter_map(|it| it.event);
                let state = state?;
                if !events.into_iter().any(|event| is_brought(context, state, event)) {
                    return None;
                }
                question.fact(solver.happening(), quiet.complement())
            }
        };
        possible(context, &question)
    }

    /// Which of the doors tried before take everybody for whom this one opens.
    pub fn covered_by<'e>(&self, context: &Context<'_>, before: &'e [Self]) -> Option<Vec<&'e Self>> {
        let wins = |it: &&Self| {
            let unlimited = context.model.stages[it.to].visits_at_most.is_none();
            let in_time = match (&it.door.after, &self.door.after) {
                (None, _) => true,
                (Some(first), Some(own)) => first.delay_ms == own.delay_ms && (first.without.is_none() || same_event(first, own)),
                (Some(_), None) => false,
            };
            unlimited && in_time
        };
        let before: Vec<&Self> = before.iter().filter(wins).collect();
        let own = || {
            let question = self.door.when.iter().fold(Question::new(), Question::holds);
            self.door.after.iter().fold(question, Question::delay)
        };
        if let Some(first) = before.iter().find(|it| it.door.when.is_none()) {
            return Some(vec![*first]);
        }
        let parts = own().parts.len();
        let fails = |question: Question<'e>, it: &&'e Self| it.door.when.iter().fold(question, Question::fails);
        let question = before.iter().fold(Question { parts: Vec::new(), ..Question::new() }, fails);
        let mut whole = own();
        for part in &question.parts {
            whole = match part {
                Part::Condition(condition, holds) => whole.part(Part::Condition(condition, *holds)),
                Part::Delay(delay, over) => whole.part(Part::Delay(delay, *over)),
            };
        }
        let solver = &context.solver;
        if before.is_empty() || solver.can_be(&whole) || !solver.can_be(&own()) {
            return None;
        }
        let Answer::Impossible(Core { words, .. }) = solver.decide(&whole) else { return None };
        Some(before.iter().enumerate().filter(|(n, _)| words.iter().any(|it| it.part == n + parts)).map(|(_, it)| *it).collect())
    }
}

fn possible(context: &Context<'_>, question: &Question<'_>) -> Option<Witness> {
    if !context.solver.can_be(question) {
        return None;
    }
    match context.solver.decide(question) {
        Answer::Possible(witness) => Some(witness),
        Answer::Impossible(_) => None,
    }
}

/// Whether a condition holds only where this has happened, so that the event may have brought it about.
fn is_brought(context: &Context<'_>, state: &Condition, event: EventId) -> bool {
    let since = context.solver.var(VarKind::Since(Events { event, filter: Filter::NONE, of_contact: false }));
    !context.solver.can_be(&Question::new().holds(state).fact(since, ValueSet::MISSING))
}

/// On arrival nothing has happened since entering, and no nurture of the stage has ended.
fn at_arrival<'q>(context: &Context<'_>, mut question: Question<'q>, state: &Condition) -> Question<'q> {
    let solver = &context.solver;
    let mut vars = Vec::new();
    solver.formula(state, true).each(&mut |it| vars.push(it.var));
    for var in vars {
        let nothing = match solver.kind(var) {
            VarKind::Count(_, Period::SinceEntering) | VarKind::Finished(_) => ValueSet::one(Key::Int(0)),
            VarKind::Figure { kind: AggregateKind::Sum, period: Period::SinceEntering, .. } => ValueSet::one(Key::Int(0)),
            VarKind::Figure { period: Period::SinceEntering, .. } => ValueSet::MISSING,
            _ => continue,
        };
        question = question.fact(var, nothing);
    }
    question
}

/// Somebody for whom one event, or the end of one nurture, makes two conditions true at once.
fn brought_together(context: &Context<'_>, a: &Condition, b: &Condition) -> Option<Witness> {
    let solver = &context.solver;
    let mut vars = Vec::new();
    solver.formula(a, true).each(&mut |it| vars.push(it.var));
    let both = || Question::new().holds(a).holds(b);
    vars.into_iter().find_map(|var| match solver.kind(var) {
        VarKind::Since(of) | VarKind::Count(of, _) => {
            let event = of.event;
            let brought = is_brought(context, a, event) && is_brought(context, b, event);
            brought.then(|| possible(context, &both().at(Moment::Event(event)))).flatten()
        }
        VarKind::Finished(_) => {
            let unfinished = |it: &Condition| solver.can_be(&Question::new().holds(it).fact(var, ValueSet::one(Key::Int(0))));
            if unfinished(a) || unfinished(b) { None } else { possible(context, &both().at(Moment::Quiet)) }
        }
        _ => None,
    })
}

fn same_event(a: &crate::model::Delay, b: &crate::model::Delay) -> bool {
    let plain = |it: &crate::model::Delay| it.without.as_ref().filter(|test| test.filter.is_none()).map(|test| (test.event, test.message));
    plain(a).is_some() && plain(a) == plain(b)
}

/// Something that happens at an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Trigger<'c> {
    event: Option<EventId>,
    clock: Option<&'c ConditionKind>,
}

/// What must be happening for a condition to hold; nothing where it holds by itself.
fn triggers(condition: Option<&Condition>) -> Vec<Trigger<'_>> {
    let Some(condition) = condition else { return Vec::new() };
    match &condition.kind {
        ConditionKind::Event(test) => vec![Trigger { event: test.event, clock: None }],
        ConditionKind::Every { .. } | ConditionKind::Reaches { .. } => vec![Trigger { event: None, clock: Some(&condition.kind) }],
        ConditionKind::And(list) | ConditionKind::Or(list) => list.iter().flat_map(|it| triggers(Some(it))).collect(),
        ConditionKind::Not(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Finished(_)
        | ConditionKind::Before(_)
        | ConditionKind::From(_)
        | ConditionKind::Broken => Vec::new(),
    }
}
