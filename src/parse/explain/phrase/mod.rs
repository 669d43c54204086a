//! Phrases that beginners write, met at the place where a line stops being right.
//!
//! Job: tell what was surely meant by the words before and behind that place, and what is written for it here.
//! Invariants: the first phrase that fits is told, and nothing else of the line; a change that is surely meant is made,
//! and the file is read again with it. Each function says in its name which part of the language it knows.
//! Deliberately absent: marks (`scan`) and first words of lines (`foreign`).

mod condition;
mod declaration;
mod door;
mod step;

use super::{Context, Line, word_at};
use crate::{
    diag::Diagnostic,
    parse::{build::Builder, codes::F001, grammar::Rule, words},
    source::Span,
};

/// Tells of a phrase at the place of a failure, if it is one that is known.
pub(super) fn explain(builder: &mut Builder<'_>, line: &Line, at: usize, expected: &[Rule], context: Context) -> bool {
    let spot = Spot::new(line, at, expected, context);
    let said = declaration::said(&spot).or_else(|| door::said(&spot)).or_else(|| step::said(&spot)).or_else(|| condition::said(&spot));
    match said {
        Some(Said { finding, sure: true }) => builder.correct(finding),
        Some(Said { finding, sure: false }) => builder.push(finding),
        None => return false,
    }
    true
}

/// A finding, and whether its change is made at once.
struct Said {
    finding: Diagnostic,
    sure: bool,
}

impl Said {
    /// With another title of its change.
    fn titled(mut self, title: String) -> Self {
        if let Some(fix) = &mut self.finding.fix {
            fix.title = title;
        }
        self
    }

    /// With a change that somebody should look at before it is made.
    fn offered(mut self) -> Self {
        self.finding = self.finding.safely(false);
        self
    }
}

/// How many words behind the place are looked at.
const AHEAD: usize = 8;

/// The place where a line fails, with its words.
struct Spot<'l> {
    line: &'l Line,
    at: usize,
    /// The first word of the line.
    head: &'l str,
    /// The words and marks before the place, the last one last.
    behind: Vec<Token<'l>>,
    /// Those from the place on.
    ahead: Vec<Token<'l>>,
    expected: &'l [Rule],
    context: Context,
}

/// A word, number, text or mark of a line.
#[derive(Clone, Copy)]
struct Token<'l> {
    start: usize,
    text: &'l str,
}

impl Token<'_> {
    fn end(self) -> usize {
        self.start + self.text.len()
    }
}

impl<'l> Spot<'l> {
    fn new(line: &'l Line, at: usize, expected: &'l [Rule], context: Context) -> Self {
        let behind = tokens(line.text.get(..at).unwrap_or(""), 0, usize::MAX);
        let ahead = tokens(line.text.get(at..).unwrap_or(""), at, AHEAD);
        Self { line, at, head: line.first_word(), behind, ahead, expected, context }
    }

    /// The n-th word from the place on; empty behind the end.
    fn word(&self, n: usize) -> &'l str {
        self.ahead.get(n).map_or("", |token| token.text)
    }

    /// The n-th word before the place, counted back from it.
    fn back(&self, n: usize) -> &'l str {
        self.behind_token(n).map_or("", |token| token.text)
    }

    fn behind_token(&self, n: usize) -> Option<Token<'l>> {
        self.behind.len().checked_sub(n + 1).and_then(|index| self.behind.get(index)).copied()
    }

    fn start(&self, n: usize) -> usize {
        self.ahead.get(n).map_or(self.line.text.len(), |token| token.start)
    }

    fn end(&self, n: usize) -> usize {
        self.ahead.get(n).map_or(self.line.text.len(), |token| token.end())
    }

    fn back_start(&self, n: usize) -> usize {
        self.behind_token(n).map_or(0, |token| token.start)
    }

    fn wants(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    fn is_word(&self, n: usize) -> bool {
        self.word(n).starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn is_digits(&self, n: usize) -> bool {
        is_digits(self.word(n))
    }

    fn is_text(&self, n: usize) -> bool {
        self.word(n).starts_with('"')
    }

    /// Whether a name could stand at the n-th word: a word that is not reserved.
    fn is_name(&self, n: usize) -> bool {
        self.is_word(n) && !words::is_reserved(self.word(n))
    }

    /// Whether a word stands before the place.
    fn has_before(&self, word: &str) -> bool {
        self.behind.iter().any(|token| token.text == word)
    }

    fn place(&self, start: usize, end: usize) -> Span {
        self.line.place(start, end)
    }

    /// The text of a part of the line.
    fn text(&self, start: usize, end: usize) -> &'l str {
        self.line.text.get(start..end).unwrap_or("").trim()
    }

    /// What stands from `start` to `end` is written `new`.
    fn write(&self, start: usize, end: usize, new: impl Into<String>, why: impl Into<String>) -> Said {
        let (place, new) = (self.place(start, end), new.into());
        let finding = Diagnostic::new(F001, place, format!("`{}` is not written here", self.text(start, end))).at(why);
        let title = format!("write `{}`", new.trim());
        // A month and a year have no exact length: which one is meant is for the author to say.
        let safe = !["month", "year"].iter().any(|unit| self.text(start, end).contains(unit));
        Said { finding: finding.replace(place, new, title).safely(safe), sure: true }
    }

    /// The first words from the place on, so many, are written `new`.
    fn swap(&self, count: usize, new: impl Into<String>, why: impl Into<String>) -> Said {
        self.write(self.at, self.end(count.max(1) - 1), new, why)
    }

    /// The first words from the place on are left out.
    fn drop(&self, count: usize, why: impl Into<String>) -> Said {
        let place = self.place(self.at, self.end(count - 1));
        let dropped = self.text(self.at, self.end(count - 1));
        let finding = Diagnostic::new(F001, place, format!("`{dropped}` is not written here")).at(why);
        // Words that go may have meant something.
        let safe = !dropped.contains(char::is_alphanumeric);
        Said { finding: finding.replace(place, "", "leave it out").safely(safe), sure: true }
    }

    /// `new` is missing at the place.
    fn insert(&self, new: &str, why: impl Into<String>) -> Said {
        self.insert_at(self.at, new, why)
    }

    fn insert_at(&self, at: usize, new: &str, why: impl Into<String>) -> Said {
        let place = self.place(self.at, self.end(0));
        let gap = self.place(at, at);
        let (missing, title) = match new.trim() {
            "" => ("a new line".to_owned(), "begin a new line".to_owned()),
            "," => ("a comma".to_owned(), "write a comma".to_owned()),
            word => (format!("`{word}`"), format!("write `{word} {}`", self.word(0))),
        };
        let finding = Diagnostic::new(F001, place, format!("{missing} is missing before `{}`", self.word(0))).at(why);
        Said { finding: finding.replace(gap, new, title), sure: true }
    }

    /// Something that only the author can mend, told of the next words, so many.
    fn tell(&self, count: usize, message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Said {
        let end = if count == 0 { self.line.text.len() } else { self.end(count - 1) };
        Said { finding: Diagnostic::new(F001, self.place(self.at, end), message).at(label).help(help), sure: false }
    }
}

/// The words, numbers, texts and marks of a part of a line.
fn tokens(text: &str, offset: usize, most: usize) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < most {
        let rest = text.get(at..).unwrap_or("");
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let number = || rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ':')).unwrap_or(rest.len());
        let length = match first {
            '"' => rest.get(1..).and_then(|inner| inner.find('"')).map_or(rest.len(), |index| index + 2),
            '0'..='9' => rest.get(..number()).map_or(1, |digits| digits.trim_end_matches(['.', ':']).len()),
            '<' | '>' | '!' if rest.get(1..).is_some_and(|next| next.starts_with('=')) => 2,
            _ => word_at(rest, 0).len().max(first.len_utf8()),
        };
        found.push(Token { start: offset + at, text: rest.get(..length).unwrap_or("") });
        at += length;
    }
    found
}

fn is_digits(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// A number written as a word.
fn number(word: &str) -> Option<&'static str> {
    let numbers = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
    let index = match word {
        "a" | "an" | "one" | "once" | "single" => 0,
        "two" | "twice" | "couple" => 1,
        "three" | "thrice" => 2,
        "four" => 3,
        "five" => 4,
        "six" => 5,
        "seven" => 6,
        "eight" => 7,
        "nine" => 8,
        "ten" => 9,
        "twelve" => 11,
        _ => return None,
    };
    numbers.get(index).copied()
}

fn is_unit(word: &str) -> bool {
    crate::units::Unit::from_word(word).is_some() || matches!(word, "month" | "months" | "year" | "years")
}

fn is_weekday(word: &str) -> bool {
    crate::units::Weekday::from_word(&word.to_lowercase()).is_some()
}
