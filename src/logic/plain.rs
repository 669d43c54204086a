//! The answer to most questions, without cells: variables that no law ties to each other.
//!
//! Job: say at once whether something can be, where each variable can be looked at by itself. Invariant: an answer is the one
//! that the search would give; where laws might matter there is none. The laws in question are those of `laws`: they tie
//! variables over the history of one event to each other, and some variables to what is happening. Properties of the latest
//! event are free where each can have a value and nothing else is asked of its history: then the event is happening now.

use super::{
    Var, VarKind,
    formula::Formula,
    read::happening_key,
    set::{Key, ValueSet},
    solver::Solver,
};
use crate::model::{EventId, Keeper};

/// So many ways through the choices of a question are looked at.
const WAYS_MAX: u32 = 16;

/// What each variable can be, so far.
pub(super) struct Plain<'s, 'm> {
    solver: &'s Solver<'m>,
    sets: Vec<(Var, ValueSet)>,
    /// Whether something is left of each variable to begin with.
    is_left: bool,
    ways_left: u32,
}

/// What is left of choices.
enum Only<'f> {
    /// Of one of them this side alone.
    Side(&'f Formula),
    /// Of one of them nothing.
    Nothing,
    /// Of each several.
    Open,
}

impl<'s, 'm> Plain<'s, 'm> {
    /// With what is known to begin with.
    pub fn of(solver: &'s Solver<'m>, facts: &[(Var, ValueSet)]) -> Self {
        let mut plain = Self { solver, sets: Vec::new(), is_left: true, ways_left: WAYS_MAX };
        for (var, set) in facts {
            plain.is_left &= plain.meet(*var, set);
        }
        plain
    }

    /// Whether all formulas can hold; nothing where laws might matter.
    pub fn decide<'f>(&mut self, formulas: impl Iterator<Item = &'f Formula>) -> Option<bool> {
        if self.is_left { self.hold(formulas.collect(), Vec::new()) } else { Some(false) }
    }

    /// Takes in that a variable is in a set; false where nothing is left of it.
    fn meet(&mut self, var: Var, set: &ValueSet) -> bool {
        let (left, place) = match self.so_far(var) {
            Some((place, so_far)) => (so_far.and(set), Some(place)),
            None => (self.solver.domain(var).and(set), None),
        };
        let is_left = !left.is_empty();
        match place.and_then(|place| self.sets.get_mut(place)) {
            Some(so_far) => so_far.1 = left,
            None => self.sets.push((var, left)),
        }
        is_left
    }

    fn so_far(&self, var: Var) -> Option<(usize, &ValueSet)> {
        self.sets.iter().enumerate().find(|(_, it)| it.0 == var).map(|(place, (_, set))| (place, set))
    }

    /// Whether a formula holds or fails whatever is taken of what is left; nothing where that is open.
    fn surely(&self, formula: &Formula) -> Option<bool> {
        match formula {
            Formula::True => Some(true),
            Formula::False(_) => Some(false),
            Formula::Is(it) => {
                let (_, so_far) = self.so_far(it.var)?;
                if so_far.is_within(&it.set) {
                    return Some(true);
                }
                so_far.and(&it.set).is_empty().then_some(false)
            }
            Formula::All(list) | Formula::Any(list) => {
                // One part decides: of all one that does not hold, of any one that does.
                let decides = matches!(formula, Formula::Any(_));
                let mut whole = Some(!decides);
                for it in list {
                    match self.surely(it) {
                        Some(holds) if holds == decides => return Some(decides),
                        Some(_) => {}
                        None => whole = None,
                    }
                }
                whole
            }
        }
    }

    /// Whether these formulas can hold, and one side of each choice.
    fn hold<'f>(&mut self, mut formulas: Vec<&'f Formula>, mut choices: Vec<&'f [Formula]>) -> Option<bool> {
        loop {
            while let Some(formula) = formulas.pop() {
                match formula {
                    Formula::True => {}
                    Formula::False(_) => return Some(false),
                    Formula::Is(it) => {
                        if !self.meet(it.var, &it.set) {
                            return Some(false);
                        }
                    }
                    Formula::All(list) => formulas.extend(list),
                    Formula::Any(list) => choices.push(list),
                }
            }
            match self.take_only(&mut choices) {
                Only::Side(side) => formulas.push(side),
                Only::Nothing => return Some(false),
                Only::Open => break,
            }
        }
        let Some(sides) = choices.pop() else { return self.are_free().then_some(true) };
        let before = self.sets.clone();
        let mut never = true;
        for side in sides {
            self.ways_left = self.ways_left.checked_sub(1)?;
            self.sets.clone_from(&before);
            match self.hold(vec![side], choices.clone()) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => never = false,
            }
        }
        never.then_some(false)
    }

    /// Drops the choices that hold anyway; the only side left of another, if there is such a one.
    fn take_only<'f>(&self, choices: &mut Vec<&'f [Formula]>) -> Only<'f> {
        let mut only = Only::Open;
        choices.retain(|sides| {
            let mut open = None;
            let mut count = 0;
            for side in *sides {
                match self.surely(side) {
                    Some(true) => return false,
                    Some(false) => {}
                    None => {
                        count += 1;
                        open = Some(side);
                    }
                }
            }
            match (&only, count, open) {
                (Only::Nothing, ..) => true,
                (_, 0, _) => {
                    only = Only::Nothing;
                    true
                }
                (Only::Open, 1, Some(side)) => {
                    only = Only::Side(side);
                    false
                }
                _ => true,
            }
        });
        only
    }

    /// Whether no law keeps the variables from what they can be one by one.
    fn are_free(&self) -> bool {
        let Some(now) = self.now() else { return false };
        let mut histories: Vec<EventId> = Vec::new();
        let mut latest: Vec<EventId> = Vec::new();
        let table = self.solver.table.borrow();
        self.sets.iter().all(|(var, set)| match table.kind(*var) {
            VarKind::Attribute(id) => {
                let is_closed = self.solver.closing(*id).iter().any(|event| happening_key(*event) == now);
                !is_closed || self.solver.model().attributes[*id].keeper != Keeper::Anyone || set.contains(&Key::Int(0))
            }
            VarKind::Since(of) | VarKind::Count(of, _) => {
                let is_first = !histories.contains(&of.event);
                histories.push(of.event);
                let is_count = matches!(table.kind(*var), VarKind::Count(..));
                let just_now = if is_count { ValueSet::at_least(Key::Int(1)) } else { ValueSet::one(Key::Int(0)) };
                is_first && !latest.contains(&of.event) && (happening_key(of.event) != now || !set.and(&just_now).is_empty())
            }
            VarKind::Latest(event, _) => {
                latest.push(*event);
                !histories.contains(event) && set.intervals().next().is_some()
            }
            VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Score(_)
            | VarKind::Today
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => true,
            VarKind::Figure { .. }
            | VarKind::Arithmetic { .. }
            | VarKind::OnClock(_)
            | VarKind::Text(..)
            | VarKind::Order(..)
            | VarKind::TextOf(..) => false,
        })
    }

    /// What is happening: nothing where that can be, else the one thing that can; nothing is said where there are several.
    fn now(&self) -> Option<i64> {
        let table = self.solver.table.borrow();
        let Some((_, set)) = self.sets.iter().find(|(var, _)| *table.kind(*var) == VarKind::Happening) else { return Some(0) };
        if set.contains(&Key::Int(0)) {
            return Some(0);
        }
        match set.intervals().next()? {
            (Some(Key::Int(only)), Some(next)) if *next == Key::Int(only + 1) && !set.has_missing() && set.intervals().count() == 1 => {
                Some(*only)
            }
            _ => None,
        }
    }
}
