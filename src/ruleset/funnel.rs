//! Funnels, stages, doors and nurtures of a rule set.

use super::{Assumption, Condition, EventTest, Guarantee, Step};
use crate::units::Number;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
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
    /// The event property that keys its runs; without one, there is one run per contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who may come through a door from outside again.
    pub reentry: Reentry,
    /// Its stages, in declaration order.
    pub stages: Vec<Stage>,
    /// The ways out of the whole funnel.
    pub leaves: Vec<Leave>,
    /// What it promises.
    pub guarantees: Vec<Guarantee>,
    /// What it assumes.
    pub assumptions: Vec<Assumption>,
}

/// Who may come through a door from outside again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reentry {
    /// Nobody.
    Never,
    /// Who has left.
    AfterLeaving,
    /// Who has left so many milliseconds ago.
    AfterLeavingMs(i64),
    /// Who has left and started so many milliseconds ago.
    AfterStartingMs(i64),
    /// Who has left, and who is inside one of these stages.
    RestartFrom(Vec<String>),
}

/// A rule's condition with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// As written.
    pub sentence: String,
    /// What it tests.
    pub test: Condition,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// `funnel/stage`; the same as long as both names are.
    pub id: String,
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
    /// Whether success is counted here.
    pub goal: bool,
    /// Whether entering it ends the run.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// How often it can be entered in a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits: Option<VisitLimit>,
    /// The channels open in it; `null` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_to: Option<Vec<String>>,
    /// How many should come here.
    pub targets: Vec<Target>,
    /// Where it brings other contacts in; drawn and reported, not run.
    pub feeds: Vec<Feed>,
    /// The doors that lead here, in declaration order.
    pub doors: Vec<Door>,
    /// The ways out of the funnel from here.
    pub leaves: Vec<Leave>,
    /// Its nurtures, in declaration order, plays filled in.
    pub nurtures: Vec<Nurture>,
}

/// A bound on visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitLimit {
    /// So often in a run.
    pub at_most: u32,
}

/// A share of people who should come within a time; reports compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The share in percent.
    pub percent: Number,
    /// Of those who were in this stage; without one, in the stages it is entered from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// In so many milliseconds.
    pub within_ms: i64,
}

/// What happens in a stage brings other contacts in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// The id of the stage they come to, perhaps of another funnel.
    pub stage: String,
    /// By which word.
    pub by: String,
}

/// A door into a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Stable as long as what it says is the same.
    pub id: String,
    /// The clause as written.
    pub sentence: String,
    /// Where it leads from.
    pub from: Source,
    /// Not before so long after entering that stage, or after the latest event since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Delay>,
    /// Who passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// Where a door leads from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// From outside.
    Outside,
    /// From these stages.
    Stages(Vec<String>),
    /// From any other stage that is not final.
    Anywhere,
    /// From any other stage that is not final, and from outside.
    AnywhereOrOutside,
}

/// A delay, perhaps started anew by an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// So many milliseconds.
    pub delay_ms: i64,
    /// Counted from the latest such event, if one came since entering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<EventTest>,
}

/// A way out of the funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Stable as long as what it says is the same.
    pub id: String,
    /// The clause as written.
    pub sentence: String,
    /// Not before so long after entering the stage (or starting the run, for a clause of the funnel).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Delay>,
    /// Who leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// A nurture of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nurture {
    /// `funnel/stage/name`.
    pub id: String,
    /// Its name in the stage (of `as`, else of the nurture or play).
    pub name: String,
    /// The name it had before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formerly: Option<String>,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The clause as written, without its steps.
    pub sentence: String,
    /// When it starts.
    pub start: Start,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// When a nurture starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Start {
    /// On entering the stage.
    Entry,
    /// At entry if this holds, else when it comes true, once per visit.
    When(Condition),
    /// Afresh at each such trigger, ending the one that still runs.
    EachTime(Condition),
}
