//! What a sink wants to hear of the records that are taken, beside what comes of them.

/// Of which records that are taken a sink hears ([`super::Sink::taken`]). The reference tells all of them, as they came; another engine
/// tells these, and of what they carry only what is named here, each value as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Records of these events.
    pub events: Vec<String>,
    /// Records that have this property, which is a text where nobody declared it.
    pub property: Option<String>,
    /// Properties that are told of those records as well, where they are declared.
    pub beside: Vec<String>,
}

impl Heard {
    /// Whether nothing is heard.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.property.is_none()
    }
}

/// What an engine says at the end of a run that does not tell all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How many contacts had a record that was taken.
    pub contacts: u64,
    /// When the earliest of these records happened, in milliseconds since 1970-01-01 UTC.
    pub first_ms: Option<i64>,
}
