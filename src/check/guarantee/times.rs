//! How long people stay, and how long they take to come somewhere: `leaves`, `reaches`.

use super::{
    counter::Counter,
    decide::{DAY_MS, Judge, MINUTE_MS, time},
    points::Setting,
    reach::{Longest, Obstacle, Reaching, Until},
    route_span,
    spans::NEVER,
    stays::may_be_full,
    verdict::{Doubt, Proof, Verdict},
};
use crate::{
    check::{context::listed, plot::Visit},
    diag::{Claim, Plot},
    graph::Step,
    model::{Condition, ConditionKind, EventTest, FunnelId, Nurture, StageId},
};

/// More laps than this are not counted out.
const LAPS_MAX: u32 = 10_000;

impl<'m> Judge<'_, 'm> {
    pub fn leaves(&self, stage: StageId, within_ms: i64) -> Verdict {
        if let Some(nobody) = self.nobody(stage) {
            return nobody;
        }
        let claim = self.claim();
        let plots = || {
            let horizons = [within_ms.saturating_add(MINUTE_MS), within_ms.saturating_mul(2).saturating_add(200 * DAY_MS)];
            let ways = self.ways_in(stage);
            let plain = ways.iter().flat_map(|way| self.plots_along(way, &horizons, &claim));
            plain.chain(self.kept_plots(stage, &ways, &horizons, &claim)).collect::<Vec<_>>()
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
        proof.way = vec![self.stop(
            stage,
            if laps == 1 { format!("{} at most", time(most_ms)) } else { format!("{laps} laps of {} at most", time(stay.most_ms)) },
        )];
        proof.notes.extend(stay.assumed.iter().map(|span| format!("this leans on {}", self.context.quote(*span))));
        Verdict::Holds(proof)
    }

    /// Somebody whom the conditions on the ways out of a stage keep in it.
    fn kept_plots(&self, stage: StageId, ways: &[Vec<Step>], horizons: &[i64], claim: &Claim) -> Vec<Plot> {
        let asked = self.routes.from(stage).iter().filter(|hop| hop.after().is_some()).filter_map(|hop| hop.when());
        let states = asked.filter(|when| self.context.facts.is_state(when));
        let shut: Vec<Condition> =
            states.map(|when| Condition { span: when.span, kind: ConditionKind::Not(Box::new(when.clone())) }).collect();
        if shut.is_empty() {
            return Vec::new();
        }
        let visit = shut.iter().fold(Visit::of(stage), Visit::holds);
        let plots = ways.iter().flat_map(|way| self.context.plots_with(way, std::slice::from_ref(&visit), [claim.clone()]));
        let plots: Vec<Plot> = plots.take(4).collect();
        horizons.iter().flat_map(|horizon| plots.iter().map(|plot| Plot { horizon_ms: *horizon, ..plot.clone() })).collect()
    }

    /// How often a stage can follow itself at most.
    pub fn own_laps(&self, stage: StageId) -> Option<u32> {
        let again = self.routes.from(stage).iter().any(|hop| hop.to == Some(stage) || (self.funnel.is_none() && hop.anew == Some(stage)));
        let stages = &self.context.model.stages;
        if !again {
            Some(1)
        } else if self.funnel.is_none() {
            None
        } else {
            let counted = self.counted_laps(stage);
            stages[stage].visits_at_most.map_or(counted, |most| Some(counted.map_or(most, |counted| counted.min(most))))
        }
    }

    /// How often a stage can follow itself until a counter of ours shuts the way.
    fn counted_laps(&self, stage: StageId) -> Option<u32> {
        let counters = self.grounds.counters(self.funnel_of(stage));
        let laps = |counter: &Counter| {
            let mut value = counter.begins();
            for laps in 1..=LAPS_MAX {
                let again = self.routes.from(stage).iter().filter(|hop| hop.to == Some(stage));
                match again.filter_map(|hop| counter.behind(&self.setting, stage, hop, value)).min() {
                    None => return Some(laps),
                    Some(next) if next > value => value = next,
                    Some(_) => return None,
                }
            }
            None
        };
        counters.iter().filter_map(laps).min()
    }

    /// What stands in the way where nobody knows how long a stage is stayed in.
    pub fn no_end(&self, stage: StageId, within_ms: i64) -> Doubt {
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
            let leads_on = hops.iter().any(|hop| hop.to != Some(stage) && hop.after().is_some() && hop.when().is_none());
            let then = if leads_on { "" } else { ", and let another way that time alone opens lead on then" };
            return Doubt::new(what, format!("say in `{name}` how often: `visits at most 3`{then}"));
        }
        if let Some(full) = full {
            let what = format!("the way to {} is shut once it was entered often enough, by its `visits at most`", self.name(full));
            return Doubt::new(what, help);
        }
        if let Some(what) = self.clock_decides(stage) {
            return Doubt::new(what, format!("say that people keep their zone: `timezone : text? fixed`; or {help}")).mended_by(help);
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

    /// Whether a way out of a stage would open in a known time if people kept their zone.
    fn clock_decides(&self, stage: StageId) -> Option<String> {
        let fixed = Setting { zone_is_fixed: true, ..self.setting };
        if self.setting.zone_is_fixed {
            return None;
        }
        let is_late = |nurture: &&Nurture| {
            let waited = |name: &str| self.routes.from(stage).iter().filter_map(|hop| hop.when()).any(|when| waits_for(when, name));
            let (own, kept) = (self.setting.duration(&nurture.steps).1, fixed.duration(&nurture.steps).1);
            own == NEVER && kept < NEVER && waited(&nurture.name)
        };
        if let Some(when) = self.routes.from(stage).iter().filter_map(|hop| hop.when()).find(|when| is_by_the_clock(when)) {
            return Some(format!(
                "{} goes by the clock, and people who move to another zone may wait for ever",
                self.context.quote(when.span)
            ));
        }
        let nurture = self.context.model.stages[stage].nurtures.iter().find(is_late)?;
        Some(format!("`{}` goes by the clock, and people who move to another zone may wait for ever", nurture.name))
    }

    pub fn reaches(&self, from: StageId, to: &[StageId], within_ms: Option<i64>) -> Verdict {
        if let Some(nobody) = self.nobody(from) {
            return nobody;
        }
        let names = listed(&to.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), "or");
        let claim = self.claim();
        let found = self.reaching(self.funnel_of(from)).longest(from, to);
        let says = match within_ms {
            Some(ms) => format!("a contact in {} may not have come to {names} within {}", self.name(from), time(ms)),
            None => format!("a contact who enters {} may never come to {names}", self.name(from)),
        };
        match found {
            Ok(longest) if within_ms.is_none_or(|within| longest.ms <= within) => Verdict::Holds(self.along(&longest, from, to)),
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

    pub fn reaching(&self, funnel: FunnelId) -> Reaching<'_, 'm> {
        let counters = self.grounds.counters(funnel);
        Reaching { setting: self.setting, counters, routes: self.routes, stays: self.stays, until: Until::There }
    }

    pub fn along(&self, longest: &Longest, from: StageId, to: &[StageId]) -> Proof {
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
        let long = |id: &StageId| format!("{} at most", time(self.stays.most(*id).unwrap_or(0)));
        proof.way = longest.way.iter().map(|id| self.stop(*id, long(id))).collect();
        let last = longest.way.last().and_then(|id| self.routes.from(*id).iter().filter_map(|hop| hop.to).find(|id| to.contains(id)));
        proof.way.extend(last.map(|id| self.stop(id, "")));
        let assumed = longest.visits.iter().filter_map(|(id, _)| self.stays.of(*id)).flat_map(|stay| &stay.assumed);
        proof.notes.extend(assumed.map(|span| format!("this leans on {}", self.context.quote(*span))));
        proof
    }

    pub fn obstacle(&self, obstacle: &Obstacle, names: &str, within_ms: Option<i64>) -> Doubt {
        match obstacle {
            Obstacle::Over(stage, edge) => match route_span(self.context, *edge) {
                Some(span) => {
                    let clause = self.context.quote(span);
                    let help = format!("let {clause} lead into a stage, and promise {names} or that stage; or take it out");
                    Doubt::new(format!("{clause} takes people out of {} before", self.name(*stage)), help)
                }
                None => {
                    let name = self.name(*stage);
                    Doubt::new(format!("{name} is a final stage"), format!("promise {names} or {name}; or let {name} lead on"))
                }
            },
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
    pub fn missing_plots(
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
            && route_span(self.context, *edge).is_some()
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
}

/// Whether a condition asks that a play has come to its end.
fn waits_for(when: &Condition, name: &str) -> bool {
    match &when.kind {
        ConditionKind::And(list) | ConditionKind::Or(list) => list.iter().any(|it| waits_for(it, name)),
        ConditionKind::Finished(play) => play == name,
        _ => false,
    }
}

/// Whether a time of the clock alone makes a condition true.
fn is_by_the_clock(when: &Condition) -> bool {
    match &when.kind {
        ConditionKind::Or(list) => list.iter().any(is_by_the_clock),
        ConditionKind::Every { .. } => true,
        _ => false,
    }
}

/// The first event that a condition waits for.
fn first_event(when: &Condition) -> Option<&EventTest> {
    match &when.kind {
        ConditionKind::Event(test) => Some(test),
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().find_map(first_event),
        _ => None,
    }
}
