//! The answer to most questions, without cells: variables that no law ties to each other.
//!
//! Job: say at once whether something can be, where each variable can be looked at by itself. Invariant: an answer is the one
//! that the search would give; where laws might matter there is none. The laws in question are those of `laws`: they tie
//! variables over the history of one event to each other, and some variables to what is happening.

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
    ways_left: u32,
}

impl<'s, 'm> Plain<'s, 'm> {
    /// With what is known to begin with.
    pub fn of(solver: &'s Solver<'m>, facts: &[(Var, ValueSet)]) -> Self {
        let mut plain = Self { solver, sets: Vec::new(), ways_left: WAYS_MAX };
        facts.iter().for_each(|(var, set)| plain.meet(*var, set));
        plain
    }

    /// Whether all formulas can hold; nothing where laws might matter.
    pub fn decide(&mut self, formulas: &[Formula]) -> Option<bool> {
        self.hold(formulas.iter().collect(), Vec::new())
    }

    fn meet(&mut self, var: Var, set: &ValueSet) {
        match self.sets.iter_mut().find(|it| it.0 == var) {
            Some(so_far) => so_far.1 = so_far.1.and(set),
            None => self.sets.push((var, set.clone())),
        }
    }

    /// Whether these formulas can hold, and one side of each choice.
    fn hold<'f>(&mut self, mut formulas: Vec<&'f Formula>, mut choices: Vec<&'f [Formula]>) -> Option<bool> {
        while let Some(formula) = formulas.pop() {
            match formula {
                Formula::True => {}
                Formula::False(_) => return Some(false),
                Formula::Is(it) => self.meet(it.var, &it.set),
                Formula::All(list) => formulas.extend(list),
                Formula::Any(list) => choices.push(list),
            }
        }
        if self.sets.iter().any(|(var, set)| set.and(&self.solver.domain(*var)).is_empty()) {
            return Some(false);
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

    /// Whether no law keeps the variables from what they can be one by one.
    fn are_free(&self) -> bool {
        let Some(now) = self.now() else { return false };
        let mut histories: Vec<EventId> = Vec::new();
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
                is_first && (happening_key(of.event) != now || !set.and(&just_now).is_empty())
            }
            VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Score(_)
            | VarKind::Today
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => true,
            VarKind::Latest(..)
            | VarKind::Figure { .. }
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
