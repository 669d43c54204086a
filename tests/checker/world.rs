//! What the world can do to a contact, as far as a rule set can tell it apart: a small alphabet read off the rule set.

use funnelc::{
    ruleset::{Keeper, Property, RuleSet, Type},
    runtime::Raw,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Monday 2026-03-02, 10:00 UTC.
pub const BEGIN_MS: i64 = 1_772_445_600_000;

/// Something that happens, or time that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// An event with its properties; `identify` tells attributes.
    Event(String, BTreeMap<String, Raw>),
    /// So many milliseconds.
    Wait(i64),
}

/// The alphabet of a rule set.
#[derive(Clone, Debug)]
pub struct World {
    /// When it may begin.
    pub begins: Vec<i64>,
    /// What can come next.
    pub moves: Vec<Move>,
    /// The longest time that the rule set speaks of.
    pub longest_ms: i64,
}

/// The constants that stand in a rule set.
#[derive(Default)]
struct Constants {
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    dates: BTreeSet<String>,
    times_ms: BTreeSet<i64>,
    words: BTreeSet<String>,
}

impl Constants {
    fn read(&mut self, value: &Value, key: &str) {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    self.words.insert(name.clone());
                    self.read(inner, name);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.read(item, key)),
            Value::String(text) => {
                match key {
                    "sentence" | "note" | "label" | "id" => return,
                    "text" => drop(self.texts.insert(text.clone())),
                    "date" => drop(self.dates.insert(text.clone())),
                    _ => {}
                }
                self.words.insert(text.clone());
                if key == "number" {
                    self.number(text);
                }
            }
            Value::Number(number) if key == "number" => self.number(&number.to_string()),
            Value::Number(number) if key.ends_with("_ms") || key == "within" => self.times_ms.extend(number.as_i64()),
            Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn number(&mut self, text: &str) {
        self.numbers.extend(text.parse::<funnelc::units::Number>().ok().map(funnelc::units::Number::millionths));
    }
}

impl World {
    /// The alphabet of a rule set.
    pub fn of(rules: &RuleSet) -> Self {
        let mut constants = Constants::default();
        let parts = serde_json::json!({"f": rules.funnels, "s": rules.segments, "p": rules.scores});
        constants.read(&parts, "");
        for channel in &rules.channels {
            constants.times_ms.extend(channel.caps.iter().map(|cap| cap.within_ms));
            constants.words.extend(channel.needs.clone());
        }
        let times: Vec<i64> = constants.times_ms.iter().copied().filter(|ms| *ms > 0).collect();
        let longest_ms = times.last().copied().unwrap_or(86_400_000);
        let mut waits: BTreeSet<i64> = BTreeSet::from([1]);
        // The shortest, the middle and the longest matter most; each also a little less than full.
        let chosen: Vec<i64> = if times.len() <= 5 { times } else { (0..5).map(|n| times[n * (times.len() - 1) / 4]).collect() };
        for ms in chosen {
            waits.extend([ms, ms / 2].into_iter().filter(|ms| *ms > 0));
        }
        let mut moves: Vec<Move> = waits.into_iter().map(Move::Wait).collect();
        let is_used = |name: &str| constants.words.contains(name);
        let identify = rules.attributes.iter().filter(|attribute| attribute.keeper != Keeper::Ours && is_used(&attribute.name));
        for attribute in identify {
            for value in values(&attribute.ty, attribute.optional && attribute.keeper != Keeper::Fixed, &constants) {
                moves.push(Move::Event("identify".to_owned(), BTreeMap::from([(attribute.name.clone(), value)])));
            }
        }
        let built_in = ["sent", "delivered", "opened", "clicked", "replied", "bounced", "complained", "identify"];
        for event in rules.events.iter().filter(|event| event.keeper == Keeper::Anyone) {
            if event.name == "identify" || (built_in.contains(&event.name.as_str()) && !is_used(&event.name)) {
                continue;
            }
            for properties in choices(&event.properties, &constants, &rules.messages) {
                moves.push(Move::Event(event.name.clone(), properties));
            }
        }
        let day = 86_400_000;
        let midnight = |date: &String| funnelc::runtime::parse_instant(date, &jiff::tz::TimeZone::UTC);
        let begins = constants.dates.iter().filter_map(midnight).flat_map(|ms| [ms - day, ms + day]).take(4);
        let begins = [BEGIN_MS].into_iter().chain(begins).collect();
        Self { begins, moves, longest_ms }
    }
}

fn values(ty: &Type, missing: bool, constants: &Constants) -> Vec<Raw> {
    let text = |text: &str| Raw::Text(text.to_owned());
    let mut out = match ty {
        Type::Text => constants.texts.iter().take(4).map(|it| text(it)).chain([text("other")]).collect(),
        Type::Number => {
            let near = constants.numbers.iter().flat_map(|n| [n - 1_000_000, *n, n + 1_000_000]);
            let near: BTreeSet<i64> = near.collect();
            let numbers = near.into_iter().take(7).map(|n| Raw::Number(funnelc::units::Number::from_millionths(n).to_string()));
            let numbers: Vec<Raw> = numbers.collect();
            if numbers.is_empty() { vec![Raw::Number("1".to_owned())] } else { numbers }
        }
        Type::Flag => vec![Raw::Flag(true), Raw::Flag(false)],
        Type::Date => constants.dates.iter().take(2).map(|it| text(it)).chain([text("2026-03-10")]).collect(),
        Type::Time => vec![text("2026-03-04T09:00:00Z"), text("2026-02-20T09:00:00Z")],
        Type::OneOf(words) => words.iter().map(|word| text(word)).collect(),
        Type::List => vec![Raw::List(constants.texts.iter().map(|it| text(it)).collect()), Raw::List(Vec::new())],
    };
    if missing {
        out.push(Raw::Missing);
    }
    out
}

/// Events that differ in one property each from the first.
fn choices(properties: &[Property], constants: &Constants, messages: &[funnelc::ruleset::Message]) -> Vec<BTreeMap<String, Raw>> {
    let of = |property: &Property| {
        let mut list = values(&property.ty, property.optional, constants);
        if property.name == "message" {
            let used = messages.iter().filter(|message| constants.words.contains(&message.name));
            list = used.map(|message| Raw::Text(message.name.clone())).collect();
        }
        list
    };
    let lists: Vec<(&str, Vec<Raw>)> =
        properties.iter().map(|it| (it.name.as_str(), of(it))).filter(|(_, list)| !list.is_empty()).collect();
    let first: BTreeMap<String, Raw> = lists.iter().map(|(name, list)| ((*name).to_owned(), list[0].clone())).collect();
    let mut out = vec![first.clone()];
    for (name, list) in &lists {
        for value in &list[1..] {
            let mut other = first.clone();
            other.insert((*name).to_owned(), value.clone());
            out.push(other);
        }
    }
    // All pairs as well, where there are few.
    if let [(one, ones), (two, twos)] = &lists[..]
        && ones.len() * twos.len() <= 12
    {
        let pairs = ones.iter().flat_map(|a| twos.iter().map(move |b| (a, b)));
        out = pairs.map(|(a, b)| BTreeMap::from([((*one).to_owned(), a.clone()), ((*two).to_owned(), b.clone())])).collect();
    }
    out
}
