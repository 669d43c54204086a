//! F609: a held message that outlives its point.
//!
//! Quiet hours hold a message until they end. Fires at a send by a channel with quiet hours, not transactional, where
//! - it stands right behind a clock time as written (`wait until 22:00`, `… at 22:00`, `every day at 22:00`) that lies in the
//!   quiet hours: it is held on every day and never goes out at that time (certain);
//! - it stands right behind `wait until 2 hours before entry.starts_at`, a time of day that nobody knows here, and the quiet
//!   hours are longer than that: it may go out when the instant is past (possible);
//! - its stage is left by a timer: for somebody who does nothing, and enters at a certain time of day, the message is
//!   still held when the time is up, and dropped (certain for that time of day, reckoned minute by minute on a day of 24
//!   hours).
//!
//! Silent: days without a time (a date's 00:00), since the morning is meant; a hold that ends before the point; ways of a
//! nurture behind an answer; branches on what people do.

use super::{
    super::{
        content::reaction::{doors_out, leaves},
        context::Context,
        paths::{Item, Way, ways},
    },
    quiet::{DAY_MIN, Quiet, minute},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{ConditionKind, Instant, MessageId, Nurture, OffsetSide, StageId, Start, Step, StepKind, TermKind, Type, Wait},
    source::Span,
    units::{Clock, Duration},
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F609", "a held message that outlives its point");

const MINUTE_MS: i64 = 60_000;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    if context.model.channels.values().all(|channel| channel.quiet.is_empty()) {
        return;
    }
    for id in context.reached_stages().filter(|id| !context.model.stages[*id].nurtures.is_empty()) {
        let end = time_up(context, id);
        for nurture in &context.model.stages[id].nurtures {
            let end = end.filter(|_| nurture.start == Start::Entry);
            let strikes = strikes(nurture);
            if end.is_none() && !strikes {
                continue;
            }
            let mut told = BTreeSet::new();
            let ways = ways(nurture);
            if strikes {
                ways.iter().for_each(|way| on_way(context, nurture, way, &mut told, found));
            }
            if let Some(end) = end {
                ways.iter().for_each(|way| dropped(context, way, end, &mut told, found));
            }
        }
    }
}

/// Whether a nurture begins at a time of the clock, or waits for one or for an instant.
fn strikes(nurture: &Nurture) -> bool {
    let mut strikes = matches!(&nurture.start, Start::EachTime(when) if matches!(when.kind, ConditionKind::Every { .. }));
    Step::each(&nurture.steps, &mut |step| strikes |= matches!(step.kind, StepKind::Wait(Wait::Clock { .. } | Wait::Instant { .. })));
    strikes
}

/// The quiet hours a message has to mind.
fn quiet_of(context: &Context<'_>, message: MessageId) -> Option<Quiet> {
    let it = &context.model.messages[message];
    let channel = it.channel.filter(|_| !it.transactional)?;
    Quiet::of(&context.model.channels[channel])
}

/// What a send is right behind.
#[derive(Clone, Copy)]
enum Behind<'m> {
    Clock(Clock, Span),
    Instant(&'m Instant, Span),
}

fn on_way(context: &Context<'_>, nurture: &Nurture, way: &Way<'_>, told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    let mut behind = None;
    if let Start::EachTime(when) = &nurture.start
        && let ConditionKind::Every { at, .. } = &when.kind
    {
        behind = Some(Behind::Clock(*at, when.span));
    }
    for item in way {
        match item {
            Item::Pass(Wait::Clock { at, .. }, span) => behind = Some(Behind::Clock(*at, *span)),
            Item::Pass(Wait::Instant { instant, .. }, span) => {
                behind = Some(instant.at.map_or(Behind::Instant(instant, *span), |at| Behind::Clock(at, *span)));
            }
            Item::Pass(..) | Item::Answer(_) | Item::Silence(_) | Item::Gap => behind = None,
            Item::Send { step, message, .. } => {
                if let (Some(it), Some(quiet)) = (behind, quiet_of(context, *message)) {
                    let finding = match it {
                        Behind::Clock(at, span) => never_then(context, (step.span, *message), at, span, &quiet),
                        Behind::Instant(instant, span) => past_the_instant(context, (step.span, *message), instant, span, &quiet),
                    };
                    if let Some(finding) = finding {
                        behind = None;
                        found.extend(told.insert(step.span).then_some(finding).into_iter().collect());
                    }
                }
            }
            Item::Do(_) | Item::If(..) | Item::Share(..) => {}
        }
    }
}

fn never_then(context: &Context<'_>, (step, message): (Span, MessageId), at: Clock, place: Span, quiet: &Quiet) -> Option<Diagnostic> {
    let end = quiet.end(minute(at))?;
    let it = &context.model.messages[message];
    let channel = &context.model.channels[it.channel?].name.text;
    let until = Quiet::clock(end);
    Some(
        Diagnostic::new(
            CODE,
            step,
            format!("`{}` never goes out at {at}: `{channel}` is quiet then, and holds it until {until}", it.name.text),
        )
        .at("held on every day")
        .label(place, format!("{at} lies in the quiet hours"))
        .note(format!(
            "what was written for {at} arrives at {until} or later, each time; what comes behind it in this nurture waits as well"
        ))
        .help(format!("choose a time outside the quiet hours, for instance {until}, or let them begin later")),
    )
}

fn past_the_instant(
    context: &Context<'_>,
    (step, message): (Span, MessageId),
    instant: &Instant,
    place: Span,
    quiet: &Quiet,
) -> Option<Diagnostic> {
    let offset = instant.offset.filter(|it| it.side == OffsetSide::Before)?;
    if instant.base.ty != Type::Time || matches!(instant.base.kind, TermKind::Literal(_)) {
        return None;
    }
    let held_ms = i64::from(quiet.longest()).saturating_mul(MINUTE_MS);
    if held_ms <= offset.by_ms {
        return None;
    }
    let it = &context.model.messages[message];
    let channel = &context.model.channels[it.channel?].name.text;
    let (ahead, held) = (Duration::from_milliseconds(offset.by_ms), Duration::from_milliseconds(held_ms));
    let base = context.quote(instant.base.span);
    Some(
        Diagnostic::new(CODE, step, format!("`{}` may go out when {base} is past: it is asked for {ahead} before, and may be held for {held}", it.name.text))
            .at("may come too late")
            .label(place, format!("{ahead} before"))
            .note(format!("where {base} lies early in the day, `{channel}` is quiet at this moment, and the message waits for the morning, behind the instant it speaks of"))
            .help(format!("ask for it earlier, at least {held} before, or mark it `transactional` if people wait for it"))
    )
}

/// When a stage is left by a timer, whatever the contact is like: after how many milliseconds, and by which clause.
fn time_up(context: &Context<'_>, id: StageId) -> Option<(i64, Span)> {
    let doors = doors_out(context, id).map(|(_, door)| (&door.after, &door.when, door.span));
    let leaves = leaves(context, id).map(|it| (&it.after, &it.when, it.span));
    let sure = doors.chain(leaves).filter(|(_, when, span)| when.is_none() && !context.dead.contains_key(span));
    sure.filter_map(|(after, _, span)| after.as_ref().map(|delay| (delay.delay_ms, span))).min()
}

fn dropped(context: &Context<'_>, way: &Way<'_>, (end_ms, exit): (i64, Span), told: &mut BTreeSet<Span>, found: &mut Diagnostics) {
    let mut steps = Vec::new();
    for item in way {
        match item {
            Item::Send { step, message, .. } => {
                steps.extend(quiet_of(context, *message).map(|quiet| Move::Send(step.span, *message, quiet)))
            }
            Item::Pass(Wait::For { ms }, _) => steps.push(Move::For(*ms / MINUTE_MS)),
            Item::Pass(Wait::CalendarDays { days }, _) => steps.push(Move::For(i64::from(*days).saturating_mul(i64::from(DAY_MIN)))),
            Item::Pass(Wait::Clock { weekday: None, at }, _) => steps.push(Move::Clock(minute(*at))),
            Item::Do(_) | Item::Share(..) => {}
            // From here on it depends on the world.
            Item::Pass(..) | Item::Answer(_) | Item::Silence(_) | Item::Gap | Item::If(..) => break,
        }
    }
    let end = end_ms / MINUTE_MS;
    let Some(last) = steps.iter().rposition(|it| matches!(it, Move::Send(..))) else { return };
    let until_last = steps.get(..=last).unwrap_or_default();
    if least(until_last) < end && most(until_last) >= end {
        // Whole hours first: they are easier to read.
        let starts = (0..DAY_MIN).step_by(60).chain(0..DAY_MIN);
        let Some((start, span, message, until)) = starts.filter_map(|start| lost(&steps, start, end)).next() else { return };
        if told.insert(span) {
            found.push(lost_finding(context, (span, message), exit, end_ms, (start, until)));
        }
    }
}

/// A move of a way, in minutes.
enum Move {
    For(i64),
    Clock(u32),
    Send(Span, MessageId, Quiet),
}

/// The most minutes that a way can take, whenever it begins.
fn most(steps: &[Move]) -> i64 {
    let minutes = |it: &Move| match it {
        Move::For(minutes) => *minutes,
        Move::Clock(_) => i64::from(DAY_MIN),
        Move::Send(_, _, quiet) => i64::from(quiet.longest()),
    };
    steps.iter().map(minutes).fold(0, i64::saturating_add)
}

fn least(steps: &[Move]) -> i64 {
    let one = |it: &Move| match it {
        Move::For(minutes) => *minutes,
        Move::Clock(_) | Move::Send(..) => 0,
    };
    steps.iter().map(one).fold(0, i64::saturating_add)
}

/// The first send that is still held when the time is up, for somebody who enters at this minute: the minute, the send, and
/// until when of the day it is held.
fn lost(steps: &[Move], start: u32, end: i64) -> Option<(u32, Span, MessageId, u32)> {
    let mut now = 0_i64;
    let day = i64::from(DAY_MIN);
    for step in steps {
        let clock = u32::try_from((i64::from(start) + now).rem_euclid(day)).unwrap_or(0);
        match step {
            Move::For(minutes) => now = now.saturating_add(*minutes),
            Move::Clock(at) => {
                let ahead = (i64::from(*at) - i64::from(clock)).rem_euclid(day);
                now = now.saturating_add(if ahead == 0 { day } else { ahead });
            }
            Move::Send(span, message, quiet) => {
                if let Some(until) = quiet.end(clock) {
                    now = now.saturating_add((i64::from(until) - i64::from(clock)).rem_euclid(day));
                    if now >= end {
                        return Some((start, *span, *message, until));
                    }
                }
            }
        }
        if now >= end {
            return None;
        }
    }
    None
}

fn lost_finding(
    context: &Context<'_>,
    (span, message): (Span, MessageId),
    exit: Span,
    end_ms: i64,
    (start, until): (u32, u32),
) -> Diagnostic {
    let it = &context.model.messages[message];
    let (start, until, end) = (Quiet::clock(start), Quiet::clock(until), Duration::from_milliseconds(end_ms));
    let channel = it.channel.map(|id| context.model.channels[id].name.text.as_str()).unwrap_or_default();
    Diagnostic::new(CODE, span, format!("whoever enters this stage at {start} never gets `{}`: it is held until {until}, and the stage is left before", it.name.text))
        .at("held, and then dropped")
        .label(exit, format!("{end} after entering"))
        .note(format!("`{channel}` is quiet when it should go out; when the quiet hours end, this stage has been left by its own timer, and leaving drops what is held"))
        .help("let people stay longer than the quiet hours last, or send before the stage begins to run out")
}
