//! Quiet hours by the minute of a day of 24 hours.

use crate::{
    model::{Channel, QuietHours},
    units::Clock,
};

/// Minutes of a day.
pub const DAY_MIN: u32 = 24 * 60;

/// The minute of a day.
pub fn minute(clock: Clock) -> u32 {
    u32::from(clock.hour) * 60 + u32::from(clock.minute)
}

/// The quiet hours of a channel, which leave some minute of the day.
pub struct Quiet(Vec<QuietHours>);

impl Quiet {
    /// Those of a channel, if it has any; hours that leave no time are another finding's business.
    pub fn of(channel: &Channel) -> Option<Self> {
        (!channel.quiet.is_empty() && !cover_the_day(&channel.quiet)).then(|| Self(channel.quiet.clone()))
    }

    /// The minute of the day at which the quiet hours end that hold at a minute; `None` where none hold.
    pub fn end(&self, at: u32) -> Option<u32> {
        let ends = self.0.iter().map(|it| minute(it.to)).filter(|to| !is_quiet(&self.0, *to));
        is_quiet(&self.0, at).then(|| ends.min_by_key(|to| (to + DAY_MIN - at) % DAY_MIN))?
    }

    /// The longest that a message is held, in minutes.
    pub fn longest(&self) -> u32 {
        let begins = self.0.iter().map(|it| minute(it.from));
        begins.filter_map(|at| self.end(at).map(|end| (end + DAY_MIN - at) % DAY_MIN)).max().unwrap_or(0)
    }

    /// A minute of the day as people write it.
    pub fn clock(at: u32) -> String {
        format!("{:02}:{:02}", at / 60 % 24, at % 60)
    }
}

/// Whether a minute of the day is quiet; hours from a time to the same time are the whole day.
fn is_quiet(list: &[QuietHours], at: u32) -> bool {
    list.iter().any(|it| match (minute(it.from), minute(it.to)) {
        (from, to) if from < to => (from..to).contains(&at),
        (from, to) => at >= from || at < to,
    })
}

/// Whether each minute of a day is in one of these hours: the first that is in none would be one at which hours end.
pub fn cover_the_day(list: &[QuietHours]) -> bool {
    !list.is_empty() && list.iter().all(|it| is_quiet(list, minute(it.to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        let clock = |text: &str| text.parse().expect("a clock time");
        QuietHours { from: clock(from), to: clock(to) }
    }

    #[test]
    fn a_day_is_covered_to_the_minute() {
        assert!(cover_the_day(&[hours("09:00", "09:00")]));
        assert!(cover_the_day(&[hours("21:00", "08:00"), hours("07:00", "21:00")]));
        assert!(!cover_the_day(&[hours("21:00", "08:00"), hours("08:00", "20:59")]));
        assert!(!cover_the_day(&[hours("00:00", "23:59")]));
        assert!(!cover_the_day(&[]));
    }

    #[test]
    fn holding_goes_on_where_hours_touch() {
        let quiet = Quiet(vec![hours("21:00", "08:00"), hours("08:00", "10:30")]);
        assert_eq!(quiet.end(22 * 60), Some(10 * 60 + 30));
        assert_eq!(quiet.end(10 * 60 + 30), None);
        assert_eq!(quiet.end(20 * 60 + 59), None);
        assert_eq!(quiet.longest(), 13 * 60 + 30);
        assert_eq!(Quiet::clock(10 * 60 + 30), "10:30");
    }
}
