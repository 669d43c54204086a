//! What a stage asks for and when: its steps in order, each with the time that has passed since entering.
//!
//! Readings: a wait that a condition can end counts with its longest time, and all after it comes "by" then; behind a wait
//! for a clock or a date nothing more is known than that it is later.

use super::{
    content::opening,
    notes::Notes,
    sheet::{Change, signs},
};
use crate::{
    ruleset::{Nurture, RuleSet, Stage, Start, Step, StepKind},
    units::{Duration, Share},
};

const DAY_MS: i64 = 86_400_000;

/// How much time has passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passed {
    /// So many milliseconds.
    Exactly(i64),
    /// So many milliseconds, or less.
    AtMost(i64),
    /// More than is known beforehand.
    Later,
}

impl Passed {
    /// So many milliseconds later.
    #[must_use]
    pub fn and(self, ms: i64) -> Self {
        match self {
            Self::Exactly(passed) => Self::Exactly(passed.saturating_add(ms)),
            Self::AtMost(passed) => Self::AtMost(passed.saturating_add(ms)),
            Self::Later => Self::Later,
        }
    }

    /// It, or less.
    #[must_use]
    pub fn at_most(self) -> Self {
        match self {
            Self::Exactly(passed) | Self::AtMost(passed) => Self::AtMost(passed),
            Self::Later => Self::Later,
        }
    }

    /// The time after several ways that come together again.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) if a == b => self,
            (Self::Exactly(a) | Self::AtMost(a), Self::Exactly(b) | Self::AtMost(b)) => Self::AtMost(a.max(b)),
            (Self::Later, _) | (_, Self::Later) => Self::Later,
        }
    }

    /// It in words: `day 2`, `after 1 hour`, `by day 7`, `later`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Exactly(0) => "day 0".to_owned(),
            Self::Exactly(ms) if ms < DAY_MS => format!("after {}", Duration::from_milliseconds(ms)),
            Self::Exactly(ms) => format!("day {}", ms / DAY_MS),
            Self::AtMost(ms) if ms < DAY_MS => format!("by {}", Duration::from_milliseconds(ms)),
            Self::AtMost(ms) => format!("by day {}", ms / DAY_MS),
            Self::Later => "later".to_owned(),
        }
    }
}

/// Something that a stage does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The word on its chip.
    pub chip: String,
    /// What is done.
    pub text: String,
    /// When.
    pub when: Passed,
    /// On what conditions, outermost first.
    pub conditions: Vec<String>,
    /// Whether it asks for a message or an action.
    pub is_request: bool,
    /// Since an older version.
    pub change: Change,
    /// When it was done before, where that is all that changed.
    pub was: Option<Passed>,
}

impl Entry {
    /// When it is done, in words, and when it was.
    #[must_use]
    pub fn day(&self) -> String {
        let was = self.was.map_or_else(String::new, |was| format!(" (was {})", was.words()));
        format!("{}{was}", self.when.words())
    }
}

/// A nurture as a list of what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agenda {
    /// Its name in the language.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it starts, unless on entering.
    pub start: Option<String>,
    /// What it does.
    pub entries: Vec<Entry>,
}

/// What the nurtures of a stage do.
#[must_use]
pub fn agendas(rules: &RuleSet, stage: &Stage, notes: &Notes) -> Vec<Agenda> {
    stage.nurtures.iter().map(|nurture| agenda(rules, nurture, notes)).collect()
}

fn agenda(rules: &RuleSet, nurture: &Nurture, notes: &Notes) -> Agenda {
    let start = match nurture.start {
        Start::Entry => None,
        Start::When(_) => Some(opening(&nurture.sentence, true)),
        Start::EachTime(_) => nurture.sentence.find("each time ").map(|at| nurture.sentence[at..].to_owned()),
    };
    let mut walk = Walk { rules, notes, step: String::new(), entries: Vec::new(), conditions: Vec::new() };
    walk.steps(&nurture.steps, Passed::Exactly(0));
    Agenda { id: nurture.name.clone(), name: nurture.label.clone().unwrap_or_else(|| nurture.name.clone()), start, entries: walk.entries }
}

struct Walk<'r> {
    rules: &'r RuleSet,
    notes: &'r Notes,
    /// The identity of the step that is read.
    step: String,
    entries: Vec<Entry>,
    conditions: Vec<String>,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step], from: Passed) -> Passed {
        steps.iter().fold(from, |now, step| self.step(step, now))
    }

    fn under(&mut self, condition: String, steps: &[Step], now: Passed) -> Passed {
        self.conditions.push(signs(&condition));
        let after = self.steps(steps, now);
        self.conditions.pop();
        after
    }

    fn push(&mut self, chip: &str, text: String, when: Passed, is_request: bool) {
        self.entries.push(Entry {
            chip: chip.to_owned(),
            text: signs(&text),
            when,
            conditions: self.conditions.clone(),
            is_request,
            change: self.notes.covered(&self.step, None),
            was: None,
        });
    }

    fn step(&mut self, step: &Step, now: Passed) -> Passed {
        self.step.clone_from(&step.id);
        let rest = |word: &str| step.sentence.strip_prefix(word).unwrap_or(&step.sentence).to_owned();
        match &step.kind {
            StepKind::Send { message, .. } => {
                let declared = self.rules.messages.iter().find(|it| it.name == *message);
                let chip = declared.map_or_else(|| "SEND".to_owned(), |it| it.channel.to_uppercase().chars().take(9).collect());
                let text =
                    declared.map_or_else(|| "an unknown message".to_owned(), |it| it.label.clone().unwrap_or_else(|| it.name.clone()));
                self.push(&chip, text, now, true);
                now
            }
            StepKind::Act { action, .. } => {
                let label = self.rules.actions.iter().find(|it| it.name == *action).and_then(|it| it.label.clone());
                self.push("DO", label.unwrap_or_else(|| action.clone()), now, true);
                now
            }
            StepKind::WaitMs(ms) => now.and(*ms),
            StepKind::WaitCalendarDays(wait) => now.and(i64::from(wait.days).saturating_mul(DAY_MS)),
            StepKind::WaitClock(_) | StepKind::WaitInstant(_) => {
                self.push("WAIT", rest("wait "), now, false);
                Passed::Later
            }
            StepKind::WaitUntil(wait) => {
                self.push("WAIT", rest("wait "), now, false);
                now.and(wait.up_to_ms).at_most()
            }
            StepKind::WaitArms(wait) => {
                let end = now.and(wait.up_to_ms);
                let mut after = self.under("otherwise".to_owned(), &wait.otherwise, end);
                for arm in &wait.arms {
                    after = after.joined(self.under(format!("on {}", arm.sentence), &arm.steps, end.at_most()));
                }
                after
            }
            StepKind::If { branches, otherwise } => {
                let mut after = None;
                for branch in branches {
                    let end = self.under(format!("if {}", branch.sentence), &branch.steps, now);
                    after = Some(after.map_or(end, |after: Passed| after.joined(end)));
                }
                let end = self.under("otherwise".to_owned(), otherwise, now);
                after.map_or(end, |after| after.joined(end))
            }
            StepKind::Split(split) => {
                let mut after = now;
                for (n, arm) in split.arms.iter().enumerate() {
                    let share = Share::from_millionths(arm.share_millionths).map_or_else(String::new, |share| share.to_string());
                    let end = self.under(format!("{share} {}", arm.name), &arm.steps, now);
                    after = if n == 0 { end } else { after.joined(end) };
                }
                after
            }
            StepKind::Repeat(repeat) => {
                self.under(rest("repeat "), &repeat.steps, now);
                let all = now.and(repeat.every_ms.saturating_mul(i64::from(repeat.times)));
                if repeat.until.is_some() { all.at_most() } else { all }
            }
            StepKind::Set { .. } => self.quiet("SET", rest("set "), now),
            StepKind::Add { .. } => self.quiet("ADD", rest("add "), now),
            StepKind::Remove { .. } => self.quiet("REMOVE", rest("remove "), now),
            StepKind::Record { .. } => self.quiet("RECORD", rest("record "), now),
            StepKind::Stop {} => self.quiet("STOP", "this play ends".to_owned(), now),
        }
    }

    fn quiet(&mut self, chip: &str, text: String, now: Passed) -> Passed {
        self.push(chip, text, now, false);
        now
    }
}
