//! Logs in columns: each type of a column as what a record has of it, and the same story from Parquet and from Arrow.
#![cfg(feature = "columns")]

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
    builder::{ListBuilder, StringBuilder},
    types::Int32Type,
};
use funnelc::runtime::{
    Record, SetAside,
    input::{Mapping, Reading, Records},
};
use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).expect("columns of one length")
}

fn parquet_of(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a schema that Parquet knows");
    writer.write(batch).expect("memory");
    writer.close().expect("memory");
    bytes
}

fn arrow_file_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
    writer.write(batch).expect("memory");
    writer.into_inner().expect("memory")
}

fn arrow_stream_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
    writer.write(batch).expect("memory");
    writer.into_inner().expect("memory")
}

fn told(record: Result<Record, SetAside>) -> String {
    record.map_or_else(
        |aside| format!("{} {}: {} {}", aside.position, aside.reason, aside.detail, aside.record),
        |record| format!("{} {}", record.position, record.to_json()),
    )
}

fn read(bytes: Vec<u8>, mapping: &str) -> Result<(String, Vec<String>), String> {
    let reading = Reading { mapping: Mapping::parse(mapping).expect("a mapping"), ..Reading::default() };
    let mut records = Records::new(Cursor::new(bytes), reading).map_err(|error| error.to_string())?;
    let all = records.by_ref().map(told).collect();
    match records.take_error() {
        Some(error) => Err(error.to_string()),
        None => Ok((records.described(), all)),
    }
}

/// Two rows of every type, and one that says nothing.
fn all_types() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("a"), None]);
    tags.append_value([Some("b")]);
    tags.append_null();
    let tags: ListArray = tags.finish();
    let kinds: DictionaryArray<Int32Type> = [Some("buy"), Some("sell"), Some("buy")].into_iter().collect();
    let prices = Decimal128Array::from(vec![Some(1990), Some(-5), None]).with_precision_and_scale(10, 2).expect("it fits");
    let local = TimestampMillisecondArray::from(vec![Some(1_772_445_600_000), None, None]);
    let instants = TimestampMicrosecondArray::from(vec![1_772_445_600_000_123, 1_772_445_600_999_999, 1_772_445_600_000_000]);
    batch(vec![
        ("who", Arc::new(Int64Array::from(vec![7, 8, 9]))),
        ("at", Arc::new(instants.with_timezone("Europe/Berlin"))),
        ("what", Arc::new(kinds)),
        ("code", Arc::new(StringArray::from(vec![Some("007"), None, None]))),
        ("gift", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        ("price", Arc::new(prices)),
        ("weight", Arc::new(Float32Array::from(vec![Some(0.1), Some(f32::NAN), None]))),
        ("rate", Arc::new(Float64Array::from(vec![Some(1e-7), Some(2.0), None]))),
        ("big", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, None]))),
        ("due", Arc::new(Date32Array::from(vec![Some(20_514), Some(-1), None]))),
        ("local", Arc::new(local)),
        ("Tag List", Arc::new(tags)),
    ])
}

const MAPPED: &str = "contact=who,time=at,event=what";

#[test]
fn every_type_of_a_column_is_read() {
    let expected = [
        r#"1 {"time":"2026-03-02T10:00:00.000Z","contact":"7","event":"buy","properties":{"big":18446744073709551615,"code":"007","due":"2026-03-02","gift":true,"local":"2026-03-02T10:00:00","price":19.90,"rate":0.0000001,"tag_list":["a",null],"weight":0.1}}"#,
        r#"2 {"time":"2026-03-02T10:00:00.999Z","contact":"8","event":"sell","properties":{"due":"1969-12-31","gift":false,"price":-0.05,"rate":2,"tag_list":["b"],"weight":"NaN"}}"#,
        r#"3 {"time":"2026-03-02T10:00:00.000Z","contact":"9","event":"buy","properties":{}}"#,
    ];
    for (bytes, words) in [
        (parquet_of(&all_types()), "Parquet of 12 columns"),
        (arrow_file_of(&all_types()), "Arrow of 12 columns"),
        (arrow_stream_of(&all_types()), "an Arrow stream of 12 columns"),
    ] {
        let (described, records) = read(bytes, MAPPED).expect("it can be read");
        assert_eq!(described, words);
        assert_eq!(records, expected, "{words}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    assert_eq!(
        read(parquet_of(&all_types()), "time=at,event=what").expect_err("it cannot be read"),
        "there is no column `contact` for the contact of a record; the columns are who, at, what, code, gift, price, weight, rate, big, due, \
         local, Tag List; map one with `contact=COLUMN`, or the same for all with `contact=\"TEXT\"` (in a shell, put quotes around the whole)"
    );
    let (_, records) = read(parquet_of(&all_types()), "contact=who,time=what,event=code").expect("it can be read");
    assert!(
        records[0].starts_with("1 malformed: `buy` is not a time such as 2026-03-02T10:00:00Z {\"Tag List\":[\"a\",null],"),
        "{records:?}"
    );
    assert!(records[1].starts_with("2 malformed: it has no event "), "{records:?}");
    for (mut bytes, words) in [
        (parquet_of(&all_types()), "this begins as Parquet, and cannot be read as such: "),
        (arrow_file_of(&all_types()), "this begins as Arrow, and cannot be read as such: "),
    ] {
        bytes.truncate(bytes.len() - 20);
        let error = read(bytes, MAPPED).expect_err("it cannot be read");
        assert!(error.contains(words), "{error}");
    }
    let mut bytes = arrow_stream_of(&all_types());
    bytes.truncate(bytes.len() - 200);
    let error = read(bytes, MAPPED).expect_err("it cannot be read");
    assert!(error.contains("behind row 0 this is no longer an Arrow stream: "), "{error}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The story of `docs/samples/trial.ndjson` in columns.
fn trial() -> RecordBatch {
    let text = |cells: [Option<&str>; 7]| -> ArrayRef { Arc::new(StringArray::from(cells.to_vec())) };
    let times = ["02T09:00:00", "02T09:05:00", "02T21:30:00", "02T21:40:00", "03T05:00:00", "04T10:00:00", "08T12:00:00"];
    let instants = times.map(|time| format!("2026-03-{time}Z").parse::<jiff::Timestamp>().expect("an instant").as_millisecond());
    batch(vec![
        ("contact", text(["ann", "ann", "ben", "ben", "ben", "eva", "ann"].map(Some))),
        ("time", Arc::new(TimestampMillisecondArray::from(instants.to_vec()).with_timezone("UTC"))),
        ("event", text(["identify", "sign_up", "identify", "sign_up", "upgraded", "sign_up", "upgraded"].map(Some))),
        ("consent", Arc::new(BooleanArray::from(vec![Some(true), None, Some(true), None, None, None, None]))),
        ("country", text([Some("DE"), None, None, None, None, None, None])),
        ("plan", text([None, Some("solo"), None, None, None, Some("team"), None])),
        ("amount", Arc::new(Float64Array::from(vec![None, None, None, None, Some(19.9), None, Some(49.0)]))),
    ])
}

fn run(log: &str) -> String {
    let arguments = ["run", "docs/samples/trial.funnel", "--until", "2026-03-31", "--out", "-", "--quiet", "--events", log];
    let output = Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(root()).args(arguments).output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn columns_tell_the_same_story() {
    let sample = root().join("docs/samples/trial.parquet");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&sample, parquet_of(&trial())).expect("it can be written");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let plain = run("docs/samples/trial.ndjson");
    for (name, bytes) in [("trial.arrow", arrow_file_of(&trial())), ("trial.arrows", arrow_stream_of(&trial()))] {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("it can be written");
        assert_eq!(run(&path.to_string_lossy()), plain, "{name}");
    }
    assert_eq!(run("docs/samples/trial.parquet"), plain);
}
