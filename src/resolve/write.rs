//! Steps that ask for something or change what is known: `send`, `do`, `set`, `add`, `remove`, `record`.

use super::{
    F208, Resolver,
    arguments::Taker,
    builtin::IDENTIFY,
    finding::DiagnosticExt,
    scope::Scope,
    step::Walk,
    types::{broken, fits, in_words},
};
use crate::{
    ast::{self, Arg, Ident},
    diag::Diagnostic,
    model::{Argument, AttributeId, EventId, Keeper, Literal, MessageId, Term, TermKind, Type},
};
use smol_str::SmolStr;

impl Resolver<'_> {
    pub(super) fn send_arguments(
        &mut self,
        message: Option<MessageId>,
        name: &Ident,
        args: Option<&Vec<Arg>>,
        walk: &Walk<'_>,
    ) -> Vec<Argument> {
        let Some(message) = message else { return self.loose_arguments(args, walk.scope) };
        let message = &self.model.messages[message];
        let words = format!("the message `{}`", message.name.text);
        let declared = message.parameters.clone();
        let taker = Taker { words, declared: &declared, place: message.name.span, partial: false };
        self.arguments(&taker, args, name.span, walk.scope, &walk.facts)
    }

    /// What is handed over to something unknown, where nobody can say what a bare word means.
    pub(super) fn loose_arguments(&mut self, args: Option<&Vec<Arg>>, scope: Scope<'_>) -> Vec<Argument> {
        let mut given = Vec::new();
        for arg in args.into_iter().flatten() {
            if let ast::ValueKind::Word(word) = &arg.value.kind {
                self.used.attributes.mark_if(self.names.attributes.get(&word.text));
                self.used.scores.mark_if(self.names.scores.get(&word.text));
                self.used.messages.mark_if(self.names.messages.get(&word.text));
            } else {
                let value = self.value(&arg.value, scope, None);
                given.push(Argument { name: arg.name.text.clone(), value });
            }
        }
        given
    }

    /// The attribute that a step writes; what may not be written is reported.
    fn written(&mut self, name: &Ident) -> Option<AttributeId> {
        if !self.names.attributes.contains_key(&name.text)
            && let Some(score) = self.names.scores.get(&name.text).copied()
        {
            self.used.scores.mark(score);
            let mut finding =
                Diagnostic::new(F208, name.span, format!("`{}` is a score, which follows from events alone and cannot be set", name.text))
                    .help("let an event add to it, or keep the number in an attribute of the contact");
            if let Some(place) = self.model.scores[score].name.span {
                finding = finding.label(place, "declared here");
            }
            self.report(finding);
            return None;
        }
        let id = self.attribute(name)?;
        let attribute = &self.model.attributes[id];
        if attribute.keeper == Keeper::Fixed {
            let mut finding = Diagnostic::new(F208, name.span, format!("`{}` is `fixed`: it never changes once it is known", name.text))
                .help("drop `fixed` from its declaration, or set another attribute");
            if let Some(place) = attribute.name.span {
                finding = finding.label(place, "declared `fixed` here");
            }
            self.report(finding);
        }
        Some(id)
    }

    pub(super) fn set(&mut self, name: &Ident, value: &ast::Value, walk: &mut Walk<'_>) -> (Option<AttributeId>, Term) {
        let Some(id) = self.written(name) else {
            let is_word = matches!(value.kind, ast::ValueKind::Word(_));
            let value = if is_word { broken(value.span) } else { self.value(value, walk.scope, None) };
            return (None, value);
        };
        let ty = self.model.attributes[id].ty.clone();
        let term = self.value(value, walk.scope, Some(&ty));
        if self.model.attributes[id].keeper == Keeper::Fixed {
            return (Some(id), term);
        }
        if !fits(&ty, &term.ty) {
            let quoted = Self::without_quotes(&ty, &term);
            let finding = self.wrong_write(id, name, &term, &ty);
            let finding = if ty == Type::List {
                finding.help(format!("a list grows with `add … to {0}` and shrinks with `remove … from {0}`", name.text))
            } else if let Some(word) = quoted {
                finding.help(format!("a value of a `one of` has no quotes: `{word}`")).offer(
                    term.span,
                    word.as_str(),
                    "take the quotes away",
                )
            } else {
                finding.help(format!("set it to {}", in_words(&ty)))
            };
            self.report(finding);
            return (Some(id), broken(term.span));
        }
        let missing = self.missing(&term, walk.scope.place, &walk.facts);
        let attribute = &self.model.attributes[id];
        if let (Some(missing), false) = (&missing, attribute.optional) {
            let finding = Diagnostic::new(F208, term.span, format!("{}, and `{}` is never missing", missing.why, name.text))
                .help(format!("make sure of it first: `if {} {{ … }}`, or declare `{}` with `?`", missing.guard, name.text));
            let place = attribute.name.span;
            self.report(match place {
                Some(place) => finding.label(place, "declared without `?` here"),
                None => finding,
            });
        }
        self.zone_name(name, value);
        walk.facts.write(id, missing.is_some());
        (Some(id), term)
    }

    /// The value of a `one of` that stands in quotes.
    fn without_quotes(ty: &Type, term: &Term) -> Option<SmolStr> {
        match (ty, &term.kind) {
            (Type::OneOf(words), TermKind::Literal(Literal::Text(text))) if words.contains(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn wrong_write(&self, id: AttributeId, name: &Ident, term: &Term, ty: &Type) -> Diagnostic {
        let finding = Diagnostic::new(F208, term.span, format!("`{}` is {}, and this is {}", name.text, in_words(ty), in_words(&term.ty)))
            .at(in_words(&term.ty));
        match self.model.attributes[id].name.span {
            Some(place) => finding.label(place, "declared here"),
            None => finding,
        }
    }

    pub(super) fn change_list(&mut self, name: &Ident, value: &ast::Value, walk: &mut Walk<'_>, word: &str) -> (Option<AttributeId>, Term) {
        let id = self.written(name);
        let term = self.value(value, walk.scope, Some(&Type::Text));
        let Some(id) = id else { return (None, term) };
        if self.model.attributes[id].keeper == Keeper::Fixed {
            return (Some(id), term);
        }
        let ty = self.model.attributes[id].ty.clone();
        if !fits(&Type::List, &ty) {
            let mut finding = Diagnostic::new(F208, name.span, format!("`{word}` changes lists, and `{}` is {}", name.text, in_words(&ty)))
                .help(format!("set it with `set {} = …`", name.text));
            if let Some(place) = self.model.attributes[id].name.span {
                finding = finding.label(place, "declared here");
            }
            self.report(finding);
        } else if !fits(&Type::Text, &term.ty) {
            self.report(
                Diagnostic::new(F208, term.span, format!("`{}` is a list of texts, and this is {}", name.text, in_words(&term.ty)))
                    .help("a text stands in quotes"),
            );
        }
        (Some(id), term)
    }

    pub(super) fn record(&mut self, name: &Ident, args: Option<&Vec<Arg>>, walk: &mut Walk<'_>) -> (Option<EventId>, Vec<Argument>) {
        let Some(id) = self.event(name) else { return (None, self.loose_arguments(args, walk.scope)) };
        let event = &self.model.events[id];
        if event.about_message || event.name.text == IDENTIFY {
            let from = if event.keeper == Keeper::Runtime { "comes from sending alone" } else { "comes from outside alone" };
            let help = if event.name.text == IDENTIFY {
                "set the attribute: `set … = …`"
            } else {
                "declare an event of your own and record that"
            };
            self.report(Diagnostic::new(F208, name.span, format!("`{}` cannot be recorded: it {from}", name.text)).help(help));
            return (Some(id), self.loose_arguments(args, walk.scope));
        }
        let declared = event.properties.clone();
        let taker = Taker { words: format!("the event `{}`", name.text), declared: &declared, place: event.name.span, partial: false };
        let arguments = self.arguments(&taker, args, name.span, walk.scope, &walk.facts);
        (Some(id), arguments)
    }
}
