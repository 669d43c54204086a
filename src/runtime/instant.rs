//! Instants as texts: reading those of inputs, writing our own.
//!
//! Read are RFC 3339 with an offset or `Z`, `YYYY-MM-DD HH:MM[:SS[.fff]]` (also with `T`, and with ` UTC` behind it) and
//! `YYYY-MM-DD` in a given zone, and a count since 1970-01-01 UTC: of seconds (perhaps with a fraction) below 100 000 000 000 in size, from
//! there on of milliseconds, from 100 000 000 000 000 on of microseconds, and from a thousand times more on of nanoseconds. So
//! seconds reach to the year 5138 and milliseconds begin in 1973. More digits than milliseconds are cut off, towards the past. Eight
//! digits that are a day of the years 1900 to 2199 are neither.

use super::zone;
use crate::units::Number;
use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::TimeZone,
};

/// The first instant of the year 1, in milliseconds.
pub const MS_MIN: i64 = -62_135_596_800_000;
/// The last instant of the year 9999, in milliseconds.
pub const MS_MAX: i64 = 253_402_300_799_999;

/// Reads an instant, in milliseconds since 1970-01-01 UTC; `None` where the text is none, or not of the years 1 to 9999.
#[must_use]
pub fn parse(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    if is_bare_date(text) {
        return None;
    }
    let ms = match text.parse::<Number>() {
        Ok(number) if is_count(text) => from_count(number)?,
        _ if is_count(text) => from_long_count(text)?,
        _ => from_calendar(text, zone)?,
    };
    (MS_MIN..=MS_MAX).contains(&ms).then_some(ms)
}

/// `20260302` is more likely a day than the 20 260 302nd second of 1970; whoever means either can write it so that it is clear.
fn is_bare_date(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let all_digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(4..6), part(6..8)) else { return false };
    let date = || crate::units::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    all_digits && (1900..2200).contains(&year) && date().is_some()
}

fn is_count(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn from_count(number: Number) -> Option<i64> {
    let millionths = number.millionths();
    let whole = millionths.div_euclid(1_000_000);
    match whole.unsigned_abs() {
        0..100_000_000_000 => Some(millionths.div_euclid(1_000)),
        _ => Some(whole),
    }
}

/// Counts beyond the range of numbers, or with more digits behind the point.
fn from_long_count(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(number) = fraction.get(..6).and_then(|six| format!("{whole}.{six}").parse().ok()) {
        return from_count(number);
    }
    let count = whole.parse::<i64>().ok()?;
    let divisor = match count.unsigned_abs() {
        0..100_000_000_000_000 => 1,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1_000_000,
    };
    Some(count.div_euclid(divisor))
}

fn from_calendar(text: &str, zone: &TimeZone) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(floor_ms(timestamp));
    }
    let utc = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC"));
    if let Some(local) = utc.and_then(|local| local.parse::<DateTime>().ok()) {
        return zone::first_instant(local, &TimeZone::UTC);
    }
    if let Ok(date) = text.parse::<crate::units::Date>() {
        return zone::first_instant(DateTime::from_parts(date.civil(), Time::midnight()), zone);
    }
    let looks_civil = text.as_bytes().get(10).is_some_and(|b| matches!(b, b' ' | b'T')) && !text.contains('[');
    let local = text.parse::<DateTime>().ok().filter(|_| looks_civil)?;
    zone::first_instant(local, zone)
}

fn floor_ms(timestamp: Timestamp) -> i64 {
    timestamp.as_second().saturating_mul(1_000).saturating_add(i64::from(timestamp.subsec_nanosecond()).div_euclid(1_000_000))
}

/// By the calendar alone, which goes on to the end of the year 9999; the library's instants end a day before.
fn utc(ms: i64) -> Option<DateTime> {
    zone::EPOCH.checked_add(SignedDuration::from_millis(ms)).ok()
}

/// `2026-03-02T10:00:00.000Z`.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    let mut out = String::with_capacity(24);
    write_rfc3339(&mut out, ms);
    out
}

/// Adds the same to a text.
pub(crate) fn write_rfc3339(out: &mut String, ms: i64) {
    if (0..YEAR_10_000_MS).contains(&ms) {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let (days, of_day) = (ms / 86_400_000, ms % 86_400_000);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60);
        let twos = [(0, year / 100), (2, year), (5, month), (8, day), (11, hour), (14, minute), (17, second), (21, of_day)];
        text[20] = b'0' + (of_day / 100 % 10) as u8;
        for (at, number) in twos {
            text[at] = b'0' + (number / 10 % 10) as u8;
            text[at + 1] = b'0' + (number % 10) as u8;
        }
        out.push_str(str::from_utf8(&text).expect("digits and marks"));
        return;
    }
    let Some(t) = utc(ms) else {
        out.push_str(&ms.to_string());
        return;
    };
    let thousandths = t.subsec_nanosecond() / 1_000_000;
    let (year, month, day) = (t.year(), t.month(), t.day());
    out.push_str(&format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{thousandths:03}Z", t.hour(), t.minute(), t.second()));
}

/// The first instant of the year 10000.
const YEAR_10_000_MS: i64 = 253_402_300_800_000;

/// Year, month and day, so many days from 1970 on. Years are counted from March, so that the leap day is their last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// `2026-03-02 10:00`, in UTC, with seconds and milliseconds where they are not zero.
#[must_use]
pub fn compact(ms: i64) -> String {
    let Some(t) = utc(ms) else { return ms.to_string() };
    let mut out = format!("{:04}-{:02}-{:02} {:02}:{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute());
    let thousandths = t.subsec_nanosecond() / 1_000_000;
    if t.second() != 0 || thousandths != 0 {
        out.push_str(&format!(":{:02}", t.second()));
    }
    if thousandths != 0 {
        out.push_str(&format!(".{thousandths:03}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_that_of_the_calendar() {
        let last = YEAR_10_000_MS / 86_400_000;
        for day in (0..last).step_by(17).chain(19_700..23_400).chain(last - 400..last) {
            let ms = day * 86_400_000 + day * 1_237 % 86_400_000;
            let t = utc(ms).expect("a year of four digits");
            let thousandths = t.subsec_nanosecond() / 1_000_000;
            let (year, month, day) = (t.year(), t.month(), t.day());
            let wanted = format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{thousandths:03}Z", t.hour(), t.minute(), t.second());
            assert_eq!(rfc3339(ms), wanted);
        }
        assert_eq!(rfc3339(YEAR_10_000_MS - 1), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn every_form_of_a_time_is_the_same_instant() {
        let utc = TimeZone::UTC;
        for text in [
            "2026-03-02T10:00:00Z",
            "2026-03-02T11:00:00+01:00",
            "2026-03-02 10:00",
            "2026-03-02 10:00:00",
            "2026-03-02T10:00:00.000",
            "2026-03-02 10:00:00 UTC",
            "2026-03-02 10:00:00.000999 UTC",
            "1772445600",
            "1772445600.000",
            "1772445600000",
            "1772445600000000",
            "1772445600000000.12345",
            "1772445600000000.123456",
            "1772445600.0001234",
        ] {
            assert_eq!(parse(text, &utc), Some(1_772_445_600_000), "{text}");
        }
        assert_eq!(parse("2026-03-02 10:00:00.0019", &utc), Some(1_772_445_600_001));
        assert_eq!(parse("2026-03-02", &utc), Some(1_772_409_600_000));
        let berlin = TimeZone::get("Europe/Berlin").expect("it is in the bundle");
        assert_eq!(parse("2026-03-02 11:00", &berlin), Some(1_772_445_600_000));
        for text in ["", "soon", "2026-02-30", "10:00", "12000-01-01", "1.2.3", "-", "99999999999999999999"] {
            assert_eq!(parse(text, &utc), None, "{text}");
        }
        assert_eq!(rfc3339(1_772_445_600_001), "2026-03-02T10:00:00.001Z");
        assert_eq!(compact(1_772_445_600_000), "2026-03-02 10:00");
        assert_eq!(compact(1_772_445_605_000), "2026-03-02 10:00:05");
    }
}
