//! `entry.x`: brought on every way in, or a finding that shows the way that does not.

use super::{
    F102, F201, F213, Meaning, Resolver,
    finding::DiagnosticExt,
    scope::{Place, Scope},
    types::{broken, in_words},
    ways::{At, Level, Question, path_words},
};
use crate::{
    ast::Ident,
    diag::{Diagnostic, nearest},
    model::{FunnelId, StageId, Term, TermKind, Type},
    source::Span,
};
use smol_str::SmolStr;

impl Resolver<'_> {
    /// `entry.amount`
    pub(super) fn entry(&mut self, property: &Ident, span: Span, scope: Scope<'_>) -> Term {
        let name = property.text.clone();
        self.note(property.span, || Meaning::AnyProperty(name.clone()));
        let (funnel, at) = match scope.place {
            Place::Contact(words) => {
                self.report(
                    Diagnostic::new(
                        F213,
                        span,
                        format!("{words} speaks of the contact, not of a run, so no event has brought anybody here"),
                    )
                    .help("look at what has happened (`had …`, `sum of …`), or at an attribute of the contact"),
                );
                return broken(span);
            }
            Place::Play => {
                if !self.names.properties.contains(&name) {
                    self.no_event_has(property);
                    return broken(span);
                }
                return Term { span, kind: TermKind::Entry(name), ty: Type::Unknown, optional: false };
            }
            Place::Stage(funnel, stage) => (funnel, At::Stage(stage)),
            Place::Door(funnel, source) => (funnel, At::Source(source)),
            Place::Funnel(funnel) => (funnel, At::Funnel),
        };
        if !self.names.properties.contains(&name) {
            self.no_event_has(property);
            return broken(span);
        }
        let question = Question::Property(name.clone());
        let (level, mask, stage) = self.known_at(funnel, &question, at);
        if level == Level::Nothing {
            self.not_brought(funnel, &question, &name, span, stage);
            return broken(span);
        }
        match self.entry_type(funnel, &question, mask, span) {
            Some(ty) => Term { span, kind: TermKind::Entry(name), ty, optional: level == Level::Maybe },
            None => broken(span),
        }
    }

    fn no_event_has(&mut self, property: &Ident) {
        let near =
            nearest(&property.text, self.model.events.values().flat_map(|event| &event.properties).map(|property| property.name.as_str()))
                .map(SmolStr::new);
        let finding = Diagnostic::new(F102, property.span, format!("no event has a property `{}`", property.text));
        let attribute = self.names.attributes.contains_key(&property.text);
        self.report(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).offer(property.span, near.as_str(), format!("write `{near}`")),
            None if attribute => finding.help(format!("the attribute of the contact is `contact.{}`", property.text)),
            None => finding.help("`entry.…` is a property of the event that brought the contact here"),
        });
    }

    fn entry_type(&mut self, funnel: FunnelId, question: &Question, mask: u64, span: Span) -> Option<Type> {
        let answer = self.answer(funnel, question);
        let brought: Vec<_> =
            answer.types.iter().enumerate().filter(|(place, _)| mask & (1 << (*place).min(63)) != 0).map(|(_, it)| it).collect();
        match brought.as_slice() {
            [] => Some(Type::Unknown),
            [(ty, _)] => Some(ty.clone()),
            [first, second, ..] => {
                let name = match question {
                    Question::Property(name) => name.clone(),
                    Question::Event(_) => SmolStr::default(),
                };
                let mut finding = Diagnostic::new(
                    F201,
                    span,
                    format!("`entry.{name}` is {} on one way in and {} on another", in_words(&first.0), in_words(&second.0)),
                )
                .help("give the properties one type, or name the event instead of `entry`");
                for (_, event) in [first, second] {
                    let event = &self.model.events[*event];
                    let place = event.properties.iter().find(|property| property.name == name).and_then(|property| property.span);
                    if let Some(place) = place {
                        finding = finding.label(place, format!("`{}` brings this one", event.name.text));
                    }
                }
                self.report(finding);
                None
            }
        }
    }

    fn not_brought(&mut self, funnel: FunnelId, question: &Question, name: &str, span: Span, stage: Option<StageId>) {
        let mut finding = match stage {
            None => {
                Diagnostic::new(F213, span, format!("somebody from outside has come through no door yet, so there is no `entry.{name}`"))
                    .note("at a door, `entry` means what was known before it")
            }
            Some(stage) => {
                let path = self.bare_way(funnel, question, stage);
                let finding = Diagnostic::new(
                    F213,
                    span,
                    format!(
                        "some way into `{}` brings no `{name}`, and then `entry.{name}` is missing",
                        self.model.stages[stage].name.text
                    ),
                )
                .note(format!("the way that does not: {}", path_words(&self.model, &path)));
                path.iter().take(3).fold(finding, |finding, (door, _)| finding.label(*door, format!("this door brings no `{name}`")))
            }
        };
        let events: Vec<&str> = self
            .model
            .events
            .values()
            .filter(|event| event.properties.iter().any(|property| property.name == name))
            .map(|event| event.name.text.as_str())
            .take(4)
            .collect();
        finding = match (stage, events.as_slice()) {
            (None, _) => finding.help(format!("what the event at this door brings is `{name}` behind `where`")),
            (Some(_), events) => finding.help(format!(
                "open the doors by events that have `{name}` ({}), or hand over something else",
                super::finding::listed(events.iter().copied(), "or")
            )),
        };
        self.report(finding);
    }
}
