//! How the objects of a log are laid out: the exports that people have, each in a few lines.
//!
//! Invariants: the first object of a file decides, unless it was said; a field that is mapped is looked for in the object itself;
//! what an export says of itself beside the event (its library, its device) is not read where it is not listed here.

use super::{
    Parts, Reading, add_property,
    json::{Object, Refusal, inner, is_there, parsed, raw},
    mapping::{Field, Origin},
};
use crate::runtime::record::{Raw, Reason};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What the objects of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `contact`, `time`, `event`, and properties beside them.
    Flat,
    /// Calls of Segment or RudderStack.
    Segment,
    /// Events of PostHog.
    Posthog,
    /// Events of Mixpanel.
    Mixpanel,
    /// Events of Google Analytics 4, exported from BigQuery.
    Ga4,
    /// CloudEvents in JSON.
    Cloudevents,
    /// Enriched events of Snowplow in JSON.
    Snowplow,
}

impl Layout {
    /// What it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Flat => "records with the fields `contact`, `time` and `event`",
            Self::Segment => "calls of Segment or RudderStack",
            Self::Posthog => "events of PostHog",
            Self::Mixpanel => "events of Mixpanel",
            Self::Ga4 => "events of Google Analytics 4 from BigQuery",
            Self::Cloudevents => "CloudEvents",
            Self::Snowplow => "enriched events of Snowplow",
        }
    }

    /// The layout of an object.
    pub(super) fn of(object: &Object) -> Self {
        let has = |name: &str| object.contains_key(name);
        let all = |names: &[&str]| names.iter().all(|name| has(name));
        let is_call = matches!(object.get("type").map(|value| raw(value)), Some(Raw::Text(call)) if CALLS.contains(&call.as_str()));
        let within = |name: &str, wanted: &[&str]| inner(object, name).is_some_and(|it| wanted.iter().all(|name| it.contains_key(*name)));
        if all(&["contact", "time", "event"]) {
            Self::Flat
        } else if is_call && (has("userId") || has("anonymousId")) {
            Self::Segment
        } else if all(&["specversion", "type", "source", "id"]) {
            Self::Cloudevents
        } else if all(&["event_timestamp", "event_name"]) && (has("event_params") || has("user_pseudo_id")) {
            Self::Ga4
        } else if all(&["event_id", "collector_tstamp"]) {
            Self::Snowplow
        } else if all(&["event", "distinct_id", "timestamp"]) {
            Self::Posthog
        } else if has("event") && within("properties", &["distinct_id", "time"]) {
            Self::Mixpanel
        } else {
            Self::Flat
        }
    }

    /// The parts of an object.
    ///
    /// # Errors
    /// Why it is set aside.
    pub(super) fn parts(self, object: Object, reading: &Reading) -> Result<Parts, Refusal> {
        match self {
            Self::Flat => Ok(flat(object, reading)),
            Self::Segment => segment(&Export { object, reading }),
            Self::Posthog => Ok(posthog(&Export { object, reading })),
            Self::Mixpanel => Ok(mixpanel(&Export { object, reading })),
            Self::Ga4 => Ok(ga4(&Export { object, reading })),
            Self::Cloudevents => Ok(cloudevents(&Export { object, reading })),
            Self::Snowplow => Ok(snowplow(&Export { object, reading })),
        }
    }
}

/// Where an export has what a record is of, if it is an object with the properties in an object of their own. Of several names the first
/// counts that says anything.
pub(crate) struct Form {
    /// The field that says what the object is, and what it is where it is an event.
    pub call: Option<(&'static str, &'static str)>,
    /// Whom it is about.
    pub contact: &'static [&'static str],
    /// When.
    pub time: &'static [&'static str],
    /// What.
    pub event: &'static [&'static str],
    /// Its id.
    pub id: &'static [&'static str],
    /// Of what its id is one.
    pub id_of: Option<&'static str>,
    /// Whether contact, time and id lie among the properties.
    pub is_inside: bool,
    /// The object with the properties.
    pub properties: &'static str,
    /// What lies among them and is none.
    pub hidden: &'static [&'static str],
    /// Other objects, each a property if it is none.
    pub beside: &'static [&'static str],
    /// Events that are none.
    pub no_events: &'static [&'static str],
}

const SEGMENT: Form = Form {
    call: Some(("type", "track")),
    contact: &["userId", "anonymousId"],
    time: &["timestamp", "originalTimestamp", "sentAt", "receivedAt"],
    event: &["event"],
    id: &["messageId"],
    id_of: None,
    is_inside: false,
    properties: "properties",
    hidden: &[],
    beside: &["traits"],
    no_events: &[],
};

const POSTHOG: Form = Form {
    call: None,
    contact: &["distinct_id"],
    time: &["timestamp"],
    event: &["event"],
    id: &["uuid", "id"],
    id_of: None,
    is_inside: false,
    properties: "properties",
    hidden: &["$set", "$set_once", "distinct_id"],
    beside: &["$set", "$set_once"],
    no_events: &["$identify", "$set"],
};

const MIXPANEL: Form = Form {
    call: None,
    contact: &["distinct_id"],
    time: &["time"],
    event: &["event"],
    id: &["$insert_id"],
    id_of: None,
    is_inside: true,
    properties: "properties",
    hidden: &["distinct_id", "time", "$insert_id"],
    beside: &[],
    no_events: &[],
};

const CLOUDEVENTS: Form = Form {
    call: None,
    contact: &["subject"],
    time: &["time"],
    event: &["type"],
    id: &["id"],
    id_of: Some("source"),
    is_inside: false,
    properties: "data",
    hidden: &[],
    beside: &["data_base64"],
    no_events: &[],
};

impl Layout {
    /// Where its objects have what a record is of, if that is simple.
    pub(crate) const fn form(self) -> Option<&'static Form> {
        match self {
            Self::Segment => Some(&SEGMENT),
            Self::Posthog => Some(&POSTHOG),
            Self::Mixpanel => Some(&MIXPANEL),
            Self::Cloudevents => Some(&CLOUDEVENTS),
            Self::Flat | Self::Ga4 | Self::Snowplow => None,
        }
    }
}

const CALLS: [&str; 6] = ["track", "identify", "page", "screen", "group", "alias"];

fn flat(object: Object, reading: &Reading) -> Parts {
    let mut rest: BTreeMap<String, Raw> = object.into_iter().map(|(name, value)| (name, raw(&value))).collect();
    let origins = Field::ALL.map(|field| reading.mapping.flat_origin(field));
    let [contact, time, event, id] = origins.clone().map(|origin| match origin {
        None => None,
        Some(Origin::Constant(text)) => Some(Raw::Text(text)),
        Some(Origin::Field(name)) => rest.get(&name).cloned(),
    });
    for origin in origins.into_iter().flatten() {
        if let Origin::Field(name) = origin {
            rest.remove(&name);
        }
    }
    Parts { contact, time, event, id, properties: words(rest) }
}

fn words(values: BTreeMap<String, Raw>) -> BTreeMap<String, Raw> {
    let mut properties = BTreeMap::new();
    for (name, raw) in values {
        add_property(&mut properties, &name, raw);
    }
    properties
}

fn all(object: Object) -> BTreeMap<String, Raw> {
    object.into_iter().map(|(name, value)| (name, raw(&value))).collect()
}

/// An object of an export, and what was said of its fields.
struct Export<'r> {
    object: Object,
    reading: &'r Reading,
}

impl Export<'_> {
    /// The first of these fields that says anything.
    fn usual(&self, names: &[&str]) -> Option<Raw> {
        usual(&self.object, names)
    }

    /// A part: from where it was said, else what the export has for it.
    fn part(&self, field: Field, usual: impl FnOnce() -> Option<Raw>) -> Option<Raw> {
        match self.reading.mapping.origin(field) {
            Some(Origin::Constant(text)) => Some(Raw::Text(text.clone())),
            Some(Origin::Field(name)) => self.object.get(name).map(|value| raw(value)),
            None => usual(),
        }
    }

    fn inner(&self, name: &str) -> Object {
        inner(&self.object, name).unwrap_or_default()
    }

    /// These values as properties; with them, under its own name, what stands in the place of one of its objects and is none, so that
    /// it is not lost without a word.
    fn words(&self, mut values: BTreeMap<String, Raw>, form: &Form) -> BTreeMap<String, Raw> {
        let holders = std::iter::once(&form.properties).chain(form.beside);
        let odd = holders.filter_map(|name| self.object.get_key_value(*name));
        // An empty list is what some programs write for an empty object.
        let odd = odd.filter(|(_, value)| parsed::<Object>(value).is_none() && value.get() != "[]");
        for (name, value) in odd.map(|(name, value)| (name, raw(value))).filter(|(_, value)| is_there(value)) {
            values.entry(name.clone()).or_insert(value);
        }
        words(values)
    }
}

fn usual(object: &Object, names: &[&str]) -> Option<Raw> {
    names.iter().filter_map(|name| object.get(*name)).map(|value| raw(value)).find(is_there)
}

fn segment(it: &Export<'_>) -> Result<Parts, Refusal> {
    let Some(Raw::Text(call)) = it.usual(&["type"]) else {
        return Err((Reason::Malformed, "it has no `type` such as track or identify, as the first record has".to_owned()));
    };
    let event = if call == "track" { it.part(Field::Event, || it.usual(SEGMENT.event)) } else { Some(Raw::Text(call.clone())) };
    let traits = || inner(&it.object, "traits").or_else(|| inner(&it.inner("context"), "traits"));
    let values = if call == "identify" { traits() } else { inner(&it.object, SEGMENT.properties) };
    let mut values = all(values.unwrap_or_default());
    if matches!(call.as_str(), "page" | "screen")
        && let Some(name) = it.usual(&["name"])
    {
        values.entry("name".to_owned()).or_insert(name);
    }
    Ok(Parts {
        contact: it.part(Field::Contact, || it.usual(SEGMENT.contact)),
        time: it.part(Field::Time, || it.usual(SEGMENT.time)),
        event,
        id: it.part(Field::Id, || it.usual(SEGMENT.id)),
        properties: it.words(values, &SEGMENT),
    })
}

/// `$identify` and `$set` tell attributes, in `$set_once` and `$set`.
fn posthog(it: &Export<'_>) -> Parts {
    let event = it.part(Field::Event, || it.usual(POSTHOG.event));
    let mut properties = it.inner(POSTHOG.properties);
    let is_identify = matches!(&event, Some(Raw::Text(event)) if POSTHOG.no_events.contains(&event.as_str()));
    let event = if is_identify { Some(Raw::Text("identify".to_owned())) } else { event };
    let values = if is_identify {
        let mut attributes = BTreeMap::new();
        for name in ["$set_once", "$set"] {
            attributes.extend(all(it.inner(name)));
            attributes.extend(all(inner(&properties, name).unwrap_or_default()));
        }
        attributes
    } else {
        properties.retain(|name, _| !POSTHOG.hidden.contains(&name.as_str()));
        all(properties)
    };
    Parts {
        contact: it.part(Field::Contact, || it.usual(POSTHOG.contact)),
        time: it.part(Field::Time, || it.usual(POSTHOG.time)),
        event,
        id: it.part(Field::Id, || it.usual(POSTHOG.id)),
        properties: it.words(values, &POSTHOG),
    }
}

fn mixpanel(it: &Export<'_>) -> Parts {
    let mut properties = it.inner(MIXPANEL.properties);
    let own = |names: &[&str]| usual(&properties, names);
    let contact = it.part(Field::Contact, || own(MIXPANEL.contact));
    let time = it.part(Field::Time, || own(MIXPANEL.time));
    let id = it.part(Field::Id, || own(MIXPANEL.id));
    properties.retain(|name, _| !MIXPANEL.hidden.contains(&name.as_str()));
    let properties = it.words(all(properties), &MIXPANEL);
    Parts { contact, time, event: it.part(Field::Event, || it.usual(MIXPANEL.event)), id, properties }
}

/// Parameters stand in a list of keys and values, the value under the name of its type; whole numbers are texts there.
fn ga4(it: &Export<'_>) -> Parts {
    let list = it.object.get("event_params").and_then(|list| parsed::<Vec<Object>>(list));
    let value = |item: &Object| {
        let value = inner(item, "value")?;
        let part = |name: &str| value.get(name).map(|value| raw(value)).filter(is_there);
        // There are only texts and numbers: a flag or a day is a text there.
        let retyped = |raw: Raw, ty: fn(String) -> Raw| match raw {
            Raw::Text(text) => ty(text),
            other => other,
        };
        let number = || ["int_value", "double_value", "float_value"].into_iter().find_map(part).map(|raw| retyped(raw, Raw::Number));
        part("string_value").map(|raw| retyped(raw, Raw::Cell)).or_else(number)
    };
    let pair = |item: Object| match item.get("key").map(|key| raw(key)) {
        Some(Raw::Text(key)) => Some((key, value(&item)?)),
        Some(_) | None => None,
    };
    Parts {
        contact: it.part(Field::Contact, || it.usual(&["user_id", "user_pseudo_id"])),
        time: it.part(Field::Time, || it.usual(&["event_timestamp"])),
        event: it.part(Field::Event, || it.usual(&["event_name"])),
        id: it.part(Field::Id, || None),
        properties: match list {
            Some(list) => words(list.into_iter().filter_map(pair).collect()),
            None => words(it.usual(&["event_params"]).map(|odd| ("event_params".to_owned(), odd)).into_iter().collect()),
        },
    }
}

fn cloudevents(it: &Export<'_>) -> Parts {
    Parts {
        contact: it.part(Field::Contact, || it.usual(CLOUDEVENTS.contact)),
        time: it.part(Field::Time, || it.usual(CLOUDEVENTS.time)),
        event: it.part(Field::Event, || it.usual(CLOUDEVENTS.event)),
        // An id is one of its source.
        id: it.part(Field::Id, || match (it.usual(CLOUDEVENTS.id_of.as_slice()), it.usual(CLOUDEVENTS.id)) {
            (Some(Raw::Text(source)), Some(Raw::Text(id))) => Some(Raw::Text(format!("{source} {id}"))),
            (_, id) => id,
        }),
        properties: it.words(all(it.inner(CLOUDEVENTS.properties)), &CLOUDEVENTS),
    }
}

/// Fields of an enriched event that are worth a condition; those of its own schema come beside them.
const SNOWPLOW: [&str; 15] = [
    "app_id",
    "platform",
    "page_url",
    "page_urlpath",
    "page_title",
    "page_referrer",
    "mkt_medium",
    "mkt_source",
    "mkt_campaign",
    "geo_country",
    "se_category",
    "se_action",
    "se_label",
    "se_property",
    "se_value",
];

fn snowplow(it: &Export<'_>) -> Parts {
    let mut values = BTreeMap::new();
    for (name, value) in it.object.iter().filter(|(name, _)| SNOWPLOW.contains(&name.as_str())) {
        values.insert(name.clone(), raw(value));
    }
    for (_, value) in it.object.iter().filter(|(name, _)| name.starts_with("unstruct_event_")) {
        values.extend(all(serde_json::from_str(value.get()).unwrap_or_default()));
    }
    values.retain(|_, raw| is_there(raw));
    Parts {
        contact: it.part(Field::Contact, || it.usual(&["user_id", "domain_userid", "network_userid"])),
        time: it.part(Field::Time, || it.usual(&["derived_tstamp", "dvce_created_tstamp", "collector_tstamp"])),
        event: it.part(Field::Event, || it.usual(&["event_name", "event"])),
        id: it.part(Field::Id, || it.usual(&["event_id"])),
        properties: words(values),
    }
}

/// The names of an object's fields.
#[must_use]
pub fn fields(text: &str) -> Option<Vec<String>> {
    serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(text).ok().map(|object| object.into_keys().collect())
}
