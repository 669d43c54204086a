//! What is new in the files, sorted by time, as a run over a whole log sorts it.

use super::{
    course::Course,
    reading::{Item, Source},
};
use crate::{
    cli::Failure,
    runtime::input::{Place, Reading},
    store::{Input, Part, Section, Within},
};
use indicatif::ProgressBar;

/// What was read of a file.
struct Piece {
    /// The file as it is behind it.
    input: Input,
    place: Place,
    is_pipe: bool,
}

/// What was read of all.
#[derive(Default)]
struct Read {
    items: Vec<Item>,
    pieces: Vec<Piece>,
    /// What stands behind a line that was not ended yet.
    rest: Vec<Item>,
}

fn read(source: &Source, reading: &Reading, end: Option<u64>, is_whole: bool, bar: &ProgressBar, into: &mut Read) -> Result<(), Failure> {
    let mut opened = source.open(reading, end, bar)?;
    let (mut place, mut before) = (None, opened.place());
    let mut is_cut = false;
    while let Some((item, is_open)) = opened.next() {
        is_cut |= is_open && !is_whole && end.is_none();
        if is_cut {
            place = place.or(before);
            into.rest.push(item);
        } else {
            into.items.push(item);
        }
        before = opened.place();
    }
    if let Some(error) = opened.take_error() {
        return Err(Failure::World(format!("`{}`: the events cannot be read: {error}", source.given)));
    }
    let place = match place.or_else(|| opened.place()) {
        Some(place) => place,
        None => source.end()?,
    };
    let input = if source.is_pipe { source.input.clone() } else { source.at(place)? };
    into.pieces.push(Piece { input, place, is_pipe: source.is_pipe });
    Ok(())
}

/// First what cannot be read, then the records by time.
fn in_order(items: Vec<Item>) -> Vec<Item> {
    let (mut good, bad): (Vec<Item>, Vec<Item>) = items.into_iter().partition(Result::is_ok);
    good.sort_by_key(|item| item.as_ref().map(|record| (record.time_ms, record.position)).unwrap_or_default());
    bad.into_iter().chain(good).collect()
}

impl Course<'_> {
    /// Runs what is new in all files. With `is_whole`, a line at the end of a file that was not ended is taken too.
    ///
    /// Returns what stands behind such a line where it is not taken.
    pub fn run_sorted(&mut self, reading: &Reading, is_whole: bool, bar: &ProgressBar) -> Result<Vec<Item>, Failure> {
        if let Some(section) = self.live.store().section()? {
            let mut found = Read::default();
            for part in &section.parts {
                let source = self.sources.all.iter().find(|source| source.input.number == part.input);
                let gone = || {
                    Failure::World(
                        "the last run was stopped in the middle of a file that is not given now: give the same files again".to_owned(),
                    )
                };
                read(source.ok_or_else(gone)?, reading, Some(part.end), true, bar, &mut found)?;
            }
            self.run_section(found, section.done)?;
        }
        let mut found = Read::default();
        for source in &self.sources.all {
            read(source, reading, None, is_whole, bar, &mut found)?;
        }
        let rest = std::mem::take(&mut found.rest);
        self.run_section(found, 0)?;
        Ok(rest)
    }

    fn run_section(&mut self, found: Read, done: u64) -> Result<(), Failure> {
        let parts =
            found.pieces.iter().filter(|piece| !piece.is_pipe).map(|piece| Part { input: piece.input.number, end: piece.place.offset });
        let mut section = Section { parts: parts.collect(), done };
        let skipped = usize::try_from(done).unwrap_or(usize::MAX);
        // Where a file was not read before, the store must know it before a part of it is named.
        let begun: Vec<Input> = self.sources.all.iter().filter(|source| !source.is_pipe).map(|source| source.input.clone()).collect();
        for item in in_order(found.items).into_iter().skip(skipped) {
            self.take(item)?;
            section.done += 1;
            if self.is_full() {
                self.commit(&begun, Within::Section(&section))?;
            }
        }
        let inputs: Vec<Input> = found.pieces.into_iter().filter(|piece| !piece.is_pipe).map(|piece| piece.input).collect();
        self.commit(&inputs, Within::None)?;
        for source in &mut self.sources.all {
            if let Some(input) = inputs.iter().find(|input| input.number == source.input.number) {
                source.input = input.clone();
            }
        }
        Ok(())
    }
}
