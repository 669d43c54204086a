//! What becomes of doors and ways out once it is known what people bring there.

use super::super::context::Context;
use crate::{
    graph::{Edge, Way},
    model::{Condition, Delay, Door, Funnel, Leave, Source, StageId},
    source::Span,
};

/// What becomes of a clause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Somebody may get through.
    Open,
    /// Nobody stands before it.
    Unmet,
    /// Its own words, or where it leads from, leave nobody.
    DeadInItself,
    /// Everybody is gone before its time.
    TooLate,
    /// What is known of those who stand before it leaves nobody.
    DeadByFacts,
}

/// A door or a way out.
#[derive(Clone, Copy, Debug)]
pub struct Clause<'m> {
    /// Where it stands.
    pub span: Span,
    /// Not before.
    pub after: Option<&'m Delay>,
    /// Who passes.
    pub when: Option<&'m Condition>,
    /// The stage a door leads to.
    pub to: Option<StageId>,
    /// The stage whose way out it is; a way out of the funnel is of none.
    pub of: Option<StageId>,
}

impl<'m> Clause<'m> {
    /// A door.
    pub fn door(to: StageId, door: &'m Door) -> Self {
        Self { span: door.span, after: door.after.as_ref(), when: door.when.as_ref(), to: Some(to), of: None }
    }

    /// A way out of a stage, or of the funnel.
    pub fn leave(of: Option<StageId>, leave: &'m Leave) -> Self {
        Self { span: leave.span, after: leave.after.as_ref(), when: leave.when.as_ref(), to: None, of }
    }
}

impl<'m> Context<'m> {
    /// What becomes of a clause.
    pub fn fate(&self, clause: Clause<'_>) -> Fate {
        if self.dead.contains_key(&clause.span) {
            return Fate::DeadInItself;
        }
        match self.facts.sites().clauses.get(&clause.span) {
            None => Fate::Unmet,
            Some(site) if !site.is_reached() => Fate::Unmet,
            Some(_) if self.is_too_late(clause) => Fate::TooLate,
            Some(site) if site.holds => Fate::Open,
            Some(_) => Fate::DeadByFacts,
        }
    }

    /// Whether everybody is gone from each stage before a timer there is due.
    pub fn is_too_late(&self, clause: Clause<'_>) -> bool {
        let Some(after) = clause.after else { return false };
        let mut stages = self.before(clause).peekable();
        let late = |stage: &StageId| {
            self.facts.gone_by(*stage).is_some_and(|(ms, by)| {
                by != clause.span && (after.delay_ms > ms || (after.delay_ms == ms && self.is_tried_before(*stage, by, clause.span)))
            })
        };
        stages.peek().is_some() && stages.all(|stage| late(&stage))
    }

    /// The stages in which people stand before a clause.
    pub fn before<'c>(&'c self, clause: Clause<'_>) -> impl Iterator<Item = StageId> + use<'c, 'm> {
        let door = clause.to.and_then(|to| self.door_of(clause).map(|door| (to, door)));
        let own = clause.of.filter(|_| clause.to.is_none());
        let named = door.and_then(|(_, door)| if let Source::Stages(list) = &door.source { Some(list) } else { None });
        let anywhere = door.filter(|(_, door)| matches!(door.source, Source::Anywhere { .. })).map(|(to, _)| to);
        let others = anywhere.into_iter().flat_map(move |to| {
            let stages = &self.model.funnels[self.model.stages[to].funnel].stages;
            stages.iter().copied().filter(move |id| *id != to && !self.model.stages[*id].is_final)
        });
        let named = named.into_iter().flatten().map(|(stage, _)| *stage);
        own.into_iter().chain(named).chain(others).filter(|id| self.facts.is_reached(*id))
    }

    /// Whether people stand before a clause in this stage and in no other.
    pub fn is_before_alone(&self, stage: StageId, clause: Clause<'_>) -> bool {
        let mut stages = self.before(clause);
        stages.next() == Some(stage) && stages.next().is_none()
    }

    /// The clauses that are tried in a stage, in the order in which they are.
    pub fn tried_in(&self, stage: StageId) -> Vec<Clause<'m>> {
        let model = self.model;
        let it = &model.stages[stage];
        let funnel = &model.funnels[it.funnel];
        let of_stage = it.leaves.iter().map(|leave| Clause::leave(Some(stage), leave));
        let mut clauses: Vec<Clause<'m>> = of_stage.chain(funnel.leaves.iter().map(|leave| Clause::leave(None, leave))).collect();
        if it.is_final {
            return clauses;
        }
        let doors = self.graph.steps_from(self.graph.stage(stage)).filter_map(|id| match self.graph.edge(id) {
            Edge { way: Way::Door(door), to, .. } => self.graph.stage_of(to).map(|to| Clause::door(to, door)),
            Edge { way: Way::Restart(_) | Way::Leave(_) | Way::End | Way::Join, .. } => None,
        });
        let mut doors: Vec<Clause<'m>> = doors.collect();
        doors.sort_by_key(|it| (it.to, it.span));
        doors.dedup_by_key(|it| it.span);
        clauses.extend(doors);
        clauses
    }

    /// Those of the clauses tried in a stage that open by a state and at once, in the order in which they are tried.
    pub fn states_in(&self, stage: StageId) -> Vec<Clause<'m>> {
        let it = &self.model.stages[stage];
        let leads_from = |clause: &&Clause<'m>| match clause.to {
            None => clause.of.is_none_or(|of| of == stage),
            Some(to) => {
                !it.is_final
                    && self.door_of(**clause).is_some_and(|door| match &door.source {
                        Source::Outside => false,
                        Source::Stages(list) => list.iter().any(|(from, _)| *from == stage),
                        Source::Anywhere { .. } => to != stage,
                    })
            }
        };
        let all = self.states.get_or_init(|| self.find_states());
        all.get(it.funnel.index()).into_iter().flatten().filter(leads_from).copied().collect()
    }

    /// The clauses of each funnel that open by a state and at once: the ways out, then the doors.
    fn find_states(&self) -> Vec<Vec<Clause<'m>>> {
        let model = self.model;
        let clauses = |funnel: &'m Funnel| {
            let stages = || funnel.stages.iter().map(|id| (*id, &model.stages[*id]));
            let of_stages = stages().flat_map(|(id, stage)| stage.leaves.iter().map(move |leave| Clause::leave(Some(id), leave)));
            let of_funnel = funnel.leaves.iter().map(|leave| Clause::leave(None, leave));
            let doors = stages().flat_map(|(id, stage)| stage.doors.iter().map(move |door| Clause::door(id, door)));
            let is_state = |it: &Clause<'m>| it.after.is_none() && it.when.is_some_and(|when| self.facts.is_state(when));
            let mut found: Vec<Clause<'m>> = of_stages.chain(of_funnel).filter(is_state).collect();
            let mut doors: Vec<Clause<'m>> = doors.filter(is_state).collect();
            doors.sort_by_key(|it| (it.to, it.span));
            found.extend(doors);
            found
        };
        model.funnels.values().map(clauses).collect()
    }

    /// The door that a clause is.
    fn door_of(&self, clause: Clause<'_>) -> Option<&'m Door> {
        self.model.stages[clause.to?].doors.iter().find(|it| it.span == clause.span)
    }

    /// Whether one clause is tried before another in a stage.
    fn is_tried_before(&self, stage: StageId, first: Span, second: Span) -> bool {
        let clauses = self.tried_in(stage);
        let place = |span: Span| clauses.iter().position(|it| it.span == span);
        place(first) < place(second)
    }
}
