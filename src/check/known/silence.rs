//! F514: `no E within D` at a door that holds the moment somebody arrives.

use super::{
    super::context::Context,
    fate::{Clause, Fate},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{Step, Way},
    model::{Condition, ConditionKind, EventTest, StageId, WindowKind},
    source::{Span, sentence_of},
    units::Duration,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F514", "a silence that is there on arrival already");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for stage in context.model.stages.ids() {
        for (clause, condition, (event, ms)) in of_stage(context, stage) {
            if said.insert(clause.span) {
                found.push(finding(context, stage, clause, condition, event, ms));
            }
        }
    }
}

/// The clauses of a stage that open by a silence, which can be there on arrival.
pub fn of_stage<'m>(context: &Context<'m>, stage: StageId) -> Vec<(Clause<'m>, &'m Condition, (&'m EventTest, i64))> {
    let arrival = context.facts.on_arrival(stage);
    let clauses = context.states_in(stage).into_iter().filter(|it| context.fate(*it) == Fate::Open);
    clauses
        .filter_map(|clause| {
            let when = clause.when?;
            let (condition, silence) = silence(when)?;
            context.facts.can_hold(arrival, when).then_some((clause, condition, silence))
        })
        .collect()
}

/// The part of a condition that asks for a silence.
fn silence(it: &Condition) -> Option<(&Condition, (&EventTest, i64))> {
    match &it.kind {
        ConditionKind::Had { negated: true, event, window: Some(window) } => match window.kind {
            WindowKind::WithinMs(ms) => Some((it, (event, ms))),
            WindowKind::SinceEntering | WindowKind::SinceStarting => None,
        },
        ConditionKind::And(list) => list.iter().find_map(silence),
        _ => None,
    }
}

fn finding(context: &Context<'_>, stage: StageId, clause: Clause<'_>, condition: &Condition, event: &EventTest, ms: i64) -> Diagnostic {
    let (name, lasts) = (context.name(stage), Duration::from_milliseconds(ms));
    let event = sentence_of(context.sources.slice(event.span));
    let what = if clause.to.is_some() { "door" } else { "way out" };
    let message =
        format!("{} can hold the moment somebody comes to {name}: this {what} does not wait {lasts}", context.quote(condition.span));
    let mut finding = Diagnostic::new(CODE, condition.span, message).at("looks back, also over the time before");
    finding = finding.label(context.place(stage), "comes here …").label(clause.span, "… and goes on through here at the same instant");
    finding = finding.note(format!("somebody who comes to {name} and has not met `{event}` for {lasts} is gone at once"));
    let node = context.graph.stage(stage);
    let way_on = context.graph.steps_from(node).find(|id| match context.graph.edge(*id).way {
        Way::Door(door) => door.span == clause.span,
        Way::Leave(leave) => leave.span == clause.span,
        Way::Restart(_) | Way::End | Way::Join => false,
    });
    if let (Some(edge), Some(to)) = (way_on, clause.to) {
        let mut path = context.live.path(&context.graph, node);
        path.push(Step { at: node, edge });
        finding = finding.plots(context.plots(&path, &[], [Claim::Enters { stage: context.stage_named(to), times: 1 }]));
    }
    finding.help(format!("write `after {lasts} without {event}`, which counts from the arrival on"))
}
