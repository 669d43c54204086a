//! The parts of a program: funnels that can tell of each other's doings, with the declarations they name.
//!
//! Checks look at one part at a time. What they find in it depends on the text of the part alone, so that it can be kept
//! while other parts are written on.
//!
//! Two funnels belong to one part if one writes an attribute or records an event that the other names, if one may send a
//! message that the other names while it asks about messages, if they use one play, or if one names the other. Funnels that
//! only wait for the same events from outside have nothing to do with each other, and those that share the cap of a channel
//! only so much: what happens in one may be kept from happening by the sends of the other. That is asked at the end, in
//! the whole program, of each story that was told of a part. Names are compared as words, whatever they mean: that may join too much, never too little.
//! Declarations that no funnel names make a part of their own. Promises at top level speak of all funnels and belong to
//! no part; tests and `use` are not checked.

mod kept;
mod shift;
mod ties;
mod words;

pub use kept::Kept;
pub(in crate::workspace) use kept::Pass;

use crate::{
    ast::{self, Top},
    source::{SourceMap, Span},
};
use sha2::{Digest as _, Sha256};
use words::{Asks, Vocabulary};

/// Where a declaration stands among the trees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    /// The number of its file.
    file: usize,
    /// The number of the item in the file.
    item: usize,
    /// The number of the attribute, where the item is a block of the contact's.
    attribute: Option<usize>,
}

/// A declaration that a part may need.
#[derive(Clone, Debug)]
struct Unit {
    place: Place,
    span: Span,
    kind: Kind,
    /// The words in it, each once, in order.
    words: Vec<u32>,
    asks: Asks,
    /// What it declares.
    name: Option<u32>,
}

/// What matters of a kind of declaration here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Funnel,
    /// Whoever names it needs it.
    Named,
    Message,
    Channel,
    Play,
    /// An event that opts out of channels.
    OptOut,
    /// What everybody needs: time zones.
    Always,
    /// What belongs to the funnel whose stage it names.
    Assume,
    /// What speaks of all funnels.
    Promise,
}

/// A part of a program.
#[derive(Clone, Debug)]
pub struct Part {
    places: Vec<Place>,
    /// The texts of its declarations, in their order.
    spans: Vec<Span>,
}

/// The parts of a program, those with funnels by their first; `None` where it would be more work to part it than to check it.
#[must_use]
pub fn parts(sources: &SourceMap, files: &[ast::File]) -> Option<Vec<Part>> {
    let mut vocabulary = Vocabulary::default();
    let units = words::units(sources, files, &mut vocabulary);
    let members = ties::tie(&units, files, &vocabulary)?;
    let part = |mut members: Vec<usize>| {
        members.sort_unstable_by_key(|unit| units[*unit].place);
        let places = members.iter().map(|unit| units[*unit].place).collect();
        Part { places, spans: members.iter().map(|unit| units[*unit].span).collect() }
    };
    Some(members.into_iter().map(part).collect())
}

impl Part {
    /// Whether a place lies in it.
    #[cfg(feature = "runtime")]
    #[must_use]
    pub fn holds(&self, place: Span) -> bool {
        self.spans.iter().any(|span| span.contains(place))
    }

    /// The trees of its declarations alone.
    #[must_use]
    pub fn trees(&self, files: &[ast::File]) -> Vec<ast::File> {
        let mut trees: Vec<ast::File> =
            files.iter().map(|file| ast::File { span: file.span, items: Vec::new(), tail: Vec::new() }).collect();
        let mut last: Option<(usize, usize)> = None;
        for place in &self.places {
            let (Some(from), Some(to)) = (files.get(place.file), trees.get_mut(place.file)) else { continue };
            let Some(item) = from.items.get(place.item) else { continue };
            match (&item.it, place.attribute) {
                (Top::Contact(block), Some(number)) => {
                    if last.replace((place.file, place.item)) != Some((place.file, place.item)) {
                        let empty = ast::Block { span: block.span, items: Vec::new(), tail: Vec::new(), one_line: false };
                        to.items.push(ast::Node { span: item.span, trivia: None, it: Top::Contact(empty) });
                    }
                    if let (Some(attribute), Some(Top::Contact(to))) = (block.items.get(number), to.items.last_mut().map(|it| &mut it.it)) {
                        to.items.push(attribute.clone());
                    }
                }
                _ => to.items.push(item.clone()),
            }
        }
        trees
    }

    /// A number for what its texts say: equal for equal texts in equally named files, wherever they stand in them.
    fn digest(&self, sources: &SourceMap) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        for span in &self.spans {
            put(sources.file(span.file).name());
            put(sources.slice(*span));
        }
        hash.finalize().into()
    }
}
