//! Times as texts, in the forms that logs have most; all others are read as the runtime reads them.

use super::super::digits::eight_digits;
use crate::runtime::parse_instant;
use jiff::tz::TimeZone;

/// The instant of a text.
pub fn read(text: &str, zone: &TimeZone) -> Option<i64> {
    quick(text.as_bytes()).or_else(|| parse_instant(text, zone))
}

/// Milliseconds, seconds, and RFC 3339 in UTC to the second or millisecond.
fn quick(text: &[u8]) -> Option<i64> {
    match text {
        [b'1'..=b'9', rest @ ..] if rest.len() == 12 => digits(text),
        [b'1'..=b'9', rest @ ..] if rest.len() == 9 => Some(digits(text)? * 1_000),
        [.., b'Z'] if text.len() == 20 => calendar(text),
        [.., b'Z'] if text.len() == 24 && text[19] == b'.' => Some(calendar(text)? + digits(&text[20..23])?),
        _ => None,
    }
}

/// The day of the latest text with one: a log tells of the same days again and again.
#[derive(Default)]
pub struct Day {
    /// How it is written, with the mark behind it; nothing before the first.
    text: Option<[u8; 11]>,
    /// Where it begins.
    ms: i64,
}

impl Day {
    /// The instant of a text, as [`read`] has it.
    pub fn read(&mut self, text: &str, zone: &TimeZone) -> Option<i64> {
        let bytes = text.as_bytes();
        let is_utc = matches!(bytes.len(), 20 | 24) && bytes.last() == Some(&b'Z');
        if let Some((day, clock)) = bytes.split_first_chunk::<11>().filter(|_| is_utc) {
            if self.text == Some(*day)
                && let Some(of_day) = clock_time(clock)
            {
                return Some(self.ms + of_day);
            }
            if let Some(ms) = quick(bytes) {
                *self = Self { text: Some(*day), ms: ms - ms.rem_euclid(86_400_000) };
                return Some(ms);
            }
        }
        read(text, zone)
    }
}

/// `10:00:00Z` or `10:00:00.000Z` in milliseconds.
fn clock_time(text: &[u8]) -> Option<i64> {
    let (hour, minute, second) = (two(text, 0), two(text, 3), two(text, 6));
    if text.get(2) != Some(&b':') || text.get(5) != Some(&b':') || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let thousandths = match text.len() {
        9 => 0,
        13 if text[8] == b'.' => digits(&text[9..12])?,
        _ => return None,
    };
    Some(i64::from((hour * 60 + minute) * 60 + second) * 1_000 + thousandths)
}

/// A number of at most eighteen digits, the first eight of which are read in one go.
fn digits(text: &[u8]) -> Option<i64> {
    let (begun, rest) = match text.split_first_chunk() {
        Some((eight, rest)) => (i64::from(eight_digits(u64::from_le_bytes(*eight))?), rest),
        None => (0, text),
    };
    rest.iter().try_fold(begun, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Two digits; a number of at least 100 for what is none.
fn two(text: &[u8], at: usize) -> u32 {
    let digit = |at: usize| u32::from(text.get(at).map_or(u8::MAX, |byte| byte.wrapping_sub(b'0')));
    let (ten, one) = (digit(at), digit(at + 1));
    if ten > 9 || one > 9 { u32::MAX } else { ten * 10 + one }
}

fn calendar(text: &[u8]) -> Option<i64> {
    if text[4] != b'-' || text[7] != b'-' || text[10] != b'T' || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let (century, of_century, month, day) = (two(text, 0), two(text, 2), two(text, 5), two(text, 8));
    let (hour, minute, second) = (two(text, 11), two(text, 14), two(text, 17));
    if century > 99 || of_century > 99 {
        return None;
    }
    let year = century * 100 + of_century;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years begin with March, so that the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year / 4 - year / 100 + year / 400;
    let days = i64::from(before + (153 * month + 2) / 5 + day - 1) - 719_468;
    Some(days * 86_400_000 + i64::from((hour * 60 + minute) * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_the_standard_library_reads_them() {
        for number in (0..100_000_000_i64).step_by(97_003) {
            for text in [format!("{number:08}"), format!("{number:08}{number:05}"), number.to_string()] {
                assert_eq!(digits(text.as_bytes()), text.parse().ok(), "{text}");
                for at in 0..text.len() {
                    for letter in ["/", ":", "@", "\u{1}", "`", "*"] {
                        let odd = [&text[..at], letter, &text[at + 1..]].concat();
                        assert_eq!(digits(odd.as_bytes()), None, "{odd}");
                    }
                }
            }
        }
    }

    #[test]
    fn before_the_first_day_none_is_known() {
        assert_eq!(Day::default().read("\0\0\0\0\0\0\0\0\0\0\u{0}10:00:00Z", &TimeZone::UTC), None);
    }

    #[test]
    fn what_is_read_quickly_is_what_the_runtime_reads() {
        let utc = TimeZone::UTC;
        let mut texts: Vec<String> =
            ["1772445600000", "1772445600", "9999999999999", "1000000000", "9999999999", "17724456x0", "2026-02-29T10:00:00Z"]
                .map(str::to_owned)
                .to_vec();
        for day in (0..40_000).step_by(13) {
            let ms = i64::from(day) * 86_400_000 + i64::from(day) * 1_237;
            texts.push(crate::runtime::rfc3339(ms));
            texts.push(format!("{}Z", &crate::runtime::rfc3339(ms)[..19]));
        }
        let mut day = Day::default();
        for text in &texts {
            for text in [text.clone(), text.replace("00:00", "23:59"), text.replace(':', "."), text.replace("Z", "z")] {
                assert_eq!(day.read(&text, &utc), parse_instant(&text, &utc), "{text}");
            }
        }
        for text in texts {
            let quick = quick(text.as_bytes());
            assert!(quick.is_none() || quick == parse_instant(&text, &utc), "{text}");
            assert_eq!(read(&text, &utc), parse_instant(&text, &utc), "{text}");
        }
    }
}
