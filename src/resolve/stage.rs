//! Third pass: stages get ids, and doors know where they lead from.

use super::{
    F004, F009, F103, Resolver,
    declare::{Declared, is_damaged, name_of, taken},
    finding::DiagnosticExt,
    names::Kind,
    scope::{Place, Scope},
};
use crate::{
    ast::{self, FunnelItem, Ident, Node, StageItem, StageRef},
    diag::Diagnostic,
    model::{FunnelId, Source, Stage, StageId},
    source::Span,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// More stages than this in one funnel are refused.
const STAGES_MAX: usize = 100_000;

/// The tree behind a stage.
pub(super) struct StageTree<'a> {
    pub id: StageId,
    pub funnel: FunnelId,
    pub tree: &'a ast::Stage,
    pub doors: Vec<DoorTree<'a>>,
}

/// The tree behind a door, with where it leads from.
pub(super) struct DoorTree<'a> {
    pub span: Span,
    pub tree: &'a ast::Enter,
    pub when: Option<&'a ast::Condition>,
    pub source: Source,
    /// Whether a part of it did not parse.
    pub damaged: bool,
}

impl<'a> StageTree<'a> {
    /// The lines of the stage.
    pub(super) fn items(&self) -> impl Iterator<Item = &'a Node<StageItem>> + use<'a> {
        self.tree.body.iter().flat_map(|body| &body.items)
    }
}

impl<'a> Declared<'a> {
    /// The stages of a funnel.
    pub(super) fn stages_of(&self, funnel: FunnelId) -> &[StageTree<'a>] {
        let range = self.stage_ranges.get(funnel.index()).cloned().unwrap_or_default();
        self.stages.get(range).unwrap_or_default()
    }
}

impl<'a> Resolver<'a> {
    /// Declares the stages of all funnels.
    pub(super) fn stages(&mut self, declared: &mut Declared<'a>) {
        for (funnel, tree) in declared.funnels.clone() {
            let first = declared.stages.len();
            self.names.stages.push(FxHashMap::default());
            self.names.funnel_nurtures.push(FxHashSet::default());
            let mut damaged = false;
            for node in &tree.body.items {
                damaged |= is_damaged(node);
                self.note_damage(node);
                match &node.it {
                    FunnelItem::Stage(stage) => {
                        if declared.stages.len() - first == STAGES_MAX {
                            self.report(
                                Diagnostic::new(
                                    F009,
                                    stage.head.name.span,
                                    format!("a funnel has at most {STAGES_MAX} stages, and this one has more"),
                                )
                                .help("make two funnels of it"),
                            );
                            break;
                        }
                        declared.stages.extend(self.declare_stage(funnel, node.span, stage));
                    }
                    FunnelItem::Broken(broken) => {
                        self.broken_words(broken);
                        damaged = true;
                    }
                    _ => {}
                }
            }
            declared.stage_ranges.push(first..declared.stages.len());
            for stage in declared.stages.get_mut(first..).into_iter().flatten() {
                for node in stage.items() {
                    self.note_damage(node);
                    if let StageItem::Broken(broken) = &node.it {
                        self.broken_words(broken);
                    }
                }
                damaged |= stage.items().any(|node| is_damaged(node) || matches!(node.it, StageItem::Broken(_)));
                self.door_sources(stage);
            }
            self.damaged |= damaged;
            if !damaged {
                self.open_and_ending(tree, declared.stages_of(funnel));
            }
        }
    }

    fn declare_stage(&mut self, funnel: FunnelId, span: Span, tree: &'a ast::Stage) -> Option<StageTree<'a>> {
        let name = &tree.head.name;
        let before = self.names.stages.get(funnel.index()).and_then(|stages| stages.get(&name.text)).copied();
        if let Some(before) = before {
            let first = self.model.stages[before].name.span;
            self.damaged = true;
            self.report(taken("stage", name, first));
            return None;
        }
        let id = self.model.stages.push(Stage {
            funnel,
            name: name_of(&tree.head),
            span,
            goal: tree.goal.is_some(),
            is_final: tree.is_final.is_some(),
            visits_at_most: None,
            open_to: None,
            targets: Vec::new(),
            feeds: Vec::new(),
            doors: Vec::new(),
            leaves: Vec::new(),
            nurtures: Vec::new(),
        });
        self.model.funnels[funnel].stages.push(id);
        if let Some(stages) = self.names.stages.get_mut(funnel.index()) {
            stages.insert(name.text.clone(), id);
        }
        self.names.any_stage.entry(name.text.clone()).and_modify(|(_, more)| *more = true).or_insert((id, false));
        let stage = StageTree { id, funnel, tree, doors: Vec::new() };
        self.nurture_names(&stage);
        Some(stage)
    }

    /// Notes the names of a stage's nurtures, which stand once in it.
    fn nurture_names(&mut self, stage: &StageTree<'a>) {
        let mut names: Vec<&Ident> = Vec::new();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for node in stage.items() {
            let StageItem::Nurture(nurture) = &node.it else { continue };
            let name = nurture.alias.as_ref().unwrap_or(&nurture.name);
            if seen.insert(&name.text) {
                names.push(name);
                continue;
            }
            let first = names.iter().find(|first| first.text == name.text).map(|first| first.span);
            let mut finding = Diagnostic::new(
                F103,
                name.span,
                format!("two nurtures of the stage `{}` are called `{}`", stage.tree.head.name.text, name.text),
            )
            .at("called so again here");
            if let Some(first) = first {
                finding = finding.label(first, "called so first here");
            }
            self.report(if nurture.body.is_none() {
                finding.help(format!("give this one a name of its own: `{} … as …`", nurture.name.text))
            } else {
                finding.help("rename one of them")
            });
        }
        if let Some(all) = self.names.funnel_nurtures.get_mut(stage.funnel.index()) {
            all.extend(names.iter().map(|name| name.text.clone()));
        }
        self.names.nurtures.push(names.into_iter().map(|name| name.text.clone()).collect());
    }

    fn door_sources(&mut self, stage: &mut StageTree<'a>) {
        let mut doors = Vec::new();
        for node in stage.items() {
            let StageItem::Enter(enter) = &node.it else { continue };
            let source = match &enter.source {
                ast::Source::Outside => Source::Outside,
                ast::Source::Anywhere { or_outside, .. } => Source::Anywhere { or_outside: *or_outside },
                ast::Source::Stages(names) => Source::Stages(self.unless_damaged(node, |resolver| {
                    names.iter().filter_map(|name| Some((resolver.stage(stage.funnel, name)?, name.span))).collect()
                })),
            };
            doors.push(DoorTree { span: node.span, tree: enter, when: enter.when.as_ref(), source, damaged: is_damaged(node) });
        }
        stage.doors = doors;
    }

    /// A funnel needs a way in, and some end.
    fn open_and_ending(&mut self, tree: &ast::Funnel, stages: &[StageTree<'_>]) {
        let name = &tree.head.name;
        let from_outside = |door: &DoorTree<'_>| matches!(door.source, Source::Outside | Source::Anywhere { or_outside: true });
        if !stages.iter().any(|stage| stage.doors.iter().any(from_outside)) {
            self.report(
                Diagnostic::new(F004, name.span, format!("nobody can get into the funnel `{}`: it has no door from outside", name.text))
                    .help("give the first stage a door: `enter when …`"),
            );
            return;
        }
        let ends = |stage: &StageTree<'_>| {
            stage.tree.goal.is_some() || stage.tree.is_final.is_some() || stage.items().any(|node| matches!(node.it, StageItem::Leave(_)))
        };
        let leaves = tree.body.items.iter().any(|node| matches!(node.it, FunnelItem::Leave(_)));
        if !leaves && !stages.iter().any(ends) {
            self.report(
                Diagnostic::new(
                    F004,
                    name.span,
                    format!("nothing in the funnel `{}` is a goal, final or ever left, so nobody could say what it is for", name.text),
                )
                .help("mark a stage as `goal stage` or `final stage`, or say `leave when …`"),
            );
        }
    }

    /// A stage by its name, or by funnel and name; `funnel` is the one we stand in.
    pub(super) fn stage_ref(&mut self, reference: &StageRef, funnel: Option<FunnelId>) -> Option<StageId> {
        if let Some(named) = &reference.funnel {
            let named = self.funnel(named)?;
            return self.stage(named, &reference.stage);
        }
        if let Some(funnel) = funnel {
            return self.stage(funnel, &reference.stage);
        }
        match self.names.any_stage.get(&reference.stage.text).copied() {
            Some((stage, false)) => {
                self.note(reference.stage.span, || stage.into());
                Some(stage)
            }
            None => {
                self.undefined(Kind::Stage(None), &reference.stage);
                None
            }
            Some((first, true)) => {
                let name = &reference.stage.text;
                let mut finding = Diagnostic::new(
                    F103,
                    reference.stage.span,
                    format!("several funnels have a stage `{name}`, so nobody could say which is meant"),
                );
                for (_, stage) in self.model.stages.iter().filter(|(_, stage)| stage.name.text == *name).take(3) {
                    if let Some(span) = stage.name.span {
                        finding = finding.label(span, format!("the one of `{}`", self.model.funnels[stage.funnel].name.text));
                    }
                }
                let funnel = &self.model.funnels[self.model.stages[first].funnel].name.text;
                let written = format!("{funnel}.{name}");
                self.report(finding.help(format!("write the funnel too: `{written}`")).offer(
                    reference.stage.span,
                    written.clone(),
                    format!("write `{written}`"),
                ));
                None
            }
        }
    }

    /// Whether a stage has a nurture of this name.
    pub(super) fn runs_in(&self, stage: StageId, name: &str) -> bool {
        self.names.nurtures.get(stage.index()).is_some_and(|names| names.iter().any(|other| other == name))
    }

    /// Whether some stage of a funnel has a nurture of this name.
    pub(super) fn runs_anywhere(&self, funnel: FunnelId, name: &str) -> bool {
        self.names.funnel_nurtures.get(funnel.index()).is_some_and(|names| names.contains(name))
    }

    /// Reports `P finished` where no `P` runs.
    pub(super) fn no_such_nurture(&mut self, play: &Ident, scope: Scope<'_>) {
        let name = &play.text;
        let (here, candidates): (String, Vec<_>) = match scope.place {
            Place::Contact(words) => (format!("{words} speaks of no stage, so no nurture runs there"), Vec::new()),
            Place::Play => return,
            Place::Stage(_, stage) => (
                format!("the stage `{}` has no nurture `{name}`", self.model.stages[stage].name.text),
                self.names.nurtures.get(stage.index()).cloned().unwrap_or_default(),
            ),
            Place::Funnel(funnel) => (format!("no stage of `{}` has a nurture `{name}`", self.model.funnels[funnel].name.text), Vec::new()),
            Place::Door(funnel, source) => match source {
                Source::Outside => ("whoever comes from outside is in no stage yet, so no nurture has run".into(), Vec::new()),
                Source::Anywhere { .. } => {
                    (format!("no stage of `{}` has a nurture `{name}`", self.model.funnels[funnel].name.text), Vec::new())
                }
                Source::Stages(stages) => (
                    format!(
                        "no nurture `{name}` runs in {}",
                        super::finding::listed(stages.iter().map(|(stage, _)| self.model.stages[*stage].name.text.as_str()), "or")
                    ),
                    stages.iter().flat_map(|(stage, _)| self.names.nurtures.get(stage.index()).into_iter().flatten().cloned()).collect(),
                ),
            },
        };
        let near = self.suggest(name, candidates.iter().map(smol_str::SmolStr::as_str));
        let finding = Diagnostic::new(super::F101, play.span, here);
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).offer(play.span, near.as_str(), format!("write `{near}`")),
            None => finding.help("`… finished` asks a nurture of the stage the contact is in"),
        });
    }
}
