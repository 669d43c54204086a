//! Strongly connected components.

use super::{EdgeId, FlowGraph, NodeId};

const UNSEEN: u32 = u32::MAX;

/// The walk of Tarjan's algorithm, with its recursion on a list of its own.
struct Walk {
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: u32,
    found: Vec<Vec<usize>>,
}

impl FlowGraph<'_> {
    /// The strongly connected components along edges that `take` allows, those of one node included; inside a component
    /// nodes stand in their order.
    pub fn components(&self, take: impl Fn(EdgeId) -> bool) -> Vec<Vec<NodeId>> {
        let node = |number: usize| NodeId(super::number(number));
        let found = components(self.node_count(), |from, at| {
            let id = self.leaving(node(from)).get(at)?;
            Some(take(*id).then(|| self.edge(*id).to.index()))
        });
        found.into_iter().map(|component| component.into_iter().map(node).collect()).collect()
    }
}

/// The strongly connected components of a list of lists: what each number leads to.
#[must_use]
pub fn strongly_connected(next: &[Vec<usize>]) -> Vec<Vec<usize>> {
    components(next.len(), |from, at| next.get(from)?.get(at).map(|to| Some(*to)))
}

/// R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion, so that ten thousand stages in a
/// row do not exhaust the stack. `way` is where the way of this number from a node leads, if it may be taken; `None`
/// behind the last one.
fn components(count: usize, way: impl Fn(usize, usize) -> Option<Option<usize>>) -> Vec<Vec<usize>> {
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
            walk.from(start, &way);
        }
    }
    walk.found
}

impl Walk {
    fn from(&mut self, start: usize, way: &impl Fn(usize, usize) -> Option<Option<usize>>) {
        let mut calls = vec![(start, 0_usize)];
        self.open(start);
        while let Some((node, at)) = calls.last_mut() {
            let node = *node;
            if let Some(to) = way(node, *at) {
                *at += 1;
                let Some(to) = to else { continue };
                if self.index[to] == UNSEEN {
                    self.open(to);
                    calls.push((to, 0));
                } else if self.on_stack[to] {
                    self.low[node] = self.low[node].min(self.index[to]);
                }
            } else {
                calls.pop();
                self.close(node);
                if let Some((above, _)) = calls.last() {
                    self.low[*above] = self.low[*above].min(self.low[node]);
                }
            }
        }
    }

    fn open(&mut self, node: usize) {
        self.index[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.on_stack[node] = true;
        self.stack.push(node);
    }

    /// Takes a component off the stack where `node` is its root.
    fn close(&mut self, node: usize) {
        if self.low[node] != self.index[node] {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        component.sort_unstable();
        self.found.push(component);
    }
}
