//! The cells of a question: for each variable the classes of values that its conditions can tell apart.
//!
//! A state of knowledge is one bit for each cell of each variable, in one list of words; a literal is a mask over the
//! cells of its variable, a law a table of cells that go together.

use super::{
    Solver, Var, VarKind,
    formula::{Formula, Literal},
    laws::{Law, Laws, Rule, keeps_order},
    read_term::passes,
    set::{Key, ValueSet},
};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Variables with so many cells or fewer are not looked at twice.
const CELLS_FEW: usize = 64;

/// A class of values of one variable.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// One of its values; `None` is a missing one.
    pub sample: Option<Key>,
    /// All of them.
    pub set: ValueSet,
}

/// A variable with its cells.
#[derive(Debug)]
pub(super) struct Column {
    pub var: Var,
    /// Its first word in a state.
    pub start: usize,
    pub cells: Vec<Cell>,
    /// Whether it has to do with what has happened, which mostly has not: its last cell, a missing value, is the likeliest.
    pub is_mostly_missing: bool,
}

impl Column {
    fn words(&self) -> usize {
        self.cells.len().div_ceil(64)
    }

    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.words()
    }

    /// The cells for which something holds.
    pub fn mask(&self, holds: impl Fn(&Cell) -> bool) -> Box<[u64]> {
        self.mask_at(|n| self.cells.get(n).is_some_and(&holds))
    }

    /// The cells at places for which something holds.
    fn mask_at(&self, holds: impl Fn(usize) -> bool) -> Box<[u64]> {
        let mut mask = vec![0; self.words()];
        for n in (0..self.cells.len()).filter(|n| holds(*n)) {
            mask[n / 64] |= 1 << (n % 64);
        }
        mask.into()
    }

    pub fn mask_of(&self, set: &ValueSet) -> Box<[u64]> {
        self.mask(|cell| cell.is_in(set))
    }
}

impl Cell {
    fn is_in(&self, set: &ValueSet) -> bool {
        self.sample.as_ref().map_or(set.has_missing(), |sample| set.contains(sample))
    }
}

/// A law as a table: for each cell of the one variable the cells of the other that go with it.
#[derive(Debug)]
pub(super) struct Link {
    pub a: usize,
    pub b: usize,
    pub from_a: Vec<Box<[u64]>>,
    pub from_b: Vec<Box<[u64]>>,
}

/// A formula over cells.
#[derive(Debug)]
pub(super) enum Node {
    True,
    False,
    Is { column: usize, start: usize, mask: Box<[u64]> },
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// The cells of a question.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub columns: Vec<Column>,
    pub links: Vec<Link>,
    /// Every value of every variable is possible.
    pub full: Vec<u64>,
    places: FxHashMap<Var, usize>,
}

impl Grid {
    /// The cells that formulas, facts and laws ask for.
    pub fn new(solver: &Solver<'_>, formulas: &[&Formula], facts: &[(Var, ValueSet)], laws: &Laws) -> Self {
        let mut sets: FxHashMap<Var, Vec<&ValueSet>> = FxHashMap::default();
        for formula in formulas.iter().copied().chain(&laws.clauses) {
            formula.each(&mut |it| sets.entry(it.var).or_default().push(&it.set));
        }
        for (var, set) in facts {
            sets.entry(*var).or_default().push(set);
        }
        let mut ordered: BTreeSet<Var> = BTreeSet::new();
        for law in &laws.pairs {
            match &law.rule {
                Rule::Implies(a, b) => {
                    sets.entry(law.a).or_default().push(a);
                    sets.entry(law.b).or_default().push(b);
                }
                Rule::AtMost => ordered.extend([law.a, law.b]),
                Rule::Tests(..) => {
                    ordered.insert(law.a);
                }
            }
        }
        let mut grid = Self::default();
        for var in &laws.vars {
            let own = sets.get(var).map_or(&[][..], Vec::as_slice);
            let domain = solver.domain(*var);
            let keep = ordered.contains(var) || keeps_order(&solver.table.borrow(), *var);
            let cells = cells(&domain, own, keep);
            let is_mostly_missing =
                matches!(solver.table.borrow().kind(*var), VarKind::Since(_) | VarKind::Latest(..) | VarKind::Figure { .. });
            let column = Column { var: *var, start: grid.full.len(), cells, is_mostly_missing };
            grid.full.extend(column.mask(|_| true));
            grid.places.insert(*var, grid.columns.len());
            grid.columns.push(column);
        }
        grid.links = laws.pairs.iter().filter_map(|law| grid.link(law)).collect();
        grid
    }

    pub fn column_of(&self, var: Var) -> Option<(usize, &Column)> {
        let place = *self.places.get(&var)?;
        Some((place, self.columns.get(place)?))
    }

    fn link(&self, law: &Law) -> Option<Link> {
        let ((a, first), (b, second)) = self.column_of(law.a).zip(self.column_of(law.b))?;
        let (from_a, from_b) = match &law.rule {
            // Which cells lie in the one set does not depend on those in the other.
            Rule::Implies(if_in, then_in) => {
                let (outside, then) = (first.mask(|x| !x.is_in(if_in)), second.mask_of(then_in));
                let (all_a, all_b) = (first.mask(|_| true), second.mask(|_| true));
                let side = |is_bound: bool, bound: &[u64], all: &[u64]| -> Box<[u64]> { if is_bound { bound.into() } else { all.into() } };
                let from_a = (0..first.cells.len()).map(|x| side(!has(&outside, x), &then, &all_b)).collect();
                let from_b = (0..second.cells.len()).map(|y| side(!has(&then, y), &outside, &all_a)).collect();
                (from_a, from_b)
            }
            rule @ (Rule::AtMost | Rule::Tests(..)) => {
                let from_a: Vec<Box<[u64]>> = first.cells.iter().map(|x| second.mask(|y| rule.allows(x, y))).collect();
                let goes = |x: usize, y: usize| from_a.get(x).is_some_and(|mask| has(mask, y));
                let from_b = (0..second.cells.len()).map(|y| first.mask_at(|x| goes(x, y))).collect();
                (from_a, from_b)
            }
        };
        Some(Link { a, b, from_a, from_b })
    }

    /// A formula over the cells; literals for which `relaxed` holds say nothing.
    pub fn node(&self, formula: &Formula, relaxed: &dyn Fn(u32, Option<crate::source::Span>) -> bool) -> Node {
        match formula {
            Formula::True => Node::True,
            Formula::False(never) => {
                if relaxed(never.part, never.span) {
                    Node::True
                } else {
                    Node::False
                }
            }
            Formula::Is(it) => self.literal(it, relaxed(it.part, it.span)),
            Formula::All(list) => Node::All(list.iter().map(|it| self.node(it, relaxed)).collect()),
            Formula::Any(list) => Node::Any(list.iter().map(|it| self.node(it, relaxed)).collect()),
        }
    }

    fn literal(&self, it: &Literal, relaxed: bool) -> Node {
        match self.column_of(it.var) {
            Some((column, cells)) if !relaxed => Node::Is { column, start: cells.start, mask: cells.mask_of(&it.set) },
            Some(_) | None => Node::True,
        }
    }

    /// What a state leaves of a variable.
    pub fn left(&self, state: &[u64], column: usize) -> ValueSet {
        let Some(it) = self.columns.get(column) else { return ValueSet::NONE };
        let words = state.get(it.range()).unwrap_or(&[]);
        it.cells.iter().enumerate().filter(|(n, _)| has(words, *n)).fold(ValueSet::NONE, |set, (_, cell)| set.or(&cell.set))
    }
}

/// Whether a cell is among those of a mask.
pub(super) fn has(words: &[u64], cell: usize) -> bool {
    words.get(cell / 64).is_some_and(|word| word >> (cell % 64) & 1 == 1)
}

/// The elementary intervals of a domain between the bounds of sets; where order does not matter and there are many, those
/// that no set tells apart become one.
fn cells(domain: &ValueSet, sets: &[&ValueSet], keep_order: bool) -> Vec<Cell> {
    let mut cuts: BTreeSet<&Key> = BTreeSet::new();
    for set in sets.iter().copied().chain([domain]) {
        cuts.extend(set.intervals().flat_map(|(low, high)| low.into_iter().chain(high)));
    }
    let mut cells = Vec::new();
    let mut bounds = cuts.into_iter().peekable();
    while let Some(low) = bounds.next() {
        if domain.contains(low) {
            let set = ValueSet::between(Some(low.clone()), bounds.peek().map(|it| (*it).clone()));
            cells.push(Cell { sample: Some(low.clone()), set });
        }
    }
    if domain.has_missing() {
        cells.push(Cell { sample: None, set: ValueSet::MISSING });
    }
    if keep_order || cells.len() <= CELLS_FEW {
        return cells;
    }
    let mut classes: Vec<Cell> = Vec::new();
    let mut by_members: FxHashMap<Vec<bool>, usize> = FxHashMap::default();
    for cell in cells {
        let members: Vec<bool> = sets.iter().map(|set| cell.is_in(set)).collect();
        match by_members.get(&members).and_then(|at| classes.get_mut(*at)) {
            Some(class) => class.set = class.set.or(&cell.set),
            None => {
                by_members.insert(members, classes.len());
                classes.push(cell);
            }
        }
    }
    classes
}

impl Rule {
    fn allows(&self, a: &Cell, b: &Cell) -> bool {
        match self {
            Self::Implies(first, second) => !a.is_in(first) || b.is_in(second),
            Self::AtMost => match (&a.sample, &b.sample) {
                (_, None) => true,
                (None, Some(_)) => false,
                // The least value of the one against the greatest of the other.
                (Some(low), Some(_)) => b.set.intervals().last().and_then(|(_, high)| high).is_none_or(|high| low < high),
            },
            Self::Tests(test, text) => match (&a.sample, &b.sample) {
                (None, yes) => *yes != Some(Key::Int(1)),
                (Some(_), None) => false,
                (Some(Key::Int(_)), Some(_)) => true,
                (Some(Key::Text(sample)), Some(yes)) => {
                    let yes = *yes == Key::Int(1);
                    if a.set == ValueSet::one(Key::Text(sample.clone())) {
                        return passes(sample, *test, text) == yes;
                    }
                    // A common beginning of all texts of the cell decides what it can.
                    let surely = passes(sample, crate::model::TextTest::Contains, text)
                        && *test == crate::model::TextTest::Contains
                        && a.set.is_within(&ValueSet::prefix(sample));
                    yes || !surely
                }
            },
        }
    }
}
