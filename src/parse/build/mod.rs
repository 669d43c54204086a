//! Pairs of the grammar to the tree.
//!
//! One method per rule. What is legal for the grammar and not for the language is told here, where the place is known.
//! Invariants: every method takes the pairs of its rule in the order of the grammar; an unexpected pair is a finding of
//! its own (F999) and never a panic. Spans come out in the offsets of the user's text.
//! Deliberately absent: what a damaged line should have been (`explain`).

mod atom;
mod declaration;
mod expression;
mod funnel;
mod guarantee;
mod literal;
mod node;
mod step;
mod test;

use super::{
    codes,
    explain::Context,
    grammar::{Pair, Pairs, Rule},
    repair::Offsets,
    scan::RawComment,
};
use crate::{
    ast::{Broken, Comment, Ident, Node, Spanned, Text, Top},
    diag::{Diagnostic, Diagnostics},
    source::{FileId, Span},
};
use smol_str::SmolStr;

/// Everything the tree builder knows while it walks.
pub(super) struct Builder<'i> {
    /// The file spans speak of.
    pub file: FileId,
    /// The user's text.
    pub source: &'i str,
    /// The text that was parsed: the user's, with repairs.
    pub text: &'i str,
    /// From offsets of `text` to offsets of `source`.
    pub offsets: &'i Offsets,
    /// What was found.
    pub findings: Diagnostics,
    /// Findings with what mends them, for another parse of the file.
    pub corrections: Vec<Diagnostic>,
    /// Where the part of the text begins that is being built.
    start: usize,
    comments: &'i [RawComment],
    next_comment: usize,
    frame: Frame,
}

/// Comments inside the item at hand that no inner item has taken.
#[derive(Default)]
struct Frame {
    inside: Vec<Comment>,
    after: Option<Comment>,
    damaged: bool,
    /// Whether text follows that does not belong: it is explained, and not what is missing before it.
    trailing: bool,
    /// Whether a block of the item has begun.
    in_blocks: bool,
    /// Whether a comment behind the item belongs to the end of its last block: that block stands on several lines with
    /// something in it, or is not the first.
    ends_in_block: bool,
}

/// The pairs inside a pair, with a look at the next one.
pub(super) struct Kids<'i> {
    next: Option<Pair<'i>>,
    rest: Pairs<'i>,
}

impl<'i> Kids<'i> {
    pub fn new(mut rest: Pairs<'i>) -> Self {
        Self { next: rest.next(), rest }
    }

    pub fn of(pair: Pair<'i>) -> Self {
        Self::new(pair.into_inner())
    }

    /// How many pairs are left.
    pub fn left(&self) -> usize {
        self.rest.len() + usize::from(self.next.is_some())
    }

    pub fn peek(&self) -> Option<Rule> {
        self.next.as_ref().map(pest::iterators::Pair::as_rule)
    }

    /// The text of the next pair.
    pub fn peek_text(&self) -> &'i str {
        self.next.as_ref().map_or("", |pair| pair.as_str())
    }

    pub fn next_if_any(&mut self, rules: &[Rule]) -> Option<Pair<'i>> {
        if self.peek().is_some_and(|rule| rules.contains(&rule)) { self.next() } else { None }
    }

    pub fn next_if(&mut self, rule: Rule) -> Option<Pair<'i>> {
        if self.peek() == Some(rule) { self.next() } else { None }
    }
}

impl<'i> Iterator for Kids<'i> {
    type Item = Pair<'i>;

    fn next(&mut self) -> Option<Pair<'i>> {
        std::mem::replace(&mut self.next, self.rest.next())
    }
}

impl<'i> Builder<'i> {
    pub fn new(file: FileId, source: &'i str, text: &'i str, offsets: &'i Offsets, comments: &'i [RawComment]) -> Self {
        Self {
            file,
            source,
            text,
            offsets,
            findings: Diagnostics::new(),
            corrections: Vec::new(),
            start: 0,
            comments,
            next_comment: 0,
            frame: Frame::default(),
        }
    }

    /// The items of a part of the text that begins at `start`.
    pub fn part(&mut self, pair: Pair<'i>, start: usize, items: &mut Vec<Node<Top>>) {
        self.start = start;
        self.items(&mut Kids::of(pair), items, Context::Top, Self::top);
    }

    /// Where a pair stands, without the blanks at its end.
    pub fn span(&self, pair: &Pair<'i>) -> Span {
        let span = pair.as_span();
        let (start, mut end) = (self.start + span.start(), self.start + span.end());
        let bytes = self.text.as_bytes();
        while end > start && bytes.get(end - 1).is_some_and(u8::is_ascii_whitespace) {
            end -= 1;
        }
        self.place(start, end)
    }

    /// The span of the user's text behind two offsets of the parsed one.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let start = offset(self.offsets.original(start));
        Span::new(self.file, start, offset(self.offsets.original(end)).max(start))
    }

    /// An empty place right behind a span.
    pub fn behind(&self, span: Span) -> Span {
        Span::empty(self.file, span.end)
    }

    pub fn push(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Reports something whose fix is surely what was meant: the file is parsed again with it.
    pub fn correct(&mut self, finding: Diagnostic) {
        self.corrections.push(finding.clone());
        self.findings.push(finding);
    }

    /// The text behind a span as it was parsed, repairs included.
    pub fn parsed_text(&self, span: Span) -> String {
        let (start, end) = (self.offsets.repaired(span.start as usize), self.offsets.repaired(span.end as usize));
        self.text.get(start..end.max(start)).unwrap_or("").to_owned()
    }

    /// Whether a brace stands at a place, or behind blanks there.
    pub fn begins_block(&self, span: Span) -> bool {
        self.source.get(span.end as usize..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with('{'))
    }

    /// Whether the next line with text begins with a brace.
    pub fn opens_next_line(&self, span: Span) -> bool {
        self.source.get(span.end as usize..).is_some_and(|rest| rest.trim_start().starts_with('{'))
    }

    /// Reports that the grammar and this builder disagree at a place.
    pub fn internal(&mut self, span: Span, what: &str) {
        self.push(
            Diagnostic::new(codes::F999, span, format!("internal error: {what} did not come as the grammar says"))
                .help("this is a mistake in funnelc, not in your file: please report it with this line"),
        );
    }

    /// Reports pairs that nobody has taken.
    pub fn no_more(&mut self, kids: &mut Kids<'i>) {
        for pair in kids.by_ref() {
            let span = self.span(&pair);
            self.internal(span, &format!("`{}`", pair.as_str().trim_end()));
        }
    }

    pub fn ident_of(&mut self, pair: &Pair<'i>) -> Ident {
        let (span, text) = (self.span(pair), pair.as_str());
        if !text.is_ascii() {
            self.only_letters(span, text);
        }
        Ident { span, text: SmolStr::new(text) }
    }

    /// Reports what is no letter in a name: the grammar takes everything beyond ASCII.
    fn only_letters(&mut self, span: Span, text: &str) {
        let fits = |letter: char| letter == '_' || letter.is_alphanumeric() || pest::unicode::MARK(letter);
        let odd =
            text.chars().enumerate().find(|(index, letter)| !fits(*letter) || *index == 0 && !letter.is_alphabetic() && *letter != '_');
        if let Some((_, odd)) = odd {
            self.push(
                Diagnostic::new(codes::F001, span, format!("`{odd}` does not stand in a name"))
                    .help("a name is a word of letters, digits and `_`, and does not begin with a digit"),
            );
        }
    }

    /// The next name, which the grammar promises.
    pub fn ident(&mut self, kids: &mut Kids<'i>, within: Span) -> Ident {
        match kids.peek() {
            Some(Rule::name | Rule::outcome) => match kids.next() {
                Some(pair) => self.ident_of(&pair),
                None => self.no_name(within),
            },
            _ => self.no_name(within),
        }
    }

    fn no_name(&mut self, within: Span) -> Ident {
        self.internal(within, "a name");
        Ident { span: within, text: SmolStr::default() }
    }

    /// All names that come next.
    pub fn idents(&mut self, kids: &mut Kids<'i>) -> Vec<Ident> {
        let mut names = Vec::new();
        while let Some(pair) = kids.next_if(Rule::name) {
            names.push(self.ident_of(&pair));
        }
        names
    }

    /// The word behind a dot.
    pub fn property_of(&mut self, pair: &Pair<'i>) -> Ident {
        let span = self.span(pair);
        let text = pair.as_str();
        Ident { span: Span { start: (span.start + 1).min(span.end), ..span }, text: SmolStr::new(text.strip_prefix('.').unwrap_or(text)) }
    }

    /// The next text in quotes, which the grammar promises.
    pub fn quoted(&mut self, kids: &mut Kids<'i>, within: Span) -> Text {
        if let Some(pair) = kids.next_if(Rule::text) {
            return self.text_of(&pair);
        }
        self.internal(within, "a text");
        Text { span: within, value: SmolStr::default() }
    }

    pub fn quoted_if(&mut self, kids: &mut Kids<'i>) -> Option<Text> {
        kids.next_if(Rule::text).map(|pair| self.text_of(&pair))
    }

    pub fn broken(&self, span: Span) -> Broken {
        Broken { text: SmolStr::new(self.source.get(span.range()).unwrap_or("")) }
    }

    pub fn spanned<T>(&self, pair: &Pair<'i>, it: T) -> Spanned<T> {
        Spanned { span: self.span(pair), it }
    }
}

fn offset(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
