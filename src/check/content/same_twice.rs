//! F706: one message twice in a run, and nothing happened in between.
//!
//! Fires at the later send where somebody who does nothing at all gets the same message, with the same content, twice:
//! - on one way through a nurture, where neither a wait for something nor a condition on what people do lies before the
//!   second one;
//! - in two nurtures of one stage that both begin at entry;
//! - in two stages, where timers alone lead from the one to the other (`enter from a after 30 days`) and the first message
//!   has certainly been asked for by then.
//!
//! Certain but for attributes: conditions on those must be able to hold together, and no cap of the channel may stop one of
//! the two, as far as this stage and those before it fill it. Silent: `repeat` and `each time`, which say
//! that they repeat; whatever looks at an answer (`if no clicked offer { send offer }` means it); laps of stages (F404,
//! F412); messages with other content, or with content that was set in between.

use super::{
    super::{
        context::Context,
        paths::{Item, ways},
    },
    caps::{self, Outbox, Times},
    moments::{Sent, can_hold, looks_at_events, sends, together},
    pair::comes_by_both,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::Way,
    model::{Argument, Condition, Door, MessageId, Nurture, StageId, Start, Step, StepKind, TermKind},
    source::{Span, sentence_of},
    units::Duration,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const CODE: Code = Code::warning("F706", "one message twice, and nothing happened in between");

/// So many stages are followed by timers from each.
const STAGES_MAX: usize = 64;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    find(context, found);
}

/// The sends that these findings speak of.
pub fn told(context: &Context<'_>) -> BTreeSet<Span> {
    find(context, &mut Diagnostics::new())
}

fn find(context: &Context<'_>, found: &mut Diagnostics) -> BTreeSet<Span> {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let stages: Vec<StageId> = context.reached_stages().collect();
    let mut sent: BTreeMap<StageId, Plain<'_>> = BTreeMap::new();
    let writes =
        |id: &StageId| context.model.stages[*id].nurtures.iter().any(|it| it.start == Start::Entry && messages(it).next().is_some());
    let later: BTreeMap<StageId, Vec<Later>> = stages.iter().filter(|id| writes(id)).map(|id| (*id, by_timers(context, *id))).collect();
    // What is sent matters beside another nurture, and before and behind timers that lead to another stage that writes.
    let mut followed: BTreeSet<StageId> = BTreeSet::new();
    for (id, list) in later.iter().filter(|(_, list)| list.iter().any(|it| writes(&it.stage))) {
        followed.extend(list.iter().map(|it| it.stage).chain([*id]));
    }
    for id in &stages {
        let stage = &context.model.stages[*id];
        let matters = stage.nurtures.len() > 1 || followed.contains(id);
        let all = if matters { plain(context, &stage.nurtures) } else { Vec::new() };
        for (n, nurture) in stage.nurtures.iter().enumerate().filter(|(_, nurture)| repeats(nurture)) {
            in_one(context, (n, nurture), &all, &mut told, found);
        }
        side_by_side(context, &all, &mut told, found);
        if !all.is_empty() {
            sent.insert(*id, all);
        }
    }
    for id in sent.keys() {
        over_stages(context, *id, (&sent, &later), &mut told, found);
    }
    told
}

/// The messages that a nurture asks for, with the places of the steps.
fn messages(nurture: &Nurture) -> impl Iterator<Item = (MessageId, Span)> {
    let mut found = Vec::new();
    Step::each(&nurture.steps, &mut |step| {
        if let StepKind::Send { message: Some(message), .. } = &step.kind {
            found.push((*message, step.span));
        }
    });
    found.into_iter()
}

/// Whether two steps of a nurture ask for one message.
fn repeats(nurture: &Nurture) -> bool {
    let mut sent: Vec<(MessageId, Span)> = messages(nurture).collect();
    sent.sort_unstable();
    sent.dedup();
    sent.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other))
}

fn in_one(context: &Context<'_>, (n, nurture): (usize, &Nurture), all: &Plain<'_>, told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    let model = context.model;
    let at = |it: &Sent<'_>| if nurture.start == Start::Entry { caps::at(model, it, 0, all.len()) } else { None };
    let beside: Vec<(MessageId, Option<Times>)> = all.iter().filter(|(other, _)| *other != n).map(|(_, it)| (it.message, at(it))).collect();
    for way in ways(nurture) {
        let mut outbox = Outbox::default();
        let mut sent: Vec<(&Step, MessageId, &[Argument])> = Vec::new();
        let mut guards: Vec<(&Condition, bool)> = Vec::new();
        for item in &way {
            match item {
                // What nobody gets to is another finding.
                Item::Send { step, .. } if !context.facts.sites().steps.contains(&step.span) => {}
                Item::Send { step, message, arguments } => {
                    if outbox.send(model, *message, &beside) {
                        continue;
                    }
                    let first = sent
                        .iter()
                        .find(|(other, it, given)| it == message && other.span != step.span && same_content(context, given, arguments));
                    if let Some((first, ..)) = first.filter(|_| !told.contains(&step.span) && can_hold(context, &guards)) {
                        told.insert(step.span);
                        let note = "on the way from the one to the other nothing is asked of the contact: whoever reads the first gets the second all the same";
                        found.push(finding(context, *message, first.span, step.span, note.to_owned(), ""));
                    }
                    sent.push((step, *message, arguments));
                }
                // What changes an attribute may change what a message says, or who gets it.
                Item::Do(_) => sent.retain(|(_, _, given)| given.iter().all(|it| matches!(it.value.kind, TermKind::Literal(_)))),
                Item::If(when, _) if looks_at_events(model, when) => sent.clear(),
                Item::If(when, holds) => guards.push((when, *holds)),
                Item::Answer(_) => {
                    sent.clear();
                    outbox.answer();
                }
                Item::Silence(ms) => {
                    sent.clear();
                    outbox.silence(*ms);
                }
                Item::Pass(wait, _) => outbox.pass(wait),
                Item::Gap => outbox.rounds(),
                Item::Share(..) => {}
            }
        }
    }
}

fn same_content(context: &Context<'_>, a: &[Argument], b: &[Argument]) -> bool {
    let text = |it: &Argument| (it.name.clone(), sentence_of(context.sources.slice(it.value.span)));
    let steady =
        |it: &Argument| matches!(it.value.kind, TermKind::Literal(_) | TermKind::Entry(_) | TermKind::Attribute(_) | TermKind::Missing);
    a.len() == b.len() && a.iter().all(steady) && a.iter().zip(b).all(|(a, b)| text(a) == text(b))
}

/// What somebody who does nothing is sent in a stage, each with the number of its nurture.
type Plain<'m> = Vec<(usize, Sent<'m>)>;

/// The sends of nurtures that begin at entry, for somebody who does nothing; with one that may be repeated, its first.
fn plain<'m>(context: &Context<'_>, nurtures: &'m [Nurture]) -> Plain<'m> {
    let at_entry = nurtures.iter().enumerate().filter(|(_, nurture)| nurture.start == Start::Entry);
    at_entry.flat_map(|(n, nurture)| sends(context, nurture).into_iter().filter(|it| it.at.is_plain).map(move |it| (n, it))).collect()
}

fn side_by_side(context: &Context<'_>, all: &Plain<'_>, told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    let stopped = |it: &Sent<'_>| is_stopped(context, (it, 0), all.iter().map(|(_, other)| (other, 0)));
    for (index, (n, it)) in all.iter().enumerate() {
        let same = |other: &&(usize, Sent<'_>)| {
            other.0 != *n
                && other.1.message == it.message
                && same_content(context, other.1.arguments, it.arguments)
                && together(context, &other.1.at, &it.at)
                && !stopped(&other.1)
                && !stopped(it)
        };
        let Some((_, first)) = all.iter().take(index).find(same).filter(|_| !told.contains(&it.at.span)) else { continue };
        told.insert(it.at.span);
        let note = "both nurtures begin with the stage and know nothing of each other".to_owned();
        found.push(finding(context, it.message, first.at.span, it.at.span, note, ""));
    }
}

/// Whether a cap may stop a send, beside others; each with the time at which its stage is entered.
fn is_stopped<'s, 'm: 's>(
    context: &Context<'_>,
    (it, entered_ms): (&Sent<'_>, i64),
    others: impl Iterator<Item = (&'s Sent<'m>, i64)>,
) -> bool {
    let others: Vec<(&Sent<'_>, i64)> = others.filter(|(other, _)| other.at.span != it.at.span).collect();
    let held = others.len();
    // Either arm of an `if` is no second message.
    let near = others.into_iter().filter(|(other, _)| together(context, &other.at, &it.at));
    let near: Vec<(MessageId, Option<Times>)> = near.map(|(other, ms)| (other.message, caps::at(context.model, other, ms, held))).collect();
    caps::may_be_stopped(context.model, it.message, caps::at(context.model, it, entered_ms, held), &near)
}

/// A stage that timers alone lead to, and how.
struct Later {
    stage: StageId,
    /// The delay out of the first stage.
    first_ms: i64,
    /// From entering the first stage to entering this one.
    all_ms: i64,
    door: Span,
}

fn over_stages<'m>(
    context: &Context<'m>,
    from: StageId,
    (sent, reach): (&BTreeMap<StageId, Plain<'m>>, &BTreeMap<StageId, Vec<Later>>),
    told: &mut BTreeSet<Span>,
    found: &mut Diagnostics,
) {
    let none = Vec::new();
    let own = sent.get(&from).unwrap_or(&none);
    for later in reach.get(&from).into_iter().flatten() {
        if reach.get(&later.stage).is_some_and(|list| list.iter().any(|back| back.stage == from)) {
            continue;
        }
        let leaves_ms = timed_doors(context, later.stage).map(|(_, _, ms)| ms).min().unwrap_or(i64::MAX);
        // All that may have been asked for by then, each with the time at which its stage is entered.
        let between = reach.get(&from).into_iter().flatten().filter(|it| it.all_ms <= later.all_ms);
        let between = between.flat_map(|it| sent.get(&it.stage).unwrap_or(&none).iter().map(|(_, other)| (other, it.all_ms)));
        let asked: Vec<(&Sent<'_>, i64)> = own.iter().map(|(_, other)| (other, 0)).chain(between).collect();
        let stopped = |it: &Sent<'_>, entered_ms: i64| is_stopped(context, (it, entered_ms), asked.iter().copied());
        for (_, it) in sent.get(&later.stage).unwrap_or(&none) {
            if told.contains(&it.at.span) || it.at.between_ms().is_none_or(|(least, _)| least >= leaves_ms) {
                continue;
            }
            let done = |other: &&(usize, Sent<'_>)| {
                other.1.message == it.message
                    && other.1.at.between_ms().is_some_and(|(_, most)| most < later.first_ms)
                    && same_content(context, other.1.arguments, it.arguments)
                    && together(context, &other.1.at, &it.at)
                    && !stopped(&other.1, 0)
                    && !stopped(it, later.all_ms)
            };
            let Some((_, first)) = own.iter().find(done) else { continue };
            told.insert(it.at.span);
            let days = Duration::from_milliseconds(later.all_ms);
            let note = format!("{} leads on by time alone, {days} after {} was entered", context.quote(later.door), context.name(from));
            let places = format!(", first in {} and again in {}", context.name(from), context.name(later.stage));
            found.push(finding(context, it.message, first.at.span, it.at.span, note, &places));
        }
    }
}

/// The stages that somebody who does nothing comes to, nearest first.
fn by_timers(context: &Context<'_>, from: StageId) -> Vec<Later> {
    let mut found: Vec<Later> = Vec::new();
    let mut queue = VecDeque::from([(from, None, 0_i64)]);
    while let Some((at, first, all_ms)) = queue.pop_front() {
        for (stage, door, ms) in timed_doors(context, at) {
            if found.len() < STAGES_MAX && !found.iter().any(|it| it.stage == stage) {
                let first_ms = first.unwrap_or(ms);
                let all_ms = all_ms.saturating_add(ms);
                found.push(Later { stage, first_ms, all_ms, door: door.span });
                queue.push_back((stage, Some(first_ms), all_ms));
            }
        }
    }
    found
}

/// The doors out of a stage that time alone opens, with where they lead and how long they take.
fn timed_doors<'c>(context: &'c Context<'_>, from: StageId) -> impl Iterator<Item = (StageId, &'c Door, i64)> {
    let graph = &context.graph;
    graph.steps_from(graph.stage(from)).filter_map(move |id| {
        let edge = graph.edge(id);
        let Way::Door(door) = edge.way else { return None };
        let to = graph.stage_of(edge.to).filter(|to| context.is_reached(*to) && !context.model.stages[from].is_final)?;
        let delay = door.after.as_ref().filter(|_| door.when.is_none() && !context.dead.contains_key(&door.span))?;
        // Who is written to again for not having reacted to a message gets it again on purpose.
        let reacts = delay.without.as_ref().and_then(|it| it.event).is_some_and(|event| context.model.events[event].about_message);
        (!reacts).then_some((to, door, delay.delay_ms))
    })
}

fn finding(context: &Context<'_>, message: MessageId, first: Span, second: Span, note: String, places: &str) -> Diagnostic {
    let name = &context.model.messages[message].name.text;
    Diagnostic::new(CODE, second, format!("whoever does nothing gets `{name}` twice{places}"))
        .at("the same message again")
        .label(first, "sent here before")
        .note(note)
        .note("the same letter twice tells people that nobody noticed the first one; it is the message most often marked as spam")
        .plots(comes_by_both(context, first, second, &Claim::SentTwice { message: name.clone() }))
        .help("send another message here, or ask first whether the first one was read: `if no opened … { send … }`")
}
