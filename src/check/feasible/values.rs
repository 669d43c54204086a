//! Tests of one value against constants.

use crate::{
    model::{CompareOp, ConditionKind, DateTime, Literal, Term, TermKind, TextTest},
    units::{Date, Number},
};
use smol_str::SmolStr;

/// A constant that values are compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(Number),
    Text(SmolStr),
    Word(SmolStr),
    Flag(bool),
    Date(Date),
    /// By the contact's clock, or in UTC.
    Time(bool, Date, u8, u8),
}

/// What a value is asked for. Every one but `Missing` is false of a missing value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Compare(CompareOp, Value),
    In(Vec<Value>),
    Text(TextTest, SmolStr),
    Known,
    Missing,
}

fn value_of(it: &Term) -> Option<Value> {
    let TermKind::Literal(literal) = &it.kind else { return None };
    Some(match literal {
        Literal::Number(number) => Value::Number(*number),
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::Choice(word) => Value::Word(word.clone()),
        Literal::Flag(flag) => Value::Flag(*flag),
        Literal::Date(date) => Value::Date(*date),
        Literal::Time(DateTime { date, clock, utc }) => Value::Time(*utc, *date, clock.hour, clock.minute),
        Literal::List(_) | Literal::Duration(_) => return None,
    })
}

/// The test a condition makes of a value, or of its opposite where it must not hold. The opposite of a comparison is a
/// comparison only where the value cannot be missing.
pub(super) fn test_of(it: &ConditionKind, holds: bool) -> Option<(&Term, Test)> {
    match it {
        ConditionKind::Compare { left, op, right } => {
            let (term, op, value) = match (value_of(left), value_of(right)) {
                (None, Some(value)) => (left, *op, value),
                (Some(value), None) => (right, mirrored(*op), value),
                (Some(_), Some(_)) | (None, None) => return None,
            };
            match holds {
                true => Some((term, Test::Compare(op, value))),
                false if !term.optional && matches!(term.kind, TermKind::Attribute(_)) => Some((term, Test::Compare(opposite(op), value))),
                false => None,
            }
        }
        ConditionKind::In { left, list } if holds => {
            let values = list.iter().map(value_of).collect::<Option<Vec<_>>>()?;
            Some((left, Test::In(values)))
        }
        ConditionKind::Text { left, test, right } if holds && left.ty == crate::model::Type::Text => match value_of(right)? {
            Value::Text(text) => Some((left, Test::Text(*test, text))),
            Value::Number(_) | Value::Word(_) | Value::Flag(_) | Value::Date(_) | Value::Time(..) => None,
        },
        _ => None,
    }
}

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::Equal,
        CompareOp::NotEqual => CompareOp::NotEqual,
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
    }
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::NotEqual,
        CompareOp::NotEqual => CompareOp::Equal,
        CompareOp::Less => CompareOp::GreaterOrEqual,
        CompareOp::LessOrEqual => CompareOp::Greater,
        CompareOp::Greater => CompareOp::LessOrEqual,
        CompareOp::GreaterOrEqual => CompareOp::Less,
    }
}

impl Test {
    /// Whether a known value passes. Values of different kinds are never compared, so they pass.
    pub(super) fn allows(&self, value: &Value) -> bool {
        match self {
            Self::Compare(_, with) if std::mem::discriminant(with) != std::mem::discriminant(value) => true,
            Self::Compare(_, Value::Time(utc, ..)) if matches!(value, Value::Time(other, ..) if other != utc) => true,
            Self::Compare(op, with) => match op {
                CompareOp::Equal => value == with,
                CompareOp::NotEqual => value != with,
                CompareOp::Less => value < with,
                CompareOp::LessOrEqual => value <= with,
                CompareOp::Greater => value > with,
                CompareOp::GreaterOrEqual => value >= with,
            },
            Self::In(list) => list.iter().any(|with| with == value),
            Self::Text(test, part) => match value {
                Value::Text(text) => match test {
                    TextTest::Contains => text.contains(part.as_str()),
                    TextTest::StartsWith => text.starts_with(part.as_str()),
                    TextTest::EndsWith => text.ends_with(part.as_str()),
                },
                Value::Number(_) | Value::Word(_) | Value::Flag(_) | Value::Date(_) | Value::Time(..) => true,
            },
            Self::Known => true,
            Self::Missing => false,
        }
    }
}

/// Whether no value passes both tests.
pub(super) fn clash_of(a: &Test, b: &Test) -> bool {
    match (a, b) {
        (Test::Missing, Test::Missing) => false,
        (Test::Missing, _) | (_, Test::Missing) => true,
        (Test::Known, _) | (_, Test::Known) => false,
        (Test::Compare(CompareOp::Equal, value), other) | (other, Test::Compare(CompareOp::Equal, value)) => !other.allows(value),
        (Test::In(list), other) | (other, Test::In(list)) => !list.iter().any(|value| other.allows(value)),
        (Test::Compare(a, x), Test::Compare(b, y)) => apart(*a, x, *b, y) || apart(*b, y, *a, x),
        (Test::Text(TextTest::StartsWith, x), Test::Text(TextTest::StartsWith, y)) => {
            !x.starts_with(y.as_str()) && !y.starts_with(x.as_str())
        }
        (Test::Text(TextTest::EndsWith, x), Test::Text(TextTest::EndsWith, y)) => !x.ends_with(y.as_str()) && !y.ends_with(x.as_str()),
        (Test::Text(..), Test::Text(..) | Test::Compare(..)) | (Test::Compare(..), Test::Text(..)) => false,
    }
}

/// Whether a lower bound `low` lies above an upper bound `high`. Numbers have six digits and no more between them.
fn apart(above: CompareOp, low: &Value, below: CompareOp, high: &Value) -> bool {
    let strict_low = match above {
        CompareOp::Greater => true,
        CompareOp::GreaterOrEqual => false,
        CompareOp::Equal | CompareOp::NotEqual | CompareOp::Less | CompareOp::LessOrEqual => return false,
    };
    let strict_high = match below {
        CompareOp::Less => true,
        CompareOp::LessOrEqual => false,
        CompareOp::Equal | CompareOp::NotEqual | CompareOp::Greater | CompareOp::GreaterOrEqual => return false,
    };
    match (low, high) {
        (Value::Number(low), Value::Number(high)) => {
            let low = i128::from(low.millionths()) + i128::from(strict_low);
            let high = i128::from(high.millionths()) - i128::from(strict_high);
            low > high
        }
        (Value::Time(a, ..), Value::Time(b, ..)) if a != b => false,
        _ if std::mem::discriminant(low) != std::mem::discriminant(high) => false,
        _ => low > high || (low == high && (strict_low || strict_high)),
    }
}
