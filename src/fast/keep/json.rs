//! JSON written straight to where it is kept.

pub(crate) use crate::runtime::state::events::add as write;
use crate::{fast::value::Seen, runtime::state::wire::ValueForm};
use serde::Serialize;
use std::io::Write as _;

/// Adds a list.
pub fn write_list<T>(all: impl IntoIterator<Item = T>, out: &mut Vec<u8>, mut each: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    let begin = out.len();
    for it in all {
        if out.len() > begin {
            out.push(b',');
        }
        each(it, out);
    }
    out.push(b']');
}

/// What was written as a text.
pub fn text(written: Vec<u8>) -> String {
    String::from_utf8(written).expect("JSON is text")
}

/// An object, field by field.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    begin: usize,
}

impl<'o> Object<'o> {
    /// Begins one.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        let begin = out.len();
        Self { out, begin }
    }

    /// Begins a field, whose name needs no escape; its value is to be added.
    pub fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if self.out.len() > self.begin {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Adds a field.
    pub fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        write(value, self.key(name));
    }

    /// Adds a field, if there is a value.
    pub fn optional(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.field(name, &value);
        }
    }

    /// Adds a number, if it is not 0.
    pub fn number(&mut self, name: &str, value: i64) {
        self.optional(name, Some(value).filter(|value| *value != 0));
    }

    /// Adds a flag, if it is set.
    pub fn flag(&mut self, name: &str, is_set: bool) {
        self.optional(name, Some(is_set).filter(|is_set| *is_set));
    }

    /// Ends it.
    pub fn end(self) {
        self.out.push(b'}');
    }
}

/// A name as the key of a JSON object.
pub fn key(name: &str) -> String {
    format!("{}:", serde_json::Value::from(name))
}

/// Adds a value in its written form.
pub fn write_value(value: Seen<'_>, out: &mut Vec<u8>) {
    match value {
        Seen::Number(number) => write!(out, "{number}").expect("memory takes everything"),
        Seen::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        Seen::Text(text) => write(text, out),
        other => write(&ValueForm(other.kept().value()), out),
    }
}

/// Adds an object of values in their written form, each behind its key; those that are missing are left out.
pub fn write_object<'v>(values: impl Iterator<Item = (&'v str, Option<Seen<'v>>)>, out: &mut Vec<u8>) {
    out.push(b'{');
    let begin = out.len();
    for (key, value) in values {
        if let Some(value) = value {
            if out.len() > begin {
                out.push(b',');
            }
            out.extend_from_slice(key.as_bytes());
            write_value(value, out);
        }
    }
    out.push(b'}');
}
