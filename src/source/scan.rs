//! A file as eyes read it: words, texts in quotes, comments.
//!
//! Files of plain ASCII, which most are, are never looked at. The file was parsed before, so quotes are closed.

use super::{FileId, Span};

/// What a file is made of for eyes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Letters, digits and `_` that stand together.
    Word,
    /// A text in quotes, or a comment.
    Prose,
}

/// The words and proses of a text, in order.
pub fn pieces(file: FileId, text: &str) -> impl Iterator<Item = (Piece, Span)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.as_bytes().get(at..)?.iter().take_while(|byte| is_between(**byte)).count();
            let start = at;
            let c = char_at(text, start)?;
            let (piece, end) = match c {
                '"' => (Piece::Prose, end_of_text(text, start + 1)),
                '#' => (Piece::Prose, text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| start + length)),
                _ if is_letter(c) => (Piece::Word, end_of_word(text, start)),
                _ => {
                    at += c.len_utf8();
                    continue;
                }
            };
            let closed = c == '"' && char_at(text, end) == Some('"');
            at = end + usize::from(closed);
            if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
                return Some((piece, Span::new(file, start, end)));
            }
        }
    })
}

/// Whether a byte is a blank or a mark, and begins neither a word nor a text nor a comment.
fn is_between(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'"' | b'#')
}

fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.get(at..)?.chars().next(),
    }
}

fn end_of_word(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            at += 1;
        }
        match char_at(text, at) {
            Some(c) if is_letter(c) => at += c.len_utf8(),
            Some(_) | None => return at,
        }
    }
}

/// Where a text in quotes ends, before the closing quote.
pub(super) fn end_of_text(text: &str, mut at: usize) -> usize {
    let mut escaped = false;
    while let Some(c) = char_at(text, at).filter(|c| *c != '\n' && (*c != '"' || escaped)) {
        escaped = c == '\\' && !escaped;
        at += c.len_utf8();
    }
    at
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_texts_and_comments_are_told_apart() {
        let text = "stage größe \"a # \\\" b\" { # c \"d\ne1";
        let found: Vec<(Piece, &str)> =
            pieces(FileId::new(0), text).map(|(piece, span)| (piece, text.get(span.range()).unwrap_or(""))).collect();
        let expected = [
            (Piece::Word, "stage"),
            (Piece::Word, "größe"),
            (Piece::Prose, "\"a # \\\" b"),
            (Piece::Prose, "# c \"d"),
            (Piece::Word, "e1"),
        ];
        assert_eq!(found, expected);
    }
}
