//! F611: a clock time that some day does not have.
//!
//! Fires at a clock time as written (`wait until 02:30`, `every day at 02:30`, `… at 02:30` of an instant, a written date
//! with a time) where the program's own `timezone` has, within 28 years, a day on which the clock jumps over that time,
//! and the wait or schedule can fall on that day: a gap on Sundays says nothing against `every monday at 02:30`. The day is
//! named: the first one from `--as-of` on, without it from 2026 on. Definite for contacts in that zone; other zones, 00:00 of
//! a date, and quiet hours (which only end later) are silent.

use super::super::context::Context;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{ConditionKind, Instant, Literal, Schedule, StepKind, TermKind, Wait},
    source::Span,
    units::{Clock, Date, Weekday},
};
use jiff::{
    Timestamp,
    civil::{self, DateTime},
    tz::TimeZone,
};
use std::{cell::OnceCell, collections::BTreeSet};

pub const CODE: Code = Code::warning("F611", "a clock time that some day does not have");

/// Calendars repeat themselves after so many years.
const YEARS: i16 = 28;
/// Where to look from without `--as-of`.
const FIRST_YEAR: i16 = 2026;

/// The clock shows `from`, and a moment later `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Gap {
    from: DateTime,
    to: DateTime,
}

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    // Most programs name no time of the clock, and a zone's days are many.
    let all: OnceCell<Vec<Gap>> = OnceCell::new();
    let zone = || TimeZone::get(&context.model.timezone).ok();
    let gaps = || all.get_or_init(|| zone().map(|zone| gaps(&zone, context.settings.as_of)).unwrap_or_default());
    let mut told = BTreeSet::new();
    let mut tell = |span: Span, clock: Clock, fits: &dyn Fn(civil::Date) -> bool| {
        let gap = gaps().iter().find(|gap| {
            let at = gap.from.date().to_datetime(clock.civil());
            let next = gap.to.date().to_datetime(clock.civil());
            [at, next].iter().any(|at| gap.from <= *at && *at < gap.to && fits(at.date()))
        });
        if let Some(gap) = gap.filter(|_| told.insert(span)) {
            found.push(finding(context, span, clock, *gap));
        }
    };
    context.each_condition(&mut |condition| {
        condition.each_atom(true, &mut |atom, _| match &atom.kind {
            ConditionKind::Every { schedule, at } => tell(atom.span, *at, &|day| falls_on(schedule, day)),
            ConditionKind::Reaches { instant, .. } => instants(instant, &mut tell),
            _ => {}
        });
    });
    context.each_step(&mut |_, step| match &step.kind {
        StepKind::Wait(Wait::Clock { weekday, at }) => tell(step.span, *at, &|day| weekday.is_none_or(|wanted| is_weekday(wanted, day))),
        StepKind::Wait(Wait::Instant { instant, .. }) => instants(instant, &mut tell),
        _ => {}
    });
}

type Tell<'t> = dyn FnMut(Span, Clock, &dyn Fn(civil::Date) -> bool) + 't;

fn instants(instant: &Instant, tell: &mut Tell<'_>) {
    let written = match &instant.base.kind {
        TermKind::Literal(Literal::Date(date)) => Some((*date, None)),
        TermKind::Literal(Literal::Time(time)) if !time.utc => Some((time.date, Some(time.clock))),
        _ => None,
    };
    match (instant.at, written) {
        // A written day with a time of its own is known exactly; with an offset it is another day.
        (Some(at), Some((date, _))) if instant.offset.is_none() => tell(instant.span, at, &|day| day == date.civil()),
        (Some(at), _) => tell(instant.span, at, &|_| true),
        (None, Some((date, Some(clock)))) => tell(instant.span, clock, &|day| day == date.civil()),
        (None, _) => {}
    }
}

fn falls_on(schedule: &Schedule, day: civil::Date) -> bool {
    match schedule {
        Schedule::Day | Schedule::Year(_) => true,
        Schedule::Week(weekday) => is_weekday(*weekday, day),
        Schedule::Month(number) => {
            let last = u32::from(day.days_in_month().unsigned_abs());
            u32::from(day.day().unsigned_abs()) == (*number).min(last)
        }
    }
}

fn is_weekday(wanted: Weekday, day: civil::Date) -> bool {
    let index = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
    Weekday::ALL.get(index) == Some(&wanted)
}

/// The gaps of a zone's clock, by time.
fn gaps(zone: &TimeZone, as_of: Option<Date>) -> Vec<Gap> {
    let first = as_of.map_or_else(|| civil::Date::new(FIRST_YEAR, 1, 1), |date| Ok(date.civil()));
    let Some(start) = first.ok().and_then(|first| TimeZone::UTC.to_timestamp(first.to_datetime(civil::Time::midnight())).ok()) else {
        return Vec::new();
    };
    let last = TimeZone::UTC.to_datetime(start).year().saturating_add(YEARS);
    let mut before = zone.to_offset(start);
    let mut found = Vec::new();
    for transition in zone.following(start) {
        let at: Timestamp = transition.timestamp();
        if TimeZone::UTC.to_datetime(at).year() >= last {
            break;
        }
        let after = transition.offset();
        if after > before {
            found.push(Gap { from: before.to_datetime(at), to: after.to_datetime(at) });
        }
        before = after;
    }
    found
}

fn finding(context: &Context<'_>, span: Span, clock: Clock, gap: Gap) -> Diagnostic {
    let zone = &context.model.timezone;
    let time = |at: DateTime| format!("{:02}:{:02}", at.hour(), at.minute());
    let (from, to) = (time(gap.from), time(gap.to));
    let day = Date::from_civil(gap.from.date());
    Diagnostic::new(CODE, span, format!("there is no {clock} on {day} in `{zone}`: the clock goes from {from} to {to}"))
        .at("at a time that is left out once a year or so")
        .note(format!("on such a day this happens at {to}, together with all that is meant for {to}"))
        .help(format!("choose a time before {from}, or {to} and later"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_gap(zone: &str, as_of: &str) -> Option<(String, String)> {
        let zone = TimeZone::get(zone).expect("it is in the bundle");
        gaps(&zone, as_of.parse().ok()).first().map(|gap| (gap.from.to_string(), gap.to.to_string()))
    }

    #[test]
    fn the_days_on_which_the_clock_jumps() {
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(first_gap("Europe/Berlin", "2026-01-01"), pair("2026-03-29T02:00:00", "2026-03-29T03:00:00"));
        assert_eq!(first_gap("Europe/Berlin", "2026-03-30"), pair("2027-03-28T02:00:00", "2027-03-28T03:00:00"));
        assert_eq!(first_gap("America/New_York", "2026-01-01"), pair("2026-03-08T02:00:00", "2026-03-08T03:00:00"));
        assert_eq!(first_gap("Australia/Lord_Howe", "2026-01-01"), pair("2026-10-04T02:00:00", "2026-10-04T02:30:00"));
        assert_eq!(first_gap("Asia/Kolkata", "2026-01-01"), None);
        assert_eq!(first_gap("UTC", "2026-01-01"), None);
    }
}
