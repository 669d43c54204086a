//! The steps of a nurture in the order in which they can be done: what comes before a step, and what after it.
//!
//! Reading: an `if`, a wait with arms and a split take one of their ways, so what stands in one is neither before nor after
//! what stands in another; a `repeat` does its steps again, so what stands in it is before and after itself.

use crate::ruleset::{Step, StepKind};

/// A step and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'r> {
    pub step: &'r Step,
    /// The step around it.
    parent: Option<usize>,
    /// Which of the ways of that step it stands in.
    way: usize,
}

/// All steps of a nurture, those inside others behind them.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'r> {
    nodes: Vec<Node<'r>>,
}

/// The ways on inside a step: its arms or branches, or what it repeats.
pub(super) fn ways(kind: &StepKind) -> Vec<&[Step]> {
    match kind {
        StepKind::WaitArms(wait) => wait.arms.iter().map(|arm| arm.steps.as_slice()).chain([wait.otherwise.as_slice()]).collect(),
        StepKind::If { branches, otherwise } => {
            branches.iter().map(|branch| branch.steps.as_slice()).chain([otherwise.as_slice()]).collect()
        }
        StepKind::Split(split) => split.arms.iter().map(|arm| arm.steps.as_slice()).collect(),
        StepKind::Repeat(repeat) => vec![repeat.steps.as_slice()],
        StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::WaitMs(_)
        | StepKind::WaitCalendarDays(_)
        | StepKind::WaitClock(_)
        | StepKind::WaitInstant(_)
        | StepKind::WaitUntil(_)
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Stop {} => Vec::new(),
    }
}

/// Whether somebody can rest at a step, other than because a message is held.
pub(super) fn rests(kind: &StepKind) -> bool {
    match kind {
        StepKind::WaitMs(_)
        | StepKind::WaitCalendarDays(_)
        | StepKind::WaitClock(_)
        | StepKind::WaitInstant(_)
        | StepKind::WaitUntil(_)
        | StepKind::WaitArms(_)
        | StepKind::Repeat(_) => true,
        StepKind::Send { .. }
        | StepKind::Act { .. }
        | StepKind::If { .. }
        | StepKind::Split(_)
        | StepKind::Set { .. }
        | StepKind::Add { .. }
        | StepKind::Remove { .. }
        | StepKind::Record { .. }
        | StepKind::Stop {} => false,
    }
}

impl<'r> Line<'r> {
    /// The steps of a nurture.
    pub fn of(steps: &'r [Step]) -> Self {
        let mut line = Self::default();
        line.add(steps, None, 0);
        line
    }

    fn add(&mut self, steps: &'r [Step], parent: Option<usize>, way: usize) {
        for step in steps {
            let at = self.nodes.len();
            self.nodes.push(Node { step, parent, way });
            for (way, inside) in ways(&step.kind).into_iter().enumerate() {
                self.add(inside, Some(at), way);
            }
        }
    }

    /// All steps with their places.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &'r Step)> + use<'r, '_> {
        self.nodes.iter().map(|node| node.step).enumerate()
    }

    /// The step at a place.
    pub fn step(&self, at: usize) -> Option<&'r Step> {
        self.nodes.get(at).map(|node| node.step)
    }

    /// The place of a step.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.step.id == id)
    }

    fn is_inside(&self, at: usize, outer: usize) -> bool {
        let mut parent = self.nodes.get(at).and_then(|node| node.parent);
        while let Some(up) = parent {
            if up == outer {
                return true;
            }
            parent = self.nodes.get(up).and_then(|node| node.parent);
        }
        false
    }

    /// All inside a step.
    pub fn inside(&self, at: usize) -> Vec<usize> {
        (at + 1..self.nodes.len()).take_while(|other| self.is_inside(*other, at)).collect()
    }

    /// The steps beside one, in the same way of the same step: those before it, or those behind it up to a `stop`.
    fn beside(&self, at: usize, behind: bool) -> Vec<usize> {
        let Some(here) = self.nodes.get(at) else { return Vec::new() };
        let same = |other: &&usize| self.nodes.get(**other).is_some_and(|node| (node.parent, node.way) == (here.parent, here.way));
        let range: Vec<usize> = if behind { (at + 1..self.nodes.len()).collect() } else { (0..at).collect() };
        let mut found = Vec::new();
        for other in range.iter().filter(same) {
            found.push(*other);
            if behind && self.step(*other).is_some_and(|step| matches!(step.kind, StepKind::Stop {})) {
                break;
            }
        }
        found
    }

    fn with_inside(&self, list: Vec<usize>) -> Vec<usize> {
        list.into_iter().flat_map(|at| [at].into_iter().chain(self.inside(at))).collect()
    }

    fn repeats(&self, at: usize) -> bool {
        self.step(at).is_some_and(|step| matches!(step.kind, StepKind::Repeat(_)))
    }

    /// What can still be done once somebody is behind a step, in order. Who rests at a step with steps inside may still do those.
    pub fn after(&self, at: usize) -> Vec<usize> {
        let mut found = self.inside(at);
        let mut here = Some(at);
        while let Some(place) = here {
            let behind = self.beside(place, true);
            let stops = behind.last().and_then(|last| self.step(*last)).is_some_and(|step| matches!(step.kind, StepKind::Stop {}));
            found.extend(self.with_inside(behind));
            if stops {
                break;
            }
            here = self.nodes.get(place).and_then(|node| node.parent);
            if let Some(around) = here.filter(|around| self.repeats(*around)) {
                found.extend(self.inside(around));
            }
        }
        let mut seen = Vec::new();
        found.retain(|at| {
            !seen.contains(at) && {
                seen.push(*at);
                true
            }
        });
        found
    }

    /// What may have been done when somebody comes to a step.
    pub fn before(&self, at: usize) -> Vec<usize> {
        let mut found = if self.repeats(at) { self.inside(at) } else { Vec::new() };
        let mut here = Some(at);
        while let Some(place) = here {
            found.extend(self.with_inside(self.beside(place, false)));
            here = self.nodes.get(place).and_then(|node| node.parent);
            if let Some(around) = here.filter(|around| self.repeats(*around)) {
                found.extend(self.inside(around));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The step before one beside it, else the one around it.
    pub fn previous(&self, at: usize) -> Option<&'r Step> {
        let before = self.beside(at, false).last().copied();
        self.step(before.or_else(|| self.nodes.get(at).and_then(|node| node.parent))?)
    }

    /// The first step that somebody comes to behind one; nothing at the end of the nurture.
    pub fn next(&self, at: usize) -> Option<&'r Step> {
        self.step(self.after(at).into_iter().find(|other| !self.is_inside(*other, at))?)
    }
}
