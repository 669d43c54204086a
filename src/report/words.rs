//! Numbers of a report in words, the same in every form for people.
//!
//! Shares are told to a tenth of a percent, and a half goes up; they are made of numbers with six digits behind the point.

use super::figures::{LeakReport, LeverReport, PromiseReport, TargetReport, WayReport};
use crate::{
    picture::notes::grouped,
    units::{Duration, Number, Unit},
};

/// What stands for out of the funnel where ways are named.
pub(super) const OUTSIDE: &str = "outside";

/// What stands for staying where one is.
pub(super) const STAYS: &str = "still here";

/// `66.7%`
#[must_use]
pub fn percent(share: Number) -> String {
    let tenths = (share.millionths() + 50_000).div_euclid(100_000);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// The share of some in all.
#[must_use]
pub fn share(part: u64, of: u64) -> Option<Number> {
    Number::divided_by_count(i128::from(part) * 100_000_000, of)
}

/// `1 run`, `2 runs`
#[must_use]
pub fn plural(number: u64, word: &str) -> String {
    format!("{} {word}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A length of time in its longest unit, to a tenth.
#[must_use]
pub fn length(ms: i64) -> String {
    let unit = [Unit::Day, Unit::Hour, Unit::Minute].into_iter().find(|unit| ms >= unit.milliseconds()).unwrap_or(Unit::Second);
    let tenths = (ms * 10 + unit.milliseconds() / 2) / unit.milliseconds();
    let amount = Number::from_millionths(tenths * 100_000);
    format!("{amount} {}{}", unit.singular(), if tenths == 10 { "" } else { "s" })
}

/// The day of an instant as it is written.
#[must_use]
pub fn day(time: Option<&str>) -> &str {
    time.and_then(|time| time.get(..10)).unwrap_or_default()
}

/// A number to two digits behind the point; a half goes up.
fn hundredths(number: Number) -> String {
    let hundredths = (number.millionths() + 5_000).div_euclid(10_000);
    if hundredths == 0 { "less than 0.01".to_owned() } else { format!("{}.{:02}", hundredths / 100, hundredths % 100) }
}

impl TargetReport {
    /// What was wished for: `20% within 60 days`.
    #[must_use]
    pub fn wish(&self) -> String {
        let of = self.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
        format!("{}%{of} within {}", self.wished_percent, Duration::from_milliseconds(self.within_ms))
    }

    /// How it came out: `met, 66.7% of 3`.
    #[must_use]
    pub fn verdict(&self) -> String {
        let open = if self.open > 0 { format!(", {} not due yet", grouped(self.open)) } else { String::new() };
        match (self.percent, self.met) {
            (Some(share), met) => {
                let verdict = if met == Some(true) { "met" } else { "missed" };
                format!("{verdict}, {} of {}{open}", percent(share), grouped(self.due))
            }
            (None, _) if self.open > 0 => "not due yet".to_owned(),
            (None, _) => "nobody yet".to_owned(),
        }
    }
}

fn list(ways: &[WayReport]) -> String {
    let word = |way: &WayReport| match way.to.as_str() {
        OUTSIDE => format!("{} went out of the funnel", grouped(way.times)),
        STAYS => format!("{} stayed for longer than 9 of 10 who moved on", grouped(way.times)),
        to => format!("{} went to `{to}`", grouped(way.times)),
    };
    ways.iter().map(word).collect::<Vec<_>>().join(", ")
}

impl LeakReport {
    /// Where most runs are lost, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let share = self.percent.map(|share| format!(" ({})", percent(share))).unwrap_or_default();
        format!(
            "The largest leak is `{}`, which lost {} of {}{share}: {}",
            self.stage,
            grouped(self.runs),
            plural(self.of, "visit"),
            list(&self.ways)
        )
    }
}

impl LeverReport {
    /// What would help most, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let place = |to: &String| match to.as_str() {
            OUTSIDE => "out of the funnel".to_owned(),
            STAYS => "nowhere".to_owned(),
            to => format!("to `{to}`"),
        };
        let places = |names: &[String]| names.iter().map(place).collect::<Vec<_>>().join(" or ");
        let (stays, away): (Vec<String>, Vec<String>) = self.worse.iter().cloned().partition(|to| to == STAYS);
        let not = if away.is_empty() { String::new() } else { format!(" and not {},", places(&away)) };
        let stay = if stays.is_empty() { "" } else { " and do not stay," };
        let goals = hundredths(self.goals);
        let noun = if goals == "1.00" { "goal" } else { "goals" };
        format!(
            "`{}` would help most: one in a hundred more who go {},{not}{stay} bring {goals} more {noun}",
            self.stage,
            places(&self.better),
        )
    }
}

impl PromiseReport {
    /// Whether the world kept it.
    #[must_use]
    pub fn verdict(&self) -> String {
        let open = if self.open > 0 { format!(", {} not due yet", grouped(self.open)) } else { String::new() };
        match self.broken {
            None => "not watched, since it has a `where`".to_owned(),
            Some(0) if self.of == 0 => format!("never put to the test{open}"),
            Some(0) => format!("held, {}{open}", plural(self.of, "time")),
            Some(broken) => {
                let who = self.first_contact.as_deref().unwrap_or_default();
                let day = day(self.first_time.as_deref());
                format!("broken {} of {}, first by {who} on {day}{open}", plural(broken, "time"), grouped(self.of))
            }
        }
    }
}
