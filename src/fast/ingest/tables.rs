//! A row of a table as tokens, if no quote stands in it.
//!
//! A line is gone through once, sixteen letters at a time: cells are mostly short, so that looking for each end anew costs more than
//! the letters between them.

use super::{
    Kind, Token,
    letters::{SIXTEEN, Sought},
    line_end, without_return,
};

/// The letters at which something ends.
#[derive(Clone, Copy)]
pub struct Ends {
    separator: u8,
    sought: Sought<3>,
}

impl Ends {
    /// Those of a table with this separator.
    pub fn new(separator: u8) -> Self {
        Self { separator, sought: Sought::new([separator, b'\n', b'"']) }
    }

    /// Cuts the line that begins at a place into cells; where it ends, and whether it has as many as the table has columns, without
    /// quotes. Only so many cells from the first on are wanted as tokens.
    pub fn cut(self, bytes: &[u8], at: usize, (columns, wanted): (usize, usize), tokens: &mut Vec<Token>) -> (usize, bool) {
        let mut line = Line { bytes, begin: at, cells: 0, columns, wanted, tokens };
        let mut place = at;
        while let Some(mut found) = self.sought.among_sixteen(bytes, place) {
            while found != 0 {
                let end = place + found.trailing_zeros() as usize;
                found &= found - 1;
                if let Some(done) = self.end(&mut line, end) {
                    return done;
                }
            }
            place += SIXTEEN;
        }
        let mut ends = (place..bytes.len()).filter(|end| self.sought.is(bytes[*end]));
        let done = ends.find_map(|end| self.end(&mut line, end));
        done.unwrap_or_else(|| line.finish(bytes.len()))
    }

    /// What ends at a place: a cell, or the line, or all that is plain of it.
    #[inline]
    fn end(self, line: &mut Line<'_>, end: usize) -> Option<(usize, bool)> {
        let letter = line.bytes[end];
        if letter == self.separator {
            line.push(end);
            line.begin = end + 1;
            return None;
        }
        Some(if letter == b'\n' { line.finish(end) } else { (line_end(line.bytes, end), false) })
    }
}

/// A line that is cut.
struct Line<'l> {
    bytes: &'l [u8],
    /// Where the next cell begins.
    begin: usize,
    /// How many stand before that.
    cells: usize,
    /// How many there are to be.
    columns: usize,
    /// How many of them become tokens.
    wanted: usize,
    tokens: &'l mut Vec<Token>,
}

impl Line<'_> {
    /// A cell that ends at a place.
    #[inline]
    fn push(&mut self, end: usize) {
        if self.cells < self.wanted {
            let at = (self.begin as u32, (end - self.begin) as u32);
            self.tokens.push(Token { name: (self.cells as u32, 0), lead: 0, kind: Kind::Cell, at });
        }
        self.cells += 1;
    }

    /// The last cell, and with it the line, ends at a place: that, and whether there are as many as there are to be.
    fn finish(&mut self, end: usize) -> (usize, bool) {
        self.push(without_return(self.bytes, self.begin, end));
        (end, self.cells == self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_is_cut_as_one_would_by_hand(
            lines in "([a-c,;\"é\r \u{1}]{0,40}\n?){0,4}",
            ahead in 0_usize..17,
            columns in 1_usize..6,
            wanted in 0_usize..8,
        ) {
            let text = format!("{}{lines}", "x".repeat(ahead));
            let bytes = text.as_bytes();
            for separator in [b',', b';'] {
                let mut at = ahead;
                while at < bytes.len() {
                    let line = text[at..].split('\n').next().unwrap_or_default();
                    let mut tokens = Vec::new();
                    let (end, is_cut) = Ends::new(separator).cut(bytes, at, (columns, wanted), &mut tokens);
                    prop_assert_eq!(end, at + line.len());
                    let line = line.strip_suffix('\r').unwrap_or(line);
                    let cells: Vec<&str> = line.split(char::from(separator)).collect();
                    prop_assert_eq!(is_cut, !line.contains('"') && cells.len() == columns);
                    if is_cut {
                        let cut: Vec<&str> = tokens.iter().map(|token| &text[token.at.0 as usize..][..token.at.1 as usize]).collect();
                        prop_assert_eq!(cut, &cells[..wanted.min(cells.len())]);
                    }
                    at = end + 1;
                }
            }
        }
    }
}
