//! Where a run can go from each stage, as far as can be told.
//!
//! A hop that is left out is never taken by anybody: its clause contradicts itself, needs an event that nobody records, or is
//! never open for those who come there. That a hop is here says only that none of this is known.

use super::super::context::Context;
use crate::{
    graph::{EdgeId, Node, Way, strongly_connected},
    model::{Condition, Delay, FunnelId, StageId},
    source::Span,
};
use std::collections::VecDeque;

/// One way on from a stage, or in from outside.
#[derive(Clone, Copy, Debug)]
pub struct Hop<'m> {
    /// The edge of the flow.
    pub edge: EdgeId,
    /// How one gets along it.
    pub way: Way<'m>,
    /// The stage it leads to in the same run; nothing where the run is over.
    pub to: Option<StageId>,
    /// The stage in which a new run begins at that instant.
    pub anew: Option<StageId>,
    /// Whether it is a way out of the whole funnel, whose delay counts from the start of the run.
    pub of_funnel: bool,
}

impl<'m> Hop<'m> {
    /// Not before.
    pub fn after(&self) -> Option<&'m Delay> {
        match self.way {
            Way::Door(door) | Way::Restart(door) => door.after.as_ref(),
            Way::Leave(leave) => leave.after.as_ref(),
            Way::End | Way::Join => None,
        }
    }

    /// For whom it opens.
    pub fn when(&self) -> Option<&'m Condition> {
        match self.way {
            Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
            Way::Leave(leave) => leave.when.as_ref(),
            Way::End | Way::Join => None,
        }
    }

    /// The clause.
    pub fn span(&self) -> Option<Span> {
        match self.way {
            Way::Door(door) | Way::Restart(door) => Some(door.span),
            Way::Leave(leave) => Some(leave.span),
            Way::End | Way::Join => None,
        }
    }
}

/// All hops of a program.
#[derive(Debug)]
pub struct Routes<'m> {
    hops: Vec<Vec<Hop<'m>>>,
    doors: Vec<Vec<Hop<'m>>>,
    /// By stage, the hops that lead to it, in this run or a new one; those from stages first.
    into: Vec<Vec<(Option<StageId>, Hop<'m>)>>,
    reached: Vec<bool>,
    /// From which stages a run can come to them again.
    round: Vec<bool>,
}

/// Programs with more hops than this are not looked into: each would be followed from each.
const HOPS_MAX: usize = 300_000;

/// Whether the hops of a program are so few that they can be followed.
pub fn are_few(context: &Context<'_>) -> bool {
    let mut left = HOPS_MAX;
    context.model.stages.ids().all(|id| {
        let hops = context.graph.steps_from(context.graph.stage(id)).take(left + 1).count();
        left = left.saturating_sub(hops);
        left > 0
    })
}

/// A step of a way that was found: from where (nothing is outside), and by which edge.
pub type Found = Vec<(Option<StageId>, EdgeId)>;

impl<'m> Routes<'m> {
    pub fn new(context: &Context<'m>) -> Self {
        let (model, graph) = (context.model, &context.graph);
        let hop = |edge: EdgeId| {
            let it = graph.edge(edge);
            let may_open = context.is_open(edge) && may_hold(context, it.way);
            let (to, anew) = match (it.way, graph.stage_of(it.to)) {
                (Way::Restart(_), to) => (None, to),
                (_, to) => (to, None),
            };
            let of_funnel = matches!((it.way, graph.node(it.from)), (Way::Leave(_), Node::Anywhere(_)));
            (may_open && it.way != Way::Join).then_some(Hop { edge, way: it.way, to, anew, of_funnel })
        };
        let reached = model.stages.ids().map(|id| context.is_reached(id) && context.facts.is_reached(id)).collect::<Vec<bool>>();
        let hops = model.stages.ids().map(|id| {
            let is_final = model.stages[id].is_final;
            let leads = |it: &Hop<'_>| !is_final || !matches!(it.way, Way::Door(_));
            let is_reached = reached.get(id.index()).copied().unwrap_or(false);
            let steps = graph.steps_from(graph.stage(id)).filter(|_| is_reached);
            steps.filter_map(hop).filter(leads).collect()
        });
        let hops: Vec<Vec<Hop<'m>>> = hops.collect();
        let round = rounds(&hops, &reached);
        let doors = model.funnels.ids().map(|id| graph.leaving(graph.outside(id)).iter().copied().filter_map(hop).collect());
        let doors: Vec<Vec<Hop<'m>>> = doors.collect();
        let mut into: Vec<Vec<(Option<StageId>, Hop<'m>)>> = vec![Vec::new(); hops.len()];
        let inside = model.stages.ids().zip(&hops).flat_map(|(from, list)| list.iter().map(move |hop| (Some(from), *hop)));
        for (from, hop) in inside.chain(doors.iter().flatten().map(|hop| (None, *hop))) {
            if let Some(list) = hop.to.or(hop.anew).and_then(|to| into.get_mut(to.index())) {
                list.push((from, hop));
            }
        }
        Self { hops, doors, into, reached, round }
    }

    /// Whether somebody can be in a stage, as far as can be told.
    pub fn is_reached(&self, stage: StageId) -> bool {
        self.reached.get(stage.index()).copied().unwrap_or(false)
    }

    /// The ways on from a stage.
    pub fn from(&self, stage: StageId) -> &[Hop<'m>] {
        self.hops.get(stage.index()).map_or(&[], Vec::as_slice)
    }

    /// The ways to a stage, each with the stage it leads from; nothing is outside.
    pub fn into(&self, stage: StageId) -> &[(Option<StageId>, Hop<'m>)] {
        self.into.get(stage.index()).map_or(&[], Vec::as_slice)
    }

    /// The ways in.
    pub fn entering(&self, funnel: FunnelId) -> &[Hop<'m>] {
        self.doors.get(funnel.index()).map_or(&[], Vec::as_slice)
    }

    /// The shortest way of one run from a stage to another, at least one hop long.
    pub fn way(&self, from: StageId, to: StageId, avoid: Option<StageId>) -> Option<Found> {
        let first = self.from(from).iter().map(|hop| (Some(from), *hop)).collect();
        self.search(first, to, avoid)
    }

    /// The shortest way from outside to a stage in one run.
    pub fn way_in(&self, funnel: FunnelId, to: StageId, avoid: Option<StageId>) -> Option<Found> {
        let first = self.entering(funnel).iter().map(|hop| (None, *hop)).collect();
        self.search(first, to, avoid)
    }

    fn search(&self, first: VecDeque<(Option<StageId>, Hop<'m>)>, to: StageId, avoid: Option<StageId>) -> Option<Found> {
        let origin = first.front().and_then(|(from, _)| *from);
        let mut came: Vec<Option<(Option<StageId>, EdgeId)>> = vec![None; self.hops.len()];
        let mut queue = first;
        while let Some((from, hop)) = queue.pop_front() {
            let Some(at) = hop.to.filter(|at| Some(*at) != avoid && self.is_reached(*at)) else { continue };
            let Some(place) = came.get_mut(at.index()).filter(|place| place.is_none()) else { continue };
            *place = Some((from, hop.edge));
            if at == to {
                return Some(back(&came, origin, to));
            }
            queue.extend(self.from(at).iter().map(|hop| (Some(at), *hop)));
        }
        None
    }

    /// Whether a run can come to a stage again.
    pub fn comes_back(&self, stage: StageId) -> bool {
        self.round.get(stage.index()).copied().unwrap_or(false)
    }
}

/// From which stages hops lead back to them, through stages that somebody can be in.
fn rounds(hops: &[Vec<Hop<'_>>], reached: &[bool]) -> Vec<bool> {
    let is_reached = |at: &usize| reached.get(*at).copied().unwrap_or(false);
    let next = |list: &Vec<Hop<'_>>| list.iter().filter_map(|hop| hop.to).map(StageId::index).filter(is_reached).collect();
    let next: Vec<Vec<usize>> = hops.iter().map(next).collect();
    let mut round = vec![false; next.len()];
    for component in strongly_connected(&next) {
        let is_round = |at: usize| component.len() > 1 || next.get(at).is_some_and(|list| list.contains(&at));
        for at in &component {
            if let Some(place) = round.get_mut(*at) {
                *place = is_round(*at);
            }
        }
    }
    round
}

/// The way to a stage, read backwards from where it was found.
fn back(came: &[Option<(Option<StageId>, EdgeId)>], origin: Option<StageId>, to: StageId) -> Found {
    let mut way = Vec::new();
    let mut at = to;
    while let Some(step) = came.get(at.index()).copied().flatten() {
        way.push(step);
        match step.0 {
            Some(before) if step.0 != origin && way.len() <= came.len() => at = before,
            Some(_) | None => break,
        }
    }
    way.reverse();
    way
}

/// Whether what is known where a clause stands leaves it open for anybody.
fn may_hold(context: &Context<'_>, way: Way<'_>) -> bool {
    let span = match way {
        Way::Door(door) | Way::Restart(door) => door.span,
        Way::Leave(leave) => leave.span,
        Way::End | Way::Join => return true,
    };
    context.facts.sites().clauses.get(&span).is_none_or(|site| site.holds)
}
