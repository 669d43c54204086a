//! How long it takes at most until a run comes to one of some stages.
//!
//! The longest way over the stages before them, each with its longest visit. Laps are counted out where `visits at most` ends
//! them: the search carries how often each such stage of a circle was entered, and what the counters of ours have come to.

use super::{
    counter::Counter,
    points::Setting,
    route::{Hop, Routes},
    stays::Stays,
};
use crate::{
    graph::{EdgeId, strongly_connected},
    model::StageId,
};
use std::collections::{HashMap, HashSet};

/// As many situations are looked at.
const SITUATIONS_MAX: usize = 20_000;

/// How a run may fail to come there in a known time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// The run is over before, by this edge.
    Over(StageId, EdgeId),
    /// Nobody knows how long one stays in a stage.
    Stays(StageId),
    /// Laps that nothing counts, through this stage.
    Laps(StageId),
    /// Too many ways.
    TooMany,
}

/// The longest time, and how often each stage is visited in it, in the order of coming there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Longest {
    pub ms: i64,
    pub visits: Vec<(StageId, u32)>,
    /// All visits, one by one.
    pub way: Vec<StageId>,
}

/// What ends the way that is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Coming to one of the stages; a run that is over before has missed them.
    There,
    /// The end of the run.
    Over,
}

/// What is made as large as it can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sum {
    Time,
    /// How often a stage is entered.
    Entries(StageId),
}

pub struct Reaching<'c, 'm> {
    pub setting: Setting<'c, 'm>,
    /// The counters of the funnel.
    pub counters: &'c [Counter],
    pub routes: &'c Routes<'m>,
    pub stays: &'c Stays,
    pub until: Until,
}

/// A stage, how often the counted stages were entered, and the least that each counter can be.
type Situation = (StageId, Vec<u32>, Vec<i64>);

/// A situation that is being looked at: where one goes from it, how many of these were looked at, and the longest so far.
type Visiting = (Situation, Vec<Situation>, usize, (i64, Option<Situation>));

struct Search<'s, 'c, 'm> {
    reaching: &'s Reaching<'c, 'm>,
    to: &'s [StageId],
    sum: Sum,
    counted: Vec<StageId>,
    /// Of each situation the longest time and the next situation; nothing while it is being looked at.
    known: HashMap<Situation, Option<(i64, Option<Situation>)>>,
}

impl<'c, 'm> Reaching<'c, 'm> {
    /// The longest time from entering a stage until one of `to` is entered. Stages that are among `to` take no time.
    pub fn longest(&self, from: StageId, to: &[StageId]) -> Result<Longest, Obstacle> {
        let (mut search, begin) = self.search(Sum::Time, from, to)?;
        let ms = search.longest(begin.clone())?;
        let way = search.way(begin);
        let mut visits: Vec<(StageId, u32)> = Vec::new();
        for id in &way {
            match visits.iter_mut().find(|(it, _)| it == id) {
                Some((_, count)) => *count += 1,
                None => visits.push((*id, 1)),
            }
        }
        Ok(Longest { ms, visits, way })
    }

    /// How often a stage can be entered at most in a run that begins in another.
    pub fn most_entries(&self, from: StageId, stage: StageId) -> Option<u32> {
        let (mut search, begin) = self.search(Sum::Entries(stage), from, &[]).ok()?;
        search.longest(begin).ok().and_then(|most| u32::try_from(most).ok())
    }

    fn search<'s>(&'s self, sum: Sum, from: StageId, to: &'s [StageId]) -> Result<(Search<'s, 'c, 'm>, Situation), Obstacle> {
        let region = self.region(from, to, sum)?;
        let counted = self.counted(&region, to);
        let begins = self.counters.iter().map(Counter::begins).collect();
        let search = Search { reaching: self, to, sum, counted, known: HashMap::new() };
        let begin = search.enter(from, &vec![0; search.counted.len()], begins).ok_or(Obstacle::TooMany)?;
        Ok((search, begin))
    }

    /// The stages one can be in before: each is left in a known time, and the run is not over.
    fn region(&self, from: StageId, to: &[StageId], sum: Sum) -> Result<Vec<StageId>, Obstacle> {
        let mut seen: HashSet<StageId> = HashSet::from([from]);
        let mut region = Vec::new();
        let mut open: std::collections::VecDeque<StageId> = if to.contains(&from) { [].into() } else { [from].into() };
        while let Some(at) = open.pop_front() {
            region.push(at);
            if sum == Sum::Time && self.stays.of(at).is_none() && self.routes.is_reached(at) {
                return Err(Obstacle::Stays(at));
            }
            for hop in self.routes.from(at) {
                match hop.to {
                    None if self.until == Until::Over => {}
                    None => return Err(Obstacle::Over(at, hop.edge)),
                    Some(next) if to.contains(&next) || !self.routes.is_reached(next) => {}
                    Some(next) => {
                        if seen.insert(next) {
                            open.push_back(next);
                        }
                    }
                }
            }
        }
        Ok(region)
    }

    /// The stages with `visits at most` on circles of a region.
    fn counted(&self, region: &[StageId], to: &[StageId]) -> Vec<StageId> {
        let place: HashMap<StageId, usize> = region.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let next: Vec<Vec<usize>> = region
            .iter()
            .map(|id| {
                let ahead = self.routes.from(*id).iter().filter_map(|hop| hop.to).filter(|to_id| !to.contains(to_id));
                ahead.filter_map(|id| place.get(&id).copied()).collect()
            })
            .collect();
        let mut counted = Vec::new();
        for component in strongly_connected(&next) {
            let round = component.len() > 1 || component.first().is_some_and(|at| next.get(*at).is_some_and(|list| list.contains(at)));
            let members = component.iter().filter_map(|at| region.get(*at)).filter(|_| round);
            counted.extend(members.filter(|id| self.setting.model.stages[**id].visits_at_most.is_some()));
        }
        counted.sort_unstable();
        counted
    }
}

impl Search<'_, '_, '_> {
    /// The situation behind entering a stage; nothing where it cannot be entered once more.
    fn enter(&self, id: StageId, counts: &[u32], values: Vec<i64>) -> Option<Situation> {
        let mut counts = counts.to_vec();
        if let Ok(at) = self.counted.binary_search(&id)
            && let Some(count) = counts.get_mut(at)
        {
            *count += 1;
            if self.reaching.setting.model.stages[id].visits_at_most.is_some_and(|most| *count > most) {
                return None;
            }
        }
        Some((id, counts, values))
    }

    fn ahead(&self, from: &Situation) -> Vec<Situation> {
        let (id, counts, values) = from;
        if self.to.contains(id) {
            return Vec::new();
        }
        let Reaching { setting, counters, routes, .. } = self.reaching;
        let behind = |hop: &Hop<'_>| -> Option<Situation> {
            let to = hop.to.filter(|to| !self.to.contains(to) && routes.is_reached(*to))?;
            let values = counters.iter().zip(values).map(|(counter, value)| counter.behind(setting, *id, hop, *value));
            self.enter(to, counts, values.collect::<Option<_>>()?)
        };
        let mut next: Vec<Situation> = routes.from(*id).iter().filter_map(behind).collect();
        next.sort_unstable();
        next.dedup();
        next
    }

    /// The longest time from a situation on, without recursion; a circle back to one that is being looked at has no bound.
    fn longest(&mut self, begin: Situation) -> Result<i64, Obstacle> {
        let mut stack: Vec<Visiting> = Vec::new();
        let own = |search: &Self, at: &Situation| match search.sum {
            Sum::Time if search.to.contains(&at.0) => 0,
            Sum::Time => search.reaching.stays.most(at.0).unwrap_or(0),
            Sum::Entries(stage) => i64::from(at.0 == stage),
        };
        self.known.insert(begin.clone(), None);
        let ahead = self.ahead(&begin);
        stack.push((begin, ahead, 0, (0, None)));
        loop {
            let Some((at, ahead, next, best)) = stack.last_mut() else { return Err(Obstacle::TooMany) };
            if let Some(to) = ahead.get(*next) {
                match self.known.get(to) {
                    Some(Some((ms, _))) => {
                        if *ms > best.0 || best.1.is_none() {
                            *best = (*ms, Some(to.clone()));
                        }
                        *next += 1;
                    }
                    Some(None) => return Err(Obstacle::Laps(to.0)),
                    None => {
                        if self.known.len() >= SITUATIONS_MAX {
                            return Err(Obstacle::TooMany);
                        }
                        let to = to.clone();
                        self.known.insert(to.clone(), None);
                        let ahead = self.ahead(&to);
                        stack.push((to, ahead, 0, (0, None)));
                    }
                }
                continue;
            }
            let (at, best) = (at.clone(), best.clone());
            stack.pop();
            let ms = own(self, &at).saturating_add(best.0);
            self.known.insert(at, Some((ms, best.1)));
            if stack.is_empty() {
                return Ok(ms);
            }
        }
    }

    /// The stages of the longest way from a situation on.
    fn way(&self, begin: Situation) -> Vec<StageId> {
        let mut way = Vec::new();
        let mut at = Some(begin);
        while let Some(situation) = at {
            if !self.to.contains(&situation.0) {
                way.push(situation.0);
            }
            at = self.known.get(&situation).and_then(|it| it.as_ref()).and_then(|(_, next)| next.clone());
        }
        way
    }
}
