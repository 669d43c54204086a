//! F308: a wait or door on an event that funnels alone record, and none does.

use super::super::{
    context::Context,
    needs::{asked_for, is_ours},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Condition, EventId, Start, Step, StepKind, Wait},
    source::{Span, sentence_of},
};
use std::collections::BTreeMap;

pub const CODE: Code = Code::error("F308", "a wait or door on an event that nothing records");

/// The places that wait for an event, each with a word for what stands there.
type Waiting = BTreeMap<EventId, Vec<(Span, &'static str)>>;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut waiting = Waiting::new();
    for (id, stage) in context.model.stages.iter() {
        for door in &stage.doors {
            if context.sources_of(stage.funnel, door).into_iter().any(|node| context.live.contains(node)) {
                look(context, door.when.as_ref(), "this door waits for it", &mut waiting);
            }
        }
        if context.is_reached(id) {
            for leave in &stage.leaves {
                look(context, leave.when.as_ref(), "this way out waits for it", &mut waiting);
            }
            for nurture in &stage.nurtures {
                match &nurture.start {
                    Start::Entry => {}
                    Start::When(when) | Start::EachTime(when) => look(context, Some(when), "this nurture waits for it", &mut waiting),
                }
                look_in(context, &nurture.steps, &mut waiting);
            }
        }
    }
    for leave in context.model.funnels.values().flat_map(|it| &it.leaves) {
        look(context, leave.when.as_ref(), "this way out waits for it", &mut waiting);
    }
    for (event, mut places) in waiting {
        places.sort_unstable();
        places.dedup();
        found.push(finding(context, event, &places));
    }
}

fn look(context: &Context<'_>, when: Option<&Condition>, what: &'static str, waiting: &mut Waiting) {
    let Some(when) = when else { return };
    asked_for(context.model, when, &mut |test| {
        if let Some(event) = test.event.filter(|event| is_ours(context.model, *event) && !context.recorded[event.index()]) {
            waiting.entry(event).or_default().push((test.span, what));
        }
    });
}

fn look_in(context: &Context<'_>, steps: &[Step], waiting: &mut Waiting) {
    Step::each(steps, &mut |step| match &step.kind {
        StepKind::Wait(Wait::Until { when, .. }) => look(context, Some(when), "this step waits for it", waiting),
        StepKind::Wait(Wait::Arms { arms, .. }) => {
            arms.iter().for_each(|arm| look(context, Some(&arm.when), "this arm waits for it", waiting));
        }
        _ => {}
    });
}

fn finding(context: &Context<'_>, event: EventId, places: &[(Span, &'static str)]) -> Diagnostic {
    let declared = &context.model.events[event].name;
    let name = format!("`{}`", declared.text);
    let (span, what) = places.first().copied().unwrap_or_else(|| unreachable!("an event is listed with its places"));
    let mut finding = Diagnostic::new(CODE, span, format!("{name} never happens: funnels alone record it, and none does")).at(what);
    for (span, what) in places.iter().skip(1) {
        finding = finding.label(*span, *what);
    }
    if let Some(span) = declared.span {
        finding = finding.label(span, "declared `ours`: it is taken from nobody outside");
    }
    let lost: Vec<Span> =
        context.model.stages.values().flat_map(|stage| &stage.nurtures).flat_map(|nurture| records(&nurture.steps, event)).collect();
    match lost.first() {
        None => finding = finding.note("recorded by: nobody"),
        Some(first) => {
            finding = finding.note("recorded by: nobody who can get there").label(*first, "nobody ever comes to this step");
        }
    }
    let record = format!("`record {}` in a nurture", sentence_of(&declared.text));
    finding.help(format!("write {record}, or take `ours` away if it comes from outside"))
}

fn records(steps: &[Step], event: EventId) -> Vec<Span> {
    let mut found = Vec::new();
    Step::each(steps, &mut |step| match &step.kind {
        StepKind::Record { event: Some(recorded), .. } if *recorded == event => found.push(step.span),
        _ => {}
    });
    found
}
