//! Each guarantee decided: which analysis answers it, and what is made of the answer.

use super::{
    points::Setting,
    promise::breach_of,
    reach::{Longest, Obstacle, Reaching},
    route::{Found, Routes},
    since::Since,
    stays::{Stays, may_be_full},
    verdict::{Decided, Doubt, Proof, Suspicion, Verdict},
};
use crate::{
    check::{
        context::{Context, listed},
        plot::Visit,
    },
    diag::{Breach, BreachKind, Claim, Plot},
    graph::Step,
    model::{EventTest, FunnelId, GuaranteeKind, MessageId, StageId},
    units::Duration,
};
use smol_str::SmolStr;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

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
}

impl<'m> Grounds<'m> {
    pub fn new(context: &Context<'m>) -> Self {
        let setting = Setting::new(context.model, &context.facts);
        let routes = Routes::new(context);
        let stays = Stays::new(context, &setting, &routes);
        Self { routes, stays }
    }
}

/// What decides one guarantee.
pub struct Judge<'c, 'm> {
    pub context: &'c Context<'m>,
    pub setting: Setting<'c, 'm>,
    pub routes: &'c Routes<'m>,
    pub stays: &'c Stays,
    /// The funnel it stands in.
    pub funnel: Option<FunnelId>,
    /// What would break it.
    claim: Option<Claim>,
}

/// A time as people say it.
pub fn time(ms: i64) -> String {
    Duration::from_milliseconds(ms).to_string()
}

impl<'c, 'm> Judge<'c, 'm> {
    /// What decides guarantees of a funnel; without one, of a contact over all funnels.
    pub fn new(context: &'c Context<'m>, grounds: &'c Grounds<'m>, funnel: Option<FunnelId>) -> Self {
        let setting = Setting::new(context.model, &context.facts);
        Self { context, setting, routes: &grounds.routes, stays: &grounds.stays, funnel, claim: None }
    }
}

impl<'m> Judge<'_, 'm> {
    fn verdict(mut self, kind: &'m GuaranteeKind) -> Verdict {
        self.claim = breach_of(self.context.model, self.funnel, kind).map(Claim::Breaks);
        match kind {
            GuaranteeKind::Leaves { stage, within_ms } => self.leaves(*stage, *within_ms),
            GuaranteeKind::Reaches { from, to, within_ms } => self.reaches(*from, to, *within_ms),
            GuaranteeKind::LeadsTo { event, to, within_ms } => self.leads_to(event, to, *within_ms),
            GuaranteeKind::AtMost { count, what, within_ms } => self.at_most(*count, what, *within_ms),
            GuaranteeKind::Between { gap_ms, what } => self.at_most(1, what, Some(*gap_ms)),
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

    fn steps(&self, found: &Found) -> Vec<Step> {
        let graph = &self.context.graph;
        let step = |(from, edge): &(Option<StageId>, crate::graph::EdgeId)| {
            let at = from.map_or_else(|| graph.edge(*edge).from, |stage| graph.stage(stage));
            Step { at, edge: *edge }
        };
        found.iter().map(step).collect()
    }

    /// Plots along a way, looked on for so long behind it.
    fn plots_along(&self, way: &[Step], horizon_ms: &[i64], claim: &Claim) -> Vec<Plot> {
        let plots = self.context.plots(way, &[], [claim.clone()]);
        let longer = |horizon: &i64| plots.iter().cloned().map(|plot| Plot { horizon_ms: *horizon, ..plot }).collect::<Vec<_>>();
        if horizon_ms.is_empty() { plots } else { horizon_ms.iter().flat_map(longer).collect() }
    }

    /// The ways into a stage that plots are written along.
    fn ways_in(&self, stage: StageId) -> Vec<Vec<Step>> {
        let direct = self.routes.way_in(self.funnel_of(stage), stage, None).map(|way| self.steps(&way));
        direct.into_iter().chain(self.context.paths_to(stage)).collect()
    }

    fn proof(&self, number: impl Into<String>) -> Proof {
        Proof { number: number.into(), ..Proof::default() }
    }

    pub fn suspicion(&self, says: impl Into<String>, plots: Vec<Plot>, claim: &Claim, doubt: Doubt) -> Verdict {
        let search = self.search(claim, &plots);
        Verdict::Fails(Suspicion { says: says.into(), notes: Vec::new(), plots, search, together: false, doubt })
    }

    /// Nobody comes to a stage.
    fn nobody(&self, stage: StageId) -> Option<Verdict> {
        (!self.routes.is_reached(stage)).then(|| Verdict::Holds(self.proof(format!("nobody ever comes to {}", self.name(stage)))))
    }

    fn leaves(&self, stage: StageId, within_ms: i64) -> Verdict {
        if let Some(nobody) = self.nobody(stage) {
            return nobody;
        }
        let claim = self.claim();
        let plots = || {
            let horizons = [within_ms.saturating_add(MINUTE_MS), within_ms.saturating_mul(2).saturating_add(200 * DAY_MS)];
            self.ways_in(stage).iter().flat_map(|way| self.plots_along(way, &horizons, &claim)).collect::<Vec<_>>()
        };
        let says = format!("a contact can be in {} for longer than {}", self.name(stage), time(within_ms));
        let laps = self.own_laps(stage);
        let Some((stay, laps)) = self.stays.of(stage).zip(laps) else {
            return self.suspicion(says, plots(), &claim, self.no_end(stage, within_ms));
        };
        let most_ms = stay.most_ms.saturating_mul(i64::from(laps));
        if most_ms > within_ms {
            let doubt = Doubt::new(
                format!("as far as can be told somebody may be in {} for {}", self.name(stage), time(most_ms)),
                format!("let people go earlier, or promise `{}`", time(most_ms)),
            );
            return self.suspicion(says, plots(), &claim, doubt);
        }
        let mut proof = self.proof(format!("{} at most", time(most_ms)));
        let by: Vec<String> = stay.by.iter().map(|span| self.context.quote(*span)).collect();
        let by = listed(&by, "and");
        proof.notes.push(match laps {
            1 => format!("nobody is in {} for longer than {}: {by}", self.name(stage), time(most_ms)),
            n => format!("{n} laps of {} in {}: {by}", time(stay.most_ms), self.name(stage)),
        });
        proof.notes.extend(stay.assumed.iter().map(|span| format!("this leans on {}", self.context.quote(*span))));
        Verdict::Holds(proof)
    }

    /// How often a stage can follow itself at most.
    fn own_laps(&self, stage: StageId) -> Option<u32> {
        let again = self.routes.from(stage).iter().any(|hop| hop.to == Some(stage) || (self.funnel.is_none() && hop.anew == Some(stage)));
        if again { self.context.model.stages[stage].visits_at_most.filter(|_| self.funnel.is_some()) } else { Some(1) }
    }

    /// What stands in the way where nobody knows how long a stage is stayed in.
    fn no_end(&self, stage: StageId, within_ms: i64) -> Doubt {
        let name = self.context.model.stages[stage].name.text.clone();
        let hops = self.routes.from(stage);
        let full = hops
            .iter()
            .filter(|hop| hop.after().is_some() && hop.when().is_none())
            .find_map(|hop| hop.to.filter(|to| may_be_full(self.context.model, self.routes, *to)));
        let restarted = hops.iter().filter_map(|hop| hop.after()).find_map(|delay| delay.without.as_ref());
        let conditional = hops.iter().find(|hop| hop.after().is_some() && hop.when().is_some()).and_then(|hop| hop.span());
        let help = format!(
            "a way that time alone opens decides it: `leave after {}` in `{name}`, or a door `from {name} after {}`",
            time(within_ms),
            time(within_ms)
        );
        if self.own_laps(stage).is_none() {
            let what = format!("people can come to {} again from itself, as often as they like", self.name(stage));
            return Doubt::new(what, format!("say in `{name}` how often: `visits at most 3`"));
        }
        if let Some(full) = full {
            let what = format!("the way to {} is shut once it was entered often enough, by its `visits at most`", self.name(full));
            return Doubt::new(what, help);
        }
        if let Some(test) = restarted {
            let what = format!("each {} sets the clock of the way out back", self.context.quote(test.span));
            return Doubt::new(what, help);
        }
        if let Some(span) = conditional {
            let what = format!("{} lets only some people go", self.context.quote(span));
            return Doubt::new(what, help);
        }
        let event = hops.iter().filter_map(|hop| hop.when()).find_map(first_event).map(|test| self.context.quote(test.span));
        match event {
            Some(event) => {
                let plain = event.trim_matches('`').to_owned();
                let help = format!("{help}; or say that it comes: `assume {plain} within {} of entering {name}`", time(within_ms));
                Doubt::new(
                    format!("people leave {} by what they do, such as {event}, and nobody knows whether they do it", self.name(stage)),
                    help,
                )
            }
            None => Doubt::new(format!("no way out of {} opens for everybody in a known time", self.name(stage)), help),
        }
    }

    fn reaches(&self, from: StageId, to: &[StageId], within_ms: Option<i64>) -> Verdict {
        if let Some(nobody) = self.nobody(from) {
            return nobody;
        }
        let names = listed(&to.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), "or");
        let claim = self.claim();
        let found = self.reaching().longest(from, to);
        let says = match within_ms {
            Some(ms) => format!("a contact in {} may not have come to {names} within {}", self.name(from), time(ms)),
            None => format!("a contact who enters {} may never come to {names}", self.name(from)),
        };
        match found {
            Ok(longest) if within_ms.is_none_or(|within| longest.ms <= within) => Verdict::Holds(self.along(&longest, from)),
            Ok(longest) => {
                let doubt = Doubt::new(
                    format!("as far as can be told it may take {}", time(longest.ms)),
                    format!("let people go on earlier, or promise `{}`", time(longest.ms)),
                );
                let plots = self.missing_plots(from, to, within_ms, None, &claim);
                self.suspicion(says, plots, &claim, doubt)
            }
            Err(obstacle) => {
                let plots = self.missing_plots(from, to, within_ms, Some(&obstacle), &claim);
                let doubt = self.obstacle(&obstacle, &names, within_ms);
                self.suspicion(says, plots, &claim, doubt)
            }
        }
    }

    fn reaching(&self) -> Reaching<'_, 'm> {
        Reaching { model: self.context.model, routes: self.routes, stays: self.stays }
    }

    fn along(&self, longest: &Longest, from: StageId) -> Proof {
        let mut proof = self.proof(format!("{} at most", time(longest.ms)));
        let part = |(id, times): &(StageId, u32)| {
            let ms = time(self.stays.most(*id).unwrap_or(0));
            if *times == 1 { format!("{ms} in {}", self.name(*id)) } else { format!("{times} times {ms} in {}", self.name(*id)) }
        };
        let parts: Vec<String> = longest.visits.iter().map(part).collect();
        proof.notes.push(match parts.as_slice() {
            [] => format!("who enters {} is there", self.name(from)),
            parts => format!("the longest way: {}", listed(parts, "and")),
        });
        let assumed = longest.visits.iter().filter_map(|(id, _)| self.stays.of(*id)).flat_map(|stay| &stay.assumed);
        proof.notes.extend(assumed.map(|span| format!("this leans on {}", self.context.quote(*span))));
        proof
    }

    fn obstacle(&self, obstacle: &Obstacle, names: &str, within_ms: Option<i64>) -> Doubt {
        match obstacle {
            Obstacle::Over(stage, edge) => {
                let clause = crate::check::guarantee::route_span(self.context, *edge).map_or_else(
                    || format!("{} is a final stage", self.name(*stage)),
                    |span| format!("{} takes people out of {} before", self.context.quote(span), self.name(*stage)),
                );
                Doubt::new(clause, format!("name where such people go among {names}, or make it a stage that the guarantee names"))
            }
            Obstacle::Stays(stage) => self.no_end(*stage, within_ms.unwrap_or(30 * DAY_MS)),
            Obstacle::Laps(stage) => Doubt::new(
                format!("people can go round through {} as often as they like before", self.name(*stage)),
                format!("say how often: `visits at most 3` in `{}`", self.context.model.stages[*stage].name.text),
            ),
            Obstacle::TooMany => Doubt::new(
                "there are more ways to get there than are counted out",
                "smaller bounds of `visits at most`, or a `leave after` of the whole funnel, make it decidable",
            ),
        }
    }

    /// Ways in which somebody does not come there: gone before, still somewhere, or going round.
    fn missing_plots(
        &self,
        from: StageId,
        to: &[StageId],
        within_ms: Option<i64>,
        obstacle: Option<&Obstacle>,
        claim: &Claim,
    ) -> Vec<Plot> {
        // Who is over or has nothing due any more is so long before.
        let within = within_ms.unwrap_or(120 * DAY_MS);
        let horizons = [within.saturating_add(MINUTE_MS), within.saturating_add(200 * DAY_MS)];
        let mut tails: Vec<Vec<Step>> = vec![Vec::new()];
        let at = match obstacle {
            Some(Obstacle::Over(stage, _) | Obstacle::Stays(stage) | Obstacle::Laps(stage)) => Some(*stage),
            Some(Obstacle::TooMany) | None => None,
        };
        if let Some(stage) = at.filter(|stage| *stage != from && !to.contains(stage)) {
            let first = to.first().copied();
            tails.extend(self.routes.way(from, stage, first).map(|way| self.steps(&way)));
        }
        if let Some(Obstacle::Over(stage, edge)) = obstacle
            && crate::check::guarantee::route_span(self.context, *edge).is_some()
        {
            let at = self.context.graph.stage(*stage);
            let last = tails.last().cloned().unwrap_or_default();
            tails.push(last.into_iter().chain([Step { at, edge: *edge }]).collect());
        }
        let mut plots = Vec::new();
        for way in self.ways_in(from) {
            for tail in tails.iter().rev() {
                let all: Vec<Step> = way.iter().chain(tail).copied().collect();
                plots.extend(self.plots_along(&all, &horizons, claim));
            }
        }
        plots
    }

    fn leads_to(&self, event: &'m EventTest, to: &[StageId], within_ms: i64) -> Verdict {
        let names = listed(&to.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), "or");
        let quoted = self.context.quote(event.span);
        let Some(funnel) = self.funnel else {
            return Verdict::Open(Doubt::new(
                "whoever is outside of a funnel when it happens goes nowhere",
                "promise it inside the funnel: there it speaks of those who are in it",
            ));
        };
        if let Some(doubt) = self.unclear(event) {
            return Verdict::Open(doubt);
        }
        let since = Since::new(self.context, self.setting, self.routes, event);
        let claim = self.claim();
        let says = format!("a contact may not have come to {names} within {} of {quoted}", time(within_ms));
        let mut longest = Longest { ms: 0, visits: Vec::new() };
        // Whoever comes to a final stage without a nurture is out at once.
        let model = self.context.model;
        let is_in = |id: &StageId| !model.stages[*id].is_final || !model.stages[*id].nurtures.is_empty();
        let stages = model.funnels[funnel].stages.iter().copied();
        let stages = stages.filter(|id| self.routes.is_reached(*id) && !to.contains(id) && is_in(id));
        let mut begins: Vec<(Option<StageId>, StageId)> = Vec::new();
        for stage in stages {
            let (hops, stays) = since.moves(stage);
            begins.extend(stays.then_some((Some(stage), stage)));
            for hop in hops {
                match hop.to {
                    Some(next) => begins.push((Some(stage), next)),
                    None => {
                        let obstacle = Obstacle::Over(stage, hop.edge);
                        let plots = self.unmet_plots(event, stage, &claim, within_ms);
                        return self.suspicion(says, plots, &claim, self.obstacle(&obstacle, &names, Some(within_ms)));
                    }
                }
            }
        }
        begins.extend(since.ways_in(funnel).filter_map(|hop| Some((None, hop.to?))));
        for (stage, next) in begins {
            match self.reaching().longest(next, to) {
                Ok(found) if found.ms <= within_ms => {
                    if found.ms > longest.ms {
                        longest = found;
                    }
                }
                found => {
                    let plots = self.unmet_plots(event, stage.unwrap_or(next), &claim, within_ms);
                    let doubt = match found {
                        Ok(found) => Doubt::new(
                            format!("as far as can be told it may take {}", time(found.ms)),
                            format!("let people go on earlier, or promise `{}`", time(found.ms)),
                        ),
                        Err(obstacle) => self.obstacle(&obstacle, &names, Some(within_ms)),
                    };
                    return self.suspicion(says, plots, &claim, doubt);
                }
            }
        }
        let mut proof = match to.first() {
            Some(first) if longest.ms > 0 => self.along(&longest, *first),
            Some(_) | None => self.proof("at once"),
        };
        proof.notes.push(format!("wherever one is when {quoted} happens"));
        Verdict::Holds(proof)
    }

    fn unmet_plots(&self, event: &'m EventTest, stage: StageId, claim: &Claim, within_ms: i64) -> Vec<Plot> {
        let visit = Visit::of(stage).does(event);
        let ways = self.ways_in(stage);
        let plots = ways.iter().flat_map(|way| self.context.plots_with(way, std::slice::from_ref(&visit), [claim.clone()]));
        plots.map(|plot| Plot { horizon_ms: within_ms.saturating_add(MINUTE_MS), ..plot }).collect()
    }

    /// An event whose `where` looks at more than what the event carries may fit at one time and not at another.
    pub fn unclear(&self, event: &EventTest) -> Option<Doubt> {
        let filter = event.filter.as_deref()?;
        (!super::only_of_event(filter)).then(|| {
            Doubt::new(
                format!("{} compares with what may change later", self.context.quote(event.span)),
                "compare with what the event itself carries",
            )
        })
    }

    fn never_in(&self, message: MessageId, stage: StageId) -> Verdict {
        let model = self.context.model;
        let name = format!("`{}`", model.messages[message].name.text);
        if let Some(nobody) = self.nobody(stage) {
            return nobody;
        }
        let claim = self.claim();
        let sends = self.sends(message);
        if let Some((_, step)) = sends.iter().find(|(at, _)| *at == stage) {
            let plots: Vec<Plot> = self
                .ways_in(stage)
                .iter()
                .flat_map(|way| self.context.plots_with(way, &[Visit::to(stage, *step)], [claim.clone()]))
                .collect();
            let says = format!("{name} can be sent in {}", self.name(stage));
            let what = format!("a step there sends {name}, and nothing that is known keeps people from it");
            let help = format!("take the step out of {}, or ask before it for what only others have", self.name(stage));
            return self.suspicion(says, plots, &claim, Doubt::new(what, help));
        }
        let elsewhere = sends.iter().find(|(at, _)| self.funnel_of(*at) != self.funnel_of(stage));
        if let Some((other, _)) = elsewhere.filter(|_| self.funnel.is_none()) {
            let what = format!("{name} is sent in {}, where somebody may be at the same time", self.name(*other));
            return Verdict::Open(Doubt::new(what, "promise it inside the funnel: there it speaks of what that funnel sends"));
        }
        let places: Vec<StageId> = sends.iter().map(|(at, _)| *at).collect();
        let mut proof = self.proof(format!("no step of {} sends it", self.name(stage)));
        if !places.is_empty() {
            let mut places = places;
            places.sort_unstable();
            places.dedup();
            proof.notes.push(format!("{name} is sent in {} alone", self.context.names(&places)));
        }
        Verdict::Holds(proof)
    }

    /// The steps that send a message and that somebody may come to.
    pub fn sends(&self, message: MessageId) -> Vec<(StageId, crate::source::Span)> {
        let model = self.context.model;
        let mut found = Vec::new();
        for id in model.stages.ids().filter(|id| self.routes.is_reached(*id)) {
            for nurture in &model.stages[id].nurtures {
                crate::model::Step::each(&nurture.steps, &mut |step| {
                    if matches!(step.kind, crate::model::StepKind::Send { message: Some(sent), .. } if sent == message)
                        && self.context.facts.sites().steps.contains(&step.span)
                    {
                        found.push((id, step.span));
                    }
                });
            }
        }
        found
    }

    fn never_after(&self, message: MessageId, event: &'m EventTest) -> Verdict {
        let model = self.context.model;
        let name = model.messages[message].name.text.clone();
        let quoted = self.context.quote(event.span);
        if let Some(doubt) = self.unclear(event) {
            return Verdict::Open(doubt);
        }
        let since = Since::new(self.context, self.setting, self.routes, event);
        let funnels: Vec<FunnelId> = self.funnel.map_or_else(|| model.funnels.ids().collect(), |id| vec![id]);
        let late: Vec<_> = funnels.iter().flat_map(|funnel| since.sends(*funnel, message, self.funnel.is_none())).collect();
        let Some(first) = late.first() else {
            let mut proof = self.proof(format!("whoever has had {quoted} comes to no step that sends it"));
            let stages: Vec<StageId> = self.sends(message).into_iter().map(|(stage, _)| stage).collect();
            let kept: Vec<String> = stages
                .iter()
                .filter_map(|id| super::stays::moved_by(self.context, self.routes, *id, event))
                .map(|span| self.context.quote(span))
                .collect();
            let mut kept = kept;
            kept.dedup();
            proof.notes.extend((!kept.is_empty()).then(|| format!("{quoted} takes everybody out of there: {}", listed(&kept, "and"))));
            return Verdict::Holds(proof);
        };
        let claim = self.claim();
        let plots = late.iter().flat_map(|send| self.late_plots(event, send.stage, send.step, &claim)).collect();
        let says = format!("`{name}` can be sent after {quoted}");
        let what = format!(
            "nothing in {} keeps `{name}` from those for whom {quoted} has happened, as far as can be told",
            self.name(first.stage)
        );
        let plain = quoted.trim_matches('`').to_owned();
        let help = format!(
            "let a door or `leave` take people out of {} on {quoted}, or ask `no {plain}` right before the message",
            self.name(first.stage)
        );
        self.suspicion(says, plots, &claim, Doubt::new(what, help))
    }

    /// The event in the stage of the send or in one before it, and the message behind it.
    fn late_plots(&self, event: &'m EventTest, stage: StageId, step: crate::source::Span, claim: &Claim) -> Vec<Plot> {
        let mut plots = Vec::new();
        for way in self.ways_in(stage) {
            let passed: Vec<StageId> =
                way.iter().filter_map(|step| self.context.graph.stage_of(self.context.graph.edge(step.edge).to)).collect();
            for at in passed.iter().rev() {
                let visits = if *at == stage {
                    vec![Visit::of(stage).does(event), Visit::to(stage, step)]
                } else {
                    vec![Visit::of(*at).does(event), Visit::to(stage, step)]
                };
                plots.extend(self.context.plots_with(&way, &visits, [claim.clone()]));
            }
        }
        plots
    }

    fn reachable(&self, stage: StageId) -> Verdict {
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
            Claim::Breaks(Breach { of_run: Some(model.funnels[funnel].name.text.clone()), kind })
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
            longest = longest.max(way.len());
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

    fn through(&self, to: StageId, via: StageId) -> Verdict {
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
    fn told(&self, way: &Found) -> String {
        let graph = &self.context.graph;
        let mut places: Vec<String> = way.first().and_then(|(from, _)| *from).map(|from| self.name(from)).into_iter().collect();
        places.extend(way.iter().filter_map(|(_, edge)| graph.stage_of(graph.edge(*edge).to)).map(|id| self.name(id)));
        places.join(" → ")
    }

    fn never_follows(&self, later: StageId, earlier: StageId) -> Verdict {
        if let Some(verdict) = self.nobody(later).or_else(|| self.nobody(earlier)) {
            return verdict;
        }
        let claim = self.claim();
        let says = format!("{} can follow {}", self.name(later), self.name(earlier));
        match self.after(earlier, later) {
            Order::Never => Verdict::Holds(self.proof(format!("no way leads from {} to {}", self.name(earlier), self.name(later)))),
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

    fn order_plots(&self, from: StageId, way: &Found, claim: &Claim) -> Vec<Plot> {
        let onward = self.steps(way);
        let all = self.ways_in(from).into_iter().map(|first| first.into_iter().chain(onward.iter().copied()).collect::<Vec<Step>>());
        all.flat_map(|way| self.plots_along(&way, &[], claim)).collect()
    }

    /// Whether somebody who was in one stage can come to another later: in a run, or at any time.
    fn after(&self, one: StageId, other: StageId) -> Order {
        let (funnel, second) = (self.funnel_of(one), self.funnel_of(other));
        if funnel != second {
            return Order::Unknown(Doubt::new(
                format!(
                    "{} and {} are in different funnels, which do not ask where somebody is in the other",
                    self.name(one),
                    self.name(other)
                ),
                "name two stages of one funnel, or keep people apart by an attribute that is `fixed`",
            ));
        }
        if let Some(way) = self.routes.way(one, other, None) {
            return Order::By(way);
        }
        let again = !matches!(self.context.model.funnels[funnel].reentry, None | Some(crate::model::Reentry::Never));
        let keyed = self.context.model.funnels[funnel].key.is_some();
        if self.funnel.is_none() && (again || keyed) {
            return Order::Unknown(Doubt::new(
                "people may run through the funnel again",
                "promise it inside the funnel: there it speaks of one run",
            ));
        }
        Order::Never
    }

    fn excludes(&self, one: StageId, other: StageId) -> Verdict {
        if let Some(verdict) = self.nobody(one).or_else(|| self.nobody(other)) {
            return verdict;
        }
        let claim = self.claim();
        if let Some(attribute) = self.kept_apart(one, other) {
            return Verdict::Holds(self.proof(format!("`{attribute}` never changes, and keeps them apart")));
        }
        let says = format!("somebody can be in {} and in {}", self.name(one), self.name(other));
        let mut unknown = None;
        for (from, to) in [(one, other), (other, one)] {
            match self.after(from, to) {
                Order::Never => {}
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
            None => Verdict::Holds(self.proof(format!("no way leads from {} to {}, nor back", self.name(one), self.name(other)))),
        }
    }

    /// Somebody goes one way in and then the other.
    fn both_plots(&self, one: StageId, other: StageId, claim: &Claim) -> Vec<Plot> {
        let (first, second) = (self.context.path_to(one), self.context.path_to(other));
        let all: Vec<Step> = first.into_iter().chain(second).collect();
        self.plots_along(&all, &[], claim)
    }

    /// An attribute that never changes and has no value with which one comes to both stages.
    fn kept_apart(&self, one: StageId, other: StageId) -> Option<SmolStr> {
        let (model, facts) = (self.context.model, &self.context.facts);
        let values = |id: crate::model::AttributeId, stage: StageId| {
            facts.on_arrival(stage).iter().map(|known| facts.attribute(known, id)).reduce(|a, b| a.or(&b))
        };
        model.attributes.iter().filter(|(_, it)| it.keeper == crate::model::Keeper::Fixed).find_map(|(id, attribute)| {
            let (a, b) = (values(id, one)?, values(id, other)?);
            (!a.has_missing() && !b.has_missing() && a.and(&b).is_empty()).then(|| attribute.name.text.clone())
        })
    }
}

/// Whether one stage can come after another.
enum Order {
    Never,
    By(Found),
    Unknown(Doubt),
}

/// The first event that a condition waits for.
fn first_event(when: &crate::model::Condition) -> Option<&EventTest> {
    use crate::model::ConditionKind;
    match &when.kind {
        ConditionKind::Event(test) => Some(test),
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().find_map(first_event),
        _ => None,
    }
}
