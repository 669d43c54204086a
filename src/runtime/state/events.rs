//! The events of a contact's history in their written form: one list of JSON for many, so that what was added to a history between two
//! commits is one text.
//!
//! Each is a list itself: `[n, time_ms, after_ms, event, properties]`, which was taken `after_ms` behind its time, and then the funnel and
//! key of the run whose request an event of a message answers.

use super::StateError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event in a contact's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedEvent<'e> {
    /// The how-manieth it was in the order in which they were taken, from 1.
    pub order: u64,
    /// When it happened.
    pub time_ms: i64,
    /// When it was taken; nothing for one that a funnel recorded.
    pub taken_ms: Option<i64>,
    /// Its name.
    pub event: Cow<'e, str>,
    /// What it carried, as a JSON object.
    pub properties: &'e str,
    /// For an event of a message, the funnel and key of the run whose request it answers.
    pub owner: Option<(String, String)>,
}

/// The same as it is read.
#[derive(Deserialize)]
struct Form<'e>(
    u64,
    i64,
    Option<i64>,
    #[serde(borrow)] Cow<'e, str>,
    #[serde(borrow)] &'e RawValue,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
);

/// Adds anything as JSON.
pub(crate) fn add(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("what is kept can be written, and memory takes everything");
}

/// Begins an event: all but its properties, which are to be added.
pub(crate) fn begin((order, time_ms, taken_ms): (u64, i64, Option<i64>), event: &str, out: &mut Vec<u8>) {
    out.push(b'[');
    add(&order, out);
    out.push(b',');
    add(&time_ms, out);
    out.push(b',');
    add(&taken_ms.map(|taken_ms| taken_ms.wrapping_sub(time_ms)), out);
    out.push(b',');
    add(event, out);
    out.push(b',');
}

/// Ends an event behind its properties.
pub(crate) fn end(owner: Option<(&str, &str)>, out: &mut Vec<u8>) {
    if let Some((funnel, key)) = owner {
        out.push(b',');
        add(funnel, out);
        out.push(b',');
        add(key, out);
    }
    out.push(b']');
}

/// Events of a contact's history, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedEvents {
    count: usize,
    first: u64,
    /// Nothing where there is none, else a list.
    text: String,
}

impl SavedEvents {
    /// So many events, of which the first is the how-manieth of its contact, as a list of JSON.
    #[must_use]
    pub fn new(count: usize, first: u64, text: String) -> Self {
        Self { count, first, text }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The how-manieth of its contact the first is.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// All of them, as a list of JSON; nothing where there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds what came later.
    pub fn append(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
        } else if let Some(rest) = later.text.strip_prefix('[') {
            self.text.pop();
            self.text.push(',');
            self.text.push_str(rest);
            self.count += later.count;
        }
    }

    /// Each of them.
    ///
    /// # Errors
    /// [`StateError::Form`] where the text is none of this form.
    pub fn read(&self) -> Result<impl Iterator<Item = SavedEvent<'_>>, StateError> {
        let forms: Vec<Form<'_>> = if self.is_empty() { Vec::new() } else { serde_json::from_str(&self.text)? };
        let event = |Form(order, time_ms, after_ms, event, properties, funnel, key)| SavedEvent {
            order,
            time_ms,
            taken_ms: after_ms.map(|after_ms| time_ms.wrapping_add(after_ms)),
            event,
            properties: RawValue::get(properties),
            owner: funnel.zip(key),
        };
        Ok(forms.into_iter().map(event))
    }
}

impl<'e> FromIterator<SavedEvent<'e>> for SavedEvents {
    fn from_iter<I: IntoIterator<Item = SavedEvent<'e>>>(all: I) -> Self {
        let (mut count, mut first, mut out) = (0, 0, Vec::new());
        for it in all {
            if count == 0 {
                first = it.order;
            }
            out.push(if count == 0 { b'[' } else { b',' });
            begin((it.order, it.time_ms, it.taken_ms), &it.event, &mut out);
            out.extend_from_slice(it.properties.as_bytes());
            end(it.owner.as_ref().map(|(funnel, key)| (funnel.as_str(), key.as_str())), &mut out);
            count += 1;
        }
        if count > 0 {
            out.push(b']');
        }
        Self { count, first, text: String::from_utf8(out).expect("JSON is text") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_as_they_were_written() {
        let owner = Some(("shop".to_owned(), "a\"b".to_owned()));
        let event = |order, taken_ms, owner| SavedEvent {
            order,
            time_ms: -7,
            taken_ms,
            event: Cow::Borrowed("opened \\ \"it\""),
            properties: r#"{"amount":1.50,"of":{"choice":"x"}}"#,
            owner,
        };
        let all = [event(3, Some(9), None), event(4, None, owner.clone()), event(5, None, Some((String::new(), String::new())))];
        let saved: SavedEvents = all.iter().cloned().collect();
        assert_eq!((saved.len(), saved.first()), (3, 3));
        assert_eq!(saved.read().expect("its form").collect::<Vec<_>>(), all);
        let mut parts: SavedEvents = SavedEvents::default();
        all.iter().for_each(|it| parts.append([it.clone()].into_iter().collect()));
        parts.append(SavedEvents::default());
        assert_eq!(parts, saved);
    }
}
