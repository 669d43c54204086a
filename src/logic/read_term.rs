//! Comparisons and tests of values as formulas.

use super::{
    Operand, Var, VarKind,
    formula::Formula,
    linear::Linear,
    read::{Reader, period},
    set::{Key, ValueSet},
    value::{compared, days_compared, key_of},
};
use crate::{
    model::{Aggregate, AggregateKind, ArithmeticOp, CompareOp, Literal, Term, TermKind, TextTest, Type},
    source::Span,
    units::Number,
};

/// What a term is worth.
enum Worth {
    Constant(TermKind),
    /// A variable, perhaps with constants reckoned in.
    Varies(Linear),
    Missing,
    Unknown,
}

impl Reader<'_> {
    pub(super) fn compare(&mut self, left: &Term, op: CompareOp, right: &Term, span: Span, holds: bool) -> Formula {
        match (self.worth(left), self.worth(right)) {
            (Worth::Missing, _) | (_, Worth::Missing) => self.constant(false, span, holds),
            (Worth::Unknown, _) | (_, Worth::Unknown) => self.unknown(span, holds),
            (Worth::Varies(it), Worth::Constant(value)) => self.with_constant(&it, op, &value, left, span, holds),
            (Worth::Constant(value), Worth::Varies(it)) => self.with_constant(&it, op.mirrored(), &value, right, span, holds),
            (Worth::Constant(a), Worth::Constant(b)) => {
                let ty = if left.ty == Type::Time || right.ty == Type::Time { &Type::Time } else { &left.ty };
                match key_of(&a, ty).zip(key_of(&b, ty)) {
                    Some((a, b)) => self.constant(compared(op, &b).contains(&a), span, holds),
                    None => self.unknown(span, holds),
                }
            }
            (Worth::Varies(a), Worth::Varies(b)) => {
                let (Some(a), Some(b)) = (self.whole(left, a), self.whole(right, b)) else { return self.unknown(span, holds) };
                self.order(a, op, b, span, holds)
            }
        }
    }

    fn constant(&self, value: bool, span: Span, holds: bool) -> Formula {
        if value == holds { Formula::True } else { Formula::False(self.never(span)) }
    }

    fn with_constant(&mut self, it: &Linear, op: CompareOp, value: &TermKind, term: &Term, span: Span, holds: bool) -> Formula {
        let set = match (value, &term.ty) {
            (TermKind::Literal(Literal::Time(time)), Type::Date) => {
                if time.utc {
                    return self.unknown(span, holds);
                }
                days_compared(op, time)
            }
            _ => match key_of(value, &term.ty) {
                Some(key) => compared(op, &key),
                None => return self.unknown(span, holds),
            },
        };
        // A time is compared on the contact's clock unless the constant says UTC.
        let on_clock = term.ty == Type::Time && !matches!(value, TermKind::Literal(Literal::Time(time)) if time.utc);
        let var = if on_clock { self.var(VarKind::OnClock(it.var)) } else { it.var };
        match it.preimage(&set) {
            Some(set) => self.is(var, set, span, holds),
            None => self.unknown(span, holds),
        }
    }

    /// How two variables compare.
    fn order(&mut self, a: Var, op: CompareOp, b: Var, span: Span, holds: bool) -> Formula {
        let zero = Key::Int(0);
        if a == b {
            let always = compared(op, &zero).contains(&zero);
            let set = if always { ValueSet::KNOWN } else { ValueSet::NONE };
            return if self.table.optional(a) { self.is(a, set, span, holds) } else { self.constant(always, span, holds) };
        }
        let (a, op, b) = if a < b { (a, op, b) } else { (b, op.mirrored(), a) };
        let var = self.var(VarKind::Order(a, b));
        self.is(var, compared(op, &zero), span, holds)
    }

    pub(super) fn text(&mut self, left: &Term, test: TextTest, right: &Term, span: Span, holds: bool) -> Formula {
        match (self.worth(left), self.worth(right)) {
            (Worth::Missing, _) | (_, Worth::Missing) => self.constant(false, span, holds),
            (Worth::Constant(TermKind::Literal(left)), Worth::Constant(TermKind::Literal(Literal::Text(right)))) => match left {
                Literal::Text(left) => self.constant(passes(&left, test, &right), span, holds),
                Literal::List(list) => self.constant(list.contains(&Literal::Text(right)), span, holds),
                Literal::Number(_) | Literal::Flag(_) | Literal::Date(_) | Literal::Time(_) | Literal::Choice(_) | Literal::Duration(_) => {
                    self.unknown(span, holds)
                }
            },
            (Worth::Varies(it), Worth::Constant(TermKind::Literal(Literal::Text(text)))) => {
                if left.ty == Type::Text && test == TextTest::StartsWith {
                    return self.is(it.var, ValueSet::prefix(&text), span, holds);
                }
                let var = self.var(VarKind::Text(it.var, test, text));
                self.is(var, ValueSet::one(Key::Int(1)), span, holds)
            }
            (Worth::Varies(a), Worth::Varies(b)) => {
                let var = self.var(VarKind::TextOf(a.var, test, b.var));
                self.is(var, ValueSet::one(Key::Int(1)), span, holds)
            }
            (Worth::Unknown | Worth::Constant(_) | Worth::Varies(_), _) => self.unknown(span, holds),
        }
    }

    /// That a term has a value, or has none.
    pub(super) fn known(&mut self, term: &Term, span: Span, holds: bool) -> Formula {
        match self.worth(term) {
            Worth::Missing => self.constant(false, span, holds),
            Worth::Constant(_) => self.constant(true, span, holds),
            Worth::Unknown => self.unknown(span, holds),
            Worth::Varies(it) => match it.preimage(&ValueSet::KNOWN) {
                Some(set) => self.is(it.var, set, span, holds),
                None => self.unknown(span, holds),
            },
        }
    }

    /// The variable of a term, if it is one.
    pub(super) fn var_of(&mut self, term: &Term) -> Option<Var> {
        match self.worth(term) {
            Worth::Varies(it) if it.is_plain() => Some(it.var),
            Worth::Varies(_) | Worth::Constant(_) | Worth::Missing | Worth::Unknown => None,
        }
    }

    fn worth(&mut self, term: &Term) -> Worth {
        let plain = |var: Var| Worth::Varies(Linear::of(var));
        match &term.kind {
            TermKind::Literal(_) | TermKind::Message(_) => Worth::Constant(term.kind.clone()),
            TermKind::Missing => Worth::Missing,
            TermKind::Attribute(id) => plain(self.var(VarKind::Attribute(*id))),
            TermKind::Property { event, property } => plain(self.var(VarKind::Property(*event, *property))),
            TermKind::Entry(name) => {
                let kind = VarKind::Entry(name.clone());
                plain(self.table.var(self.model, kind, Some((&term.ty, term.optional))))
            }
            TermKind::Latest { event, property } => plain(self.var(VarKind::Latest(*event, *property))),
            TermKind::Score(id) => plain(self.var(VarKind::Score(*id))),
            TermKind::Aggregate(it) => self.figure(it),
            TermKind::Negate(inner) => match self.worth(inner) {
                Worth::Varies(it) => Worth::Varies(it.negated()),
                Worth::Constant(TermKind::Literal(Literal::Number(number))) => number_or_missing(number.checked_neg()),
                Worth::Missing => Worth::Missing,
                Worth::Constant(_) | Worth::Unknown => Worth::Unknown,
            },
            TermKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right),
            TermKind::Parameter(_) | TermKind::Broken => Worth::Unknown,
        }
    }

    fn figure(&mut self, it: &Aggregate) -> Worth {
        match self.events(&it.event) {
            Some(of) => {
                let kind = VarKind::Figure { kind: it.kind, of, property: it.property, period: period(it.window.as_ref()) };
                Worth::Varies(Linear::of(self.var(kind)))
            }
            // No event passes its `where`, or the event is not known.
            None if it.event.event.is_none() => Worth::Unknown,
            None if it.kind == AggregateKind::Sum => Worth::Constant(TermKind::Literal(Literal::Number(Number::ZERO))),
            None => Worth::Missing,
        }
    }

    fn arithmetic(&mut self, op: ArithmeticOp, left: &Term, right: &Term) -> Worth {
        let number = |it: &Worth| match it {
            Worth::Constant(TermKind::Literal(Literal::Number(number))) => Some(*number),
            Worth::Constant(_) | Worth::Varies(_) | Worth::Missing | Worth::Unknown => None,
        };
        let (a, b) = (self.worth(left), self.worth(right));
        if op == ArithmeticOp::Divide && number(&b) == Some(Number::ZERO) {
            return Worth::Missing;
        }
        let linear = match (&a, &b) {
            (Worth::Missing, _) | (_, Worth::Missing) => return Worth::Missing,
            (Worth::Unknown, _) | (_, Worth::Unknown) => return Worth::Unknown,
            (Worth::Varies(it), Worth::Constant(_)) => number(&b).and_then(|constant| it.clone().then(op, constant)),
            (Worth::Constant(_), Worth::Varies(it)) => number(&a).and_then(|constant| it.clone().behind(constant, op)),
            (Worth::Constant(_), Worth::Constant(_)) => {
                let Some((a, b)) = number(&a).zip(number(&b)) else { return Worth::Unknown };
                return number_or_missing(match op {
                    ArithmeticOp::Add => a.checked_add(b),
                    ArithmeticOp::Subtract => a.checked_sub(b),
                    ArithmeticOp::Multiply => a.checked_mul(b),
                    ArithmeticOp::Divide => a.checked_div(b),
                });
            }
            (Worth::Varies(_), Worth::Varies(_)) => None,
        };
        if let Some(linear) = linear.filter(|it| it.preimage(&ValueSet::KNOWN).is_some()) {
            return Worth::Varies(linear);
        }
        match self.operand(left, a).zip(self.operand(right, b)) {
            Some((left, right)) => Worth::Varies(Linear::of(self.var(VarKind::Arithmetic { op, left, right }))),
            None => Worth::Unknown,
        }
    }

    fn operand(&mut self, term: &Term, worth: Worth) -> Option<Operand> {
        match worth {
            Worth::Varies(it) => self.whole(term, it).map(Operand::Var),
            Worth::Constant(TermKind::Literal(Literal::Number(number))) => Some(Operand::Constant(number)),
            Worth::Constant(_) | Worth::Missing | Worth::Unknown => None,
        }
    }

    /// A variable for a term as a whole, its constants not reckoned in.
    fn whole(&mut self, term: &Term, it: Linear) -> Option<Var> {
        if it.is_plain() {
            return Some(it.var);
        }
        let (op, left, right) = match &term.kind {
            TermKind::Negate(inner) => {
                let worth = self.worth(inner);
                (ArithmeticOp::Subtract, Operand::Constant(Number::ZERO), self.operand(inner, worth)?)
            }
            TermKind::Arithmetic { op, left, right } => {
                let (a, b) = (self.worth(left), self.worth(right));
                (*op, self.operand(left, a)?, self.operand(right, b)?)
            }
            TermKind::Literal(_)
            | TermKind::Attribute(_)
            | TermKind::Property { .. }
            | TermKind::Entry(_)
            | TermKind::Latest { .. }
            | TermKind::Score(_)
            | TermKind::Aggregate(_)
            | TermKind::Message(_)
            | TermKind::Missing
            | TermKind::Parameter(_)
            | TermKind::Broken => return None,
        };
        Some(self.var(VarKind::Arithmetic { op, left, right }))
    }
}

fn number_or_missing(number: Option<Number>) -> Worth {
    number.map_or(Worth::Missing, |it| Worth::Constant(TermKind::Literal(Literal::Number(it))))
}

/// Whether a text passes a test.
pub(super) fn passes(text: &str, test: TextTest, with: &str) -> bool {
    match test {
        TextTest::Contains => text.contains(with),
        TextTest::StartsWith => text.starts_with(with),
        TextTest::EndsWith => text.ends_with(with),
    }
}
