//! Parquet and Arrow (IPC files, Feather files, IPC streams) as records: a row is a record, a column a property.
//!
//! The columns `contact`, `time` and `event` are what they are in a table of text, and a [`super::Mapping`] says which others to
//! use. A column has a type, so a text of digits stays a text, and an instant needs no reading; one without a zone is a clock
//! time, as in a text. A missing value says nothing, as an empty cell does. Columns of dictionaries are read by their values; where
//! all of a column of texts is a dictionary in a Parquet file, it stays one, so that a faster reader looks at each text once; other
//! texts are not copied. UUIDs become texts.
//! Deliberately absent: exports of other tools in columns; structs and maps are kept as what no type takes.

use super::{
    InputError, Parts, Reading, add_property,
    cell::raw,
    column,
    mapping::{Field, Origin},
    uuids, word,
};
use crate::runtime::record::{Raw, Record, SetAside};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use bytes::Bytes;
use jiff::tz::TimeZone;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    basic::Encoding,
    file::{metadata::ColumnChunkMetaData, reader::ChunkReader},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read, Seek},
    sync::Arc,
};

/// So many rows are read at a time; groups of rows are mostly a multiple, so that dictionaries stay whole.
const ROWS: usize = 1 << 14;

/// The kinds of files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Container {
    Parquet,
    ArrowFile,
    ArrowStream,
}

impl Container {
    /// The kind of a file that begins so.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PAR1") {
            Some(Self::Parquet)
        } else if bytes.starts_with(b"ARROW1") {
            Some(Self::ArrowFile)
        } else if bytes.starts_with(&[0xff, 0xff, 0xff, 0xff]) {
            Some(Self::ArrowStream)
        } else {
            None
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::ArrowFile => "Arrow",
            Self::ArrowStream => "an Arrow stream",
        }
    }
}

/// Where a part of a record stands.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a column.
    Column(usize),
    /// It is always this text.
    Constant(String),
}

/// What the columns of a file are, and how its rows become records.
#[derive(Debug)]
pub(crate) struct Table {
    /// Their names.
    pub columns: Vec<String>,
    /// For contact, time, event and id.
    pub origins: [Option<Place>; 4],
    /// The zone of times that name none.
    pub zone: TimeZone,
}

/// Some rows of a file after one another, as they lie in columns.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// What their columns are.
    pub table: Arc<Table>,
    /// The rows.
    pub rows: RecordBatch,
    /// How many rows of the log stand before them.
    pub before: u64,
}

impl Block {
    /// A row as a record, by all the rules.
    ///
    /// # Errors
    /// The row as it is set aside where it is none.
    pub fn record(&self, row: usize) -> Result<Record, SetAside> {
        let position = self.before + row as u64 + 1;
        let table = &*self.table;
        let [contact, time, event, id] = table.origins.clone().map(|place| match place? {
            Place::Column(at) => Some(raw(self.rows.column(at), row)),
            Place::Constant(text) => Some(Raw::Text(text)),
        });
        let mut properties = BTreeMap::new();
        for (at, name) in table.properties() {
            let value = raw(self.rows.column(at), row);
            if value != Raw::Missing {
                add_property(&mut properties, name, value);
            }
        }
        let record = Parts { contact, time, event, id, properties }.into_record(&table.zone);
        let told = |(reason, detail)| SetAside { position, reason, detail, record: self.told(row) };
        record.map(|record| Record { position, ..record }).map_err(told)
    }

    /// A row as it stands in the file.
    fn told(&self, row: usize) -> String {
        let cells = self.table.columns.iter().enumerate().map(|(at, name)| (name.clone(), raw(self.rows.column(at), row)));
        Raw::object(&cells.filter(|(_, value)| *value != Raw::Missing).collect())
    }
}

impl Table {
    /// The columns that are properties, with their places and names.
    pub fn properties(&self) -> impl Iterator<Item = (usize, &str)> {
        let used = |at: usize| self.origins.iter().flatten().any(|place| matches!(place, Place::Column(used) if *used == at));
        self.columns.iter().map(String::as_str).enumerate().filter(move |(at, name)| !used(*at) && !name.is_empty())
    }
}

enum Batches<R> {
    File(Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>),
    Stream(Box<StreamReader<R>>),
}

impl<R: Read> Batches<R> {
    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        match self {
            Self::File(batches) => batches.next(),
            Self::Stream(batches) => batches.next(),
        }
    }
}

/// The rows of a file.
pub(super) struct Rows<R> {
    container: Container,
    batches: Batches<R>,
    table: Arc<Table>,
    /// The places of the columns of UUIDs.
    uuids: Vec<usize>,
    block: Option<Block>,
    /// Which row of the block is next.
    row: usize,
    /// Rows that were read.
    before: u64,
    error: Option<io::Error>,
}

impl<R: Read> Rows<R> {
    /// The rows of a file on a disk; nothing for a stream, which is read as it comes.
    ///
    /// # Errors
    /// [`InputError`] where it cannot be read, or lacks a column that every record needs.
    pub fn of_file(container: Container, file: File, reading: &Reading) -> Result<Option<Self>, InputError> {
        match container {
            Container::Parquet => Self::parquet(file, reading).map(Some),
            Container::ArrowFile => Self::arrow_file(BufReader::new(file), reading).map(Some),
            Container::ArrowStream => Ok(None),
        }
    }

    /// The rows of what can be read once only. A stream goes by, anything else is held in memory, since its table of contents
    /// stands at its end.
    ///
    /// # Errors
    /// [`InputError`] where it cannot be read, or lacks a column that every record needs.
    pub fn of_reader(container: Container, mut reader: R, reading: &Reading) -> Result<Self, InputError> {
        let mut all = || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        };
        match container {
            Container::Parquet => Self::parquet(Bytes::from(all()?), reading),
            Container::ArrowFile => Self::arrow_file(Cursor::new(all()?), reading),
            Container::ArrowStream => {
                let batches = StreamReader::try_new(reader, None).map_err(|error| broken(container, &error))?;
                let schema = batches.schema();
                Self::new(container, (&schema, &[]), Batches::Stream(Box::new(batches)), reading)
            }
        }
    }

    fn parquet(file: impl ChunkReader + 'static, reading: &Reading) -> Result<Self, InputError> {
        let broken = |error| broken(Container::Parquet, &error);
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(broken)?;
        let metadata = with_texts_as_they_lie(&metadata).unwrap_or(metadata);
        let (mask, uuids) = (projection(&metadata, reading), uuids::in_parquet(metadata.parquet_schema()));
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let batches = builder.with_batch_size(ROWS).with_projection(mask).build().map_err(broken)?;
        Self::new(Container::Parquet, (&batches.schema(), &uuids), Batches::File(Box::new(batches)), reading)
    }

    fn arrow_file(mut file: impl BufRead + Seek + Send + 'static, reading: &Reading) -> Result<Self, InputError> {
        let broken = |error| broken(Container::ArrowFile, &error);
        let schema = FileReader::try_new(&mut file, None).map_err(broken)?.schema();
        let batches = FileReader::try_new(file, asked(&schema, reading)).map_err(broken)?;
        Self::new(Container::ArrowFile, (&batches.schema(), &[]), Batches::File(Box::new(batches)), reading)
    }

    /// The rows of batches of a schema; columns of these names hold UUIDs, as do those that say so in the schema.
    fn new(
        container: Container,
        (schema, uuids): (&SchemaRef, &[String]),
        batches: Batches<R>,
        reading: &Reading,
    ) -> Result<Self, InputError> {
        let columns = names(schema);
        let place = |field: Field| match reading.mapping.flat_origin(field) {
            None => Ok(None),
            Some(Origin::Constant(text)) => Ok(Some(Place::Constant(text))),
            Some(Origin::Field(wanted)) => match column(&columns, field, &wanted)? {
                Some(at) => Ok(Some(Place::Column(at))),
                None => Err(InputError::NoColumn { field: field.word(), wanted, columns: columns.clone() }),
            },
        };
        let origins = [place(Field::Contact)?, place(Field::Time)?, place(Field::Event)?, place(Field::Id)?];
        let table = Arc::new(Table { columns, origins, zone: reading.zone.clone() });
        let uuids = uuids::places(schema, uuids);
        Ok(Self { container, batches, table, uuids, block: None, row: 0, before: 0, error: None })
    }

    /// What it is, in words.
    pub fn described(&self) -> String {
        format!("{} of {} columns", self.container.words(), self.table.columns.len())
    }

    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The next record.
    pub fn next(&mut self) -> Option<Result<Record, SetAside>> {
        loop {
            if let Some(block) = self.block.as_ref().filter(|block| self.row < block.rows.num_rows()) {
                self.row += 1;
                return Some(block.record(self.row - 1));
            }
            self.block = Some(self.next_block()?);
            self.row = 0;
        }
    }

    /// What is left of a block of which some records were taken, or the next block.
    pub fn block(&mut self) -> Option<Block> {
        let Some(begun) = self.block.take().filter(|block| self.row < block.rows.num_rows()) else { return self.next_block() };
        let (row, left) = (self.row, begun.rows.num_rows() - self.row);
        Some(Block { rows: begun.rows.slice(row, left), before: begun.before + row as u64, ..begun })
    }

    fn next_block(&mut self) -> Option<Block> {
        if self.error.is_some() {
            return None;
        }
        match self.batches.next()?.and_then(|rows| uuids::spelled(rows, &self.uuids)) {
            Ok(rows) => {
                let before = self.before;
                self.before += rows.num_rows() as u64;
                Some(Block { table: Arc::clone(&self.table), rows, before })
            }
            Err(error) => {
                let words = format!("behind row {} this is no longer {}: {error}", self.before, self.container.words());
                self.error = Some(io::Error::new(io::ErrorKind::InvalidData, words));
                None
            }
        }
    }
}

/// The columns that are read, where that is not all: those that are asked for and those that every record needs.
fn asked(schema: &Schema, reading: &Reading) -> Option<Vec<usize>> {
    let only = reading.only.as_ref()?;
    let parts = [Field::Contact, Field::Time, Field::Event, Field::Id].map(|field| reading.mapping.flat_origin(field));
    let is_part = |name: &str| parts.iter().flatten().any(|origin| matches!(origin, Origin::Field(wanted) if wanted == name));
    let names = schema.fields().iter().map(|field| field.name());
    let is_asked = |name: &str| is_part(name) || only.contains(&word(name));
    Some(names.enumerate().filter(|(_, name)| is_asked(name)).map(|(at, _)| at).collect())
}

/// The same for a Parquet file.
fn projection(metadata: &ArrowReaderMetadata, reading: &Reading) -> ProjectionMask {
    asked(metadata.schema(), reading).map_or_else(ProjectionMask::all, |roots| ProjectionMask::roots(metadata.parquet_schema(), roots))
}

/// The same file with its columns of texts as they lie in it: as dictionaries where all pages are, else each where its page has it.
fn with_texts_as_they_lie(metadata: &ArrowReaderMetadata) -> Option<ArrowReaderMetadata> {
    let file = metadata.metadata();
    let leaves = file.file_metadata().schema_descr().columns();
    let is_dictionary = |chunk: &ColumnChunkMetaData| {
        let has_all =
            |mask: &parquet::basic::EncodingMask| mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY);
        chunk.dictionary_page_offset().is_some() && chunk.page_encoding_stats_mask().is_some_and(has_all)
    };
    let kept = |name: &str| {
        let leaf = leaves.iter().position(|leaf| leaf.path().parts() == [name])?;
        file.row_groups().iter().all(|group| is_dictionary(group.column(leaf))).then_some(())
    };
    let fields = metadata.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 if kept(field.name()).is_some() => {
            let ty = DataType::Dictionary(Box::new(DataType::Int32), Box::new(field.data_type().clone()));
            Arc::new(field.as_ref().clone().with_data_type(ty))
        }
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    ArrowReaderMetadata::try_new(Arc::clone(file), ArrowReaderOptions::new().with_schema(Arc::new(schema))).ok()
}

fn names(schema: &SchemaRef) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

fn broken(container: Container, error: &dyn std::fmt::Display) -> InputError {
    let words = format!("this begins as {}, and cannot be read as such: {error}", container.words());
    InputError::Io(io::Error::new(io::ErrorKind::InvalidData, words))
}
