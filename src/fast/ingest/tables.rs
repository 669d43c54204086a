//! A row of a table as tokens, if no cell in quotes has a quote or an end of line in it.
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

    /// Cuts the line that begins at a place into cells; where it ends, and whether it has as many as the table has columns and is
    /// plain. Only so many cells from the first on are wanted as tokens.
    pub fn cut(self, bytes: &[u8], at: usize, (columns, wanted): (usize, usize), tokens: &mut Vec<Token>) -> (usize, bool) {
        let mut line = Line { bytes, begin: at, quoted: None, cells: 0, columns, wanted, tokens };
        let mut place = at;
        while let Some(found) = self.sought.among_sixteen(bytes, place) {
            place = match self.end_of_some(&mut line, place, found) {
                Next::On => place + SIXTEEN,
                Next::From(place) => place,
                Next::Done(end, is_cut) => return (end, is_cut),
            };
        }
        while place < bytes.len() {
            let next = if self.sought.is(bytes[place]) { self.end(&mut line, place) } else { Next::On };
            place = match next {
                Next::On => place + 1,
                Next::From(place) => place,
                Next::Done(end, is_cut) => return (end, is_cut),
            };
        }
        line.finish(bytes.len())
    }

    /// What ends among sixteen letters, at the places that were found.
    #[inline]
    fn end_of_some(self, line: &mut Line<'_>, place: usize, mut found: u32) -> Next {
        while found != 0 {
            let next = self.end(line, place + found.trailing_zeros() as usize);
            if !matches!(next, Next::On) {
                return next;
            }
            found &= found - 1;
        }
        Next::On
    }

    /// What ends at a place: a cell, or the line, or all that is plain of it.
    #[inline]
    fn end(self, line: &mut Line<'_>, end: usize) -> Next {
        let letter = line.bytes[end];
        if letter == self.separator {
            line.push(end);
            line.begin = end + 1;
            return Next::On;
        }
        if letter == b'\n' {
            let (end, is_cut) = line.finish(end);
            return Next::Done(end, is_cut);
        }
        // Within a cell a quote is a letter as any other.
        if end > line.begin { Next::On } else { self.quoted(line, end) }
    }

    /// A cell in quotes that begin at a place.
    fn quoted(self, line: &mut Line<'_>, begin: usize) -> Next {
        let inside = &line.bytes[begin + 1..];
        if let Some(length) = memchr::memchr2(b'"', b'\n', inside).filter(|at| inside[*at] == b'"') {
            let behind = &inside[length + 1..];
            let behind = behind.strip_prefix(b"\r").filter(|rest| rest.first().is_none_or(|byte| *byte == b'\n')).unwrap_or(behind);
            if behind.first().is_none_or(|byte| [self.separator, b'\n'].contains(byte)) {
                line.quoted = Some((begin as u32 + 1, length as u32));
                return Next::From(begin + 1 + length + 1);
            }
        }
        Next::Done(line_end(line.bytes, begin), false)
    }
}

/// How a line goes on.
enum Next {
    /// With the next letter.
    On,
    /// From a place.
    From(usize),
    /// It ends at a place, and is cut or not.
    Done(usize, bool),
}

/// A line that is cut.
struct Line<'l> {
    bytes: &'l [u8],
    /// Where the next cell begins.
    begin: usize,
    /// What of it stands in quotes: where that begins, and how long it is.
    quoted: Option<(u32, u32)>,
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
        let quoted = self.quoted.take();
        if self.cells < self.wanted {
            let at = quoted.unwrap_or((self.begin as u32, (end - self.begin) as u32));
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

    /// The cells of a line; nothing where one in quotes is not plain.
    fn by_hand(mut line: &str, separator: char) -> Option<Vec<&str>> {
        let mut cells = Vec::new();
        loop {
            let (cell, rest) = match line.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => line.split_at(line.find(separator).unwrap_or(line.len())),
            };
            cells.push(cell);
            match rest.strip_prefix(separator) {
                Some(rest) => line = rest,
                None => return rest.is_empty().then_some(cells),
            }
        }
    }

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
                    let cells = by_hand(line, char::from(separator));
                    prop_assert_eq!(is_cut, cells.as_ref().is_some_and(|cells| cells.len() == columns), "{}", line);
                    let cells = cells.unwrap_or_default();
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
