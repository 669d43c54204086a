//! What a report knows of contacts: their clock, and the value of the property it is grouped by.

use crate::{
    ruleset::{Event, Keeper, Literal, RuleSet, Type},
    runtime::{Record, Value, fit::fit},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rustc_hash::FxHashMap;

pub(super) const IDENTIFY: &str = "identify";
pub(super) const TIMEZONE: &str = "timezone";

/// A contact, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Who(pub u32);

/// A contact as reports know it.
#[derive(Clone, Copy)]
struct Person {
    zone: u32,
    /// Whether its own zone is known.
    has_zone: bool,
    value: u32,
}

/// Texts, each once, by their numbers.
#[derive(Default)]
pub(super) struct Words {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Words {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

/// All contacts of a run.
pub(super) struct People<'r> {
    names: Words,
    /// What properties are.
    pub types: Types<'r>,
    people: Vec<Person>,
    zones: Vec<TimeZone>,
    zone_names: Words,
    /// Who changes a contact's zone.
    zone_keeper: Keeper,
    /// The property by which runs are grouped, with the value that contacts begin with.
    by: Option<(&'r str, u32)>,
    /// Its values; the empty text stands for nobody knows.
    pub values: Words,
    /// Whether any record had a value of it.
    pub is_met: bool,
}

impl<'r> People<'r> {
    /// Nobody yet, with the zone of times that name none.
    pub fn new(rules: &'r RuleSet, by: Option<&'r str>, zone: &TimeZone) -> Self {
        let types = Types::of(rules, zone);
        let zone = TimeZone::get(&rules.timezone).unwrap_or(TimeZone::UTC);
        let attribute = |name: &str| rules.attributes.iter().find(|attribute| attribute.name == name);
        let mut values = Words::default();
        let unknown = values.number("");
        let default = by.and_then(attribute).and_then(|attribute| attribute.default.as_ref()).map(literal);
        let first = default.map_or(unknown, |text| values.number(&text));
        let mut zone_names = Words::default();
        zone_names.number(&rules.timezone);
        Self {
            names: Words::default(),
            types,
            people: Vec::new(),
            zones: vec![zone],
            zone_names,
            zone_keeper: attribute(TIMEZONE).map_or(Keeper::Anyone, |attribute| attribute.keeper),
            by: by.map(|by| (by, first)),
            values,
            is_met: by.is_some_and(|by| attribute(by).is_some()),
        }
    }

    /// How many contacts there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The number of a contact.
    pub fn who(&mut self, contact: &str) -> Who {
        let number = self.names.number(contact);
        if self.people.len() <= number as usize {
            self.people.push(Person { zone: 0, has_zone: false, value: self.by.map_or(0, |(_, first)| first) });
        }
        Who(number)
    }

    pub fn name(&self, who: Who) -> &str {
        self.names.text(who.0)
    }

    fn person(&self, who: Who) -> Person {
        self.people.get(who.0 as usize).copied().unwrap_or(Person { zone: 0, has_zone: false, value: 0 })
    }

    /// The value that a contact is grouped by.
    pub fn value(&self, who: Who) -> u32 {
        self.person(who).value
    }

    /// The day that a contact's calendar shows.
    pub fn day(&self, who: Who, at_ms: i64) -> Date {
        let timestamp = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX);
        match self.zones.get(self.person(who).zone as usize) {
            Some(zone) => zone.to_datetime(timestamp).date(),
            None => TimeZone::UTC.to_datetime(timestamp).date(),
        }
    }

    /// Learns from a record that was taken.
    pub fn learn(&mut self, who: Who, record: &Record) {
        let is_identify = record.event == IDENTIFY;
        if is_identify && record.properties.contains_key(TIMEZONE) {
            let known = self.person(who).has_zone;
            let may = match self.zone_keeper {
                Keeper::Anyone => true,
                Keeper::Fixed => !known,
                Keeper::Ours | Keeper::Runtime => false,
            };
            if may {
                let zone = self.types.text(record, TIMEZONE);
                self.set_zone(who, zone.as_deref());
            }
        }
        let Some((by, _)) = self.by else { return };
        if record.properties.contains_key(by) {
            // An event that says nothing of it takes nothing away; who is identified anew without it does not have it.
            let text = self.types.text(record, by).unwrap_or_default();
            self.is_met |= !text.is_empty();
            if !text.is_empty() || is_identify {
                self.set_value(who, &text);
            }
        }
    }

    /// Learns that a funnel has set an attribute.
    pub fn set(&mut self, who: Who, attribute: &str, value: Option<&Value>) {
        let text = value.and_then(in_words);
        if attribute == TIMEZONE {
            self.set_zone(who, text.as_deref());
        }
        if self.by.is_some_and(|(by, _)| by == attribute) {
            self.set_value(who, text.as_deref().unwrap_or_default());
        }
    }

    fn set_value(&mut self, who: Who, text: &str) {
        let value = self.values.number(text);
        if let Some(person) = self.people.get_mut(who.0 as usize) {
            person.value = value;
        }
    }

    fn set_zone(&mut self, who: Who, name: Option<&str>) {
        let number = name.map_or(0, |name| self.zone_names.number(name));
        while self.zones.len() < self.zone_names.len() {
            let name = self.zone_names.text(u32::try_from(self.zones.len()).unwrap_or(0));
            let zone = TimeZone::get(name).unwrap_or_else(|_| self.zones.first().cloned().unwrap_or(TimeZone::UTC));
            self.zones.push(zone);
        }
        if let Some(person) = self.people.get_mut(who.0 as usize) {
            (person.zone, person.has_zone) = (number, name.is_some());
        }
    }
}

/// What the properties of events are, and those of contacts as properties of `identify`: a value is the same however it is written.
pub(super) struct Types<'r> {
    types: FxHashMap<(&'r str, &'r str), &'r Type>,
    /// The zone of times that name none.
    zone: TimeZone,
}

impl<'r> Types<'r> {
    fn of(rules: &'r RuleSet, zone: &TimeZone) -> Self {
        let properties = |event: &'r Event| event.properties.iter().map(move |it| ((event.name.as_str(), it.name.as_str()), &it.ty));
        let attributes = rules.attributes.iter().map(|it| ((IDENTIFY, it.name.as_str()), &it.ty));
        Self { types: rules.events.iter().flat_map(properties).chain(attributes).collect(), zone: zone.clone() }
    }

    /// A property of a record in words, or what nobody declared as a text; nothing where it is missing, or is none.
    pub fn text(&self, record: &Record, name: &str) -> Option<String> {
        let ty = self.types.get(&(record.event.as_str(), name)).copied().unwrap_or(&Type::Text);
        in_words(&fit(record.properties.get(name)?, ty, &self.zone).ok()??)
    }

    /// The same of a property that is declared.
    pub fn declared(&self, record: &Record, name: &str) -> Option<String> {
        self.types.contains_key(&(record.event.as_str(), name)).then(|| self.text(record, name))?
    }
}

/// A value in words; an empty list says nothing.
fn in_words(value: &Value) -> Option<String> {
    match value {
        Value::List(items) => Some(items.join("; ")).filter(|text| !text.is_empty()),
        Value::Text(_) | Value::Choice(_) | Value::Number(_) | Value::Flag(_) | Value::Date(_) | Value::Time(_) => Some(value.plain()),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) | Literal::Choice(text) => text.clone(),
        Literal::Number(number) => number.to_string(),
        Literal::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Literal::Date(date) => date.to_string(),
        Literal::Time(_) => String::new(),
        Literal::List(items) => items.iter().map(self::literal).collect::<Vec<_>>().join("; "),
    }
}
