//! From stage to stage: what is known on arrival, until nothing changes any more.
//!
//! Each place keeps a few boxes, by the door through which people come, which only grow; those that go on growing are
//! widened, so the work is bounded. Places are looked at in the order in which people come to them, circles together.

use super::{
    ask::{Asking, When, note_clause},
    known::{BOXES_MAX, Fact, Known, few, origins},
    play::Play,
    site::Sites,
    stay::{Stay, clause_of, stays},
    time::Writes,
    words::{Trigger, Words},
    writers::Writers,
};
use crate::{
    graph::{EdgeId, FlowGraph, Node, NodeId, Way},
    logic::{Key, ValueSet, VarKind},
    model::{FunnelId, Reentry, StageId, Start},
};
use std::{collections::BTreeSet, rc::Rc};

/// A box that has grown so often is widened, and later loses what still grows.
const GROWTHS: (u32, u32) = (4, 9);

/// In funnels of at most so many stages, `anywhere` is looked at stage by stage.
const STAGES_FEW: usize = 24;

/// A box of a place: by which way people came, what is known, how often it grew.
#[derive(Clone, Debug)]
struct Slot {
    key: (usize, usize),
    known: Known,
    growths: u32,
}

/// The analysis.
pub(super) struct Flow<'a, 'm> {
    pub words: &'a Words<'m>,
    pub graph: &'a FlowGraph<'m>,
    pub writers: Writers,
    pub stays: Vec<Stay<'m>>,
    foreign: Vec<Writes>,
    places: Vec<Vec<Slot>>,
    /// What was found at each place when it was last looked at, which is after its boxes had changed for the last time.
    looks: Vec<Option<Look>>,
    rank: Vec<usize>,
    queue: BTreeSet<(usize, NodeId)>,
}

/// What was found at a place.
#[derive(Debug, Default)]
struct Look {
    /// At any time.
    during: Vec<Known>,
    /// On the ways out.
    sites: Sites,
    /// Inside, for each box of those who arrive.
    boxes: Vec<Inside>,
}

/// What was found inside a stage for one box of those who arrive, which is found again only when the box has grown.
#[derive(Debug)]
struct Inside {
    key: (usize, usize),
    growths: u32,
    /// The box.
    entry: Known,
    found: Rc<Found>,
}

/// What is so inside a stage, at any time and at each place.
#[derive(Clone, Debug)]
struct Found {
    during: Vec<Known>,
    sites: Sites,
}

impl<'a, 'm> Flow<'a, 'm> {
    pub fn new(words: &'a Words<'m>, graph: &'a FlowGraph<'m>) -> Self {
        let writers = Writers::new(words);
        let foreign = words.model.funnels.ids().map(|funnel| writers.foreign(words, funnel)).collect();
        let mut rank = vec![0; graph.node_count()];
        for (number, component) in graph.components(|_| true).iter().rev().enumerate() {
            for node in component {
                if let Some(place) = rank.get_mut(node.index()) {
                    *place = number;
                }
            }
        }
        Self {
            words,
            graph,
            writers,
            stays: stays(words, graph),
            foreign,
            places: vec![Vec::new(); graph.node_count()],
            looks: (0..graph.node_count()).map(|_| None).collect(),
            rank,
            queue: BTreeSet::new(),
        }
    }

    /// Goes on until nothing changes.
    pub fn run(&mut self) {
        for funnel in self.words.model.funnels.ids() {
            let outside = self.graph.outside(funnel);
            let stranger = self.writers.strangers(self.words, funnel);
            self.arrive(outside, (usize::MAX, 0), stranger);
        }
        while let Some((_, node)) = self.queue.pop_first() {
            let last = self.looks.get_mut(node.index()).and_then(Option::take);
            let mut look = Look::default();
            for (to, key, known) in self.go_on(node, last, &mut look) {
                self.arrive(to, key, known);
            }
            if let Some(place) = self.looks.get_mut(node.index()) {
                *place = Some(look);
            }
        }
    }

    /// What was found at all places, and at any time in each stage.
    pub fn found(&mut self) -> (Sites, Vec<Vec<Known>>) {
        let mut sites = Sites::default();
        let mut during = Vec::new();
        let mut take = |node: NodeId| self.looks.get_mut(node.index()).and_then(Option::take).unwrap_or_default();
        for id in self.words.model.stages.ids() {
            let look = take(self.graph.stage(id));
            look.boxes.into_iter().for_each(|inside| sites.add(Rc::unwrap_or_clone(inside.found).sites));
            sites.add(look.sites);
            during.push(look.during);
        }
        for id in self.words.model.funnels.ids() {
            for node in [self.graph.outside(id), self.graph.anywhere(id), self.graph.restart(id)] {
                sites.add(take(node).sites);
            }
        }
        (sites, during)
    }

    /// The boxes of a place.
    pub fn boxes(&self, node: NodeId) -> Vec<Known> {
        self.places.get(node.index()).map_or_else(Vec::new, |slots| slots.iter().map(|slot| slot.known.clone()).collect())
    }

    fn foreign(&self, funnel: FunnelId) -> &Writes {
        static NOBODY: Writes = Writes::new();
        self.foreign.get(funnel.index()).unwrap_or(&NOBODY)
    }

    fn arrive(&mut self, node: NodeId, key: (usize, usize), known: Known) {
        let words = self.words;
        let Some(slots) = self.places.get_mut(node.index()) else { return };
        let place =
            slots.iter().position(|slot| slot.key == key).or_else(|| slots.len().checked_sub(1).filter(|_| slots.len() >= BOXES_MAX));
        let Some(slot) = place.and_then(|at| slots.get_mut(at)) else {
            slots.push(Slot { key, known, growths: 0 });
            self.queue.insert((self.rank.get(node.index()).copied().unwrap_or(0), node));
            return;
        };
        if known.is_within(&slot.known, &|var| words.domain(var)) {
            return;
        }
        slot.growths += 1;
        slot.known = if slot.growths < GROWTHS.0 {
            slot.known.join(&known)
        } else {
            slot.known.widen(&known, &|var| words.cuts(var), slot.growths < GROWTHS.1)
        };
        self.queue.insert((self.rank.get(node.index()).copied().unwrap_or(0), node));
    }

    /// Where one comes from a place, with what is known there.
    fn go_on(&self, node: NodeId, last: Option<Look>, look: &mut Look) -> Vec<(NodeId, (usize, usize), Known)> {
        let slots = self.places.get(node.index()).map_or(&[][..], Vec::as_slice);
        if slots.is_empty() {
            return Vec::new();
        }
        let mut before = last.map(|last| last.boxes).unwrap_or_default();
        match self.graph.node(node) {
            Node::Stage(stage) => {
                for slot in slots {
                    let same = before.iter().position(|it| it.key == slot.key && it.growths == slot.growths);
                    let inside = same.map(|at| before.swap_remove(at)).unwrap_or_else(|| {
                        // Whoever knows the same finds the same, by whichever way they came.
                        let twin = look.boxes.iter().chain(&before).find(|it| it.entry == slot.known);
                        let found = twin.map_or_else(|| Rc::new(self.inside(stage, &slot.known)), |it| Rc::clone(&it.found));
                        Inside { key: slot.key, growths: slot.growths, entry: slot.known.clone(), found }
                    });
                    look.boxes.push(inside);
                }
                look.during = few(look.boxes.iter().flat_map(|it| &it.found.during).cloned().collect());
            }
            Node::Outside(_) | Node::Anywhere(_) | Node::Restart(_) => look.during = self.boxes(node),
        }
        self.ways(node, look)
    }

    /// What is known in a stage at any time of those who arrive in a box; goes through its nurtures.
    fn inside(&self, stage: StageId, known: &Known) -> Found {
        let mut sites = Sites::default();
        let during = self.during(stage, known, &mut sites);
        Found { during, sites }
    }

    fn during(&self, stage: StageId, known: &Known, sites: &mut Sites) -> Vec<Known> {
        let words = self.words;
        let model = words.model;
        let it = &model.stages[stage];
        let foreign = self.foreign(it.funnel);
        let nobody = Stay::default();
        let stay = self.stays.get(stage.index()).unwrap_or(&nobody);
        let asked: Vec<_> = it.nurtures.iter().map(|nurture| words.asked(&VarKind::Finished(nurture.name.clone()))).collect();
        let mut during = Vec::new();
        let mut written: Vec<Writes> = Vec::new();
        let mut finished = Vec::new();
        for (number, (nurture, asked)) in it.nurtures.iter().zip(&asked).enumerate() {
            let mut others = self.writers.beside(words, stage, nurture, foreign);
            if matches!(nurture.start, Start::EachTime(_)) {
                others.extend(super::writers::written_by(nurture).map(|(id, _, _)| (id, self.writers.at_any_time(id))));
            }
            let mut play = Play { words, stay, others: &others, written: Writes::new(), ends: Vec::new(), sites };
            play.run(&nurture.start, &nurture.steps, known);
            if let Some(var) = asked {
                let starts_again = matches!(nurture.start, Start::EachTime(_));
                finished.push((*var, nurture.span, play.ends, Some(number).filter(|_| !starts_again)));
            }
            written.push(play.written);
        }
        let stays = |known: &Known, others: &Writes| {
            let mut later = words.pass(known.clone(), (0, stay.gone.map(|(ms, _)| ms)), others);
            if let Some((ms, _)) = stay.gone {
                later.elapsed.1 = Some(later.elapsed.1.map_or(ms, |most| most.min(ms)));
            }
            later
        };
        let flag = |yes: bool| ValueSet::one(Key::Int(i64::from(yes)));
        let mut base = stays(known, &all_of(foreign, &written, None));
        for (var, span, ends, own) in &finished {
            // What it wrote itself is written when it ends.
            let others = all_of(foreign, &written, *own);
            base.put(*var, Fact::by(flag(false), *span));
            for end in ends {
                let mut ended = stays(&words.interfere(end.clone(), &others), &others);
                for (other, ..) in &finished {
                    ended.forget(*other);
                }
                ended.put(*var, Fact::by(flag(true), *span));
                during.push(ended);
            }
        }
        during.push(base);
        during
    }

    /// The ways out of a place.
    fn ways(&self, node: NodeId, look: &mut Look) -> Vec<(NodeId, (usize, usize), Known)> {
        let mut out = Vec::new();
        let here = self.graph.stage_of(node);
        let funnel = self.funnel_of(node);
        let expand = here.is_some() && self.words.model.funnels[funnel].stages.len() <= STAGES_FEW;
        let edges: Vec<EdgeId> = if expand { self.graph.steps_from(node).collect() } else { self.graph.leaving(node).to_vec() };
        let is_final = here.is_some_and(|stage| self.words.model.stages[stage].is_final);
        for id in edges {
            let edge = self.graph.edge(id);
            let key = |number: usize| (id.index(), number);
            match edge.way {
                Way::Join => out.extend(look.during.iter().enumerate().map(|(n, known)| (edge.to, key(n), known.clone()))),
                Way::End => out.extend(self.outside(edge.to, &look.during).into_iter().map(|known| (edge.to, key(0), known))),
                Way::Leave(_) => {
                    let passed = self.through(id, look);
                    let boxes: Vec<Known> = passed.into_iter().map(|(known, _)| known).collect();
                    out.extend(self.outside(edge.to, &boxes).into_iter().map(|known| (edge.to, key(0), known)));
                }
                Way::Door(_) | Way::Restart(_) if is_final && self.graph.edge(id).from == node && matches!(edge.way, Way::Door(_)) => {}
                Way::Door(door) | Way::Restart(door) => {
                    let new_run = matches!(edge.way, Way::Restart(_)) || matches!(self.graph.node(node), Node::Outside(_));
                    for (number, (known, opened_by)) in self.through(id, look).into_iter().enumerate() {
                        out.push((edge.to, key(number), self.words.enter(&known, opened_by, new_run, door.span)));
                    }
                }
            }
        }
        out
    }

    /// Who gets through a clause.
    fn through(&self, id: EdgeId, look: &mut Look) -> Vec<(Known, Option<Trigger>)> {
        let words = self.words;
        let edge = self.graph.edge(id);
        let Some((span, after, when)) = clause_of(edge.way) else { return Vec::new() };
        let restart = matches!(edge.way, Way::Restart(_));
        let of_funnel = matches!((edge.way, self.graph.node(edge.from)), (Way::Leave(_), Node::Anywhere(_)));
        // A run that begins anew has left its stage: what it knew is gone before the door is asked.
        let boxes: Vec<Known> =
            if restart { look.during.iter().map(|known| words.leave(known.clone())).collect() } else { look.during.clone() };
        let boxes = match after {
            Some(after) => words.delayed(&boxes, after, !of_funnel),
            None => boxes,
        };
        let asked = if restart { When::Triggered } else { When::Any };
        let Some(when) = when else {
            note_clause(&mut look.sites, span, &look.during, !boxes.is_empty());
            return boxes.into_iter().map(|known| (known, None)).collect();
        };
        let asking = Asking::new(words, &boxes, when, asked, &|boxes| boxes);
        let passed = asking.passing();
        note_clause(&mut look.sites, span, &look.during, !passed.is_empty());
        if !boxes.is_empty() {
            asking.note(&mut look.sites, (!passed.is_empty(), words.may_fail(&boxes, when, asked)));
        }
        passed
    }

    /// What is known of those who have left, if they may come again.
    fn outside(&self, outside: NodeId, boxes: &[Known]) -> Vec<Known> {
        let funnel = self.funnel_of(outside);
        let model = self.words.model;
        if matches!(model.funnels[funnel].reentry, None | Some(Reentry::Never)) {
            return Vec::new();
        }
        let gone = |known: &Known| self.words.pass(self.words.leave(known.clone()), (0, None), self.foreign(funnel));
        boxes.iter().map(gone).reduce(|a, b| a.join(&b)).into_iter().collect()
    }

    pub fn funnel_of(&self, node: NodeId) -> FunnelId {
        match self.graph.node(node) {
            Node::Stage(stage) => self.words.model.stages[stage].funnel,
            Node::Outside(funnel) | Node::Anywhere(funnel) | Node::Restart(funnel) => funnel,
        }
    }
}

/// What is written by others and by the nurtures of a stage, but for one of them.
fn all_of(foreign: &Writes, written: &[Writes], but: Option<usize>) -> Writes {
    let mut all = foreign.clone();
    for (id, fact) in written.iter().enumerate().filter(|(number, _)| Some(*number) != but).flat_map(|(_, writes)| writes) {
        let sum = all.entry(*id).or_insert_with(|| Fact::plain(ValueSet::NONE));
        *sum = Fact { values: sum.values.or(&fact.values), origins: origins(&sum.origins, &fact.origins) };
    }
    all
}
