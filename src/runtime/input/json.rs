//! One JSON object as a record. Numbers keep their digits.

use super::{Reading, layout::Layout};
use crate::runtime::record::{Raw, Reason, Record};
use serde_json::{error::Category, value::RawValue};
use std::collections::BTreeMap;

/// The fields of an object, each as its text.
pub(super) type Object = BTreeMap<String, Box<RawValue>>;
/// Why a record is set aside.
pub(super) type Refusal = (Reason, String);

/// Reads a line. The first object of a file decides its layout.
///
/// # Errors
/// Why it is set aside.
pub(super) fn record(line: &str, layout: &mut Option<Layout>, reading: &Reading) -> Result<Record, Refusal> {
    let object: Object = serde_json::from_str(line).map_err(|error| (Reason::Malformed, what_is_wrong(&error)))?;
    let layout = *layout.get_or_insert_with(|| Layout::of(&object));
    layout.parts(object, reading)?.into_record(&reading.zone)
}

/// Why a line is no object.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => "it is not a JSON object: it breaks off".to_owned(),
        Category::Data | Category::Io => "it is not a JSON object, but something else".to_owned(),
        Category::Syntax => {
            let said = error.to_string();
            format!("it is not a JSON object: {} at character {}", said.trim_end_matches(&place), error.column())
        }
    }
}

/// A field that is an object itself, perhaps written as a text, as warehouses keep it.
pub(super) fn inner(object: &Object, name: &str) -> Option<Object> {
    parsed(object.get(name)?)
}

/// A value of JSON as what is wanted, also where it is a text that is such a value.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok().or_else(|| serde_json::from_str(&serde_json::from_str::<String>(value.get()).ok()?).ok())
}

/// Whether a value says anything.
pub(super) fn is_there(raw: &Raw) -> bool {
    !matches!(raw, Raw::Missing) && *raw != Raw::Text(String::new())
}

/// A value by its first letter; whatever is inside was checked when the line was read.
pub(super) fn raw(value: &RawValue) -> Raw {
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

/// A value of JSON as a record tells it.
pub(crate) fn json_of(text: &str) -> String {
    serde_json::from_str::<&RawValue>(text).map_or_else(|_| text.to_owned(), |value| raw(value).to_json())
}

/// An item of a list; lists in lists are nothing that a type takes.
fn scalar(value: &RawValue) -> Raw {
    match value.get().as_bytes().first() {
        Some(b'[') => Raw::Other(value.get().to_owned()),
        _ => raw(value),
    }
}
