//! Funnels, stages, doors, leaves, nurtures, and their identities.

use super::{
    Lowering,
    vocabulary::{formerly, label, note},
};
use crate::{
    model::{self, FunnelId, StageId},
    ruleset::{self, Delay, Door, Feed, Funnel, Leave, Nurture, Reentry, Source, Stage, Start, Target, VisitLimit},
    units::Number,
};
use std::collections::HashMap;

/// Hands out identities that follow from what a clause says: the first eight hex digits of its digest, and `-2`, `-3`
/// where one stage says the same twice.
#[derive(Default)]
struct Identities(HashMap<String, u32>);

impl Identities {
    fn of(&mut self, above: &str, kind: &str, meaning: &impl serde::Serialize) -> String {
        let json = serde_json::to_string(meaning).expect("a clause is plain JSON: all keys are texts");
        let [a, b, c, d, ..] = ruleset::digest(&[&json]);
        let id = format!("{above}/{kind}-{a:02x}{b:02x}{c:02x}{d:02x}");
        let count = self.0.entry(id.clone()).or_default();
        *count += 1;
        if *count == 1 { id } else { format!("{id}-{count}") }
    }
}

impl Lowering<'_> {
    pub(super) fn funnel(self, id: FunnelId, it: &model::Funnel) -> Funnel {
        let mut identities = Identities::default();
        let name = it.name.text.to_string();
        let leaves = it.leaves.iter().map(|leave| self.leave(&name, leave, &mut identities)).collect();
        Funnel {
            label: label(&it.name),
            note: note(&it.name),
            formerly: formerly(&it.name),
            key: it.key.as_ref().map(ToString::to_string),
            reentry: self.reentry(it.reentry.as_ref()),
            stages: self.model.stages_of(id).map(|(_, stage)| self.stage(&name, stage, &mut identities)).collect(),
            leaves,
            guarantees: it.guarantees.iter().map(|it| self.guarantee(it)).collect(),
            assumptions: it.assumptions.iter().map(|it| self.assumption(it)).collect(),
            name,
        }
    }

    fn reentry(self, it: Option<&model::Reentry>) -> Reentry {
        match it {
            // That it is said was checked.
            None | Some(model::Reentry::Never) => Reentry::Never,
            Some(model::Reentry::AfterLeaving) => Reentry::AfterLeaving,
            Some(model::Reentry::AfterLeavingMs(ms)) => Reentry::AfterLeavingMs(*ms),
            Some(model::Reentry::AfterStartingMs(ms)) => Reentry::AfterStartingMs(*ms),
            Some(model::Reentry::RestartFrom(stages)) => Reentry::RestartFrom(stages.iter().map(|stage| self.stage_name(*stage)).collect()),
        }
    }

    fn stage(self, funnel: &str, it: &model::Stage, identities: &mut Identities) -> Stage {
        let id = format!("{funnel}/{}", it.name.text);
        Stage {
            name: it.name.text.to_string(),
            label: label(&it.name),
            note: note(&it.name),
            formerly: formerly(&it.name),
            goal: it.goal,
            is_final: it.is_final,
            visits: it.visits_at_most.map(|at_most| VisitLimit { at_most }),
            open_to: it.open_to.as_ref().map(|list| list.iter().map(|id| self.channel_name(*id)).collect()),
            targets: it.targets.iter().map(|it| self.target(it)).collect(),
            feeds: it.feeds.iter().filter_map(|it| self.feed(it)).collect(),
            doors: it.doors.iter().map(|door| self.door(&id, door, identities)).collect(),
            leaves: it.leaves.iter().map(|leave| self.leave(&id, leave, identities)).collect(),
            nurtures: it.nurtures.iter().map(|nurture| self.nurture(&id, nurture)).collect(),
            id,
        }
    }

    fn target(self, it: &model::Target) -> Target {
        Target {
            percent: Number::from_millionths(i64::from(it.share.millionths()) * 100),
            of: it.of.map(|stage| self.stage_name(stage)),
            within_ms: it.within_ms,
        }
    }

    fn feed(self, it: &model::Feed) -> Option<Feed> {
        Some(Feed { stage: self.stage_id(it.stage?), by: it.by.to_string() })
    }

    /// `funnel/stage`
    pub(super) fn stage_id(self, id: StageId) -> String {
        let stage = &self.model.stages[id];
        format!("{}/{}", self.model.funnels[stage.funnel].name.text, stage.name.text)
    }

    fn door(self, stage: &str, it: &model::Door, identities: &mut Identities) -> Door {
        let from = match &it.source {
            model::Source::Outside => Source::Outside,
            model::Source::Stages(list) => Source::Stages(list.iter().map(|(stage, _)| self.stage_name(*stage)).collect()),
            model::Source::Anywhere { or_outside: false } => Source::Anywhere,
            model::Source::Anywhere { or_outside: true } => Source::AnywhereOrOutside,
        };
        let after = it.after.as_ref().map(|delay| self.delay(delay));
        let when = it.when.as_ref().map(|when| self.condition(when));
        Door { id: identities.of(stage, "enter", &(&from, &after, &when)), sentence: self.sentence(it.span), from, after, when }
    }

    fn leave(self, above: &str, it: &model::Leave, identities: &mut Identities) -> Leave {
        let after = it.after.as_ref().map(|delay| self.delay(delay));
        let when = it.when.as_ref().map(|when| self.condition(when));
        Leave { id: identities.of(above, "leave", &(&after, &when)), sentence: self.sentence(it.span), after, when }
    }

    fn delay(self, it: &model::Delay) -> Delay {
        Delay { delay_ms: it.delay_ms, without: it.without.as_ref().map(|event| self.event_test(event)) }
    }

    fn nurture(self, stage: &str, it: &model::Nurture) -> Nurture {
        let id = format!("{stage}/{}", it.name);
        let play = it.play.map(|play| &self.model.plays[play].name);
        Nurture {
            name: it.name.to_string(),
            formerly: play.filter(|play| play.text == it.name).and_then(formerly),
            label: it.label.as_ref().map(ToString::to_string),
            sentence: self.sentence(it.span),
            start: match &it.start {
                model::Start::Entry => Start::Entry,
                model::Start::When(when) => Start::When(self.condition(when)),
                model::Start::EachTime(when) => Start::EachTime(self.condition(when)),
            },
            steps: self.steps(&id, &it.steps),
            id,
        }
    }

    fn stage_name(self, id: StageId) -> String {
        self.model.stages[id].name.text.to_string()
    }
}
