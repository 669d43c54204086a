//! The friendliest value that will do.

use super::demand::{Demand, day_of};
use crate::{
    diag::Fact,
    logic::{Key, ValueSet},
    model::{TextTest, Type},
    units::Number,
};
use smol_str::{SmolStr, format_smolstr};

const ONE: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

/// A value of a type that fulfils a demand; `name` says what it is about, `start_ms` when the story begins. Nothing where
/// none was found.
pub(super) fn choose(demand: &Demand, ty: &Type, name: &str, start_ms: i64) -> Option<Fact> {
    if demand.set.clone().known().is_empty() {
        return demand.set.has_missing().then_some(Fact::Missing);
    }
    let fits = |key: &Key| demand.set.contains(key);
    match ty {
        Type::Flag => [1, 0].into_iter().find(|flag| fits(&Key::Int(*flag))).map(|flag| Fact::Flag(flag == 1)),
        Type::OneOf(words) => {
            let place = (0..words.len()).find(|place| i64::try_from(*place).is_ok_and(|it| fits(&Key::Int(it))))?;
            words.get(place).cloned().map(Fact::Choice)
        }
        Type::Number | Type::Duration => number(&demand.set).map(|it| Fact::Number(Number::from_millionths(it))),
        Type::Date => {
            let friendly = [start_ms.div_euclid(DAY_MS) + 30];
            whole(&demand.set, &friendly, 1).and_then(day_of).map(Fact::Date)
        }
        Type::Time => whole(&demand.set, &[start_ms + 30 * DAY_MS], 60_000).map(Fact::Time),
        Type::List => Some(Fact::List(demand.items.clone())),
        Type::Message => text(demand, name).map(Fact::Choice),
        Type::Text | Type::Unknown => text(demand, name).map(Fact::Text),
    }
}

fn number(set: &ValueSet) -> Option<i64> {
    // Whole numbers before fractions, those above a bound before those below.
    whole(set, &[20 * ONE, ONE], ONE)
}

/// One of `friendly`, else the least value at the beginning of an interval, rounded up to whole units where that will do.
fn whole(set: &ValueSet, friendly: &[i64], unit: i64) -> Option<i64> {
    let int = |key: Option<&Key>| match key {
        Some(Key::Int(value)) => Some(*value),
        Some(Key::Text(_)) | None => None,
    };
    let up = |value: i64| value.div_euclid(unit).checked_add(i64::from(value.rem_euclid(unit) != 0))?.checked_mul(unit);
    let down = |value: i64| Some(value.div_euclid(unit) * unit);
    let edges = set.intervals().flat_map(|(low, high)| {
        let (low, high) = (int(low), int(high).and_then(|it| it.checked_sub(1)));
        [low.and_then(up), high.and_then(down), low, high]
    });
    friendly.iter().copied().map(Some).chain(edges).flatten().find(|value| set.contains(&Key::Int(*value)))
}

fn text(demand: &Demand, name: &str) -> Option<SmolStr> {
    if let Some(only) = only_text(&demand.set).filter(|_| demand.parts.is_empty()) {
        return Some(only.clone());
    }
    let fits = |text: &SmolStr| {
        let holds = |(test, part): &(TextTest, SmolStr)| match test {
            TextTest::Contains => text.contains(part.as_str()),
            TextTest::StartsWith => text.starts_with(part.as_str()),
            TextTest::EndsWith => text.ends_with(part.as_str()),
        };
        demand.set.contains(&Key::Text(text.clone())) && demand.parts.iter().all(holds)
    };
    let friendly = friendly(name);
    let end: SmolStr = demand.parts.iter().filter(|(test, _)| *test == TextTest::EndsWith).map(|(_, part)| part.as_str()).collect();
    let middle: SmolStr = demand.parts.iter().filter(|(test, _)| *test == TextTest::Contains).map(|(_, part)| part.as_str()).collect();
    let beginnings = demand.set.intervals().filter_map(|(low, _)| match low {
        Some(Key::Text(text)) => Some(SmolStr::from(text.trim_end_matches('\0'))),
        Some(Key::Int(_)) | None => None,
    });
    let mut beginnings: Vec<SmolStr> = std::iter::once(SmolStr::default()).chain(beginnings).collect();
    beginnings.push(friendly.clone());
    let made = beginnings.iter().flat_map(|begin| [format_smolstr!("{begin}{middle}{end}"), format_smolstr!("{begin}a{middle}a{end}")]);
    std::iter::once(friendly.clone()).chain(made.filter(|it| !it.is_empty())).chain([SmolStr::default()]).find(fits)
}

/// The text of a set that has no other.
fn only_text(set: &ValueSet) -> Option<&SmolStr> {
    let mut intervals = set.intervals();
    let (Some(Key::Text(low)), Some(Key::Text(high))) = intervals.next()? else { return None };
    let is_one = high.strip_suffix('\0') == Some(low.as_str()) && !low.ends_with('\0');
    (is_one && intervals.next().is_none()).then_some(low)
}

/// A text that a property or attribute of this name might have.
fn friendly(name: &str) -> SmolStr {
    let lower = name.to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if holds(&["mail"]) {
        "ann@example.com".into()
    } else if holds(&["country"]) {
        "DE".into()
    } else if lower == "timezone" {
        "Europe/Berlin".into()
    } else if holds(&["path", "url", "page"]) {
        "/home".into()
    } else if lower.ends_with("id") || holds(&["number", "code"]) {
        "A-17".into()
    } else {
        lower.replace('_', " ").into()
    }
}
