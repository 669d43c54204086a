//! What can be folded: blocks and lists of several lines, and comments of several lines.

use super::{
    Program,
    place::{Piece, pieces},
};
use crate::source::FileId;

/// Lines, from 0, of which all but the first can be hidden.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Fold {
    /// The line that stays.
    pub first: usize,
    /// The last line that is hidden.
    pub last: usize,
    /// Whether these are comments.
    pub is_comment: bool,
}

/// What can be folded in a file. This reads marks and no tree, so that folds stay while a line does not parse.
#[must_use]
pub fn folds(program: &Program, file: FileId) -> Vec<Fold> {
    let source = program.source(file);
    let line_of = |at: usize| source.lines().line_of(u32::try_from(at).unwrap_or(u32::MAX));
    let mut open: Vec<usize> = Vec::new();
    let mut comments: Vec<(usize, usize)> = Vec::new();
    let mut found = Vec::new();
    let mut is_fresh = true;
    for (piece, range) in pieces(source.text()) {
        match piece {
            Piece::Mark('{' | '(' | '[') => open.push(line_of(range.start)),
            Piece::Mark('}' | ')' | ']') => {
                if let Some(first) = open.pop() {
                    let last = line_of(range.start);
                    if last > first + 1 {
                        found.push(Fold { first, last: last - 1, is_comment: false });
                    }
                }
            }
            Piece::Comment if is_fresh => {
                let line = line_of(range.start);
                match comments.last_mut() {
                    Some((_, last)) if *last + 1 == line => *last = line,
                    _ => comments.push((line, line)),
                }
            }
            Piece::Comment | Piece::Word | Piece::Number | Piece::Text | Piece::Mark(_) | Piece::LineEnd => {}
        }
        is_fresh = piece == Piece::LineEnd;
    }
    found.extend(comments.into_iter().filter(|(first, last)| last > first).map(|(first, last)| Fold { first, last, is_comment: true }));
    found.sort();
    found
}
