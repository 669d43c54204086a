//! F404: a lap with a send that timers alone drive, for ever.

use super::{
    super::context::{Context, listed},
    instant_lap,
};
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    graph::{Node, NodeId, Pace, Search, Step, Timeline, Way, door_pace, mentions, timeline},
    logic::Question,
    model::{Condition, FunnelId, MessageId, Reentry, StageId},
    source::Span,
    units::Duration,
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::warning("F404", "somebody who never reacts is written to for ever");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let graph = &context.graph;
    let in_no_time: BTreeSet<NodeId> = instant_lap::laps(context).iter().flatten().map(|step| step.at).collect();
    let paces: Vec<Option<Pace>> = graph.edges().map(|(id, edge)| if context.is_open(id) { pace(context, &edge) } else { None }).collect();
    let take = |id: crate::graph::EdgeId| paces[id.index()].is_some() && !in_no_time.contains(&graph.edge(id).from);
    let timelines: Vec<Vec<Timeline>> =
        context.model.stages.values().map(|stage| stage.nurtures.iter().map(|it| timeline(context.model, it)).collect()).collect();
    let laps = Laps { context, paces: &paces, timelines: &timelines };
    for component in graph.components(take) {
        if !graph.goes_round(&component, &take) {
            continue;
        }
        let starts: Vec<NodeId> =
            component.iter().copied().filter(|node| graph.stage_of(*node).is_some_and(|id| laps.may_send(id))).collect();
        let search = Search { take: &take, accept: &|lap, whole| laps.goes_on(lap, whole) };
        if let Some(lap) = graph.lap(&component, &starts, &search) {
            found.push(laps.finding(&lap));
        }
    }
}

/// How an edge opens by itself; from outside only where people may come again.
fn pace(context: &Context<'_>, edge: &crate::graph::Edge<'_>) -> Option<Pace> {
    let pace = door_pace(&context.graph, edge)?;
    let reentry = |id: FunnelId| context.model.funnels[id].reentry.as_ref();
    match context.graph.node(edge.from) {
        Node::Outside(id) => match reentry(id)? {
            Reentry::Never => None,
            Reentry::AfterLeaving | Reentry::RestartFrom(_) | Reentry::AfterStartingMs(_) => Some(pace),
            Reentry::AfterLeavingMs(ms) => Some(Pace { ms: pace.ms.max(*ms), ..pace }),
        },
        // A restart that nothing holds back is another finding's business.
        Node::Restart(_) => (pace.ms > 0).then_some(pace),
        Node::Stage(_) | Node::Anywhere(_) => Some(pace),
    }
}

/// Laps and what is sent on them.
struct Laps<'a, 'm> {
    context: &'a Context<'m>,
    paces: &'a [Option<Pace>],
    timelines: &'a [Vec<Timeline>],
}

impl Laps<'_, '_> {
    fn may_send(&self, id: StageId) -> bool {
        self.timelines[id.index()].iter().any(|it| !it.sends.is_empty())
    }

    fn pace(&self, step: Step) -> Pace {
        self.paces[step.edge.index()].unwrap_or(Pace { ms: 0, inclusive: false, rough: false })
    }

    /// What is sent before a step is taken.
    fn sends(&self, step: Step) -> Vec<(MessageId, Span)> {
        let Some(stage) = self.context.graph.stage_of(step.at) else { return Vec::new() };
        let pace = self.pace(step);
        let in_time = |at: i64| at < pace.ms || (pace.inclusive && at == pace.ms);
        let sends = self.timelines[stage.index()].iter().flat_map(|it| &it.sends);
        sends.filter(|(_, _, at)| in_time(*at)).map(|(message, span, _)| (*message, *span)).collect()
    }

    /// Whether one contact can go on like this; a whole lap takes time, sends something, and nothing counts it.
    fn goes_on(&self, lap: &[Step], whole: bool) -> bool {
        let context = self.context;
        let conditions: Vec<&Condition> = lap.iter().filter_map(|step| self.condition(*step)).collect();
        if !context.solver.can_be(&conditions.iter().copied().fold(Question::new(), Question::holds)) {
            return false;
        }
        if !whole {
            return true;
        }
        let stages: Vec<StageId> = lap.iter().filter_map(|step| context.graph.stage_of(step.at)).collect();
        let same_run =
            lap.iter().all(|step| matches!(context.graph.edge(step.edge).way, Way::Door(_)) && context.graph.stage_of(step.at).is_some());
        let bounded = same_run && stages.iter().any(|id| context.model.stages[*id].visits_at_most.is_some());
        let sets: BTreeSet<_> = stages.iter().flat_map(|id| &self.timelines[id.index()]).flat_map(|it| it.sets.iter().copied()).collect();
        let counted = conditions.iter().any(|it| mentions(context.model, it, &|attribute| sets.contains(&attribute)));
        let takes_time = lap.iter().any(|step| self.pace(*step).ms > 0);
        takes_time && !bounded && !counted && lap.iter().any(|step| !self.sends(*step).is_empty())
    }

    fn condition(&self, step: Step) -> Option<&Condition> {
        match self.context.graph.edge(step.edge).way {
            Way::Door(door) | Way::Restart(door) => door.when.as_ref(),
            Way::Leave(leave) => leave.when.as_ref(),
            Way::End | Way::Join => None,
        }
    }

    /// How long a lap takes.
    fn period(&self, lap: &[Step]) -> String {
        let sum = lap.iter().fold(0_i64, |sum, step| sum.saturating_add(self.pace(*step).ms));
        let starting = lap.iter().find_map(|step| match self.context.graph.node(step.at) {
            Node::Outside(id) => match self.context.model.funnels[id].reentry {
                Some(Reentry::AfterStartingMs(ms)) => Some(ms),
                _ => None,
            },
            _ => None,
        });
        Duration::from_milliseconds(sum.max(starting.unwrap_or(0))).to_string()
    }

    fn finding(&self, lap: &[Step]) -> Diagnostic {
        let context = self.context;
        let graph = &context.graph;
        let sends: Vec<(MessageId, Span)> = lap.iter().flat_map(|step| self.sends(*step)).collect();
        let mut names: Vec<String> = Vec::new();
        for (message, _) in &sends {
            let name = format!("`{}`", context.model.messages[*message].name.text);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let stages: Vec<StageId> = lap.iter().filter_map(|step| graph.stage_of(step.at)).collect();
        let named = stages.iter().copied().min_by_key(|id| context.place(*id)).unwrap_or_else(|| unreachable!("a lap has a stage"));
        let mut lap = lap.to_vec();
        let first = lap.iter().position(|step| step.at == graph.stage(named)).unwrap_or(0);
        lap.rotate_left(first);
        let period = self.period(&lap);
        let about = if lap.iter().any(|step| self.pace(*step).rough) { "about " } else { "" };
        let message = format!("somebody who never reacts gets {} {about}every {period}, for ever", listed(&names, "and"));
        let mut finding = Diagnostic::new(CODE, context.place(named), message).at("on a lap that timers alone drive");
        let mut spans: Vec<Span> = sends.iter().map(|(_, span)| *span).collect();
        spans.sort_unstable();
        spans.dedup();
        for span in spans.into_iter().take(6) {
            finding = finding.label(span, "sent on every lap");
        }
        let stem = context.live.path(graph, graph.stage(named));
        for line in context.story(&stem) {
            finding = finding.step(line);
        }
        for line in context.story(&lap) {
            finding = finding.step(format!("on the lap: {line}"));
        }
        let messages = (0..3).flat_map(|_| sends.iter().map(|(message, _)| context.model.messages[*message].name.text.clone())).collect();
        finding = finding.plots(context.plots(&stem, &lap, [Claim::Sends { messages, after: None }]));
        let how_many = if sends.len() == 1 { "1 message".to_owned() } else { format!("{} messages", sends.len()) };
        let finding = finding.note(format!("one lap takes {about}{period} and sends {how_many}; nothing ever ends it"));
        let anew = lap.iter().any(|step| matches!(graph.edge(step.edge).way, Way::Restart(_)));
        let bound = if anew {
            format!("take {} out of `reentry restart from`, or let the door from outside need an event", context.name(named))
        } else if lap.iter().all(|step| graph.stage_of(step.at).is_some()) {
            format!("bound it with `visits at most 3` in {}, or let one of its doors need an event", context.name(named))
        } else {
            "say `reentry never`, or let the door from outside need an event".to_owned()
        };
        finding.help(bound)
    }
}
