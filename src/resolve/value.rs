//! Values: what a word, a path or a sum means, and of which type it is.

use super::{
    F102, F201, F205, F210, Meaning, Resolver,
    finding::DiagnosticExt,
    names::Kind,
    scope::{Place, Scope},
    types::{broken, fits, in_words},
    vocabulary::literal,
};
use crate::{
    ast::{self, AggregateKind, ArithmeticOp, Ident, PathRoot, Value, ValueKind},
    diag::{Diagnostic, nearest},
    model::{Aggregate, EventId, Literal, Property, Term, TermKind, Type},
    source::Span,
    units::{Number, Unit, Weekday},
};
use smol_str::SmolStr;

impl Resolver<'_> {
    /// What a value is. `wanted` is the type its place asks for, which decides what a bare word can mean; whether the
    /// value has that type is for the caller to see.
    pub(super) fn value(&mut self, value: &Value, scope: Scope<'_>, wanted: Option<&Type>) -> Term {
        let span = value.span;
        match &value.kind {
            ValueKind::Number(_) | ValueKind::Text(_) | ValueKind::Flag(_) | ValueKind::Date(_) | ValueKind::Time(_) => {
                match literal(value) {
                    Some((literal, ty)) => constant(span, literal, ty),
                    None => broken(span),
                }
            }
            ValueKind::Duration(_) if self.bad_unit(span) => broken(span),
            ValueKind::Duration(duration) => {
                let ms = self.milliseconds(&ast::Spanned { span, it: *duration });
                constant(span, Literal::Duration(ms), Type::Duration)
            }
            ValueKind::Word(word) => self.word(word, scope, wanted),
            ValueKind::Path { root, property } => self.path(root, property, span, scope),
            ValueKind::List(items) => self.list_value(span, items, scope),
            ValueKind::Negate(inner) => {
                let inner = self.number(inner, scope);
                match inner.kind {
                    TermKind::Literal(Literal::Number(number)) => match number.checked_neg() {
                        Some(number) => constant(span, Literal::Number(number), Type::Number),
                        None => broken(span),
                    },
                    TermKind::Broken => broken(span),
                    _ => Term { span, optional: inner.optional, kind: TermKind::Negate(Box::new(inner)), ty: Type::Number },
                }
            }
            ValueKind::Arithmetic { op, left, right } => self.arithmetic(span, *op, left, right, scope),
            ValueKind::Aggregate(aggregate) => self.aggregate(span, aggregate, scope),
            ValueKind::TimeSince(event) => {
                self.event_test(event, scope);
                self.report(
                    Diagnostic::new(F205, span, "`time since …` is a length of time, and can only be compared with one")
                        .help("compare it with a duration: `time since … > 14 days`"),
                );
                broken(span)
            }
            ValueKind::Broken => {
                self.damaged = true;
                broken(span)
            }
        }
    }

    /// Whether a duration was written with no unit of time, which the parser reports.
    pub(super) fn bad_unit(&self, span: Span) -> bool {
        self.sources.slice(span).split_whitespace().last().and_then(Unit::from_word).is_none()
    }

    fn list_value(&mut self, span: Span, items: &[Value], scope: Scope<'_>) -> Term {
        let mut literals = Vec::with_capacity(items.len());
        for item in items {
            let term = self.value(item, scope, Some(&Type::Text));
            match term.kind {
                TermKind::Literal(literal @ Literal::Text(_)) => literals.push(literal),
                TermKind::Broken => return broken(span),
                _ => {
                    self.report(
                        Diagnostic::new(F201, item.span, format!("a list holds texts, and this is {}", in_words(&term.ty)))
                            .help("write texts in quotes: `[\"a\", \"b\"]`"),
                    );
                    return broken(span);
                }
            }
        }
        constant(span, Literal::List(literals), Type::List)
    }

    /// A bare word.
    fn word(&mut self, word: &Ident, scope: Scope<'_>, wanted: Option<&Type>) -> Term {
        let span = word.span;
        match wanted {
            Some(Type::OneOf(words)) => {
                if words.contains(&word.text) {
                    self.note(span, || Meaning::Choice(words.clone(), word.text.clone()));
                    return constant(span, Literal::Choice(word.text.clone()), Type::OneOf(words.clone()));
                }
                if let Some(term) = self.parameter(word, scope) {
                    return term;
                }
                self.outside_list(span, &word.text, words);
                return broken(span);
            }
            Some(Type::Message) => {
                if let Some(term) = self.parameter(word, scope) {
                    return term;
                }
                return match self.message(word) {
                    Some(id) => Term { span, kind: TermKind::Message(id), ty: Type::Message, optional: false },
                    None => broken(span),
                };
            }
            _ => {}
        }
        if let Some(term) = self.property_of(scope.event, word).or_else(|| self.parameter(word, scope)) {
            return term;
        }
        if let Some(id) = self.names.attributes.get(&word.text).copied() {
            self.used.attributes.mark(id);
            self.note(span, || id.into());
            let attribute = &self.model.attributes[id];
            return Term { span, kind: TermKind::Attribute(id), ty: attribute.ty.clone(), optional: attribute.optional };
        }
        if let Some(id) = self.names.scores.get(&word.text).copied() {
            self.used.scores.mark(id);
            self.note(span, || id.into());
            return Term { span, kind: TermKind::Score(id), ty: Type::Number, optional: false };
        }
        self.unknown_word(word, scope, wanted);
        broken(span)
    }

    /// A property of the event behind whose `where` we stand.
    fn property_of(&mut self, event: Option<EventId>, word: &Ident) -> Option<Term> {
        let event = event?;
        let (property, declared) = find_property(&self.model.events[event].properties, &word.text)?;
        let term =
            Term { span: word.span, kind: TermKind::Property { event, property }, ty: declared.ty.clone(), optional: declared.optional };
        let place = declared.span;
        self.note_member(word.span, place);
        Some(term)
    }

    /// A parameter of the play, or what is handed over for it.
    pub(super) fn parameter(&mut self, word: &Ident, scope: Scope<'_>) -> Option<Term> {
        let parameters = scope.parameters?;
        let place = parameters.find(&word.text).and_then(|index| parameters.declared.get(index)?.span);
        self.note_member(word.span, place);
        parameter(word, scope)
    }

    fn unknown_word(&mut self, word: &Ident, scope: Scope<'_>, wanted: Option<&Type>) {
        let name = word.text.as_str();
        if self.names.damaged_words.contains(name) {
            return;
        }
        let near = match wanted {
            // A text without its quotes resembles an attribute by chance alone.
            Some(Type::Text) if scope.event.is_none() => None,
            _ => self.nearest_word(name, scope, wanted),
        };
        if near.is_none() && scope.event.is_none() && !matches!(wanted, Some(Type::Text)) {
            self.undefined(Kind::Attribute, word);
            return;
        }
        let (code, message) = match scope.event {
            Some(event) => (F210, format!("`{}` has no property `{name}`", self.model.events[event].name.text)),
            None => (F102, format!("the contact has no attribute `{name}`")),
        };
        let mut finding = Diagnostic::new(code, word.span, message);
        if let Some(event) = scope.event {
            let event = &self.model.events[event];
            if !event.properties.is_empty() {
                finding = finding.note(format!(
                    "`{}` brings {}",
                    event.name.text,
                    super::finding::listed(event.properties.iter().map(|property| property.name.as_str()), "and")
                ));
            }
            if let Some(declared) = event.name.span {
                finding = finding.label(declared, "declared here");
            }
        }
        if let Some(near) = &near {
            self.used.attributes.mark_if(self.names.attributes.get(near));
            self.used.scores.mark_if(self.names.scores.get(near));
        }
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).offer(word.span, near.as_str(), format!("write `{near}`")),
            None if matches!(wanted, Some(Type::Text)) => finding
                .help(format!("if it is a text, it stands in quotes: `\"{name}\"`"))
                .offer(word.span, format!("\"{name}\""), "put it in quotes"),
            None => finding.help("behind `where` stand properties of that event, and attributes of the contact"),
        });
    }

    fn nearest_word(&mut self, name: &str, scope: Scope<'_>, wanted: Option<&Type>) -> Option<SmolStr> {
        self.suggestions_left = self.suggestions_left.checked_sub(1)?;
        name.chars().nth(1)?;
        let mut words: Vec<&str> = Vec::new();
        words.extend(scope.event.into_iter().flat_map(|event| &self.model.events[event].properties).map(|it| it.name.as_str()));
        words.extend(scope.parameters.into_iter().flat_map(|parameters| &parameters.declared).map(|it| it.name.as_str()));
        words.extend(self.model.attributes.values().map(|it| it.name.text.as_str()));
        words.extend(self.model.scores.values().map(|it| it.name.text.as_str()));
        if wanted == Some(&Type::Time) {
            // `wait until mondy at 09:00`
            words.extend(Weekday::ALL.map(Weekday::word));
        }
        nearest(name, words).map(SmolStr::new)
    }

    fn path(&mut self, root: &PathRoot, property: &Ident, span: Span, scope: Scope<'_>) -> Term {
        match root {
            PathRoot::Entry(_) => self.entry(property, span, scope),
            PathRoot::Contact(_) => match self.attribute(property) {
                Some(id) => {
                    let attribute = &self.model.attributes[id];
                    Term { span, kind: TermKind::Attribute(id), ty: attribute.ty.clone(), optional: attribute.optional }
                }
                None => broken(span),
            },
            PathRoot::Event(name) => {
                let Some(event) = self.event(name) else { return broken(span) };
                match self.event_property(event, property) {
                    Some((index, declared)) => {
                        Term { span, kind: TermKind::Latest { event, property: index }, ty: declared.ty, optional: true }
                    }
                    None => broken(span),
                }
            }
        }
    }

    /// A property of an event by name; reported if there is none.
    pub(super) fn event_property(&mut self, event: EventId, name: &Ident) -> Option<(u32, Property)> {
        let declared = &self.model.events[event];
        if let Some((index, property)) = find_property(&declared.properties, &name.text) {
            let property = property.clone();
            self.note_member(name.span, property.span);
            return Some((index, property));
        }
        if self.names.damaged_words.contains(&name.text) {
            return None;
        }
        let mut finding = Diagnostic::new(F102, name.span, format!("`{}` has no property `{}`", declared.name.text, name.text));
        if let Some(span) = declared.name.span {
            finding = finding.label(span, "declared here");
        }
        let near = nearest(&name.text, declared.properties.iter().map(|property| property.name.as_str())).map(SmolStr::new);
        let attribute = self.names.attributes.contains_key(&name.text);
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).offer(name.span, near.as_str(), format!("write `{near}`")),
            None if attribute => finding.help(format!("the attribute of the contact is `contact.{}`", name.text)),
            None => finding.help("name a property that it has, or declare this one with the event"),
        });
        None
    }

    fn arithmetic(&mut self, span: Span, op: ArithmeticOp, left: &Value, right: &Value, scope: Scope<'_>) -> Term {
        let (left, right) = (self.number(left, scope), self.number(right, scope));
        if matches!(left.kind, TermKind::Broken) || matches!(right.kind, TermKind::Broken) {
            return broken(span);
        }
        let by_zero =
            op == ArithmeticOp::Divide && !matches!(&right.kind, TermKind::Literal(Literal::Number(number)) if *number != Number::ZERO);
        let optional = left.optional || right.optional || by_zero;
        let kind = TermKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) };
        Term { span, kind, ty: Type::Number, optional }
    }

    /// A value that must be a number, since it is reckoned with.
    fn number(&mut self, value: &Value, scope: Scope<'_>) -> Term {
        let term = self.value(value, scope, Some(&Type::Number));
        if fits(&Type::Number, &term.ty) {
            return term;
        }
        let finding = match term.ty {
            Type::Duration => Diagnostic::new(F205, term.span, "numbers and durations do not mix, and durations are not reckoned with")
                .help("write the whole duration as one number and one unit, such as `36 hours`"),
            Type::Date | Type::Time => {
                Diagnostic::new(F201, term.span, format!("only numbers are reckoned with, and this is {}", in_words(&term.ty)))
                    .help("a date moves by `2 days before …` and `2 days after …`")
            }
            _ => Diagnostic::new(F201, term.span, format!("only numbers are reckoned with, and this is {}", in_words(&term.ty)))
                .help("use an attribute, property or figure that is a number"),
        };
        self.report(finding);
        broken(term.span)
    }

    fn aggregate(&mut self, span: Span, aggregate: &ast::Aggregate, scope: Scope<'_>) -> Term {
        let event = self.event_test(&aggregate.event, scope);
        let window = aggregate.window.as_ref().map(|window| self.window(window, scope));
        let Some(id) = event.event else { return broken(span) };
        let Some((property, declared)) = self.event_property(id, &aggregate.property) else { return broken(span) };
        if !fits(&Type::Number, &declared.ty) {
            let mut finding = Diagnostic::new(
                F201,
                aggregate.property.span,
                format!("`{}` is {}, and only numbers have a figure", declared.name, in_words(&declared.ty)),
            )
            .help("take a property that is a number, or count the events: `at least 3 …`");
            if let Some(place) = declared.span {
                finding = finding.label(place, "declared here");
            }
            self.report(finding);
            return broken(span);
        }
        let kind = aggregate.kind.it;
        let figure = Aggregate { kind, event, property, window };
        Term { span, kind: TermKind::Aggregate(Box::new(figure)), ty: Type::Number, optional: kind != AggregateKind::Sum }
    }
}

/// A parameter of the play, or what is handed over for it.
fn parameter(word: &Ident, scope: Scope<'_>) -> Option<Term> {
    let parameters = scope.parameters?;
    let index = parameters.find(&word.text)?;
    if let Some(given) = &parameters.given {
        let mut term = given.get(index)?.clone();
        term.span = word.span;
        return Some(term);
    }
    let declared = parameters.declared.get(index)?;
    Some(Term {
        span: word.span,
        kind: TermKind::Parameter(u32::try_from(index).unwrap_or(u32::MAX)),
        ty: declared.ty.clone(),
        optional: declared.optional,
    })
}

/// A property by name, with its place.
pub(super) fn find_property<'p>(properties: &'p [Property], name: &str) -> Option<(u32, &'p Property)> {
    let index = properties.iter().position(|property| property.name == *name)?;
    Some((u32::try_from(index).ok()?, properties.get(index)?))
}

/// A value that is written out.
pub(super) fn constant(span: Span, literal: Literal, ty: Type) -> Term {
    Term { span, kind: TermKind::Literal(literal), ty, optional: false }
}

/// The words for a place without a run.
pub(super) fn without_run(place: Place<'_>) -> Option<&'static str> {
    match place {
        Place::Contact(words) => Some(words),
        Place::Door(..) | Place::Stage(..) | Place::Funnel(_) | Place::Play => None,
    }
}
