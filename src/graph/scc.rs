//! Strongly connected components.

use super::{EdgeId, FlowGraph, NodeId};

const UNSEEN: u32 = u32::MAX;

/// The walk of Tarjan's algorithm, with its recursion on a list of its own.
struct Walk {
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<NodeId>,
    next: u32,
    found: Vec<Vec<NodeId>>,
}

impl FlowGraph<'_> {
    /// The strongly connected components along edges that `take` allows, those of one node included; inside a component
    /// nodes stand in their order. R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion,
    /// so that ten thousand stages in a row do not exhaust the stack.
    pub fn components(&self, take: impl Fn(EdgeId) -> bool) -> Vec<Vec<NodeId>> {
        let count = self.node_count();
        let mut walk = Walk {
            index: vec![UNSEEN; count],
            low: vec![0; count],
            on_stack: vec![false; count],
            stack: Vec::new(),
            next: 0,
            found: Vec::new(),
        };
        for start in 0..count {
            if walk.index[start] == UNSEEN {
                self.walk(&mut walk, NodeId(super::number(start)), &take);
            }
        }
        walk.found
    }

    fn walk(&self, walk: &mut Walk, start: NodeId, take: &impl Fn(EdgeId) -> bool) {
        let mut calls = vec![(start, 0_usize)];
        walk.open(start);
        while let Some((node, at)) = calls.last_mut() {
            let node = *node;
            if let Some(id) = self.leaving(node).get(*at) {
                *at += 1;
                let to = self.edge(*id).to;
                if !take(*id) {
                    continue;
                }
                if walk.index[to.index()] == UNSEEN {
                    walk.open(to);
                    calls.push((to, 0));
                } else if walk.on_stack[to.index()] {
                    walk.low[node.index()] = walk.low[node.index()].min(walk.index[to.index()]);
                }
            } else {
                calls.pop();
                walk.close(node);
                if let Some((above, _)) = calls.last() {
                    walk.low[above.index()] = walk.low[above.index()].min(walk.low[node.index()]);
                }
            }
        }
    }
}

impl Walk {
    fn open(&mut self, node: NodeId) {
        self.index[node.index()] = self.next;
        self.low[node.index()] = self.next;
        self.next += 1;
        self.on_stack[node.index()] = true;
        self.stack.push(node);
    }

    /// Takes a component off the stack where `node` is its root.
    fn close(&mut self, node: NodeId) {
        if self.low[node.index()] != self.index[node.index()] {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member.index()] = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        component.sort_unstable();
        self.found.push(component);
    }
}
