//! F607: a guarantee that this version cannot decide.

use super::super::context::Context;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::Model,
};

pub const CODE: Code = Code::information("F607", "a guarantee is not decided");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    found.extend(undecided(context.model));
}

/// The guarantees of a model, each as not decided.
#[must_use]
pub fn undecided(model: &Model) -> Diagnostics {
    let funnels = model.funnels.values().flat_map(|funnel| &funnel.guarantees);
    funnels
        .chain(&model.guarantees)
        .filter(|guarantee| guarantee.kind.is_some())
        .map(|guarantee| {
            Diagnostic::new(CODE, guarantee.span, "this guarantee is not decided yet")
                .at("read and kept, neither proved nor refuted")
                .note("this version of funnelc checks that its names exist, and carries it into the rule set")
                .help("a `test` can show for one contact at a time that it holds")
        })
        .collect()
}
