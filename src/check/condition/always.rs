//! F502: a condition that is true for everybody.

use super::{
    super::context::Context,
    sites::{Role, Verdicts},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::Question,
};

pub const CODE: Code = Code::warning("F502", "a condition that is always true");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut verdicts = Verdicts::default();
    for site in &context.sites().conditions {
        let question = Question::new().fails(site.condition).at(site.moment);
        let always = !context.solver.can_be_in_model(&question);
        let finding = always.then(|| {
            let written = context.quote(site.condition.span);
            Diagnostic::new(CODE, site.condition.span, format!("{}: {written} is true whoever the contact is", site.role.always()))
                .at("always true")
                .help(match site.role {
                    Role::Door | Role::Start | Role::Wait => "take it out if everybody is meant, or write who is",
                    Role::Branch => "write what is in the branch without `if`, or write who is meant",
                    Role::Until => "take the repetition out, or write when it should end",
                    Role::Segment => "write who belongs to it",
                })
        });
        verdicts.add(site.condition.span, finding);
    }
    verdicts.report(found);
}
