//! How far contacts came, as plain data; it is also its own JSON, with a version.

use super::Steps;
use crate::{
    fast::reach::Reached,
    report::{RecordsReport, SetAsideReport, words::share},
    units::Number,
};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// How far contacts came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachReport {
    /// Always `funnelc reach`.
    pub format: String,
    /// The version of this format, 1.
    pub version: u32,
    /// The funnel.
    pub funnel: String,
    /// Its label.
    pub label: Option<String>,
    /// In so many milliseconds of the first step; nothing for whenever.
    pub within_ms: Option<i64>,
    /// The steps, in their order.
    pub steps: Vec<StepReport>,
    /// Stages that are no step.
    pub left_out: Vec<LeftOut>,
    /// The records of the log.
    pub records: RecordsReport,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepReport {
    /// The stage.
    pub stage: String,
    /// Its label.
    pub label: Option<String>,
    /// What is done there, as written.
    pub sentence: String,
    /// How many contacts came so far.
    pub contacts: u64,
    /// Their share in those of the first step, in percent.
    pub percent_of_first: Option<Number>,
    /// Their share in those of the step before, in percent.
    pub percent_of_before: Option<Number>,
}

/// A stage that is no step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The stage.
    pub stage: String,
    /// Why.
    pub why: String,
}

impl ReachReport {
    /// What was counted, step by step.
    #[must_use]
    pub fn new(steps: &Steps, within_ms: Option<i64>, reached: &Reached) -> Self {
        let funnel = steps.rules().funnels.first();
        let first = reached.contacts.first().copied().unwrap_or_default();
        let before = std::iter::once(None).chain(reached.contacts.iter().copied().map(Some));
        let stages = funnel.map_or(&[][..], |funnel| &funnel.stages).iter();
        let steps_told = stages.zip(&reached.contacts).zip(before).map(|((stage, contacts), before)| StepReport {
            stage: stage.name.clone(),
            label: stage.label.clone(),
            sentence: stage.doors.first().map(|door| door.sentence.clone()).unwrap_or_default(),
            contacts: *contacts,
            percent_of_first: share(*contacts, first),
            percent_of_before: before.and_then(|before| share(*contacts, before)),
        });
        let set_aside = reached.set_aside.iter().map(|(reason, records)| SetAsideReport { reason: reason.to_string(), records: *records });
        Self {
            format: "funnelc reach".to_owned(),
            version: 1,
            funnel: funnel.map(|funnel| funnel.name.clone()).unwrap_or_default(),
            label: funnel.and_then(|funnel| funnel.label.clone()),
            within_ms,
            steps: steps_told.collect(),
            left_out: steps.left_out.clone(),
            records: RecordsReport {
                read: reached.records,
                taken: reached.taken,
                repeated: reached.duplicates,
                set_aside: set_aside.collect(),
            },
        }
    }

    /// It as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is plain JSON");
        text.push('\n');
        text
    }

    /// It as a table for a spreadsheet: a step a line.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out = "step,stage,contacts,percent_of_first,percent_of_before\n".to_owned();
        let number = |number: Option<Number>| number.map(|number| number.to_string()).unwrap_or_default();
        for (step, at) in self.steps.iter().zip(1..) {
            let (first, before) = (number(step.percent_of_first), number(step.percent_of_before));
            writeln!(out, "{at},{},{},{first},{before}", step.stage, step.contacts).expect("a String takes everything");
        }
        out
    }
}
