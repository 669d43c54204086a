//! F603: a date that is past.
//!
//! Silent without `--as-of DATE`. With it, fires at
//! - `before D` where a condition asks that it holds, and D is that day or an earlier one: it can never hold again;
//! - `wait until D …` and the instant of a door or wait that is reckoned from a written date, where its day is earlier:
//!   everybody finds it past.
//!
//! Definite, for contacts of every zone (days are compared, and a day counts as past when it is over, or for `before`
//! when it has begun). `from D on` is silent: that a season has begun is no news; so is `not before D`, for the same reason,
//! and a date that an attribute or property is compared with, which says nothing of now.

use super::super::context::Context;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{ConditionKind, Instant, Literal, OffsetSide, StepKind, TermKind, Wait},
    units::Date,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F603", "a date that is past");

const DAY_MS: i64 = 86_400_000;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let Some(today) = context.settings.as_of else { return };
    let mut told = BTreeSet::new();
    context.each_condition(&mut |condition| {
        condition.each_atom(true, &mut |atom, holds| {
            let finding = match &atom.kind {
                ConditionKind::Before(date) if holds && *date <= today => Some(
                    Diagnostic::new(
                        CODE,
                        atom.span,
                        format!("{} never holds again: that day is past as of {today}", context.quote(atom.span)),
                    )
                    .at("never holds any more")
                    .note("nobody takes this way any more; what was meant for a season has become dead text, or the year was forgotten")
                    .help("take it out, or write the next date"),
                ),
                ConditionKind::Reaches { instant, past_opens } => past(instant, today).map(|day| {
                    let effect = if *past_opens { "it opens for everybody at once" } else { "it never opens any more" };
                    Diagnostic::new(CODE, atom.span, format!("the day {day} is past as of {today}: {effect}"))
                        .at("an instant that will not come again")
                        .note(format!(
                            "`if past {}` decides for everybody who comes from now on",
                            if *past_opens { "open" } else { "never" }
                        ))
                        .help("take it out, or write the next date")
                }),
                _ => None,
            };
            found.extend(finding.filter(|it| told.insert(it.primary.span)).into_iter().collect());
        });
    });
    context.each_step(&mut |_, step| {
        let StepKind::Wait(Wait::Instant { instant, past_stops }) = &step.kind else { return };
        let Some(day) = past(instant, today).filter(|_| told.insert(step.span)) else { return };
        let (effect, word) = if *past_stops { ("nobody gets past it", "stop") } else { ("nobody waits here any more", "skip") };
        found.push(
            Diagnostic::new(CODE, step.span, format!("the day {day} is past as of {today}: {effect}"))
                .at("waits for a day that will not come again")
                .note(format!("`if past {word}` decides for everybody who comes here from now on"))
                .help("take the wait out with what was meant for that day, or write the next date"),
        );
    });
}

/// The day of an instant that is reckoned from a written date, if it is over before `today`.
fn past(instant: &Instant, today: Date) -> Option<Date> {
    let date = match &instant.base.kind {
        TermKind::Literal(Literal::Date(date)) => *date,
        // A time in UTC may fall on the next day of a zone.
        TermKind::Literal(Literal::Time(time)) if time.utc => Date::from_civil(time.date.civil().tomorrow().ok()?),
        TermKind::Literal(Literal::Time(time)) => time.date,
        _ => return None,
    };
    let (shown, latest) = instant.offset.map_or((0, 0), |offset| {
        let days = offset.by_ms / DAY_MS;
        match offset.side {
            OffsetSide::Before => (-days, -days),
            // Part of a day may reach into the next one, and so may the hour that a clock is set forward by.
            OffsetSide::After => (days, days + i64::from(offset.by_ms % DAY_MS != 0) + 1),
        }
    });
    let day = |days: i64| date.civil().checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Date::from_civil);
    (day(latest)? < today).then(|| day(shown)).flatten()
}
