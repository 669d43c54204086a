//! Tests in other zones, and over nights in which clocks are changed.
//!
//! A test is repeated with contacts of each zone of [`ZONES`]: as it is dated, and with all its dates moved by whole days (whole
//! weeks where that will do, so that weekdays stay) so that it lasts over the next time at which the clock is set forward there,
//! and back. A test that is over before the night comes is not moved.
//! Readings: a test that says itself in which zone its contact is keeps it, and is moved over the changes of that zone; dates
//! in values (`due: 2026-03-05`) move along; dates in the program do not.

use super::{Case, value};
use crate::{
    ast::{Arg, DateTime, Expectation, Given, TestItem, Value, ValueKind},
    units::Date,
};
use jiff::{Timestamp, tz::TimeZone};

const DAY_MS: i64 = 86_400_000;

/// The zones, and why each is among them.
pub const ZONES: &[(&str, &str)] = &[
    ("UTC", "no offset, no change"),
    ("Europe/Berlin", "most of Europe: an hour at night, in March and October"),
    ("Europe/London", "the clock of UTC in winter only"),
    ("America/New_York", "behind UTC, changes on other Sundays than Europe"),
    ("America/Sao_Paulo", "behind UTC, no change any more"),
    ("America/St_Johns", "half an hour off, and changes"),
    ("Asia/Kolkata", "half an hour off, no change"),
    ("Australia/Lord_Howe", "changes by half an hour, in the south"),
    ("Pacific/Chatham", "three quarters of an hour off, changes in the south"),
    ("Pacific/Kiritimati", "the first to have a new day, 14 hours ahead"),
];

/// A test in a zone.
#[derive(Clone, Debug)]
pub struct Repetition {
    /// The zone of contacts whose own is unknown.
    pub zone: String,
    /// Where and when: `Europe/Berlin, over 2026-03-29 when the clock is set forward`.
    pub label: String,
    /// Whether its dates are moved.
    pub is_moved: bool,
    /// The test.
    pub case: Case,
}

/// The repetitions of a test, zone by zone; for a test that is in a zone by itself, those of that zone.
#[must_use]
pub fn repetitions(case: &Case) -> Vec<Repetition> {
    match own_zone(case) {
        Some(own) => in_zone(case, &own),
        None => ZONES.iter().flat_map(|(zone, _)| in_zone(case, zone)).collect(),
    }
}

fn in_zone(case: &Case, zone: &str) -> Vec<Repetition> {
    let mut all = vec![Repetition { zone: zone.to_owned(), label: zone.to_owned(), is_moved: false, case: case.clone() }];
    let Ok(rules) = TimeZone::get(zone) else { return all };
    let Some((begin_ms, end_ms)) = span(case, &rules) else { return all };
    for forward in [true, false] {
        let Some(change_ms) = next_change(&rules, begin_ms, forward) else { continue };
        let Some(days) = shift((begin_ms, end_ms), change_ms) else { continue };
        let Some(moved) = moved(case, days) else { continue };
        let day = Timestamp::from_millisecond(change_ms).map(|at| at.to_zoned(rules.clone()).date().to_string()).unwrap_or_default();
        let way = if forward { "forward" } else { "back" };
        all.push(Repetition {
            zone: zone.to_owned(),
            label: format!("{zone}, over {day} when the clock is set {way}"),
            is_moved: true,
            case: moved,
        });
    }
    all
}

/// The zone that a test gives its contact.
fn own_zone(case: &Case) -> Option<String> {
    let text = |value: &Value| if let ValueKind::Text(text) = &value.kind { Some(text.value.to_string()) } else { None };
    case.test.body.items.iter().find_map(|node| match &node.it {
        TestItem::Given(parts) => parts.iter().find_map(|part| match part {
            Given::Attribute { attribute, value } if attribute.text == "timezone" => text(value),
            Given::Attribute { .. } | Given::Split { .. } => None,
        }),
        TestItem::Event { event, args: Some(args) } if event.text == "identify" => {
            args.iter().find(|arg| arg.name.text == "timezone").and_then(|arg| text(&arg.value))
        }
        TestItem::Event { .. }
        | TestItem::At(_)
        | TestItem::After(_)
        | TestItem::RecordAt { .. }
        | TestItem::Expect(_)
        | TestItem::Note(_)
        | TestItem::Broken(_) => None,
    })
}

/// From the first instant of a test to the last.
fn span(case: &Case, zone: &TimeZone) -> Option<(i64, i64)> {
    let (mut begin_ms, mut now_ms) = (None, None);
    for node in &case.test.body.items {
        match &node.it {
            TestItem::At(time) => now_ms = Some(value::instant(time.it, zone)?),
            TestItem::After(duration) => now_ms = Some(now_ms?.checked_add(duration.it.milliseconds())?),
            TestItem::Given(_)
            | TestItem::Event { .. }
            | TestItem::RecordAt { .. }
            | TestItem::Expect(_)
            | TestItem::Note(_)
            | TestItem::Broken(_) => {}
        }
        begin_ms = begin_ms.or(now_ms);
    }
    Some((begin_ms?, now_ms?))
}

/// When the clock is set forward, or back, next after an instant.
fn next_change(zone: &TimeZone, after_ms: i64, forward: bool) -> Option<i64> {
    let after = Timestamp::from_millisecond(after_ms).ok()?;
    let change = zone.following(after).take(4).find(|change| {
        let before = change.timestamp().checked_sub(jiff::SignedDuration::from_secs(1)).map(|at| zone.to_offset(at).seconds());
        before.is_ok_and(|before| (change.offset().seconds() > before) == forward)
    })?;
    Some(change.timestamp().as_millisecond())
}

/// By how many days a test is to be moved so that a change lies inside it.
fn shift((begin_ms, end_ms): (i64, i64), change_ms: i64) -> Option<i64> {
    let days = (change_ms - begin_ms).div_euclid(DAY_MS);
    // What is moved by days of the calendar begins at the same time of the clock, an hour away at most.
    let lasts = |days: &i64| end_ms + days * DAY_MS > change_ms + DAY_MS / 24 && begin_ms + days * DAY_MS + DAY_MS / 24 < change_ms;
    [days.div_euclid(7) * 7, days].into_iter().find(lasts)
}

/// The test with all its dates so many days later; nothing where that is beyond the calendar.
fn moved(case: &Case, days: i64) -> Option<Case> {
    let mut case = case.clone();
    for node in &mut case.test.body.items {
        match &mut node.it {
            TestItem::Given(parts) => {
                for part in parts {
                    if let Given::Attribute { value, .. } = part {
                        move_value(value, days)?;
                    }
                }
            }
            TestItem::At(time) => move_time(&mut time.it, days)?,
            TestItem::Event { args, .. } => move_args(args.as_mut(), days)?,
            TestItem::RecordAt { time, args, .. } => {
                move_time(&mut time.it, days)?;
                move_args(args.as_mut(), days)?;
            }
            TestItem::Expect(Expectation::Attribute { value, .. }) => move_value(value, days)?,
            TestItem::Expect(Expectation::Sent { args, .. } | Expectation::Did { args, .. }) => move_args(args.as_mut(), days)?,
            TestItem::Expect(
                Expectation::In { .. }
                | Expectation::Outside
                | Expectation::Held { .. }
                | Expectation::Capped { .. }
                | Expectation::Finished { .. },
            )
            | TestItem::After(_)
            | TestItem::Note(_)
            | TestItem::Broken(_) => {}
        }
    }
    Some(case)
}

fn move_args(args: Option<&mut Vec<Arg>>, days: i64) -> Option<()> {
    args.into_iter().flatten().try_for_each(|arg| move_value(&mut arg.value, days))
}

fn move_value(value: &mut Value, days: i64) -> Option<()> {
    match &mut value.kind {
        ValueKind::Date(date) => *date = later(*date, days)?,
        ValueKind::Time(time) => move_time(time, days)?,
        ValueKind::Number(_)
        | ValueKind::Text(_)
        | ValueKind::Flag(_)
        | ValueKind::Duration(_)
        | ValueKind::Word(_)
        | ValueKind::Path { .. }
        | ValueKind::List(_)
        | ValueKind::Negate(_)
        | ValueKind::Arithmetic { .. }
        | ValueKind::Aggregate(_)
        | ValueKind::TimeSince(_)
        | ValueKind::Broken => {}
    }
    Some(())
}

fn move_time(time: &mut DateTime, days: i64) -> Option<()> {
    time.date = later(time.date, days)?;
    Some(())
}

fn later(date: Date, days: i64) -> Option<Date> {
    Date::from_days(date.days().checked_add(days)?)
}
