//! Nurtures and plays. A play is read once by itself, for its own mistakes, and again for each use, with what is handed
//! over in place of its parameters; there only mistakes that come from the use are reported.

use super::{
    F101, Resolver,
    arguments::Taker,
    declare::Declared,
    missing::Facts,
    names::Kind,
    once::Once,
    scope::{Parameters, Place, Scope},
    step::Walk,
};
use crate::{
    ast::{self, NurtureStart, Step},
    diag::{Diagnostic, Diagnostics},
    model::{FunnelId, Nurture, PlayId, StageId, Start},
    source::Span,
};
use rustc_hash::FxHashSet;

/// A play's steps as written, and what was reported in them.
pub(super) struct PlayBody<'a> {
    tree: &'a ast::Play,
    reported: FxHashSet<(&'static str, Span)>,
}

impl<'a> Resolver<'a> {
    /// Reads all plays by themselves.
    pub(super) fn play_bodies(&mut self, declared: &Declared<'a>) {
        for (id, tree) in &declared.plays {
            let parameters = self.parameters(tree.head.params.as_ref(), true, "parameter");
            self.model.plays[*id].parameters.clone_from(&parameters);
            self.play_head(*id, tree);
            let parameters = Parameters { declared: parameters, given: None };
            let before = std::mem::take(&mut self.findings);
            let scope = Scope { parameters: Some(&parameters), ..Scope::woken(Place::Play) };
            Walk::new(scope, Facts::default()).steps(self, &tree.body);
            let own = std::mem::replace(&mut self.findings, before);
            let reported = own.iter().map(|finding| (finding.code.id, finding.primary.span)).collect();
            self.findings.extend(own);
            self.plays.push(PlayBody { tree, reported });
        }
    }

    /// The note and the former name, which stand among the steps.
    fn play_head(&mut self, id: PlayId, tree: &ast::Play) {
        let (mut note, mut formerly) = (Once::default(), Once::default());
        for node in &tree.body.items {
            match &node.it {
                Step::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", "in this play"),
                Step::Formerly(name) => self.once(&mut formerly, name.text.clone(), node.span, "`formerly`", "in this play"),
                _ => {}
            }
        }
        let name = &mut self.model.plays[id].name;
        name.note = note.take();
        name.formerly = formerly.take();
    }

    /// A nurture of a stage.
    pub(super) fn nurture(&mut self, funnel: FunnelId, stage: StageId, span: Span, tree: &'a ast::Nurture) -> Option<Nurture> {
        let scope = Scope::woken(Place::Stage(funnel, stage));
        let (start, facts) = self.start(&tree.start, scope);
        let name = tree.alias.as_ref().unwrap_or(&tree.name);
        let mut nurture = Nurture {
            span: self.without_block(span, tree.body.as_ref().map(|body| body.span)),
            name: name.text.clone(),
            name_span: name.span,
            label: tree.label.as_ref().map(|label| label.value.clone()),
            play: None,
            start,
            steps: Vec::new(),
        };
        let Some(body) = &tree.body else {
            self.use_play(&mut nurture, tree, scope, &facts);
            return Some(nurture);
        };
        nurture.steps = Walk::new(scope, facts).steps(self, body);
        Some(nurture)
    }

    /// A span up to a block, and the white space before that.
    fn without_block(&self, span: Span, block: Option<Span>) -> Span {
        let Some(block) = block else { return span };
        let before = Span::new(span.file, span.start, block.start.max(span.start));
        let length = self.sources.slice(before).trim_end().len();
        Span::new(span.file, span.start, span.start + u32::try_from(length).unwrap_or(0))
    }

    fn start(&mut self, tree: &NurtureStart, scope: Scope<'_>) -> (Start, Facts) {
        let mut facts = Facts::default();
        let start = match tree {
            NurtureStart::Entry => Start::Entry,
            NurtureStart::When(when) => {
                let when = self.whole_condition(when, scope, &facts);
                facts.learn(&when, true);
                Start::When(when)
            }
            NurtureStart::EachTime(when) => {
                let when = self.whole_condition(when, scope, &facts);
                self.must_trigger(&when);
                facts.learn(&when, true);
                Start::EachTime(when)
            }
        };
        (start, facts)
    }

    /// Fills in a play.
    fn use_play(&mut self, nurture: &mut Nurture, tree: &'a ast::Nurture, scope: Scope<'_>, facts: &Facts) {
        let Some(id) = self.names.plays.get(&tree.name.text).copied() else {
            self.no_such_play(tree);
            return;
        };
        self.used.plays.mark(id);
        self.note(tree.name.span, || id.into());
        nurture.play = Some(id);
        let play = &self.model.plays[id];
        if nurture.label.is_none() {
            nurture.label.clone_from(&play.name.label);
        }
        let declared = play.parameters.clone();
        let taker = Taker { words: format!("the play `{}`", tree.name.text), declared: &declared, place: play.name.span, partial: false };
        let given = self.arguments(&taker, tree.args.as_ref(), tree.name.span, scope, facts);
        let given = Self::by_parameter(&declared, given, tree.name.span);
        let Some(body) = self.plays.get(id.index()).map(|play| play.tree) else { return };
        let parameters = Parameters { declared, given: Some(given) };
        let before = std::mem::take(&mut self.findings);
        nurture.steps = Walk::new(Scope { parameters: Some(&parameters), ..scope }, facts.clone()).steps(self, &body.body);
        let own = std::mem::replace(&mut self.findings, before);
        self.report_use(id, own, tree.name.span);
    }

    /// Reports what is wrong in a play because of this use.
    fn report_use(&mut self, id: PlayId, own: Diagnostics, place: Span) {
        let Some(play) = self.plays.get_mut(id.index()) else { return };
        let new: Vec<Diagnostic> =
            own.into_iter().filter(|finding| play.reported.insert((finding.code.id, finding.primary.span))).collect();
        for finding in new {
            let inside = play_contains(self.plays.get(id.index()), &finding);
            self.report(if inside { finding.label(place, "in the play as it is used here") } else { finding });
        }
    }

    fn no_such_play(&mut self, tree: &ast::Nurture) {
        self.damaged |= tree.args.is_some();
        if self.model.plays.is_empty() && tree.args.is_none() {
            self.report(
                Diagnostic::new(
                    F101,
                    tree.name.span,
                    format!("there is no play called `{}`, and the nurture has no steps of its own", tree.name.text),
                )
                .help(format!("write its steps here: `nurture {} {{ … }}`, or declare `play {} {{ … }}`", tree.name.text, tree.name.text)),
            );
        } else {
            self.undefined(Kind::Play, &tree.name);
        }
    }
}

fn play_contains(play: Option<&PlayBody<'_>>, finding: &Diagnostic) -> bool {
    play.is_some_and(|play| play.tree.body.span.contains(finding.primary.span))
}
