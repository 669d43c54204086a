//! F310: a door that never opens, as its own words say.

use super::{
    super::{
        clash::Clash,
        context::{Context, Dead, listed},
        known::all_ways_dead,
    },
    never::lies_in_a_dead_segment,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::StageId,
    source::Span,
};

pub const CODE: Code = Code::error("F310", "a door that can never open");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let dead = |span: Span| {
        // What is wrong with a segment is said there.
        let of_segment = |why: &&Dead| matches!(why, Dead::Clash(clash) if lies_in_a_dead_segment(context, span, clash));
        context.dead.get(&span).filter(|why| !of_segment(why))
    };
    // Where no door of a stage opens, that is said of the stage.
    let told = all_ways_dead::doors(context);
    for (id, stage) in context.model.stages.iter() {
        for door in &stage.doors {
            let somebody_is_there = context.sources_of(stage.funnel, door).into_iter().any(|node| context.live.contains(node));
            if let (Some(why), true) = (dead(door.span), somebody_is_there && !told.contains(&door.span)) {
                found.push(dies_with_it(context, id, door.span, finding(context, door.span, "door", why)));
            }
        }
        for leave in &stage.leaves {
            if let (Some(why), true) = (dead(leave.span), context.is_reached(id)) {
                found.push(finding(context, leave.span, "way out", why));
            }
        }
    }
    for leave in context.model.funnels.values().flat_map(|it| &it.leaves) {
        if let Some(why) = dead(leave.span) {
            found.push(finding(context, leave.span, "way out", why));
        }
    }
}

fn finding(context: &Context<'_>, span: Span, what: &str, why: &Dead) -> Diagnostic {
    match why {
        Dead::Clash(clash) => clashing(context, span, what, clash),
        Dead::FromFinal => {
            Diagnostic::new(CODE, span, format!("this {what} never opens: it leads from a final stage, where the run has ended"))
                .at("nobody comes through here")
                .note("a final stage has no way on; whoever was there counts as outside")
                .help("take `final` away from that stage, or let people in from outside with `enter when …`")
        }
        Dead::Alone => Diagnostic::new(CODE, span, format!("this {what} never opens: there is no other stage that people could come from"))
            .at("nobody comes through here")
            .note("`from anywhere` means any other stage that is not final")
            .help("write `enter from anywhere or outside when …` to let strangers in"),
    }
}

fn clashing(context: &Context<'_>, span: Span, what: &str, clash: &Clash) -> Diagnostic {
    let message = format!("this {what} never opens: {}", clash.reason);
    let inside = clash.parts.iter().all(|part| span.contains(*part));
    let mut finding = match clash.parts.as_slice() {
        [only] if inside => Diagnostic::new(CODE, *only, message).at("never holds"),
        [first, rest @ ..] if inside => {
            let finding = Diagnostic::new(CODE, *first, message).at("this …");
            rest.iter().fold(finding, |finding, part| finding.label(*part, "… and this exclude each other"))
        }
        parts => {
            let finding = Diagnostic::new(CODE, span, message).at("nobody comes through here");
            parts
                .iter()
                .filter(|part| !span.contains(**part))
                .fold(finding, |finding, part| finding.label(*part, "does not go together with it"))
        }
    };
    if clash.parts.len() > 2 {
        let parts: Vec<String> = clash.parts.iter().map(|part| context.quote(*part)).collect();
        finding = finding.note(format!("together: {}", listed(&parts, "and")));
    }
    match clash.parts.len() {
        1 => finding.help("take this part out, or write what it should ask for"),
        _ => finding.help("join them with `or` if either is enough, or take one of them out"),
    }
}

/// Names the stage that nobody reaches because of it.
fn dies_with_it(context: &Context<'_>, id: StageId, door: Span, finding: Diagnostic) -> Diagnostic {
    if context.is_reached(id) {
        return finding;
    }
    let doors = &context.model.stages[id].doors;
    match doors.as_slice() {
        [_] => finding.note(format!("so nobody ever comes to {}: no other door leads there", context.name(id))),
        [first, ..] if first.span == door => {
            finding.note(format!("so nobody ever comes to {}: none of its {} doors opens", context.name(id), doors.len()))
        }
        _ => finding,
    }
}
