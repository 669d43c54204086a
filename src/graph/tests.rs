//! The graph on models made by hand.

use super::*;
use crate::{
    model::{Condition, ConditionKind, Funnel, Name, Reentry, Source, Stage},
    source::{FileId, Span},
};

fn span() -> Span {
    Span::empty(FileId::new(0), 0)
}

fn name(text: &str) -> Name {
    Name { text: text.into(), span: None, label: None, note: None, formerly: None }
}

/// One funnel; of each stage the doors: `None` from outside, else from the stages of these numbers, all if there is none.
fn model(stages: &[&[Option<&[u32]>]]) -> Model {
    let mut model = Model::default();
    let funnel: FunnelId = crate::model::Id::new(0);
    for (n, doors) in stages.iter().enumerate() {
        let door = |from: &Option<&[u32]>| Door {
            span: span(),
            source: match from {
                None => Source::Outside,
                Some([]) => Source::Anywhere { or_outside: false },
                Some(list) => Source::Stages(list.iter().map(|n| (crate::model::Id::new(*n), span())).collect()),
            },
            after: None,
            when: Some(Condition { span: span(), kind: ConditionKind::And(Vec::new()) }),
        };
        model.stages.push(Stage {
            funnel,
            name: name(&format!("s{n}")),
            span: span(),
            goal: false,
            is_final: false,
            visits_at_most: None,
            open_to: None,
            targets: Vec::new(),
            feeds: Vec::new(),
            doors: doors.iter().map(door).collect(),
            leaves: Vec::new(),
            nurtures: Vec::new(),
        });
    }
    model.funnels.push(Funnel {
        name: name("f"),
        span: span(),
        key: None,
        reentry: Some(Reentry::Never),
        stages: model.stages.ids().collect(),
        leaves: Vec::new(),
        guarantees: Vec::new(),
        assumptions: Vec::new(),
    });
    model
}

/// The numbers of the stages a path goes through, its beginning left out.
fn way(graph: &FlowGraph<'_>, path: &[Step]) -> Vec<u32> {
    path.iter().map(|step| graph.edge(step.edge).to.0).collect()
}

#[test]
fn the_shortest_path_goes_by_the_first_door() {
    // outside → 0 → {1, 2} → 3, and the long way 0 → 4 → 5 → 3.
    let model = model(&[&[None], &[Some(&[0])], &[Some(&[0])], &[Some(&[5, 2, 1])], &[Some(&[0])], &[Some(&[4])]]);
    let graph = FlowGraph::new(&model);
    let reach = graph.reach([graph.outside(crate::model::Id::new(0))], |_| true);
    assert_eq!(way(&graph, &reach.path(&graph, NodeId(3))), [0, 1, 3]);
    assert_eq!(reach.path(&graph, NodeId(3))[2].at, NodeId(1));
}

#[test]
fn anywhere_is_one_step_from_every_other_stage() {
    let model = model(&[&[None], &[Some(&[0])], &[Some(&[])]]);
    let graph = FlowGraph::new(&model);
    let reach = graph.reach([graph.outside(crate::model::Id::new(0))], |_| true);
    let path = reach.path(&graph, NodeId(2));
    assert_eq!(way(&graph, &path), [0, 2]);
    assert_eq!(path[1].at, NodeId(0), "the place a step is taken from is a stage");
    assert_eq!(graph.steps_from(NodeId(2)).count(), 0, "`anywhere` does not lead back to where one is");
}

#[test]
fn a_stage_with_anywhere_alone_cannot_be_gone_round() {
    let alone = model(&[&[None, Some(&[])]]);
    let graph = FlowGraph::new(&alone);
    assert!(graph.components(|_| true).iter().all(|component| !graph.goes_round(component, &|_| true)));
    let two = model(&[&[None, Some(&[])], &[Some(&[])]]);
    let graph = FlowGraph::new(&two);
    let components = graph.components(|_| true);
    let round: Vec<_> = components.iter().filter(|component| graph.goes_round(component, &|_| true)).collect();
    assert_eq!(round.len(), 1);
    let search = Search { take: &|_| true, accept: &|_, _| true };
    let lap = graph.lap(round[0], &[NodeId(0)], &search).expect("0 → 1 → 0");
    assert_eq!(way(&graph, &lap), [1, 0]);
}

#[test]
fn laps_that_are_not_accepted_give_way_to_longer_ones() {
    // 0 → 1 → 0 and 0 → 2 → 3 → 0.
    let model = model(&[&[None, Some(&[1]), Some(&[3])], &[Some(&[0])], &[Some(&[0])], &[Some(&[2])]]);
    let graph = FlowGraph::new(&model);
    let components = graph.components(|_| true);
    let round = components.iter().find(|component| graph.goes_round(component, &|_| true)).expect("two laps");
    let search = Search { take: &|_| true, accept: &|lap, _| lap.iter().all(|step| graph.edge(step.edge).to != NodeId(1)) };
    let lap = graph.lap(round, &[NodeId(0)], &search).expect("the longer lap");
    assert_eq!(way(&graph, &lap), [2, 3, 0]);
}

#[test]
fn ten_thousand_stages_in_a_ring_are_one_component() {
    let lists: Vec<[u32; 1]> = (0..10_000).map(|n| [(n + 9_999) % 10_000]).collect();
    let doors: Vec<[Option<&[u32]>; 1]> = lists.iter().map(|list| [Some(list.as_slice())]).collect();
    let stages: Vec<&[Option<&[u32]>]> = doors.iter().map(|it| it.as_slice()).collect();
    let model = model(&stages);
    let graph = FlowGraph::new(&model);
    let sizes: Vec<usize> = graph.components(|_| true).iter().map(Vec::len).filter(|size| *size > 1).collect();
    assert_eq!(sizes, [10_000]);
}
