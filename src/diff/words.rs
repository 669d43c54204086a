//! Lists, lengths of time, shares and places in words.

use super::ways::From;
use crate::{
    ruleset::{Instant, Literal, OffsetSide, StepKind, Term},
    units::{Duration, Number, Weekday},
};

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Names in backticks, as a list.
pub(super) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    listed(&names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
}

/// A length of time.
pub(super) fn time(ms: i64) -> String {
    Duration::from_milliseconds(ms).to_string()
}

/// A length of time beside another one: without the unit where both have the same.
pub(super) fn instead_of(ms: i64, other_ms: i64) -> String {
    let (one, other) = (Duration::from_milliseconds(ms), Duration::from_milliseconds(other_ms));
    if one.unit == other.unit { one.amount.to_string() } else { one.to_string() }
}

/// A share in percent.
pub(super) fn share(millionths: u32) -> String {
    format!("{}%", Number::from_millionths(i64::from(millionths) * 100))
}

/// Once, twice, three times.
pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Places that ways lead from.
pub(super) fn from(places: &[From]) -> String {
    let words = places.iter().map(|place| match place {
        From::Outside => "outside".to_owned(),
        From::Stage(name) => format!("`{name}`"),
        From::Anywhere => "any stage".to_owned(),
    });
    listed(&words.collect::<Vec<_>>())
}

/// How long a step waits: `3 days`, `2 calendar days`, `until 09:00`; nothing for steps that do not wait by the clock alone.
pub(super) fn wait(kind: &StepKind) -> Option<String> {
    Some(match kind {
        StepKind::WaitMs(ms) => time(*ms),
        StepKind::WaitCalendarDays(wait) if wait.days == 1 => "1 calendar day".to_owned(),
        StepKind::WaitCalendarDays(wait) => format!("{} calendar days", wait.days),
        StepKind::WaitClock(wait) => match wait.weekday {
            None => format!("until {}", wait.at),
            Some(day) => format!("until {} at {}", weekday(day), wait.at),
        },
        StepKind::WaitInstant(wait) => format!("until {}", instant(&wait.instant)),
        StepKind::WaitUntil(_)
        | StepKind::WaitArms(_)
        | StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::If { .. }
        | StepKind::Split(_)
        | StepKind::Repeat(_)
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Stop {} => return None,
    })
}

fn weekday(day: Weekday) -> String {
    format!("{day:?}").to_lowercase()
}

fn instant(it: &Instant) -> String {
    let base = term(&it.base);
    let offset = it.offset.map_or(String::new(), |offset| {
        let side = match offset.side {
            OffsetSide::Before => "before",
            OffsetSide::After => "after",
        };
        format!("{} {side} ", time(offset.by_ms))
    });
    let at = it.at.map_or(String::new(), |at| format!(" at {at}"));
    format!("{offset}{base}{at}")
}

/// A value as it is written.
pub(super) fn term(it: &Term) -> String {
    match it {
        Term::Literal(value) => literal(value),
        Term::Attribute(name) | Term::Property(name) | Term::Score(name) | Term::Message(name) => name.clone(),
        Term::Entry(name) => format!("entry.{name}"),
        Term::Latest { event, property } => format!("{event}.{property}"),
        Term::Missing {} => "nothing".to_owned(),
        Term::Aggregate(_) | Term::Arithmetic(_) | Term::Negate(_) => "a calculation".to_owned(),
    }
}

/// A constant as it is written.
pub(super) fn literal(it: &Literal) -> String {
    match it {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Number(number) => number.to_string(),
        Literal::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Literal::Date(date) => date.to_string(),
        Literal::Time(time) => format!("{} {}{}", time.date, time.at, if time.utc { " UTC" } else { "" }),
        Literal::Choice(word) => word.clone(),
        Literal::List(list) => format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", ")),
    }
}
