//! F606: a guarantee that holds.

use super::super::context::Context;
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::information("F606", "a guarantee holds");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| {
        let proof = super::proof(decided).filter(|_| !super::counts_messages(decided.guarantee.kind.as_ref()))?;
        Some(super::holds(context, CODE, decided, proof))
    });
}
