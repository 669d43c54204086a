//! Marks in the nurtures of a rule set, so that what a run does shows which arm it took.
//!
//! A mark is an action that nobody asks about. A wait for a condition becomes one with arms, which means the same.

use funnelc::{
    model::{self, Model, Wait},
    ruleset::{Action, Argument, Literal, RuleSet, Step, StepKind, Term, WaitArm, WaitArms},
    source::Span,
};

/// The action of the marks.
pub const ACTION: &str = "checker_mark";

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A branch or arm whose condition stands there.
    Arm(Span),
    /// What is done where no branch or arm was taken of the step there, and whether the file says so.
    Otherwise(Span, bool),
    /// Behind the wait there.
    Behind(Span),
    /// An arm of a split, or a round of a repetition, in the step there.
    Inside(Span),
}

/// Marks a rule set; the model it comes from tells where each mark stands.
pub fn mark(model: &Model, rules: &mut RuleSet) -> Vec<Place> {
    rules.actions.push(Action { name: ACTION.to_owned(), label: None, note: None, parameters: Vec::new() });
    let mut marks = Vec::new();
    for (funnel, lowered) in model.funnels.values().zip(&mut rules.funnels) {
        for (stage, lowered) in funnel.stages.iter().map(|id| &model.stages[*id]).zip(&mut lowered.stages) {
            for (nurture, lowered) in stage.nurtures.iter().zip(&mut lowered.nurtures) {
                steps(&nurture.steps, &mut lowered.steps, &mut marks);
            }
        }
    }
    marks
}

fn put(marks: &mut Vec<Place>, place: Place) -> Step {
    marks.push(place);
    let number = marks.len() - 1;
    let why = Argument { name: "mark".to_owned(), value: Term::Literal(Literal::Text(number.to_string())) };
    let kind = StepKind::Act { action: ACTION.to_owned(), arguments: vec![why] };
    Step { id: format!("{ACTION}/{number}"), sentence: String::new(), kind }
}

fn block(source: &[model::Step], lowered: &mut Vec<Step>, marks: &mut Vec<Place>, place: Place) {
    let first = put(marks, place);
    steps(source, lowered, marks);
    lowered.insert(0, first);
}

fn steps(source: &[model::Step], lowered: &mut Vec<Step>, marks: &mut Vec<Place>) {
    let mut out = Vec::new();
    for (source, mut step) in source.iter().zip(std::mem::take(lowered)) {
        let span = source.span;
        let mut behind = None;
        match (&source.kind, &mut step.kind) {
            (model::StepKind::If { branches, otherwise, has_else }, StepKind::If { branches: to, otherwise: or }) => {
                for (branch, to) in branches.iter().zip(to) {
                    block(&branch.steps, &mut to.steps, marks, Place::Arm(branch.when.span));
                }
                block(otherwise, or, marks, Place::Otherwise(span, *has_else));
            }
            (model::StepKind::Wait(Wait::Arms { arms, otherwise, has_otherwise, .. }), StepKind::WaitArms(to)) => {
                for (arm, to) in arms.iter().zip(&mut to.arms) {
                    block(&arm.steps, &mut to.steps, marks, Place::Arm(arm.when.span));
                }
                block(otherwise, &mut to.otherwise, marks, Place::Otherwise(span, *has_otherwise));
            }
            (model::StepKind::Wait(Wait::Until { when, .. }), StepKind::WaitUntil(to)) => {
                let arm = WaitArm { sentence: String::new(), when: to.when.clone(), steps: vec![put(marks, Place::Arm(when.span))] };
                let otherwise = vec![put(marks, Place::Otherwise(span, false))];
                let (up_to_ms, arms) = (to.up_to_ms, vec![arm]);
                step.kind = StepKind::WaitArms(WaitArms { up_to_ms, arms, otherwise });
            }
            (model::StepKind::Wait(_), _) => behind = Some(put(marks, Place::Behind(span))),
            (model::StepKind::Split(split), StepKind::Split(to)) => {
                for (arm, to) in split.arms.iter().zip(&mut to.arms) {
                    block(&arm.steps, &mut to.steps, marks, Place::Inside(span));
                }
            }
            (model::StepKind::Repeat(repeat), StepKind::Repeat(to)) => block(&repeat.steps, &mut to.steps, marks, Place::Inside(span)),
            _ => {}
        }
        out.push(step);
        out.extend(behind);
    }
    *lowered = out;
}
