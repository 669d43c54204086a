//! The conditions in nurtures and at doors, each with what it decides.

use crate::model::{Condition, Model, Nurture, Start, Step, StepKind, Wait};

/// What a condition decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Whether a door or way out opens; whether it has a delay.
    Clause {
        /// Whether time opens it.
        delayed: bool,
    },
    /// Whether a nurture starts.
    Start,
    /// Whether a branch of an `if` is taken; whether others follow it.
    Branch {
        /// Whether another branch or an `else` follows.
        followed: bool,
    },
    /// Whether a wait is over.
    Wait,
    /// Whether a repetition ends.
    Until,
}

impl Role {
    /// That it is never so.
    pub fn never(self) -> &'static str {
        match self {
            Self::Clause { .. } => "nobody ever gets through here",
            Self::Start => "this nurture never starts",
            Self::Branch { .. } => "this branch is never taken",
            Self::Wait => "what is waited for never comes",
            Self::Until => "this never ends the repetition",
        }
    }

    /// What to do where it is never so.
    pub fn help_never(self) -> &'static str {
        match self {
            Self::Clause { .. } => "ask for something else, or take the clause out",
            Self::Branch { .. } => "take the branch out, or ask for something that can still be so here",
            Self::Start => "take the nurture out, or let it start by something that can still come",
            Self::Wait => "wait for something that can still come, or take this out",
            Self::Until => "take `until` out, or end the repetition by something that can still come",
        }
    }

    /// What to do where it is always so.
    pub fn help_always(self) -> &'static str {
        match self {
            Self::Clause { .. } => "take the condition out: time alone opens this way",
            Self::Start => "take the condition out: the nurture starts for everybody",
            Self::Branch { .. } => "take the `if` away and keep its steps, or ask for what you mean",
            Self::Wait => "take the wait out: nobody ever waits here",
            Self::Until => "take the repetition out: it never does a round",
        }
    }
}

/// An `if`, or a wait with arms.
#[derive(Clone, Debug)]
pub struct Arms<'m> {
    /// The step.
    pub step: &'m Step,
    /// Its conditions, in order.
    pub conditions: Vec<&'m Condition>,
    /// The steps of its `else`, if it is an `if` with one.
    pub otherwise: Option<&'m [Step]>,
    /// Whether it is an `if`.
    pub is_if: bool,
}

/// All conditions and all arms of a model.
#[derive(Default)]
pub struct Places<'m> {
    pub conditions: Vec<(&'m Condition, Role)>,
    pub arms: Vec<Arms<'m>>,
}

impl<'m> Places<'m> {
    pub fn of(model: &'m Model) -> Self {
        let mut places = Self::default();
        let leaves = model.stages.values().flat_map(|it| &it.leaves).chain(model.funnels.values().flat_map(|it| &it.leaves));
        let doors = model.stages.values().flat_map(|it| &it.doors).map(|it| (&it.after, &it.when));
        for (after, when) in doors.chain(leaves.map(|it| (&it.after, &it.when))) {
            places.conditions.extend(when.iter().map(|when| (when, Role::Clause { delayed: after.is_some() })));
        }
        model.stages.values().flat_map(|it| &it.nurtures).for_each(|nurture| places.nurture(nurture));
        places
    }

    fn nurture(&mut self, nurture: &'m Nurture) {
        match &nurture.start {
            Start::Entry => {}
            Start::When(when) | Start::EachTime(when) => self.conditions.push((when, Role::Start)),
        }
        // A play is written for any place; what its branches meet in one of them is not its fault.
        if nurture.play.is_none() {
            self.steps(&nurture.steps);
        }
    }

    fn steps(&mut self, steps: &'m [Step]) {
        for step in steps {
            match &step.kind {
                StepKind::If { branches, otherwise, has_else } => {
                    for (number, branch) in branches.iter().enumerate() {
                        let followed = *has_else || number + 1 < branches.len();
                        self.conditions.push((&branch.when, Role::Branch { followed }));
                        self.steps(&branch.steps);
                    }
                    self.steps(otherwise);
                    let conditions = branches.iter().map(|it| &it.when).collect();
                    self.arms.push(Arms { step, conditions, otherwise: has_else.then_some(otherwise.as_slice()), is_if: true });
                }
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    for arm in arms {
                        self.conditions.push((&arm.when, Role::Wait));
                        self.steps(&arm.steps);
                    }
                    self.steps(otherwise);
                    self.arms.push(Arms { step, conditions: arms.iter().map(|it| &it.when).collect(), otherwise: None, is_if: false });
                }
                StepKind::Wait(Wait::Until { when, .. }) => self.conditions.push((when, Role::Wait)),
                StepKind::Split(split) => split.arms.iter().for_each(|arm| self.steps(&arm.steps)),
                StepKind::Repeat(repeat) => {
                    self.conditions.extend(repeat.until.iter().map(|until| (until, Role::Until)));
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
