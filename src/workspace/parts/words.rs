//! The words of each declaration.

use super::{Kind, Place, Unit};
use crate::{
    ast::{self, EventClause, Top},
    source::{Piece, SourceMap, Span, pieces},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

/// Words as numbers.
#[derive(Default)]
pub(super) struct Vocabulary {
    numbers: FxHashMap<SmolStr, u32>,
}

impl Vocabulary {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(word.into(), next);
        next
    }

    /// The number of a word that stands somewhere.
    pub fn get(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }
}

/// How the words of a declaration ask about messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Asks {
    /// Not at all.
    #[default]
    Nothing,
    /// Of messages that it names.
    Named,
    /// Of any message.
    Any,
}

/// Knows the words that ask about messages, and the names of messages.
struct Asking {
    words: Vec<u32>,
    messages: FxHashSet<u32>,
}

impl Asking {
    fn new(files: &[ast::File], vocabulary: &mut Vocabulary) -> Self {
        let words = ["messages", "sent", "delivered", "opened", "clicked", "replied", "bounced", "complained"];
        let words = words.into_iter().map(|word| vocabulary.number(word)).collect();
        let items = files.iter().flat_map(|file| &file.items);
        let names = items.filter_map(|item| if let Top::Message(message) = &item.it { Some(&message.head.name.text) } else { None });
        let messages = names.map(|name| vocabulary.number(name)).collect();
        Self { words, messages }
    }

    /// `clicked welcome` asks of a message that is named, `clicked` of any.
    fn of(&self, words: &[u32]) -> Asks {
        let one = |(at, word): (usize, &u32)| match words.get(at + 1) {
            _ if !self.words.contains(word) => Asks::Nothing,
            Some(next) if self.messages.contains(next) => Asks::Named,
            Some(_) | None => Asks::Any,
        };
        words.iter().enumerate().map(one).max().unwrap_or_default()
    }
}

/// All declarations that parts are made of, in their order.
pub(super) fn units(sources: &SourceMap, files: &[ast::File], vocabulary: &mut Vocabulary) -> Vec<Unit> {
    let mut units = Vec::new();
    let asks = Asking::new(files, vocabulary);
    for (file, tree) in files.iter().enumerate() {
        let text = sources.file(tree.span.file).text();
        // The words of the file with their beginnings, in order: each declaration takes those that lie in it.
        let words: Vec<(u32, u32)> = pieces(tree.span.file, text)
            .filter(|(piece, _)| *piece == Piece::Word)
            .map(|(_, span)| (span.start, vocabulary.number(text.get(span.range()).unwrap_or(""))))
            .collect();
        let inside = |span: Span| {
            let from = words.partition_point(|(start, _)| *start < span.start);
            let to = words.partition_point(|(start, _)| *start < span.end);
            let mut found: Vec<u32> = words.get(from..to).unwrap_or(&[]).iter().map(|(_, word)| *word).collect();
            let asks = asks.of(&found);
            found.sort_unstable();
            found.dedup();
            (found, asks)
        };
        for (item, node) in tree.items.iter().enumerate() {
            let place = Place { file, item, attribute: None };
            if let Top::Contact(block) = &node.it {
                units.extend(block.items.iter().enumerate().map(|(number, node)| {
                    let kind = if node.it.name.text == "timezone" { Kind::Always } else { Kind::Named };
                    let ((words, asks), name) = (inside(node.span), vocabulary.get(&node.it.name.text));
                    Unit { place: Place { attribute: Some(number), ..place }, span: node.span, kind, words, asks, name }
                }));
            } else if let Some((kind, name)) = kind(&node.it) {
                let name = name.and_then(|name| vocabulary.get(&name.text));
                let (words, asks) = inside(node.span);
                units.push(Unit { place, span: node.span, kind, words, asks, name });
            }
        }
    }
    units
}

/// What an item is here, and what it declares.
fn kind(item: &Top) -> Option<(Kind, Option<&ast::Ident>)> {
    Some(match item {
        Top::Timezone(_) => (Kind::Always, None),
        Top::Event(it) => {
            let opts_out = it.clauses.iter().any(|clause| matches!(clause.it, EventClause::OptOut(_)));
            (if opts_out { Kind::OptOut } else { Kind::Named }, Some(&it.head.name))
        }
        Top::Channel(it) => (Kind::Channel, Some(&it.head.name)),
        Top::Message(it) => (Kind::Message, Some(&it.head.name)),
        Top::Action(it) => (Kind::Named, Some(&it.head.name)),
        Top::Segment(it) => (Kind::Named, Some(&it.head.name)),
        Top::Score(it) => (Kind::Named, Some(&it.head.name)),
        Top::Play(it) => (Kind::Play, Some(&it.head.name)),
        Top::Assume(_) => (Kind::Assume, None),
        Top::Funnel(it) => (Kind::Funnel, Some(&it.head.name)),
        Top::Guarantee(_) => (Kind::Promise, None),
        Top::Use(_) | Top::Contact(_) | Top::Test(_) | Top::Broken(_) => return None,
    })
}
