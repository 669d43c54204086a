//! Which fields of an input are what: `contact=user_id,time=ts,event="purchase"`.

use std::collections::BTreeMap;

/// A part of a record that can be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Who.
    Contact,
    /// When.
    Time,
    /// What.
    Event,
    /// The record's id.
    Id,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Contact, Self::Time, Self::Event, Self::Id];

    /// Its word, which is also the field that a flat layout has for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Time => "time",
            Self::Event => "event",
            Self::Id => "id",
        }
    }
}

/// Where a part comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A field of that name.
    Field(String),
    /// The same text for every record.
    Constant(String),
}

/// Which fields of an input to use instead of `contact`, `time` and `event`, and which for the id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    origins: BTreeMap<Field, Origin>,
}

/// Why a text is no mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Not of the form `name=field`.
    #[error("`{0}` is not of the form `contact=user_id` or `event=\"purchase\"`")]
    Form(String),
    /// Not a part of a record.
    #[error("`{0}` is no part of a record: these are contact, time, event and id")]
    Part(String),
    /// A part that stands twice.
    #[error("`{0}` is mapped twice")]
    Twice(&'static str),
}

impl Mapping {
    /// Reads `contact=user_id,time=ts,event="purchase"`: a field's name, or a constant in quotes. Commas may stand in quotes.
    ///
    /// # Errors
    /// [`MappingError`] where it is written otherwise.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        for item in items(text) {
            let form = || MappingError::Form(item.clone());
            let (part, origin) = item.split_once('=').ok_or_else(form)?;
            let part = part.trim();
            let known = Field::ALL.into_iter().find(|field| field.word() == part);
            let field = known.ok_or_else(|| MappingError::Part(part.to_owned()))?;
            let origin = origin.trim();
            let origin = match origin.strip_prefix('"') {
                Some(rest) => Origin::Constant(rest.strip_suffix('"').ok_or_else(form)?.to_owned()),
                None if origin.is_empty() => return Err(form()),
                None => Origin::Field(origin.to_owned()),
            };
            if mapping.origins.insert(field, origin).is_some() {
                return Err(MappingError::Twice(field.word()));
            }
        }
        Ok(mapping)
    }

    /// Adds another mapping to this one.
    ///
    /// # Errors
    /// [`MappingError::Twice`] where both map the same part.
    pub fn and(mut self, other: Self) -> Result<Self, MappingError> {
        for (field, origin) in other.origins {
            if self.origins.insert(field, origin).is_some() {
                return Err(MappingError::Twice(field.word()));
            }
        }
        Ok(self)
    }

    /// Where a part comes from, if that was said.
    pub(super) fn origin(&self, field: Field) -> Option<&Origin> {
        self.origins.get(&field)
    }

    /// Where a part of a flat record comes from; an id only if that was said.
    pub(super) fn flat_origin(&self, field: Field) -> Option<Origin> {
        let usual = || (field != Field::Id).then(|| Origin::Field(field.word().to_owned()));
        self.origin(field).cloned().or_else(usual)
    }
}

/// The items between commas outside of quotes.
fn items(text: &str) -> Vec<String> {
    let (mut out, mut item, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        quoted ^= letter == '"';
        if letter == ',' && !quoted {
            out.push(std::mem::take(&mut item));
        } else {
            item.push(letter);
        }
    }
    out.push(item);
    out.retain(|item| !item.trim().is_empty());
    out
}
