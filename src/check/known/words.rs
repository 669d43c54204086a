//! What is known, as the language would write it.

use crate::{
    logic::{Events, Filter, Key, Period, Solver, ValueSet, Var, VarKind, Witness},
    model::{Model, Type},
    units::{Duration, Number},
};

/// More values than this are not written out.
const VALUES_MAX: usize = 4;

/// Puts facts into words.
pub struct Words<'a, 'm> {
    pub solver: &'a Solver<'m>,
    pub model: &'m Model,
}

impl Words<'_, '_> {
    /// A condition that says that a variable is in a set, where there is a short one.
    pub fn said(&self, var: Var, set: &ValueSet) -> Option<String> {
        match self.solver.kind(var) {
            VarKind::Attribute(id) => self.compared(self.model.attributes[id].name.text.as_str(), var, set),
            VarKind::Entry(name) => self.compared(&format!("entry.{name}"), var, set),
            VarKind::Latest(event, at) => {
                let event = &self.model.events[event];
                let property = event.properties.get(at as usize)?;
                self.compared(&format!("{}.{}", event.name.text, property.name), var, set)
            }
            VarKind::Score(id) => self.compared(self.model.scores[id].name.text.as_str(), var, set),
            VarKind::Since(of) => self.since(of, set),
            VarKind::Count(of, period) => self.count(of, period, set),
            VarKind::Finished(name) => Some(format!("{name} finished")).filter(|_| *set == ValueSet::one(Key::Int(1))),
            VarKind::Property(..)
            | VarKind::Figure { .. }
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_)
            | VarKind::Today
            | VarKind::Happening
            | VarKind::Text(..)
            | VarKind::Order(..)
            | VarKind::TextOf(..)
            | VarKind::Unknown(_) => None,
        }
    }

    /// Somebody with these values.
    pub fn somebody(&self, witness: &Witness) -> Vec<String> {
        let said = |(var, value): &(Var, Option<Key>)| self.said(*var, &value.clone().map_or(ValueSet::MISSING, ValueSet::one));
        witness.values.iter().filter_map(said).map(|it| format!("`{it}`")).collect()
    }

    fn since(&self, of: Events, set: &ValueSet) -> Option<String> {
        let event = self.event(of)?;
        let known = set.clone().known();
        if known.is_empty() {
            return Some(format!("no {event}"));
        }
        let (low, high) = only_interval(&known)?;
        let low = low.filter(|low| *low > 0);
        let span = |ms: i64| Duration::from_milliseconds(ms);
        match (set.has_missing(), low, high) {
            (true, Some(low), None) => Some(format!("no {event} within {}", span(low))),
            (true, _, _) => None,
            (false, None, Some(high)) if high > 1 && high % 1000 == 0 => Some(format!("had {event} within {}", span(high))),
            (false, None, Some(_) | None) => Some(format!("had {event}")),
            (false, Some(low), None | Some(_)) => Some(format!("time since {event} >= {}", span(low))),
        }
    }

    fn count(&self, of: Events, period: Period, set: &ValueSet) -> Option<String> {
        let event = self.event(of)?;
        let window = match period {
            Period::WithinMs(ms) => format!(" within {}", Duration::from_milliseconds(ms)),
            Period::SinceEntering => " since entering".to_owned(),
            Period::SinceStarting => " since starting".to_owned(),
            Period::Ever => String::new(),
        };
        match only_interval(set)? {
            (Some(0), Some(1)) => Some(format!("no {event}{window}")),
            (Some(1), None) => Some(format!("had {event}{window}")),
            (Some(low), None) => Some(format!("at least {low} {event}{window}")),
            (Some(0) | None, Some(high)) => Some(format!("at most {} {event}{window}", high - 1)),
            (Some(_) | None, Some(_) | None) => None,
        }
    }

    fn event(&self, of: Events) -> Option<&str> {
        (of.filter == Filter::NONE).then(|| self.model.events[of.event].name.text.as_str())
    }

    fn compared(&self, name: &str, var: Var, set: &ValueSet) -> Option<String> {
        let ty = self.solver.type_of(var);
        let set = set.and(&self.solver.domain(var));
        let known = set.clone().known();
        let or_missing = if set.has_missing() { format!(" or {name} is missing") } else { String::new() };
        if known.is_empty() {
            return set.has_missing().then(|| format!("{name} is missing"));
        }
        if self.solver.domain(var).known().is_within(&known) {
            return (!set.has_missing()).then(|| format!("{name} is known"));
        }
        if let Some(values) = values(&known) {
            let list: Vec<String> = values.iter().map(|it| format!("{name} = {}", self.value(&ty, it))).collect();
            return Some(format!("{}{or_missing}", list.join(" or ")));
        }
        if ty != Type::Number {
            return None;
        }
        let number = |millionths: i64| Number::from_millionths(millionths).to_string();
        let (low, high) = only_interval(&known)?;
        // What is one millionth above or below a round number is greater or less than it.
        let low = low.filter(|low| *low > i64::MIN).map(|low| {
            if (low - 1) % 1_000_000 == 0 { format!("{name} > {}", number(low - 1)) } else { format!("{name} >= {}", number(low)) }
        });
        let high = high.map(|high| {
            if (high - 1) % 1_000_000 == 0 { format!("{name} <= {}", number(high - 1)) } else { format!("{name} < {}", number(high)) }
        });
        let both: Vec<String> = low.into_iter().chain(high).collect();
        Some(format!("{}{or_missing}", both.join(" and ")))
    }

    fn value(&self, ty: &Type, key: &Key) -> String {
        match (ty, key) {
            (_, Key::Text(text)) => format!("{:?}", text.as_str()),
            (Type::Flag, Key::Int(value)) => if *value == 0 { "no" } else { "yes" }.to_owned(),
            (Type::OneOf(words), Key::Int(place)) => {
                usize::try_from(*place).ok().and_then(|place| words.get(place)).map(ToString::to_string).unwrap_or_default()
            }
            (Type::Message, Key::Int(place)) => {
                let message = usize::try_from(*place).ok().and_then(|place| self.model.messages.values().nth(place));
                message.map(|it| it.name.text.to_string()).unwrap_or_default()
            }
            (Type::Number | Type::Text | Type::List | Type::Unknown | Type::Date | Type::Time | Type::Duration, Key::Int(number)) => {
                Number::from_millionths(*number).to_string()
            }
        }
    }
}

/// The bounds of a set that is one interval of whole numbers: from, and the first above.
fn only_interval(set: &ValueSet) -> Option<(Option<i64>, Option<i64>)> {
    let mut intervals = set.intervals();
    let (low, high) = intervals.next()?;
    if intervals.next().is_some() {
        return None;
    }
    let int = |key: Option<&Key>| match key {
        Some(Key::Int(value)) => Some(Some(*value)),
        Some(Key::Text(_)) => None,
        None => Some(None),
    };
    Some((int(low)?, int(high)?))
}

/// The values of a set, if they are few.
fn values(set: &ValueSet) -> Option<Vec<Key>> {
    let mut values = Vec::new();
    for (low, high) in set.intervals() {
        let mut at = low?.clone();
        while Some(&at) != high {
            values.push(at.clone());
            if values.len() > VALUES_MAX {
                return None;
            }
            at = at.next()?;
        }
    }
    Some(values)
}
