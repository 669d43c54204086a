//! The files of the grammar as data, as `build.rs` wrote them down.

use std::{collections::HashMap, sync::LazyLock};

/// The grammar.
pub(super) static GRAMMAR: LazyLock<Rules> = LazyLock::new(|| Rules::of(written()));

/// The rules by their names, each at its number.
fn written() -> Vec<(&'static str, Form)> {
    include!(concat!(env!("OUT_DIR"), "/grammar.rs"))
}

/// A rule by its number.
pub(super) type RuleIndex = usize;

/// What a rule takes.
#[derive(Debug)]
pub(super) enum Form {
    /// Exactly this text.
    Text(&'static str),
    /// This text, whatever the case of its letters.
    AnyCase(&'static str),
    /// One letter between these.
    Letter(char, char),
    /// Any letter at all.
    Any,
    /// What another rule takes.
    Rule(RuleIndex),
    /// Nothing is read; taken if what is inside follows (or, with `false`, if it does not).
    Ahead(bool, Box<Form>),
    /// One after the other.
    All(Vec<Form>),
    /// The first that fits.
    First(Vec<Form>),
    /// As often as it fits, at most so often.
    Many(Box<Form>, u32),
    /// What is no part of the language.
    Never,
}

/// The rules of the language.
#[derive(Debug)]
pub(super) struct Rules {
    names: Vec<&'static str>,
    forms: Vec<Form>,
    by_name: HashMap<&'static str, RuleIndex>,
}

impl Rules {
    /// The number of the rule of this name.
    pub fn find(&self, name: &str) -> Option<RuleIndex> {
        self.by_name.get(name).copied()
    }

    /// The name of a rule.
    pub fn name(&self, rule: RuleIndex) -> &str {
        self.names.get(rule).copied().unwrap_or_default()
    }

    /// What a rule takes.
    pub fn form(&self, rule: RuleIndex) -> &Form {
        self.forms.get(rule).unwrap_or(&Form::Never)
    }

    /// Every word in the texts of the rules, in alphabetical order.
    pub fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        self.forms.iter().for_each(|form| collect(form, &mut words));
        words.retain(|word| word.chars().count() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase()));
        words.sort_unstable();
        words.dedup();
        words
    }

    fn of(written: Vec<(&'static str, Form)>) -> Self {
        let (names, forms): (Vec<_>, Vec<_>) = written.into_iter().unzip();
        let by_name = names.iter().copied().zip(0..).collect();
        Self { names, forms, by_name }
    }
}

fn collect<'r>(it: &'r Form, words: &mut Vec<&'r str>) {
    match it {
        Form::Text(text) | Form::AnyCase(text) => words.push(text),
        Form::Ahead(_, inner) | Form::Many(inner, _) => collect(inner, words),
        Form::All(list) | Form::First(list) => list.iter().for_each(|inner| collect(inner, words)),
        Form::Letter(..) | Form::Any | Form::Rule(_) | Form::Never => {}
    }
}
