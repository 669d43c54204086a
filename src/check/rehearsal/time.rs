//! Time passes: the next thing that falls due, and what it does.
//!
//! A day is 24 hours and begins with the rehearsal; months have 30 days and years 365, which makes a lap `rough`.

use super::{
    moves::Clause,
    search::{Go, Rehearsal},
    state::{Trigger, Waiting},
};
use crate::{
    graph::EdgeId,
    model::{Condition, ConditionKind, FunnelId, Model, Schedule, StageId, Start as Begins, Step, WindowKind},
    units::{Clock, Weekday},
};

pub const DAY_MS: i64 = 86_400_000;

/// Nothing is looked at beyond this.
const HORIZON_MS: i64 = 3_653 * DAY_MS;

/// What falls due, in the order in which it runs at one instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fires {
    Pause,
    Delay(EdgeId, i64),
    Strike(EdgeId),
    Retry,
    Begin(StageId, usize),
    Arm(usize, usize),
    Wait(usize),
}

type Due = (i64, u8, FunnelId, Fires);

impl<'m> Rehearsal<'_, '_, 'm> {
    /// Goes on with time until nothing falls due any more.
    pub fn go_on_with_time(&mut self) -> Go<()> {
        while let Some((at, _, funnel, fires)) = self.next_due()? {
            if at > HORIZON_MS {
                break;
            }
            self.steps += 4;
            self.within_budget()?;
            self.now = self.now.max(at);
            self.begin_turn();
            self.fire(funnel, fires)?;
            self.take_echoes()?;
        }
        Ok(())
    }

    fn fire(&mut self, funnel: FunnelId, fires: Fires) -> Go<()> {
        match fires {
            Fires::Pause | Fires::Retry => {}
            Fires::Delay(edge, end) => {
                let clause = self.clauses(funnel)?.into_iter().find(|clause| clause.edge == edge);
                let shut = clause.is_some_and(|clause| self.is_shut(funnel, &clause));
                if let Some(place) = self.places.get_mut(&funnel) {
                    place.opened.insert(edge, if shut { i64::MIN } else { end });
                }
            }
            Fires::Strike(edge) => {
                self.struck.insert((funnel, edge), self.now);
                self.move_run(funnel, Trigger::default(), Some(edge))?;
            }
            Fires::Begin(stage, at) => self.begin(funnel, stage, at, Trigger::default())?,
            Fires::Arm(at, arm) => {
                let steps = match self.waiting(funnel, at) {
                    Some(Waiting::Arms { arms, .. }) => arms.get(arm).copied(),
                    Some(Waiting::Until(_)) | None => None,
                };
                if let Some((when, steps)) = steps {
                    if let Some(running) = self.running(funnel, at)
                        && let Some(Waiting::Arms { since, .. }) = &mut running.waiting
                    {
                        *since = i64::MAX;
                    }
                    if self.holds(funnel, when, Trigger { past: None, clock: true })? {
                        self.resume(funnel, at, steps);
                    }
                }
            }
            Fires::Wait(at) => {
                let steps: &'m [Step] = match self.waiting(funnel, at) {
                    Some(Waiting::Arms { otherwise, .. }) => otherwise,
                    Some(Waiting::Until(_)) | None => &[],
                };
                self.resume(funnel, at, steps);
            }
        }
        self.tried = self.now;
        self.settle(None)
    }

    fn running(&mut self, funnel: FunnelId, at: usize) -> Option<&mut super::state::Play<'m>> {
        self.places.get_mut(&funnel)?.plays.get_mut(at)?.running.as_mut()
    }

    fn next_due(&mut self) -> Go<Option<Due>> {
        let mut first: Option<Due> = None;
        let mut add = |due: Due| {
            if first.is_none_or(|first| due < first) {
                first = Some(due);
            }
        };
        let funnels: Vec<FunnelId> = self.places.keys().copied().collect();
        for funnel in funnels {
            if let Some(end) = self.pause_end(funnel).filter(|end| *end > self.tried)
                && self.places.get(&funnel).is_some_and(|place| place.stage.is_none())
            {
                add((end, 2, funnel, Fires::Pause));
            }
            for clause in self.clauses(funnel)? {
                self.of_clause(funnel, &clause, &mut add)?;
            }
            self.of_plays(funnel, &mut add);
        }
        Ok(first)
    }

    fn of_clause(&mut self, funnel: FunnelId, clause: &Clause<'m>, add: &mut dyn FnMut(Due)) -> Go<()> {
        let class = if clause.is_leave() { 1 } else { 2 };
        if let Some(delay) = clause.delay() {
            let opened = self.places.get(&funnel).and_then(|place| place.opened.get(&clause.edge)).copied();
            if opened != Some(i64::MIN)
                && let Some(end) = self.deadline(funnel, clause, delay)?.filter(|end| opened != Some(*end))
            {
                add((end.max(self.now), class, funnel, Fires::Delay(clause.edge, end)));
            }
            if opened.is_none() {
                return Ok(());
            }
        }
        let Some(when) = clause.when() else { return Ok(()) };
        let since = self.places.get(&funnel).map_or(0, |place| place.since);
        let struck = self.struck.get(&(funnel, clause.edge)).copied().unwrap_or(i64::MIN).max(since);
        if let Some(strikes) = next_strike(when, struck.max(self.now.saturating_sub(1))) {
            self.rough |= is_rough(when);
            add((strikes, class, funnel, Fires::Strike(clause.edge)));
        }
        if let Some(changes) = self.next_change(when) {
            add((changes, class, funnel, Fires::Retry));
        }
        Ok(())
    }

    fn of_plays(&self, funnel: FunnelId, add: &mut dyn FnMut(Due)) {
        let Some((place, stage)) = self.places.get(&funnel).and_then(|place| Some((place, place.stage?))) else { return };
        for (at, nurture) in self.world.context.model.stages[stage].nurtures.iter().enumerate() {
            let Some(slot) = place.plays.get(at) else { continue };
            match &nurture.start {
                Begins::EachTime(when) => {
                    if let Some(strikes) = next_strike(when, self.now) {
                        add((strikes, 3, funnel, Fires::Begin(stage, at)));
                    }
                }
                Begins::When(when) if !slot.begun => {
                    if let Some(strikes) = next_strike(when, self.now) {
                        add((strikes, 3, funnel, Fires::Begin(stage, at)));
                    }
                    if let Some(changes) = self.next_change(when) {
                        add((changes, 3, funnel, Fires::Retry));
                    }
                }
                Begins::When(_) | Begins::Entry => {}
            }
            match slot.running.as_ref().and_then(|play| play.waiting.as_ref()) {
                Some(Waiting::Until(end)) => add(((*end).max(self.now), 3, funnel, Fires::Wait(at))),
                Some(Waiting::Arms { since, deadline, arms, .. }) => {
                    for (arm, (when, _)) in arms.iter().enumerate() {
                        if let Some(strikes) = next_strike(when, *since) {
                            add((strikes.max(self.now), 3, funnel, Fires::Arm(at, arm)));
                        }
                        if let Some(changes) = self.next_change(when) {
                            add((changes, 3, funnel, Fires::Retry));
                        }
                    }
                    add(((*deadline).max(self.now), 3, funnel, Fires::Wait(at)));
                }
                None => {}
            }
        }
    }

    /// When time alone may change a condition, by what has happened in this rehearsal.
    fn next_change(&self, when: &Condition) -> Option<i64> {
        let mut first: Option<i64> = None;
        let mut add = |at: i64| {
            if at > self.tried.max(self.now) && first.is_none_or(|first| at < first) {
                first = Some(at);
            }
        };
        windows(self.world.context.model, when, 8, &mut |event, ms| {
            for past in self.past.iter().filter(|past| past.event == event) {
                let end = past.at.saturating_add(ms);
                add(end);
                add(end.saturating_add(1));
            }
        });
        first
    }
}

/// Shows each event and the time over which a condition looks back on it.
fn windows(model: &Model, it: &Condition, deep: u32, see: &mut dyn FnMut(crate::model::EventId, i64)) {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().for_each(|it| windows(model, it, deep, see)),
        ConditionKind::Not(inner) => windows(model, inner, deep, see),
        ConditionKind::Had { event, window: Some(window), .. } | ConditionKind::Count { event, window: Some(window), .. } => {
            if let (Some(event), WindowKind::WithinMs(ms)) = (event.event, window.kind) {
                see(event, ms);
            }
        }
        ConditionKind::TimeSince { event, than_ms, .. } => {
            if let Some(event) = event.event {
                see(event, *than_ms);
            }
        }
        ConditionKind::Segment(id) if deep > 0 => windows(model, &model.segments[*id].when, deep - 1, see),
        _ => {}
    }
}

/// The next time that the clock of a condition strikes.
fn next_strike(it: &Condition, after: i64) -> Option<i64> {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().filter_map(|it| next_strike(it, after)).min(),
        ConditionKind::Every { schedule, at } => Some(match schedule {
            Schedule::Day => next_of(after, DAY_MS, minutes(*at)),
            Schedule::Week(day) => next_of(after, 7 * DAY_MS, place_in_week(*day) * DAY_MS + minutes(*at)),
            Schedule::Month(_) => next_of(after, 30 * DAY_MS, minutes(*at)),
            Schedule::Year(_) => next_of(after, 365 * DAY_MS, minutes(*at)),
        }),
        _ => None,
    }
}

fn is_rough(it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().any(is_rough),
        ConditionKind::Every { schedule: Schedule::Month(_) | Schedule::Year(_), .. } => true,
        _ => false,
    }
}

/// The next clock time, which is never now.
pub fn next_clock(now: i64, weekday: Option<Weekday>, at: Clock) -> i64 {
    match weekday {
        Some(day) => next_of(now, 7 * DAY_MS, place_in_week(day) * DAY_MS + minutes(at)),
        None => next_of(now, DAY_MS, minutes(at)),
    }
}

fn next_of(after: i64, period: i64, offset: i64) -> i64 {
    let full = after.saturating_sub(offset).div_euclid(period);
    full.saturating_add(1).saturating_mul(period).saturating_add(offset)
}

fn minutes(at: Clock) -> i64 {
    (i64::from(at.hour) * 60 + i64::from(at.minute)) * 60_000
}

fn place_in_week(day: Weekday) -> i64 {
    Weekday::ALL.iter().position(|it| *it == day).and_then(|at| i64::try_from(at).ok()).unwrap_or(0)
}
