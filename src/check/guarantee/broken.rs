//! F701: a guarantee on how many messages go out does not hold.

use super::super::context::Context;
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::error("F701", "more messages than promised");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| {
        let suspicion = super::suspicion(decided).filter(|it| super::counts_messages(decided.guarantee.kind.as_ref()) && !it.together)?;
        Some(super::fails(context, CODE, decided, suspicion))
    });
}
