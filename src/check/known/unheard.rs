//! What cannot have happened before anybody comes to a stage for the first time.
//!
//! An event of ours is not known on arrival if it is recorded only in stages from which nobody comes here later, the stage
//! itself among them; nor is an answer to a message that only such stages send. Other funnels, and other keys of this one,
//! may have done anything.

use super::{super::context::Context, trap_known};
use crate::{
    facts::Known,
    graph::{EdgeId, Node, NodeId, Way},
    model::{Condition, EventId, Keeper, MessageId, Reentry, StageId, Step, StepKind},
};

/// What is known on arrival at a stage, as far as a condition asks for it.
pub fn on_arrival(context: &Context<'_>, stage: StageId, when: &Condition) -> Vec<Known> {
    let boxes = context.facts.on_arrival(stage);
    let model = context.model;
    let funnel = model.stages[stage].funnel;
    if model.funnels[funnel].key.is_some() {
        return boxes.to_vec();
    }
    let earlier = earlier(context, stage);
    let is_later = |other: StageId| model.stages[other].funnel == funnel && !earlier[context.graph.stage(other).index()];
    let unheard = |event: EventId, message: Option<MessageId>| {
        let it = &model.events[event];
        let is_ours = it.keeper == Keeper::Ours;
        if !is_ours && !it.about_message {
            return false;
        }
        let does = |step: &Step| match &step.kind {
            StepKind::Record { event: recorded, .. } => is_ours && *recorded == Some(event),
            StepKind::Send { message: sent, .. } => !is_ours && (message.is_none() || *sent == message),
            StepKind::Act { .. }
            | StepKind::Wait(_)
            | StepKind::If { .. }
            | StepKind::Split(_)
            | StepKind::Repeat(_)
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Stop => false,
        };
        context.reached_stages().all(|other| is_later(other) || !does_any(context, other, &does))
    };
    context.facts.before_any(boxes, when, &unheard)
}

fn does_any(context: &Context<'_>, stage: StageId, does: &dyn Fn(&Step) -> bool) -> bool {
    let mut found = false;
    for nurture in &context.model.stages[stage].nurtures {
        Step::each(&nurture.steps, &mut |step| found |= does(step));
    }
    found
}

/// The stages in which somebody may have been before coming to a stage, itself if people can come back to it.
fn earlier(context: &Context<'_>, stage: StageId) -> Vec<bool> {
    let graph = &context.graph;
    let here = graph.stage(stage);
    let for_ever = |node: NodeId| match graph.node(node) {
        Node::Outside(funnel) => matches!(context.model.funnels[funnel].reentry, Some(Reentry::Never)),
        Node::Stage(_) | Node::Anywhere(_) | Node::Restart(_) => false,
    };
    let take = |id: EdgeId| !for_ever(graph.edge(id).to) && trap_known::is_possible(context, id);
    let mut earlier = graph.leads_to([here], |id| take(id) && graph.edge(id).from != here);
    let comes_back = graph.steps_from(here).any(|id| {
        let edge = graph.edge(id);
        edge.way != Way::Join && take(id) && earlier[edge.to.index()]
    });
    earlier[here.index()] = comes_back;
    earlier
}
