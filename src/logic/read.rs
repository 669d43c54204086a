//! Conditions of the model as formulas.
//!
//! A missing value makes a comparison false, so a comparison is the set of known values that pass, and its opposite is
//! the complement of that, a missing value included.

use super::{
    Events, Filter, Period, Var, VarKind,
    formula::{Formula, Literal, Never},
    set::{Key, ValueSet},
    value::compared,
    var::{Table, number_of},
};
use crate::{
    model::{
        Condition, ConditionKind, Count, Delay, EventId, EventTest, Instant, Model, Offset, Schedule, Term, TermKind, Type, Window,
        WindowKind,
    },
    source::Span,
};

/// How deep segments are opened; the resolver refuses circles, so this bounds work, not meaning.
const SEGMENTS_DEEP: u32 = 16;

/// Reads conditions.
pub(super) struct Reader<'a> {
    pub model: &'a Model,
    pub table: &'a mut Table,
    /// The part of the question that is read.
    pub part: u32,
    /// Whether we are inside a segment, which sees all events of the contact.
    of_contact: bool,
    deep: u32,
}

impl<'a> Reader<'a> {
    pub fn new(model: &'a Model, table: &'a mut Table, part: u32) -> Self {
        Self { model, table, part, of_contact: false, deep: 0 }
    }

    /// That a condition holds, or does not.
    pub fn condition(&mut self, it: &Condition, holds: bool) -> Formula {
        self.at(it, it.span, holds)
    }

    /// A door that opens after a delay: since then nothing has started its clock anew.
    pub fn delay(&mut self, it: &Delay, holds: bool) -> Formula {
        let Some(test) = &it.without else { return Formula::True };
        let lately = ValueSet::between(Some(Key::Int(0)), Some(Key::Int(it.delay_ms)));
        self.since(test, lately, it.span, !holds)
    }

    /// A condition whose words, a `not` before them included, stand at `span`.
    fn at(&mut self, it: &Condition, span: Span, holds: bool) -> Formula {
        match &it.kind {
            ConditionKind::And(list) => self.joined(list, span, holds, holds),
            ConditionKind::Or(list) => self.joined(list, span, !holds, holds),
            ConditionKind::Not(inner) => self.at(inner, span, !holds),
            ConditionKind::Event(test) => self.happens(test, span, holds),
            ConditionKind::Had { negated, event, window } => self.had(event, window.as_ref(), span, *negated != holds),
            ConditionKind::Count { count, bound, event, window } => {
                let bound = Key::Int(i64::from(*bound));
                let set = match count {
                    Count::AtLeast => ValueSet::at_least(bound),
                    Count::AtMost => bound.next().map_or(ValueSet::KNOWN, ValueSet::below),
                    Count::Exactly => ValueSet::one(bound),
                };
                self.count(event, window.as_ref(), set, span, holds)
            }
            ConditionKind::TimeSince { event, op, than_ms } => self.since(event, compared(*op, &Key::Int(*than_ms)), span, holds),
            ConditionKind::Compare { left, op, right } => self.compare(left, *op, right, span, holds),
            ConditionKind::In { left, list } => {
                let never = self.never(span);
                let sides: Vec<Formula> =
                    list.iter().map(|item| self.compare(left, crate::model::CompareOp::Equal, item, span, holds)).collect();
                if let Some(whole) = one_set(&sides, holds) {
                    return whole;
                }
                if holds { Formula::any(sides, never) } else { Formula::all(sides) }
            }
            ConditionKind::Text { left, test, right } => self.text(left, *test, right, span, holds),
            ConditionKind::Known { term, known } => self.known(term, span, *known == holds),
            ConditionKind::Segment(id) => {
                if self.deep >= SEGMENTS_DEEP {
                    return self.unknown(span, holds);
                }
                let before = std::mem::replace(&mut self.of_contact, self.model.funnels.values().any(|it| it.key.is_some()));
                self.deep += 1;
                let inside = self.condition(&self.model.segments[*id].when, holds);
                self.deep -= 1;
                self.of_contact = before;
                inside
            }
            ConditionKind::Finished(name) => {
                let var = self.var(VarKind::Finished(name.clone()));
                self.is(var, ValueSet::one(Key::Int(1)), span, holds)
            }
            ConditionKind::Before(date) => self.today(ValueSet::below(Key::Int(date.days())), span, holds),
            ConditionKind::From(date) => self.today(ValueSet::at_least(Key::Int(date.days())), span, holds),
            ConditionKind::Every { schedule, at } => self.clock(format!("{at} {}", days(schedule)), span, holds),
            ConditionKind::Reaches { instant, past_opens: _ } => {
                let strikes = self.clock(words_of(instant), span, holds);
                let known = self.known(&instant.base, span, holds);
                let never = self.never(span);
                if holds { Formula::all([strikes, known]) } else { Formula::any([strikes, known], never) }
            }
            ConditionKind::Broken => self.unknown(span, holds),
        }
    }

    fn joined(&mut self, list: &[Condition], span: Span, all: bool, holds: bool) -> Formula {
        let members: Vec<Formula> = list.iter().map(|it| self.condition(it, holds)).collect();
        if all { Formula::all(members) } else { Formula::any(members, self.never(span)) }
    }

    /// The event happens at this instant, and its properties are those of the latest one.
    fn happens(&mut self, test: &EventTest, span: Span, holds: bool) -> Formula {
        let Some(event) = test.event else { return self.unknown(span, holds) };
        let happening = self.var(VarKind::Happening);
        let it = self.is(happening, ValueSet::one(Key::Int(happening_key(event))), span, holds);
        let filter = self.filter(event, test, holds);
        let filter = self.of_latest(&filter);
        if holds { Formula::all([it, filter]) } else { Formula::any([it, filter], self.never(span)) }
    }

    fn had(&mut self, test: &EventTest, window: Option<&Window>, span: Span, holds: bool) -> Formula {
        match period(window) {
            Period::WithinMs(ms) => self.since(test, ValueSet::between(Some(Key::Int(0)), Some(Key::Int(ms))), span, holds),
            Period::Ever => self.since(test, ValueSet::KNOWN, span, holds),
            Period::SinceEntering | Period::SinceStarting => self.count(test, window, ValueSet::at_least(Key::Int(1)), span, holds),
        }
    }

    fn since(&mut self, test: &EventTest, set: ValueSet, span: Span, holds: bool) -> Formula {
        let Some(of) = self.events(test) else { return self.nothing(test, span, holds) };
        let var = self.var(VarKind::Since(of));
        self.is(var, set, span, holds)
    }

    fn count(&mut self, test: &EventTest, window: Option<&Window>, set: ValueSet, span: Span, holds: bool) -> Formula {
        let Some(of) = self.events(test) else {
            let none_fits = set.contains(&Key::Int(0));
            return self.nothing(test, span, holds != none_fits);
        };
        let var = self.var(VarKind::Count(of, period(window)));
        self.is(var, set, span, holds)
    }

    /// What is said of events that cannot be: unknown ones say nothing, those whose `where` never holds do not happen.
    fn nothing(&mut self, test: &EventTest, span: Span, holds: bool) -> Formula {
        match (test.event, holds) {
            (None, _) => self.unknown(span, holds),
            (Some(_), true) => Formula::False(self.never(span)),
            (Some(_), false) => Formula::True,
        }
    }

    /// The events of a test; `None` where the event is unknown or its `where` can never hold.
    pub(super) fn events(&mut self, test: &EventTest) -> Option<Events> {
        let event = test.event?;
        let formula = self.filter(event, test, true);
        let filter = match formula {
            Formula::True => Filter::NONE,
            Formula::False(_) => return None,
            Formula::Is(_) | Formula::All(_) | Formula::Any(_) => self.table.filter(formula),
        };
        Some(Events { event, filter, of_contact: self.of_contact })
    }

    /// The `where` of a test, and the message it names.
    fn filter(&mut self, event: EventId, test: &EventTest, holds: bool) -> Formula {
        let message = test.message.map_or(Formula::True, |message| {
            let place = self.model.events[event].properties.iter().position(|it| it.ty == Type::Message);
            let Some(place) = place.and_then(|it| u32::try_from(it).ok()) else { return self.unknown(test.span, true) };
            let var = self.var(VarKind::Property(event, place));
            self.is(var, ValueSet::one(Key::Int(number_of(message))), test.span, true)
        });
        let filter = test.filter.as_ref().map_or(Formula::True, |it| self.condition(it, true));
        let both = Formula::all([message, filter]);
        if holds { both } else { both.negated() }
    }

    /// What is said of the properties of an event, said of the latest one.
    pub(super) fn of_latest(&mut self, filter: &Formula) -> Formula {
        filter.renamed(&mut |var| self.latest(var))
    }

    /// The variable with properties of the event looked at replaced by those of the latest one.
    fn latest(&mut self, var: Var) -> Var {
        let kind = match self.table.kind(var).clone() {
            VarKind::Property(event, property) => VarKind::Latest(event, property),
            VarKind::OnClock(base) => VarKind::OnClock(self.latest(base)),
            VarKind::Text(base, test, text) => VarKind::Text(self.latest(base), test, text),
            VarKind::Order(a, b) => VarKind::Order(self.latest(a), self.latest(b)),
            VarKind::TextOf(a, test, b) => VarKind::TextOf(self.latest(a), test, self.latest(b)),
            VarKind::Arithmetic { op, left, right } => {
                let mut operand = |it: super::Operand| match it {
                    super::Operand::Var(var) => super::Operand::Var(self.latest(var)),
                    super::Operand::Constant(number) => super::Operand::Constant(number),
                };
                VarKind::Arithmetic { op, left: operand(left), right: operand(right) }
            }
            VarKind::Attribute(_)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::Today
            | VarKind::Count(..)
            | VarKind::Since(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => return var,
        };
        self.var(kind)
    }

    fn today(&mut self, set: ValueSet, span: Span, holds: bool) -> Formula {
        let var = self.var(VarKind::Today);
        self.is(var, set, span, holds)
    }

    fn clock(&mut self, words: String, span: Span, holds: bool) -> Formula {
        let key = self.table.clock(words);
        let var = self.var(VarKind::Happening);
        self.is(var, ValueSet::one(Key::Int(key)), span, holds)
    }

    pub(super) fn var(&mut self, kind: VarKind) -> Var {
        self.table.var(self.model, kind, None)
    }

    /// That a variable is in a set, or is not.
    pub(super) fn is(&self, var: Var, set: ValueSet, span: Span, holds: bool) -> Formula {
        let set = if holds { set } else { set.complement() };
        if set.is_all() {
            return Formula::True;
        }
        if set.is_empty() {
            return Formula::False(self.never(span));
        }
        Formula::Is(Literal { var, set, span: Some(span), part: self.part })
    }

    pub(super) fn never(&self, span: Span) -> Never {
        Never { span: Some(span), part: self.part }
    }

    /// Something that is not understood may be or not, independently of all else.
    pub(super) fn unknown(&mut self, span: Span, holds: bool) -> Formula {
        let var = self.table.unknown(self.model);
        self.is(var, ValueSet::one(Key::Int(1)), span, holds)
    }
}

/// Comparisons of one variable with several constants as one set.
fn one_set(sides: &[Formula], any: bool) -> Option<Formula> {
    let (first, rest) = sides.split_first()?;
    let Formula::Is(first) = first else { return None };
    let mut whole = first.clone();
    for side in rest {
        let Formula::Is(side) = side else { return None };
        if side.var != whole.var {
            return None;
        }
        whole.set = if any { whole.set.or(&side.set) } else { whole.set.and(&side.set) };
    }
    Some(Formula::Is(whole))
}

/// The key of an event on the variable for what is happening.
pub(super) fn happening_key(event: EventId) -> i64 {
    1 + number_of(event)
}

pub(super) fn period(window: Option<&Window>) -> Period {
    match window.map(|it| it.kind) {
        Some(WindowKind::WithinMs(ms)) => Period::WithinMs(ms),
        Some(WindowKind::SinceEntering) => Period::SinceEntering,
        Some(WindowKind::SinceStarting) => Period::SinceStarting,
        None => Period::Ever,
    }
}

fn days(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Day => "day".into(),
        Schedule::Week(day) => format!("{day:?}"),
        Schedule::Month(day) => format!("month {day}"),
        Schedule::Year(term) => format!("year {}", structure(term)),
    }
}

fn words_of(instant: &Instant) -> String {
    let offset = instant.offset.map_or(String::new(), |Offset { by_ms, side }| format!("{by_ms} {side:?}"));
    format!("{} {offset} {:?}", structure(&instant.base), instant.at)
}

/// A term without its places, for comparing: only what can stand in an instant need be told apart.
fn structure(term: &Term) -> String {
    match &term.kind {
        TermKind::Literal(literal) => format!("{literal:?}"),
        TermKind::Attribute(id) => format!("attribute {}", id.index()),
        TermKind::Property { event, property } => format!("property {} {property}", event.index()),
        TermKind::Entry(name) => format!("entry {name}"),
        TermKind::Latest { event, property } => format!("latest {} {property}", event.index()),
        TermKind::Score(_)
        | TermKind::Aggregate(_)
        | TermKind::Arithmetic { .. }
        | TermKind::Negate(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => format!("at {:?}", term.span),
    }
}
