//! The executable rule set: what `funnelc build` writes and every backend reads.
//!
//! One self-contained, versioned artefact: flat lists of declarations, funnels with stages, doors and nurtures, each
//! rule with the sentence it comes from. It is the one narrow middle form between the checker and the backends, and the
//! wire format itself, so that nothing can stand in one and not in the other.
//! Invariants of a rule set that was read or lowered: every name refers to something in it; times are milliseconds;
//! numbers are exact decimals in text; lists keep declaration order.
//! Deliberately absent: places in source files, and anything about execution.

mod condition;
mod funnel;
mod heirs;
mod identity;
mod line;
mod read;
mod references;
mod step;
mod term;
mod vocabulary;
mod yaml;

pub use condition::{Comparison, Condition, Count, CountBound, EventTest, Pattern, Schedule, TextTest, Window};
pub use funnel::{Delay, Door, Feed, Funnel, Leave, Nurture, Reentry, Rule, Source, Stage, Start, Target, VisitLimit};
pub use heirs::heirs;
pub use identity::{digest, meaning_of, request_key, split_draw};
pub use line::Line;
pub use read::{ReadError, read};
pub use step::{
    Argument, Branch, CalendarWait, ClockWait, InstantWait, Repeat, Split, SplitArm, Step, StepKind, UntilWait, WaitArm, WaitArms,
};
pub use term::{Aggregate, AggregateKind, Arithmetic, ArithmeticOp, Instant, Literal, Offset, OffsetSide, Term, WallTime};
pub use vocabulary::{
    Action, Assumed, Assumption, Attribute, Cap, Channel, Event, Guarantee, Keeper, Message, Property, QuietHours, Rate, Score, ScoreLine,
    ScoreRule, Segment, Type,
};
pub use yaml::{from_yaml, to_yaml};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format this program writes and reads.
pub const VERSION: u32 = 1;

/// The word at the head of every rule set.
pub const FORMAT: &str = "funnelc rule set";

/// A compiled set of funnels with everything they need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Always `funnelc rule set`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// SHA-256, in hex, of everything here that decides what happens; labels, notes, sentences and promises do not count.
    pub meaning: String,
    /// The IANA zone of contacts whose own zone is unknown.
    pub timezone: String,
    /// The contact's attributes.
    pub attributes: Vec<Attribute>,
    /// The events, the built-in ones included.
    pub events: Vec<Event>,
    /// The channels.
    pub channels: Vec<Channel>,
    /// The messages.
    pub messages: Vec<Message>,
    /// The actions outside.
    pub actions: Vec<Action>,
    /// The segments.
    pub segments: Vec<Segment>,
    /// The scores.
    pub scores: Vec<Score>,
    /// The funnels, in declaration order.
    pub funnels: Vec<Funnel>,
    /// What the files promise over all funnels together.
    pub guarantees: Vec<Guarantee>,
    /// What the files assume of the world.
    pub assumptions: Vec<Assumption>,
}

/// The JSON Schema of a rule set, as pretty-printed JSON with a final newline.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(RuleSet);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

/// The rule set as pretty-printed JSON with a final newline.
#[must_use]
pub fn to_json(rules: &RuleSet) -> String {
    let mut text = serde_json::to_string_pretty(rules).expect("a rule set is plain JSON: all keys are texts");
    text.push('\n');
    text
}

#[cfg(test)]
#[allow(clippy::format_push_string, reason = "a test")]
mod tests;
