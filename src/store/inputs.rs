//! How far each file of the log was read.
//!
//! Reading: without an allowed lateness, what is new of all files is sorted by time before it is run, as `run` does with a whole log.
//! Such a section is written down with where it begins and ends in each file, and how much of it is done: a run that was killed in it
//! sorts the same bytes again, whatever was added to the files since.

use super::{Result, Store};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Seek, SeekFrom};

/// So many bytes before the end of what was read tell whether a file was changed there.
const ENDING_BYTES: u64 = 512;

/// A file of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Its number, in the order in which files came first.
    pub number: u32,
    /// Its path.
    pub path: String,
    /// So many bytes of it were read.
    pub offset: u64,
    /// So many lines.
    pub line: u64,
    /// The hash of the last of those bytes, by which a file is known again.
    pub ending: String,
}

/// What is new in some files, sorted by time together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Where it stands.
    pub parts: Vec<Part>,
    /// How many of its records are done, in the order of time.
    pub done: u64,
}

/// Whether a run is within a section when it commits.
#[derive(Clone, Copy, Debug, Default)]
pub enum Within<'s> {
    /// As before.
    #[default]
    AsBefore,
    /// In this one.
    Section(&'s Section),
    /// In none any more.
    None,
}

/// A part of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The number of the file.
    pub input: u32,
    /// It ends before this byte.
    pub end: u64,
}

/// By what the end of the part that was read is known again: a hash of the last bytes before an offset.
///
/// # Errors
/// What the file system says.
pub fn ending(file: &mut (impl Read + Seek), offset: u64) -> io::Result<String> {
    let length = offset.min(ENDING_BYTES);
    file.seek(SeekFrom::Start(offset - length))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    let hash = Sha256::digest(&bytes);
    Ok(hash.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

impl Store {
    /// The files of which something was read.
    ///
    /// # Errors
    /// [`super::StoreError`] where they cannot be read.
    pub fn inputs(&self) -> Result<Vec<Input>> {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        let rows = self.db.prepare_cached("SELECT id, path, offset, line, ending FROM inputs ORDER BY id").and_then(|mut rows| {
            let input = |row: &rusqlite::Row<'_>| {
                Ok(Input {
                    number: row.get(0)?,
                    path: row.get(1)?,
                    offset: unsigned(row.get(2)?),
                    line: unsigned(row.get(3)?),
                    ending: row.get(4)?,
                })
            };
            rows.query_map([], input)?.collect()
        });
        self.fault(rows)
    }

    /// The section in which the last run ended, if it ended in one.
    ///
    /// # Errors
    /// [`super::StoreError`] where it cannot be read.
    pub fn section(&self) -> Result<Option<Section>> {
        let text = self.about::<Option<String>>("section")?.flatten();
        text.map(|text| serde_json::from_str(&text).map_err(|error| self.damaged(format!("its place in the log: {error}")))).transpose()
    }
}

impl Within<'_> {
    /// The section as it is kept, where that changes.
    pub(super) fn text(self) -> Option<Option<String>> {
        match self {
            Self::AsBefore => None,
            Self::Section(section) => Some(Some(serde_json::to_string(section).expect("numbers are JSON"))),
            Self::None => Some(None),
        }
    }
}

pub(super) fn put(tx: &Transaction<'_>, inputs: &[Input]) -> rusqlite::Result<()> {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut put = tx.prepare_cached(
        "INSERT INTO inputs (id, path, offset, line, ending) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET path = excluded.path, offset = excluded.offset, line = excluded.line, ending = excluded.ending",
    )?;
    for input in inputs {
        put.execute(params![input.number, input.path, signed(input.offset), signed(input.line), input.ending])?;
    }
    Ok(())
}
