//! Columns of UUIDs as columns of texts.
//!
//! A UUID lies in a file as sixteen bytes; people, and other logs, know it as a text. A column is taken for UUIDs where it says that it
//! is one: by the extension type `arrow.uuid`, or by the logical type of Parquet; also in lists and dictionaries. It becomes texts
//! before any row is read, so that every reader sees the same.
//! Deliberately absent: guessing, as sixteen bytes may be anything.

use arrow_array::{Array, ArrayRef, RecordBatch, builder::StringBuilder, cast::AsArray, make_array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::{basic::LogicalType, schema::types::SchemaDescriptor};
use std::sync::Arc;

/// The extension type of a field of UUIDs.
const EXTENSION: &str = "arrow.uuid";
/// The bytes of a UUID.
const LENGTH: i32 = 16;

/// The names of the columns of a Parquet file that say they hold UUIDs.
pub(super) fn in_parquet(file: &SchemaDescriptor) -> Vec<String> {
    let is_uuid = |leaf: &usize| file.column(*leaf).logical_type_ref() == Some(&LogicalType::Uuid);
    (0..file.num_columns()).filter(is_uuid).map(|leaf| file.get_column_root(leaf).name().to_owned()).collect()
}

/// The places of the columns that hold UUIDs: those of these names, and those that say so themselves.
pub(super) fn places(schema: &Schema, names: &[String]) -> Vec<usize> {
    let fields = schema.fields().iter().enumerate();
    fields.filter(|(_, field)| says_so(field) || names.contains(field.name())).map(|(at, _)| at).collect()
}

fn says_so(field: &Field) -> bool {
    let is_within = match field.data_type() {
        DataType::List(items) | DataType::LargeList(items) | DataType::FixedSizeList(items, _) => says_so(items),
        _ => false,
    };
    is_within || field.extension_type_name() == Some(EXTENSION)
}

/// Rows with the UUIDs of the columns at these places as texts.
///
/// # Errors
/// [`ArrowError`] where the columns do not fit together any more.
pub(super) fn spelled(rows: RecordBatch, places: &[usize]) -> Result<RecordBatch, ArrowError> {
    if places.is_empty() {
        return Ok(rows);
    }
    let mut columns = rows.columns().to_vec();
    let mut fields = rows.schema().fields().to_vec();
    for at in places {
        columns[*at] = texts(&columns[*at])?;
        fields[*at] = Arc::new(Field::new(fields[*at].name(), columns[*at].data_type().clone(), true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The UUIDs in an array as texts; what is none stays as it is.
fn texts(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let items = |field: &Arc<Field>, values: &ArrayRef| Arc::new(Field::new(field.name(), values.data_type().clone(), true));
    match array.data_type() {
        DataType::FixedSizeBinary(LENGTH) => {
            let mut out = StringBuilder::with_capacity(array.len(), array.len() * 36);
            array.as_fixed_size_binary().iter().for_each(|bytes| out.append_option(bytes.map(text)));
            Ok(Arc::new(out.finish()))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            Ok(dictionary.with_values(texts(dictionary.values())?))
        }
        ty @ (DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _)) => {
            let data = array.to_data();
            let values = texts(&make_array(data.child_data()[0].clone()))?;
            let field = items(field, &values);
            let ty = match ty {
                DataType::LargeList(_) => DataType::LargeList(field),
                DataType::FixedSizeList(_, length) => DataType::FixedSizeList(field, *length),
                _ => DataType::List(field),
            };
            data.into_builder().data_type(ty).child_data(vec![values.to_data()]).build().map(make_array)
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// A UUID as people write it (RFC 9562, section 4): lower case, with hyphens.
fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)));
    }
    out
}
