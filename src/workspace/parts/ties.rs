//! Which funnels have to do with each other.

use super::{
    Kind, Unit,
    words::{Asks, Vocabulary},
};
use crate::ast::{self, Arm, Block, FunnelItem, Node, SplitArm, Stage, StageItem, Step, Top, Wait};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// So many words are looked at for parting a program; where that is not enough, it stays whole.
const WORDS_MAX: usize = 20_000_000;

/// A funnel with the declarations it needs.
struct Funnel {
    /// Its number among the units.
    unit: usize,
    /// What it needs, itself included, in order.
    needs: Vec<usize>,
    /// All words in what it needs, in order.
    words: Vec<u32>,
    /// The words it writes: attributes it sets, events it records.
    writes: Vec<u32>,
    /// The names of stages of other funnels that it brings people to.
    feeds: Vec<u32>,
    /// How it asks about messages.
    asks: Asks,
}

/// The units of each part, by the first funnel; those that no funnel needs come last. `None` where it would take too long.
pub(super) fn tie(units: &[Unit], files: &[ast::File], vocabulary: &Vocabulary) -> Option<Vec<Vec<usize>>> {
    let needs = Needs::new(units, files, vocabulary);
    let mut work = 0;
    let mut funnels = Vec::new();
    for unit in (0..units.len()).filter(|unit| units[*unit].kind == Kind::Funnel) {
        let funnel = needs.funnel(unit);
        work += funnel.words.len() + funnel.needs.len();
        if work > WORDS_MAX {
            return None;
        }
        funnels.push(funnel);
    }
    let mut groups = Groups::new(funnels.len());
    groups.tie(&funnels, &needs);
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, funnel) in funnels.iter().enumerate() {
        parts.entry(groups.first(number)).or_default().extend(&funnel.needs);
    }
    let mut parts: Vec<Vec<usize>> = parts.into_values().collect();
    if parts.len() < 2 {
        return Some(vec![(0..units.len()).collect()]);
    }
    let used: FxHashSet<usize> = parts.iter().flatten().copied().collect();
    let is_left = |unit: &usize| !used.contains(unit) && !matches!(units[*unit].kind, Kind::Funnel | Kind::Promise | Kind::Assume);
    let left: Vec<usize> = (0..units.len()).filter(is_left).collect();
    if !left.is_empty() {
        parts.push(needs.all(left));
    }
    for part in &mut parts {
        part.sort_unstable();
        part.dedup();
    }
    Some(parts)
}

/// Finds what a declaration needs.
struct Needs<'u> {
    units: &'u [Unit],
    files: &'u [ast::File],
    vocabulary: &'u Vocabulary,
    /// The declarations of each name.
    named: FxHashMap<u32, Vec<usize>>,
    /// The events that opt out, by the words in them.
    opt_outs: FxHashMap<u32, Vec<usize>>,
    always: Vec<usize>,
    /// The assumptions about each stage, with the funnel's name where it is said.
    assumptions: FxHashMap<u32, Vec<(Option<u32>, usize)>>,
    /// The funnels by name.
    funnels: FxHashMap<u32, usize>,
    /// The funnels that have a stage of a name.
    stages: FxHashMap<u32, Vec<usize>>,
}

impl<'u> Needs<'u> {
    fn new(units: &'u [Unit], files: &'u [ast::File], vocabulary: &'u Vocabulary) -> Self {
        let mut needs = Self {
            units,
            files,
            vocabulary,
            named: FxHashMap::default(),
            opt_outs: FxHashMap::default(),
            always: Vec::new(),
            assumptions: FxHashMap::default(),
            funnels: FxHashMap::default(),
            stages: FxHashMap::default(),
        };
        for (number, unit) in units.iter().enumerate() {
            match unit.kind {
                Kind::Funnel => {
                    needs.funnels.extend(unit.name.map(|name| (name, number)));
                    for stage in needs.stage_names(unit) {
                        needs.stages.entry(stage).or_default().push(number);
                    }
                }
                Kind::Always => needs.always.push(number),
                Kind::Assume => {
                    if let Some(Top::Assume(assume)) = needs.item(unit) {
                        let funnel = assume.stage.funnel.as_ref().and_then(|name| vocabulary.get(&name.text));
                        let stage = vocabulary.get(&assume.stage.stage.text);
                        stage.into_iter().for_each(|stage| needs.assumptions.entry(stage).or_default().push((funnel, number)));
                    }
                }
                Kind::OptOut => unit.words.iter().for_each(|word| needs.opt_outs.entry(*word).or_default().push(number)),
                Kind::Named | Kind::Message | Kind::Channel | Kind::Play | Kind::Promise => {}
            }
            if !matches!(unit.kind, Kind::Funnel) {
                needs.named_by(unit.name, number);
            }
        }
        needs
    }

    fn named_by(&mut self, name: Option<u32>, number: usize) {
        name.into_iter().for_each(|name| self.named.entry(name).or_default().push(number));
    }

    fn item(&self, unit: &Unit) -> Option<&'u Top> {
        self.files.get(unit.place.file)?.items.get(unit.place.item).map(|node| &node.it)
    }

    fn stage_names(&self, unit: &Unit) -> Vec<u32> {
        let Some(Top::Funnel(funnel)) = self.item(unit) else { return Vec::new() };
        stages(funnel).filter_map(|stage| self.vocabulary.get(&stage.head.name.text)).collect()
    }

    /// These declarations and all that they need.
    fn all(&self, first: Vec<usize>) -> Vec<usize> {
        let mut found: FxHashSet<usize> = FxHashSet::default();
        let mut queue = first;
        queue.extend(&self.always);
        while let Some(number) = queue.pop() {
            let Some(unit) = self.units.get(number).filter(|_| found.insert(number)) else { continue };
            let named = unit.words.iter().filter_map(|word| self.named.get(word));
            queue.extend(named.flatten().filter(|it| !found.contains(it)));
            if matches!(unit.kind, Kind::Channel) {
                queue.extend(unit.name.iter().filter_map(|name| self.opt_outs.get(name)).flatten());
            }
        }
        let mut found: Vec<usize> = found.into_iter().collect();
        found.sort_unstable();
        found
    }

    fn funnel(&self, number: usize) -> Funnel {
        let unit = &self.units[number];
        let stages = self.stage_names(unit);
        let speaks_of_us = |(funnel, _): &&(Option<u32>, usize)| funnel.is_none() || *funnel == unit.name;
        let assumed = stages.iter().filter_map(|stage| self.assumptions.get(stage)).flatten().filter(speaks_of_us).map(|(_, it)| *it);
        let needs = self.all(std::iter::once(number).chain(assumed).collect());
        let mut words: Vec<u32> = needs.iter().flat_map(|it| &self.units[*it].words).copied().collect();
        words.sort_unstable();
        words.dedup();
        let mut writes = Vec::new();
        for item in needs.iter().filter_map(|it| self.item(&self.units[*it])) {
            written(item, &mut |name| writes.extend(self.vocabulary.get(&name.text)));
        }
        let feeds = self.item(unit).map(fed).unwrap_or_default();
        let feeds = feeds.into_iter().filter_map(|name| self.vocabulary.get(&name.text)).filter(|name| !stages.contains(name)).collect();
        let asks = needs.iter().map(|it| self.units[*it].asks).max().unwrap_or_default();
        Funnel { unit: number, needs, words, writes, feeds, asks }
    }
}

/// Funnels that belong together: a forest whose roots are the first of each group.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    fn first(&self, mut one: usize) -> usize {
        while self.parent[one] != one {
            one = self.parent[one];
        }
        one
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        let (low, high) = (one.min(other), one.max(other));
        self.parent[high] = low;
    }

    fn tie(&mut self, funnels: &[Funnel], needs: &Needs<'_>) {
        let units = needs.units;
        let by_unit: FxHashMap<usize, usize> = funnels.iter().enumerate().map(|(number, it)| (it.unit, number)).collect();
        let written: FxHashSet<u32> = funnels.iter().flat_map(|it| &it.writes).copied().collect();
        let asked: FxHashSet<usize> = funnels.iter().filter(|it| it.asks == Asks::Named).flat_map(|it| &it.needs).copied().collect();
        let somebody_asks_of_all = funnels.iter().any(|it| it.asks == Asks::Any);
        // The first funnel that was seen with something that ties all that have it.
        let mut seen: FxHashMap<Tie, usize> = FxHashMap::default();
        for (number, funnel) in funnels.iter().enumerate() {
            let mut meet = |groups: &mut Self, tie: Tie| groups.join(number, *seen.entry(tie).or_insert(number));
            for word in &funnel.words {
                if written.contains(word) {
                    meet(self, Tie::Written(*word));
                }
                if let Some(other) = needs.funnels.get(word).and_then(|unit| by_unit.get(unit)) {
                    self.join(number, *other);
                }
            }
            for other in funnel.feeds.iter().filter_map(|stage| needs.stages.get(stage)).flatten().filter_map(|unit| by_unit.get(unit)) {
                self.join(number, *other);
            }
            if funnel.asks == Asks::Any {
                meet(self, Tie::Messages);
            }
            for unit in &funnel.needs {
                let Some(it) = units.get(*unit) else { continue };
                match it.kind {
                    Kind::Play => meet(self, Tie::Unit(*unit)),
                    Kind::Message => {
                        if asked.contains(unit) {
                            meet(self, Tie::Unit(*unit));
                        }
                        if somebody_asks_of_all {
                            meet(self, Tie::Messages);
                        }
                    }
                    Kind::Channel | Kind::Funnel | Kind::Named | Kind::OptOut | Kind::Always | Kind::Assume | Kind::Promise => {}
                }
            }
        }
    }
}

/// What ties all funnels that have it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Tie {
    Written(u32),
    Unit(usize),
    Messages,
}

/// The attributes that a funnel or play sets, and the events that it records.
fn written(item: &Top, see: &mut dyn FnMut(&ast::Ident)) {
    match item {
        Top::Play(play) => steps(&play.body, see),
        Top::Funnel(funnel) => {
            for item in stages(funnel).flat_map(|stage| &stage.body).flat_map(|body| &body.items) {
                if let StageItem::Nurture(nurture) = &item.it {
                    nurture.body.iter().for_each(|body| steps(body, see));
                }
            }
        }
        Top::Use(_)
        | Top::Timezone(_)
        | Top::Contact(_)
        | Top::Event(_)
        | Top::Channel(_)
        | Top::Message(_)
        | Top::Action(_)
        | Top::Segment(_)
        | Top::Score(_)
        | Top::Assume(_)
        | Top::Guarantee(_)
        | Top::Test(_)
        | Top::Broken(_) => {}
    }
}

fn steps(block: &Block<Step>, see: &mut dyn FnMut(&ast::Ident)) {
    for Node { it, .. } in &block.items {
        match it {
            Step::Set { attribute: name, .. }
            | Step::Add { attribute: name, .. }
            | Step::Remove { attribute: name, .. }
            | Step::Record { event: name, .. } => see(name),
            Step::If { branches, otherwise } => {
                branches.iter().for_each(|branch| steps(&branch.body, see));
                otherwise.iter().for_each(|body| steps(body, see));
            }
            Step::Wait(Wait::Arms(arms)) => {
                for arm in &arms.arms.items {
                    match &arm.it {
                        Arm::On { body, .. } | Arm::Otherwise { body } => steps(body, see),
                        Arm::Broken(_) => {}
                    }
                }
            }
            Step::Split(split) => {
                for arm in &split.arms.items {
                    match &arm.it {
                        SplitArm::Share { body, .. } => steps(body, see),
                        SplitArm::Broken(_) => {}
                    }
                }
            }
            Step::Repeat(repeat) => steps(&repeat.body, see),
            Step::Wait(_) | Step::Send { .. } | Step::Do { .. } | Step::Stop | Step::Note(_) | Step::Formerly(_) | Step::Broken(_) => {}
        }
    }
}

fn stages(funnel: &ast::Funnel) -> impl Iterator<Item = &Stage> {
    funnel.body.items.iter().filter_map(|item| if let FunnelItem::Stage(stage) = &item.it { Some(stage) } else { None })
}

/// The stages that a funnel feeds.
fn fed(item: &Top) -> Vec<&ast::Ident> {
    let Top::Funnel(funnel) = item else { return Vec::new() };
    let items = stages(funnel).flat_map(|stage| &stage.body).flat_map(|body| &body.items);
    items.filter_map(|item| if let StageItem::Feeds { stage, .. } = &item.it { Some(&stage.stage) } else { None }).collect()
}
