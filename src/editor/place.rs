//! Where in a text an offset stands: in which blocks, and behind which words of its item.
//!
//! This reads the letters before the offset and no tree, since what is being typed seldom parses.

use crate::{
    parse::{next::Block, words},
    source::Span,
};
use smol_str::SmolStr;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub start: u32,
    pub end: u32,
    pub text: SmolStr,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Word,
    Number,
    /// A text in quotes; an open one ends with its line.
    Text,
    Comment,
    /// A single mark.
    Mark(char),
    LineEnd,
}

/// The pieces of a text, without blanks, each with its bytes.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (Piece, std::ops::Range<usize>)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            let start = at;
            let (piece, length) = match first {
                '\n' => (Piece::LineEnd, 1),
                c if c.is_whitespace() || c == '\u{feff}' => {
                    at += c.len_utf8();
                    continue;
                }
                '#' => (Piece::Comment, rest.find('\n').unwrap_or(rest.len())),
                '"' => (Piece::Text, quoted(rest)),
                c if c.is_ascii_digit() => (Piece::Number, rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
                c if is_letter(c) => (Piece::Word, rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len())),
                c => (Piece::Mark(c), c.len_utf8()),
            };
            at = start + length;
            return Some((piece, start..at));
        }
    })
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How long a text in quotes is, both quotes included.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The word that holds an offset or ends there.
pub(super) fn word_at(text: &str, offset: u32) -> Option<Word> {
    let offset = offset as usize;
    let before = text.get(..offset)?;
    let start = before.char_indices().rev().take_while(|(_, c)| is_letter(*c)).last().map_or(offset, |(at, _)| at);
    let end = offset + text.get(offset..)?.find(|c: char| !is_letter(c)).unwrap_or(text.len() - offset);
    let word = text.get(start..end)?;
    let is_word = word.chars().next().is_some_and(|c| !c.is_ascii_digit());
    is_word.then_some(Word { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, text: word.into() })
}

/// A block that is open at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Which.
    pub block: Block,
    /// The item it belongs to, up to its `{`.
    pub head: std::ops::Range<usize>,
}

/// Where an offset stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'t> {
    /// The blocks around it, outermost first.
    pub open: Vec<Open>,
    /// The item from its beginning up to the word that is being typed.
    pub item: &'t str,
    /// Where the item begins.
    pub start: usize,
    /// The word that is being typed: from here to the offset.
    pub typed: usize,
    /// Whether the item before it ended an `if`.
    pub behind_if: bool,
    /// Whether it stands in a comment or a text in quotes.
    pub is_quiet: bool,
}

impl Place<'_> {
    /// The innermost block; `None` where it is not known.
    pub fn block(&self) -> Block {
        self.open.last().map_or(Block::Top, |open| open.block)
    }

    /// The name in the head of the nearest block of this kind.
    pub fn name_of<'t>(&self, text: &'t str, block: Block) -> Option<&'t str> {
        let open = self.open.iter().rev().find(|open| open.block == block)?;
        name_in(text.get(open.head.clone())?)
    }
}

/// The name that a head declares: the word behind the words of the language that may begin it.
pub(super) fn name_in(head: &str) -> Option<&str> {
    let mut words = pieces(head).filter(|(piece, _)| *piece == Piece::Word).filter_map(|(_, range)| head.get(range));
    let first = words.next()?;
    match first {
        "goal" | "final" => words.find(|word| !matches!(*word, "goal" | "final" | "stage")),
        _ => words.next(),
    }
}

/// Where `offset` stands in `text`.
pub(super) fn place(text: &str, offset: u32) -> Place<'_> {
    let offset = offset as usize;
    let before = text.get(..offset).unwrap_or(text);
    let typed = before.char_indices().rev().take_while(|(_, c)| is_letter(*c)).last().map_or(before.len(), |(at, _)| at);
    let mut scan =
        Scan { text: before, open: Vec::new(), start: 0, depth: 0, goes_on: false, fresh: true, ended_if: false, behind_if: false };
    let mut is_quiet = false;
    for (piece, range) in pieces(before) {
        let closed = |range: &std::ops::Range<usize>| range.len() > 1 && before.get(range.clone()).is_some_and(|text| text.ends_with('"'));
        is_quiet = range.end == before.len() && (piece == Piece::Comment || piece == Piece::Text && !closed(&range));
        if range.start >= typed && piece == Piece::Word {
            break;
        }
        scan.piece(piece, range);
    }
    if scan.fresh {
        scan.start = typed;
    }
    let (start, open, behind_if) = (scan.start.min(typed), scan.open, scan.behind_if && scan.fresh);
    Place {
        open,
        item: before.get(start..typed).unwrap_or(""),
        start,
        typed,
        behind_if: behind_if || scan.ended_if && begins_with_else(before.get(start..typed)),
        is_quiet,
    }
}

fn begins_with_else(item: Option<&str>) -> bool {
    item.is_some_and(|item| item.trim_start().starts_with("else"))
}

struct Scan<'t> {
    text: &'t str,
    open: Vec<Open>,
    /// Where the item that we are in begins.
    start: usize,
    /// How many parentheses and brackets are open.
    depth: usize,
    /// Whether the item goes on behind a line end.
    goes_on: bool,
    /// Whether no piece of an item has come yet.
    fresh: bool,
    /// Whether the item before the present one ended an `if`.
    ended_if: bool,
    /// Whether an `if` has just ended.
    behind_if: bool,
}

impl Scan<'_> {
    fn word(&self, range: &std::ops::Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    fn piece(&mut self, piece: Piece, range: std::ops::Range<usize>) {
        match piece {
            Piece::Comment => {}
            Piece::LineEnd => {
                if self.depth == 0 && !self.goes_on {
                    self.fresh = true;
                }
            }
            Piece::Mark('{') => {
                self.brace(range.start);
                (self.fresh, self.depth, self.goes_on, self.behind_if) = (true, 0, false, false);
            }
            Piece::Mark('}') => {
                let closed = self.open.pop();
                let head = closed.and_then(|open| self.text.get(open.head));
                let is_if = |head: &str| matches!(head.split_whitespace().next(), Some("if")) || head.trim_start().starts_with("else if");
                (self.fresh, self.depth, self.goes_on, self.behind_if) = (true, 0, false, head.is_some_and(is_if));
            }
            Piece::Word | Piece::Number | Piece::Text | Piece::Mark(_) => self.inner(piece, &range),
        }
    }

    fn inner(&mut self, piece: Piece, range: &std::ops::Range<usize>) {
        let word = if piece == Piece::Word { self.word(range) } else { "" };
        let joins = matches!(word, "and" | "or");
        let (is_top, is_stage) = (words::TOP.contains(&word), matches!(word, "stage" | "goal" | "final"));
        if self.fresh && !joins {
            self.recover(range.start, is_top, is_stage);
            self.start = range.start;
            (self.ended_if, self.behind_if) = (self.behind_if, false);
        }
        self.fresh = false;
        match piece {
            Piece::Mark('(' | '[') => self.depth += 1,
            Piece::Mark(')' | ']') => self.depth = self.depth.saturating_sub(1),
            Piece::Word | Piece::Number | Piece::Text | Piece::Mark(_) | Piece::Comment | Piece::LineEnd => {}
        }
        self.goes_on = joins || piece == Piece::Mark(',');
    }

    /// Closes blocks that were left open: what begins a line without an indent and can stand only at the top does, and a
    /// stage stands in its funnel.
    fn recover(&mut self, at: usize, is_top: bool, is_stage: bool) {
        let begins_line = at == 0 || self.text.get(..at).is_some_and(|text| text.ends_with('\n'));
        if begins_line && is_top {
            self.open.clear();
        } else if is_stage && matches!(self.open.last(), Some(open) if matches!(open.block, Block::Stage)) {
            self.open.pop();
        }
    }

    fn brace(&mut self, at: usize) {
        let head = if self.fresh { at..at } else { self.start..at };
        let outer = self.open.last().map_or(Block::Top, |open| open.block);
        let words: Vec<&str> = self.text.get(head.clone()).map(|text| text.split_whitespace().collect()).unwrap_or_default();
        let block = outer.inside(&words).unwrap_or(Block::Notes);
        self.open.push(Open { block, head });
    }
}

/// The span of what is being typed.
pub(super) fn typed_span(file: crate::source::FileId, place: &Place<'_>, offset: u32) -> Span {
    Span::new(file, u32::try_from(place.typed).unwrap_or(offset).min(offset), offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> (Vec<Block>, String, bool, bool) {
        let offset = text.find('$').expect("a mark");
        let text = text.replacen('$', "", 1);
        let place = place(&text, u32::try_from(offset).expect("short"));
        (place.open.iter().map(|open| open.block).collect(), place.item.to_owned(), place.behind_if, place.is_quiet)
    }

    #[test]
    fn blocks_and_items_are_found() {
        let none: Vec<Block> = Vec::new();
        assert_eq!(at("ev$"), (none.clone(), String::new(), false, false));
        assert_eq!(at("event a\nevent b on $"), (none, "event b on ".into(), false, false));
        assert_eq!(
            at("funnel f {\n  stage a {\n    enter from a, b wh$"),
            (vec![Block::Funnel, Block::Stage], "enter from a, b ".into(), false, false)
        );
        assert_eq!(
            at("funnel f {\n  stage a { enter when x and\n   $"),
            (vec![Block::Funnel, Block::Stage], "enter when x and\n   ".into(), false, false)
        );
        assert_eq!(at("funnel f {\n  stage a { enter when x\n   and $").1, "enter when x\n   and ");
        assert_eq!(at("funnel f {\n  stage a { enter when x\n  $").1, "");
        assert_eq!(at("play p {\n  if x { send a }\n  $"), (vec![Block::Steps], String::new(), true, false));
        assert_eq!(at("play p {\n  if x { send a } else $"), (vec![Block::Steps], "else ".into(), true, false));
        assert_eq!(at("play p {\n  wait up to 3 days {\n    on x { $").0, [Block::Steps, Block::Arms, Block::Steps]);
        assert!(at("note \"a $").3 && at("a # b $").3 && !at("note \"a\" $").3);
        assert_eq!(at("funnel f {\n  stage a {\n    enter when x\nevent $").0, []);
        assert_eq!(at("funnel f {\n  stage a {\n  stage b { $").0, [Block::Funnel, Block::Stage]);
    }

    #[test]
    fn names_in_heads_are_found() {
        assert_eq!(name_in("goal final stage done \"Done\" "), Some("done"));
        assert_eq!(name_in("funnel größe "), Some("größe"));
        assert_eq!(word_at("send größe now", 7).map(|word| word.text.to_string()), Some("größe".into()));
    }
}
