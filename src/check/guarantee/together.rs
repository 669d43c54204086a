//! F803: funnels that together send more than is promised, each of which alone does not.

use super::super::context::Context;
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F803", "funnels together send more than promised");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| {
        let suspicion = super::suspicion(decided).filter(|it| super::counts_messages(decided.guarantee.kind.as_ref()) && it.together)?;
        let finding = super::fails(context, CODE, decided, suspicion);
        Some(finding.note("none of the funnels does so alone"))
    });
}
