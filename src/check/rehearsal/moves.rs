//! Leaving, entering, starting again; and the round of moves and nurtures until nothing changes.

use super::{
    search::{Go, Rehearsal, Start, Stop},
    state::{Echo, Mode, Moment, Past, Place, Slot, Trigger, What},
};
use crate::{
    graph::{EdgeId, Node, Way},
    model::{Condition, Delay, Door, EventId, FunnelId, Leave, Reentry, StageId, Start as Begins},
};

/// As many echoes of one record or timer are taken.
const ECHOES_MAX: u32 = 64;

/// A clause before which the contact stands.
#[derive(Clone, Copy, Debug)]
pub struct Clause<'m> {
    pub edge: EdgeId,
    pub way: Way<'m>,
    pub to: Option<StageId>,
}

impl<'m> Clause<'m> {
    pub fn delay(&self) -> Option<&'m Delay> {
        match self.way {
            Way::Door(door) | Way::Restart(door) => door.after.as_ref(),
            Way::Leave(leave) => leave.after.as_ref(),
            Way::End | Way::Join => None,
        }
    }

    pub fn when(&self) -> Option<&'m Condition> {
        match self.way {
            Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
            Way::Leave(leave) => leave.when.as_ref(),
            Way::End | Way::Join => None,
        }
    }

    pub fn is_leave(&self) -> bool {
        matches!(self.way, Way::Leave(_))
    }
}

impl<'m> Rehearsal<'_, '_, 'm> {
    /// The clauses before which somebody stands, in the order in which they are tried.
    pub fn clauses(&mut self, funnel: FunnelId) -> Go<Vec<Clause<'m>>> {
        let graph = &self.world.context.graph;
        let Some(place) = self.places.get(&funnel) else { return Ok(Vec::new()) };
        let node = place.stage.map_or_else(|| graph.outside(funnel), |stage| graph.stage(stage));
        let mut clauses: Vec<(u8, Clause<'m>)> = Vec::new();
        for id in graph.steps_from(node) {
            self.steps += 1;
            let edge = graph.edge(id);
            let class = match (edge.way, graph.node(edge.from)) {
                (Way::Leave(_), Node::Stage(_)) => 0,
                (Way::Leave(_), _) => 1,
                (Way::Door(_), _) => 2,
                (Way::Restart(_), _) => 3,
                (Way::End | Way::Join, _) => continue,
            };
            if self.world.context.is_open(id) {
                clauses.push((class, Clause { edge: id, way: edge.way, to: graph.stage_of(edge.to) }));
            }
        }
        self.within_budget()?;
        clauses.sort_by_key(|(class, clause)| (*class, clause.edge));
        Ok(clauses.into_iter().map(|(_, clause)| clause).collect())
    }

    /// Before a record or a timer.
    pub fn begin_turn(&mut self) {
        self.entered.clear();
        self.stuck.clear();
    }

    /// What is recorded is taken in order, each as a record of its own.
    pub fn take_echoes(&mut self) -> Go<()> {
        let mut taken = 0;
        while let Some(echo) = self.echoes.pop_front() {
            if echo.outside {
                taken = 0;
            }
            if taken == ECHOES_MAX {
                return Err(Stop::Cascade);
            }
            taken += 1;
            self.begin_turn();
            let at = self.know(echo)?;
            self.settle(Some(at))?;
        }
        Ok(())
    }

    fn know(&mut self, echo: Echo) -> Go<usize> {
        let Echo { event, message, values, outside: _ } = echo;
        self.order += 1;
        self.past.push(Past { event, message, values, at: self.now, order: self.order });
        let at = self.past.len() - 1;
        for channel in &self.world.context.model.events[event].opts_out {
            if let Some(flag) = self.world.context.model.channels[*channel].needs {
                let no = super::state::Worth::Known(crate::model::Literal::Flag(false));
                self.env.insert(super::state::Key::Attribute(flag), no);
            }
        }
        self.score(at)?;
        self.concern(super::Hub::Event(event))?;
        if let Some(message) = message {
            self.concern(super::Hub::Message(event, message))?;
        }
        Ok(at)
    }

    /// Moves and nurtures, again and again until nothing changes.
    pub fn settle(&mut self, past: Option<usize>) -> Go<()> {
        let mut trigger = Trigger { past, clock: false };
        loop {
            self.within_budget()?;
            self.changed = false;
            let funnels: Vec<FunnelId> = self.places.keys().copied().collect();
            let mut moved = Vec::new();
            for id in &funnels {
                moved.push(self.move_run(*id, trigger, None)?);
            }
            for (id, moved) in funnels.iter().zip(moved) {
                self.nurture_run(*id, if moved { Trigger::default() } else { trigger })?;
            }
            if !self.changed {
                return Ok(());
            }
            trigger = Trigger::default();
        }
    }

    /// Moves a run until nothing applies; whether the first try moved it. `striking` is the clause whose clock strikes.
    pub fn move_run(&mut self, funnel: FunnelId, trigger: Trigger, striking: Option<EdgeId>) -> Go<bool> {
        let (mut trigger, mut striking) = (trigger, striking);
        let mut first = None;
        while !self.stuck.contains(&funnel) {
            let Some((clause, by)) = self.first_open(funnel, trigger, striking)? else { break };
            let moved = self.take(funnel, clause, by)?;
            first.get_or_insert(moved);
            (trigger, striking) = (Trigger::default(), None);
        }
        Ok(first.unwrap_or(false))
    }

    fn first_open(&mut self, funnel: FunnelId, trigger: Trigger, striking: Option<EdgeId>) -> Go<Option<(Clause<'m>, Trigger)>> {
        if !self.may_enter(funnel) {
            return Ok(None);
        }
        for clause in self.clauses(funnel)? {
            self.steps += 1;
            if self.is_shut(funnel, &clause) || !self.is_open(funnel, &clause)? {
                continue;
            }
            let Some(when) = clause.when() else {
                if clause.delay().is_some() {
                    return Ok(Some((clause, Trigger::default())));
                }
                continue;
            };
            let trigger = Trigger { clock: striking == Some(clause.edge), ..trigger };
            if !self.holds(funnel, when, trigger)? {
                continue;
            }
            let by_trigger = self.triggered(funnel, when, trigger)?;
            if matches!(clause.way, Way::Restart(_)) && !by_trigger {
                continue;
            }
            return Ok(Some((clause, if by_trigger { trigger } else { Trigger::default() })));
        }
        Ok(None)
    }

    /// Whether `reentry` lets somebody in who is outside.
    fn may_enter(&self, funnel: FunnelId) -> bool {
        let Some(place) = self.places.get(&funnel) else { return false };
        place.stage.is_some() || place.left.is_none() || self.pause_end(funnel).is_some_and(|end| self.now >= end)
    }

    /// When the pause of `reentry` is over for somebody who has left.
    pub fn pause_end(&self, funnel: FunnelId) -> Option<i64> {
        let place = self.places.get(&funnel)?;
        let left = place.left?;
        match self.world.context.model.funnels[funnel].reentry.as_ref()? {
            Reentry::Never => None,
            Reentry::AfterLeaving | Reentry::RestartFrom(_) => Some(left),
            Reentry::AfterLeavingMs(ms) => Some(left.saturating_add(*ms)),
            Reentry::AfterStartingMs(ms) => Some(place.started.saturating_add(*ms).max(left)),
        }
    }

    /// Whether the stage behind a door can be entered once more.
    pub fn is_shut(&self, funnel: FunnelId, clause: &Clause<'m>) -> bool {
        let (Some(to), Some(place)) = (clause.to, self.places.get(&funnel)) else { return false };
        let inside = place.stage.is_some() && !matches!(clause.way, Way::Restart(_));
        let visits = if inside { place.visits.get(&to).copied().unwrap_or(0) } else { 0 };
        self.world.context.model.stages[to].visits_at_most.is_some_and(|most| visits >= most)
    }

    /// The end of a delay.
    pub fn deadline(&mut self, funnel: FunnelId, clause: &Clause<'m>, delay: &Delay) -> Go<Option<i64>> {
        let Some(place) = self.places.get(&funnel).filter(|place| place.stage.is_some()) else { return Ok(None) };
        let is_of_funnel =
            clause.is_leave() && !matches!(self.world.context.graph.node(self.world.context.graph.edge(clause.edge).from), Node::Stage(_));
        let (mut base, order) = if is_of_funnel { (place.started, place.started_order) } else { (place.since, place.since_order) };
        if let Some(test) = &delay.without {
            for at in 0..self.past.len() {
                if self.past.get(at).is_some_and(|past| past.order > order) && self.fits_surely(funnel, test, at)? {
                    base = base.max(self.past.get(at).map_or(base, |past| past.at));
                }
            }
        }
        Ok(base.checked_add(delay.delay_ms))
    }

    fn is_open(&mut self, funnel: FunnelId, clause: &Clause<'m>) -> Go<bool> {
        let Some(delay) = clause.delay() else { return Ok(true) };
        let Some(opened) = self.places.get(&funnel).and_then(|place| place.opened.get(&clause.edge)).copied() else { return Ok(false) };
        Ok(self.deadline(funnel, clause, delay)? == Some(opened))
    }

    fn take(&mut self, funnel: FunnelId, clause: Clause<'m>, by: Trigger) -> Go<bool> {
        match (clause.way, clause.to) {
            (Way::Door(door), Some(to)) => self.enter(funnel, (to, clause.edge), door, false, by),
            (Way::Restart(door), Some(to)) => self.enter(funnel, (to, clause.edge), door, true, by),
            (Way::Leave(leave), _) => {
                self.leave(funnel, leave, clause.edge, by);
                Ok(true)
            }
            (Way::Door(_) | Way::Restart(_) | Way::End | Way::Join, _) => Ok(false),
        }
    }

    fn leave(&mut self, funnel: FunnelId, leave: &'m Leave, edge: EdgeId, by: Trigger) {
        let Some(stage) = self.places.get(&funnel).and_then(|place| place.stage) else { return };
        let event = self.name_of(by);
        self.tell(funnel, What::Leaves { stage, edge, leave, event });
        self.end_run(funnel);
    }

    fn end_run(&mut self, funnel: FunnelId) {
        let now = self.now;
        if let Some(place) = self.places.get_mut(&funnel) {
            let started = place.started;
            *place = Place { left: Some(now), started, ..Place::default() };
        }
    }

    fn enter(&mut self, funnel: FunnelId, (to, edge): (StageId, EdgeId), door: &'m Door, restart: bool, by: Trigger) -> Go<bool> {
        let from = self.places.get(&funnel).and_then(|place| place.stage);
        if !self.entered.insert(to) {
            let event = self.name_of(by);
            self.tell(funnel, What::Enters { stage: to, from, edge, door, restart, event });
            return Err(Stop::Looping(to));
        }
        if restart {
            self.end_run(funnel);
        }
        let event = self.name_of(by);
        self.tell(funnel, What::Enters { stage: to, from, edge, door, restart, event });
        self.visit(funnel, to, by);
        if self.start == Start::Stage(to) {
            self.returned()?;
        }
        if !self.world.may_come_back(self.start, to) {
            return Err(Stop::Gone);
        }
        self.begin_plays(funnel, to, by)?;
        self.end_if_final(funnel)?;
        Ok(true)
    }

    /// A new visit.
    pub fn visit(&mut self, funnel: FunnelId, to: StageId, by: Trigger) {
        let nurtures = self.world.context.model.stages[to].nurtures.len();
        let (now, order) = (self.now, self.order);
        let place = self.places.entry(funnel).or_default();
        if place.stage.is_none() {
            (place.started, place.started_order) = (now, order);
        }
        place.stage = Some(to);
        (place.since, place.since_order) = (now, order);
        *place.visits.entry(to).or_insert(0) += 1;
        place.plays = vec![Slot::default(); nurtures];
        place.opened.clear();
        if by.past.is_some() {
            place.entry = by.past;
        }
    }

    pub fn begin_plays(&mut self, funnel: FunnelId, stage: StageId, by: Trigger) -> Go<()> {
        let model = self.world.context.model;
        for (at, nurture) in model.stages[stage].nurtures.iter().enumerate() {
            let begins = match &nurture.start {
                Begins::Entry => true,
                Begins::When(when) => self.holds(funnel, when, by)?,
                Begins::EachTime(when) => self.triggered(funnel, when, Trigger { clock: false, ..by })?,
            };
            if begins {
                self.begin(funnel, stage, at, by)?;
            }
        }
        Ok(())
    }

    /// A final stage ends the run when none of its plays runs.
    pub fn end_if_final(&mut self, funnel: FunnelId) -> Go<()> {
        let Some(place) = self.places.get(&funnel) else { return Ok(()) };
        let Some(stage) = place.stage.filter(|stage| self.world.context.model.stages[*stage].is_final) else { return Ok(()) };
        if place.plays.iter().all(|slot| slot.running.is_none()) {
            self.tell(funnel, What::Ends { stage });
            self.end_run(funnel);
            self.changed = true;
        }
        Ok(())
    }

    pub fn name_of(&self, by: Trigger) -> Option<EventId> {
        by.past.and_then(|at| self.past.get(at)).map(|past| past.event)
    }

    pub fn tell(&mut self, funnel: FunnelId, what: What<'m>) {
        self.moments.push(Moment { at: self.now, funnel, what });
    }

    /// Whether time can pass.
    pub fn has_time(&self) -> bool {
        self.mode != Mode::Instant
    }
}
