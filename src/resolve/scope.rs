//! Where something stands: what its names can mean, and whether anything can be happening there.

use crate::model::{EventId, FunnelId, Property, Source, StageId, Term};
use smol_str::SmolStr;

/// The place of a condition, value or step.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    /// Which run and stage it speaks of.
    pub place: Place<'s>,
    /// Whether an event can be happening there.
    pub triggers: Triggers,
    /// The parameters of the play it stands in.
    pub parameters: Option<&'s Parameters>,
    /// Behind `where`: the event whose properties names mean first.
    pub event: Option<EventId>,
}

/// Which run and stage something speaks of.
#[derive(Clone, Copy)]
pub(super) enum Place<'s> {
    /// Of no run: a segment, a score, a promise, a test. With its words.
    Contact(&'static str),
    /// Of a run on its way through a door of this funnel, from there.
    Door(FunnelId, &'s Source),
    /// Of a run in this stage.
    Stage(FunnelId, StageId),
    /// Of a run in any stage.
    Funnel(FunnelId),
    /// Of whichever stage uses this play.
    Play,
}

/// Whether an event can be happening.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Triggers {
    /// It wakes what stands here.
    Fine,
    /// It is asked at some moment; the text says which.
    Never(&'static str),
}

/// The parameters of a play, perhaps with the values of one use.
pub(super) struct Parameters {
    /// As declared.
    pub declared: Vec<Property>,
    /// What is handed over, in the same order; `None` while the play is read by itself.
    pub given: Option<Vec<Term>>,
}

impl Parameters {
    /// The number of the parameter of this name.
    pub(super) fn find(&self, name: &SmolStr) -> Option<usize> {
        self.declared.iter().position(|parameter| parameter.name == *name)
    }
}

impl<'s> Scope<'s> {
    /// A place where events wake what stands there.
    pub(super) fn woken(place: Place<'s>) -> Self {
        Self { place, triggers: Triggers::Fine, parameters: None, event: None }
    }

    /// A place that is asked at some moment.
    pub(super) fn asked(place: Place<'s>, when: &'static str) -> Self {
        Self { triggers: Triggers::Never(when), ..Self::woken(place) }
    }

    /// The same place, asked at some moment.
    pub(super) fn but_asked(self, when: &'static str) -> Self {
        Self { triggers: Triggers::Never(when), ..self }
    }

    /// The same place behind a `where` of this event.
    pub(super) fn behind_where(self, event: Option<EventId>) -> Self {
        Self { event, ..self }
    }
}
