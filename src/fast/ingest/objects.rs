//! A flat JSON object as tokens. Only what is surely JSON passes; all else is odd.

use super::{Kind, Token};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The next eight bytes of a line, the first lowest.
fn eight(line: &[u8], at: usize) -> Option<u64> {
    line.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The place of the first quote, backslash or control character from here on; the end where there is none.
fn special(line: &[u8], mut at: usize) -> usize {
    while let Some(word) = eight(line, at) {
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
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The end of a text that begins here, behind its quote, if nothing in it is escaped.
fn text_end(line: &[u8], at: usize) -> Option<usize> {
    let found = special(line, at);
    (line.get(found) == Some(&b'"')).then_some(found)
}

/// The first byte from here on that is no blank, and its place; nothing at the end.
fn next(line: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        match *line.get(at)? {
            b' ' | b'\t' | b'\r' => at += 1,
            byte => return Some((byte, at)),
        }
    }
}

/// The end of some digits that begin here, of one at least.
fn digits(line: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while line.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    (end > at).then_some(end)
}

/// The end of a number that begins here, if it is one by the grammar of JSON.
fn number_end(line: &[u8], at: usize) -> Option<usize> {
    let is = |at: usize, byte: u8| line.get(at) == Some(&byte);
    let begin = at + usize::from(is(at, b'-'));
    let mut at = digits(line, begin)?;
    if at > begin + 1 && is(begin, b'0') {
        return None;
    }
    if is(at, b'.') {
        at = digits(line, at + 1)?;
    }
    if is(at, b'e') || is(at, b'E') {
        at += 1;
        at += usize::from(is(at, b'+') || is(at, b'-'));
        at = digits(line, at)?;
    }
    Some(at)
}

/// Cuts a line into tokens; whether it is a flat object without escapes.
pub fn cut(bytes: &[u8], at: usize, end: usize, tokens: &mut Vec<Token>) -> bool {
    bytes.get(..end).is_some_and(|line| cut_all(line, at, tokens).is_some())
}

fn cut_all(line: &[u8], at: usize, tokens: &mut Vec<Token>) -> Option<()> {
    let is = |expected: u8, at: usize| next(line, at).filter(|(byte, _)| *byte == expected).map(|(_, at)| at + 1);
    let word = |at: usize, word: &[u8]| line.get(at..)?.starts_with(word).then(|| at + word.len());
    let mut at = is(b'{', at)?;
    loop {
        let name = is(b'"', at)?;
        let name_end = text_end(line, name)?;
        let (first, value) = next(line, is(b':', name_end + 1)?)?;
        let (kind, begin, finish, behind) = match first {
            b'"' => {
                let finish = text_end(line, value + 1)?;
                (Kind::Text, value + 1, finish, finish + 1)
            }
            b'-' | b'0'..=b'9' => {
                let finish = number_end(line, value)?;
                (Kind::Number, value, finish, finish)
            }
            b't' => (Kind::True, value, word(value, b"true")?, value + 4),
            b'f' => (Kind::False, value, word(value, b"false")?, value + 5),
            b'n' => (Kind::Null, value, word(value, b"null")?, value + 4),
            _ => return None,
        };
        tokens.push(Token { name: (name as u32, (name_end - name) as u32), kind, at: (begin as u32, (finish - begin) as u32) });
        match next(line, behind)? {
            (b',', comma) => at = comma + 1,
            (b'}', brace) => return next(line, brace + 1).is_none().then_some(()),
            _ => return None,
        }
    }
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
