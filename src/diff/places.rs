//! Where in a text the things stand that changes speak of.

use crate::{
    model::{self, Model, Name, Wait},
    ruleset::{RuleSet, Step, StepKind},
    source::Span,
};
use std::collections::BTreeMap;

/// The place of each stage, door, nurture, step and declaration, by the identity that [`super::Place::id`] has.
#[must_use]
pub fn places(model: &Model, rules: &RuleSet) -> BTreeMap<String, Span> {
    let mut found = BTreeMap::new();
    let mut named = |kind: &str, name: &Name| {
        found.extend(name.span.map(|span| (format!("{kind} {}", name.text), span)));
    };
    model.attributes.values().for_each(|it| named("attribute", &it.name));
    model.events.values().for_each(|it| named("event", &it.name));
    model.channels.values().for_each(|it| named("channel", &it.name));
    model.messages.values().for_each(|it| named("message", &it.name));
    model.actions.values().for_each(|it| named("action", &it.name));
    model.segments.values().for_each(|it| named("segment", &it.name));
    model.scores.values().for_each(|it| named("score", &it.name));
    // A rule set stands in the order of the model that it was lowered from.
    for ((id, funnel), rule) in model.funnels.iter().zip(&rules.funnels) {
        found.extend(funnel.name.span.map(|span| (rule.name.clone(), span)));
        found.extend(funnel.leaves.iter().zip(&rule.leaves).map(|(leave, rule)| (rule.id.clone(), leave.span)));
        for ((_, stage), rule) in model.stages_of(id).zip(&rule.stages) {
            found.extend(stage.name.span.map(|span| (rule.id.clone(), span)));
            found.extend(stage.doors.iter().zip(&rule.doors).map(|(door, rule)| (rule.id.clone(), door.span)));
            found.extend(stage.leaves.iter().zip(&rule.leaves).map(|(leave, rule)| (rule.id.clone(), leave.span)));
            for (nurture, rule) in stage.nurtures.iter().zip(&rule.nurtures) {
                found.insert(rule.id.clone(), nurture.span);
                steps(&nurture.steps, &rule.steps, &mut found);
            }
        }
    }
    found
}

fn steps(list: &[model::Step], rules: &[Step], found: &mut BTreeMap<String, Span>) {
    for (step, rule) in list.iter().zip(rules) {
        found.insert(rule.id.clone(), step.span);
        match (&step.kind, &rule.kind) {
            (model::StepKind::If { branches, otherwise, .. }, StepKind::If { branches: rules, otherwise: rest }) => {
                branches.iter().zip(rules).for_each(|(branch, rule)| steps(&branch.steps, &rule.steps, found));
                steps(otherwise, rest, found);
            }
            (model::StepKind::Wait(Wait::Arms { arms, otherwise, .. }), StepKind::WaitArms(rule)) => {
                arms.iter().zip(&rule.arms).for_each(|(arm, rule)| steps(&arm.steps, &rule.steps, found));
                steps(otherwise, &rule.otherwise, found);
            }
            (model::StepKind::Split(split), StepKind::Split(rule)) => {
                split.arms.iter().zip(&rule.arms).for_each(|(arm, rule)| steps(&arm.steps, &rule.steps, found));
            }
            (model::StepKind::Repeat(repeat), StepKind::Repeat(rule)) => steps(&repeat.steps, &rule.steps, found),
            (_, _) => {}
        }
    }
}
