//! The graph of a model.

use super::{Adjacency, Edge, EdgeId, FlowGraph, NodeId, Way, number};
use crate::model::{FunnelId, Model, Reentry, Source, StageId};

impl<'m> FlowGraph<'m> {
    /// The graph of a model, in time proportional to its size.
    #[must_use]
    pub fn new(model: &'m Model) -> Self {
        let mut graph = Self { model, edges: Vec::new(), out: Adjacency::default(), into: Adjacency::default() };
        for funnel in model.funnels.ids() {
            graph.add_funnel(funnel);
        }
        graph.out = graph.adjacency(|edge| edge.from);
        graph.into = graph.adjacency(|edge| edge.to);
        graph
    }

    fn add(&mut self, from: NodeId, to: NodeId, way: Way<'m>) {
        self.edges.push(Edge { from, to, way });
    }

    fn add_funnel(&mut self, id: FunnelId) {
        let model = self.model;
        let funnel = &model.funnels[id];
        for stage in &funnel.stages {
            self.add_stage(id, *stage);
        }
        for leave in &funnel.leaves {
            self.add(self.anywhere(id), self.outside(id), Way::Leave(leave));
        }
        if let Some(Reentry::RestartFrom(stages)) = &funnel.reentry {
            for stage in stages {
                self.add(self.stage(*stage), self.restart(id), Way::Join);
            }
        }
    }

    fn add_stage(&mut self, funnel: FunnelId, id: StageId) {
        let model = self.model;
        let stage = &model.stages[id];
        let node = self.stage(id);
        let restarts = matches!(model.funnels[funnel].reentry, Some(Reentry::RestartFrom(_)));
        for door in &stage.doors {
            let way = Way::Door(door);
            let from_outside = match &door.source {
                Source::Outside => true,
                Source::Stages(list) => {
                    for (from, _) in list {
                        self.add(self.stage(*from), node, way);
                    }
                    false
                }
                Source::Anywhere { or_outside } => {
                    self.add(self.anywhere(funnel), node, way);
                    *or_outside
                }
            };
            if from_outside {
                self.add(self.outside(funnel), node, way);
                if restarts {
                    self.add(self.restart(funnel), node, Way::Restart(door));
                }
            }
        }
        for leave in &stage.leaves {
            self.add(node, self.outside(funnel), Way::Leave(leave));
        }
        if stage.is_final {
            self.add(node, self.outside(funnel), Way::End);
        } else {
            self.add(node, self.anywhere(funnel), Way::Join);
        }
    }

    /// A counting sort of the edges by one of their ends, which keeps their order.
    fn adjacency(&self, end: impl Fn(&Edge<'m>) -> NodeId) -> Adjacency {
        let mut starts = vec![0_u32; self.node_count() + 1];
        for edge in &self.edges {
            starts[end(edge).index() + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut list = vec![EdgeId(0); self.edges.len()];
        for (index, edge) in self.edges.iter().enumerate() {
            let place = &mut next[end(edge).index()];
            list[*place as usize] = EdgeId(number(index));
            *place += 1;
        }
        Adjacency { starts, list }
    }
}
