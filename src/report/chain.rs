//! Where people end who go on as others went.
//!
//! An absorbing chain over the stages of a funnel: the shares of those who went from a stage to another, out, or are still there,
//! as far as they had not reached a goal. Asked of it are the chance to reach a goal from each stage, and how many visits each
//! stage sees.
//! Solved per group of stages that lead to each other, in the order of the flow, by taking out one stage after the other
//! (W. Grassmann, M. Taksar and D. Heyman, Regenerative analysis and steady state distributions for Markov chains, 1985):
//! nothing is subtracted, so whole numbers of 18 digits behind the point lose nothing that anybody sees.

use crate::graph::strongly_connected;
use std::collections::BTreeMap;

/// One, as shares are counted.
pub(super) const ONE: u128 = 1_000_000_000_000_000_000;

/// Visits are counted in this part of one.
pub(super) const VISIT: u128 = 1_000_000_000;

/// Groups of more stages than this are not solved: the work grows with the third power.
const GROUP_MAX: usize = 1_000;

/// Who went where, of those who had not reached a goal before.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// How many began in each stage.
    pub starts: Vec<u64>,
    /// How many went from a stage to another.
    pub ways: Vec<BTreeMap<usize, u64>>,
    /// How many went from a stage out of the funnel.
    pub out: Vec<u64>,
    /// How many are still in a stage: so far they have reached nothing.
    pub stay: Vec<u64>,
    /// In which stages success is counted.
    pub goals: Vec<bool>,
}

/// What a chain says of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The chance to reach a goal from here, in parts of 10^18; none where nobody came here.
    pub chance: Option<u128>,
    /// How many visits it sees, in parts of 10^9; none where that has no end, since nobody gets out or stays.
    pub visits: Option<u128>,
}

/// A group of stages that lead to each other, with the stages behind the first taken out one by one.
struct Group {
    members: Vec<usize>,
    /// Shares from member to member.
    inner: Vec<Vec<u128>>,
    /// Shares that leave the group.
    exit: Vec<u128>,
    /// What is left of each member when it is taken out: its exits and the ways to members before it.
    open: Vec<u128>,
}

impl Chain {
    /// A chain over so many stages in which nobody has gone anywhere.
    #[must_use]
    pub fn new(goals: Vec<bool>) -> Self {
        let count = goals.len();
        Self { starts: vec![0; count], ways: vec![BTreeMap::new(); count], out: vec![0; count], stay: vec![0; count], goals }
    }

    /// How many visits of a stage there were.
    #[must_use]
    pub fn came(&self, stage: usize) -> u64 {
        let on: u64 = self.ways.get(stage).map_or(0, |ways| ways.values().sum());
        on + self.gone(stage)
    }

    /// How many of them led nowhere, so far.
    fn gone(&self, stage: usize) -> u64 {
        let count = |list: &[u64]| list.get(stage).copied().unwrap_or(0);
        count(&self.out) + count(&self.stay)
    }

    fn is_goal(&self, stage: usize) -> bool {
        self.goals.get(stage).copied().unwrap_or(false)
    }

    /// The share that `count` of the visits of `stage` are.
    fn share(&self, stage: usize, count: u64) -> u128 {
        (u128::from(count) * ONE).checked_div(u128::from(self.came(stage))).unwrap_or(0)
    }

    /// What the chain says of each stage.
    #[must_use]
    pub fn prospects(&self) -> Vec<Prospect> {
        let next: Vec<Vec<usize>> = (0..self.goals.len())
            .map(|stage| {
                if self.is_goal(stage) {
                    Vec::new()
                } else {
                    self.ways.get(stage).map(|it| it.keys().copied().collect()).unwrap_or_default()
                }
            })
            .collect();
        // The walk finds a group behind all those that it leads to.
        let groups: Vec<Group> = strongly_connected(&next).into_iter().map(|members| self.group(members)).collect();
        let mut chances = vec![0; self.goals.len()];
        for group in &groups {
            self.chances(group, &mut chances);
        }
        let mut visits: Vec<Option<u128>> = self.starts.iter().map(|count| Some(u128::from(*count) * VISIT)).collect();
        for group in groups.iter().rev() {
            self.visits(group, &mut visits);
        }
        let known = |stage: usize| self.is_goal(stage) || self.came(stage) > 0;
        let prospect = |(stage, (chance, visits))| Prospect { chance: known(stage).then_some(chance), visits };
        chances.into_iter().zip(visits).enumerate().map(prospect).collect()
    }

    fn group(&self, members: Vec<usize>) -> Group {
        let count = members.len();
        let place: BTreeMap<usize, usize> = members.iter().enumerate().map(|(at, stage)| (*stage, at)).collect();
        let mut group = Group { inner: vec![vec![0; count]; count.min(GROUP_MAX)], exit: vec![0; count], open: vec![0; count], members };
        if count > GROUP_MAX {
            group.inner.clear();
            return group;
        }
        for (at, stage) in group.members.iter().enumerate() {
            let ways = self.ways.get(*stage).into_iter().flatten();
            for (to, times) in ways.filter(|_| !self.is_goal(*stage)) {
                let share = self.share(*stage, *times);
                match place.get(to) {
                    Some(to) => add(&mut group.inner, at, *to, share),
                    None => bump(&mut group.exit, at, share),
                }
            }
            let nobody_came = self.is_goal(*stage) || self.came(*stage) == 0;
            bump(&mut group.exit, at, if nobody_came { ONE } else { self.share(*stage, self.gone(*stage)) });
        }
        group.take_out();
        group
    }

    /// The chance to reach a goal from each member; those behind the group are known.
    fn chances(&self, group: &Group, chances: &mut [u128]) {
        let mut reach: Vec<u128> = group.members.iter().map(|stage| self.reach_behind(group, *stage, chances)).collect();
        for k in (0..group.inner.len()).rev() {
            for i in 0..k {
                let more = group.through(i, k, at(&reach, k));
                bump(&mut reach, i, more);
            }
        }
        for k in 0..group.inner.len() {
            let inside: u128 = (0..k).map(|j| group.way(k, j) * chance_of(chances, group, j) / ONE).sum();
            let chance = ((at(&reach, k) + inside) * ONE).checked_div(at(&group.open, k)).unwrap_or(0).min(ONE);
            if let Some(place) = group.members.get(k).and_then(|stage| chances.get_mut(*stage)) {
                *place = chance;
            }
        }
    }

    /// The chance to reach a goal by a way that leaves the group at once.
    fn reach_behind(&self, group: &Group, stage: usize, chances: &[u128]) -> u128 {
        if self.is_goal(stage) {
            return ONE;
        }
        let ways = self.ways.get(stage).into_iter().flatten().filter(|(to, _)| !group.members.contains(to));
        ways.map(|(to, times)| self.share(stage, *times) * at(chances, *to) / ONE).sum()
    }

    /// The visits of each member; those before the group are known.
    fn visits(&self, group: &Group, visits: &mut [Option<u128>]) {
        let mut into: Vec<u128> = group.members.iter().map(|stage| visits.get(*stage).copied().flatten().unwrap_or(0)).collect();
        for k in (0..group.inner.len()).rev() {
            for j in 0..k {
                let more = divided(at(&into, k), group.way(k, j), at(&group.open, k));
                bump(&mut into, j, more);
            }
        }
        let mut found: Vec<u128> = Vec::new();
        for k in 0..group.inner.len() {
            let inside: u128 = (0..k).map(|j| at(&found, j).saturating_mul(group.way(j, k)) / ONE).sum();
            let open = at(&group.open, k);
            let total = at(&into, k).saturating_add(inside);
            found.push(divided(total, ONE, open));
            if let Some(place) = group.members.get(k).and_then(|stage| visits.get_mut(*stage)) {
                *place = (open > 0 || total == 0).then(|| at(&found, k));
            }
        }
        if group.inner.is_empty() {
            group.members.iter().for_each(|stage| visits.get_mut(*stage).into_iter().for_each(|place| *place = None));
        }
        self.pass_on(group, visits);
    }

    /// Sends the visits of a group on to the stages behind it.
    fn pass_on(&self, group: &Group, visits: &mut [Option<u128>]) {
        for stage in group.members.iter().filter(|stage| !self.is_goal(**stage)) {
            let Some(here) = visits.get(*stage).copied().flatten() else { continue };
            for (to, times) in self.ways.get(*stage).into_iter().flatten().filter(|(to, _)| !group.members.contains(to)) {
                let more = here.saturating_mul(self.share(*stage, *times)) / ONE;
                if let Some(Some(there)) = visits.get_mut(*to) {
                    *there = there.saturating_add(more);
                }
            }
        }
    }
}

impl Group {
    fn way(&self, from: usize, to: usize) -> u128 {
        self.inner.get(from).map_or(0, |row| at(row, to))
    }

    /// How much of `amount`, which lies behind `k`, comes to `i` by the way to it.
    fn through(&self, i: usize, k: usize, amount: u128) -> u128 {
        divided(amount, self.way(i, k), at(&self.open, k))
    }

    /// Takes out one member after the other, the last first: whoever came through it goes by the ways behind it.
    fn take_out(&mut self) {
        for k in (0..self.inner.len()).rev() {
            let open = at(&self.exit, k) + (0..k).map(|j| self.way(k, j)).sum::<u128>();
            if let Some(place) = self.open.get_mut(k) {
                *place = open;
            }
            for i in 0..k {
                let part = self.way(i, k);
                // Whoever comes to a place that nobody gets out of stays there.
                let gone = if open == 0 { part } else { divided(at(&self.exit, k), part, open) };
                bump(&mut self.exit, i, gone);
                for j in 0..k {
                    let more = divided(self.way(k, j), part, open);
                    add(&mut self.inner, i, j, more);
                }
            }
        }
    }
}

fn chance_of(chances: &[u128], group: &Group, member: usize) -> u128 {
    group.members.get(member).map_or(0, |stage| at(chances, *stage))
}

fn at(list: &[u128], place: usize) -> u128 {
    list.get(place).copied().unwrap_or(0)
}

fn bump(list: &mut [u128], place: usize, by: u128) {
    if let Some(value) = list.get_mut(place) {
        *value = value.saturating_add(by);
    }
}

fn add(table: &mut [Vec<u128>], row: usize, column: usize, by: u128) {
    if let Some(row) = table.get_mut(row) {
        bump(row, column, by);
    }
}

/// `amount * part / whole`; nothing of nothing.
fn divided(amount: u128, part: u128, whole: u128) -> u128 {
    amount.saturating_mul(part).checked_div(whole).unwrap_or(0)
}
