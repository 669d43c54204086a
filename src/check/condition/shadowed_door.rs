//! F508: a door that the doors above it always win against.

use super::{
    super::{
        context::{Context, listed},
        known::beaten,
    },
    doors::{Exit, places},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    source::Span,
};
use std::collections::{BTreeMap, BTreeSet};

pub const CODE: Code = Code::error("F508", "a door that the doors above it always win against");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let doors = context.shadowed();
    let told = if doors.is_empty() { BTreeSet::new() } else { beaten::told(context) };
    for (span, (exit, cover)) in doors.iter().map(|(span, it)| (*span, it)).filter(|(span, _)| !told.contains(span)) {
        let quotes: Vec<String> = cover.iter().map(|it| context.quote(it.span)).collect();
        let take = if cover.len() == 1 { "takes" } else { "together take" };
        let message = format!(
            "nobody comes to {} through this door: whenever it opens, {} above it {take} them first",
            context.name(exit.to),
            listed(&quotes, "and")
        );
        let finding = cover.iter().fold(Diagnostic::new(CODE, span, message).at("never taken"), |finding, it| {
            finding.label(it.span, format!("taken first, to {}", context.name(it.to)))
        });
        let finding = finding.note("of two doors that are open at once the first in the file is taken");
        found.push(finding.help("put the stage with the narrower door first in the file, or make the door above narrower"));
    }
}

/// A door that takes everybody first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Winner {
    pub span: Span,
    pub to: crate::model::StageId,
}

/// Doors that nobody gets through, by their places, each with those that take everybody first.
pub type Shadowed<'m> = BTreeMap<Span, (Exit<'m>, BTreeSet<Winner>)>;

/// The doors that nobody gets through on account of those above, wherever they come from.
pub fn shadowed<'m>(context: &Context<'m>) -> Shadowed<'m> {
    let mut lost = Shadowed::new();
    let mut open: BTreeSet<Span> = BTreeSet::new();
    for place in places(context) {
        for exit in &place.exits {
            let span = exit.door.span;
            if open.contains(&span) {
                continue;
            }
            let before = place.before(exit);
            match exit.covered_by(context, &before) {
                Some(cover) if !place.is_anywhere || cover.iter().all(|it| context.model.stages[it.to].is_final) => {
                    let winners = cover.iter().map(|it| Winner { span: it.door.span, to: it.to });
                    lost.entry(span).or_insert_with(|| (exit.clone(), BTreeSet::new())).1.extend(winners);
                }
                Some(_) | None => {
                    open.insert(span);
                    lost.remove(&span);
                }
            }
        }
    }
    lost
}
