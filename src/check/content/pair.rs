//! Stories of two sends: somebody comes by both and does nothing more.

use super::super::{context::Context, plot::Visit};
use crate::{
    diag::{Claim, Plot},
    graph::{EdgeId, Step, Way},
    model::StageId,
    source::Span,
};

/// How many stages with one step are tried.
const STAGES_MAX: usize = 3;

/// Ways in which somebody comes by both of two steps, in one stage, or in a later one that timers lead to.
pub fn comes_by_both(context: &Context<'_>, first: Span, second: Span, claim: &Claim) -> Vec<Plot> {
    let mut plots = Vec::new();
    for from in context.stages_with(first).iter().take(STAGES_MAX) {
        let later = context.stages_with(second);
        let here = later.contains(from);
        let to = if here { Some(*from) } else { later.first().copied() };
        let Some((to, behind)) = to.and_then(|to| Some((to, if here { Vec::new() } else { by_timers(context, *from, to)? }))) else {
            continue;
        };
        for mut path in context.paths_to(*from) {
            path.extend(&behind);
            plots.extend(context.plots_with(&path, &[Visit::to(*from, first), Visit::to(to, second)], [claim.clone()]));
        }
    }
    plots
}

/// The doors by which time alone leads from one stage to another.
fn by_timers(context: &Context<'_>, from: StageId, to: StageId) -> Option<Vec<Step>> {
    let graph = &context.graph;
    let take = |id: EdgeId| match graph.edge(id).way {
        Way::Door(door) => door.after.is_some() && door.when.is_none() && context.is_open(id),
        Way::Join => true,
        Way::Leave(_) | Way::Restart(_) | Way::End => false,
    };
    let reach = graph.reach([graph.stage(from)], take);
    reach.contains(graph.stage(to)).then(|| reach.path(graph, graph.stage(to)))
}
