//! The roll of contacts: who has which number.

use super::{
    counted::Counted,
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
    counted: Counted,
    #[cfg(feature = "columns")]
    known: super::known::Known,
}

/// What says whom a row is about.
#[derive(Clone, Copy)]
pub enum Key<'b> {
    /// A name with its hash.
    Hashed(u32, Sought<'b>),
    /// A name.
    #[cfg(feature = "columns")]
    Name(Sought<'b>),
    /// A whole number of at most fifteen digits that is a name.
    #[cfg(feature = "columns")]
    Whole(u64),
}

impl<'b> Key<'b> {
    fn name(self) -> Sought<'b> {
        match self {
            Self::Hashed(_, name) => name,
            #[cfg(feature = "columns")]
            Self::Name(name) => name,
            #[cfg(feature = "columns")]
            Self::Whole(number) => Sought::whole(number),
        }
    }

    fn hash(self) -> u32 {
        match self {
            Self::Hashed(hash, _) => hash,
            #[cfg(feature = "columns")]
            Self::Name(_) | Self::Whole(_) => self.name().hash() as u32,
        }
    }
}

/// A row whose contact is looked for.
struct Looked<'b> {
    row: usize,
    /// Whether it is added where it is new.
    adds: bool,
    key: Key<'b>,
    /// Its place among those that end with a number.
    place: Option<u32>,
    /// Who is at that place, perhaps nobody, and so is meant.
    sure: Option<Option<u32>>,
    hash: u32,
    /// Who has that hash.
    likely: Option<u32>,
}

impl Looked<'_> {
    /// Whether nobody but the name says who is meant, or a new one is to be added.
    fn is_open(&self) -> bool {
        match self.sure {
            None => true,
            Some(who) => who.is_none() && self.adds,
        }
    }
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
    pub fn each(&mut self, batch: &Batch, rows: impl Iterator<Item = (usize, bool)>, take: impl FnMut(usize, Option<usize>)) {
        #[cfg(feature = "columns")]
        if let Some(keys) = &batch.keys {
            let mut take = take;
            self.turn_to(&keys.dictionary);
            return rows.for_each(|(row, adds)| take(row, self.by_key(keys.rows[row], adds, || Self::key(batch, row))));
        }
        self.each_key(rows.map(|(row, adds)| (row, adds, Self::key(batch, row))), take);
    }

    /// The same by what says whom each row is about.
    #[inline]
    pub fn each_key<'b>(&mut self, mut rows: impl Iterator<Item = (usize, bool, Key<'b>)>, mut take: impl FnMut(usize, Option<usize>)) {
        let mut ahead: SmallVec<[Looked<'b>; AHEAD]> = SmallVec::new();
        loop {
            ahead.clear();
            ahead.extend(rows.by_ref().take(AHEAD).map(|(row, adds, key)| self.looked(row, adds, key)));
            if ahead.is_empty() {
                return;
            }
            std::hint::black_box(ahead.iter().filter_map(|it| it.place).map(|at| self.counted.glance(at)).fold(0, u32::wrapping_add));
            ahead.iter_mut().for_each(|it| it.sure = it.place.and_then(|place| self.counted.number(place)));
            ahead.iter_mut().filter(|it| it.is_open()).for_each(|it| it.hash = it.key.hash());
            let open = || ahead.iter().filter(|it| it.is_open());
            std::hint::black_box(open().map(|it| self.numbers.glance(it.hash)).fold(0, u64::wrapping_add));
            let open = ahead.iter_mut().filter(|it| it.is_open());
            open.for_each(|it| it.likely = self.numbers.likely(it.hash).map(|at| at as u32));
            let likely = || ahead.iter().filter_map(|it| it.likely);
            std::hint::black_box(likely().map(|at| self.names.glance(at as usize)).fold(0, u8::wrapping_add));
            std::hint::black_box(likely().map(|at| self.names.glance_behind(at as usize)).fold(0, u8::wrapping_add));
            for it in &ahead {
                take(it.row, self.of(it));
            }
        }
    }

    fn key(batch: &Batch, row: usize) -> Key<'_> {
        let name = batch.names[row];
        Key::Hashed(name.hash as u32, Sought::within(&batch.texts, name.at))
    }

    #[inline]
    fn looked<'b>(&self, row: usize, adds: bool, key: Key<'b>) -> Looked<'b> {
        let place = match key {
            Key::Hashed(_, name) => self.counted.place(name),
            #[cfg(feature = "columns")]
            Key::Name(name) => self.counted.place(name),
            #[cfg(feature = "columns")]
            Key::Whole(number) => self.counted.place_of_whole(number),
        };
        Looked { row, adds, key, place, sure: None, hash: 0, likely: None }
    }

    /// The number of a contact of which it is known who is likely to be meant.
    #[inline]
    fn of(&mut self, it: &Looked<'_>) -> Option<usize> {
        if !it.is_open() {
            // Where nobody was, a row before this one may have brought somebody.
            let now = || it.place.and_then(|place| self.counted.number(place)).flatten();
            return it.sure.flatten().or_else(now).map(|at| at as usize);
        }
        let name = it.key.name();
        let likely = it.likely.map(|at| at as usize).filter(|at| self.names.is(*at, name));
        let number = likely.or_else(|| if it.adds { Some(self.found_or_added(it.hash, name)) } else { self.found(it.hash, name) });
        it.place.into_iter().for_each(|place| self.counted.keep(place, number.map(|at| at as u32), self.count));
        number
    }

    /// Goes on with names in a dictionary.
    #[cfg(feature = "columns")]
    pub fn turn_to(&mut self, dictionary: &arrow_array::ArrayRef) {
        self.known.turn_to(dictionary);
    }

    /// The number of a contact whose name may lie at a place of the dictionary that is gone on with.
    #[cfg(feature = "columns")]
    pub fn by_key<'b>(&mut self, key: Option<u32>, adds: bool, name: impl FnOnce() -> Key<'b>) -> Option<usize> {
        if let Some(known) = key.and_then(|key| self.known.number(key)) {
            return Some(known as usize);
        }
        let name = name();
        let number = self.of(&Looked { hash: name.hash(), ..self.looked(0, adds, name) })?;
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
            self.counted.be_like(name);
            let place = self.counted.place(name);
            place.into_iter().for_each(|place| self.counted.keep(place, Some(number as u32), self.count));
        }
        number
    }
}
