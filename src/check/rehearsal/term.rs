//! What a value is now, as far as that is known.

use super::{
    search::{Go, Rehearsal},
    state::{Key, Mode, Worth},
};
use crate::{
    model::{AggregateKind, ArithmeticOp, AttributeId, CompareOp, FunnelId, Keeper, Literal, Term, TermKind, Type},
    units::Number,
};
use std::cmp::Ordering;

/// A value as far as it is known.
#[derive(Clone, Debug)]
pub enum Value {
    Known(Literal),
    Missing,
    /// Whatever it was in the beginning.
    Free(Term),
    /// So much more than in the beginning.
    Shifted(Term, Number),
    Unknown,
}

impl Rehearsal<'_, '_, '_> {
    /// The value of a term; `subject` is the event that a `where` looks at.
    pub fn value(&mut self, funnel: Option<FunnelId>, subject: Option<usize>, it: &Term) -> Go<Value> {
        Ok(match &it.kind {
            TermKind::Literal(literal) => Value::Known(literal.clone()),
            TermKind::Attribute(id) => self.attribute(*id, it)?,
            TermKind::Score(id) => {
                let key = Key::Score(*id);
                if !self.env.contains_key(&key) {
                    let none = Worth::Known(Literal::Number(Number::ZERO));
                    let begins = self.one_of(none, vec![Worth::Shifted(Number::ZERO)])?;
                    self.env.insert(key, begins);
                }
                self.worth(key, it)
            }
            TermKind::Message(id) => Value::Known(Literal::Text(self.world.context.model.messages[*id].name.text.clone())),
            TermKind::Property { event, property } => {
                let name = self.world.context.model.events[*event].properties.get(*property as usize).map(|it| it.name.clone());
                match (name, subject.and_then(|at| self.past.get(at))) {
                    (Some(name), Some(past)) => carried(&past.values, &name),
                    _ => Value::Free(it.clone()),
                }
            }
            TermKind::Entry(name) => {
                let past = funnel.and_then(|id| self.places.get(&id)).and_then(|place| place.entry).and_then(|at| self.past.get(at));
                match past.filter(|past| past.values.iter().any(|(known, _)| known == name)) {
                    Some(past) => carried(&past.values, name),
                    None => Value::Free(it.clone()),
                }
            }
            TermKind::Latest { event, property } => {
                let name = self.world.context.model.events[*event].properties.get(*property as usize).map(|it| it.name.clone());
                match (name, self.past.iter().rev().find(|past| past.event == *event)) {
                    (Some(name), Some(past)) => carried(&past.values, &name),
                    _ => Value::Free(it.clone()),
                }
            }
            TermKind::Aggregate(aggregate) => {
                let is_open = self.mode == Mode::Instant || aggregate.window.is_none();
                match aggregate.kind {
                    _ if self.past.iter().any(|past| Some(past.event) == aggregate.event.event) => Value::Unknown,
                    _ if is_open => Value::Free(it.clone()),
                    AggregateKind::Sum => Value::Known(Literal::Number(Number::ZERO)),
                    AggregateKind::Average | AggregateKind::Highest | AggregateKind::Lowest | AggregateKind::First => Value::Missing,
                }
            }
            TermKind::Arithmetic { op, left, right } => {
                let (left, right) = (self.value(funnel, subject, left)?, self.value(funnel, subject, right)?);
                arithmetic(*op, left, right)
            }
            TermKind::Negate(inner) => match self.value(funnel, subject, inner)? {
                Value::Known(Literal::Number(number)) => {
                    number.checked_neg().map_or(Value::Unknown, |it| Value::Known(Literal::Number(it)))
                }
                Value::Missing => Value::Missing,
                Value::Known(_) | Value::Free(_) | Value::Shifted(..) | Value::Unknown => Value::Unknown,
            },
            TermKind::Missing => Value::Missing,
            TermKind::Parameter(_) | TermKind::Broken => Value::Unknown,
        })
    }

    fn worth(&self, key: Key, it: &Term) -> Value {
        match self.env.get(&key) {
            None => Value::Free(it.clone()),
            Some(Worth::Known(literal)) => Value::Known(literal.clone()),
            Some(Worth::Missing) => Value::Missing,
            Some(Worth::Shifted(by)) if *by == Number::ZERO => Value::Free(it.clone()),
            Some(Worth::Shifted(by)) => Value::Shifted(it.clone(), *by),
            Some(Worth::Unknown) => Value::Unknown,
        }
    }

    /// An attribute of ours begins with its default; where funnels write it, perhaps with something else.
    fn attribute(&mut self, id: AttributeId, it: &Term) -> Go<Value> {
        self.asked.insert(id);
        let key = Key::Attribute(id);
        let attribute = &self.world.context.model.attributes[id];
        if attribute.keeper == Keeper::Ours && !self.env.contains_key(&key) {
            let empty = || if attribute.ty == Type::List { Worth::Known(Literal::List(Vec::new())) } else { Worth::Missing };
            let default = attribute.default.clone().map_or_else(empty, Worth::Known);
            let worth = match self.world.written.get(&id) {
                None => default,
                Some(Some(constants)) => {
                    let others: Vec<Worth> = constants.iter().cloned().map(Worth::Known).filter(|worth| *worth != default).collect();
                    self.one_of(default, others)?
                }
                Some(None) => self.one_of(default, vec![Worth::Shifted(Number::ZERO)])?,
            };
            self.env.insert(key, worth);
        }
        Ok(self.worth(key, it))
    }
}

impl Rehearsal<'_, '_, '_> {
    /// What an attribute of ours began with, else something that was written before.
    pub fn one_of(&mut self, default: Worth, others: Vec<Worth>) -> Go<Worth> {
        let answer = self.choose(u32::try_from(others.len()).unwrap_or(0) + 1)?;
        match (answer as usize).checked_sub(1).and_then(|at| others.get(at)) {
            Some(other) => {
                self.choices.unsure = true;
                Ok(other.clone())
            }
            None => Ok(default),
        }
    }
}

fn carried(values: &[(smol_str::SmolStr, Worth)], name: &str) -> Value {
    match values.iter().find(|(known, _)| known == name).map(|(_, worth)| worth) {
        Some(Worth::Known(literal)) => Value::Known(literal.clone()),
        None | Some(Worth::Missing) => Value::Missing,
        Some(Worth::Shifted(_) | Worth::Unknown) => Value::Unknown,
    }
}

fn arithmetic(op: ArithmeticOp, left: Value, right: Value) -> Value {
    let number = |it: Option<Number>| it.map_or(Value::Unknown, |it| Value::Known(Literal::Number(it)));
    let shifted = |term: Term, by: Option<Number>| by.map_or(Value::Unknown, |by| Value::Shifted(term, by));
    match (op, left, right) {
        (_, Value::Missing, _) | (_, _, Value::Missing) => Value::Missing,
        (ArithmeticOp::Add, Value::Known(Literal::Number(a)), Value::Known(Literal::Number(b))) => number(a.checked_add(b)),
        (ArithmeticOp::Subtract, Value::Known(Literal::Number(a)), Value::Known(Literal::Number(b))) => number(a.checked_sub(b)),
        (ArithmeticOp::Multiply, Value::Known(Literal::Number(a)), Value::Known(Literal::Number(b))) => number(a.checked_mul(b)),
        (ArithmeticOp::Divide, Value::Known(Literal::Number(a)), Value::Known(Literal::Number(b))) => {
            a.checked_div(b).map_or(Value::Missing, |it| Value::Known(Literal::Number(it)))
        }
        (ArithmeticOp::Add, Value::Free(term), Value::Known(Literal::Number(b)))
        | (ArithmeticOp::Add, Value::Known(Literal::Number(b)), Value::Free(term)) => shifted(term, Some(b)),
        (ArithmeticOp::Subtract, Value::Free(term), Value::Known(Literal::Number(b))) => shifted(term, b.checked_neg()),
        (ArithmeticOp::Add, Value::Shifted(term, a), Value::Known(Literal::Number(b)))
        | (ArithmeticOp::Add, Value::Known(Literal::Number(b)), Value::Shifted(term, a)) => shifted(term, a.checked_add(b)),
        (ArithmeticOp::Subtract, Value::Shifted(term, a), Value::Known(Literal::Number(b))) => shifted(term, a.checked_sub(b)),
        _ => Value::Unknown,
    }
}

/// How two constants compare; nothing where that is not known.
pub fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Number(a), Literal::Number(b)) => Some(a.cmp(b)),
        (Literal::Text(a) | Literal::Choice(a), Literal::Text(b) | Literal::Choice(b)) => Some(a.cmp(b)),
        (Literal::Flag(a), Literal::Flag(b)) => Some(a.cmp(b)),
        (Literal::Date(a), Literal::Date(b)) => Some(a.cmp(b)),
        (Literal::Duration(a), Literal::Duration(b)) => Some(a.cmp(b)),
        (Literal::Time(a), Literal::Time(b)) if a.utc == b.utc => {
            Some((a.date, a.clock.hour, a.clock.minute).cmp(&(b.date, b.clock.hour, b.clock.minute)))
        }
        (a, b) if a == b => Some(Ordering::Equal),
        _ => None,
    }
}

/// Whether an order is what a comparison asks for.
pub fn compares(order: Ordering, op: CompareOp) -> bool {
    match op {
        CompareOp::Equal => order.is_eq(),
        CompareOp::NotEqual => order.is_ne(),
        CompareOp::Less => order.is_lt(),
        CompareOp::LessOrEqual => order.is_le(),
        CompareOp::Greater => order.is_gt(),
        CompareOp::GreaterOrEqual => order.is_ge(),
    }
}
