//! What came to a contact from outside, and which of its runs that concerns.
//!
//! In a funnel with a key an event that carries the key is one of that run alone, and one that answers a message is one of
//! the run that sent it, as on the runtime.

use super::play;
use crate::{
    diag::Happening,
    runtime::{Outcome, Raw, SendOutcome, What},
    source::Span,
};
use smol_str::SmolStr;

/// An event that came from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Came {
    /// When.
    pub at_ms: i64,
    /// Its name.
    pub event: SmolStr,
    /// The place that asked for it.
    pub asked: Option<Span>,
    /// What it carried, each written as a key is.
    pub properties: Vec<(SmolStr, String)>,
}

/// Events about a message that was sent before.
const ANSWERS: &[&str] = &["delivered", "opened", "clicked", "replied", "bounced", "complained"];

impl Came {
    /// A happening of a plot, once it has its instant.
    #[must_use]
    pub fn of(happening: &Happening, at_ms: i64) -> Self {
        let known = happening.properties.iter().filter_map(|(name, fact)| Some((name.clone(), play::value(fact)?.plain())));
        Self { at_ms, event: happening.event.clone(), asked: happening.span, properties: known.collect() }
    }

    /// A property of a record, as it stands in a key; nothing for lists, which are none.
    #[must_use]
    pub fn plain(raw: &Raw) -> Option<String> {
        match raw {
            Raw::Text(text) | Raw::Cell(text) | Raw::Number(text) => Some(text.clone()),
            Raw::Flag(flag) => Some(flag.to_string()),
            Raw::Missing | Raw::List(_) | Raw::Other(_) => None,
        }
    }

    /// Whether it is such an event: about a message, and one that is asked for at a place, where these are meant.
    pub(super) fn is(&self, event: &str, about: Option<&str>, asked: Option<Span>) -> bool {
        self.event == event
            && about.is_none_or(|message| self.property("message") == Some(message))
            && asked.is_none_or(|asked| self.asked == Some(asked))
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The run that an answer to a message goes to, by the messages sent until then: its funnel and its key.
    fn answered<'o>(&self, outcomes: &'o [Outcome]) -> Option<(&'o str, Option<&'o str>)> {
        if !ANSWERS.contains(&self.event.as_str()) {
            return None;
        }
        let sent = |wanted: &dyn Fn(&str, &str) -> bool| {
            let until = outcomes.iter().rev().skip_while(|it| it.time_ms > self.at_ms);
            let mut sent = until.filter(|it| match &it.what {
                What::Send { request, message, outcome: SendOutcome::Sent, .. } => wanted(request, message),
                _ => false,
            });
            sent.next()
        };
        let by_request = self.property("request").and_then(|key| sent(&|request, _| request == key));
        let by_message = || self.property("message").and_then(|name| sent(&|_, message| message == name));
        by_request.or_else(by_message).map(|it| (it.funnel.as_str(), it.key.as_deref()))
    }

    /// Whether it is an event of a run, of a funnel whose runs are told apart by a property.
    pub(super) fn concerns(&self, (funnel, run): (&str, Option<&str>), key: Option<&str>, outcomes: &[Outcome]) -> bool {
        let Some(key) = key else { return true };
        match self.answered(outcomes) {
            Some((of, answered)) if of == funnel => answered == run,
            Some(_) | None => self.property(key).is_none_or(|value| Some(value) == run),
        }
    }
}
