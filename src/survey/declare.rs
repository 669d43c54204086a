//! A first file: the declarations that fit a log.

use super::{EventSurvey, Field, IDENTIFY, Survey};
use crate::parse::words::is_reserved;
use std::fmt::Write as _;

/// Events that every file has.
const BUILT_IN: [&str; 7] = ["sent", "delivered", "opened", "clicked", "replied", "bounced", "complained"];

/// Attributes that are declared by the language itself.
const TIMEZONE: &str = "timezone";

/// Values of a text are told where they are so few.
const TOLD_MAX: usize = 6;

impl Survey {
    /// The declarations of `contact` and `event`, as a file; `from` says where they come from.
    #[must_use]
    pub fn declarations(&self, from: &str) -> String {
        let mut out = format!("# What was found in {}.\n", one_line(from));
        out.push_str("# A type stands where every value fits it. Names, types and what may be missing are yours to correct.\n");
        let attributes = self.events.get(IDENTIFY);
        let empty = EventSurvey::default();
        contact(&mut out, attributes.unwrap_or(&empty));
        let others = || self.events.iter().filter(|(name, _)| *name != IDENTIFY && !BUILT_IN.contains(&name.as_str()));
        if others().next().is_some() {
            out.push('\n');
        }
        for (name, event) in others() {
            declare(&mut out, name, event);
        }
        let own: Vec<&str> = BUILT_IN.iter().copied().filter(|name| self.events.contains_key(*name)).collect();
        if !own.is_empty() {
            put(&mut out, format_args!("\n# In every file already: {}.", own.join(", ")));
        }
        out
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes everything");
}

/// Control characters would end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Why a name cannot stand in a file.
fn unfit(name: &str) -> Option<&'static str> {
    if is_reserved(name) {
        Some("is a word of the language")
    } else if name.is_empty() || name.starts_with(|letter: char| !letter.is_alphabetic() && letter != '_') {
        Some("does not begin with a letter")
    } else {
        None
    }
}

/// The values of a text that are told, behind a comment.
fn values(field: &Field) -> String {
    let is_text = field.kind() == Some(super::Kind::Text);
    if !is_text || field.has_more || field.values.len() > TOLD_MAX || field.values.is_empty() {
        return String::new();
    }
    format!("   # {}", field.values.iter().map(|value| one_line(value)).collect::<Vec<_>>().join(", "))
}

fn contact(out: &mut String, attributes: &EventSurvey) {
    if attributes.fields.is_empty() {
        return;
    }
    out.push_str("\ncontact {\n");
    let width = attributes.fields.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, field) in &attributes.fields {
        if name == TIMEZONE {
            put(out, format_args!("  {name:width$} : text?"));
            continue;
        }
        match (unfit(name), field.kind()) {
            (Some(why), _) => put(out, format_args!("  # `{}` {why}: rename it before it comes here", one_line(name))),
            (None, None) => put(out, format_args!("  # {name} holds objects or a mixture, which no type takes")),
            (None, Some(super::Kind::List)) => put(out, format_args!("  {name:width$} : list of text")),
            (None, Some(kind)) => put(out, format_args!("  {name:width$} : {}?{}", kind.word(), values(field))),
        }
    }
    out.push_str("}\n");
}

fn declare(out: &mut String, name: &str, event: &EventSurvey) {
    if let Some(why) = unfit(name) {
        put(out, format_args!("# `{}` {why}: rename the event before it comes here", one_line(name)));
        return;
    }
    let mut parameters = Vec::new();
    for (property, field) in &event.fields {
        match (unfit(property), field.kind()) {
            (Some(why), _) => put(out, format_args!("# `{name}.{}` {why}: rename it before it comes here", one_line(property))),
            (None, None) => put(out, format_args!("# `{name}.{property}` holds objects or a mixture, which no type takes")),
            (None, Some(kind)) => {
                // A list is never missing.
                let optional = if field.present < event.records && kind != super::Kind::List { "?" } else { "" };
                parameters.push(format!("{property}: {}{optional}", kind.word()));
            }
        }
    }
    if parameters.is_empty() {
        put(out, format_args!("event {name}"));
    } else if name.len() + parameters.iter().map(|it| it.len() + 2).sum::<usize>() < 100 {
        put(out, format_args!("event {name}({})", parameters.join(", ")));
    } else {
        put(out, format_args!("event {name}(\n  {}\n)", parameters.join(",\n  ")));
    }
}
