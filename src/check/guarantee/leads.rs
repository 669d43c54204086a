//! Where an event leads: `purchase leads to customer within 1 day`.

use super::{
    decide::{Judge, MINUTE_MS, time},
    only_of_event,
    reach::{Longest, Obstacle},
    since::Since,
    verdict::{Doubt, Verdict},
};
use crate::{
    check::{context::listed, plot::Visit},
    diag::{Claim, Plot},
    model::{EventTest, StageId},
};

impl<'m> Judge<'_, 'm> {
    pub fn leads_to(&self, event: &'m EventTest, to: &[StageId], within_ms: i64) -> Verdict {
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
