//! The values that counters can have, stage by stage.
//!
//! A counter is a number of ours with a default, written in the stages of one funnel alone. Its values are followed as sets
//! from the outside through all doors: a comparison with a constant that a door asks for lets some of them pass, a step writes
//! others. A step that surely runs writes all of them, any other one may or may not. A set that grows beyond a bound is given
//! up for what all values have in common: their rest by the steps, and their least or greatest one.
//! Every value that a run can have is in the set; not every value in it can be had.

use super::super::context::Context;
use crate::{
    graph::{EdgeId, Node, NodeId, Way},
    model::{
        ArithmeticOp, AttributeId, CompareOp, Condition, ConditionKind, FunnelId, Keeper, Literal, Reentry, Stage, StageId, Start, Step,
        StepKind, Term, TermKind, Type,
    },
    source::Span,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// So many values are told apart.
const VALUES_MAX: usize = 200;

/// What a step writes, in millionths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    To(i64),
    By(i64),
}

/// A step that writes a counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Writing {
    pub stage: StageId,
    pub write: Write,
    /// Whether it surely runs, once, in each visit.
    pub sure: bool,
    pub span: Span,
}

/// A comparison of a counter with a constant, in millionths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    pub op: CompareOp,
    pub to: i64,
    pub span: Span,
}

impl Bound {
    pub fn allows(&self, value: i64) -> bool {
        match self.op {
            CompareOp::Equal => value == self.to,
            CompareOp::NotEqual => value != self.to,
            CompareOp::Less => value < self.to,
            CompareOp::LessOrEqual => value <= self.to,
            CompareOp::Greater => value > self.to,
            CompareOp::GreaterOrEqual => value >= self.to,
        }
    }
}

/// The values of a counter at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Values {
    Some(BTreeSet<i64>),
    /// Too many: see [`Counter::common`].
    Many,
}

impl Values {
    fn none() -> Self {
        Self::Some(BTreeSet::new())
    }

    fn add(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (Self::Many, _) => false,
            (Self::Some(_), Self::Many) => {
                *self = Self::Many;
                true
            }
            (Self::Some(values), Self::Some(others)) => {
                let before = values.len();
                values.extend(others);
                let grown = values.len() > before;
                if values.len() > VALUES_MAX {
                    *self = Self::Many;
                }
                grown
            }
        }
    }
}

/// A counter and its values.
pub struct Counter {
    pub attribute: AttributeId,
    pub funnel: FunnelId,
    pub first: i64,
    pub writings: Vec<Writing>,
    /// On entering a stage, before its plays.
    pub entering: BTreeMap<StageId, Values>,
    /// While in a stage, and on leaving it.
    pub inside: BTreeMap<StageId, Values>,
}

impl Counter {
    /// Whether some value at a place may pass a bound (or fail it, where `holds` is unset). With too many values, by what all
    /// of them have in common.
    pub fn may(&self, values: &Values, bound: &Bound, holds: bool) -> bool {
        match values {
            Values::Some(values) => values.iter().any(|value| bound.allows(*value) == holds),
            Values::Many => self.may_of_many(bound, holds),
        }
    }

    fn may_of_many(&self, bound: &Bound, holds: bool) -> bool {
        let constants =
            || self.writings.iter().filter_map(|it| if let Write::To(to) = it.write { Some(to) } else { None }).chain([self.first]);
        let steps = || self.writings.iter().filter_map(|it| if let Write::By(by) = it.write { Some(by) } else { None });
        let least = if steps().all(|by| by >= 0) { constants().min() } else { None };
        let greatest = if steps().all(|by| by <= 0) { constants().max() } else { None };
        let (op, to) = (bound.op, bound.to);
        let above = |edge: i64| greatest.is_none_or(|greatest| greatest > edge);
        let below = |edge: i64| least.is_none_or(|least| least < edge);
        let meets = |value: i64| {
            let divisor = constants().map(|it| it.wrapping_sub(self.first)).chain(steps()).fold(0, gcd);
            let fits = if divisor == 0 { value == self.first } else { value.wrapping_sub(self.first) % divisor == 0 };
            fits && least.is_none_or(|least| least <= value) && greatest.is_none_or(|greatest| value <= greatest)
        };
        match (op, holds) {
            (CompareOp::Equal, true) | (CompareOp::NotEqual, false) => meets(to),
            (CompareOp::Equal, false) | (CompareOp::NotEqual, true) => true,
            (CompareOp::Less, true) | (CompareOp::GreaterOrEqual, false) => below(to),
            (CompareOp::Greater, true) | (CompareOp::LessOrEqual, false) => above(to),
            (CompareOp::LessOrEqual, true) | (CompareOp::Greater, false) => below(to) || meets(to),
            (CompareOp::GreaterOrEqual, true) | (CompareOp::Less, false) => above(to) || meets(to),
        }
    }

    /// The stages that write it.
    pub fn stages(&self) -> BTreeSet<StageId> {
        self.writings.iter().map(|it| it.stage).collect()
    }

    /// Whether a step in one of these stages counts.
    pub fn counts_in(&self, stages: &BTreeSet<StageId>) -> bool {
        self.writings.iter().any(|it| matches!(it.write, Write::By(_)) && stages.contains(&it.stage))
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1)
}

/// All counters with their values.
pub fn counters(context: &Context<'_>) -> Vec<Counter> {
    let model = context.model;
    let mut writings: BTreeMap<AttributeId, Vec<Writing>> = BTreeMap::new();
    let mut strange: BTreeSet<AttributeId> = BTreeSet::new();
    for stage in context.reached_stages() {
        if !writes_any(&model.stages[stage]) {
            continue;
        }
        let leaves_at_once =
            context.graph.steps_from(context.graph.stage(stage)).any(|id| context.is_open(id) && opens_at_once(context, id));
        for nurture in &model.stages[stage].nurtures {
            let mut sure: BTreeSet<Span> = BTreeSet::new();
            if nurture.start == Start::Entry && !leaves_at_once {
                let first = nurture.steps.iter().take_while(|step| !matches!(step.kind, StepKind::Wait(_) | StepKind::Stop));
                sure.extend(first.map(|step| step.span));
            }
            Step::each(&nurture.steps, &mut |step| {
                let (attribute, write) = match &step.kind {
                    StepKind::Set { attribute: Some(id), value } => (*id, write_of(*id, value)),
                    StepKind::Add { attribute: Some(id), .. } | StepKind::Remove { attribute: Some(id), .. } => (*id, None),
                    _ => return,
                };
                match write {
                    Some(write) => writings.entry(attribute).or_default().push(Writing {
                        stage,
                        write,
                        sure: sure.contains(&step.span),
                        span: step.span,
                    }),
                    None => {
                        strange.insert(attribute);
                    }
                }
            });
        }
    }
    let mut found = Vec::new();
    for (id, writings) in writings {
        let attribute = &model.attributes[id];
        let Some(Literal::Number(first)) = &attribute.default else { continue };
        let funnels: BTreeSet<FunnelId> = writings.iter().map(|it| model.stages[it.stage].funnel).collect();
        let (Some(funnel), 1) = (funnels.first().copied(), funnels.len()) else { continue };
        let counts = writings.iter().any(|it| matches!(it.write, Write::By(by) if by != 0));
        if attribute.keeper == Keeper::Ours
            && attribute.ty == Type::Number
            && counts
            && !strange.contains(&id)
            && model.funnels[funnel].key.is_none()
        {
            let counter =
                Counter { attribute: id, funnel, first: first.millionths(), writings, entering: BTreeMap::new(), inside: BTreeMap::new() };
            found.push(followed(context, counter));
        }
    }
    found
}

/// Whether a nurture of a stage writes an attribute.
fn writes_any(stage: &Stage) -> bool {
    let mut writes = false;
    for nurture in &stage.nurtures {
        Step::each(&nurture.steps, &mut |step| {
            writes |= matches!(step.kind, StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Remove { .. });
        });
    }
    writes
}

/// Whether one may be taken along a way before any play has run.
fn opens_at_once(context: &Context<'_>, id: EdgeId) -> bool {
    let (after, when) = match context.graph.edge(id).way {
        Way::Door(door) => (door.after.as_ref(), door.when.as_ref()),
        Way::Leave(leave) => (leave.after.as_ref(), leave.when.as_ref()),
        // A restart needs an event, and an end waits for the plays.
        Way::Restart(_) | Way::End | Way::Join => return false,
    };
    after.is_none() && when.is_none_or(|when| crate::graph::without_trigger(when) && !asks_for_an_end(when))
}

fn asks_for_an_end(it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Finished(_) => true,
        ConditionKind::And(list) => list.iter().any(asks_for_an_end),
        ConditionKind::Or(list) => list.iter().all(|it| asks_for_an_end(it) || !crate::graph::without_trigger(it)),
        _ => false,
    }
}

fn write_of(id: AttributeId, value: &Term) -> Option<Write> {
    let constant = |term: &Term| match &term.kind {
        TermKind::Literal(Literal::Number(number)) => Some(number.millionths()),
        _ => None,
    };
    let itself = |term: &Term| term.kind == TermKind::Attribute(id);
    match &value.kind {
        TermKind::Literal(Literal::Number(number)) => Some(Write::To(number.millionths())),
        TermKind::Arithmetic { op: ArithmeticOp::Add, left, right } if itself(left) => constant(right).map(Write::By),
        TermKind::Arithmetic { op: ArithmeticOp::Add, left, right } if itself(right) => constant(left).map(Write::By),
        TermKind::Arithmetic { op: ArithmeticOp::Subtract, left, right } if itself(left) => constant(right)?.checked_neg().map(Write::By),
        _ => None,
    }
}

/// The comparisons with constants of a counter that a condition cannot do without.
pub fn bounds_of(attribute: AttributeId, it: &Condition) -> Vec<Bound> {
    match &it.kind {
        ConditionKind::And(list) => list.iter().flat_map(|it| bounds_of(attribute, it)).collect(),
        ConditionKind::Compare { left, op, right } => {
            let number = |term: &Term| match &term.kind {
                TermKind::Literal(Literal::Number(number)) => Some(number.millionths()),
                _ => None,
            };
            let itself = |term: &Term| term.kind == TermKind::Attribute(attribute);
            let bound = if itself(left) {
                number(right).map(|to| (*op, to))
            } else if itself(right) {
                number(left).map(|to| (op.mirrored(), to))
            } else {
                None
            };
            bound.map(|(op, to)| Bound { op, to, span: it.span }).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The condition of a way.
pub fn condition_of<'m>(context: &Context<'m>, id: EdgeId) -> Option<&'m Condition> {
    match context.graph.edge(id).way {
        Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
        Way::Leave(leave) => leave.when.as_ref(),
        Way::End | Way::Join => None,
    }
}

/// The bounds that a way sets for a counter.
pub fn bounds_at(context: &Context<'_>, attribute: AttributeId, id: EdgeId) -> Vec<Bound> {
    condition_of(context, id).map(|when| bounds_of(attribute, when)).unwrap_or_default()
}

/// The least fixpoint of the values from outside on.
fn followed(context: &Context<'_>, mut counter: Counter) -> Counter {
    let model = context.model;
    let graph = &context.graph;
    let funnel = counter.funnel;
    let outside = graph.outside(funnel);
    let comes_again = !matches!(model.funnels[funnel].reentry, Some(Reentry::Never) | None);
    let mut at: BTreeMap<NodeId, Values> = BTreeMap::from([(outside, Values::Some(BTreeSet::from([counter.first])))]);
    let mut open: VecDeque<NodeId> = VecDeque::from([outside]);
    while let Some(node) = open.pop_front() {
        let here = at.get(&node).cloned().unwrap_or_else(Values::none);
        let leaving = match graph.stage_of(node) {
            Some(stage) => {
                let out = written(&counter, stage, &here);
                counter.entering.insert(stage, here);
                counter.inside.insert(stage, out.clone());
                out
            }
            None => here,
        };
        for id in graph.steps_from(node) {
            if !context.is_open(id) {
                continue;
            }
            let to = graph.edge(id).to;
            if to == outside && !comes_again {
                continue;
            }
            let bounds = bounds_at(context, counter.attribute, id);
            let passing = match &leaving {
                Values::Some(values) => {
                    Values::Some(values.iter().copied().filter(|value| bounds.iter().all(|bound| bound.allows(*value))).collect())
                }
                Values::Many if bounds.iter().any(|bound| !counter.may(&Values::Many, bound, true)) => Values::none(),
                Values::Many => match bounds.iter().find(|bound| bound.op == CompareOp::Equal) {
                    Some(bound) => Values::Some(BTreeSet::from([bound.to])),
                    None => Values::Many,
                },
            };
            let seen = at.contains_key(&to);
            if at.entry(to).or_insert_with(Values::none).add(&passing) || !seen {
                open.push_back(to);
            }
        }
    }
    debug_assert!(at.keys().all(|node| !matches!(graph.node(*node), Node::Anywhere(_))));
    counter
}

/// The values after the plays of a stage have run, or while they do.
fn written(counter: &Counter, stage: StageId, entering: &Values) -> Values {
    let here: Vec<&Writing> = counter.writings.iter().filter(|it| it.stage == stage).collect();
    let apply = |values: &Values, write: Write| match values {
        Values::Many => match write {
            Write::To(to) => Values::Some(BTreeSet::from([to])),
            Write::By(_) => Values::Many,
        },
        Values::Some(values) => Values::Some(
            values
                .iter()
                .filter_map(|value| match write {
                    Write::To(to) => Some(to),
                    Write::By(by) => value.checked_add(by),
                })
                .collect(),
        ),
    };
    if here.iter().all(|it| it.sure) && here.len() <= 1 {
        return here.iter().fold(entering.clone(), |values, it| apply(&values, it.write));
    }
    // Several, or such that may run or not, and perhaps again: everything that comes of it in any order.
    let mut values = entering.clone();
    loop {
        let mut grown = false;
        for it in &here {
            let more = apply(&values, it.write);
            grown |= values.add(&more);
        }
        if !grown {
            return values;
        }
    }
}
