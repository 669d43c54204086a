//! A flat JSON object as tokens. Only what is surely JSON passes; all else is odd.

use super::{Kind, Token};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The place of the first quote, backslash or control character from here on; the end where there is none.
fn special(bytes: &[u8], mut at: usize, end: usize) -> usize {
    while let Some(eight) = bytes.get(at..at + 8).filter(|_| at + 8 <= end) {
        let word = eight.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
        let quote = zero(word ^ (ONES * 0x22));
        let slash = zero(word ^ (ONES * 0x5c));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = quote | slash | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < end && !matches!(bytes[at], b'"' | b'\\' | 0..0x20) {
        at += 1;
    }
    at
}

/// The end of a text that begins here, behind its quote, if nothing in it is escaped.
fn text_end(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let found = special(bytes, at, end);
    (bytes.get(found) == Some(&b'"') && found < end).then_some(found)
}

fn blank(bytes: &[u8], mut at: usize, end: usize) -> usize {
    while at < end && matches!(bytes[at], b' ' | b'\t' | b'\r') {
        at += 1;
    }
    at
}

/// The end of a number that begins here, if it is one by the grammar of JSON.
fn number_end(bytes: &[u8], mut at: usize, end: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        let begin = at;
        while at < end && bytes[at].is_ascii_digit() {
            at += 1;
        }
        (at > begin).then_some(at)
    };
    let is = |at: usize, byte: u8| at < end && bytes[at] == byte;
    if is(at, b'-') {
        at += 1;
    }
    let begin = at;
    at = digits(at)?;
    if at > begin + 1 && bytes[begin] == b'0' {
        return None;
    }
    if is(at, b'.') {
        at = digits(at + 1)?;
    }
    if is(at, b'e') || is(at, b'E') {
        at += 1;
        if is(at, b'+') || is(at, b'-') {
            at += 1;
        }
        at = digits(at)?;
    }
    Some(at)
}

/// Cuts a line into tokens; whether it is a flat object without escapes.
pub fn cut(bytes: &[u8], at: usize, end: usize, tokens: &mut Vec<Token>) -> bool {
    cut_all(bytes, at, end, tokens).is_some()
}

fn cut_all(bytes: &[u8], at: usize, end: usize, tokens: &mut Vec<Token>) -> Option<()> {
    let byte = |at: usize| if at < end { bytes[at] } else { 0 };
    let mut at = blank(bytes, at, end);
    if byte(at) != b'{' {
        return None;
    }
    at += 1;
    loop {
        at = blank(bytes, at, end);
        if byte(at) != b'"' {
            return None;
        }
        let name_end = text_end(bytes, at + 1, end)?;
        let name = (at as u32 + 1, (name_end - at - 1) as u32);
        at = blank(bytes, name_end + 1, end);
        if byte(at) != b':' {
            return None;
        }
        at = blank(bytes, at + 1, end);
        let (kind, begin, finish, next) = match byte(at) {
            b'"' => {
                let finish = text_end(bytes, at + 1, end)?;
                (Kind::Text, at + 1, finish, finish + 1)
            }
            b'-' | b'0'..=b'9' => {
                let finish = number_end(bytes, at, end)?;
                (Kind::Number, at, finish, finish)
            }
            b't' if bytes.get(at..at + 4) == Some(b"true") => (Kind::True, at, at + 4, at + 4),
            b'f' if bytes.get(at..at + 5) == Some(b"false") => (Kind::False, at, at + 5, at + 5),
            b'n' if bytes.get(at..at + 4) == Some(b"null") => (Kind::Null, at, at + 4, at + 4),
            _ => return None,
        };
        tokens.push(Token { name, kind, at: (begin as u32, (finish - begin) as u32) });
        at = blank(bytes, next, end);
        match byte(at) {
            b',' => at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    (blank(bytes, at + 1, end) == end).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Option<Vec<(String, Kind, String)>> {
        let mut tokens = Vec::new();
        let part = |(at, length): (u32, u32)| line[at as usize..(at + length) as usize].to_owned();
        cut(line.as_bytes(), 0, line.len(), &mut tokens)
            .then(|| tokens.iter().map(|token| (part(token.name), token.kind, part(token.at))).collect())
    }

    #[test]
    fn only_what_is_surely_json_is_cut() {
        let cut = names(r#" {"a": "x y", "long name of a field":-1.5e3,"t":true , "n":null}"#).expect("it is plain");
        let told: Vec<String> = cut.iter().map(|(name, kind, text)| format!("{name} {kind:?} {text}")).collect();
        assert_eq!(told, ["a Text x y", "long name of a field Number -1.5e3", "t True true", "n Null null"]);
        for odd in [
            r#"{"a":"x\"y"}"#,
            r#"{"a":[1]}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":tru}"#,
            r#"{"a":1,}"#,
            r#"{"a":1} x"#,
            r#"{"a":1"#,
            r#"{"a" 1}"#,
            "{}",
            "{\"a\":\"tab\there in a text\"}",
            "{\"a\":\"x",
            "",
        ] {
            assert_eq!(names(odd), None, "{odd}");
        }
    }
}
