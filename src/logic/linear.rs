//! Calculations with one variable and constants: rising or falling functions, whose comparisons are intervals of the
//! variable. Bounds are found by halving, with the rounding and the overflow of the runtime.

use super::{
    Var,
    set::{Key, ValueSet},
};
use crate::{model::ArithmeticOp, units::Number};

/// A step of a calculation; the value so far is on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Negate,
    /// On the left of a constant.
    Left(ArithmeticOp, Number),
    /// On the right of a constant.
    Right(Number, ArithmeticOp),
}

/// A function of one variable that only rises or only falls.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub var: Var,
    stages: Vec<Stage>,
    falls: bool,
}

impl Linear {
    /// The variable itself.
    pub fn of(var: Var) -> Self {
        Self { var, stages: Vec::new(), falls: false }
    }

    /// Whether nothing is done to the variable.
    pub fn is_plain(&self) -> bool {
        self.stages.is_empty()
    }

    pub fn negated(self) -> Self {
        let falls = !self.falls;
        self.with(Stage::Negate, falls)
    }

    /// With a constant on the right; `None` where that neither rises nor falls.
    pub fn then(self, op: ArithmeticOp, constant: Number) -> Option<Self> {
        let negative = constant < Number::ZERO;
        let falls = match op {
            ArithmeticOp::Add | ArithmeticOp::Subtract => self.falls,
            ArithmeticOp::Multiply | ArithmeticOp::Divide if constant == Number::ZERO => return None,
            ArithmeticOp::Multiply | ArithmeticOp::Divide => self.falls ^ negative,
        };
        Some(self.with(Stage::Left(op, constant), falls))
    }

    /// With a constant on the left; `None` where that neither rises nor falls.
    pub fn behind(self, constant: Number, op: ArithmeticOp) -> Option<Self> {
        match op {
            ArithmeticOp::Add | ArithmeticOp::Multiply => self.then(op, constant),
            ArithmeticOp::Subtract => {
                let falls = !self.falls;
                Some(self.with(Stage::Right(constant, op), falls))
            }
            ArithmeticOp::Divide => None,
        }
    }

    fn with(mut self, stage: Stage, falls: bool) -> Self {
        self.stages.push(stage);
        Self { falls, ..self }
    }

    fn at(&self, value: i64) -> Option<i64> {
        let apply = |op: ArithmeticOp, left: Number, right: Number| match op {
            ArithmeticOp::Add => left.checked_add(right),
            ArithmeticOp::Subtract => left.checked_sub(right),
            ArithmeticOp::Multiply => left.checked_mul(right),
            ArithmeticOp::Divide => left.checked_div(right),
        };
        let worth = self.stages.iter().try_fold(Number::from_millionths(value), |so_far, stage| match stage {
            Stage::Negate => so_far.checked_neg(),
            Stage::Left(op, constant) => apply(*op, so_far, *constant),
            Stage::Right(constant, op) => apply(*op, *constant, so_far),
        });
        worth.map(Number::millionths)
    }

    /// The values of the variable for which the result is in the set; `None` where it overflows even around zero. A
    /// result that overflows is missing.
    pub fn preimage(&self, set: &ValueSet) -> Option<ValueSet> {
        if self.is_plain() {
            return Some(set.clone());
        }
        self.at(0)?;
        let first = halve(i64::MIN, 0, |value| self.at(value).is_some());
        let last = halve(0, i64::MAX, |value| self.at(value).is_none()).map_or(Some(i64::MAX), |it| it.checked_sub(1));
        let (first, last) = first.zip(last)?;
        let domain = ValueSet::between(Some(Key::Int(first)), last.checked_add(1).map(Key::Int));
        // From where on the result has reached a bound.
        let reached = |bound: &Key| -> ValueSet {
            let Key::Int(bound) = bound else { return ValueSet::NONE };
            let there = |value: i64| self.at(value).is_some_and(|it| it >= *bound);
            if self.falls {
                let gone = halve(first, last, |value| !there(value));
                gone.map_or(domain.clone(), |gone| ValueSet::below(Key::Int(gone)).and(&domain))
            } else {
                halve(first, last, there).map_or(ValueSet::NONE, |begin| ValueSet::at_least(Key::Int(begin)).and(&domain))
            }
        };
        let mut result = ValueSet::NONE;
        for (low, high) in set.intervals() {
            let above = low.map_or(domain.clone(), &reached);
            let beyond = high.map_or(ValueSet::NONE, &reached);
            result = result.or(&above.without(&beyond));
        }
        Some(if set.has_missing() { result.or(&domain.complement()) } else { result })
    }
}

/// The first value from `low` to `high` for which `holds` does, which then holds for all above it.
fn halve(low: i64, high: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    if !holds(high) {
        return None;
    }
    let (mut below, mut there) = (i128::from(low) - 1, i128::from(high));
    while there - below > 1 {
        let middle = (below + there).div_euclid(2);
        match i64::try_from(middle) {
            Ok(value) if holds(value) => there = middle,
            Ok(_) | Err(_) => below = middle,
        }
    }
    i64::try_from(there).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().expect("a number")
    }

    /// Rising, falling, rounding and overflowing functions against their values one by one.
    #[test]
    fn preimages_are_exact() {
        use ArithmeticOp::{Add, Divide, Multiply, Subtract};
        let x = || Linear::of(Var(0));
        let functions = [
            x().then(Add, number("1")),
            x().then(Multiply, number("0.3")),
            x().then(Divide, number("-7")),
            x().behind(number("0.000005"), Subtract),
            x().then(Multiply, number("-2")).and_then(|it| it.then(Add, number("0.000003"))),
            Some(x().negated()),
        ];
        let mut values: Vec<i64> = (-40..40).collect();
        values.extend((0..30).flat_map(|n| [i64::MIN + n, i64::MAX - n, i64::MAX / 2 - 10 + n, 1_000_000 * n, -1_000_000 * n]));
        for function in functions.into_iter().flatten() {
            for bound in [-9, -1, 0, 1, 4, 1_000_000, 3_000_000, i64::MAX - 3, i64::MIN + 3] {
                for set in
                    [ValueSet::below(Key::Int(bound)), ValueSet::at_least(Key::Int(bound)).or_missing(), ValueSet::one(Key::Int(bound))]
                {
                    let back = function.preimage(&set).expect("zero is in the domain");
                    for value in &values {
                        let expected = function.at(*value).map_or(set.has_missing(), |it| set.contains(&Key::Int(it)));
                        assert_eq!(back.contains(&Key::Int(*value)), expected, "{function:?} at {value} in {set:?}");
                    }
                }
            }
        }
    }
}
