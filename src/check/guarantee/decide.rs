//! Each guarantee decided: which analysis answers it, and what is made of the answer.

use super::{
    counter::{Counter, counters},
    paces::Paces,
    points::Setting,
    promise::breach_of,
    route::{Found, Routes, are_few},
    stays::Stays,
    verdict::{Decided, Doubt, Proof, Suspicion, Verdict},
};
use crate::{
    check::context::Context,
    diag::{Claim, Plot, Stop},
    graph::Step,
    model::{FunnelId, GuaranteeKind, StageId},
    units::Duration,
};
use smol_str::SmolStr;

pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 86_400_000;

/// All guarantees of a program, decided: those of funnels first, in the order written.
pub fn decide<'m>(context: &Context<'m>) -> Vec<Decided<'m>> {
    decide_while(context, &mut |_| {})
}

/// [`decide`], each shown when it is decided.
pub fn decide_while<'m>(context: &Context<'m>, see: &mut dyn FnMut(&Decided<'m>)) -> Vec<Decided<'m>> {
    let model = context.model;
    let of_funnels = model.funnels.iter().flat_map(|(id, funnel)| funnel.guarantees.iter().map(move |it| (Some(id), it)));
    let all: Vec<_> = of_funnels.chain(model.guarantees.iter().map(|it| (None, it))).collect();
    if all.is_empty() {
        return Vec::new();
    }
    if !are_few(context) {
        let verdict = || {
            Verdict::Open(Doubt::new(
                "there are more ways between its stages than are followed",
                "split the funnel, or name stages instead of `anywhere`",
            ))
        };
        return all.into_iter().map(|(_, guarantee)| Decided { guarantee, verdict: verdict() }).collect();
    }
    let grounds = context.grounds();
    let decided = all.into_iter().filter_map(|(funnel, guarantee)| {
        let verdict = Judge::new(context, grounds, funnel).verdict(guarantee.kind.as_ref()?);
        let decided = Decided { guarantee, verdict };
        see(&decided);
        Some(decided)
    });
    decided.collect()
}

/// What all guarantees of a program build on.
pub struct Grounds<'m> {
    pub routes: Routes<'m>,
    pub stays: Stays,
    /// Of each funnel.
    counters: Vec<Vec<Counter>>,
    /// How often our own events come.
    pub paces: Paces,
}

impl<'m> Grounds<'m> {
    pub fn new(context: &Context<'m>) -> Self {
        let setting = Setting::new(context.model, &context.facts);
        let routes = Routes::new(context);
        let stays = Stays::new(context, &setting, &routes);
        let counters = context.model.funnels.ids().map(|id| counters(context.model, &routes, id)).collect();
        Self { routes, stays, counters, paces: Paces::default() }
    }

    /// What counts in the runs of a funnel.
    pub fn counters(&self, funnel: FunnelId) -> &[Counter] {
        self.counters.get(funnel.index()).map_or(&[], Vec::as_slice)
    }
}

/// What decides one guarantee.
pub struct Judge<'c, 'm> {
    pub context: &'c Context<'m>,
    pub setting: Setting<'c, 'm>,
    pub routes: &'c Routes<'m>,
    pub stays: &'c Stays,
    pub grounds: &'c Grounds<'m>,
    /// The funnel it stands in.
    pub funnel: Option<FunnelId>,
    /// What would break it.
    claim: Option<Claim>,
    /// What is promised.
    pub kind: Option<&'m GuaranteeKind>,
}

/// A time as people say it.
pub fn time(ms: i64) -> String {
    Duration::from_milliseconds(ms).to_string()
}

impl<'c, 'm> Judge<'c, 'm> {
    /// What decides guarantees of a funnel; without one, of a contact over all funnels.
    pub fn new(context: &'c Context<'m>, grounds: &'c Grounds<'m>, funnel: Option<FunnelId>) -> Self {
        let setting = Setting::new(context.model, &context.facts);
        Self { context, setting, routes: &grounds.routes, stays: &grounds.stays, grounds, funnel, claim: None, kind: None }
    }
}

impl<'m> Judge<'_, 'm> {
    pub fn verdict(mut self, kind: &'m GuaranteeKind) -> Verdict {
        (self.claim, self.kind) = (breach_of(self.context.model, self.funnel, kind).map(Claim::Breaks), Some(kind));
        match kind {
            GuaranteeKind::Leaves { stage, within_ms } => self.leaves(*stage, *within_ms),
            GuaranteeKind::Reaches { from, to, within_ms } => self.reaches(*from, to, *within_ms),
            GuaranteeKind::LeadsTo { event, to, within_ms } => self.leads_to(event, to, *within_ms),
            GuaranteeKind::AtMost { count, what, within_ms } => self.at_most(*count, what, *within_ms),
            GuaranteeKind::Between { gap_ms, what } => self.at_least_between(*gap_ms, what),
            GuaranteeKind::NeverSendAfter { message, event } => self.never_after(*message, event),
            GuaranteeKind::NeverSendIn { message, stage } => self.never_in(*message, *stage),
            GuaranteeKind::Reachable { stage } => self.reachable(*stage),
            GuaranteeKind::Through { to, via } => self.through(*to, *via),
            GuaranteeKind::NeverFollows { later, earlier } => self.never_follows(*later, *earlier),
            GuaranteeKind::Excludes { one, other } => self.excludes(*one, *other),
        }
    }

    pub fn name(&self, id: StageId) -> String {
        self.context.name(id)
    }

    /// How a breach names a stage.
    pub fn full(&self, id: StageId) -> SmolStr {
        self.context.stage_named(id)
    }

    /// What would break it.
    pub fn claim(&self) -> Claim {
        self.claim.clone().unwrap_or(Claim::Looping)
    }

    pub fn funnel_of(&self, id: StageId) -> FunnelId {
        self.context.model.stages[id].funnel
    }

    pub fn steps(&self, found: &Found) -> Vec<Step> {
        let graph = &self.context.graph;
        let step = |(from, edge): &(Option<StageId>, crate::graph::EdgeId)| {
            let at = from.map_or_else(|| graph.edge(*edge).from, |stage| graph.stage(stage));
            Step { at, edge: *edge }
        };
        found.iter().map(step).collect()
    }

    /// Plots along a way, looked on for so long behind it.
    pub fn plots_along(&self, way: &[Step], horizon_ms: &[i64], claim: &Claim) -> Vec<Plot> {
        let plots = self.context.plots(way, &[], [claim.clone()]);
        let longer = |horizon: &i64| plots.iter().cloned().map(|plot| Plot { horizon_ms: *horizon, ..plot }).collect::<Vec<_>>();
        if horizon_ms.is_empty() { plots } else { horizon_ms.iter().flat_map(longer).collect() }
    }

    /// The ways into a stage that plots are written along.
    pub fn ways_in(&self, stage: StageId) -> Vec<Vec<Step>> {
        let direct = self.routes.way_in(self.funnel_of(stage), stage, None).map(|way| self.steps(&way));
        direct.into_iter().chain(self.context.paths_to(stage)).collect()
    }

    pub fn proof(&self, number: impl Into<String>) -> Proof {
        Proof { number: number.into(), ..Proof::default() }
    }

    pub fn suspicion(&self, says: impl Into<String>, plots: Vec<Plot>, claim: &Claim, doubt: Doubt) -> Verdict {
        let search = self.search(claim, &plots);
        Verdict::Fails(Suspicion { says: says.into(), notes: Vec::new(), plots, search, together: false, doubt })
    }

    /// A stage on a way, and what is to be said of it.
    pub fn stop(&self, id: StageId, text: impl Into<String>) -> Stop {
        Stop { stage: self.full(id), text: text.into() }
    }

    /// The stages of a way.
    pub fn stops(&self, found: &Found) -> Vec<Stop> {
        let graph = &self.context.graph;
        let first = found.first().and_then(|(from, _)| *from);
        let rest = found.iter().filter_map(|(_, edge)| graph.stage_of(graph.edge(*edge).to));
        first.into_iter().chain(rest).map(|id| self.stop(id, "")).collect()
    }

    /// Nobody comes to a stage.
    pub fn nobody(&self, stage: StageId) -> Option<Verdict> {
        (!self.routes.is_reached(stage)).then(|| Verdict::Holds(self.proof(format!("nobody ever comes to {}", self.name(stage)))))
    }
}
