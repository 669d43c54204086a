//! From the rules of a rule set back to the texts they come from.

use crate::{
    model::{self, Model, Wait},
    ruleset::{RuleSet, Step, StepKind},
    source::Span,
};
use std::collections::HashMap;

/// Where each door, way out, nurture and step stands, by its identity.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<String, Span>);

impl Places {
    /// Reads them off a model and the rule set it was lowered to, which stand in one order. Does so once.
    pub fn learn(&mut self, model: &Model, rules: &RuleSet) {
        if !self.0.is_empty() {
            return;
        }
        for ((id, funnel), rule) in model.funnels.iter().zip(&rules.funnels) {
            for (leave, rule) in funnel.leaves.iter().zip(&rule.leaves) {
                self.0.insert(rule.id.clone(), leave.span);
            }
            for ((_, stage), rule) in model.stages_of(id).zip(&rule.stages) {
                for (door, rule) in stage.doors.iter().zip(&rule.doors) {
                    self.0.insert(rule.id.clone(), door.span);
                }
                for (leave, rule) in stage.leaves.iter().zip(&rule.leaves) {
                    self.0.insert(rule.id.clone(), leave.span);
                }
                for (nurture, rule) in stage.nurtures.iter().zip(&rule.nurtures) {
                    self.0.insert(rule.id.clone(), nurture.span);
                    self.steps(&nurture.steps, &rule.steps);
                }
            }
        }
    }

    fn steps(&mut self, steps: &[model::Step], rules: &[Step]) {
        for (step, rule) in steps.iter().zip(rules) {
            self.0.insert(rule.id.clone(), step.span);
            match (&step.kind, &rule.kind) {
                (model::StepKind::If { branches, otherwise, .. }, StepKind::If { branches: rules, otherwise: rest }) => {
                    branches.iter().zip(rules).for_each(|(branch, rule)| self.steps(&branch.steps, &rule.steps));
                    self.steps(otherwise, rest);
                }
                (model::StepKind::Wait(Wait::Arms { arms, otherwise, .. }), StepKind::WaitArms(rule)) => {
                    arms.iter().zip(&rule.arms).for_each(|(arm, rule)| self.steps(&arm.steps, &rule.steps));
                    self.steps(otherwise, &rule.otherwise);
                }
                (model::StepKind::Split(split), StepKind::Split(rule)) => {
                    split.arms.iter().zip(&rule.arms).for_each(|(arm, rule)| self.steps(&arm.steps, &rule.steps));
                }
                (model::StepKind::Repeat(repeat), StepKind::Repeat(rule)) => self.steps(&repeat.steps, &rule.steps),
                _ => {}
            }
        }
    }

    /// The rule that stands at a place; of several the first by identity.
    pub fn at(&self, span: Span) -> Option<&str> {
        self.0.iter().filter(|(_, at)| **at == span).map(|(id, _)| id.as_str()).min()
    }

    /// Where a rule stands.
    pub fn of(&self, id: &str) -> Option<Span> {
        self.0.get(id).copied()
    }
}
