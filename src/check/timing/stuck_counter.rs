//! F407: a counter that never gets to its bound.
//!
//! Found where stages that lead round to each other are left, or gone round, by a door that compares a counter with a
//! constant, and by all values that the counter can have there (see `counters`) the comparison never comes true; or where
//! every comparison of the counter on that round always comes out the same, so that it bounds nothing, and no
//! `visits at most` does either. Where one more step would do, it is F408.

use super::{
    super::context::Context,
    counters::{Bound, Counter, Values, Write, bounds_at, counters},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    graph::{EdgeId, Node, Way},
    model::{CompareOp, StageId},
    source::Span,
    units::Number,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F407", "a counter that never gets to its bound");

/// How many values are named.
const VALUES_SHOWN: usize = 4;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for stuck in stuck(context) {
        found.push(finding(context, &stuck));
    }
}

/// A counter that is stuck.
pub struct Stuck {
    pub counter: Counter,
    /// The stages that lead round.
    pub round: BTreeSet<StageId>,
    stage: StageId,
    edge: EdgeId,
    bound: Bound,
    /// Whether the comparison never fails, rather than never holds.
    always: bool,
}

impl Stuck {
    /// The clause that asks for what the counter never gets to, or is always short of.
    pub fn clause(&self, context: &Context<'_>) -> Option<Span> {
        match context.graph.edge(self.edge).way {
            Way::Door(door) | Way::Restart(door) => Some(door.span),
            Way::Leave(leave) => Some(leave.span),
            Way::End | Way::Join => None,
        }
    }
}

/// All counters that are stuck, each once for each round.
pub fn stuck(context: &Context<'_>) -> Vec<Stuck> {
    let mut found = Vec::new();
    let all = counters(context);
    if all.is_empty() {
        return found;
    }
    let rounds = rounds(context);
    for counter in all {
        let mut of_counter: Vec<(BTreeSet<StageId>, StageId, EdgeId, Bound, bool)> = Vec::new();
        for round in &rounds {
            let mut tests = Vec::new();
            for stage in round.iter().filter(|stage| context.model.stages[**stage].funnel == counter.funnel) {
                for edge in context.graph.steps_from(context.graph.stage(*stage)).filter(|edge| context.is_open(*edge)) {
                    tests.extend(bounds_at(context, counter.attribute, edge).into_iter().map(|bound| (*stage, edge, bound)));
                }
            }
            let values = |stage: &StageId| counter.inside.get(stage).filter(|values| !matches!(values, Values::Some(it) if it.is_empty()));
            let may = |stage: &StageId, bound: &Bound, holds: bool| values(stage).is_none_or(|values| counter.may(values, bound, holds));
            let never = tests.iter().find(|(stage, _, bound)| !may(stage, bound, true) && !one_more_would_do(&counter, stage, bound));
            let bounded = round.iter().any(|stage| context.model.stages[*stage].visits_at_most.is_some());
            let useless = !bounded
                && counter.counts_in(round)
                && tests.iter().all(|(stage, _, bound)| !may(stage, bound, true) || !may(stage, bound, false));
            let on_round = |edge: &EdgeId| context.graph.stage_of(context.graph.edge(*edge).to).is_some_and(|to| round.contains(&to));
            let always = tests.iter().find(|(stage, edge, bound)| useless && on_round(edge) && !may(stage, bound, false));
            if let Some((stage, edge, bound)) = never {
                of_counter.push((round.clone(), *stage, *edge, *bound, false));
            } else if let Some((stage, edge, bound)) = always {
                of_counter.push((round.clone(), *stage, *edge, *bound, true));
            }
        }
        let Some((round, stage, edge, bound, always)) = of_counter.into_iter().next() else { continue };
        found.push(Stuck { counter, round, stage, edge, bound, always });
    }
    found
}

/// The stages that lead round to each other within a run, group by group.
pub fn rounds(context: &Context<'_>) -> Vec<BTreeSet<StageId>> {
    let graph = &context.graph;
    let take = |id: EdgeId| {
        let edge = graph.edge(id);
        let inside = |node| !matches!(graph.node(node), Node::Outside(_) | Node::Restart(_));
        context.is_open(id) && edge.way != Way::End && inside(edge.from) && inside(edge.to)
    };
    let found = graph.components(take).into_iter().filter(|component| graph.goes_round(component, &take));
    let mut rounds: Vec<BTreeSet<StageId>> = found
        .map(|component| component.into_iter().filter_map(|node| graph.stage_of(node)).filter(|id| context.is_reached(*id)).collect())
        .collect();
    rounds.retain(|round| !round.is_empty());
    rounds.sort_by_key(|round| round.iter().map(|id| context.place(*id)).min());
    rounds
}

/// Whether a value one step on from one that can be had would pass: then the bounds miss each other by one.
fn one_more_would_do(counter: &Counter, stage: &StageId, bound: &Bound) -> bool {
    let Some(Values::Some(values)) = counter.inside.get(stage) else { return false };
    let steps = counter.writings.iter().filter_map(|it| if let Write::By(by) = it.write { Some(by) } else { None });
    let resets = counter.writings.iter().any(|it| matches!(it.write, Write::To(_)));
    let last = |by: i64| if by > 0 { values.last() } else { values.first() };
    !resets && steps.into_iter().any(|by| last(by).and_then(|value| value.checked_add(by)).is_some_and(|value| bound.allows(value)))
}

fn number(millionths: i64) -> String {
    Number::from_millionths(millionths).to_string()
}

fn finding(context: &Context<'_>, stuck: &Stuck) -> Diagnostic {
    let Stuck { counter, round, stage, edge: _, bound, always } = stuck;
    let name = format!("`{}`", context.model.attributes[counter.attribute].name.text);
    let named = round.iter().copied().min_by_key(|id| context.place(*id)).unwrap_or(*stage);
    let span = stuck.clause(context).unwrap_or_else(|| context.place(*stage));
    let (message, at_door) = if *always {
        (format!("{name} never gets past {} here, so nothing ends this round", context.quote(bound.span)), "never shuts")
    } else {
        (format!("{name} never gets to {} here", context.quote(bound.span)), "never opens")
    };
    let mut finding =
        Diagnostic::new(CODE, context.place(named), message).at("on a round that the counter was to end").label(span, at_door);
    let mut spans: Vec<Span> = counter.writings.iter().map(|it| it.span).collect();
    spans.sort_unstable();
    spans.dedup();
    for span in spans.into_iter().take(4) {
        finding = finding.label(span, "writes it");
    }
    for line in values_in_words(context, counter, *stage, round) {
        finding = finding.note(line);
    }
    finding.note("whoever is on this round stays on it, with all that happens there").help(help(counter, round, bound, *always, &name))
}

fn values_in_words(context: &Context<'_>, counter: &Counter, stage: StageId, round: &BTreeSet<StageId>) -> Vec<String> {
    let name = &context.model.attributes[counter.attribute].name.text;
    let place = context.name(stage);
    match counter.inside.get(&stage) {
        Some(Values::Some(values)) => {
            let shown: Vec<String> = values.iter().take(VALUES_SHOWN).map(|it| number(*it)).collect();
            let more = if values.len() > VALUES_SHOWN { ", …" } else { "" };
            vec![format!("`{name}` begins with {}; the values it can have in {place}: {}{more}", number(counter.first), shown.join(", "))]
        }
        Some(Values::Many) | None => {
            let mut lines = vec![format!("`{name}` begins with {}", number(counter.first))];
            let mut value = counter.first;
            for lap in ["one lap", "two laps", "three laps"] {
                for writing in counter.writings.iter().filter(|it| round.contains(&it.stage)) {
                    value = match writing.write {
                        Write::By(by) => value.saturating_add(by),
                        Write::To(to) => to,
                    };
                }
                lines.push(format!("after {lap} it is {}", number(value)));
            }
            lines
        }
    }
}

fn help(counter: &Counter, round: &BTreeSet<StageId>, bound: &Bound, always: bool, name: &str) -> String {
    let set_back = counter.writings.iter().any(|it| matches!(it.write, Write::To(_)) && round.contains(&it.stage));
    if !counter.counts_in(round) {
        format!("count {name} in a stage of this round")
    } else if set_back {
        format!("do not set {name} back on the way round")
    } else if !always && bound.op == CompareOp::Equal {
        format!("ask for `{} >= {}`", name.trim_matches('`'), number(bound.to))
    } else {
        format!("count {name} towards the bound, not away from it")
    }
}
