//! An output file of which the store knows how much is final: what stands behind that is cut off before a run goes on.

use super::{Result, Store, StoreError};
use rusqlite::{OptionalExtension, Transaction, params};
use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A file that results are appended to.
#[derive(Debug)]
pub struct OutFile {
    path: PathBuf,
    /// The path as the store knows it.
    name: String,
    file: File,
    /// What belongs to the present batch.
    buffer: Vec<u8>,
    /// How long the file is with what is final, and what is about to be.
    length: u64,
    /// Whether more than that stands in it.
    has_more: bool,
}

impl OutFile {
    /// Opens a file to go on behind what is final in it; one that the store does not know is begun anew.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written, or is shorter than it was left.
    pub fn open(store: &Store, path: &Path) -> Result<Self> {
        let fault = |error| StoreError::File { path: path.display().to_string(), what: "cannot be written", error };
        let is_there = path.exists();
        let mut file = File::options().create(true).read(true).write(true).truncate(false).open(path).map_err(fault)?;
        let name = fs::canonicalize(path).map_err(fault)?.to_string_lossy().into_owned();
        let kept = store.db.prepare_cached("SELECT length FROM outputs WHERE path = ?1");
        let kept = kept.and_then(|mut kept| kept.query_row([&name], |row| row.get::<_, i64>(0)).optional());
        let kept = store.fault(kept)?.and_then(|length| u64::try_from(length).ok()).filter(|_| is_there);
        let length = kept.unwrap_or(0);
        let found = file.metadata().map_err(fault)?.len();
        if found < length {
            return Err(StoreError::Shortened { path: path.display().to_string(), found, kept: length });
        }
        file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0))).map_err(fault)?;
        if !is_there && let Some(folder) = path.parent() {
            // The name of a new file must not be lost where its content was kept.
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            drop(File::open(folder).and_then(|folder| folder.sync_all()));
        }
        Ok(Self { path: path.to_owned(), name, file, buffer: Vec::new(), length, has_more: false })
    }

    /// The output files that runs on a store have written, but for these, as far as they are still there.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn others(store: &Store, given: &[Option<Self>]) -> Result<Vec<String>> {
        let names = store.db.prepare("SELECT path FROM outputs ORDER BY path");
        let names = names.and_then(|mut names| names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>());
        let is_other = |name: &String| given.iter().flatten().all(|file| file.name != *name) && Path::new(name).is_file();
        Ok(store.fault(names)?.into_iter().filter(is_other).collect())
    }

    /// Adds a line to the present batch.
    pub fn line(&mut self, line: &str) {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
    }

    fn fault(&self, error: io::Error) -> StoreError {
        StoreError::File { path: self.path.display().to_string(), what: "cannot be written", error }
    }

    /// The lines of the batch, to be brought to the disk before its rows are.
    pub(super) fn lines(&mut self) -> Result<Lines> {
        self.take_back()?;
        let file = self.file.try_clone().map_err(|error| self.fault(error))?;
        self.length += u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        let text = std::mem::take(&mut self.buffer);
        Ok(Lines { path: self.path.clone(), name: self.name.clone(), file, text, length: self.length })
    }

    /// Shows lines behind what is final: they are cut off again before anything else is written. Nothing may be about to be written.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn show(&mut self, lines: &[String]) -> Result<()> {
        self.take_back()?;
        if lines.is_empty() {
            return Ok(());
        }
        self.has_more = true;
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush()).map_err(|error| self.fault(error))
    }

    fn take_back(&mut self) -> Result<()> {
        if !self.has_more {
            return Ok(());
        }
        self.has_more = false;
        let cut = self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
        cut.map(drop).map_err(|error| self.fault(error))
    }
}

/// Lines of a batch.
pub(super) struct Lines {
    path: PathBuf,
    name: String,
    file: File,
    text: Vec<u8>,
    /// How long the file is with them.
    length: u64,
}

impl Lines {
    /// Brings them to the disk, so that the length of the file can be committed.
    pub fn write(&mut self) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.text).and_then(|()| self.file.sync_data());
        written.map_err(|error| StoreError::File { path: self.path.display().to_string(), what: "cannot be written", error })
    }

    /// Keeps how long the file is.
    pub fn record(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut put = tx.prepare_cached("INSERT INTO outputs VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET length = excluded.length")?;
        put.execute(params![self.name, i64::try_from(self.length).unwrap_or(i64::MAX)]).map(drop)
    }
}
