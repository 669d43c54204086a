//! What it takes for a door to open: the ways, each a set of events and values.

use super::demand::{Demand, compared, key_of};
use crate::{
    graph::Way,
    logic::ValueSet,
    model::{
        Aggregate, AggregateKind, AttributeId, CompareOp, Condition, ConditionKind, Count, EventId, EventTest, Keeper, MessageId, Model,
        ScoreId, ScoreRule, Term, TermKind, TextTest, Type, WindowKind,
    },
    source::Span,
    units::Date,
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// How many ways of one condition are looked at.
const WAYS_MAX: usize = 8;

/// How deep segments are opened.
const SEGMENTS_DEEP: u32 = 16;

/// How often an event is let happen for a count or a score.
const TIMES_MAX: i64 = 200;

/// An event that must come.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub event: EventId,
    pub message: Option<MessageId>,
    pub properties: BTreeMap<u32, Demand>,
    pub span: Span,
}

/// One way in which a condition holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    pub attributes: BTreeMap<AttributeId, Demand>,
    /// Events that must have happened, with how often.
    pub before: Vec<(Wanted, u32)>,
    /// The event that must happen at the instant.
    pub trigger: Option<Wanted>,
    /// What properties of the door that was taken last must be.
    pub entry: Vec<(SmolStr, Demand)>,
    /// What properties of the latest such event must be.
    pub latest: Vec<(EventId, u32, Demand)>,
    /// So long must pass after the events before.
    pub gap_ms: i64,
    /// Events that must not have happened for so long; without a time, never.
    pub quiet: Vec<(EventId, Option<i64>)>,
    pub not_before: Option<Date>,
    pub not_from: Option<Date>,
    /// Whether it cannot be, as far as can be seen here.
    pub(super) impossible: bool,
}

impl Needs {
    /// How many events it takes.
    pub fn events(&self) -> u32 {
        self.before.iter().map(|(_, times)| *times).sum::<u32>() + u32::from(self.trigger.is_some())
    }

    /// The same, where the event that opens the door counts as one of those before it.
    pub fn counting_itself(&self) -> Option<Self> {
        let trigger = self.trigger.as_ref()?;
        let at = self.before.iter().position(|(wanted, _)| wanted.event == trigger.event)?;
        let mut other = self.clone();
        let (_, times) = other.before.get_mut(at)?;
        *times -= 1;
        other.before.retain(|(_, times)| *times > 0);
        Some(other)
    }

    /// What both ask for.
    pub fn and(mut self, other: &Self) -> Self {
        other.attributes.iter().for_each(|(id, demand)| self.attribute(*id, demand));
        self.before.extend(other.before.iter().cloned());
        match (&mut self.trigger, &other.trigger) {
            (Some(own), Some(other)) if own.event == other.event => {
                for (property, demand) in &other.properties {
                    let known = own.properties.entry(*property).or_insert(Demand::ANY);
                    match known.and(demand) {
                        Some(both) => *known = both,
                        None => self.impossible = true,
                    }
                }
            }
            (Some(_), _) => {}
            (None, other) => self.trigger = other.clone(),
        }
        self.entry.extend(other.entry.iter().cloned());
        self.latest.extend(other.latest.iter().cloned());
        self.gap_ms = self.gap_ms.max(other.gap_ms);
        self.quiet.extend(other.quiet.iter().copied());
        self.not_before = self.not_before.max(other.not_before);
        self.not_from = [self.not_from, other.not_from].into_iter().flatten().min();
        self
    }

    fn attribute(&mut self, id: AttributeId, demand: &Demand) {
        let known = self.attributes.entry(id).or_insert(Demand::ANY);
        match known.and(demand) {
            Some(both) => *known = both,
            None => self.impossible = true,
        }
    }
}

/// The ways in which somebody takes a step, those with the fewest events first.
pub(super) fn ways(model: &Model, way: Way<'_>) -> Vec<Needs> {
    match way {
        Way::Door(door) | Way::Restart(door) => ways_of(model, door.when.as_ref()),
        Way::Leave(leave) => ways_of(model, leave.when.as_ref()),
        Way::End | Way::Join => vec![Needs::default()],
    }
}

/// The ways in which a condition holds, those with the fewest events first.
pub(super) fn ways_of(model: &Model, when: Option<&Condition>) -> Vec<Needs> {
    let conditions: Vec<(&Condition, bool)> = when.into_iter().map(|when| (when, true)).collect();
    ways_of_all(model, &conditions)
}

/// The ways in which these conditions hold, or do not, all at once; those with the fewest events first.
pub(super) fn ways_of_all(model: &Model, conditions: &[(&Condition, bool)]) -> Vec<Needs> {
    let reading = Reading { model, deep: 0 };
    let mut found = conditions.iter().fold(vec![Needs::default()], |ways, (when, holds)| reading.holds(when, *holds, ways));
    found.retain(|needs| !needs.impossible);
    found.sort_by_key(Needs::events);
    if found.is_empty() { vec![Needs::default()] } else { found }
}

/// What an atom asks for so that it holds, or does not.
pub(super) fn asked(model: &Model, atom: &Condition, holds: bool) -> Needs {
    let mut needs = Needs::default();
    Reading { model, deep: 0 }.atom(atom, holds, &mut needs);
    needs
}

/// An event that passes a test, if it comes from outside.
pub(super) fn wanted_by(model: &Model, test: &EventTest) -> Option<Wanted> {
    Reading { model, deep: 0 }.wanted(test, &mut Needs::default())
}

/// Whether the clause of a step delays it, and so how long.
pub(super) fn delay_ms(step: &Way<'_>) -> i64 {
    let after = match step {
        Way::Door(door) | Way::Restart(door) => door.after.as_ref(),
        Way::Leave(leave) => leave.after.as_ref(),
        Way::End | Way::Join => None,
    };
    after.map_or(0, |delay| delay.delay_ms)
}

/// The clause of a step.
pub(super) fn span_of(way: &Way<'_>) -> Option<Span> {
    match way {
        Way::Door(door) | Way::Restart(door) => Some(door.span),
        Way::Leave(leave) => Some(leave.span),
        Way::End | Way::Join => None,
    }
}

#[derive(Clone, Copy)]
struct Reading<'m> {
    model: &'m Model,
    deep: u32,
}

impl Reading<'_> {
    /// Each of `ways` with what makes `it` hold, or not.
    fn holds(self, it: &Condition, holds: bool, ways: Vec<Needs>) -> Vec<Needs> {
        match (&it.kind, holds) {
            (ConditionKind::And(list), true) | (ConditionKind::Or(list), false) => {
                list.iter().fold(ways, |ways, it| self.holds(it, holds, ways))
            }
            (ConditionKind::Or(list), true) | (ConditionKind::And(list), false) => {
                let mut found: Vec<Needs> = list.iter().flat_map(|it| self.holds(it, holds, ways.clone())).collect();
                found.sort_by_key(|needs| (needs.impossible, needs.events()));
                found.truncate(WAYS_MAX);
                found
            }
            (ConditionKind::Not(inner), _) => self.holds(inner, !holds, ways),
            (ConditionKind::Segment(id), _) if self.deep < SEGMENTS_DEEP => {
                Self { deep: self.deep + 1, ..self }.holds(&self.model.segments[*id].when, holds, ways)
            }
            _ => ways
                .into_iter()
                .map(|mut needs| {
                    self.atom(it, holds, &mut needs);
                    needs
                })
                .collect(),
        }
    }

    fn atom(self, it: &Condition, holds: bool, needs: &mut Needs) {
        match &it.kind {
            ConditionKind::Event(event) if holds => needs.trigger = self.wanted(event, needs).or(needs.trigger.take()),
            ConditionKind::Event(_) => {}
            ConditionKind::Had { negated, event, window } => {
                let window = window.as_ref().map(|it| it.kind);
                if *negated == holds { self.quiet(event, window, needs) } else { self.before(event, 1, needs) }
            }
            ConditionKind::Count { count, bound, event, window } => {
                let times = match (count, holds) {
                    (Count::AtLeast | Count::Exactly, true) => *bound,
                    (Count::AtMost, false) => bound.saturating_add(1),
                    (Count::AtMost, true) | (Count::AtLeast | Count::Exactly, false) => 0,
                };
                match times {
                    0 => self.quiet(event, window.as_ref().map(|it| it.kind), needs),
                    times => self.before(event, times, needs),
                }
            }
            ConditionKind::TimeSince { event, op, than_ms } if holds => {
                self.before(event, 1, needs);
                if matches!(op, CompareOp::Greater | CompareOp::GreaterOrEqual) {
                    needs.gap_ms = needs.gap_ms.max(than_ms.saturating_add(1));
                }
            }
            ConditionKind::TimeSince { .. } => {}
            ConditionKind::Compare { left, op, right } => self.compare(left, *op, right, holds, needs),
            ConditionKind::In { left, list } => {
                let keys = list.iter().filter_map(|it| key_of(self.model, it, &left.ty));
                let set = keys.fold(ValueSet::NONE, |set, key| set.or(&ValueSet::one(key)));
                self.demand(left, &Demand::of(if holds { set } else { set.complement() }), needs);
            }
            ConditionKind::Text { left, test, right } => self.text(left, *test, right, holds, needs),
            ConditionKind::Known { term, known } => {
                let set = if *known == holds { ValueSet::KNOWN } else { ValueSet::MISSING };
                self.demand(term, &Demand::of(set), needs);
            }
            ConditionKind::Before(date) | ConditionKind::From(date) => {
                if matches!(it.kind, ConditionKind::From(_)) == holds {
                    needs.not_before = needs.not_before.max(Some(*date));
                } else {
                    needs.not_from = Some(needs.not_from.map_or(*date, |it| it.min(*date)));
                }
            }
            ConditionKind::Every { schedule, .. } => {
                if let crate::model::Schedule::Year(term) = schedule {
                    self.demand(term, &Demand::of(ValueSet::KNOWN), needs);
                }
            }
            ConditionKind::Reaches { instant, .. } => {
                self.demand(&instant.base, &Demand::of(ValueSet::KNOWN), needs);
            }
            ConditionKind::Or(_)
            | ConditionKind::And(_)
            | ConditionKind::Not(_)
            | ConditionKind::Segment(_)
            | ConditionKind::Finished(_)
            | ConditionKind::Broken => {}
        }
    }

    /// An event as it is tested for, if it comes from outside.
    fn wanted(self, test: &EventTest, needs: &mut Needs) -> Option<Wanted> {
        let event = test.event?;
        if self.model.events[event].keeper != Keeper::Anyone {
            return None;
        }
        let mut wanted = Wanted { event, message: test.message, properties: BTreeMap::new(), span: test.span };
        if let Some(filter) = &test.filter {
            // Of several ways to pass the filter the first will do.
            let mut inside = self.holds(filter, true, vec![Needs::default()]).into_iter().find(|it| !it.impossible)?;
            for (attribute, demand) in &inside.attributes {
                needs.attribute(*attribute, demand);
            }
            needs.entry.append(&mut inside.entry);
            for (of, property, demand) in inside.latest {
                if of == event {
                    let known = wanted.properties.entry(property).or_insert(Demand::ANY);
                    *known = known.and(&demand)?;
                } else {
                    needs.latest.push((of, property, demand));
                }
            }
        }
        Some(wanted)
    }

    fn before(self, test: &EventTest, times: u32, needs: &mut Needs) {
        if let Some(wanted) = self.wanted(test, needs) {
            needs.before.push((wanted, times.min(u32::try_from(TIMES_MAX).unwrap_or(u32::MAX))));
        }
    }

    fn quiet(self, test: &EventTest, window: Option<WindowKind>, needs: &mut Needs) {
        let ms = match window {
            Some(WindowKind::WithinMs(ms)) => Some(ms),
            Some(WindowKind::SinceEntering | WindowKind::SinceStarting) | None => None,
        };
        needs.quiet.extend(test.event.map(|event| (event, ms)));
    }

    fn compare(self, left: &Term, op: CompareOp, right: &Term, holds: bool, needs: &mut Needs) {
        let (term, op, key) = match (key_of(self.model, right, &left.ty), key_of(self.model, left, &right.ty)) {
            (Some(key), _) => (left, op, key),
            (None, Some(key)) => (right, op.mirrored(), key),
            (None, None) => {
                // Two values that are compared must be known at least.
                if holds {
                    self.demand(left, &Demand::of(ValueSet::KNOWN), needs);
                    self.demand(right, &Demand::of(ValueSet::KNOWN), needs);
                }
                return;
            }
        };
        let set = compared(op, key);
        self.demand(term, &Demand::of(if holds { set } else { set.complement() }), needs);
    }

    fn text(self, left: &Term, test: TextTest, right: &Term, holds: bool, needs: &mut Needs) {
        let Some(crate::logic::Key::Text(part)) = key_of(self.model, right, &Type::Text) else { return };
        let demand = match (test, &left.ty) {
            (_, Type::List) if holds => Demand { items: vec![part], ..Demand::of(ValueSet::KNOWN) },
            (TextTest::StartsWith, _) => {
                let set = ValueSet::prefix(&part).known();
                Demand::of(if holds { set } else { set.complement() })
            }
            (TextTest::Contains | TextTest::EndsWith, _) if holds => Demand { parts: vec![(test, part)], ..Demand::of(ValueSet::KNOWN) },
            (TextTest::Contains | TextTest::EndsWith, _) => return,
        };
        self.demand(left, &demand, needs);
    }

    /// Asks something of the value of a term.
    fn demand(self, term: &Term, demand: &Demand, needs: &mut Needs) {
        match &term.kind {
            TermKind::Attribute(id) => needs.attribute(*id, demand),
            TermKind::Property { event, property } | TermKind::Latest { event, property } => {
                needs.latest.push((*event, *property, demand.clone()));
            }
            TermKind::Entry(name) => needs.entry.push((name.clone(), demand.clone())),
            TermKind::Score(id) => self.score(*id, demand, needs),
            TermKind::Aggregate(aggregate) => self.aggregate(aggregate, demand, needs),
            TermKind::Literal(_)
            | TermKind::Arithmetic { .. }
            | TermKind::Negate(_)
            | TermKind::Message(_)
            | TermKind::Missing
            | TermKind::Parameter(_)
            | TermKind::Broken => {}
        }
    }

    /// One event with the right value makes any figure right.
    fn aggregate(self, it: &Aggregate, demand: &Demand, needs: &mut Needs) {
        let nothing = match it.kind {
            AggregateKind::Sum => demand.set.contains(&crate::logic::Key::Int(0)),
            AggregateKind::Average | AggregateKind::Highest | AggregateKind::Lowest | AggregateKind::First => demand.set.has_missing(),
        };
        if nothing {
            return;
        }
        if let Some(mut wanted) = self.wanted(&it.event, needs) {
            let known = wanted.properties.entry(it.property).or_insert(Demand::ANY);
            *known = known.and(demand).unwrap_or_else(|| demand.clone());
            needs.before.push((wanted, 1));
        }
    }

    /// Enough events of the line that brings the most points.
    fn score(self, id: ScoreId, demand: &Demand, needs: &mut Needs) {
        use crate::logic::Key::Int;
        if demand.set.contains(&Int(0)) {
            return;
        }
        let lines = self.model.scores[id].lines.iter().filter_map(|line| match &line.rule {
            ScoreRule::Event(event) => Some((line.points.millionths(), event)),
            ScoreRule::EveryWithout { .. } => None,
        });
        let fewest = lines
            .filter_map(|(points, event)| Some(((1..=TIMES_MAX).find(|n| demand.set.contains(&Int(n.saturating_mul(points))))?, event)))
            .min_by_key(|(times, _)| *times);
        if let Some((times, event)) = fewest {
            self.before(event, u32::try_from(times).unwrap_or(1), needs);
        }
    }
}
