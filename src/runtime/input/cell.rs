//! A value of a column.

use crate::runtime::record::Raw;
use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, ArrowTimestampType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

const DAY_MS: i64 = 86_400_000;

/// The value of a column in a row.
pub(crate) fn raw(array: &ArrayRef, row: usize) -> Raw {
    if array.is_null(row) {
        return Raw::Missing;
    }
    match array.data_type() {
        DataType::Null => Raw::Missing,
        DataType::Boolean => Raw::Flag(array.as_boolean().value(row)),
        DataType::Int8 => number::<Int8Type>(array, row),
        DataType::Int16 => number::<Int16Type>(array, row),
        DataType::Int32 => number::<Int32Type>(array, row),
        DataType::Int64 => number::<Int64Type>(array, row),
        DataType::UInt8 => number::<UInt8Type>(array, row),
        DataType::UInt16 => number::<UInt16Type>(array, row),
        DataType::UInt32 => number::<UInt32Type>(array, row),
        DataType::UInt64 => number::<UInt64Type>(array, row),
        DataType::Float16 => float(array.as_primitive::<Float16Type>().value(row).to_f32(), f32::is_finite),
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(row), f32::is_finite),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row), f64::is_finite),
        DataType::Decimal32(..) => Raw::Number(array.as_primitive::<Decimal32Type>().value_as_string(row)),
        DataType::Decimal64(..) => Raw::Number(array.as_primitive::<Decimal64Type>().value_as_string(row)),
        DataType::Decimal128(..) => Raw::Number(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => Raw::Number(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Utf8 => Raw::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Raw::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Raw::Text(array.as_string_view().value(row).to_owned()),
        DataType::Date32 => day(i64::from(array.as_primitive::<Date32Type>().value(row)).checked_mul(DAY_MS)),
        DataType::Date64 => day(Some(array.as_primitive::<Date64Type>().value(row))),
        DataType::Timestamp(unit, zone) => {
            let instant = match unit {
                TimeUnit::Second => instant::<TimestampSecondType>(array, row),
                TimeUnit::Millisecond => instant::<TimestampMillisecondType>(array, row),
                TimeUnit::Microsecond => instant::<TimestampMicrosecondType>(array, row),
                TimeUnit::Nanosecond => instant::<TimestampNanosecondType>(array, row),
            };
            let text = |at: Timestamp| if zone.is_some() { at.to_string() } else { at.to_zoned(TimeZone::UTC).datetime().to_string() };
            instant.map_or_else(|| other("an instant beyond the year 9999"), |at| Raw::Text(text(at)))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            key(dictionary.keys(), row).map_or(Raw::Missing, |key| raw(dictionary.values(), key))
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(&array.as_fixed_size_list().value(row)),
        DataType::Binary => bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => bytes(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(row)),
        ty => other(&ty.to_string()),
    }
}

/// The key of a row in a dictionary.
fn key(keys: &dyn Array, row: usize) -> Option<usize> {
    match keys.data_type() {
        DataType::Int8 => index::<Int8Type>(keys, row),
        DataType::Int16 => index::<Int16Type>(keys, row),
        DataType::Int32 => index::<Int32Type>(keys, row),
        DataType::Int64 => index::<Int64Type>(keys, row),
        DataType::UInt8 => index::<UInt8Type>(keys, row),
        DataType::UInt16 => index::<UInt16Type>(keys, row),
        DataType::UInt32 => index::<UInt32Type>(keys, row),
        DataType::UInt64 => index::<UInt64Type>(keys, row),
        _ => None,
    }
}

fn index<T: ArrowPrimitiveType>(keys: &dyn Array, row: usize) -> Option<usize>
where
    T::Native: TryInto<usize>,
{
    keys.as_primitive::<T>().value(row).try_into().ok()
}

/// What no type takes, as a text in JSON.
fn other(what: &str) -> Raw {
    Raw::Other(serde_json::Value::from(what).to_string())
}

fn number<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Raw
where
    T::Native: std::fmt::Display,
{
    Raw::Number(array.as_primitive::<T>().value(row).to_string())
}

/// The shortest digits that stand for a float.
fn float<T: Copy + std::fmt::Display>(value: T, is_finite: fn(T) -> bool) -> Raw {
    if is_finite(value) { Raw::Number(value.to_string()) } else { other(&value.to_string()) }
}

fn day(ms: Option<i64>) -> Raw {
    let day = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| at.to_zoned(TimeZone::UTC).date().to_string());
    day.map_or_else(|| other("a day beyond the year 9999"), Raw::Text)
}

fn instant<T: ArrowTimestampType<Native = i64>>(array: &ArrayRef, row: usize) -> Option<Timestamp> {
    let value = array.as_primitive::<T>().value(row);
    let since = match T::UNIT {
        TimeUnit::Second => SignedDuration::from_secs(value),
        TimeUnit::Millisecond => SignedDuration::from_millis(value),
        TimeUnit::Microsecond => SignedDuration::from_micros(value),
        TimeUnit::Nanosecond => SignedDuration::from_nanos(value),
    };
    Timestamp::from_duration(since).ok()
}

fn list(items: &ArrayRef) -> Raw {
    Raw::List((0..items.len()).map(|at| raw(items, at)).collect())
}

/// Bytes are a text if they are UTF-8, as writers without a type for texts leave them.
fn bytes(bytes: &[u8]) -> Raw {
    std::str::from_utf8(bytes).map_or_else(|_| other(&format!("{} bytes that are no text", bytes.len())), |text| Raw::Text(text.to_owned()))
}
