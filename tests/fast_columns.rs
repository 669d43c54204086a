//! The fast engine on logs in columns against the reference on the same file, and against the records that the columns were made
//! from: every type of a column, dictionaries, missing values, groups of rows, rows that are none, several threads.
//!
//! `FAST_CASES=10000 FAST_SEED=7 cargo test --release --test fast_columns` tries more and others.
#![cfg(feature = "columns")]

mod common;
#[path = "fast/engines.rs"]
mod engines;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray, StringViewArray,
    StructArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    builder::{FixedSizeBinaryBuilder, ListBuilder},
    types::{Int32Type, UInt8Type},
};
use arrow_schema::{DataType, Field, Schema};
use common::{compile, compile_unchecked, seeded};
use engines::{CHUNKS, DAY_MS, agree_as_log, reference, same, told};
use funnelc::{
    fast::{self, ingest::Pieces},
    ruleset::RuleSet,
    runtime::{
        self, Collected, Options, Raw, Record,
        input::{Mapping, Reading, Records},
    },
};
use parquet::{
    arrow::arrow_writer::ArrowWriterOptions,
    file::properties::WriterProperties,
    schema::{parser::parse_message_type, types::SchemaDescriptor},
};
use proptest::test_runner::TestCaseError;
use std::{collections::BTreeSet, io::Cursor, sync::Arc};

/// Numbers that a seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) * bound) >> 31
    }
}

/// Texts in one of the ways that they are kept.
fn texts(values: &[Option<String>], dice: &mut Dice) -> ArrayRef {
    let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    match dice.below(7) {
        0 => Arc::new(LargeStringArray::from(values)),
        1 => Arc::new(StringViewArray::from(values)),
        2 => Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>()),
        3 => Arc::new(values.into_iter().collect::<DictionaryArray<UInt8Type>>()),
        4 => Arc::new(BinaryArray::from(values.into_iter().map(|text| text.map(str::as_bytes)).collect::<Vec<_>>())),
        _ => Arc::new(StringArray::from(values)),
    }
}

/// Instants in one of the ways that they are kept.
fn times(values: &[Option<i64>], dice: &mut Dice) -> ArrayRef {
    let times = |by: i64| values.iter().map(|ms| ms.map(|ms| ms * by)).collect::<Vec<_>>();
    let spelled = |of: fn(i64) -> String| values.iter().map(|ms| ms.map(of)).collect::<Vec<_>>();
    match dice.below(9) {
        0 => Arc::new(TimestampMicrosecondArray::from(times(1_000))),
        1 => Arc::new(TimestampNanosecondArray::from(times(1_000_000)).with_timezone("Europe/Berlin")),
        2 => Arc::new(TimestampMillisecondArray::from(times(1))),
        3 => Arc::new(Int64Array::from(times(1))),
        4 => Arc::new(Int64Array::from(times(1_000))),
        5 => texts(&spelled(runtime::rfc3339), dice),
        6 => texts(&spelled(runtime::compact), dice),
        _ => Arc::new(TimestampMillisecondArray::from(times(1)).with_timezone("UTC")),
    }
}

/// Numbers in one of the ways that keep them as they are.
fn numbers(values: &[Option<String>], dice: &mut Dice) -> ArrayRef {
    let whole: Vec<Option<i64>> = values.iter().map(|text| text.as_ref().and_then(|text| text.parse().ok())).collect();
    let is_whole = values.iter().zip(&whole).all(|(text, whole)| text.is_none() == whole.is_none());
    let floats = values.iter().map(|text| text.as_ref().map(|text| text.parse::<f64>().expect("a number")));
    match dice.below(4) {
        0 if is_whole => Arc::new(Int64Array::from(whole)),
        1 if is_whole => Arc::new(UInt64Array::from(whole.iter().map(|value| value.map(|value| value as u64)).collect::<Vec<_>>())),
        2 => {
            let millionths = floats.map(|float| float.map(|float| (float * 1e6).round() as i128));
            Arc::new(Decimal128Array::from(millionths.collect::<Vec<_>>()).with_precision_and_scale(38, 6).expect("it fits"))
        }
        _ => Arc::new(Float64Array::from(floats.collect::<Vec<_>>())),
    }
}

/// A property as a column, if all its values are of one kind.
fn property(records: &[Record], name: &str, dice: &mut Dice) -> Option<ArrayRef> {
    let values: Vec<Option<&Raw>> = records.iter().map(|record| record.properties.get(name).filter(|raw| **raw != Raw::Missing)).collect();
    let first = values.iter().flatten().next()?;
    let text = |raw: &Raw| match raw {
        Raw::Text(text) | Raw::Number(text) => Some(text.clone()),
        _ => None,
    };
    let all = || values.iter().map(|value| value.and_then(text)).collect::<Vec<_>>();
    if values.iter().flatten().any(|value| std::mem::discriminant(*value) != std::mem::discriminant(first)) {
        return None;
    }
    match first {
        Raw::Text(_) => Some(texts(&all(), dice)),
        Raw::Number(_) if name == "due" => {
            Some(times(&all().iter().map(|text| text.as_ref().map(|text| text.parse().expect("milliseconds"))).collect::<Vec<_>>(), dice))
        }
        Raw::Number(_) => Some(numbers(&all(), dice)),
        Raw::Flag(_) => {
            let flags = values.iter().map(|value| value.map(|raw| *raw == Raw::Flag(true)));
            Some(Arc::new(flags.collect::<BooleanArray>()))
        }
        Raw::Missing | Raw::Cell(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

/// Whether records are kept as they are, or with ids, some of them twice, or some parts of them lost and things beside them added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    They,
    Named,
    Odd,
}

/// Records as columns.
fn batch(records: &[Record], kept: As, dice: &mut Dice) -> Option<RecordBatch> {
    let (mut all, mut ids) = (Vec::new(), Vec::new());
    for (record, at) in records.iter().zip(0..).filter(|_| kept == As::Named) {
        let id: Option<i64> = match dice.below(12) {
            0 => None,
            1..=3 => Some(at / 3),
            _ => Some(at),
        };
        for _ in 0..=u32::from(dice.below(4) == 0) {
            all.push(record.clone());
            ids.push(id);
        }
    }
    let records = if kept == As::Named { &all[..] } else { records };
    let mut lost = |of: &Record, text: &str| match kept {
        As::Odd if of.position > 6 && dice.below(15) == 0 => {
            [None, Some(String::new()), Some(" ".to_owned())][dice.below(3) as usize].clone()
        }
        _ => Some(text.to_owned()),
    };
    let contacts: Vec<_> = records.iter().map(|it| lost(it, &it.contact)).collect();
    let events: Vec<_> = records.iter().map(|it| lost(it, &it.event)).collect();
    let instants: Vec<_> = records.iter().map(|it| lost(it, "").map(|_| it.time_ms)).collect();
    let mut columns = vec![
        ("contact".to_owned(), texts(&contacts, dice)),
        ("event".to_owned(), texts(&events, dice)),
        ("time".to_owned(), times(&instants, dice)),
    ];
    let names: BTreeSet<&String> = records.iter().flat_map(|record| record.properties.keys()).collect();
    for name in names {
        if records.iter().all(|record| record.properties.get(name).is_none_or(|raw| *raw == Raw::Missing)) {
            continue;
        }
        columns.push((name.clone(), property(records, name, dice)?));
    }
    if kept == As::Named {
        let blank = dice.below(3) == 0;
        let named: Vec<_> = ids.iter().map(|id| id.map(|id| if blank && id == 1 { " ".to_owned() } else { format!("r{id}") })).collect();
        columns.push(("rid".to_owned(), if dice.below(4) == 0 { Arc::new(Int64Array::from(ids)) } else { texts(&named, dice) }));
    }
    if kept == As::Odd {
        columns.extend(beside(records.len(), dice));
    }
    let nullable = columns.into_iter().map(|(name, column)| (name, column, true));
    Some(RecordBatch::try_from_iter_with_nullable(nullable).expect("columns of one length"))
}

/// Columns that nobody declared, or whose values do not fit what was.
fn beside(rows: usize, dice: &mut Dice) -> Vec<(String, ArrayRef)> {
    let mut some = || (0..rows).map(|_| dice.below(3) > 0).collect::<Vec<bool>>();
    let floats: Vec<Option<f64>> = some().iter().map(|is_there| is_there.then_some(f64::NAN)).collect();
    let inner: ArrayRef = Arc::new(Int64Array::from((0..rows as i64).collect::<Vec<_>>()));
    let all: Vec<(&str, ArrayRef)> = vec![
        ("beside", Arc::new(Float64Array::from(floats))),
        ("Beside Me", Arc::new(BooleanArray::from(some()))),
        ("beside_me", Arc::new(BooleanArray::from(some().into_iter().map(|flag| flag.then_some(flag)).collect::<Vec<_>>()))),
        ("nothing", Arc::new(NullArray::new(rows))),
        ("nested", Arc::new(StructArray::from(vec![(Arc::new(arrow_field("inner")), inner)]))),
        ("product", Arc::new(Float32Array::from(vec![0.1; rows]))),
        ("total", Arc::new(Float64Array::from(vec![0.000_000_1; rows]))),
        ("hard", Arc::new(Int8Array::from(vec![1; rows]))),
        ("order_id", Arc::new(Int16Array::from(vec![7; rows]))),
        ("birthday", Arc::new(Date32Array::from(vec![20_514; rows]))),
        ("due", Arc::new(TimestampSecondArray::from(vec![1_772_445_600; rows]))),
        ("", Arc::new(Int64Array::from(vec![1; rows]))),
    ];
    let chosen = all.into_iter().filter(|_| dice.below(4) == 0);
    chosen.map(|(name, column)| (name.to_owned(), column)).collect()
}

fn arrow_field(name: &str) -> arrow_schema::Field {
    arrow_schema::Field::new(name, arrow_schema::DataType::Int64, true)
}

/// A file of these columns; those of the same name only once.
fn file(batch: &RecordBatch, container: u64, group: usize) -> Vec<u8> {
    let parts = (0..batch.num_rows()).step_by(group).map(|at| batch.slice(at, group.min(batch.num_rows() - at)));
    match container {
        0 => {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
            // A dictionary in a file stays the same.
            writer.write(batch).expect("memory");
            writer.into_inner().expect("memory")
        }
        1 => {
            let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
            parts.for_each(|part| writer.write(&part).expect("memory"));
            writer.into_inner().expect("memory")
        }
        way => {
            let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).set_dictionary_enabled(way < 4).build();
            let mut bytes = Vec::new();
            let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a known schema");
            writer.write(batch).expect("memory");
            writer.close().expect("memory");
            bytes
        }
    }
}

fn once(batch: &RecordBatch) -> RecordBatch {
    let mut seen = BTreeSet::new();
    let places: Vec<usize> = (0..batch.num_columns()).filter(|at| seen.insert(batch.schema().field(*at).name().clone())).collect();
    batch.project(&places).expect("they are there")
}

fn run(rules: &RuleSet, records: &[Record], seed: u64, kept: As, options: &Options) -> Result<(), String> {
    let mut dice = Dice(seed);
    let Some(columns) = batch(records, kept, &mut dice) else { return Ok(()) };
    let (container, group) = (dice.below(6), 1 + dice.below(30) as usize);
    let bytes = file(&once(&columns), container, group);
    let open = opened(&bytes, if kept == As::Named { "id=rid" } else { "" });
    let got = agree_as_log(rules, &open, options, &CHUNKS).map_err(|why| format!("{} of {group}: {why}", open().described()))?;
    if kept == As::They {
        // A missing value of a column says nothing, while one in JSON may make an attribute missing.
        let said = |record: &Record| record.properties.clone().into_iter().filter(|(_, raw)| *raw != Raw::Missing).collect();
        let plain = |(record, position): (&Record, u64)| Ok(Record { position, id: None, properties: said(record), ..record.clone() });
        let input = records.iter().zip(1..).map(plain).collect();
        let wanted = reference(rules, &input, options);
        same(&format!("the records and {} of {group}", open().described()), &wanted.outcomes, &got.outcomes)?;
    }
    Ok(())
}

fn opened(bytes: &[u8], mapping: &str) -> impl Fn() -> Records<Cursor<Vec<u8>>> {
    let reading = Reading { mapping: Mapping::parse(mapping).expect("a mapping"), ..Reading::default() };
    move || Records::new(Cursor::new(bytes.to_vec()), reading.clone()).expect("a log")
}

#[test]
fn random_logs_in_columns_run_the_same() {
    let mut runner = seeded::runner("FAST", seeded::cases_of("FAST", 200), 3_000_000);
    let outcome = runner.run(&(funnels::text(), logs::records(), proptest::num::u64::ANY), |(text, records, seed)| {
        let rules = compile_unchecked(&text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
        for lateness_ms in [None, Some(3 * DAY_MS)] {
            let options = Options { lateness_ms, ..Options::default() };
            for kept in [As::They, As::Named, As::Odd] {
                run(&rules, &records, seed, kept, &options).map_err(TestCaseError::fail)?;
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// More rows than are read at a time, with dictionaries that go from one to the next, and without.
#[test]
fn long_columns_run_the_same() {
    let rules = compile("event buy(amount: number, what: one of [a, b]?)\nfunnel f {\n  for each contact\n  reentry never\n  stage a { enter when buy where amount > 3 }\n  goal final stage b { enter from a when at least 3 buy where what = b within 5 days }\n}\n").expect("it compiles");
    let rows = 20_000_usize;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("contact", Arc::new(StringArray::from_iter_values((0..rows).map(|at| format!("c{}", at * 7_919 % 3_001)))) as ArrayRef, false),
        ("time", Arc::new(Int64Array::from_iter_values((0..rows as i64).map(|at| 1_772_445_600 + at * 31))) as ArrayRef, true),
        ("event", Arc::new(StringArray::from_iter_values((0..rows).map(|at| ["buy", "Buy", "view"][at % 7 % 3]))) as ArrayRef, true),
        ("amount", Arc::new(Float64Array::from_iter_values((0..rows).map(|at| at as f64 / 8.0))) as ArrayRef, true),
        ("what", Arc::new((0..rows).map(|at| ["a", "b", "b", "c"].get(at % 5).copied()).collect::<StringArray>()) as ArrayRef, true),
    ]);
    let batch = batch.expect("columns of one length");
    let mut results = BTreeSet::new();
    for (container, group) in [(2, 1 << 20), (2, 9_000), (5, 1 << 20), (1, 9_999), (0, 1)] {
        let bytes = file(&batch, container, group);
        let ran = agree_as_log(&rules, &opened(&bytes, ""), &Options::default(), &CHUNKS[..2]);
        let ran = ran.unwrap_or_else(|why| panic!("{container} {group}: {why}"));
        assert!(ran.outcomes.len() > 2_000, "{}", ran.outcomes.len());
        results.insert(ran.outcomes);
    }
    assert_eq!(results.len(), 1, "the same from every file");
}

/// Files one after another, in columns and in lines: records go on being counted from file to file, whatever is set aside of them.
#[test]
fn several_files_run_the_same() {
    let rules = compile(
        "event buy(amount: number)\nfunnel f {\n  for each contact\n  reentry never\n  goal final stage a { enter when at least 2 buy where amount > 3 within 5 days }\n}\n",
    );
    let rules = rules.expect("it compiles");
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("contact", Arc::new(StringArray::from(vec![Some("ann"), None, Some("bob"), Some("eva"), Some("ann")])) as ArrayRef, true),
        ("time", Arc::new(Int64Array::from(vec![Some(1_772_445_600), Some(1), Some(3), None, Some(1_772_445_700)])) as ArrayRef, true),
        ("event", Arc::new(StringArray::from(vec!["buy", "buy", "none", "buy", "Buy"])) as ArrayRef, false),
        ("amount", Arc::new(Float64Array::from(vec![4.5, 4.5, 4.5, 4.5, 1e-9])) as ArrayRef, true),
    ]);
    let batch = batch.expect("columns of one length");
    let lines = b"{\"contact\":\"ann\",\"time\":1772445650,\"event\":\"buy\",\"amount\":7}\n\n{\"contact\":\"bob\"}\n".to_vec();
    let files = [file(&batch, 2, 2), lines, file(&batch, 0, 5), file(&batch, 5, 100), file(&batch, 1, 3)];
    let (mut input, mut before) = (Vec::new(), 0);
    for bytes in &files {
        let records = opened(bytes, "")().map(|mut record| {
            let position = record.as_mut().map_or_else(|aside| &mut aside.position, |record| &mut record.position);
            *position += before;
            record
        });
        input.extend(records);
        before = input.last().map_or(0, |last| last.as_ref().map_or_else(|aside| aside.position, |record| record.position));
    }
    for lateness_ms in [None, Some(0)] {
        let options = Options { lateness_ms, ..Options::default() };
        let wanted = reference(&rules, &input, &options);
        assert!(wanted.set_aside.len() > 10 && !wanted.outcomes.is_empty(), "{:?} {:?}", wanted.set_aside, wanted.outcomes);
        for (settings, chunk) in CHUNKS {
            let (mut pieces, mut before) = (Vec::new(), 0);
            for bytes in &files {
                let mut last = 0;
                for piece in Pieces::new(opened(bytes, "")()).of_size(chunk) {
                    let (place, piece) = piece.later(before);
                    last = place.max(last);
                    pieces.push(piece);
                }
                before += last;
            }
            let mut collected = Collected::default();
            let counters = fast::run_log(&rules, pieces, &options, settings, &mut collected).expect("the rules fit");
            let got = told(&collected, counters);
            assert_eq!(got.set_aside, wanted.set_aside, "{settings:?} {chunk}");
            assert_eq!(got.outcomes, wanted.outcomes, "{settings:?} {chunk}");
            assert_eq!(got.counters, wanted.counters, "{settings:?} {chunk}");
        }
    }
}

/// Sixteen bytes, of which some read as texts.
fn sixteen(rows: usize) -> FixedSizeBinaryArray {
    let bytes = (0..rows).map(|at| (at % 5 != 4).then(|| [if at % 3 == 0 { 0xab } else { 0x61 }; 15].into_iter().chain([at as u8 % 7])));
    let bytes = bytes.map(|bytes| bytes.map(Iterator::collect::<Vec<u8>>));
    FixedSizeBinaryArray::try_from_sparse_iter_with_size(bytes, 16).expect("all are sixteen")
}

fn is_uuid(name: &str, ty: DataType) -> Field {
    Field::new(name, ty, true)
        .with_metadata(std::collections::HashMap::from([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())]))
}

/// UUIDs are texts, wherever it stands that they are; other bytes are if they are UTF-8.
#[test]
fn uuids_run_the_same() {
    let rules = compile("event buy(item: text, items: list of text, kind: text?, code: text?)\nevent told(item: text, items: list of text, code: text?) ours\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when buy\n    leave when buy\n    nurture n { record told(item: entry.item, items: entry.items, code: entry.code) }\n  }\n}\n").expect("it compiles");
    let (rows, bytes) = (60_usize, sixteen(60));
    let keys: Int32Array = (0..rows as i32).map(|at| (at % 2 == 0).then_some(at % 4)).collect();
    let kinds = DictionaryArray::<Int32Type>::new(keys, Arc::new(bytes.slice(0, 4)));
    let items = |field: Field| {
        let mut items = ListBuilder::new(FixedSizeBinaryBuilder::new(16)).with_field(field);
        for at in 0..rows {
            // None in the first row, and in others that of the row before.
            match at.checked_sub(1) {
                Some(before) if bytes.is_null(before) => items.values().append_null(),
                Some(before) => items.values().append_value(bytes.value(before)).expect("it is sixteen"),
                None => {}
            }
            items.append(true);
        }
        Arc::new(items.finish())
    };
    let texts: Vec<&str> = (0..rows).map(|at| ["ab", "é", "x\u{1}"][at % 3]).collect();
    let codes: Vec<&[u8]> = texts.iter().enumerate().map(|(at, text)| if at % 8 == 7 { &[0xff, 0][..] } else { text.as_bytes() }).collect();
    let codes = FixedSizeBinaryArray::try_from_iter(codes.into_iter()).expect("all are two");
    let plain = |name: &str, ty: &DataType| Field::new(name, ty.clone(), true);
    let file_of = |says_so: bool, container: u64| {
        let of = |name: &str, ty: &DataType| if says_so { is_uuid(name, ty.clone()) } else { plain(name, ty) };
        let list = items(of("item", bytes.data_type()));
        let columns: Vec<(Field, ArrayRef)> = vec![
            (of("contact", bytes.data_type()), Arc::new(bytes.clone())),
            (plain("time", &DataType::Int64), Arc::new(Int64Array::from_iter_values((0..rows as i64).map(|at| 1_772_445_600 + at)))),
            (plain("event", &DataType::Utf8), Arc::new(StringArray::from(vec!["buy"; rows]))),
            (of("item", bytes.data_type()), Arc::new(bytes.clone())),
            (plain("items", list.data_type()), list),
            (of("kind", kinds.data_type()), Arc::new(kinds.clone())),
            (plain("code", codes.data_type()), Arc::new(codes.clone())),
        ];
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        if container < 4 {
            return file(&batch, container, 7);
        }
        // As a writer that knows nothing of Arrow leaves it.
        let message = "message m { optional fixed_len_byte_array(16) contact (UUID); optional int64 time; optional binary event (STRING); optional fixed_len_byte_array(16) item (UUID); optional group items (LIST) { repeated group list { optional fixed_len_byte_array(16) item (UUID); } } optional fixed_len_byte_array(16) kind (UUID); optional fixed_len_byte_array(2) code; }";
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(message).expect("a schema")));
        let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true).with_parquet_schema(schema);
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options).expect("a known schema");
        writer.write(&batch).expect("memory");
        writer.close().expect("memory");
        bytes
    };
    let ran = |says_so: bool, container: u64| {
        let bytes = file_of(says_so, container);
        agree_as_log(&rules, &opened(&bytes, ""), &Options::default(), &CHUNKS).unwrap_or_else(|why| panic!("{says_so} {container}: {why}"))
    };
    let all: Vec<_> = [(true, 0), (true, 1), (true, 2), (false, 4)].map(|(says_so, container)| ran(says_so, container)).into();
    for other in &all {
        assert_eq!((&other.outcomes, &other.set_aside), (&all[0].outcomes, &all[0].set_aside));
    }
    let is_second = |line: &&String| line.contains("\"record\"") && line.contains(r#""contact":"61616161-6161-6161-6161-616161616101""#);
    let told = all[0].outcomes.iter().find(is_second).expect("something was recorded");
    assert!(told.contains(r#""item":"61616161-6161-6161-6161-616161616101","items":["abababab-abab-abab-abab-ababababab00"]"#), "{told}");
    let reasons = |ran: &engines::Ran, why: &str| ran.set_aside.iter().filter(|line| line.contains(why)).count();
    assert_eq!((reasons(&all[0], "`2 bytes that are no text` is not a text"), reasons(&all[0], "it names no contact")), (4, 12));
    // Bytes that do not say what they are.
    let unknown = ran(false, 2);
    assert_eq!(
        reasons(&unknown, "its contact is neither a text nor a number, but 16 bytes that are no text"),
        16,
        "{:?}",
        unknown.set_aside
    );
    assert!(unknown.outcomes.iter().any(|line| line.contains(r#""contact":"aaaaaaaaaaaaaaa\u0002""#)), "{:?}", unknown.outcomes);
}
