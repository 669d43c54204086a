//! Parquet and Arrow (IPC files, Feather files, IPC streams) as records: a row is a record, a column a property.
//!
//! The columns `contact`, `time` and `event` are what they are in a table of text, and a [`super::Mapping`] says which others to
//! use. A column has a type, so a text of digits stays a text, and an instant needs no reading; one without a zone is a clock
//! time, as in a text. A missing value says nothing, as an empty cell does. Columns of dictionaries are read by their values.
//! Deliberately absent: exports of other tools in columns; structs and maps are kept as what no type takes.

use super::{
    InputError, Parts, Reading, add_property,
    cell::raw,
    mapping::{Field, Origin},
};
use crate::runtime::record::{Raw, Record, SetAside};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use parquet::{arrow::arrow_reader::ParquetRecordBatchReaderBuilder, file::reader::ChunkReader};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read, Seek},
};

/// So many rows are read at a time.
const ROWS: usize = 4096;

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
enum Place {
    Column(usize),
    Constant(String),
}

enum Batches<R> {
    File(Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>),
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
    columns: Vec<String>,
    /// For contact, time, event and id.
    origins: [Option<Place>; 4],
    batch: Option<RecordBatch>,
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
                Self::new(container, &schema, Batches::Stream(Box::new(batches)), reading)
            }
        }
    }

    fn parquet(file: impl ChunkReader + 'static, reading: &Reading) -> Result<Self, InputError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(Container::Parquet, &error))?;
        let batches = builder.with_batch_size(ROWS).build().map_err(|error| broken(Container::Parquet, &error))?;
        Self::new(Container::Parquet, &batches.schema(), Batches::File(Box::new(batches)), reading)
    }

    fn arrow_file(file: impl BufRead + Seek + 'static, reading: &Reading) -> Result<Self, InputError> {
        let batches = FileReader::try_new(file, None).map_err(|error| broken(Container::ArrowFile, &error))?;
        Self::new(Container::ArrowFile, &batches.schema(), Batches::File(Box::new(batches)), reading)
    }

    fn new(container: Container, schema: &SchemaRef, batches: Batches<R>, reading: &Reading) -> Result<Self, InputError> {
        let columns = names(schema);
        let place = |field: Field| match reading.mapping.flat_origin(field) {
            None => Ok(None),
            Some(Origin::Constant(text)) => Ok(Some(Place::Constant(text))),
            Some(Origin::Field(wanted)) => match columns.iter().position(|column| *column == wanted) {
                Some(at) => Ok(Some(Place::Column(at))),
                None => Err(InputError::NoColumn { field: field.word(), wanted, columns: columns.clone() }),
            },
        };
        let origins = [place(Field::Contact)?, place(Field::Time)?, place(Field::Event)?, place(Field::Id)?];
        Ok(Self { container, batches, columns, origins, batch: None, row: 0, before: 0, error: None })
    }

    /// What it is, in words.
    pub fn described(&self) -> String {
        format!("{} of {} columns", self.container.words(), self.columns.len())
    }

    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The next record.
    pub fn next(&mut self, reading: &Reading) -> Option<Result<Record, SetAside>> {
        loop {
            if let Some(batch) = self.batch.as_ref().filter(|batch| self.row < batch.num_rows()) {
                self.before += 1;
                self.row += 1;
                return Some(self.record(batch, self.row - 1, reading));
            }
            self.row = 0;
            self.batch = match self.batches.next()? {
                Ok(batch) => Some(batch),
                Err(error) => {
                    let words = format!("behind row {} this is no longer {}: {error}", self.before, self.container.words());
                    self.error = Some(io::Error::new(io::ErrorKind::InvalidData, words));
                    return None;
                }
            };
        }
    }

    fn record(&self, batch: &RecordBatch, row: usize, reading: &Reading) -> Result<Record, SetAside> {
        let [contact, time, event, id] = self.origins.clone().map(|place| match place? {
            Place::Column(at) => Some(raw(batch.column(at), row)),
            Place::Constant(text) => Some(Raw::Text(text)),
        });
        let used = |at: usize| self.origins.iter().flatten().any(|place| matches!(place, Place::Column(used) if *used == at));
        let mut properties = BTreeMap::new();
        for (at, name) in self.columns.iter().enumerate().filter(|(at, name)| !used(*at) && !name.is_empty()) {
            let value = raw(batch.column(at), row);
            if value != Raw::Missing {
                add_property(&mut properties, name, value);
            }
        }
        let record = Parts { contact, time, event, id, properties }.into_record(&reading.zone);
        let told = |(reason, detail)| SetAside { position: self.before, reason, detail, record: self.told(batch, row) };
        record.map(|record| Record { position: self.before, ..record }).map_err(told)
    }

    /// A row as it stands in the file.
    fn told(&self, batch: &RecordBatch, row: usize) -> String {
        let cells = self.columns.iter().enumerate().map(|(at, name)| (name.clone(), raw(batch.column(at), row)));
        Raw::object(&cells.filter(|(_, value)| *value != Raw::Missing).collect())
    }
}

fn names(schema: &SchemaRef) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

fn broken(container: Container, error: &dyn std::fmt::Display) -> InputError {
    let words = format!("this begins as {}, and cannot be read as such: {error}", container.words());
    InputError::Io(io::Error::new(io::ErrorKind::InvalidData, words))
}
