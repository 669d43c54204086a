//! Everybody of a shard: names, numbers, and what is kept of each, in a few long rows of memory.
//!
//! A contact costs 16 bytes and 40 for each funnel, its name and 4, and 10 to 15 bytes to be found by its name; where rules keep
//! anything else, 8 for where that lies.

use super::{
    blocks::{BLOCK, Blocks},
    state::{Hot, NEVER, Rest, Slot},
};
use std::ops::Range;

/// The table of numbers is never fuller than so many fifths.
const FULL_FIFTHS: usize = 4;

/// Everybody.
pub struct People {
    count: usize,
    /// What every record touches.
    pub hot: Blocks<Hot>,
    /// For each block of contacts, an instant before which no timer of theirs is due.
    pub dues: Vec<i64>,
    slots: Blocks<Slot>,
    /// All else; blocks are made when something is kept.
    rest: Vec<Vec<Option<Box<Rest>>>>,
    /// The names of each block, one behind the other.
    names: Vec<String>,
    /// Where names end in their block.
    ends: Blocks<u32>,
    /// Hashes of names, in the upper half, with numbers of contacts from 1; 0 is free. A hash as a fraction says where to look.
    table: Vec<u64>,
}

/// Where to look for a hash first.
fn place(hash: u32, length: usize) -> usize {
    ((u64::from(hash) * length as u64) >> 32) as usize
}

impl People {
    /// Nobody yet, for so many funnels.
    pub fn new(places: usize) -> Self {
        Self {
            count: 0,
            hot: Blocks::new(1),
            dues: Vec::new(),
            slots: Blocks::new(places),
            rest: Vec::new(),
            names: Vec::new(),
            ends: Blocks::new(1),
            table: vec![0; 16],
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The contacts of a block.
    pub fn block(&self, block: usize) -> Range<usize> {
        block * BLOCK..self.len().min((block + 1) * BLOCK)
    }

    /// Keeps when a contact's next timer is due.
    pub fn set_due(&mut self, at: usize, due_ms: i64) {
        self.hot[at].due_ms = due_ms;
        let of_block = &mut self.dues[at / BLOCK];
        *of_block = due_ms.min(*of_block);
    }

    /// Takes what else is kept of a contact.
    pub fn take_rest(&mut self, at: usize) -> Option<Box<Rest>> {
        self.rest.get_mut(at / BLOCK)?.get_mut(at % BLOCK)?.take()
    }

    /// What else is kept of a contact.
    pub fn rest_mut(&mut self, at: usize) -> Option<&mut Rest> {
        self.rest.get_mut(at / BLOCK)?.get_mut(at % BLOCK)?.as_deref_mut()
    }

    /// Keeps something else of a contact.
    pub fn put_rest(&mut self, at: usize, rest: Box<Rest>) {
        if self.rest.len() <= at / BLOCK {
            self.rest.resize_with(at / BLOCK + 1, Vec::new);
        }
        let block = &mut self.rest[at / BLOCK];
        if block.is_empty() {
            block.resize_with(BLOCK, || None);
        }
        block[at % BLOCK] = Some(rest);
    }

    /// The name of a contact.
    pub fn name(&self, at: usize) -> &str {
        name(&self.names, &self.ends, at)
    }

    /// What a record touches of a contact, its places, and its name.
    pub fn parts(&mut self, at: usize) -> (&mut Hot, &mut [Slot], &str) {
        (&mut self.hot[at], self.slots.of_mut(at), name(&self.names, &self.ends, at))
    }

    /// The places of a contact.
    pub fn slots(&self, at: usize) -> &[Slot] {
        self.slots.of(at)
    }

    /// The number of a contact, new where the name is.
    pub fn number(&mut self, hash: u64, name: &str) -> usize {
        let short = hash as u32;
        let mut at = place(short, self.table.len());
        while self.table[at] != 0 {
            let other = self.table[at];
            let number = other as u32 as usize;
            if (other >> 32) as u32 == short && self.name(number - 1) == name {
                return number - 1;
            }
            at = if at + 1 == self.table.len() { 0 } else { at + 1 };
        }
        let number = self.count;
        self.table[at] = u64::from(short) << 32 | (number as u64 + 1);
        self.add(name);
        if self.count * 5 > self.table.len() * FULL_FIFTHS {
            self.grow();
        }
        number
    }

    fn add(&mut self, name: &str) {
        if self.count.is_multiple_of(BLOCK) {
            self.names.last_mut().into_iter().for_each(String::shrink_to_fit);
            self.names.push(String::new());
            self.dues.push(NEVER);
        }
        if let Some(names) = self.names.last_mut() {
            names.push_str(name);
            self.ends.push(&(names.len() as u32));
        }
        self.hot.push(&Hot::default());
        self.slots.push(&Slot::default());
        self.count += 1;
    }

    fn grow(&mut self) {
        let length = self.table.len() / 2 * 3;
        let mut table = vec![0; length];
        for it in self.table.iter().filter(|it| **it != 0) {
            let mut at = place((*it >> 32) as u32, length);
            while table[at] != 0 {
                at = if at + 1 == length { 0 } else { at + 1 };
            }
            table[at] = *it;
        }
        self.table = table;
    }
}

fn name<'n>(names: &'n [String], ends: &Blocks<u32>, at: usize) -> &'n str {
    let begin = if at.is_multiple_of(BLOCK) { 0 } else { ends[at - 1] };
    &names[at / BLOCK][begin as usize..ends[at] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_takes_no_more_than_is_said() {
        assert_eq!((size_of::<Hot>(), size_of::<Slot>(), size_of::<Option<Box<Rest>>>()), (16, 40, 8));
    }

    #[test]
    fn everybody_is_found_again() {
        let mut people = People::new(1);
        for round in 0..2 {
            for at in 0..10_000_usize {
                let name = format!("c{at}");
                let number = people.number(crate::fast::feed::hash_of(name.as_bytes()), &name);
                assert_eq!((number, people.name(number)), (at, name.as_str()), "round {round}");
            }
        }
    }
}
