//! What stands beside the text: on which day a step comes, and how many messages a stage sends.

use super::Program;
use crate::{
    model::{MessageId, Model, Nurture, Repeat, Stage, Step, StepKind, Wait},
    picture::agenda::Passed,
    source::{FileId, Span},
};
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;

/// A word beside the text.
#[derive(Clone, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Hint {
    /// Behind which offset.
    pub at: Span,
    /// What it says: `day 9`, `3 emails`.
    pub text: String,
    /// More, where the pointer rests.
    pub about: String,
}

/// The hints of a file: behind each step that sends or asks for something, on which day after the start of its nurture it
/// comes; behind the name of each stage, how many messages one visit brings.
#[must_use]
pub fn hints(program: &Program, file: FileId) -> Vec<Hint> {
    let model = program.model();
    let mut days: BTreeMap<Span, Option<Passed>> = BTreeMap::new();
    let mut hints = Vec::new();
    for stage in model.stages.values() {
        for nurture in &stage.nurtures {
            walk(&nurture.steps, Passed::Exactly(0), &mut days);
        }
        if let Some(at) = stage.name.span.filter(|span| span.file == file)
            && let Some(text) = counts(model, stage)
        {
            let about = "what one visit of this stage sends at most, before caps, consent and quiet hours".to_owned();
            hints.push(Hint { at: behind_label(program, at), text, about });
        }
    }
    for (span, passed) in days.into_iter().filter(|(span, _)| span.file == file) {
        if let Some(passed) = passed.filter(|passed| *passed != Passed::Exactly(0)) {
            let about = "the time since its nurture began, by the waits before it".to_owned();
            hints.push(Hint { at: Span::empty(file, span.end), text: passed.words(), about });
        }
    }
    hints.sort();
    hints
}

/// Behind the label that follows a name on its line, else behind the name.
fn behind_label(program: &Program, name: Span) -> Span {
    let rest = program.source(name.file).text().get(name.end as usize..).unwrap_or("");
    let (_, label) = super::place::pieces(rest)
        .next()
        .filter(|(piece, _)| *piece == super::place::Piece::Text)
        .unwrap_or((super::place::Piece::Text, 0..0));
    let end = u32::try_from(label.end).unwrap_or(0);
    Span::empty(name.file, name.end + end)
}

/// Notes when each step comes; steps of a play that come at several times in its uses have no time of their own.
fn walk(steps: &[Step], from: Passed, days: &mut BTreeMap<Span, Option<Passed>>) -> Passed {
    steps.iter().fold(from, |now, step| {
        let is_request = matches!(step.kind, StepKind::Send { .. } | StepKind::Act { .. } | StepKind::Record { .. });
        if is_request {
            days.entry(step.span).and_modify(|known| *known = known.filter(|known| *known == now)).or_insert(Some(now));
        }
        after(&step.kind, now, days)
    })
}

/// The time behind a step.
fn after(kind: &StepKind, now: Passed, days: &mut BTreeMap<Span, Option<Passed>>) -> Passed {
    match kind {
        StepKind::Wait(Wait::For { ms }) => now.and(*ms),
        StepKind::Wait(Wait::CalendarDays { days }) => now.and(i64::from(*days).saturating_mul(DAY_MS)),
        StepKind::Wait(Wait::Clock { .. } | Wait::Instant { .. }) => Passed::Later,
        StepKind::Wait(Wait::Until { up_to_ms, .. }) => now.and(*up_to_ms).at_most(),
        StepKind::Wait(Wait::Arms { up_to_ms, arms, otherwise, .. }) => {
            let end = now.and(*up_to_ms);
            let last = walk(otherwise, end, days);
            arms.iter().fold(last, |joined, arm| joined.joined(walk(&arm.steps, end.at_most(), days)))
        }
        StepKind::If { branches, otherwise, .. } => {
            let last = walk(otherwise, now, days);
            branches.iter().fold(last, |joined, branch| joined.joined(walk(&branch.steps, now, days)))
        }
        StepKind::Split(split) => {
            let mut ends = split.arms.iter().map(|arm| walk(&arm.steps, now, days)).collect::<Vec<_>>().into_iter();
            let first = ends.next().unwrap_or(now);
            ends.fold(first, Passed::joined)
        }
        StepKind::Repeat(repeat) => {
            // Rounds after the first come later, so no step in them has one time.
            let mut inside = BTreeMap::new();
            walk(&repeat.steps, now, &mut inside);
            let keep = repeat.times <= 1;
            for (span, passed) in inside {
                days.insert(span, passed.filter(|_| keep));
            }
            after_rounds(repeat, now)
        }
        StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Stop => now,
    }
}

/// The time behind the last round. Rounds begin in steady time as long as none takes longer.
fn after_rounds(repeat: &Repeat, now: Passed) -> Passed {
    let before_last = repeat.every_ms.saturating_mul(i64::from(repeat.times.saturating_sub(1)));
    let all = match walk(&repeat.steps, Passed::Exactly(0), &mut BTreeMap::new()) {
        Passed::Exactly(ms) if ms <= repeat.every_ms => now.and(before_last.saturating_add(ms)),
        Passed::AtMost(ms) if ms <= repeat.every_ms => now.and(before_last.saturating_add(ms)).at_most(),
        Passed::Exactly(_) | Passed::AtMost(_) | Passed::Later => Passed::Later,
    };
    if repeat.until.is_some() { all.at_most() } else { all }
}

/// How many messages go by each channel: at least and at most.
type Counts = BTreeMap<usize, (u32, u32)>;

/// What a stage sends in words: `3 emails`, `up to 4 emails, 1 sms`.
fn counts(model: &Model, stage: &Stage) -> Option<String> {
    let mut all = Counts::new();
    for nurture in &stage.nurtures {
        add(&mut all, &of_nurture(model, nurture));
    }
    let words: Vec<String> = all
        .iter()
        .filter(|(_, (_, most))| *most > 0)
        .filter_map(|(channel, (least, most))| {
            let name = model.channels.values().nth(*channel)?.name.text.as_str();
            let plural = if *most == 1 || name.ends_with('s') { "" } else { "s" };
            Some(format!("{}{most} {name}{plural}", if least < most { "up to " } else { "" }))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn of_nurture(model: &Model, nurture: &Nurture) -> Counts {
    let (mut counts, _) = of_steps(model, &nurture.steps);
    if !matches!(nurture.start, crate::model::Start::Entry) {
        counts.values_mut().for_each(|(least, _)| *least = 0);
    }
    counts
}

fn add(all: &mut Counts, more: &Counts) {
    for (channel, (least, most)) in more {
        let known = all.entry(*channel).or_default();
        *known = (known.0.saturating_add(*least), known.1.saturating_add(*most));
    }
}

/// One of several ways is gone.
fn either(ways: &[Counts]) -> Counts {
    let channels: Vec<usize> = ways.iter().flat_map(|way| way.keys().copied()).collect();
    let of = |way: &Counts, channel: usize| way.get(&channel).copied().unwrap_or_default();
    let joined = channels.into_iter().map(|channel| {
        let least = ways.iter().map(|way| of(way, channel).0).min().unwrap_or(0);
        let most = ways.iter().map(|way| of(way, channel).1).max().unwrap_or(0);
        (channel, (least, most))
    });
    joined.collect()
}

/// What steps send, and whether the nurture may have ended behind them.
fn of_steps(model: &Model, steps: &[Step]) -> (Counts, bool) {
    let mut all = Counts::new();
    let mut may_have_ended = false;
    for step in steps {
        let (mut counts, ends) = of_step(model, step);
        if may_have_ended {
            counts.values_mut().for_each(|(least, _)| *least = 0);
        }
        add(&mut all, &counts);
        may_have_ended |= ends;
    }
    (all, may_have_ended)
}

fn of_step(model: &Model, step: &Step) -> (Counts, bool) {
    let ways = |ways: Vec<(Counts, bool)>| {
        let ends = ways.iter().any(|(_, ends)| *ends);
        (either(&ways.into_iter().map(|(counts, _)| counts).collect::<Vec<_>>()), ends)
    };
    match &step.kind {
        StepKind::Send { message, .. } => (sent(model, *message), false),
        StepKind::If { branches, otherwise, .. } => {
            let bodies = branches.iter().map(|branch| &branch.steps).chain([otherwise]);
            ways(bodies.map(|steps| of_steps(model, steps)).collect())
        }
        StepKind::Split(split) => ways(split.arms.iter().map(|arm| of_steps(model, &arm.steps)).collect()),
        StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
            let bodies = arms.iter().map(|arm| &arm.steps).chain([otherwise]);
            ways(bodies.map(|steps| of_steps(model, steps)).collect())
        }
        StepKind::Repeat(repeat) => {
            let (mut counts, ends) = of_steps(model, &repeat.steps);
            for (least, most) in counts.values_mut() {
                *most = most.saturating_mul(repeat.times);
                *least = if repeat.until.is_some() || ends { 0 } else { least.saturating_mul(repeat.times) };
            }
            (counts, ends)
        }
        StepKind::Wait(Wait::Instant { past_stops, .. }) => (Counts::new(), *past_stops),
        StepKind::Stop => (Counts::new(), true),
        StepKind::Wait(_)
        | StepKind::Act { .. }
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. } => (Counts::new(), false),
    }
}

fn sent(model: &Model, message: Option<MessageId>) -> Counts {
    let channel = message.and_then(|message| model.messages[message].channel);
    channel.map(|channel| (channel.index(), (1, 1))).into_iter().collect()
}
