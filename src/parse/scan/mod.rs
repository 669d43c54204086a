//! The pass before the grammar: comments, marks of other languages, and delimiters without their partner.
//!
//! Job: gather comments once; tell of every mark that the language does not have (`==`, `;`, smart quotes) and of
//! every brace, bracket, parenthesis or quote that stands alone; and mend them, so that the grammar reads the rest.
//! Invariants: after the repairs all delimiters are balanced outside texts and comments, and nested at most
//! [`NESTING_MAX`] deep, or the scan says that the text is not to be parsed.
//! Deliberately absent: words. A word of another language may be a name here.

mod balance;
mod habits;

use super::{codes, repair::Repair};
use crate::{
    diag::{Diagnostic, Diagnostics},
    source::{FileId, LineIndex, Span},
};
use std::cell::OnceCell;

/// How deep blocks, lists and parentheses may be nested.
pub(super) const NESTING_MAX: usize = 64;

/// How many marks out of place are told of in one file.
const FINDINGS_MAX: usize = 1_000;

/// About how much text is parsed at once: pairs take many times the room of their text, and this much of them stays
/// in the processor's caches.
const PART_BYTES: usize = 48 * 1024;

/// A comment and how many bytes its mark has.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawComment {
    pub start: u32,
    pub end: u32,
    pub mark: u32,
}

/// An opening or closing mark outside texts and comments.
#[derive(Clone, Copy, Debug)]
struct Mark {
    byte: u8,
    at: usize,
}

/// What the scan found.
pub(super) struct Scan {
    pub comments: Vec<RawComment>,
    pub repairs: Vec<Repair>,
    pub findings: Diagnostics,
    /// Places in which other findings would be echoes.
    pub hidden: Vec<Span>,
    /// Ends of top-level blocks, far from each other, at which the text can be cut and parsed in parts.
    pub cuts: Vec<usize>,
    /// Whether the nesting is so deep that the text is not to be parsed.
    pub too_deep: bool,
}

/// Scans a text.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner {
        file,
        text,
        bytes: text.as_bytes(),
        marks: Vec::new(),
        depth: 0,
        deepest: (0, 0),
        balanced: true,
        open: Vec::new(),
        lines: OnceCell::new(),
        untold: 0,
        out: Scan {
            comments: Vec::new(),
            repairs: Vec::new(),
            findings: Diagnostics::new(),
            hidden: Vec::new(),
            cuts: Vec::new(),
            too_deep: false,
        },
    };
    scanner.run();
    scanner.finish()
}

struct Scanner<'t> {
    file: FileId,
    text: &'t str,
    bytes: &'t [u8],
    marks: Vec<Mark>,
    depth: usize,
    /// Depth and place of the deepest mark.
    deepest: (usize, usize),
    balanced: bool,
    open: Vec<u8>,
    /// Where lines begin; made when first asked for.
    lines: OnceCell<LineIndex>,
    /// How many findings were too many.
    untold: usize,
    out: Scan,
}

/// Bytes at which the scan has to look; all others are passed over.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let marks = b"\"#{}()[]=&|!<;'/,$\xE2\xC2";
    let mut index = 0;
    while index < marks.len() {
        stops[marks[index] as usize] = true;
        index += 1;
    }
    stops
};

impl Scanner<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at).copied() {
            if !STOPS[byte as usize] {
                at += 1;
                continue;
            }
            at = match byte {
                b'"' => self.quote(at),
                b'#' => self.comment(at, 1),
                b'{' | b'(' | b'[' => self.opener(byte, at),
                b'}' | b')' | b']' => self.closer(byte, at),
                _ => self.habit(byte, at),
            };
        }
    }

    fn opener(&mut self, byte: u8, at: usize) -> usize {
        self.marks.push(Mark { byte, at });
        self.open.push(byte);
        self.depth += 1;
        if self.depth > self.deepest.0 {
            self.deepest = (self.depth, at);
        }
        at + 1
    }

    fn closer(&mut self, byte: u8, at: usize) -> usize {
        self.marks.push(Mark { byte, at });
        let partner = self.open.pop();
        self.depth = self.depth.saturating_sub(1);
        if partner != Some(partner_of(byte)) {
            self.balanced = false;
        }
        if self.depth == 0 && byte == b'}' && at - self.out.cuts.last().copied().unwrap_or(0) > PART_BYTES {
            self.cut(at + 1);
        }
        at + 1
    }

    /// Notes the end of a line that ends a top-level block, unless the next line may go on with it.
    fn cut(&mut self, at: usize) {
        let rest = self.text.get(at..).unwrap_or("");
        let Some(next) = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n') else { return };
        let next = next.trim_start();
        if !["else", "otherwise", "and", "or"].iter().any(|word| next.starts_with(word)) {
            self.out.cuts.push(at);
        }
    }

    fn comment(&mut self, at: usize, mark: u32) -> usize {
        let end = self.line_end(at);
        let trimmed = self.text.get(at..end).map_or(end, |text| at + text.trim_end().len());
        self.out.comments.push(RawComment { start: small(at), end: small(trimmed), mark });
        end
    }

    /// Passes over a text; one that does not end on its line is told and ended there.
    fn quote(&mut self, at: usize) -> usize {
        let mut end = at + 1;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'"' => return end + 1,
                b'\\' if self.bytes.get(end + 1).is_some_and(|byte| *byte != b'\n') => end += 2,
                b'\n' => break,
                _ => end += 1,
            }
        }
        self.unclosed_quote(at, 1)
    }

    /// A text that is not closed: told, and closed at the end of its line. `length` is that of the mark that opens it.
    fn unclosed_quote(&mut self, at: usize, length: usize) -> usize {
        let line_end = self.line_end(at);
        let rest = self.text.get(at + length..line_end).unwrap_or("");
        // What stands at the end of the line and was hardly meant to be in the text: ` {`, `)`.
        let kept = rest.trim_end();
        let kept = kept.strip_suffix('{').or_else(|| kept.strip_suffix("{ }")).map_or(kept, str::trim_end);
        let kept = kept.strip_suffix(')').filter(|text| !text.contains('(')).unwrap_or(kept);
        let end = at + length + kept.len();
        let place = self.span(at, at + length);
        self.tell(
            Diagnostic::new(codes::F006, place, "this text is not closed")
                .at("the quote that opens it")
                .help("a text ends with `\"` on the line on which it begins; a new line in it is written `\\n`"),
        );
        self.out.hidden.push(self.span(self.line_start(at), line_end));
        // A backslash at the very end would take the new quote for itself.
        let slashes = kept.bytes().rev().take_while(|byte| *byte == b'\\').count();
        let text = if slashes % 2 == 1 { "\\\"" } else { "\"" };
        if length > 1 {
            self.out.repairs.push(Repair { start: at, end: at + length, text: "\"".into() });
        }
        self.out.repairs.push(Repair { start: end, end, text: text.into() });
        end
    }

    fn finish(mut self) -> Scan {
        if self.deepest.0 > NESTING_MAX {
            let (depth, at) = self.deepest;
            self.out.findings.push(
                Diagnostic::new(codes::F009, self.span(at, at + 1), format!("nested {depth} deep, and {NESTING_MAX} is the limit"))
                    .at("the deepest place")
                    .help("take inner blocks out into plays of their own"),
            );
            self.out.too_deep = true;
        } else if !self.balanced || !self.open.is_empty() {
            self.out.cuts.clear();
            self.rebalance();
        }
        self.out
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, small(start), small(end))
    }

    /// Notes a finding, unless there are so many that nobody would read them.
    fn tell(&mut self, finding: Diagnostic) {
        if self.out.findings.iter().len() < FINDINGS_MAX {
            self.out.findings.push(finding);
        } else {
            if self.untold == 0 {
                let message = format!("more than {FINDINGS_MAX} marks are out of place, and the others are not shown");
                self.out.findings.push(
                    Diagnostic::new(codes::F009, finding.primary.span, message)
                        .at("the first that is not shown")
                        .help("mend those before this first; is this a funnel file at all?"),
                );
            }
            self.untold += 1;
        }
    }

    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.text))
    }

    fn line_start(&self, at: usize) -> usize {
        let lines = self.lines();
        lines.start_of(lines.line_of(small(at))).unwrap_or(0) as usize
    }

    fn line_end(&self, at: usize) -> usize {
        let lines = self.lines();
        lines.start_of(lines.line_of(small(at)) + 1).map_or(self.bytes.len(), |next| (next as usize).saturating_sub(1))
    }
}

fn partner_of(byte: u8) -> u8 {
    match byte {
        b'{' => b'}',
        b'}' => b'{',
        b'(' => b')',
        b')' => b'(',
        b'[' => b']',
        _ => b'[',
    }
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
