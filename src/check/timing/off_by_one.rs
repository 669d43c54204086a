//! F408: bounds that miss each other by one.
//!
//! Found in two forms, both by the exact values of a counter (see `counters`).
//! A gap: a stage is gone round by doors that want the counter on one side and left by doors that want it on the other; there
//! is a value that it can have and that all of them refuse, while one step less would go round and one step more would leave;
//! every other way out of the stage needs an event.
//! Two bounds: a stage has `visits at most N`, the counter counts its visits, one step each, and the comparison on the way
//! back would allow just N + 1 or N - 1 visits: the last of one bound is never used.

use super::{
    super::context::Context,
    counters::{Bound, Counter, Values, Write, bounds_at, condition_of, counters},
    stuck_counter::rounds,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    graph::{EdgeId, Way, without_trigger},
    model::StageId,
    source::Span,
    units::Number,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F408", "bounds that miss each other by one");

/// A way and what it asks of the counter.
type Bounded = (EdgeId, Vec<Bound>);

/// Beyond so many visits nobody is off by one.
const VISITS_MAX: u32 = 1_000;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    found.extend(missed(context).into_iter().map(|it| it.finding).collect());
}

/// Bounds that miss each other.
pub struct Missed {
    finding: Diagnostic,
    /// The stages that lead round.
    pub round: BTreeSet<StageId>,
    /// The ways on that are not open yet when the round is over.
    pub shut: Vec<Span>,
}

/// All bounds that miss each other, one for each counter and round.
pub fn missed(context: &Context<'_>) -> Vec<Missed> {
    let mut found = Vec::new();
    let all = counters(context);
    if all.is_empty() {
        return found;
    }
    let rounds = rounds(context);
    for counter in &all {
        for round in &rounds {
            let stages = round.iter().copied().filter(|stage| context.model.stages[*stage].funnel == counter.funnel);
            let mut findings = stages.filter_map(|stage| {
                let of_visits = || visits(context, counter, round, stage).map(|finding| (finding, Vec::new()));
                gap(context, counter, round, stage).or_else(of_visits)
            });
            if let Some((finding, shut)) = findings.next() {
                found.push(Missed { finding, round: round.clone(), shut });
            }
        }
    }
    found
}

/// The one step by which a counter is counted in a round, if it is always the same.
fn step_of(counter: &Counter) -> Option<i64> {
    let mut steps = counter.writings.iter().map(|it| match it.write {
        Write::By(by) => Some(by),
        Write::To(_) => None,
    });
    let first = steps.next()??;
    steps.all(|step| step == Some(first)).then_some(first).filter(|step| *step != 0)
}

fn gap(context: &Context<'_>, counter: &Counter, round: &BTreeSet<StageId>, stage: StageId) -> Option<(Diagnostic, Vec<Span>)> {
    let step = step_of(counter)?;
    let Some(Values::Some(values)) = counter.inside.get(&stage) else { return None };
    let (mut back, mut out): (Vec<Bounded>, Vec<Bounded>) = Default::default();
    for edge in context.graph.steps_from(context.graph.stage(stage)).filter(|edge| context.is_open(*edge)) {
        let bounds = bounds_at(context, counter.attribute, edge);
        if bounds.is_empty() {
            // Another way that needs no event may be just what this value is meant for.
            if condition_of(context, edge).is_none_or(without_trigger) {
                return None;
            }
        } else if context.graph.stage_of(context.graph.edge(edge).to).is_some_and(|to| round.contains(&to)) {
            back.push((edge, bounds));
        } else {
            out.push((edge, bounds));
        }
    }
    let passes = |ways: &[Bounded], value: i64| ways.iter().any(|(_, bounds)| bounds.iter().all(|bound| bound.allows(value)));
    let between = values.iter().copied().find(|value| {
        let (before, behind) = (value.checked_sub(step), value.checked_add(step));
        !passes(&back, *value)
            && !passes(&out, *value)
            && before.is_some_and(|before| passes(&back, before))
            && behind.is_some_and(|behind| passes(&out, behind))
    })?;
    let name = &context.model.attributes[counter.attribute].name.text;
    let value = Number::from_millionths(between);
    let message = format!("nobody goes on from {} when `{name}` is {value}", context.name(stage));
    let mut finding = Diagnostic::new(CODE, context.place(stage), message).at("people get stuck here");
    for ((edge, _), text) in
        back.iter().map(|it| (it, "goes round only before that")).chain(out.iter().map(|it| (it, "leads on only behind that")))
    {
        finding = finding.label(span_of(context, *edge)?, text);
    }
    let finding = finding
        .note(format!(
            "`{name}` begins with {} and is counted by {} each time",
            Number::from_millionths(counter.first),
            Number::from_millionths(step)
        ))
        .note(format!("with {value} the round is over, and the way on is not open yet; it is never counted further"))
        .help(format!("let one of the two take {value} as well: `{name} >= {value}`"));
    Some((finding, out.iter().filter_map(|(edge, _)| span_of(context, *edge)).collect()))
}

fn visits(context: &Context<'_>, counter: &Counter, round: &BTreeSet<StageId>, stage: StageId) -> Option<Diagnostic> {
    let most = context.model.stages[stage].visits_at_most?;
    let step = step_of(counter)?;
    let [writing] = counter.writings.as_slice() else { return None };
    if writing.stage != stage || !writing.sure {
        return None;
    }
    // Every way in from the round asks for the same of the counter, every other one for nothing; people get in with its first value.
    let mut bounds: Option<Vec<Bound>> = None;
    let mut places: Vec<Span> = Vec::new();
    for (edge, it) in context.graph.edges().filter(|(id, it)| context.is_open(*id) && it.to == context.graph.stage(stage)) {
        let from = context.graph.stage_of(it.from);
        let here = bounds_at(context, counter.attribute, edge);
        match from {
            Some(from) if round.contains(&from) => {
                let same = |other: &Vec<Bound>| other.iter().map(|it| (it.op, it.to)).eq(here.iter().map(|it| (it.op, it.to)));
                if here.is_empty() || bounds.as_ref().is_some_and(|other| !same(other)) {
                    return None;
                }
                places.extend(span_of(context, edge));
                bounds = Some(here);
            }
            Some(_) => {}
            None if matches!(it.way, Way::Door(_)) => {}
            None => return None,
        }
    }
    let bounds = bounds?;
    let mut value = counter.first.checked_add(step)?;
    let mut visits = 1;
    while bounds.iter().all(|bound| bound.allows(value)) {
        visits += 1;
        value = value.checked_add(step)?;
        if visits > VISITS_MAX {
            return None;
        }
    }
    if visits.abs_diff(most) != 1 {
        return None;
    }
    let name = &context.model.attributes[counter.attribute].name.text;
    let (asks, last) = (context.quote(bounds.first()?.span), if visits > most { "the counter's" } else { "the other's" });
    let message = format!("{asks} allows {visits} visits to {}, `visits at most {most}` allows {most}", context.name(stage));
    let mut finding = Diagnostic::new(CODE, context.place(stage), message).at("bounded twice, one apart");
    places.sort_unstable();
    places.dedup();
    for span in places.into_iter().take(4) {
        finding = finding.label(span, format!("opens for visit 2 to {visits}"));
    }
    Some(
        finding
            .label(writing.span, "counted once in each visit")
            .note(format!(
                "`{name}` begins with {} and is {} after the first visit; {last} last visit never comes",
                Number::from_millionths(counter.first),
                Number::from_millionths(counter.first.saturating_add(step))
            ))
            .help("leave one of the two bounds out, or make them meet".to_owned()),
    )
}

fn span_of(context: &Context<'_>, edge: EdgeId) -> Option<Span> {
    match context.graph.edge(edge).way {
        Way::Door(door) | Way::Restart(door) => Some(door.span),
        Way::Leave(leave) => Some(leave.span),
        Way::End | Way::Join => None,
    }
}
