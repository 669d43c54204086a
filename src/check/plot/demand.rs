//! What is asked of one value.

use crate::{
    logic::{Key, ValueSet},
    model::{CompareOp, Literal, Model, Term, TermKind, TextTest, Type},
    units::Date,
};
use smol_str::SmolStr;

/// What one value must fulfil.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Demand {
    /// The values that will do, as far as they can be told by their order.
    pub set: ValueSet,
    /// What a text must hold, or end with.
    pub parts: Vec<(TextTest, SmolStr)>,
    /// What a list must hold.
    pub items: Vec<SmolStr>,
}

impl Demand {
    pub const ANY: Self = Self { set: ValueSet::ALL, parts: Vec::new(), items: Vec::new() };

    pub fn of(set: ValueSet) -> Self {
        Self { set, ..Self::ANY }
    }

    /// Both at once; nothing where no value can do both.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let set = self.set.and(&other.set);
        let join = |a: &Vec<_>, b: &Vec<_>| a.iter().chain(b).cloned().collect();
        let (parts, items) = (join(&self.parts, &other.parts), self.items.iter().chain(&other.items).cloned().collect());
        (!set.is_empty()).then_some(Self { set, parts, items })
    }
}

/// Days since 1970-01-01.
pub(super) fn day_number(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    date.civil().since(epoch).map_or(0, |span| i64::from(span.get_days()))
}

/// The day with this number.
pub(super) fn day_of(number: i64) -> Option<Date> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = jiff::Span::new().try_days(number).ok()?;
    epoch.checked_add(days).ok().map(Date::from_civil)
}

/// The instant at which this day and time begin in a zone.
pub(super) fn instant_of(date: Date, hour: u8, minute: u8, zone: &str) -> Option<i64> {
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    let time = jiff::civil::time(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
    Some(date.civil().to_datetime(time).to_zoned(zone).ok()?.timestamp().as_millisecond())
}

/// A constant in the order of the type it is compared with.
pub(super) fn key_of(model: &Model, it: &Term, ty: &Type) -> Option<Key> {
    match &it.kind {
        TermKind::Message(id) => Some(Key::Text(model.messages[*id].name.text.clone())),
        TermKind::Negate(inner) => match key_of(model, inner, ty)? {
            Key::Int(value) => value.checked_neg().map(Key::Int),
            Key::Text(_) => None,
        },
        TermKind::Literal(literal) => key_of_literal(model, literal, ty),
        TermKind::Attribute(_)
        | TermKind::Property { .. }
        | TermKind::Entry(_)
        | TermKind::Latest { .. }
        | TermKind::Score(_)
        | TermKind::Aggregate(_)
        | TermKind::Arithmetic { .. }
        | TermKind::Missing
        | TermKind::Parameter(_)
        | TermKind::Broken => None,
    }
}

pub(super) fn key_of_literal(model: &Model, literal: &Literal, ty: &Type) -> Option<Key> {
    let int = |value: i64| Some(Key::Int(value));
    match (literal, ty) {
        (Literal::Choice(word) | Literal::Text(word), Type::OneOf(words)) => {
            int(i64::try_from(words.iter().position(|it| it == word)?).ok()?)
        }
        (Literal::Text(text) | Literal::Choice(text), _) => Some(Key::Text(text.clone())),
        (Literal::Number(number), _) => int(number.millionths()),
        (Literal::Flag(flag), _) => int(i64::from(*flag)),
        (Literal::Date(date), Type::Time) => int(instant_of(*date, 0, 0, &model.timezone)?),
        (Literal::Date(date), _) => int(day_number(*date)),
        (Literal::Time(time), Type::Date) => int(day_number(time.date)),
        (Literal::Time(time), _) => {
            let zone = if time.utc { "UTC" } else { model.timezone.as_str() };
            int(instant_of(time.date, time.clock.hour, time.clock.minute, zone)?)
        }
        (Literal::Duration(ms), _) => int(*ms),
        (Literal::List(_), _) => None,
    }
}

/// The values for which a comparison with a constant holds.
pub(super) fn compared(op: CompareOp, key: Key) -> ValueSet {
    let known = match op {
        CompareOp::Equal => ValueSet::one(key),
        CompareOp::NotEqual => ValueSet::KNOWN.without(&ValueSet::one(key)),
        CompareOp::Less => ValueSet::below(key),
        CompareOp::GreaterOrEqual => ValueSet::at_least(key),
        CompareOp::LessOrEqual => key.next().map_or(ValueSet::KNOWN, ValueSet::below),
        CompareOp::Greater => key.next().map_or(ValueSet::NONE, ValueSet::at_least),
    };
    known.known()
}
