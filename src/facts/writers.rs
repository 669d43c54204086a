//! Who writes which attribute, and what an attribute can ever be.

use super::{
    known::{Fact, Known, origins},
    time::Writes,
    words::Words,
};
use crate::{
    logic::{Key, ValueSet},
    model::{AttributeId, FunnelId, Keeper, Nurture, StageId, Step, StepKind, Term},
    source::Span,
};
use std::collections::BTreeMap;

/// After so many rounds whatever still grows is taken for anything.
const ROUNDS: usize = 6;

/// The attributes that are written, and by whom.
pub(super) struct Writers {
    /// What an attribute can ever be, for those that funnels alone set.
    ever: Writes,
    /// The funnels that write an attribute.
    funnels: BTreeMap<AttributeId, Vec<FunnelId>>,
}

impl Writers {
    pub fn new(words: &Words<'_>) -> Self {
        let model = words.model;
        let mut funnels: BTreeMap<AttributeId, Vec<FunnelId>> = BTreeMap::new();
        let mut writes: Vec<(AttributeId, Option<&Term>, Span)> = Vec::new();
        for stage in model.stages.values() {
            for nurture in &stage.nurtures {
                for (attribute, value, span) in written_by(nurture) {
                    let list = funnels.entry(attribute).or_default();
                    if list.last() != Some(&stage.funnel) {
                        list.push(stage.funnel);
                    }
                    writes.push((attribute, value, span));
                }
            }
        }
        Self { ever: ever(words, &writes), funnels }
    }

    /// What others than a run of this funnel write, at any time.
    pub fn foreign(&self, words: &Words<'_>, funnel: FunnelId) -> Writes {
        let keyed = words.model.funnels[funnel].key.is_some();
        let others = self.funnels.iter().filter(|(_, list)| keyed || list.iter().any(|it| *it != funnel));
        others.map(|(attribute, _)| (*attribute, self.at_any_time(*attribute))).collect()
    }

    /// What a nurture's neighbours in its stage, and others, write.
    pub fn beside(&self, words: &Words<'_>, stage: StageId, nurture: &Nurture, foreign: &Writes) -> Writes {
        let mut all = foreign.clone();
        let stage = &words.model.stages[stage];
        for other in stage.nurtures.iter().filter(|it| it.name != nurture.name) {
            all.extend(written_by(other).map(|(attribute, _, _)| (attribute, self.at_any_time(attribute))));
        }
        all
    }

    /// What an attribute can ever be.
    pub fn at_any_time(&self, attribute: AttributeId) -> Fact {
        self.ever.get(&attribute).cloned().unwrap_or(Fact::plain(ValueSet::ALL))
    }

    /// What is known of somebody of whom nothing has been heard: funnels alone set these attributes.
    pub fn strangers(&self, words: &Words<'_>, funnel: FunnelId) -> Known {
        let mut known = Known::default();
        known.elapsed = (0, None);
        let foreign = self.foreign(words, funnel);
        for (id, attribute) in words.model.attributes.iter() {
            let Some(var) = words.attribute(id).filter(|_| attribute.keeper == Keeper::Ours) else { continue };
            let fact = match foreign.get(&id) {
                Some(_) => self.at_any_time(id),
                None => at_first(words, id),
            };
            if !words.domain(var).is_within(&fact.values) {
                known.put(var, fact);
            }
        }
        known
    }
}

/// The value that an attribute begins with.
fn at_first(words: &Words<'_>, id: AttributeId) -> Fact {
    let attribute = &words.model.attributes[id];
    let declared = attribute.name.span.into_iter().collect();
    let values = match &attribute.default {
        Some(literal) => words.literal(literal, &attribute.ty).map_or(ValueSet::ALL, ValueSet::one),
        None if attribute.optional => ValueSet::MISSING,
        None => ValueSet::ALL,
    };
    let no = ValueSet::one(Key::Int(0));
    Fact { values: if words.is_closable(id) { values.or(&no) } else { values }, origins: declared }
}

/// What each attribute of ours can be, whoever writes it whenever.
fn ever(words: &Words<'_>, writes: &[(AttributeId, Option<&Term>, Span)]) -> Writes {
    let mut ever = Writes::new();
    for (id, attribute) in words.model.attributes.iter() {
        let first = if attribute.keeper == Keeper::Ours { at_first(words, id) } else { Fact::plain(ValueSet::ALL) };
        ever.insert(id, first);
    }
    let mut round = 0;
    let mut grown = true;
    while grown {
        let mut known = Known::default();
        for (id, fact) in &ever {
            if let Some(var) = words.attribute(*id) {
                known.put(var, fact.clone());
            }
        }
        grown = false;
        for (id, value, span) in writes {
            let attribute = &words.model.attributes[*id];
            let worth = value.map_or(ValueSet::ALL, |term| words.worth(&known, term, &attribute.ty));
            let worth = if round >= ROUNDS { widest(&worth, ever.get(id)) } else { worth };
            // A missing value leaves what may not be missing as it is.
            let worth = if attribute.optional { worth } else { worth.known() };
            let Some(fact) = ever.get_mut(id) else { continue };
            if !worth.is_within(&fact.values) {
                grown = true;
                *fact = Fact { values: fact.values.or(&worth), origins: origins(&fact.origins, &[*span]) };
            }
        }
        round += 1;
    }
    ever
}

/// Anything, where a value still grows.
fn widest(worth: &ValueSet, fact: Option<&Fact>) -> ValueSet {
    if fact.is_some_and(|fact| worth.is_within(&fact.values)) { worth.clone() } else { ValueSet::ALL }
}

/// The attributes that a nurture writes, with what and where; nothing for lists.
pub(super) fn written_by(nurture: &Nurture) -> impl Iterator<Item = (AttributeId, Option<&Term>, Span)> {
    let mut found = Vec::new();
    collect(&nurture.steps, &mut found);
    found.into_iter()
}

fn collect<'m>(steps: &'m [Step], found: &mut Vec<(AttributeId, Option<&'m Term>, Span)>) {
    use crate::model::Wait;
    for step in steps {
        match &step.kind {
            StepKind::Set { attribute: Some(attribute), value } => found.push((*attribute, Some(value), step.span)),
            StepKind::Add { attribute: Some(attribute), .. } | StepKind::Remove { attribute: Some(attribute), .. } => {
                found.push((*attribute, None, step.span));
            }
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                arms.iter().for_each(|arm| collect(&arm.steps, found));
                collect(otherwise, found);
            }
            StepKind::If { branches, otherwise, .. } => {
                branches.iter().for_each(|branch| collect(&branch.steps, found));
                collect(otherwise, found);
            }
            StepKind::Split(split) => split.arms.iter().for_each(|arm| collect(&arm.steps, found)),
            StepKind::Repeat(repeat) => collect(&repeat.steps, found),
            StepKind::Send { .. }
            | StepKind::Act { .. }
            | StepKind::Wait(_)
            | StepKind::Set { attribute: None, .. }
            | StepKind::Add { attribute: None, .. }
            | StepKind::Remove { attribute: None, .. }
            | StepKind::Record { .. }
            | StepKind::Stop => {}
        }
    }
}
