//! F805: one funnel shuts another one's door for ever.
//!
//! Found where every door from outside into a funnel asks, in a part that it cannot do without, for something that can come
//! only before another funnel does its work: that an event of ours has never happened, which the other one records and this
//! one does not; or that an attribute of ours has a value which, after the other one has set another, no step ever sets
//! again.

use super::super::{context::Context, plot::Visit};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot, When},
    graph::Way,
    model::{
        AttributeId, CompareOp, Condition, ConditionKind, EventId, FunnelId, Keeper, Literal, Model, StageId, Step, StepKind, Term,
        TermKind,
    },
    source::Span,
};
use std::collections::BTreeMap;

pub const CODE: Code = Code::warning("F805", "one funnel shuts another one's door for ever");

const MINUTE_MS: i64 = 60_000;

/// Something that happens once and cannot be taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Need {
    /// This event has never happened.
    Never(EventId),
    /// This attribute has this value.
    Is(AttributeId, Literal),
}

/// Who does what, and where.
#[derive(Default)]
struct Deeds {
    records: BTreeMap<EventId, Vec<(FunnelId, Span)>>,
    /// `None` for a value that is worked out.
    sets: BTreeMap<AttributeId, Vec<(FunnelId, Option<Literal>, Span)>>,
}

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    if model.funnels.len() < 2 {
        return;
    }
    let deeds = deeds(context);
    for (funnel, it) in model.funnels.iter() {
        let outside = context.graph.outside(funnel);
        let doors: Vec<_> =
            context.graph.leaving(outside).iter().filter(|id| context.is_open(**id)).map(|id| context.graph.edge(*id)).collect();
        let mut shut: Vec<(Span, Span, FunnelId, Span)> = Vec::new();
        for edge in &doors {
            let Way::Door(door) = edge.way else { continue };
            let Some((part, other, by)) = door.when.as_ref().and_then(|when| shut_by(model, &deeds, funnel, when)) else { break };
            shut.push((door.span, part, other, by));
        }
        let Some((_, part, other, by)) = shut.first().copied().filter(|_| shut.len() == doors.len()) else { continue };
        let other = &model.funnels[other].name.text;
        let message = format!("nobody gets into `{}` any more once `{other}` has done its work", it.name.text);
        let mut finding = Diagnostic::new(CODE, it.name.span.unwrap_or(it.span), message).at("all its doors from outside are shut by that");
        for (door, ..) in shut.iter().take(4) {
            finding = finding.label(*door, "shut for ever afterwards");
        }
        finding = finding.label(by, format!("done by `{other}`"));
        found.push(
            finding
                .plots(shut.iter().flat_map(|(door, _, _, by)| plots(context, funnel, *door, *by)))
                .note(format!("every door from outside asks for {}, and after {} nothing makes that true again", context.quote(part), context.quote(by)))
                .note("whether a contact gets in depends on which of the two funnels they met first")
                .help(format!("look back over a time only (`within 90 days`), or let something undo what `{other}` does, or say with `allow` that it is meant")),
        );
    }
}

/// Somebody goes through the other funnel, then does what opens a door of this one, and does not get in.
fn plots(context: &Context<'_>, funnel: FunnelId, door: Span, by: Span) -> Vec<Plot> {
    let mut plots = Vec::new();
    let has_door = |id: &StageId| context.model.stages[*id].doors.iter().any(|it| it.span == door);
    let Some(to) = context.model.funnels[funnel].stages.iter().copied().find(has_door) else { return plots };
    let claim = Claim::EntersOnly { stage: context.stage_named(to), times: 0 };
    for stage in context.stages_with(by).iter().take(2) {
        let it = &context.model.stages[*stage];
        let when = When::Reached {
            funnel: context.model.funnels[it.funnel].name.text.clone(),
            stage: Some(it.name.text.clone()),
            times: 1,
            after_ms: context.elapsed_to(*stage, by).saturating_add(MINUTE_MS),
        };
        for mut path in context.paths_to(*stage) {
            path.extend(context.step_in(to, door));
            for mut plot in context.plots_with(&path, &[Visit::to(*stage, by)], [claim.clone()]) {
                if let Some(last) = plot.happenings.last_mut() {
                    last.when = when.clone();
                    let after = Some(last.event.clone());
                    plot.claims.push(Claim::Sends { messages: Vec::new(), after });
                }
                plots.push(plot);
            }
        }
    }
    plots
}

/// What of a condition another funnel destroys for ever: that part, the funnel, and the step.
fn shut_by(model: &Model, deeds: &Deeds, funnel: FunnelId, when: &Condition) -> Option<(Span, FunnelId, Span)> {
    needs(model, when).into_iter().find_map(|(need, part)| match need {
        Need::Never(event) => {
            let records = deeds.records.get(&event)?;
            let other = records.iter().find(|(by, _)| *by != funnel)?;
            records.iter().all(|(by, _)| *by != funnel).then_some((part, other.0, other.1))
        }
        Need::Is(attribute, value) => {
            let sets = deeds.sets.get(&attribute)?;
            let comes_back = sets.iter().any(|(_, to, _)| to.as_ref().is_none_or(|to| *to == value));
            let other = sets.iter().find(|(by, ..)| *by != funnel)?;
            (!comes_back && sets.iter().all(|(by, ..)| *by != funnel)).then_some((part, other.0, other.2))
        }
    })
}

/// What a condition cannot do without.
fn needs(model: &Model, it: &Condition) -> Vec<(Need, Span)> {
    match &it.kind {
        ConditionKind::And(list) => list.iter().flat_map(|it| needs(model, it)).collect(),
        ConditionKind::Had { negated: true, event, window: None } if event.filter.is_none() && event.message.is_none() => {
            event.event.filter(|id| model.events[*id].keeper == Keeper::Ours).map(|id| (Need::Never(id), it.span)).into_iter().collect()
        }
        ConditionKind::Compare { left, op: CompareOp::Equal, right } => {
            let pair = |a: &Term, b: &Term| match (&a.kind, &b.kind) {
                (TermKind::Attribute(id), TermKind::Literal(literal)) if model.attributes[*id].keeper == Keeper::Ours => {
                    Some((Need::Is(*id, literal.clone()), it.span))
                }
                _ => None,
            };
            pair(left, right).or_else(|| pair(right, left)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn deeds(context: &Context<'_>) -> Deeds {
    let mut deeds = Deeds::default();
    for stage in context.reached_stages() {
        let it = &context.model.stages[stage];
        for nurture in &it.nurtures {
            Step::each(&nurture.steps, &mut |step| match &step.kind {
                StepKind::Record { event: Some(event), .. } => deeds.records.entry(*event).or_default().push((it.funnel, step.span)),
                StepKind::Set { attribute: Some(id), value } => {
                    let to = match &value.kind {
                        TermKind::Literal(literal) => Some(literal.clone()),
                        _ => None,
                    };
                    deeds.sets.entry(*id).or_default().push((it.funnel, to, step.span));
                }
                StepKind::Record { .. }
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Send { .. }
                | StepKind::Act { .. }
                | StepKind::Wait(_)
                | StepKind::If { .. }
                | StepKind::Split(_)
                | StepKind::Repeat(_)
                | StepKind::Stop => {}
            });
        }
    }
    deeds
}
