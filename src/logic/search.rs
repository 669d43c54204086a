//! The tableau: what holds is narrowed step by step, and where one of several must hold, each is tried in turn.

use super::grid::{Column, Grid, Link, Node, has};

/// There were too many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfSteps;

/// A search with what is left of its budget.
#[derive(Debug)]
pub(super) struct Search<'g> {
    grid: &'g Grid,
    /// The laws between two variables that it obeys.
    links: Vec<&'g Link>,
    steps_left: u32,
    /// The variables that stand in laws, those first that are mostly missing.
    linked: Vec<usize>,
    /// The cells that laws allow, while they are obeyed.
    allowed: Vec<u64>,
    chosen: Vec<(usize, usize)>,
}

/// Whether a formula holds in a state, whichever values are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Truth {
    Yes,
    No,
    Open,
}

impl<'g> Search<'g> {
    /// A search under all laws of the grid.
    pub fn new(grid: &'g Grid, steps: u32) -> Self {
        Self::under(grid, grid.links.iter().collect(), steps)
    }

    /// A search under some of the laws of the grid.
    pub fn under(grid: &'g Grid, links: Vec<&'g Link>, steps: u32) -> Self {
        let mut linked: Vec<usize> = links.iter().flat_map(|link| [link.a, link.b]).collect();
        linked.sort_unstable_by_key(|at| (grid.columns.get(*at).is_some_and(|it| !it.is_mostly_missing), *at));
        linked.dedup();
        Self { grid, links, steps_left: steps, linked, allowed: Vec::new(), chosen: Vec::new() }
    }

    /// A state in which all formulas hold whatever is chosen among its cells, and for which the laws allow a choice.
    pub fn run(&mut self, mut state: Vec<u64>, formulas: &[&'g Node]) -> Result<Option<Vec<u64>>, OutOfSteps> {
        let mut pending = Vec::new();
        for node in formulas {
            if !self.take(&mut state, &mut pending, node)? {
                return Ok(None);
            }
        }
        self.settle(state, pending)
    }

    /// The state as far as it follows from the formulas without trying anything.
    pub fn narrowed(&mut self, mut state: Vec<u64>, formulas: &[&'g Node]) -> Result<Option<Vec<u64>>, OutOfSteps> {
        let mut pending = Vec::new();
        for node in formulas {
            if !self.take(&mut state, &mut pending, node)? {
                return Ok(None);
            }
        }
        let stands = self.narrow(&mut state, &mut pending)? && self.obey(&mut state).is_some();
        Ok(stands.then_some(state))
    }

    fn step(&mut self) -> Result<(), OutOfSteps> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(OutOfSteps)?;
        Ok(())
    }

    /// Takes in a formula that holds; false where that cannot be.
    fn take(&mut self, state: &mut [u64], pending: &mut Vec<&'g Node>, node: &'g Node) -> Result<bool, OutOfSteps> {
        match node {
            Node::True => Ok(true),
            Node::False => Ok(false),
            Node::Is { start, mask, .. } => {
                self.step()?;
                let mut some = 0;
                for (word, mask) in state.iter_mut().skip(*start).zip(mask) {
                    *word &= mask;
                    some |= *word;
                }
                Ok(some != 0)
            }
            Node::All(list) => {
                for it in list {
                    if !self.take(state, pending, it)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Any(_) => {
                pending.push(node);
                Ok(true)
            }
        }
    }

    /// A state in which the choices that are pending are made as well.
    pub fn settle(&mut self, mut state: Vec<u64>, mut pending: Vec<&'g Node>) -> Result<Option<Vec<u64>>, OutOfSteps> {
        loop {
            if !self.narrow(&mut state, &mut pending)? {
                return Ok(None);
            }
            match self.obey(&mut state) {
                None => return Ok(None),
                Some(true) if !pending.is_empty() => {}
                Some(_) => break,
            }
        }
        let Some((place, node)) = least(&state, &pending) else {
            return if self.choose(state.clone())? { Ok(Some(state)) } else { Ok(None) };
        };
        pending.remove(place);
        for side in sides(node).iter().filter(|it| truth(&state, it) != Truth::No) {
            self.step()?;
            let (mut state, mut pending) = (state.clone(), pending.clone());
            if self.take(&mut state, &mut pending, side)?
                && let Some(found) = self.settle(state, pending)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether the choices that are pending can be made as well: first without looking back, which mostly is enough.
    pub fn is_possible(&mut self, state: Vec<u64>, pending: Vec<&'g Node>) -> Result<bool, OutOfSteps> {
        Ok(self.is_plainly_possible(state.clone(), pending.clone())? || self.settle(state, pending)?.is_some())
    }

    /// Whether the first side of each choice that is still open leads to the end; if not, nothing is said.
    fn is_plainly_possible(&mut self, mut state: Vec<u64>, mut pending: Vec<&'g Node>) -> Result<bool, OutOfSteps> {
        while self.narrow(&mut state, &mut pending)? {
            let Some((place, node)) = least(&state, &pending) else { return Ok(self.is_likely(&state)) };
            pending.swap_remove(place);
            let Some(side) = sides(node).iter().find(|it| truth(&state, it) != Truth::No) else { break };
            if !self.take(&mut state, &mut pending, side)? {
                break;
            }
        }
        Ok(false)
    }

    /// Drops choices that hold anyway and takes the only side left of others, until nothing changes.
    fn narrow(&mut self, state: &mut [u64], pending: &mut Vec<&'g Node>) -> Result<bool, OutOfSteps> {
        let mut at = 0;
        let mut unchanged = 0;
        while unchanged < pending.len() {
            at %= pending.len();
            let Some(node) = pending.get(at).copied() else { break };
            let mut open = None;
            let mut count = 0;
            let mut holds = false;
            for side in sides(node) {
                match truth(state, side) {
                    Truth::Yes => holds = true,
                    Truth::Open => {
                        count += 1;
                        open = Some(side);
                    }
                    Truth::No => {}
                }
            }
            match (holds, count, open) {
                (true, ..) => {
                    pending.swap_remove(at);
                }
                (false, 1, Some(only)) => {
                    pending.swap_remove(at);
                    if !self.take(state, pending, only)? {
                        return Ok(false);
                    }
                    unchanged = 0;
                }
                (false, 0, _) => return Ok(false),
                (false, ..) => {
                    at += 1;
                    unchanged += 1;
                }
            }
        }
        Ok(true)
    }

    /// Drops cells to which no cell of another variable goes, until nothing changes: whether some were dropped, or nothing
    /// where a variable has none left.
    fn obey(&mut self, state: &mut [u64]) -> Option<bool> {
        let (grid, allowed) = (self.grid, &mut self.allowed);
        let mut dropped = false;
        loop {
            let mut changed = false;
            for link in &self.links {
                for (from, to, table) in [(link.a, link.b, &link.from_a), (link.b, link.a, &link.from_b)] {
                    let (Some(from), Some(to)) = (grid.columns.get(from), grid.columns.get(to)) else { continue };
                    allowed.clear();
                    allowed.resize(to.range().len(), 0);
                    for mask in cells_of(&state[from.range()]).filter_map(|cell| table.get(cell)) {
                        allowed.iter_mut().zip(mask).for_each(|(word, mask)| *word |= mask);
                    }
                    let mut some = 0;
                    for (word, allowed) in state[to.range()].iter_mut().zip(allowed.iter()) {
                        changed |= *word & !allowed != 0;
                        *word &= allowed;
                        some |= *word;
                    }
                    if some == 0 {
                        return None;
                    }
                }
            }
            if !changed {
                return Some(dropped);
            }
            dropped = true;
        }
    }

    /// Whether one cell for each variable can be chosen so that the laws hold.
    fn choose(&mut self, mut state: Vec<u64>) -> Result<bool, OutOfSteps> {
        if self.links.is_empty() || self.is_likely(&state) {
            return Ok(true);
        }
        if self.obey(&mut state).is_none() {
            return Ok(false);
        }
        if self.is_likely(&state) {
            return Ok(true);
        }
        let linked = self.linked.iter().filter_map(|at| self.grid.columns.get(*at));
        let open = linked.into_iter().find(|it| state[it.range()].iter().map(|w| w.count_ones()).sum::<u32>() > 1);
        let Some(column) = open else { return Ok(true) };
        for cell in 0..column.cells.len() {
            if has(&state[column.range()], cell) {
                self.step()?;
                let mut tried = state.clone();
                tried[column.range()].fill(0);
                tried[column.start + cell / 64] = 1 << (cell % 64);
                if self.choose(tried)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the likeliest cells obey all laws, each variable in turn taking what the ones before leave it: few
    /// happenings, each as long ago as can be. If not, nothing is said.
    fn is_likely(&mut self, state: &[u64]) -> bool {
        let mut chosen = std::mem::take(&mut self.chosen);
        chosen.clear();
        let mut allowed = std::mem::take(&mut self.allowed);
        let all = self.linked.iter().all(|at| {
            let Some(column) = self.grid.columns.get(*at) else { return false };
            allowed.clear();
            allowed.extend_from_slice(&state[column.range()]);
            for (other, cell) in &chosen {
                for link in &self.links {
                    let rows = match (link.a, link.b) {
                        (a, b) if a == *other && b == *at => &link.from_a,
                        (a, b) if a == *at && b == *other => &link.from_b,
                        _ => continue,
                    };
                    let row = rows.get(*cell).map_or(&[][..], |row| row);
                    allowed.iter_mut().zip(row).for_each(|(word, row)| *word &= row);
                }
            }
            let cell = likeliest(column, &allowed);
            chosen.extend(cell.map(|cell| (*at, cell)));
            cell.is_some()
        });
        (self.chosen, self.allowed) = (chosen, allowed);
        all
    }
}

/// The choice with the fewest sides that are still open, and its place.
fn least<'g>(state: &[u64], pending: &[&'g Node]) -> Option<(usize, &'g Node)> {
    let open = |node: &Node| sides(node).iter().filter(|it| truth(state, it) != Truth::No).count();
    pending.iter().enumerate().min_by_key(|(_, node)| open(node)).map(|(place, node)| (place, *node))
}

/// The cells in some words, ascending.
fn cells_of(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(at, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(at * 64 + bit)
        })
    })
}

/// The first of some cells of a variable, or the last where it is one that is mostly missing.
fn likeliest(column: &Column, words: &[u64]) -> Option<usize> {
    let first = || words.iter().position(|word| *word != 0).and_then(|at| Some(at * 64 + words.get(at)?.trailing_zeros() as usize));
    let last = || words.iter().rposition(|word| *word != 0).and_then(|at| Some(at * 64 + 63 - words.get(at)?.leading_zeros() as usize));
    if column.is_mostly_missing { last() } else { first() }
}

/// The choices of a formula whose other parts are taken in already.
pub(super) fn choices<'g>(node: &'g Node, pending: &mut Vec<&'g Node>) {
    match node {
        Node::True | Node::False | Node::Is { .. } => {}
        Node::All(list) => list.iter().for_each(|it| choices(it, pending)),
        Node::Any(_) => pending.push(node),
    }
}

fn sides(node: &Node) -> &[Node] {
    match node {
        Node::Any(list) => list,
        Node::True | Node::False | Node::Is { .. } | Node::All(_) => std::slice::from_ref(node),
    }
}

fn truth(state: &[u64], node: &Node) -> Truth {
    match node {
        Node::True => Truth::Yes,
        Node::False => Truth::No,
        Node::Is { start, mask, .. } => {
            let (mut inside, mut outside) = (0, 0);
            for (word, mask) in state.iter().skip(*start).zip(mask) {
                inside |= word & mask;
                outside |= word & !mask;
            }
            match (inside, outside) {
                (0, _) => Truth::No,
                (_, 0) => Truth::Yes,
                (_, _) => Truth::Open,
            }
        }
        Node::All(list) => {
            let mut all = Truth::Yes;
            for it in list {
                match truth(state, it) {
                    Truth::No => return Truth::No,
                    Truth::Open => all = Truth::Open,
                    Truth::Yes => {}
                }
            }
            all
        }
        Node::Any(list) => {
            let mut any = Truth::No;
            for it in list {
                match truth(state, it) {
                    Truth::Yes => return Truth::Yes,
                    Truth::Open => any = Truth::Open,
                    Truth::No => {}
                }
            }
            any
        }
    }
}

/// Whether a formula holds in a state, whichever of its cells are chosen.
pub(super) fn surely(state: &[u64], node: &Node) -> bool {
    truth(state, node) == Truth::Yes
}
