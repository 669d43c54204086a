//! Text to text, proved.
//!
//! Job: bring a text into the canonical layout. Whatever could not be read as it is written passes through untouched: the
//! innermost item around it; where that is not safe its whole declaration; where that is not safe the whole file.
//! Invariants: the new text is read again before it is handed out, and has the same tree but for places, the same
//! comments and the same findings, and would be formatted to itself; or there is no new text.
//! Line ends stay those of the first line; a byte order mark goes.

use super::{
    damage::{self, Around},
    print_with,
};
use crate::{
    ast::File,
    parse::{self, Parsed, codes::F009},
    source::{FileId, Span},
};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};

/// A text in the canonical layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// The places of the old text that could not be read and stand in the new one as they were.
    pub kept: Vec<Span>,
}

/// The new text would not have said the same. This is a mistake of ours, and nothing is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the layout would have changed {0}")]
pub struct Refused(&'static str);

/// Brings a text into the canonical layout.
///
/// # Errors
/// [`Refused`] where the new text would not mean what the old one does.
pub fn format(text: &str) -> Result<Formatted, Refused> {
    let file = FileId::new(0);
    let line_end = line_end(text);
    let parsed = parse::parse(file, text);
    if parsed.diagnostics.is_empty() && parsed.mended.is_empty() {
        let new = print_with(&parsed.file, line_end);
        let again = parse::parse(file, &new);
        same((text, &parsed, &parsed.file), (&new, &again, &again.file), line_end)?;
        return Ok(Formatted { text: new, kept: Vec::new() });
    }
    for around in [Around::Item, Around::Declaration] {
        let Some((old, kept)) = damaged(&parsed, text, around) else { continue };
        let new = print_with(&old, line_end);
        let again = parse::parse(file, &new);
        let Some((tree, _)) = damaged(&again, &new, around) else { continue };
        if same((text, &parsed, &old), (&new, &again, &tree), line_end).is_ok() {
            return Ok(Formatted { text: new, kept });
        }
    }
    let whole = Span::new(file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    Ok(Formatted { text: text.to_owned(), kept: vec![whole] })
}

/// The tree with everything marked that is not to be touched; `None` where that is the whole file.
fn damaged(parsed: &Parsed, text: &str, around: Around) -> Option<(File, Vec<Span>)> {
    // A file that is too large or nested too deep was not read, and of very many mistakes not all are told.
    if parsed.diagnostics.iter().any(|finding| finding.code.id == F009.id) {
        return None;
    }
    let places: Vec<Span> = parsed.diagnostics.iter().map(|finding| finding.primary.span).chain(parsed.mended.iter().copied()).collect();
    let mut file = parsed.file.clone();
    let kept = damage::mark(&mut file, text, &places, around)?;
    (!kept.contains(&parsed.file.span)).then_some((file, kept))
}

/// The ends of the lines of a text: those of its first line.
fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Whether an old text and a new one, each as read and with what is to be kept, say the same, and the new one is
/// canonical.
fn same(old: (&str, &Parsed, &File), new: (&str, &Parsed, &File), line_end: &'static str) -> Result<(), Refused> {
    let told = |parsed: &Parsed| parsed.diagnostics.iter().map(|finding| (finding.code.id, finding.message.clone())).collect::<Vec<_>>();
    if told(old.1) != told(new.1) {
        return Err(Refused("what can be read"));
    }
    if fingerprint(old.2) != fingerprint(new.2) {
        return Err(Refused("the meaning"));
    }
    let comments = |text| {
        let mut all = parse::comments(text);
        all.sort_unstable();
        all
    };
    if comments(old.0) != comments(new.0) {
        return Err(Refused("the comments"));
    }
    if print_with(new.2, line_end) != new.0 {
        return Err(Refused("again when repeated"));
    }
    Ok(())
}

/// A digest of all that a tree says, comments and blank lines included, without places.
fn fingerprint(file: &File) -> [u8; 32] {
    struct Sink(Sha256);
    impl fmt::Write for Sink {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut sink = Sink(Sha256::new());
    write!(sink, "{:-?}{:-?}", file.items, file.tail).expect("a digest takes everything");
    sink.0.finalize().into()
}
