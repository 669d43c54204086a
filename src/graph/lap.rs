//! Laps: shortest ways from a place back to it.

use super::{EdgeId, FlowGraph, Node, NodeId, Step};
use std::collections::{HashMap, VecDeque};

/// How many steps a search may take before it gives up.
const STEPS_MAX: usize = 20_000;

/// From how many places of a component laps are looked for.
const STARTS_MAX: usize = 32;

/// A search for laps inside one strongly connected component.
pub struct Search<'s> {
    /// Which edges may be taken.
    pub take: &'s dyn Fn(EdgeId) -> bool,
    /// Whether a beginning of a lap can be gone on with, or a whole lap (where the flag is set) be accepted.
    pub accept: &'s dyn Fn(&[Step], bool) -> bool,
}

impl FlowGraph<'_> {
    /// The shortest acceptable lap in a component that begins at one of `starts`, the first of them among equals.
    /// First the shortest lap of each start alone; only where none of these is accepted, all laps by length, up to a
    /// fixed number of steps. A search that gives up finds nothing, and says nothing wrong.
    #[must_use]
    pub fn lap(&self, component: &[NodeId], starts: &[NodeId], search: &Search<'_>) -> Option<Vec<Step>> {
        let inside = |node: NodeId| component.binary_search(&node).is_ok();
        let mut best: Option<Vec<Step>> = None;
        let starts = &starts[..starts.len().min(STARTS_MAX)];
        let mut steps = 0;
        for start in starts {
            let lap = self.shortest_lap(*start, &inside, search, &mut steps).filter(|lap| (search.accept)(lap, true));
            if let Some(lap) = lap
                && best.as_ref().is_none_or(|best| lap.len() < best.len())
            {
                best = Some(lap);
            }
        }
        best.or_else(|| {
            let mut steps = 0;
            starts.iter().find_map(|start| self.any_lap(*start, &inside, search, &mut steps))
        })
    }

    /// Whether a component can be gone round at all: it has two places, or a door from one place to itself. A stage with
    /// only `anywhere` beside it cannot, since that means any *other* stage.
    #[must_use]
    pub fn goes_round(&self, component: &[NodeId], take: &dyn Fn(EdgeId) -> bool) -> bool {
        let places = component.iter().filter(|node| !matches!(self.node(**node), Node::Anywhere(_) | Node::Restart(_)));
        places.clone().nth(1).is_some()
            || places.into_iter().any(|node| {
                let to_itself = |id: &EdgeId| self.edge(*id).to == *node && take(*id);
                self.leaving(*node).iter().any(to_itself)
                    || component.iter().any(|hub| matches!(self.node(*hub), Node::Restart(_)) && self.leaving(*hub).iter().any(to_itself))
            })
    }

    fn shortest_lap(&self, start: NodeId, inside: &dyn Fn(NodeId) -> bool, search: &Search<'_>, steps: &mut usize) -> Option<Vec<Step>> {
        let mut parent: HashMap<NodeId, Step> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for edge in self.steps_from(at) {
                *steps += 1;
                if *steps > STEPS_MAX * STARTS_MAX {
                    return None;
                }
                let to = self.edge(edge).to;
                if !inside(to) || !(search.take)(edge) {
                    continue;
                }
                let step = Step { at, edge };
                if to == start {
                    return Some(unwind(start, step, &parent));
                }
                parent.entry(to).or_insert_with(|| {
                    queue.push_back(to);
                    step
                });
            }
        }
        None
    }

    fn any_lap(&self, start: NodeId, inside: &dyn Fn(NodeId) -> bool, search: &Search<'_>, steps: &mut usize) -> Option<Vec<Step>> {
        let mut queue: VecDeque<Vec<Step>> = VecDeque::from([Vec::new()]);
        while let Some(path) = queue.pop_front() {
            let at = path.last().map_or(start, |step| self.edge(step.edge).to);
            for edge in self.steps_from(at) {
                *steps += 1 + path.len();
                if *steps > STEPS_MAX {
                    return None;
                }
                let to = self.edge(edge).to;
                if !inside(to) || !(search.take)(edge) || (to != start && path.iter().any(|step| self.edge(step.edge).to == to)) {
                    continue;
                }
                let mut longer = path.clone();
                longer.push(Step { at, edge });
                if !(search.accept)(&longer, to == start) {
                    continue;
                }
                if to == start {
                    return Some(longer);
                }
                queue.push_back(longer);
            }
        }
        None
    }
}

/// The lap from `start` that ends with the step `last`.
fn unwind(start: NodeId, last: Step, parent: &HashMap<NodeId, Step>) -> Vec<Step> {
    let mut lap = vec![last];
    let mut at = last.at;
    while at != start {
        let Some(step) = parent.get(&at) else { break };
        lap.push(*step);
        at = step.at;
    }
    lap.reverse();
    lap
}
