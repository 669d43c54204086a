//! What can still be sent once an event has happened, and where one goes with it.
//!
//! Each place is looked at for three kinds of contacts: those for whom the event has not happened, those for whom it has
//! happened in this visit, and those for whom it had before. Whoever an event surely takes out of a stage is not there
//! any more; whom a condition turns away that asks for the event is left out by the solver.
//! An event that funnels alone record happens where one of them does so: in the stages that a step stands in, and in those
//! that one may have gone on to in that instant; anywhere, where another funnel records it.
//! Readings: the event that opens the run counts. A funnel with a key hears of a contact's events only those of each run, so
//! over all runs every one of its messages may come after the event.

use super::{
    points::Setting,
    route::{Hop, Routes},
    stays::{may_be_full, moved_by},
};
use crate::{
    check::context::Context,
    logic::{Moment, Question},
    model::{
        Condition, ConditionKind, EventId, EventTest, FunnelId, Keeper, MessageId, Model, Nurture, Reentry, Repeat, StageId, Start, Step,
        StepKind, Wait, WaitArm, Window, WindowKind,
    },
    source::Span,
};
use std::collections::BTreeSet;

/// As many doors are asked about together.
const TOGETHER_MAX: usize = 16;

/// For whom a place is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Who {
    /// The event has not happened.
    before: bool,
    /// It has, in this visit.
    here: bool,
    /// It had when the stage was entered.
    earlier: bool,
}

impl Who {
    fn or(self, other: Self) -> Self {
        Self { before: self.before || other.before, here: self.here || other.here, earlier: self.earlier || other.earlier }
    }

    fn is_nobody(self) -> bool {
        self == Self::default()
    }

    fn is_after(self) -> bool {
        self.here || self.earlier
    }
}

/// A send that may come after the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LateSend {
    pub stage: StageId,
    pub step: Span,
}

/// The event, in the forms that are asked about.
pub struct Since<'c, 'm> {
    context: &'c Context<'m>,
    setting: Setting<'c, 'm>,
    routes: &'c Routes<'m>,
    test: &'c EventTest,
    happens: Condition,
    ever: Condition,
    in_visit: Condition,
    /// Whether it comes from outside alone, so that nothing of ours brings it about in the middle of an instant.
    from_outside: bool,
    /// Where it is recorded, if funnels alone do so.
    recorded: Option<Recorded>,
}

/// The steps that record an event, and where it is heard of then.
struct Recorded {
    steps: Vec<(StageId, Span)>,
    /// The stages in which one may be when a stage that one has left has recorded it.
    behind: BTreeSet<StageId>,
    funnels: BTreeSet<FunnelId>,
}

impl Recorded {
    fn new(context: &Context<'_>, routes: &Routes<'_>, event: EventId) -> Self {
        let model = context.model;
        let mut steps = Vec::new();
        for id in model.stages.ids().filter(|id| routes.is_reached(*id)) {
            for nurture in &model.stages[id].nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    let records = matches!(step.kind, StepKind::Record { event: Some(it), .. } if it == event);
                    if records && context.facts.sites().steps.contains(&step.span) {
                        steps.push((id, step.span));
                    }
                });
            }
        }
        let funnels = steps.iter().map(|(stage, _)| model.stages[*stage].funnel).collect();
        let mut behind: BTreeSet<StageId> = BTreeSet::new();
        let mut open: Vec<StageId> = steps.iter().map(|(stage, _)| *stage).collect();
        while let Some(at) = open.pop() {
            let funnel = model.stages[at].funnel;
            for hop in routes.from(at) {
                let next: Vec<StageId> = match hop.to.or(hop.anew) {
                    Some(next) => vec![next],
                    None if matches!(model.funnels[funnel].reentry, None | Some(Reentry::Never)) => Vec::new(),
                    None => routes.entering(funnel).iter().filter_map(|hop| hop.to).collect(),
                };
                open.extend(next.into_iter().filter(|next| behind.insert(*next)));
            }
        }
        Self { steps, behind, funnels }
    }

    /// Whether others than one run of a funnel record it.
    fn is_foreign(&self, model: &Model, funnel: FunnelId) -> bool {
        self.funnels.iter().any(|it| *it != funnel || model.funnels[funnel].key.is_some())
    }
}

impl<'c, 'm> Since<'c, 'm> {
    pub fn new(context: &'c Context<'m>, setting: Setting<'c, 'm>, routes: &'c Routes<'m>, test: &'c EventTest) -> Self {
        let had = |window: Option<Window>| Condition {
            span: test.span,
            kind: ConditionKind::Had { negated: false, event: test.clone(), window },
        };
        let from_outside = test.event.is_some_and(|event| context.model.events[event].keeper == Keeper::Anyone);
        let is_ours = |event: &EventId| context.model.events[*event].keeper == Keeper::Ours;
        let recorded = test.event.filter(is_ours).map(|event| Recorded::new(context, routes, event));
        Self {
            context,
            setting,
            routes,
            test,
            recorded,
            happens: Condition { span: test.span, kind: ConditionKind::Event(test.clone()) },
            ever: had(None),
            in_visit: had(Some(Window { span: test.span, kind: WindowKind::SinceEntering })),
            from_outside,
        }
    }

    /// Whether a condition can hold (or fail) at the instant at which the event happens.
    fn with_event(&self, when: &Condition, holds: bool) -> bool {
        let question = Question::new().holds(&self.happens);
        let question = if holds { question.holds(when) } else { question.fails(when) };
        let question = match self.test.event {
            Some(event) => question.at(Moment::Event(event)),
            None => question,
        };
        self.context.solver.can_be(&question)
    }

    /// For whom of these a condition can hold (or fail).
    fn asked(&self, who: Who, when: &Condition, holds: bool, moment: Moment) -> Who {
        let can = |known: &Condition| {
            let question = Question::new().holds(known);
            let question = if holds { question.holds(when) } else { question.fails(when) };
            self.context.solver.can_be(&question.at(moment))
        };
        Who { before: who.before, here: who.here && can(&self.in_visit), earlier: who.earlier && can(&self.ever) }
    }

    /// Whether everybody is taken out of a stage by the event.
    fn takes_out(&self, stage: StageId) -> bool {
        self.from_outside && moved_by(self.context, self.routes, stage, self.test).is_some()
    }

    /// Whether a hop can be taken by the event. One that asks for nothing opens by its timer alone.
    fn opens(&self, hop: &Hop<'_>) -> bool {
        hop.when().is_some_and(|when| self.with_event(when, true))
    }

    /// Whether a condition holds for nobody to whom the event has not happened, now or before.
    pub fn is_needed(&self, when: &Condition) -> bool {
        !self.context.solver.can_be(&Question::new().holds(when).fails(&self.happens).fails(&self.ever))
    }

    /// Whether the event may happen to somebody in a stage.
    fn may_come(&self, stage: StageId) -> bool {
        self.recorded.as_ref().is_none_or(|it| {
            let funnel = self.context.model.stages[stage].funnel;
            it.is_foreign(self.context.model, funnel) || it.behind.contains(&stage) || it.steps.iter().any(|(at, _)| *at == stage)
        })
    }

    /// Whether it may happen there otherwise than by a step of a play that begins once in a visit, when that is taken.
    fn may_come_beside(&self, stage: StageId, nurture: &Nurture) -> bool {
        let Some(it) = &self.recorded else { return true };
        let mut own = BTreeSet::new();
        if !matches!(nurture.start, Start::EachTime(_)) {
            Step::each(&nurture.steps, &mut |step| {
                own.insert(step.span);
            });
        }
        let funnel = self.context.model.stages[stage].funnel;
        it.is_foreign(self.context.model, funnel)
            || it.behind.contains(&stage)
            || it.steps.iter().any(|(at, step)| *at == stage && !own.contains(step))
    }

    /// Whether it may have happened before a first run of a funnel, or before one that is not the first.
    fn may_have_come(&self, funnel: FunnelId) -> bool {
        let model = self.context.model;
        let again = !matches!(model.funnels[funnel].reentry, None | Some(Reentry::Never));
        self.recorded.as_ref().is_none_or(|it| again || it.is_foreign(model, funnel))
    }

    /// Whether each run hears of events of its own, so that nothing is known of those of others.
    fn is_deaf(&self, funnel: FunnelId, whole_life: bool) -> bool {
        whole_life && self.context.model.funnels[funnel].key.is_some()
    }

    /// Where one goes by the event from a stage, if one does; and whether one may stay.
    pub fn moves<'r>(&'r self, stage: StageId) -> (impl Iterator<Item = &'r Hop<'m>>, bool) {
        let stays = !self.takes_out(stage);
        (self.routes.from(stage).iter().filter(|hop| self.opens(hop)), stays)
    }

    /// The ways in by the event.
    pub fn ways_in<'r>(&'r self, funnel: FunnelId) -> impl Iterator<Item = &'r Hop<'m>> {
        self.routes.entering(funnel).iter().filter(|hop| self.opens(hop))
    }

    /// Whether somebody may come to a stage for whom the event has happened, in their life.
    pub fn is_reached_after(&self, stage: StageId) -> bool {
        let funnel = self.context.model.stages[stage].funnel;
        let first = self.context.model.funnels[funnel].stages.first().map_or(0, |id| id.index());
        let arrivals = self.arrivals(funnel, true);
        self.is_deaf(funnel, true) || arrivals.get(stage.index().saturating_sub(first)).is_none_or(|who| who.is_after())
    }

    /// Whether the event surely takes everybody in who is outside of a funnel, where they may come in at all.
    pub fn lets_in(&self, funnel: FunnelId) -> bool {
        let model = self.context.model;
        let is_plain = |hop: &&Hop<'_>| hop.after().is_none() && hop.to.is_some_and(|to| !may_be_full(model, self.routes, to));
        let doors = self.routes.entering(funnel).iter().filter(is_plain).filter_map(|hop| hop.when()).take(TOGETHER_MAX);
        let question = doors.fold(Question::new().holds(&self.happens), Question::fails);
        let question = self.test.event.map_or(question.clone(), |event| question.at(Moment::Event(event)));
        self.from_outside && !self.context.solver.can_be(&question)
    }

    /// Who comes to each stage of a funnel in a run, or in the life of a contact.
    fn arrivals(&self, funnel: FunnelId, whole_life: bool) -> Vec<Who> {
        let stages = &self.context.model.funnels[funnel].stages;
        let first = stages.first().map_or(0, |id| id.index());
        let mut entry = vec![Who::default(); stages.len()];
        let mut queue: BTreeSet<StageId> = BTreeSet::new();
        let arrive = |to: StageId, who: Who, entry: &mut Vec<Who>, queue: &mut BTreeSet<StageId>| {
            let Some(known) = entry.get_mut(to.index().saturating_sub(first)) else { return };
            let both = known.or(who);
            if both != *known && self.routes.is_reached(to) {
                *known = both;
                queue.insert(to);
            }
        };
        for hop in self.routes.entering(funnel) {
            let Some(to) = hop.to else { continue };
            let later = whole_life
                && self.may_have_come(funnel)
                && hop.when().is_none_or(|when| self.asked(Who { earlier: true, ..Who::default() }, when, true, Moment::Any).earlier);
            arrive(to, Who { before: true, here: false, earlier: later || self.opens(hop) }, &mut entry, &mut queue);
        }
        while let Some(stage) = queue.pop_first() {
            let who = entry.get(stage.index().saturating_sub(first)).copied().unwrap_or_default();
            let comes = who.before && self.may_come(stage);
            let stays = !self.takes_out(stage);
            for hop in self.routes.from(stage) {
                let Some(to) = hop.to.or(hop.anew.filter(|_| whole_life)) else { continue };
                let all = Who { here: comes && stays, ..who };
                let passed = hop.when().map_or(all, |when| self.asked(all, when, true, Moment::Any));
                let by_event = comes && self.opens(hop);
                arrive(to, Who { before: who.before, here: false, earlier: passed.is_after() || by_event }, &mut entry, &mut queue);
            }
        }
        entry
    }

    /// The sends that may come after the event in a run, or in the life of a contact.
    pub fn sends(&self, funnel: FunnelId, counts: &dyn Fn(MessageId) -> bool, whole_life: bool) -> Vec<LateSend> {
        let model = self.context.model;
        let deaf = self.is_deaf(funnel, whole_life);
        let mut found = Vec::new();
        for (stage, who) in model.funnels[funnel].stages.iter().zip(self.arrivals(funnel, whole_life)).filter(|(_, who)| !who.is_nobody()) {
            let stays = !self.takes_out(*stage);
            for nurture in &model.stages[*stage].nurtures {
                if deaf {
                    Step::each(&nurture.steps, &mut |step| {
                        let sends = matches!(step.kind, StepKind::Send { message: Some(message), .. } if counts(message));
                        let is_taken = self.setting.facts.sites().steps.contains(&step.span);
                        if sends && is_taken && self.setting.may_send(step) {
                            found.push(LateSend { stage: *stage, step: step.span });
                        }
                    });
                    continue;
                }
                let beside = self.may_come_beside(*stage, nurture);
                let mut walk = Walk { since: self, counts, stays, beside, stage: *stage, found: Vec::new() };
                walk.nurture(nurture, who);
                found.extend(walk.found);
            }
        }
        found
    }
}

/// One stage, gone through.
struct Walk<'s, 'c, 'm> {
    since: &'s Since<'c, 'm>,
    counts: &'s dyn Fn(MessageId) -> bool,
    /// Whether one may stay in the stage when the event happens.
    stays: bool,
    /// Whether it may happen while time passes.
    beside: bool,
    stage: StageId,
    found: Vec<LateSend>,
}

impl Walk<'_, '_, '_> {
    /// Time passes, in which the event may happen.
    fn pass(&self, who: Who) -> Who {
        Who { here: who.here || (who.before && self.stays && self.beside), ..who }
    }

    fn nurture(&mut self, nurture: &Nurture, entry: Who) {
        let who = match &nurture.start {
            Start::Entry => entry,
            Start::When(when) | Start::EachTime(when) => {
                if !self.since.setting.may_hold(when) {
                    return;
                }
                self.since.asked(self.pass(entry), when, true, Moment::Any)
            }
        };
        self.steps(&nurture.steps, who);
    }

    fn steps(&mut self, steps: &[Step], who: Who) -> Who {
        steps.iter().fold(who, |who, step| if who.is_nobody() { who } else { self.step(step, who) })
    }

    fn step(&mut self, step: &Step, who: Who) -> Who {
        if !self.since.setting.facts.sites().steps.contains(&step.span) {
            return Who::default();
        }
        match &step.kind {
            StepKind::Send { message: Some(message), .. } => {
                let model = self.since.context.model;
                let it = &model.messages[*message];
                let may_be_held = !it.transactional && it.channel.is_some_and(|channel| !model.channels[channel].quiet.is_empty());
                let who = if may_be_held { self.pass(who) } else { who };
                if (self.counts)(*message) && who.is_after() && self.since.setting.may_send(step) {
                    self.found.push(LateSend { stage: self.stage, step: step.span });
                }
                who
            }
            StepKind::Wait(Wait::Until { when, .. }) => self.arms(&[], Some(when), &[], who),
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => self.arms(arms, None, otherwise, who),
            StepKind::Wait(_) => self.pass(who),
            StepKind::If { branches, otherwise, .. } => {
                let mut rest = who;
                let mut out = Who::default();
                for branch in branches {
                    let into = if self.since.setting.may_hold(&branch.when) {
                        self.since.asked(rest, &branch.when, true, Moment::Quiet)
                    } else {
                        Who::default()
                    };
                    out = out.or(self.steps(&branch.steps, into));
                    rest = self.since.asked(rest, &branch.when, false, Moment::Quiet);
                }
                out.or(self.steps(otherwise, rest))
            }
            StepKind::Split(split) => split.arms.iter().fold(Who::default(), |out, arm| out.or(self.steps(&arm.steps, who))),
            StepKind::Repeat(repeat) => self.repeat(repeat, who),
            StepKind::Record { event, .. } if *event == self.since.test.event => Who { here: true, ..who },
            StepKind::Stop => Who::default(),
            StepKind::Send { message: None, .. }
            | StepKind::Act { .. }
            | StepKind::Set { .. }
            | StepKind::Add { .. }
            | StepKind::Remove { .. }
            | StepKind::Record { .. } => who,
        }
    }

    /// A wait with arms, or until something (which goes on behind it either way).
    fn arms(&mut self, arms: &[WaitArm], until: Option<&Condition>, otherwise: &[Step], who: Who) -> Who {
        let since = self.since;
        let all: Vec<&Condition> = arms.iter().map(|arm| &arm.when).chain(until).collect();
        // Whether the event surely ends the wait.
        let question = all.iter().fold(Question::new().holds(&since.happens), |question, when| question.fails(when));
        let question = since.test.event.map_or(question.clone(), |event| question.at(Moment::Event(event)));
        let ends = since.from_outside && !all.is_empty() && !since.context.solver.can_be(&question);
        let waiting = if ends { who } else { self.pass(who) };
        let mut out = Who::default();
        for arm in arms.iter().filter(|arm| since.setting.may_hold(&arm.when)) {
            let by_event = who.before && self.stays && self.beside && since.with_event(&arm.when, true);
            let into = since.asked(waiting, &arm.when, true, Moment::Any);
            out = out.or(self.steps(&arm.steps, Who { here: into.here || by_event, ..into }));
        }
        if until.is_some() {
            return self.pass(who);
        }
        out.or(self.steps(otherwise, waiting))
    }

    fn repeat(&mut self, repeat: &Repeat, who: Who) -> Who {
        let mut out = Who::default();
        let mut head = who;
        // Each round only adds kinds of contacts, so four say all.
        for _ in 0..repeat.times.min(4) {
            let begins = match &repeat.until {
                Some(until) => {
                    out = out.or(self.since.asked(head, until, true, Moment::Quiet));
                    self.since.asked(head, until, false, Moment::Quiet)
                }
                None => head,
            };
            let end = self.steps(&repeat.steps, begins);
            out = out.or(end);
            head = head.or(self.pass(end));
        }
        out
    }
}
