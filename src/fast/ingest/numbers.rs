//! Plain decimals, which nearly all numbers of logs are.

use crate::units::Number;

/// A number with at most twelve digits before the point and six behind it; nothing for any other form.
pub fn read(text: &[u8]) -> Option<Number> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut millionths, mut whole, mut fraction) = (0_i64, 0_usize, None::<usize>);
    for byte in digits {
        match (byte, &mut fraction) {
            (b'0'..=b'9', None) => whole += 1,
            (b'0'..=b'9', Some(places)) => *places += 1,
            (b'.', None) => {
                fraction = Some(0);
                continue;
            }
            _ => return None,
        }
        if whole > 12 || fraction.is_some_and(|places| places > 6) {
            return None;
        }
        millionths = millionths * 10 + i64::from(byte - b'0');
    }
    let places = fraction.unwrap_or(0);
    if whole == 0 || fraction == Some(0) {
        return None;
    }
    let millionths = millionths * [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1][places];
    Some(Number::from_millionths(if negative { -millionths } else { millionths }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_numbers_are() {
        for text in ["0", "-0", "12", "-3.5", "0.000001", "999999999999.999999", "1.50", "007"] {
            assert_eq!(read(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for text in ["", "-", "1.", ".5", "1e3", "1.2345678", "1.2.3", "+1", "1234567890123", "x"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
