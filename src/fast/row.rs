//! Records as rows: what of them rules read, typed, in columns of a batch.
//!
//! A plain row is a few numbers and its cells. What only some records have (an id, attributes, a text for what may be set
//! aside) lies beside the rows.

use super::{
    shapes::Shapes,
    value::{Kept, Seen},
};
#[cfg(feature = "columns")]
use crate::runtime::input::Block;
use crate::{
    runtime::{Reason, input::Plain},
    units::{Date, Number},
};
use smol_str::SmolStr;
use std::sync::Arc;

/// A typed property of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It is missing.
    Missing,
    /// A number.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
    /// An instant.
    Time(i64),
    /// A text: where it begins, and how long it is.
    Text(u32, u32),
    /// A word of a `one of`.
    Choice(u32, u32),
    /// A list, by its number.
    List(u32),
}

/// A record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// When it happened.
    pub time_ms: i64,
    /// At which instant it is taken; the latest of those that were passed over behind it, if some were.
    pub now_ms: i64,
    /// Its place in the log.
    pub position: u64,
    /// Where its cells begin.
    pub cells: u32,
    /// Which event.
    pub event: u32,
    /// What else it has; 0 is nothing.
    pub extra: u32,
    /// Which properties it has that nobody declared, as a set of its batch; 0 is none.
    pub shape: u32,
}

/// Whom a record is about, before that is a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Name {
    /// The hash of the name.
    pub hash: u64,
    /// Where the name begins in the texts, and how long it is.
    pub at: (u32, u32),
}

impl Name {
    /// Which of so many shards has the contact.
    pub fn shard(self, count: usize) -> u16 {
        ((self.hash >> 32) % count as u64) as u16
    }
}

/// Attributes by number, with their values.
pub type Attributes = Vec<(u32, Option<Kept>)>;
/// Why a record is set aside.
pub type Refusal = (Reason, String);

/// What some records have.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Its id, and its content in short.
    pub id: Option<(SmolStr, [u8; 16])>,
    /// What `identify` says: attributes with their values, or why it is refused.
    pub attributes: Option<Result<Attributes, Refusal>>,
    /// Properties that nobody declared.
    pub ignored: Vec<String>,
    /// Of `identify`, what it says of the property that is told and nobody declared.
    pub other: Option<Option<Kept>>,
    /// Why no engine takes it.
    pub refused: Option<Refusal>,
    /// Whether it could not even be read, or has no contact or time.
    pub unread: bool,
    /// Whether it is no record at all.
    pub rejected: bool,
    /// The record as it is set aside; nothing of a record with an id that is a line of the batch's origin.
    pub json: String,
}

/// So many bytes of texts fill a batch; places of texts have four bytes.
pub const TEXTS_MAX: usize = 1 << 30;

/// Rows with what they refer to.
#[derive(Default)]
pub struct Batch {
    /// The rows.
    pub rows: Vec<Row>,
    /// Whom each is about.
    pub names: Vec<Name>,
    /// Their cells.
    pub cells: Vec<Cell>,
    /// Their texts.
    pub texts: String,
    /// Their lists.
    pub lists: Vec<Arc<[SmolStr]>>,
    /// What some of them have.
    pub extras: Vec<Extra>,
    /// Sets of properties that nobody declared.
    pub shapes: Shapes,
    /// How many more were taken, and passed over since nobody wants them.
    pub passed: u64,
    /// How many more were of events that nobody declared, and are but counted.
    pub unknown: u64,
    /// How many of the rows are no records at all.
    pub rejected: u64,
    /// Whom the rows are about: numbers in their shards.
    pub numbers: Vec<u32>,
    /// The shards of the rows, where there are several.
    pub shards: Vec<u16>,
    /// Rows that stayed as they lie in columns; then there are no others.
    #[cfg(feature = "columns")]
    pub bare: Option<super::bare::Bare>,
    /// Where the names of the rows lie in a dictionary, if they do.
    #[cfg(feature = "columns")]
    pub keys: Option<Keys>,
    /// What the rows were read from, where that may be asked for.
    pub origin: Origin,
}

/// Which text of a dictionary is the name of each row, where names were read from one; the same dictionary goes through many batches.
#[cfg(feature = "columns")]
pub struct Keys {
    /// The dictionary.
    pub dictionary: arrow_array::ArrayRef,
    /// For each row its place there; none for a row that was read by itself.
    pub rows: Vec<Option<u32>>,
}

/// What rows were read from.
#[derive(Clone, Default)]
pub enum Origin {
    /// Records, or what nobody asks for any more.
    #[default]
    Gone,
    /// Lines in the texts of the batch, and how they are laid out.
    Lines(Arc<Plain>),
    /// Columns.
    #[cfg(feature = "columns")]
    Columns(Block),
}

impl Batch {
    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.names.clear();
        self.cells.clear();
        self.texts.clear();
        self.lists.clear();
        self.extras.clear();
    }

    /// Passes over a row that nobody wants, if it comes no earlier than the one behind which it stands, which notes that.
    #[inline]
    pub fn pass(&mut self, time_ms: i64) -> bool {
        let Some(before) = self.rows.last_mut().filter(|before| time_ms >= before.now_ms) else { return false };
        before.now_ms = time_ms;
        self.passed += 1;
        true
    }

    /// A part of the texts.
    #[inline]
    pub fn text(&self, (at, length): (u32, u32)) -> &str {
        self.texts.get(at as usize..(at as usize + length as usize)).unwrap_or_default()
    }

    /// Adds a text; its place.
    pub fn add_text(&mut self, text: &str) -> (u32, u32) {
        let place = |at: usize| u32::try_from(at).expect("a batch has less than 4 GB of texts");
        let at = (place(self.texts.len()), place(text.len()));
        self.texts.push_str(text);
        at
    }

    /// Whether there are so many rows, or so much text, that no more are to be added.
    pub fn is_full(&self, rows: usize) -> bool {
        self.rows.len() >= rows || self.texts.len() >= TEXTS_MAX
    }

    /// A value as a cell.
    pub fn cell(&mut self, value: Seen<'_>) -> Cell {
        match value {
            Seen::Text(text) => {
                let (at, length) = self.add_text(text);
                Cell::Text(at, length)
            }
            Seen::Choice(text) => {
                let (at, length) = self.add_text(text);
                Cell::Choice(at, length)
            }
            Seen::Number(number) => Cell::Number(number),
            Seen::Flag(flag) => Cell::Flag(flag),
            Seen::Date(date) => Cell::Date(date),
            Seen::Time(ms) => Cell::Time(ms),
            Seen::List(texts) => {
                self.lists.push(texts.into());
                Cell::List(self.lists.len() as u32 - 1)
            }
        }
    }

    /// Finds out which of so many shards each row belongs to.
    pub fn spread(&mut self, shards: usize) {
        if shards > 1 {
            self.shards = self.names.iter().map(|name| name.shard(shards)).collect();
        }
    }

    /// Keeps of the texts only what cells and names need; what they were.
    pub fn forget_lines(&mut self) -> String {
        let mut texts = String::with_capacity(self.names.len() * 16);
        for name in &mut self.names {
            let begin = texts.len() as u32;
            texts.push_str(self.texts.get(name.at.0 as usize..(name.at.0 as usize + name.at.1 as usize)).unwrap_or_default());
            name.at.0 = begin;
        }
        for cell in &mut self.cells {
            if let Cell::Text(at, length) | Cell::Choice(at, length) = cell {
                let text = self.texts.get(*at as usize..(*at as usize + *length as usize)).unwrap_or_default();
                *at = texts.len() as u32;
                texts.push_str(text);
            }
        }
        self.origin = Origin::Gone;
        self.cells.shrink_to_fit();
        self.rows.shrink_to_fit();
        std::mem::replace(&mut self.texts, texts)
    }

    /// A row's record as it is set aside.
    pub fn json(&self, at: usize) -> String {
        let Some(row) = self.rows.get(at) else { return String::new() };
        if let Some(extra) = self.extra(row).filter(|extra| !extra.json.is_empty() || extra.id.is_none()) {
            return extra.json.clone();
        }
        let Some(name) = self.names.get(at) else { return String::new() };
        let plain = match &self.origin {
            Origin::Gone => return String::new(),
            Origin::Lines(plain) => plain,
            #[cfg(feature = "columns")]
            Origin::Columns(block) => {
                let record = block.record((row.position - block.before) as usize - 1).ok();
                return record.map_or_else(String::new, |record| record.to_json());
            }
        };
        let (before, after) = self.texts.split_at_checked(name.at.0 as usize).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let line = [&before[begin..], after.split('\n').next().unwrap_or_default()].concat();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        let record = plain.record(row.position, line.as_bytes()).ok();
        record.map_or_else(String::new, |record| record.to_json())
    }

    /// What else a row has.
    #[inline]
    pub fn extra(&self, row: &Row) -> Option<&Extra> {
        self.extras.get((row.extra as usize).checked_sub(1)?)
    }
}

/// The properties of an event, wherever they lie.
#[derive(Clone, Copy)]
pub enum Props<'a> {
    /// In a batch, from a cell on.
    Row(&'a Batch, u32),
    /// By slot.
    Kept(&'a [Option<Kept>]),
    /// Some of them, with the place of each slot.
    Past(&'a [Option<Kept>], &'a [Option<u8>]),
}

impl<'a> Props<'a> {
    /// A property that is a number.
    #[inline]
    pub fn number(self, slot: u8) -> Option<Number> {
        match self {
            Self::Row(batch, at) => match *batch.cells.get(at as usize + usize::from(slot))? {
                Cell::Number(number) => Some(number),
                _ => None,
            },
            Self::Kept(_) | Self::Past(..) => match self.get(slot)? {
                Seen::Number(number) => Some(number),
                _ => None,
            },
        }
    }

    /// The letters of a property that is a text or a word of a `one of`.
    #[inline]
    pub fn letters(self, slot: u8) -> Option<&'a [u8]> {
        match self {
            Self::Row(batch, at) => match *batch.cells.get(at as usize + usize::from(slot))? {
                Cell::Text(at, length) | Cell::Choice(at, length) => {
                    batch.texts.as_bytes().get(at as usize..(at as usize + length as usize))
                }
                _ => None,
            },
            Self::Kept(_) | Self::Past(..) => self.get(slot)?.as_text().map(str::as_bytes),
        }
    }

    /// A property.
    #[inline]
    pub fn get(self, slot: u8) -> Option<Seen<'a>> {
        match self {
            Self::Kept(values) => values.get(usize::from(slot))?.as_ref().map(Kept::seen),
            Self::Past(values, places) => {
                let place = (*places.get(usize::from(slot))?)?;
                values.get(usize::from(place))?.as_ref().map(Kept::seen)
            }
            Self::Row(batch, at) => match *batch.cells.get(at as usize + usize::from(slot))? {
                Cell::Missing => None,
                Cell::Number(number) => Some(Seen::Number(number)),
                Cell::Flag(flag) => Some(Seen::Flag(flag)),
                Cell::Date(date) => Some(Seen::Date(date)),
                Cell::Time(ms) => Some(Seen::Time(ms)),
                Cell::Text(at, length) => Some(Seen::Text(batch.text((at, length)))),
                Cell::Choice(at, length) => Some(Seen::Choice(batch.text((at, length)))),
                Cell::List(at) => Some(Seen::List(batch.lists.get(at as usize)?)),
            },
        }
    }
}
