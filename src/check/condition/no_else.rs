//! F509: an `else` that nobody gets to.

use super::{
    super::context::{Context, listed},
    sites::Verdicts,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::{Answer, Moment, Question},
};

pub const CODE: Code = Code::warning("F509", "an `else` that nobody gets to");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut verdicts = Verdicts::default();
    for arms in &context.sites().arms {
        let Some(otherwise) = arms.otherwise else { continue };
        let quiet = || Question::new().at(Moment::Quiet);
        let question = arms.arms.iter().copied().fold(quiet(), Question::fails);
        // A branch that is always taken is a finding by itself.
        let alone = || arms.arms.iter().any(|it| !context.solver.can_be(&quiet().fails(it)));
        if context.solver.can_be(&question) || alone() {
            verdicts.add(arms.span, None);
            continue;
        }
        let Answer::Impossible(core) = context.solver.decide(&question) else { continue };
        let cover: Vec<_> =
            arms.arms.iter().enumerate().filter(|(n, _)| core.words.iter().any(|it| it.part == *n)).map(|(_, it)| it).collect();
        let quotes: Vec<String> = cover.iter().map(|it| context.quote(it.span)).collect();
        let place = otherwise.first().map_or(arms.span, |it| it.span);
        let message = format!("nobody gets to this `else`: {} together take everybody", listed(&quotes, "and"));
        let finding =
            cover.iter().fold(Diagnostic::new(CODE, place, message).at("never done"), |finding, it| finding.label(it.span, "taken first"));
        verdicts.add(arms.span, Some(finding.help("take the `else` out, or put `else` in the place of the last branch")));
    }
    verdicts.report(found);
}
