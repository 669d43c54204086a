//! F702: a guarantee on how many messages go out holds.

use super::super::context::Context;
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::information("F702", "never more messages than promised");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| {
        let proof = super::proof(decided).filter(|_| super::counts_messages(decided.guarantee.kind.as_ref()))?;
        Some(super::holds(context, CODE, decided, proof))
    });
}
