//! F605: a guarantee that does not hold.

use super::super::context::Context;
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F605", "a guarantee does not hold");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| {
        let suspicion = super::suspicion(decided).filter(|_| !super::counts_messages(decided.guarantee.kind.as_ref()))?;
        Some(super::fails(context, CODE, decided, suspicion))
    });
}
