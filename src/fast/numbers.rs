//! Numbers by the hash of a name: tables with open addressing, each for a part of all hashes, so that little is moved when one grows.

/// The hashes are spread over so many tables.
const TABLES: usize = 64;
/// A table is never fuller than so many fifths.
const FULL_FIFTHS: usize = 4;

/// Numbers by hash; by default without any table, and so for none.
#[derive(Default)]
pub struct Numbers {
    tables: Vec<Table>,
}

#[derive(Clone)]
struct Table {
    /// Hashes in the upper half, numbers from 1 in the lower; 0 is free. A hash as a fraction says where to look first.
    places: Vec<u64>,
    count: usize,
}

#[inline]
fn first(hash: u32, length: usize) -> usize {
    ((u64::from(hash) * length as u64) >> 32) as usize
}

impl Numbers {
    /// None yet.
    pub fn new() -> Self {
        Self { tables: vec![Table { places: vec![0; 8], count: 0 }; TABLES] }
    }

    /// What stands where a hash is looked for first, of no meaning but that memory brings it.
    pub fn glance(&self, hash: u32) -> u64 {
        let table = &self.tables[hash as usize % TABLES];
        table.places[first(hash, table.places.len())]
    }

    /// The first number with that hash, which may not be the right one.
    pub fn likely(&self, hash: u32) -> Option<usize> {
        self.get(hash, |_| true)
    }

    /// The number with that hash that is the right one, if there is one.
    #[inline]
    pub fn get(&self, hash: u32, is_right: impl Fn(usize) -> bool) -> Option<usize> {
        let table = &self.tables[hash as usize % TABLES];
        let mut at = first(hash, table.places.len());
        while table.places[at] != 0 {
            let place = table.places[at];
            let number = place as u32 as usize - 1;
            if (place >> 32) as u32 == hash && is_right(number) {
                return Some(number);
            }
            at = if at + 1 == table.places.len() { 0 } else { at + 1 };
        }
        None
    }

    /// The number with that hash that is the right one, or else the new one.
    pub fn get_or_add(&mut self, hash: u32, new: usize, is_right: impl Fn(usize) -> bool) -> usize {
        let table = &mut self.tables[hash as usize % TABLES];
        let mut at = first(hash, table.places.len());
        while table.places[at] != 0 {
            let place = table.places[at];
            let number = place as u32 as usize - 1;
            if (place >> 32) as u32 == hash && is_right(number) {
                return number;
            }
            at = if at + 1 == table.places.len() { 0 } else { at + 1 };
        }
        table.places[at] = u64::from(hash) << 32 | (new as u64 + 1);
        table.count += 1;
        if table.count * 5 > table.places.len() * FULL_FIFTHS {
            table.grow();
        }
        new
    }
}

impl Table {
    fn grow(&mut self) {
        let length = self.places.len() / 2 * 3;
        let mut places = vec![0; length];
        for place in self.places.iter().filter(|place| **place != 0) {
            let mut at = first((*place >> 32) as u32, length);
            while places[at] != 0 {
                at = if at + 1 == length { 0 } else { at + 1 };
            }
            places[at] = *place;
        }
        self.places = places;
    }
}
