//! What the funnels of a rule set know: attributes, events, channels, messages, actions, segments, scores.

use super::{Condition, EventTest, Literal};
use crate::units::{Clock, Number};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A type of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Type {
    /// Any text.
    Text,
    /// An exact decimal.
    Number,
    /// Yes or no.
    Flag,
    /// A day.
    Date,
    /// An instant.
    Time,
    /// One of these words.
    OneOf(Vec<String>),
    /// A list of texts without repetition.
    List,
}

/// Who changes an attribute, or records an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// The world, at any record; funnels too.
    Anyone,
    /// The world once; it never changes after it is known.
    Fixed,
    /// Funnels alone.
    Ours,
    /// The runtime alone (`sent`).
    Runtime,
}

/// An attribute of the contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it may be missing.
    pub optional: bool,
    /// Its value before any other is known; a list begins empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Literal>,
    /// Who changes it.
    pub keeper: Keeper,
}

/// A property of an event, message or action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it may be missing.
    pub optional: bool,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it carries.
    pub properties: Vec<Property>,
    /// The touchpoint it happens on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Who records it: `anyone` outside, `ours` by funnels, `runtime` for `sent`.
    pub keeper: Keeper,
    /// The flag attributes that it sets to `no`, from `opt out of`.
    pub opts_out: Vec<String>,
    /// How often it comes at most, as the file promises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// At most so many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In a rolling window of so many milliseconds.
    pub per_ms: i64,
}

/// A channel with its policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The flag attribute without which nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// Its caps, over all funnels.
    pub caps: Vec<Cap>,
    /// Its quiet hours, by the contact's clock.
    pub quiet: Vec<QuietHours>,
}

/// A cap on sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// How many at most.
    pub count: u32,
    /// In a rolling window of so many milliseconds.
    pub within_ms: i64,
}

/// Hours in which nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// First minute of them.
    pub from: Clock,
    /// First minute after them; before `from` where they pass midnight.
    pub to: Clock,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The name it had before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formerly: Option<String>,
    /// The channel it goes by.
    pub channel: String,
    /// Its parameters.
    pub parameters: Vec<Property>,
    /// The template of the delivery system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether no cap, quiet hour or consent applies and nothing counts it.
    pub transactional: bool,
}

/// Something done outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its parameters.
    pub parameters: Vec<Property>,
}

/// A named condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The condition as written.
    pub sentence: String,
    /// Who is in it.
    pub when: Condition,
}

/// A sum of points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its lines; all that match add up.
    pub lines: Vec<ScoreLine>,
}

/// A line of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreLine {
    /// The line as written.
    pub sentence: String,
    /// How many points, with sign.
    pub points: Number,
    /// For what.
    #[serde(rename = "for")]
    pub rule: ScoreRule,
}

/// What a line of a score counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScoreRule {
    /// Each such event.
    Event(EventTest),
    /// Each full period since the latest such event, or since the contact's first record.
    EveryWithout {
        /// The period in milliseconds.
        period_ms: i64,
        /// The event that starts it anew.
        event: EventTest,
    },
}

/// A promise of the file, kept as its sentence until a prover reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guarantee {
    /// The promise as written.
    pub sentence: String,
}

/// An assumption about the world; reports hold it against what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// The assumption as written.
    pub sentence: String,
    /// What is assumed; rule sets written before reports have the sentence alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Assumed>,
}

/// An event that comes in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// Which event.
    pub event: EventTest,
    /// In so many milliseconds …
    pub within_ms: i64,
    /// … of entering the stage of this id.
    pub stage: String,
}
