//! What stands on the card of a stage.

use super::text::{html, indent, wrapped};
use crate::{
    ruleset::{Leave, Nurture, RuleSet, Source, Stage, Start, Step, StepKind, WaitArms},
    units::{Duration, Share},
};

/// The most rows of steps on one card.
const ROWS_MAX: usize = 60;

/// A row: a chip with a text, or a text over the whole width.
pub struct Row {
    /// The word on the chip, if it has one.
    pub chip: Option<String>,
    /// The text, as an HTML-like label takes it.
    pub text: String,
}

/// All rows of a stage below its header.
pub fn rows(rules: &RuleSet, stage: &Stage) -> Vec<Row> {
    let mut rows = Vec::new();
    for door in stage.doors.iter().filter(|door| matches!(door.from, Source::Outside | Source::AnywhereOrOutside)) {
        rows.push(grey(&format!("enters {}", opening(&door.sentence, true))));
    }
    for target in &stage.targets {
        let of = target.of.as_ref().map_or_else(String::new, |of| format!(" of {of}"));
        rows.push(grey(&format!("target {}%{of} within {}", target.percent, Duration::from_milliseconds(target.within_ms))));
    }
    if let Some(limit) = stage.visits {
        rows.push(grey(&format!("visits at most {}", limit.at_most)));
    }
    let mut steps = Rows { rules, rows: Vec::new() };
    for nurture in &stage.nurtures {
        steps.nurture(nurture, stage.nurtures.len() > 1);
    }
    if steps.rows.len() > ROWS_MAX {
        let more = steps.rows.len() - ROWS_MAX;
        steps.rows.truncate(ROWS_MAX);
        steps.rows.push(grey(&format!("+{more} more")));
    }
    rows.append(&mut steps.rows);
    rows.extend(stage.leaves.iter().map(leave));
    rows
}

fn grey(text: &str) -> Row {
    Row { chip: None, text: format!("<FONT COLOR=\"#475569\" POINT-SIZE=\"11\">{}</FONT>", wrapped(text, "<BR ALIGN=\"LEFT\"/>")) }
}

fn leave(it: &Leave) -> Row {
    Row { chip: Some("LEAVE".to_owned()), text: wrapped(&opening(&it.sentence, false), "<BR ALIGN=\"LEFT\"/>") }
}

/// When a clause opens, of its sentence: `when purchase` of `enter from a when purchase`, or without its `when`.
pub fn opening(sentence: &str, with_when: bool) -> String {
    let found = [" when ", " after "].iter().filter_map(|word| sentence.find(word)).min();
    let Some(at) = found else { return if with_when { String::new() } else { "at once".to_owned() } };
    let text = sentence[at..].trim_start();
    match text.strip_prefix("when ") {
        Some(condition) if !with_when => condition.to_owned(),
        _ => text.to_owned(),
    }
}

struct Rows<'r> {
    rules: &'r RuleSet,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn nurture(&mut self, it: &Nurture, one_of_several: bool) {
        let name = it.label.as_deref().unwrap_or(&it.name);
        match &it.start {
            Start::Entry if one_of_several || it.label.is_some() => self.heading(name, ""),
            Start::Entry => {}
            Start::When(_) => self.heading(name, &tail(&it.sentence, " when ")),
            Start::EachTime(_) => self.heading(name, &tail(&it.sentence, " each time ")),
        }
        self.steps(&it.steps, 0);
    }

    fn heading(&mut self, name: &str, when: &str) {
        let when = if when.is_empty() { String::new() } else { format!("<BR ALIGN=\"LEFT\"/>{}", wrapped(when, "<BR ALIGN=\"LEFT\"/>")) };
        let text = format!("<FONT COLOR=\"#475569\" POINT-SIZE=\"10\"><B>{}</B>{when}</FONT>", wrapped(name, "<BR ALIGN=\"LEFT\"/>"));
        self.rows.push(Row { chip: None, text });
    }

    fn steps(&mut self, list: &[Step], depth: usize) {
        for step in list {
            self.step(step, depth);
        }
    }

    fn push(&mut self, chip: &str, text: &str, depth: usize) {
        let indent = indent(depth, text);
        let text = wrapped(text, &format!("<BR ALIGN=\"LEFT\"/>{indent}"));
        self.rows.push(Row { chip: Some(chip.to_owned()), text: format!("{indent}{text}") });
    }

    fn condition(&mut self, chip: &str, text: &str, steps: &[Step], depth: usize) {
        let indent = indent(depth, text);
        let text = wrapped(text, &format!("<BR ALIGN=\"LEFT\"/>{indent}"));
        self.rows.push(Row { chip: Some(chip.to_owned()), text: format!("{indent}<I>{text}</I>") });
        self.steps(steps, depth + 1);
    }

    fn step(&mut self, it: &Step, depth: usize) {
        match &it.kind {
            StepKind::Send { message, arguments: _ } => {
                let message = self.rules.messages.iter().find(|it| it.name == *message);
                let channel = message.map_or_else(|| "SEND".to_owned(), |it| chip_of(&it.channel));
                let text = message.map_or("", |it| it.label.as_deref().unwrap_or(&it.name));
                self.push(&channel, text, depth);
            }
            StepKind::Act { action, arguments: _ } => {
                let declared = self.rules.actions.iter().find(|it| it.name == *action);
                self.push("DO", declared.and_then(|it| it.label.as_deref()).unwrap_or(action), depth);
            }
            StepKind::WaitMs(_)
            | StepKind::WaitCalendarDays(_)
            | StepKind::WaitClock(_)
            | StepKind::WaitInstant(_)
            | StepKind::WaitUntil(_) => self.push("WAIT", &without(&it.sentence, "wait "), depth),
            StepKind::WaitArms(wait) => self.arms(wait, &without(&it.sentence, "wait "), depth),
            StepKind::If { branches, otherwise } => {
                for (n, branch) in branches.iter().enumerate() {
                    self.condition(if n == 0 { "IF" } else { "ELSE IF" }, &branch.sentence, &branch.steps, depth);
                }
                if !otherwise.is_empty() {
                    self.condition("ELSE", "otherwise", otherwise, depth);
                }
            }
            StepKind::Split(split) => {
                for arm in &split.arms {
                    let share = Share::from_millionths(arm.share_millionths).map_or_else(String::new, |share| share.to_string());
                    self.condition("SPLIT", &format!("{share} {}", arm.name), &arm.steps, depth);
                }
            }
            StepKind::Repeat(repeat) => self.condition("REPEAT", &without(&it.sentence, "repeat "), &repeat.steps, depth),
            StepKind::Set { .. } => self.push("SET", &without(&it.sentence, "set "), depth),
            StepKind::Add { .. } => self.push("ADD", &without(&it.sentence, "add "), depth),
            StepKind::Remove { .. } => self.push("REMOVE", &without(&it.sentence, "remove "), depth),
            StepKind::Record { .. } => self.push("RECORD", &without(&it.sentence, "record "), depth),
            StepKind::Stop {} => self.push("STOP", "this play ends", depth),
        }
    }

    fn arms(&mut self, wait: &WaitArms, text: &str, depth: usize) {
        self.push("WAIT", text, depth);
        for arm in &wait.arms {
            self.condition("ON", &arm.sentence, &arm.steps, depth);
        }
        if !wait.otherwise.is_empty() {
            self.condition("TIME-OUT", "otherwise", &wait.otherwise, depth);
        }
    }
}

fn chip_of(channel: &str) -> String {
    let word: String = channel.to_uppercase().chars().take(9).collect();
    html(&word)
}

fn without(sentence: &str, word: &str) -> String {
    sentence.strip_prefix(word).unwrap_or(sentence).to_owned()
}

fn tail(sentence: &str, word: &str) -> String {
    sentence.find(word).map_or_else(|| sentence.to_owned(), |at| sentence[at..].trim().to_owned())
}

/// How many messages and actions the nurtures of a stage ask for.
pub fn actions(stage: &Stage) -> usize {
    fn count(list: &[Step]) -> usize {
        list.iter()
            .map(|step| match &step.kind {
                StepKind::Send { .. } | StepKind::Act { .. } => 1,
                StepKind::WaitArms(wait) => wait.arms.iter().map(|arm| count(&arm.steps)).sum::<usize>() + count(&wait.otherwise),
                StepKind::If { branches, otherwise } => {
                    branches.iter().map(|branch| count(&branch.steps)).sum::<usize>() + count(otherwise)
                }
                StepKind::Split(split) => split.arms.iter().map(|arm| count(&arm.steps)).sum(),
                StepKind::Repeat(repeat) => count(&repeat.steps),
                StepKind::WaitMs(_)
                | StepKind::WaitCalendarDays(_)
                | StepKind::WaitClock(_)
                | StepKind::WaitInstant(_)
                | StepKind::WaitUntil(_)
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop {} => 0,
            })
            .sum()
    }
    stage.nurtures.iter().map(|nurture| count(&nurture.steps)).sum()
}
