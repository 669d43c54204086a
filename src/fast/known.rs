//! The numbers of contacts by their places in a dictionary, which goes through many batches: each name in it is looked for once.

use arrow_array::{Array, ArrayRef};
use std::sync::Arc;

/// What is known of the names of a dictionary.
#[derive(Default)]
pub struct Known {
    /// It is kept, so that no other can lie in its place.
    dictionary: Option<ArrayRef>,
    /// For each of its names the number and one; 0 is not looked for yet.
    numbers: Vec<u32>,
}

impl Known {
    /// Goes on with a dictionary; of another nothing is known.
    pub fn turn_to(&mut self, dictionary: &ArrayRef) {
        if !self.dictionary.as_ref().is_some_and(|known| std::ptr::addr_eq(Arc::as_ptr(known), Arc::as_ptr(dictionary))) {
            self.numbers.clear();
            self.numbers.resize(dictionary.len(), 0);
            self.dictionary = Some(Arc::clone(dictionary));
        }
    }

    /// The number of the contact with the name at a place, if it was looked for.
    pub fn number(&self, key: u32) -> Option<u32> {
        self.numbers.get(key as usize)?.checked_sub(1)
    }

    /// Keeps a number.
    pub fn keep(&mut self, key: u32, number: u32) {
        if let Some(known) = self.numbers.get_mut(key as usize) {
            *known = number + 1;
        }
    }
}
