//! Many conditions against each other: read, divided into cells and narrowed once, then compared pair by pair.
//!
//! All conditions share one grid. A pair is asked under the laws among its own variables alone, which are those that the
//! question of these two conditions would gather: what other conditions speak of cannot make two of them clash.

use super::{
    Var,
    formula::Formula,
    grid::{Grid, Link, Node},
    laws::Gatherer,
    sat,
    search::{Search, choices},
    solver::Solver,
};
use crate::model::Condition;

/// Conditions ready to be compared with each other.
pub struct Pairs {
    grid: Grid,
    members: Vec<Member>,
    laws: Vec<Law>,
    /// For each variable the laws between it and another: that other, and the place of the law.
    links_of: Vec<Vec<(usize, usize)>>,
    steps_max: u32,
}

/// One of the conditions.
struct Member {
    node: Node,
    /// Its variables, those included that laws bring in.
    columns: Columns,
    /// The laws between two of its own variables.
    links: Vec<usize>,
    /// The longer laws with some variable of it.
    laws: Vec<usize>,
    /// What it leaves of the values by itself; `None` where it never holds.
    alone: Option<Vec<u64>>,
    /// Whether what is certain in it is taken into that already.
    is_narrowed: bool,
}

/// A law over more than two variables.
struct Law {
    node: Node,
    columns: Columns,
}

/// A set of variables, by their places in the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Columns {
    list: Vec<usize>,
    bits: Vec<u64>,
}

impl Columns {
    fn new(mut list: Vec<usize>, count: usize) -> Self {
        list.sort_unstable();
        list.dedup();
        let mut bits = vec![0_u64; count.div_ceil(64)];
        list.iter().for_each(|it| bits[it / 64] |= 1 << (it % 64));
        Self { list, bits }
    }

    fn of(formula: &Formula, grid: &Grid) -> Self {
        let mut list = Vec::new();
        formula.each(&mut |it| list.extend(grid.column_of(it.var).map(|it| it.0)));
        Self::new(list, grid.columns.len())
    }

    fn has(&self, column: usize) -> bool {
        self.bits.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
    }
}

impl Solver<'_> {
    /// Makes conditions ready to be compared with each other.
    #[must_use]
    pub fn pairs(&self, conditions: &[&Condition]) -> Pairs {
        let formulas: Vec<Formula> = conditions.iter().map(|it| self.formula(it, true)).collect();
        let own = formulas.iter().map(|it| {
            let mut vars = Vec::new();
            it.each(&mut |literal| vars.push(literal.var));
            Gatherer::gather(self, vars).vars
        });
        let own: Vec<Vec<Var>> = own.collect();
        let prepared = self.prepared(formulas, Vec::new());
        let grid = prepared.grid;
        let mut links_of = vec![Vec::new(); grid.columns.len()];
        for (n, link) in grid.links.iter().enumerate() {
            links_of[link.a].push((link.b, n));
            if link.a != link.b {
                links_of[link.b].push((link.a, n));
            }
        }
        let laws = prepared.laws.clauses.iter();
        let laws: Vec<Law> = laws.map(|it| Law { node: grid.node(it, &|_, _| false), columns: Columns::of(it, &grid) }).collect();
        let mut pairs = Pairs { grid, members: Vec::new(), laws, links_of, steps_max: self.steps_max() };
        for (formula, vars) in prepared.formulas.iter().zip(&own) {
            let member = pairs.member(formula, vars);
            pairs.members.push(member);
        }
        pairs
    }
}

impl Pairs {
    fn member(&self, formula: &Formula, vars: &[Var]) -> Member {
        let grid = &self.grid;
        let columns = vars.iter().filter_map(|var| grid.column_of(*var)).map(|it| it.0).collect();
        let columns = Columns::new(columns, grid.columns.len());
        let mut links: Vec<usize> = self.between(&columns, &columns).collect();
        links.sort_unstable();
        links.dedup();
        let laws = self.laws.iter().enumerate().filter(|(_, law)| law.columns.list.iter().any(|it| columns.has(*it)));
        let laws: Vec<usize> = laws.map(|it| it.0).collect();
        let node = grid.node(formula, &|_, _| false);
        let mut search = Search::under(grid, self.links(&links).collect(), self.steps_max);
        let all: Vec<&Node> = std::iter::once(&node).chain(self.laws_within(&laws, &columns, &columns)).collect();
        let narrowed = search.narrowed(grid.full.clone(), &all);
        let is_narrowed = narrowed.is_ok();
        let alone = narrowed.unwrap_or_else(|_| Some(grid.full.clone()));
        Member { node, columns, links, laws, alone, is_narrowed }
    }

    /// The laws between a variable of the one and a variable of the other.
    fn between(&self, a: &Columns, b: &Columns) -> impl Iterator<Item = usize> {
        let all = a.list.iter().filter_map(|it| self.links_of.get(*it)).flatten();
        all.filter(|(other, _)| b.has(*other)).map(|it| it.1)
    }

    fn links<'p>(&'p self, places: &[usize]) -> impl Iterator<Item = &'p Link> {
        places.iter().filter_map(|it| self.grid.links.get(*it))
    }

    /// Those of the longer laws that speak of nothing else.
    fn laws_within<'p>(&'p self, laws: &[usize], a: &Columns, b: &Columns) -> impl Iterator<Item = &'p Node> {
        let laws = laws.iter().filter_map(|it| self.laws.get(*it));
        laws.filter(|law| law.columns.list.iter().all(|it| a.has(*it) || b.has(*it))).map(|it| &it.node)
    }

    /// Whether two of them, by their places, can hold together.
    #[must_use]
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        let Some((first, second)) = self.members.get(a).zip(self.members.get(b)) else { return false };
        let Some((left, right)) = first.alone.as_ref().zip(second.alone.as_ref()) else { return false };
        let mut state = left.clone();
        for column in second.columns.list.iter().filter_map(|it| self.grid.columns.get(*it)) {
            let range = column.range();
            let mut some = 0;
            for (word, other) in state[range.clone()].iter_mut().zip(&right[range]) {
                *word &= other;
                some |= *word;
            }
            if some == 0 {
                return false;
            }
        }
        let mut links: Vec<&Link> = self.links(&first.links).chain(self.links(&second.links)).collect();
        links.extend(self.between(&first.columns, &second.columns).filter_map(|it| self.grid.links.get(it)));
        let laws = || {
            let among_second = self.laws_within(&second.laws, &second.columns, &second.columns);
            self.laws_within(&first.laws, &first.columns, &second.columns).chain(among_second)
        };
        let mut pending: Vec<&Node> = Vec::with_capacity(16);
        for member in [first, second] {
            if member.is_narrowed { choices(&member.node, &mut pending) } else { pending.push(&member.node) }
        }
        pending.extend(laws());
        if pending.is_empty() && links.is_empty() {
            return true;
        }
        match Search::under(&self.grid, links.clone(), self.steps_max).is_possible(state, pending) {
            Ok(possible) => possible,
            Err(_) => {
                let all: Vec<&Node> = [&first.node, &second.node].into_iter().chain(laws()).collect();
                sat::solve(&self.grid, &links, &self.grid.full, &all).is_some()
            }
        }
    }
}
