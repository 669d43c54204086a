//! The files of a log from where the last run ended in each.
//!
//! A record's place in the whole log is the number of its file and its line; a file is known again by its path and by its last bytes
//! that were read. What comes by a pipe has no place: of it everything is new, whatever was read before.

use crate::{
    cli::{Failure, log::opened},
    runtime::{
        Record, SetAside,
        input::{Place, Reading, Records},
    },
    store::{Input, ending},
};
use indicatif::ProgressBar;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

type Reader = Box<dyn BufRead>;

/// Which bits of a place in the log are the line.
const LINE_BITS: u32 = 40;

/// So many records are handed on together, and so often is read ahead.
const CHUNK: usize = 1_024;
const CHUNKS: usize = 8;

/// A record, or what cannot be read.
pub type Item = Result<Record, SetAside>;

/// A file of the log.
#[derive(Clone)]
pub struct Source {
    /// The path as it was given.
    pub given: String,
    /// What the store knows of it.
    pub input: Input,
    /// Whether it has places at all.
    pub is_pipe: bool,
    /// How long it was when it was looked at last.
    pub length: u64,
}

/// All files of the log, by their numbers.
#[derive(Default)]
pub struct Sources {
    /// In the order in which they were given; what the store knows besides comes behind.
    pub all: Vec<Source>,
    names: BTreeMap<u64, String>,
}

impl Sources {
    /// The files that were given, with what the store knows of them.
    ///
    /// # Errors
    /// [`Failure::World`] for a file that is not there, or is not the one that was read.
    pub fn new(given: &[String], known: &[Input]) -> Result<Self, Failure> {
        let mut next = known.iter().map(|input| input.number).max().unwrap_or(0);
        let mut sources = Self::default();
        for path in given {
            let is_pipe = path == "-" || fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir());
            let full = if is_pipe { path.clone() } else { full_path(path)? };
            if sources.all.iter().any(|source| source.input.path == full) {
                continue;
            }
            let input = known.iter().find(|input| input.path == full).cloned().unwrap_or_else(|| {
                next += 1;
                Input { number: next, path: full, ..Input::default() }
            });
            let source = Source { given: path.clone(), input, is_pipe, length: 0 };
            source.check()?;
            sources.names.insert(u64::from(source.input.number), path.clone());
            sources.all.push(source);
        }
        for input in known.iter().filter(|input| sources.all.iter().all(|source| source.input.number != input.number)) {
            sources.names.insert(u64::from(input.number), input.path.clone());
        }
        Ok(sources)
    }

    /// Tells what was set aside with the line of its file, and with the file where there are several.
    pub fn tell(&self, aside: &mut SetAside) {
        let (file, line) = (aside.position >> LINE_BITS, aside.position & ((1 << LINE_BITS) - 1));
        aside.position = line;
        if let Some(name) = self.names.get(&file).filter(|_| self.names.len() > 1) {
            aside.detail = format!("in `{name}`: {}", aside.detail);
        }
    }
}

fn full_path(path: &str) -> Result<String, Failure> {
    let full = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::World(format!("there is no file `{path}`")),
        _ => Failure::World(format!("`{path}` cannot be read: {error}")),
    })?;
    Ok(full.to_string_lossy().into_owned())
}

/// A plain file, or nothing where it is packed.
fn plain(path: &str) -> io::Result<Option<File>> {
    let mut file = File::open(path)?;
    let mut beginning = [0; 4];
    let mut read = 0;
    while let Some(rest) = beginning.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            more => read += more,
        }
    }
    let is_packed = beginning.starts_with(b"\x1f\x8b") || beginning.starts_with(b"\x28\xb5\x2f\xfd");
    Ok(Some(file).filter(|_| !is_packed))
}

impl Source {
    fn unreadable(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::World(format!("`{}`: {error}", self.given))
    }

    /// Whether it is still the file that was read.
    fn check(&self) -> Result<(), Failure> {
        if self.is_pipe || self.input.offset == 0 {
            return Ok(());
        }
        let Some(mut file) = plain(&self.given).map_err(|error| self.unreadable(&error))? else { return Ok(()) };
        let length = file.metadata().map_err(|error| self.unreadable(&error))?.len();
        let Input { offset, line, .. } = &self.input;
        let put_back = "a log only grows; give what is new as a file of its own";
        if length < *offset {
            return Err(Failure::World(format!("`{}` is shorter than what was read of it ({line} lines): {put_back}", self.given)));
        }
        let found = ending(&mut file, *offset).map_err(|error| self.unreadable(&error))?;
        if found == self.input.ending {
            return Ok(());
        }
        Err(Failure::World(format!(
            "`{}` is not the file that was read up to line {line}, it says something else there: {put_back}",
            self.given
        )))
    }

    /// Whether there is more of it than was read.
    ///
    /// # Errors
    /// [`Failure::World`] where it is not the file that was read any more.
    pub fn has_grown(&mut self) -> Result<bool, Failure> {
        let length = fs::metadata(&self.given).map_err(|error| self.unreadable(&error))?.len();
        if length == self.length {
            return Ok(false);
        }
        self.length = length;
        self.check()?;
        Ok(true)
    }

    /// The file as it stands behind a place.
    pub fn at(&self, place: Place) -> Result<Input, Failure> {
        let hash = match plain(&self.input.path).map_err(|error| self.unreadable(&error))? {
            Some(mut file) => ending(&mut file, place.offset).map_err(|error| self.unreadable(&error))?,
            None => String::new(),
        };
        Ok(Input { offset: place.offset, line: place.line, ending: hash, ..self.input.clone() })
    }

    /// What stands behind the place up to which it was read, and before `end`.
    ///
    /// # Errors
    /// [`Failure::World`] where it cannot be read.
    pub fn open(&self, reading: &Reading, end: Option<u64>, bar: &ProgressBar) -> Result<Opened, Failure> {
        let limited = |reader: Reader, from: u64| -> Reader {
            match end {
                Some(end) => Box::new(reader.take(end.saturating_sub(from))),
                None => reader,
            }
        };
        let whole = |bar: &ProgressBar| opened(&self.given, bar);
        let place = Place { offset: self.input.offset, line: self.input.line };
        let begun = |reader: Reader| Records::new(reader, reading.clone()).map_err(|error| self.unreadable(&error));
        if self.is_pipe || place.offset == 0 {
            return Ok(Opened { records: begun(limited(whole(bar)?, 0))?, number: self.input.number });
        }
        let mut records = begun(whole(&ProgressBar::hidden())?)?;
        if records.place().is_none() {
            return self.nothing_more(records, place.offset);
        }
        // The first object says how all are laid out.
        drop(records.next());
        let rest: Reader = match plain(&self.given).map_err(|error| self.unreadable(&error))? {
            Some(mut file) => {
                file.seek(SeekFrom::Start(place.offset)).map_err(|error| self.unreadable(&error))?;
                bar.inc(place.offset);
                Box::new(BufReader::with_capacity(1 << 16, bar.wrap_read(file)))
            }
            None => {
                let mut reader = whole(bar)?;
                io::copy(&mut reader.by_ref().take(place.offset), &mut io::sink()).map_err(|error| self.unreadable(&error))?;
                reader
            }
        };
        records.resume(limited(rest, place.offset), place);
        Ok(Opened { records, number: self.input.number })
    }

    /// Behind all of it, for a file that is not read by lines.
    ///
    /// # Errors
    /// [`Failure::World`] where it cannot be read.
    pub fn end(&self) -> Result<Place, Failure> {
        if self.is_pipe {
            return Ok(Place::default());
        }
        let mut reader = opened(&self.given, &ProgressBar::hidden())?;
        let length = io::copy(&mut reader, &mut io::sink()).map_err(|error| self.unreadable(&error))?;
        Ok(Place { offset: length, line: 0 })
    }

    /// A file that is not read by lines was read as a whole, and must not have grown.
    fn nothing_more(&self, mut records: Records<Reader>, offset: u64) -> Result<Opened, Failure> {
        if self.end()?.offset != offset {
            let why = "it was read as a whole, and is another one now: give what is new as a file of its own";
            return Err(Failure::World(format!("`{}`: {why}", self.given)));
        }
        records.by_ref().for_each(drop);
        Ok(Opened { records, number: self.input.number })
    }
}

/// A record with whether the file ended within it, and how far the file is read behind it.
pub type Read = (Item, bool, Option<Place>);

/// What a thread of its own reads of a file, while the run goes on with what was read before.
pub struct Ahead(Receiver<Result<Vec<Read>, Failure>>);

impl Ahead {
    /// What stands behind the place up to which a file was read. A file that has no places is refused with `no_order`.
    pub fn new(source: &Source, reading: &Reading, bar: &ProgressBar, no_order: fn(&Source) -> Failure) -> Self {
        let (sender, receiver) = sync_channel(CHUNKS);
        let (source, reading, bar) = (source.clone(), reading.clone(), bar.clone());
        thread::spawn(move || {
            let said = read_ahead(&source, &reading, &bar, no_order, &sender);
            // Whoever does not listen any more has ended.
            said.err().map(|failure| sender.send(Err(failure)))
        });
        Self(receiver)
    }

    /// What comes next.
    ///
    /// # Errors
    /// [`Failure`] for a file that cannot be read.
    pub fn next(&self) -> Result<Option<Vec<Read>>, Failure> {
        self.0.recv().ok().transpose()
    }
}

fn read_ahead(
    source: &Source,
    reading: &Reading,
    bar: &ProgressBar,
    no_order: fn(&Source) -> Failure,
    sender: &SyncSender<Result<Vec<Read>, Failure>>,
) -> Result<(), Failure> {
    let mut opened = source.open(reading, None, bar)?;
    opened.place().ok_or_else(|| no_order(source))?;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        while let Some((item, is_open)) = opened.next() {
            chunk.push((item, is_open, opened.place()));
            if chunk.len() == CHUNK {
                break;
            }
        }
        let is_over = chunk.len() < CHUNK;
        if sender.send(Ok(chunk)).is_err() || is_over {
            break;
        }
    }
    match opened.take_error() {
        Some(error) => Err(Failure::World(format!("`{}`: the events cannot be read: {error}", source.given))),
        None => Ok(()),
    }
}

/// A file that is being read.
pub struct Opened {
    records: Records<Reader>,
    number: u32,
}

impl Opened {
    /// How far it was read, if it has places in it.
    pub fn place(&self) -> Option<Place> {
        self.records.place()
    }

    /// Why reading ended early, if it did.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.records.take_error()
    }

    /// The next record; with whether the file ended within it.
    pub fn next(&mut self) -> Option<(Item, bool)> {
        let item = self.records.next()?;
        let is_open = self.records.ended_within(&item);
        let number = u64::from(self.number) << LINE_BITS;
        let item = match item {
            Ok(record) => Ok(Record { position: number | record.position, ..record }),
            Err(aside) => Err(SetAside { position: number | aside.position, ..aside }),
        };
        Some((item, is_open))
    }
}
