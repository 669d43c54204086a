//! F607: a guarantee that cannot be decided.

use super::{super::context::Context, verdict::Verdict};
use crate::diag::{Code, Diagnostics};

pub const CODE: Code = Code::warning("F607", "a guarantee is not decided");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    super::each(context, found, &|decided| match &decided.verdict {
        Verdict::Open(doubt) => Some(super::open(context, decided, doubt)),
        Verdict::Holds(_) | Verdict::Fails(_) => None,
    });
}
