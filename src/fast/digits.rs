//! Eight digits as a number in one go: times and names of contacts are full of them.

/// `0` eight times.
pub const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Eight digits, the first lowest: neighbours become numbers of two digits, those of four, and those one of eight; nothing where a
/// letter is no digit.
pub fn eight_digits(letters: u64) -> Option<u32> {
    let digits = letters ^ ZEROS;
    // A digit has no upper half, and gets none from six more.
    if (digits | digits.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let twos = (digits.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(1 + (10_000 << 32)) >> 32) as u32)
}
