//! F504: two doors out of one stage that open at one instant, to different stages.

use super::{
    super::{context::Context, words::Words},
    doors::{Exit, Place, places},
    shadowed_door::shadowed,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::Witness,
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F504", "two doors that open at once");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let lost = shadowed(context);
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for place in places(context) {
        for later in place.later() {
            if lost.contains_key(&later.door.span) || said.contains(&later.door.span) {
                continue;
            }
            let mut before = place.before(&later).into_iter().filter(|it| it.to != later.to && !lost.contains_key(&it.door.span));
            if let Some((earlier, witness)) = before.find_map(|it| it.together(context, &later).map(|witness| (it, witness))) {
                said.insert(later.door.span);
                found.push(finding(context, &place, &earlier, &later, &witness));
            }
        }
    }
}

fn finding(context: &Context<'_>, place: &Place<'_>, earlier: &Exit<'_>, later: &Exit<'_>, witness: &Witness) -> Diagnostic {
    let (first, second) = (context.name(earlier.to), context.name(later.to));
    let who = match place.stage {
        Some(stage) => format!("somebody in {}", context.name(stage)),
        None if place.is_anywhere => "somebody in any stage".to_owned(),
        None => "somebody outside".to_owned(),
    };
    let message = format!("{who} can find this door to {second} open together with one to {first}, and then goes to {first}");
    let finding = Diagnostic::new(CODE, later.door.span, message)
        .at("open as well")
        .label(earlier.door.span, "open at that instant; the first in the file is taken");
    let sample = Words { solver: &context.solver, model: context.model }.sample(witness);
    let finding = if sample.is_empty() {
        finding.note("it happens to everybody who comes there")
    } else {
        finding.note(format!("for example {sample}"))
    };
    finding.help(format!(
        "let one of the conditions leave out the other; if the order is meant, write `# funnelc: allow {} because …` on the line before the door",
        CODE.id
    ))
}
