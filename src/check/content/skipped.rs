//! F710: the meaning changes if the send is skipped.
//!
//! Fires at a send whose next wait is for its own click (or another reaction to it), where
//! - the message may be skipped: it is not transactional, and its channel has a cap or needs a flag; and
//! - something is done because no reaction came: in `otherwise`, or in an `if` right behind the wait that asks for it; and
//! - that something would be done for somebody whom the message never reached. Messages by the same channel do not count
//!   where the channel has no cap: who lacks the flag gets none of them either.
//!
//! Possible: whether the cap is met depends on what else is sent. Silent where a condition on the way asks `had sent …`.

use super::super::{context::Context, plot::Visit};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot, Turn},
    model::{Channel, Condition, ConditionKind, EventTest, MessageId, StageId, Step, StepKind, Wait},
    source::Span,
};
use smol_str::SmolStr;

pub const CODE: Code = Code::warning("F710", "the meaning changes if the message is skipped");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for id in context.reached_stages() {
        for nurture in &context.model.stages[id].nurtures {
            list(context, id, &nurture.steps, found);
            Step::each(&nurture.steps, &mut |step| match &step.kind {
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    arms.iter().for_each(|arm| list(context, id, &arm.steps, found));
                    list(context, id, otherwise, found);
                }
                StepKind::If { branches, otherwise, .. } => {
                    branches.iter().for_each(|branch| list(context, id, &branch.steps, found));
                    list(context, id, otherwise, found);
                }
                StepKind::Split(split) => split.arms.iter().for_each(|arm| list(context, id, &arm.steps, found)),
                StepKind::Repeat(repeat) => list(context, id, &repeat.steps, found),
                StepKind::Wait(_)
                | StepKind::Send { .. }
                | StepKind::Act { .. }
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop => {}
            });
        }
    }
}

/// Sends in one list of steps, each with what follows it there.
fn list(context: &Context<'_>, id: StageId, steps: &[Step], found: &mut Diagnostics) {
    for (n, step) in steps.iter().enumerate() {
        let StepKind::Send { message: Some(message), .. } = &step.kind else { continue };
        let it = &context.model.messages[*message];
        let Some(channel) = it.channel.map(|id| &context.model.channels[id]) else { continue };
        if it.transactional || (channel.needs.is_none() && channel.caps.is_empty()) {
            continue;
        }
        let quick = |step: &&Step| {
            matches!(step.kind, StepKind::Act { .. } | StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Record { .. })
        };
        let mut rest = steps.iter().skip(n + 1).skip_while(quick);
        let Some(StepKind::Wait(wait)) = rest.next().map(|step| &step.kind) else { continue };
        if let Some((span, word)) = blamed(context, *message, wait, rest.next()) {
            found.push(finding(context, (step.span, *message), channel, span, word).plots(plots(
                context,
                id,
                (step.span, *message),
                channel,
                span,
            )));
        }
    }
}

/// What is done because no reaction to a message came: the first such step, and the reaction.
fn blamed<'m>(context: &'m Context<'_>, message: MessageId, wait: &'m Wait, next: Option<&'m Step>) -> Option<(Span, &'m str)> {
    match wait {
        Wait::Arms { arms, otherwise, .. } => {
            let word = arms.iter().find_map(|arm| reaction(context, message, &arm.when))?;
            Some((effect(context, message, otherwise)?, word))
        }
        Wait::Until { when, .. } => {
            let word = reaction(context, message, when)?;
            let StepKind::If { branches, otherwise, .. } = &next?.kind else { return None };
            if branches.iter().any(|branch| asks_sent(context, &branch.when)) {
                return None;
            }
            let mut done = None;
            for branch in branches {
                // Without a reaction: the first branch that asks for none, else what stands behind all of them.
                if !asks(context, message, &branch.when) {
                    return None;
                }
                if denies(message, &branch.when, true) {
                    done = Some(effect(context, message, &branch.steps)?);
                    break;
                }
            }
            let span = match done {
                Some(span) => span,
                None => effect(context, message, otherwise)?,
            };
            Some((span, word))
        }
        Wait::For { .. } | Wait::CalendarDays { .. } | Wait::Clock { .. } | Wait::Instant { .. } => None,
    }
}

/// The first step that does something for somebody whom the message never reached.
fn effect(context: &Context<'_>, message: MessageId, steps: &[Step]) -> Option<Span> {
    let own = context.model.messages[message].channel;
    let capped = own.is_some_and(|id| !context.model.channels[id].caps.is_empty());
    let mut first = None;
    let mut asked = false;
    Step::each(steps, &mut |step| {
        let counts = match &step.kind {
            StepKind::Send { message: Some(other), .. } => {
                let other = &context.model.messages[*other];
                capped || other.transactional || other.channel != own
            }
            StepKind::Act { .. } | StepKind::Set { .. } | StepKind::Add { .. } | StepKind::Remove { .. } | StepKind::Record { .. } => true,
            StepKind::If { branches, .. } => {
                asked |= branches.iter().any(|branch| asks_sent(context, &branch.when));
                false
            }
            StepKind::Send { message: None, .. } | StepKind::Wait(_) | StepKind::Split(_) | StepKind::Repeat(_) | StepKind::Stop => false,
        };
        if counts && first.is_none() {
            first = Some(step.span);
        }
    });
    first.filter(|_| !asked)
}

/// The tests of events in a condition.
fn tests<'c>(it: &'c Condition, see: &mut dyn FnMut(&'c EventTest)) {
    it.each_atom(true, &mut |atom, _| {
        if let Some(test) = atom.event_test() {
            see(test);
        }
    });
}

/// The word of the reaction to a message that a condition asks for (`clicked`), unless it asks whether it was sent.
fn reaction<'m>(context: &'m Context<'_>, message: MessageId, it: &Condition) -> Option<&'m str> {
    let mut word = None;
    tests(it, &mut |test| {
        if test.message == Some(message)
            && let Some(event) = test.event.map(|id| &context.model.events[id])
            && matches!(event.name.text.as_str(), "opened" | "clicked" | "replied")
        {
            word = word.or(Some(event.name.text.as_str()));
        }
    });
    word
}

fn asks(context: &Context<'_>, message: MessageId, it: &Condition) -> bool {
    reaction(context, message, it).is_some()
}

fn asks_sent(context: &Context<'_>, it: &Condition) -> bool {
    let mut found = false;
    tests(it, &mut |test| {
        found |= test.event.is_some_and(|id| matches!(context.model.events[id].name.text.as_str(), "sent" | "delivered"))
    });
    found
}

/// Whether a condition asks that no reaction came.
fn denies(message: MessageId, it: &Condition, holds: bool) -> bool {
    let mut denied = false;
    it.each_atom(holds, &mut |atom, holds| {
        denied |= match &atom.kind {
            ConditionKind::Had { negated, event, .. } => event.message == Some(message) && *negated == holds,
            ConditionKind::Event(event) => event.message == Some(message) && !holds,
            _ => false,
        };
    });
    denied
}

/// Somebody without consent comes by; a cap that is met is not told.
fn plots(context: &Context<'_>, id: StageId, (send, message): (Span, MessageId), channel: &Channel, done: Span) -> Vec<Plot> {
    let model = context.model;
    let (Some(flag), Some((turn, about))) = (channel.needs, deed(context, id, done)) else { return Vec::new() };
    let claim = Claim::DoneUnsent { message: model.messages[message].name.text.clone(), turn, about };
    let visits = [Visit::to(id, send).flag(flag, false), Visit::to(id, done)];
    context.paths_to(id).iter().flat_map(|path| context.plots_with(path, &visits, [claim.clone()])).collect()
}

/// What a step of a stage does, and the name of what it is about.
fn deed(context: &Context<'_>, id: StageId, at: Span) -> Option<(Turn, SmolStr)> {
    let model = context.model;
    let mut deed = None;
    for nurture in &model.stages[id].nurtures {
        Step::each(&nurture.steps, &mut |step| {
            if step.span == at && deed.is_none() {
                deed = match &step.kind {
                    StepKind::Send { message, .. } => message.map(|id| (Turn::Sends, model.messages[id].name.text.clone())),
                    StepKind::Act { action, .. } => action.map(|id| (Turn::Does, model.actions[id].name.text.clone())),
                    StepKind::Set { attribute, .. } | StepKind::Add { attribute, .. } | StepKind::Remove { attribute, .. } => {
                        attribute.map(|id| (Turn::Sets, model.attributes[id].name.text.clone()))
                    }
                    StepKind::Record { event, .. } => event.map(|id| (Turn::Records, model.events[id].name.text.clone())),
                    StepKind::Wait(_) | StepKind::If { .. } | StepKind::Split(_) | StepKind::Repeat(_) | StepKind::Stop => None,
                };
            }
        });
    }
    deed
}

fn finding(context: &Context<'_>, (step, message): (Span, MessageId), channel: &Channel, done: Span, word: &str) -> Diagnostic {
    let name = &context.model.messages[message].name.text;
    let why = match (channel.caps.is_empty(), channel.needs) {
        (true, _) => format!("without consent for `{}`", channel.name.text),
        (false, None) => format!("over the cap of `{}`", channel.name.text),
        (false, Some(_)) => format!("without consent for `{}`, or over its cap", channel.name.text),
    };
    Diagnostic::new(CODE, step, format!("whoever `{name}` was never sent to counts as somebody who has not {word} it"))
        .at("may be skipped")
        .label(done, "done because no answer came")
        .note(format!("{why} the message is left out, and the play goes on: it waits in vain, and then takes them for not interested"))
        .help(format!("ask first whether it went out: `if had sent {name} since entering {{ … }}`"))
}
