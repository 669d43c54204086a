//! The steps of a nurture in the order in which they can be done, and the way to each.
//!
//! Reading: an `if`, a wait with arms and a split take one of their ways, so what stands in one is not after what stands in
//! another; a `repeat` does its steps again, so what stands in it is after itself; nothing is after a `stop` beside it.

use crate::{
    ruleset::{Repeat, Step, StepKind},
    runtime::contact::Frame,
};

struct Node<'r> {
    step: &'r Step,
    /// The steps among which it stands, and its place there.
    block: &'r [Step],
    at: usize,
    /// The step around it, and which of its ways that is.
    parent: Option<usize>,
    way: usize,
}

/// All steps of a nurture, those inside others behind them.
pub(super) struct Line<'r> {
    nodes: Vec<Node<'r>>,
}

/// The ways on inside a step: its arms or branches, or what it repeats.
fn ways(kind: &StepKind) -> Vec<&[Step]> {
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

impl<'r> Line<'r> {
    /// The steps of a nurture.
    pub fn of(steps: &'r [Step]) -> Self {
        let mut line = Self { nodes: Vec::new() };
        line.add(steps, None, 0);
        line
    }

    fn add(&mut self, block: &'r [Step], parent: Option<usize>, way: usize) {
        for (at, step) in block.iter().enumerate() {
            let here = self.nodes.len();
            self.nodes.push(Node { step, block, at, parent, way });
            for (way, inside) in ways(&step.kind).into_iter().enumerate() {
                self.add(inside, Some(here), way);
            }
        }
    }

    /// All steps.
    pub fn steps(&self) -> impl Iterator<Item = &'r Step> + '_ {
        self.nodes.iter().map(|node| node.step)
    }

    /// The step at a place.
    pub fn step(&self, at: usize) -> Option<&'r Step> {
        self.nodes.get(at).map(|node| node.step)
    }

    /// The place of a step by its identity.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.step.id == id)
    }

    /// The place of a `repeat` that somebody is in.
    pub fn find_repeat(&self, repeat: &Repeat) -> Option<usize> {
        self.nodes.iter().position(|node| matches!(&node.step.kind, StepKind::Repeat(other) if std::ptr::eq(other, repeat)))
    }

    /// The `repeat`s around a step, outermost first.
    pub fn repeats_around(&self, at: usize) -> Vec<&'r Repeat> {
        let around = self.around(at).into_iter().filter_map(|at| self.step(at));
        around.filter_map(|step| if let StepKind::Repeat(repeat) = &step.kind { Some(repeat) } else { None }).collect()
    }

    /// The steps around one, outermost first.
    fn around(&self, at: usize) -> Vec<usize> {
        let mut around: Vec<usize> = std::iter::successors(self.parent(at), |up| self.parent(*up)).collect();
        around.reverse();
        around
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.nodes.get(at).and_then(|node| node.parent)
    }

    /// All inside a step.
    pub fn inside(&self, at: usize) -> Vec<usize> {
        (at + 1..self.nodes.len()).take_while(|other| self.around(*other).contains(&at)).collect()
    }

    /// All in one way of a step.
    pub fn inside_way(&self, at: usize, way: usize) -> Vec<usize> {
        let is_in = |other: &usize| {
            let mut chain = std::iter::successors(Some(*other), |up| self.parent(*up));
            chain.any(|it| self.nodes.get(it).is_some_and(|node| node.parent == Some(at) && node.way == way))
        };
        self.inside(at).into_iter().filter(is_in).collect()
    }

    /// What can still be done once somebody is behind a step (and not inside it), in order.
    pub fn after(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut here = Some(at);
        while let Some(place) = here {
            let Some(node) = self.nodes.get(place) else { break };
            let beside = (place + 1..self.nodes.len())
                .filter(|other| self.nodes.get(*other).is_some_and(|other| (other.parent, other.way) == (node.parent, node.way)));
            for other in beside {
                found.push(other);
                found.extend(self.inside(other));
                if self.step(other).is_some_and(|step| matches!(step.kind, StepKind::Stop {})) {
                    return found;
                }
            }
            here = node.parent;
            if let Some(around) = here.filter(|around| self.step(*around).is_some_and(|step| matches!(step.kind, StepKind::Repeat(_)))) {
                found.extend(self.inside(around));
            }
        }
        found
    }

    /// The blocks in which somebody is who is at a step, which is done next, or has been done. `round` says in which round of a
    /// `repeat` around it that is, and since when.
    pub fn stack_at(&self, at: usize, is_done: bool, round: &dyn Fn(&Step) -> (u32, i64)) -> Vec<Frame<'r>> {
        let mut stack = Vec::new();
        for around in self.around(at) {
            let Some(node) = self.nodes.get(around) else { continue };
            stack.push(Frame::Steps(node.block, node.at + 1));
            if let StepKind::Repeat(repeat) = &node.step.kind {
                let (number, started_ms) = round(node.step);
                stack.push(Frame::Rounds(repeat, number, started_ms));
            }
        }
        if let Some(node) = self.nodes.get(at) {
            stack.push(Frame::Steps(node.block, node.at + usize::from(is_done)));
        }
        stack
    }
}
