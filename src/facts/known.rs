//! What is known at a place: a box, sparse, each fact with the clauses that established it.

use crate::{
    logic::{Key, ValueSet, Var},
    source::Span,
};
use smallvec::SmallVec;
use std::rc::Rc;

/// As many facts are kept in one box; what is dropped is forgotten, which is always right.
const FACTS_MAX: usize = 48;

/// As many origins are kept for one fact.
const ORIGINS_MAX: usize = 3;

/// What a variable can be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The values it can have.
    pub values: ValueSet,
    /// The clauses that say so, in the order of their places.
    pub origins: Origins,
}

/// A few clauses, in the order of their places.
pub type Origins = SmallVec<[Span; 3]>;

impl Fact {
    /// What a variable can be, which no clause established.
    #[must_use]
    pub fn plain(values: ValueSet) -> Self {
        Self { values, origins: Origins::new() }
    }

    /// Other values, by the same clauses.
    #[must_use]
    pub fn with(&self, values: ValueSet) -> Rc<Self> {
        Rc::new(Self { values, origins: Origins::from_slice(&self.origins) })
    }

    /// What a variable can be, as one clause established it.
    #[must_use]
    pub fn by(values: ValueSet, origin: Span) -> Self {
        Self { values, origins: Origins::from_slice(&[origin]) }
    }
}

/// A box: what each variable can be. A variable that is not named can be all that its declaration allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// By variable, ascending; shared by copies until one of them changes.
    facts: Rc<Vec<(Var, Rc<Fact>)>>,
    /// What may be happening at this instant; `None` is anything.
    pub happening: Option<Rc<ValueSet>>,
    /// The least and the most time since the stage was entered, in milliseconds.
    pub elapsed: (i64, Option<i64>),
    /// Nothing has happened since the stage was entered; the door.
    pub fresh_stage: Option<Span>,
    /// Nothing has happened since the run started; the door.
    pub fresh_run: Option<Span>,
    /// The first day it can be, by the clock of UTC.
    pub day_min: Option<i64>,
}

impl Known {
    /// What is known of a variable beyond its declaration.
    #[must_use]
    pub fn get(&self, var: Var) -> Option<&Fact> {
        self.facts.binary_search_by_key(&var, |(it, _)| *it).ok().and_then(|at| self.facts.get(at)).map(|(_, fact)| &**fact)
    }

    /// Whether no further variable can be kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.facts.len() >= FACTS_MAX
    }

    /// All facts, by variable.
    pub fn facts(&self) -> impl Iterator<Item = (Var, &Fact)> {
        self.facts.iter().map(|(var, fact)| (*var, &**fact))
    }

    /// Says what a variable can be, whatever was known before.
    pub fn put(&mut self, var: Var, fact: Fact) {
        let fact = Rc::new(fact);
        match self.facts.binary_search_by_key(&var, |(it, _)| *it) {
            Ok(at) => {
                if let Some(entry) = Rc::make_mut(&mut self.facts).get_mut(at) {
                    entry.1 = fact;
                }
            }
            Err(at) if !self.is_full() => Rc::make_mut(&mut self.facts).insert(at, (var, fact)),
            Err(_) => {}
        }
    }

    /// Forgets a variable.
    pub fn forget(&mut self, var: Var) {
        if let Ok(at) = self.facts.binary_search_by_key(&var, |(it, _)| *it) {
            Rc::make_mut(&mut self.facts).remove(at);
        }
    }

    /// Keeps, changes or forgets each fact.
    pub fn revise(&mut self, mut keep: impl FnMut(Var, &Rc<Fact>) -> Option<Rc<Fact>>) {
        let mut revised: Option<Vec<(Var, Rc<Fact>)>> = None;
        for (at, (var, fact)) in self.facts.iter().enumerate() {
            let kept = keep(*var, fact);
            match &mut revised {
                None if kept.as_ref().is_some_and(|it| Rc::ptr_eq(it, fact)) => {}
                None => {
                    let before = self.facts.iter().take(at).map(|(var, fact)| (*var, Rc::clone(fact)));
                    revised = Some(before.chain(kept.map(|it| (*var, it))).collect());
                }
                Some(list) => list.extend(kept.map(|it| (*var, it))),
            }
        }
        if let Some(revised) = revised {
            self.facts = Rc::new(revised);
        }
    }

    /// Whether all that this box allows is allowed by the other.
    #[must_use]
    pub fn is_within<'d>(&self, other: &Self, domain: &dyn Fn(Var) -> &'d ValueSet) -> bool {
        let (low, high) = (self.elapsed.0 >= other.elapsed.0, at_most(self.elapsed.1, other.elapsed.1));
        let fresh = |own: Option<Span>, its: Option<Span>| its.is_none() || own.is_some();
        let day = other.day_min.is_none_or(|min| self.day_min.is_some_and(|own| own >= min));
        low && high
            && day
            && fresh(self.fresh_stage, other.fresh_stage)
            && fresh(self.fresh_run, other.fresh_run)
            && other.happening.as_deref().is_none_or(|its| self.happening.as_deref().is_some_and(|own| own.is_within(its)))
            && other.facts.iter().all(|(var, fact)| match self.get(*var) {
                Some(own) => own.values.is_within(&fact.values),
                None => domain(*var).is_within(&fact.values),
            })
    }

    /// The least box that allows what one of the two allows.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut facts = Vec::new();
        for (var, fact) in self.facts.iter() {
            let Some(its) = other.get(*var) else { continue };
            if std::ptr::eq(its, &raw const **fact) {
                facts.push((*var, Rc::clone(fact)));
                continue;
            }
            let values = fact.values.or(&its.values);
            if !values.is_all() {
                facts.push((*var, Rc::new(Fact { values, origins: origins(&fact.origins, &its.origins) })));
            }
        }
        Self {
            facts: Rc::new(facts),
            happening: self.happening.as_ref().zip(other.happening.as_ref()).map(|(a, b)| Rc::new(a.or(b))),
            elapsed: (self.elapsed.0.min(other.elapsed.0), self.elapsed.1.zip(other.elapsed.1).map(|(a, b)| a.max(b))),
            fresh_stage: self.fresh_stage.filter(|_| other.fresh_stage.is_some()),
            fresh_run: self.fresh_run.filter(|_| other.fresh_run.is_some()),
            day_min: self.day_min.zip(other.day_min).map(|(a, b)| a.min(b)),
        }
    }

    /// A box that allows both and to which one cannot come for ever: bounds that move go to the next of `cuts`.
    #[must_use]
    pub fn widen(&self, grown: &Self, cuts: &dyn Fn(Var) -> Vec<Key>, patience: bool) -> Self {
        let mut wide = self.join(grown);
        wide.revise(|var, fact| {
            let old = self.get(var)?;
            if fact.values.is_within(&old.values) {
                return Some(Rc::clone(fact));
            }
            let values = if patience { widened(&old.values, &fact.values, &cuts(var))? } else { return None };
            Some(fact.with(values))
        });
        if wide.elapsed != self.elapsed {
            wide.elapsed = (if wide.elapsed.0 < self.elapsed.0 { 0 } else { wide.elapsed.0 }, None);
        }
        if wide.day_min != self.day_min {
            wide.day_min = None;
        }
        wide
    }
}

fn at_most(a: Option<i64>, b: Option<i64>) -> bool {
    match (a, b) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(a), Some(b)) => a <= b,
    }
}

/// The origins of two facts that became one.
pub(super) fn origins(a: &[Span], b: &[Span]) -> Origins {
    let mut all: SmallVec<[Span; 6]> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().take(ORIGINS_MAX).collect()
}

/// The hull of `new`, whose bounds beyond those of `old` lie at one of `cuts`; `None` where nothing is left of it.
fn widened(old: &ValueSet, new: &ValueSet, cuts: &[Key]) -> Option<ValueSet> {
    let ((old_low, old_high), (low, high)) = (hull(old)?, hull(new)?);
    let low = match (&old_low, &low) {
        (Some(old), Some(new)) if new < old => cuts.iter().rev().find(|cut| *cut <= new).cloned(),
        _ => low,
    };
    let high = match (&old_high, &high) {
        (Some(old), Some(new)) if new > old => cuts.iter().find(|cut| *cut >= new).cloned(),
        _ => high,
    };
    let values = ValueSet::between(low, high);
    let values = if new.has_missing() { values.or_missing() } else { values };
    (!values.is_all()).then_some(values)
}

/// The least and the first too large of the known values of a set; `None` where there is no known value.
pub(super) fn hull(set: &ValueSet) -> Option<(Option<Key>, Option<Key>)> {
    let mut bounds = set.intervals();
    let (low, mut high) = bounds.next()?;
    for (_, next) in bounds {
        high = next;
    }
    Some((low.cloned(), high.cloned()))
}

/// At most so many boxes stand for one place.
pub const BOXES_MAX: usize = 4;

/// As few boxes as are kept for one place: those too many are joined into the last.
#[must_use]
pub fn few(mut boxes: Vec<Known>) -> Vec<Known> {
    while boxes.len() > BOXES_MAX {
        if let (Some(a), Some(b)) = (boxes.pop(), boxes.pop()) {
            boxes.push(b.join(&a));
        }
    }
    boxes
}
