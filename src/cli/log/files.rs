//! The files of a log, one after another, unpacked where they are packed.
//!
//! Records stand in the order of the files as given, those of a pattern by name; a record's place in the log goes on from file
//! to file, and is told as the line of its file.

use crate::{
    cli::Failure,
    fast::ingest::{Piece, Pieces},
    runtime::{
        Record, SetAside,
        input::{InputError, Reading, Records},
    },
};
use indicatif::ProgressBar;
use std::{
    borrow::Cow,
    collections::{BTreeSet, VecDeque},
    fs,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

const BUFFER: usize = 1 << 16;

/// Where each file begins in the log.
#[derive(Clone, Default)]
pub struct Places {
    begins: Arc<Mutex<Vec<(u64, String)>>>,
    several: bool,
}

impl Places {
    /// The file of a place in the log, and the line there; nothing where there is one file only.
    fn of(&self, position: u64) -> Option<(String, u64)> {
        let begins = self.begins.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, file) = begins.iter().rev().find(|(before, _)| *before < position)?;
        self.several.then(|| (file.clone(), position - before))
    }

    /// What was set aside, with its file and the line there; as it is where there is one file only.
    pub fn told<'a>(&self, set_aside: &'a SetAside) -> Cow<'a, SetAside> {
        let Some((file, position)) = self.of(set_aside.position) else { return Cow::Borrowed(set_aside) };
        let detail = format!("in `{file}`: {}", set_aside.detail);
        Cow::Owned(SetAside { position, detail, ..set_aside.clone() })
    }
}

/// The files that arguments stand for, each once.
///
/// # Errors
/// [`Failure`] for a pattern that fits nothing, and for standard input beside files.
pub fn paths(events: &[String]) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for given in events {
        if !given.contains(['*', '?', '[']) || Path::new(given).exists() {
            paths.push(given.clone());
            continue;
        }
        let found = glob::glob(given)
            .map_err(|error| Failure::Usage(format!("`{given}` is no pattern: {} at character {}", error.msg, error.pos + 1)))?;
        let before = paths.len();
        for path in found {
            let path = path.map_err(|error| Failure::World(format!("`{}` cannot be read: {}", error.path().display(), error.error())))?;
            if path.is_file() {
                paths.push(path.to_string_lossy().into_owned());
            }
        }
        if paths.len() == before {
            return Err(Failure::World(format!("no file fits the pattern `{given}`")));
        }
    }
    if paths.iter().filter(|path| *path == "-").count() > 1 {
        return Err(Failure::Usage("standard input can be read once only".to_owned()));
    }
    // Patterns may overlap, and no record came twice because its file was named twice.
    let mut known = BTreeSet::new();
    paths.retain(|path| !Path::new(path).is_file() || fs::canonicalize(path).is_ok_and(|place| known.insert(place)));
    Ok(paths)
}

type Reader = Box<dyn BufRead + Send>;

/// The records of all files.
pub struct Logs {
    queue: VecDeque<String>,
    reading: Reading,
    bar: ProgressBar,
    now: Option<(String, Pieces<Reader>)>,
    /// The places of files before this one.
    before: u64,
    /// The last place met in this file.
    last: u64,
    places: Places,
    /// What was seen of the layout of the files, each layout once.
    pub seen: Vec<String>,
    /// Why reading ended early.
    pub failure: Option<Failure>,
}

impl Logs {
    pub fn new(paths: Vec<String>, reading: Reading, bar: ProgressBar) -> Self {
        let places = Places { several: paths.len() > 1, ..Places::default() };
        Self { queue: paths.into(), reading, bar, now: None, before: 0, last: 0, places, seen: Vec::new(), failure: None }
    }

    /// Where each file begins, as far as they were read.
    pub fn files(&self) -> Places {
        self.places.clone()
    }

    fn open(&mut self, path: String) -> Result<(), Failure> {
        let unreadable = |error: &dyn std::fmt::Display| Failure::World(format!("`{path}`: {error}"));
        let records = records(&path, &self.reading, &self.bar)?.map_err(|error| match &error {
            InputError::NoColumn { field, columns, .. } => unreadable(&format!("{error}{}", offer(field, columns))),
            InputError::Io(error) => broken_off(&path, 0, error),
            InputError::Kind(_) | InputError::Twice { .. } => unreadable(&error),
        })?;
        self.before += self.last;
        self.last = 0;
        self.places.begins.lock().unwrap_or_else(PoisonError::into_inner).push((self.before, path.clone()));
        self.now = Some((path, Pieces::new(records)));
        Ok(())
    }

    /// The next piece: where `whole`, chunks of lines that are plain; else single records.
    fn advance(&mut self, whole: bool) -> Option<Piece> {
        loop {
            if self.failure.is_some() {
                return None;
            }
            if let Some((path, pieces)) = &mut self.now {
                let piece = if whole { pieces.next() } else { pieces.records().next().map(Piece::Record) };
                if let Some(piece) = piece {
                    let (last, piece) = piece.later(self.before);
                    self.last = self.last.max(last);
                    return Some(piece);
                }
                let described = pieces.records().described();
                if !self.seen.contains(&described) {
                    self.seen.push(described);
                }
                let error = pieces.records().take_error();
                self.failure = error.map(|error| broken_off(path, self.last, &error));
                self.now = None;
                continue;
            }
            let path = self.queue.pop_front()?;
            self.failure = self.open(path).err();
        }
    }

    /// The pieces of all files.
    pub fn pieces(&mut self) -> impl Iterator<Item = Piece> + Send {
        std::iter::from_fn(|| self.advance(true))
    }
}

impl Iterator for Logs {
    type Item = Result<Record, SetAside>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance(false)? {
            Piece::Record(record) => Some(record),
            // Chunks are for who asks for pieces.
            Piece::Chunk(_) => None,
        }
    }
}

/// The records of a file; of one of columns not all is in memory.
fn records(path: &str, reading: &Reading, bar: &ProgressBar) -> Result<Result<Records<Reader>, InputError>, Failure> {
    #[cfg(feature = "columns")]
    if path != "-"
        && let Ok(file) = fs::File::open(path)
        && let Some(records) = Records::of_columns(file, reading).transpose()
    {
        return Ok(records);
    }
    Ok(Records::new(opened(path, bar)?, reading.clone()))
}

/// A log of one file, to be read; `-` is standard input. What is packed is unpacked.
///
/// # Errors
/// [`Failure::World`] where it cannot be read.
pub fn opened(path: &str, bar: &ProgressBar) -> Result<Reader, Failure> {
    unpacked(raw(path, bar)?).map_err(|error| Failure::World(format!("`{path}`: {error}")))
}

/// The bytes of a file as they are.
fn raw(path: &str, bar: &ProgressBar) -> Result<Reader, Failure> {
    if path == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = fs::File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::World(format!("there is no file `{path}`")),
        _ => Failure::World(format!("`{path}` cannot be read: {error}")),
    })?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(Failure::World(format!("`{path}` is a folder: give its files, as `{}/*` in quotes", path.trim_end_matches('/'))));
    }
    Ok(Box::new(BufReader::with_capacity(BUFFER, bar.wrap_read(file))))
}

/// A reader of what is packed, if it is, as its first bytes say.
fn unpacked(mut reader: Reader) -> io::Result<Reader> {
    let beginning = reader.fill_buf()?;
    if beginning.starts_with(b"\x1f\x8b") {
        let inside = flate2::bufread::MultiGzDecoder::new(reader);
        return Ok(Box::new(BufReader::with_capacity(BUFFER, inside)));
    }
    if beginning.starts_with(b"\x28\xb5\x2f\xfd") {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, Zstd::new(reader)?)));
    }
    Ok(reader)
}

/// The frames of a zstd file, one after another, as tools that append write them.
struct Zstd {
    frame: Option<ruzstd::decoding::StreamingDecoder<Reader, ruzstd::decoding::FrameDecoder>>,
}

impl Zstd {
    fn new(reader: Reader) -> io::Result<Self> {
        Ok(Self { frame: Some(ruzstd::decoding::StreamingDecoder::new(reader).map_err(io::Error::other)?) })
    }
}

impl Read for Zstd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(frame) = &mut self.frame else { return Ok(0) };
            let read = frame.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let Some(mut rest) = self.frame.take().map(ruzstd::decoding::StreamingDecoder::into_inner) else { return Ok(0) };
            if rest.fill_buf()?.is_empty() {
                return Ok(0);
            }
            *self = Self::new(rest)?;
        }
    }
}

/// Names that fields have elsewhere.
const USUAL: [(&str, &[&str]); 3] = [
    (
        "contact",
        &[
            "user_id",
            "userid",
            "customer_id",
            "contact_id",
            "distinct_id",
            "anonymous_id",
            "user",
            "customer",
            "uid",
            "email",
            "visitor_id",
            "visitorid",
            "client_id",
            "id",
        ],
    ),
    ("time", &["timestamp", "ts", "event_time", "created_at", "occurred_at", "event_timestamp", "datetime", "date", "time_stamp"]),
    ("event", &["event_name", "name", "action", "event_type", "activity", "type"]),
];

/// Why a file cannot be read to its end.
fn broken_off(path: &str, last: u64, error: &io::Error) -> Failure {
    Failure::World(match error.kind() {
        // Only what unpacks says so.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            let place = if last > 0 { format!(" behind line {last}") } else { String::new() };
            format!("`{path}` breaks off{place}, or is damaged: pack it anew")
        }
        _ => format!("`{path}`: the events cannot be read: {error}"),
    })
}

/// What to write where a part of a record is not found, if a field has a name that is usual for it; nobody takes it unasked.
pub fn offer(field: &str, fields: &[String]) -> String {
    let usual = USUAL.iter().find(|(it, _)| *it == field).map_or(&[][..], |(_, names)| names);
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let found = std::iter::once(&field).chain(usual).find_map(|name| fields.iter().find(|it| plain(it) == *name));
    found.map_or_else(String::new, |name| format!("; if `{name}` is it, write `--map '{field}={name}'`"))
}
