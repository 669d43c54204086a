//! What is declared and never used.
//!
//! Used is what is named anywhere else in the files, in tests and guarantees too, and an event that opts somebody out,
//! since that works by itself. What a used file declares may be there for others, and is left alone; so is everything
//! where some text did not parse, since it may be used there, and everything where there is no funnel at all.

use super::{F104, Resolver, declare::Declared};
use crate::{
    diag::Diagnostic,
    model::{ActionId, AttributeId, ChannelId, EventId, FunnelId, Id, MessageId, Name, PlayId, ScoreId, SegmentId},
};
use std::marker::PhantomData;

/// Which ids of a kind are used.
pub(super) struct Marks<I> {
    bits: Vec<bool>,
    id: PhantomData<I>,
}

impl<I> Default for Marks<I> {
    fn default() -> Self {
        Self { bits: Vec::new(), id: PhantomData }
    }
}

impl<I: Id> Marks<I> {
    /// Notes that an id is used.
    pub(super) fn mark(&mut self, id: I) {
        let index = id.index();
        if index >= self.bits.len() {
            self.bits.resize(index + 1, false);
        }
        self.bits[index] = true;
    }

    /// Notes that an id is used, if there is one.
    pub(super) fn mark_if(&mut self, id: Option<&I>) {
        if let Some(id) = id {
            self.mark(*id);
        }
    }

    fn has(&self, id: I) -> bool {
        self.bits.get(id.index()).copied().unwrap_or(false)
    }
}

/// Which declarations are used.
#[derive(Default)]
pub(super) struct Used {
    pub attributes: Marks<AttributeId>,
    pub events: Marks<EventId>,
    pub channels: Marks<ChannelId>,
    pub messages: Marks<MessageId>,
    pub actions: Marks<ActionId>,
    pub segments: Marks<SegmentId>,
    pub scores: Marks<ScoreId>,
    pub plays: Marks<PlayId>,
    pub funnels: Marks<FunnelId>,
}

impl Resolver<'_> {
    /// Warns of declarations that nothing names.
    pub(super) fn report_unused(&mut self, declared: &Declared<'_>) {
        if self.damaged || self.model.funnels.is_empty() {
            return;
        }
        let (model, used) = (&self.model, &self.used);
        let mut unused: Vec<(&'static str, &Name)> = Vec::new();
        let opts_out = |id: EventId| !model.events[id].opts_out.is_empty();
        unused.extend(model.attributes.iter().filter(|(id, _)| !used.attributes.has(*id)).map(|(_, it)| ("attribute", &it.name)));
        unused.extend(model.events.iter().filter(|(id, _)| !used.events.has(*id) && !opts_out(*id)).map(|(_, it)| ("event", &it.name)));
        unused.extend(model.channels.iter().filter(|(id, _)| !used.channels.has(*id)).map(|(_, it)| ("channel", &it.name)));
        unused.extend(model.messages.iter().filter(|(id, _)| !used.messages.has(*id)).map(|(_, it)| ("message", &it.name)));
        unused.extend(model.actions.iter().filter(|(id, _)| !used.actions.has(*id)).map(|(_, it)| ("action", &it.name)));
        unused.extend(model.segments.iter().filter(|(id, _)| !used.segments.has(*id)).map(|(_, it)| ("segment", &it.name)));
        unused.extend(model.scores.iter().filter(|(id, _)| !used.scores.has(*id)).map(|(_, it)| ("score", &it.name)));
        unused.extend(model.plays.iter().filter(|(id, _)| !used.plays.has(*id)).map(|(_, it)| ("play", &it.name)));
        let findings: Vec<Diagnostic> = unused
            .into_iter()
            .filter(|(_, name)| name.text != "timezone")
            .filter_map(|(kind, name)| name.span.map(|span| (kind, name, span)))
            .filter(|(_, _, span)| !declared.is_library(span.file))
            .map(|(kind, name, span)| {
                Diagnostic::new(F104, span, format!("the {kind} `{}` is declared and never used", name.text)).help("use it, or take it out")
            })
            .collect();
        findings.into_iter().for_each(|finding| self.report(finding));
    }
}
