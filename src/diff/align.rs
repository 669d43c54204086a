//! Which steps of one list stand for which of another: as many alike as can be, in order.

use crate::ruleset::{Step, StepKind};

/// A step before and now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pair<'r> {
    /// It says the same.
    Same(&'r Step, &'r Step),
    /// It is of the same kind and says something else.
    Changed(&'r Step, &'r Step),
    Gone(&'r Step),
    Added(&'r Step),
}

/// What a step does, without identities and sentences; an `else` that is another `if` alone is an `else if`.
pub(super) fn bare(step: &Step) -> StepKind {
    let mut kind = flat(&step.kind);
    for step in kind.inside_mut().into_iter().flatten() {
        *step = Step { id: String::new(), sentence: String::new(), kind: bare(step) };
    }
    match &mut kind {
        StepKind::WaitArms(wait) => wait.arms.iter_mut().for_each(|arm| arm.sentence.clear()),
        StepKind::If { branches, .. } => branches.iter_mut().for_each(|branch| branch.sentence.clear()),
        StepKind::Send { arguments, .. } | StepKind::Act { arguments, .. } | StepKind::Record { arguments, .. } => {
            arguments.sort_by(|a, b| a.name.cmp(&b.name));
        }
        StepKind::Split(_)
        | StepKind::Repeat(_)
        | StepKind::WaitMs(_)
        | StepKind::WaitCalendarDays(_)
        | StepKind::WaitClock(_)
        | StepKind::WaitInstant(_)
        | StepKind::WaitUntil(_)
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Stop {} => {}
    }
    kind
}

/// A step whose `else` with nothing but an `if` in it is written as `else if`, which means the same.
pub(super) fn flat(kind: &StepKind) -> StepKind {
    let StepKind::If { branches, otherwise } = kind else { return kind.clone() };
    match otherwise.as_slice() {
        [Step { kind: inner @ StepKind::If { .. }, .. }] => {
            let StepKind::If { branches: more, otherwise } = flat(inner) else { return kind.clone() };
            StepKind::If { branches: branches.iter().cloned().chain(more).collect(), otherwise }
        }
        _ => kind.clone(),
    }
}

/// How well one step stands for another; 0 is not at all.
fn likeness(old: &Step, new: &Step) -> u32 {
    let base = match (&old.kind, &new.kind) {
        (StepKind::Send { message: a, .. }, StepKind::Send { message: b, .. }) => {
            if a == b {
                12
            } else {
                1
            }
        }
        (StepKind::Act { action: a, .. }, StepKind::Act { action: b, .. }) => {
            if a == b {
                12
            } else {
                0
            }
        }
        (StepKind::Split(a), StepKind::Split(b)) => {
            if a.name == b.name {
                12
            } else {
                3
            }
        }
        (StepKind::Set { attribute: a, .. }, StepKind::Set { attribute: b, .. })
        | (StepKind::Record { event: a, .. }, StepKind::Record { event: b, .. }) => {
            if a == b {
                8
            } else {
                0
            }
        }
        (StepKind::If { .. }, StepKind::If { .. }) | (StepKind::Repeat(_), StepKind::Repeat(_)) => 5,
        (StepKind::WaitArms(_), StepKind::WaitArms(_)) | (StepKind::WaitUntil(_), StepKind::WaitUntil(_)) => 6,
        (
            StepKind::WaitMs(_) | StepKind::WaitCalendarDays(_) | StepKind::WaitClock(_) | StepKind::WaitInstant(_),
            StepKind::WaitMs(_) | StepKind::WaitCalendarDays(_) | StepKind::WaitClock(_) | StepKind::WaitInstant(_),
        ) => 5,
        (a, b) if is_wait(a) && is_wait(b) => 3,
        (_, _) => 0,
    };
    if base > 0 && old.id == new.id { base + 1 } else { base }
}

fn is_wait(kind: &StepKind) -> bool {
    kind.rests() && !matches!(kind, StepKind::Repeat(_))
}

/// The steps of both lists, those that stand for each other together, those that are gone before those that are new.
pub(super) fn aligned<'r>(old: &'r [Step], new: &'r [Step]) -> Vec<Pair<'r>> {
    let (bare_old, bare_new): (Vec<StepKind>, Vec<StepKind>) = (old.iter().map(bare).collect(), new.iter().map(bare).collect());
    let is_same = |o: usize, n: usize| bare_old.get(o).is_some_and(|it| bare_new.get(n) == Some(it));
    let score = |o: usize, n: usize| match (old.get(o), new.get(n)) {
        (Some(before), Some(_)) if is_same(o, n) => 20 + u32::from(new.get(n).is_some_and(|now| now.id == before.id)),
        (Some(before), Some(now)) => likeness(before, now),
        (_, _) => 0,
    };
    let width = new.len() + 1;
    let mut best = vec![0_u32; (old.len() + 1) * width];
    let value = |best: &[u32], o: usize, n: usize| best.get(o * width + n).copied().unwrap_or(0);
    for o in (0..old.len()).rev() {
        for n in (0..new.len()).rev() {
            let pair = match score(o, n) {
                0 => 0,
                score => score + value(&best, o + 1, n + 1),
            };
            let top = pair.max(value(&best, o + 1, n)).max(value(&best, o, n + 1));
            if let Some(cell) = best.get_mut(o * width + n) {
                *cell = top;
            }
        }
    }
    let (mut o, mut n) = (0, 0);
    let mut pairs = Vec::new();
    loop {
        match (old.get(o), new.get(n)) {
            (None, None) => return pairs,
            (Some(before), Some(now)) if score(o, n) > 0 && value(&best, o, n) == score(o, n) + value(&best, o + 1, n + 1) => {
                pairs.push(if is_same(o, n) { Pair::Same(before, now) } else { Pair::Changed(before, now) });
                (o, n) = (o + 1, n + 1);
            }
            (Some(before), None) => {
                pairs.push(Pair::Gone(before));
                o += 1;
            }
            (Some(before), Some(_)) if value(&best, o, n) == value(&best, o + 1, n) => {
                pairs.push(Pair::Gone(before));
                o += 1;
            }
            (_, Some(now)) => {
                pairs.push(Pair::Added(now));
                n += 1;
            }
        }
    }
}
