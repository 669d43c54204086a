//! The contact's clock: civil times in a zone, and back.
//!
//! A clock time that does not exist on a day means the first instant after the gap; one that exists twice, the first.
//! Everything is `None` outside the years that the calendar library knows; such a timer never comes.

use crate::{
    ruleset::{Offset, OffsetSide},
    units::{Clock, Date, Weekday},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{self, DateTime},
    tz::{self, AmbiguousOffset, TimeZone},
};

const DAY_MS: i64 = 86_400_000;

/// 1970-01-01, from which instants are counted.
pub(crate) const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A zone and its name.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// The IANA name.
    pub name: String,
    /// Its rules.
    pub rules: TimeZone,
}

impl Zone {
    /// The zone of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        // The library takes any case and also reads POSIX rules; the language has names.
        TimeZone::get(name).ok().map(|rules| Self { name: name.to_owned(), rules })
    }

    /// The first instant at which the clock shows this time of that day.
    pub fn at(&self, day: civil::Date, clock: Clock) -> Option<i64> {
        first_instant(day.to_datetime(clock.civil()), &self.rules)
    }

    /// The first instant of a day.
    pub fn midnight(&self, day: Date) -> Option<i64> {
        self.at(day.civil(), Clock::MIDNIGHT)
    }

    /// What calendar and clock show.
    pub fn local(&self, ms: i64) -> Option<DateTime> {
        Timestamp::from_millisecond(ms).ok().map(|timestamp| self.rules.to_datetime(timestamp))
    }

    /// So far before or after an instant, and at that clock time of the day: whole days with a clock time are counted on the
    /// calendar, all else in milliseconds.
    pub fn moved(&self, base_ms: i64, offset: Option<Offset>, at: Option<Clock>) -> Option<i64> {
        let signed_ms = offset.map_or(0, |offset| match offset.side {
            OffsetSide::Before => offset.by_ms.saturating_neg(),
            OffsetSide::After => offset.by_ms,
        });
        let Some(clock) = at else { return base_ms.checked_add(signed_ms) };
        let day = if signed_ms % DAY_MS == 0 {
            let days = jiff::Span::new().try_days(signed_ms / DAY_MS).ok()?;
            self.local(base_ms)?.date().checked_add(days).ok()?
        } else {
            self.local(base_ms.checked_add(signed_ms)?)?.date()
        };
        self.at(day, clock)
    }

    /// The same time of the clock so many days later.
    pub fn days_later(&self, ms: i64, days: u32) -> Option<i64> {
        let local = self.local(ms)?;
        let days = jiff::Span::new().try_days(i64::from(days)).ok()?;
        let day = local.date().checked_add(days).ok()?;
        first_instant(day.to_datetime(local.time()), &self.rules)
    }

    /// The next instant after `ms` at which the clock shows this time, on that weekday if one is given.
    pub fn next_clock(&self, ms: i64, weekday: Option<Weekday>, clock: Clock) -> Option<i64> {
        let fits = |day: civil::Date| weekday.is_none_or(|wanted| day.weekday() == library_weekday(wanted));
        // Eight days hold every weekday, yesterday is for zones in which a gap ends after midnight.
        self.next_of_days(ms, 9, fits, clock)
    }

    /// The next instant after `ms` at which the clock shows this time on that day of a month, or on its last day.
    pub fn next_month_day(&self, ms: i64, day: u32, clock: Clock) -> Option<i64> {
        let fits = |date: civil::Date| u32::from(date.day().unsigned_abs()) == day.min(u32::from(date.days_in_month().unsigned_abs()));
        self.next_of_days(ms, 64, fits, clock)
    }

    /// The next instant after `ms` at which the clock shows this time on an anniversary of that day.
    pub fn next_anniversary(&self, ms: i64, date: Date, clock: Clock) -> Option<i64> {
        let year = self.local(ms)?.date().year();
        let born = date.civil();
        (year.saturating_sub(1)..=year.saturating_add(1))
            .filter_map(|year| {
                let day = civil::Date::new(year, born.month(), born.day());
                // Only 29 February can be missing.
                let day = day.or_else(|_| civil::Date::new(year, 3, 1)).ok()?;
                self.at(day, clock)
            })
            .find(|instant| *instant > ms)
    }

    fn next_of_days(&self, ms: i64, days: u32, fits: impl Fn(civil::Date) -> bool, clock: Clock) -> Option<i64> {
        let mut day = self.local(ms)?.date().yesterday().ok()?;
        for _ in 0..=days {
            if fits(day)
                && let Some(instant) = self.at(day, clock).filter(|instant| *instant > ms)
            {
                return Some(instant);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The end of the quiet hours that hold at `ms`. They last from the first instant at which the clock shows `from`
    /// to the next at which it shows `to`, so the second pass of an hour is not quiet where the first was the last quiet one.
    pub fn quiet_until(&self, ms: i64, from: Clock, to: Clock) -> Option<i64> {
        let today = self.local(ms)?.date();
        [today.yesterday().ok()?, today].into_iter().find_map(|day| {
            let last = if from < to { day } else { day.tomorrow().ok()? };
            let (begin, end) = (self.at(day, from)?, self.at(last, to)?);
            (begin <= ms && ms < end).then_some(end)
        })
    }
}

/// The first instant at which calendar and clock of a zone show this.
pub(crate) fn first_instant(local: DateTime, zone: &TimeZone) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => at_offset(local, offset),
        AmbiguousOffset::Fold { before, .. } => at_offset(local, before),
        AmbiguousOffset::Gap { after, .. } => {
            // By the clock behind the gap this lies before it: the transition is the next one.
            let before_gap = after.to_timestamp(local).ok()?;
            Some(zone.following(before_gap).next()?.timestamp().as_millisecond())
        }
    }
}

/// By the calendar alone: the library's instants end a day before its calendar does.
fn at_offset(local: DateTime, offset: tz::Offset) -> Option<i64> {
    let since = local.duration_since(EPOCH).checked_sub(SignedDuration::from_secs(i64::from(offset.seconds())))?;
    i64::try_from(since.as_nanos().div_euclid(1_000_000)).ok()
}

fn library_weekday(day: Weekday) -> civil::Weekday {
    match day {
        Weekday::Monday => civil::Weekday::Monday,
        Weekday::Tuesday => civil::Weekday::Tuesday,
        Weekday::Wednesday => civil::Weekday::Wednesday,
        Weekday::Thursday => civil::Weekday::Thursday,
        Weekday::Friday => civil::Weekday::Friday,
        Weekday::Saturday => civil::Weekday::Saturday,
        Weekday::Sunday => civil::Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::instant::{compact, parse};

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").expect("it is in the bundle")
    }

    fn ms(text: &str) -> i64 {
        parse(text, &TimeZone::UTC).expect("a time")
    }

    fn clock(text: &str) -> Clock {
        text.parse().expect("a clock time")
    }

    #[test]
    fn gaps_and_overlaps() {
        let day = |text: &str| text.parse::<Date>().expect("a date").civil();
        assert_eq!(berlin().at(day("2026-03-29"), clock("02:30")).map(compact).as_deref(), Some("2026-03-29 01:00"));
        assert_eq!(berlin().at(day("2026-10-25"), clock("02:30")).map(compact).as_deref(), Some("2026-10-25 00:30"));
        assert_eq!(berlin().days_later(ms("2026-03-28 09:00"), 2).map(compact).as_deref(), Some("2026-03-30 08:00"));
        assert_eq!(berlin().next_clock(ms("2026-10-25 01:29"), None, clock("02:30")).map(compact).as_deref(), Some("2026-10-26 01:30"));
    }

    #[test]
    fn schedules() {
        let next = |from: &str, day| berlin().next_month_day(ms(from), day, clock("09:00")).map(compact);
        assert_eq!(next("2026-01-31 08:00", 31).as_deref(), Some("2026-02-28 08:00"));
        assert_eq!(next("2026-02-28 08:00", 31).as_deref(), Some("2026-03-31 07:00"));
        let leap: Date = "2000-02-29".parse().expect("a date");
        let birthday = |from: &str| berlin().next_anniversary(ms(from), leap, clock("09:00")).map(compact);
        assert_eq!(birthday("2026-03-01 07:59").as_deref(), Some("2026-03-01 08:00"));
        assert_eq!(birthday("2027-03-02").as_deref(), Some("2028-02-29 08:00"));
    }

    #[test]
    fn quiet_hours_over_midnight() {
        let quiet = |at: &str| berlin().quiet_until(ms(at), clock("21:00"), clock("08:00")).map(compact);
        assert_eq!(quiet("2026-03-02 19:59:59.999"), None);
        assert_eq!(quiet("2026-03-02 20:00").as_deref(), Some("2026-03-03 07:00"));
        assert_eq!(quiet("2026-03-28 23:00").as_deref(), Some("2026-03-29 06:00"));
        assert_eq!(quiet("2026-03-03 07:00"), None);
    }
}
