//! A row of a table as tokens, if no quote stands in it.

use super::{Kind, Token};

/// Cuts a line into cells; whether it has as many as the table has columns, without quotes.
pub fn cut(bytes: &[u8], (at, end): (usize, usize), separator: u8, columns: usize, tokens: &mut Vec<Token>) -> bool {
    let mut begin = at;
    for place in memchr::memchr2_iter(separator, b'"', &bytes[at..end]) {
        let place = at + place;
        if bytes[place] == b'"' {
            return false;
        }
        push(tokens, begin, place);
        begin = place + 1;
    }
    push(tokens, begin, end);
    tokens.len() == columns
}

fn push(tokens: &mut Vec<Token>, begin: usize, end: usize) {
    let column = tokens.len() as u32;
    tokens.push(Token { name: (column, 0), lead: 0, kind: Kind::Cell, at: (begin as u32, (end - begin) as u32) });
}
