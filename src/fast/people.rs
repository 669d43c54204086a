//! Everybody of a shard: names, numbers, and what is kept of each, in a few long rows of memory.
//!
//! A contact costs 16 bytes and 40 for each funnel, 8 for what else may be kept, its name, and 14 to 19 bytes to find it by its name;
//! plain funnels keep nothing else. Rows of memory grow by doubling, so that half of them may be empty.

use super::state::{Hot, Rest, Slot};

/// So many names share a place from which they are counted.
const BLOCK: usize = 4_096;

/// Everybody.
pub struct People {
    /// How many places each has.
    places: usize,
    /// What every record touches.
    pub hot: Vec<Hot>,
    slots: Vec<Slot>,
    /// All else.
    pub rest: Vec<Option<Box<Rest>>>,
    names: String,
    /// Where names end, counted from the begin of their block.
    ends: Vec<u32>,
    begins: Vec<usize>,
    hashes: Vec<u32>,
    /// Numbers of contacts, from 1, by hash; 0 is free.
    table: Vec<u32>,
}

impl People {
    /// Nobody yet, for so many funnels.
    pub fn new(places: usize) -> Self {
        Self {
            places,
            hot: Vec::new(),
            slots: Vec::new(),
            rest: Vec::new(),
            names: String::new(),
            ends: Vec::new(),
            begins: Vec::new(),
            hashes: Vec::new(),
            table: vec![0; 16],
        }
    }

    /// The name of a contact.
    pub fn name(&self, at: usize) -> &str {
        let begin = self.begins.get(at / BLOCK).copied().unwrap_or_default();
        let before = if at.is_multiple_of(BLOCK) { 0 } else { self.ends[at - 1] };
        &self.names[begin + before as usize..begin + self.ends[at] as usize]
    }

    /// What a record touches of a contact, its places, and its name.
    pub fn parts(&mut self, at: usize) -> (&mut Hot, &mut [Slot], &str) {
        let begin = self.begins.get(at / BLOCK).copied().unwrap_or_default();
        let before = if at.is_multiple_of(BLOCK) { 0 } else { self.ends[at - 1] };
        let name = &self.names[begin + before as usize..begin + self.ends[at] as usize];
        (&mut self.hot[at], &mut self.slots[at * self.places..(at + 1) * self.places], name)
    }

    /// The places of a contact.
    pub fn slots(&self, at: usize) -> &[Slot] {
        &self.slots[at * self.places..(at + 1) * self.places]
    }

    /// The number of a contact, new where the name is.
    pub fn number(&mut self, hash: u64, name: &str) -> usize {
        let short = hash as u32;
        let mask = self.table.len() - 1;
        let mut at = short as usize & mask;
        loop {
            match self.table[at] {
                0 => break,
                other => {
                    let other = other as usize - 1;
                    if self.hashes[other] == short && self.name(other) == name {
                        return other;
                    }
                }
            }
            at = (at + 1) & mask;
        }
        let number = self.hot.len();
        self.table[at] = number as u32 + 1;
        if number.is_multiple_of(BLOCK) {
            self.begins.push(self.names.len());
        }
        self.names.push_str(name);
        let begin = self.begins.last().copied().unwrap_or_default();
        self.ends.push((self.names.len() - begin) as u32);
        self.hashes.push(short);
        self.hot.push(Hot::default());
        self.rest.push(None);
        self.slots.resize(self.slots.len() + self.places, Slot::default());
        if self.hot.len() * 4 > self.table.len() * 3 {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0; mask + 1];
        for (number, hash) in self.hashes.iter().enumerate() {
            let mut at = *hash as usize & mask;
            while table[at] != 0 {
                at = (at + 1) & mask;
            }
            table[at] = number as u32 + 1;
        }
        self.table = table;
    }
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
