//! The lines of a file that a finding shows.
//!
//! miette looks for the lines of a place from the beginning of the text, and shows lines at any length. Here they are
//! found by the index of lines, and a line that is too long for any screen is cut around the place.

use crate::source::{FileId, SourceFile, SourceMap};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Beyond so many bytes the shown lines are cut.
const BYTES_MAX: usize = 2_000;
/// Places with at most so many lines between their excerpts are shown in one; miette would take half a file.
const GAP_MAX: usize = 6;
/// How much of a long line is shown on each side of a place.
const AROUND: usize = 40;

/// A file, as miette reads from it.
#[derive(Debug)]
pub(super) struct Excerpt<'s> {
    file: &'s SourceFile,
}

impl<'s> Excerpt<'s> {
    pub fn new(sources: &'s SourceMap, file: FileId) -> Self {
        Self { file: sources.file(file) }
    }

    fn line_start(&self, line: usize) -> usize {
        self.file.lines().start_of(line).map_or(self.file.shown().len(), |start| start as usize)
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.file.shown();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let line_of = |at: usize| self.file.lines().line_of(u32::try_from(at).unwrap_or(u32::MAX));
        let line = line_of(start);
        // A line more on each side, so that miette finds the ends of those that it shows.
        let first = line.saturating_sub(before + 1);
        let (from, to) = (self.line_start(first), self.line_start(line_of(end) + after + 2));
        let window = text.get(from..to).ok_or(MietteError::OutOfBounds)?;
        let inner = SourceSpan::new(start.saturating_sub(from).into(), span.len());
        let shown = window.read_span(&inner, before, after)?;
        let name = self.file.name().to_owned();
        if shown.data().len() <= BYTES_MAX || window.lines().all(|line| line.len() <= BYTES_MAX) {
            let lines = shown.data().iter().filter(|byte| **byte == b'\n').count() + 1;
            let place = SourceSpan::new((shown.span().offset() + from).into(), shown.span().len());
            return Ok(Box::new(MietteSpanContents::new_named(
                name,
                shown.data(),
                place,
                shown.line() + first,
                shown.column(),
                lines + GAP_MAX,
            )));
        }
        if span.len() > BYTES_MAX {
            return Err(MietteError::OutOfBounds);
        }
        let line_start = self.line_start(line);
        let cut_start = floor(text, start.saturating_sub(AROUND).max(line_start));
        let cut_end = floor(text, (end + AROUND).min(self.line_start(line + 1)));
        let data = text.get(cut_start..cut_end).unwrap_or("").trim_end_matches(['\n', '\r']).as_bytes();
        let place = SourceSpan::new(cut_start.into(), data.len());
        Ok(Box::new(MietteSpanContents::new_named(name, data, place, line, cut_start - line_start, 1)))
    }
}

/// The nearest boundary of characters at or before an offset.
pub(super) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
