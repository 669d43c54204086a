//! What a faster reader needs to read the lines of an input itself, on several threads: how they are laid out where that is simple, and
//! what a line is by the rules of this module.

#[cfg(feature = "columns")]
use super::columns::Block;
use super::{
    Line, Lines, Reading, Records, Source, csv, enriched, json,
    layout::{Form, Layout},
    mapping::{Field, Mapping, Origin},
};
use crate::runtime::record::{Record, SetAside};
use std::io::{self, BufRead};

/// How the lines of an input are laid out, where each is a record of its own.
#[derive(Clone)]
pub(crate) struct Plain {
    /// Where everything stands, if each line is a record as it is, with its parts beside each other.
    pub flat: Option<Flat>,
    /// Where everything stands, if each line is an object of an export as it usually is.
    pub form: Option<&'static Form>,
    /// For a table: its separator and columns.
    pub table: Option<(u8, Vec<String>)>,
    lone: Lone,
}

/// Where the parts of a record stand.
#[derive(Clone)]
pub(crate) struct Flat {
    /// Where contact and time stand: names of fields.
    pub contact: String,
    /// Where the time stands.
    pub time: String,
    /// Where the event stands, or which it always is.
    pub event: Result<String, String>,
    /// Where the id stands, if it has one.
    pub id: Option<String>,
}

#[derive(Clone)]
enum Lone {
    Object(Reading, Layout),
    Row(Reading, csv::Table),
    Enriched(Reading),
}

impl Flat {
    fn new(mapping: &Mapping) -> Option<Self> {
        let field = |field| match mapping.flat_origin(field) {
            Some(Origin::Field(name)) => Some(name),
            Some(Origin::Constant(_)) | None => None,
        };
        let event = match mapping.flat_origin(Field::Event)? {
            Origin::Field(name) => Ok(name),
            Origin::Constant(word) => Err(word),
        };
        let id = match mapping.flat_origin(Field::Id) {
            Some(Origin::Field(name)) => Some(name),
            Some(Origin::Constant(_)) => return None,
            None => None,
        };
        Some(Self { contact: field(Field::Contact)?, time: field(Field::Time)?, event, id })
    }
}

impl Plain {
    /// A line as a record, by all the rules.
    pub fn record(&self, number: u64, bytes: &[u8]) -> Result<Record, SetAside> {
        let line = Line { number, begin: 0, bytes: bytes.to_vec() };
        let record = match &self.lone {
            Lone::Object(reading, layout) => json::record(line.text()?, &mut Some(*layout), reading),
            Lone::Enriched(reading) => enriched::record(line.text()?, reading),
            Lone::Row(reading, table) => return table.lone(line, reading),
        };
        record.map(|record| Record { position: number, ..record }).map_err(|(reason, detail)| line.set_aside(reason, detail))
    }

    /// Whether a line of a table goes on behind its end, in quotes.
    pub fn goes_on(&self, bytes: &[u8]) -> bool {
        self.table.as_ref().is_some_and(|(separator, _)| csv::is_open(bytes, *separator))
    }
}

impl<R: BufRead> Records<R> {
    /// How lines are laid out, if each is a record and none that was looked at is still to be handed out.
    pub(crate) fn plain(&self) -> Option<Plain> {
        let reading = &self.reading;
        match &self.source {
            Source::Json(lines, Some(layout)) if lines.back.is_empty() => {
                let flat = if *layout == Layout::Flat { Flat::new(&reading.mapping) } else { None };
                let form = layout.form().filter(|_| reading.mapping == Mapping::default());
                Some(Plain { flat, form, table: None, lone: Lone::Object(reading.clone(), *layout) })
            }
            Source::Csv(lines, table) if lines.back.is_empty() => {
                let columns = table.columns().to_vec();
                let lone = Lone::Row(reading.clone(), table.clone());
                Some(Plain { flat: Flat::new(&reading.mapping), form: None, table: Some((table.separator(), columns)), lone })
            }
            Source::SnowplowTsv(lines) if lines.back.is_empty() => {
                Some(Plain { flat: None, form: None, table: None, lone: Lone::Enriched(reading.clone()) })
            }
            Source::Json(..) | Source::Csv(..) | Source::SnowplowTsv(_) | Source::Xes(_) => None,
            #[cfg(feature = "columns")]
            Source::Columns(_) => None,
        }
    }

    /// The next rows of a log in columns, as they lie there; nothing at the end, and of any other log.
    #[cfg(feature = "columns")]
    pub(crate) fn block(&mut self) -> Option<Block> {
        match &mut self.source {
            Source::Columns(rows) => rows.block(),
            Source::Json(..) | Source::Csv(..) | Source::SnowplowTsv(_) | Source::Xes(_) => None,
        }
    }

    fn lines_mut(&mut self) -> Option<&mut Lines<R>> {
        match &mut self.source {
            Source::Json(lines, _) | Source::Csv(lines, _) | Source::SnowplowTsv(lines) => Some(lines),
            Source::Xes(_) => None,
            #[cfg(feature = "columns")]
            Source::Columns(_) => None,
        }
    }

    /// So many bytes of the input at least, and on to the end of a line, in a buffer that is used again; the number of the first line.
    /// Nothing at the end.
    pub(crate) fn chunk(&mut self, least: usize, mut bytes: Vec<u8>) -> Option<(u64, Vec<u8>)> {
        let lines = self.lines_mut()?;
        bytes.clear();
        bytes.reserve(least.saturating_add(1 << 12));
        let read = some(&mut lines.reader, least, &mut bytes);
        if let Err(error) = read {
            lines.error = Some(error);
            let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            bytes.truncate(end);
        }
        lines.offset += bytes.len() as u64;
        let first = lines.number + 1;
        let ends = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        lines.number += ends + u64::from(!bytes.is_empty() && !bytes.ends_with(b"\n"));
        (!bytes.is_empty()).then_some((first, bytes))
    }

    /// Puts lines back that were taken as a chunk, from this one on.
    pub(crate) fn put_back(&mut self, first: u64, bytes: &[u8]) {
        let Some(lines) = self.lines_mut() else { return };
        let all = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
        let mut begin = lines.offset - bytes.len() as u64;
        for (number, line) in (first..).zip(all) {
            lines.back.push_back(Line { number, begin, bytes: line.strip_suffix(b"\r").unwrap_or(line).to_vec() });
            begin += line.len() as u64 + 1;
        }
    }
}

/// A read that brings less is taken for all that there is for now, as when somebody types or another program writes now and then.
const SHORT: usize = 1 << 12;

/// Reads so many bytes, and on to the end of a line; fewer where no more lines are there yet.
fn some(reader: &mut impl BufRead, least: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    while bytes.len() < least {
        let there = reader.fill_buf()?;
        if there.is_empty() {
            return Ok(());
        }
        let taken = there.len().min(least - bytes.len());
        let is_short = there.len() < SHORT;
        bytes.extend_from_slice(&there[..taken]);
        reader.consume(taken);
        if is_short && bytes.ends_with(b"\n") {
            return Ok(());
        }
    }
    if !bytes.ends_with(b"\n") {
        reader.read_until(b'\n', bytes)?;
    }
    Ok(())
}
