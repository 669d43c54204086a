//! Where an event leads: `purchase leads to customer within 1 day`.

use super::{
    decide::{DAY_MS, Judge, MINUTE_MS, time},
    only_of_event,
    reach::{Longest, Obstacle},
    since::Since,
    verdict::{Doubt, Verdict},
};
use crate::{
    check::{
        context::listed,
        plot::{Visit, consenting},
    },
    diag::{Claim, Happening, Plot, When},
    graph::Step,
    model::{Condition, ConditionKind, EventTest, FunnelId, Reentry, StageId},
};

/// So many forms of an event are tried.
const MOVES_MAX: usize = 3;

impl<'m> Judge<'_, 'm> {
    pub fn leads_to(&self, event: &'m EventTest, to: &[StageId], within_ms: i64) -> Verdict {
        let names = listed(&to.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), "or");
        let quoted = self.context.quote(event.span);
        let funnel = match self.leading(to) {
            Ok(funnel) => funnel,
            Err(doubt) => return Verdict::Open(doubt),
        };
        if let Some(doubt) = self.unclear(event) {
            return Verdict::Open(doubt);
        }
        let since = Since::new(self.context, self.setting, self.routes, event);
        let claim = self.claim();
        let says = format!("a contact may not have come to {names} within {} of {quoted}", time(within_ms));
        if let Some(verdict) = self.funnel.is_none().then(|| self.outside(&since, event, funnel, &claim, within_ms)).flatten() {
            return verdict;
        }
        let mut longest = Longest { ms: 0, visits: Vec::new(), way: Vec::new() };
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
                match hop.to.or(hop.anew.filter(|_| self.funnel.is_none())) {
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
            match self.reaching(funnel).longest(next, to) {
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
            Some(first) if longest.ms > 0 => self.along(&longest, *first, to),
            Some(_) | None => self.proof("at once"),
        };
        proof.notes.push(format!("wherever one is when {quoted} happens"));
        Verdict::Holds(proof)
    }

    /// The funnel in which the event leads somewhere: that of the guarantee, or of the stages that a contact comes to.
    fn leading(&self, to: &[StageId]) -> Result<FunnelId, Doubt> {
        if let Some(funnel) = self.funnel {
            return Ok(funnel);
        }
        let mut funnels: Vec<FunnelId> = to.iter().map(|id| self.funnel_of(*id)).collect();
        funnels.dedup();
        match funnels.as_slice() {
            [one] if self.context.model.funnels[*one].key.is_none() => Ok(*one),
            [_] => Err(Doubt::new(
                "a contact may be in any number of runs of that funnel",
                "promise it inside the funnel: there it speaks of the run that the event goes to",
            )),
            _ => Err(Doubt::new("the stages are in different funnels", "name stages of one funnel")),
        }
    }

    /// What stands in the way for those who are in no stage of the funnel when the event happens; nothing where all are let in.
    fn outside(&self, since: &Since<'_, 'm>, event: &'m EventTest, funnel: FunnelId, claim: &Claim, within_ms: i64) -> Option<Verdict> {
        let model = self.context.model;
        let (name, quoted) = (self.funnel_name(funnel), self.context.quote(event.span));
        let happens = Condition { span: event.span, kind: ConditionKind::Event(event.clone()) };
        let begin = consenting(self.context, funnel, claim);
        let comes = |plot: &Plot, when: When| -> Vec<Plot> {
            let moves = self.context.moves([&happens], MOVES_MAX).into_iter();
            let with = |happening| {
                let mut plot = Plot { horizon_ms: within_ms.saturating_add(MINUTE_MS), ..plot.clone() };
                plot.happenings.push(Happening { when: when.clone(), span: Some(event.span), ..happening });
                plot
            };
            moves.map(with).collect()
        };
        if !since.lets_in(funnel) {
            let plots = comes(&begin, When::Then(0));
            let doubt = Doubt::new(
                format!("nothing lets everybody into {name} for whom {quoted} happens outside of it"),
                format!(
                    "let {quoted} open a door of {name} for everybody; or promise it inside the funnel: there it speaks of those who are in it"
                ),
            );
            return Some(self.suspicion(format!("{quoted} may happen to somebody who is not in {name}"), plots, claim, doubt));
        }
        let is_open = matches!(
            model.funnels[funnel].reentry,
            Some(Reentry::AfterLeaving | Reentry::AfterLeavingMs(0) | Reentry::AfterStartingMs(0) | Reentry::RestartFrom(_))
        );
        let leaving = model.funnels[funnel].stages.iter().filter(|id| self.routes.is_reached(**id)).find_map(|id| {
            let hop = self.routes.from(*id).iter().find(|hop| hop.to.is_none() && hop.anew.is_none());
            (hop.is_some() || model.stages[*id].is_final).then_some((*id, hop))
        });
        let (stage, hop) = leaving.filter(|_| !is_open)?;
        let at = self.context.graph.stage(stage);
        let out = hop.filter(|hop| hop.span().is_some()).map(|hop| Step { at, edge: hop.edge });
        let plots = self.ways_in(stage).into_iter().flat_map(|way| {
            let all: Vec<Step> = way.into_iter().chain(out).collect();
            let gone = When::Reached { funnel: model.funnels[funnel].name.text.clone(), stage: None, times: 1, after_ms: DAY_MS };
            self.plots_along(&all, &[], claim).iter().flat_map(|plot| comes(plot, gone.clone())).collect::<Vec<_>>()
        });
        let doubt = Doubt::new(
            format!("whoever has left {name} may not come again at once, and {quoted} may still happen"),
            format!("say in {name} `reentry after leaving`; or promise it inside the funnel: there it speaks of those who are in it"),
        );
        let plots = plots.collect();
        Some(self.suspicion(format!("{quoted} may happen to somebody who has left {name}"), plots, claim, doubt))
    }

    pub fn unmet_plots(&self, event: &'m EventTest, stage: StageId, claim: &Claim, within_ms: i64) -> Vec<Plot> {
        let visit = Visit::of(stage).does(event);
        let ways = self.ways_in(stage);
        let plots = ways.iter().flat_map(|way| self.context.plots_with(way, std::slice::from_ref(&visit), [claim.clone()]));
        plots.map(|plot| Plot { horizon_ms: within_ms.saturating_add(MINUTE_MS), ..plot }).collect()
    }

    /// An event whose `where` looks at more than what the event carries may fit at one time and not at another.
    pub fn unclear(&self, event: &EventTest) -> Option<Doubt> {
        let filter = event.filter.as_deref()?;
        (!only_of_event(filter)).then(|| {
            Doubt::new(
                format!("{} compares with what may change later", self.context.quote(event.span)),
                "compare with what the event itself carries",
            )
        })
    }
}
