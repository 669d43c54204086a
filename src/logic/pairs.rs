//! Many conditions against each other: read, divided into cells and narrowed once, then compared pair by pair.

use super::{
    formula::Formula,
    grid::Node,
    sat,
    search::{Search, choices},
    solver::{Prepared, Solver},
};
use crate::model::Condition;

/// Conditions ready to be compared with each other.
pub struct Pairs {
    prepared: Prepared,
    nodes: Vec<Node>,
    laws: Vec<Node>,
    /// What each leaves of the values by itself; `None` where it never holds.
    alone: Vec<Option<Vec<u64>>>,
    steps_max: u32,
}

impl Solver<'_> {
    /// Makes conditions ready to be compared with each other.
    #[must_use]
    pub fn pairs(&self, conditions: &[&Condition]) -> Pairs {
        let formulas: Vec<Formula> = conditions.iter().map(|it| self.formula(it, true)).collect();
        let mut prepared = self.prepared(formulas, Vec::new());
        let nodes: Vec<Node> = prepared.formulas.iter().map(|it| prepared.grid.node(it, &|_, _| false)).collect();
        let laws: Vec<Node> = prepared.laws.clauses.iter().map(|it| prepared.grid.node(it, &|_, _| false)).collect();
        let steps_max = self.steps_max();
        let alone = nodes.iter().map(|node| {
            let all: Vec<&Node> = std::iter::once(node).chain(&laws).collect();
            match Search::new(&prepared.grid, steps_max).narrowed(prepared.grid.full.clone(), &all) {
                Ok(found) => found,
                Err(_) => Some(prepared.grid.full.clone()),
            }
        });
        let alone = alone.collect();
        prepared.formulas.clear();
        Pairs { prepared, nodes, laws, alone, steps_max }
    }
}

impl Pairs {
    /// Whether two of them, by their places, can hold together.
    #[must_use]
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        let both = self.alone.get(a).zip(self.alone.get(b));
        let Some((Some(first), Some(second))) = both else { return false };
        let grid = &self.prepared.grid;
        let state: Vec<u64> = first.iter().zip(second).map(|(a, b)| a & b).collect();
        let is_gone = |range: std::ops::Range<usize>| state.get(range).is_some_and(|words| words.iter().all(|it| *it == 0));
        if grid.columns.iter().any(|it| is_gone(it.range())) {
            return false;
        }
        let (Some(first), Some(second)) = (self.nodes.get(a), self.nodes.get(b)) else { return false };
        let mut pending: Vec<&Node> = Vec::with_capacity(16);
        [first, second].into_iter().chain(&self.laws).for_each(|it| choices(it, &mut pending));
        if pending.is_empty() && grid.links.is_empty() {
            return true;
        }
        match Search::new(grid, self.steps_max).settle(state, pending) {
            Ok(found) => found.is_some(),
            Err(_) => {
                let all: Vec<&Node> = [first, second].into_iter().chain(&self.laws).collect();
                sat::solve(grid, &grid.full, &all).is_some()
            }
        }
    }
}
