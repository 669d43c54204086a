//! How close together the messages of one funnel can come, over all the ways a contact can take.
//!
//! Two bounds, of which both hold. One goes along the ways: from a message in one stage, out of it, through others, to the
//! last one counted, each stretch at its least time (least-time search, all beginnings at once, layer by layer of count).
//! The other sums what each stage can send, as often as it can be entered. Nurtures side by side are summed. What is counted
//! may be messages, or events that funnels record.

use super::{
    decide::Grounds,
    points::{Curve, Deed, Sent, Setting, TooLong, curve},
    reach::{Reaching, Until},
    route::Routes,
    spans::{NEVER, Spans},
};
use crate::{
    graph::strongly_connected,
    model::{Condition, ConditionKind, EventId, FunnelId, MessageId, Nurture, Reentry, Schedule, StageId, Start},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// In larger funnels nobody counts how often a stage is entered until a counter of ours says no.
const COUNTED_MAX: usize = 100;

/// What calendars and clocks of one zone differ from hours counted.
const SHIFT_MS: i64 = 26 * HOUR_MS;

/// What is counted, and how far.
#[derive(Clone, Copy)]
pub struct Counting<'c, 'm> {
    pub setting: Setting<'c, 'm>,
    pub grounds: &'c Grounds<'m>,
    /// Whether all runs of a contact count together, or each for itself.
    pub whole_life: bool,
    pub depth: usize,
    /// How many counts lean on this one.
    pub deep: u8,
}

/// What a stage can send, by count.
#[derive(Clone, Debug)]
struct Stage {
    head: Vec<i64>,
    inside: Vec<i64>,
    latest: Vec<i64>,
}

impl Stage {
    fn head(&self, count: usize) -> i64 {
        count.checked_sub(1).map_or(0, |at| self.head.get(at).copied().unwrap_or(NEVER))
    }
}

impl<'m> Counting<'_, 'm> {
    /// The spans of the messages that count in a funnel.
    pub fn spans(&self, funnel: FunnelId, counts: &dyn Fn(Deed) -> bool) -> Result<Spans, TooLong> {
        let stages: Vec<StageId> = self.setting.model.funnels[funnel].stages.clone();
        let curves = stages.iter().map(|id| self.stage(*id, counts)).collect::<Result<Vec<_>, _>>()?;
        if curves.iter().all(|it| it.inside.first().is_none_or(|least| *least == NEVER)) {
            return Ok(Spans::none(self.depth));
        }
        let ways = Ways::of(self, funnel, &stages);
        let along = ways.along(&curves, self.depth);
        Ok(along.and(&self.summed(&stages, &curves, &ways)))
    }

    /// From coming into a funnel to the n-th message that counts at least, over all runs.
    pub fn heads(&self, funnel: FunnelId, counts: &dyn Fn(Deed) -> bool) -> Vec<i64> {
        let it = &self.setting.model.funnels[funnel];
        let curves = it.stages.iter().map(|id| self.stage(*id, counts)).collect::<Result<Vec<_>, _>>();
        let Ok(curves) = curves else { return vec![0; self.depth] };
        let first = it.stages.first().map_or(0, |id| id.index());
        let doors = self.grounds.routes.entering(funnel).iter().filter_map(|hop| hop.to);
        let doors: Vec<usize> = doors.map(|to| to.index().saturating_sub(first)).collect();
        let heads = Ways::of(self, funnel, &it.stages).heads(&curves, &doors, self.depth);
        // Any number of runs with keys of their own begin at one time.
        let one = heads.first().copied().unwrap_or(0);
        if it.key.is_some() { vec![one; self.depth] } else { heads }
    }

    /// How many go out at most in a time in one visit of a stage.
    pub fn most_in(&self, id: StageId, counts: &dyn Fn(Deed) -> bool, window_ms: i64) -> usize {
        let of_stage = self.stage(id, counts);
        of_stage.map_or(0, |stage| stage.inside.iter().take_while(|ms| **ms < window_ms).count())
    }

    fn stage(&self, id: StageId, counts: &dyn Fn(Deed) -> bool) -> Result<Stage, TooLong> {
        let mut sum = Stage { head: Vec::new(), inside: Vec::new(), latest: Vec::new() };
        let mut beside: Option<Vec<Vec<Sent>>> = Some(Vec::new());
        if self.grounds.routes.is_reached(id) {
            for nurture in &self.setting.model.stages[id].nurtures {
                let sent = self.nurture(nurture, counts, &mut sum)?;
                beside = beside.zip(sent).map(|(all, own)| all.into_iter().chain((!own.is_empty()).then_some(own)).collect());
            }
        }
        if let Some(beside) = beside.filter(|all| all.len() > 1) {
            sum.inside = side_by_side(&beside, &sum.inside, self.depth);
        }
        // What is due when everybody is gone is never sent.
        let gone = self.grounds.stays.most(id).unwrap_or(NEVER);
        sum.head.iter_mut().filter(|at| **at > gone).for_each(|at| *at = NEVER);
        sum.inside.iter_mut().filter(|at| **at > gone).for_each(|at| *at = NEVER);
        sum.latest.iter_mut().for_each(|at| *at = (*at).min(gone));
        sum.head.sort_unstable();
        sum.inside.sort_unstable();
        sum.latest.sort_unstable_by_key(|at| Reverse(*at));
        let depth = self.depth;
        [&mut sum.head, &mut sum.inside].into_iter().for_each(|list| list.resize(depth, NEVER));
        sum.latest.resize(depth, 0);
        Ok(sum)
    }

    /// Adds what a nurture sends; the steps that do, where it begins with the visit.
    fn nurture(&self, nurture: &Nurture, counts: &dyn Fn(Deed) -> bool, sum: &mut Stage) -> Result<Option<Vec<Sent>>, TooLong> {
        let (Start::Entry | Start::When(_) | Start::EachTime(_)) = &nurture.start;
        if let Start::When(when) | Start::EachTime(when) = &nurture.start
            && !self.setting.may_hold(when)
        {
            return Ok(Some(Vec::new()));
        }
        let own: Curve = curve(&self.setting, &nurture.steps, counts, self.depth)?;
        let sends = own.inside.iter().take_while(|at| **at != NEVER).count();
        match &nurture.start {
            Start::Entry | Start::When(_) => {
                sum.head.extend(&own.head);
                sum.inside.extend(&own.inside);
                let is_late = nurture.start != Start::Entry;
                sum.latest.extend(own.latest.iter().take(sends).map(|at| if is_late { NEVER } else { *at }));
            }
            Start::EachTime(when) if sends > 0 => {
                let first = own.head.first().copied().unwrap_or(0);
                let is_immediate = own.latest.iter().take(sends).all(|at| *at == 0);
                for starts in self.starts(when) {
                    for (n, start) in (0_i64..).zip(&starts) {
                        // A start before the first message of the one before it undoes that one.
                        let start = (*start).max(first.saturating_mul(n));
                        let at = own.head.iter().take(sends).map(|head| start.saturating_add(*head));
                        let at: Vec<i64> = at.collect();
                        sum.head.extend(&at);
                        sum.inside.extend(&at);
                    }
                }
                if !is_immediate {
                    sum.inside.extend(own.inside.iter().take(sends));
                }
                sum.latest.extend(vec![NEVER; self.depth]);
            }
            Start::EachTime(_) => {}
        }
        let is_known = nurture.start == Start::Entry || sends == 0;
        Ok(is_known.then_some(own.sent))
    }

    /// How soon a play can be begun so often, from one beginning on, by each of its triggers.
    fn starts(&self, when: &Condition) -> Vec<Vec<i64>> {
        let mut all = Vec::new();
        when.each_atom(true, &mut |atom, _| match &atom.kind {
            ConditionKind::Event(test) => all.push(self.pace(test, self.depth).unwrap_or_else(|| vec![0; self.depth])),
            ConditionKind::Every { schedule, .. } if self.setting.zone_is_fixed => {
                let period = match schedule {
                    Schedule::Day => DAY_MS,
                    Schedule::Week(_) => 7 * DAY_MS,
                    Schedule::Month(_) => 28 * DAY_MS,
                    Schedule::Year(_) => 365 * DAY_MS,
                };
                // A zone that becomes known may let the clock strike once more.
                let strikes = (0..self.depth).map(|n| i64::try_from(n).unwrap_or(i64::MAX).saturating_sub(1).saturating_mul(period));
                all.push(strikes.map(|at| at.saturating_sub(SHIFT_MS).max(0)).collect());
            }
            ConditionKind::Every { .. } | ConditionKind::Reaches { .. } => all.push(vec![0; self.depth]),
            _ => {}
        });
        all
    }

    /// What all stages send together, each as often as it can be entered.
    fn summed(&self, stages: &[StageId], curves: &[Stage], ways: &Ways) -> Spans {
        let mut sum = Spans::none(self.depth);
        for (at, (id, curve)) in stages.iter().zip(curves).enumerate() {
            if curve.inside.first().is_none_or(|least| *least == NEVER) {
                continue;
            }
            let visits = if ways.is_round(at) { self.visits(*id) } else { Some(1) };
            let latest = curve.latest.first().copied().unwrap_or(0);
            let rated = self.entries(*id).into_iter().skip(1).map(|start| start.saturating_sub(latest).max(0));
            let mut entries: Vec<i64> = rated.collect();
            if let Some(visits) = visits {
                entries.truncate(visits.saturating_sub(1));
            }
            let mut times = curve.inside.clone();
            for start in entries {
                times.extend(curve.head.iter().map(|head| start.saturating_add(*head)));
            }
            sum = sum.beside(&Spans::new(first(times, self.depth), self.depth));
        }
        sum
    }

    /// How often a stage is entered at most, where `visits at most` or a counter of ours says so.
    fn visits(&self, id: StageId) -> Option<usize> {
        let funnel = self.setting.model.stages[id].funnel;
        let it = &self.setting.model.funnels[funnel];
        let is_one_run = !self.whole_life || (it.reentry == Some(Reentry::Never) && it.key.is_none());
        if !is_one_run {
            return None;
        }
        let said = self.setting.model.stages[id].visits_at_most;
        let doors = || self.grounds.routes.entering(funnel).iter().filter_map(|hop| hop.to);
        let counters = self.grounds.counters(funnel);
        let reaching =
            Reaching { setting: self.setting, counters, routes: &self.grounds.routes, stays: &self.grounds.stays, until: Until::Over };
        let counted = if counters.is_empty() || it.stages.len() > COUNTED_MAX {
            None
        } else {
            doors().map(|from| reaching.most_entries(from, id)).try_fold(0, |most, own| Some(most.max(own?)))
        };
        let most = match (said, counted) {
            (Some(said), Some(counted)) => said.min(counted),
            (said, counted) => said.or(counted)?,
        };
        usize::try_from(most).ok()
    }

    /// How soon a stage can be entered so often, the first time included: where each door needs an event that comes only so
    /// often, or where people come from outside alone and runs begin only so often.
    fn entries(&self, id: StageId) -> Vec<i64> {
        let model = self.setting.model;
        let funnel = model.stages[id].funnel;
        let hops = Routes::into(&self.grounds.routes, id);
        let from_outside = hops.iter().all(|(from, _)| from.is_none());
        let rated_by: Option<Vec<Paced>> = hops.iter().map(|(_, hop)| self.rated(hop.when()?)).collect();
        let by_events = rated_by.map(|lists| {
            let events: Paced = lists.into_iter().flatten().collect();
            first(events.into_values().flatten().collect(), self.depth + 1)
        });
        let by_starts = match model.funnels[funnel].reentry {
            Some(Reentry::AfterStartingMs(ms)) if model.funnels[funnel].key.is_none() && from_outside => {
                Some(Spans::capped(1, ms, self.depth + 1).times().to_vec())
            }
            _ => None,
        };
        let none = || vec![0; self.depth + 1];
        let (events, starts) = (by_events.unwrap_or_else(none), by_starts.unwrap_or_else(none));
        events.into_iter().zip(starts).map(|(a, b)| a.max(b)).collect()
    }

    /// Events with a pace, one of which must be happening for a condition to hold.
    fn rated(&self, when: &Condition) -> Option<Paced> {
        match &when.kind {
            ConditionKind::Or(list) => list.iter().map(|it| self.rated(it)).try_fold(Paced::new(), |mut all, own| {
                all.extend(own?);
                Some(all)
            }),
            ConditionKind::And(list) => list.iter().find_map(|it| self.rated(it)),
            ConditionKind::Event(test) => Some([((test.event?, test.message), self.pace(test, self.depth + 1)?)].into()),
            _ => None,
        }
    }
}

/// By event, and the message that it is about: how soon it comes so often.
type Paced = BTreeMap<(EventId, Option<MessageId>), Vec<i64>>;

/// More steps than this are not set against each other.
const BESIDE_MAX: usize = 400;

/// How close together the messages of nurtures can come that begin at one instant: from the first of them on, the others of
/// its own nurture at their least times, those of the others not before they can go out. `apart` is what each sends by itself.
fn side_by_side(nurtures: &[Vec<Sent>], apart: &[i64], depth: usize) -> Vec<i64> {
    let mut apart = apart.to_vec();
    apart.sort_unstable();
    if nurtures.iter().map(Vec::len).sum::<usize>() > BESIDE_MAX {
        return apart;
    }
    let mut best = vec![NEVER; depth];
    for (at, own) in nurtures.iter().enumerate() {
        for anchor in own {
            let mut times: Vec<i64> = anchor.soon.clone();
            for others in nurtures.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, others)| others) {
                let behind = others.iter().filter(|it| it.late >= anchor.early);
                times.extend(behind.map(|it| it.early.saturating_sub(anchor.late).max(0)));
            }
            times.sort_unstable();
            best.iter_mut().zip(times).for_each(|(best, ms)| *best = (*best).min(ms));
        }
    }
    // Arms that exclude each other are counted once in the one, and steps that are apart in the other: both hold.
    best.iter().enumerate().map(|(n, ms)| apart.get(n).copied().unwrap_or(NEVER).max(*ms)).collect()
}

fn first(mut times: Vec<i64>, depth: usize) -> Vec<i64> {
    times.sort_unstable();
    times.truncate(depth);
    times
}

/// The ways between the stages of a funnel, by their places in it; outside is behind the last.
struct Ways {
    /// Where one goes from each place, and how long after coming there at least.
    next: Vec<Vec<(usize, i64)>>,
    /// The circle each place lies in; nothing where nobody comes back.
    round: Vec<bool>,
}

impl Ways {
    fn of(counting: &Counting<'_, '_>, funnel: FunnelId, stages: &[StageId]) -> Self {
        let model = counting.setting.model;
        let first = stages.first().map_or(0, |id| id.index());
        let place = |id: StageId| id.index().saturating_sub(first);
        let outside = stages.len();
        let mut next: Vec<Vec<(usize, i64)>> = Vec::new();
        for id in stages {
            let hops = counting.grounds.routes.from(*id).iter().filter_map(|hop| {
                let to = match (hop.to, hop.anew) {
                    (Some(to), _) => place(to),
                    (None, _) if !counting.whole_life => return None,
                    (None, Some(anew)) => place(anew),
                    (None, None) => outside,
                };
                Some((to, counting.setting.soonest(*id, hop)))
            });
            next.push(hops.collect());
        }
        let pause = match model.funnels[funnel].reentry {
            Some(Reentry::AfterLeavingMs(ms)) => Some(ms),
            Some(Reentry::AfterLeaving | Reentry::AfterStartingMs(_) | Reentry::RestartFrom(_)) => Some(0),
            Some(Reentry::Never) | None => None,
        };
        let doors = counting.grounds.routes.entering(funnel).iter().filter_map(|hop| Some((place(hop.to?), pause?)));
        next.push(doors.collect());
        let plain: Vec<Vec<usize>> = next.iter().map(|list| list.iter().map(|(to, _)| *to).collect()).collect();
        let mut round = vec![false; next.len()];
        for component in strongly_connected(&plain) {
            let several = component.len() > 1;
            for at in component {
                round[at] = several || plain[at].contains(&at);
            }
        }
        Self { next, round }
    }

    fn is_round(&self, at: usize) -> bool {
        self.round.get(at).copied().unwrap_or(true)
    }

    /// The least time in which so many messages go out, along all ways.
    fn along(&self, curves: &[Stage], depth: usize) -> Spans {
        let mut spans = vec![NEVER; depth];
        let mut reached: Reached = (vec![vec![NEVER; self.next.len()]; depth + 1], BinaryHeap::new());
        for (at, curve) in curves.iter().enumerate() {
            for count in 1..=depth {
                let inside = curve.inside[count - 1];
                spans[count - 1] = spans[count - 1].min(inside);
                if inside == NEVER {
                    continue;
                }
                if count == depth {
                    continue;
                }
                for (to, least) in &self.next[at] {
                    let since = least.saturating_sub(curve.latest[count - 1]);
                    arrive(&mut reached, inside.max(since), count, *to);
                }
            }
        }
        self.spread(curves, depth, reached, &mut spans);
        Spans::new(spans, depth)
    }

    /// From coming in by one of these doors to the n-th message at least.
    fn heads(&self, curves: &[Stage], doors: &[usize], depth: usize) -> Vec<i64> {
        let mut times = vec![NEVER; depth];
        let mut reached: Reached = (vec![vec![NEVER; self.next.len()]; depth + 1], BinaryHeap::new());
        doors.iter().for_each(|at| arrive(&mut reached, 0, 0, *at));
        self.spread(curves, depth, reached, &mut times);
        Spans::new(times, depth).times().to_vec()
    }

    /// Goes on from where one is after so many messages.
    fn spread(&self, curves: &[Stage], depth: usize, mut reached: Reached, times: &mut [i64]) {
        while let Some(Reverse((ms, count, at))) = reached.1.pop() {
            if ms > reached.0[count][at] {
                continue;
            }
            let none = Stage { head: Vec::new(), inside: Vec::new(), latest: Vec::new() };
            let curve = curves.get(at).unwrap_or(&none);
            for more in 0..=depth - count {
                let head = curve.head(more);
                if head == NEVER {
                    break;
                }
                let all = count + more;
                if let Some(least) = all.checked_sub(1).and_then(|at| times.get_mut(at)) {
                    *least = (*least).min(ms.saturating_add(head));
                }
                if all == depth {
                    break;
                }
                for (to, least) in &self.next[at] {
                    arrive(&mut reached, ms.saturating_add(head.max(*least)), all, *to);
                }
            }
        }
    }
}

/// By count and place the least time, and what is still to be gone on from.
type Reached = (Vec<Vec<i64>>, BinaryHeap<Reverse<(i64, usize, usize)>>);

fn arrive(reached: &mut Reached, ms: i64, count: usize, at: usize) {
    if ms < reached.0[count][at] {
        reached.0[count][at] = ms;
        reached.1.push(Reverse((ms, count, at)));
    }
}
