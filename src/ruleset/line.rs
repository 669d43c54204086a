//! The steps of a nurture in the order in which they can be done: what is inside a step, and what after it.
//!
//! Reading: an `if`, a wait with arms and a split take one of their ways, so what stands in one is neither before nor after
//! what stands in another; a `repeat` does its steps again, so what stands in it is after itself; nothing is after a `stop`
//! beside it.

use super::{Step, StepKind};

#[derive(Clone, Copy, Debug)]
struct Node<'r> {
    step: &'r Step,
    /// The steps among which it stands, and its place there.
    block: &'r [Step],
    at: usize,
    /// The step around it, and which of its ways that is.
    parent: Option<usize>,
    way: usize,
}

/// All steps of a nurture by their places, those inside others behind them.
#[derive(Clone, Debug, Default)]
pub struct Line<'r> {
    nodes: Vec<Node<'r>>,
}

impl<'r> Line<'r> {
    /// The steps of a nurture.
    #[must_use]
    pub fn of(steps: &'r [Step]) -> Self {
        let mut line = Self::default();
        line.add(steps, None, 0);
        line
    }

    fn add(&mut self, block: &'r [Step], parent: Option<usize>, way: usize) {
        for (at, step) in block.iter().enumerate() {
            let here = self.nodes.len();
            self.nodes.push(Node { step, block, at, parent, way });
            for (way, inside) in step.kind.inside().into_iter().enumerate() {
                self.add(inside, Some(here), way);
            }
        }
    }

    /// All steps with their places.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &'r Step)> + use<'r, '_> {
        self.nodes.iter().map(|node| node.step).enumerate()
    }

    /// The step at a place.
    #[must_use]
    pub fn step(&self, at: usize) -> Option<&'r Step> {
        self.nodes.get(at).map(|node| node.step)
    }

    /// The steps among which one stands, and its place there.
    #[must_use]
    pub fn block(&self, at: usize) -> Option<(&'r [Step], usize)> {
        self.nodes.get(at).map(|node| (node.block, node.at))
    }

    /// The place of a step by its identity.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.step.id == id)
    }

    /// The place of the step around one.
    #[must_use]
    pub fn parent(&self, at: usize) -> Option<usize> {
        self.nodes.get(at).and_then(|node| node.parent)
    }

    /// The places of the steps around one, outermost first.
    #[must_use]
    pub fn around(&self, at: usize) -> Vec<usize> {
        let mut around: Vec<usize> = std::iter::successors(self.parent(at), |up| self.parent(*up)).collect();
        around.reverse();
        around
    }

    /// Whether a step stands inside another.
    #[must_use]
    pub fn is_inside(&self, at: usize, outer: usize) -> bool {
        std::iter::successors(self.parent(at), |up| self.parent(*up)).any(|up| up == outer)
    }

    /// All inside a step.
    #[must_use]
    pub fn inside(&self, at: usize) -> Vec<usize> {
        (at + 1..self.nodes.len()).take_while(|other| self.is_inside(*other, at)).collect()
    }

    /// All in one way of a step.
    #[must_use]
    pub fn inside_way(&self, at: usize, way: usize) -> Vec<usize> {
        let is_in = |other: &usize| {
            let mut chain = std::iter::successors(Some(*other), |up| self.parent(*up));
            chain.any(|it| self.nodes.get(it).is_some_and(|node| node.parent == Some(at) && node.way == way))
        };
        self.inside(at).into_iter().filter(is_in).collect()
    }

    /// The steps of the same way of the same step.
    fn beside(&self, at: usize) -> impl DoubleEndedIterator<Item = usize> {
        let place = |at: usize| self.nodes.get(at).map(|node| (node.parent, node.way));
        let here = place(at);
        (0..self.nodes.len()).filter(move |other| *other != at && place(*other) == here)
    }

    /// Some steps and all inside them, in order.
    fn with_inside(&self, list: impl Iterator<Item = usize>) -> Vec<usize> {
        list.flat_map(|at| [at].into_iter().chain(self.inside(at))).collect()
    }

    /// Whether a step is a `repeat`.
    fn repeats(&self, at: usize) -> bool {
        self.step(at).is_some_and(|step| matches!(step.kind, StepKind::Repeat(_)))
    }

    /// What can still be done once somebody is behind a step (and not inside it), in order; steps of a `repeat` around it may
    /// stand there twice.
    #[must_use]
    pub fn after(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut here = Some(at);
        while let Some(place) = here {
            for other in self.beside(place).filter(|other| *other > place) {
                found.push(other);
                found.extend(self.inside(other));
                if self.step(other).is_some_and(|step| matches!(step.kind, StepKind::Stop {})) {
                    return found;
                }
            }
            here = self.parent(place);
            if let Some(around) = here.filter(|around| self.repeats(*around)) {
                found.extend(self.inside(around));
            }
        }
        found
    }

    /// What may have been done when somebody comes to a step, in order of places.
    #[must_use]
    pub fn before(&self, at: usize) -> Vec<usize> {
        let mut found = if self.repeats(at) { self.inside(at) } else { Vec::new() };
        let mut here = Some(at);
        while let Some(place) = here {
            found.extend(self.with_inside(self.beside(place).filter(|other| *other < place)));
            here = self.parent(place);
            if let Some(around) = here.filter(|around| self.repeats(*around)) {
                found.extend(self.inside(around));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The step before one beside it, else the one around it.
    #[must_use]
    pub fn previous(&self, at: usize) -> Option<&'r Step> {
        self.step(self.beside(at).rfind(|other| *other < at).or_else(|| self.parent(at))?)
    }
}
