//! What is never sent: in a stage, or after an event.

use super::{
    decide::{Judge, MINUTE_MS},
    since::Since,
    stays::moved_by,
    verdict::{Doubt, Verdict},
};
use crate::{
    check::{context::listed, plot::Visit},
    diag::{Claim, Fact, Happening, Plot, When},
    model::{EventTest, FunnelId, MessageId, Model, StageId, Step, StepKind},
    source::Span,
};

impl<'m> Judge<'_, 'm> {
    pub fn never_in(&self, message: MessageId, stage: StageId) -> Verdict {
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
        // Of a funnel with a key one run may send while another is in the stage.
        let own = self.funnel_of(stage);
        let elsewhere = sends.iter().find(|(at, _)| self.funnel_of(*at) != own || model.funnels[own].key.is_some());
        if let Some((other, _)) = elsewhere.filter(|_| self.funnel.is_none()) {
            let who = if self.funnel_of(*other) == own { "another run of the same contact" } else { "somebody" };
            let what = format!("{name} is sent in {}, where {who} may be at the same time", self.name(*other));
            return Verdict::Open(Doubt::new(what, "promise it inside the funnel: there it speaks of what that funnel sends"));
        }
        let places: Vec<StageId> = sends.iter().map(|(at, _)| *at).collect();
        let flag = self.unconsented(message).iter().any(|(at, _)| *at == stage).then(|| self.flag_of(message)).flatten();
        let mut proof = self.proof(match flag {
            Some(flag) => format!("`{flag}` is never `yes` for those who come to the step of {} that would send it", self.name(stage)),
            None => format!("no step of {} sends it", self.name(stage)),
        });
        if !places.is_empty() {
            let mut places = places;
            places.sort_unstable();
            places.dedup();
            proof.notes.push(format!("{name} is sent in {} alone", self.context.names(&places)));
            proof.way = places.iter().map(|id| self.stop(*id, format!("sends {}", model.messages[message].name.text))).collect();
        }
        Verdict::Holds(proof)
    }

    /// The steps that send a message and that somebody may come to.
    pub fn sends(&self, message: MessageId) -> Vec<(StageId, Span)> {
        let model = self.context.model;
        let mut found = Vec::new();
        for id in model.stages.ids().filter(|id| self.routes.is_reached(*id)) {
            for nurture in &model.stages[id].nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    if matches!(step.kind, StepKind::Send { message: Some(sent), .. } if sent == message)
                        && self.context.facts.sites().steps.contains(&step.span)
                        && self.setting.may_send(step)
                    {
                        found.push((id, step.span));
                    }
                });
            }
        }
        found
    }

    pub fn never_after(&self, message: MessageId, event: &'m EventTest) -> Verdict {
        let model = self.context.model;
        let name = model.messages[message].name.text.clone();
        let quoted = self.context.quote(event.span);
        if let Some(doubt) = self.unclear(event) {
            return Verdict::Open(doubt);
        }
        if let Some(channel) = self.shut_for_good(message, event) {
            let channel = &model.channels[channel].name.text;
            return Verdict::Holds(self.proof(format!("{quoted} shuts `{channel}` for good: nothing goes out by it any more")));
        }
        let since = Since::new(self.context, self.setting, self.routes, event);
        let funnels: Vec<FunnelId> = self.funnel.map_or_else(|| model.funnels.ids().collect(), |id| vec![id]);
        let late: Vec<_> = funnels.iter().flat_map(|funnel| since.sends(*funnel, &|id| id == message, self.funnel.is_none())).collect();
        let Some(first) = late.first() else {
            let mut proof = self.proof(format!("whoever has had {quoted} comes to no step that sends it"));
            let stages: Vec<StageId> = self.sends(message).into_iter().map(|(stage, _)| stage).collect();
            let kept: Vec<String> = stages
                .iter()
                .filter_map(|id| moved_by(self.context, self.routes, *id, event))
                .map(|span| self.context.quote(span))
                .collect();
            let mut kept = kept;
            kept.dedup();
            proof.way = stages.iter().map(|id| self.stop(*id, format!("sends {}", model.messages[message].name.text))).collect();
            proof.way.dedup();
            proof.notes.extend(self.consent_note([&message]));
            proof.notes.extend((!kept.is_empty()).then(|| format!("{quoted} takes everybody out of there: {}", listed(&kept, "and"))));
            return Verdict::Holds(proof);
        };
        let claim = self.claim();
        let mut plots: Vec<Plot> = late.iter().flat_map(|send| self.late_plots(event, send.stage, send.step, &claim)).collect();
        let says = format!("`{name}` can be sent after {quoted}");
        let what = format!(
            "nothing in {} keeps `{name}` from those for whom {quoted} has happened, as far as can be told",
            self.name(first.stage)
        );
        let plain = quoted.trim_matches('`').to_owned();
        let mut help = format!(
            "let a door or `leave` take people out of {} on {quoted}, or ask `no {plain}` right before the message",
            self.name(first.stage)
        );
        if let Some(flag) = self.taken_back(message, event) {
            help = format!("{help}; or let nobody take it back: `{flag} : flag? fixed`");
            let happens = event.event.map(|id| model.events[id].name.text.clone());
            plots.iter_mut().for_each(|plot| consents_again(plot, happens.as_deref(), flag));
        }
        let mut verdict = self.suspicion(says, plots, &claim, Doubt::new(what, help));
        if let (Verdict::Fails(suspicion), None) = (&mut verdict, self.funnel)
            && let Some(search) = &mut suspicion.search
        {
            let first = self.taken_back(message, event);
            search.begins.extend(search.begins.first().and_then(|begin| has_had(begin, model, event, first)));
        }
        verdict
    }

    /// The event in the stage of the send or in one before it, and the message behind it.
    pub fn late_plots(&self, event: &'m EventTest, stage: StageId, step: Span, claim: &Claim) -> Vec<Plot> {
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
}

/// Puts a new consent behind the event that took it back.
fn consents_again(plot: &mut Plot, event: Option<&str>, flag: &str) {
    let Some(at) = plot.happenings.iter().rposition(|it| Some(it.event.as_str()) == event) else { return };
    let properties = vec![(flag.into(), Fact::Flag(true))];
    let again = Happening { when: When::Then(MINUTE_MS), event: "identify".into(), properties, span: None };
    plot.happenings.insert(at + 1, again);
}

/// The beginning of a search, with the event before all else.
fn has_had(begin: &Plot, model: &Model, test: &EventTest, taken_back: Option<&str>) -> Option<Plot> {
    let event = &model.events[test.event?];
    // One that carries something is left to what the search tries.
    if !event.properties.is_empty() || test.filter.is_some() {
        return None;
    }
    let mut plot = begin.clone();
    let name = event.name.text.clone();
    plot.happenings
        .insert(0, Happening { when: When::Then(MINUTE_MS), event: name.clone(), properties: Vec::new(), span: Some(test.span) });
    if let Some(flag) = taken_back {
        consents_again(&mut plot, Some(&name), flag);
    }
    Some(plot)
}
