//! Types: from the tree, in words, and which go together.

use super::{F103, F201, Resolver, finding::listed};
use crate::{
    ast::{self, CompareOp, TypeKind},
    diag::Diagnostic,
    model::{Property, Term, TermKind, Type},
};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use std::sync::Arc;

impl Resolver<'_> {
    /// A type as written. `message` is allowed for the parameters of plays alone.
    pub(super) fn written_type(&mut self, ty: &ast::Type, in_play: bool) -> Type {
        match &ty.kind {
            TypeKind::Text => Type::Text,
            TypeKind::Number => Type::Number,
            TypeKind::Flag => Type::Flag,
            TypeKind::Date => Type::Date,
            TypeKind::Time => Type::Time,
            TypeKind::OneOf(words) => self.one_of(words),
            TypeKind::List => {
                if ty.optional {
                    self.report(
                        Diagnostic::new(F201, ty.span, "a list is never missing: it begins empty").help("write `list of text` without `?`"),
                    );
                }
                Type::List
            }
            TypeKind::Message if in_play => {
                if ty.optional {
                    self.report(
                        Diagnostic::new(F201, ty.span, "a message cannot be missing, for then there would be nothing to send")
                            .help("write `message` without `?`"),
                    );
                }
                Type::Message
            }
            TypeKind::Message => {
                self.report(
                    Diagnostic::new(F201, ty.span, "only a play takes a message as a value")
                        .help("use `text` here, or make it a parameter of a play"),
                );
                Type::Unknown
            }
            TypeKind::Unknown(_) => {
                self.damaged = true;
                Type::Unknown
            }
        }
    }

    fn one_of(&mut self, words: &[ast::Ident]) -> Type {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut list: Vec<SmolStr> = Vec::with_capacity(words.len());
        for word in words {
            if seen.insert(word.text.as_str()) {
                list.push(word.text.clone());
            } else if let Some(first) = words.iter().find(|first| first.text == word.text) {
                self.report(
                    Diagnostic::new(F103, word.span, format!("`{}` is in this list twice", word.text))
                        .at("again here")
                        .label(first.span, "first here")
                        .help("take one of them out"),
                );
            }
        }
        Type::OneOf(Arc::from(list))
    }

    /// The properties of an event, or the parameters of something that takes values.
    pub(super) fn parameters(&mut self, params: Option<&Vec<ast::Param>>, in_play: bool, what: &str) -> Vec<Property> {
        let mut properties: Vec<Property> = Vec::new();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for param in params.into_iter().flatten() {
            let ty = self.written_type(&param.ty, in_play);
            if !seen.insert(param.name.text.as_str()) {
                let first = properties.iter().find(|first| first.name == param.name.text).and_then(|first| first.span);
                self.report(super::declare::taken(what, &param.name, first));
                continue;
            }
            let optional = param.ty.optional && !matches!(ty, Type::List | Type::Message);
            properties.push(Property { name: param.name.text.clone(), span: Some(param.name.span), ty, optional });
        }
        properties
    }
}

/// A type in words: "a number".
pub(super) fn in_words(ty: &Type) -> String {
    match ty {
        Type::Text => "a text".into(),
        Type::Number => "a number".into(),
        Type::Flag => "a flag (`yes` or `no`)".into(),
        Type::Date => "a date".into(),
        Type::Time => "a time".into(),
        Type::OneOf(words) => format!("one of {}", listed(words.iter().take(8).map(SmolStr::as_str), "and")),
        Type::List => "a list of texts".into(),
        Type::Message => "a message".into(),
        Type::Duration => "a duration".into(),
        Type::Unknown => "something unknown".into(),
    }
}

/// Whether a value of type `given` can stand where `wanted` is declared.
pub(super) fn fits(wanted: &Type, given: &Type) -> bool {
    match (wanted, given) {
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        (Type::OneOf(wanted), Type::OneOf(given)) => given.iter().all(|word| wanted.contains(word)),
        _ => wanted == given,
    }
}

/// Whether two values can be compared for being equal.
pub(super) fn comparable(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Unknown, _) | (_, Type::Unknown) | (Type::Date, Type::Time) | (Type::Time, Type::Date) => true,
        (Type::List, _) | (_, Type::List) => false,
        (Type::OneOf(left), Type::OneOf(right)) => left.iter().any(|word| right.contains(word)),
        _ => left == right,
    }
}

/// Whether values of a type have an order.
pub(super) fn ordered(ty: &Type) -> bool {
    matches!(ty, Type::Number | Type::Date | Type::Time | Type::Duration | Type::Unknown)
}

/// Whether a comparison asks for an order.
pub(super) fn asks_order(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Equal | CompareOp::NotEqual)
}

/// A term that could not be resolved, which was reported.
pub(super) fn broken(span: crate::source::Span) -> Term {
    Term { span, kind: TermKind::Broken, ty: Type::Unknown, optional: false }
}
