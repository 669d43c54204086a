//! Event logs as records: NDJSON, CSV, XES, Snowplow's tabs, Parquet and Arrow, in the layouts that people already have.
//!
//! *Flat*: the fields `contact`, `time` and `event`; all others are properties. *Track*: the calls of Segment and
//! RudderStack, recognised by the first object of an NDJSON file (`type` with `userId` or `anonymousId`): `track` is its event,
//! `identify` sets attributes from its traits, `page`, `screen` and others are events of those names; `messageId` is the
//! record's id. A [`Mapping`] says which fields to use instead, or constants.
//! Names that are no words of the language are made so: `Order Completed` is `order_completed`.
//! Nothing is lost: what cannot be read is set aside with its line, and reading goes on behind it. An empty cell of a table
//! says nothing, so a table of many events need not fill in all columns; JSON's `null` is a missing value.

#[cfg(feature = "columns")]
mod cell;
#[cfg(feature = "columns")]
mod columns;
mod csv;
mod enriched;
mod json;
mod layout;
mod mapping;
mod plain;
#[cfg(feature = "columns")]
mod uuids;
mod xes;

#[cfg(feature = "columns")]
pub(crate) use cell::raw;
#[cfg(feature = "columns")]
pub(crate) use columns::{Block, Place as ColumnPlace};
pub(crate) use json::json_of;
pub(crate) use layout::Form;
pub use layout::{Layout, fields};
pub use mapping::{Field, Mapping, MappingError};
pub(crate) use plain::{Flat, Plain};

use super::{
    instant,
    record::{Raw, Reason, Record, SetAside},
};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, BufRead, Chain, Cursor, Read},
};
#[cfg(feature = "columns")]
use std::{fs::File, io::Seek};

/// How an input is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A table with a head line; columns are separated by `,`, `;` or tabs, whichever the head line has most of.
    Csv,
    /// Enriched events of Snowplow: one a line, 131 fields between tabs, no head line.
    SnowplowTsv,
    /// XES, in XML.
    Xes,
}

/// How to read an input.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format; without it, an input that begins with `{` is NDJSON, with `<` XES, with an enriched event such events, and any
    /// other CSV.
    pub format: Option<Format>,
    /// How objects are laid out; without it, as the first one is.
    pub layout: Option<Layout>,
    /// Which fields to use.
    pub mapping: Mapping,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The names of the properties that anybody asks for, where the others need not be read: columns of Parquet with other names
    /// are passed over.
    pub only: Option<Vec<String>>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { format: None, layout: None, mapping: Mapping::default(), zone: TimeZone::UTC, only: None }
    }
}

/// Why an input cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file does not yield its bytes.
    #[error("the events cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file holds something else than lines of text.
    #[error("{0}")]
    Kind(&'static str),
    /// A table lacks a column that every record needs.
    #[error(
        "there is no column `{wanted}` for the {field} of a record; the columns are {}; map one with `{field}=COLUMN`, or the same for all with `{field}=\"TEXT\"` (in a shell, put quotes around the whole)",
        columns.join(", ")
    )]
    NoColumn {
        /// For which part of a record.
        field: &'static str,
        /// The column looked for.
        wanted: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A table has two columns of the name of one that every record needs.
    #[error(
        "the column `{wanted}` is there twice, and either could be the {field} of a record: rename one, or say another with `{field}=COLUMN`"
    )]
    Twice {
        /// For which part of a record.
        field: &'static str,
        /// The name of both.
        wanted: String,
    },
}

/// Which column holds a part of a record; nothing where there is none.
///
/// # Errors
/// [`InputError::Twice`] where it could be either of two.
fn column(columns: &[String], field: Field, wanted: &str) -> Result<Option<usize>, InputError> {
    let mut found = (0..).zip(columns).filter(|(_, column)| *column == wanted).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(InputError::Twice { field: field.word(), wanted: wanted.to_owned() }),
        (first, _) => Ok(first),
    }
}

/// The records of an input, in its order, with those that cannot be read between them.
pub struct Records<R> {
    source: Source<R>,
    reading: Reading,
}

enum Source<R> {
    Json(Lines<R>, Option<Layout>),
    Csv(Lines<R>, csv::Table),
    SnowplowTsv(Lines<R>),
    Xes(xes::Log<Chain<Cursor<Vec<u8>>, R>>),
    #[cfg(feature = "columns")]
    Columns(columns::Rows<R>),
}

impl<R: BufRead> Records<R> {
    /// The records of a file on a disk that is one of columns, of which not all has to be in memory; nothing for any other.
    ///
    /// # Errors
    /// [`InputError`] where it cannot be read, or lacks a column that every record needs.
    #[cfg(feature = "columns")]
    pub fn of_columns(mut file: File, reading: &Reading) -> Result<Option<Self>, InputError> {
        // A pipe gives its bytes once.
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let mut beginning = [0; 6];
        let read = file.read(&mut beginning)?;
        file.rewind()?;
        let beginning = beginning.get(..read).unwrap_or_default();
        let Some(container) = columns::Container::of(beginning).filter(|_| reading.format.is_none()) else { return Ok(None) };
        let rows = columns::Rows::of_file(container, file, reading)?;
        Ok(rows.map(|rows| Self { source: Source::Columns(rows), reading: reading.clone() }))
    }

    /// Looks at the beginning of an input.
    ///
    /// # Errors
    /// [`InputError`] where it cannot be read, or is a table without the columns that every record needs.
    pub fn new(reader: R, reading: Reading) -> Result<Self, InputError> {
        #[cfg(feature = "columns")]
        let mut reader = reader;
        #[cfg(feature = "columns")]
        if let Some(container) = columns::Container::of(reader.fill_buf()?).filter(|_| reading.format.is_none()) {
            let rows = columns::Rows::of_reader(container, reader, &reading)?;
            return Ok(Self { source: Source::Columns(rows), reading });
        }
        let mut lines = Lines { reader, number: 0, offset: 0, is_open: false, back: VecDeque::new(), error: None };
        let first = lines.next_filled();
        let beginning = first.as_ref().map_or(&[][..], |line| &line.bytes);
        if let Some(reason) = other_kind(beginning) {
            return Err(InputError::Kind(reason));
        }
        let format = reading.format.unwrap_or_else(|| Format::of(beginning));
        lines.back.extend(first);
        let source = match format {
            Format::Csv => {
                let table = csv::Table::head(&mut lines, &reading.mapping)?;
                Source::Csv(lines, table)
            }
            Format::Ndjson => Source::Json(lines, reading.layout),
            Format::SnowplowTsv => Source::SnowplowTsv(lines),
            Format::Xes => {
                let line = lines.back.front().map_or(1, |line| line.number);
                lines.error.take().map_or(Ok(()), Err)?;
                Source::Xes(xes::Log::new(lines.into_reader(), line))
            }
        };
        let mut records = Self { source, reading };
        match records.take_error() {
            Some(error) => Err(error.into()),
            None => Ok(records),
        }
    }

    /// What was seen of the format and layout, in words; of objects, behind the first.
    #[must_use]
    pub fn described(&self) -> String {
        match &self.source {
            Source::Csv(_, table) => table.described(),
            Source::Json(_, None) => "empty".to_owned(),
            Source::Json(_, Some(layout)) => format!("NDJSON, {}", layout.words()),
            Source::SnowplowTsv(_) => format!("tabs, {}", Layout::Snowplow.words()),
            Source::Xes(_) => "XES, traces and their events".to_owned(),
            #[cfg(feature = "columns")]
            Source::Columns(rows) => rows.described(),
        }
    }

    /// The lines, of an input that has them.
    fn lines(&self) -> Option<&Lines<R>> {
        match &self.source {
            Source::Json(lines, _) | Source::Csv(lines, _) | Source::SnowplowTsv(lines) => Some(lines),
            Source::Xes(_) => None,
            #[cfg(feature = "columns")]
            Source::Columns(_) => None,
        }
    }

    /// How far the input was read: behind the last record that was returned; nothing for one that is not read line by line.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let lines = self.lines()?;
        Some(match lines.back.front() {
            Some(line) => Place { offset: line.begin, line: line.number - 1 },
            // A line whose end is still to come is counted with its end.
            None => Place { offset: lines.offset, line: lines.number - u64::from(lines.is_open) },
        })
    }

    /// Goes on at a place with another reader, which begins there; the layout stays the one that was seen so far. An input that is
    /// not read line by line stays as it is.
    pub fn resume(&mut self, reader: R, place: Place) {
        let rest = Lines { reader, number: place.line, offset: place.offset, is_open: false, back: VecDeque::new(), error: None };
        match &mut self.source {
            Source::Json(lines, _) | Source::Csv(lines, _) | Source::SnowplowTsv(lines) => *lines = rest,
            Source::Xes(_) => {}
            #[cfg(feature = "columns")]
            Source::Columns(_) => {}
        }
    }

    /// Whether the input ended within the record that was returned last, so that more of it may come: a line without its end that is
    /// no whole object, or a cell whose quote was not closed.
    #[must_use]
    pub fn ended_within(&self, last: &Result<Record, SetAside>) -> bool {
        let has_cells = matches!(self.source, Source::Csv(..) | Source::SnowplowTsv(_));
        self.lines().is_some_and(|lines| lines.is_open) && (has_cells || last.is_err())
    }

    /// The error that ended the input early, if one did. Ask when the records are used up.
    pub fn take_error(&mut self) -> Option<io::Error> {
        match &mut self.source {
            Source::Json(lines, _) | Source::Csv(lines, _) | Source::SnowplowTsv(lines) => lines.error.take(),
            Source::Xes(log) => log.take_error(),
            #[cfg(feature = "columns")]
            Source::Columns(rows) => rows.take_error(),
        }
    }
}

impl Format {
    /// The format of an input that begins with this line.
    fn of(line: &[u8]) -> Self {
        match line.trim_ascii_start().first() {
            None | Some(b'{') => Self::Ndjson,
            Some(b'<') => Self::Xes,
            Some(_) if enriched::is_event(line) => Self::SnowplowTsv,
            Some(_) => Self::Csv,
        }
    }
}

/// The next line as a record.
fn by_line<R: BufRead>(
    lines: &mut Lines<R>,
    read: impl FnOnce(&str) -> Result<Record, (Reason, String)>,
) -> Option<Result<Record, SetAside>> {
    let line = lines.next_filled()?;
    let record = line.text().and_then(|text| read(text).map_err(|(reason, detail)| line.set_aside(reason, detail)));
    Some(record.map(|record| Record { position: line.number, ..record }))
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, SetAside>;

    fn next(&mut self) -> Option<Self::Item> {
        let reading = &self.reading;
        match &mut self.source {
            Source::Csv(lines, table) => table.next(lines, reading),
            Source::Json(lines, layout) => by_line(lines, |text| json::record(text, layout, reading)),
            Source::SnowplowTsv(lines) => by_line(lines, |text| enriched::record(text, reading)),
            Source::Xes(log) => log.next(reading),
            #[cfg(feature = "columns")]
            Source::Columns(rows) => rows.next(),
        }
    }
}

/// A place between two records of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// So many bytes stand before it.
    pub offset: u64,
    /// So many ends of lines.
    pub line: u64,
}

/// A line of the input, without its end.
#[derive(Clone, Debug)]
struct Line {
    /// From 1.
    number: u64,
    /// So many bytes stand before it.
    begin: u64,
    bytes: Vec<u8>,
}

impl Line {
    fn text(&self) -> Result<&str, SetAside> {
        std::str::from_utf8(&self.bytes).map_err(|_| self.set_aside(Reason::Malformed, "it is not UTF-8".to_owned()))
    }

    fn set_aside(&self, reason: Reason, detail: String) -> SetAside {
        SetAside { position: self.number, reason, detail, record: String::from_utf8_lossy(&self.bytes).into_owned() }
    }
}

/// The lines of an input; some may be put back.
struct Lines<R> {
    reader: R,
    number: u64,
    /// So many bytes were read.
    offset: u64,
    /// The input ended within the last record.
    is_open: bool,
    back: VecDeque<Line>,
    error: Option<io::Error>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Option<Line> {
        if let Some(line) = self.back.pop_front() {
            return Some(line);
        }
        let mut bytes = Vec::new();
        match self.reader.read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(read) => {
                let begin = self.offset;
                self.number += 1;
                self.offset += u64::try_from(read).unwrap_or(u64::MAX);
                self.is_open = !bytes.ends_with(b"\n");
                if bytes.ends_with(b"\n") {
                    bytes.pop();
                }
                if bytes.ends_with(b"\r") {
                    bytes.pop();
                }
                if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                    bytes.drain(..3);
                }
                Some(Line { number: self.number, begin, bytes })
            }
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// All from the lines that were put back on.
    fn into_reader(self) -> Chain<Cursor<Vec<u8>>, R> {
        let back: Vec<u8> = self.back.into_iter().flat_map(|line| [line.bytes, b"\n".to_vec()].concat()).collect();
        Cursor::new(back).chain(self.reader)
    }

    /// The next line that is not blank.
    fn next_filled(&mut self) -> Option<Line> {
        loop {
            let line = self.next()?;
            if !line.bytes.trim_ascii().is_empty() {
                return Some(line);
            }
        }
    }
}

/// What a file is that begins so, where it cannot be read as it is.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(b"\x1f\x8b") || begins(b"\x28\xb5\x2f\xfd") || begins(b"PK\x03\x04") {
        Some("this log is compressed; unpack it first, and give the unpacked file or `--events -` for standard input")
    } else if begins(b"PAR1") || begins(b"ARROW1") {
        Some("this log is a Parquet or Arrow file, which this funnelc is built without; write it as CSV or NDJSON first")
    } else if begins(b"Obj\x01") || begins(b"ORC") {
        Some("this log is an Avro or ORC file; write it as Parquet, CSV or NDJSON first")
    } else if begins(b"\xff\xfe") || begins(b"\xfe\xff") {
        Some("this log is written in UTF-16; save it as UTF-8 first")
    } else if bytes.trim_ascii() == b"{" {
        Some("this log is JSON over several lines; write one object a line (NDJSON) instead, as `jq -c .` does")
    } else if bytes.trim_ascii_start().starts_with(b"[") {
        Some("this log is one JSON array; write one object a line (NDJSON) instead, as `jq -c '.[]'` does")
    } else {
        None
    }
}

/// The parts of a record as they were found.
#[derive(Debug, Default)]
struct Parts {
    contact: Option<Raw>,
    time: Option<Raw>,
    event: Option<Raw>,
    id: Option<Raw>,
    properties: BTreeMap<String, Raw>,
}

/// A part as a text; nothing where it is missing or empty.
///
/// # Errors
/// What it is instead, as the end of a sentence.
pub(crate) fn as_text(raw: Option<Raw>) -> Result<Option<String>, String> {
    match raw {
        None | Some(Raw::Missing) => Ok(None),
        Some(Raw::Text(text) | Raw::Cell(text) | Raw::Number(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        // What columns hold and JSON does not, as a text.
        Some(Raw::Other(text)) if text.starts_with('"') => Err(format!(", but {}", text.trim_matches('"'))),
        Some(Raw::Flag(_) | Raw::List(_) | Raw::Other(_)) => Err(String::new()),
    }
}

impl Parts {
    fn into_record(self, zone: &TimeZone) -> Result<Record, (Reason, String)> {
        let wrong = |what: &str, but: String| (Reason::Malformed, format!("its {what} is neither a text nor a number{but}"));
        let contact = as_text(self.contact).map_err(|but| wrong("contact", but))?;
        let time = as_text(self.time).map_err(|but| wrong("time", but))?.ok_or_else(|| (Reason::Malformed, "it has no time".to_owned()))?;
        let event =
            as_text(self.event).map_err(|but| wrong("event", but))?.ok_or_else(|| (Reason::Malformed, "it has no event".to_owned()))?;
        let id = as_text(self.id).map_err(|but| wrong("id", but))?;
        let contact = contact.ok_or_else(|| (Reason::NoContact, "it names no contact".to_owned()))?;
        let bad_time = || (Reason::Malformed, format!("`{time}` is not a time such as 2026-03-02T10:00:00Z"));
        let time_ms = instant::parse(&time, zone).ok_or_else(bad_time)?;
        Ok(Record { time_ms, contact, event: word(&event), properties: self.properties, id, position: 0 })
    }
}

/// A name as a word of the language: as it is if it is one, else in lower case, with `_` for whatever stands between words.
#[must_use]
pub fn word(name: &str) -> String {
    let name = name.trim();
    if name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return name.to_owned();
    }
    let lower = name.to_lowercase();
    let parts: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

/// Adds a property under its word; one whose name is a word already goes before others that become it.
fn add_property(properties: &mut BTreeMap<String, Raw>, name: &str, raw: Raw) {
    let word = word(name);
    if word == name {
        properties.insert(word, raw);
    } else {
        properties.entry(word).or_insert(raw);
    }
}
