//! The written form of what the runtime keeps of a contact, as JSON.
//!
//! Names stand for funnels, stages and messages, identities for steps; what has its default is left out. Numbers keep their
//! digits. What may change in a later version does so under another number of [`super::VERSION`].

use crate::{
    runtime::value::Value,
    units::{Clock, Date, Number, Weekday},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A value: texts, numbers, flags and lists as JSON has them, other types in an object that names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueForm(pub Value);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Date(Date),
    /// In milliseconds.
    Time(i64),
    Choice(String),
}

impl Serialize for ValueForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Text(text) => text.serialize(serializer),
            Value::Number(number) => RawValue::from_string(number.to_string()).map_err(S::Error::custom)?.serialize(serializer),
            Value::Flag(flag) => flag.serialize(serializer),
            Value::Date(date) => Named::Date(*date).serialize(serializer),
            Value::Time(ms) => Named::Time(*ms).serialize(serializer),
            Value::Choice(word) => Named::Choice(word.clone()).serialize(serializer),
            Value::List(texts) => texts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ValueForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let wrong = |error: serde_json::Error| D::Error::custom(error);
        let value = match text.as_bytes().first() {
            Some(b'"') => Value::Text(serde_json::from_str(text).map_err(wrong)?),
            Some(b't' | b'f') => Value::Flag(text == "true"),
            Some(b'[') => Value::List(serde_json::from_str(text).map_err(wrong)?),
            Some(b'{') => match serde_json::from_str(text).map_err(wrong)? {
                Named::Date(date) => Value::Date(date),
                Named::Time(ms) => Value::Time(ms),
                Named::Choice(word) => Value::Choice(word),
            },
            _ => Value::Number(text.parse::<Number>().map_err(|_| D::Error::custom(format!("`{text}` is no number")))?),
        };
        Ok(Self(value))
    }
}

pub(crate) type Values = BTreeMap<String, ValueForm>;

/// The values of a map in their written form.
pub(crate) fn values(map: &BTreeMap<String, Value>) -> Values {
    map.iter().map(|(name, value)| (name.clone(), ValueForm(value.clone()))).collect()
}

/// The other way round.
pub(crate) fn plain(map: Values) -> BTreeMap<String, Value> {
    map.into_iter().map(|(name, value)| (name, value.0)).collect()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// All of a contact that has no column of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateForm {
    pub taken: u64,
    pub results: u64,
    pub position: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
    /// For each line: how often, since when, how many periods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<(i64, Option<i64>, i64)>,
    pub funnels: Vec<SlotForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<AsideForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
}

/// A place by older rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AsideForm {
    pub rules: u32,
    pub slot: SlotForm,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotForm {
    pub funnel: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub runs: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub started_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_in: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseForm>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub pause_seen_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past_entries: Option<(i64, Vec<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub struck: Option<(i64, Vec<(String, usize)>)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunForm {
    pub stage: String,
    pub visit: u32,
    pub entered_ms: i64,
    pub entered_order: u64,
    pub started_ms: i64,
    pub started_order: u64,
    pub visits: BTreeMap<String, u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entry: Values,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plays: Vec<PlayForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<ClauseForm>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClauseForm {
    /// Which, as `d1.0` (stage 1, door 0), `s0`, `f0` (a `leave` of the stage, of the funnel), `n0` (a nurture); nothing for an arm.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tried_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_for_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub gone: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub untried: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockForm>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockForm {
    pub basis: BasisForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub was_past: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BasisForm {
    Schedule(String, Option<Date>),
    Instant(Option<i64>),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlayForm {
    #[serde(default, skip_serializing_if = "is_default")]
    pub starts: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub finished: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<RunningForm>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunningForm {
    pub stack: Vec<FrameForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each_time: Option<u32>,
}

/// A place in a rule set: a nurture or step by its identity, and of a step perhaps one of its ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Nothing for no steps at all.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<usize>,
    /// The number of the rule set, where it is not the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FrameForm {
    Steps(Place, usize),
    Rounds(Place, u32, i64),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitingForm {
    Until(i64),
    Days(i64, u32),
    Clock(Option<Weekday>, Clock, String, Option<i64>),
    Instant(Place),
    Arms { deadline_ms: i64, arms: Vec<ArmForm>, otherwise: Place, otherwise_instead: Option<Vec<FrameForm>> },
    Held { step: Place, message: String, key: String, arguments: Vec<Option<ValueForm>>, zone: String, until_ms: i64 },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmForm {
    pub when: Place,
    pub steps: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Vec<FrameForm>>,
    pub state: ClauseForm,
}
