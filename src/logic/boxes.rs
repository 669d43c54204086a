//! What a condition says of each variable by itself: a few boxes that hold all for whom it is true.

use super::{Var, formula::Formula, set::ValueSet, solver::Solver};
use crate::model::{Condition, Delay};
use std::collections::BTreeMap;

/// More boxes than this are drawn together.
pub const BOXES_MAX: usize = 4;

/// For each variable that is restricted the set it is in; all others may be anything.
pub type Box = BTreeMap<Var, ValueSet>;

impl Solver<'_> {
    /// At most [`BOXES_MAX`] boxes; whoever the condition is true of (or not true of) is in one of them. None at all where
    /// nobody is. One that says nothing is an empty box.
    #[must_use]
    pub fn boxes(&self, condition: &Condition, holds: bool) -> Vec<Box> {
        boxes_of(&self.formula(condition, holds))
    }

    /// The same of a delay that is over.
    #[must_use]
    pub fn boxes_of_delay(&self, delay: &Delay) -> Vec<Box> {
        let formula = {
            let mut table = self.table.borrow_mut();
            super::read::Reader::new(self.model, &mut table, 0).delay(delay, true)
        };
        boxes_of(&formula)
    }
}

fn boxes_of(formula: &Formula) -> Vec<Box> {
    match formula {
        Formula::True => vec![Box::new()],
        Formula::False(_) => Vec::new(),
        Formula::Is(it) if it.set.is_empty() => Vec::new(),
        Formula::Is(it) => vec![Box::from([(it.var, it.set.clone())])],
        Formula::All(list) => {
            let mut boxes = vec![Box::new()];
            // What is certain first: it makes the boxes of the choices smaller.
            let (plain, choices): (Vec<&Formula>, Vec<&Formula>) = list.iter().partition(|it| matches!(it, Formula::Is(_)));
            for it in plain.into_iter().chain(choices) {
                let own = boxes_of(it);
                boxes = few(boxes.iter().flat_map(|a| own.iter().filter_map(|b| meet(a, b))).collect());
            }
            boxes
        }
        Formula::Any(list) => few(list.iter().flat_map(boxes_of).collect()),
    }
}

/// What is in both boxes; `None` where that is nothing.
#[must_use]
pub fn meet(a: &Box, b: &Box) -> Option<Box> {
    let mut both = a.clone();
    for (var, set) in b {
        let set = both.get(var).map_or_else(|| set.clone(), |it| it.and(set));
        if set.is_empty() {
            return None;
        }
        both.insert(*var, set);
    }
    Some(both)
}

/// The smallest box around two.
#[must_use]
pub fn hull(a: &Box, b: &Box) -> Box {
    let shared = a.iter().filter_map(|(var, set)| Some((*var, set.or(b.get(var)?))));
    shared.filter(|(_, set)| !set.is_all()).collect()
}

/// Whether everything in the first box is in the second.
#[must_use]
pub fn is_within(a: &Box, b: &Box) -> bool {
    b.iter().all(|(var, set)| a.get(var).is_some_and(|own| own.is_within(set)))
}

/// Boxes inside others go, the two that lose least together are joined, until there are few.
#[must_use]
pub fn few(boxes: Vec<Box>) -> Vec<Box> {
    let mut kept: Vec<Box> = Vec::new();
    for it in boxes {
        if kept.iter().any(|other| is_within(&it, other)) {
            continue;
        }
        kept.retain(|other| !is_within(other, &it));
        kept.push(it);
        if kept.len() > BOXES_MAX {
            join(&mut kept);
        }
    }
    kept
}

/// Joins the two boxes whose hull still says the most.
fn join(boxes: &mut Vec<Box>) {
    let mut best: Option<(usize, usize, usize)> = None;
    for b in 1..boxes.len() {
        for a in 0..b {
            let (Some(first), Some(second)) = (boxes.get(a), boxes.get(b)) else { continue };
            let hull = hull(first, second);
            let kept = hull.iter().filter(|(var, set)| first.get(var) == Some(*set) || second.get(var) == Some(*set)).count();
            let worth = 2 * hull.len() + kept;
            if best.is_none_or(|(most, ..)| worth > most) {
                best = Some((worth, a, b));
            }
        }
    }
    if let Some((_, a, b)) = best {
        let second = boxes.remove(b);
        if let Some(first) = boxes.get_mut(a) {
            *first = hull(first, &second);
        }
        let joined = std::mem::take(boxes);
        for it in joined {
            if !boxes.iter().any(|other| is_within(&it, other)) {
                boxes.push(it);
            }
        }
    }
}
