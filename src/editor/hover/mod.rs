//! What something is: shown where the pointer rests, as Markdown.

mod stage;
mod words;

pub(super) use words::type_words;

use super::{
    Program, Thing,
    place::{Piece, pieces},
    search::references_of,
};
use crate::{
    catalog,
    source::{FileId, Span},
};
use std::fmt::Write as _;
use words::{literal_words, name_head, parameters, properties};

/// What something is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The word it is about.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// What stands at an offset: a stage with its story, an event, a message, a code in a comment.
#[must_use]
pub fn hover(program: &Program, file: FileId, offset: u32) -> Option<Hover> {
    if let Some(found) = code_at(program, file, offset) {
        return Some(found);
    }
    let thing = program.thing_at(file, offset)?;
    let span = match program.name_at(file, offset) {
        Some(named) => named.span,
        None => {
            let word = super::place::word_at(program.source(file).text(), offset)?;
            Span::new(file, word.start, word.end)
        }
    };
    Some(Hover { span, text: about(program, &thing)? })
}

/// A code in a comment, as in `# funnelc: allow F404 because …`.
fn code_at(program: &Program, file: FileId, offset: u32) -> Option<Hover> {
    let text = program.source(file).text();
    let word = super::place::word_at(text, offset)?;
    let code = catalog::code(&word.text)?;
    let at = word.start as usize;
    pieces(text).find(|(piece, range)| *piece == Piece::Comment && range.contains(&at))?;
    let page = catalog::page(code.id).unwrap_or(code.title);
    Some(Hover { span: Span::new(file, word.start, word.end), text: page.to_owned() })
}

fn about(program: &Program, thing: &Thing) -> Option<String> {
    let model = program.model();
    let mut text = match thing {
        Thing::Stage(id) => return Some(stage::story(program, *id)),
        Thing::Event(id) => {
            let it = &model.events[*id];
            let mut text = name_head("event", &it.name);
            if let Some(channel) = it.channel {
                let _ = writeln!(text, "\nHappens on `{}`.", model.channels[channel].name.text);
            }
            for channel in &it.opts_out {
                let _ = writeln!(text, "\nOpts out of `{}`.", model.channels[*channel].name.text);
            }
            text + &properties("Brings", &it.properties) + &stage::opened_by(program, *id)
        }
        Thing::Attribute(id) => {
            let it = &model.attributes[*id];
            let keeper = match it.keeper {
                crate::model::Keeper::Fixed => ", never changes once it is known",
                crate::model::Keeper::Ours => ", set by funnels alone",
                crate::model::Keeper::Anyone | crate::model::Keeper::Runtime => "",
            };
            let default = it.default.as_ref().map_or_else(String::new, |it| format!(", `{}` at first", literal_words(it)));
            format!("{}\n`{}`{default}{keeper}\n", name_head("attribute of the contact", &it.name), type_words(&it.ty, it.optional))
        }
        Thing::Message(id) => {
            let it = &model.messages[*id];
            let by = it.channel.map_or_else(|| "message".to_owned(), |channel| format!("message by {}", model.channels[channel].name.text));
            let mut text = name_head(&by, &it.name);
            if let Some(template) = &it.template {
                let _ = writeln!(text, "\nTemplate `{template}`.");
            }
            if it.transactional {
                text += "\nTransactional: no cap, quiet hours or consent applies.\n";
            }
            text + &properties("Needs", &it.parameters) + &stage::sent_in(program, *id)
        }
        Thing::Action(id) => name_head("action", &model.actions[*id].name) + &properties("Needs", &model.actions[*id].parameters),
        Thing::Play(id) => name_head("play", &model.plays[*id].name) + &properties("Needs", &model.plays[*id].parameters),
        Thing::Channel(id) => words::channel(model, *id),
        Thing::Segment(id) => {
            format!("{}\nwhen `{}`\n", name_head("segment", &model.segments[*id].name), on_one_line(program, model.segments[*id].when.span))
        }
        Thing::Score(id) => {
            let lines = model.scores[*id].lines.iter().map(|line| format!("- `{}`\n", on_one_line(program, line.span)));
            format!("{}\n{}", name_head("score", &model.scores[*id].name), lines.collect::<String>())
        }
        Thing::Funnel(id) => stage::funnel(program, *id),
        Thing::Member(span) => parameters(program, *span)?,
        Thing::AnyProperty(name) => {
            let having = model.events.values().filter_map(|event| Some((event, event.properties.iter().find(|it| it.name == *name)?)));
            let lines = having.map(|(event, it)| format!("- `{}` brings `{}`\n", event.name.text, type_words(&it.ty, it.optional)));
            format!("**{name}** — a property of the event that brought the contact here\n\n{}", lines.collect::<String>())
        }
        Thing::Value(owner, word) => format!("**{word}** — a value of `{}`\n", program.sources().slice(*owner)),
        Thing::Nurture(funnel, name) => stage::nurture(program, *funnel, name),
        Thing::Split(name) => format!("**{name}** — a split: each contact always draws the same arm\n"),
        Thing::Arm(split, arm) => format!("**{arm}** — an arm of the split `{split}`\n"),
    };
    let uses = references_of(program, thing, false).len();
    let _ = write!(
        text,
        "\n*{}*",
        match uses {
            0 => "used nowhere".to_owned(),
            1 => "used once".to_owned(),
            uses => format!("used {uses} times"),
        }
    );
    Some(text)
}

/// A text of the file without its line breaks.
fn on_one_line(program: &Program, span: Span) -> String {
    crate::source::sentence_of(program.sources().slice(span))
}
