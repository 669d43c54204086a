//! A conjunction taken apart into facts about values, histories, names and days.

use super::{
    Clash, quoted,
    values::{Test, Value, clash_of, test_of},
};
use crate::{
    model::{Condition, ConditionKind, Count, Delay, EventId, EventTest, MessageId, Model, SegmentId, Term, TermKind, Type, WindowKind},
    source::{SourceMap, Span, sentence_of},
    units::Date,
};
use smol_str::SmolStr;
use std::collections::HashMap;

/// How many parts of a conjunction are looked at.
const PARTS_MAX: usize = 2_000;

/// How deep segments are opened.
const SEGMENTS_DEEP: u32 = 16;

/// How many facts about one thing are compared with each other.
const SAME_MAX: usize = 200;

/// The facts of a conjunction.
pub(super) struct Facts<'a> {
    model: &'a Model,
    sources: &'a SourceMap,
    /// By what they are about, in the order in which that came up.
    values: Vec<Subject<'a>>,
    places: HashMap<String, usize>,
    histories: HashMap<(EventId, Option<MessageId>), Vec<History>>,
    segments: HashMap<SegmentId, Vec<(Span, bool)>>,
    finished: HashMap<SmolStr, Vec<(Span, bool)>>,
    before: Vec<(Span, Date)>,
    from: Vec<(Span, Date)>,
    choices: Vec<(Span, &'a [Condition])>,
    found: Option<Clash>,
    parts: usize,
    deep: u32,
}

/// A value and what it is asked for.
#[derive(Clone)]
struct Subject<'a> {
    term: &'a Term,
    tests: Vec<(Span, Test)>,
}

/// How often something has happened.
struct History {
    span: Span,
    /// The text of its `where`.
    filter: Option<String>,
    window: Option<WindowKind>,
    least: u32,
    most: Option<u32>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(model: &'a Model, sources: &'a SourceMap) -> Self {
        Self {
            model,
            sources,
            values: Vec::new(),
            places: HashMap::new(),
            histories: HashMap::new(),
            segments: HashMap::new(),
            finished: HashMap::new(),
            before: Vec::new(),
            from: Vec::new(),
            choices: Vec::new(),
            found: None,
            parts: 0,
            deep: 0,
        }
    }

    /// `after 14 days without purchase`: none in the last 14 days.
    pub(super) fn delay(&mut self, it: &'a Delay) {
        if let Some(event) = &it.without {
            self.history(it.span, event, Some(WindowKind::WithinMs(it.delay_ms)), 0, Some(0));
        }
    }

    /// Takes in a condition that holds, or does not.
    pub(super) fn condition(&mut self, it: &'a Condition, holds: bool) {
        self.part(it, it.span, holds);
    }

    /// A condition that stands at `span`, under a `not` perhaps.
    fn part(&mut self, it: &'a Condition, span: Span, holds: bool) {
        self.parts += 1;
        if self.parts > PARTS_MAX || self.found.is_some() {
            return;
        }
        match (&it.kind, holds) {
            (ConditionKind::And(list), true) | (ConditionKind::Or(list), false) => list.iter().for_each(|it| self.condition(it, holds)),
            (ConditionKind::Or(list), true) => self.choices.push((span, list)),
            (ConditionKind::Not(inner), _) => self.part(inner, span, !holds),
            (ConditionKind::Event(event), true) => self.history(span, event, Some(WindowKind::WithinMs(0)), 1, None),
            (ConditionKind::Had { negated, event, window }, _) => {
                let (least, most) = if *negated == holds { (0, Some(0)) } else { (1, None) };
                self.history(span, event, window.map(|it| it.kind), least, most);
            }
            (ConditionKind::Count { count, bound, event, window }, _) => {
                let (least, most) = match (count, holds) {
                    (Count::AtLeast, true) => (*bound, None),
                    (Count::AtMost, true) => (0, Some(*bound)),
                    (Count::Exactly, true) => (*bound, Some(*bound)),
                    (Count::AtLeast, false) if *bound > 0 => (0, Some(*bound - 1)),
                    (Count::AtMost, false) => (bound.saturating_add(1), None),
                    (Count::AtLeast | Count::Exactly, false) => return,
                };
                self.history(span, event, window.map(|it| it.kind), least, most);
            }
            (ConditionKind::TimeSince { event, op, than_ms }, true) => self.time_since(span, event, *op, *than_ms),
            (ConditionKind::Known { term, known }, _) => self.known(span, term, *known == holds),
            (ConditionKind::Segment(id), _) => {
                self.segments.entry(*id).or_default().push((span, holds));
                if holds && self.deep < SEGMENTS_DEEP {
                    self.deep += 1;
                    self.condition(&self.model.segments[*id].when, true);
                    self.deep -= 1;
                }
            }
            (ConditionKind::Finished(name), _) => self.finished.entry(name.clone()).or_default().push((span, holds)),
            (ConditionKind::Before(date), true) | (ConditionKind::From(date), false) => self.before.push((span, *date)),
            (ConditionKind::From(date), true) | (ConditionKind::Before(date), false) => self.from.push((span, *date)),
            (ConditionKind::In { list, .. }, true) if list.is_empty() => {
                self.fail(vec![span], format!("nothing is in an empty list, as {} asks", quoted(self.sources, span)));
            }
            (ConditionKind::Compare { .. } | ConditionKind::In { .. } | ConditionKind::Text { .. }, _) => {
                if let Some((term, test)) = test_of(&it.kind, holds) {
                    self.value(span, term, test);
                }
            }
            (ConditionKind::Event(_) | ConditionKind::TimeSince { .. } | ConditionKind::And(_), false)
            | (ConditionKind::Every { .. } | ConditionKind::Reaches { .. } | ConditionKind::Broken, _) => {}
        }
    }

    fn fail(&mut self, parts: Vec<Span>, reason: String) {
        self.found.get_or_insert(Clash { parts, reason });
    }

    fn known(&mut self, span: Span, term: &'a Term, known: bool) {
        if !known && !term.optional && matches!(term.kind, TermKind::Attribute(_)) {
            let name = sentence_of(self.sources.slice(term.span));
            return self.fail(vec![span], format!("`{name}` is never missing: it has a value from the start"));
        }
        self.value(span, term, if known { Test::Known } else { Test::Missing });
    }

    fn time_since(&mut self, span: Span, event: &'a EventTest, op: crate::model::CompareOp, than_ms: i64) {
        use crate::model::CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let within = Some(WindowKind::WithinMs(than_ms));
        match op {
            Greater | GreaterOrEqual => {
                self.history(span, event, within, 0, Some(0));
                self.history(span, event, None, 1, None);
            }
            Less => self.history(span, event, within, 1, None),
            LessOrEqual | Equal | NotEqual => self.history(span, event, None, 1, None),
        }
    }

    fn value(&mut self, span: Span, term: &'a Term, test: Test) {
        let key = match &term.kind {
            TermKind::Attribute(id) => format!("attribute {}", id.index()),
            TermKind::Property { event, property } => format!("property {} {property}", event.index()),
            TermKind::Score(id) => format!("score {}", id.index()),
            TermKind::Literal(_) | TermKind::Message(_) | TermKind::Missing | TermKind::Parameter(_) | TermKind::Broken => return,
            TermKind::Entry(_) | TermKind::Latest { .. } | TermKind::Aggregate(_) | TermKind::Arithmetic { .. } | TermKind::Negate(_) => {
                sentence_of(self.sources.slice(term.span))
            }
        };
        let next = self.values.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.values.push(Subject { term, tests: Vec::new() });
        }
        self.values[place].tests.push((span, test));
    }

    fn history(&mut self, span: Span, event: &'a EventTest, window: Option<WindowKind>, least: u32, most: Option<u32>) {
        let Some(id) = event.event else { return };
        if let (Some(filter), true) = (&event.filter, least > 0) {
            let mut inside = Facts::new(self.model, self.sources);
            inside.parts = self.parts;
            inside.condition(filter, true);
            if let Some(clash) = inside.clash() {
                return self.fail(clash.parts, clash.reason);
            }
        }
        let filter = event.filter.as_ref().map(|it| sentence_of(self.sources.slice(it.span)));
        self.histories.entry((id, event.message)).or_default().push(History { span, filter, window, least, most });
    }

    /// The first contradiction, in the order of what was taken in.
    pub(super) fn clash(mut self) -> Option<Clash> {
        if self.found.is_none() {
            self.found = self.value_clash().or_else(|| self.history_clash()).or_else(|| self.name_clash()).or_else(|| self.day_clash());
        }
        self.found.take().or_else(|| self.choice_clash())
    }

    fn value_clash(&self) -> Option<Clash> {
        self.values.iter().find_map(|Subject { term, tests }| {
            let tests = &tests[..tests.len().min(SAME_MAX)];
            let pair = pairs(tests).find(|((_, a), (_, b))| clash_of(a, b));
            if let Some(((a, _), (b, _))) = pair {
                return Some(self.both(*a, *b));
            }
            let domain: Vec<Value> = match &term.ty {
                Type::Flag => vec![Value::Flag(true), Value::Flag(false)],
                Type::OneOf(values) => values.iter().cloned().map(Value::Word).collect(),
                Type::Text | Type::Number | Type::Date | Type::Time | Type::List | Type::Message | Type::Duration | Type::Unknown => {
                    return None;
                }
            };
            let fits = |value: &Value| tests.iter().all(|(_, test)| test.allows(value));
            let missing_fits = tests.iter().all(|(_, test)| matches!(test, Test::Missing));
            if missing_fits || domain.iter().any(fits) {
                return None;
            }
            let name = sentence_of(self.sources.slice(term.span));
            Some(Clash { parts: tests.iter().map(|(span, _)| *span).collect(), reason: format!("no value of `{name}` fits all of this") })
        })
    }

    fn both(&self, a: Span, b: Span) -> Clash {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        Clash {
            parts: vec![first, second],
            reason: format!("{} and {} cannot hold at once", quoted(self.sources, first), quoted(self.sources, second)),
        }
    }

    fn history_clash(&self) -> Option<Clash> {
        let mut groups: Vec<_> = self.histories.iter().collect();
        groups.sort_by_key(|(key, _)| **key);
        groups.iter().find_map(|(_, list)| {
            let list = &list[..list.len().min(SAME_MAX)];
            pairs(list).find(|(a, b)| a.contradicts(b) || b.contradicts(a)).map(|(a, b)| self.both(a.span, b.span))
        })
    }

    fn name_clash(&self) -> Option<Clash> {
        let opposite = |list: &Vec<(Span, bool)>| {
            let yes = list.iter().find(|(_, holds)| *holds)?;
            let no = list.iter().find(|(_, holds)| !*holds)?;
            Some(self.both(yes.0, no.0))
        };
        let mut found: Vec<Clash> =
            self.segments.values().filter_map(opposite).chain(self.finished.values().filter_map(opposite)).collect();
        found.sort_by(|a, b| a.parts.cmp(&b.parts));
        found.into_iter().next()
    }

    fn day_clash(&self) -> Option<Clash> {
        let before = self.before.iter().min_by_key(|(_, date)| *date)?;
        let from = self.from.iter().max_by_key(|(_, date)| *date)?;
        (from.1 >= before.1).then(|| self.both(before.0, from.0))
    }

    /// A choice none of whose sides can hold with the rest.
    fn choice_clash(&self) -> Option<Clash> {
        self.choices.iter().find_map(|(span, sides)| {
            let mut first = None;
            for side in *sides {
                let mut facts = self.without_choices();
                facts.condition(side, true);
                let clash = facts.clash()?;
                first.get_or_insert(clash);
            }
            let first = first?;
            Some(Clash { parts: first.parts, reason: format!("no side of {} can hold; {}", quoted(self.sources, *span), first.reason) })
        })
    }

    /// The same facts, to be tried with one side of a choice.
    fn without_choices(&self) -> Self {
        let histories = self.histories.iter().map(|(key, list)| (*key, list.iter().map(History::copy).collect())).collect();
        Self {
            values: self.values.clone(),
            places: self.places.clone(),
            histories,
            segments: self.segments.clone(),
            finished: self.finished.clone(),
            before: self.before.clone(),
            from: self.from.clone(),
            choices: Vec::new(),
            found: None,
            parts: self.parts,
            deep: self.deep,
            model: self.model,
            sources: self.sources,
        }
    }
}

impl History {
    fn copy(&self) -> Self {
        Self { span: self.span, filter: self.filter.clone(), window: self.window, least: self.least, most: self.most }
    }

    /// Whether more is asked for here than `other` allows: this looks at no more events over no more time.
    fn contradicts(&self, other: &Self) -> bool {
        let narrower = other.filter.is_none() || other.filter == self.filter;
        narrower && is_inside(self.window, other.window) && other.most.is_some_and(|most| self.least > most)
    }
}

fn is_inside(small: Option<WindowKind>, large: Option<WindowKind>) -> bool {
    match (small, large) {
        (_, None) => true,
        (Some(WindowKind::WithinMs(a)), Some(WindowKind::WithinMs(b))) => a <= b,
        // What is happening now is inside every window.
        (Some(WindowKind::WithinMs(0)), Some(_)) => true,
        (Some(WindowKind::SinceEntering), Some(WindowKind::SinceEntering | WindowKind::SinceStarting))
        | (Some(WindowKind::SinceStarting), Some(WindowKind::SinceStarting)) => true,
        (None | Some(_), Some(_)) => false,
    }
}

fn pairs<T>(list: &[T]) -> impl Iterator<Item = (&T, &T)> {
    list.iter().enumerate().flat_map(|(n, a)| list[n + 1..].iter().map(move |b| (a, b)))
}
