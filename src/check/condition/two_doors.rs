//! F504: two doors out of one stage that open at one instant, to different stages.

use super::{
    super::{context::Context, plot::Visit, words::Words},
    doors::{Exit, Place, places},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics, Plot},
    logic::Witness,
    model::StageId,
    source::Span,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F504", "two doors that open at once");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let lost = context.shadowed();
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for place in places(context) {
        for later in place.later() {
            if lost.contains_key(&later.door.span) || said.contains(&later.door.span) {
                continue;
            }
            let mut before = place.before(&later).into_iter().filter(|it| it.to != later.to && !lost.contains_key(&it.door.span));
            if let Some((earlier, witness)) = before.find_map(|it| it.together(context, &later).map(|witness| (it, witness))) {
                said.insert(later.door.span);
                found.push(finding(context, &place, &earlier, &later, &witness).plots(plots(context, &place, &earlier, &later)));
            }
        }
    }
}

/// Somebody for whom both open goes through the first.
fn plots(context: &Context<'_>, place: &Place<'_>, earlier: &Exit<'_>, later: &Exit<'_>) -> Vec<Plot> {
    let (to, other) = (context.stage_named(earlier.to), context.stage_named(later.to));
    let claim = Claim::OpensToo { door: earlier.door.span, to, other };
    let stage = place.stage.or_else(|| place.is_anywhere.then(|| somewhere(context, earlier, later)).flatten());
    let arrives = Visit::of(earlier.to);
    let arrives = later.door.when.iter().fold(arrives, Visit::holds);
    let paths = match stage {
        Some(stage) => context
            .paths_to(stage)
            .into_iter()
            .filter_map(|mut path| {
                path.push(context.step_by(stage, earlier.door.span)?);
                Some(path)
            })
            .collect(),
        None => context.step_in(earlier.to, earlier.door.span).map(|step| vec![vec![step]]).unwrap_or_default(),
    };
    paths.iter().flat_map(|path| context.plots_with(path, std::slice::from_ref(&arrives), [claim.clone()])).collect()
}

/// A stage that is neither of the two that the doors lead to: doors from anywhere lead out of it.
fn somewhere(context: &Context<'_>, earlier: &Exit<'_>, later: &Exit<'_>) -> Option<StageId> {
    let funnel = context.model.stages[earlier.to].funnel;
    let mut stages = context.live.nodes().iter().filter_map(|node| context.graph.stage_of(*node));
    stages.find(|id| {
        let stage = &context.model.stages[*id];
        stage.funnel == funnel && !stage.is_final && *id != earlier.to && *id != later.to
    })
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
