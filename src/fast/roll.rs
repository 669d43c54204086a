//! The roll of contacts: who has which number.

use super::{
    names::{Names, Sought},
    numbers::Numbers,
    row::Batch,
};
use smallvec::SmallVec;

/// So many contacts are looked for at once.
pub const AHEAD: usize = 32;

/// Numbers by name, from 0 on, in the order in which names came.
#[derive(Default)]
pub struct Roll {
    count: usize,
    names: Names,
    numbers: Numbers,
    #[cfg(feature = "columns")]
    known: super::known::Known,
}

/// A row whose contact is looked for.
struct Looked<'b> {
    row: usize,
    /// Whether it is added where it is new.
    adds: bool,
    hash: u32,
    name: Sought<'b>,
    /// Who has that hash.
    likely: Option<u32>,
}

impl Roll {
    /// Nobody yet.
    pub fn new() -> Self {
        Self { names: Names::new(), numbers: Numbers::new(), ..Self::default() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The name of a contact.
    #[inline]
    pub fn name(&self, at: usize) -> &str {
        self.names.get(at)
    }

    /// The number of a contact, if the name is there.
    pub fn find(&self, hash: u64, name: &str) -> Option<usize> {
        self.found(hash as u32, Sought::new(name))
    }

    /// The number of a contact, new where the name is.
    pub fn number(&mut self, hash: u64, name: &str) -> usize {
        self.found_or_added(hash as u32, Sought::new(name))
    }

    /// Hands over the numbers of the contacts of some rows, in their order: each row with whether its contact is added where it is
    /// new. Of several rows one thing of all is looked at after the other (where hashes are, the names with these hashes), so that
    /// memory brings it for all at once.
    #[inline]
    pub fn each(&mut self, batch: &Batch, mut rows: impl Iterator<Item = (usize, bool)>, mut take: impl FnMut(usize, Option<usize>)) {
        #[cfg(feature = "columns")]
        if let Some(keys) = &batch.keys {
            self.known.turn_to(&keys.dictionary);
            return rows.for_each(|(row, adds)| take(row, self.by_key(batch, row, keys.rows[row], adds)));
        }
        let mut ahead: SmallVec<[Looked<'_>; AHEAD]> = SmallVec::new();
        loop {
            ahead.clear();
            ahead.extend(rows.by_ref().take(AHEAD).map(|(row, adds)| Self::looked(batch, row, adds)));
            if ahead.is_empty() {
                return;
            }
            std::hint::black_box(ahead.iter().map(|it| self.numbers.glance(it.hash)).fold(0, u64::wrapping_add));
            ahead.iter_mut().for_each(|it| it.likely = self.numbers.likely(it.hash).map(|at| at as u32));
            let likely = || ahead.iter().filter_map(|it| it.likely);
            std::hint::black_box(likely().map(|at| self.names.glance(at as usize)).fold(0, u8::wrapping_add));
            std::hint::black_box(likely().map(|at| self.names.glance_behind(at as usize)).fold(0, u8::wrapping_add));
            for it in &ahead {
                take(it.row, self.of(it));
            }
        }
    }

    fn looked(batch: &Batch, row: usize, adds: bool) -> Looked<'_> {
        let name = batch.names[row];
        Looked { row, adds, hash: name.hash as u32, name: Sought::within(&batch.texts, name.at), likely: None }
    }

    /// The number of a contact of which it is known who is likely to be meant.
    #[inline]
    fn of(&mut self, it: &Looked<'_>) -> Option<usize> {
        let likely = it.likely.map(|at| at as usize).filter(|at| self.names.is(*at, it.name));
        likely.or_else(|| if it.adds { Some(self.found_or_added(it.hash, it.name)) } else { self.found(it.hash, it.name) })
    }

    /// The same for a row whose name may lie in the dictionary that is known.
    #[cfg(feature = "columns")]
    fn by_key(&mut self, batch: &Batch, row: usize, key: Option<u32>, adds: bool) -> Option<usize> {
        if let Some(known) = key.and_then(|key| self.known.number(key)) {
            return Some(known as usize);
        }
        let number = self.of(&Self::looked(batch, row, adds))?;
        key.into_iter().for_each(|key| self.known.keep(key, number as u32));
        Some(number)
    }

    fn found(&self, hash: u32, name: Sought<'_>) -> Option<usize> {
        self.numbers.get(hash, |other| self.names.is(other, name))
    }

    fn found_or_added(&mut self, hash: u32, name: Sought<'_>) -> usize {
        let number = self.numbers.get_or_add(hash, self.count, |other| self.names.is(other, name));
        if number == self.count {
            self.names.push(self.count, name);
            self.count += 1;
        }
        number
    }
}
