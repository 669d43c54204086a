//! Which stages come before which: `is reachable`, `goes through`, `never follows`, `excludes`.

use super::{
    decide::Judge,
    route::Found,
    verdict::{Doubt, Verdict},
};
use crate::{
    check::context::listed,
    diag::{Breach, BreachKind, Claim, Plot},
    graph::Step,
    model::{AttributeId, Keeper, Reentry, StageId},
};
use smol_str::SmolStr;

/// Whether one stage can come after another.
enum Order {
    /// With the reason, where it is not that no way leads there.
    Never(Option<String>),
    By(Found),
    Unknown(Doubt),
}

fn apart(attribute: &str) -> String {
    format!("`{attribute}` never changes, and keeps them apart")
}

impl Judge<'_, '_> {
    pub fn reachable(&self, stage: StageId) -> Verdict {
        let model = self.context.model;
        let funnel = self.funnel_of(stage);
        let others: Vec<StageId> = model.funnels[funnel]
            .stages
            .iter()
            .copied()
            .filter(|id| *id != stage && self.routes.is_reached(*id) && !model.stages[*id].is_final)
            .collect();
        let claim = |from: StageId| {
            let kind = BreachKind::Follows { earlier: self.full(from), later: self.full(stage) };
            let it = &model.funnels[funnel];
            Claim::Breaks(Breach { of_run: Some(it.name.text.clone()), key: it.key.clone(), kind })
        };
        if !self.routes.is_reached(stage) {
            return Verdict::Open(Doubt::new(
                format!("nobody is known to come to {} at all", self.name(stage)),
                format!("give {} a door that opens", self.name(stage)),
            ));
        }
        let mut proof = self.proof("a way was played from each stage");
        let mut longest: usize = 0;
        for from in &others {
            let Some(way) = self.routes.way(*from, stage, None) else {
                if self.funnel.is_none() {
                    let doubt = Doubt::new(
                        format!(
                            "no way on from {} leads to {} in one run, and somebody may run through again",
                            self.name(*from),
                            self.name(stage)
                        ),
                        "promise it inside the funnel: there it speaks of one run",
                    );
                    return Verdict::Open(doubt);
                }
                // That nobody gets there is proved; the story shows somebody who is where no way leads on.
                let claim = Claim::Enters { stage: self.full(*from), times: 1 };
                let says = format!("nobody comes to {} from {} any more", self.name(stage), self.name(*from));
                let plots = self.ways_in(*from).iter().flat_map(|way| self.plots_along(way, &[], &claim)).collect();
                let doubt = Doubt::new(
                    format!("no way on from {} leads to {}", self.name(*from), self.name(stage)),
                    format!("add a door `enter from {} when …` on a way there", model.stages[*from].name.text),
                );
                return self.suspicion(says, plots, &claim, doubt);
            };
            if way.len() > longest {
                (longest, proof.way) = (way.len(), self.stops(&way));
            }
            let onward = self.steps(&way);
            let plots = self.ways_in(*from).into_iter().flat_map(|first| {
                let all: Vec<Step> = first.into_iter().chain(onward.iter().copied()).collect();
                self.plots_along(&all, &[], &claim(*from))
            });
            let plots = plots.collect();
            proof.witnesses.push(plots);
        }
        proof.notes.push(format!("at most {longest} {} on from anywhere", if longest == 1 { "door" } else { "doors" }));
        proof.doubt = Some(Doubt::new(
            format!("a way to {} is drawn from each stage, but not each could be played", self.name(stage)),
            "a `test` can show that somebody gets there",
        ));
        Verdict::Holds(proof)
    }

    pub fn through(&self, to: StageId, via: StageId) -> Verdict {
        if self.funnel_of(to) != self.funnel_of(via) {
            return Verdict::Open(Doubt::new(
                format!("{} and {} are in different funnels", self.name(to), self.name(via)),
                "name two stages of one funnel",
            ));
        }
        let funnel = self.funnel_of(to);
        if to == via {
            return Verdict::Holds(self.proof("it is the same stage"));
        }
        match self.routes.way_in(funnel, to, Some(via)) {
            None => {
                let mut proof = self.proof(format!("no way leads round {}", self.name(via)));
                let last = self.routes.way_in(funnel, to, None);
                proof.way = last.as_ref().map(|way| self.stops(way)).unwrap_or_default();
                proof.notes.extend(match last {
                    Some(way) => Some(format!("the shortest way there: {}", self.told(&way))),
                    None => Some(format!("nobody ever comes to {}", self.name(to))),
                });
                Verdict::Holds(proof)
            }
            Some(way) => {
                let claim = self.claim();
                let plots = self.plots_along(&self.steps(&way), &[], &claim);
                let says = format!("somebody can come to {} without having been in {}", self.name(to), self.name(via));
                let doubt = Doubt::new(
                    format!("a way round {} is drawn: {}", self.name(via), self.told(&way)),
                    format!("take that way out, or let it lead through {}", self.name(via)),
                );
                self.suspicion(says, plots, &claim, doubt)
            }
        }
    }

    /// A way in names of stages.
    pub fn told(&self, way: &Found) -> String {
        let graph = &self.context.graph;
        let mut places: Vec<String> = way.first().and_then(|(from, _)| *from).map(|from| self.name(from)).into_iter().collect();
        places.extend(way.iter().filter_map(|(_, edge)| graph.stage_of(graph.edge(*edge).to)).map(|id| self.name(id)));
        places.join(" → ")
    }

    pub fn never_follows(&self, later: StageId, earlier: StageId) -> Verdict {
        if let Some(verdict) = self.nobody(later).or_else(|| self.nobody(earlier)) {
            return verdict;
        }
        let claim = self.claim();
        let says = format!("{} can follow {}", self.name(later), self.name(earlier));
        match self.after(earlier, later) {
            Order::Never(Some(reason)) => Verdict::Holds(self.proof(reason)),
            Order::Never(None) => Verdict::Holds(self.proof(format!("no way leads from {} to {}", self.name(earlier), self.name(later)))),
            Order::By(way) => {
                let doubt = Doubt::new(
                    format!("a way is drawn: {}", self.told(&way)),
                    format!("take the door out, or keep those who were in {} from it", self.name(earlier)),
                );
                let plots = self.order_plots(earlier, &way, &claim);
                self.suspicion(says, plots, &claim, doubt)
            }
            Order::Unknown(doubt) => self.suspicion(says, Vec::new(), &claim, doubt),
        }
    }

    pub fn order_plots(&self, from: StageId, way: &Found, claim: &Claim) -> Vec<Plot> {
        let onward = self.steps(way);
        let all = self.ways_in(from).into_iter().map(|first| first.into_iter().chain(onward.iter().copied()).collect::<Vec<Step>>());
        all.flat_map(|way| self.plots_along(&way, &[], claim)).collect()
    }

    /// Whether somebody who was in one stage can come to another later: in a run, or at any time.
    fn after(&self, one: StageId, other: StageId) -> Order {
        let (funnel, second) = (self.funnel_of(one), self.funnel_of(other));
        if funnel != second {
            let apart = || Some(apart(&self.kept_apart(one, other)?));
            if let Some(reason) = self.shut_out(one, other).or_else(apart) {
                return Order::Never(Some(reason));
            }
            return Order::Unknown(Doubt::new(
                format!(
                    "{} and {} are in different funnels, and nothing that is known of those who were in {} keeps them from {}",
                    self.name(one),
                    self.name(other),
                    self.name(one),
                    self.name(other)
                ),
                format!(
                    "let the doors of {} need an event and those of {} ask that it has not happened; or let both ask for another value of an \
                     attribute that is `fixed`",
                    self.name(one),
                    self.name(other)
                ),
            ));
        }
        if let Some(way) = self.routes.way(one, other, None) {
            return Order::By(way);
        }
        let again = !matches!(self.context.model.funnels[funnel].reentry, None | Some(Reentry::Never));
        let keyed = self.context.model.funnels[funnel].key.is_some();
        if self.funnel.is_none() && (again || keyed) {
            return Order::Unknown(Doubt::new(
                "people may run through the funnel again",
                "promise it inside the funnel: there it speaks of one run",
            ));
        }
        Order::Never(None)
    }

    pub fn excludes(&self, one: StageId, other: StageId) -> Verdict {
        if let Some(verdict) = self.nobody(one).or_else(|| self.nobody(other)) {
            return verdict;
        }
        let claim = self.claim();
        if one == other {
            let plots = self.ways_in(one).iter().flat_map(|way| self.plots_along(way, &[], &claim)).collect();
            let doubt = Doubt::new(format!("{} is named twice", self.name(one)), "name two stages");
            return self.suspicion(format!("whoever is in {} is in both", self.name(one)), plots, &claim, doubt);
        }
        if let Some(attribute) = self.kept_apart(one, other) {
            return Verdict::Holds(self.proof(apart(&attribute)));
        }
        let says = format!("somebody can be in {} and in {}", self.name(one), self.name(other));
        let (mut unknown, mut reasons) = (None, Vec::new());
        for (from, to) in [(one, other), (other, one)] {
            match self.after(from, to) {
                Order::Never(reason) => reasons.extend(reason),
                Order::By(way) => {
                    let doubt = Doubt::new(
                        format!("a way is drawn: {}", self.told(&way)),
                        format!("take the door out, or keep those who were in {} from it", self.name(from)),
                    );
                    let plots = self.order_plots(from, &way, &claim);
                    return self.suspicion(says, plots, &claim, doubt);
                }
                Order::Unknown(doubt) => unknown = Some(doubt),
            }
        }
        match unknown {
            Some(doubt) => {
                let plots = self.both_plots(one, other, &claim);
                self.suspicion(says, plots, &claim, doubt)
            }
            None if reasons.is_empty() => {
                Verdict::Holds(self.proof(format!("no way leads from {} to {}, nor back", self.name(one), self.name(other))))
            }
            None => {
                reasons.dedup();
                Verdict::Holds(self.proof(listed(&reasons, "and")))
            }
        }
    }

    /// Somebody goes one way in and then the other.
    pub fn both_plots(&self, one: StageId, other: StageId, claim: &Claim) -> Vec<Plot> {
        let (first, second) = (self.context.path_to(one), self.context.path_to(other));
        let all: Vec<Step> = first.into_iter().chain(second).collect();
        self.plots_along(&all, &[], claim)
    }

    /// An attribute that never changes and has no value with which one comes to both stages.
    pub fn kept_apart(&self, one: StageId, other: StageId) -> Option<SmolStr> {
        let (model, facts) = (self.context.model, &self.context.facts);
        let values = |id: AttributeId, stage: StageId| {
            facts.on_arrival(stage).iter().map(|known| facts.attribute(known, id)).reduce(|a, b| a.or(&b))
        };
        // An opt-out sets a flag to `no` though it is fixed.
        model.attributes.iter().filter(|(id, it)| it.keeper == Keeper::Fixed && !self.can_opt_out(*id)).find_map(|(id, attribute)| {
            let (a, b) = (values(id, one)?, values(id, other)?);
            (!a.has_missing() && !b.has_missing() && a.and(&b).is_empty()).then(|| attribute.name.text.clone())
        })
    }
}
