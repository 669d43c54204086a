//! Second pass: types, and the blocks of attributes, events, channels, messages and actions.

use super::{
    F003, F005, F201, F202, F214, Meaning, Resolver,
    builtin::TIMEZONE,
    declare::Declared,
    finding::DiagnosticExt,
    once::Once,
    types::{fits, in_words},
};
use crate::{
    ast::{self, ChannelItem, EventClause, MessageItem, Value, ValueKind},
    diag::Diagnostic,
    model::{AttributeId, Cap, ChannelId, EventId, Keeper, Literal, MessageId, QuietHours, Rate, Type},
    source::Span,
};
use smol_str::SmolStr;

impl<'a> Resolver<'a> {
    /// Reads what declarations say about themselves.
    pub(super) fn vocabulary(&mut self, declared: &Declared<'a>) {
        self.timezone(declared);
        for (id, tree, span) in &declared.attributes {
            self.attribute_type(*id, tree, *span);
        }
        for (id, tree) in &declared.channels {
            self.channel_policy(*id, tree);
        }
        for (id, tree) in &declared.events {
            self.event_clauses(*id, tree);
        }
        for (id, tree) in &declared.messages {
            self.message_block(*id, tree);
        }
        for (id, tree) in &declared.actions {
            self.model.actions[*id].parameters = self.parameters(tree.head.params.as_ref(), false, "parameter");
            self.model.actions[*id].name.note = self.note_block(tree.body.as_ref(), "in this action");
        }
    }

    fn timezone(&mut self, declared: &Declared<'a>) {
        self.model.timezone = SmolStr::new_static("UTC");
        let mut first: Option<&ast::Text> = None;
        for zone in &declared.timezones {
            match first {
                None => {
                    self.zone(zone);
                    first = Some(zone);
                }
                Some(first) if first.value == zone.value && first.span.file != zone.span.file => {}
                Some(first) => self.twice("`timezone`", zone.span, first.span, "at the top level"),
            }
        }
    }

    fn zone(&mut self, zone: &ast::Text) {
        if self.is_zone(zone) {
            self.model.timezone = zone.value.clone();
        }
    }

    /// A text that is written into `timezone` is the name of a zone.
    pub(super) fn zone_name(&mut self, attribute: &ast::Ident, value: &Value) {
        if let (TIMEZONE, ValueKind::Text(zone)) = (attribute.text.as_str(), &value.kind) {
            self.is_zone(zone);
        }
    }

    /// Whether a text names a zone; reported if not.
    fn is_zone(&mut self, zone: &ast::Text) -> bool {
        if jiff::tz::TimeZone::get(&zone.value).is_ok() {
            return true;
        }
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let near = self.suggest(&zone.value, names.iter().map(String::as_str));
        let finding = Diagnostic::new(F005, zone.span, format!("there is no time zone `{}`", zone.value));
        self.report(match near {
            Some(near) => {
                finding.help(format!("did you mean `{near}`?")).offer(zone.span, format!("\"{near}\""), format!("write `\"{near}\"`"))
            }
            None => finding.help("a zone is a continent and a city, such as `\"Europe/Berlin\"`"),
        });
        false
    }

    fn attribute_type(&mut self, id: AttributeId, tree: &ast::Attribute, span: Span) {
        let ty = self.written_type(&tree.ty, false);
        let keeper = match (tree.fixed, tree.ours) {
            (Some(fixed), Some(ours)) => {
                self.report(
                    Diagnostic::new(
                        F003,
                        ours,
                        format!("`{}` is both `fixed` and `ours`: funnels alone could set it, and never may", tree.name.text),
                    )
                    .label(fixed, "`fixed` stands here")
                    .help("keep one of the two"),
                );
                Keeper::Ours
            }
            (Some(_), None) => Keeper::Fixed,
            (None, Some(_)) => Keeper::Ours,
            (None, None) => Keeper::Anyone,
        };
        if tree.name.text == TIMEZONE && ty != Type::Unknown && (ty != Type::Text || !tree.ty.optional) {
            self.report(
                Diagnostic::new(F201, tree.ty.span, "`timezone` is built in as `text?`: the name of a zone such as `Europe/Berlin`").offer(
                    tree.ty.span,
                    "text?",
                    "write `text?`",
                ),
            );
        }
        let optional = tree.ty.optional && ty != Type::List;
        let default = tree.default.as_ref().and_then(|value| self.default_value(value, &ty));
        if tree.default.is_none() && !tree.ty.optional && !matches!(ty, Type::List | Type::Unknown) {
            self.report(
                Diagnostic::new(F214, span, format!("nothing says what `{}` is before anybody has said anything", tree.name.text))
                    .help(format!(
                        "write `{0} : {1}?` if it may be missing, or give it a value: `{0} : {1} = {2}`",
                        tree.name.text,
                        match &ty {
                            Type::Text => "text",
                            Type::Number => "number",
                            Type::Flag => "flag",
                            Type::Date => "date",
                            Type::Time => "time",
                            _ => self.sources.slice(tree.ty.span),
                        },
                        if ty == Type::Flag { "no" } else { "…" },
                    ))
                    .offer(Span::empty(tree.ty.span.file, tree.ty.span.end), "?", "let it be missing"),
            );
        } else if let (Some(value), true) = (&tree.default, tree.ty.optional) {
            self.report(
                Diagnostic::new(F201, tree.ty.span, format!("`{}` has a value from the beginning, so it is never missing", tree.name.text))
                    .label(value.span, "this is its value before anybody has said anything")
                    .help("drop the `?`, or the value"),
            );
        }
        let attribute = &mut self.model.attributes[id];
        attribute.ty = ty;
        attribute.optional = optional;
        attribute.default = default;
        attribute.keeper = keeper;
    }

    /// The value of an attribute before anybody has said anything.
    fn default_value(&mut self, value: &Value, wanted: &Type) -> Option<Literal> {
        if let (ValueKind::Word(word), Type::OneOf(words)) = (&value.kind, wanted) {
            if words.contains(&word.text) {
                self.note(word.span, || Meaning::Choice(words.clone(), word.text.clone()));
                return Some(Literal::Choice(word.text.clone()));
            }
            self.outside_list(word.span, &word.text, words);
            return None;
        }
        let Some((literal, ty)) = literal(value) else {
            let reported = match value.kind {
                ValueKind::Broken => true,
                ValueKind::Duration(_) => self.bad_unit(value.span),
                _ => false,
            };
            if !reported {
                self.report(
                    Diagnostic::new(
                        F201,
                        value.span,
                        "a value from the beginning is written out, since there is nothing yet to work it out from",
                    )
                    .help(format!("write {} here", in_words(wanted))),
                );
            }
            return None;
        };
        if fits(wanted, &ty) {
            return Some(literal);
        }
        self.report(
            Diagnostic::new(F201, value.span, format!("this is {}, and the attribute is {}", in_words(&ty), in_words(wanted)))
                .help(format!("write {} here, or change the type", in_words(wanted))),
        );
        None
    }

    /// Reports a word that a `one of` does not have.
    pub(super) fn outside_list(&mut self, span: Span, word: &str, words: &[SmolStr]) {
        let near = self.suggest(word, words.iter().map(SmolStr::as_str));
        let finding = Diagnostic::new(F202, span, format!("`{word}` is none of the values that can stand here"))
            .note(format!("they are {}", super::finding::listed(words.iter().take(12).map(SmolStr::as_str), "and")));
        let is_attribute = self.names.attributes.get(word).copied();
        self.used.attributes.mark_if(is_attribute.as_ref());
        self.report(match (near, is_attribute) {
            (Some(near), None) => finding.help(format!("did you mean `{near}`?")).offer(span, near.as_str(), format!("write `{near}`")),
            (_, Some(_)) => finding.help(format!("if the attribute of that name is meant, write `contact.{word}`")).offer(
                span,
                format!("contact.{word}"),
                format!("write `contact.{word}`"),
            ),
            (None, None) => finding.help("write one of them, or add this one to the list"),
        });
    }

    fn event_clauses(&mut self, id: EventId, tree: &ast::Event) {
        let properties = self.parameters(tree.head.params.as_ref(), false, "property");
        let (mut on, mut ours, mut rate) = (Once::default(), Once::default(), Once::default());
        let mut opts_out: Vec<(ChannelId, Span)> = Vec::new();
        for clause in &tree.clauses {
            match &clause.it {
                EventClause::On(channel) => {
                    if let Some(channel) = self.channel(channel) {
                        self.once(&mut on, channel, clause.span, "`on …`", "of this event");
                    }
                }
                EventClause::Ours => self.once(&mut ours, (), clause.span, "`ours`", "of this event"),
                EventClause::AtMost(most) => {
                    let count = self.at_least_one(&most.count, "times");
                    let per_ms = self.milliseconds(&most.per);
                    self.once(&mut rate, Rate { count, per_ms }, clause.span, "`at most … per …`", "of this event");
                }
                EventClause::OptOut(channel) => self.opt_out(id, channel, clause.span, &mut opts_out),
            }
        }
        let note = self.note_block(tree.body.as_ref(), "in this event");
        let event = &mut self.model.events[id];
        event.properties = properties;
        event.channel = on.take();
        event.keeper = if ours.is_some() { Keeper::Ours } else { Keeper::Anyone };
        event.rate = rate.take();
        event.opts_out = opts_out.into_iter().map(|(channel, _)| channel).collect();
        event.name.note = note;
    }

    fn opt_out(&mut self, event: EventId, name: &ast::Ident, span: Span, opts_out: &mut Vec<(ChannelId, Span)>) {
        let Some(channel) = self.channel(name) else {
            self.used.events.mark(event);
            return;
        };
        if let Some((_, first)) = opts_out.iter().find(|(other, _)| *other == channel) {
            self.twice(&format!("`opt out of {}`", name.text), span, *first, "of this event");
            return;
        }
        opts_out.push((channel, span));
        if self.model.channels[channel].needs.is_none() && !self.names.damaged_needs.contains(&channel) {
            let declared = self.model.channels[channel].name.span;
            let finding = Diagnostic::new(
                F214,
                span,
                format!("an opt-out sets the flag that the channel needs to `no`, and `{}` needs none", name.text),
            )
            .help(format!("say it in the channel: `channel {} {{ needs consent }}`", name.text));
            self.report(match declared {
                Some(declared) => finding.label(declared, "declared here, without `needs`"),
                None => finding,
            });
        }
    }

    fn channel_policy(&mut self, id: ChannelId, tree: &ast::Channel) {
        let (mut needs, mut quiet, mut note) = (Once::default(), Once::default(), Once::default());
        let mut caps: Vec<(Cap, Span)> = Vec::new();
        let inside = "in this channel";
        for node in tree.body.iter().flat_map(|body| &body.items) {
            match &node.it {
                ChannelItem::Needs(flag) => {
                    let attribute = self.needed_flag(flag);
                    if attribute.is_none() {
                        self.names.damaged_needs.insert(id);
                    }
                    self.once(&mut needs, attribute, node.span, "`needs`", inside);
                }
                ChannelItem::AtMost { count, within } => {
                    let cap = Cap { count: self.at_least_one(count, "messages"), within_ms: self.milliseconds(within) };
                    match caps.iter().find(|(other, _)| other.within_ms == cap.within_ms) {
                        Some((_, first)) => self.twice(&format!("`at most … within {}`", within.it), node.span, *first, inside),
                        None => caps.push((cap, node.span)),
                    }
                }
                ChannelItem::Quiet { from, to } => {
                    self.once(&mut quiet, QuietHours { from: from.it, to: to.it }, node.span, "`quiet`", inside);
                }
                ChannelItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", inside),
                ChannelItem::Broken(_) => self.damaged = true,
            }
        }
        let channel = &mut self.model.channels[id];
        channel.needs = needs.take().flatten();
        channel.caps = caps.into_iter().map(|(cap, _)| cap).collect();
        channel.quiet = quiet.take().into_iter().collect();
        channel.name.note = note.take();
    }

    fn needed_flag(&mut self, flag: &ast::Ident) -> Option<AttributeId> {
        let id = self.attribute(flag)?;
        let attribute = &self.model.attributes[id];
        if !fits(&Type::Flag, &attribute.ty) {
            let declared = attribute.name.span;
            let finding =
                Diagnostic::new(F201, flag.span, format!("a channel needs a flag, and `{}` is {}", flag.text, in_words(&attribute.ty)))
                    .help(format!("declare `{} : flag = no`, or name another attribute", flag.text));
            self.report(match declared {
                Some(declared) => finding.label(declared, "declared here"),
                None => finding,
            });
            return None;
        }
        Some(id)
    }

    fn message_block(&mut self, id: MessageId, tree: &ast::Message) {
        let channel = self.channel(&tree.channel);
        let parameters = self.parameters(tree.head.params.as_ref(), false, "parameter");
        let (mut template, mut transactional) = (Once::default(), Once::default());
        let (mut formerly, mut note) = (Once::default(), Once::default());
        let inside = "in this message";
        for node in tree.body.iter().flat_map(|body| &body.items) {
            match &node.it {
                MessageItem::Template(text) => self.once(&mut template, text.value.clone(), node.span, "`template`", inside),
                MessageItem::Transactional => self.once(&mut transactional, (), node.span, "`transactional`", inside),
                MessageItem::Formerly(name) => self.once(&mut formerly, name.text.clone(), node.span, "`formerly`", inside),
                MessageItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", inside),
                MessageItem::Broken(_) => self.damaged = true,
            }
        }
        let message = &mut self.model.messages[id];
        message.channel = channel;
        message.parameters = parameters;
        message.template = template.take();
        message.transactional = transactional.is_some();
        message.name.formerly = formerly.take();
        message.name.note = note.take();
    }
}

/// A value that is written out, with its type; `None` for everything else.
pub(super) fn literal(value: &Value) -> Option<(Literal, Type)> {
    Some(match &value.kind {
        ValueKind::Number(number) => (Literal::Number(*number), Type::Number),
        ValueKind::Text(text) => (Literal::Text(text.value.clone()), Type::Text),
        ValueKind::Flag(flag) => (Literal::Flag(*flag), Type::Flag),
        ValueKind::Date(date) => (Literal::Date(*date), Type::Date),
        ValueKind::Time(time) => (Literal::Time(*time), Type::Time),
        ValueKind::Negate(inner) => match literal(inner)? {
            (Literal::Number(number), _) => (Literal::Number(number.checked_neg()?), Type::Number),
            _ => return None,
        },
        ValueKind::List(items) => {
            let texts: Option<Vec<Literal>> = items
                .iter()
                .map(|item| match &item.kind {
                    ValueKind::Text(text) => Some(Literal::Text(text.value.clone())),
                    _ => None,
                })
                .collect();
            (Literal::List(texts?), Type::List)
        }
        _ => return None,
    })
}
