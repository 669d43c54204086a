//! The files of the grammar as data.

use pest_meta::{
    ast::Expr,
    parser::{self, Rule},
};
use std::{collections::HashMap, sync::LazyLock};

/// The grammar, read once. What stands in `recovery.pest` is no part of the language.
pub(super) static GRAMMAR: LazyLock<Rules> = LazyLock::new(|| {
    let language = [
        include_str!("../../../grammar/lexical.pest"),
        include_str!("../../../grammar/condition.pest"),
        include_str!("../../../grammar/funnel.pest"),
    ];
    Rules::read(&language.join("\n"))
});

/// A rule by its number.
pub(super) type RuleIndex = usize;

/// What a rule takes.
#[derive(Debug)]
pub(super) enum Form {
    /// Exactly this text.
    Text(String),
    /// This text, whatever the case of its letters.
    AnyCase(String),
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
    names: Vec<String>,
    forms: Vec<Form>,
    by_name: HashMap<String, RuleIndex>,
}

impl Rules {
    /// The number of the rule of this name.
    pub fn find(&self, name: &str) -> Option<RuleIndex> {
        self.by_name.get(name).copied()
    }

    /// The name of a rule.
    pub fn name(&self, rule: RuleIndex) -> &str {
        self.names.get(rule).map_or("", String::as_str)
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

    fn read(text: &str) -> Self {
        let pairs = parser::parse(Rule::grammar_rules, text).expect("this program was built from the grammar");
        let rules = parser::consume_rules(pairs).expect("this program was built from the grammar");
        let names: Vec<String> = rules.iter().map(|rule| rule.name.clone()).collect();
        let by_name: HashMap<String, RuleIndex> = names.iter().cloned().zip(0..).collect();
        let forms = rules.into_iter().map(|rule| form(rule.expr, &by_name)).collect();
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

fn form(expr: Expr, rules: &HashMap<String, RuleIndex>) -> Form {
    let inner = |expr: Box<Expr>| Box::new(form(*expr, rules));
    match expr {
        Expr::Str(text) => Form::Text(text),
        Expr::Insens(text) => Form::AnyCase(text),
        Expr::Range(from, to) => match (from.chars().next(), to.chars().next()) {
            (Some(from), Some(to)) => Form::Letter(from, to),
            _ => Form::Never,
        },
        Expr::Ident(name) if name == "ANY" => Form::Any,
        Expr::Ident(name) => rules.get(&name).map_or(Form::Never, |rule| Form::Rule(*rule)),
        Expr::PosPred(it) => Form::Ahead(true, inner(it)),
        Expr::NegPred(it) => Form::Ahead(false, inner(it)),
        Expr::Seq(one, other) => {
            let mut list = vec![form(*one, rules)];
            match form(*other, rules) {
                Form::All(more) => list.extend(more),
                last => list.push(last),
            }
            Form::All(list)
        }
        Expr::Choice(one, other) => {
            let mut list = vec![form(*one, rules)];
            match form(*other, rules) {
                Form::First(more) => list.extend(more),
                last => list.push(last),
            }
            Form::First(list)
        }
        Expr::Opt(it) => Form::Many(inner(it), 1),
        Expr::Rep(it) => Form::Many(inner(it), u32::MAX),
        Expr::RepOnce(it) => Form::All(vec![form((*it).clone(), rules), Form::Many(inner(it), u32::MAX)]),
        // The grammar has none of these.
        _ => Form::Never,
    }
}
