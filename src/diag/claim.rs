//! What a finding claims of a story, in a form that a play either does or does not.

use super::{Breach, Turn};
use crate::source::Span;
use smol_str::SmolStr;

/// What a finding says will happen. A stage is named by its name, or as `funnel/stage` where it is in another funnel than
/// the plot's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// The contact enters a stage at least so often.
    Enters {
        /// The stage.
        stage: SmolStr,
        /// How often.
        times: u32,
    },
    /// From the last happening, or where timers bring the contact there later from then, to the end it is in these stages
    /// and nowhere else.
    Stays {
        /// The stages.
        stages: Vec<SmolStr>,
    },
    /// These messages are sent, in this order, others perhaps between them; all of them behind the event where one is named.
    Sends {
        /// The messages.
        messages: Vec<SmolStr>,
        /// The event before them.
        after: Option<SmolStr>,
    },
    /// A send of this message has this outcome (`sent`, `held`, `capped`, `no consent`, `dropped`).
    Outcome {
        /// The message.
        message: SmolStr,
        /// The outcome, in the language's word.
        outcome: SmolStr,
    },
    /// A run is reported as `looping`.
    Looping,
    /// Echoes are set aside as `cascade`.
    Cascade,
    /// The contact is outside at the end, having gone through these stages in this order.
    Passes {
        /// The stages.
        stages: Vec<SmolStr>,
    },
    /// The contact is refused at this stage's door: from the last happening on it is not entered.
    NotEntered {
        /// The stage.
        stage: SmolStr,
    },
    /// At the end the contact is in this stage, and has been for at least so long.
    Rests {
        /// The stage.
        stage: SmolStr,
        /// How long, in milliseconds.
        for_ms: i64,
    },
    /// The contact enters a stage just so often, and then no more.
    EntersOnly {
        /// The stage.
        stage: SmolStr,
        /// How often.
        times: u32,
    },
    /// A message is sent twice, with nothing from outside between.
    SentTwice {
        /// The message.
        message: SmolStr,
    },
    /// These messages are sent at one instant.
    SentAtOnce {
        /// The messages.
        messages: Vec<SmolStr>,
    },
    /// The contact comes to a stage and goes on the same instant.
    PassesAtOnce {
        /// The stage.
        stage: SmolStr,
        /// Where to; nothing is outside.
        to: Option<SmolStr>,
    },
    /// An attribute is set to another value than it was set to before, so often.
    Alternates {
        /// The attribute.
        attribute: SmolStr,
        /// How often.
        times: u32,
    },
    /// The contact goes to a stage by this door, and without the door would go to another one at that instant.
    OpensToo {
        /// The door.
        door: Span,
        /// The stage it leads to.
        to: SmolStr,
        /// The stage to which the contact would go.
        other: SmolStr,
    },
    /// A message is not sent, and later this is done all the same.
    DoneUnsent {
        /// The message.
        message: SmolStr,
        /// What kind of thing is done: a message is sent, an attribute set, an event recorded, an action asked for.
        turn: Turn,
        /// The message, attribute, event or action.
        about: SmolStr,
    },
    /// A guarantee is broken.
    Breaks(Breach),
}

impl Claim {
    /// Whether it speaks of what comes round again and again.
    #[must_use]
    pub fn is_round(&self) -> bool {
        match self {
            Self::Enters { times, .. } => *times > 1,
            Self::Sends { messages, .. } => messages.first().is_some_and(|first| messages.iter().skip(1).any(|it| it == first)),
            Self::Stays { .. } | Self::Looping | Self::Cascade | Self::Alternates { .. } => true,
            Self::Outcome { .. }
            | Self::Passes { .. }
            | Self::NotEntered { .. }
            | Self::Rests { .. }
            | Self::EntersOnly { .. }
            | Self::SentTwice { .. }
            | Self::SentAtOnce { .. }
            | Self::PassesAtOnce { .. }
            | Self::OpensToo { .. }
            | Self::DoneUnsent { .. }
            | Self::Breaks(_) => false,
        }
    }

    /// Whether it stays true once it is, so that the story may end there.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Enters { .. }
            | Self::Sends { .. }
            | Self::Outcome { .. }
            | Self::Looping
            | Self::Cascade
            | Self::SentTwice { .. }
            | Self::SentAtOnce { .. }
            | Self::PassesAtOnce { .. }
            | Self::Alternates { .. }
            | Self::OpensToo { .. }
            | Self::DoneUnsent { .. } => true,
            Self::Breaks(breach) => breach.is_lasting(),
            Self::Stays { .. } | Self::Passes { .. } | Self::NotEntered { .. } | Self::Rests { .. } | Self::EntersOnly { .. } => false,
        }
    }
}
