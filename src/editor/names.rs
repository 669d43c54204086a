//! Every name of a program with its meaning: what the compiler noted, and the declarations themselves.

use super::meanings::{Member, Named, Thing};
use crate::{
    ast::{self, Arm, FunnelItem, Ident, Param, SplitArm, StageItem, Step, Top, TypeKind, Wait},
    model::{Model, Name, Type},
    resolve::Meaning,
    source::{FileId, Span},
    workspace::Resolved,
};
use smol_str::SmolStr;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// The names of a program.
#[derive(Debug, Default)]
pub struct Names {
    /// In the order of places.
    all: Vec<Named>,
    /// Properties and parameters by the place of their declaration.
    members: HashMap<Span, Member>,
    /// What is declared under each name.
    by_text: BTreeMap<SmolStr, Vec<Thing>>,
    /// Property names that are used without saying of which event.
    loose: HashSet<SmolStr>,
}

impl Names {
    /// Gathers the names of a program.
    pub fn new(resolved: &Resolved) -> Self {
        let mut names = Self::default();
        let model = &resolved.model;
        let lists = names.declared(model);
        for file in &resolved.files {
            file.items.iter().for_each(|node| names.inside(&node.it));
        }
        let plays = nurtures_by_play(model);
        for it in &resolved.uses {
            let Some(thing) = thing(&it.meaning, &lists, &plays) else { continue };
            if let Thing::AnyProperty(name) = &thing {
                names.loose.insert(name.clone());
            }
            names.all.push(Named { span: it.span, thing, declares: false });
        }
        names.all.sort();
        // A name that is declared and used at one place, as the play that a nurture is called by, counts once.
        names.all.dedup_by(|later, first| later.span == first.span);
        names
    }

    /// All, in the order of places.
    pub fn all(&self) -> &[Named] {
        &self.all
    }

    /// Those of a file.
    pub fn in_file(&self, file: FileId) -> &[Named] {
        let start = self.all.partition_point(|named| named.span.file < file);
        let end = self.all.partition_point(|named| named.span.file <= file);
        self.all.get(start..end).unwrap_or_default()
    }

    /// The name that holds an offset or ends there.
    pub fn at(&self, file: FileId, offset: u32) -> Option<&Named> {
        let names = self.in_file(file);
        let until = names.partition_point(|named| named.span.start <= offset);
        let before = names.get(..until)?;
        before.iter().rev().take(2).find(|named| offset <= named.span.end)
    }

    /// What alone goes by this name.
    pub fn only(&self, text: &str) -> Option<Thing> {
        match self.by_text.get(text)?.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// A property or parameter by the place of its declaration.
    pub fn member(&self, declared: Span) -> Option<&Member> {
        self.members.get(&declared)
    }

    /// Whether some text names this property without saying of which event.
    pub fn is_loose(&self, property: &str) -> bool {
        self.loose.contains(property)
    }

    fn declare(&mut self, span: Option<Span>, text: &SmolStr, thing: Thing) {
        self.by_text.entry(text.clone()).or_default().push(thing.clone());
        if let Some(span) = span {
            self.all.push(Named { span, thing, declares: true });
        }
    }

    /// Notes what the model declares; gives the lists of `one of` with the places of the names declared with them.
    fn declared(&mut self, model: &Model) -> Lists {
        let mut lists = Lists::default();
        macro_rules! kinds {
            ($($table:ident: $kind:ident,)*) => { $(
                for (id, it) in model.$table.iter() {
                    let Name { text, span, .. } = &it.name;
                    self.declare(*span, text, Thing::$kind(id));
                }
            )* };
        }
        kinds! {
            attributes: Attribute, events: Event, channels: Channel, messages: Message, actions: Action, segments: Segment, scores: Score,
            plays: Play, funnels: Funnel, stages: Stage,
        }
        for it in model.attributes.values() {
            lists.note(&it.ty, it.name.span);
        }
        macro_rules! members {
            ($($table:ident: $kind:ident, $field:ident;)*) => { $(
                for (id, it) in model.$table.iter() {
                    for (index, member) in it.$field.iter().enumerate() {
                        lists.note(&member.ty, member.span);
                        let Some(span) = member.span else { continue };
                        self.members.insert(span, Member { owner: Thing::$kind(id), index });
                        self.declare(Some(span), &member.name, Thing::Member(span));
                    }
                }
            )* };
        }
        members! { events: Event, properties; messages: Message, parameters; actions: Action, parameters; plays: Play, parameters; }
        for stage in model.stages.values() {
            for nurture in &stage.nurtures {
                let is_own = nurture.play.is_none_or(|play| model.plays[play].name.text != nurture.name);
                if is_own {
                    self.declare(Some(nurture.name_span), &nurture.name, Thing::Nurture(stage.funnel, nurture.name.clone()));
                }
            }
        }
        lists
    }

    /// Notes what stands inside an item of a file and is declared there: values of lists, splits and their arms.
    fn inside(&mut self, item: &Top) {
        match item {
            Top::Contact(block) => {
                for node in &block.items {
                    self.values(node.it.name.span, &node.it.ty);
                }
            }
            Top::Event(it) => self.params(it.head.params.as_ref()),
            Top::Message(it) => self.params(it.head.params.as_ref()),
            Top::Action(it) => self.params(it.head.params.as_ref()),
            Top::Play(it) => {
                self.params(it.head.params.as_ref());
                self.steps(&it.body);
            }
            Top::Funnel(it) => {
                for node in &it.body.items {
                    let FunnelItem::Stage(stage) = &node.it else { continue };
                    for node in stage.body.iter().flat_map(|body| &body.items) {
                        if let StageItem::Nurture(nurture) = &node.it {
                            nurture.body.iter().for_each(|body| self.steps(body));
                        }
                    }
                }
            }
            Top::Use(_)
            | Top::Timezone(_)
            | Top::Channel(_)
            | Top::Segment(_)
            | Top::Score(_)
            | Top::Assume(_)
            | Top::Guarantee(_)
            | Top::Test(_)
            | Top::Broken(_) => {}
        }
    }

    fn params(&mut self, params: Option<&Vec<Param>>) {
        for param in params.into_iter().flatten() {
            self.values(param.name.span, &param.ty);
        }
    }

    fn values(&mut self, owner: Span, ty: &ast::Type) {
        if let TypeKind::OneOf(words) = &ty.kind {
            for word in words {
                self.declare(Some(word.span), &word.text, Thing::Value(owner, word.text.clone()));
            }
        }
    }

    fn steps(&mut self, block: &ast::Block<Step>) {
        for node in &block.items {
            match &node.it {
                Step::Wait(Wait::Arms(arms)) => {
                    for arm in &arms.arms.items {
                        match &arm.it {
                            Arm::On { body, .. } | Arm::Otherwise { body } => self.steps(body),
                            Arm::Broken(_) => {}
                        }
                    }
                }
                Step::If { branches, otherwise } => {
                    branches.iter().for_each(|branch| self.steps(&branch.body));
                    otherwise.iter().for_each(|body| self.steps(body));
                }
                Step::Split(split) => self.split(split),
                Step::Repeat(repeat) => self.steps(&repeat.body),
                Step::Wait(_)
                | Step::Send { .. }
                | Step::Do { .. }
                | Step::Set { .. }
                | Step::Add { .. }
                | Step::Remove { .. }
                | Step::Record { .. }
                | Step::Stop
                | Step::Note(_)
                | Step::Formerly(_)
                | Step::Broken(_) => {}
            }
        }
    }

    fn split(&mut self, split: &ast::Split) {
        let Ident { span, text } = &split.name;
        self.declare(Some(*span), text, Thing::Split(text.clone()));
        for node in &split.arms.items {
            if let SplitArm::Share { name, body, .. } = &node.it {
                self.declare(Some(name.span), &name.text, Thing::Arm(text.clone(), name.text.clone()));
                self.steps(body);
            }
        }
    }
}

/// The lists of `one of`, each with the name declared with it. Lists are told apart by where they lie, since two may hold
/// the same words.
#[derive(Default)]
struct Lists {
    owners: Vec<(Arc<[SmolStr]>, Span)>,
}

impl Lists {
    fn note(&mut self, ty: &Type, owner: Option<Span>) {
        if let (Type::OneOf(words), Some(owner)) = (ty, owner) {
            self.owners.push((Arc::clone(words), owner));
        }
    }

    fn owner(&self, words: &Arc<[SmolStr]>) -> Option<Span> {
        self.owners.iter().find(|(list, _)| Arc::ptr_eq(list, words)).map(|(_, owner)| *owner)
    }
}

/// Nurtures that go by the name of the play they use.
fn nurtures_by_play(model: &Model) -> HashMap<(crate::model::FunnelId, SmolStr), crate::model::PlayId> {
    let nurtures = model.stages.values().flat_map(|stage| stage.nurtures.iter().map(|nurture| (stage.funnel, nurture)));
    let named = nurtures.filter_map(|(funnel, nurture)| {
        let play = nurture.play.filter(|play| model.plays[*play].name.text == nurture.name)?;
        Some(((funnel, nurture.name.clone()), play))
    });
    named.collect()
}

fn thing(meaning: &Meaning, lists: &Lists, plays: &HashMap<(crate::model::FunnelId, SmolStr), crate::model::PlayId>) -> Option<Thing> {
    Some(match meaning {
        Meaning::Attribute(id) => Thing::Attribute(*id),
        Meaning::Event(id) => Thing::Event(*id),
        Meaning::Channel(id) => Thing::Channel(*id),
        Meaning::Message(id) => Thing::Message(*id),
        Meaning::Action(id) => Thing::Action(*id),
        Meaning::Segment(id) => Thing::Segment(*id),
        Meaning::Score(id) => Thing::Score(*id),
        Meaning::Play(id) => Thing::Play(*id),
        Meaning::Funnel(id) => Thing::Funnel(*id),
        Meaning::Stage(id) => Thing::Stage(*id),
        Meaning::Member(span) => Thing::Member(*span),
        Meaning::AnyProperty(name) => Thing::AnyProperty(name.clone()),
        Meaning::Choice(words, word) => Thing::Value(lists.owner(words)?, word.clone()),
        Meaning::Nurture(funnel, name) => match plays.get(&(*funnel, name.clone())) {
            Some(play) => Thing::Play(*play),
            None => Thing::Nurture(*funnel, name.clone()),
        },
        Meaning::Split(name) => Thing::Split(name.clone()),
        Meaning::Arm(split, arm) => Thing::Arm(split.clone(), arm.clone()),
    })
}
