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
pub fn pieces(file: FileId, text: &str) -> Vec<(Piece, Span)> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let (piece, inside): (Piece, &dyn Fn(char, bool) -> bool) = match c {
            '"' => (Piece::Prose, &|next, escaped| next != '\n' && (next != '"' || escaped)),
            '#' => (Piece::Prose, &|next, _| next != '\n'),
            _ if is_letter(c) => (Piece::Word, &|next, _| is_letter(next)),
            _ => continue,
        };
        let mut end = start + c.len_utf8();
        let mut escaped = false;
        while let Some((at, next)) = chars.next_if(|(_, next)| inside(*next, escaped)) {
            escaped = next == '\\' && !escaped;
            end = at + next.len_utf8();
        }
        if c == '"' {
            chars.next_if(|(_, next)| *next == '"');
        }
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            found.push((piece, Span::new(file, start, end)));
        }
    }
    found
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
            pieces(FileId::new(0), text).into_iter().map(|(piece, span)| (piece, text.get(span.range()).unwrap_or(""))).collect();
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
