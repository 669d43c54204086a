//! F610: two timers meet, and their order decides.
//!
//! Timers of one instant run doors and leaves first, then nurtures as they are written. Fires
//! - at the first step of a nurture that does something at the very instant at which a door or `leave` takes people out of
//!   its stage: `wait 7 days` beside `leave after 7 days`, the same schedule, the same instant of a date. Leaving wins, so
//!   the step is never done for whom the way out is open;
//! - at a step that sets an attribute, or a condition that reads one, where a nurture written before it sets the same attribute at
//!   that instant, behind equal waits: what comes out depends on which nurture stands first.
//!
//! Certain as far as times are: both reckon from the same entry, by equal lists of waits; what is decided on the way must be
//! able to hold together. Silent at the instant of entry, where nurtures begin in the order that is read; behind
//! answers; and where the way out has no condition and no other wait, so that the step is dead (F601).

use super::super::{
    content::{
        moments::{Done, Tick, What, done, together},
        reaction::{doors_out, leaves},
    },
    context::Context,
    known::fate::{Clause, Fate},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    graph::mentions,
    model::{AttributeId, ConditionKind, Delay, Nurture, Stage, StageId, Start, Step, StepKind},
    source::{Span, sentence_of},
    units::Duration,
};

pub const CODE: Code = Code::warning("F610", "two timers meet, and their order decides");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for id in context.reached_stages() {
        let stage = &context.model.stages[id];
        if stage.nurtures.is_empty() {
            continue;
        }
        let exits = exits(context, id);
        if exits.is_empty() && stage.nurtures.len() < 2 {
            continue;
        }
        let all: Vec<(&Nurture, Vec<Done<'_>>)> = stage.nurtures.iter().map(|it| (it, done(context, it))).collect();
        for (nurture, list) in &all {
            let comes = |it: &&Done<'_>| !matches!(it.what, What::Ask(_)) && !is_too_late(context, id, nurture, it);
            let met = list.iter().filter(comes).find_map(|it| meets(context, nurture, it, &exits));
            found.extend(met.into_iter().collect());
        }
        over_one_attribute(context, (id, stage), &all, found);
    }
}

/// When a way out opens.
enum When {
    /// So long after entering.
    After(i64),
    /// At this schedule.
    Each(String),
    /// At this instant.
    At(String),
}

/// A way out of a stage that a timer opens.
struct Exit {
    when: When,
    span: Span,
}

fn exits(context: &Context<'_>, id: StageId) -> Vec<Exit> {
    // What never opens wins against nothing.
    let is_open = |clause: Clause<'_>| context.fate(clause) == Fate::Open;
    let doors = doors_out(context, id).filter(|(to, door)| is_open(Clause::door(*to, door)));
    let doors = doors.map(|(_, door)| (&door.after, &door.when, door.span));
    let leaves = leaves(context, id).filter(|it| is_open(Clause::leave(Some(id), it))).map(|it| (&it.after, &it.when, it.span));
    let mut found = Vec::new();
    for (after, when, span) in doors.chain(leaves) {
        match (after, when) {
            // Who is always gone by then never gets so far: the step is dead, which is another finding.
            (Some(Delay { without: None, .. }), None) => {}
            (Some(delay), _) => found.push(Exit { when: When::After(delay.delay_ms), span }),
            (None, Some(when)) => when.each_atom(true, &mut |atom, holds| {
                let text = |span| sentence_of(context.sources.slice(span));
                let when = match &atom.kind {
                    ConditionKind::Every { .. } if holds => When::Each(text(atom.span)),
                    ConditionKind::Reaches { instant, .. } if holds => When::At(text(instant.span)),
                    _ => return,
                };
                found.push(Exit { when, span });
            }),
            (None, None) => {}
        }
    }
    found
}

fn meets(context: &Context<'_>, nurture: &Nurture, it: &Done<'_>, exits: &[Exit]) -> Option<Diagnostic> {
    let ticks = it.moment.as_ref()?;
    let at_entry = nurture.start == Start::Entry;
    let begins = |text: &str| {
        matches!(&nurture.start, Start::EachTime(when) if matches!(when.kind, ConditionKind::Every { .. })
        && sentence_of(context.sources.slice(when.span)) == text)
    };
    let exit = exits.iter().find(|exit| match (&exit.when, ticks.as_slice()) {
        (When::After(ms), [Tick::For(sum)]) => at_entry && ms == sum,
        (When::Each(text), []) => begins(text),
        (When::At(text), [Tick::Instant(other)]) => at_entry && text == other,
        (When::After(_) | When::Each(_) | When::At(_), _) => false,
    })?;
    let time = match &exit.when {
        When::After(ms) => format!("{} after entering", Duration::from_milliseconds(*ms)),
        When::Each(text) => format!("`{text}`"),
        When::At(text) => format!("at `{text}`"),
    };
    Some(
        Diagnostic::new(
            CODE,
            it.span,
            format!("whoever goes on at this instant never gets here: both are due {time}, and leaving comes first"),
        )
        .at("due at the same instant")
        .label(exit.span, "opens at that instant, and wins")
        .note("timers of one instant run ways out before nurtures, and leaving ends the nurture before its step is taken")
        .help("let one of the two come a little earlier: `wait 6 days` before `after 7 days`, or another time of day"),
    )
}

/// The attribute that a step writes.
fn written(nurture: &Nurture, span: Span) -> Option<AttributeId> {
    let mut found = None;
    Step::each(&nurture.steps, &mut |step| {
        if step.span == span
            && let StepKind::Set { attribute, .. } | StepKind::Add { attribute, .. } | StepKind::Remove { attribute, .. } = &step.kind
        {
            found = *attribute;
        }
    });
    found
}

/// Whether everybody is gone from the stage before a step is due: then a wait before it is never over, which is another finding.
fn is_too_late(context: &Context<'_>, stage: StageId, nurture: &Nurture, it: &Done<'_>) -> bool {
    let gone = context.facts.gone_by(stage).filter(|_| nurture.start == Start::Entry);
    gone.zip(it.between_ms()).is_some_and(|((gone_ms, _), (least_ms, _))| least_ms >= gone_ms)
}

fn over_one_attribute(context: &Context<'_>, (id, stage): (StageId, &Stage), all: &[(&Nurture, Vec<Done<'_>>)], found: &mut Diagnostics) {
    let later = |it: &&Done<'_>| it.moment.as_ref().is_some_and(|ticks| !ticks.is_empty());
    for (n, (nurture, list)) in all.iter().enumerate().filter(|(_, (nurture, _))| nurture.start == Start::Entry) {
        for it in list.iter().filter(|it| later(it) && !is_too_late(context, id, nurture, it)) {
            let touches = |attribute: AttributeId| match it.what {
                What::Ask(when) => mentions(context.model, when, &|other| other == attribute),
                What::Do => written(nurture, it.span) == Some(attribute),
                What::Send(..) => false,
            };
            let writer = all.iter().take(n).filter(|(nurture, _)| nurture.start == Start::Entry).find_map(|(other, list)| {
                list.iter().filter(|done| done.moment == it.moment).find_map(|done| {
                    let attribute = written(other, done.span).filter(|attribute| touches(*attribute))?;
                    together(context, done, it).then_some((other, done.span, attribute))
                })
            });
            if let Some((other, first, attribute)) = writer {
                let name = &context.model.attributes[attribute].name.text;
                let verb = if matches!(it.what, What::Ask(_)) { "reads" } else { "sets" };
                found.push(
                    Diagnostic::new(
                        CODE,
                        it.span,
                        format!("`{}` {verb} `{name}` at the instant at which `{}` sets it", nurture.name, other.name),
                    )
                    .at("due at the same instant")
                    .label(first, "due then as well, and taken first")
                    .note(format!(
                        "both nurtures of `{}` wait the same time; which of the two comes first is decided by which is written first",
                        stage.name.text
                    ))
                    .help("put both steps into one nurture, in the order that is meant, or let one of them wait a minute longer"),
                );
                break;
            }
        }
    }
}
