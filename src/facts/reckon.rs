//! Reckoning with sets of values: what comes out can be more than what there is, never less.

use super::{
    known::{Known, hull},
    words::Words,
};
use crate::{
    logic::{Key, Operand, ValueSet, Var},
    model::{AggregateKind, ArithmeticOp, Literal, Term, TermKind, Type},
};

/// A figure over no event.
pub(super) fn over_nothing(kind: AggregateKind) -> ValueSet {
    match kind {
        AggregateKind::Sum => ValueSet::one(Key::Int(0)),
        AggregateKind::Average | AggregateKind::Highest | AggregateKind::Lowest | AggregateKind::First => ValueSet::MISSING,
    }
}

/// What one side of a calculation can be.
pub(super) fn operand(it: Operand, values: &dyn Fn(Var) -> ValueSet) -> ValueSet {
    match it {
        Operand::Var(var) => values(var),
        Operand::Constant(number) => ValueSet::one(Key::Int(number.millionths())),
    }
}

/// The least and the greatest known number of a set, as far as bounds are known.
fn bounds(set: &ValueSet) -> Option<(i64, i64)> {
    let (low, high) = hull(set)?;
    let low = match low {
        Some(Key::Int(low)) => low,
        Some(Key::Text(_)) => return None,
        None => i64::MIN,
    };
    let high = match high {
        Some(Key::Int(high)) => high.checked_sub(1)?,
        Some(Key::Text(_)) => return None,
        None => i64::MAX,
    };
    Some((low, high))
}

/// What a calculation can give. One that does not fit gives a missing value.
pub(super) fn arithmetic(op: ArithmeticOp, left: &ValueSet, right: &ValueSet) -> ValueSet {
    let missing = left.has_missing() || right.has_missing();
    let (Some((a, b)), Some((c, d))) = (bounds(left), bounds(right)) else {
        return if hull(left).is_none() || hull(right).is_none() { ValueSet::MISSING } else { ValueSet::ALL };
    };
    let wide = i128::from;
    let (low, high) = match op {
        ArithmeticOp::Add => (wide(a) + wide(c), wide(b) + wide(d)),
        ArithmeticOp::Subtract => (wide(a) - wide(d), wide(b) - wide(c)),
        ArithmeticOp::Multiply => {
            let corners = [wide(a) * wide(c), wide(a) * wide(d), wide(b) * wide(c), wide(b) * wide(d)];
            let (low, high) = (corners.into_iter().min().unwrap_or(0), corners.into_iter().max().unwrap_or(0));
            // Rounded to the sixth digit, one way or the other.
            (low.div_euclid(1_000_000), high.div_euclid(1_000_000) + 1)
        }
        ArithmeticOp::Divide => return ValueSet::ALL,
    };
    let fits = low >= wide(i64::MIN) && high <= wide(i64::MAX);
    let low = i64::try_from(low.max(wide(i64::MIN))).ok().filter(|it| *it > i64::MIN).map(Key::Int);
    let high = i64::try_from(high.min(wide(i64::MAX))).ok().and_then(|it| it.checked_add(1)).map(Key::Int);
    let values = ValueSet::between(low, high);
    if missing || !fits { values.or_missing() } else { values }
}

/// How values of one set can compare with those of another: -1 less, 0 equal, 1 greater, missing where one is.
pub(super) fn orders(left: &ValueSet, right: &ValueSet) -> ValueSet {
    let mut values = ValueSet::NONE;
    if left.has_missing() || right.has_missing() {
        values = values.or_missing();
    }
    let (Some((a, b)), Some((c, d))) = (hull(left), hull(right)) else { return values };
    // The upper bounds are the first that are too large; texts have values as near below them as one likes.
    let can_be_less = a.as_ref().zip(d.as_ref()).is_none_or(|(low, high)| low < high);
    let can_be_greater = c.as_ref().zip(b.as_ref()).is_none_or(|(low, high)| low < high);
    let less = can_be_less && bounds(left).zip(bounds(right)).is_none_or(|((low, _), (_, high))| low < high);
    let greater = can_be_greater && bounds(left).zip(bounds(right)).is_none_or(|((_, high), (low, _))| high > low);
    let equal = !left.clone().known().and(&right.clone().known()).is_empty();
    for (can, key) in [(less, -1), (equal, 0), (greater, 1)] {
        if can {
            values = values.or(&ValueSet::one(Key::Int(key)));
        }
    }
    values
}

/// What two values can be that compare in one of these ways.
pub(super) fn sides(order: &ValueSet, left: &ValueSet, right: &ValueSet) -> (ValueSet, ValueSet) {
    if order.has_missing() {
        return (ValueSet::ALL, ValueSet::ALL);
    }
    let ((_, left_high), (right_low, right_high)) = (hull(left).unwrap_or_default(), hull(right).unwrap_or_default());
    let left_low = hull(left).and_then(|(low, _)| low);
    let can = |key: i64| order.contains(&Key::Int(key));
    let mut a = ValueSet::KNOWN;
    let mut b = ValueSet::KNOWN;
    if !can(1) {
        a = a.and(&ValueSet::between(None, right_high));
        b = b.and(&ValueSet::between(left_low, None));
    }
    if !can(-1) {
        a = a.and(&ValueSet::between(right_low, None));
        b = b.and(&ValueSet::between(None, left_high));
    }
    if !can(-1) && !can(1) {
        a = a.and(&right.clone().known());
        b = b.and(&left.clone().known());
    }
    (a, b)
}

impl Words<'_> {
    /// What a term can be worth in a box, for something of type `ty`.
    pub fn worth(&self, known: &Known, term: &Term, ty: &Type) -> ValueSet {
        if let (TermKind::Literal(Literal::Text(text) | Literal::Choice(text)), Type::OneOf(_)) = (&term.kind, ty) {
            return self.literal(&Literal::Choice(text.clone()), ty).map_or(ValueSet::ALL, ValueSet::one);
        }
        if term.ty != *ty {
            return ValueSet::ALL;
        }
        if let Some(key) = self.constant(term, ty) {
            return ValueSet::one(key);
        }
        match &term.kind {
            TermKind::Arithmetic { op, left, right } => {
                arithmetic(*op, &self.worth(known, left, &Type::Number), &self.worth(known, right, &Type::Number))
            }
            TermKind::Negate(inner) => {
                arithmetic(ArithmeticOp::Subtract, &ValueSet::one(Key::Int(0)), &self.worth(known, inner, &Type::Number))
            }
            TermKind::Missing => ValueSet::MISSING,
            TermKind::Attribute(_) | TermKind::Entry(_) | TermKind::Latest { .. } | TermKind::Score(_) => {
                self.var_of(term).map_or_else(|| declared(term), |var| self.values(known, var))
            }
            TermKind::Literal(_)
            | TermKind::Property { .. }
            | TermKind::Aggregate(_)
            | TermKind::Message(_)
            | TermKind::Parameter(_)
            | TermKind::Broken => declared(term),
        }
    }
}

/// What a term can be worth as far as its declaration says.
fn declared(term: &Term) -> ValueSet {
    match term.kind {
        TermKind::Attribute(_) if !term.optional => ValueSet::KNOWN,
        _ => ValueSet::ALL,
    }
}
