//! Which properties that nobody declared rows have: sets of names. A set is counted when a row that has it is taken, and what comes of
//! that is how often each name was there.
//!
//! Where many names come and go by themselves there are as many sets as rows; so a set is a few bits, found by its hash.

use super::program::Id;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// Some of many things, by their places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits(SmallVec<[u64; 2]>);

impl Bits {
    /// Adds one.
    #[inline]
    pub fn add(&mut self, at: usize) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Whether one is among them.
    #[inline]
    pub fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places of all.
    fn each(&self) -> impl Iterator<Item = usize> {
        let places = |(word, bits): (usize, &u64)| {
            let bits = *bits;
            (0..64).filter(move |at| bits & (1 << at) != 0).map(move |at| word * 64 + at)
        };
        self.0.iter().enumerate().flat_map(places)
    }
}

/// The sets of one event.
pub type Known = FxHashMap<Bits, u32>;

/// Sets as they are found.
#[derive(Default)]
pub struct Found(Vec<(Id, Bits)>);

impl Found {
    /// The number of a set of an event, of which these are known; that of none is 0.
    pub fn number(&mut self, event: Id, known: &mut Known, bits: &Bits) -> u32 {
        if bits.is_empty() {
            return 0;
        }
        if let Some(number) = known.get(bits) {
            return *number;
        }
        self.0.push((event, bits.clone()));
        let number = self.0.len() as u32;
        known.insert(bits.clone(), number);
        number
    }

    /// All of them, with what the places mean: the names of each event.
    pub fn finish(self, mut names: impl FnMut(Id) -> Vec<String>) -> Shapes {
        let mut shapes = Shapes::default();
        let mut places: FxHashMap<Id, u32> = FxHashMap::default();
        for (event, bits) in self.0 {
            let of = *places.entry(event).or_insert_with(|| {
                shapes.names.push((event, names(event)));
                shapes.names.len() as u32 - 1
            });
            shapes.sets.push(Set { of, bits, taken: AtomicU64::new(0) });
        }
        shapes
    }
}

/// The sets of a batch, by number from 1 on.
#[derive(Default)]
pub struct Shapes {
    /// Events with the names of their properties.
    names: Vec<(Id, Vec<String>)>,
    sets: Vec<Set>,
}

struct Set {
    /// The place of the names.
    of: u32,
    bits: Bits,
    /// How many rows with it were taken.
    taken: AtomicU64,
}

impl Shapes {
    /// Counts a row that was taken, perhaps on several threads at once.
    #[inline]
    pub fn taken(&self, shape: u32) {
        if let Some(set) = (shape as usize).checked_sub(1).and_then(|at| self.sets.get(at)) {
            set.taken.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds what was counted, by event and name.
    pub fn tell(&self, all: &mut BTreeMap<(Id, String), u64>) {
        let mut sums: Vec<Vec<u64>> = self.names.iter().map(|(_, names)| vec![0; names.len()]).collect();
        for set in &self.sets {
            let taken = set.taken.load(Ordering::Relaxed);
            for at in set.bits.each().filter(|_| taken > 0) {
                sums[set.of as usize][at] += taken;
            }
        }
        for ((event, names), sums) in self.names.iter().zip(sums) {
            for (name, sum) in names.iter().zip(sums).filter(|(_, sum)| *sum > 0) {
                *all.entry((*event, name.clone())).or_default() += sum;
            }
        }
    }
}
