//! Renaming over all files, refused where the new name would mean something else.

use super::{
    Program, Thing,
    place::{Piece, pieces},
    search::{family, references_of},
};
use crate::{
    diag::Edit,
    model::Model,
    parse::words,
    source::{FileId, Span},
};
use smol_str::SmolStr;

/// Why something is not renamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is no name at this place.
    #[error("there is no name here that could be changed")]
    NoName,
    /// What is built in keeps its name.
    #[error("`{0}` is part of the language and keeps its name")]
    BuiltIn(SmolStr),
    /// The new name is no name.
    #[error("`{0}` is no name: a name begins with a letter and goes on with letters, digits and `_`")]
    NotAName(String),
    /// The new name is a word of the language.
    #[error("`{0}` is a reserved word of the language and cannot be a name")]
    Reserved(String),
    /// The name stands in a line that did not parse, so nobody knows whether it means the same there.
    #[error("line {line} of `{file}` does not parse and names `{name}` too: mend it first, or it would keep the old name")]
    Damaged {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: u32,
        /// The old name.
        name: SmolStr,
    },
    /// The new name is taken.
    #[error("there is already {what} called `{name}`, so nobody could tell the two apart")]
    Taken {
        /// What has it, with an article.
        what: &'static str,
        /// The name.
        name: String,
    },
}

/// The name at an offset that can be changed.
///
/// # Errors
/// [`RenameError`] in the user's words.
pub fn renamable(program: &Program, file: FileId, offset: u32) -> Result<Span, RenameError> {
    let named = program.name_at(file, offset).ok_or(RenameError::NoName)?;
    let things = family(program, &named.thing);
    if !things.iter().any(|thing| program.names().iter().any(|it| it.declares && it.thing == *thing)) {
        return Err(RenameError::BuiltIn(program.sources().slice(named.span).into()));
    }
    Ok(named.span)
}

/// The edits that give what is named at an offset a new name, in all files.
///
/// # Errors
/// [`RenameError`] in the user's words.
pub fn rename(program: &Program, file: FileId, offset: u32, new: &str) -> Result<Vec<Edit>, RenameError> {
    let span = renamable(program, file, offset)?;
    let thing = program.name_at(file, offset).ok_or(RenameError::NoName)?.thing.clone();
    if program.sources().slice(span) == new {
        return Ok(Vec::new());
    }
    let letters = |c: char| c.is_alphanumeric() || c == '_';
    let begins = new.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !begins || !new.chars().all(letters) {
        return Err(RenameError::NotAName(new.to_owned()));
    }
    if words::is_reserved(new) {
        return Err(RenameError::Reserved(new.to_owned()));
    }
    let things = family(program, &thing);
    for thing in &things {
        if let Some(what) = taken(program, thing, new) {
            return Err(RenameError::Taken { what, name: new.to_owned() });
        }
    }
    let mut places: Vec<Span> = things.iter().flat_map(|thing| references_of(program, thing, true)).collect();
    places.sort();
    places.dedup();
    damaged(program, program.sources().slice(span))?;
    Ok(places.into_iter().map(|span| Edit { span, text: new.to_owned() }).collect())
}

/// Whether some line that did not parse holds the word.
fn damaged(program: &Program, name: &str) -> Result<(), RenameError> {
    for (file, source) in program.sources().files() {
        for (_, range) in
            pieces(source.text()).filter(|(piece, range)| *piece == Piece::Word && source.text().get(range.clone()) == Some(name))
        {
            let Ok(at) = u32::try_from(range.start) else { continue };
            if program.name_at(file, at).is_none() && program.is_damaged_at(file, at) {
                let line = program.sources().position(Span::empty(file, at)).line;
                return Err(RenameError::Damaged { file: source.name().to_owned(), line, name: name.into() });
            }
        }
    }
    Ok(())
}

/// What else would be called so where the thing is looked up.
fn taken(program: &Program, thing: &Thing, new: &str) -> Option<&'static str> {
    let model = program.model();
    let has = |found: bool, what: &'static str| found.then_some(what);
    match thing {
        Thing::Attribute(_) => has(model.attributes.values().any(|it| it.name.text == new), "an attribute")
            .or_else(|| has(model.scores.values().any(|it| it.name.text == new), "a score")),
        Thing::Score(_) => has(model.scores.values().any(|it| it.name.text == new), "a score")
            .or_else(|| has(model.attributes.values().any(|it| it.name.text == new), "an attribute")),
        Thing::Event(_) => has(model.events.values().any(|it| it.name.text == new), "an event"),
        Thing::Channel(_) => has(model.channels.values().any(|it| it.name.text == new), "a channel"),
        Thing::Message(_) => has(model.messages.values().any(|it| it.name.text == new), "a message"),
        Thing::Action(_) => has(model.actions.values().any(|it| it.name.text == new), "an action"),
        Thing::Segment(_) => has(model.segments.values().any(|it| it.name.text == new), "a segment"),
        Thing::Play(_) => has(model.plays.values().any(|it| it.name.text == new), "a play"),
        Thing::Funnel(_) => has(model.funnels.values().any(|it| it.name.text == new), "a funnel"),
        Thing::Stage(id) => has(model.stages_of(model.stages[*id].funnel).any(|(_, it)| it.name.text == new), "a stage of this funnel"),
        Thing::Member(span) => has(member_taken(program, model, *span, new), "a property or attribute"),
        Thing::AnyProperty(_) => None,
        Thing::Value(owner, _) => {
            let same = program.names().iter().filter(|it| it.declares);
            let mut same = same.filter(|it| matches!(&it.thing, Thing::Value(other, word) if other == owner && word == new));
            has(same.next().is_some(), "a value")
        }
        Thing::Nurture(funnel, _) => {
            let mut all = model.stages_of(*funnel).flat_map(|(_, stage)| &stage.nurtures);
            has(all.any(|it| it.name == new), "a nurture of this funnel")
        }
        Thing::Split(_) => has(declared(program, &Thing::Split(new.into())), "a split"),
        Thing::Arm(split, _) => has(declared(program, &Thing::Arm(split.clone(), new.into())), "an arm of this split"),
    }
}

fn declared(program: &Program, thing: &Thing) -> bool {
    program.names().iter().any(|it| it.declares && it.thing == *thing)
}

/// Whether another property of the same owner has the name. Behind `where` a property hides an attribute of its name, and in
/// a play a parameter does: that would change what the text means.
fn member_taken(program: &Program, model: &Model, declared: Span, new: &str) -> bool {
    let Some(member) = program.table().member(declared) else { return false };
    let (list, hides) = match &member.owner {
        Thing::Event(id) => (&model.events[*id].properties, true),
        Thing::Play(id) => (&model.plays[*id].parameters, true),
        Thing::Message(id) => (&model.messages[*id].parameters, false),
        Thing::Action(id) => (&model.actions[*id].parameters, false),
        _ => return false,
    };
    list.iter().any(|it| it.name == new) || hides && model.attributes.values().any(|it| it.name.text == new)
}
