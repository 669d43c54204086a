//! Attributes, events, channels, messages, actions, segments, scores, promises.

use super::Lowering;
use crate::{
    model::{self, Name},
    ruleset::{
        Action, Assumed, Assumption, Attribute, Cap, Channel, Event, Guarantee, Keeper, Message, Property, QuietHours, Rate, Score,
        ScoreLine, ScoreRule, Segment, Type,
    },
};

pub(super) fn label(name: &Name) -> Option<String> {
    name.label.as_ref().map(ToString::to_string)
}

pub(super) fn note(name: &Name) -> Option<String> {
    name.note.as_ref().map(ToString::to_string)
}

pub(super) fn formerly(name: &Name) -> Option<String> {
    name.formerly.as_ref().map(ToString::to_string)
}

fn keeper(keeper: model::Keeper) -> Keeper {
    match keeper {
        model::Keeper::Anyone => Keeper::Anyone,
        model::Keeper::Fixed => Keeper::Fixed,
        model::Keeper::Ours => Keeper::Ours,
        model::Keeper::Runtime => Keeper::Runtime,
    }
}

/// Messages are named by texts on the wire. Lengths of time are the type of no declaration, and what is not known does
/// not get past the checks.
fn type_of(ty: &model::Type) -> Type {
    match ty {
        model::Type::Text | model::Type::Message | model::Type::Unknown => Type::Text,
        model::Type::Number | model::Type::Duration => Type::Number,
        model::Type::Flag => Type::Flag,
        model::Type::Date => Type::Date,
        model::Type::Time => Type::Time,
        model::Type::OneOf(values) => Type::OneOf(values.iter().map(ToString::to_string).collect()),
        model::Type::List => Type::List,
    }
}

fn properties(list: &[model::Property]) -> Vec<Property> {
    list.iter().map(|it| Property { name: it.name.to_string(), ty: type_of(&it.ty), optional: it.optional }).collect()
}

impl Lowering<'_> {
    pub(super) fn attribute(self, it: &model::Attribute) -> Attribute {
        Attribute {
            name: it.name.text.to_string(),
            label: label(&it.name),
            ty: type_of(&it.ty),
            optional: it.optional,
            default: it.default.as_ref().map(super::term::literal),
            keeper: keeper(it.keeper),
        }
    }

    pub(super) fn event(self, it: &model::Event) -> Event {
        let mut opts_out = Vec::new();
        for channel in &it.opts_out {
            if let Some(flag) = self.model.channels[*channel].needs {
                let flag = self.model.attributes[flag].name.text.to_string();
                if !opts_out.contains(&flag) {
                    opts_out.push(flag);
                }
            }
        }
        Event {
            name: it.name.text.to_string(),
            label: label(&it.name),
            note: note(&it.name),
            properties: properties(&it.properties),
            channel: it.channel.map(|id| self.channel_name(id)),
            keeper: keeper(it.keeper),
            opts_out,
            rate: it.rate.map(|rate| Rate { count: rate.count, per_ms: rate.per_ms }),
        }
    }

    pub(super) fn channel_name(self, id: model::ChannelId) -> String {
        self.model.channels[id].name.text.to_string()
    }

    pub(super) fn channel(self, it: &model::Channel) -> Channel {
        Channel {
            name: it.name.text.to_string(),
            label: label(&it.name),
            note: note(&it.name),
            needs: it.needs.map(|flag| self.model.attributes[flag].name.text.to_string()),
            caps: it.caps.iter().map(|cap| Cap { count: cap.count, within_ms: cap.within_ms }).collect(),
            quiet: it.quiet.iter().map(|hours| QuietHours { from: hours.from, to: hours.to }).collect(),
        }
    }

    pub(super) fn message(self, it: &model::Message) -> Message {
        Message {
            name: it.name.text.to_string(),
            label: label(&it.name),
            note: note(&it.name),
            formerly: formerly(&it.name),
            channel: it.channel.map_or(String::new(), |id| self.channel_name(id)),
            parameters: properties(&it.parameters),
            template: it.template.as_ref().map(ToString::to_string),
            transactional: it.transactional,
        }
    }

    pub(super) fn action(self, it: &model::Action) -> Action {
        Action { name: it.name.text.to_string(), label: label(&it.name), note: note(&it.name), parameters: properties(&it.parameters) }
    }

    pub(super) fn segment(self, it: &model::Segment) -> Segment {
        Segment {
            name: it.name.text.to_string(),
            label: label(&it.name),
            note: note(&it.name),
            sentence: self.sentence(it.when.span),
            when: self.condition(&it.when),
        }
    }

    pub(super) fn score(self, it: &model::Score) -> Score {
        let line = |it: &model::ScoreLine| ScoreLine {
            sentence: self.sentence(it.span),
            points: it.points,
            rule: match &it.rule {
                model::ScoreRule::Event(event) => ScoreRule::Event(self.event_test(event)),
                model::ScoreRule::EveryWithout { period_ms, event } => {
                    ScoreRule::EveryWithout { period_ms: *period_ms, event: self.event_test(event) }
                }
            },
        };
        Score { name: it.name.text.to_string(), label: label(&it.name), note: note(&it.name), lines: it.lines.iter().map(line).collect() }
    }

    pub(super) fn guarantee(self, it: &model::Guarantee) -> Guarantee {
        Guarantee { sentence: self.sentence(it.span) }
    }

    pub(super) fn assumption(self, it: &model::Assumption) -> Assumption {
        let of = it.stage.map(|stage| Assumed { event: self.event_test(&it.event), within_ms: it.within_ms, stage: self.stage_id(stage) });
        Assumption { sentence: self.sentence(it.span), of }
    }
}
