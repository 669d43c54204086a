//! The requests that somebody has had, by the keys that the newer rules give them.
//!
//! Only the present visit matters: no later one has a key of an earlier. Where nothing got another name, the keys are the same.

use super::{line::repeats_around, names::Names};
use crate::{
    ruleset::{Line, Nurture, Repeat, Step, StepKind, request_key},
    runtime::contact::PlaySlot,
};
use std::collections::BTreeSet;

/// So many rounds are looked through at most for one step.
const ROUNDS_MAX: usize = 10_000;

/// What stands in every key of a visit.
#[derive(Clone, Copy)]
pub(super) struct Visit<'v> {
    pub funnel: &'v str,
    pub contact: &'v str,
    pub key: &'v str,
    pub run: u32,
    pub stage: &'v str,
    pub number: u32,
}

impl Visit<'_> {
    fn key(self, step: &str, rounds: &str, start: &str) -> String {
        let (run, number) = (self.run.to_string(), self.number.to_string());
        request_key(&[self.funnel, self.contact, self.key, &run, self.stage, &number, step, rounds, start])
    }
}

/// The newer keys of requests of a nurture that were asked for in this visit.
pub(super) fn had(
    names: &Names<'_>,
    (old, new): (&Nurture, &Nurture),
    (before, now): (Visit<'_>, Visit<'_>),
    slot: &PlaySlot<'_>,
    asked: &BTreeSet<String>,
) -> Vec<String> {
    let line = Line::of(&old.steps);
    let mut had = Vec::new();
    let starts: Vec<String> = std::iter::once(String::new()).chain((1..=slot.starts).map(|start| start.to_string())).collect();
    for (at, step) in line.steps().filter(|(_, step)| asks(step)) {
        let id = names.step(step, old, new);
        for rounds in all_rounds(&repeats_around(&line, at)) {
            for start in &starts {
                if asked.contains(&before.key(&step.id, &rounds, start)) {
                    had.push(now.key(&id, &rounds, start));
                }
            }
        }
    }
    had
}

fn asks(step: &Step) -> bool {
    matches!(step.kind, StepKind::Send { .. } | StepKind::Act { .. })
}

/// The rounds of some `repeat`s inside each other, as keys have them.
fn all_rounds(repeats: &[&Repeat]) -> Vec<String> {
    let mut all = vec![String::new()];
    for repeat in repeats {
        let longer = all.iter().flat_map(|outer| {
            (1..=repeat.times).map(move |round| if outer.is_empty() { round.to_string() } else { format!("{outer}.{round}") })
        });
        all = longer.take(ROUNDS_MAX).collect();
    }
    all
}
