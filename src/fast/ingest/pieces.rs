//! An input in pieces: whole chunks of lines where each is a record of its own, single records where not.

use super::{Chunk, Held, Lines, buffers::Buffers};
use crate::runtime::{
    Record, SetAside,
    input::{Plain, Records},
};
#[cfg(feature = "columns")]
use crate::{fast::row::TEXTS_MAX, runtime::input::Block};
use std::{io::BufRead, sync::Arc};

/// So many bytes make a chunk: what it becomes stays near, and its memory is used again at once.
const CHUNK: usize = 1 << 18;
/// After so many records nobody looks any more whether lines are records of their own.
const LOOKS: u32 = 1_000;

/// A part of an input.
pub enum Piece {
    /// A record, or what could not be read.
    Record(Result<Record, SetAside>),
    /// Many of them, not yet read.
    Chunk(Chunk),
}

enum Mode {
    /// Its lines may turn out to be records, each of its own.
    Looking(u32),
    /// They are again when the lines are through that were put back.
    Back,
    /// They are.
    Plain(Arc<Plain>),
    /// One record after another.
    Slow,
}

/// The pieces of an input.
pub struct Pieces<R> {
    records: Records<R>,
    mode: Mode,
    chunk: usize,
    buffers: Arc<Buffers>,
    /// Rows that are still to be handed out, and how many of them together.
    #[cfg(feature = "columns")]
    left: Option<(Block, usize)>,
}

impl<R: BufRead> Pieces<R> {
    /// The pieces of what records are read from.
    pub fn new(records: Records<R>) -> Self {
        Self {
            records,
            mode: Mode::Looking(0),
            chunk: CHUNK,
            buffers: Arc::default(),
            #[cfg(feature = "columns")]
            left: None,
        }
    }

    /// The same with chunks of another size: so many bytes of lines, so many rows of columns at most.
    #[must_use]
    pub fn of_size(self, chunk: usize) -> Self {
        Self { chunk: chunk.max(1), ..self }
    }

    /// What records are read from.
    pub fn records(&mut self) -> &mut Records<R> {
        &mut self.records
    }

    /// The next rows of columns.
    #[cfg(feature = "columns")]
    fn block(&mut self) -> Option<Block> {
        let (block, most) = match self.left.take() {
            Some(left) => left,
            None => {
                let block = self.records.block()?;
                // Long texts of many rows would not fit into one batch.
                let each = block.rows.get_array_memory_size() / block.rows.num_rows().max(1);
                (block, self.chunk.min(TEXTS_MAX / each.max(1)).max(1))
            }
        };
        let rows = block.rows.num_rows();
        if rows <= most {
            return Some(block);
        }
        let rest = block.rows.slice(most, rows - most);
        self.left = Some((Block { rows: rest, before: block.before + most as u64, table: block.table.clone() }, most));
        Some(Block { rows: block.rows.slice(0, most), ..block })
    }

    /// The next chunk, where there is one.
    fn chunk(&mut self) -> Option<Chunk> {
        #[cfg(feature = "columns")]
        if let Some(block) = self.block() {
            return Some(Chunk(Held::Columns(block)));
        }
        self.lines().map(|lines| Chunk(Held::Lines(lines)))
    }

    /// The next lines, where each is a record of its own.
    fn lines(&mut self) -> Option<Lines> {
        let looks = match self.mode {
            Mode::Looking(looks) => looks,
            Mode::Back => 0,
            Mode::Plain(_) | Mode::Slow => return self.more_lines(),
        };
        self.mode = match self.records.plain() {
            Some(plain) => Mode::Plain(Arc::new(plain)),
            None if matches!(self.mode, Mode::Back) => Mode::Back,
            None if looks < LOOKS => Mode::Looking(looks + 1),
            None => Mode::Slow,
        };
        self.more_lines()
    }

    /// The next lines.
    fn more_lines(&mut self) -> Option<Lines> {
        let Mode::Plain(plain) = &self.mode else { return None };
        let plain = Arc::clone(plain);
        let (first, mut bytes) = self.records.chunk(self.chunk, self.buffers.take())?;
        if plain.table.is_some()
            && let Some((at, lines)) = going_on(&plain, &bytes)
        {
            // From a record of several lines on, the runtime's own reader has what was read.
            self.records.put_back(first + lines, bytes.get(at..).unwrap_or_default());
            bytes.truncate(at);
            self.mode = Mode::Back;
        }
        (!bytes.is_empty()).then(|| Lines { first, before: 0, bytes, plain, buffers: Arc::clone(&self.buffers) })
    }
}

/// Where the first line begins that goes on in quotes behind its end, and how many lines stand before it.
fn going_on(plain: &Plain, bytes: &[u8]) -> Option<(usize, u64)> {
    memchr::memchr(b'"', bytes)?;
    let mut begin = 0;
    for (line, before) in bytes.split_inclusive(|byte| *byte == b'\n').zip(0..) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if memchr::memchr(b'"', text).is_some() && plain.goes_on(text.strip_suffix(b"\r").unwrap_or(text)) {
            return Some((begin, before));
        }
        begin += line.len();
    }
    None
}

impl<R: BufRead> Iterator for Pieces<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        match self.chunk() {
            Some(chunk) => Some(Piece::Chunk(chunk)),
            None => self.records.next().map(Piece::Record),
        }
    }
}

impl Piece {
    /// The place in its input of the last record, and all of them so many places later.
    #[must_use]
    pub fn later(mut self, places: u64) -> (u64, Self) {
        let last = match &mut self {
            Self::Record(record) => {
                let position = match record {
                    Ok(record) => &mut record.position,
                    Err(set_aside) => &mut set_aside.position,
                };
                *position += places;
                *position - places
            }
            Self::Chunk(chunk) => chunk.later(places),
        };
        (last, self)
    }
}
