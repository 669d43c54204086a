//! Consent: which sends find nobody who has it, and which events shut a channel for good.
//!
//! A message needs the flag of its channel at the instant of its step, and again when it was held; so a step that only those
//! come to whose flag is known to be `no` sends nothing. A complaint shuts the channel of the message that it is about, and so
//! does a hard bounce. An opt-out sets the flag to `no`, which lasts where nobody can set it back: a flag that is `fixed`, or
//! one of ours that no step sets to anything but `no`.
//! Readings: `complained` that names no message may be about one that nobody here knows, and then shuts nothing.

use super::decide::Judge;
use crate::{
    logic::{Moment, Question},
    model::{
        AttributeId, ChannelId, CompareOp, Condition, ConditionKind, EventTest, Keeper, Literal, MessageId, Model, StageId, Step, StepKind,
        Term, TermKind, Type,
    },
    source::Span,
};

impl Judge<'_, '_> {
    /// The steps that would send a message, and that only people without consent come to.
    pub fn unconsented(&self, message: MessageId) -> Vec<(StageId, Span)> {
        let model = self.context.model;
        let sites = self.context.facts.sites();
        let mut found = Vec::new();
        for id in model.stages.ids().filter(|id| self.routes.is_reached(*id)) {
            for nurture in &model.stages[id].nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    if matches!(step.kind, StepKind::Send { message: Some(sent), .. } if sent == message)
                        && sites.steps.contains(&step.span)
                        && !self.setting.may_send(step)
                    {
                        found.push((id, step.span));
                    }
                });
            }
        }
        found
    }

    /// What is to be said of messages that only people without consent come to.
    pub fn consent_note<'i>(&self, messages: impl IntoIterator<Item = &'i MessageId>) -> Option<String> {
        let model = self.context.model;
        let mut first = messages.into_iter().flat_map(|id| self.unconsented(*id).into_iter().map(|(stage, _)| (*id, stage)));
        let (message, stage) = first.next()?;
        let (name, flag) = (&model.messages[message].name.text, self.flag_of(message)?);
        Some(format!("by consent: `{flag}` is never `yes` for those who come to `send {name}` in {}", self.name(stage)))
    }

    /// The flag that the channel of a message needs.
    pub fn flag_of(&self, message: MessageId) -> Option<&str> {
        let model = self.context.model;
        let flag = model.channels[model.messages[message].channel?].needs?;
        Some(model.attributes[flag].name.text.as_str())
    }

    /// The clause or flag by which nothing goes out by the channel of a message any more once an event has happened.
    pub fn shut_for_good(&self, message: MessageId, test: &EventTest) -> Option<ChannelId> {
        let model = self.context.model;
        let it = &model.messages[message];
        let channel = it.channel.filter(|_| !it.transactional)?;
        let flag = model.channels[channel].needs?;
        let event = test.event.filter(|event| model.events[*event].keeper == Keeper::Anyone)?;
        let is_about_it = test.message.is_some_and(|about| model.messages[about].channel == Some(channel));
        let shuts = match model.events[event].name.text.as_str() {
            "complained" => is_about_it,
            "bounced" => is_about_it && self.is_hard(test),
            _ => false,
        };
        let opts_out = model.events[event].opts_out.iter().any(|other| model.channels[*other].needs == Some(flag));
        (shuts || (opts_out && stays_no(model, flag))).then_some(channel)
    }

    /// The flag of a message's channel that an event sets to `no`, and that can be `yes` again.
    pub fn taken_back(&self, message: MessageId, test: &EventTest) -> Option<&str> {
        let model = self.context.model;
        let it = &model.messages[message];
        let flag = model.channels[it.channel.filter(|_| !it.transactional)?].needs?;
        let opts_out = model.events[test.event?].opts_out.iter().any(|other| model.channels[*other].needs == Some(flag));
        (opts_out && !stays_no(model, flag)).then(|| model.attributes[flag].name.text.as_str())
    }

    /// Whether only a hard bounce is meant.
    fn is_hard(&self, test: &EventTest) -> bool {
        let Some(event) = test.event else { return false };
        let model = self.context.model;
        let Some(property) = model.events[event].properties.iter().position(|it| it.name == "hard") else { return false };
        let Ok(property) = u32::try_from(property) else { return false };
        let term = |kind| Term { span: test.span, kind, ty: Type::Flag, optional: false };
        let compare = ConditionKind::Compare {
            left: term(TermKind::Property { event, property }),
            op: CompareOp::Equal,
            right: term(TermKind::Literal(Literal::Flag(true))),
        };
        let hard = Condition { span: test.span, kind: compare };
        let filter = Some(Box::new(match &test.filter {
            Some(filter) => {
                let soft = Condition { span: test.span, kind: ConditionKind::Not(Box::new(hard)) };
                Condition { span: test.span, kind: ConditionKind::And(vec![(**filter).clone(), soft]) }
            }
            None => return false,
        }));
        let soft = Condition { span: test.span, kind: ConditionKind::Event(EventTest { filter, ..test.clone() }) };
        !self.context.solver.can_be(&Question::new().holds(&soft).at(Moment::Event(event)))
    }
}

/// Whether a flag that has been set to `no` stays so, whatever anybody does.
fn stays_no(model: &Model, flag: AttributeId) -> bool {
    match model.attributes[flag].keeper {
        Keeper::Fixed => true,
        Keeper::Ours => {
            let mut only_no = true;
            for nurture in model.stages.values().flat_map(|stage| &stage.nurtures) {
                Step::each(&nurture.steps, &mut |step| match step.kind.change() {
                    Some((id, to)) if id == flag => only_no &= to == Some(&Literal::Flag(false)),
                    Some(_) | None => {}
                });
            }
            only_no
        }
        Keeper::Anyone | Keeper::Runtime => false,
    }
}
