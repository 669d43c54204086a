//! Lines and columns straight into rows: what no rule reads is passed over, what is odd goes through the input code of the runtime.
//!
//! A line is first cut into tokens (`objects`, `tables`), then its tokens are taken by what they are called (`fields`). Whatever
//! is not plain (an escape, a list, a line of another kind, a value that does not fit) makes the line odd: then the runtime's
//! own reader has it, so that messages and reasons are the same; and so it has all lines of a layout that is not flat. Rows of a file in columns are read by its columns (`columns`,
//! `views`), odd ones by that reader as well.

mod buffers;
#[cfg(feature = "columns")]
mod columns;
mod contents;
mod exports;
mod fields;
mod letters;
mod met;
mod numbers;
mod objects;
mod pieces;
mod tables;
mod times;
#[cfg(feature = "columns")]
mod views;

use super::{
    feed::Feed,
    row::{Batch, Name, Origin, Row},
};
#[cfg(feature = "columns")]
use crate::runtime::input::Block;
use crate::runtime::input::Plain;
use buffers::Buffers;
use exports::Exports;
use fields::Fields;
use objects::Cutter;
pub use pieces::{Piece, Pieces};
use std::sync::Arc;
use tables::Ends;
#[cfg(feature = "columns")]
pub(super) use views::Texts;

/// Some records of an input after one another, not yet read.
pub struct Chunk(Held);

/// What a chunk holds.
enum Held {
    Lines(Lines),
    #[cfg(feature = "columns")]
    Columns(Block),
}

/// Some lines of an input.
struct Lines {
    /// The number of the first, from 1.
    first: u64,
    /// How many lines of other files stand before those of this one.
    before: u64,
    /// The lines.
    bytes: Vec<u8>,
    /// How they are laid out.
    plain: Arc<Plain>,
    /// Where its memory is wanted again.
    buffers: Arc<Buffers>,
}

impl Chunk {
    /// Whether it is but a little.
    pub(super) fn is_short(&self) -> bool {
        match &self.0 {
            Held::Lines(lines) => lines.bytes.len() < 1 << 16,
            #[cfg(feature = "columns")]
            Held::Columns(block) => block.rows.num_rows() < 1 << 10,
        }
    }

    /// The place in its input of its last record, and all of them so many places later.
    fn later(&mut self, places: u64) -> u64 {
        match &mut self.0 {
            Held::Lines(lines) => {
                lines.before = places;
                let end = lines.bytes.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
                lines.first + memchr::memchr_iter(b'\n', &lines.bytes[..end]).count() as u64
            }
            #[cfg(feature = "columns")]
            Held::Columns(block) => {
                let last = block.before + block.rows.num_rows() as u64;
                block.before += places;
                last
            }
        }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// A cell of a table.
    Cell,
    /// A text in which something is escaped.
    Escaped,
    /// An object or a list.
    Nested,
}

/// A value with its name, by their places in a line's chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Where its name begins (for a table, its column), and how long that is.
    pub name: (u32, u32),
    /// The number of what stands before its value, which is never that of another name; 0 is none.
    pub lead: u16,
    /// What it is.
    pub kind: Kind,
    /// Where it begins, and how long it is.
    pub at: (u32, u32),
}

/// What became of a plain record.
enum Taken {
    /// It is a row.
    Row(Row, Name),
    /// It is counted, or blank, and nobody wants more.
    Passed,
}

/// The rows of a chunk; of what they were read from nothing is kept but what rows refer to, where a record cannot be set aside any
/// more.
pub(super) fn rows(feed: Feed<'_>, Chunk(held): Chunk) -> Batch {
    match held {
        Held::Lines(lines) => {
            let buffers = Arc::clone(&lines.buffers);
            let mut batch = rows_of_lines(feed, lines);
            let has_ids = batch.extras.iter().any(|extra| extra.id.is_some() && extra.json.is_empty());
            if !feed.keeps_lines && !has_ids {
                buffers.give(batch.forget_lines().into_bytes());
            }
            batch
        }
        #[cfg(feature = "columns")]
        Held::Columns(block) => columns::rows(feed, block),
    }
}

fn rows_of_lines(feed: Feed<'_>, Lines { first, before, bytes, plain, .. }: Lines) -> Batch {
    let mut batch = Batch { origin: Origin::Lines(Arc::clone(&plain)), ..Batch::default() };
    if plain.flat.is_none() && plain.form.is_none() {
        odd_lines(feed, &plain, (first, before), &bytes, &mut batch);
        return batch;
    }
    let (texts, no_texts) = without_bad_lines(bytes);
    let mut no_texts = no_texts.into_iter().peekable();
    let Ok(length) = u32::try_from(texts.len()) else {
        odd_lines(feed, &plain, (first, before), texts.as_bytes(), &mut batch);
        return batch;
    };
    // Lines are about as long as the first are.
    let begin = &texts.as_bytes()[..texts.len().min(1 << 12)];
    let lines = (memchr::memchr_iter(b'\n', begin).count() + 1) * (texts.len() >> 12).max(1);
    batch.rows.reserve(lines);
    batch.names.reserve(lines);
    let table = plain.table.as_ref();
    let mut fields = match (&plain.flat, plain.form) {
        (Some(flat), _) => Fields::new(feed, flat, table.map(|(_, columns)| &columns[..])),
        (None, Some(form)) => Fields::of_form(feed, form),
        (None, None) => return batch,
    };
    let mut exports = plain.form.map(Exports::new);
    let (mut tokens, mut cutter): (Vec<Token>, _) = (Vec::with_capacity(32), Cutter::new());
    let (mut at, mut number) = (0_usize, first);
    let mut odd = Vec::new();
    let bytes = texts.as_bytes();
    let table = table.map(|(separator, columns)| (Ends::new(*separator), columns.len(), fields.columns(columns.len())));
    while at < length as usize {
        tokens.clear();
        let mut parts = None;
        let (end, is_cut) = match table {
            None if let Some(exports) = &mut exports => {
                let (end, found) = exports.cut(&texts, at, &mut tokens);
                parts = found;
                (end, parts.is_some())
            }
            None => cutter.cut(bytes, at, &mut tokens).map_or_else(|| (line_end(bytes, at), false), |end| (end, true)),
            Some((ends, columns, wanted)) => ends.cut(bytes, at, (columns, wanted), &mut tokens),
        };
        let line = without_return(bytes, at, end);
        let bad = no_texts.next_if(|(bad, _)| *bad == number - first);
        let taken = match bad {
            None if bytes[at..line].trim_ascii().is_empty() => Some(Taken::Passed),
            None if is_cut => match &parts {
                Some(parts) => fields.take_parts(&texts, &tokens, parts, &mut batch),
                None => fields.take(&texts, &tokens, &mut batch),
            },
            Some(_) | None => None,
        };
        match taken {
            Some(Taken::Passed) => {}
            Some(Taken::Row(row, name)) => {
                batch.rows.push(Row { position: before + number, ..row });
                batch.names.push(name);
            }
            None => {
                fields.keep_all();
                odd.push((batch.rows.len(), number, bad.map_or_else(|| bytes[at..line].to_vec(), |(_, letters)| letters)));
                batch.rows.push(Row::default());
                batch.names.push(Name::default());
            }
        }
        at = end + 1;
        number += 1;
    }
    batch.shapes = fields.shapes();
    batch.texts = texts;
    // What odd lines add does not belong to the last line.
    batch.texts.push('\n');
    for (place, number, line) in odd {
        odd_line(feed, &plain, (number, before), &line, &mut batch);
        if let (Some(row), Some(name)) = (batch.rows.pop(), batch.names.pop()) {
            batch.rows[place] = row;
            batch.names[place] = name;
        }
    }
    batch
}

/// Lines as a text; those that are none are blank in it, and stand beside it with their numbers from 0 on.
fn without_bad_lines(bytes: Vec<u8>) -> (String, Vec<(u64, Vec<u8>)>) {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(texts) => return (texts, Vec::new()),
        Err(wrong) => wrong.into_bytes(),
    };
    let mut bad = Vec::new();
    for (line, number) in bytes.split_mut(|byte| *byte == b'\n').zip(0..) {
        if std::str::from_utf8(line).is_err() {
            bad.push((number, line.strip_suffix(b"\r").unwrap_or(line).to_vec()));
            line.fill(b' ');
        }
    }
    (String::from_utf8(bytes).unwrap_or_default(), bad)
}

/// The end of the line that has a place.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length)
}

fn without_return(bytes: &[u8], at: usize, end: usize) -> usize {
    if end > at && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

fn odd_lines(feed: Feed<'_>, plain: &Plain, (first, before): (u64, u64), bytes: &[u8], batch: &mut Batch) {
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
    for (number, line) in (first..).zip(lines) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.trim_ascii().is_empty() {
            odd_line(feed, plain, (number, before), line, batch);
        }
    }
}

/// A line that is not plain.
fn odd_line(feed: Feed<'_>, plain: &Plain, (number, before): (u64, u64), line: &[u8], batch: &mut Batch) {
    match plain.record(number, line) {
        Ok(mut record) => {
            record.position += before;
            feed.add(&record, batch);
        }
        Err(mut set_aside) => {
            set_aside.position += before;
            feed.reject(set_aside, batch);
        }
    }
}
