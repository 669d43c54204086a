//! Values that may be missing: what is surely known at a place, and where a missing value turns a meaning around.

use super::{
    F204, Resolver,
    finding::DiagnosticExt,
    scope::{Place, Scope},
    ways::{At, Level, Question},
};
use crate::{
    ast::{AggregateKind, CompareOp, Count},
    diag::Diagnostic,
    model::{AttributeId, Condition, ConditionKind, EventId, EventTest, Keeper, Model, Schedule, Term, TermKind},
};
use smol_str::SmolStr;

/// Something that is surely known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fact {
    /// The event has happened.
    Event(EventId),
    /// The attribute has a value.
    Attribute(AttributeId),
    /// The latest such event has this property.
    Latest(EventId, u32),
    /// Behind `where`: the event has this property.
    Property(EventId, u32),
    /// `entry` has this property.
    Entry(SmolStr),
    /// All that may be known: something could not be resolved, and nobody can say what follows from it.
    Anything,
}

/// What is surely known at a place, beside what its stage knows.
#[derive(Clone, Default, Debug)]
pub(super) struct Facts {
    list: Vec<Fact>,
}

impl Facts {
    /// Adds what follows from a condition that holds, or does not.
    pub(super) fn learn(&mut self, condition: &Condition, holds: bool) {
        let mut all = Vec::new();
        consequences(condition, holds, &mut all);
        self.add(all);
    }

    /// Adds facts, each once: thousands of steps may say the same.
    fn add(&mut self, all: impl IntoIterator<Item = Fact>) {
        for fact in all {
            if !self.list.contains(&fact) {
                self.list.push(fact);
            }
        }
    }

    /// Time passes: what may change meanwhile is forgotten.
    pub(super) fn pass_time(&mut self, model: &Model) {
        self.list.retain(|fact| match fact {
            Fact::Event(_) | Fact::Entry(_) | Fact::Anything => true,
            Fact::Attribute(id) => model.attributes[*id].keeper == Keeper::Fixed,
            Fact::Latest(..) | Fact::Property(..) => false,
        });
    }

    /// An attribute gets a value.
    pub(super) fn write(&mut self, attribute: AttributeId, missing: bool) {
        self.list.retain(|fact| *fact != Fact::Attribute(attribute));
        if !missing {
            self.list.push(Fact::Attribute(attribute));
        }
    }

    /// Only what is known on both ways.
    pub(super) fn meet(&mut self, other: &Self) {
        if self.list.contains(&Fact::Anything) {
            self.list.clone_from(&other.list);
        } else if !other.list.contains(&Fact::Anything) {
            self.list.retain(|fact| other.list.contains(fact));
        }
    }

    /// Adds an event that has happened.
    pub(super) fn happened(&mut self, condition: &Condition) {
        let mut all = Vec::new();
        consequences(condition, true, &mut all);
        self.add(all.into_iter().filter(|fact| matches!(fact, Fact::Event(_) | Fact::Anything)));
    }

    fn has(&self, fact: &Fact) -> bool {
        self.list.contains(fact) || self.list.contains(&Fact::Anything)
    }
}

/// Adds what follows from a condition that holds, or does not.
fn consequences(condition: &Condition, holds: bool, facts: &mut Vec<Fact>) {
    match (&condition.kind, holds) {
        (ConditionKind::And(members), true) | (ConditionKind::Or(members), false) => {
            members.iter().for_each(|member| consequences(member, holds, facts));
        }
        (ConditionKind::Or(members), true) | (ConditionKind::And(members), false) => {
            let mut common: Option<Vec<Fact>> = None;
            for member in members {
                let mut own = Vec::new();
                consequences(member, holds, &mut own);
                match &mut common {
                    None => common = Some(own),
                    Some(common) => common.retain(|fact| own.contains(fact)),
                }
            }
            facts.extend(common.unwrap_or_default());
        }
        (ConditionKind::Broken, _) => facts.push(Fact::Anything),
        (ConditionKind::Not(inner), holds) => consequences(inner, !holds, facts),
        (ConditionKind::Event(event), true) => happening(event, facts),
        (ConditionKind::Had { negated, event, .. }, holds) if *negated != holds => {
            facts.push(event.event.map_or(Fact::Anything, Fact::Event))
        }
        (ConditionKind::Count { count, bound, event, .. }, holds) => {
            let some = match count {
                Count::AtLeast | Count::Exactly => holds && *bound > 0,
                Count::AtMost => !holds,
            };
            if some {
                facts.push(event.event.map_or(Fact::Anything, Fact::Event));
            }
        }
        (ConditionKind::TimeSince { event, .. }, true) => facts.push(event.event.map_or(Fact::Anything, Fact::Event)),
        (ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. }, true) => {
            known(left, facts);
            known(right, facts);
        }
        (ConditionKind::In { left, .. }, true) => known(left, facts),
        (ConditionKind::Known { term, known: asked }, holds) if *asked == holds => known(term, facts),
        (ConditionKind::Every { schedule: Schedule::Year(term), .. }, true) => known(term, facts),
        (ConditionKind::Reaches { instant, .. }, true) => known(&instant.base, facts),
        _ => {}
    }
}

/// What follows from an event that is happening.
fn happening(event: &EventTest, facts: &mut Vec<Fact>) {
    facts.push(event.event.map_or(Fact::Anything, Fact::Event));
    if let Some(filter) = &event.filter {
        let mut inside = Vec::new();
        consequences(filter, true, &mut inside);
        facts.extend(inside.into_iter().map(|fact| match fact {
            Fact::Property(event, property) => Fact::Latest(event, property),
            other => other,
        }));
    }
}

/// What follows from a value that is not missing.
fn known(term: &Term, facts: &mut Vec<Fact>) {
    match &term.kind {
        TermKind::Attribute(id) => facts.push(Fact::Attribute(*id)),
        TermKind::Property { event, property } => facts.push(Fact::Property(*event, *property)),
        TermKind::Entry(name) => facts.push(Fact::Entry(name.clone())),
        TermKind::Latest { event, property } => {
            facts.push(Fact::Event(*event));
            facts.push(Fact::Latest(*event, *property));
        }
        TermKind::Aggregate(aggregate) if aggregate.kind != AggregateKind::Sum => facts.extend(aggregate.event.event.map(Fact::Event)),
        TermKind::Arithmetic { left, right, .. } => {
            known(left, facts);
            known(right, facts);
        }
        TermKind::Negate(inner) => known(inner, facts),
        TermKind::Aggregate(_)
        | TermKind::Literal(_)
        | TermKind::Score(_)
        | TermKind::Message(_)
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => {}
    }
}

/// A value that may be missing, and how to make sure of it.
pub(super) struct Missing {
    /// Why: "`budget` may be missing".
    pub why: String,
    /// The condition that makes sure: `budget is known`.
    pub guard: String,
    /// Its opposite: `budget is missing`.
    opposite: String,
    fact: Option<Fact>,
}

/// What is said of a value that may be missing.
fn unknown(words: &str, fact: Option<Fact>) -> Missing {
    Missing { why: format!("`{words}` may be missing"), guard: format!("{words} is known"), opposite: format!("{words} is missing"), fact }
}

/// A step from a condition into one of its members, the siblings at hand.
type Frame<'c> = (&'c Condition, usize);

impl Resolver<'_> {
    /// Why a value may be missing at a place, if it may.
    pub(super) fn missing(&mut self, term: &Term, place: Place<'_>, facts: &Facts) -> Option<Missing> {
        if !term.optional {
            return None;
        }
        let words = self.sources.slice(term.span).to_owned();
        let plain = |fact: Fact, words: String| (!facts.has(&fact)).then(|| unknown(&words, Some(fact)));
        match &term.kind {
            TermKind::Attribute(id) => plain(Fact::Attribute(*id), words),
            TermKind::Property { event, property } => plain(Fact::Property(*event, *property), words),
            TermKind::Entry(_) if matches!(place, Place::Play) => None,
            TermKind::Entry(name) => plain(Fact::Entry(name.clone()), words),
            TermKind::Latest { event, property } => {
                let declared = self.model.events[*event].properties.get(*property as usize);
                let optional = declared.is_some_and(|property| property.optional);
                if facts.has(&Fact::Latest(*event, *property)) {
                    None
                } else if optional {
                    plain(Fact::Latest(*event, *property), words)
                } else {
                    self.event_missing(*event, place, facts)
                }
            }
            TermKind::Aggregate(aggregate) => {
                let event = aggregate.event.event?;
                if aggregate.window.is_none() && aggregate.event.filter.is_none() {
                    return self.event_missing(event, place, facts);
                }
                let name = self.model.events[event].name.text.clone();
                Some(Missing {
                    why: format!("there may be no such `{name}`, and then there is no figure"),
                    guard: format!("had {name} …"),
                    opposite: format!("no {name} …"),
                    fact: None,
                })
            }
            TermKind::Arithmetic { left, right, .. } => {
                match self.missing(left, place, facts).or_else(|| self.missing(right, place, facts)) {
                    Some(missing) => Some(missing),
                    None if left.optional || right.optional => None,
                    None => Some(Missing { why: "a division by zero has no result".into(), ..unknown(&words, None) }),
                }
            }
            TermKind::Negate(inner) => self.missing(inner, place, facts),
            TermKind::Parameter(_) | TermKind::Missing => Some(unknown(&words, None)),
            TermKind::Literal(_) | TermKind::Score(_) | TermKind::Message(_) | TermKind::Broken => None,
        }
    }

    fn event_missing(&mut self, event: EventId, place: Place<'_>, facts: &Facts) -> Option<Missing> {
        if facts.has(&Fact::Event(event)) || self.surely_happened(event, place) {
            return None;
        }
        let name = self.model.events[event].name.text.clone();
        Some(Missing {
            why: format!("there may have been no `{name}` yet"),
            guard: format!("had {name}"),
            opposite: format!("no {name}"),
            fact: Some(Fact::Event(event)),
        })
    }

    /// Whether an event has happened on every way to a place.
    fn surely_happened(&mut self, event: EventId, place: Place<'_>) -> bool {
        let (funnel, at) = match place {
            Place::Contact(_) => return false,
            Place::Play => return true,
            Place::Door(funnel, source) => (funnel, At::Source(source)),
            Place::Stage(funnel, stage) => (funnel, At::Stage(stage)),
            Place::Funnel(funnel) => (funnel, At::Funnel),
        };
        self.known_at(funnel, &Question::Event(event), at).0 >= Level::Surely
    }

    /// Warns of comparisons whose meaning a missing value turns around.
    pub(super) fn flips(&mut self, condition: &Condition, scope: Scope<'_>, facts: &Facts) {
        if suspicious(condition, false) {
            self.flips_in(condition, false, scope, facts, &mut Vec::new());
        }
    }

    fn flips_in<'c>(&mut self, condition: &'c Condition, negated: bool, scope: Scope<'_>, facts: &Facts, frames: &mut Vec<Frame<'c>>) {
        match &condition.kind {
            ConditionKind::Or(members) | ConditionKind::And(members) => {
                for (index, member) in members.iter().enumerate() {
                    frames.push((condition, index));
                    self.flips_in(member, negated, scope, facts, frames);
                    frames.pop();
                }
            }
            ConditionKind::Not(inner) => self.flips_in(inner, !negated, scope, facts, frames),
            ConditionKind::Event(event) | ConditionKind::Had { event, .. } | ConditionKind::Count { event, .. } => {
                if let Some(filter) = &event.filter {
                    self.flips_in(filter, false, scope, facts, frames);
                }
            }
            ConditionKind::TimeSince { event, .. } => {
                if let (true, Some(id)) = (negated, event.event)
                    && let Some(missing) = self.event_missing(id, scope.place, facts)
                {
                    self.flip(condition, &missing, true, frames);
                }
            }
            ConditionKind::Compare { left, op, right } if negated || *op == CompareOp::NotEqual => {
                self.flip_terms(condition, [left, right], negated, scope, facts, frames);
            }
            ConditionKind::Text { left, right, .. } if negated => self.flip_terms(condition, [left, right], true, scope, facts, frames),
            ConditionKind::In { left, .. } if negated => self.flip_terms(condition, [left, left], true, scope, facts, frames),
            _ => {}
        }
    }

    fn flip_terms(
        &mut self,
        condition: &Condition,
        terms: [&Term; 2],
        negated: bool,
        scope: Scope<'_>,
        facts: &Facts,
        frames: &[Frame<'_>],
    ) {
        for term in terms {
            if let Some(missing) = self.missing(term, scope.place, facts)
                && self.flip(condition, &missing, negated, frames)
            {
                return;
            }
        }
    }

    /// Reports a comparison unless what stands beside it makes sure of the value. Returns whether it was reported.
    fn flip(&mut self, condition: &Condition, missing: &Missing, negated: bool, frames: &[Frame<'_>]) -> bool {
        if missing.fact.as_ref().is_some_and(|fact| frames.iter().any(|frame| guards(frame, fact))) {
            return false;
        }
        let written = self.sources.slice(condition.span);
        let turned = if negated {
            format!("{}; then `{written}` is false, and with `not` before it, true", missing.why)
        } else {
            format!("{}; then `{written}` is false, although the values are not equal", missing.why)
        };
        let truth = if negated { "true" } else { "false" };
        let finding = Diagnostic::new(F204, condition.span, turned)
            .note(format!("for example somebody with `{}`, for whom this part is {truth}", missing.opposite))
            .help(format!("say which you mean: `{} and …`, or `{} or …`", missing.guard, missing.opposite));
        let behind_where = matches!(missing.fact, Some(Fact::Property(..)));
        let finding = if missing.guard.ends_with(" is known") && !negated && !behind_where {
            finding.insert(condition.span, format!("{} and ", missing.guard), format!("ask `{}` first", missing.guard))
        } else {
            finding
        };
        self.report(finding);
        true
    }
}

/// Whether a sibling makes sure of a fact: beside `and` the others hold, beside `or` they do not.
fn guards((parent, index): &Frame<'_>, fact: &Fact) -> bool {
    let (members, holds) = match &parent.kind {
        ConditionKind::And(members) => (members, true),
        ConditionKind::Or(members) => (members, false),
        _ => return false,
    };
    members.iter().enumerate().filter(|(place, _)| place != index).any(|(_, member)| {
        let mut facts = Vec::new();
        consequences(member, holds, &mut facts);
        facts.contains(fact) || facts.contains(&Fact::Anything)
    })
}

/// Whether a condition has a comparison under `not`, or a `!=`, at all.
fn suspicious(condition: &Condition, negated: bool) -> bool {
    match &condition.kind {
        ConditionKind::Or(members) | ConditionKind::And(members) => members.iter().any(|member| suspicious(member, negated)),
        ConditionKind::Not(inner) => suspicious(inner, !negated),
        ConditionKind::Event(event) | ConditionKind::Had { event, .. } | ConditionKind::Count { event, .. } => {
            event.filter.as_ref().is_some_and(|filter| suspicious(filter, false))
        }
        ConditionKind::Compare { op, .. } => negated || *op == CompareOp::NotEqual,
        ConditionKind::TimeSince { .. } | ConditionKind::Text { .. } | ConditionKind::In { .. } => negated,
        _ => false,
    }
}
