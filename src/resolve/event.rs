//! Events in conditions: which, of which message, with which properties, over which time.

use super::{
    F201, F213, Meaning, Resolver,
    scope::{Place, Scope, Triggers},
    value::without_run,
};
use crate::{
    ast::{self, EventMatch, Ident},
    diag::Diagnostic,
    model::{EventTest, MessageId, TermKind, Type, Window, WindowKind},
};

impl Resolver<'_> {
    /// An event with its message and its `where`.
    pub(super) fn event_test(&mut self, tree: &EventMatch, scope: Scope<'_>) -> EventTest {
        let event = self.event(&tree.event);
        let message = match &tree.message {
            Some(message) => self.about_message(tree, message, scope),
            None => None,
        };
        let filter = match (&tree.filter, event) {
            (Some(filter), Some(_)) => {
                let inside = Scope { triggers: Triggers::Never("behind `where`"), ..scope.behind_where(event) };
                Some(Box::new(self.condition(&filter.condition, inside)))
            }
            (Some(_), None) => {
                self.damaged = true;
                None
            }
            (None, _) => None,
        };
        EventTest { span: tree.span, event, message, filter }
    }

    /// The message of `clicked welcome`.
    fn about_message(&mut self, tree: &EventMatch, message: &Ident, scope: Scope<'_>) -> Option<MessageId> {
        let event = self.names.events.get(&tree.event.text).copied()?;
        if !self.model.events[event].about_message {
            self.report(
                Diagnostic::new(F201, message.span, format!("`{}` is not about a message", tree.event.text))
                    .help("only `sent`, `delivered`, `opened`, `clicked`, `replied`, `bounced` and `complained` name one"),
            );
            return None;
        }
        self.message_or_parameter(message, scope)
    }

    /// A message by its name or by a parameter of the play.
    pub(super) fn message_or_parameter(&mut self, message: &Ident, scope: Scope<'_>) -> Option<MessageId> {
        match self.parameter(message, scope) {
            None => self.message(message),
            Some(term) => match (&term.kind, &term.ty) {
                (TermKind::Message(id), _) => Some(*id),
                (_, Type::Message | Type::Unknown) => None,
                (_, other) => {
                    let words = super::types::in_words(other);
                    self.report(
                        Diagnostic::new(F201, message.span, format!("the parameter `{}` is {words}, not a message", message.text))
                            .help(format!("declare it as `{} : message`", message.text)),
                    );
                    None
                }
            },
        }
    }

    /// The time a test looks back over.
    pub(super) fn window(&mut self, window: &ast::Window, scope: Scope<'_>) -> Window {
        let kind = match &window.kind {
            ast::WindowKind::Within(duration) => WindowKind::WithinMs(self.milliseconds(duration)),
            ast::WindowKind::SinceEntering => WindowKind::SinceEntering,
            ast::WindowKind::SinceStarting => WindowKind::SinceStarting,
        };
        if let (WindowKind::SinceEntering | WindowKind::SinceStarting, Some(place)) = (kind, without_run(scope.place)) {
            self.report(
                Diagnostic::new(
                    F213,
                    window.span,
                    format!("{place} speaks of the contact, not of a run, so nothing was entered or started"),
                )
                .help("look back over a time instead: `within 30 days`"),
            );
        }
        Window { span: window.span, kind }
    }

    /// Whether a play of this name runs where the condition stands; reported if not.
    pub(super) fn finished(&mut self, play: &Ident, scope: Scope<'_>) {
        let known = match scope.place {
            Place::Play => true,
            Place::Contact(_) => false,
            Place::Stage(_, stage) => self.runs_in(stage, &play.text),
            Place::Funnel(funnel) => self.runs_anywhere(funnel, &play.text),
            Place::Door(funnel, source) => match source {
                crate::model::Source::Outside => false,
                crate::model::Source::Anywhere { .. } => self.runs_anywhere(funnel, &play.text),
                crate::model::Source::Stages(stages) => {
                    stages.is_empty() || stages.iter().any(|(stage, _)| self.runs_in(*stage, &play.text))
                }
            },
        };
        if !known {
            self.no_such_nurture(play, scope);
        } else if let Place::Stage(funnel, _) | Place::Funnel(funnel) | Place::Door(funnel, _) = scope.place {
            self.note(play.span, || Meaning::Nurture(funnel, play.text.clone()));
        }
    }
}
