//! Constants and comparisons as sets of values.

use super::{
    set::{Key, ValueSet},
    var::number_of,
};
use crate::{
    model::{CompareOp, DateTime, Literal, Model, TermKind, Type},
    units::Date,
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// The key of a constant where the other side has type `ty`; `None` for lists and for what has no place in the order.
/// A time on the contact's clock is counted as if the clock were that of UTC.
pub(super) fn key_of(constant: &TermKind, ty: &Type) -> Option<Key> {
    match constant {
        TermKind::Literal(literal) => key_of_literal(literal, ty),
        TermKind::Message(id) => Some(Key::Int(number_of(*id))),
        _ => None,
    }
}

/// The key of a literal of type `ty`.
pub(super) fn key_of_literal(literal: &Literal, ty: &Type) -> Option<Key> {
    Some(match literal {
        Literal::Text(text) => Key::Text(text.clone()),
        Literal::Number(number) => Key::Int(number.millionths()),
        Literal::Flag(flag) => Key::Int(i64::from(*flag)),
        Literal::Date(date) if *ty == Type::Time => Key::Int(date.days().checked_mul(DAY_MS)?),
        Literal::Date(date) => Key::Int(date.days()),
        Literal::Time(time) => Key::Int(clock_ms(time)),
        Literal::Choice(word) => match ty {
            Type::OneOf(words) => Key::Int(i64::try_from(words.iter().position(|it| it == word)?).ok()?),
            _ => Key::Text(word.clone()),
        },
        Literal::Duration(ms) => Key::Int(*ms),
        Literal::List(_) => return None,
    })
}

/// A time in milliseconds, as if its clock were that of UTC.
pub(super) fn clock_ms(time: &DateTime) -> i64 {
    let minutes = i64::from(time.clock.hour) * 60 + i64::from(time.clock.minute);
    time.date.days() * DAY_MS + minutes * MINUTE_MS
}

/// The days whose first instant compares so with a time on the same clock.
pub(super) fn days_compared(op: CompareOp, time: &DateTime) -> ValueSet {
    let (day, midnight) = (time.date.days(), time.clock.hour == 0 && time.clock.minute == 0);
    match (op, midnight) {
        (_, true) => compared(op, &Key::Int(day)),
        // The first instant of that day lies before the time, that of the next behind it.
        (CompareOp::Equal, false) => ValueSet::NONE,
        (CompareOp::NotEqual, false) => ValueSet::KNOWN,
        (CompareOp::Less | CompareOp::LessOrEqual, false) => compared(CompareOp::LessOrEqual, &Key::Int(day)),
        (CompareOp::Greater | CompareOp::GreaterOrEqual, false) => compared(CompareOp::Greater, &Key::Int(day)),
    }
}

/// The values that compare so with a constant; a missing one never does.
pub(super) fn compared(op: CompareOp, with: &Key) -> ValueSet {
    let above = || with.next().map_or(ValueSet::NONE, ValueSet::at_least);
    match op {
        CompareOp::Equal => ValueSet::one(with.clone()),
        CompareOp::NotEqual => ValueSet::one(with.clone()).complement().known(),
        CompareOp::Less => ValueSet::below(with.clone()),
        CompareOp::LessOrEqual => above().complement().known(),
        CompareOp::Greater => above(),
        CompareOp::GreaterOrEqual => ValueSet::at_least(with.clone()),
    }
}

/// Every value of a type, without a missing one.
pub(super) fn values_of(model: &Model, ty: &Type) -> ValueSet {
    let ints = |low: i64, high: i64| ValueSet::between(Some(Key::Int(low)), Some(Key::Int(high)));
    let places = |count: usize| ints(0, i64::try_from(count).unwrap_or(i64::MAX));
    match ty {
        Type::Text | Type::List | Type::Unknown => ValueSet::at_least(Key::Text("".into())),
        Type::Number | Type::Time => ValueSet::at_least(Key::Int(i64::MIN)),
        Type::Duration => ValueSet::at_least(Key::Int(0)),
        Type::Date => ints(day(1, 1, 1), day(9999, 12, 31) + 1),
        Type::Flag => ints(0, 2),
        Type::OneOf(words) => places(words.len()),
        Type::Message => places(model.messages.len()),
    }
}

fn day(year: i16, month: i8, day: i8) -> i64 {
    Date::new(year, month, day).map_or(0, Date::days)
}
