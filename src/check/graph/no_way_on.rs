//! F313: a stage with no way on that is neither a goal nor final.

use super::super::context::Context;
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    model::StageId,
};

pub const CODE: Code = Code::warning("F313", "a stage with no way on");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for stage in context.reached_stages().filter(|stage| is_dead_end(context, *stage)) {
        // Where a way on is drawn and never opens, that door has a finding of its own.
        if context.graph.steps_from(context.graph.stage(stage)).next().is_some() {
            continue;
        }
        let name = context.name(stage);
        let node = context.graph.stage(stage);
        let mut finding = Diagnostic::new(CODE, context.place(stage), format!("whoever comes to {name} stays there for ever"))
            .at("no door leads on from here, and nobody leaves");
        let path = context.live.path(&context.graph, node);
        for line in context.story(&path) {
            finding = finding.step(line);
        }
        finding = finding.plots(context.plots(&path, &[], [Claim::Stays { stages: vec![context.stage_named(stage)] }]));
        let finding = finding.note(format!(
            "then nothing more happens: {name} is neither a goal nor final, so reports count these people as still on their way"
        ));
        found.push(finding.help(format!(
            "write `final stage {}` if the journey ends here; else give it a way on, such as `leave after 90 days` or a door `enter from {} …` in another stage",
            context.model.stages[stage].name.text, context.model.stages[stage].name.text
        )));
    }
}

/// Whether a stage that people reach has no way on at all, and is not meant to end the journey.
pub fn is_dead_end(context: &Context<'_>, id: StageId) -> bool {
    let stage = &context.model.stages[id];
    let node = context.graph.stage(id);
    context.is_reached(id) && !stage.goal && !stage.is_final && !context.graph.steps_from(node).any(|edge| context.is_open(edge))
}
