//! A row of a table as tokens, if no quote stands in it.
//!
//! A line is gone through once, eight letters at a time: cells are mostly short, so that looking for each end anew costs more than
//! the letters between them.

use super::{
    Kind, Token,
    eights::{EACH, among, eight, first},
    without_return,
};

/// The letters at which something ends.
#[derive(Clone, Copy)]
pub struct Ends {
    separator: u8,
    /// Each of them eight times.
    each: [u64; 3],
}

impl Ends {
    /// Those of a table with this separator.
    pub fn new(separator: u8) -> Self {
        Self { separator, each: [separator, b'\n', b'"'].map(|letter| u64::from(letter) * EACH) }
    }

    /// Cuts the line that begins at a place into cells; where it ends, and whether it has as many as the table has columns, without
    /// quotes.
    pub fn cut(self, bytes: &[u8], at: usize, columns: usize, tokens: &mut Vec<Token>) -> (usize, bool) {
        let (mut begin, mut place) = (at, at);
        while let Some(letters) = eight(bytes, place) {
            let mut found = self.each.iter().fold(0, |found, each| found | among(letters, *each));
            while found != 0 {
                let end = place + first(found);
                found &= found - 1;
                if let Some(done) = self.end(bytes, (begin, end), columns, tokens) {
                    return done;
                }
                begin = end + 1;
            }
            place += 8;
        }
        for end in place..bytes.len() {
            if self.each.contains(&(u64::from(bytes[end]) * EACH)) {
                if let Some(done) = self.end(bytes, (begin, end), columns, tokens) {
                    return done;
                }
                begin = end + 1;
            }
        }
        push(tokens, begin, without_return(bytes, begin, bytes.len()));
        (bytes.len(), tokens.len() == columns)
    }

    /// What ends at a place: a cell, or the line, or all that is plain of it.
    #[inline]
    fn end(self, bytes: &[u8], (begin, end): (usize, usize), columns: usize, tokens: &mut Vec<Token>) -> Option<(usize, bool)> {
        let letter = bytes[end];
        if letter == self.separator {
            push(tokens, begin, end);
            return None;
        }
        if letter == b'\n' {
            push(tokens, begin, without_return(bytes, begin, end));
            return Some((end, tokens.len() == columns));
        }
        Some((memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |length| end + length), false))
    }
}

#[inline]
fn push(tokens: &mut Vec<Token>, begin: usize, end: usize) {
    let column = tokens.len() as u32;
    tokens.push(Token { name: (column, 0), lead: 0, kind: Kind::Cell, at: (begin as u32, (end - begin) as u32) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_is_cut_as_one_would_by_hand(lines in "([a-c,;\"é\r \u{1}]{0,30}\n?){0,4}", ahead in 0_usize..9, columns in 1_usize..6) {
            let text = format!("{}{lines}", "x".repeat(ahead));
            let bytes = text.as_bytes();
            for separator in [b',', b';'] {
                let mut at = ahead;
                while at < bytes.len() {
                    let line = text[at..].split('\n').next().unwrap_or_default();
                    let mut tokens = Vec::new();
                    let (end, is_cut) = Ends::new(separator).cut(bytes, at, columns, &mut tokens);
                    prop_assert_eq!(end, at + line.len());
                    let line = line.strip_suffix('\r').unwrap_or(line);
                    let cells: Vec<&str> = line.split(char::from(separator)).collect();
                    prop_assert_eq!(is_cut, !line.contains('"') && cells.len() == columns);
                    if is_cut {
                        let cut: Vec<&str> = tokens.iter().map(|token| &text[token.at.0 as usize..][..token.at.1 as usize]).collect();
                        prop_assert_eq!(cut, cells);
                    }
                    at = end + 1;
                }
            }
        }
    }
}
