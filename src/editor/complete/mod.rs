//! Completion: what fits at a place.
//!
//! The grammar says which kinds of things may come next; the program says which of them there are.

mod behind;
mod offers;
mod slots;
mod snippets;

use super::{
    Program,
    place::{Place, place, typed_span},
    tokens::{PAST_DOOR, PAST_WAIT},
};
use crate::{
    parse::next::{Block, What, next},
    source::{FileId, Span},
    units::Unit,
};
use offers::Offers;
use slots::Slots;

/// What a completion stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each names its kind")]
pub enum CompletionKind {
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
    Type,
    Unit,
    Word,
    Snippet,
}

/// Something that may be written at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// What it stands for.
    pub kind: CompletionKind,
    /// What it is, in one line.
    pub detail: Option<String>,
    /// More about it, Markdown.
    pub about: Option<String>,
    /// What is written; with stops for the cursor, `${1:name}`, in a snippet.
    pub insert: String,
    /// Whether `insert` has stops.
    pub is_snippet: bool,
    /// What it takes the place of: the word that is being typed.
    pub replaces: Span,
    /// Those that fit best have the least.
    pub rank: u8,
}

/// What fits at an offset, the best first. Nothing in comments and texts in quotes.
#[must_use]
pub fn complete(program: &Program, file: FileId, offset: u32) -> Vec<Completion> {
    let text = program.source(file).text();
    let place = place(text, offset);
    if place.is_quiet || behind_number(text, &place) {
        return Vec::new();
    }
    let mut offers = Offers::new(typed_span(file, &place, offset));
    let slots = Slots { program, text, place: &place };
    let at_start = place.item.trim().is_empty();
    if at_start {
        snippets::offer(place.block(), &mut offers);
        continued(text, &place, &mut offers);
    }
    for next in next(place.block(), place.item, place.behind_if) {
        match next.what {
            What::Word(word) => slots.word(word, &next, at_start, &mut offers),
            What::Name => slots.name(&next, &mut offers),
            What::Property => slots.property(&mut offers),
            What::Unit => {
                let one = place.item.trim_end().ends_with(" 1") || next.is_in("single");
                for unit in Unit::ALL {
                    offers.add(CompletionKind::Unit, if one { unit.singular() } else { unit.plural() }, None, 0);
                }
            }
            What::Choice => {
                let words = if place.item.trim_start().starts_with("wait") { PAST_WAIT } else { PAST_DOOR };
                words.iter().for_each(|(word, about)| offers.add(CompletionKind::Word, word, Some((*about).to_owned()), 0));
            }
            What::Text | What::Number | What::Mark(_) => {}
        }
    }
    offers.done()
}

/// `and` and `or`, with which a line goes on with the condition of the line above.
fn continued(text: &str, place: &Place<'_>, offers: &mut Offers) {
    let Some(before) = text.get(..place.typed).map(str::trim_end) else { return };
    let line = format!("{before} ");
    let above = u32::try_from(line.len()).map(|end| self::place(&line, end));
    let Some(above) = above.ok().filter(|above| !above.is_quiet && !above.item.trim().is_empty()) else { return };
    for next in next(above.block(), above.item, above.behind_if) {
        if let What::Word(word @ ("and" | "or")) = next.what {
            offers.add(CompletionKind::Word, word, None, 0);
        }
    }
}

/// The beginnings of whole items at the top of a file: what the list shows, what is written, and what it is for.
#[must_use]
pub fn skeletons() -> &'static [(&'static str, &'static str, &'static str)] {
    snippets::of(Block::Top)
}

/// Whether a number touches the place, of which letters would be a part: nothing is offered in `2d`.
fn behind_number(text: &str, place: &Place<'_>) -> bool {
    text.get(..place.typed).and_then(|before| before.chars().next_back()).is_some_and(|c| c.is_ascii_digit())
}
