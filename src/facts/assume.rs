//! Assuming a condition: the boxes that are left of a box where it holds.
//!
//! Invariant: whoever is in the box and passes the condition is in one of the boxes that come out. None is a proof that
//! nobody passes.

use super::{
    known::{Fact, Known, Origins, few, hull},
    reckon,
    words::Words,
};
use crate::{
    logic::{Formula, Key, Period, ValueSet, Var, VarKind},
    source::Span,
};
use smallvec::SmallVec;
use std::{borrow::Cow, ops::Range, rc::Rc};

impl Words<'_> {
    /// What is left of a box where a formula holds.
    pub fn assume(&self, known: Known, formula: &Formula) -> Vec<Known> {
        let mut left = Vec::new();
        self.assume_into(known, formula, &mut left);
        left
    }

    /// Adds what is left of a box where a formula holds.
    fn assume_into(&self, known: Known, formula: &Formula, left: &mut Vec<Known>) {
        match formula {
            Formula::True => left.push(known),
            Formula::False(_) => {}
            Formula::Is(literal) => left.extend(self.restrict(known, literal.var, &literal.set, literal.span)),
            Formula::All(members) => {
                let Some(known) = self.assume_plain(known, members) else { return };
                let mut inner = members.iter().filter(|it| matches!(it, Formula::Any(_) | Formula::All(_)));
                let Some(first) = inner.next() else { return left.push(known) };
                let begun = few(self.assume(known, first));
                left.extend(inner.fold(begun, |boxes, member| self.assume_each(&boxes, member)));
            }
            Formula::Any(members) => {
                let mut sides = Vec::new();
                members.iter().for_each(|member| self.assume_into(known.clone(), member, &mut sides));
                left.extend(few(sides));
            }
        }
    }

    /// The same for several boxes; of equal ones, as those who come by several ways often are, the same is left.
    fn assume_each(&self, boxes: &[Known], formula: &Formula) -> Vec<Known> {
        let mut left: Vec<Known> = Vec::new();
        let mut ranges: SmallVec<[Range<usize>; 4]> = SmallVec::new();
        for known in boxes {
            let begin = left.len();
            match boxes.iter().zip(&ranges).find(|(earlier, _)| *earlier == known) {
                Some((_, same)) => left.extend_from_within(same.clone()),
                None => self.assume_into(known.clone(), formula, &mut left),
            }
            ranges.push(begin..left.len());
        }
        few(left)
    }

    /// What is left of a box where those of some formulas hold that are no choices.
    fn assume_plain(&self, known: Known, members: &[Formula]) -> Option<Known> {
        members.iter().try_fold(known, |known, member| match member {
            Formula::True | Formula::Any(_) | Formula::All(_) => Some(known),
            Formula::False(_) => None,
            Formula::Is(literal) => self.restrict(known, literal.var, &literal.set, literal.span),
        })
    }

    /// The same for several boxes.
    pub fn assume_all(&self, boxes: &[Known], formula: &Formula) -> Vec<Known> {
        self.assume_each(boxes, formula)
    }

    /// Whether anything is left of some boxes where a formula holds.
    pub fn can_assume(&self, boxes: &[Known], formula: &Formula) -> bool {
        boxes.iter().any(|known| match formula {
            Formula::True => true,
            Formula::False(_) => false,
            Formula::Any(members) => members.iter().any(|member| self.can_assume(std::slice::from_ref(known), member)),
            Formula::Is(it) => self.can_restrict(known, it.var, &it.set, it.span),
            Formula::All(_) => !self.assume(known.clone(), formula).is_empty(),
        })
    }

    /// Whether anything is left of a box where a variable is in a set.
    fn can_restrict(&self, known: &Known, var: Var, set: &ValueSet, origin: Option<Span>) -> bool {
        let follows =
            matches!(self.kind(var), VarKind::Since(_) | VarKind::Count(..) | VarKind::Order(..) | VarKind::OnClock(_) | VarKind::Text(..));
        if follows { self.restrict(known.clone(), var, set, origin).is_some() } else { !self.seen(known, var).and(set).is_empty() }
    }

    /// What a variable can be in a box.
    pub fn values(&self, known: &Known, var: Var) -> ValueSet {
        self.seen(known, var).into_owned()
    }

    /// The same, borrowed where nothing has to be worked out.
    fn seen<'k>(&'k self, known: &'k Known, var: Var) -> Cow<'k, ValueSet> {
        if var == self.happening {
            return Cow::Borrowed(known.happening.as_deref().unwrap_or_else(|| self.domain(var)));
        }
        let declared = known.get(var).map_or_else(|| self.domain(var), |fact| &fact.values);
        match self.kind(var) {
            VarKind::Since(_) => match self.wider(var).and_then(|wider| known.get(wider)) {
                Some(fact) => Cow::Owned(declared.and(&not_before(&fact.values))),
                None => Cow::Borrowed(declared),
            },
            VarKind::Count(_, period) => Cow::Owned(declared.and(&self.counts(known, var, *period))),
            VarKind::Figure { kind, period, .. } if is_fresh(known, *period).is_some() => {
                Cow::Owned(declared.and(&reckon::over_nothing(*kind)))
            }
            VarKind::Order(a, b) => Cow::Owned(declared.and(&reckon::orders(&self.values(known, *a), &self.values(known, *b)))),
            VarKind::Arithmetic { op, left, right } => {
                let worth = |it| reckon::operand(it, &|var| self.values(known, var));
                Cow::Owned(declared.and(&reckon::arithmetic(*op, &worth(*left), &worth(*right))))
            }
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::OnClock(_)
            | VarKind::Today
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Text(..)
            | VarKind::TextOf(..)
            | VarKind::Unknown(_) => Cow::Borrowed(declared),
        }
    }

    /// What is known of a variable beyond its declaration, and by which clauses.
    pub fn told(&self, known: &Known, var: Var) -> Option<Fact> {
        let values = self.values(known, var);
        if matches!(self.kind(var), VarKind::Happening | VarKind::Unknown(_)) || self.domain(var).is_within(&values) {
            return None;
        }
        let of = |var: Option<Var>| var.and_then(|var| known.get(var)).map(|fact| fact.origins.clone());
        let origins = match self.kind(var) {
            VarKind::Since(_) => of(Some(var)).or_else(|| of(self.wider(var))),
            VarKind::Count(_, period) => of(Some(var))
                .or_else(|| is_fresh(known, *period).map(|door| Origins::from_iter([door])))
                .or_else(|| of(self.since_of(var)))
                .or_else(|| of(self.wider(var))),
            VarKind::Figure { period, .. } => is_fresh(known, *period).map(|door| Origins::from_iter([door])),
            _ => of(Some(var)),
        };
        Some(Fact { values, origins: origins.unwrap_or_default() })
    }

    /// How many events there can be, as far as that follows from what else is known.
    fn counts(&self, known: &Known, count: Var, period: Period) -> ValueSet {
        let all = ValueSet::at_least(Key::Int(0));
        if is_fresh(known, period).is_some() {
            return ValueSet::one(Key::Int(0));
        }
        let Some(since) = self.since_of(count) else { return all };
        let since = self.values(known, since);
        let lately = match period {
            Period::WithinMs(ms) => since.and(&ValueSet::between(Some(Key::Int(0)), Some(Key::Int(ms)))),
            Period::SinceEntering | Period::SinceStarting | Period::Ever => since.clone().known(),
        };
        if lately.is_empty() {
            return ValueSet::one(Key::Int(0));
        }
        match period {
            Period::Ever if !since.has_missing() => ValueSet::at_least(Key::Int(1)),
            Period::WithinMs(ms) if since.is_within(&ValueSet::below(Key::Int(ms))) => ValueSet::at_least(Key::Int(1)),
            Period::WithinMs(_) | Period::SinceEntering | Period::SinceStarting | Period::Ever => all,
        }
    }

    /// What is left of a box where a variable is in a set.
    pub fn restrict(&self, mut known: Known, var: Var, set: &ValueSet, origin: Option<Span>) -> Option<Known> {
        let before = self.seen(&known, var);
        if before.is_within(set) {
            return (!before.is_empty()).then_some(known);
        }
        let values = before.and(set);
        if values.is_empty() {
            return None;
        }
        if matches!(self.kind(var), VarKind::Unknown(_)) {
            return Some(known);
        }
        if var == self.happening {
            known.happening = Some(Rc::new(values));
            return Some(known);
        }
        known.put(var, Fact { values: values.clone(), origins: Origins::from_slice(origin.as_slice()) });
        match self.kind(var) {
            VarKind::Since(_) => self.since_is(known, var, &values, origin),
            VarKind::Count(_, period) => self.count_is(known, var, *period, &values, origin),
            VarKind::Order(a, b) => {
                let (a, b) = (*a, *b);
                let (left, right) = reckon::sides(&values, &self.values(&known, a), &self.values(&known, b));
                let known = self.restrict_plain(known, a, &left, origin)?;
                self.restrict_plain(known, b, &right, origin)
            }
            VarKind::Today => {
                if let Some((Some(Key::Int(day)), _)) = hull(&values) {
                    // The contact's calendar is at most a day ahead of UTC.
                    known.day_min = Some(known.day_min.map_or(day - 1, |min| min.max(day - 1)));
                }
                Some(known)
            }
            VarKind::OnClock(base) | VarKind::Text(base, ..) if !values.has_missing() => {
                // No and missing are told apart by nobody here: only a test that holds says that the value is known.
                let holds = matches!(self.kind(var), VarKind::OnClock(_)) || values == ValueSet::one(Key::Int(1));
                if holds { self.restrict_plain(known, *base, &ValueSet::KNOWN, origin) } else { Some(known) }
            }
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Latest(..)
            | VarKind::Score(_)
            | VarKind::Figure { .. }
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Text(..)
            | VarKind::TextOf(..)
            | VarKind::Unknown(_) => Some(known),
        }
    }

    /// The same for a variable from which nothing else follows.
    fn restrict_plain(&self, mut known: Known, var: Var, set: &ValueSet, origin: Option<Span>) -> Option<Known> {
        let before = self.seen(&known, var);
        if before.is_within(set) {
            return (!before.is_empty()).then_some(known);
        }
        let values = before.and(set);
        if values.is_empty() {
            return None;
        }
        known.put(var, Fact { values, origins: Origins::from_slice(origin.as_slice()) });
        Some(known)
    }

    /// What follows from the time since the latest event: one of any `where` was no longer ago.
    fn since_is(&self, known: Known, since: Var, values: &ValueSet, origin: Option<Span>) -> Option<Known> {
        let Some(wider) = self.wider(since).filter(|_| !values.has_missing()) else { return Some(known) };
        let bound = hull(values).and_then(|(_, high)| high);
        self.restrict_plain(known, wider, &ValueSet::between(None, bound), origin)
    }

    /// What follows from how many events there were.
    fn count_is(&self, known: Known, count: Var, period: Period, values: &ValueSet, origin: Option<Span>) -> Option<Known> {
        let Some(since) = self.since_of(count) else { return Some(known) };
        let none = *values == ValueSet::one(Key::Int(0));
        let some = !values.contains(&Key::Int(0));
        let lately = |ms: i64| ValueSet::between(Some(Key::Int(0)), Some(Key::Int(ms)));
        let set = match period {
            Period::Ever if none => ValueSet::MISSING,
            Period::WithinMs(ms) if none => lately(ms).complement(),
            Period::WithinMs(ms) if some => lately(ms),
            Period::Ever | Period::SinceEntering | Period::SinceStarting if some => ValueSet::KNOWN,
            Period::WithinMs(_) | Period::Ever | Period::SinceEntering | Period::SinceStarting => return Some(known),
        };
        let known = self.restrict_plain(known, since, &set, origin)?;
        let values = self.values(&known, since);
        self.since_is(known, since, &values, origin)
    }
}

/// The door since which nothing has happened, if a period begins with it.
pub(super) fn is_fresh(known: &Known, period: Period) -> Option<Span> {
    match period {
        Period::SinceEntering => known.fresh_stage,
        Period::SinceStarting => known.fresh_run,
        Period::WithinMs(_) | Period::Ever => None,
    }
}

/// The times since the latest of some events, where those since the latest of all of that name are given.
fn not_before(all: &ValueSet) -> ValueSet {
    match hull(all) {
        Some((Some(low), _)) => ValueSet::at_least(low).or_missing(),
        Some((None, _)) => ValueSet::ALL,
        None => ValueSet::MISSING,
    }
}
