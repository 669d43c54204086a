//! One JSON object as a record. Numbers keep their digits.

use super::{
    Parts, Reading, add_property,
    mapping::{Field, Origin},
};
use crate::runtime::record::{Raw, Reason, Record};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What the objects of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `contact`, `time`, `event`, and properties beside them.
    Flat,
    /// Calls of Segment or RudderStack.
    Track,
}

type Object = BTreeMap<String, Box<RawValue>>;
type Refusal = (Reason, String);

/// Reads a line. The first object of a file decides its layout.
///
/// # Errors
/// Why it is set aside.
pub(super) fn record(line: &str, layout: &mut Option<Layout>, reading: &Reading) -> Result<Record, Refusal> {
    let object = object(line).map_err(|reason| (Reason::Malformed, format!("it is not a JSON object: {reason}")))?;
    let layout = *layout.get_or_insert_with(|| detect(&object));
    let parts = match layout {
        Layout::Flat => flat(object, reading),
        Layout::Track => track(object, reading)?,
    };
    parts.into_record(&reading.zone)
}

fn object(text: &str) -> Result<Object, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn detect(object: &Object) -> Layout {
    let is_call = matches!(object.get("type").map(|value| raw(value)), Some(Raw::Text(call)) if CALLS.contains(&call.as_str()));
    if is_call && (object.contains_key("userId") || object.contains_key("anonymousId")) { Layout::Track } else { Layout::Flat }
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

fn track(object: Object, reading: &Reading) -> Result<Parts, Refusal> {
    let usual = |names: &[&str]| names.iter().filter_map(|name| object.get(*name)).map(|value| raw(value)).find(is_there);
    let part = |field: Field, names: &[&str]| match reading.mapping.origin(field) {
        Some(Origin::Constant(text)) => Some(Raw::Text(text.clone())),
        Some(Origin::Field(name)) => object.get(name).map(|value| raw(value)),
        None => usual(names),
    };
    let Some(Raw::Text(call)) = usual(&["type"]) else {
        return Err((Reason::Malformed, "it has no `type` such as track or identify, as the first record has".to_owned()));
    };
    let event = match (reading.mapping.origin(Field::Event), call.as_str()) {
        (None, "track") => usual(&["event"]),
        (Some(_), "track") => part(Field::Event, &[]),
        _ => Some(Raw::Text(call.clone())),
    };
    let inner = |name: &str| object.get(name).and_then(|value| self::object(value.get()).ok());
    let traits = || inner("traits").or_else(|| self::object(inner("context")?.get("traits")?.get()).ok());
    let values = if call == "identify" { traits() } else { inner("properties") };
    let mut values: BTreeMap<String, Raw> = values.unwrap_or_default().into_iter().map(|(name, value)| (name, raw(&value))).collect();
    if matches!(call.as_str(), "page" | "screen")
        && let Some(name) = usual(&["name"])
    {
        values.entry("name".to_owned()).or_insert(name);
    }
    Ok(Parts {
        contact: part(Field::Contact, &["userId", "anonymousId"]),
        time: part(Field::Time, &["timestamp", "originalTimestamp", "sentAt", "receivedAt"]),
        event,
        id: part(Field::Id, &["messageId"]),
        properties: words(values),
    })
}

fn is_there(raw: &Raw) -> bool {
    !matches!(raw, Raw::Missing) && *raw != Raw::Text(String::new())
}

/// A value by its first letter; whatever is inside was checked when the line was read.
fn raw(value: &RawValue) -> Raw {
    let text = value.get();
    let other = || Raw::Other(text.to_owned());
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_or_else(|_| other(), Raw::Text),
        Some(b'n') => Raw::Missing,
        Some(b't' | b'f') => Raw::Flag(text == "true"),
        Some(b'-' | b'0'..=b'9') => Raw::Number(text.to_owned()),
        Some(b'[') => serde_json::from_str::<Vec<Box<RawValue>>>(text)
            .map_or_else(|_| other(), |items| Raw::List(items.iter().map(|item| scalar(item)).collect())),
        _ => other(),
    }
}

/// An item of a list; lists in lists are nothing that a type takes.
fn scalar(value: &RawValue) -> Raw {
    match value.get().as_bytes().first() {
        Some(b'[') => Raw::Other(value.get().to_owned()),
        _ => raw(value),
    }
}
