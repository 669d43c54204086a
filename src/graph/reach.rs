//! What can be reached, and by which shortest path.

use super::{EdgeId, FlowGraph, NodeId, Step, Way};
use std::collections::VecDeque;

/// What a breadth-first search found: the nodes in the order of their distance, each with the edge that led to it.
/// Among paths of equal length the one whose clauses stand first in the files wins.
#[derive(Debug)]
pub struct Reach {
    parent: Vec<Option<EdgeId>>,
    reached: Vec<bool>,
    order: Vec<NodeId>,
    /// Of each node, the number of steps to it, and the node at which the first `HEAD` of them end.
    heads: Vec<(u32, NodeId)>,
}

/// As many steps at the beginning of a path are found without walking all of it.
const HEAD: u32 = 6;

/// A path that may be long: its beginning, how many steps are left out, and its end.
#[derive(Debug, Default)]
pub struct PathEnds {
    /// The first steps; all of them where none are left out.
    pub first: Vec<Step>,
    /// The number of steps between the two.
    pub left_out: usize,
    /// The last steps.
    pub last: Vec<Step>,
}

impl Reach {
    /// Whether a node was reached.
    #[must_use]
    pub fn contains(&self, node: NodeId) -> bool {
        self.reached[node.index()]
    }

    /// The nodes reached, nearest first.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.order
    }

    /// The shortest path to a node that was reached, without the edges that are no steps.
    #[must_use]
    pub fn path(&self, graph: &FlowGraph<'_>, to: NodeId) -> Vec<Step> {
        self.path_end(graph, to, usize::MAX)
    }

    /// The same path where it is short; of a long one the first and the last six steps. The work does not grow with its length.
    #[must_use]
    pub fn path_ends(&self, graph: &FlowGraph<'_>, to: NodeId) -> PathEnds {
        let (steps, head) = self.heads[to.index()];
        if steps <= 2 * HEAD {
            return PathEnds { first: self.path(graph, to), ..PathEnds::default() };
        }
        let left_out = (steps - 2 * HEAD) as usize;
        PathEnds { first: self.path(graph, head), left_out, last: self.path_end(graph, to, HEAD as usize) }
    }

    /// The last steps of the shortest path to a node, at most so many.
    fn path_end(&self, graph: &FlowGraph<'_>, to: NodeId, most: usize) -> Vec<Step> {
        let mut path: Vec<Step> = Vec::new();
        let mut at = to;
        while let Some(id) = self.parent[at.index()] {
            let edge = graph.edge(id);
            if edge.way != Way::Join && path.len() == most {
                break;
            }
            match path.last_mut() {
                Some(step) if edge.way == Way::Join => step.at = edge.from,
                _ => path.push(Step { at: edge.from, edge: id }),
            }
            at = edge.from;
        }
        path.reverse();
        path
    }
}

impl FlowGraph<'_> {
    /// What can be reached from `seeds` along edges that `take` allows. Joins cost no step, so they are followed at once.
    pub fn reach(&self, seeds: impl IntoIterator<Item = NodeId>, take: impl Fn(EdgeId) -> bool) -> Reach {
        let count = self.node_count();
        let mut found =
            Reach { parent: vec![None; count], reached: vec![false; count], order: Vec::new(), heads: vec![(0, NodeId(0)); count] };
        let mut queue = VecDeque::new();
        for seed in seeds {
            if !std::mem::replace(&mut found.reached[seed.index()], true) {
                found.heads[seed.index()].1 = seed;
                queue.push_back(seed);
            }
        }
        while let Some(node) = queue.pop_front() {
            found.order.push(node);
            for id in self.leaving(node) {
                let edge = self.edge(*id);
                if found.reached[edge.to.index()] || !take(*id) {
                    continue;
                }
                found.reached[edge.to.index()] = true;
                found.parent[edge.to.index()] = Some(*id);
                let (steps, head) = found.heads[node.index()];
                found.heads[edge.to.index()] = if edge.way == Way::Join {
                    (steps, head)
                } else {
                    (steps.saturating_add(1), if steps < HEAD { edge.to } else { head })
                };
                if edge.way == Way::Join {
                    queue.push_front(edge.to);
                } else {
                    queue.push_back(edge.to);
                }
            }
        }
        found
    }

    /// The nodes from which one of `targets` can be reached along edges that `take` allows.
    pub fn leads_to(&self, targets: impl IntoIterator<Item = NodeId>, take: impl Fn(EdgeId) -> bool) -> Vec<bool> {
        let mut leads = vec![false; self.node_count()];
        let mut open: Vec<NodeId> = Vec::new();
        for target in targets {
            if !std::mem::replace(&mut leads[target.index()], true) {
                open.push(target);
            }
        }
        while let Some(node) = open.pop() {
            for id in self.entering(node) {
                let from = self.edge(*id).from;
                if !leads[from.index()] && take(*id) {
                    leads[from.index()] = true;
                    open.push(from);
                }
            }
        }
        leads
    }
}
