//! A column as cells: its form is found out once for some rows, each value then is read without going by a text.
//!
//! Every value is what the runtime makes of it: what it would spell out and read again is computed here where that is surely the
//! same, and spelled out and read again where not.

use super::{
    super::{
        feed::{Feed, cell},
        row::{Batch, Cell},
    },
    times,
};
use crate::{
    ruleset::Type,
    runtime::{Raw, fit::fit, input::raw},
    units::Number,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, LargeBinaryArray, LargeStringArray, StringArray, StringViewArray,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Decimal128Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use jiff::tz::TimeZone;

/// A place in the texts of a batch.
pub type At = (u32, u32);

/// No place.
const NOWHERE: At = (u32::MAX, 0);
/// The first day of the year 9999: what lies behind it, or before 1970, is left to the runtime.
const PLAIN_MS: i64 = 253_370_764_800_000;

/// Some rows of a column.
pub struct View<'b> {
    array: &'b ArrayRef,
    /// Whether a row has a value.
    pub presence: Presence,
    /// How values are read, once that is asked for.
    pub form: Form<'b>,
}

/// Which rows have a value.
pub enum Presence {
    /// All.
    All,
    /// None.
    Nobody,
    /// Those of these bits.
    Some(BooleanArray),
    /// Each must be looked at.
    Asked,
}

/// How values lie.
pub enum Form<'b> {
    /// Texts.
    Texts(Texts<'b>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Decimals, in millionths.
    Millionths(Vec<i64>),
    /// Floats.
    Floats(&'b [f64]),
    /// Yes or no.
    Flags(&'b BooleanArray),
    /// Instants, in milliseconds.
    Instants(Vec<i64>),
    /// Anything else.
    Other,
    /// Nobody asked yet.
    Unknown,
}

/// Whether values of a type are texts, or bytes that may be.
const fn has_texts(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary)
}

/// Texts, perhaps by the keys of a dictionary.
pub struct Texts<'b> {
    /// For each row, which text it is; without them, the one at its place.
    pub keys: Option<Vec<usize>>,
    lying: Lying<'b>,
    /// Where each text of the dictionary lies in the batch, as far as it was met.
    places: Vec<At>,
}

enum Lying<'b> {
    Short(&'b StringArray),
    Long(&'b LargeStringArray),
    View(&'b StringViewArray),
    Bytes(&'b BinaryArray),
    LongBytes(&'b LargeBinaryArray),
}

impl<'b> Texts<'b> {
    /// The texts of an array, if it has some. What is known of a large dictionary is not kept for the sake of a few rows.
    pub fn of(array: &'b ArrayRef, keys: Option<Vec<usize>>) -> Option<Self> {
        let lying = match array.data_type() {
            DataType::Utf8 => Lying::Short(array.as_string()),
            DataType::LargeUtf8 => Lying::Long(array.as_string()),
            DataType::Utf8View => Lying::View(array.as_string_view()),
            DataType::Binary => Lying::Bytes(array.as_binary()),
            DataType::LargeBinary => Lying::LongBytes(array.as_binary()),
            _ => return None,
        };
        let is_kept = keys.as_ref().is_some_and(|keys| array.len() <= keys.len() * 8);
        let places = if is_kept { vec![NOWHERE; array.len()] } else { Vec::new() };
        Some(Self { keys, lying, places })
    }

    /// Which text a row has.
    pub fn key(&self, row: usize) -> usize {
        self.keys.as_ref().map_or(row, |keys| keys[row])
    }

    /// Of how many texts what is known is kept: those of a dictionary.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// A text; nothing where bytes are none.
    pub fn text(&self, key: usize) -> Option<&'b str> {
        Some(match self.lying {
            Lying::Short(texts) => texts.value(key),
            Lying::Long(texts) => texts.value(key),
            Lying::View(texts) => texts.value(key),
            Lying::Bytes(bytes) => std::str::from_utf8(bytes.value(key)).ok()?,
            Lying::LongBytes(bytes) => std::str::from_utf8(bytes.value(key)).ok()?,
        })
    }

    /// The first letter of a text, if it has one; nothing where that is not at hand.
    pub fn first(&self, key: usize) -> Option<u8> {
        match self.lying {
            Lying::Short(texts) => texts.value(key).as_bytes().first().copied(),
            Lying::Long(texts) => texts.value(key).as_bytes().first().copied(),
            // A view begins with the length, in four bytes, and the first letters.
            Lying::View(texts) => texts.views().get(key).filter(|view| **view as u32 > 0).map(|view| (view >> 32) as u8),
            Lying::Bytes(_) | Lying::LongBytes(_) => None,
        }
    }

    /// The place of a text in the batch, where it is copied to once.
    pub fn place(&mut self, key: usize, batch: &mut Batch) -> Option<At> {
        if let Some(at) = self.places.get(key).filter(|at| **at != NOWHERE) {
            return Some(*at);
        }
        let at = batch.add_text(self.text(key)?);
        if let Some(place) = self.places.get_mut(key) {
            *place = at;
        }
        Some(at)
    }
}

impl<'b> View<'b> {
    /// A column, of which so far only that is known which rows have a value.
    pub fn new(array: &'b ArrayRef) -> Self {
        let nulls = match array.data_type() {
            DataType::Dictionary(..) => array.logical_nulls(),
            _ => array.nulls().cloned(),
        };
        let presence = match (array.data_type(), nulls) {
            (DataType::Null, _) => Presence::Nobody,
            (DataType::Dictionary(_, values), _) if !has_texts(values) => Presence::Asked,
            (_, None) => Presence::All,
            (_, Some(nulls)) if nulls.null_count() == 0 => Presence::All,
            (_, Some(nulls)) if nulls.null_count() == nulls.len() => Presence::Nobody,
            (_, Some(nulls)) => Presence::Some(BooleanArray::from(nulls.into_inner())),
        };
        Self { array, presence, form: Form::Unknown }
    }

    /// Finds out how values are read, with the zone of clock times.
    pub fn open(&mut self, zone: &TimeZone) {
        if matches!(self.form, Form::Unknown) {
            self.form = form(self.array, zone).unwrap_or(Form::Other);
        }
    }

    /// Takes whole numbers as instants where all are milliseconds, as their digits say.
    pub fn counts_milliseconds(&mut self) {
        if let Form::Whole(all) = &mut self.form
            && all.iter().all(|count| (1_000_000_000_000..=9_999_999_999_999).contains(count))
        {
            self.form = Form::Instants(std::mem::take(all));
        }
    }

    /// Whether a row has a value.
    #[inline]
    pub fn has(&self, row: usize) -> bool {
        match &self.presence {
            Presence::All => true,
            Presence::Nobody => false,
            Presence::Some(bits) => bits.value(row),
            Presence::Asked => raw(self.array, row) != Raw::Missing,
        }
    }

    /// The value of a row as a part of a record that is a text.
    pub fn part(&mut self, row: usize, batch: &mut Batch) -> Option<At> {
        match &mut self.form {
            Form::Texts(texts) => texts.place(texts.key(row), batch),
            Form::Whole(numbers) => Some(spelled(numbers[row], batch)),
            Form::Millionths(_) | Form::Floats(_) | Form::Flags(_) | Form::Instants(_) | Form::Other | Form::Unknown => {
                match raw(self.array, row) {
                    Raw::Text(text) | Raw::Number(text) | Raw::Cell(text) => Some(batch.add_text(&text)),
                    Raw::Missing | Raw::Flag(_) | Raw::List(_) | Raw::Other(_) => None,
                }
            }
        }
    }

    /// The value of a row as an instant.
    pub fn instant(&self, row: usize, zone: &TimeZone) -> Option<i64> {
        match &self.form {
            Form::Instants(all) => Some(all[row]),
            Form::Whole(all) => counted(all[row], zone),
            Form::Texts(texts) => times::read(texts.text(texts.key(row))?, zone),
            Form::Millionths(_) | Form::Floats(_) | Form::Flags(_) | Form::Other | Form::Unknown => match raw(self.array, row) {
                Raw::Text(text) | Raw::Number(text) | Raw::Cell(text) => times::read(&text, zone),
                Raw::Missing | Raw::Flag(_) | Raw::List(_) | Raw::Other(_) => None,
            },
        }
    }

    /// The value of a row as one of a type; nothing where it does not fit.
    pub fn cell(&mut self, row: usize, ty: &Type, feed: Feed<'_>, batch: &mut Batch) -> Option<Cell> {
        match (ty, &mut self.form) {
            (Type::Text, Form::Texts(texts)) => texts.place(texts.key(row), batch).map(|(at, length)| Cell::Text(at, length)),
            (Type::OneOf(words), Form::Texts(texts)) => {
                let key = texts.key(row);
                let said = texts.text(key)?;
                words.iter().find(|word| *word == said)?;
                texts.place(key, batch).map(|(at, length)| Cell::Choice(at, length))
            }
            (Type::Text, Form::Whole(numbers)) => {
                let (at, length) = spelled(numbers[row], batch);
                Some(Cell::Text(at, length))
            }
            (Type::Number, Form::Whole(numbers)) => Number::from_whole(numbers[row]).map(Cell::Number),
            (Type::Number, Form::Millionths(all)) => Some(Cell::Number(Number::from_millionths(all[row]))),
            (Type::Number, Form::Floats(all)) if let Some(number) = exact(all[row]) => Some(Cell::Number(number)),
            (Type::Flag, Form::Flags(flags)) => Some(Cell::Flag(flags.value(row))),
            (Type::Time, Form::Instants(all)) => Some(Cell::Time(all[row])),
            (Type::Time, Form::Whole(all)) => counted(all[row], feed.zone).map(Cell::Time),
            _ => fit(&raw(self.array, row), ty, feed.zone).ok()?.map(|value| cell(batch, &value)),
        }
    }

    /// Whether every value of the column is one of a type, whatever it is.
    pub fn always_fits(&self, ty: &Type) -> bool {
        let values = match self.array.data_type() {
            DataType::Dictionary(_, values) => values,
            values => values,
        };
        *ty == Type::Text
            && matches!(values, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean | DataType::Int64)
    }
}

/// How the values of a column lie; nothing for what is read one by one.
fn form<'b>(array: &'b ArrayRef, zone: &TimeZone) -> Option<Form<'b>> {
    Some(match array.data_type() {
        DataType::Boolean => Form::Flags(array.as_boolean()),
        DataType::Int8 => whole::<Int8Type>(array)?,
        DataType::Int16 => whole::<Int16Type>(array)?,
        DataType::Int32 => whole::<Int32Type>(array)?,
        DataType::Int64 => whole::<Int64Type>(array)?,
        DataType::UInt8 => whole::<UInt8Type>(array)?,
        DataType::UInt16 => whole::<UInt16Type>(array)?,
        DataType::UInt32 => whole::<UInt32Type>(array)?,
        DataType::UInt64 => whole::<UInt64Type>(array)?,
        DataType::Float64 => Form::Floats(array.as_primitive::<Float64Type>().values()),
        DataType::Decimal128(_, scale @ 0..=6) => {
            let factor = 10_i128.pow(6 - u32::try_from(*scale).ok()?);
            let values = array.as_primitive::<Decimal128Type>().values().iter();
            let all = values.map(|value| value.checked_mul(factor).and_then(|millionths| i64::try_from(millionths).ok()));
            Form::Millionths(all.collect::<Option<_>>()?)
        }
        DataType::Timestamp(_, clock) if clock.is_none() && *zone != TimeZone::UTC => return None,
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => instants::<TimestampSecondType>(array, |value| value.checked_mul(1_000))?,
            TimeUnit::Millisecond => instants::<TimestampMillisecondType>(array, Some)?,
            TimeUnit::Microsecond => instants::<TimestampMicrosecondType>(array, |value| Some(value.div_euclid(1_000)))?,
            TimeUnit::Nanosecond => instants::<TimestampNanosecondType>(array, |value| Some(value.div_euclid(1_000_000)))?,
        },
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            if dictionary.values().is_empty() {
                return None;
            }
            Form::Texts(Texts::of(dictionary.values(), Some(dictionary.normalized_keys()))?)
        }
        _ => Form::Texts(Texts::of(array, None)?),
    })
}

fn whole<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<Form<'_>>
where
    T::Native: TryInto<i64>,
{
    let values = array.as_primitive::<T>().values().iter();
    values.map(|value| (*value).try_into().ok()).collect::<Option<Vec<i64>>>().map(Form::Whole)
}

/// Instants, if all that are there are of years that need no care.
fn instants<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, ms: fn(i64) -> Option<i64>) -> Option<Form<'_>> {
    let values = array.as_primitive::<T>();
    let plain = |at: usize, value: i64| match ms(value).filter(|ms| (0..PLAIN_MS).contains(ms)) {
        None if array.is_null(at) => Some(0),
        ms => ms,
    };
    values.values().iter().enumerate().map(|(at, value)| plain(at, *value)).collect::<Option<_>>().map(Form::Instants)
}

fn spelled(number: i64, batch: &mut Batch) -> At {
    let begin = batch.texts.len();
    batch.texts.push_str(itoa::Buffer::new().format(number));
    (begin as u32, (batch.texts.len() - begin) as u32)
}

/// A count since 1970 as an instant: seconds, milliseconds or microseconds, as its digits say.
fn counted(count: i64, zone: &TimeZone) -> Option<i64> {
    match count {
        1_000_000_000..=9_999_999_999 => Some(count * 1_000),
        1_000_000_000_000..=9_999_999_999_999 => Some(count),
        1_000_000_000_000_000..=9_999_999_999_999_999 => Some(count / 1_000),
        _ => times::read(&count.to_string(), zone),
    }
}

/// The number that the shortest digits of a float stand for, where they are at most fifteen and at most six of them behind the
/// point: up to fifteen digits no two decimals are the same float, so the one that is this float has its digits.
fn exact(value: f64) -> Option<Number> {
    let millionths = (value * 1e6).round();
    (millionths.abs() < 1e15 && millionths / 1e6 == value).then(|| Number::from_millionths(millionths as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_the_number_that_its_digits_are() {
        let mut exactly = 0;
        let tries = (0..200_000_i64).map(|at| (at * 7_919 - 800_000_000) as f64 / [1.0, 10.0, 1e2, 1e4, 1e6, 1e7, 3.0][at as usize % 7]);
        for value in tries.chain([0.0, -0.0, 0.1 + 0.2, 1e-7, 1e9, 999_999_999.999_999, 1e300, f64::NAN, f64::INFINITY, 4.35, 1e-6]) {
            if let Some(number) = exact(value) {
                assert_eq!(value.to_string().parse(), Ok(number), "{value}");
                exactly += 1;
            }
        }
        assert!(exactly > 100_000, "{exactly}");
    }

    #[test]
    fn a_count_is_the_instant_that_its_digits_are() {
        let utc = TimeZone::UTC;
        for count in
            [0, -1, 20_260_302, 999_999_999, 1_772_445_600, 9_999_999_999, 99_999_999_999, 1_772_445_600_000, 1_772_445_600_000_123]
        {
            assert_eq!(counted(count, &utc), crate::runtime::parse_instant(&count.to_string(), &utc), "{count}");
        }
    }
}
