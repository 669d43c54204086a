//! Marks of other languages, each met with what to write here and read as what was meant.

use super::{RawComment, Scanner, small};
use crate::{
    diag::Diagnostic,
    parse::{
        codes::{F001, F005},
        repair::Repair,
    },
};

/// A mark, what is written for it here, and why.
struct Habit {
    mark: &'static str,
    here: &'static str,
    why: &'static str,
}

/// Longer marks stand before those they begin with.
const HABITS: [Habit; 22] = [
    Habit { mark: "===", here: "=", why: "a comparison is a single `=`" },
    Habit { mark: "!==", here: "!=", why: "unequal is `!=`" },
    Habit { mark: "==", here: "=", why: "a comparison is a single `=`" },
    Habit { mark: "=>", here: ">=", why: "at least is `>=`" },
    Habit { mark: "=<", here: "<=", why: "at most is `<=`" },
    Habit { mark: "<>", here: "!=", why: "unequal is `!=`" },
    Habit { mark: "&&", here: "and", why: "conditions are joined by the word `and`" },
    Habit { mark: "&", here: "and", why: "conditions are joined by the word `and`" },
    Habit { mark: "||", here: "or", why: "conditions are joined by the word `or`" },
    Habit { mark: "|", here: "or", why: "conditions are joined by the word `or`" },
    Habit { mark: "!", here: "not", why: "a condition is turned by the word `not`" },
    Habit { mark: "≠", here: "!=", why: "unequal is `!=`" },
    Habit { mark: "≤", here: "<=", why: "at most is `<=`" },
    Habit { mark: "≥", here: ">=", why: "at least is `>=`" },
    Habit { mark: "\u{a0}", here: " ", why: "a space that does not break, as word processors make it" },
    Habit { mark: "\u{2003}", here: " ", why: "a wide space, as word processors make it" },
    Habit { mark: "\u{2009}", here: " ", why: "a thin space, as word processors make it" },
    Habit { mark: "\u{202f}", here: " ", why: "a narrow space, as word processors make it" },
    Habit { mark: "\u{200b}", here: " ", why: "a space without width, as web pages have it" },
    Habit { mark: "\u{2028}", here: " ", why: "a line separator, as word processors make it" },
    Habit { mark: "−", here: "-", why: "the minus of a formula" },
    Habit { mark: "–", here: "-", why: "a dash, as word processors make it" },
];

impl Scanner<'_> {
    /// Looks at a byte that may begin a foreign mark; returns where to go on.
    pub(super) fn habit(&mut self, byte: u8, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        match byte {
            b'/' if rest.starts_with("//") => return self.line_comment(at),
            b'/' if rest.starts_with("/*") => return self.block_comment(at),
            b';' => return self.semicolon(at),
            b',' => return self.comma(at),
            b'$' => return self.currency(at, 1),
            b'\'' => return self.foreign_quotes(at, 1, &["'"]),
            b'!' if rest.starts_with("!=") && !rest.starts_with("!==") => return at + 2,
            b'<' if !rest.starts_with("<>") => return at + 1,
            b'=' if !rest.starts_with("==") && !rest.starts_with("=>") && !rest.starts_with("=<") => return at + 1,
            0xE2 | 0xC2 => {
                if rest.starts_with(['€', '£', '¥']) {
                    return self.currency(at, rest.chars().next().map_or(1, char::len_utf8));
                }
                if rest.starts_with(['“', '”', '„', '‟', '«', '»']) {
                    let length = rest.chars().next().map_or(1, char::len_utf8);
                    return self.foreign_quotes(at, length, &["”", "“", "„", "»", "«", "\""]);
                }
                if rest.starts_with(['‘', '’', '‚']) {
                    return self.foreign_quotes(at, 3, &["’", "‘", "'"]);
                }
            }
            _ => {}
        }
        let Some(habit) = HABITS.iter().find(|habit| rest.starts_with(habit.mark)) else {
            return at + rest.chars().next().map_or(1, char::len_utf8);
        };
        self.replace_mark(at, habit);
        at + habit.mark.len()
    }

    fn replace_mark(&mut self, at: usize, habit: &Habit) {
        let end = at + habit.mark.len();
        let place = self.span(at, end);
        let spaced = habit.here.starts_with(|c: char| c.is_ascii_alphabetic());
        let blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
        let before = spaced && !blank(at.checked_sub(1).and_then(|index| self.bytes.get(index)));
        let behind = spaced && !blank(self.bytes.get(end));
        let text = format!("{}{}{}", if before { " " } else { "" }, habit.here, if behind { " " } else { "" });
        let finding = if habit.here == " " {
            Diagnostic::new(F001, place, "this space is not a plain one").at(habit.why).replace(place, text, "write a plain space")
        } else {
            Diagnostic::new(F001, place, format!("`{}` is not written here", habit.mark)).at(habit.why).replace(
                place,
                text,
                format!("write `{}`", habit.here),
            )
        };
        self.tell(finding);
        let text = match habit.here {
            "and" => " and ",
            "or" => " or ",
            "not" => " not ",
            other => other,
        };
        self.out.repairs.push(Repair { start: at, end, text: text.into() });
    }

    /// `19,99` and `1,000`: outside of lists no comma stands between two digits.
    fn comma(&mut self, at: usize) -> usize {
        let digit = |index: usize| self.bytes.get(index).is_some_and(u8::is_ascii_digit);
        if self.open.last() == Some(&b'[') || !(digit(at + 1) && at.checked_sub(1).is_some_and(digit)) {
            return at + 1;
        }
        let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b',' | b'.');
        let start = self.bytes.get(..at).and_then(|before| before.iter().rposition(|byte| !part(byte))).map_or(0, |index| index + 1);
        let end =
            self.bytes.get(at..).and_then(|rest| rest.iter().position(|byte| !part(byte))).map_or(self.bytes.len(), |index| at + index);
        let written = self.text.get(start..end).unwrap_or("").trim_end_matches([',', '.']);
        let end = start + written.len();
        let number = plain_number(written);
        let place = self.span(start, end);
        self.tell(
            Diagnostic::new(F005, place, format!("`{written}` is not how a number is written here"))
                .at("a point before the fraction, and nothing between thousands")
                .replace(place, number.clone(), format!("write `{number}`"))
                .safely(false),
        );
        self.out.repairs.push(Repair { start, end, text: number.into() });
        end
    }

    /// `$20`, `20 €`: amounts are plain numbers.
    fn currency(&mut self, at: usize, length: usize) -> usize {
        let end = at + length;
        let before = self.text.get(..at).unwrap_or("").trim_end_matches(' ').ends_with(|c: char| c.is_ascii_digit());
        let behind = self.text.get(end..).unwrap_or("").trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit());
        if before || behind {
            let place = self.span(at, end);
            let mark = self.text.get(at..end).unwrap_or("");
            self.tell(Diagnostic::new(F001, place, format!("`{mark}` is not written here")).at("amounts are plain numbers").replace(
                place,
                "",
                "leave it out",
            ));
            self.out.repairs.push(Repair { start: at, end, text: " ".into() });
        }
        end
    }

    fn line_comment(&mut self, at: usize) -> usize {
        let place = self.span(at, at + 2);
        self.tell(Diagnostic::new(F001, place, "`//` does not begin a comment").at("a comment begins with `#`").replace(
            place,
            "#",
            "write `#`",
        ));
        self.out.repairs.push(Repair { start: at, end: at + 2, text: "#".into() });
        self.comment(at, 2)
    }

    fn block_comment(&mut self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        let length = rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |index| index + 4);
        let end = at + length;
        let place = self.span(at, at + 2);
        self.tell(
            Diagnostic::new(F001, place, "`/*` does not begin a comment")
                .at("comments begin with `#` and end with their line")
                .help("write `#` at the beginning of each line of the comment"),
        );
        // Line breaks stay, so that lines remain lines.
        let mut start = at;
        for (index, byte) in rest.bytes().take(length).enumerate() {
            if byte == b'\n' {
                self.blank(start, at + index);
                start = at + index + 1;
            }
        }
        self.blank(start, end);
        self.out.comments.push(RawComment { start: small(at), end: small(end), mark: 2 });
        end
    }

    fn blank(&mut self, start: usize, end: usize) {
        if start < end {
            self.out.repairs.push(Repair { start, end, text: " ".into() });
        }
    }

    fn semicolon(&mut self, at: usize) -> usize {
        let place = self.span(at, at + 1);
        let rest = self.text.get(at + 1..self.line_end(at)).unwrap_or("").trim_start();
        let finding = Diagnostic::new(F001, place, "`;` is not written here");
        if self.open.last().is_some_and(|open| *open != b'{') {
            self.tell(finding.at("a comma goes between two of these").replace(place, ",", "write `,`"));
            self.out.repairs.push(Repair { start: at, end: at + 1, text: ",".into() });
        } else {
            let last = rest.is_empty() || rest.starts_with(['#', '}', ';']);
            let finding = finding.at("the end of the line ends an item");
            self.tell(if last { finding.replace(place, "", "leave it out") } else { finding.replace(place, "\n", "begin a new line") });
            self.out.repairs.push(Repair { start: at, end: at + 1, text: if last { " " } else { "\n" }.into() });
        }
        at + 1
    }

    /// `“Welcome”`, `'Welcome'`: read as `"Welcome"`; a mark without its partner stays where it is.
    fn foreign_quotes(&mut self, at: usize, length: usize, closers: &[&str]) -> usize {
        let inner = at + length;
        let line = self.text.get(inner..self.line_end(at)).unwrap_or("");
        let closing = closers.iter().filter_map(|closer| line.find(closer).map(|index| (index, closer.len()))).min();
        let Some((index, closer_length)) = closing else {
            // A lone `'` may be an apostrophe.
            return if length > 1 && !closers.contains(&"'") { self.unclosed_quote(at, length) } else { inner };
        };
        let (close, end) = (inner + index, inner + index + closer_length);
        let content = self.text.get(inner..close).unwrap_or("");
        if content.contains(['"', '\\']) {
            return inner;
        }
        let place = self.span(at, end);
        self.tell(Diagnostic::new(F001, place, "texts stand in straight double quotes").at("these quotes are others").replace(
            place,
            format!("\"{content}\""),
            format!("write `\"{content}\"`"),
        ));
        self.out.repairs.push(Repair { start: at, end: inner, text: "\"".into() });
        self.out.repairs.push(Repair { start: close, end, text: "\"".into() });
        end
    }
}

/// A number with a point: the last of several marks stands before the fraction, unless three digits follow it.
fn plain_number(written: &str) -> String {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let Some(last) = written.rfind([',', '.']) else { return written.to_owned() };
    let (whole, fraction) = (written.get(..last).unwrap_or(""), written.get(last + 1..).unwrap_or(""));
    let mark = written.as_bytes().get(last);
    let mixed = whole.contains([',', '.']) && whole.bytes().any(|byte| matches!(byte, b',' | b'.') && Some(&byte) != mark);
    if mixed || (fraction.len() != 3 && !whole.contains([',', '.'])) {
        format!("{}.{}", digits(whole), digits(fraction))
    } else {
        digits(written)
    }
}
