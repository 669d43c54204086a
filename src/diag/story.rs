//! Stories: one contact, dated, with what comes in and what the funnels do.
//!
//! A check hands over a [`Plot`]: what the world does, and what the finding claims. The replay runs the plot on the reference
//! runtime and makes the [`Story`] of it, so that nothing is told that does not happen.

use crate::source::Span;
use smol_str::SmolStr;

/// A value in a story.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Fact {
    Missing,
    Text(SmolStr),
    Number(crate::units::Number),
    Flag(bool),
    Date(crate::units::Date),
    /// In milliseconds of UTC.
    Time(i64),
    List(Vec<SmolStr>),
}

/// Something that comes from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happening {
    /// When, in milliseconds of UTC.
    pub at_ms: i64,
    /// The event; `identify` tells attributes.
    pub event: SmolStr,
    /// What it carries.
    pub properties: Vec<(SmolStr, Fact)>,
    /// The clause that waits for it.
    pub span: Option<Span>,
}

/// What a finding says will happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// The contact enters a stage at least so often.
    Enters {
        /// The stage.
        stage: SmolStr,
        /// How often.
        times: u32,
    },
    /// From the last happening to the end the contact is in these stages and nowhere else.
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
    /// A send of this message has this outcome (`capped`, `no consent`, `dropped`, …).
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
    /// The contact is refused at this stage's door: after the last happening it is not entered.
    NotEntered {
        /// The stage.
        stage: SmolStr,
    },
}

/// What the world does, and what a finding claims of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plot {
    /// The funnel the finding speaks of.
    pub funnel: SmolStr,
    /// What is known of the contact before anything happens.
    pub given: Vec<(SmolStr, Fact)>,
    /// What comes from outside, by time.
    pub happenings: Vec<Happening>,
    /// Until when to look, in milliseconds of UTC.
    pub until_ms: i64,
    /// What is claimed.
    pub claims: Vec<Claim>,
}

/// One dated line of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// When, in milliseconds of UTC.
    pub at_ms: i64,
    /// Whether it came from outside; else the funnels did it.
    pub from_outside: bool,
    /// What happens: `purchase(amount: 20)`, `enters customer`, `welcome is sent`.
    pub text: String,
    /// The clause or step it comes from.
    pub span: Option<Span>,
}

/// A plot that was played on the reference runtime.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// What the world did.
    pub plot: Plot,
    /// What happened, by time.
    pub moments: Vec<Moment>,
}
