//! The store: what a run knows, kept in one SQLite file, so that the next run goes on where it ended.
//!
//! Job: contacts, timers, results, requests not yet delivered, positions in the input and lengths of output files are written in one
//! transaction a batch; a run that is killed at any instant and started again has the results of one that never was.
//! In reading order: `schema` (tables and views), this file (opening) with `lock`, `again`, `contacts`, `rows` and `results` (to
//! rows and back), `inputs` (how far the input was read), `file` (output files), `batch` (what happened), `parcel` and `writer` (what is
//! committed together, and by whom), `core` (what is asked of an engine), `engines` (which one answers) and `live` (an engine over a
//! store), `outbox` (handing requests on), `reading` (what people ask for), `history` (all that happened, once more).
//! Invariants: one run at a time writes, as an OS lock sees to; nothing is acknowledged before it is on the disk; a store of the
//! version before is brought to the present one, and what one of any other holds is never touched. Deliberately absent: arguments, terminals, and how records are read.

mod again;
mod batch;
mod contacts;
pub mod core;
mod engines;
mod file;
mod history;
mod inputs;
mod live;
mod lock;
mod outbox;
mod parcel;
mod reading;
mod results;
mod rows;
mod schema;
mod writer;

pub use engines::Engines;
pub use file::OutFile;
pub use history::Past;
pub use inputs::{Input, Part, Section, Within, ending};
pub use live::{Changed, Live, Progress};
pub use outbox::{Outbox, Request};
pub use reading::{Contact, Run, Shown};
pub use results::{Kept, KeptAside, Numbers};

use crate::{
    ruleset::{self, RuleSet},
    runtime::state::StateError,
};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says so.
    #[error("the store `{path}` {}", said(error))]
    Sql {
        /// Where it is.
        path: String,
        /// What it says.
        error: rusqlite::Error,
    },
    /// There is no such file.
    #[error("there is no store `{0}`: `funnelc run … --state {0}` makes one")]
    Missing(String),
    /// It is something else.
    #[error("`{0}` is no store of funnelc: give the name of a new file, or of one that `funnelc run --state` made")]
    Other(String),
    /// It has other tables.
    #[error("the store `{path}` has the form {found}, and this funnelc reads the form {}: use the funnelc that made it", schema::VERSION)]
    Version {
        /// Where it is.
        path: String,
        /// Its version.
        found: i64,
    },
    /// Somebody else writes to it.
    #[error("another {what} works on the store `{path}`{who}: wait for it, or stop it; two at once would do everything twice")]
    Busy {
        /// Where it is.
        path: String,
        /// Run, or delivery.
        what: &'static str,
        /// Which process.
        who: String,
    },
    /// What is in it cannot be read.
    #[error("the store `{path}` is damaged: {detail}")]
    Damaged {
        /// Where it is.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// What the runtime keeps cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// A file beside it.
    #[error("`{path}` {what}: {error}")]
    File {
        /// Where it is.
        path: String,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// An output file is not as it was left.
    #[error("`{path}` is shorter than what was written to it ({found} of {kept} bytes): put it back, or write to another file")]
    Shortened {
        /// Where it is.
        path: String,
        /// How long it is.
        found: u64,
        /// How long it was left.
        kept: u64,
    },
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// How a store is written. The log of SQLite may grow to 64 MB before it is brought into the file: a page that changes with every batch
/// is written there once for several.
const TUNED: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384;
PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";

/// What SQLite says, for people.
fn said(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "cannot be written: the disk is full; what was committed before is safe, and the next run goes on from there".to_owned()
        }
        Some(ErrorCode::ReadOnly) => "cannot be written: it is read-only".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "is in use by another program, which has not let go of it: close that first".to_owned()
        }
        Some(ErrorCode::SystemIoFailure) => {
            format!(
                "cannot be written ({error}): is the disk full, or failing? what was committed before is safe, and the next run goes on from there"
            )
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => format!("is damaged: {error}"),
        Some(ErrorCode::CannotOpen) => "cannot be opened: is there such a folder, and may you write to it?".to_owned(),
        _ => format!("cannot be used: {error}"),
    }
}

/// A store, open.
pub struct Store {
    path: PathBuf,
    db: Connection,
    /// Held as long as this run may write.
    _lock: Option<File>,
}

impl Store {
    /// Opens a store to run on it, or makes one.
    ///
    /// # Errors
    /// [`StoreError`], among them that another run works on it.
    pub fn open(path: &Path) -> Result<Self> {
        let lock = lock::taken(path, ".lock", "run")?;
        let is_new = fs::metadata(path).map_or(true, |data| data.len() == 0);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Self::connect(path, flags, Some(lock))?;
        if is_new {
            store.make()?;
        }
        store.check()?;
        store.tune()?;
        Ok(store)
    }

    /// Opens a store that is there, beside a run that may work on it: to read, or to deliver.
    ///
    /// # Errors
    /// [`StoreError`], among them that there is none.
    pub fn beside(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Err(StoreError::Missing(path.display().to_string()));
        }
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX, None)?;
        store.check()?;
        Ok(store)
    }

    fn connect(path: &Path, flags: OpenFlags, lock: Option<File>) -> Result<Self> {
        let fault = |error| StoreError::Sql { path: path.display().to_string(), error };
        let db = Connection::open_with_flags(path, flags).map_err(fault)?;
        db.busy_timeout(Duration::from_secs(20)).map_err(fault)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Self { path: path.to_owned(), db, _lock: lock })
    }

    /// The whole of a store at once: a file that was begun and not finished has no version, and is made anew.
    fn make(&self) -> Result<()> {
        let version = format!("PRAGMA application_id = {}; PRAGMA user_version = {};", schema::APPLICATION, schema::VERSION);
        let about = format!("INSERT INTO about VALUES ('funnelc', '{}');", env!("CARGO_PKG_VERSION"));
        let all = format!(
            "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; {}{}{}{about}{version} COMMIT;",
            schema::TABLES,
            schema::HISTORY,
            schema::VIEWS
        );
        self.fault(self.db.execute_batch(&all))
    }

    fn check(&self) -> Result<()> {
        let pragma = |name: &str| self.db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let name = || self.path.display().to_string();
        let application = match pragma("application_id") {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => return Err(StoreError::Other(name())),
            other => self.fault(other)?,
        };
        if application != schema::APPLICATION {
            // A run that was killed while it made the tables left none at all.
            let tables = self.db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
            if application == 0 && self.fault(tables)? == 0 && self._lock.is_some() {
                return self.make();
            }
            return Err(StoreError::Other(name()));
        }
        match self.fault(pragma("user_version"))? {
            schema::VERSION => Ok(()),
            found if found == schema::VERSION - 1 => self.renew(),
            found => Err(StoreError::Version { path: name(), found }),
        }
    }

    /// Brings a store of the version before to this one, all of it at once, while no run works on it.
    fn renew(&self) -> Result<()> {
        let lock = if self._lock.is_none() { Some(lock::taken(&self.path, ".lock", "run")?) } else { None };
        let begin = "BEGIN IMMEDIATE; ALTER TABLE events RENAME TO older;";
        let version = format!("PRAGMA user_version = {}; COMMIT;", schema::VERSION);
        // Another process may have done it before this one had the lock.
        if self.fault(self.db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)))? != schema::VERSION {
            let renewed = self.db.execute_batch(&format!("{begin}{}{}{version}", schema::HISTORY, schema::NEWER));
            if renewed.is_err() {
                drop(self.db.execute_batch("ROLLBACK"));
            }
            self.fault(renewed)?;
        }
        drop(lock);
        Ok(())
    }

    /// The same store once more, for another thread of this process.
    fn again(&self) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Self::connect(&self.path, flags, None)?;
        store.fault(store.db.execute_batch(TUNED))?;
        Ok(store)
    }

    fn tune(&self) -> Result<()> {
        self.fault(self.db.execute_batch(TUNED))?;
        // A run does the same again after it was killed, byte for byte: what a failing disk left behind the last commit must not
        // become the continuation of what is written now.
        self.fault(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file grows to so many pages at most; for tests of what happens when it cannot grow.
    ///
    /// # Errors
    /// [`StoreError`] where SQLite refuses.
    pub fn limit_pages(&self, pages: u32) -> Result<()> {
        self.fault(self.db.execute_batch(&format!("PRAGMA max_page_count = {pages}")))
    }

    fn fault<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|error| StoreError::Sql { path: self.path.display().to_string(), error })
    }

    fn damaged(&self, detail: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: self.path.display().to_string(), detail: detail.into() }
    }

    /// Something that is kept once.
    fn about<T: rusqlite::types::FromSql>(&self, name: &str) -> Result<Option<T>> {
        let found = self.db.prepare_cached("SELECT value FROM about WHERE name = ?1");
        self.fault(found.and_then(|mut found| found.query_row([name], |row| row.get(0)).optional()))
    }

    /// The rule sets that were in force, the present one last, each with its number.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn rules(&self) -> Result<Vec<(u32, RuleSet)>> {
        let rows = self.fault(self.db.prepare("SELECT id, json FROM rules ORDER BY id").and_then(|mut rows| {
            rows.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()
        }))?;
        let read = |(number, json): (u32, String)| {
            let rules = ruleset::read(&json).map_err(|error| self.damaged(format!("rule set {number} cannot be read: {error}")))?;
            Ok((number, rules))
        };
        rows.into_iter().map(read).collect()
    }

    /// The instant that was reached, in milliseconds; nothing before the first record.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn now_ms(&self) -> Result<Option<i64>> {
        Ok(self.about::<Option<i64>>("now_ms")?.flatten())
    }
}
