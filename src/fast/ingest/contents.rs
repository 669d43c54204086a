//! What a record is as JSON, written from its tokens, letter for letter as the runtime writes the record.

use super::Kind;
use crate::runtime::{input::json_of, json_text, write_rfc3339};

/// The JSON of a record that is being written.
pub struct JsonOf {
    json: String,
    has_properties: bool,
}

impl JsonOf {
    /// The beginning, in memory that is used again: all but its properties.
    pub fn new(mut json: String, time_ms: i64, contact: &str, event: &str, id: &str) -> Self {
        json.clear();
        json.push_str("{\"time\":\"");
        write_rfc3339(&mut json, time_ms);
        json.push('"');
        for (name, value) in [("contact", contact), ("event", event), ("id", id)] {
            json.push_str(",\"");
            json.push_str(name);
            json.push_str("\":");
            push_text(&mut json, value);
        }
        json.push_str(",\"properties\":{");
        Self { json, has_properties: false }
    }

    /// Adds the property that is next by its word, if its token says anything.
    pub fn property(&mut self, word: &str, kind: Kind, texts: &str, (at, length): (u32, u32)) {
        let (begin, end) = (at as usize, at as usize + length as usize);
        let said = texts.get(begin..end).unwrap_or_default();
        if kind == Kind::Cell && said.is_empty() {
            return;
        }
        let json = self.named(word);
        match kind {
            Kind::Text | Kind::Cell => push_text(json, said),
            Kind::Number => json.push_str(said),
            Kind::True => json.push_str("true"),
            Kind::False => json.push_str("false"),
            Kind::Null => json.push_str("null"),
            Kind::Escaped => json.push_str(&json_of(texts.get(begin - 1..=end).unwrap_or_default())),
            Kind::Nested => json.push_str(&json_of(said)),
        }
    }

    /// Adds the property that is next by its word, by the JSON of its value.
    pub fn value(&mut self, word: &str, value: &str) {
        self.named(word).push_str(value);
    }

    /// What is written so far, with the name of a property at its end.
    fn named(&mut self, word: &str) -> &mut String {
        let json = &mut self.json;
        if std::mem::replace(&mut self.has_properties, true) {
            json.push(',');
        }
        push_text(json, word);
        json.push(':');
        json
    }

    /// The whole of it.
    pub fn finish(mut self) -> String {
        self.json.push_str("}}");
        self.json
    }
}

/// Adds a text; nothing of most is to be escaped.
fn push_text(json: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return json.push_str(&json_text(text));
    }
    json.push('"');
    json.push_str(text);
    json.push('"');
}
