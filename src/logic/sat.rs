//! The same question for a SAT solver, where the tableau takes too many steps: a variable for each cell, exactly one cell
//! for each variable, and the laws as clauses.

use super::grid::{Grid, Link, Node, has};
use batsat::{BasicSolver, Lit, SolverInterface, lbool};

/// A state with one cell for each variable in which all formulas hold under these laws, if there is one.
pub(super) fn solve(grid: &Grid, links: &[&Link], start: &[u64], formulas: &[&Node]) -> Option<Vec<u64>> {
    let mut encoding = Encoding::new(grid, links, start);
    for node in formulas {
        if let Some(holds) = encoding.literal(node) {
            encoding.clause(&mut vec![holds]);
        }
    }
    encoding.solve()
}

struct Encoding<'g> {
    grid: &'g Grid,
    solver: BasicSolver,
    /// For each column the literals of its cells.
    cells: Vec<Vec<Lit>>,
    possible: bool,
}

impl<'g> Encoding<'g> {
    fn new(grid: &'g Grid, links: &[&Link], start: &[u64]) -> Self {
        let mut it = Self { grid, solver: BasicSolver::default(), cells: Vec::new(), possible: true };
        for column in &grid.columns {
            let cells: Vec<Lit> = column.cells.iter().map(|_| it.fresh()).collect();
            it.clause(&mut cells.clone());
            for (n, a) in cells.iter().enumerate() {
                if !has(start.get(column.range()).unwrap_or(&[]), n) {
                    it.clause(&mut vec![!*a]);
                }
                for b in cells.iter().skip(n + 1) {
                    it.clause(&mut vec![!*a, !*b]);
                }
            }
            it.cells.push(cells);
        }
        for link in links {
            let (Some(first), Some(second)) = (it.cells.get(link.a).cloned(), it.cells.get(link.b).cloned()) else { continue };
            for (a, allowed) in first.iter().zip(&link.from_a) {
                for (_, b) in second.iter().enumerate().filter(|(n, _)| !has(allowed, *n)) {
                    it.clause(&mut vec![!*a, !*b]);
                }
            }
        }
        it
    }

    fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var_default(), true)
    }

    fn clause(&mut self, clause: &mut Vec<Lit>) {
        self.possible &= self.solver.add_clause_reuse(clause);
    }

    /// A literal from which the formula follows; `None` where it always holds.
    fn literal(&mut self, node: &Node) -> Option<Lit> {
        match node {
            Node::True => None,
            Node::False => {
                let it = self.fresh();
                self.clause(&mut vec![!it]);
                Some(it)
            }
            Node::Is { column, mask, .. } => {
                let it = self.fresh();
                let mut clause = vec![!it];
                clause
                    .extend(self.cells.get(*column).into_iter().flatten().enumerate().filter(|(n, _)| has(mask, *n)).map(|(_, lit)| *lit));
                self.clause(&mut clause);
                Some(it)
            }
            Node::All(list) => {
                let it = self.fresh();
                for member in list {
                    if let Some(member) = self.literal(member) {
                        self.clause(&mut vec![!it, member]);
                    }
                }
                Some(it)
            }
            Node::Any(list) => {
                let it = self.fresh();
                let mut clause = vec![!it];
                for member in list {
                    clause.push(self.literal(member)?);
                }
                self.clause(&mut clause);
                Some(it)
            }
        }
    }

    fn solve(mut self) -> Option<Vec<u64>> {
        if !self.possible || self.solver.solve_limited(&[]) != lbool::TRUE {
            return None;
        }
        let mut state = vec![0; self.grid.full.len()];
        for (column, cells) in self.grid.columns.iter().zip(&self.cells) {
            for (n, lit) in cells.iter().enumerate() {
                if self.solver.value_lit(*lit) == lbool::TRUE {
                    state[column.start + n / 64] |= 1 << (n % 64);
                }
            }
        }
        Some(state)
    }
}
