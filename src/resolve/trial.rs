//! Tests: their names and values. Their lines stay in the tree, which runs them.

use super::{
    F101, F201, Meaning, Resolver,
    arguments::Taker,
    builtin::IDENTIFY,
    declare::Declared,
    finding::{DiagnosticExt, listed},
    missing::Facts,
    scope::{Place, Scope},
    types::{fits, in_words},
};
use crate::{
    ast::{Arg, Expectation, Given, Ident, TestItem, Value},
    diag::Diagnostic,
    model::{EventId, FunnelId, Keeper, Property, Step, StepKind, Test, Wait},
};
use smol_str::SmolStr;
use std::collections::HashMap;

/// The splits of all funnels: name to arms.
type Splits = HashMap<SmolStr, Vec<SmolStr>>;

fn scope() -> Scope<'static> {
    Scope::asked(Place::Contact("a test"), "in a test")
}

impl<'a> Resolver<'a> {
    /// Reads the tests.
    pub(super) fn trials(&mut self, declared: &Declared<'a>) {
        let splits = if declared.tests.is_empty() { Splits::new() } else { self.all_splits() };
        for (span, tree) in &declared.tests {
            let funnel = self.funnel(&tree.funnel);
            self.model.tests.push(Test { span: *span, name: tree.name.value.clone(), funnel });
            for node in &tree.body.items {
                self.unless_damaged(node, |resolver| resolver.test_line(&node.it, funnel, &splits));
            }
        }
    }

    fn test_line(&mut self, item: &TestItem, funnel: Option<FunnelId>, splits: &Splits) {
        match item {
            TestItem::Given(given) => given.iter().for_each(|given| self.given(given, splits)),
            TestItem::At(_) | TestItem::Note(_) => {}
            TestItem::After(duration) => {
                self.milliseconds(duration);
            }
            TestItem::Event { event, args } | TestItem::RecordAt { event, args, .. } => self.test_event(event, args.as_ref()),
            TestItem::Expect(expectation) => self.expectation(expectation, funnel),
            TestItem::Broken(_) => self.damaged = true,
        }
    }

    fn given(&mut self, given: &Given, splits: &Splits) {
        match given {
            Given::Attribute { attribute, value } => self.attribute_value(attribute, value),
            Given::Split { split, arm } => match splits.get(&split.text) {
                Some(arms) if arms.contains(&arm.text) => {
                    self.note(split.span, || Meaning::Split(split.text.clone()));
                    self.note(arm.span, || Meaning::Arm(split.text.clone(), arm.text.clone()));
                }
                Some(arms) => {
                    self.note(split.span, || Meaning::Split(split.text.clone()));
                    let near = self.suggest(&arm.text, arms.iter().map(SmolStr::as_str));
                    let finding = Diagnostic::new(F101, arm.span, format!("the split `{}` has no arm `{}`", split.text, arm.text))
                        .note(format!("its arms are {}", listed(arms.iter().map(SmolStr::as_str), "and")));
                    self.report(match near {
                        Some(near) => {
                            finding.help(format!("did you mean `{near}`?")).offer(arm.span, near.as_str(), format!("write `{near}`"))
                        }
                        None => finding.help("name one of them"),
                    });
                }
                None => {
                    let near = self.suggest(&split.text, splits.keys().map(SmolStr::as_str));
                    let finding = Diagnostic::new(F101, split.span, format!("no funnel has a split called `{}`", split.text));
                    self.report(match near {
                        Some(near) => {
                            finding.help(format!("did you mean `{near}`?")).offer(split.span, near.as_str(), format!("write `{near}`"))
                        }
                        None => finding.help("name a split of a nurture"),
                    });
                }
            },
        }
    }

    fn attribute_value(&mut self, attribute: &Ident, value: &Value) {
        let Some(id) = self.attribute(attribute) else { return };
        let (ty, place) = (self.model.attributes[id].ty.clone(), self.model.attributes[id].name.span);
        let term = self.value(value, scope(), Some(&ty));
        self.zone_name(attribute, value);
        if !fits(&ty, &term.ty) {
            let finding =
                Diagnostic::new(F201, term.span, format!("`{}` is {}, and this is {}", attribute.text, in_words(&ty), in_words(&term.ty)))
                    .at(in_words(&term.ty))
                    .help(format!("write {}", in_words(&ty)));
            self.report(match place {
                Some(place) => finding.label(place, "declared here"),
                None => finding,
            });
        }
    }

    fn test_event(&mut self, name: &Ident, args: Option<&Vec<Arg>>) {
        let Some(id) = self.event(name) else { return };
        if self.model.events[id].name.text == IDENTIFY {
            args.into_iter().flatten().for_each(|arg| self.attribute_value(&arg.name, &arg.value));
            return;
        }
        if self.model.events[id].keeper == Keeper::Runtime {
            self.report(
                Diagnostic::new(super::F208, name.span, format!("`{}` comes from sending alone, and cannot be handed over", name.text))
                    .help("expect it instead: `expect sent …`"),
            );
            return;
        }
        let declared = self.model.events[id].properties.clone();
        let taker = self.taker_of_event(id, &declared);
        self.arguments(&taker, args, name.span, scope(), &Facts::default());
    }

    fn taker_of_event<'p>(&self, id: EventId, declared: &'p [Property]) -> Taker<'p> {
        let name = &self.model.events[id].name;
        Taker { words: format!("the event `{}`", name.text), declared, place: name.span, partial: false }
    }

    fn expectation(&mut self, expectation: &Expectation, funnel: Option<FunnelId>) {
        match expectation {
            Expectation::In { stage, key, .. } => {
                let Some(funnel) = funnel else { return };
                self.stage(funnel, stage);
                if let (Some(key), None) = (key, &self.model.funnels[funnel].key) {
                    let name = self.model.funnels[funnel].name.text.clone();
                    self.report(
                        Diagnostic::new(F201, key.span, format!("`{name}` has one run for each contact, so there is no key to name"))
                            .help("take `for …` out"),
                    );
                }
            }
            Expectation::Outside => {}
            Expectation::Sent { message: name, args, .. } => {
                let Some(id) = self.message(name) else { return };
                let message = &self.model.messages[id];
                let words = format!("the message `{}`", message.name.text);
                let (declared, place) = (message.parameters.clone(), message.name.span);
                let taker = Taker { words, declared: &declared, place, partial: true };
                self.arguments(&taker, args.as_ref(), name.span, scope(), &Facts::default());
            }
            Expectation::Held { message, .. } | Expectation::Capped { message } => {
                self.message(message);
            }
            Expectation::Attribute { attribute, value } => self.attribute_value(attribute, value),
            Expectation::Did { action: name, args, .. } => {
                let Some(id) = self.action(name) else { return };
                let action = &self.model.actions[id];
                let words = format!("the action `{}`", action.name.text);
                let (declared, place) = (action.parameters.clone(), action.name.span);
                let taker = Taker { words, declared: &declared, place, partial: true };
                self.arguments(&taker, args.as_ref(), name.span, scope(), &Facts::default());
            }
            Expectation::Finished { play } => {
                if let Some(funnel) = funnel {
                    self.finished(play, Scope::asked(Place::Funnel(funnel), "in a test"));
                }
            }
        }
    }

    /// All splits with their arms.
    fn all_splits(&self) -> Splits {
        let mut splits = Splits::new();
        for stage in self.model.stages.values() {
            for nurture in &stage.nurtures {
                collect_splits(&nurture.steps, &mut splits);
            }
        }
        splits
    }
}

fn collect_splits(steps: &[Step], splits: &mut Splits) {
    for step in steps {
        match &step.kind {
            StepKind::Split(split) => {
                for arm in &split.arms {
                    let arms = splits.entry(split.name.clone()).or_default();
                    if !arms.contains(&arm.name) {
                        arms.push(arm.name.clone());
                    }
                    collect_splits(&arm.steps, splits);
                }
            }
            StepKind::If { branches, otherwise, .. } => {
                branches.iter().for_each(|branch| collect_splits(&branch.steps, splits));
                collect_splits(otherwise, splits);
            }
            StepKind::Repeat(repeat) => collect_splits(&repeat.steps, splits),
            StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                arms.iter().for_each(|arm| collect_splits(&arm.steps, splits));
                collect_splits(otherwise, splits);
            }
            _ => {}
        }
    }
}
