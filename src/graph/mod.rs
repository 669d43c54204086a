//! The flow graph: who can get where, through which door.
//!
//! Job: hold the stages of all funnels with the ways between them, and answer questions about paths and loops.
//! Invariants: everything costs time in proportion to the text of the file, so `anywhere` and `restart` are nodes of
//! their own that many stages lead to, not an edge from each to each; nodes and edges stand in declaration order, which
//! makes every answer the same on every run.
//! Deliberately absent: whether a condition can hold. Callers say which edges they want to be taken.

mod build;
mod lap;
mod nature;
mod pace;
mod reach;
mod scc;

pub use lap::Search;
pub use nature::{instant, mentions, without_trigger};
pub use pace::{Pace, Timeline, door_pace, timeline};
pub use reach::Reach;
pub use scc::strongly_connected;

use crate::model::{Door, FunnelId, Leave, Model, StageId};

/// A node of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(u32);

/// An edge of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EdgeId(u32);

impl NodeId {
    /// Its number.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl EdgeId {
    /// Its number.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Node {
    /// Being in a stage.
    Stage(StageId),
    /// Being outside a funnel.
    Outside(FunnelId),
    /// Being in any stage that is not final; no place of its own.
    Anywhere(FunnelId),
    /// Being in a stage from which a run can be started anew; no place of its own.
    Restart(FunnelId),
}

/// How one gets along an edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way<'m> {
    /// Through a door of the stage the edge leads to.
    Door(&'m Door),
    /// The same, from inside, where `reentry restart` lets a new run begin.
    Restart(&'m Door),
    /// Out of the funnel.
    Leave(&'m Leave),
    /// A final stage ends the run.
    End,
    /// No step at all: from a stage to the node that stands for several.
    Join,
}

/// An edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge<'m> {
    /// Where it begins.
    pub from: NodeId,
    /// Where it leads.
    pub to: NodeId,
    /// How one gets along it.
    pub way: Way<'m>,
}

/// A step of a path: where it is taken, and along which edge. The two differ where it goes by way of `anywhere`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The stage or the outside.
    pub at: NodeId,
    /// The edge.
    pub edge: EdgeId,
}

/// The flow graph of all funnels of a model.
#[derive(Debug)]
pub struct FlowGraph<'m> {
    model: &'m Model,
    edges: Vec<Edge<'m>>,
    out: Adjacency,
    into: Adjacency,
}

/// The edges at each node, in declaration order: one list, and where each node's part of it begins.
#[derive(Debug, Default)]
struct Adjacency {
    starts: Vec<u32>,
    list: Vec<EdgeId>,
}

impl Adjacency {
    fn at(&self, node: NodeId) -> &[EdgeId] {
        let bounds = self.starts.get(node.index()).zip(self.starts.get(node.index() + 1));
        bounds.and_then(|(from, to)| self.list.get(*from as usize..*to as usize)).unwrap_or(&[])
    }
}

impl<'m> FlowGraph<'m> {
    /// The model it was made from.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.model.stages.len() + 3 * self.model.funnels.len()
    }

    /// The node of a stage.
    #[must_use]
    pub fn stage(&self, id: StageId) -> NodeId {
        NodeId(number(id.index()))
    }

    /// The outside of a funnel.
    #[must_use]
    pub fn outside(&self, id: FunnelId) -> NodeId {
        NodeId(number(self.model.stages.len() + 3 * id.index()))
    }

    /// Any stage of a funnel that is not final.
    #[must_use]
    pub fn anywhere(&self, id: FunnelId) -> NodeId {
        NodeId(self.outside(id).0 + 1)
    }

    /// Any stage of a funnel from which a run can start anew.
    #[must_use]
    pub fn restart(&self, id: FunnelId) -> NodeId {
        NodeId(self.outside(id).0 + 2)
    }

    /// What a node stands for.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node {
        let stages = self.model.stages.len();
        if id.index() < stages {
            return Node::Stage(crate::model::Id::new(id.0));
        }
        let rest = id.index() - stages;
        let funnel = crate::model::Id::new(number(rest / 3));
        match rest % 3 {
            0 => Node::Outside(funnel),
            1 => Node::Anywhere(funnel),
            _ => Node::Restart(funnel),
        }
    }

    /// The stage a node stands for, if it is one.
    #[must_use]
    pub fn stage_of(&self, id: NodeId) -> Option<StageId> {
        match self.node(id) {
            Node::Stage(stage) => Some(stage),
            Node::Outside(_) | Node::Anywhere(_) | Node::Restart(_) => None,
        }
    }

    /// An edge.
    #[must_use]
    pub fn edge(&self, id: EdgeId) -> Edge<'m> {
        self.edges[id.index()]
    }

    /// All edges with their ids, in declaration order of what they come from.
    pub fn edges(&self) -> impl Iterator<Item = (EdgeId, Edge<'m>)> + '_ {
        self.edges.iter().enumerate().map(|(index, edge)| (EdgeId(number(index)), *edge))
    }

    /// The edges that begin at a node.
    #[must_use]
    pub fn leaving(&self, node: NodeId) -> &[EdgeId] {
        self.out.at(node)
    }

    /// The edges that lead to a node.
    #[must_use]
    pub fn entering(&self, node: NodeId) -> &[EdgeId] {
        self.into.at(node)
    }

    /// The edges one can take from a place in one step, those by way of `anywhere` and `restart` included; `anywhere`
    /// is any *other* stage, so it does not lead back to where one is.
    pub fn steps_from(&self, place: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
        self.leaving(place).iter().flat_map(move |id| {
            let edge = self.edge(*id);
            let (own, via) = if edge.way == Way::Join { (None, self.leaving(edge.to)) } else { (Some(*id), [].as_slice()) };
            let is_anywhere = matches!(self.node(edge.to), Node::Anywhere(_));
            own.into_iter().chain(via.iter().copied().filter(move |next| !(is_anywhere && self.edge(*next).to == place)))
        })
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("limits keep graphs small")
}

#[cfg(test)]
mod tests;
