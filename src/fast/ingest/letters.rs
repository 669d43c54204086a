//! Several letters looked at in one go.

use wide::u8x16;

/// So many are looked through in one go.
pub const SIXTEEN: usize = 16;

/// The next eight letters as a number, the first lowest; nothing where there are fewer.
#[inline]
pub fn eight(letters: &[u8], at: usize) -> Option<u64> {
    letters.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// Letters that are looked for.
#[derive(Clone, Copy)]
pub struct Sought<const COUNT: usize> {
    letters: [u8; COUNT],
    each: [u8x16; COUNT],
}

impl<const COUNT: usize> Sought<COUNT> {
    /// These.
    pub fn new(letters: [u8; COUNT]) -> Self {
        Self { letters, each: letters.map(u8x16::splat) }
    }

    /// Whether a letter is one of them.
    #[inline]
    pub fn is(&self, letter: u8) -> bool {
        self.letters.contains(&letter)
    }

    /// Where they stand among the next sixteen letters: a bit for each place, the first lowest; nothing where there are fewer.
    #[inline]
    pub fn among_sixteen(&self, letters: &[u8], at: usize) -> Option<u32> {
        Some(self.in_all(sixteen(letters, at)?).to_bitmask())
    }

    /// The same, with control characters, which are those before the blank.
    #[inline]
    pub fn or_control_among_sixteen(&self, letters: &[u8], at: usize) -> Option<u32> {
        let letters = sixteen(letters, at)?;
        Some((self.in_all(letters) | letters.simd_le(u8x16::splat(0x1f))).to_bitmask())
    }

    #[inline]
    fn in_all(&self, letters: u8x16) -> u8x16 {
        self.each.iter().fold(u8x16::splat(0), |found, each| found | letters.simd_eq(*each))
    }
}

#[inline]
fn sixteen(letters: &[u8], at: usize) -> Option<u8x16> {
    letters.get(at..)?.first_chunk::<SIXTEEN>().map(|sixteen| u8x16::new(*sixteen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_at_once_is_found_one_by_one(letters in proptest::collection::vec(any::<u8>(), 0..40), at in 0_usize..45) {
            let sought = Sought::new([b'"', 0x80, 0]);
            let bits = |is: &dyn Fn(u8) -> bool| {
                let sixteen = letters.get(at..at + SIXTEEN)?;
                Some(sixteen.iter().enumerate().fold(0_u32, |bits, (at, letter)| bits | u32::from(is(*letter)) << at))
            };
            prop_assert_eq!(sought.among_sixteen(&letters, at), bits(&|letter| sought.is(letter)));
            let or_control = bits(&|letter| sought.is(letter) || letter < 0x20);
            prop_assert_eq!(sought.or_control_among_sixteen(&letters, at), or_control);
        }
    }
}
