//! Funnels and stages: who may come in, by which doors, and out again.

use super::{
    F102, F201, F214, Meaning, Resolver,
    declare::{Declared, is_damaged},
    finding::DiagnosticExt,
    missing::Facts,
    once::Once,
    scope::{Place, Scope},
    stage::StageTree,
    types::in_words,
};
use crate::{
    ast::{self, FunnelItem, Ident, ReentryKind, StageItem},
    diag::Diagnostic,
    model::{Delay, Door, Feed, FunnelId, Leave, Reentry, Source, StageId, Target},
    source::Span,
};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

impl<'a> Resolver<'a> {
    /// Reads funnels and stages.
    pub(super) fn flow(&mut self, declared: &Declared<'a>) {
        for (id, tree) in &declared.funnels {
            self.funnel_lines(*id, tree);
            for stage in declared.stages_of(*id) {
                self.stage_lines(stage);
            }
        }
    }

    fn funnel_lines(&mut self, id: FunnelId, tree: &'a ast::Funnel) {
        let inside = "in this funnel";
        let (mut key, mut reentry, mut note, mut formerly) = (Once::default(), Once::default(), Once::default(), Once::default());
        let mut damaged = false;
        for node in &tree.body.items {
            match &node.it {
                FunnelItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", inside),
                FunnelItem::Formerly(name) => self.once(&mut formerly, name.text.clone(), node.span, "`formerly`", inside),
                FunnelItem::ForEach { key: property } => self.once(&mut key, property.as_ref(), node.span, "`for each contact`", inside),
                FunnelItem::Reentry(tree) => {
                    let kind = self.reentry(id, tree);
                    self.once(&mut reentry, kind, node.span, "`reentry`", inside);
                }
                FunnelItem::Leave(leave) => {
                    let leave = self.unless_damaged(node, |resolver| resolver.leave(node.span, leave, Place::Funnel(id)));
                    self.model.funnels[id].leaves.push(leave);
                }
                FunnelItem::Broken(_) => damaged = true,
                FunnelItem::Stage(_) | FunnelItem::Guarantee(_) | FunnelItem::Assume(_) => {}
            }
        }
        if !damaged {
            self.must_say(tree, key.is_some(), reentry.is_some());
        }
        let key = key.take().flatten().map(|property| self.run_key(id, property));
        let funnel = &mut self.model.funnels[id];
        funnel.key = key;
        funnel.reentry = reentry.take();
        funnel.name.note = note.take();
        funnel.name.formerly = formerly.take();
    }

    fn must_say(&mut self, tree: &ast::Funnel, for_each: bool, reentry: bool) {
        let name = &tree.head.name;
        let inside = Span::empty(tree.body.span.file, tree.body.span.start + 1);
        if !for_each {
            self.report(
                Diagnostic::new(F214, name.span, format!("nothing says how often `{}` runs for one contact", name.text))
                    .help("say `for each contact`, or `for each contact and …` with an event property for several runs side by side")
                    .offer(inside, "\n  for each contact", "write `for each contact`"),
            );
        }
        if !reentry {
            self.report(
                Diagnostic::new(F214, name.span, format!("nothing says whether somebody may come into `{}` again", name.text))
                    .note("`reentry never`: once and never again")
                    .note("`reentry after leaving`, `reentry 30 days after leaving`, `reentry 30 days after starting`: again, then")
                    .note("`reentry restart from a`: whoever is in `a` starts again")
                    .help("say one of them")
                    .offer(inside, "\n  reentry never", "write `reentry never`"),
            );
        }
    }

    /// The property that keys the runs: some event has it, and all with one type.
    fn run_key(&mut self, funnel: FunnelId, property: &Ident) -> SmolStr {
        let name = &property.text;
        self.note(property.span, || Meaning::AnyProperty(name.clone()));
        let mut having =
            self.model.events.values().filter_map(|event| Some((event, event.properties.iter().find(|property| property.name == *name)?)));
        let Some((first_event, first)) = having.next() else {
            let near = self.suggest_property(name);
            let finding = Diagnostic::new(F102, property.span, format!("no event has a property `{name}`, so no run could ever begin"));
            self.report(match near {
                Some(near) => {
                    finding.help(format!("did you mean `{near}`?")).offer(property.span, near.as_str(), format!("write `{near}`"))
                }
                None => finding.help("name a property that the events of this funnel have"),
            });
            self.names.damaged_keys.insert(funnel);
            return name.clone();
        };
        let other = having.find(|(_, other)| other.ty != first.ty);
        if let Some((other_event, other)) = other {
            let mut finding = Diagnostic::new(
                F201,
                property.span,
                format!(
                    "`{name}` is {} in `{}` and {} in `{}`, so they could never name the same run",
                    in_words(&first.ty),
                    first_event.name.text,
                    in_words(&other.ty),
                    other_event.name.text
                ),
            )
            .help("give the property one type in all events");
            for span in [first.span, other.span].into_iter().flatten() {
                finding = finding.label(span, "declared here");
            }
            self.report(finding);
        }
        name.clone()
    }

    fn suggest_property(&mut self, name: &str) -> Option<SmolStr> {
        let names: Vec<SmolStr> = self.model.events.values().flat_map(|event| event.properties.iter().map(|it| it.name.clone())).collect();
        self.suggest(name, names.iter().map(SmolStr::as_str))
    }

    fn reentry(&mut self, funnel: FunnelId, tree: &ast::Reentry) -> Reentry {
        match &tree.kind {
            ReentryKind::Never => Reentry::Never,
            ReentryKind::AfterLeaving => Reentry::AfterLeaving,
            ReentryKind::DelayAfterLeaving(delay) => Reentry::AfterLeavingMs(self.milliseconds(delay)),
            ReentryKind::DelayAfterStarting(delay) => Reentry::AfterStartingMs(self.milliseconds(delay)),
            ReentryKind::Restart(stages) => Reentry::RestartFrom(stages.iter().filter_map(|name| self.stage(funnel, name)).collect()),
        }
    }

    fn stage_lines(&mut self, stage: &StageTree<'a>) {
        let inside = "in this stage";
        let (id, funnel) = (stage.id, stage.funnel);
        let (mut note, mut formerly, mut visits, mut open) = (Once::default(), Once::default(), Once::default(), Once::default());
        let mut targets: FxHashMap<Option<StageId>, Span> = FxHashMap::default();
        let mut doors = stage.doors.iter();
        for node in stage.items() {
            match &node.it {
                StageItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", inside),
                StageItem::Formerly(name) => self.once(&mut formerly, name.text.clone(), node.span, "`formerly`", inside),
                StageItem::VisitsAtMost(most) => {
                    let most = self.at_least_one(most, "visits");
                    self.once(&mut visits, most, node.span, "`visits at most`", inside);
                }
                StageItem::OpenTo(channels) => {
                    let channels: Vec<_> =
                        self.unless_damaged(node, |resolver| channels.iter().filter_map(|channel| resolver.channel(channel)).collect());
                    self.once(&mut open, channels, node.span, "`open to`", inside);
                }
                StageItem::Target(target) => self.unless_damaged(node, |resolver| resolver.target(stage, target, node.span, &mut targets)),
                StageItem::Feeds { stage: fed, by } => {
                    let fed = self.unless_damaged(node, |resolver| resolver.stage_ref(fed, Some(funnel)));
                    self.model.stages[id].feeds.push(Feed { span: node.span, stage: fed, by: by.text.clone() });
                }
                StageItem::Enter(_) => {
                    if let Some(door) = doors.next() {
                        let door = self.unless_damaged(node, |resolver| resolver.door(funnel, door));
                        self.model.stages[id].doors.push(door);
                    }
                }
                StageItem::Leave(leave) => {
                    let leave = self.unless_damaged(node, |resolver| resolver.leave(node.span, leave, Place::Stage(funnel, id)));
                    self.model.stages[id].leaves.push(leave);
                }
                StageItem::Nurture(nurture) => {
                    let block = nurture.body.as_ref().map_or(node.span, |body| body.span);
                    let read = |resolver: &mut Self| resolver.nurture(funnel, id, node.span, nurture);
                    if let Some(nurture) = self.unless_outside(is_damaged(node), &[block], read) {
                        self.model.stages[id].nurtures.push(nurture);
                    }
                }
                StageItem::Broken(_) => self.damaged = true,
            }
        }
        let stage = &mut self.model.stages[id];
        stage.visits_at_most = visits.take();
        stage.open_to = open.take();
        stage.name.note = note.take();
        stage.name.formerly = formerly.take();
    }

    fn target(&mut self, stage: &StageTree<'a>, target: &ast::Target, span: Span, seen: &mut FxHashMap<Option<StageId>, Span>) {
        let within_ms = self.milliseconds(&target.within);
        let of = match &target.of {
            None => None,
            Some(name) => match self.stage(stage.funnel, name) {
                None => return,
                found => found,
            },
        };
        if let Some(first) = seen.get(&of).copied() {
            let words = target.of.as_ref().map_or_else(|| String::from("`target`"), |name| format!("`target … of {}`", name.text));
            self.twice(&words, span, first, "in this stage");
            return;
        }
        seen.insert(of, span);
        self.model.stages[stage.id].targets.push(Target { span, share: target.share.it, of, within_ms });
    }

    fn door(&mut self, funnel: FunnelId, tree: &super::stage::DoorTree<'a>) -> Door {
        let scope = Scope::woken(Place::Door(funnel, &tree.source));
        let after = tree.tree.after.as_ref().map(|after| self.delay(after, scope));
        let when = tree.when.map(|when| self.whole_condition(when, scope, &Facts::default()));
        let outside = matches!(tree.source, Source::Outside | Source::Anywhere { or_outside: true });
        let outside = outside && !self.names.damaged_keys.contains(&funnel);
        if let (true, Some(key)) = (outside, self.model.funnels[funnel].key.clone()) {
            self.must_carry(&key, tree.span, when.as_ref());
        }
        if let (true, Some(after)) = (outside, &tree.tree.after) {
            self.report(
                Diagnostic::new(F214, after.span, "the time of this door counts from entering a stage, and it leads from outside")
                    .at("after entering which stage?")
                    .help("name the stage, as in `enter from trial after 14 days`, or take the time away"),
            );
        }
        Door { span: tree.span, source: tree.source.clone(), after, when }
    }

    fn delay(&mut self, after: &ast::After, scope: Scope<'_>) -> Delay {
        let delay_ms = self.milliseconds(&after.delay);
        let without = after.without.as_ref().map(|event| self.lone_event(event, scope.place));
        Delay { span: after.span, delay_ms, without }
    }

    fn leave(&mut self, span: Span, tree: &ast::Leave, place: Place<'_>) -> Leave {
        let scope = Scope::woken(place);
        let after = tree.after.as_ref().map(|after| self.delay(after, scope));
        let when = tree.when.as_ref().map(|when| self.whole_condition(when, scope, &Facts::default()));
        Leave { span, after, when }
    }
}
