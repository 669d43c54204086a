//! A table as records.
//!
//! Written by hand because nothing may be lost: of a record that spans lines and does not fit the head (most often after a
//! quote that was never closed) only the first line is set aside, and reading goes on with the second.

use super::{
    InputError, Line, Lines, Parts, Reading, add_property, column,
    mapping::{Field, Mapping, Origin},
};
use crate::runtime::record::{Raw, Reason, Record, SetAside};
use std::{collections::BTreeMap, io::BufRead};

/// A quoted cell spans at most so many lines.
const LINES_MAX: usize = 1_000;

/// The head of a table.
#[derive(Clone)]
pub(super) struct Table {
    separator: u8,
    columns: Vec<String>,
    /// For contact, time, event and id.
    origins: [Option<Place>; 4],
}

#[derive(Clone, Debug)]
enum Place {
    Column(usize),
    Constant(String),
}

/// The cells of a record, or what is wrong with it.
type Cells = Result<Vec<String>, &'static str>;

impl Table {
    /// Reads the head line.
    ///
    /// # Errors
    /// [`InputError::NoColumn`] where a column is missing that every record needs.
    pub fn head<R: BufRead>(lines: &mut Lines<R>, mapping: &Mapping) -> Result<Self, InputError> {
        let head = lines.next_filled().map(|line| line.bytes).unwrap_or_default();
        let count = |separator: u8| head.iter().filter(|byte| **byte == separator).count();
        // Of equals the comma.
        let separator = [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',');
        let text = String::from_utf8_lossy(&head);
        let columns = cells(&text, separator).unwrap_or_default();
        let columns: Vec<String> = columns.into_iter().map(|name| name.trim().to_owned()).collect();
        let place = |field: Field| match mapping.flat_origin(field) {
            None => Ok(None),
            Some(Origin::Constant(text)) => Ok(Some(Place::Constant(text))),
            Some(Origin::Field(wanted)) => match column(&columns, field, &wanted)? {
                Some(at) => Ok(Some(Place::Column(at))),
                None if head.is_empty() => Ok(None),
                None => Err(InputError::NoColumn { field: field.word(), wanted, columns: columns.clone() }),
            },
        };
        let origins = [place(Field::Contact)?, place(Field::Time)?, place(Field::Event)?, place(Field::Id)?];
        Ok(Self { separator, columns, origins })
    }

    /// What stands between its columns.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// The names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// A record that is a line of its own.
    pub fn lone(&self, line: Line, reading: &Reading) -> Result<Record, SetAside> {
        let cells = match std::str::from_utf8(&line.bytes) {
            Ok(text) => self.fitting(text),
            Err(_) => Err("it is not UTF-8".to_owned()),
        };
        let record = cells.map_err(|detail| (Reason::Malformed, detail)).and_then(|cells| self.parts(cells).into_record(&reading.zone));
        let record = record.map(|record| Record { position: line.number, ..record });
        record.map_err(|(reason, detail)| line.set_aside(reason, detail))
    }

    /// What it is, in words.
    pub fn described(&self) -> String {
        let separator = match self.separator {
            b'\t' => "tabs",
            b';' => "semicolons",
            _ => "commas",
        };
        format!("a table of {} columns between {separator}", self.columns.len())
    }

    /// The next record.
    pub fn next<R: BufRead>(&self, lines: &mut Lines<R>, reading: &Reading) -> Option<Result<Record, SetAside>> {
        let first = lines.next_filled()?;
        let mut more: Vec<Line> = Vec::new();
        let mut bytes = first.bytes.clone();
        let mut at = behind(At::Begin, &bytes, self.separator);
        while at == At::Quoted && more.len() < LINES_MAX {
            let Some(line) = lines.next() else {
                lines.is_open = true;
                break;
            };
            bytes.push(b'\n');
            bytes.extend(&line.bytes);
            // Between quotes the end of a line is a letter like others.
            at = behind(at, &line.bytes, self.separator);
            more.push(line);
        }
        let cells = match std::str::from_utf8(&bytes) {
            Ok(text) => self.fitting(text),
            Err(_) => Err("it is not UTF-8".to_owned()),
        };
        let cells = match cells {
            Ok(cells) => cells,
            Err(detail) => {
                for line in more.into_iter().rev() {
                    lines.back.push_front(line);
                }
                return Some(Err(first.set_aside(Reason::Malformed, detail)));
            }
        };
        let whole = Line { number: first.number, begin: first.begin, bytes };
        let record = self.parts(cells).into_record(&reading.zone);
        let record = record.map(|record| Record { position: first.number, ..record });
        Some(record.map_err(|(reason, detail)| whole.set_aside(reason, detail)))
    }

    fn fitting(&self, text: &str) -> Result<Vec<String>, String> {
        let cells = cells(text, self.separator).map_err(str::to_owned)?;
        if cells.len() == self.columns.len() {
            Ok(cells)
        } else {
            Err(format!("it has {} cells, and the table {} columns", cells.len(), self.columns.len()))
        }
    }

    fn parts(&self, cells: Vec<String>) -> Parts {
        let [contact, time, event, id] = self.origins.clone().map(|place| match place? {
            Place::Column(at) => cells.get(at).cloned().map(Raw::Cell),
            Place::Constant(text) => Some(Raw::Text(text)),
        });
        let used = |at: usize| self.origins.iter().flatten().any(|place| matches!(place, Place::Column(used) if *used == at));
        let mut properties = BTreeMap::new();
        for (at, (name, cell)) in self.columns.iter().zip(cells).enumerate() {
            if !used(at) && !cell.is_empty() && !name.is_empty() {
                add_property(&mut properties, name, Raw::Cell(cell));
            }
        }
        Parts { contact, time, event, id, properties }
    }
}

/// Where a reader of cells is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first letter of a cell.
    Begin,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that may have closed the cell.
    Closed,
}

/// Whether a quote is still open at the end.
pub(super) fn is_open(bytes: &[u8], separator: u8) -> bool {
    behind(At::Begin, bytes, separator) == At::Quoted
}

/// Where a reader is behind some bytes.
fn behind(at: At, bytes: &[u8], separator: u8) -> At {
    bytes.iter().fold(at, |at, byte| step(at, *byte, separator))
}

fn step(at: At, byte: u8, separator: u8) -> At {
    match (at, byte) {
        (At::Begin, b'"') | (At::Closed, b'"') => At::Quoted,
        (At::Quoted, b'"') => At::Closed,
        (At::Quoted, _) => At::Quoted,
        (At::Begin | At::Plain | At::Closed, byte) if byte == separator => At::Begin,
        (At::Closed, _) => At::Closed,
        (At::Begin | At::Plain, _) => At::Plain,
    }
}

/// The cells of a record: quotes around a cell are taken off, two quotes in it are one.
fn cells(text: &str, separator: u8) -> Cells {
    let (mut out, mut cell, mut at) = (Vec::new(), String::new(), At::Begin);
    let separator = char::from(separator);
    for letter in text.chars() {
        at = match (at, letter) {
            (At::Begin, '"') => At::Quoted,
            (At::Quoted, '"') => At::Closed,
            (At::Closed, '"') => {
                cell.push('"');
                At::Quoted
            }
            (At::Begin | At::Plain | At::Closed, letter) if letter == separator => {
                out.push(std::mem::take(&mut cell));
                At::Begin
            }
            (At::Closed, _) => return Err("something stands behind a closing quote"),
            (At::Begin | At::Plain, letter) => {
                cell.push(letter);
                At::Plain
            }
            (At::Quoted, letter) => {
                cell.push(letter);
                At::Quoted
            }
        };
    }
    if at == At::Quoted {
        return Err("a quote is never closed");
    }
    out.push(cell);
    Ok(out)
}
