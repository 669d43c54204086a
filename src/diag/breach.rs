//! How a guarantee is broken, in a form that a play either does or does not.

use crate::source::Span;
use smol_str::SmolStr;

/// What would break a guarantee. Stages are named as `funnel/stage`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    /// The funnel of whose single runs it speaks; without one, of the contact over all funnels.
    pub of_run: Option<SmolStr>,
    /// The property that tells the runs of that funnel apart, where one does.
    pub key: Option<SmolStr>,
    /// What happens.
    pub kind: BreachKind,
}

/// The kinds of breaches. Times in milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the fields are those of the sentence")]
pub enum BreachKind {
    /// Somebody is in a stage for longer.
    Stays { stage: SmolStr, most_ms: i64 },
    /// Somebody enters a stage, and none of others in that time; without a time, never: the run is over, or nothing is due any more.
    Misses { from: SmolStr, to: Vec<SmolStr>, within_ms: Option<i64> },
    /// An event happens (about this message; where one with certain properties is meant, one that is asked for at this place), and none of the stages is come to in that time.
    Unmet { event: SmolStr, about: Option<SmolStr>, asked: Option<Span>, to: Vec<SmolStr>, within_ms: i64 },
    /// More messages in less than a time; without one, in all.
    TooMany { messages: Vec<SmolStr>, most: u32, within_ms: Option<i64> },
    /// A message is sent in a stage.
    SentIn { message: SmolStr, stage: SmolStr },
    /// A message is sent after an event (about this message; where one with certain properties is meant, one that is asked for at this place).
    SentAfter { message: SmolStr, event: SmolStr, about: Option<SmolStr>, asked: Option<Span> },
    /// Somebody comes to a stage, and was never in another one before.
    Around { to: SmolStr, via: SmolStr },
    /// Somebody comes to a stage after having been in another one.
    Follows { earlier: SmolStr, later: SmolStr },
    /// Somebody is in two stages, one after the other or at one time.
    Both { one: SmolStr, other: SmolStr },
}

impl Breach {
    /// Whether it stays true once it is, so that a story may end there.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match &self.kind {
            BreachKind::Stays { .. } | BreachKind::Misses { .. } | BreachKind::Unmet { .. } => false,
            BreachKind::TooMany { .. }
            | BreachKind::SentIn { .. }
            | BreachKind::SentAfter { .. }
            | BreachKind::Around { .. }
            | BreachKind::Follows { .. }
            | BreachKind::Both { .. } => true,
        }
    }
}
