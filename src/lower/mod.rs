//! From the checked model to the rule set.
//!
//! Job: write down flatly, by name, what the model says by id, with the sentence of each rule and an identity that
//! stays the same as long as what it stands for does.
//! Invariants: lowering cannot fail, since [`Checked`] is minted only where no error remains; equal models and texts
//! give equal rule sets; every id in the result is unique.
//! Deliberately absent: decisions. What a construct means was settled when it was resolved.

mod condition;
mod flow;
mod step;
mod term;
mod vocabulary;

use crate::{
    check::Checked,
    model::Model,
    ruleset::{self, RuleSet},
    source::{SourceMap, Span, sentence_of},
};

/// The rule set of a checked model.
#[must_use]
pub fn lower(checked: &Checked<'_>, sources: &SourceMap) -> RuleSet {
    Lowering { model: checked.model(), sources }.rule_set()
}

/// What a model that may still have findings looks like: good for a drawing and for nothing else.
#[derive(Clone, Debug)]
pub struct Sketch(RuleSet);

impl Sketch {
    /// The rules, for drawing them.
    pub(crate) fn rules(&self) -> &RuleSet {
        &self.0
    }
}

/// A sketch of a model whatever its findings; what could not be resolved is drawn as nothing.
#[must_use]
pub fn sketch(model: &Model, sources: &SourceMap) -> Sketch {
    Sketch(Lowering { model, sources }.rule_set())
}

/// A model whose names and types are whole and that checks may have found fault with: good for playing findings on the
/// runtime, and for nothing else. Its rules are handed to the replay of stories, and to tests that are played even so.
#[derive(Clone, Debug)]
#[cfg(feature = "runtime")]
pub struct Rehearsal(RuleSet);

#[cfg(feature = "runtime")]
impl Rehearsal {
    /// The rules, for playing them.
    pub(crate) fn rules(&self) -> &RuleSet {
        &self.0
    }
}

/// A rehearsal of a resolved model, whatever the checks say of it.
#[must_use]
#[cfg(feature = "runtime")]
pub fn rehearsal(model: &Model, sources: &SourceMap) -> Rehearsal {
    Rehearsal(Lowering { model, sources }.rule_set())
}

/// The model being lowered and the texts it came from.
#[derive(Clone, Copy)]
struct Lowering<'a> {
    model: &'a Model,
    sources: &'a SourceMap,
}

impl Lowering<'_> {
    fn rule_set(self) -> RuleSet {
        let model = self.model;
        let mut rules = RuleSet {
            format: ruleset::FORMAT.to_owned(),
            version: ruleset::VERSION,
            meaning: String::new(),
            timezone: model.timezone.to_string(),
            attributes: model.attributes.values().map(|it| self.attribute(it)).collect(),
            events: model.events.values().map(|it| self.event(it)).collect(),
            channels: model.channels.values().map(|it| self.channel(it)).collect(),
            messages: model.messages.values().map(|it| self.message(it)).collect(),
            actions: model.actions.values().map(|it| self.action(it)).collect(),
            segments: model.segments.values().map(|it| self.segment(it)).collect(),
            scores: model.scores.values().map(|it| self.score(it)).collect(),
            funnels: model.funnels.iter().map(|(id, it)| self.funnel(id, it)).collect(),
            guarantees: model.guarantees.iter().map(|it| self.guarantee(it)).collect(),
            assumptions: model.assumptions.iter().map(|it| self.assumption(it)).collect(),
        };
        rules.meaning = ruleset::meaning_of(&rules);
        rules
    }

    /// The source text of a rule, on one line.
    fn sentence(self, span: Span) -> String {
        sentence_of(self.sources.slice(span))
    }
}
