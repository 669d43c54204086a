//! Somebody for whom a question holds: one friendly value for each variable that matters.

use super::{
    Var, VarKind, Witness,
    friendly::friendly,
    search::{Search, surely},
    set::{Key, ValueSet},
    solver::{Prepared, Solver},
};

/// So many steps for each variable that is left out to see whether it matters.
const STEPS_MAX: u32 = 500;

/// The values that make all of it hold, from a state of the search.
pub(super) fn witness_of(solver: &Solver<'_>, prepared: &Prepared, state: &[u64]) -> Witness {
    let grid = &prepared.grid;
    let nodes = prepared.nodes(&|_, _| false);
    let mut state = state.to_vec();
    for column in grid.columns.iter().rev() {
        let mut freed = state.clone();
        for (word, full) in freed.iter_mut().zip(&grid.full).skip(column.start).take(column.range().len()) {
            *word = *full;
        }
        for (var, set) in prepared.facts.iter().filter(|it| it.0 == column.var) {
            if let Some((_, column)) = grid.column_of(*var) {
                freed.iter_mut().skip(column.start).zip(&column.mask_of(set)).for_each(|(word, mask)| *word &= mask);
            }
        }
        let stands = nodes.iter().all(|node| surely(&freed, node));
        if stands && freed != state && Search::new(grid, STEPS_MAX).run(freed.clone(), &[]).is_ok_and(|it| it.is_some()) {
            state = freed;
        }
    }
    let mut wanted: Vec<(Var, ValueSet)> = Vec::new();
    for (place, column) in grid.columns.iter().enumerate() {
        let left = grid.left(&state, place);
        if left != solver.domain(column.var) {
            wanted.push((column.var, left));
        }
    }
    wanted.sort_by_key(|(var, _)| (solver.kind(*var) != VarKind::Happening, *var));
    Witness { values: values(solver, prepared, wanted.clone()), room: wanted }
}

/// A value for each variable, such that the laws hold between them.
fn values(solver: &Solver<'_>, prepared: &Prepared, mut wanted: Vec<(Var, ValueSet)>) -> Vec<(Var, Option<Key>)> {
    let mut chosen = Vec::new();
    for at in 0..wanted.len() {
        let Some((var, set)) = wanted.get(at).cloned() else { break };
        let candidates = friendly(solver, var, &set);
        let fits = |value: &Option<Key>| {
            let mut facts = wanted.clone();
            if let Some(fact) = facts.get_mut(at) {
                fact.1 = single(value);
            }
            facts.extend(prepared.facts.iter().cloned());
            solver.prepared(prepared.formulas.clone(), facts).search(&|_, _| false, &|_| false).is_some()
        };
        let alone = prepared.laws.pairs.is_empty() && prepared.laws.clauses.is_empty();
        let value = if alone { candidates.first() } else { candidates.iter().find(|it| fits(it)).or(candidates.first()) };
        let Some(value) = value.cloned() else { continue };
        if let Some(fact) = wanted.get_mut(at) {
            fact.1 = single(&value);
        }
        chosen.push((var, value));
    }
    chosen
}

fn single(value: &Option<Key>) -> ValueSet {
    value.clone().map_or(ValueSet::MISSING, ValueSet::one)
}
