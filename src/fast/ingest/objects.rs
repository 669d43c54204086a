//! A JSON object as tokens, one for each of its values. Only what is surely JSON passes; all else is odd.
//!
//! Lines of a log are much alike: what stands between two values, a name with its quotes and marks, is kept as a lead, with the
//! leads that came behind it. Where a line goes on as one before it, a lead is compared in one go and not read again, and its
//! number says which name it has.

use super::{
    Kind, Token,
    letters::{SIXTEEN, Sought, eight},
    line_end,
};
use serde::de::IgnoredAny;
use smallvec::SmallVec;

/// So many leads are kept, and so many behind each; lines that are less alike are read letter by letter.
const LEADS_MAX: usize = 1_000;
const BEHIND_MAX: usize = 16;

/// The end of a text that begins here, behind its quote, and whether something in it is escaped.
#[inline(always)]
fn text_end(marks: &Sought<2>, line: &[u8], at: usize) -> Option<(usize, bool)> {
    let end = mark(marks, line, at)?;
    match line[end] {
        b'"' => Some((end, false)),
        b'\\' => Some((escaped_end(marks, line, end)?, true)),
        _ => None,
    }
}

/// The end of a text in which something is escaped here.
#[cold]
fn escaped_end(marks: &Sought<2>, line: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = mark(marks, line, behind_escape(line, at)?)?;
        match line[at] {
            b'"' => return Some(at),
            b'\\' => {}
            _ => return None,
        }
    }
}

/// The next quote, backslash or control character.
#[inline(always)]
fn mark(marks: &Sought<2>, line: &[u8], mut at: usize) -> Option<usize> {
    while let Some(found) = marks.or_control_among_sixteen(line, at) {
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += SIXTEEN;
    }
    let rest = line.get(at..)?;
    Some(at + rest.iter().position(|byte| marks.is(*byte) || *byte < 0x20)?)
}

/// What stands behind an escape that begins here, if it is one by the grammar of JSON.
fn behind_escape(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => line.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit).then_some(at + 6),
        _ => None,
    }
}

/// The end of an object or a list that begins here, on one line, as the runtime's own reader has it.
fn nested_end(line: &[u8], at: usize) -> Option<usize> {
    let rest = &line[at..line_end(line, at)];
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(at + values.byte_offset())
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

/// What stands before a value: from the end of the value before it, or the beginning of the line.
struct Lead {
    bytes: Box<[u8]>,
    /// Its first bytes, at most eight, and which of eight they are.
    head: (u64, u64),
    /// Its last eight bytes, and where in it they begin, if it has at most sixteen and so no others.
    tail: Option<(u64, usize)>,
    /// Where in it the name begins, and how long that is.
    name: (u32, u32),
    /// Whether the value before it is a text, whose quote it begins with.
    after_text: bool,
    /// Whether the value behind it is a text, with whose quote it ends.
    is_text: bool,
    /// The leads that came behind it.
    behind: SmallVec<[u16; 4]>,
}

impl Lead {
    /// Whether it stands here, all of it.
    fn is_at(&self, line: &[u8], at: usize) -> bool {
        let ends = || self.is_text || !matches!(line.get(at + self.bytes.len()), Some(b'"' | b' ' | b'\t' | b'\r'));
        let begins = match eight(line, at) {
            Some(word) if (word ^ self.head.0) & self.head.1 != 0 => false,
            Some(_) if self.bytes.len() <= 8 => true,
            Some(_) if let Some((tail, behind)) = self.tail => eight(line, at + behind) == Some(tail),
            _ => line.get(at..).is_some_and(|rest| rest.starts_with(&self.bytes)),
        };
        begins && ends()
    }
}

/// What cuts lines that are much alike.
pub struct Cutter {
    /// Quote and backslash.
    marks: Sought<2>,
    /// The first is the beginning of a line.
    leads: Vec<Lead>,
}

impl Cutter {
    /// Before the first line.
    pub fn new() -> Self {
        Self { marks: Sought::new(*b"\"\\"), leads: vec![lead(&[], (0, 0), false, false)] }
    }

    /// Cuts the line that begins at a place into tokens; where it ends, if it is an object whose names have no escapes.
    pub fn cut(&mut self, line: &[u8], mut at: usize, tokens: &mut Vec<Token>) -> Option<usize> {
        let (mut before, mut after_text) = (0, false);
        loop {
            let behind = self.leads.get(before).map_or(&[][..], |lead| &lead.behind);
            let known = behind.iter().map(|id| usize::from(*id)).find(|id| {
                let lead = &self.leads[*id];
                lead.after_text == after_text && lead.is_at(line, at)
            });
            let id = match known {
                Some(id) => id,
                None => match end(line, at + usize::from(after_text)).filter(|_| !tokens.is_empty()) {
                    Some(end) => return Some(end),
                    None => self.read(line, at, (before, after_text), tokens.is_empty())?,
                },
            };
            let lead = &self.leads[id];
            let begin = at + lead.bytes.len();
            let (kind, finish) = if lead.is_text {
                let (end, is_escaped) = text_end(&self.marks, line, begin)?;
                (if is_escaped { Kind::Escaped } else { Kind::Text }, end)
            } else {
                other(line, begin)?
            };
            let name = (at as u32 + lead.name.0, lead.name.1);
            // A lead that is not kept has no number.
            let number = if id < LEADS_MAX { id as u16 } else { 0 };
            tokens.push(Token { name, lead: number, kind, at: (begin as u32, (finish - begin) as u32) });
            (at, before, after_text) = (finish, id, lead.is_text);
        }
    }

    /// Reads a lead that is not known behind another; its number.
    fn read(&mut self, line: &[u8], at: usize, (before, after_text): (usize, bool), is_first: bool) -> Option<usize> {
        let is = |expected: u8, at: usize| next(line, at).filter(|(byte, _)| *byte == expected).map(|(_, at)| at + 1);
        let mark = is(if is_first { b'{' } else { b',' }, at + usize::from(after_text))?;
        let name = is(b'"', mark)?;
        let name_end = text_end(&self.marks, line, name).filter(|(_, is_escaped)| !is_escaped)?.0;
        let (first, value) = next(line, is(b':', name_end + 1)?)?;
        let is_text = first == b'"';
        let bytes = line.get(at..value + usize::from(is_text))?;
        let lead = lead(bytes, ((name - at) as u32, (name_end - name) as u32), after_text, is_text);
        // The last place is for one that is read, used and forgotten.
        self.leads.truncate(LEADS_MAX);
        let id = self.leads.len();
        self.leads.push(lead);
        if let Some(before) = self.leads.get_mut(before).filter(|before| id < LEADS_MAX && before.behind.len() < BEHIND_MAX) {
            before.behind.push(id as u16);
        }
        Some(id)
    }
}

fn lead(bytes: &[u8], name: (u32, u32), after_text: bool, is_text: bool) -> Lead {
    let mut head = ([0; 8], [0; 8]);
    for ((byte, head), which) in bytes.iter().zip(&mut head.0).zip(&mut head.1) {
        (*head, *which) = (*byte, u8::MAX);
    }
    let head = (u64::from_le_bytes(head.0), u64::from_le_bytes(head.1));
    let tail = bytes.last_chunk().filter(|_| bytes.len() <= 16).map(|tail| (u64::from_le_bytes(*tail), bytes.len() - 8));
    Lead { bytes: bytes.into(), head, tail, name, after_text, is_text, behind: SmallVec::new() }
}

/// The end of a line whose object ends here.
fn end(line: &[u8], at: usize) -> Option<usize> {
    let (_, brace) = next(line, at).filter(|(byte, _)| *byte == b'}')?;
    match next(line, brace + 1) {
        None => Some(line.len()),
        Some((byte, end)) => (byte == b'\n').then_some(end),
    }
}

/// What begins here, and its end, if it is no text.
fn other(line: &[u8], at: usize) -> Option<(Kind, usize)> {
    let word = |word: &[u8]| line.get(at..)?.starts_with(word).then(|| at + word.len());
    Some(match line.get(at)? {
        b'-' | b'0'..=b'9' => (Kind::Number, number_end(line, at)?),
        b't' => (Kind::True, word(b"true")?),
        b'f' => (Kind::False, word(b"false")?),
        b'n' => (Kind::Null, word(b"null")?),
        b'{' | b'[' => (Kind::Nested, nested_end(line, at)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Option<Vec<(String, Kind, String)>> {
        names_after(&mut Cutter::new(), line)
    }

    fn names_after(cutter: &mut Cutter, line: &str) -> Option<Vec<(String, Kind, String)>> {
        let mut tokens = Vec::new();
        let part = |(at, length): (u32, u32)| line[at as usize..(at + length) as usize].to_owned();
        let end = cutter.cut(line.as_bytes(), 0, &mut tokens)?;
        assert_eq!(end, line.len());
        Some(tokens.iter().map(|token| (part(token.name), token.kind, part(token.at))).collect())
    }

    #[test]
    fn a_line_is_cut_the_same_whatever_was_cut_before() {
        let lines = [
            r#"{"a":"x","b":"y","a long name of a field":1}"#,
            r#"{"a":"x","b":"y","a long name of a fielt":1}"#,
            r#"{"a":"x","b":5}"#,
            r#"{"a":5","b":"y"}"#,
            r#"{"a":5,"b":"y"}"#,
            r#"{"a":"x""b":"y"}"#,
            r#"{"a":"x", "b":"y" }"#,
            r#"{"a":"x","b":"y"} x"#,
            r#"{"a":"x","b":"y""#,
            r#"{"a":"x","b":"#,
            r#"{"a":"x","b":""}"#,
            r#","b":"y"}"#,
            r#"{"a":null,"b":true,"b":false}"#,
            "{\"a\":\"x\",\"b\":\"y\",\"c\td\":1}",
        ];
        for first in lines {
            for second in lines {
                let mut cutter = Cutter::new();
                for line in [first, second, first] {
                    assert_eq!(names_after(&mut cutter, line), names(line), "{line} behind {first} and {second}");
                }
            }
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        let cut = |text: &str| Cutter::new().cut(text.as_bytes(), 0, &mut Vec::new());
        for line in [r#"{"a":"x"}"#, r#"{"a":1}"#, "{\"a\":null} \r", r#" {"a" : true } "#, "{\"a\":1\r,\"b\":2}"] {
            assert_eq!(cut(&format!("{line}\n{{\"a\":\"y\"}}")), Some(line.len()), "{line}");
            for odd in ["{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":1", "{\"a\":1,", "{\"a\":\"x\""] {
                assert_eq!(cut(&format!("{odd}\n{line}")), None, "{odd} before {line}");
                let behind = format!("{odd}\n}}");
                assert_eq!(cut(&behind), None, "{behind}");
            }
        }
    }

    #[test]
    fn lines_that_are_not_alike_are_cut_as_well() {
        let mut cutter = Cutter::new();
        for number in 0..3 * LEADS_MAX {
            let line = format!("{{\"a{number}\":1,\"b\":\"{number}\"}}");
            assert_eq!(names_after(&mut cutter, &line), names(&line), "{line}");
        }
        assert!(cutter.leads.len() <= LEADS_MAX + 1);
    }

    #[test]
    fn only_what_is_surely_json_is_cut() {
        let cut = names(r#" {"a": "x y", "long name of a field":-1.5e3,"t":true , "n":null}"#).expect("it is plain");
        let told: Vec<String> = cut.iter().map(|(name, kind, text)| format!("{name} {kind:?} {text}")).collect();
        assert_eq!(told, ["a Text x y", "long name of a field Number -1.5e3", "t True true", "n Null null"]);
        let cut = names(r#"{"a":"x\"\\\/\u00e4\ud800 y","b":{"c":[1,"\"}"] },"d": [ ],"e":"\n"}"#).expect("it is JSON");
        let told: Vec<String> = cut.iter().map(|(name, kind, text)| format!("{name} {kind:?} {text}")).collect();
        let nested = r#"b Nested {"c":[1,"\"}"] }"#;
        assert_eq!(told, [r#"a Escaped x\"\\\/\u00e4\ud800 y"#, nested, "d Nested [ ]", r#"e Escaped \n"#]);
        for odd in [
            r#"{"a":"x\"y}"#,
            r#"{"a":"x\u00g0"}"#,
            r#"{"a":"x\u00"}"#,
            r#"{"a":"x\y"}"#,
            r#"{"a\n":"x"}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
            r#"{"a":{"b":1}"#,
            r#"{"a":{"b" 1}}"#,
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
