//! What happens to a box: time passes, an event happens, a stage is entered, an attribute is written.
//!
//! Reading: records come in time. One that is handed over late may make what "within 7 days" says of the present instant
//! come out otherwise, as it does in the runtime.

use super::{
    known::{Fact, Known, Origins, hull, origins},
    words::{Trigger, Words},
};
use crate::{
    logic::{Key, Period, ValueSet, Var, VarKind},
    model::{AttributeId, Keeper},
    source::Span,
};
use std::{collections::BTreeMap, rc::Rc};

/// What others may write meanwhile: values, and where they are written.
pub(super) type Writes = BTreeMap<AttributeId, Fact>;

/// How much time passes, in milliseconds: at least, and at most.
pub(super) type Passing = (i64, Option<i64>);

impl Words<'_> {
    /// Time passes: whatever comes, comes.
    pub fn pass(&self, mut known: Known, (low, high): Passing, others: &Writes) -> Known {
        known.revise(|var, fact| {
            if self.is_shifting(var) {
                return None;
            }
            match self.kind(var) {
                VarKind::Attribute(id) => {
                    let fact = match self.model.attributes[*id].keeper {
                        Keeper::Anyone => None,
                        Keeper::Fixed => Some(fact).filter(|fact| !fact.values.has_missing()),
                        Keeper::Ours | Keeper::Runtime => Some(fact),
                    }?;
                    let fact = others.get(id).map_or_else(|| Rc::clone(fact), |other| Rc::new(with_other((**fact).clone(), Some(other))));
                    let no = ValueSet::one(Key::Int(0));
                    Some(if self.is_closable(*id) { fact.with(fact.values.or(&no)) } else { fact })
                }
                VarKind::Entry(_) => Some(Rc::clone(fact)),
                VarKind::Text(base, ..) if self.is_entry(*base) => Some(Rc::clone(fact)),
                VarKind::Order(a, b) | VarKind::TextOf(a, _, b) if self.is_entry(*a) && self.is_entry(*b) => Some(Rc::clone(fact)),
                VarKind::Finished(_) => Some(fact).filter(|fact| fact.values == ValueSet::one(Key::Int(1))).cloned(),
                VarKind::Since(_) => since_later(&fact.values, high).map(|values| fact.with(values)),
                VarKind::Count(_, Period::Ever | Period::SinceEntering | Period::SinceStarting) => {
                    let (low, _) = hull(&fact.values)?;
                    let low = low.filter(|low| *low > Key::Int(0))?;
                    Some(fact.with(ValueSet::at_least(low)))
                }
                VarKind::Count(_, Period::WithinMs(_))
                | VarKind::Property(..)
                | VarKind::Latest(..)
                | VarKind::Score(_)
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
        });
        known.happening = None;
        known.fresh_stage = None;
        known.fresh_run = None;
        known.elapsed = (known.elapsed.0.saturating_add(low), known.elapsed.1.zip(high).map(|(a, b)| a.saturating_add(b)));
        if let (Some(today), Some(min)) = (self.today, known.day_min) {
            // The contact's calendar is at most a day behind UTC.
            known.put(today, Fact::plain(ValueSet::at_least(Key::Int(min - 1))));
        }
        known
    }

    fn is_entry(&self, var: Var) -> bool {
        matches!(self.kind(var), VarKind::Entry(_))
    }

    /// So much time passes, in which none of these events happened.
    pub fn pass_without(&self, known: &Known, ms: i64, quiet: &[Trigger], others: &Writes, origin: Span) -> Known {
        let mut later = self.pass(known.clone(), (ms, Some(ms)), others);
        for trigger in quiet {
            for var in self.histories(*trigger, known).iter().copied() {
                let of = match self.kind(var) {
                    VarKind::Since(of) | VarKind::Count(of, _) => *of,
                    _ => continue,
                };
                if self.is_shifting(var) || of.of_contact || !self.implies(of.filter, trigger.filter) {
                    continue;
                }
                let before = self.values(known, var);
                let mut from = known.get(var).map_or_else(Origins::new, |fact| fact.origins.clone());
                let values = match self.kind(var) {
                    VarKind::Since(_) => {
                        from = origins(&from, &[origin]);
                        since_exactly(&before, ms)
                    }
                    VarKind::Count(_, Period::Ever | Period::SinceEntering | Period::SinceStarting) => {
                        from = origins(&from, &[origin]);
                        before
                    }
                    _ => continue,
                };
                later.put(var, Fact { values, origins: from });
            }
        }
        later
    }

    /// An event happens now.
    pub fn happen(&self, mut known: Known, trigger: Trigger, origin: Span) -> Known {
        let event = trigger.event;
        known.revise(|var, fact| match self.kind(var) {
            VarKind::Score(_) | VarKind::Figure { .. } | VarKind::Arithmetic { .. } => None,
            VarKind::Latest(of, _) if *of == event => None,
            VarKind::OnClock(base) | VarKind::Text(base, ..) if self.is_latest(*base) => None,
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) if self.is_latest(*a) || self.is_latest(*b) => None,
            _ => Some(Rc::clone(fact)),
        });
        for flag in self.closed_by(event) {
            self.write(&mut known, flag, Fact::by(ValueSet::one(Key::Int(0)), origin));
        }
        let before = known.clone();
        for var in self.histories(trigger, &before).iter().copied() {
            // What would not be kept anyway need not be found out.
            if before.get(var).is_none() && (known.is_full() || self.is_shifting(var)) {
                continue;
            }
            let values = self.values(&before, var);
            let (values, sure) = match self.kind(var) {
                VarKind::Since(of) if self.implies(trigger.filter, of.filter) => (ValueSet::one(Key::Int(0)), true),
                VarKind::Since(_) => (values.or(&ValueSet::one(Key::Int(0))), false),
                VarKind::Count(of, _) if self.implies(trigger.filter, of.filter) => match hull(&values) {
                    Some((Some(Key::Int(low)), _)) => (ValueSet::at_least(Key::Int(low.saturating_add(1))), true),
                    _ => (ValueSet::at_least(Key::Int(1)), true),
                },
                VarKind::Count(..) => match hull(&values) {
                    Some((Some(low), _)) => (ValueSet::at_least(low), false),
                    _ => (ValueSet::KNOWN, false),
                },
                _ => continue,
            };
            if sure && !self.is_shifting(var) {
                known.put(var, Fact::by(values, origin));
            } else if let Some(fact) = known.get(var).cloned() {
                known.put(var, Fact { values, ..fact });
            }
        }
        known.fresh_stage = None;
        known.fresh_run = None;
        known.happening = Some(Rc::new(ValueSet::one(self.key_of(event))));
        known
    }

    fn is_latest(&self, var: Var) -> bool {
        matches!(self.kind(var), VarKind::Latest(..))
    }

    /// A stage is entered, through a door that an event opened perhaps.
    pub fn enter(&self, known: &Known, opened_by: Option<Trigger>, new_run: bool, door: Span) -> Known {
        let mut entered = known.clone();
        entered.revise(|var, fact| match self.kind(var) {
            VarKind::Finished(_) => None,
            VarKind::Count(_, Period::SinceEntering) | VarKind::Figure { period: Period::SinceEntering, .. } => None,
            VarKind::Count(_, Period::SinceStarting) | VarKind::Figure { period: Period::SinceStarting, .. } if new_run => None,
            VarKind::Entry(_) if new_run => None,
            VarKind::Text(base, ..) | VarKind::OnClock(base) if self.is_entry(*base) => None,
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) if self.is_entry(*a) || self.is_entry(*b) => None,
            _ => Some(Rc::clone(fact)),
        });
        entered.happening = None;
        if let Some(trigger) = opened_by {
            self.bring(&mut entered, known, trigger, new_run, door);
        }
        entered.elapsed = (0, Some(0));
        entered.fresh_stage = Some(door);
        entered.fresh_run = if new_run { Some(door) } else { known.fresh_run };
        entered
    }

    /// What the event brings becomes `entry`.
    fn bring(&self, entered: &mut Known, known: &Known, trigger: Trigger, new_run: bool, door: Span) {
        let properties = &self.model.events[trigger.event].properties;
        for (name, var) in &self.entries {
            let Some(place) = properties.iter().position(|it| it.name == *name) else { continue };
            let latest = u32::try_from(place).ok().and_then(|at| self.asked(&VarKind::Latest(trigger.event, at)));
            let Some(property) = properties.get(place) else { continue };
            let fact = latest.and_then(|latest| known.get(latest)).cloned();
            let brought = fact.as_ref().map_or(ValueSet::ALL, |fact| fact.values.clone());
            let values = if property.optional && brought.has_missing() {
                let before = if new_run { ValueSet::MISSING } else { self.values(known, *var) };
                brought.known().or(&before)
            } else {
                brought.known()
            };
            let values = values.and(self.domain(*var));
            if values.is_all() {
                entered.forget(*var);
            } else {
                entered.put(
                    *var,
                    Fact { values, origins: fact.map_or_else(|| [door].into_iter().collect(), |fact| origins(&fact.origins, &[])) },
                );
            }
        }
    }

    /// The run ends: what only it knew is forgotten.
    pub fn leave(&self, mut known: Known) -> Known {
        known.revise(|var, fact| match self.kind(var) {
            VarKind::Finished(_) | VarKind::Entry(_) => None,
            VarKind::Count(_, Period::SinceEntering | Period::SinceStarting)
            | VarKind::Figure { period: Period::SinceEntering | Period::SinceStarting, .. } => None,
            VarKind::Text(base, ..) | VarKind::OnClock(base) if self.is_entry(*base) => None,
            VarKind::Order(a, b) | VarKind::TextOf(a, _, b) if self.is_entry(*a) || self.is_entry(*b) => None,
            _ => Some(Rc::clone(fact)),
        });
        known.happening = None;
        known.elapsed = (0, None);
        known.fresh_stage = None;
        known.fresh_run = None;
        known
    }

    /// An attribute is written.
    pub fn write(&self, known: &mut Known, attribute: AttributeId, fact: Fact) {
        let Some(var) = self.attribute(attribute) else { return };
        for dependent in self.dependents(var) {
            known.forget(*dependent);
        }
        let values = fact.values.and(self.domain(var));
        if self.domain(var).is_within(&values) {
            known.forget(var)
        } else {
            known.put(var, Fact { values, ..fact })
        }
        // Whoever changes the zone changes the day.
        let zone = self.model.attributes[attribute].name.text == "timezone";
        known.revise(|var, fact| {
            let of_zone = zone && matches!(self.kind(var), VarKind::Today | VarKind::OnClock(_));
            (!of_zone && !self.is_shifting(var)).then(|| Rc::clone(fact))
        });
    }

    /// Others may have written meanwhile, at this very instant.
    pub fn interfere(&self, mut known: Known, others: &Writes) -> Known {
        for (attribute, fact) in others {
            let Some(var) = self.attribute(*attribute) else { continue };
            let own = Fact { values: self.values(&known, var), origins: known.get(var).map_or_else(Origins::new, |it| it.origins.clone()) };
            let both = with_other(own, Some(fact));
            self.write(&mut known, *attribute, both);
        }
        known
    }
}

fn with_other(fact: Fact, other: Option<&Fact>) -> Fact {
    match other {
        Some(other) => Fact { values: fact.values.or(&other.values), origins: origins(&fact.origins, &other.origins) },
        None => fact,
    }
}

/// The time since the latest event when up to `high` has passed, in which others may have come.
fn since_later(values: &ValueSet, high: Option<i64>) -> Option<ValueSet> {
    let since = |bound: Option<i64>| ValueSet::between(Some(Key::Int(0)), bound.map(Key::Int));
    let latest = match hull(values) {
        None => None,
        Some((_, Some(Key::Int(bound)))) => high.map(|high| bound.saturating_add(high)),
        Some(_) => None,
    };
    if values.has_missing() {
        let now = high.map(|high| high.saturating_add(1));
        let bound = if hull(values).is_some() { latest.zip(now).map(|(a, b)| a.max(b)) } else { now };
        let values = since(bound).or_missing();
        return (bound.is_some()).then_some(values);
    }
    Some(since(latest))
}

/// The time since the latest event when exactly `ms` has passed and none has come.
fn since_exactly(values: &ValueSet, ms: i64) -> ValueSet {
    let mut later = if values.has_missing() { ValueSet::MISSING } else { ValueSet::NONE };
    let shift = |key: Option<&Key>| match key {
        Some(Key::Int(at)) => Some(Key::Int(at.saturating_add(ms))),
        Some(Key::Text(_)) | None => None,
    };
    for (low, high) in values.intervals() {
        later = later.or(&ValueSet::between(Some(shift(low).unwrap_or(Key::Int(ms))), shift(high)));
    }
    later
}
