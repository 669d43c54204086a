//! Eight letters looked at as one number.

/// Times a letter, it is that letter eight times.
pub const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bits of eight letters.
pub const HIGHS: u64 = 0x80 * EACH;

/// The next eight letters, the first lowest; nothing where there are fewer.
#[inline]
pub fn eight(letters: &[u8], at: usize) -> Option<u64> {
    letters.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// Where a letter, of which `each` has eight, stands among eight: the highest bit of each place, and no other bit.
#[inline]
pub fn among(letters: u64, each: u64) -> u64 {
    let other = letters ^ each;
    !(((other & !HIGHS) + !HIGHS) | other | !HIGHS)
}

/// The first of the places that such a number says.
#[inline]
pub fn first(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}
