//! F511: what has happened contradicts itself.

use super::{
    super::context::Context,
    never::{clashing, report},
};
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F511", "a history that contradicts itself");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    report(context, found, true, |site, dead| {
        let role = if dead.whole { site.role.never() } else { "this side of the condition is never true" };
        clashing(context, CODE, dead.span, &format!("{role}: {}", dead.clash.reason), &dead.clash)
            .note(
                "what happened within a time also happened within any longer time, and each event with a `where` is one of all such events",
            )
            .help("widen the shorter time, narrow the longer one, or take one of them out")
    });
}
