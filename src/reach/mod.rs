//! How far contacts come: the stages of a funnel as steps, one after another, each by an event, within a time of the first.
//!
//! Job: which stages are the steps ([`Steps`]), and what was counted in words and numbers ([`ReachReport`]). Counting itself is the
//! work of [`fast::reach`].
//! Invariants: a step is what happens, and nothing that a run would have to remember, so that what is counted depends on the log
//! alone; a stage that cannot be a step is told with the reason, and never passed over in silence.
//! Deliberately absent: nurtures, waits and reentry, for which somebody has to play the journey: `report` does.
//!
//! [`fast::reach`]: crate::fast::reach::reach

mod asks;
mod told;

use crate::{
    fast::reach::STEPS_MAX,
    ruleset::{Condition, Door, Funnel, Reentry, RuleSet, Source, Stage},
};
pub use told::{LeftOut, ReachReport, StepReport};

/// Why a funnel has no steps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    /// There is no such funnel.
    #[error("there is no funnel `{name}`: there {}", there(.names))]
    NoFunnel {
        /// What was named.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// There are several.
    #[error("there are several funnels: `--funnel` says which of {}", list(.names))]
    Several {
        /// Which.
        names: Vec<String>,
    },
    /// There is no such stage.
    #[error("`{funnel}` has no stage `{stage}`; it has {}", list(.stages))]
    NoStage {
        /// The funnel.
        funnel: String,
        /// What was named.
        stage: String,
        /// What there is.
        stages: Vec<String>,
    },
    /// A stage was named twice.
    #[error("`{0}` is named twice, and a stage is one step")]
    Twice(String),
    /// No door leads to a stage by an event.
    #[error("`{stage}` is no step behind {before}: {why}")]
    NoDoor {
        /// The stage.
        stage: String,
        /// Where it would be entered from.
        before: String,
        /// Why not.
        why: String,
    },
    /// There are too few of them.
    #[error("no two stages of `{funnel}` lead from one to the next by events alone{}", why_not(.left_out))]
    TooFew {
        /// The funnel.
        funnel: String,
        /// What is not a step, and why.
        left_out: Vec<LeftOut>,
    },
    /// There are too many of them.
    #[error("these are {0} steps, and {STEPS_MAX} fit: name some with `--stages`")]
    TooMany(usize),
    /// Runs are for each key.
    #[error(
        "`{funnel}` has a run for each `{key}`, and whether two events are of the same `{key}` is not looked at here: `funnelc report` plays each run"
    )]
    Keyed {
        /// The funnel.
        funnel: String,
        /// The key.
        key: String,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn there(names: &[String]) -> String {
    match names {
        [] => "is none at all".to_owned(),
        [one] => format!("is `{one}`"),
        several => format!("are {}", list(several)),
    }
}

fn why_not(left_out: &[LeftOut]) -> String {
    left_out.iter().map(|it| format!("\n  `{}`: {}", it.stage, it.why)).collect()
}

/// Stages as steps.
#[derive(Clone, Debug)]
pub struct Steps {
    /// The rules, with the steps as the only funnel.
    rules: RuleSet,
    /// Stages that are no step, with the reason.
    left_out: Vec<LeftOut>,
}

impl Steps {
    /// The steps of a funnel of these rules, which need not be named where it is the only one: these stages, or else those in the
    /// order of the file, each that is entered by an event from the one before it.
    ///
    /// # Errors
    /// [`StepsError`] says why there are none.
    pub fn of(rules: &RuleSet, funnel: Option<&str>, stages: &[String]) -> Result<Self, StepsError> {
        let names = || rules.funnels.iter().map(|funnel| funnel.name.clone()).collect::<Vec<_>>();
        let funnel = match (funnel, &rules.funnels[..]) {
            (Some(name), funnels) => funnels
                .iter()
                .find(|funnel| funnel.name == name)
                .ok_or_else(|| StepsError::NoFunnel { name: name.to_owned(), names: names() })?,
            (None, [only]) => only,
            (None, []) => return Err(StepsError::NoFunnel { name: String::new(), names: names() }),
            (None, _) => return Err(StepsError::Several { names: names() }),
        };
        if let Some(key) = &funnel.key {
            return Err(StepsError::Keyed { funnel: funnel.name.clone(), key: key.clone() });
        }
        let (steps, left_out) = if stages.is_empty() { in_order(rules, funnel) } else { (named(rules, funnel, stages)?, Vec::new()) };
        match steps.len() {
            0 | 1 => return Err(StepsError::TooFew { funnel: funnel.name.clone(), left_out }),
            many if many > STEPS_MAX => return Err(StepsError::TooMany(many)),
            _ => {}
        }
        let funnel = Funnel {
            reentry: Reentry::Never,
            stages: steps,
            leaves: Vec::new(),
            guarantees: Vec::new(),
            assumptions: Vec::new(),
            ..funnel.clone()
        };
        let rules = RuleSet {
            funnels: vec![funnel],
            segments: Vec::new(),
            scores: Vec::new(),
            guarantees: Vec::new(),
            assumptions: Vec::new(),
            ..rules.clone()
        };
        Ok(Self { rules, left_out })
    }

    /// The rules, with a funnel that has the steps as its stages, and leads from one to the next, and nothing else.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The properties that records are taken by: those of all events, and the attributes.
    #[must_use]
    pub fn properties(&self) -> Vec<String> {
        let events = self.rules.events.iter().flat_map(|event| event.properties.iter().map(|property| property.name.clone()));
        let attributes = self.rules.attributes.iter().map(|attribute| attribute.name.clone());
        events.chain(attributes).collect()
    }
}

/// The stages that were named, as steps.
fn named(rules: &RuleSet, funnel: &Funnel, stages: &[String]) -> Result<Vec<Stage>, StepsError> {
    let mut steps: Vec<Stage> = Vec::new();
    for name in stages {
        let Some(stage) = funnel.stages.iter().find(|stage| stage.name == *name) else {
            let stages = funnel.stages.iter().map(|stage| stage.name.clone()).collect();
            return Err(StepsError::NoStage { funnel: funnel.name.clone(), stage: name.clone(), stages });
        };
        if steps.iter().any(|step| step.name == *name) {
            return Err(StepsError::Twice(name.clone()));
        }
        let before = steps.last();
        let step = step(rules, stage, before).map_err(|why| StepsError::NoDoor { stage: name.clone(), before: place(before), why })?;
        steps.push(step);
    }
    Ok(steps)
}

/// All stages that are steps, in the order of the file; and those that are not.
fn in_order(rules: &RuleSet, funnel: &Funnel) -> (Vec<Stage>, Vec<LeftOut>) {
    let (mut steps, mut left_out): (Vec<Stage>, Vec<LeftOut>) = Default::default();
    for stage in &funnel.stages {
        match step(rules, stage, steps.last()) {
            Ok(step) => steps.push(step),
            Err(why) => left_out.push(LeftOut { stage: stage.name.clone(), why }),
        }
    }
    (steps, left_out)
}

fn place(stage: Option<&Stage>) -> String {
    stage.map_or_else(|| "outside".to_owned(), |stage| format!("`{}`", stage.name))
}

/// A stage as a step behind another one, or from outside.
///
/// # Errors
/// Why it is none.
fn step(rules: &RuleSet, stage: &Stage, before: Option<&Stage>) -> Result<Stage, String> {
    let leads = |door: &&Door| match (&door.from, before) {
        (Source::Outside | Source::AnywhereOrOutside, None) => true,
        (Source::Stages(stages), Some(before)) => stages.contains(&before.name),
        (Source::Anywhere | Source::AnywhereOrOutside, Some(before)) => !before.is_final,
        (Source::Outside, Some(_)) | (Source::Stages(_) | Source::Anywhere, None) => false,
    };
    let doors: Vec<&Door> = stage.doors.iter().filter(leads).collect();
    for door in &doors {
        asks::is_step(rules, door).map_err(|why| format!("`{}` {why}", door.sentence))?;
    }
    let any: Vec<Condition> = doors.iter().filter_map(|door| door.when.clone()).collect();
    let Some(first) = doors.first() else { return Err(format!("no door leads there from {}", place(before))) };
    let door = Door {
        sentence: doors.iter().map(|door| door.sentence.as_str()).collect::<Vec<_>>().join(", or "),
        from: before.map_or(Source::Outside, |before| Source::Stages(vec![before.name.clone()])),
        when: Some(Condition::Any(any)),
        ..Door::clone(first)
    };
    // Whether runs end there says who goes on from it, and is asked of the step behind.
    Ok(Stage {
        visits: None,
        targets: Vec::new(),
        feeds: Vec::new(),
        doors: vec![door],
        leaves: Vec::new(),
        nurtures: Vec::new(),
        ..stage.clone()
    })
}
