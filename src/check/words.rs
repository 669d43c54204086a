//! Values and sets in the words of the language, for messages and for text to paste.

use super::context::listed;
use crate::{
    logic::{Events, Filter, Formula, Key, Operand, Period, Solver, ValueSet, Var, VarKind, Witness},
    model::{AggregateKind, ArithmeticOp, EventId, Model, TextTest, Type},
    units::{Date, Duration, Number},
};

/// Sets with more intervals than this are not written out.
const INTERVALS_MAX: usize = 8;

/// Puts variables and sets into words.
pub struct Words<'a, 'm> {
    pub solver: &'a Solver<'m>,
    pub model: &'m Model,
}

impl Words<'_, '_> {
    /// A contact in words: "a contact with `plan = pro` and `no purchase`", and what is happening to them. Empty where
    /// nothing matters.
    pub fn sample(&self, witness: &Witness) -> String {
        self.told(witness, false)
    }

    /// Like [`Self::sample`], with all that it takes to be like them.
    pub fn sample_in_full(&self, witness: &Witness) -> String {
        self.told(witness, true)
    }

    fn told(&self, witness: &Witness, in_full: bool) -> String {
        let happening = witness.values.iter().find(|(var, _)| self.solver.kind(*var) == VarKind::Happening);
        let event = happening.and_then(|(_, value)| self.happening(value.as_ref()));
        let (mut said, mut brings) = (Vec::new(), Vec::new());
        for (var, value) in &witness.values {
            let set = value.clone().map_or(ValueSet::MISSING, ValueSet::one);
            match self.solver.kind(*var) {
                VarKind::Happening => {}
                VarKind::Since(of) if (!in_full || value.is_none()) && witness.values.iter().any(|(other, _)| self.counts(*other, of)) => {}
                // What is happening was zero seconds ago, unless another such event is meant, at the same instant.
                VarKind::Since(of) if event == Some(of.event) && *value == Some(Key::Int(0)) && self.may_be(witness, of) => {}
                VarKind::Latest(of, property) if event == Some(of) => {
                    let name = self.model.events[of].properties.get(property as usize).map(|it| it.name.as_str());
                    let value = value.as_ref().map(|it| self.value(&self.solver.type_of(*var), it));
                    brings.extend(name.zip(value).map(|(name, value)| format!("{name}: {value}")));
                }
                _ => said.extend(self.about(*var, &set)),
            }
        }
        let event = event.map(|event| {
            let name = &self.model.events[event].name.text;
            if brings.is_empty() { format!("`{name}`") } else { format!("`{name}({})`", brings.join(", ")) }
        });
        match (event, said.is_empty()) {
            (Some(event), true) => format!("a contact at {event}"),
            (Some(event), false) => format!("a contact with {} at {event}", listed(&said, "and")),
            (None, true) => String::new(),
            (None, false) => format!("a contact with {}", listed(&said, "and")),
        }
    }

    /// Whether what is happening may be one of these events, as far as the witness says what it brings.
    fn may_be(&self, witness: &Witness, of: Events) -> bool {
        self.may_hold(witness, &self.solver.filter(of.filter))
    }

    fn may_hold(&self, witness: &Witness, formula: &Formula) -> bool {
        match formula {
            Formula::True => true,
            Formula::False(_) => false,
            Formula::Is(it) => {
                let VarKind::Property(event, property) = self.solver.kind(it.var) else { return true };
                let brought = |var: &Var| self.solver.kind(*var) == VarKind::Latest(event, property);
                let value = witness.values.iter().find(|(var, _)| brought(var)).map(|(_, value)| value);
                value.is_none_or(|value| value.as_ref().map_or(it.set.has_missing(), |key| it.set.contains(key)))
            }
            Formula::All(list) => list.iter().all(|it| self.may_hold(witness, it)),
            Formula::Any(list) => list.iter().any(|it| self.may_hold(witness, it)),
        }
    }

    fn counts(&self, var: Var, of: Events) -> bool {
        matches!(self.solver.kind(var), VarKind::Count(other, _) if other == of)
    }

    /// The event that is happening.
    fn happening(&self, value: Option<&Key>) -> Option<EventId> {
        let Some(Key::Int(_)) = value else { return None };
        self.model.events.ids().find(|event| Some(&self.solver.event_key(*event)) == value)
    }

    /// What is known of a variable, for somebody to read: it may say less than the set, and nothing of what would be long.
    pub fn about(&self, var: Var, set: &ValueSet) -> Option<String> {
        let known = set.clone().known();
        let set = match (self.solver.kind(var), only_interval(&known)) {
            // A time since that is no whole number of seconds is how the checks reckon and not what anybody wrote.
            (VarKind::Since(_), Some((low, Some(Key::Int(high)))))
                if !set.has_missing() && low <= Some(Key::Int(0)) && (high <= 1 || high % 1000 != 0) =>
            {
                ValueSet::between(low, None)
            }
            (_, None) if !known.is_empty() && members(&known).is_none() => return None,
            _ => set.clone(),
        };
        self.is_in(var, &set).map(|it| format!("`{}`", bare(&it)))
    }

    /// A condition that says that a variable is in a set, where the language has one.
    pub fn is_in(&self, var: Var, set: &ValueSet) -> Option<String> {
        let set = set.and(&self.solver.domain(var));
        match self.solver.kind(var) {
            VarKind::Since(of) => self.since(of, &set),
            VarKind::Count(of, period) => self.count(of, period, &set),
            VarKind::Finished(name) => self.flag(&set, format!("{name} finished")),
            VarKind::Text(base, test, text) => {
                let word = match test {
                    TextTest::Contains => "contains",
                    TextTest::StartsWith => "starts with",
                    TextTest::EndsWith => "ends with",
                };
                self.flag(&set, format!("{} {word} {:?}", self.name(base)?, text.as_str()))
            }
            VarKind::Order(a, b) => self.order(a, b, &set),
            VarKind::Today => {
                let (low, high) = only_interval(&set)?;
                let day = |key: &Key| matches!(key, Key::Int(day) if self.solver.domain(var).contains(&Key::Int(*day - 1)));
                let from = low.as_ref().filter(|it| day(it)).map(|it| format!("from {} on", self.value(&Type::Date, it)));
                let before =
                    high.filter(|it| self.solver.domain(var).contains(it)).map(|it| format!("before {}", self.value(&Type::Date, &it)));
                joined(from, before)
            }
            VarKind::Happening | VarKind::TextOf(..) | VarKind::Unknown(_) => None,
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_) => self.compared(var, &set),
        }
    }

    fn flag(&self, set: &ValueSet, yes: String) -> Option<String> {
        match (set.contains(&Key::Int(0)), set.contains(&Key::Int(1))) {
            (false, true) => Some(yes),
            (true, false) => Some(format!("not {yes}")),
            (true, true) | (false, false) => None,
        }
    }

    fn order(&self, a: Var, b: Var, set: &ValueSet) -> Option<String> {
        let has = |value: i64| set.contains(&Key::Int(value));
        let op = match (has(-1), has(0), has(1)) {
            (true, true, true) | (false, false, false) => return None,
            (true, false, false) => "<",
            (true, true, false) => "<=",
            (false, true, false) => "=",
            (false, true, true) => ">=",
            (false, false, true) => ">",
            (true, false, true) => "!=",
        };
        Some(format!("{} {op} {}", self.name(a)?, self.name(b)?))
    }

    fn since(&self, of: Events, set: &ValueSet) -> Option<String> {
        let events = self.events(of)?;
        if set.clone().known().is_empty() {
            return Some(format!("no {events}"));
        }
        let (low, high) = only_interval(set)?;
        let ms = |key: &Key| match key {
            Key::Int(ms) => Some(Duration::from_milliseconds(*ms).to_string()),
            Key::Text(_) => None,
        };
        let after_zero = low.filter(|it| *it > Key::Int(0));
        match (set.has_missing(), after_zero, high) {
            (true, Some(low), None) => Some(format!("no {events} within {}", ms(&low)?)),
            (true, ..) => None,
            (false, None, None) => Some(format!("had {events}")),
            (false, None, Some(high)) => Some(format!("had {events} within {}", ms(&high)?)),
            (false, Some(low), None) => Some(format!("time since {events} >= {}", ms(&low)?)),
            (false, Some(low), Some(high)) if low.next() == Some(high.clone()) => Some(format!("time since {events} = {}", ms(&low)?)),
            (false, Some(low), Some(high)) => Some(format!("time since {events} >= {} and had {events} within {}", ms(&low)?, ms(&high)?)),
        }
    }

    fn count(&self, of: Events, period: Period, set: &ValueSet) -> Option<String> {
        let events = self.events(of)?;
        let window = window(period);
        let (low, high) = only_interval(set)?;
        let (Some(Key::Int(low)), high) = (low, high) else { return None };
        Some(match high {
            Some(Key::Int(1)) if low == 0 => format!("no {events}{window}"),
            Some(Key::Int(high)) if high == low + 1 => format!("exactly {low} {events}{window}"),
            Some(Key::Int(high)) if low == 0 => format!("at most {} {events}{window}", high - 1),
            Some(Key::Int(high)) => format!("at least {low} {events}{window} and at most {} {events}{window}", high - 1),
            None if low == 1 => format!("had {events}{window}"),
            None => format!("at least {low} {events}{window}"),
            Some(Key::Text(_)) => return None,
        })
    }

    /// Events with their `where`.
    fn events(&self, of: Events) -> Option<String> {
        let name = &self.model.events[of.event].name.text;
        if of.filter == Filter::NONE {
            return Some(name.to_string());
        }
        match self.solver.filter(of.filter) {
            Formula::Is(it) => {
                let message = self.solver.type_of(it.var) == Type::Message;
                let test = self.is_in(it.var, &it.set)?;
                Some(match test.strip_prefix("message = ") {
                    Some(message_name) if message => format!("{name} {message_name}"),
                    _ if test.contains(" and ") => format!("{name} where ({test})"),
                    _ => format!("{name} where {test}"),
                })
            }
            formula => Some(format!("{name} where ({})", self.formula(&formula)?)),
        }
    }

    fn formula(&self, formula: &Formula) -> Option<String> {
        let list = |list: &[Formula], word: &str| {
            let members: Option<Vec<String>> = list
                .iter()
                .map(|it| self.formula(it).map(|text| if matches!(it, Formula::Is(_)) { text } else { format!("({text})") }))
                .collect();
            members.map(|it| it.join(word))
        };
        match formula {
            Formula::True | Formula::False(_) => None,
            Formula::Is(it) => self.is_in(it.var, &it.set),
            Formula::All(members) => list(members, " and "),
            Formula::Any(members) => list(members, " or "),
        }
    }

    /// A comparison, or several joined by `or`.
    fn compared(&self, var: Var, set: &ValueSet) -> Option<String> {
        let name = self.name(var)?;
        let ty = self.solver.type_of(var);
        let domain = self.solver.domain(var);
        let known = set.clone().known();
        if known.is_empty() {
            return set.has_missing().then(|| format!("{name} is missing"));
        }
        let all_known = domain.clone().known().is_within(&known);
        if all_known {
            return (!set.has_missing() && domain.has_missing()).then(|| format!("{name} is known"));
        }
        let outside = domain.known().without(&known);
        let mut sides = match (members(&outside), members(&known)) {
            (Some(few), None) if ty == Type::Text && !few.is_empty() => {
                let not: Vec<String> = few.iter().map(|it| format!("{name} != {}", self.value(&ty, it))).collect();
                vec![not.join(" and ")]
            }
            (_, Some(few)) => few.iter().map(|it| format!("{name} = {}", self.value(&ty, it))).collect(),
            (_, None) => self.intervals(&name, &ty, &known, var)?,
        };
        if set.has_missing() {
            sides.push(format!("{name} is missing"));
        }
        match sides.as_slice() {
            [one] => Some(one.clone()),
            several => {
                let several: Vec<String> =
                    several.iter().map(|it| if it.contains(" and ") { format!("({it})") } else { it.clone() }).collect();
                Some(format!("({})", several.join(" or ")))
            }
        }
    }

    fn intervals(&self, name: &str, ty: &Type, set: &ValueSet, var: Var) -> Option<Vec<String>> {
        if set.intervals().count() > INTERVALS_MAX {
            return None;
        }
        if *ty == Type::Text {
            let side = |(low, high): (Option<&Key>, Option<&Key>)| {
                let Some(Key::Text(low)) = low else { return None };
                let prefix = ValueSet::prefix(low);
                let same = prefix == ValueSet::between(Some(Key::Text(low.clone())), high.cloned());
                (same && !low.is_empty()).then(|| format!("{name} starts with {:?}", low.as_str()))
            };
            return set.intervals().map(side).collect();
        }
        let domain = self.solver.domain(var);
        let lowest = domain.intervals().next().and_then(|(low, _)| low.cloned());
        let highest = domain.intervals().last().and_then(|(_, high)| high.cloned());
        let side = |(low, high): (Option<&Key>, Option<&Key>)| {
            let low = low.filter(|it| Some(*it) != lowest.as_ref()).map(|it| match rounder(ty, it) {
                Some(below) => format!("{name} > {}", self.value(ty, &below)),
                None => format!("{name} >= {}", self.value(ty, it)),
            });
            let high = high.filter(|it| Some(*it) != highest.as_ref()).map(|it| match rounder(ty, it) {
                Some(last) => format!("{name} <= {}", self.value(ty, &last)),
                None => format!("{name} < {}", self.value(ty, it)),
            });
            joined(low, high)
        };
        let one = |it: (Option<&Key>, Option<&Key>)| {
            let (low, high) = (it.0?, it.1?);
            (low.next().as_ref() == Some(high)).then(|| format!("{name} = {}", self.value(ty, low)))
        };
        set.intervals().map(|it| one(it).or_else(|| side(it))).collect()
    }

    /// What a variable is called in the language.
    pub fn name(&self, var: Var) -> Option<String> {
        let property = |event: crate::model::EventId, at: u32| {
            let event = &self.model.events[event];
            event.properties.get(at as usize).map(|it| (event.name.text.as_str(), it.name.as_str()))
        };
        Some(match self.solver.kind(var) {
            VarKind::Attribute(id) => self.model.attributes[id].name.text.to_string(),
            VarKind::Score(id) => self.model.scores[id].name.text.to_string(),
            VarKind::Entry(name) => format!("entry.{name}"),
            VarKind::Property(event, at) => property(event, at)?.1.to_owned(),
            VarKind::Latest(event, at) => property(event, at).map(|(event, name)| format!("{event}.{name}"))?,
            VarKind::OnClock(base) => return self.name(base),
            VarKind::Figure { kind, of, property: at, period } => {
                let kind = match kind {
                    AggregateKind::Sum => "sum",
                    AggregateKind::Average => "average",
                    AggregateKind::Highest => "highest",
                    AggregateKind::Lowest => "lowest",
                    AggregateKind::First => "first",
                };
                let (event, name) = property(of.event, at)?;
                let rest = self.events(of)?;
                let filter = rest.strip_prefix(event).unwrap_or("");
                format!("{kind} of {event}.{name}{filter}{}", window(period))
            }
            VarKind::Arithmetic { op, left, right } => {
                let side = |it: Operand| match it {
                    Operand::Var(var) => self.name(var),
                    Operand::Constant(number) => Some(number.to_string()),
                };
                let op = match op {
                    ArithmeticOp::Add => "+",
                    ArithmeticOp::Subtract => "-",
                    ArithmeticOp::Multiply => "*",
                    ArithmeticOp::Divide => "/",
                };
                format!("{} {op} {}", side(left)?, side(right)?)
            }
            VarKind::Today
            | VarKind::Count(..)
            | VarKind::Since(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Text(..)
            | VarKind::Order(..)
            | VarKind::TextOf(..)
            | VarKind::Unknown(_) => return None,
        })
    }

    /// A value as written in a file.
    pub fn value(&self, ty: &Type, key: &Key) -> String {
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
            (Type::Date, Key::Int(day)) => Date::from_days(*day).map(|it| it.to_string()).unwrap_or_default(),
            (Type::Time, Key::Int(ms)) => time(*ms),
            (Type::Duration, Key::Int(ms)) => Duration::from_milliseconds(*ms).to_string(),
            (Type::Number | Type::Text | Type::List | Type::Unknown, Key::Int(number)) => Number::from_millionths(*number).to_string(),
        }
    }
}

/// A condition without the parentheses around all of it.
pub fn bare(condition: &str) -> &str {
    let inner = condition.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let closes_last = |inner: &str| {
        let mut depth = 0_i32;
        inner.chars().all(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth >= 0
        })
    };
    inner.filter(|it| closes_last(it) && !it.contains('"')).unwrap_or(condition)
}

fn time(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let minutes = ms.rem_euclid(DAY_MS) / 60_000;
    let day = Date::from_days(ms.div_euclid(DAY_MS)).map(|it| it.to_string()).unwrap_or_default();
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

fn window(period: Period) -> String {
    match period {
        Period::WithinMs(ms) => format!(" within {}", Duration::from_milliseconds(ms)),
        Period::SinceEntering => " since entering".to_owned(),
        Period::SinceStarting => " since starting".to_owned(),
        Period::Ever => String::new(),
    }
}

fn joined(low: Option<String>, high: Option<String>) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("{low} and {high}")),
        (one, other) => one.or(other),
    }
}

/// The bounds of the known values, if they lie together.
fn only_interval(set: &ValueSet) -> Option<(Option<Key>, Option<Key>)> {
    let mut intervals = set.intervals();
    let (low, high) = intervals.next()?;
    intervals.next().is_none().then(|| (low.cloned(), high.cloned()))
}

/// The values of a set, if they are few.
fn members(set: &ValueSet) -> Option<Vec<Key>> {
    let mut found = Vec::new();
    for (low, high) in set.intervals() {
        let (mut value, high) = (low?.clone(), high?.clone());
        while value < high {
            if found.len() == INTERVALS_MAX {
                return None;
            }
            let next = value.next()?;
            found.push(value);
            value = next;
        }
    }
    Some(found)
}

/// The value before a bound, where it is the rounder one of the two: `> 5` rather than `>= 5.000001`.
fn rounder(ty: &Type, bound: &Key) -> Option<Key> {
    let Key::Int(bound) = bound else { return None };
    let before = bound.checked_sub(1)?;
    let step = match ty {
        Type::Number => 1_000_000,
        Type::Time | Type::Duration => 60_000,
        Type::Text | Type::Flag | Type::Date | Type::OneOf(_) | Type::List | Type::Message | Type::Unknown => return None,
    };
    let zeros = |value: i64| {
        let mut left = step;
        while left > 1 && value % left != 0 {
            left /= 10;
        }
        left
    };
    (zeros(before) > zeros(*bound)).then_some(Key::Int(before))
}
