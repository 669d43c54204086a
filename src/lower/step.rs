//! The steps of nurtures.

use super::Lowering;
use crate::{
    model::{self, Wait},
    ruleset::{
        Argument, Branch, CalendarWait, ClockWait, InstantWait, Repeat, Split, SplitArm, Step, StepKind, UntilWait, WaitArm, WaitArms,
    },
};

impl Lowering<'_> {
    /// Steps, their identities below `above`.
    pub(super) fn steps(self, above: &str, list: &[model::Step]) -> Vec<Step> {
        list.iter()
            .map(|it| Step { id: format!("{above}/{}", it.id), sentence: self.sentence(it.span), kind: self.step_kind(above, &it.kind) })
            .collect()
    }

    fn step_kind(self, above: &str, it: &model::StepKind) -> StepKind {
        let attribute = |id: &Option<model::AttributeId>| id.map_or(String::new(), |id| self.model.attributes[id].name.text.to_string());
        match it {
            model::StepKind::Send { message, arguments } => StepKind::Send {
                message: message.map_or(String::new(), |id| self.model.messages[id].name.text.to_string()),
                arguments: self.arguments(arguments),
            },
            model::StepKind::Act { action, arguments } => StepKind::Act {
                action: action.map_or(String::new(), |id| self.model.actions[id].name.text.to_string()),
                arguments: self.arguments(arguments),
            },
            model::StepKind::Wait(wait) => self.wait(above, wait),
            model::StepKind::If { branches, otherwise, has_else: _ } => StepKind::If {
                branches: branches
                    .iter()
                    .map(|it| Branch {
                        sentence: self.sentence(it.when.span),
                        when: self.condition(&it.when),
                        steps: self.steps(above, &it.steps),
                    })
                    .collect(),
                otherwise: self.steps(above, otherwise),
            },
            model::StepKind::Split(split) => StepKind::Split(Split {
                name: split.name.to_string(),
                arms: split
                    .arms
                    .iter()
                    .map(|it| SplitArm {
                        name: it.name.to_string(),
                        share_millionths: it.share_millionths,
                        steps: self.steps(above, &it.steps),
                    })
                    .collect(),
            }),
            model::StepKind::Repeat(repeat) => StepKind::Repeat(Repeat {
                times: repeat.times,
                every_ms: repeat.every_ms,
                until: repeat.until.as_ref().map(|it| self.condition(it)),
                steps: self.steps(above, &repeat.steps),
            }),
            model::StepKind::Set { attribute: id, value } => StepKind::Set { attribute: attribute(id), value: self.term(value) },
            model::StepKind::Add { attribute: id, value } => StepKind::Add { attribute: attribute(id), value: self.term(value) },
            model::StepKind::Remove { attribute: id, value } => StepKind::Remove { attribute: attribute(id), value: self.term(value) },
            model::StepKind::Record { event, arguments } => {
                StepKind::Record { event: self.event_name(*event), arguments: self.arguments(arguments) }
            }
            model::StepKind::Stop => StepKind::Stop {},
        }
    }

    fn wait(self, above: &str, it: &Wait) -> StepKind {
        match it {
            Wait::For { ms } => StepKind::WaitMs(*ms),
            Wait::CalendarDays { days } => StepKind::WaitCalendarDays(CalendarWait { days: *days }),
            Wait::Clock { weekday, at } => StepKind::WaitClock(ClockWait { weekday: *weekday, at: *at }),
            Wait::Instant { instant, past_stops } => {
                StepKind::WaitInstant(InstantWait { instant: self.instant(instant), past_stops: *past_stops })
            }
            Wait::Until { when, up_to_ms } => StepKind::WaitUntil(UntilWait { when: self.condition(when), up_to_ms: *up_to_ms }),
            Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: _ } => StepKind::WaitArms(WaitArms {
                up_to_ms: *up_to_ms,
                arms: arms
                    .iter()
                    .map(|it| WaitArm {
                        sentence: self.sentence(it.when.span),
                        when: self.condition(&it.when),
                        steps: self.steps(above, &it.steps),
                    })
                    .collect(),
                otherwise: self.steps(above, otherwise),
            }),
        }
    }

    fn arguments(self, list: &[model::Argument]) -> Vec<Argument> {
        list.iter().map(|it| Argument { name: it.name.to_string(), value: self.term(&it.value) }).collect()
    }
}
