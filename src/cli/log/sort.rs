//! Records in the order of time within a limit of memory.
//!
//! What does not fit is sorted in parts, which lie in files without a name until they are merged; the system takes the files back
//! when the program ends, however it ends. The order is that of a run without a limit: by time, and at one instant by the place in
//! the log. What cannot be read is told when it is met, before any record.

use crate::{
    cli::Failure,
    runtime::{Raw, Record, SetAside},
};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    mem::size_of,
};

/// So many parts are open at once; then they become one.
const PARTS_MAX: usize = 64;

/// What a text takes beside its letters: what allocations are rounded up to.
const TEXT_BYTES: usize = 16;
/// What a leaf of a map takes, which has room for eleven properties and holds six at least where there are so many.
const LEAF_BYTES: usize = 16 + 11 * size_of::<(String, Raw)>();
const LEAF_PROPERTIES: usize = 6;

type Item = Result<Record, SetAside>;

/// A record with what it is sorted by.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Key(i64, u64);

fn key(record: &Record) -> Key {
    Key(record.time_ms, record.position)
}

/// The records of a log in the order of time.
pub struct Sorted<I> {
    input: Option<I>,
    limit: usize,
    held: Vec<Record>,
    held_bytes: usize,
    parts: Vec<Part>,
    merge: Option<Merge>,
    failure: Option<io::Error>,
}

impl<I: Iterator<Item = Item>> Sorted<I> {
    /// Sorts `input`, with at most so many bytes of records in memory, about.
    pub fn new(input: I, limit: usize) -> Self {
        Self { input: Some(input), limit, held: Vec::new(), held_bytes: 0, parts: Vec::new(), merge: None, failure: None }
    }

    /// Why sorting ended early, if it did. Ask when the records are used up.
    pub fn take_failure(&mut self) -> Option<Failure> {
        let words = |error| Failure::World(format!("the log cannot be sorted on the disk: {error}"));
        self.failure.take().map(words)
    }

    fn hold(&mut self, record: Record) -> io::Result<()> {
        self.held_bytes += weight(&record);
        self.held.push(record);
        if self.held_bytes < self.limit {
            return Ok(());
        }
        self.spill()?;
        if self.parts.len() < PARTS_MAX {
            return Ok(());
        }
        let one = Part::written(Merge::new(std::mem::take(&mut self.parts), Vec::new())?)?;
        self.parts.push(one);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_by_key(key);
        self.held_bytes = 0;
        let part = Part::written(self.held.drain(..).map(Ok))?;
        self.parts.push(part);
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        self.held.sort_by_key(key);
        self.merge = Some(Merge::new(std::mem::take(&mut self.parts), std::mem::take(&mut self.held))?);
        Ok(())
    }

    fn step(&mut self) -> io::Result<Option<Item>> {
        while let Some(input) = &mut self.input {
            match input.next() {
                Some(Ok(record)) => self.hold(record)?,
                Some(Err(aside)) => return Ok(Some(Err(aside))),
                None => {
                    self.input = None;
                    self.begin()?;
                }
            }
        }
        match &mut self.merge {
            Some(merge) => merge.next().transpose().map(|record| record.map(Ok)),
            None => Ok(None),
        }
    }
}

impl<I: Iterator<Item = Item>> Iterator for Sorted<I> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.failure.is_some() {
            return None;
        }
        self.step().unwrap_or_else(|error| {
            self.failure = Some(error);
            None
        })
    }
}

/// What a record takes in memory, about.
fn weight(record: &Record) -> usize {
    let text = |length: usize| length + TEXT_BYTES;
    let texts = text(record.contact.len()) + text(record.event.len()) + record.id.as_ref().map_or(0, |id| text(id.len()));
    let properties: usize = record.properties.iter().map(|(name, raw)| text(name.len()) + text(raw.bytes())).sum();
    let leaves = record.properties.len().div_ceil(LEAF_PROPERTIES) * LEAF_BYTES;
    size_of::<Record>() + texts + properties + leaves
}

/// Sorted records in a file.
struct Part(BufReader<File>);

impl Part {
    /// Records, which are sorted, in a file.
    fn written(records: impl Iterator<Item = io::Result<Record>>) -> io::Result<Self> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for record in records {
            serde_json::to_writer(&mut file, &record?)?;
            file.write_all(b"\n")?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self(BufReader::new(file)))
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        let mut line = Vec::new();
        if self.0.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&line)?))
    }
}

/// Sorted parts, merged.
struct Merge {
    parts: Vec<Part>,
    held: std::vec::IntoIter<Record>,
    /// The first of each part, and last what is in memory.
    heads: BinaryHeap<Reverse<(Key, usize)>>,
    first: Vec<Option<Record>>,
}

impl Merge {
    fn new(parts: Vec<Part>, held: Vec<Record>) -> io::Result<Self> {
        let count = parts.len() + 1;
        let mut merge = Self { parts, held: held.into_iter(), heads: BinaryHeap::new(), first: vec![None; count] };
        for at in 0..count {
            merge.fill(at)?;
        }
        Ok(merge)
    }

    fn fill(&mut self, at: usize) -> io::Result<()> {
        let record = match self.parts.get_mut(at) {
            Some(part) => part.next()?,
            None => self.held.next(),
        };
        self.heads.extend(record.as_ref().map(|record| Reverse((key(record), at))));
        if let Some(first) = self.first.get_mut(at) {
            *first = record;
        }
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<io::Result<Record>> {
        let Reverse((_, at)) = self.heads.pop()?;
        let record = self.first.get_mut(at)?.take();
        match self.fill(at) {
            Ok(()) => record.map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Raw, Reason};

    fn record(position: u64, time_ms: i64) -> Record {
        let list = Raw::List(vec![Raw::Text("ä\"\n".to_owned()), Raw::Missing, Raw::Number("1.50".to_owned())]);
        let values = [list, Raw::Cell("7".to_owned()), Raw::Flag(true), Raw::Other("{\"a\":1}".to_owned())];
        let properties = values.into_iter().enumerate().map(|(at, raw)| (format!("p{at}"), raw)).collect();
        Record { time_ms, contact: "ann".to_owned(), event: "x".to_owned(), properties, id: Some("i".to_owned()), position }
    }

    #[test]
    fn whatever_the_limit_the_order_is_that_of_all_in_memory() {
        let times: Vec<i64> = (0..2_000_u64).map(|n| i64::try_from(n.wrapping_mul(2_654_435_761) % 97).unwrap_or(0)).collect();
        let records: Vec<Record> = (1..).zip(&times).map(|(position, time)| record(position, *time)).collect();
        let aside = SetAside { position: 9, reason: Reason::Malformed, detail: "x".to_owned(), record: "y".to_owned() };
        let items = || records.iter().cloned().map(Ok).chain([Err(aside.clone())]);
        let mut expected = records.clone();
        expected.sort_by_key(|record| (record.time_ms, record.position));
        for limit in [1, 2_000, 100_000, usize::MAX] {
            let mut sorted = Sorted::new(items(), limit);
            let all: Vec<Item> = sorted.by_ref().collect();
            assert!(sorted.take_failure().is_none());
            assert_eq!(all.first(), Some(&Err(aside.clone())), "{limit}");
            let found: Vec<Record> = all.into_iter().flatten().collect();
            assert!(found == expected, "with a limit of {limit} bytes");
        }
    }
}
