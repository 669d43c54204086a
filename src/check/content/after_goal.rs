//! F712: a nurture that goes on after the goal event of its funnel.
//!
//! Fires once per stage, at its first such send, where
//! - a door into a goal stage, from a stage before any goal or from outside, opens for one event alone, perhaps with a `where` (`purchase where amount >= 20`), and that event
//!   comes from outside and answers no message; and
//! - somebody can be in another stage that no goal stage lies before, and no door, `leave` or restart out of it speaks of
//!   that event at all; and
//! - a nurture there sends something, not transactional, after time has passed or at something else that happens, and
//!   nothing on the way to that send asks about the event.
//!
//! Then the contact may do the event there, at any moment, and be written to as if nothing had happened. Possible only in
//! that conditions on the way are not decided; what speaks of the event in any way keeps it silent, and so does a stage from which no goal
//! can be reached at all (F306).

use super::{
    super::{
        context::Context,
        paths::{Item, ways},
        plot::Visit,
    },
    reaction::{answers, speaks_of},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::Node,
    model::{
        Condition, ConditionKind, Door, EventId, EventTest, FunnelId, Keeper, MessageId, Model, Nurture, Source, Stage, StageId, Start,
    },
    source::Span,
};

pub const CODE: Code = Code::warning("F712", "a nurture that goes on after the goal was reached");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for funnel in context.model.funnels.ids() {
        let before = before_goals(context, funnel);
        let goals = goal_events(context, funnel, &before);
        // Where nobody can reach a goal any more, that is the finding.
        let goal_nodes = context.model.stages_of(funnel).filter(|(_, stage)| stage.goal).map(|(id, _)| context.graph.stage(id));
        let leads = context.graph.leads_to(goal_nodes, |id| context.is_open(id));
        let may_reach = |id: StageId| before[id.index()] && leads[context.graph.stage(id).index()];
        for (id, stage) in context.model.stages_of(funnel).filter(|(id, stage)| may_reach(*id) && !stage.goal && !stage.is_final) {
            for (event, goal, test) in &goals {
                let sent = stage.nurtures.iter().find_map(|nurture| late_send(context, nurture, *event));
                if let Some((span, message)) = sent.filter(|_| !answers(context, id, *event)) {
                    let claim = Claim::Sends {
                        messages: vec![context.model.messages[message].name.text.clone()],
                        after: Some(context.model.events[*event].name.text.clone()),
                    };
                    let visits = [Visit::of(id).does(test), Visit::to(id, span)];
                    let finding = finding(context, (id, stage), *event, (*goal, test.span), (span, message));
                    found.push(finding.plots(context.plots_with(&context.path_to(id), &visits, [claim])));
                    break;
                }
            }
        }
    }
}

/// The events that alone open a door into a goal stage for somebody who has not reached one, with that stage and the test there.
fn goal_events<'m>(context: &Context<'m>, funnel: FunnelId, before: &[bool]) -> Vec<(EventId, StageId, &'m EventTest)> {
    let mut found: Vec<(EventId, StageId, &'m EventTest)> = Vec::new();
    for (id, stage) in context.model.stages_of(funnel).filter(|(id, stage)| stage.goal && context.is_reached(*id)) {
        let leads_here = |door: &&Door| match &door.source {
            Source::Stages(list) => list.iter().any(|(from, _)| before[from.index()] && !context.model.stages[*from].goal),
            Source::Outside | Source::Anywhere { .. } => true,
        };
        for door in stage.doors.iter().filter(leads_here).filter(|door| !context.dead.contains_key(&door.span)) {
            for test in door.when.as_ref().map(alone).unwrap_or_default() {
                if let Some(event) = test.event.filter(|event| is_of_the_world(context.model, *event))
                    && found.iter().all(|(other, ..)| *other != event)
                {
                    found.push((event, id, test));
                }
            }
        }
    }
    found
}

/// The events any of which opens a condition by itself.
fn alone(it: &Condition) -> Vec<&EventTest> {
    if let ConditionKind::Or(list) = &it.kind {
        return list.iter().flat_map(alone).collect();
    }
    if let ConditionKind::Event(test) = &it.kind { vec![test] } else { Vec::new() }
}

fn is_of_the_world(model: &Model, event: EventId) -> bool {
    let it = &model.events[event];
    it.keeper == Keeper::Anyone && !it.about_message && it.opts_out.is_empty()
}

/// The stages that somebody can be in who has not reached a goal.
fn before_goals(context: &Context<'_>, funnel: FunnelId) -> Vec<bool> {
    let graph = &context.graph;
    let stage_at = |node| match graph.node(node) {
        Node::Stage(id) => Some(id),
        Node::Outside(_) | Node::Anywhere(_) | Node::Restart(_) => None,
    };
    let take = |id| {
        let edge = graph.edge(id);
        context.is_open(id) && stage_at(edge.to).is_none_or(|id| !context.model.stages[id].goal)
    };
    let reach = graph.reach([graph.outside(funnel)], take);
    context.model.stages.ids().map(|id| reach.contains(graph.stage(id))).collect()
}

/// The first send of a nurture that may come after an event, and that nothing on the way keeps from it.
fn late_send(context: &Context<'_>, nurture: &Nurture, event: EventId) -> Option<(Span, MessageId)> {
    let asks = |it: &Condition| speaks_of(context.model, it, event);
    let mut later = match &nurture.start {
        Start::Entry => false,
        Start::When(when) | Start::EachTime(when) if asks(when) => return None,
        Start::When(_) | Start::EachTime(_) => true,
    };
    let begins_late = later;
    let mut first: Option<(Span, MessageId)> = None;
    for way in ways(nurture) {
        later = begins_late;
        for item in &way {
            match item {
                Item::Send { step, message, .. } if later && !context.model.messages[*message].transactional => {
                    if first.is_none_or(|(span, _)| step.span < span) {
                        first = Some((step.span, *message));
                    }
                }
                Item::If(when, _) | Item::Answer(when) if asks(when) => break,
                Item::Pass(..) | Item::Answer(_) | Item::Silence(_) | Item::Gap => later = true,
                Item::Send { .. } | Item::Do(_) | Item::If(..) | Item::Share(..) => {}
            }
        }
        if way.iter().any(|item| matches!(item, Item::Answer(when) | Item::If(when, _) if asks(when))) {
            return None;
        }
    }
    first
}

fn finding(
    context: &Context<'_>,
    (id, stage): (StageId, &Stage),
    event: EventId,
    (goal, door): (StageId, Span),
    (span, message): (Span, MessageId),
) -> Diagnostic {
    let (event, message) = (&context.model.events[event].name.text, &context.model.messages[message].name.text);
    let (here, goal) = (context.name(id), context.name(goal));
    let mut finding = Diagnostic::new(CODE, span, format!("`{message}` still goes to somebody who did `{event}` in {here}"))
        .at("sent as if nothing had happened")
        .label(door, format!("leads to {goal}, and not from {here}"));
    for line in context.story_to(context.graph.stage(id)) {
        finding = finding.step(line);
    }
    finding
        .step(format!("then they do `{event}`, which is the goal of this funnel; no door leads out of {here} on it, so its nurtures go on"))
        .help(format!("add `{}` to the stages of that door, or let people leave: `leave when {event}` in {here}", stage.name.text))
}
