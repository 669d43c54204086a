//! The clocks of a zone while nobody changes them: then what they show is reckoned, and no calendar is asked.

use crate::{runtime::zone::Zone, units::Clock};
use jiff::Timestamp;

const DAY_MS: i64 = 86_400_000;
/// 2000-01-01 and 2050-01-01: outside of these years the calendar is asked.
const YEARS_MS: (i64, i64) = (946_684_800_000, 2_524_608_000_000);
/// So far from a change everything that is asked of a day and those beside it lies before or behind it.
const FAR_MS: i64 = 4 * DAY_MS;

/// When the clocks of a zone are far from being changed: spans of time, each with the milliseconds by which the clocks are ahead of UTC.
pub struct Steady(Vec<(i64, i64, i64)>);

impl Steady {
    /// That of a zone.
    pub fn of(zone: &Zone) -> Self {
        let Ok(begin) = Timestamp::from_millisecond(YEARS_MS.0) else { return Self(Vec::new()) };
        let ahead = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1_000;
        let mut spans = Vec::new();
        let (mut from_ms, mut ahead_ms) = (YEARS_MS.0, ahead(zone.rules.to_offset(begin)));
        for change in zone.rules.following(begin) {
            let at_ms = change.timestamp().as_millisecond();
            if at_ms >= YEARS_MS.1 {
                break;
            }
            spans.push((from_ms + FAR_MS, at_ms - FAR_MS, ahead_ms));
            (from_ms, ahead_ms) = (at_ms, ahead(change.offset()));
        }
        spans.push((from_ms + FAR_MS, YEARS_MS.1 - FAR_MS, ahead_ms));
        Self(spans)
    }

    /// By how many milliseconds the clocks are ahead of UTC, for days before and behind that instant; nothing where they are changed.
    fn ahead_ms(&self, ms: i64) -> Option<i64> {
        let behind = self.0.partition_point(|(from_ms, ..)| *from_ms <= ms);
        let (_, to_ms, ahead_ms) = self.0[..behind].last()?;
        (ms < *to_ms).then_some(*ahead_ms)
    }

    /// What [`Zone::quiet_until`] says; nothing where the calendar has to be asked.
    pub fn quiet_until(&self, ms: i64, from: Clock, to: Clock) -> Option<Option<i64>> {
        let ahead_ms = self.ahead_ms(ms)?;
        let of_day = |clock: Clock| (i64::from(clock.hour) * 60 + i64::from(clock.minute)) * 60_000;
        let today_ms = (ms + ahead_ms).div_euclid(DAY_MS) * DAY_MS - ahead_ms;
        let until = |day_ms: i64| {
            let last_ms = if from < to { day_ms } else { day_ms + DAY_MS };
            let (begin_ms, end_ms) = (day_ms + of_day(from), last_ms + of_day(to));
            (begin_ms <= ms && ms < end_ms).then_some(end_ms)
        };
        Some(until(today_ms - DAY_MS).or_else(|| until(today_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_those_of_the_calendar() {
        let clock = |text: &str| text.parse::<Clock>().expect("a clock time");
        let hours = [("21:00", "08:00"), ("12:00", "14:30"), ("00:00", "06:00"), ("09:00", "09:00")];
        for name in ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "UTC"] {
            let zone = Zone::named(name).expect("it is in the bundle");
            let steady = Steady::of(&zone);
            let (mut ms, mut reckoned) = (YEARS_MS.0 - 40 * DAY_MS, 0);
            while ms < YEARS_MS.1 + 40 * DAY_MS {
                for (from, to) in hours {
                    if let Some(quiet) = steady.quiet_until(ms, clock(from), clock(to)) {
                        assert_eq!(quiet, zone.quiet_until(ms, clock(from), clock(to)), "{name} {ms} {from} {to}");
                        reckoned += 1;
                    }
                }
                ms += 30 * 3_600_000 + 1_799_999;
            }
            assert!(reckoned > 20_000, "{name}: {reckoned}");
        }
    }
}
