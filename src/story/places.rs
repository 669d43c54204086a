//! From the rules of a rule set back to the texts they come from.

use crate::{
    model::{self, Model, Wait},
    ruleset::{RuleSet, Step, StepKind},
    source::Span,
};
use std::collections::HashMap;

/// Where each door, way out, nurture and step stands, by its identity; and the arms of steps that have a condition.
#[derive(Debug, Default)]
pub struct Places {
    rules: HashMap<String, Span>,
    arms: HashMap<(String, usize), Span>,
}

impl Places {
    /// The places of the rules that a model was lowered to.
    #[must_use]
    pub fn new(model: &Model, rules: &RuleSet) -> Self {
        let mut places = Self::default();
        places.learn(model, rules);
        places
    }

    /// Reads them off a model and the rule set it was lowered to, which stand in one order. Does so once.
    pub(super) fn learn(&mut self, model: &Model, rules: &RuleSet) {
        if !self.rules.is_empty() {
            return;
        }
        for ((id, funnel), rule) in model.funnels.iter().zip(&rules.funnels) {
            for (leave, rule) in funnel.leaves.iter().zip(&rule.leaves) {
                self.rules.insert(rule.id.clone(), leave.span);
            }
            for ((_, stage), rule) in model.stages_of(id).zip(&rule.stages) {
                for (door, rule) in stage.doors.iter().zip(&rule.doors) {
                    self.rules.insert(rule.id.clone(), door.span);
                }
                for (leave, rule) in stage.leaves.iter().zip(&rule.leaves) {
                    self.rules.insert(rule.id.clone(), leave.span);
                }
                for (nurture, rule) in stage.nurtures.iter().zip(&rule.nurtures) {
                    self.rules.insert(rule.id.clone(), nurture.span);
                    self.steps(&nurture.steps, &rule.steps);
                }
            }
        }
    }

    fn steps(&mut self, steps: &[model::Step], rules: &[Step]) {
        for (step, rule) in steps.iter().zip(rules) {
            self.rules.insert(rule.id.clone(), step.span);
            match (&step.kind, &rule.kind) {
                (model::StepKind::If { branches, otherwise, .. }, StepKind::If { branches: rules, otherwise: rest }) => {
                    branches.iter().zip(rules).for_each(|(branch, rule)| self.steps(&branch.steps, &rule.steps));
                    self.arms(&rule.id, branches.iter().map(|branch| branch.when.span));
                    self.steps(otherwise, rest);
                }
                (model::StepKind::Wait(Wait::Arms { arms, otherwise, .. }), StepKind::WaitArms(rules)) => {
                    arms.iter().zip(&rules.arms).for_each(|(arm, rule)| self.steps(&arm.steps, &rule.steps));
                    self.arms(&rule.id, arms.iter().map(|arm| arm.when.span));
                    self.steps(otherwise, &rules.otherwise);
                }
                (model::StepKind::Split(split), StepKind::Split(rule)) => {
                    split.arms.iter().zip(&rule.arms).for_each(|(arm, rule)| self.steps(&arm.steps, &rule.steps));
                }
                (model::StepKind::Repeat(repeat), StepKind::Repeat(rule)) => self.steps(&repeat.steps, &rule.steps),
                _ => {}
            }
        }
    }

    fn arms(&mut self, id: &str, places: impl Iterator<Item = Span>) {
        self.arms.extend(places.enumerate().map(|(n, place)| ((id.to_owned(), n), place)));
    }

    /// The rule that stands at a place; of several the first by identity.
    pub(super) fn at(&self, span: Span) -> Option<&str> {
        self.rules.iter().filter(|(_, at)| **at == span).map(|(id, _)| id.as_str()).min()
    }

    /// Where a rule stands.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<Span> {
        self.rules.get(id).copied()
    }

    /// Where the condition of an arm stands.
    #[must_use]
    pub fn of_arm(&self, id: &str, arm: usize) -> Option<Span> {
        self.arms.get(&(id.to_owned(), arm)).copied()
    }
}
