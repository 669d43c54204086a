//! Declarations outside funnels.

use super::{
    expression::{event, list, quoted, value},
    layout::{Line, Printer},
};
use crate::ast::{
    Attribute, ChannelItem, Comment, Event, EventClause, Head, MessageItem, NoteItem, ScoreItem, ScoreRule, Text, Top, Type, TypeKind,
};

impl Printer {
    /// A top-level item.
    pub(super) fn top(&mut self, item: &Top, after: Option<&Comment>) {
        match item {
            Top::Use(path) => self.line(&Line::new(format!("use {}", quoted(&path.value))), after),
            Top::Timezone(zone) => self.line(&Line::new(format!("timezone {}", quoted(&zone.value))), after),
            Top::Contact(block) => {
                let names = block.items.iter().filter(|node| node.it.broken.is_none()).map(|node| attribute_name(&node.it).chars().count());
                self.pad = names.max().unwrap_or(0);
                self.block(&Line::new("contact"), block, after, Self::attribute);
                self.pad = 0;
            }
            Top::Event(event) => {
                let line = event_line(event);
                self.optional(&line, event.body.as_ref(), after, Self::note_item);
            }
            Top::Channel(it) => self.optional(&Line::new(head("channel", &it.head)), it.body.as_ref(), after, Self::channel_item),
            Top::Message(it) => {
                let line = Line::new(format!("{} by {}", head("message", &it.head), it.channel.text));
                self.optional(&line, it.body.as_ref(), after, Self::message_item);
            }
            Top::Action(it) => self.optional(&Line::new(head("action", &it.head)), it.body.as_ref(), after, Self::note_item),
            Top::Segment(it) => {
                let line = Line::new(head("segment", &it.head)).condition("when", &it.when);
                self.optional(&line, it.body.as_ref(), after, Self::note_item);
            }
            Top::Score(it) => self.block(&Line::new(head("score", &it.head)), &it.body, after, Self::score_item),
            Top::Play(it) => self.block(&Line::new(head("play", &it.head)), &it.body, after, Self::step),
            Top::Assume(it) => self.line(&Line::new(super::guarantee::assume(it)), after),
            Top::Guarantee(it) => self.line(&Line::new(super::guarantee::guarantee(it)), after),
            Top::Funnel(it) => self.block(&Line::new(head("funnel", &it.head)), &it.body, after, Self::funnel_item),
            Top::Test(it) => {
                let line = Line::new(format!("test {} for {}", quoted(&it.name.value), it.funnel.text));
                self.block(&line, &it.body, after, Self::test_item);
            }
            Top::Broken(broken) => self.raw(&broken.text, after),
        }
    }

    /// An item that may have a block.
    pub(super) fn optional<T>(
        &mut self,
        line: &Line,
        block: Option<&crate::ast::Block<T>>,
        after: Option<&Comment>,
        print: fn(&mut Self, &T, Option<&Comment>),
    ) {
        match block {
            Some(block) => self.block(line, block, after, print),
            None => self.line(line, after),
        }
    }

    fn attribute(&mut self, it: &Attribute, after: Option<&Comment>) {
        if let Some(broken) = &it.broken {
            self.raw(&broken.text, after);
            return;
        }
        let mut text = format!("{} : {}", self.padded(&attribute_name(it)), ty(&it.ty));
        if let Some(default) = &it.default {
            text += &format!(" = {}", value(default));
        }
        if it.fixed.is_some() {
            text += " fixed";
        }
        if it.ours.is_some() {
            text += " ours";
        }
        self.line(&Line::new(text), after);
    }

    pub(super) fn note(&mut self, text: &Text, after: Option<&Comment>) {
        self.line(&Line::new(format!("note {}", quoted(&text.value))), after);
    }

    fn note_item(&mut self, item: &NoteItem, after: Option<&Comment>) {
        match item {
            NoteItem::Note(text) => self.note(text, after),
            NoteItem::Broken(broken) => self.raw(&broken.text, after),
        }
    }

    fn channel_item(&mut self, item: &ChannelItem, after: Option<&Comment>) {
        let text = match item {
            ChannelItem::Needs(flag) => format!("needs {}", flag.text),
            ChannelItem::AtMost { count, within } => format!("at most {} within {}", count.it, within.it),
            ChannelItem::Quiet { from, to } => format!("quiet from {} to {}", from.it, to.it),
            ChannelItem::Note(text) => return self.note(text, after),
            ChannelItem::Broken(broken) => return self.raw(&broken.text, after),
        };
        self.line(&Line::new(text), after);
    }

    fn message_item(&mut self, item: &MessageItem, after: Option<&Comment>) {
        let text = match item {
            MessageItem::Template(text) => format!("template {}", quoted(&text.value)),
            MessageItem::Transactional => "transactional".to_owned(),
            MessageItem::Formerly(name) => format!("formerly {}", name.text),
            MessageItem::Note(text) => return self.note(text, after),
            MessageItem::Broken(broken) => return self.raw(&broken.text, after),
        };
        self.line(&Line::new(text), after);
    }

    fn score_item(&mut self, item: &ScoreItem, after: Option<&Comment>) {
        let text = match item {
            ScoreItem::Points { points, rule } => {
                let sign = if points.it.millionths() < 0 { "" } else { "+" };
                let rule = match rule {
                    ScoreRule::Event(matched) => event(matched),
                    ScoreRule::EveryWithout { period, event: matched } => format!("every {} without {}", period.it, event(matched)),
                };
                format!("{sign}{} for {rule}", points.it)
            }
            ScoreItem::Note(text) => return self.note(text, after),
            ScoreItem::Broken(broken) => return self.raw(&broken.text, after),
        };
        self.line(&Line::new(text), after);
    }
}

fn attribute_name(it: &Attribute) -> String {
    match &it.label {
        Some(label) => format!("{} {}", it.name.text, quoted(&label.value)),
        None => it.name.text.to_string(),
    }
}

/// A word, and the head of what it declares.
pub(super) fn head(word: &str, head: &Head) -> String {
    let mut text = format!("{word} {}", head.name.text);
    if let Some(params) = &head.params {
        text += &format!("({})", list(params, |param| format!("{}: {}", param.name.text, ty(&param.ty))));
    }
    if let Some(label) = &head.label {
        text += &format!(" {}", quoted(&label.value));
    }
    text
}

fn ty(ty: &Type) -> String {
    let text = match &ty.kind {
        TypeKind::Text => "text".to_owned(),
        TypeKind::Number => "number".to_owned(),
        TypeKind::Flag => "flag".to_owned(),
        TypeKind::Date => "date".to_owned(),
        TypeKind::Time => "time".to_owned(),
        TypeKind::OneOf(values) => format!("one of [{}]", list(values, |value| value.text.to_string())),
        TypeKind::List => "list of text".to_owned(),
        TypeKind::Message => "message".to_owned(),
        TypeKind::Unknown(name) => name.text.to_string(),
    };
    if ty.optional { text + "?" } else { text }
}

fn event_line(event: &Event) -> Line {
    let mut text = head("event", &event.head);
    for clause in &event.clauses {
        text += &match &clause.it {
            EventClause::On(channel) => format!(" on {}", channel.text),
            EventClause::Ours => " ours".to_owned(),
            EventClause::OptOut(channel) => format!(" opt out of {}", channel.text),
            EventClause::AtMost(rate) => {
                let per = rate.per.it.to_string();
                format!(" at most {} per {}", rate.count.it, per.strip_prefix("1 ").unwrap_or(&per))
            }
        };
    }
    Line::new(text)
}
