//! What comes round again and again by itself, and what is wrong with it.
//!
//! One search finds every lap; its class decides which check speaks of it. A lap is found once: what takes no time before
//! what takes time, and no later one that touches an earlier one's stages.

use super::super::{
    context::Context,
    rehearsal::{Finding, Mode, Start, Stop, What, World, rehearse, stages_of},
};
use crate::{
    graph::mentions,
    model::{AttributeId, Condition, EventId, FunnelId, MessageId, StageId, Start as Begins},
    source::Span,
};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of lap it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// F401: doors alone, in no time.
    Doors,
    /// F402: what one funnel does, in no time.
    Ours,
    /// F802: what several funnels do, in no time.
    Across,
    /// F403: with a message, too fast.
    TooFast,
    /// F404: with a message, for ever.
    Endless,
    /// F409: one attribute set to and fro.
    Undoing,
    /// F801: the same, by several funnels.
    Rivals,
    /// F410: coming in again and again.
    Storm,
    /// F412: nothing, for this reason.
    Harmless(Reason),
}

/// Why a lap harms nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A stage on it can be entered only so often.
    Visits(StageId),
    /// The funnel is left after a while.
    Deadline(Span),
    /// Nothing is sent on it.
    Silent,
}

/// A lap and its class.
#[derive(Clone, Debug)]
pub struct Verdict<'m> {
    pub class: Class,
    pub lap: Finding<'m>,
    /// The stages it goes through or whose plays it needs, in order, each once.
    pub stages: Vec<StageId>,
    /// What goes out on it.
    pub sends: Vec<(MessageId, Span)>,
}

/// So many steps are taken for the stages of one part, and for each of them.
const STEPS_MIN: usize = 30_000;
const STEPS_PER_STAGE: usize = 40;

impl<'m> Context<'m> {
    /// What comes round by itself, by the place of its first stage.
    pub fn laps(&self) -> &[Verdict<'m>] {
        self.laps.get_or_init(|| find(self))
    }

    /// The laps of one class.
    pub fn laps_of(&self, class: Class) -> impl Iterator<Item = &Verdict<'m>> {
        self.laps().iter().filter(move |verdict| verdict.class == class)
    }
}

fn find<'m>(context: &Context<'m>) -> Vec<Verdict<'m>> {
    let world = World::new(context);
    let mut starts: Vec<Start> = Vec::new();
    for stage in context.reached_stages() {
        starts.push(Start::Stage(stage));
        for (at, nurture) in context.model.stages[stage].nurtures.iter().enumerate() {
            if let Begins::EachTime(when) = &nurture.start
                && world.may_trigger(when)
            {
                starts.push(Start::Play(stage, at));
            }
        }
    }
    starts.sort_by_key(|start| context.place(start.stage()));
    let mut modes = vec![Mode::Instant, Mode::Silent];
    if world.asks_for_reactions() {
        modes.push(Mode::Scanner);
    }
    let mut verdicts: Vec<Verdict<'m>> = Vec::new();
    let mut unsure: Vec<Verdict<'m>> = Vec::new();
    let mut covered: BTreeSet<StageId> = BTreeSet::new();
    for mode in modes {
        let mut budgets = budgets(context, &world);
        for start in &starts {
            if covered.contains(&start.stage()) || (matches!(start, Start::Stage(_)) && world.part(start.stage()) == 0) {
                continue;
            }
            let Some(left) = budgets.get_mut(&world.part(start.stage())) else { continue };
            let found = rehearse(&world, *start, mode, left, &|stage| covered.contains(&stage));
            let mut judged = found.into_iter().filter_map(|lap| judge(context, lap, mode)).collect::<Vec<_>>();
            judged.sort_by_key(|verdict| (!verdict.lap.sure, rank(verdict.class)));
            let Some(verdict) = judged.into_iter().next() else { continue };
            if !verdict.lap.sure {
                unsure.push(verdict);
                continue;
            }
            if !matches!(verdict.class, Class::Harmless(_)) {
                covered.extend(verdict.stages.iter().copied());
            }
            verdicts.push(verdict);
        }
    }
    for verdict in unsure {
        if !verdict.stages.iter().any(|stage| covered.contains(stage)) {
            covered.extend(verdict.stages.iter().copied());
            verdicts.push(verdict);
        }
    }
    verdicts.sort_by_key(|verdict| verdict.stages.iter().map(|id| context.place(*id)).min());
    verdicts
}

fn budgets(context: &Context<'_>, world: &World<'_, '_>) -> BTreeMap<usize, usize> {
    let mut budgets = BTreeMap::new();
    for stage in context.reached_stages() {
        *budgets.entry(world.part(stage)).or_insert(STEPS_MIN) += STEPS_PER_STAGE;
    }
    budgets
}

fn rank(class: Class) -> u8 {
    match class {
        Class::Doors => 0,
        Class::Ours => 1,
        Class::Across => 2,
        Class::TooFast => 3,
        Class::Endless => 4,
        Class::Storm => 5,
        Class::Rivals => 6,
        Class::Undoing => 7,
        Class::Harmless(_) => 8,
    }
}

/// What a lap is; nothing where it is another one's business.
fn judge<'m>(context: &Context<'m>, lap: Finding<'m>, mode: Mode) -> Option<Verdict<'m>> {
    let mut stages: Vec<StageId> = stages_of(&lap.lap).collect();
    let mut seen = BTreeSet::new();
    stages.retain(|stage| seen.insert(*stage));
    let sends: Vec<(MessageId, Span)> = lap
        .lap
        .iter()
        .filter_map(|moment| match moment.what {
            What::Sends { message, step } => Some((message, step.span)),
            _ => None,
        })
        .collect();
    let class = match lap.how {
        Stop::Looping(_) | Stop::Cascade => in_no_time(context, &lap, !sends.is_empty()),
        Stop::Returned => {
            let class = in_time(context, &lap, mode, !sends.is_empty())?;
            // A warning is given only where all of it is known.
            if !lap.sure && class != Class::TooFast {
                return None;
            }
            class
        }
        Stop::Budget | Stop::Counted | Stop::Gone => return None,
    };
    (!stages.is_empty()).then_some(Verdict { class, lap, stages, sends })
}

fn in_no_time(context: &Context<'_>, lap: &Finding<'_>, sends: bool) -> Class {
    let funnels: BTreeSet<FunnelId> = stages_of(&lap.lap).map(|stage| context.model.stages[stage].funnel).collect();
    if funnels.len() > 1 {
        return Class::Across;
    }
    let events: BTreeSet<EventId> = lap.lap.iter().filter_map(|moment| event_of(&moment.what)).collect();
    if sends && events.iter().any(|event| context.model.events[*event].about_message) {
        return Class::TooFast;
    }
    let sets: BTreeSet<AttributeId> = sets_of(lap).keys().copied().collect();
    let conditions = lap.lap.iter().filter_map(|moment| condition_of(&moment.what));
    let by_set = conditions.into_iter().any(|when| mentions(context.model, when, &|id| sets.contains(&id)));
    if by_set || !events.is_empty() || comes_again(lap) { Class::Ours } else { Class::Doors }
}

fn in_time(context: &Context<'_>, lap: &Finding<'_>, mode: Mode, sends: bool) -> Option<Class> {
    let too_fast = lap.ms < context.settings.lap_ms_min;
    if mode == Mode::Scanner {
        return (sends && too_fast && bound(context, lap).is_none()).then_some(Class::TooFast);
    }
    if let Some(reason) = bound(context, lap) {
        return Some(Class::Harmless(reason));
    }
    Some(match sends {
        true if too_fast => Class::TooFast,
        true => Class::Endless,
        false => {
            let toggled = sets_of(lap).values().any(|set| set.len() > 1);
            let funnels: BTreeSet<FunnelId> = stages_of(&lap.lap).map(|stage| context.model.stages[stage].funnel).collect();
            match toggled {
                true if funnels.len() > 1 => Class::Rivals,
                true => Class::Undoing,
                false if comes_again(lap) => Class::Storm,
                false => Class::Harmless(Reason::Silent),
            }
        }
    })
}

/// Whether the funnel is left and entered again on a lap.
fn comes_again(lap: &Finding<'_>) -> bool {
    lap.lap.iter().any(|moment| matches!(moment.what, What::Leaves { .. } | What::Ends { .. } | What::Enters { restart: true, .. }))
}

/// The values that attributes are set to on a lap, as written.
pub fn sets_of(lap: &Finding<'_>) -> BTreeMap<AttributeId, Vec<(String, Span)>> {
    let mut sets: BTreeMap<AttributeId, Vec<(String, Span)>> = BTreeMap::new();
    for moment in &lap.lap {
        if let What::Sets { attribute, worth, step } = &moment.what {
            let worth = format!("{worth:?}");
            let known = sets.entry(*attribute).or_default();
            if !known.iter().any(|(other, _)| *other == worth) {
                known.push((worth, step.span));
            }
        }
    }
    sets
}

/// What bounds a lap that would otherwise go on for ever.
fn bound(context: &Context<'_>, lap: &Finding<'_>) -> Option<Reason> {
    let model = context.model;
    let left: BTreeSet<FunnelId> = lap
        .lap
        .iter()
        .filter(|moment| matches!(moment.what, What::Leaves { .. } | What::Ends { .. } | What::Enters { restart: true, .. }))
        .map(|moment| moment.funnel)
        .collect();
    for moment in lap.lap.iter().filter(|moment| !left.contains(&moment.funnel)) {
        if let What::Enters { stage, .. } = moment.what
            && model.stages[stage].visits_at_most.is_some()
        {
            return Some(Reason::Visits(stage));
        }
        let deadline = model.funnels[moment.funnel].leaves.iter().find(|leave| leave.after.is_some() && leave.when.is_none());
        if let Some(leave) = deadline {
            return Some(Reason::Deadline(leave.span));
        }
    }
    None
}

/// The event by which something comes about.
pub fn event_of(what: &What<'_>) -> Option<EventId> {
    match what {
        What::Enters { event, .. } | What::Leaves { event, .. } | What::Begins { event, .. } => *event,
        What::Ends { .. } | What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
    }
}

/// The condition by which somebody moves.
pub fn condition_of<'m>(what: &What<'m>) -> Option<&'m Condition> {
    match what {
        What::Enters { door, .. } => door.when.as_ref(),
        What::Leaves { leave, .. } => leave.when.as_ref(),
        What::Ends { .. } | What::Begins { .. } | What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
    }
}
