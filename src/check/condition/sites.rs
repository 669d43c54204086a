//! Where conditions stand that somebody may meet.

use super::super::context::{Context, Dead};
use crate::{
    diag::{Diagnostic, Diagnostics},
    logic::Moment,
    model::{Condition, Leave, Nurture, Start, Step, StepKind, Wait},
    source::Span,
};
use std::collections::BTreeMap;

/// What a condition decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Whether a door opens, or a way out.
    Door,
    /// Whether a nurture starts.
    Start,
    /// Which way an `if` takes.
    Branch,
    /// Whether a wait is over.
    Wait,
    /// Whether a repetition ends.
    Until,
    /// Who is in a segment.
    Segment,
}

impl Role {
    /// It in words: "this door never opens".
    pub fn never(self) -> &'static str {
        match self {
            Self::Door => "this never lets anybody through",
            Self::Start => "this nurture never starts",
            Self::Branch => "this branch is never taken",
            Self::Wait => "what is waited for never comes",
            Self::Until => "this never ends the repetition",
            Self::Segment => "nobody is ever in this segment",
        }
    }

    /// It in words: "this branch is always taken".
    pub fn always(self) -> &'static str {
        match self {
            Self::Door => "this lets everybody through",
            Self::Start => "this nurture starts for everybody",
            Self::Branch => "this branch is always taken",
            Self::Wait => "this wait is over at once for everybody",
            Self::Until => "this repetition never does a round",
            Self::Segment => "everybody is in this segment",
        }
    }
}

/// A condition in its place.
#[derive(Clone, Copy, Debug)]
pub struct Site<'m> {
    pub condition: &'m Condition,
    pub role: Role,
    /// What can be happening when it is asked.
    pub moment: Moment,
}

/// Several ways, of which the first whose condition holds is taken.
#[derive(Clone, Debug)]
pub struct Arms<'m> {
    pub arms: Vec<&'m Condition>,
    /// The clause that holds them.
    pub span: Span,
    /// Whether this is an `if`; else it is a wait.
    pub is_if: bool,
    /// The step has an `else` with these steps.
    pub otherwise: Option<&'m [Step]>,
}

/// All conditions and all arms in places that somebody reaches.
#[derive(Default)]
pub struct Sites<'m> {
    pub conditions: Vec<Site<'m>>,
    pub arms: Vec<Arms<'m>>,
}

impl<'m> Sites<'m> {
    pub fn of(context: &Context<'m>) -> Self {
        let mut sites = Self::default();
        let model = context.model;
        for segment in model.segments.values() {
            sites.add(&segment.when, Role::Segment, Moment::Quiet);
        }
        for (id, stage) in model.stages.iter() {
            for door in &stage.doors {
                let from: Vec<_> = context.sources_of(stage.funnel, door);
                if from.into_iter().any(|node| context.live.contains(node)) {
                    sites.door(context, door.when.as_ref(), door.span);
                }
            }
            if context.is_reached(id) {
                sites.leaves(context, &stage.leaves);
                stage.nurtures.iter().for_each(|it| sites.nurture(it));
            }
        }
        model.funnels.values().for_each(|it| sites.leaves(context, &it.leaves));
        sites
    }

    fn add(&mut self, condition: &'m Condition, role: Role, moment: Moment) {
        self.conditions.push(Site { condition, role, moment });
    }

    /// Of a door that never opens another check speaks.
    fn door(&mut self, context: &Context<'m>, when: Option<&'m Condition>, span: Span) {
        if let (Some(when), false) = (when, matches!(context.dead.get(&span), Some(Dead::Clash(_)))) {
            self.add(when, Role::Door, Moment::Any);
        }
    }

    fn leaves(&mut self, context: &Context<'m>, leaves: &'m [Leave]) {
        leaves.iter().for_each(|it| self.door(context, it.when.as_ref(), it.span));
    }

    fn nurture(&mut self, nurture: &'m Nurture) {
        match &nurture.start {
            Start::Entry => {}
            // The words of the start stand in the stage, not in the play.
            Start::When(when) | Start::EachTime(when) => self.add(when, Role::Start, Moment::Any),
        }
        self.steps(&nurture.steps);
    }

    fn steps(&mut self, steps: &'m [Step]) {
        for step in steps {
            match &step.kind {
                StepKind::If { branches, otherwise, has_else } => {
                    for branch in branches {
                        self.add(&branch.when, Role::Branch, Moment::Quiet);
                        self.steps(&branch.steps);
                    }
                    self.steps(otherwise);
                    let arms = branches.iter().map(|it| &it.when).collect();
                    let otherwise = has_else.then_some(otherwise.as_slice());
                    self.arms.push(Arms { arms, span: step.span, is_if: true, otherwise });
                }
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    for arm in arms {
                        self.add(&arm.when, Role::Wait, Moment::Any);
                        self.steps(&arm.steps);
                    }
                    self.steps(otherwise);
                    let arms = arms.iter().map(|it| &it.when).collect();
                    self.arms.push(Arms { arms, span: step.span, is_if: false, otherwise: None });
                }
                StepKind::Wait(Wait::Until { when, .. }) => self.add(when, Role::Wait, Moment::Any),
                StepKind::Split(split) => split.arms.iter().for_each(|arm| self.steps(&arm.steps)),
                StepKind::Repeat(repeat) => {
                    if let Some(until) = &repeat.until {
                        self.add(until, Role::Until, Moment::Quiet);
                    }
                    self.steps(&repeat.steps);
                }
                StepKind::Wait(Wait::For { .. } | Wait::CalendarDays { .. } | Wait::Clock { .. } | Wait::Instant { .. })
                | StepKind::Send { .. }
                | StepKind::Act { .. }
                | StepKind::Set { .. }
                | StepKind::Add { .. }
                | StepKind::Remove { .. }
                | StepKind::Record { .. }
                | StepKind::Stop => {}
            }
        }
    }
}

/// Findings on texts that stand in several places, since a play is used in several stages: what is not wrong in all of them
/// is not the play's fault, and is not said.
#[derive(Default)]
pub struct Verdicts {
    /// By place: how often it was looked at, and what was found each time.
    seen: BTreeMap<Span, (usize, Vec<Diagnostic>)>,
}

impl Verdicts {
    /// What was found at a place this time.
    pub fn add(&mut self, place: Span, finding: Option<Diagnostic>) {
        let entry = self.seen.entry(place).or_default();
        entry.0 += 1;
        entry.1.extend(finding);
    }

    /// What was found every time.
    pub fn report(self, found: &mut Diagnostics) {
        for (times, list) in self.seen.into_values() {
            if list.len() == times {
                list.into_iter().take(1).for_each(|it| found.push(it));
            }
        }
    }
}
