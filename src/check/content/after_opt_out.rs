//! F704: a send that follows an opt-out.
//!
//! An opt-out (`event unsubscribe opt out of email`) sets the flag that the channel needs to `no`, so what may still go out by it
//! afterwards in the same run is what a step of ours took back: `set consent = yes`. Fires at that step where
//! - somebody can opt out while time passes on the way to it: in a wait of the same nurture that timers alone end, or in
//!   a stage before it that `enter … after D` leads out of; and
//! - no door, `leave` or restart out of the place where they wait speaks of the opt-out, nor any condition on the way; and
//! - a send by that channel, not transactional, can follow the step in its nurture.
//!
//! Definite, up to conditions that the world decides: the opt-out may come at any moment, timers always fire. Silent where
//! something that the contact does (an answer to a wait, an event at a door) lies between: that may be a new consent.

use super::{
    super::{
        context::Context,
        paths::{Item, ways},
        plot::Visit,
    },
    moments::can_hold,
    reaction::{answers, doors_in, speaks_of},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot},
    model::{AttributeId, ChannelId, Condition, EventId, Literal, MessageId, Name, Nurture, StageId, Start, Step, StepKind, TermKind},
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::error("F704", "a send that follows an opt-out");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for (event, it) in model.events.iter().filter(|(_, it)| !it.opts_out.is_empty()) {
        let flags: BTreeSet<AttributeId> = it.opts_out.iter().filter_map(|id| model.channels[*id].needs).collect();
        let mut told: BTreeSet<Span> = BTreeSet::new();
        for id in context.reached_stages() {
            let gives = |nurture: &&Nurture| nurture.start == Start::Entry && gives_any(nurture, &flags);
            let nurtures: Vec<&Nurture> = model.stages[id].nurtures.iter().filter(gives).collect();
            if nurtures.is_empty() {
                continue;
            }
            let waited = waits_before(context, id, event);
            let question = Question { context, event, flags: &flags, stays: !answers(context, id, event) };
            for nurture in nurtures {
                if let Some(taken_back) = question.taken_back(nurture, waited.is_some())
                    && told.insert(taken_back.set)
                {
                    found.push(finding(context, id, event, &taken_back, waited).plots(plots(context, id, event, &taken_back, waited)));
                }
            }
        }
    }
}

/// Whether some step of a nurture sets one of these flags to `yes`.
fn gives_any(nurture: &Nurture, flags: &BTreeSet<AttributeId>) -> bool {
    let mut found = false;
    Step::each(&nurture.steps, &mut |step| found |= gives(step).is_some_and(|flag| flags.contains(&flag)));
    found
}

/// The attribute that a step sets to `yes`.
fn gives(step: &Step) -> Option<AttributeId> {
    let StepKind::Set { attribute, value } = &step.kind else { return None };
    attribute.filter(|_| value.kind == TermKind::Literal(Literal::Flag(true)))
}

/// A stage before this one in which somebody opts out and stays, until time alone leads them on; and the door.
fn waits_before(context: &Context<'_>, id: StageId, event: EventId) -> Option<(StageId, Span)> {
    let mut doors: Vec<(StageId, Span)> = doors_in(context, id)
        .filter(|(from, door)| {
            let by_time = door.after.as_ref().is_some_and(|it| it.without.is_none()) && door.when.is_none();
            *from != id && by_time && !context.dead.contains_key(&door.span) && context.is_reached(*from)
        })
        .map(|(from, door)| (from, door.span))
        .collect();
    doors.sort_unstable();
    doors.into_iter().find(|(from, _)| !answers(context, *from, event))
}

/// Where an opt-out is taken back.
struct TakenBack {
    flag: AttributeId,
    set: Span,
    send: Span,
    message: MessageId,
    /// The wait in which somebody opts out; without one, they did before the stage.
    wait: Option<Span>,
}

struct Question<'q, 'm> {
    context: &'q Context<'m>,
    event: EventId,
    flags: &'q BTreeSet<AttributeId>,
    /// Whether somebody who opts out in this stage stays in it.
    stays: bool,
}

impl Question<'_, '_> {
    /// The first step of a nurture that gives consent which somebody has taken back, and a send behind it.
    fn taken_back(&self, nurture: &Nurture, opted_out_before: bool) -> Option<TakenBack> {
        ways(nurture).iter().find_map(|way| self.on(way, opted_out_before))
    }

    fn on(&self, way: &[Item<'_>], opted_out_before: bool) -> Option<TakenBack> {
        // Whether somebody who has opted out may be here, and where they did.
        let mut out: Option<Option<Span>> = opted_out_before.then_some(None);
        let mut given: Option<(AttributeId, Span, Option<Span>)> = None;
        let mut guards: Vec<(&Condition, bool)> = Vec::new();
        for item in way {
            match item {
                Item::Pass(_, span) if self.stays => {
                    out = Some(Some(*span));
                    given = None;
                }
                // An answer may be a new consent, and silence lets the opt-out come in an unknown wait.
                Item::Answer(_) => (out, given) = (None, None),
                Item::Pass(..) | Item::Silence(_) | Item::Gap => {}
                Item::If(when, _) if speaks_of(self.context.model, when, self.event) || self.asks_flag(when) => return None,
                Item::If(when, holds) => guards.push((when, *holds)),
                Item::Do(step) => {
                    if let (Some(wait), Some(flag)) = (out, self.gives(step)) {
                        given = given.or(Some((flag, step.span, wait)));
                    }
                }
                Item::Send { step, message, .. } => {
                    let channel = self.channel(*message);
                    if let Some((flag, set, wait)) = given
                        && channel.is_some_and(|channel| self.context.model.channels[channel].needs == Some(flag))
                        && can_hold(self.context, &guards)
                    {
                        return Some(TakenBack { flag, set, send: step.span, message: *message, wait });
                    }
                }
                Item::Share(..) => {}
            }
        }
        None
    }

    /// The channel of a message that needs consent and that the event opts out of.
    fn channel(&self, message: MessageId) -> Option<ChannelId> {
        let it = &self.context.model.messages[message];
        it.channel.filter(|channel| !it.transactional && self.context.model.events[self.event].opts_out.contains(channel))
    }

    /// The flag that a step sets to `yes`, if a channel needs it.
    fn gives(&self, step: &Step) -> Option<AttributeId> {
        gives(step).filter(|flag| self.flags.contains(flag))
    }

    fn asks_flag(&self, it: &Condition) -> bool {
        crate::graph::mentions(self.context.model, it, &|attribute| self.flags.contains(&attribute))
    }
}

/// Somebody opts out where they wait, and is written to later.
fn plots(context: &Context<'_>, id: StageId, event: EventId, it: &TakenBack, before: Option<(StageId, Span)>) -> Vec<Plot> {
    let name = |name: &Name| name.text.clone();
    let (messages, after) = (vec![name(&context.model.messages[it.message].name)], Some(name(&context.model.events[event].name)));
    let claim = Claim::Sends { messages, after };
    let declared = context.model.events[event].name.span.unwrap_or(it.set);
    let sent = Visit::to(id, it.send);
    match (it.wait, before) {
        (Some(wait), _) => context.plots_with(&context.path_to(id), &[Visit::to(id, wait).done(event, declared), sent], [claim]),
        (None, Some((from, door))) => {
            let mut path = context.path_to(from);
            path.extend(context.step_by(from, door));
            context.plots_with(&path, &[Visit::of(from).done(event, declared), sent], [claim])
        }
        (None, None) => Vec::new(),
    }
}

fn finding(context: &Context<'_>, id: StageId, event: EventId, it: &TakenBack, before: Option<(StageId, Span)>) -> Diagnostic {
    let model = context.model;
    let (event, message) = (&model.events[event].name.text, &model.messages[it.message].name.text);
    let flag = &model.attributes[it.flag].name.text;
    let here = context.name(id);
    let mut finding =
        Diagnostic::new(CODE, it.set, format!("`{message}` goes to somebody who did `{event}`: `set {flag} = yes` takes it back"))
            .at("gives a consent that was withdrawn")
            .label(it.send, "sent after the opt-out");
    let stays = match (it.wait, before) {
        (Some(wait), _) => {
            finding = finding.label(wait, format!("`{event}` may come here"));
            id
        }
        (None, Some((from, door))) => {
            finding = finding.label(door, "leads on by time alone, whatever they said");
            from
        }
        (None, None) => id,
    };
    for line in context.story_to(context.graph.stage(stays)) {
        finding = finding.step(line);
    }
    let place = context.name(stays);
    let then = if stays == id { String::new() } else { format!(" comes to {here} by time alone,") };
    finding
        .step(format!("in {place} somebody does `{event}`, and stays, since nothing there leads out on it"))
        .step(format!("later the same run{then} sets `{flag}` to `yes` and sends `{message}`"))
        .help(format!("let people leave: `leave when {event}`; and set `{flag}` only where somebody has just agreed"))
}
