//! Where something is declared, and who uses it.

use super::{Named, Program, Thing};
use crate::source::{FileId, Span};

/// Where what is named at an offset is declared; for the path of a `use`, the beginning of that file. Empty for what is built
/// in.
#[must_use]
pub fn declarations(program: &Program, file: FileId, offset: u32) -> Vec<Span> {
    if let Some(target) = used_file(program, file, offset) {
        return vec![Span::empty(target, 0)];
    }
    let Some(thing) = program.thing_at(file, offset) else { return Vec::new() };
    declarations_of(program, &thing)
}

/// Where a thing is declared.
pub(super) fn declarations_of(program: &Program, thing: &Thing) -> Vec<Span> {
    let things = if matches!(thing, Thing::AnyProperty(_)) { family(program, thing) } else { vec![thing.clone()] };
    things.iter().flat_map(|one| occurrences(program, one)).filter(|named| named.declares).map(|named| named.span).collect()
}

/// All places that name what is named at an offset; the declarations among them if asked for.
#[must_use]
pub fn references(program: &Program, file: FileId, offset: u32, with_declarations: bool) -> Vec<Span> {
    let Some(thing) = program.thing_at(file, offset) else { return Vec::new() };
    references_of(program, &thing, with_declarations)
}

/// All places that name a thing.
pub(super) fn references_of(program: &Program, thing: &Thing, with_declarations: bool) -> Vec<Span> {
    let mut things = family(program, thing);
    if matches!(thing, Thing::Member(_)) {
        // Those of other events are not meant, but what may be any is.
        things.retain(|other| other == thing || matches!(other, Thing::AnyProperty(_)));
    }
    let mut found: Vec<Span> = things
        .iter()
        .flat_map(|one| occurrences(program, one))
        .filter(|named| with_declarations || !named.declares)
        .map(|named| named.span)
        .collect();
    found.sort();
    found.dedup();
    found
}

fn occurrences<'p>(program: &'p Program, thing: &Thing) -> impl Iterator<Item = &'p Named> + use<'p> {
    let thing = thing.clone();
    program.names().iter().filter(move |named| named.thing == thing)
}

/// A thing and those that share its name by meaning: a property that is named without its event is that of every event that
/// has it.
pub(super) fn family(program: &Program, thing: &Thing) -> Vec<Thing> {
    let property = match thing {
        Thing::AnyProperty(name) => Some(name.clone()),
        Thing::Member(span) => match program.table().member(*span) {
            Some(member) if matches!(member.owner, Thing::Event(_)) => Some(program.sources().slice(*span).into()),
            _ => None,
        },
        Thing::Attribute(_)
        | Thing::Event(_)
        | Thing::Channel(_)
        | Thing::Message(_)
        | Thing::Action(_)
        | Thing::Segment(_)
        | Thing::Score(_)
        | Thing::Play(_)
        | Thing::Funnel(_)
        | Thing::Stage(_)
        | Thing::Value(..)
        | Thing::Nurture(..)
        | Thing::Split(_)
        | Thing::Arm(..) => None,
    };
    let Some(name) = property.filter(|name| program.table().is_loose(name)) else { return vec![thing.clone()] };
    let properties = program.model().events.values().flat_map(|event| &event.properties);
    let same = properties.filter(|property| property.name == name).filter_map(|property| property.span);
    same.map(Thing::Member).chain([Thing::AnyProperty(name.clone())]).collect()
}

/// The file that a `use` at an offset names.
fn used_file(program: &Program, file: FileId, offset: u32) -> Option<FileId> {
    let tree = program.tree(file)?;
    let target = tree.items.iter().find_map(|node| match &node.it {
        crate::ast::Top::Use(text) if text.span.start <= offset && offset <= text.span.end => Some(&text.value),
        _ => None,
    })?;
    program.file(&crate::workspace::join(program.source(file).name(), target))
}
