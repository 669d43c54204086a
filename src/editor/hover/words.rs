//! Declarations in words.

use crate::{
    editor::{Program, Thing},
    model::{ChannelId, Literal, Model, Name, Property, Type},
    source::Span,
    units::Duration,
};
use std::fmt::Write as _;

/// A type as it is written.
pub(in crate::editor) fn type_words(ty: &Type, optional: bool) -> String {
    let words = match ty {
        Type::Text => "text".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Flag => "flag".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time => "time".to_owned(),
        Type::OneOf(words) => format!("one of [{}]", words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ")),
        Type::List => "list of text".to_owned(),
        Type::Message => "message".to_owned(),
        Type::Duration => "a length of time".to_owned(),
        Type::Unknown => "unknown".to_owned(),
    };
    format!("{words}{}", if optional { "?" } else { "" })
}

/// A constant as it is written.
pub(super) fn literal_words(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("\"{text}\""),
        Literal::Number(number) => number.to_string(),
        Literal::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Literal::Date(date) => date.to_string(),
        Literal::Time(time) => format!("{} {}{}", time.date, time.clock, if time.utc { " UTC" } else { "" }),
        Literal::Choice(word) => word.to_string(),
        Literal::List(items) => format!("[{}]", items.iter().map(literal_words).collect::<Vec<_>>().join(", ")),
        Literal::Duration(ms) => Duration::from_milliseconds(*ms).to_string(),
    }
}

/// Text of the user's that must not be read as markup.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What people call it, what it is, its name, its note.
pub(super) fn name_head(word: &str, name: &Name) -> String {
    let mut text = match &name.label {
        Some(label) => format!("**{}** — {word} `{}`\n", plain(label), name.text),
        None => format!("**{}** — {word}\n", plain(&name.text)),
    };
    if let Some(note) = &name.note {
        let _ = writeln!(text, "\n{}", plain(note));
    }
    if let Some(before) = &name.formerly {
        let _ = writeln!(text, "\nFormerly `{before}`.");
    }
    text
}

/// Properties or parameters with their types.
pub(super) fn properties(word: &str, list: &[Property]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let lines = list.iter().map(|it| format!("- `{} : {}`\n", it.name, type_words(&it.ty, it.optional)));
    format!("\n{word}\n{}", lines.collect::<String>())
}

/// A property or parameter.
pub(super) fn parameters(program: &Program, declared: Span) -> Option<String> {
    let model = program.model();
    let member = program.table().member(declared)?;
    let (word, owner, list) = match &member.owner {
        Thing::Event(id) => ("property of the event", &model.events[*id].name, &model.events[*id].properties),
        Thing::Message(id) => ("parameter of the message", &model.messages[*id].name, &model.messages[*id].parameters),
        Thing::Action(id) => ("parameter of the action", &model.actions[*id].name, &model.actions[*id].parameters),
        Thing::Play(id) => ("parameter of the play", &model.plays[*id].name, &model.plays[*id].parameters),
        _ => return None,
    };
    let it = list.get(member.index)?;
    Some(format!("**{}** — {word} `{}`\n\n`{}`\n", plain(&it.name), owner.text, type_words(&it.ty, it.optional)))
}

/// A channel with its policy.
pub(super) fn channel(model: &Model, id: ChannelId) -> String {
    let it = &model.channels[id];
    let mut text = name_head("channel", &it.name);
    if let Some(needs) = it.needs {
        let _ = writeln!(text, "\n- nothing is sent without `{}`", model.attributes[needs].name.text);
    }
    for cap in &it.caps {
        let _ = writeln!(text, "\n- at most {} within {}", cap.count, Duration::from_milliseconds(cap.within_ms));
    }
    for quiet in &it.quiet {
        let _ = writeln!(text, "\n- quiet from {} to {}", quiet.from, quiet.to);
    }
    let sent = model.messages.values().filter(|message| message.channel == Some(id)).count();
    let _ = writeln!(text, "\n{sent} message{} go{} by it.", if sent == 1 { "" } else { "s" }, if sent == 1 { "es" } else { "" });
    text
}
