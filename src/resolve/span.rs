//! Durations and counts that must be something, and not too much.

use super::{F005, F604, Resolver};
use crate::{
    ast::Spanned,
    diag::Diagnostic,
    units::{Duration, MS_MAX},
};

impl Resolver<'_> {
    /// The length of a duration in milliseconds, after a look at its size.
    pub(super) fn milliseconds(&mut self, duration: &Spanned<Duration>) -> i64 {
        let ms = duration.it.milliseconds();
        if ms <= 0 {
            self.report(
                Diagnostic::new(F604, duration.span, format!("`{}` is no time at all", duration.it))
                    .help("say how long, such as `1 hour`, or leave it out"),
            );
        } else if ms > MS_MAX {
            self.too_long(duration.span, &duration.it.to_string());
        }
        ms
    }

    /// A number of calendar days, after a look at its size.
    pub(super) fn calendar_days(&mut self, days: &Spanned<u32>) -> u32 {
        if days.it == 0 {
            self.report(
                Diagnostic::new(F604, days.span, "`0 calendar days` is no time at all")
                    .help("say how many days, such as `1 calendar day`, or leave the wait out"),
            );
        } else if i64::from(days.it) > MS_MAX / 86_400_000 {
            self.too_long(days.span, &format!("{} calendar days", days.it));
        }
        days.it
    }

    fn too_long(&mut self, span: crate::source::Span, written: &str) {
        self.report(
            Diagnostic::new(F604, span, format!("`{written}` is more than ten years, longer than any funnel should wait"))
                .help("at most `3653 days` can be said"),
        );
    }

    /// A count that must be at least one; `what` says what it counts.
    pub(super) fn at_least_one(&mut self, count: &Spanned<u32>, what: &str) -> u32 {
        if count.it == 0 {
            self.report(
                Diagnostic::new(F005, count.span, format!("`0` {what} means never, and then the line says nothing"))
                    .help("write `1` or more, or take the line out"),
            );
        }
        count.it
    }
}
