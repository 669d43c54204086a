//! What a test hands over: values that stand in it.

use crate::{
    ast::{self, Arg, ArithmeticOp, DateTime, ValueKind},
    ruleset::{Property, Type},
    runtime::{Value, parse_instant},
    units::Number,
};
use jiff::tz::TimeZone;

/// An instant as a test writes it, in a zone unless it says UTC.
pub(super) fn instant(time: DateTime, zone: &TimeZone) -> Option<i64> {
    let zone = if time.utc { &TimeZone::UTC } else { zone };
    parse_instant(&format!("{} {:0>5}", time.date, time.clock.to_string()), zone)
}

/// The value of a type that is written here; nothing where it is none that a test can know.
pub(super) fn value(written: &ast::Value, ty: &Type, zone: &TimeZone) -> Option<Value> {
    match (ty, &written.kind) {
        (Type::Number, _) => number(written).map(Value::Number),
        (Type::Text, ValueKind::Text(text)) => Some(Value::Text(text.value.to_string())),
        // The message of `clicked(message: welcome)`.
        (Type::Text, ValueKind::Word(word)) => Some(Value::Text(word.text.to_string())),
        (Type::Flag, ValueKind::Flag(flag)) => Some(Value::Flag(*flag)),
        (Type::Date, ValueKind::Date(date)) => Some(Value::Date(*date)),
        (Type::Time, ValueKind::Time(time)) => instant(*time, zone).map(Value::Time),
        (Type::Time, ValueKind::Date(date)) => parse_instant(&format!("{date} 00:00"), zone).map(Value::Time),
        (Type::OneOf(_), ValueKind::Word(word)) => Some(Value::Choice(word.text.to_string())),
        (Type::List, ValueKind::List(items)) => {
            let text = |item: &ast::Value| value(item, &Type::Text, zone).and_then(|value| value.as_text().map(str::to_owned));
            items.iter().map(text).collect::<Option<_>>().map(Value::List)
        }
        (Type::Text | Type::Flag | Type::Date | Type::Time | Type::OneOf(_) | Type::List, _) => None,
    }
}

fn number(written: &ast::Value) -> Option<Number> {
    match &written.kind {
        ValueKind::Number(number) => Some(*number),
        ValueKind::Negate(inner) => number(inner)?.checked_neg(),
        ValueKind::Arithmetic { op, left, right } => {
            let (left, right) = (number(left)?, number(right)?);
            match op {
                ArithmeticOp::Add => left.checked_add(right),
                ArithmeticOp::Subtract => left.checked_sub(right),
                ArithmeticOp::Multiply => left.checked_mul(right),
                ArithmeticOp::Divide => left.checked_div(right),
            }
        }
        ValueKind::Text(_)
        | ValueKind::Flag(_)
        | ValueKind::Date(_)
        | ValueKind::Time(_)
        | ValueKind::Duration(_)
        | ValueKind::Word(_)
        | ValueKind::Path { .. }
        | ValueKind::List(_)
        | ValueKind::Aggregate(_)
        | ValueKind::TimeSince(_)
        | ValueKind::Broken => None,
    }
}

/// The values of arguments, by name; the place of one that a test cannot know.
pub(super) fn arguments(
    args: Option<&Vec<Arg>>,
    declared: &[Property],
    zone: &TimeZone,
) -> Result<Vec<(String, Value)>, crate::source::Span> {
    let one = |arg: &Arg| {
        let ty = declared.iter().find(|property| property.name == arg.name.text).map(|property| &property.ty);
        let value = ty.and_then(|ty| value(&arg.value, ty, zone)).ok_or(arg.value.span)?;
        Ok((arg.name.text.to_string(), value))
    };
    args.into_iter().flatten().map(one).collect()
}
