//! Funnels set against each other state by state: what a contact can be sent by two or three of them together.
//!
//! A state is the place of each funnel (outside, or a stage with how far each of its plays is), what they have in common
//! (`common`), and the times that the clocks of all places can show together (`zones`). From each state one goes on as the
//! runtime does: a play takes its next step, a door opens by itself for one funnel, an event comes and moves all funnels that hear
//! of it at once; whoever it surely takes out of a stage does not stay there. Any message may be the first that is counted; from
//! there a clock runs, and the least that it shows at the n-th is the bound.
//! Invariants: whatever is not known to be impossible is followed, so no bound is too large; the work is bounded, and where
//! it is not enough nothing is said.
//! Deliberately absent: `visits at most`, rates, counters of ours, funnels with keys.

use super::{
    common::{Asked, Common, Standing},
    decide::Judge,
    route::Hop,
    spans::{NEVER, Spans},
    state::{Clock, Place, Side, State, side, with_play},
    stays::may_be_full,
    threads::{Act, Leg},
    zones::Zone,
};
use crate::model::{Condition, EventId, FunnelId, Keeper, MessageId, Start, Step, StepKind};
use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap},
};

/// As many states are looked at.
const STATES_MAX: usize = 6_000;

/// As much work is done on the times of states: the cubes of how many clocks run, summed over all ways on; some tens of
/// milliseconds.
const WORK_MAX: u64 = 15_000_000;

/// As many ways on are asked about together.
const TOGETHER_MAX: usize = 16;

/// What a play or a funnel does: the place that changes, and which clocks begin.
struct Change {
    state: State,
    begins: Vec<Clock>,
}

/// The funnels that are set against each other.
pub struct Product<'j, 'c, 'm> {
    judge: &'j Judge<'c, 'm>,
    common: Common<'j, 'c, 'm>,
    sides: Vec<Side<'m>>,
    counted: BTreeSet<MessageId>,
    /// The events that are heard of.
    events: Vec<EventId>,
    /// Those of them that funnels alone record.
    ours: Vec<EventId>,
    states: Cell<usize>,
    work: Cell<u64>,
}

impl<'j, 'c, 'm> Product<'j, 'c, 'm> {
    /// The funnels, as far as they can be followed: their runs have no keys, and their plays are not too long.
    pub fn new(judge: &'j Judge<'c, 'm>, funnels: &[FunnelId], messages: &dyn Fn(MessageId) -> bool) -> Option<Self> {
        let model = judge.context.model;
        if funnels.iter().any(|id| model.funnels[*id].key.is_some()) {
            return None;
        }
        let mut conditions: Vec<Condition> = Vec::new();
        let mut heard: BTreeSet<EventId> = BTreeSet::new();
        for funnel in funnels {
            let stages = &model.funnels[*funnel].stages;
            let hops = stages.iter().flat_map(|id| judge.routes.from(*id)).chain(judge.routes.entering(*funnel));
            for when in hops.filter_map(Hop::when) {
                conditions.push(when.clone());
                when.each_atom(true, &mut |atom, _| heard.extend(atom.event_test().and_then(|test| test.event)));
            }
            for nurture in stages.iter().flat_map(|id| &model.stages[*id].nurtures) {
                if let Start::When(when) | Start::EachTime(when) = &nurture.start {
                    conditions.push(when.clone());
                }
                Step::each(&nurture.steps, &mut |step| {
                    if let StepKind::If { branches, .. } = &step.kind {
                        conditions.extend(branches.iter().map(|branch| branch.when.clone()));
                    }
                });
            }
        }
        let common = Common::new(judge, funnels, &conditions);
        heard.extend(common.events());
        let events: Vec<EventId> = heard.into_iter().collect();
        let ours: Vec<EventId> = events.iter().copied().filter(|it| model.events[*it].keeper == Keeper::Ours).take(8).collect();
        let counted: BTreeSet<MessageId> = model.messages.ids().filter(|id| messages(*id)).collect();
        let matters = |act: &Act<'_>| match act {
            Act::Nothing => false,
            Act::Sends(message) => counted.contains(message),
            Act::Sets(id, _) => common.follows(*id),
            Act::Records(event) => ours.contains(event),
        };
        let sides = funnels.iter().map(|funnel| side(judge, *funnel, &matters)).collect::<Option<Vec<_>>>()?;
        Some(Self { judge, common, sides, counted, events, ours, states: Cell::new(0), work: Cell::new(0) })
    }

    /// How many states were looked at.
    pub fn looked_at(&self) -> usize {
        self.states.get()
    }

    /// The least times of up to `depth` messages, as far as they are less than the window: what takes longer is said to take
    /// the window, or for ever where that is [`NEVER`]. Nothing where there are more states than are looked at.
    pub fn spans(&self, depth: usize, window_ms: i64) -> Option<Spans> {
        let mut times = vec![window_ms; depth];
        let mut seen: HashMap<State, Vec<Zone>> = HashMap::new();
        let begin = State { places: vec![Place::Fresh; self.sides.len()], standing: self.common.begin(), count: 0 };
        let mut open = vec![(begin, Zone::none())];
        let mut looked_at = 0;
        while let Some((state, zone)) = open.pop() {
            // What was found to be part of a larger one in the meantime is done with that.
            if seen.get(&state).is_some_and(|zones| !zones.contains(&zone)) {
                continue;
            }
            looked_at += 1;
            if looked_at > STATES_MAX || self.work.get() > WORK_MAX {
                return None;
            }
            self.states.set(self.states.get().max(looked_at));
            self.each_next(&state, &zone, window_ms, &mut times, &mut |next, zone| {
                if next.count >= depth {
                    return;
                }
                let known = seen.entry(next.clone()).or_default();
                if known.iter().any(|it| zone.is_within(it)) {
                    return;
                }
                known.retain(|it| !it.is_within(&zone));
                known.push(zone.clone());
                open.push((next, zone));
            });
        }
        Some(Spans::new(times, depth))
    }

    /// The clocks that matter in a state.
    fn clocks(&self, state: &State, window_ms: i64) -> Vec<(Clock, i64)> {
        let mut clocks = Vec::new();
        if state.count > 0 && window_ms != NEVER {
            clocks.push((Clock::Counted, window_ms));
        }
        for (at, (place, side)) in state.places.iter().zip(&self.sides).enumerate() {
            match place {
                Place::Fresh => {}
                Place::Out => clocks.extend(side.again_ms.filter(|ms| *ms > 0).map(|ms| (Clock::Pause(at), ms))),
                Place::In(room, places) => {
                    let Some(room) = side.rooms.get(*room) else { continue };
                    let hops = room.hops.iter().map(|(_, soonest)| *soonest).max().unwrap_or(0);
                    let asked = if room.most_ms < NEVER { hops.max(room.most_ms) } else { hops };
                    clocks.extend((asked > 0).then_some((Clock::Visit(at), asked)));
                    for (n, (thread, place)) in room.threads.iter().zip(places).enumerate() {
                        clocks.extend(place.and_then(|place| thread.asked(place)).map(|ms| (Clock::Play(at, n), ms)));
                    }
                }
            }
        }
        clocks
    }

    /// How long somebody can be in a state by each clock at most; nothing where no time passes.
    fn limits(&self, state: &State, window_ms: i64) -> Option<Vec<(Clock, i64)>> {
        let mut limits = Vec::new();
        if state.standing.recorded != 0 {
            return None;
        }
        if state.count > 0 && window_ms != NEVER {
            limits.push((Clock::Counted, window_ms.saturating_sub(1)));
        }
        for (at, (place, side)) in state.places.iter().zip(&self.sides).enumerate() {
            let Place::In(room, places) = place else { continue };
            let Some(room) = side.rooms.get(*room) else { continue };
            limits.push((Clock::Visit(at), room.most_ms));
            for (n, (thread, place)) in room.threads.iter().zip(places).enumerate() {
                match place.map(|place| thread.most(place)) {
                    Some(0) => return None,
                    Some(most) => limits.push((Clock::Play(at, n), most)),
                    None => {}
                }
            }
        }
        limits.retain(|(_, most)| *most < NEVER);
        Some(limits)
    }

    /// The zone behind a change; nothing where no time is left for it.
    fn behind(&self, before: (&State, &Zone), change: &Change, window_ms: i64) -> Option<Zone> {
        let (old, new) = (self.clocks(before.0, window_ms), self.clocks(&change.state, window_ms));
        let cells = u64::try_from(new.len() + 3).unwrap_or(u64::MAX);
        self.work.set(self.work.get().saturating_add(cells.saturating_mul(cells).saturating_mul(cells)));
        let from = |clock: Clock| if change.begins.contains(&clock) { None } else { old.iter().position(|(it, _)| *it == clock) };
        let mut zone = before.1.with(&new.iter().map(|(clock, _)| from(*clock).map(|at| at + 1)).collect::<Vec<_>>());
        let of = |clock: Clock| new.iter().position(|(it, _)| *it == clock).map(|at| at + 1);
        if let Some(limits) = self.limits(&change.state, window_ms) {
            zone.pass();
            for (clock, most) in limits {
                if of(clock).is_some_and(|at| !zone.at_most(at, most)) {
                    return None;
                }
            }
        }
        zone.widen(&new.iter().map(|(_, largest)| *largest).collect::<Vec<_>>());
        Some(zone)
    }

    /// All states that one comes to next.
    fn each_next(&self, state: &State, zone: &Zone, window_ms: i64, times: &mut [i64], see: &mut dyn FnMut(State, Zone)) {
        let clocks = self.clocks(state, window_ms);
        let of = |clock: Clock| clocks.iter().position(|(it, _)| *it == clock).map(|at| at + 1);
        // The part of the zone in which a clock shows so much; one that is not there shows anything.
        let within = |zone: &Zone, clock: Clock, least: i64, most: i64| {
            let mut zone = zone.clone();
            let fits = of(clock).is_none_or(|at| (least == 0 || zone.at_least(at, least)) && (most == NEVER || zone.at_most(at, most)));
            fits.then_some(zone)
        };
        let mut go = |zone: Zone, change: Change| {
            if let Some(behind) = self.behind((state, &zone), &change, window_ms) {
                see(change.state, behind);
            }
        };
        // What other funnels set.
        for (attribute, value) in &self.common.beside {
            let mut next = state.clone();
            if let Some(place) = next.standing.values.get_mut(*attribute).filter(|it| *it != value) {
                *place = *value;
                go(zone.clone(), Change { state: next, begins: Vec::new() });
            }
        }
        // What was recorded may be lost where too much happens at one instant.
        if state.standing.recorded != 0 {
            let mut next = state.clone();
            next.standing.recorded = 0;
            go(zone.clone(), Change { state: next, begins: Vec::new() });
        }
        for (at, (place, side)) in state.places.iter().zip(&self.sides).enumerate() {
            if let Place::In(room_at, places) = place
                && let Some(room) = side.rooms.get(*room_at)
            {
                for (n, (thread, now)) in room.threads.iter().zip(places).enumerate() {
                    if let (Start::When(when), None) | (Start::EachTime(when), _) = (thread.start, now)
                        && self.common.can(&[(when, true)], Asked::Ever, &state.standing)
                    {
                        let state = with_play(state, at, n, thread.first);
                        go(zone.clone(), Change { state, begins: vec![Clock::Play(at, n)] });
                    }
                    for leg in now.map_or(&[][..], |now| thread.from(now)) {
                        let Some(zone) = within(zone, Clock::Play(at, n), leg.least_ms, leg.most_ms) else { continue };
                        if !self.common.can(&leg.asks, Asked::Between, &state.standing) {
                            continue;
                        }
                        let since = of(Clock::Counted).map_or(0, |at| zone.least(at));
                        for change in self.acted(state, (at, n), leg, since, window_ms, times) {
                            go(zone.clone(), change);
                        }
                    }
                }
            }
            // A way that opens by itself.
            for (hop, clock, least) in self.hops(at, place) {
                let Some(zone) = within(zone, clock, least, NEVER) else { continue };
                if hop.when().is_none_or(|when| self.common.can(&[(when, true)], Asked::Between, &state.standing)) {
                    self.moved(state, at, &hop).into_iter().for_each(|change| go(zone.clone(), change));
                }
            }
        }
        // One record is done with before the next comes.
        let is_done = self.limits(state, window_ms).is_some();
        for event in &self.events {
            if self.common.may_come(*event, &state.standing, &self.ours) && (is_done || !self.common.is_first(*event)) {
                self.heard(state, zone, *event, &within, &mut go);
            }
        }
    }

    /// An event comes: each funnel goes one of the ways that it opens, or stays where it may.
    fn heard(
        &self,
        state: &State,
        zone: &Zone,
        event: EventId,
        within: &dyn Fn(&Zone, Clock, i64, i64) -> Option<Zone>,
        go: &mut dyn FnMut(Zone, Change),
    ) {
        let standing = self.common.after(event, &state.standing);
        let begin = Change { state: State { standing: standing.clone(), ..state.clone() }, begins: Vec::new() };
        let mut all: Vec<(Zone, Change)> = vec![(zone.clone(), begin)];
        for (at, place) in state.places.iter().enumerate() {
            let opens = |hop: &Hop<'_>| hop.when().is_some_and(|when| self.common.can(&[(when, true)], Asked::At(event), &standing));
            let hops: Vec<_> = self.hops(at, place).filter(|(hop, ..)| opens(hop)).collect();
            let stays = !self.common.is_first(event) || self.may_stay(at, place, event, &standing);
            let mut next = Vec::new();
            for (zone, change) in all {
                for (hop, clock, least) in &hops {
                    let Some(zone) = within(&zone, *clock, *least, NEVER) else { continue };
                    next.extend(self.moved(&change.state, at, hop).map(|moved| {
                        let begins = change.begins.iter().copied().chain(moved.begins).collect();
                        (zone, Change { state: moved.state, begins })
                    }));
                }
                if stays {
                    next.push((zone, change));
                }
            }
            all = next;
        }
        for (zone, change) in all.into_iter().filter(|(_, change)| change.state != *state || !change.begins.is_empty()) {
            go(zone, change);
        }
    }

    /// The ways on from a place, each with the clock that says how soon, and how soon.
    fn hops<'s>(&'s self, at: usize, place: &Place) -> impl Iterator<Item = (Hop<'m>, Clock, i64)> + use<'s, 'j, 'c, 'm> {
        let side = self.sides.get(at);
        let room = if let Place::In(room, _) = place { side.and_then(|side| side.rooms.get(*room)) } else { None };
        let pause = match place {
            Place::Fresh => Some(0),
            Place::Out => side.and_then(|side| side.again_ms),
            Place::In(..) => None,
        };
        let doors = side.filter(|_| pause.is_some()).map_or(&[][..], |side| side.doors.as_slice());
        let inner = room.map_or(&[][..], |room| room.hops.as_slice());
        let inner = inner.iter().map(move |(hop, soonest)| (*hop, Clock::Visit(at), *soonest));
        inner.chain(doors.iter().map(move |hop| (*hop, Clock::Pause(at), pause.unwrap_or(0))))
    }

    /// Whether somebody may stay in a place when an event comes that is the first thing of its instant.
    fn may_stay(&self, at: usize, place: &Place, event: EventId, standing: &Standing) -> bool {
        if *place == Place::Out {
            return true;
        }
        let (model, routes) = (self.judge.context.model, self.judge.routes);
        let is_sure =
            |hop: &Hop<'m>| hop.anew.is_none() && hop.after().is_none() && hop.to.is_none_or(|to| !may_be_full(model, routes, to));
        let hops = self.hops(at, place).map(|(hop, ..)| hop).filter(is_sure);
        let shut: Vec<(&Condition, bool)> = hops.filter_map(|hop| Some((hop.when()?, false))).take(TOGETHER_MAX).collect();
        shut.is_empty() || self.common.can(&shut, Asked::At(event), standing)
    }

    /// A funnel goes along a way; nothing where nobody can.
    fn moved(&self, state: &State, at: usize, hop: &Hop<'_>) -> Option<Change> {
        let side = self.sides.get(at)?;
        let mut next = state.clone();
        let mut begins = vec![Clock::Visit(at), Clock::Pause(at)];
        let place = match hop.to.or(hop.anew) {
            None => Place::Out,
            Some(to) => {
                self.common.enter(to, &mut next.standing)?;
                let number = to.index().checked_sub(side.first)?;
                let threads = &side.rooms.get(number)?.threads;
                begins.extend((0..threads.len()).map(|n| Clock::Play(at, n)));
                Place::In(number, threads.iter().map(|it| (*it.start == Start::Entry).then_some(it.first)).collect())
            }
        };
        *next.places.get_mut(at)? = place;
        Some(Change { state: next, begins })
    }

    /// A play takes a leg: what comes of it.
    fn acted(&self, state: &State, (at, n): (usize, usize), leg: &Leg<'m>, since: i64, window_ms: i64, times: &mut [i64]) -> Vec<Change> {
        let mut next = with_play(state, at, n, leg.to);
        let begins = vec![Clock::Play(at, n)];
        match leg.act {
            Act::Sends(message) if self.counted.contains(&message) => {
                if let Some(least) = times.get_mut(state.count) {
                    *least = (*least).min(since);
                }
                let mut sent = next.clone();
                sent.count += 1;
                let mut changes = vec![Change { state: sent, begins: [Clock::Play(at, n), Clock::Counted].into() }];
                if state.count > 0 {
                    changes[0].begins.pop();
                } else if window_ms != NEVER {
                    changes.push(Change { state: next, begins });
                }
                return changes;
            }
            Act::Sets(id, value) => {
                if let Some((at, value)) = self.common.place(id, value)
                    && let Some(place) = next.standing.values.get_mut(at)
                {
                    *place = value;
                }
            }
            Act::Records(event) => {
                next.standing.recorded |= self.ours.iter().position(|it| *it == event).map_or(0, |at| 1 << at);
            }
            Act::Sends(_) | Act::Nothing => {}
        }
        vec![Change { state: next, begins }]
    }
}
