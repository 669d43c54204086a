//! The parts of a program, read off its rules, with the places they come from.

use super::{Key, Kind, Part, Place};
use crate::{
    model::Model,
    ruleset::{Door, Funnel, Leave, Nurture, RuleSet, Step, StepKind},
    source::{SourceMap, Span},
    story::Places,
};
use std::collections::BTreeMap;

/// The parts of a program.
pub(super) fn of(model: &Model, rules: &RuleSet, sources: &SourceMap) -> Vec<Part> {
    let mut reading = Reading { places: Places::new(model, rules), sources, funnel: "", parts: Vec::new(), sends: BTreeMap::new() };
    for ((id, resolved), funnel) in model.funnels.iter().zip(&rules.funnels) {
        let stages = model.stages_of(id).map(|(_, stage)| stage.name.span.unwrap_or(stage.span)).collect();
        reading.funnel(funnel, stages, resolved.span);
    }
    for message in model.messages.values() {
        let Some(span) = message.name.span else { continue };
        let name = message.name.text.as_str();
        let unreached = format!("no test has `{name}` sent");
        let behind = reading.sends.get(name).cloned();
        reading.parts.push(Part {
            kind: Kind::Message,
            funnel: None,
            id: name.to_owned(),
            arm: None,
            unreached,
            place: reading.place(span),
            behind,
            times: 0,
        });
    }
    reading.parts
}

struct Reading<'a> {
    places: Places,
    sources: &'a SourceMap,
    funnel: &'a str,
    parts: Vec<Part>,
    /// The first step that asks for a message.
    sends: BTreeMap<&'a str, Key>,
}

impl<'a> Reading<'a> {
    fn place(&self, span: Span) -> Place {
        let position = self.sources.position(span);
        Place { file: self.sources.file(span.file).name().to_owned(), line: position.line, column: position.column }
    }

    fn push(&mut self, kind: Kind, id: &str, arm: Option<usize>, unreached: String, span: Span, behind: Option<&Key>) -> Key {
        let part = Part {
            kind,
            funnel: Some(self.funnel.to_owned()),
            id: id.to_owned(),
            arm,
            unreached,
            place: self.place(span),
            behind: behind.cloned(),
            times: 0,
        };
        let key = part.key();
        self.parts.push(part);
        key
    }

    fn funnel(&mut self, funnel: &'a Funnel, stages: Vec<Span>, span: Span) {
        self.funnel = &funnel.name;
        self.leaves(&funnel.leaves, span, None);
        for (stage, span) in funnel.stages.iter().zip(stages) {
            let key = self.push(Kind::Stage, &stage.id, None, format!("no test comes to `{}`", stage.name), span, None);
            for Door { id, sentence, .. } in &stage.doors {
                let place = self.places.of(id).unwrap_or(span);
                self.push(Kind::Door, id, None, format!("no test comes to `{}` by `{sentence}`", stage.name), place, Some(&key));
            }
            self.leaves(&stage.leaves, span, Some(&key));
            for nurture in &stage.nurtures {
                self.nurture(nurture, span, &key);
            }
        }
    }

    fn leaves(&mut self, leaves: &[Leave], span: Span, behind: Option<&Key>) {
        for Leave { id, sentence, .. } in leaves {
            let place = self.places.of(id).unwrap_or(span);
            self.push(Kind::WayOut, id, None, format!("no test leaves by `{sentence}`"), place, behind);
        }
    }

    fn nurture(&mut self, nurture: &'a Nurture, span: Span, stage: &Key) {
        let place = self.places.of(&nurture.id).unwrap_or(span);
        let key = self.push(Kind::Nurture, &nurture.id, None, format!("no test starts `{}`", nurture.name), place, Some(stage));
        self.steps(&nurture.steps, place, &key);
    }

    fn steps(&mut self, steps: &'a [Step], span: Span, behind: &Key) {
        let mut before = behind.clone();
        for step in steps {
            let place = self.places.of(&step.id).unwrap_or(span);
            let key = self.push(Kind::Step, &step.id, None, format!("no test comes to `{}`", step.sentence), place, Some(&before));
            match &step.kind {
                StepKind::Send { message, .. } => drop(self.sends.entry(message).or_insert_with(|| key.clone())),
                StepKind::WaitUntil(_) => {
                    self.arm(step, 0, format!("in no test comes true what `{}` waits for", step.sentence), place, &key);
                    self.arm(step, 1, format!("in no test the time of `{}` runs out", step.sentence), place, &key);
                }
                StepKind::WaitArms(wait) => {
                    for (n, arm) in wait.arms.iter().enumerate() {
                        let words = format!("no test takes `on {}`", arm.sentence.trim_start_matches("on "));
                        self.block(step, n, words, &arm.steps, place, &key);
                    }
                    let words = format!("in no test the time of `{}` runs out", step.sentence);
                    self.block(step, wait.arms.len(), words, &wait.otherwise, place, &key);
                }
                StepKind::If { branches, otherwise } => {
                    for (n, branch) in branches.iter().enumerate() {
                        self.block(step, n, format!("no test takes `if {}`", branch.sentence), &branch.steps, place, &key);
                    }
                    if !otherwise.is_empty() {
                        self.block(
                            step,
                            branches.len(),
                            format!("no test takes the `else` of `{}`", step.sentence),
                            otherwise,
                            place,
                            &key,
                        );
                    }
                }
                StepKind::Split(split) => {
                    for (n, arm) in split.arms.iter().enumerate() {
                        self.block(step, n, format!("no test draws `{}` in `{}`", arm.name, split.name), &arm.steps, place, &key);
                    }
                }
                StepKind::Repeat(repeat) => self.steps(&repeat.steps, place, &key),
                StepKind::Act { .. }
                | StepKind::WaitMs(_)
                | StepKind::WaitCalendarDays(_)
                | StepKind::WaitClock(_)
                | StepKind::WaitInstant(_)
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop {} => {}
            }
            before = key;
        }
    }

    /// An arm; where it has no condition of its own it stands at its first step.
    fn arm(&mut self, step: &Step, n: usize, words: String, place: Span, behind: &Key) -> Key {
        self.push(Kind::Arm, &step.id, Some(n), words, self.places.of_arm(&step.id, n).unwrap_or(place), Some(behind))
    }

    fn block(&mut self, step: &Step, n: usize, words: String, steps: &'a [Step], place: Span, behind: &Key) {
        let first = steps.first().and_then(|first| self.places.of(&first.id)).unwrap_or(place);
        let key = self.arm(step, n, words, first, behind);
        self.steps(steps, first, &key);
    }
}
