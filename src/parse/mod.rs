//! From text to tree.
//!
//! Job: the only place that knows pest. `scan` looks at marks and delimiters before the grammar does and mends what it
//! reports; the grammar (`grammar/*.pest`) makes pairs; `build` makes the tree of them; `explain` says in a marketer's
//! words what was expected where a line does not parse.
//! Invariants: parsing never fails, it returns a tree and findings; one mistake is one finding; spans lie in the text
//! that was given; text that did not parse stands in the tree as `Broken`, or beside it as `damaged`.
//! Deliberately absent: names and types, which need more than one item (`resolve`), and reading files.

mod build;
pub mod codes;
mod explain;
mod grammar;
#[cfg(feature = "editor")]
pub mod next;
mod repair;
mod scan;
pub mod words;

use crate::{
    ast::{Broken, File, Node, Top},
    diag::{Diagnostic, Diagnostics},
    source::{FileId, Span},
};
use build::Builder;
use repair::Repair;
use smol_str::SmolStr;

/// The largest file, in bytes.
pub const FILE_MAX: usize = 16 * 1024 * 1024;

/// What comes of a text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree.
    pub file: File,
    /// What is wrong with the text, in the order of places.
    pub diagnostics: Diagnostics,
    /// Places that were read as if they said something else, as their findings (or one beside them) tell.
    pub mended: Vec<Span>,
}

/// Parses a text. Never fails: what cannot be read is reported and stands in the tree as `Broken`.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    if text.len() > FILE_MAX {
        let finding = Diagnostic::new(codes::F009, Span::empty(file, 0), "this file is larger than 16 MiB")
            .at(format!("{} bytes", text.len()))
            .help("split it into several files that `use` each other");
        return unread(file, "", finding);
    }
    if !text.contains('\n') && text.trim_end().contains('\r') {
        let at = u32::try_from(text.find('\r').unwrap_or(0)).unwrap_or(0);
        let finding = Diagnostic::new(codes::F001, Span::new(file, 0, at), "the lines of this file end as those of very old computers do")
            .at("the first line ends here")
            .help("save it with the line ends of Unix or Windows");
        return unread(file, text, finding);
    }
    let scan = scan::scan(file, text);
    if scan.too_deep {
        return Parsed { file: broken_file(file, text), diagnostics: scan.findings, mended: Vec::new() };
    }
    let mut repairs = scan.repairs;
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut told_at = Places::default();
    let mut passes = 0;
    // Each pass mends the words that the one before found misspelt; the last keeps what is left.
    let (items, tail, findings) = loop {
        passes += 1;
        let (repaired, offsets) = repair::apply(text, repairs.clone());
        let mut builder = Builder::new(file, text, &repaired, &offsets, &scan.comments);
        let mut items = Vec::new();
        let mut start = 0;
        for cut in scan.cuts.iter().map(|cut| offsets.repaired(*cut)).chain([repaired.len()]) {
            match grammar::file(repaired.get(start..cut).unwrap_or("")) {
                Ok(pair) => builder.part(pair, start, &mut items),
                Err(at) => return unread(file, text, unreadable(file, offsets.original(start + at))),
            }
            start = cut;
        }
        let tail = builder.comments_before(u32::MAX);
        let (mut findings, corrections) = (builder.findings, builder.corrections);
        findings.retain(|finding| !told_at.touch(finding.primary.span));
        let fresh: Vec<Diagnostic> = corrections.into_iter().filter(|finding| !told_at.touch(finding.primary.span)).collect();
        if fresh.is_empty() || passes == PASSES_MAX {
            break (items, tail, findings);
        }
        repairs.extend(fresh.iter().flat_map(repairs_of));
        told.extend(fresh);
        told_at = Places::new(told.iter().map(|finding| finding.primary.span).collect());
    };
    let mut diagnostics: Diagnostics = findings.into_iter().chain(told).collect();
    let hidden = Places::new(scan.hidden);
    diagnostics.retain(|finding| !hidden.contain(finding.primary.span));
    diagnostics.extend(scan.findings);
    diagnostics.sort();
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mended = repairs.iter().map(|repair| Span::new(file, place(repair.start), place(repair.end))).collect();
    Parsed { file: File { span: Span::new(file, 0, end), items, tail }, diagnostics, mended }
}

/// The comments of a text, in order, each with its mark and without white space at its end.
#[must_use]
pub fn comments(text: &str) -> Vec<&str> {
    let found = scan::scan(FileId::new(0), text).comments;
    found.iter().filter_map(|comment| text.get(comment.start as usize..comment.end as usize)).collect()
}

/// How often a file is parsed at most: once, and again with words mended.
const PASSES_MAX: usize = 6;

/// Places in the order of their beginnings, each with the furthest end up to it, to be searched.
#[derive(Default)]
struct Places {
    spans: Vec<Span>,
    ends: Vec<u32>,
}

impl Places {
    fn new(mut spans: Vec<Span>) -> Self {
        spans.sort();
        let ends = spans.iter().scan(0, |end, span| {
            *end = span.end.max(*end);
            Some(*end)
        });
        Self { ends: ends.collect(), spans }
    }

    /// Whether one of them touches a place.
    fn touch(&self, other: Span) -> bool {
        let until = self.spans.partition_point(|span| span.start <= other.end);
        let near = self.spans.iter().zip(&self.ends).take(until).rev().take_while(|(_, end)| **end >= other.start);
        near.into_iter().any(|(span, _)| touches(*span, other))
    }

    /// Whether a place lies in one of them.
    fn contain(&self, other: Span) -> bool {
        let until = self.spans.partition_point(|span| span.start <= other.start);
        until.checked_sub(1).and_then(|last| self.ends.get(last)).is_some_and(|end| *end >= other.end)
    }
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end && !(one.end == other.start && !one.is_empty() && !other.is_empty())
}

fn repairs_of(finding: &Diagnostic) -> impl Iterator<Item = Repair> {
    finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| Repair {
        start: edit.span.start as usize,
        end: edit.span.end as usize,
        text: edit.text.clone().into(),
    })
}

fn unreadable(file: FileId, at: usize) -> Diagnostic {
    Diagnostic::new(codes::F999, Span::empty(file, u32::try_from(at).unwrap_or(0)), "internal error: this file could not be read at all")
        .help("this is a mistake in funnelc: please report it with the file")
}

fn unread(file: FileId, text: &str, finding: Diagnostic) -> Parsed {
    Parsed { file: broken_file(file, text), diagnostics: [finding].into_iter().collect(), mended: Vec::new() }
}

fn broken_file(file: FileId, text: &str) -> File {
    let span = Span::new(file, 0, u32::try_from(text.len()).unwrap_or(0));
    let it = Top::Broken(Broken { text: SmolStr::new(text) });
    File { span, items: vec![Node { span, trivia: None, it }], tail: Vec::new() }
}
