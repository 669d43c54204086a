//! What each word of a text is, for its colour.

use super::{
    Named, Program, Thing,
    place::{Piece, pieces},
};
use crate::{
    model::Model,
    parse::{next::words, words::TYPES},
    source::{FileId, Span},
    units::Unit,
};
use std::{collections::HashSet, sync::LazyLock};

/// The kinds of words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each names its kind")]
pub enum TokenKind {
    Keyword,
    Text,
    Number,
    Comment,
    Operator,
    Attribute,
    Event,
    Property,
    Parameter,
    Value,
    Channel,
    Message,
    Action,
    Segment,
    Score,
    Play,
    Funnel,
    Stage,
    Split,
}

impl TokenKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::Keyword,
        Self::Text,
        Self::Number,
        Self::Comment,
        Self::Operator,
        Self::Attribute,
        Self::Event,
        Self::Property,
        Self::Parameter,
        Self::Value,
        Self::Channel,
        Self::Message,
        Self::Action,
        Self::Segment,
        Self::Score,
        Self::Play,
        Self::Funnel,
        Self::Stage,
        Self::Split,
    ];
}

/// A word with what it is. Tokens do not go over line ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: TokenKind,
    /// Whether it is declared here.
    pub declares: bool,
}

/// What a door or wait does whose time is past: words that the grammar takes as any word.
pub(super) const PAST_DOOR: [(&str, &str); 2] = [("open", "the door opens at once"), ("never", "the door stays shut")];
/// The same of waits.
pub(super) const PAST_WAIT: [(&str, &str); 2] = [("skip", "it goes on at once"), ("stop", "it ends this nurture")];

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| vocabulary().into_iter().collect());

/// Every word of the language: those of the grammar, of types, of what is past, and units of time in both numbers. In
/// alphabetical order.
#[must_use]
pub fn vocabulary() -> Vec<&'static str> {
    let mut all = words();
    all.extend(TYPES.iter().flat_map(|words| words.split(' ')));
    all.extend(PAST_DOOR.iter().chain(&PAST_WAIT).map(|(word, _)| *word));
    all.extend(Unit::ALL.map(Unit::singular));
    all.extend(Unit::ALL.map(Unit::plural));
    all.sort_unstable();
    all.dedup();
    all
}

/// The words of a file, in order. Words that mean nothing to the compiler are left out.
#[must_use]
pub fn tokens(program: &Program, file: FileId) -> Vec<Token> {
    let text = program.source(file).text();
    let mut names = program.names_in(file).iter().peekable();
    let mut found = Vec::new();
    let mut after_dot = false;
    for (piece, range) in pieces(text) {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else { break };
        let mut push = |kind, declares| found.push(Token { span: Span::new(file, start, end), kind, declares });
        match piece {
            Piece::Word => {
                while names.peek().is_some_and(|named| named.span.end <= start) {
                    names.next();
                }
                let named = names.peek().filter(|named| named.span.start == start && named.span.end == end);
                match named {
                    Some(Named { thing, declares, .. }) => push(kind_of(program, thing), *declares),
                    None if after_dot => {}
                    None if WORDS.contains(text.get(range.clone()).unwrap_or("")) => push(TokenKind::Keyword, false),
                    None => {}
                }
            }
            Piece::Number => push(TokenKind::Number, false),
            Piece::Text => push(TokenKind::Text, false),
            Piece::Comment => push(TokenKind::Comment, false),
            Piece::Mark('=' | '!' | '<' | '>' | '+' | '-' | '*' | '/') => push(TokenKind::Operator, false),
            Piece::Mark(_) | Piece::LineEnd => {}
        }
        after_dot = piece == Piece::Mark('.');
    }
    found
}

fn kind_of(program: &Program, thing: &Thing) -> TokenKind {
    let model: &Model = program.model();
    match thing {
        Thing::Attribute(_) => TokenKind::Attribute,
        // The events of messages are words of the language.
        Thing::Event(id) if model.events[*id].about_message => TokenKind::Keyword,
        Thing::Event(_) => TokenKind::Event,
        Thing::Channel(_) => TokenKind::Channel,
        Thing::Message(_) => TokenKind::Message,
        Thing::Action(_) => TokenKind::Action,
        Thing::Segment(_) => TokenKind::Segment,
        Thing::Score(_) => TokenKind::Score,
        Thing::Play(_) | Thing::Nurture(..) => TokenKind::Play,
        Thing::Funnel(_) => TokenKind::Funnel,
        Thing::Stage(_) => TokenKind::Stage,
        Thing::Member(span) => match program.table().member(*span).map(|member| &member.owner) {
            Some(Thing::Event(_)) => TokenKind::Property,
            _ => TokenKind::Parameter,
        },
        Thing::AnyProperty(_) => TokenKind::Property,
        Thing::Value(..) | Thing::Arm(..) => TokenKind::Value,
        Thing::Split(_) => TokenKind::Split,
    }
}
