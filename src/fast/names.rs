//! The names of contacts. A short one lies in sixteen bytes of its own, so that one look says whether it is the right one; a longer
//! one has there where it lies, how long it is, and how it begins.

use super::blocks::{BLOCK, Blocks};
#[cfg(feature = "columns")]
use super::feed::hash_of;

/// The most bytes of a short name.
pub const SHORT: usize = 15;
/// What stands behind a long name's place, where a short one has its length.
const LONG: u8 = u8::MAX;

/// Names by number.
#[derive(Default)]
pub struct Names {
    all: Blocks<[u8; 16]>,
    /// The long names of each block, one behind the other.
    long: Vec<String>,
}

/// A name that is looked for.
#[derive(Clone, Copy)]
pub struct Sought<'n> {
    /// A long one; nothing where it is short.
    long: &'n str,
    /// The bytes that a short one has; of a long one all but where it lies.
    bytes: [u8; 16],
}

impl<'n> Sought<'n> {
    /// This one.
    pub fn new(name: &'n str) -> Self {
        if name.len() <= SHORT {
            return Self::short_of(name.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes[4..8].copy_from_slice(&(name.len() as u32).to_le_bytes());
        bytes[8..SHORT].copy_from_slice(&name.as_bytes()[..SHORT - 8]);
        bytes[SHORT] = LONG;
        Self { long: name, bytes }
    }

    /// A short one.
    fn short_of(name: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..name.len()].copy_from_slice(name);
        bytes[SHORT] = name.len() as u8;
        Self { long: "", bytes }
    }

    /// The one that begins at a place of a text, and how long it is.
    #[inline]
    pub fn within(text: &'n str, (begin, length): (u32, u32)) -> Self {
        let (begin, length) = (begin as usize, length as usize);
        let behind = text.as_bytes().get(begin..).unwrap_or_default();
        match behind.first_chunk().filter(|_| length <= SHORT) {
            // What stands behind it is cut off.
            Some(sixteen) => {
                let short = u128::from_le_bytes(*sixteen) & !(u128::MAX << (8 * length));
                Self { long: "", bytes: (short | (length as u128) << (8 * SHORT)).to_le_bytes() }
            }
            None => Self::new(text.get(begin..begin + length).unwrap_or_default()),
        }
    }
}

impl Sought<'_> {
    /// A whole number of at most fifteen digits, as it is written.
    #[cfg(feature = "columns")]
    pub fn whole(number: u64) -> Self {
        let mut digits = itoa::Buffer::new();
        Self::short_of(digits.format(number).as_bytes())
    }

    /// The hash of it.
    #[cfg(feature = "columns")]
    pub fn hash(&self) -> u64 {
        hash_of(self.short().unwrap_or(self.long.as_bytes()))
    }

    /// How long it is, if it is a short one.
    #[inline]
    pub fn short_length(&self) -> Option<usize> {
        Some(usize::from(self.bytes[SHORT])).filter(|length| *length <= SHORT)
    }

    /// Its bytes, if it is a short one.
    pub fn short(&self) -> Option<&[u8]> {
        self.bytes.get(..self.short_length()?)
    }

    /// The bytes of a short one, the first lowest.
    #[inline]
    pub fn letters(&self) -> u128 {
        u128::from_le_bytes(self.bytes) & (u128::MAX >> 8)
    }
}

impl Names {
    /// None yet.
    pub fn new() -> Self {
        Self { all: Blocks::new(1), long: Vec::new() }
    }

    /// Adds the name with the next number, which is given.
    pub fn push(&mut self, at: usize, sought: Sought<'_>) {
        if at.is_multiple_of(BLOCK) {
            self.long.last_mut().into_iter().for_each(String::shrink_to_fit);
            self.long.push(String::new());
        }
        let mut bytes = sought.bytes;
        if bytes[SHORT] == LONG
            && let Some(long) = self.long.last_mut()
        {
            bytes[..4].copy_from_slice(&(long.len() as u32).to_le_bytes());
            long.push_str(sought.long);
        }
        self.all.push(&bytes);
    }

    /// A name.
    #[inline]
    pub fn get(&self, at: usize) -> &str {
        let bytes = &self.all[at];
        match bytes[SHORT] {
            LONG => self.long(at),
            length => std::str::from_utf8(&bytes[..usize::from(length).min(SHORT)]).unwrap_or_default(),
        }
    }

    fn long(&self, at: usize) -> &str {
        let bytes = &self.all[at];
        let [begin, length] = [0, 4].map(|at| bytes[at..].first_chunk().map_or(0, |number| u32::from_le_bytes(*number) as usize));
        &self.long[at / BLOCK][begin..begin + length]
    }

    /// Whether a number has the name.
    #[inline]
    pub fn is(&self, at: usize, sought: Sought<'_>) -> bool {
        let (one, other) = (u128::from_le_bytes(self.all[at]), u128::from_le_bytes(sought.bytes));
        match sought.bytes[SHORT] {
            // Where it lies is not compared.
            LONG => (one ^ other) >> 32 == 0 && self.long(at) == sought.long,
            _ => one == other,
        }
    }

    /// What says a name, of no meaning but that memory brings it.
    #[inline]
    pub fn glance(&self, at: usize) -> u8 {
        self.all[at][SHORT]
    }

    /// The last letter of a long name, of no meaning but that memory brings it; nothing for a short one.
    #[inline]
    pub fn glance_behind(&self, at: usize) -> u8 {
        if self.glance(at) == LONG { self.long(at).as_bytes().last().copied().unwrap_or(0) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_is_itself_and_no_other(names in proptest::collection::vec("[aé\u{0}]{0,3}([a-c]{11,13}[aé]{0,4})?", 1..20)) {
            let mut all = Names::new();
            names.iter().enumerate().for_each(|(at, name)| all.push(at, Sought::new(name)));
            for (at, name) in names.iter().enumerate() {
                prop_assert_eq!(all.get(at), name);
                for other in &names {
                    let text = format!("é{other}{name}");
                    for sought in [Sought::new(other), Sought::within(&text, (2, other.len() as u32))] {
                        prop_assert_eq!(all.is(at, sought), name == other, "{} and {}", name, other);
                    }
                }
            }
        }
    }
}
