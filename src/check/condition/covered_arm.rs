//! F503: an arm that nobody takes, since the arms before it take everybody it is meant for.

use super::{
    super::{
        context::{Context, listed},
        words::Words,
    },
    sites::{Arms, Verdicts},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::{Answer, Moment, Question},
    model::Condition,
};

pub const CODE: Code = Code::error("F503", "an arm that the arms before it leave nobody for");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut verdicts = Verdicts::default();
    for arms in &context.sites().arms {
        for (place, arm) in arms.arms.iter().enumerate().skip(1) {
            let before = arms.arms.get(..place).unwrap_or(&[]);
            verdicts.add(arm.span, covered(context, arms, before, arm));
        }
    }
    verdicts.report(found);
}

/// What is happening when arms are asked.
pub fn moment(arms: &Arms<'_>) -> Moment {
    if arms.is_if { Moment::Quiet } else { Moment::Any }
}

fn covered<'m>(context: &Context<'m>, arms: &Arms<'_>, before: &[&'m Condition], arm: &'m Condition) -> Option<Diagnostic> {
    let solver = &context.solver;
    let own = || Question::new().holds(arm).at(moment(arms));
    let question = before.iter().copied().fold(own(), Question::fails);
    // Of an arm that is never true in itself another check speaks.
    if solver.can_be_in_model(&question) || !solver.can_be_in_model(&own()) {
        return None;
    }
    let Answer::Impossible(core) = solver.decide(&question) else { return None };
    let cover: Vec<&Condition> =
        before.iter().enumerate().filter(|(n, _)| core.words.iter().any(|it| it.part == n + 1)).map(|(_, it)| *it).collect();
    let quotes: Vec<String> = cover.iter().map(|it| context.quote(it.span)).collect();
    let takes = if cover.len() == 1 { "takes" } else { "together take" };
    let message =
        format!("nobody gets to {}: {} before it {takes} everybody it is meant for", context.quote(arm.span), listed(&quotes, "and"));
    let mut finding = Diagnostic::new(CODE, arm.span, message).at("never taken");
    let mut earlier: Vec<&Condition> = Vec::new();
    for it in cover {
        finding = finding.label(it.span, "taken first");
        let question = earlier.iter().copied().fold(own().holds(it), Question::fails);
        if let Answer::Possible(witness) = solver.decide(&question) {
            let words = Words { solver, model: context.model };
            let sample = words.sample(&witness);
            if !sample.is_empty() {
                finding = finding.note(format!("{} takes, for example, {sample}", context.quote(it.span)));
            }
        }
        earlier.push(it);
    }
    Some(finding.help("put the narrower one first, or take this arm out"))
}
