//! What all constructs share: names, texts, blocks, comments.

use super::{Action, Assume, Attribute, Channel, Event, Funnel, Guarantee, Message, Play, Score, Segment, Test};
use crate::source::Span;
use smol_str::SmolStr;
use std::fmt;

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// Where it stands.
    pub span: Span,
    /// Its letters.
    pub text: SmolStr,
}

/// A text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Where it stands, quotes included.
    pub span: Span,
    /// What it says, escapes resolved.
    pub value: SmolStr,
}

/// A comment, from `#` to the end of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Its text behind the `#`, without white space at the end.
    pub text: SmolStr,
    /// Whether a blank line stands before it.
    pub blank_before: bool,
}

/// What stands around an item and means nothing to the compiler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trivia {
    /// Whether a blank line stands before the item itself (behind its comments).
    pub blank_before: bool,
    /// Comments on the lines before it, and those inside it that no inner item takes.
    pub before: Vec<Comment>,
    /// A comment behind it on its last line (behind its `{` where the item is a block of several lines).
    pub after: Option<Comment>,
    /// A comment behind the `}` of an item that ends in a block of several lines.
    pub closing: Option<Comment>,
    /// The item as it stands in the file, where a part of it did not parse: the formatter passes it through, while
    /// the tree holds what could be read.
    pub damaged: Option<Broken>,
}

/// An item of a file or block: what it is, where, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<T> {
    /// From its first word to its last character.
    pub span: Span,
    /// Comments and blank lines; `None` where there are none.
    pub trivia: Option<Box<Trivia>>,
    /// The item.
    pub it: T,
}

/// `{ … }`.
#[derive(Clone, PartialEq, Eq)]
pub struct Block<T> {
    /// From `{` to `}`.
    pub span: Span,
    /// What stands in it.
    pub items: Vec<Node<T>>,
    /// Comments before the `}`.
    pub tail: Vec<Comment>,
    /// Whether it stands on one line in the file; the formatter leaves a short block of one item there.
    pub one_line: bool,
}

impl<T: fmt::Debug> fmt::Debug for Block<T> {
    /// Without places (see [`Span`]) also without how it was laid out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_places = !f.sign_minus();
        let mut block = f.debug_struct("Block");
        block.field("items", &self.items).field("tail", &self.tail);
        if has_places {
            block.field("span", &self.span).field("one_line", &self.one_line);
        }
        block.finish()
    }
}

/// Text that did not parse; kept so that the formatter can pass it through untouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The text as it stands in the file.
    pub text: SmolStr,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// From the first byte to the last.
    pub span: Span,
    /// The declarations, in order.
    pub items: Vec<Node<Top>>,
    /// Comments behind the last declaration.
    pub tail: Vec<Comment>,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its construct")]
pub enum Top {
    /// `use "shop.funnel"`
    Use(Text),
    /// `timezone "Europe/Berlin"`
    Timezone(Text),
    /// `contact { … }`
    Contact(Block<Attribute>),
    Event(Event),
    Channel(Channel),
    Message(Message),
    Action(Action),
    Segment(Segment),
    Score(Score),
    Play(Play),
    Assume(Assume),
    Guarantee(Guarantee),
    Funnel(Funnel),
    Test(Test),
    Broken(Broken),
}
