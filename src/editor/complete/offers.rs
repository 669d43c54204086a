//! The growing list of what fits.

use super::{Completion, CompletionKind};
use crate::source::Span;
use std::collections::HashMap;

/// What fits, each once.
pub(super) struct Offers {
    replaces: Span,
    list: Vec<Completion>,
    seen: HashMap<(String, bool), usize>,
}

impl Offers {
    pub fn new(replaces: Span) -> Self {
        Self { replaces, list: Vec::new(), seen: HashMap::new() }
    }

    /// Offers a word as it stands.
    pub fn add(&mut self, kind: CompletionKind, label: &str, detail: Option<String>, rank: u8) {
        self.push(Completion {
            label: label.to_owned(),
            kind,
            detail,
            about: None,
            insert: label.to_owned(),
            is_snippet: false,
            replaces: self.replaces,
            rank,
        });
    }

    /// Offers a name with what its note says.
    pub fn named(&mut self, kind: CompletionKind, label: &str, detail: Option<String>, about: Option<String>, rank: u8) {
        self.add(kind, label, detail, rank);
        if let Some(last) = self.list.last_mut()
            && last.label == label
        {
            last.about = about;
        }
    }

    /// Offers a text with stops.
    pub fn snippet(&mut self, label: &str, insert: &str, about: &str) {
        self.push(Completion {
            label: label.to_owned(),
            kind: CompletionKind::Snippet,
            detail: Some(about.to_owned()),
            about: None,
            insert: insert.to_owned(),
            is_snippet: true,
            replaces: self.replaces,
            rank: 1,
        });
    }

    /// Of two that look alike the better ranked stays; a snippet stands beside the word it begins with.
    fn push(&mut self, offer: Completion) {
        let key = (offer.label.clone(), offer.is_snippet);
        match self.seen.get(&key).and_then(|at| self.list.get_mut(*at)) {
            Some(known) if offer.rank < known.rank => *known = offer,
            Some(_) => {}
            None => {
                self.seen.insert(key, self.list.len());
                self.list.push(offer);
            }
        }
    }

    /// They, the best first, then by name.
    pub fn done(mut self) -> Vec<Completion> {
        self.list.sort_by(|a, b| (a.rank, &a.label, a.is_snippet).cmp(&(b.rank, &b.label, b.is_snippet)));
        self.list
    }
}
