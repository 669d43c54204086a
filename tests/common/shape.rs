//! Trees compared by what they say.

use funnelc::ast::File;

/// A tree as text, without the places and marks that printing may change.
pub fn shape(file: &File) -> String {
    let text = format!("{:?}", (&file.items, &file.tail));
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(letter) = rest.chars().next() {
        if let Some(length) = span_length(rest) {
            out.push('_');
            rest = &rest[length..];
        } else if let Some(tail) = rest.strip_prefix("one_line: true").or_else(|| rest.strip_prefix("one_line: false")) {
            rest = tail;
        } else {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    out
}

/// The length of `0:12..15` at the beginning of a text.
fn span_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let file = digits(text);
    let rest = text.get(file..)?.strip_prefix(':').filter(|_| file > 0)?;
    let start = digits(rest);
    let rest = rest.get(start..)?.strip_prefix("..").filter(|_| start > 0)?;
    let end = digits(rest);
    (end > 0).then_some(file + 1 + start + 2 + end)
}
