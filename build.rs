//! Writes the grammar down as data, from which editors are told what may come next.
//!
//! It is read here and not by the program itself: the reader of grammars would bring a slower parser library with it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "editor")]
    grammar::write();
}

#[cfg(feature = "editor")]
mod grammar {
    use pest_meta::{
        ast::Expr,
        parser::{self, Rule},
    };
    use std::{env, fs, path::Path};

    /// The files of the language. What stands in `recovery.pest` is no part of it.
    const FILES: [&str; 3] = ["lexical", "condition", "funnel"];

    /// Writes a list of rules, each a name and a form, as an expression in Rust.
    pub fn write() {
        let mut text = String::new();
        for file in FILES {
            let path = format!("grammar/{file}.pest");
            println!("cargo::rerun-if-changed={path}");
            text.push_str(&fs::read_to_string(&path).expect("the grammar stands beside the sources"));
            text.push('\n');
        }
        let pairs = parser::parse(Rule::grammar_rules, &text).expect("the grammar is one");
        let rules = parser::consume_rules(pairs).expect("the grammar is one");
        let names: Vec<String> = rules.iter().map(|rule| rule.name.clone()).collect();
        let rules: Vec<String> = rules.into_iter().map(|rule| format!("({:?}, {})", rule.name, form(rule.expr, &names))).collect();
        let folder = env::var_os("OUT_DIR").expect("cargo says where to write");
        fs::write(Path::new(&folder).join("grammar.rs"), format!("vec![\n{}\n]\n", rules.join(",\n"))).expect("it can be written");
    }

    /// One form, as an expression in Rust.
    fn form(expr: Expr, names: &[String]) -> String {
        let ahead = |follows: bool, it: Expr| format!("Form::Ahead({follows}, Box::new({}))", form(it, names));
        let many = |it: Expr, most: &str| format!("Form::Many(Box::new({}), {most})", form(it, names));
        match expr {
            Expr::Str(text) => format!("Form::Text({text:?})"),
            Expr::Insens(text) => format!("Form::AnyCase({text:?})"),
            Expr::Range(from, to) => match (from.chars().next(), to.chars().next()) {
                (Some(from), Some(to)) => format!("Form::Letter({from:?}, {to:?})"),
                _ => "Form::Never".to_owned(),
            },
            Expr::Ident(name) if name == "ANY" => "Form::Any".to_owned(),
            Expr::Ident(name) => match names.iter().position(|it| *it == name) {
                Some(rule) => format!("Form::Rule({rule})"),
                None => "Form::Never".to_owned(),
            },
            Expr::PosPred(it) => ahead(true, *it),
            Expr::NegPred(it) => ahead(false, *it),
            Expr::Seq(one, other) => {
                let mut list = vec![form(*one, names)];
                let mut rest = *other;
                while let Expr::Seq(one, other) = rest {
                    list.push(form(*one, names));
                    rest = *other;
                }
                list.push(form(rest, names));
                format!("Form::All(vec![{}])", list.join(", "))
            }
            Expr::Choice(one, other) => {
                let mut list = vec![form(*one, names)];
                let mut rest = *other;
                while let Expr::Choice(one, other) = rest {
                    list.push(form(*one, names));
                    rest = *other;
                }
                list.push(form(rest, names));
                format!("Form::First(vec![{}])", list.join(", "))
            }
            Expr::Opt(it) => many(*it, "1"),
            Expr::Rep(it) => many(*it, "u32::MAX"),
            Expr::RepOnce(it) => format!("Form::All(vec![{}, {}])", form((*it).clone(), names), many(*it, "u32::MAX")),
            // The grammar has none of these.
            _ => "Form::Never".to_owned(),
        }
    }
}
